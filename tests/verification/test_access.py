"""Lists and the way onto them against queueing theory and hand-computed timelines.

Tolerances of what is random are 4 standard errors over independent replications.
"""

import math
from typing import Any

import numpy as np
import pytest
from model.histories import rows, run
from support import cohort, exponential, fixed, scenario
from verification.test_queues import assert_mean, queue, waits_in_window

import sim
from sim.model import replicate
from sim.model.records import TABLES
from sim.report.exports.event_log import event_log
from sim.report.story import story
from sim.scenario import Scenario
from sim.scenario.change import DatedChange
from sim.vocabulary import OUTCOMES

TURNED_AWAY, LEFT_SILENTLY = OUTCOMES.index("turned_away"), OUTCOMES.index("left_silently")


def share_blocked(arrivals: float, places: int, waiting: int) -> float:
    """Share who find everything full in M/M/c/c+K with unit service, from the birth-death chain; K = 0: Erlang B."""
    weights = [1.0]
    for n in range(1, places + waiting + 1):
        weights.append(weights[-1] * arrivals / min(n, places))
    return weights[-1] / sum(weights)


def ward(people: int, days: float, beds: int = 1, **level: Any) -> Scenario:
    """Stays of ten days in a few beds, which cost 100 a day; all ask on day 0 and are followed for so many days."""
    return sim.load_scenario(
        {
            "name": "ward",
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {"ward": {"places": ["beds"], "length_of_stay": fixed(10), **level}},
            "places": {"beds": {"capacity": beds, "fixed_cost_per_day": 100.0}},
            **cohort(people, days),
        }
    )


@pytest.mark.parametrize(("arrivals", "places", "cap"), [(3.0, 4, 0), (3.0, 3, 2), (8.0, 5, 4)])
def test_a_capped_list_turns_away_as_many_as_a_queue_with_a_full_waiting_room(
    arrivals: float, places: int, cap: int
) -> None:
    assert share_blocked(3.0, 4, 0) == pytest.approx(0.2061, abs=5e-5)  # Erlang B of 3 erlangs in 4 places
    system = queue(arrivals, places, 1_000, list_cap=cap)
    shares = [float((waits_in_window(system, number)[1] == TURNED_AWAY).mean()) for number in range(8)]
    assert_mean(shares, share_blocked(arrivals, places, cap))


def test_who_finds_the_list_full_is_turned_away_at_once() -> None:
    """One bed, a list of two, five who ask on day 0: the last two by number are turned away."""
    records = run(ward(5, 40, list_cap=2))
    expected = [(0, "admitted"), (10, "admitted"), (20, "admitted"), (0, "turned_away"), (0, "turned_away")]
    assert rows(records.waits, "ended", "outcome") == expected


def test_a_place_stands_idle_until_it_is_known_that_who_was_called_is_gone() -> None:
    """One bed until day 10; the three others have left on day 5 without a word, and each costs two days of the bed.

    Of 40 days the bed is used for 10, out of use for 6, free for 24; all 30 that nobody used are idle capacity.
    """
    system = ward(4, 40, patience=fixed(5), silent_share=1.0, days_to_learn=fixed(2))
    records = run(system)
    left = [(5, "left_silently")] * 3
    assert rows(records.waits, "ended", "outcome") == [(0, "admitted"), *left]
    outages = rows(records.outages, "patient", "place", "started", "ended", "cause")
    calls = [(1, 10, 12), (2, 12, 14), (3, 14, 16)]
    assert outages == [(number, "beds", start, end, "no_answer") for number, start, end in calls]
    result = sim.run(system, replications=1)
    numbers = result.metrics.set_index("metric")["value"]
    assert numbers["occupancy.beds"] == pytest.approx(10 / 40)
    assert numbers["full.beds"] == pytest.approx(16 / 40)
    assert numbers["lost_days.beds"] == pytest.approx(6)
    assert numbers["left_silently.ward"] == 0.75
    assert numbers["reneged.ward"] == 0
    assert numbers["cost.idle"] == pytest.approx(30 * 100)


def test_an_outage_ends_with_the_run() -> None:
    records = run(ward(2, 11, patience=fixed(5), silent_share=1.0, days_to_learn=fixed(2)))
    assert rows(records.outages, "started", "ended") == [(10, 11)]


