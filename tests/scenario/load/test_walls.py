"""Plans that hardly anybody would finish."""

from typing import Any

import pytest
from support import exponential, fixed, scenario

from sim.scenario.load import wall_warnings


def of_plan(clock: dict[str, Any]) -> dict[str, Any]:
    return {**clock, "of": "plan"}


def warned(ratio: float = 1.0, **level: Any) -> list[str]:
    """Paths of the warnings about a ward, and what they say."""
    parts = {"population": {"kind": {"a": 0.5, "b": 0.5}}, "effects": {"kind": {"b": {"dropout": ratio}}}}
    return [f"{each.path}: {each.message} {each.hint}" for each in wall_warnings(scenario({"ward": level}, **parts))]


@pytest.mark.parametrize(("days", "wall"), [(20, False), (45, False), (47, True), (180, True)])
def test_a_plan_that_a_tenth_would_finish_is_the_limit(days: float, wall: bool) -> None:
    """exp(-days / 20) is 0.1 on day 46."""
    assert bool(warned(length_of_stay=fixed(days), dropout=exponential(20))) == wall


def test_the_cause_that_ends_most_is_named_with_what_to_do() -> None:
    (text,) = warned(length_of_stay=fixed(90), dropout=exponential(200), transfer=exponential(30))
    assert text.startswith("levels.ward.transfer: about 3.2 % would finish their plan, of 90 days on average")
    assert 'state transfer with of = "plan"' in text


def test_what_would_be_finished_by_shares_of_the_plan_meets_no_wall() -> None:
    assert warned(length_of_stay=fixed(900), dropout=of_plan(exponential(1)), transfer=exponential(2_000)) == []
    # Hardly anybody finishes, but not because of the calendar.
    assert warned(length_of_stay=fixed(90), dropout=of_plan(exponential(0.3)), transfer=exponential(300)) == []
    (text,) = warned(length_of_stay=fixed(900), dropout=of_plan(exponential(1)), transfer=exponential(600))
    assert text.startswith("levels.ward.transfer:")


def test_the_ratios_of_the_population_count() -> None:
    ward = {"length_of_stay": fixed(40), "dropout": exponential(20)}
    assert warned(1.0, **ward) == []
    assert len(warned(3.0, **ward)) == 1


def test_the_end_that_a_review_sees_is_the_one_to_come_to() -> None:
    ward = {"length_of_stay": fixed(40), "dropout": exponential(20)}
    assert len(warned(**ward, review_every_days=50.0)) == 1
