"""Scenarios and parts of them as plain data: dicts, lists, numbers and words."""

from collections.abc import Mapping
from typing import Any

from sim.files.paths import Segments, is_list, join_path
from sim.files.problems import ScenarioError, error
from sim.scenario.frozen import Frozen

DEEPEST = 12
"""Tables and arrays nested deeper than this are no scenario."""

PLAIN = (str, float, int, bool, type(None))


def plain_data(value: Any, path: Segments = ()) -> Any:
    """Mappings and sequences as fresh dicts and lists, numpy's numbers as Python's. ScenarioError if too deep."""
    if len(path) > DEEPEST:
        raise ScenarioError([error(join_path(path[:4]) + " ...", f"is nested more than {DEEPEST} deep")])
    if type(value) in PLAIN:
        return value
    if isinstance(value, Frozen):
        value = entries(value)
    if isinstance(value, Mapping):
        return {str(key): plain_data(item, (*path, str(key))) for key, item in value.items()}
    if is_list(value):
        return [plain_data(item, (*path, str(index))) for index, item in enumerate(value)]
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain_data(value.tolist(), path)
    return value


def entries(part: Frozen) -> dict[str, Any]:
    """What a part of a scenario holds, by its keys in a file.

    Not by `model_dump`, which makes a ValueError of a Ctrl-C that comes while it asks a table for its entries.
    """
    return {field.alias or name: getattr(part, name) for name, field in type(part).model_fields.items()}
