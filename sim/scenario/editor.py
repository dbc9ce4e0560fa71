"""The JSON Schema of a scenario file, for completion and first checks in an editor."""

from collections.abc import Iterator
from typing import Any

from sim.files.formats import CURRENT
from sim.scenario.schema import Scenario
from sim.scenario.shape import Shape, scenario_shape

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_EXTRA = {
    "format": {
        "type": "integer",
        "minimum": 1,
        "maximum": CURRENT["scenario"],
        "description": "the format of this file; absent: 1",
    },
    "extends": {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        ],
        "description": "a file (relative to this one) or shipped scenario whose values hold where this one is silent, "
        "or several of these, later ones laid over earlier ones",
    },
    "remove": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "description": 'dotted paths of what is inherited and to be taken away, such as ["levels.iop"]',
    },
}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, with descriptions and units.

    A file that `extends` another may leave out any key, so keys are required only at the top of a file that extends
    nothing and inside entries of arrays and evidence cards, which are always stated whole. `stepdown validate` checks
    everything else.
    """
    schema = Scenario.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    required = schema.pop("required")
    for name in set(_merged(scenario_shape())) & set(definitions) - {"EvidenceCard"}:
        definitions[name].pop("required", None)
    result = {
        "$schema": DIALECT,
        "title": "Stepdown scenario",
        "description": _paragraph(schema.get("description", "")),
        "type": "object",
        "properties": {**_EXTRA, **schema["properties"]},
        "additionalProperties": False,
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": required},
        "$defs": definitions,
    }
    return {key: _for_editors(value) for key, value in result.items()}


def _merged(shape: Shape) -> Iterator[str]:
    """Names of the parts of the schema that a file states in part, where it extends another: in tables, not arrays."""
    if shape.model is not None:
        yield shape.model.__name__
    for below in (*shape.fields.values(), *shape.variants.values(), *filter(None, (shape.entries,))):
        yield from _merged(below)


def _for_editors(part: Any) -> Any:
    """Without null, which TOML lacks; units in the descriptions; alternatives that may overlap while half written."""
    if isinstance(part, list):
        return [_for_editors(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = dict(part)
    options = part.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        options = [option for option in options if option != {"type": "null"}]
        del part["anyOf"]
        part = {**part, "anyOf": options} if len(options) > 1 else {**options[0], **part}
    if "oneOf" in part:
        part["anyOf"] = part.pop("oneOf")
    part.pop("discriminator", None)
    if isinstance(part.get("title"), str):
        del part["title"]
    if "patternProperties" in part:
        part["additionalProperties"] = False
    default = part.get("default")
    if isinstance(default, dict):
        part["default"] = _without_null(default)
    elif default is None:
        part.pop("default", None)
    if isinstance(part.get("description"), str):
        part["description"] = _paragraph(part["description"])
    if isinstance(part.get("unit"), str):
        part["description"] = f"{part.get('description', '')} (unit: {part['unit']})".strip()
    return {key: value if key in ("default", "const", "enum") else _for_editors(value) for key, value in part.items()}


def _without_null(default: dict[str, Any]) -> dict[str, Any]:
    stated = {key: value for key, value in default.items() if value is not None}
    return {key: _without_null(value) if isinstance(value, dict) else value for key, value in stated.items()}


def _paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())
