"""What is measured: the cohort, the end of the run, people present on day 0, and episodes."""

from typing import Any

import numpy as np
import pytest
from model.histories import FOREVER, rows, run, where
from support import cohort, exponential, fixed, scenario

from sim.scenario import Scenario

WARD = {"length_of_stay": fixed(10)}


def test_the_cohort_are_those_who_first_ask_in_the_recruitment_window() -> None:
    time = {"warm_up_days": 40, "recruitment_days": 60, "follow_up_days": 30}
    patients = run(scenario({"ward": WARD}, arrivals={"per_day": 3.0}, time=time)).patients
    arrived = patients["arrived"]
    assert (patients["cohort"] == ((arrived >= 40) & (arrived < 100))).all()
    assert arrived.min() < 5
    assert arrived.max() > 125, "newcomers keep coming while the cohort is followed"
    assert (np.diff(arrived) >= 0).all()
    assert patients["patient"].tolist() == list(range(len(patients)))


def test_the_run_ends_with_the_last_follow_up() -> None:
    time = {"warm_up_days": 10, "recruitment_days": 20, "follow_up_days": 30}
    records = run(scenario({"ward": {"length_of_stay": fixed(500)}}, arrivals={"per_day": 2.0}, time=time))
    assert (records.stays["discharged"] == 60).all()
    assert where(records.stays, reason="end_of_follow_up").all()
    ends = np.zeros(len(records.patients))
    np.maximum.at(ends, records.spells["patient"], records.spells["ended"])
    assert (ends == 60).all()


def test_what_would_end_at_the_very_end_of_the_run_is_cut_off() -> None:
    records = run(scenario({"ward": WARD}, **cohort(1, 10)))
    assert rows(records.stays, "discharged", "reason", "ready") == [(10, "end_of_follow_up", None)]


def test_an_empty_cohort_leaves_empty_records() -> None:
    for arrivals, time in (
        ({"closed_cohort": 0}, {"follow_up_days": 10}),
        ({"per_day": 0.0}, {"recruitment_days": 10, "follow_up_days": 10}),
    ):
        records = run(scenario({"ward": WARD}, arrivals=arrivals, time=time, population={"sex": {"f": 0.5, "m": 0.5}}))
        for table in (records.patients, records.stays, records.waits, records.spells):
            assert len(table) == len(table.frame()) == 0


# --- people present on day 0 ---


def census(in_care: int, waiting: int, beds: int, **parts: Any) -> Scenario:
    return scenario(
        {"ward": {"places": ["beds"], **WARD}},
        {"beds": beds},
        **{"initial": {"ward": {"in_care": in_care, "waiting": waiting}}, **cohort(2, 100), **parts},
    )


def test_people_in_care_on_day_0_hold_their_places_and_leave_in_the_course_of_one_stay() -> None:
    records = run(census(3, 0, 3))
    stays = rows(records.stays, "patient", "route", "admitted", "discharged", "reason")
    here = [row for row in stays if row[1] == "initial"]
    assert [row[0] for row in here] == [0, 1, 2]
    for _, _, admitted, discharged, reason in here:
        assert -10 <= admitted <= 0
        assert discharged == pytest.approx(admitted + 10)
        assert reason == "completed"
    # The two newcomers get the first beds that they leave.
    ends = sorted(row[3] for row in here)
    assert [row[2] for row in stays if row[1] == "entry"] == ends[:2]


def test_the_share_of_the_stay_behind_them_is_uniform() -> None:
    from scipy import stats

    admitted = run(census(500, 0, 500)).stays["admitted"][:500]
    assert stats.kstest(-admitted / 10, "uniform").pvalue > 1e-4


def test_people_on_the_list_on_day_0_come_before_those_who_ask_on_day_0() -> None:
    records = run(census(0, 2, 1))
    assert rows(records.waits, "patient", "route", "asked", "ended", "outcome") == [
        (0, "initial", 0, 0, "admitted"),
        (1, "initial", 0, 10, "admitted"),
        (2, "entry", 0, 20, "admitted"),
        (3, "entry", 0, 30, "admitted"),
    ]


