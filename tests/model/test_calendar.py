"""The order at one instant: stated to the last tie, so that how equal times were booked decides nothing."""

import heapq
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model.histories import run
from random_scenarios import build, descriptions
from simpy import Environment, Event
from simpy.events import NORMAL
from support import fixed, scenario

from sim.model import replicate, world
from sim.model.calendar import Due
from sim.model.records import TABLES
from sim.scenario import Scenario
from sim.vocabulary import ADMITTED, RENEGED

OF_SIMPY = 2
"""Its own priorities are below."""


class Shuffled(Environment):
    """A calendar that forgets in which order events of one instant and one priority were booked."""

    source = Random(1)

    def schedule(self, event: Event, priority: int = NORMAL, delay: float = 0) -> None:  # type: ignore[override]
        booked = next(self._eid)
        # What follows at once from an event is part of it, in SimPy's order; all else has its place by kind and number.
        last: float = booked if priority < OF_SIMPY and delay == 0 else self.source.random()
        heapq.heappush(self._queue, (self.now + delay, priority, last, event))  # type: ignore[misc]


def in_whole_days(part: Any) -> Any:
    """Every duration in whole days, and few of them: much happens at one instant."""
    if isinstance(part, dict):
        if "distribution" in part:
            return {"distribution": "discrete", "values": [1.0, 2.0, 4.0], "shares": [0.5, 0.25, 0.25]}
        return {key: in_whole_days(value) for key, value in part.items()}
    return [in_whole_days(each) for each in part] if isinstance(part, list) else part


def assert_the_booking_decides_nothing(system: Scenario) -> None:
    booked = replicate(system, 3, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "Environment", Shuffled)
        for _ in range(3):
            shuffled = replicate(system, 3, 0)
            for table in TABLES:
                assert getattr(shuffled, table).frame().equals(getattr(booked, table).frame()), table


@settings(max_examples=25, derandomize=True, deadline=None)
@given(descriptions(), st.booleans())
def test_on_whole_day_clocks_the_order_of_booking_decides_nothing(description: dict[str, Any], closed: bool) -> None:
    """A closed cohort that asks on one day; or a stream beside people who are there on day 0."""
    whole = in_whole_days(deepcopy(description))
    if closed:
        whole["arrivals"] = {"closed_cohort": 30}
        whole["time"] = {"follow_up_days": 60}
        whole.pop("initial", None)
    assert_the_booking_decides_nothing(build(whole))


def unnumbered(event: Due, env: Environment, delay: float, kind: int, number: int, callback: Any = None) -> None:
    """An event that takes its place by its kind alone."""
    event.env, event.callbacks, event._ok, event._value = env, [callback] if callback else [], True, None
    env.schedule(event, kind + OF_SIMPY, delay)  # type: ignore[arg-type]


def as_a_timeout(event: Due, env: Environment, delay: float, kind: int, number: int, callback: Any = None) -> None:
    """An event that takes its place by when it was booked."""
    event.env, event.callbacks, event._ok, event._value = env, [callback] if callback else [], True, None
    env.schedule(event, NORMAL, delay)


def test_a_crowded_ward_would_tell() -> None:
    """Whole days all over, and a group that holds its members the better the fuller it is on the day they come.

    Where the order of those who come and go at one instant is left open, this moves.
    """
    stay = {"distribution": "discrete", "values": [1.0, 2.0, 3.0], "shares": [0.4, 0.3, 0.3]}
    group = {"size": 300, "groups": 1, "sessions_per_week": 3, "hours_per_session": 1, "dropout_ratio_when_full": 0.01}
    system = scenario(
        {
            "ward": {
                "length_of_stay": fixed(3),
                "dropout": stay,
                "group": group,
                "next": [{"to": "clinic", "probability": 1.0}],
            },
            "clinic": {"length_of_stay": stay, "next": [{"to": "ward", "probability": 0.9}]},
        },
        arrivals={"closed_cohort": 300},
        time={"follow_up_days": 30},
    )
    assert_the_booking_decides_nothing(system)
    # Booked as SimPy books its timeouts, or by kind alone, it does.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Due, "__init__", as_a_timeout)
        with pytest.raises(AssertionError, match="stays"):
            assert_the_booking_decides_nothing(system)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "Environment", Shuffled)
        patch.setattr(Due, "__init__", unnumbered)
        first, *others = (replicate(system, 3, 0).stays.frame() for _ in range(4))
    assert any(not other.equals(first) for other in others)


def test_who_is_served_when_all_asks_are_equal() -> None:
    """Four people on day 0, one bed, stays of 2 days: by number, 0 to 3, on days 0, 2, 4 and 6."""
    system = scenario(
        {"ward": {"length_of_stay": fixed(2), "places": ["beds"]}},
        {"beds": 1},
        arrivals={"closed_cohort": 4},
        time={"follow_up_days": 9},
    )
    assert run(system).stays["admitted"].tolist() == [0.0, 2.0, 4.0, 6.0]


def test_a_place_that_opens_is_there_for_who_would_leave_at_that_instant() -> None:
    """On day 2 a second bed opens, patient 0 leaves one, and the patience of the three who wait ends: two are admitted.

    Places open first, then whoever frees or asks for one, then come the grants, then patience ends.
    """
    system = scenario(
        {"ward": {"length_of_stay": fixed(2), "places": ["beds"], "patience": fixed(2)}},
        {"beds": 1},
        arrivals={"closed_cohort": 4},
        time={"follow_up_days": 9},
    ).with_overrides({"places.beds.changes": [{"from_day": 2.0, "capacity": 2}]})
    history = run(system)
    assert history.stays["admitted"].tolist() == [0.0, 2.0, 2.0]
    assert history.waits["outcome"].tolist() == [ADMITTED, ADMITTED, ADMITTED, RENEGED]
    assert history.waits["ended"].tolist() == [0.0, 2.0, 2.0, 2.0]