def test_who_asks_again_is_not_called_by_the_old_name() -> None:
    """Number 1 leaves the list on day 5, comes back on day 6, and has the bed on day 10."""
    again = {"return_to_care": {"probability": 1.0, "delay_days": fixed(1)}}
    silent = {"patience": fixed(5), "silent_share": 1.0, "days_to_learn": fixed(2)}
    levels = {"ward": {"places": ["beds"], "length_of_stay": fixed(10), **silent}}
    records = run(scenario(levels, {"beds": 1}, **again, **cohort(2, 15)))
    mine = records.waits["patient"] == 1
    waits = [row for row, own in zip(rows(records.waits, "asked", "ended", "outcome"), mine, strict=True) if own]
    assert waits == [(0, 5, "left_silently"), (6, 10, "admitted")]
    assert len(records.outages) == 0


def test_silence_that_is_found_out_at_once_changes_nothing_but_the_word() -> None:
    """Erlang A: who is gone is skipped in no time, as if the name had been struck off when they left."""
    said, unsaid = (queue(6.0, 5, 300, patience=exponential(2.0), silent_share=share) for share in (0.0, 1.0))
    for number in range(2):
        one, other = replicate(said, 3, number), replicate(unsaid, 3, number)
        assert one.stays["admitted"].tolist() == other.stays["admitted"].tolist()
        assert one.waits["ended"].tolist() == other.waits["ended"].tolist()
        assert np.count_nonzero(other.waits["outcome"] == LEFT_SILENTLY) > 100
        assert math.isclose(len(other.outages), 0)


@pytest.mark.parametrize(
    ("policy", "ended", "reason", "blocked"),
    [("leave", 10, "transferred", 3), ("stay", 20, "completed", 0)],
)
def test_who_gives_up_the_next_level_may_stay_to_the_end_of_the_plan(
    policy: str, ended: float, reason: str, blocked: float
) -> None:
    """A plan of 20 days, early step-down at the review of day 7; the next level has no place, patience is 3 days."""
    early = {"review_every_days": 7.0, "early_step_down": {"from_day": 7.0, "probability": 1.0}}
    onward = {"after": ["transferred"], "to": "iop", "probability": 1.0}
    levels = {
        "ward": {"length_of_stay": fixed(20), **early, "hand_over": "hold", "next": [onward], "on_giving_up": policy},
        "iop": {"places": ["seats"], "length_of_stay": fixed(10), "patience": fixed(3)},
    }
    records = run(scenario(levels, {"seats": 0}, **cohort(1, 60)))
    assert rows(records.waits, "level", "asked", "ended", "outcome")[1:] == [("iop", 7, 10, "reneged")]
    # The plan of 20 days is seen at the review of day 21.
    (stay,) = rows(records.stays, "admitted", "ready", "discharged", "reason")
    assert stay == (0, None if policy == "stay" else 7, ended + (policy == "stay"), reason)
    assert blocked == (0 if stay[1] is None else stay[2] - stay[1])


def test_a_change_may_let_those_stay_who_wait_already() -> None:
    """Ready on day 7, when who gives up leaves; from day 8 on they stay; patience ends on day 10."""
    levels = {
        "ward": {
            "length_of_stay": fixed(20),
            "transfer": fixed(7),
            "hand_over": "hold",
            "next": [{"after": ["transferred"], "to": "iop", "probability": 1.0}],
        },
        "iop": {"places": ["seats"], "length_of_stay": fixed(10), "patience": fixed(3)},
    }
    before = scenario(levels, {"seats": 0}, **cohort(1, 60))
    after = before.with_overrides({"levels.ward.on_giving_up": "stay"})
    stays = replicate(DatedChange(before, after, 8.0), 1, 0).stays
    assert rows(stays, "admitted", "discharged", "reason") == [(0, 20, "completed")]


def test_who_gives_up_the_next_level_in_the_interim_service_goes_on_there_by_its_own_plan() -> None:
    levels = {
        "ward": {
            "length_of_stay": fixed(5),
            "next": [{"to": "iop", "probability": 1.0}],
            "hand_over": "bridge",
            "bridge": "visits",
        },
        "visits": {"length_of_stay": fixed(30), "on_giving_up": "stay"},
        "iop": {"places": ["seats"], "length_of_stay": fixed(10), "patience": fixed(3)},
    }
    records = run(scenario(levels, {"seats": 0}, **cohort(1, 60)))
    stays = rows(records.stays, "level", "admitted", "discharged", "reason")
    assert stays == [("ward", 0, 5, "completed"), ("visits", 5, 35, "completed")]


