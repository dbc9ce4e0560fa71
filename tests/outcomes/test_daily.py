"""The system day by day, by hand and held to the metrics of the window; and how much it still moves afterwards."""

import math

import numpy as np
import pytest
from experiment.systems import small
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes.build import at_random, clinic, records, stay, wait
from support import cohort, exponential, scenario

from sim.model import replicate
from sim.outcomes import Observed, daily, metrics
from sim.outcomes.daily import present, waited


def test_days_by_hand() -> None:
    began, ended = np.array([0.25, 1.5, 2.0]), np.array([1.75, 2.0, 3.0])
    assert present(began, ended, 4).tolist() == [0.75, 0.75 + 0.5, 1.0, 0.0]


def test_people_who_were_there_before_day_0_count_from_day_0() -> None:
    assert present(np.array([-5.0, -0.5]), np.array([0.5, 2.25]), 3).tolist() == [1.5, 1.0, 0.25]


def test_what_lies_beyond_the_last_day_does_not_count() -> None:
    assert present(np.array([1.5, 7.0]), np.array([8.0, 9.0]), 3).tolist() == [0.0, 0.5, 1.0]
    assert present(np.zeros(0), np.zeros(0), 3).tolist() == [0.0, 0.0, 0.0]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(-10, 30), st.floats(0, 30)), max_size=30))
def test_days_add_up_to_person_days(intervals: list[tuple[float, float]]) -> None:
    began = np.array([start for start, _ in intervals])
    ended = np.maximum(began + np.array([length for _, length in intervals]), 0.0)
    each = present(np.sort(began), np.sort(ended), 20)
    for day, found in enumerate(each):
        expected = np.maximum(np.minimum(ended, day + 1) - np.maximum(began, day), 0.0).sum()
        assert found == pytest.approx(expected, abs=1e-9)
    assert each.sum() == pytest.approx(np.maximum(np.minimum(ended, 20) - np.maximum(began, 0), 0).sum(), abs=1e-9)


def test_series_of_a_clinic_by_hand() -> None:
    """The run lasts 300 days; blocked patients are there too."""
    here = clinic()
    stays = [
        stay(0, "residential", 100.5, 103),
        stay(1, "residential", 102, 104, ready=102.5),
        stay(2, "iop", 298, 300, "end_of_follow_up"),
    ]
    waits = [wait(0, "residential", 99.25, 100.5), wait(1, "residential", 100, 102), wait(2, "iop", 298, 298)]
    series = daily(Observed(records(here, [99.25, 100.0, 150.0], stays=stays, waits=waits), here))
    of_levels = [f"{what}.{level}" for level in here.levels for what in ("census", "queue", "wait")]
    assert list(series) == [*of_levels, "asks.all"]
    assert all(len(values) == 300 for values in series.values())
    assert series["census.residential"][99:105].tolist() == [0, 0.5, 1, 2, 1, 0]
    assert series["queue.residential"][98:103].tolist() == [0, 0.75, 1.5, 1, 0]
    assert series["census.iop"][297:].tolist() == [0, 1, 1]
    assert not series["queue.iop"].any()
    assert not series["census.detox"].any()
    # Those who ask on day 99 wait 1.25 days, on day 100 two days, and later nobody asks.
    assert series["wait.residential"][97:103].tolist() == [0, 0, 1.25, 2, 2, 2]
    assert not series["wait.iop"].any()
    assert series["asks.all"][98:102].tolist() == [0, 1, 1, 0]
    assert series["asks.all"].sum() == 3


def test_waits_are_not_known_from_the_first_day_whose_asks_are_still_open() -> None:
    asked, ended = np.array([-2.0, 1.25, 1.5, 4.0, 4.5, 6.0]), np.array([0.5, 2.25, 4.5, 5.0, 9.0, 7.0])
    still_open = np.array([False, False, False, False, True, False])
    assert waited(asked, ended, still_open, 4).tolist() == [2.5, 2.0, 2.0, 2.0]
    found = waited(asked, ended, still_open, 8)
    assert found[:4].tolist() == [2.5, 2.0, 2.0, 2.0]
    assert np.isnan(found[4:]).all()
    assert waited(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), 3).tolist() == [0, 0, 0]


def test_drift_of_asks_and_waits_by_hand() -> None:
    """Window and what follows last 100 days each. Waits for IOP: 2 and 4 days within; 8, and one open from 280, after.

    After: at day 8 one of two at risk is offered, so the mean up to 4 days, the shorter of the longest waits, is 4.
    """
    here = clinic()
    waits = [
        wait(0, "iop", 99, 100),
        wait(0, "iop", 110, 112),
        wait(1, "iop", 150, 154, "no_show", "return"),
        wait(0, "iop", 200, 208, "admitted", "step_down"),
        wait(1, "iop", 250, 250, "reneged", "step_up"),
        wait(2, "iop", 280, 300, "end_of_follow_up"),
        wait(3, "iop", 260, 270, "reneged", "initial"),
    ]
    numbers = metrics(records(here, [99.0, 150.0, 280.0, 260.0], waits=waits), here)
    assert numbers["asks.all.per_month"] == pytest.approx(2 / 100 * 30.4375)
    assert numbers["asks.all.drift"] == pytest.approx((3 - 2) / 100 * 30.4375)
    assert numbers["wait.iop.drift"] == pytest.approx(4 - 3)
    assert math.isnan(numbers["wait.detox.drift"])
    closed = small(**cohort(5, 50))
    numbers = metrics(replicate(closed, 1, 0), closed)
    assert math.isnan(numbers["asks.all.drift"])
    assert math.isnan(numbers["wait.ward.drift"])


