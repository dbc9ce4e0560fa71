"""Segments of the cohort's follow-up, by hand and against the days that the records hold."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from outcomes.build import at_random, clinic, records, stay, wait
from random_scenarios import build, descriptions

from sim.model import replicate
from sim.outcomes.observed import Observed
from sim.outcomes.trajectory import locate, segment_at, trajectory
from sim.vocabulary import NONE, STATES

some = settings(max_examples=25, deadline=None, derandomize=True)


def journey() -> Observed:
    """Patient 0 asks before the window; 1 asks on day 100 and is followed to day 200; 2 dies at once."""
    described = clinic()
    stays = [
        stay(0, "iop", 95, 150),
        stay(1, "residential", 103, 130, next_level="iop"),
        stay(1, "iop", 140, 140, "dropped_out", route="step_down"),
        stay(1, "detox", 160, 250, "dropped_out", route="return"),
    ]
    waits = [wait(1, "residential", 100, 103), wait(1, "iop", 130, 140, route="step_down")]
    spells = [
        (0, "well", 95, 300),
        (1, "unwell", 100, 103),
        (1, "well", 103, 110),
        (1, "unwell", 110, 110),
        (1, "well", 110, 135),
        (1, "unwell", 135, 300),
        (2, "unwell", 120, 120),
        (2, "dead", 120, 300),
    ]
    return Observed(records(described, [95.0, 100.0, 120.0], stays=stays, waits=waits, spells=spells), described)


def test_segments_by_hand() -> None:
    """What has no length (a relapse treated in place, a stay that ends as it begins) makes no segment."""
    frame = trajectory(journey()).frame().astype({"state": str})
    assert (frame.pop("course") == NONE).all()
    assert frame.pop("medication").isna().all()
    words = [tuple("" if pd.isna(value) else value for value in row) for row in frame.itertuples(index=False)]
    assert words == [
        (1, 0.0, 3.0, "unwell", "", "", "", "residential"),
        (1, 3.0, 10.0, "well", "residential", "", "", ""),
        (1, 10.0, 30.0, "well", "residential", "", "", ""),
        (1, 30.0, 35.0, "well", "", "residential", "completed", "iop"),
        (1, 35.0, 40.0, "unwell", "", "residential", "completed", "iop"),
        (1, 40.0, 60.0, "unwell", "", "iop", "dropped_out", ""),
        (1, 60.0, 100.0, "unwell", "detox", "iop", "dropped_out", ""),
        (2, 0.0, 100.0, "dead", "", "", "", ""),
    ]


def test_where_somebody_is_means_just_before() -> None:
    observed = journey()
    patient, time = np.array([1, 1, 1, 1, 1, 2]), np.array([0.0, 3.0, 30.0, 30.001, 100.0, 50.0])
    rows = segment_at(observed, patient, time)
    assert rows.tolist() == [0, 0, 2, 3, 6, 7]
    level, reason = locate(observed, rows)
    assert level.tolist() == ["outside care", "outside care", "residential", "outside care", "detox", "outside care"]
    assert reason.tolist() == [
        *("not yet in care", "not yet in care", "in care", "completed", "in care", "not yet in care"),
    ]


def test_nobody_and_nothing() -> None:
    described = clinic()
    nobody = Observed(records(described, []), described)
    assert len(trajectory(nobody)) == 0
    assert len(segment_at(nobody, np.zeros(0, dtype=int), np.zeros(0))) == 0
    waiting = Observed(records(described, [100.0]), described)
    assert trajectory(waiting)["ended"].tolist() == [100.0]
    assert trajectory(waiting)["level"].tolist() == [NONE]


def check(observed: Observed) -> None:
    """Segments cover each member's follow-up, and hold the days of the records."""
    segments = trajectory(observed)
    patient, began, ended = segments["patient"], segments["began"], segments["ended"]
    assert np.array_equal(np.unique(patient), np.flatnonzero(observed.cohort))
    first = np.r_[True, patient[1:] != patient[:-1]] if len(patient) else np.zeros(0, dtype=bool)
    assert (began[first] == 0).all()
    assert (began[1:][~first[1:]] == ended[:-1][~first[1:]]).all()
    assert (ended[np.r_[first[1:], True][: len(first)]] == observed.follow_up).all()
    assert (ended > began).all()

    days = ended - began
    assert np.bincount(segments["state"], days, len(STATES)) == pytest.approx(observed.state_days[:, 0], abs=1e-7)
    stays, followed = observed.records.stays, observed.followed_stays
    in_care = segments["level"] != NONE
    level_days = np.bincount(segments["level"][in_care], days[in_care], len(observed.levels))
    assert level_days == pytest.approx(
        np.bincount(stays["level"][followed.rows], followed.days, len(observed.levels)), abs=1e-7
    )
    waits = observed.records.waits
    arrived = observed.records.patients["arrived"][waits["patient"]]
    waited = np.minimum(waits["ended"] - arrived, observed.follow_up) - np.maximum(waits["asked"] - arrived, 0)
    waited = waited[observed.cohort[waits["patient"]]]
    waiting_days = math.fsum(days[segments["waiting"] != NONE])
    assert waiting_days == pytest.approx(math.fsum(waited[waited > 0]), abs=1e-7)

    # One by one: the last stay that had ended by the beginning of the segment.
    for row in range(0, len(segments), 1 + len(segments) // 40):
        gone = stays["patient"] == patient[row]
        gone &= stays["discharged"] - observed.records.patients["arrived"][patient[row]] <= began[row]
        last = np.flatnonzero(gone)[-1:]
        expected = stays["level"][last].tolist() + stays["reason"][last].tolist() or [NONE, NONE]
        assert [segments["after_level"][row], segments["after_reason"][row]] == expected


@pytest.mark.parametrize("seed", range(3))
def test_segments_of_records_that_follow_no_model(seed: int) -> None:
    described = clinic()
    check(Observed(at_random(described, 200, seed), described))


@some
@given(descriptions())
def test_segments_of_random_scenarios(description: dict[str, object]) -> None:
    scenario = build(description)
    check(Observed(replicate(scenario, 1, 0), scenario))


def test_a_group_of_patients_has_its_own_trajectory() -> None:
    described = clinic()
    facts = at_random(described, 60, 1)
    among = np.arange(60) % 2 == 0
    check(Observed(facts, described).narrowed(among))