TUESDAY_AND_THURSDAY = {"days": ["tue", "thu"], "from_hour": 9, "to_hour": 17, "most_per_day": 2}


def test_a_week_of_intake() -> None:
    """Three beds, stays of two days, five people who ask at midnight before a Monday, day 0.

    The first two are admitted on Tuesday at 9, the most of a day, though a third bed is free. They leave on Thursday at
    9, when two more are admitted, and the last one comes on Tuesday of the next week.
    """
    records = run(ward(5, 40, beds=3, length_of_stay=fixed(2), intake=TUESDAY_AND_THURSDAY))
    nine = 9 / 24
    expected = [1 + nine, 1 + nine, 3 + nine, 3 + nine, 8 + nine]
    assert records.stays["admitted"].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("asks", "admitted"),
    [(1.25, 1.375), (1.375, 1.375), (1.5, 1.5), (1 + 17 / 24, 3.375), (2.0, 3.375), (6.0, 8.375)],
)
def test_who_asks_within_the_hours_is_admitted_at_once_and_others_when_they_begin(asks: float, admitted: float) -> None:
    levels = {
        "detox": {"length_of_stay": fixed(asks), "next": [{"to": "ward", "probability": 1.0}]},
        "ward": {"places": ["beds"], "length_of_stay": fixed(2), "intake": TUESDAY_AND_THURSDAY},
    }
    records = run(scenario(levels, {"beds": 1}, **cohort(1, 40)))
    assert records.stays["admitted"].tolist() == pytest.approx([0, admitted], abs=1e-12)


def test_patience_that_ends_when_intake_begins_gets_the_place() -> None:
    """9 o'clock on Tuesday is 1.375 days after midnight before Monday: grants come before waits end."""
    at_nine = run(ward(1, 40, intake=TUESDAY_AND_THURSDAY, patience=fixed(1.375)))
    before = run(ward(1, 40, intake=TUESDAY_AND_THURSDAY, patience=fixed(1.374)))
    assert rows(at_nine.waits, "ended", "outcome") == [(1.375, "admitted")]
    assert rows(before.waits, "ended", "outcome") == [(1.374, "reneged")]


def test_a_place_that_waits_for_intake_is_free_for_others_meanwhile() -> None:
    """One bed for two levels: the first on the list may not be admitted before Tuesday, so the second has the bed."""
    levels = {
        "planned": {"places": ["beds"], "length_of_stay": fixed(10), "intake": TUESDAY_AND_THURSDAY},
        "urgent": {"places": ["beds"], "length_of_stay": fixed(2), "priority": [{"rank": 9}]},
    }
    entry = [{"when": {"kind": "a"}, "to": {"planned": 1.0}}, {"to": {"urgent": 1.0}}]
    system = scenario(levels, {"beds": 1}, population={"kind": {"a": 0.5, "b": 0.5}}, entry=entry, **cohort(2, 40))
    for seed in range(20):
        records = run(system, seed)
        if set(records.stays["level"].tolist()) == {0, 1}:
            by_level = dict(rows(records.stays, "level", "admitted"))
            assert by_level == {"urgent": 0, "planned": 3.375}
            return
    raise AssertionError("no seed had one of each")


def test_a_weekly_intake_without_places_waits_as_the_calendar_says() -> None:
    """Poisson arrivals, admissions all Monday long: 6 of 7 wait, evenly from 0 to 6 days, so 18/7 days on average."""
    level = {"length_of_stay": fixed(5), "intake": {"days": ["mon"]}}
    system = scenario(
        {"clinic": level}, arrivals={"per_day": 3.0}, time={"recruitment_days": 700, "follow_up_days": 30}
    )
    waits = [replicate(system, 5, number).waits for number in range(4)]
    inside = [each["asked"] < 700 for each in waits]
    means = [float((each["ended"] - each["asked"])[own].mean()) for each, own in zip(waits, inside, strict=True)]
    assert_mean(means, 18 / 7)
    assert all(set(np.floor(each["ended"][each["outcome"] == 0] % 7)) == {0.0} for each in waits)


