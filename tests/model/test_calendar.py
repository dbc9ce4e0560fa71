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
from simpy import Event
from simpy.events import NORMAL
from support import fixed, scenario

from sim.model import replicate, world
from sim.model.calendar import Calendar, Due
from sim.model.pathway import Journey
from sim.model.records import TABLES
from sim.scenario import Scenario
from sim.scenario.change import DatedChange
from sim.vocabulary import ADMITTED, RENEGED

OF_SIMPY = 2
"""Its own priorities are below."""


class Shuffled(Calendar):
    """A calendar that forgets in which order events of one instant and one priority were booked.

    What follows at once from an event is part of it, in SimPy's order; all else has its place by kind and number.
    """

    source = Random(1)

    def book(self, event: Event, time: float, priority: int) -> None:
        heapq.heappush(self._queue, (time, priority, self.source.random(), event))  # type: ignore[misc]


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
        patch.setattr(world, "Calendar", Shuffled)
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


def unnumbered(event: Due, env: Calendar, time: float, kind: int, number: int, callback: Any = None) -> None:
    """An event that takes its place by its kind alone."""
    event.env, event.callbacks, event._ok, event._value = env, [callback] if callback else [], True, None
    env.book(event, time, kind + OF_SIMPY)


def as_a_timeout(event: Due, env: Calendar, time: float, kind: int, number: int, callback: Any = None) -> None:
    """An event that takes its place by when it was booked."""
    event.env, event.callbacks, event._ok, event._value = env, [callback] if callback else [], True, None
    env.book(event, time, NORMAL)


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
        patch.setattr(world, "Calendar", Shuffled)
        patch.setattr(Due, "__init__", unnumbered)
        first, *others = (replicate(system, 3, 0).stays.frame() for _ in range(4))
    assert any(not other.equals(first) for other in others)


def assert_who_is_ahead_lives_as_on_the_calendar(system: Scenario | DatedChange, seed: int = 3) -> None:
    ahead = replicate(system, seed, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journey, "_concerns_nobody_else", lambda *_: False)
        booked = replicate(system, seed, 0)
    for table in TABLES:
        assert getattr(ahead, table).frame().equals(getattr(booked, table).frame()), table


@settings(max_examples=40, derandomize=True, deadline=None)
@given(descriptions(), st.booleans(), st.integers(0, 2**31))
def test_what_concerns_nobody_else_need_not_wait_for_its_time(
    description: dict[str, Any], whole: bool, luck: int
) -> None:
    assert_who_is_ahead_lives_as_on_the_calendar(build(in_whole_days(description) if whole else description), luck)


def test_nobody_is_ahead_of_a_change() -> None:
    """People at home, of whom most relapse after day 50, when that becomes more likely."""
    before = scenario(
        {"ward": {"length_of_stay": fixed(3)}},
        relapse={"median_days": 60.0, "shape": 1.0, "share_of_setbacks": 0.5},
        setback={"into_relapse_days": fixed(5.0), "duration_days": fixed(1.0)},
        remission=fixed(30.0),
    )
    change = DatedChange(before, before.with_overrides({"relapse.median_days": 20.0, "remission": fixed(9.0)}), 50.0)
    assert_who_is_ahead_lives_as_on_the_calendar(change)
    with pytest.MonkeyPatch.context() as patch:
        # Somebody who looked beyond it would be told from them.
        patch.setattr(world.World, "foreseen", property(lambda each: each.horizon, lambda *_: None), raising=False)
        with pytest.raises(AssertionError, match="spells"):
            assert_who_is_ahead_lives_as_on_the_calendar(change)


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
