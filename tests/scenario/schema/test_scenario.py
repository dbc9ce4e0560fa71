"""The scenario as a whole."""

from collections.abc import Callable
from typing import Any

from sim.scenario import load_scenario

Changed = Callable[[dict[str, Any]], dict[str, Any]]


def test_the_window_of_the_system_is_recruitment_and_of_a_closed_cohort_its_follow_up(changed: Changed) -> None:
    assert load_scenario(changed({})).window == (100, 465)
    closed = {"arrivals": {"closed_cohort": 5}, "time": {"follow_up_days": 200}}
    assert load_scenario(changed(closed)).window == (0, 200)
