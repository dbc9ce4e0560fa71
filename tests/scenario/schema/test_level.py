"""What a level says of how its stays can end."""

from typing import Any

import pytest

from sim.scenario.schema import Level

SOON = {"distribution": "fixed", "value": 3}


def level(**settings: Any) -> Level:
    return Level.model_validate({"length_of_stay": SOON, **settings})


def test_the_clocks_are_those_that_are_set_by_cause() -> None:
    both = level(burnout=SOON, dropout={"distribution": "fixed", "value": 9})
    assert {cause: clock.expected() for cause, clock in both.clocks().items()} == {"dropout": 9, "burnout": 3}


@pytest.mark.parametrize(
    ("settings", "reasons"),
    [
        ({}, set()),
        ({"dropout": SOON, "transfer": SOON}, {"dropped_out", "transferred"}),
        ({"authorised_days": 5}, {"terminated"}),
        ({"early_step_down": {"from_day": 3, "probability": 0.5}, "review_every_days": 3}, {"transferred"}),
    ],
)
def test_a_limit_ends_stays_like_a_clock(settings: dict[str, Any], reasons: set[str]) -> None:
    assert level(**settings).reasons() == {"completed"} | reasons