def test_people_of_day_0_are_not_of_the_cohort() -> None:
    assert run(census(2, 1, 2)).patients["cohort"].tolist() == [False] * 3 + [True] * 2
    stream = {"arrivals": {"per_day": 1.0}, "time": {"recruitment_days": 20, "follow_up_days": 5}}
    records = run(census(2, 1, 2, **stream)).patients
    assert (records["arrived"][:3] <= 0).all()
    assert records["cohort"].tolist() == [False] * 3 + (records["arrived"][3:] < 20).tolist()


def test_nothing_happens_to_people_of_day_0_before_they_arrived() -> None:
    """Who is in care arrived when their stay began, a part of it ago; who is on the list, on day 0."""
    records = run(census(3, 2, 3))
    arrived, stays = records.patients["arrived"], records.stays
    assert arrived[:3].tolist() == stays["admitted"][:3].tolist() == stays["asked"][:3].tolist()
    assert (arrived[:3] < 0).all()
    assert arrived[3:].tolist() == [0.0] * 4
    for facts, first in ((stays, "asked"), (records.waits, "asked"), (records.spells, "started")):
        assert (facts[first] >= arrived[facts["patient"]]).all()


def test_people_in_care_on_day_0_are_well_and_those_on_the_list_are_not() -> None:
    spells = rows(run(census(1, 1, 1)).spells, "patient", "state", "started", "ended")
    assert [row for row in spells if row[0] == 0 and row[2] < row[3]] == [(0, "well", 0, 100)]
    assert next(row for row in spells if row[0] == 1 and row[2] < row[3])[1] == "unwell"


def test_people_of_day_0_have_attributes_and_do_not_change_the_newcomers() -> None:
    population = {"population": {"sex": {"f": 0.5, "m": 0.5}}, "frailty": {"sd": 0.5}}
    people = cohort(200, 10)
    without = run(scenario({"ward": {"places": ["beds"], **WARD}}, {"beds": 9}, **people, **population)).patients
    with_them = run(census(4, 3, 9, **people, **population)).patients
    assert len(with_them) == 207
    for column in ("sex", "frailty"):
        assert (with_them[column][7:] == without[column]).all()


def test_a_census_of_several_levels() -> None:
    levels = {"ward": WARD, "iop": {"length_of_stay": fixed(20)}}
    initial = {"iop": {"in_care": 2}, "ward": {"in_care": 1, "waiting": 1}}
    records = run(scenario(levels, initial=initial, **cohort(0, 50)))
    assert rows(records.stays, "patient", "level") == [(0, "iop"), (1, "iop"), (2, "ward"), (3, "ward")]


# --- episodes ---


@pytest.mark.parametrize(("gap", "episodes"), [(29.0, [0, 0, 0]), (30.0, [0, 0, 0]), (30.5, [0, 1, 2])])
def test_a_new_episode_begins_after_more_than_30_days_without_care(gap: float, episodes: list[int]) -> None:
    ward = {"length_of_stay": fixed(10), "days_to_remission": fixed(FOREVER)}
    back = {"probability": 1.0, "delay_days": fixed(gap)}
    records = run(scenario({"ward": ward}, return_to_care=back, **cohort(1, 2.5 * gap + 30)))
    assert records.stays["episode"].tolist() == episodes


def test_waiting_counts_towards_the_gap() -> None:
    """Released on day 10, admitted to the next level only on day 41 (31 days on) or 40 (30 days on)."""
    levels = {
        "ward": {"length_of_stay": fixed(10), "next": [{"to": "iop", "probability": 1.0}]},
        "iop": {"length_of_stay": fixed(5), "places": ["seats"]},
    }
    for opens, episode in ((40.0, 0), (41.0, 1)):
        system = scenario(levels, {"seats": 0}, **cohort(1, 100))
        records = run(system.with_overrides({"places.seats.changes": [{"from_day": opens, "capacity": 1}]}))
        assert rows(records.stays, "level", "episode", "admitted") == [("ward", 0, 0), ("iop", episode, opens)]


def test_a_long_stay_is_no_gap() -> None:
    levels = {
        "ward": {"length_of_stay": fixed(100), "next": [{"to": "iop", "probability": 1.0}]},
        "iop": {"length_of_stay": exponential(10)},
    }
    assert set(run(scenario(levels, **cohort(20, 300))).stays["episode"]) == {0}
