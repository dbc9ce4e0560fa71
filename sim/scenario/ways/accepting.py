"""Whom places accept: which of what a level needs a kind of patient may hold, and whom nothing would take."""

from collections.abc import Iterator, Mapping

from sim.files.problems import Problem, error
from sim.scenario.schema import Level, Scenario
from sim.scenario.ways.kinds import (
    ELSE,
    PatientKind,
    conditions_of_places,
    conditions_of_ways,
    described,
    fits,
    kinds_of_patients,
)


def accepted(scenario: Scenario, level: Level, patient: Mapping[str, str]) -> tuple[int, ...]:
    """Which of the holdings of a level somebody with these values of attributes may have, by number, in their order."""
    return tuple(
        number
        for number, holding in enumerate(level.holdings())
        if all(scenario.places[place].takes(patient) for place in holding if place in scenario.places)
    )


def classes_accepted(scenario: Scenario, level: Level) -> list[tuple[int, ...]]:
    """What `accepted` may be, of any patient whom the level takes at all; each class has a waiting list of its own."""
    holdings = level.holdings()
    classes = {tuple(range(len(holdings)))}
    for attribute, shares in scenario.population.items():
        if not any(attribute in scenario.places[place].accepts for place in level.all_places):
            continue
        of_value = {
            frozenset(
                number
                for number, holding in enumerate(holdings)
                if all(value in scenario.places[place].accepts.get(attribute, (value,)) for place in holding)
            )
            for value in shares
        }
        classes = {tuple(number for number in each if number in kept) for each in classes for kept in of_value}
    return sorted(each for each in classes if each)


def refusal_errors(scenario: Scenario) -> Iterator[Problem]:
    """Kinds of patients who would ask for a level in which no place accepts them."""
    accepts = conditions_of_places(scenario)
    if not accepts:
        return
    kinds = kinds_of_patients(scenario, [*conditions_of_ways(scenario), *accepts])
    if kinds is None:
        message = "too many combinations of attributes in rules and places to check whom no place accepts"
        yield error("places", message, hint="Let accepts and when name fewer attributes")
        return
    others = any(each.population for each in (scenario.known.well, scenario.known.unwell))
    refused: dict[str, PatientKind] = {}
    for kind, share in kinds:
        if (share == 0 and not others) or ELSE in kind.values():
            continue
        for name in _asked_for(scenario, kind):
            level = scenario.levels[name]
            if name not in refused and level.all_places and not accepted(scenario, level, kind):
                refused[name] = kind
    for name, kind in refused.items():
        level = scenario.levels[name]
        known = {place: scenario.places[place] for place in level.all_places if place in scenario.places}
        key, places = "any_place_of", list(level.any_place_of)
        if needed := [place for place in level.places if place in known and not known[place].takes(kind)]:
            key, places = "places", needed
        named = {attribute for place in places if place in known for attribute in known[place].accepts}
        who = described({attribute: value for attribute, value in kind.items() if attribute in named})
        none = "none of them accepts" if len(places) > 1 else f"{places[0]} does not accept"
        message = f"{none} patients with {who}, who would ask for this level"
        hint = "Add a kind of place for them, or lead them elsewhere"
        yield error(f"levels.{name}.{key}", message, places, hint)


def _asked_for(scenario: Scenario, kind: PatientKind) -> set[str]:
    """Levels that patients of a kind come to ask for."""
    first = (
        next((rule for rule in scenario.entry if rule.returning in (None, returning) and fits(rule.when, kind)), None)
        for returning in (False, True)
    )
    fresh = {to for rule in first if rule is not None for to, share in rule.to.items() if share > 0}
    sent_on = {
        each.to
        for each in scenario.emergencies.values()
        if each.to is not None and each.rates and each.admitted > 0 and fits(each.when, kind)
    }
    asked = fresh = (fresh | sent_on | set(scenario.initial)) & set(scenario.levels)
    while fresh:
        following: set[str | None] = set()
        for level in (scenario.levels[name] for name in fresh):
            following |= {link.to for link in level.next if link.probability > 0 and fits(link.when, kind)}
            following |= {level.bridge, level.step_up_to if level.on_relapse.step_up > 0 else None}
        fresh = {name for name in scenario.levels if name in following} - asked
        asked = asked | fresh
    return asked