def test_turnover_keeps_a_place_from_the_next_and_counts_as_not_free() -> None:
    """One bed, stays of 10 days, a day to make it ready: 0 to 10, 11 to 21, 22 to 32; the third leaves it as well."""
    system = sim.load_scenario(
        {
            "name": "ward",
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {"ward": {"places": ["beds"], "length_of_stay": fixed(10)}},
            "places": {"beds": {"capacity": 1, "fixed_cost_per_day": 100.0, "turnover_days": 1.0}},
            **cohort(3, 40),
        }
    )
    records = run(system)
    assert rows(records.stays, "admitted", "discharged") == [(0, 10), (11, 21), (22, 32)]
    turnovers = rows(records.outages, "patient", "started", "ended", "cause")
    assert turnovers == [(number, 10 + 11 * number, 11 + 11 * number, "turnover") for number in range(3)]
    numbers = sim.run(system, replications=1).metrics.set_index("metric")["value"]
    assert numbers["occupancy.beds"] == pytest.approx(30 / 40)
    assert numbers["full.beds"] == pytest.approx(33 / 40)
    assert numbers["turnover_days.beds"] == pytest.approx(3)
    assert numbers["cost.idle"] == pytest.approx(10 * 100)
    assert "lost_days.beds" not in numbers


def test_turnover_is_service_time_to_those_who_wait() -> None:
    """M/M/1 with a fixed turnover after each stay is M/G/1: Pollaczek and Khinchine, arrivals E[S^2] / 2 (1 - load)."""
    arrivals, stay, turnover = 0.5, 1.0, 0.4
    second_moment = 2 * stay**2 + 2 * stay * turnover + turnover**2
    expected = arrivals * second_moment / (2 * (1 - arrivals * (stay + turnover)))
    system = queue(arrivals, 1, 4_000).with_overrides({"places.beds.turnover_days": turnover})
    assert_mean([float(waits_in_window(system, number)[0].mean()) for number in range(8)], expected)


def test_a_weekend_admits_nobody_and_drains_with_open_days_and_cost_as_they_were() -> None:
    """Two crisis beds, closed on Saturday and Sunday, stays of 2 days; eight ask on Thursday, at the end of day 2.

    In on day 3 and out on day 5, Saturday: nobody until Monday, day 7, then two each on days 7, 9 and 11. The last two
    keep their beds until day 13, through the Saturday, day 12, on which these are closed.
    """
    levels = {
        "asking": {"length_of_stay": fixed(3), "next": [{"to": "crisis", "probability": 1.0}]},
        "crisis": {"places": ["beds"], "length_of_stay": fixed(2)},
    }
    beds = {"capacity": 2, "fixed_cost_per_day": 100.0, "weekly": [{"days": ["sat", "sun"], "capacity": 0}]}
    system = sim.load_scenario(
        {
            "name": "crisis",
            "entry": [{"to": {"asking": 1.0}}],
            "levels": levels,
            "places": {"beds": beds},
            **cohort(8, 14),
        }
    )
    records = run(system)
    crisis = records.stays["level"] == 1
    assert sorted(records.stays["admitted"][crisis].tolist()) == [3, 3, 7, 7, 9, 9, 11, 11]
    numbers = sim.run(system, replications=1).metrics.set_index("metric")["value"]
    # Open on ten of fourteen days; used for 16 bed-days, two of them on a closed Saturday.
    assert numbers["occupancy.beds"] == pytest.approx(16 / 20)
    assert numbers["cost.place.beds.idle"] == pytest.approx((20 - 16) * 100)
    assert sim.run(system, replications=1).budget["amount"].sum() == pytest.approx(20 * 100)


def assessed(people: int, **step: Any) -> Scenario:
    """Everybody asks on day 0, a Monday, and joins a list on which there is room, after one step."""
    level = {"length_of_stay": fixed(1), "access": [{"name": "assessment", **step}]}
    return scenario({"clinic": level}, **cohort(people, 30))


def test_slots_are_given_first_come_first_served_on_their_days_and_hours() -> None:
    """Two slots on Monday and Wednesday, at 9 and 13 o'clock; five callers who are ready at 10 o'clock on Monday."""
    hours = {"slots_per_day": 2, "days": ["mon", "wed"], "from_hour": 9, "to_hour": 17}
    records = run(assessed(5, delay_days=fixed(10 / 24), **hours))
    nine, one = 9 / 24, 13 / 24
    passed = [one, 2 + nine, 2 + one, 7 + nine, 7 + one]
    assert records.stays["admitted"].tolist() == pytest.approx(passed)
    assert records.stays["asked"].tolist() == [0] * 5
    steps = rows(records.waits, "step", "called", "outcome")
    assert steps == [("assessment", 0, "passed"), (None, 0, "admitted")] * 5


