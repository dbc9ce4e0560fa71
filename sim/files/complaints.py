"""Pydantic's complaints in the words of whoever wrote the file, whatever schema it was held against."""

from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from sim.files.nearest import did_you_mean, nearest
from sim.files.problems import ABSENT, Hint


class Complaint(NamedTuple):
    """What is wrong with the value of one place, the value, and what to try."""

    message: str
    value: Any
    hint: Hint = ""


def complaint(detail: ErrorDetails, allowed: str = "") -> Complaint:
    """One of pydantic's errors in our words.

    allowed: in words, what the schema takes at this place ("a number from 0 to 1"), where that is known.
    """
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return Complaint(f"is missing{allowed and f', must be {allowed}'}", ABSENT)
    if kind == "union_tag_not_found":
        return Complaint(f"is missing, must be {one_of(choices_of(detail))}", ABSENT)
    if kind in ("union_tag_invalid", "literal_error"):
        value = context.get("tag", value)
        return Complaint(f"must be {one_of(choices_of(detail))}", value, near(value, choices_of(detail)))
    if kind == "value_error":
        return Complaint(str(context["error"]), value)
    if kind == "finite_number":
        more = allowed.removeprefix("a number").removeprefix("a whole number")
        return Complaint(f"must be a finite number{more}", value)
    if message := MESSAGES.get(kind) or _of_length(kind, context):
        return Complaint(message, value)
    if kind.startswith(("date", "datetime")):
        return Complaint("must be a date such as 2025-01-06, without quotes and without a time of day", value)
    return Complaint(f"must be {allowed}" if allowed else detail["msg"].replace("Input should be", "must be"), value)


MESSAGES = {
    "extra_forbidden": "there is no such key",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"), "must be a table"),
    **dict.fromkeys(("tuple_type", "list_type"), "must be an array"),
}
"""What goes without saying more, by pydantic's kind of error."""


def choices_of(detail: ErrorDetails) -> list[str]:
    """The words among which a value must be chosen."""
    stated = str(detail.get("ctx", {}).get("expected_tags") or detail.get("ctx", {}).get("expected", ""))
    return [choice for part in stated.replace(" or ", ", ").split(",") if (choice := part.strip(" '"))]


def one_of(choices: list[str]) -> str:
    """A choice in words."""
    return "one of " + ", ".join(f'"{choice}"' for choice in choices)


def near(value: Any, choices: list[str]) -> Hint:
    """The hint that offers the choice most like a text."""
    return (lambda: did_you_mean(f'"{name}"' for name in nearest(value, choices))) if isinstance(value, str) else ""


def _of_length(kind: str, context: dict[str, Any]) -> str:
    """What is wrong with a text or an array that is too short or too long."""
    if not kind.endswith(("too_short", "too_long")):
        return ""
    most = kind.endswith("too_long")
    limit = context["max_length" if most else "min_length"]
    if not most and limit == 1:
        return "must not be empty"
    return f"must have at {'most' if most else 'least'} {limit} {'characters' if kind[:6] == 'string' else 'entries'}"
