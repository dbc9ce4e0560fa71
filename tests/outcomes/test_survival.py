"""Estimators against textbook examples and against what they must reduce to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.outcomes.survival import cumulative_incidence, kaplan_meier, step_function

# Weeks of remission under 6-mercaptopurine (Freireich et al., Blood 1963), the standard Kaplan-Meier example.
REMISSION = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12


def test_kaplan_meier_on_the_standard_example() -> None:
    curve = kaplan_meier(np.array(REMISSION, dtype=float), np.array(RELAPSED))
    # By hand: at risk 21, 17, 15, 12, 11, 7, 6. The censored at week 6 and 10 are still at risk at those times.
    by_hand = np.cumprod([18 / 21, 16 / 17, 14 / 15, 11 / 12, 10 / 11, 6 / 7, 5 / 6])
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    np.testing.assert_allclose(curve.survival, by_hand, rtol=1e-14)
    assert np.round(curve.survival, 3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve.quantile(0.5) == 23
    assert math.isnan(curve.quantile(0.9))
    assert curve.at(5.9) == 1
    assert curve.at(6) == curve.survival[0]
    assert curve.at(100) == curve.survival[-1]
    gaps = np.diff([0, 6, 7, 10, 13, 16, 22, 23, 35])
    assert curve.mean() == pytest.approx(float(np.dot(gaps, [1, *by_hand])), rel=1e-14)
    # Up to week 8: six weeks of all, one of 18/21, one of 18/21 x 16/17.
    assert curve.mean(8.0) == pytest.approx(6 + 18 / 21 + 18 / 21 * 16 / 17, rel=1e-14)
    assert curve.mean(100.0) == curve.mean()


def test_aalen_johansen_by_hand() -> None:
    """Times 1 (event), 2 (death), 2 (event), 3 (censored), 4 (event), 5 (death), 6 (censored)."""
    curve = cumulative_incidence(np.array([1.0, 2, 2, 3, 4, 5, 6]), np.array([1, 2, 1, 0, 1, 2, 0]))
    # At risk 7, 6, 3, 2; survival just before 1, 6/7, 6/7 x 4/6 = 4/7, 4/7 x 2/3 = 8/21.
    assert curve.at(0.5) == 0
    assert curve.at(1) == pytest.approx(1 / 7, rel=1e-14)
    assert curve.at(2) == pytest.approx(1 / 7 + 6 / 7 * 1 / 6, rel=1e-14)
    assert curve.at(3.9) == pytest.approx(2 / 7, rel=1e-14)
    assert curve.at(4) == pytest.approx(2 / 7 + 4 / 7 * 1 / 3, rel=1e-14)
    assert curve.at(99) == curve.at(4)


def test_nobody_observed() -> None:
    nothing = np.array([]), np.array([], dtype=int)
    curve = kaplan_meier(nothing[0], nothing[1] > 0)
    assert all(math.isnan(number) for number in (curve.at(1), curve.mean(), curve.quantile(0.5)))
    assert math.isnan(cumulative_incidence(*nothing).at(1))


def test_without_censoring_the_curve_is_the_sample() -> None:
    """The median of 1..10 is reached at 5, although (9/10)(8/9)(7/8)(6/7)(5/6) misses one half by a last bit."""
    days = np.arange(1.0, 11)
    curve = kaplan_meier(days, np.ones(10, dtype=bool))
    assert [curve.quantile(share / 10) for share in range(1, 11)] == days.tolist()
    assert curve.mean() == pytest.approx(5.5, rel=1e-14)


samples = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=40)


@given(samples)
def test_with_one_cause_incidence_is_one_minus_survival(sample: list[tuple[int, int]]) -> None:
    time = np.array([t for t, _ in sample], dtype=float)
    event = np.array([cause == 1 for _, cause in sample])
    survival, incidence = kaplan_meier(time, event), cumulative_incidence(time, event.astype(int))
    for day in range(13):
        assert incidence.at(day) == pytest.approx(1 - survival.at(day), abs=1e-12)


@given(samples)
def test_incidences_and_survival_share_one(sample: list[tuple[int, int]]) -> None:
    time, cause = np.array([t for t, _ in sample], dtype=float), np.array([cause for _, cause in sample])
    first, second = cumulative_incidence(time, cause), cumulative_incidence(time, np.array([0, 2, 1])[cause])
    neither = kaplan_meier(time, cause > 0)
    for day in range(13):
        assert first.at(day) + second.at(day) + neither.at(day) == pytest.approx(1, abs=1e-12)


def test_step_function_and_its_quantile() -> None:
    """One person on days -5 to 4, another on 2 to 6, over days 0 to 10: counts 1, 2, 1, 0 for 2, 2, 2, 4 days."""
    steps = step_function(np.array([-5.0, 2, 4, 6]), np.array([1, 1, -1, -1]), 0, 10)
    held = {value: steps.durations[steps.values == value].sum() for value in (0, 1, 2)}
    assert held == {0: 4, 1: 4, 2: 2}
    assert [steps.quantile(share) for share in (0.3, 0.4, 0.41, 0.8, 0.81, 1.0)] == [0, 0, 1, 1, 2, 2]
    assert math.isnan(step_function(np.array([1.0]), np.array([1]), 5, 5).quantile(0.5))


def test_a_mean_needs_an_event() -> None:
    """Two people watched for 3 and 400 days without the event say nothing about when it would come."""
    curve = kaplan_meier(np.array([3.0, 400.0]), np.array([False, False]))
    assert math.isnan(curve.mean())
    assert curve.at(100) == 1