def test_a_slot_of_somebody_who_is_lost_is_lost() -> None:
    """One slot a day, at midnight: numbers 0 to 4 have days 0 to 4, but for who loses patience after 2.5 days."""
    system = assessed(5, slots_per_day=1, patience=fixed(2.5))
    records = run(system)
    assert records.stays["admitted"].tolist() == [0, 1, 2]
    steps = records.waits["step"] == 0
    ended = [row for row, own in zip(rows(records.waits, "ended", "outcome"), steps, strict=True) if own]
    assert ended == [(0, "passed"), (1, "passed"), (2, "passed"), (2.5, "reneged"), (2.5, "reneged")]
    numbers = sim.run(system, replications=1).metrics.set_index("metric")["value"]
    assert numbers["access.clinic.assessment.mean"] == pytest.approx(1.0)
    assert numbers["access.clinic.assessment.lost"] == pytest.approx(2 / 5)
    assert numbers["asks.clinic"] == 5
    assert numbers["reneged.clinic"] == pytest.approx(2 / 5)


def test_delays_and_losses_of_steps_are_those_of_competing_exponentials() -> None:
    """Delay of mean 10, patience of mean 30 days: a quarter are lost, the others pass after 7.5 days on average."""
    steps = [
        {"name": "call", "lost_at_once": 0.2},
        {"name": "assessment", "delay_days": exponential(10.0), "patience": exponential(30.0)},
    ]
    level = {"length_of_stay": fixed(1), "access": steps}
    system = scenario(
        {"clinic": level}, arrivals={"per_day": 5.0}, time={"recruitment_days": 400, "follow_up_days": 200}
    )
    numbers = sim.run(system, replications=8, seed=3).metrics.pivot(
        index="replication", columns="metric", values="value"
    )
    assert_mean(numbers["access.clinic.call.lost"].tolist(), 0.2)
    assert_mean(numbers["access.clinic.assessment.lost"].tolist(), 0.25)
    assert_mean(numbers["access.clinic.assessment.mean"].tolist(), 7.5)
    assert_mean(numbers["admitted.clinic"].tolist(), 0.8 * 0.75)
    # Kaplan and Meier undo the losses: the mean time to the offer is that of the delay alone.
    shares = numbers["wait.clinic.within_14_days"]
    assert 0.5 < shares.mean() < 0.8


def test_slots_round_the_clock_wait_as_m_d_1() -> None:
    """A slot s every quarter of a day, Poisson callers: the wait of M/D/1, load s / 2 (1 - load), and half a slot more
    on average, until the next begins."""
    arrivals, slots = 3.0, 4
    load = arrivals / slots
    expected = load / (2 * slots * (1 - load)) + 1 / (2 * slots)
    level = {"length_of_stay": fixed(1), "access": [{"name": "assessment", "slots_per_day": slots}]}
    times = {"warm_up_days": 50, "recruitment_days": 1_500, "follow_up_days": 30}
    system = scenario({"clinic": level}, arrivals={"per_day": arrivals}, time=times)
    means = []
    for number in range(8):
        waits = replicate(system, 5, number).waits
        inside = (waits["step"] == 0) & (waits["called"] >= 50) & (waits["called"] < 1_550)
        means.append(float((waits["ended"] - waits["asked"])[inside].mean()))
    assert_mean(means, expected)


def test_a_call_that_goes_through_steps_is_asked_once_in_stories_and_logs() -> None:
    system = assessed(2, delay_days=fixed(2))
    tables = {name: getattr(run(system), name).frame() for name in TABLES}
    events = event_log(tables, system.time.start)
    assert events["activity"].tolist().count("ask for clinic") == 2
    assert events["activity"].tolist().count("pass a step towards clinic") == 2
    told = story(tables, tables, 0, ("a", "b"), 30).rows["baseline"].tolist()
    assert told[:2] == [
        "asks for clinic",
        "has passed a step towards clinic, after 2.0 days; is admitted to clinic at once; gets well",
    ]
