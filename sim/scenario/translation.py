"""Pydantic's findings in the words and paths of a scenario file."""

from functools import partial
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.files.complaints import Complaint, choices_of, complaint
from sim.files.nearest import did_you_mean, nearest
from sim.files.paths import Segments, child_of, has_child, join_path
from sim.files.problems import Hint, Problem, error
from sim.scenario.path_hints import path_hint
from sim.scenario.shape import Shape, scenario_shape, shape_at


def translate(refused: ValidationError, data: Any) -> list[Problem]:
    """A problem for each of pydantic's errors about `data`, in its order."""
    problems: list[Problem] = []
    for detail in refused.errors(include_url=False):
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


def _explained(detail: ErrorDetails, segments: Segments, data: Any) -> Complaint:
    """One error, with what the schema of a scenario knows of its place."""
    kind, shape = detail["type"], shape_at(segments, data)
    if kind == "string_pattern_mismatch":
        return Complaint(_text_rule(segments), detail["input"])
    if kind.startswith("union_tag") and not choices_of(detail):
        detail["ctx"] = {**detail.get("ctx", {}), "expected_tags": ", ".join(_distributions(segments, data))}
    explained = complaint(detail, _wanted(shape) if kind == "missing" else _allowed(shape))
    if kind == "extra_forbidden":
        return explained._replace(hint=partial(path_hint, segments, data))
    return explained._replace(hint=_namesake(segments, data)) if kind == "missing" else explained


def _namesake(segments: Segments, data: Any) -> Hint:
    """The level or place that a new one, not described in full, may be a misspelling of."""
    if len(segments) < 3 or segments[0] not in ("levels", "places"):
        return ""
    table, name = segments[:2]
    return lambda: did_you_mean(
        join_path((table, other)) for other in nearest(name, (other for other in data[table] if other != name))
    )


def _distributions(segments: Segments, data: Any) -> list[str]:
    shape = shape_at(segments[:-1], data)
    return list(shape.variants) if shape is not None else []


def _allowed(shape: Shape | None) -> str:
    return shape.allowed() if shape is not None else ""


def _wanted(shape: Shape | None) -> str:
    if shape is not None and (shape.variants or shape.fields or shape.entries is not None):
        return "a table"
    return _allowed(shape)


def _text_rule(segments: Segments) -> str:
    if segments[-1:] == ("currency",):
        return "must be a currency code of three capitals such as USD"
    return "is not a name: use lower-case letters, digits and _, and begin with a letter"
