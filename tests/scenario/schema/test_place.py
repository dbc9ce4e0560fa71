"""Capacity over the calendar."""

from datetime import date

import pytest

from sim.scenario.schema import Place, Time

YEAR = Time(follow_up_days=365)
"""Day 0 is a Monday."""


def place(*changes: tuple[float, int], capacity: int = 8) -> Place:
    return Place.model_validate(
        {"capacity": capacity, "changes": [{"from_day": day, "capacity": places} for day, places in changes]}
    )


def test_capacity_is_a_step_function_from_day_0_on() -> None:
    assert place().steps(YEAR) == ((0.0, 8),)
    assert place((30, 4), (60.5, 12)).steps(YEAR) == ((0.0, 8), (30.0, 4), (60.5, 12))


@pytest.mark.parametrize(("day", "places"), [(0, 8), (29.9, 8), (30, 4), (60, 4), (60.5, 12), (1e6, 12)])
def test_a_change_holds_from_its_own_day_on(day: float, places: int) -> None:
    assert place((30, 4), (60.5, 12)).capacity_on(day, YEAR) == places


def test_a_change_on_day_0_leaves_nothing_of_what_was_stated_before() -> None:
    assert place((0, 3)).capacity_on(0, YEAR) == 3


@pytest.mark.parametrize(
    ("kind", "ever"),
    [
        (place(), True),
        (place(capacity=0), False),
        (place((9, 1), capacity=0), True),
        (place((9, 0), capacity=0), False),
    ],
)
def test_a_kind_of_place_is_ever_open_if_there_is_one_at_any_time(kind: Place, ever: bool) -> None:
    assert kind.is_ever_open(YEAR) is ever


def weekly(*entries: dict[str, object], capacity: int = 12, changes: tuple[tuple[float, int], ...] = ()) -> Place:
    described = [{"from_day": day, "capacity": places} for day, places in changes]
    return Place.model_validate({"capacity": capacity, "weekly": list(entries), "changes": described})


WEEKEND = {"days": ["sat", "sun"], "capacity": 0}


def test_a_weekend_closes_from_saturday_to_monday() -> None:
    steps = weekly(WEEKEND).steps(Time(follow_up_days=14))
    assert steps == ((0, 12), (5, 0), (7, 12), (12, 0))
    from_wednesday = Time.model_validate({"start": date(2025, 1, 8), "follow_up_days": 14})
    assert weekly(WEEKEND).steps(from_wednesday) == ((0, 12), (3, 0), (5, 12), (10, 0), (12, 12))


def test_a_night_shift_goes_over_midnight_in_two_entries() -> None:
    nights = {"from_hour": 18, "capacity": 4}, {"to_hour": 6, "capacity": 4}
    assert weekly(*nights).steps(Time(follow_up_days=2)) == ((0, 4), (0.25, 12), (0.75, 4), (1.25, 12), (1.75, 4))


def test_the_first_entry_that_fits_decides() -> None:
    saturday = {"days": ["sat"], "capacity": 5}
    assert weekly(saturday, WEEKEND).steps(Time(follow_up_days=7)) == ((0, 12), (5, 5), (6, 0))
    assert weekly(WEEKEND, saturday).steps(Time(follow_up_days=7)) == ((0, 12), (5, 0))


def test_a_change_moves_the_other_days_and_a_closure_closes_all() -> None:
    """14 places from Wednesday noon of the second week on, and none from the third Saturday, where five were stated."""
    saturday = {"days": ["sat"], "capacity": 5}
    steps = weekly(saturday, changes=((9.5, 14), (19.0, 0))).steps(Time(follow_up_days=30))
    assert steps == ((0, 12), (5, 5), (6, 12), (9.5, 14), (12, 5), (13, 14), (19, 0))
