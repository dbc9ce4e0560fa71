"""Kinds of patients: the combinations of attribute values that rules with `when` tell apart."""

from collections.abc import Iterable, Mapping
from itertools import product
from math import prod

from sim.scenario.schema import Scenario

MOST_COMBINATIONS = 20_000

ELSE = "anything else"
"""The other value of an attribute that the population does not have, which is reported elsewhere."""

PatientKind = dict[str, str]


def kinds_of_patients(
    scenario: Scenario, conditions: Iterable[Mapping[str, str]]
) -> list[tuple[PatientKind, float]] | None:
    """Every combination of values that these conditions tell apart, with its share; None if there are too many.

    Values that no condition names are one: the first of them stands for all. Attributes are independent.
    """
    named: dict[str, list[str]] = {}
    for condition in conditions:
        for attribute, value in condition.items():
            named.setdefault(attribute, [])
            if value not in named[attribute]:
                named[attribute].append(value)
    options: list[list[tuple[str, float]]] = []
    for attribute, values in named.items():
        shares = scenario.population.get(attribute, {})
        options_of = [(value, shares.get(value, 0.0)) for value in values]
        others = [value for value in shares if value not in values]
        if others or not shares:
            options_of.append((next(iter(others), ELSE), sum(shares[value] for value in others)))
        options.append(options_of)
    if prod(len(option) for option in options) > MOST_COMBINATIONS:
        return None
    return [
        (dict(zip(named, (value for value, _ in choice), strict=True)), prod(share for _, share in choice))
        for choice in product(*options)
    ]


def conditions_of_ways(scenario: Scenario) -> list[Mapping[str, str]]:
    """The conditions of entry, of all links, and of emergencies that lead to a level."""
    links = [link.when for level in scenario.levels.values() for link in level.next]
    sent_on = [each.when for each in scenario.emergencies.values() if each.to is not None and each.admitted > 0]
    return [rule.when for rule in scenario.entry] + links + sent_on


def conditions_of_places(scenario: Scenario) -> list[Mapping[str, str]]:
    """Values that places accept, each by itself."""
    accepts = [place.accepts for place in scenario.places.values()]
    return [{attribute: value} for each in accepts for attribute, values in each.items() for value in values]


def fits(condition: Mapping[str, str], kind: PatientKind) -> bool:
    """Whether patients of this kind meet the condition."""
    return all(kind.get(attribute) == value for attribute, value in condition.items())


def described(kind: PatientKind) -> str:
    """The kind in words, for a message."""
    return ", ".join(f"{attribute} = {value}" for attribute, value in kind.items())
