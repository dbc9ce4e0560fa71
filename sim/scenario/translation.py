"""Pydantic's findings in the words and paths of a scenario file."""

from functools import partial
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.files.paths import Segments, child_of, has_child, join_path
from sim.files.problems import ABSENT, Hint, Problem, error
from sim.scenario.nearest import did_you_mean, nearest, path_hint
from sim.scenario.shape import Shape, scenario_shape, shape_at


def translate(found: ValidationError, data: Any) -> list[Problem]:
    """A problem for each of pydantic's errors about `data`, in its order."""
    problems: list[Problem] = []
    for detail in found.errors(include_url=False):
        segments = segments_of(detail, data)
        message, value, hint = _explained(detail, segments, data)
        problems.append(error(join_path(segments), message, value, hint))
    return problems


def segments_of(detail: ErrorDetails, data: Any) -> Segments:
    """The place of an error as the file spells it: without the names of union members and marks of keys."""
    segments: list[str] = []
    shape: Shape | None = scenario_shape()
    for part in detail["loc"]:
        segment = str(part)
        if segment == "[key]":
            break
        if shape is not None and shape.variants and segment in shape.variants:
            shape = shape.variants[segment]
            continue
        segments.append(segment)
        shape = shape.child(segment, data) if shape is not None else None
        data = child_of(data, segment) if has_child(data, segment) else None
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        segments.append("distribution")
    return tuple(segments)


def _explained(detail: ErrorDetails, segments: Segments, data: Any) -> tuple[str, Any, Hint]:
    """Message, value and hint of one error."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    shape = shape_at(segments, data)
    if kind == "extra_forbidden":
        return "there is no such key", value, partial(path_hint, segments, data)
    if kind == "missing":
        return f"is missing{_wanted(shape)}", ABSENT, _namesake(segments, data)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        choices = [choice.strip(" '") for choice in str(context.get("expected_tags", "")).split(",")]
        choices = [choice for choice in choices if choice] or _distributions(segments, data)
        missing = kind == "union_tag_not_found"
        message = f"{'is missing, ' if missing else ''}must be {_choices(choices)}"
        return (message, ABSENT, "") if missing else (message, context["tag"], _near(context["tag"], choices))
    if kind == "literal_error":
        choices = [choice.strip(" '") for choice in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return f"must be {_choices(choices)}", value, _near(value, choices)
    if kind == "value_error":
        return str(context["error"]), value, ""
    if kind == "string_pattern_mismatch":
        return _text_rule(segments), value, ""
    if kind in ("string_too_long", "string_too_short"):
        limit = context.get("max_length", context.get("min_length"))
        return f"must have at {'most' if kind.endswith('long') else 'least'} {limit} characters", value, ""
    if kind in ("too_short", "too_long"):
        return f"must have at least {context.get('min_length', 1)} entry", value, ""
    if kind in ("model_type", "model_attributes_type", "dict_type", "mapping_type"):
        return "must be a table", value, ""
    if kind in ("tuple_type", "list_type"):
        return "must be an array", value, ""
    if kind.startswith(("date", "datetime")):
        return "must be a date such as 2025-01-06, without quotes and without a time of day", value, ""
    if kind == "finite_number":
        return f"must be a finite number{_also(shape)}", value, ""
    if words := _allowed(shape):
        return f"must be {words}", value, ""
    return detail["msg"].replace("Input should be", "must be"), value, ""


def _namesake(segments: Segments, data: Any) -> Hint:
    """The level or place that a new one, not described in full, may be a misspelling of."""
    if len(segments) < 3 or segments[0] not in ("levels", "places"):
        return ""
    table, name = segments[:2]
    return lambda: did_you_mean(
        join_path((table, other)) for other in nearest(name, (other for other in data[table] if other != name))
    )


def _choices(choices: list[str]) -> str:
    return "one of " + ", ".join(f'"{choice}"' for choice in choices)


def _near(value: Any, choices: list[str]) -> Hint:
    return (lambda: did_you_mean(f'"{name}"' for name in nearest(value, choices))) if isinstance(value, str) else ""


def _distributions(segments: Segments, data: Any) -> list[str]:
    shape = shape_at(segments[:-1], data)
    return list(shape.variants) if shape is not None else []


def _allowed(shape: Shape | None) -> str:
    return shape.allowed() if shape is not None else ""


def _wanted(shape: Shape | None) -> str:
    if shape is None:
        return ""
    if shape.variants or shape.fields or shape.entries is not None:
        return ", must be a table"
    return f", must be {shape.allowed()}" if shape.allowed() else ""


def _also(shape: Shape | None) -> str:
    return _allowed(shape).removeprefix("a number").removeprefix("a whole number")


def _text_rule(segments: Segments) -> str:
    if segments[-1:] == ("currency",):
        return "must be a currency code of three capitals such as USD"
    return "is not a name: use lower-case letters, digits and _, and begin with a letter"
