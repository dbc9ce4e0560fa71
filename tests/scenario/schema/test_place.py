"""Capacity over the calendar."""

import pytest

from sim.scenario.schema import Place


def place(*changes: tuple[float, int], capacity: int = 8) -> Place:
    return Place.model_validate(
        {"capacity": capacity, "changes": [{"from_day": day, "capacity": places} for day, places in changes]}
    )


def test_capacity_is_a_step_function_from_day_0_on() -> None:
    assert place().steps() == ((0.0, 8),)
    assert place((30, 4), (60.5, 12)).steps() == ((0.0, 8), (30.0, 4), (60.5, 12))


@pytest.mark.parametrize(("day", "places"), [(0, 8), (29.9, 8), (30, 4), (60, 4), (60.5, 12), (1e6, 12)])
def test_a_change_holds_from_its_own_day_on(day: float, places: int) -> None:
    assert place((30, 4), (60.5, 12)).capacity_on(day) == places


def test_a_change_on_day_0_leaves_nothing_of_what_was_stated_before() -> None:
    assert place((0, 3)).capacity_on(0) == 3


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
    assert kind.is_ever_open is ever
