"""Pydantic's complaints in our words: the same whatever schema a file was held against."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from sim.files.complaints import complaint


class Settings(BaseModel):
    """A schema of all that a file may hold."""

    model_config = {"extra": "forbid"}

    many: tuple[int, ...] = ()
    tier: Literal["exact", "statistical"] = "exact"
    name: Annotated[str, Field(min_length=1, max_length=3)] = "x"
    names: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("x",)
    rows: Annotated[tuple[str, ...], Field(min_length=2)] = ("x", "y")
    table: dict[str, int] = {}
    share: Annotated[float, Field(allow_inf_nan=False, le=1)] = 1.0
    needed: int = 1


def only(data: dict[str, Any], allowed: str = "") -> tuple[str, Any, str]:
    with pytest.raises(ValidationError) as found:
        Settings.model_validate(data)
    message, value, hint = complaint(found.value.errors()[0], allowed)
    return message, value, hint if isinstance(hint, str) else hint()


@pytest.mark.parametrize(
    ("data", "allowed", "message"),
    [
        ({"nmae": "x"}, "", "there is no such key"),
        ({"many": 3}, "", "must be an array"),
        ({"table": 3}, "", "must be a table"),
        ({"name": ""}, "", "must not be empty"),
        ({"name": "abcd"}, "", "must have at most 3 characters"),
        ({"names": []}, "", "must not be empty"),
        ({"names": ["x", "y", "z"]}, "", "must have at most 2 entries"),
        ({"rows": ["x"]}, "", "must have at least 2 entries"),
        ({"share": 2}, "a number from 0 to 1", "must be a number from 0 to 1"),
        ({"share": 2}, "", "must be less than or equal to 1"),
        ({"share": float("inf")}, "a number from 0 to 1", "must be a finite number from 0 to 1"),
    ],
)
def test_what_is_said(data: dict[str, Any], allowed: str, message: str) -> None:
    assert only(data, allowed)[:2] == (message, next(iter(data.values())))


def test_a_word_that_is_none_of_the_allowed_gets_the_nearest() -> None:
    assert only({"tier": "exakt"}) == ('must be one of "exact", "statistical"', "exakt", 'Did you mean "exact"?')