def test_part_of_a_day_at_the_end_of_the_run_is_left_out() -> None:
    here = scenario(
        {"ward": {"length_of_stay": exponential(8)}},
        time={"warm_up_days": 0.5, "recruitment_days": 10.25, "follow_up_days": 5.5},
    )
    assert len(daily(Observed(replicate(here, 1, 0), here))["census.ward"]) == 16


def check_agrees(observed: Observed) -> None:
    here, series = observed.scenario, daily(observed)
    numbers = metrics(observed.records, here)
    start, end = int(observed.start), int(observed.end)
    assert (start, end) == (observed.start, observed.end)
    for level in here.levels:
        for what in ("census", "queue"):
            values = series[f"{what}.{level}"]
            assert np.mean(values[start:end]) == pytest.approx(numbers[f"{what}.{level}.mean"], rel=1e-9, abs=1e-9)
            if len(values) > end:
                drift = np.mean(values[end:]) - np.mean(values[start:end])
                assert numbers[f"{what}.{level}.drift"] == pytest.approx(drift, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_means_over_the_window_and_after_it_are_the_metrics(seed: int) -> None:
    here = clinic()
    check_agrees(Observed(at_random(here, 200, seed), here))
    simulated = small(time={"warm_up_days": 20, "recruitment_days": 60, "follow_up_days": 40})
    check_agrees(Observed(replicate(simulated, seed, 0), simulated))


def test_of_people_present_on_day_0() -> None:
    here = small(initial={"ward": {"in_care": 3, "waiting": 1}})
    observed = Observed(replicate(here, 1, 0), here)
    assert daily(observed)["census.ward"][0] > 1
    check_agrees(observed)


def test_of_a_closed_cohort() -> None:
    here = scenario({"ward": {"length_of_stay": exponential(8)}}, **cohort(30, 50))
    observed = Observed(replicate(here, 1, 0), here)
    assert daily(observed)["census.ward"][0] > 20
    check_agrees(observed)


# --- drift ---


def test_drift_by_hand() -> None:
    """In the window, days 100 to 200: 10 + 100 + 50 of 100 days. After it, days 200 to 300: 90 + 20 + 0."""
    here = clinic()
    intervals = [(190, 290), (90, 220), (120, 170)]
    stays = [stay(i, "residential", *days) for i, days in enumerate(intervals)]
    waits = [wait(i, "iop", *days) for i, days in enumerate(intervals)]
    numbers = metrics(records(here, [90.0, 90.0, 90.0], stays=stays, waits=waits), here)
    assert numbers["census.residential.mean"] == numbers["queue.iop.mean"] == pytest.approx(1.6)
    assert numbers["census.residential.drift"] == numbers["queue.iop.drift"] == pytest.approx(1.1 - 1.6)
    assert numbers["census.iop.drift"] == numbers["queue.residential.drift"] == 0


def test_a_closed_cohort_has_no_drift() -> None:
    here = scenario({"ward": {"length_of_stay": exponential(8)}}, **cohort(30, 50))
    numbers = metrics(replicate(here, 1, 0), here)
    assert math.isnan(numbers["census.ward.drift"])
    assert math.isnan(numbers["queue.ward.drift"])


def test_a_system_that_still_fills_drifts_and_one_that_is_full_does_not() -> None:
    """Stays of mean 200 days from an empty start; and without places, after 20 stays' time to fill. By 30 runs.

    Expected: 1 a day * 200 days * (1 - exp(-t / 200)), averaged over days 0 to 100 and 100 to 200.
    """

    def drifts(mean: float, warm_up: float) -> np.ndarray:
        here = scenario(
            {"ward": {"length_of_stay": exponential(mean)}},
            time={"warm_up_days": warm_up, "recruitment_days": 100, "follow_up_days": 100},
        )
        return np.array([metrics(replicate(here, 4, number), here)["census.ward.drift"] for number in range(30)])

    def filled(a: float, b: float) -> float:
        return 200 * (1 - 200 * (math.exp(-a / 200) - math.exp(-b / 200)) / (b - a))

    fills = drifts(200, 0)
    error = np.std(fills, ddof=1) / math.sqrt(30)
    assert np.mean(fills) == pytest.approx(filled(100, 200) - filled(0, 100), abs=4 * error)
    assert np.mean(fills) > 10 * error
    full = drifts(5, 100)
    assert abs(np.mean(full)) < 4 * np.std(full, ddof=1) / math.sqrt(30)
