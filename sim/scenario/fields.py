"""The numbers of a scenario by dotted path."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sim.files.paths import Segments, join_path
from sim.scenario.schema import Scenario
from sim.scenario.shape import Shape, scenario_shape

NO_INPUTS = ("evidence", "price_year", "reads")
"""Where numbers stand that are none of the system's."""


def numbers(scenario: Scenario) -> dict[str, float]:
    """Every number of a scenario by dotted path, in the schema's order; no dates, price year, `reads` or evidence."""
    return {join_path(path): value for path, value, _ in _leaves(scenario)}


def stated_numbers(scenario: Scenario) -> dict[str, float]:
    """The numbers that differ from the schema's default or have none: those that deserve an evidence card."""
    return {join_path(path): value for path, value, default in _leaves(scenario) if value != default}


def _leaves(scenario: Scenario) -> Iterator[tuple[Segments, float, Any]]:
    data = scenario.model_dump(by_alias=True, exclude=set(NO_INPUTS))
    return _walk(scenario_shape(), data, PydanticUndefined, ())


def _walk(shape: Shape, value: Any, default: Any, path: Segments) -> Iterator[tuple[Segments, float, Any]]:
    """Each number below `value` with what it would be unstated: a whole table's default goes before its keys'."""
    if shape.is_number:
        if value is not None:
            yield path, value, default
        return
    if isinstance(value, dict):
        for key, item in value.items():
            below = shape.child(key, value)
            if below is not None:
                yield from _walk(below, item, _default_of(below, key, default), (*path, key))
    elif isinstance(value, tuple) and shape.items is not None:
        for index, item in enumerate(value):
            yield from _walk(shape.items, item, PydanticUndefined, (*path, str(index)))


def _default_of(shape: Shape, key: str, above: Any) -> Any:
    """The default at a key: what the default of the table above holds there, or else the field's own."""
    if isinstance(above, dict) and key in above:
        return above[key]
    default = shape.default
    return default.model_dump(by_alias=True) if isinstance(default, BaseModel) else default
