"""Names that refer to something: every level, place, attribute and value that is named must exist."""

from collections.abc import Iterator, Mapping
from functools import partial

from sim.files.nearest import name_hint
from sim.files.paths import join_path
from sim.files.problems import Problem, error
from sim.scenario.schema import Scenario
from sim.scenario.shape import nodes, scenario_shape


def reference_errors(scenario: Scenario) -> Iterator[Problem]:
    """A problem for each name that refers to nothing."""
    tables = {"level": scenario.levels, "place": scenario.places, "attribute": scenario.population}
    for path, shape, value, _ in nodes(scenario, scenario_shape()):
        place = join_path(path)
        if shape.key_refers == "value":
            yield from _no_value(place, path[-1], path[-2], scenario, None)
        elif shape.key_refers is not None:
            yield from _unknown(place, path[-1], shape.key_refers, tables[shape.key_refers])
        if shape.refers == "value":
            yield from _no_value(place, value, path[-1], scenario, value)
        elif shape.refers is not None and value is not None:
            yield from _unknown(place, value, shape.refers, tables[shape.refers])


def _no_value(place: str, name: str, attribute: str, scenario: Scenario, shown: str | None) -> Iterator[Problem]:
    """An attribute that is unknown itself has been reported, and no value of it is."""
    if attribute in scenario.population:
        yield from _unknown(place, name, f"value of {attribute}", scenario.population[attribute], shown)


def _unknown(
    place: str, name: str, what: str, known: Mapping[str, object], shown: str | None = None
) -> Iterator[Problem]:
    if name not in known:
        yield error(place, f'there is no {what} "{name}"', shown, partial(name_hint, name, known))
