"""Names that refer to something: every level, place, attribute and value that is named must exist."""

from collections.abc import Collection, Iterator, Mapping
from functools import partial

from sim.files.nearest import name_hint
from sim.files.problems import Problem, error
from sim.scenario.schema import Level, Scenario


def reference_errors(scenario: Scenario) -> Iterator[Problem]:
    """A problem for each name that refers to nothing."""
    levels = scenario.levels
    for name in scenario.initial:
        yield from _unknown(f"initial.{name}", name, "level", levels)
    yield from _effects(scenario)
    for index, entry in enumerate(scenario.entry):
        yield from _conditions(f"entry.{index}.when", entry.when, scenario)
        for name in entry.to:
            yield from _unknown(f"entry.{index}.to.{name}", name, "level", levels)
    for name, level in levels.items():
        yield from _of_level(f"levels.{name}", level, scenario)


def _of_level(path: str, level: Level, scenario: Scenario) -> Iterator[Problem]:
    for index, place in enumerate(level.places):
        yield from _unknown(f"{path}.places.{index}", place, "place", scenario.places)
    for index, rule in enumerate(level.priority):
        yield from _conditions(f"{path}.priority.{index}.when", rule.when, scenario)
    if level.step_up_to is not None:
        yield from _unknown(f"{path}.step_up_to", level.step_up_to, "level", scenario.levels)
    if level.bridge is not None:
        yield from _unknown(f"{path}.bridge", level.bridge, "level", scenario.levels)
    for index, link in enumerate(level.next):
        yield from _conditions(f"{path}.next.{index}.when", link.when, scenario)
        yield from _unknown(f"{path}.next.{index}.to", link.to, "level", scenario.levels)


def _effects(scenario: Scenario) -> Iterator[Problem]:
    for attribute, values in scenario.effects.items():
        path = f"effects.{attribute}"
        yield from _unknown(path, attribute, "attribute", scenario.population)
        for value, effects in values.items():
            if attribute in scenario.population:
                yield from _unknown(f"{path}.{value}", value, f"value of {attribute}", scenario.population[attribute])
            for name in effects.levels:
                yield from _unknown(f"{path}.{value}.levels.{name}", name, "level", scenario.levels)


def _conditions(path: str, when: Mapping[str, str], scenario: Scenario) -> Iterator[Problem]:
    for attribute, value in when.items():
        if attribute not in scenario.population:
            yield from _unknown(f"{path}.{attribute}", attribute, "attribute", scenario.population)
        else:
            yield from _unknown(
                f"{path}.{attribute}", value, f"value of {attribute}", scenario.population[attribute], value
            )


def _unknown(path: str, name: str, what: str, known: Collection[str], value: str | None = None) -> Iterator[Problem]:
    if name not in known:
        yield error(path, f'there is no {what} "{name}"', value, partial(name_hint, name, known))
