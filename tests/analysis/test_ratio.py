"""Intervals for ratios of paired means: worked examples, the definition turned round, coverage, refusals."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri, stdtr

from sim.analysis.intervals import mean_interval
from sim.analysis.ratio import RatioInterval, bootstrap_ratio_interval, fieller_interval

some = settings(max_examples=60, deadline=None, derandomize=True)

# Hours of sleep gained by ten patients with two drugs: Cushny and Peebles 1905, as in Student 1908, section IX.
DEXTRO = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
LAEVO = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])

Method = Callable[..., RatioInterval]
both = pytest.mark.parametrize("method", [fieller_interval, bootstrap_ratio_interval])


def pairs(seed: int, count: int = 30, effect: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Differences in cost (mean 1000) and in effect with a standard deviation of 0.5, correlated by 0.6."""
    rng = np.random.default_rng(seed)
    shared, own = rng.standard_normal((2, count))
    return 1_000 + 800 * shared, effect + 0.5 * (0.6 * shared + 0.8 * own)


def assert_refused(interval: RatioInterval, reason: str) -> None:
    assert not interval.bounded
    assert all(math.isnan(number) for number in (interval.ratio, interval.low, interval.high))
    assert interval.reason == reason


# --- Fieller ---


def test_fieller_by_hand() -> None:
    """Means 0.75 and 2.33; sums of squares 28.805 and 36.081 and of products 25.635 about them; t(9; 0.975) = 2.262157.

    With k = t^2 / 90 = 0.0568595, the limits solve A r^2 - 2 B r + C = 0 for A = 2.33^2 - 36.081 k = 3.377352,
    B = 0.75 * 2.33 - 25.635 k = 0.289907, C = 0.75^2 - 28.805 k = -1.075338: 0.085838 -+ 0.570758.
    """
    interval = fieller_interval(DEXTRO, LAEVO)
    assert interval.ratio == pytest.approx(0.75 / 2.33, rel=1e-12)
    assert (interval.low, interval.high) == pytest.approx((-0.484920, 0.656597), abs=1e-6)
    assert interval.bounded
    assert interval.reason == ""


def test_another_confidence() -> None:
    narrow, wide = fieller_interval(DEXTRO, LAEVO, 0.5), fieller_interval(DEXTRO, LAEVO)
    assert wide.low < narrow.low < narrow.ratio == wide.ratio < narrow.high < wide.high


@some
@given(st.integers(0, 10_000), st.integers(2, 40), st.sampled_from([0.5, 0.9, 0.95]))
def test_the_ends_are_ratios_that_a_paired_t_test_just_does_not_reject(
    seed: int, count: int, confidence: float
) -> None:
    """And it is refused exactly when the t test does not reject an effect of zero."""
    a, b = pairs(seed, count)
    interval = fieller_interval(a, b, confidence)
    assert interval.bounded == (stats.ttest_1samp(b, 0).pvalue < 1 - confidence)
    if interval.bounded:
        assert interval.low < interval.ratio < interval.high
        for end in (interval.low, interval.high):
            assert stats.ttest_1samp(a - end * b, 0).pvalue == pytest.approx(1 - confidence, rel=1e-6)


@both
@pytest.mark.parametrize("factor", [-4.0, 0.25, 1_024.0])
def test_scaled_numerators_scale_the_interval_and_scaled_denominators_divide_it(method: Method, factor: float) -> None:
    a, b = pairs(1)
    once = method(a, b)
    ends = sorted([once.low * factor, once.high * factor])
    scaled, inverse = method(a * factor, b), method(a, b / factor)
    assert (scaled.ratio, scaled.low, scaled.high) == pytest.approx((once.ratio * factor, *ends), rel=1e-12)
    assert (inverse.ratio, inverse.low, inverse.high) == pytest.approx((once.ratio * factor, *ends), rel=1e-12)


@both
def test_the_order_of_replications_does_not_matter_but_pairing_does(method: Method) -> None:
    """To the bootstrap, order is another seed: ends within 4 standard errors, about 4 % of the width, of each other."""
    a, b = pairs(1)
    once, turned, unpaired = method(a, b), method(a[::-1], b[::-1]), method(a[::-1], b)
    width = once.high - once.low
    assert turned.ratio == pytest.approx(once.ratio, rel=1e-12)
    assert (turned.low, turned.high) == pytest.approx((once.low, once.high), abs=0.06 * width)
    assert unpaired.high - unpaired.low > 1.2 * width


def test_a_constant_denominator_divides_the_t_interval() -> None:
    a, _ = pairs(1)
    mean, _, low, high = mean_interval(a)
    interval = fieller_interval(a, np.full(len(a), 4.0))
    assert (interval.ratio, interval.low, interval.high) == pytest.approx((mean / 4, low / 4, high / 4), rel=1e-12)
    negative = fieller_interval(a, np.full(len(a), -4.0))
    assert (negative.low, negative.high) == pytest.approx((-high / 4, -low / 4), rel=1e-12)


@both
def test_proportional_pairs_have_an_interval_of_width_0(method: Method) -> None:
    _, b = pairs(1)
    for numerators in (3 * b, 0 * b):
        interval = method(numerators, b)
        assert interval.bounded
        assert (interval.low, interval.high) == pytest.approx((interval.ratio, interval.ratio), abs=1e-12)


@both
def test_constant_pairs_have_an_interval_of_width_0(method: Method) -> None:
    interval = method(np.full(5, 6.0), np.full(5, 2.0))
    assert interval == RatioInterval(3.0, 3.0, 3.0, True, "")


# --- bootstrap ---


def test_bootstrap_of_two_pairs_by_hand() -> None:
    """A quarter of the resamples is twice the first pair, a quarter twice the second, half is the sample itself."""
    a, b = np.array([20.0, 50.0]), np.array([10.0, 10.1])
    wide = bootstrap_ratio_interval(a, b)
    assert (wide.low, wide.high) == pytest.approx((20 / 10, 50 / 10.1), rel=1e-12)
    narrow = bootstrap_ratio_interval(a, b, 0.4)
    assert (narrow.low, narrow.ratio, narrow.high) == pytest.approx((70 / 20.1,) * 3, rel=1e-12)


def test_the_same_seed_gives_the_same_interval() -> None:
    once, again = (bootstrap_ratio_interval(*pairs(1)) for _ in range(2))
    assert once == again
    assert bootstrap_ratio_interval(*pairs(1), seed=1) != once


def test_the_bootstrap_draws_the_same_pairs_everywhere() -> None:
    """Numbers as this very code gave them: whole-number sums, so that only the draws could differ."""
    a, b = np.arange(10.0, 20.0), np.arange(5.0, 15.0)
    interval = bootstrap_ratio_interval(a, b, resamples=1_000, seed=7)
    assert (interval.low, interval.high) == (81 / 56, 64 / 39)


def test_with_many_normal_pairs_both_methods_agree() -> None:
    """Ends of 10,000 resamples have a standard error of 1.3 % of the width, and 400 pairs are not quite enough."""
    a, b = pairs(3, 400)
    fieller, bootstrap = fieller_interval(a, b), bootstrap_ratio_interval(a, b)
    width = fieller.high - fieller.low
    assert (bootstrap.low, bootstrap.high) == pytest.approx((fieller.low, fieller.high), abs=0.07 * width)


def test_resamples_beyond_an_infinite_ratio_count_as_infinite() -> None:
    """Nineteen effects of 1 and one of -5.4: the odd one is drawn K times, binomial with mean 1.

    The sum is 20 - 6.4 K: ratios 1 (36 %), 1.5, 2.8, 25 (6 %), and beyond, in 1.6 % of resamples, which are fewer than
    the upper 2.5 %. At a confidence of 0.865, 25 and beyond are more than the upper 6.75 %, and 25 alone would be less.
    At a confidence of 0.6 and one of -9.5, those beyond are 26 %, more than the upper 20 %.
    """
    effects = np.ones(20)
    effects[7] = -5.4
    interval = bootstrap_ratio_interval(np.ones(20), effects)
    assert (interval.low, interval.high) == pytest.approx((1, 25), rel=1e-9)
    assert bootstrap_ratio_interval(np.ones(20), effects, 0.865).high == pytest.approx(25, rel=1e-9)
    loss = bootstrap_ratio_interval(-np.ones(20), effects)
    assert (loss.low, loss.high) == pytest.approx((-25, -1), rel=1e-9)
    effects[7] = -9.5
    refused = bootstrap_ratio_interval(np.ones(20), effects, 0.6)
    assert not refused.bounded
    assert refused.reason.startswith("the effect difference is zero or has the other sign in 26.")
    assert math.isnan(refused.ratio)
    assert fieller_interval(np.ones(20), effects, 0.6).bounded


# --- coverage ---

STUDIES = 500


def coverage(method: Method, count: int, **settings: int) -> float:
    """Share of studies whose interval holds the true ratio, 1000 / 0.5; a refusal holds nothing."""
    intervals = [method(*pairs(1_000 + seed, count), **settings) for seed in range(STUDIES)]
    return float(np.mean([each.low <= 2_000 <= each.high for each in intervals]))


def test_fieller_covers_as_often_as_it_says() -> None:
    """Exact for normal pairs; 4 standard errors would be 4 percentage points."""
    assert 0.93 <= coverage(fieller_interval, 30) <= 0.97


def test_the_bootstrap_covers_almost_as_often_as_it_says() -> None:
    """To first order, it is a t interval with the normal quantile times sqrt((n - 1) / n): 93.6 % for 30 pairs.

    Within 4 standard errors of that; above, the nominal 95 % may be true.
    """
    count = 30
    expected = 2 * stdtr(count - 1, ndtri(0.975) * math.sqrt((count - 1) / count)) - 1
    assert expected == pytest.approx(0.936, abs=1e-3)
    error = math.sqrt(0.95 * 0.05 / STUDIES)
    assert expected - 4 * error < coverage(bootstrap_ratio_interval, count, resamples=2_000) < 0.95 + 4 * error


# --- refusals ---


@both
def test_without_a_certain_sign_of_the_effect_there_is_no_ratio(method: Method) -> None:
    """Effects 0.3, -0.1, 0.2, 0: mean 0.1, sd sqrt(0.1 / 3), t(3) = 3.182446: 0.1 -+ 0.290516."""
    interval = method(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.3, -0.1, 0.2, 0.0]))
    reason = "the effect difference may be zero (95 % interval -0.191 to 0.391), so a ratio has no meaning"
    assert_refused(interval, reason)


@both
def test_no_effect_at_all(method: Method) -> None:
    reason = "the effect does not differ in any replication, so a ratio has no meaning"
    assert_refused(method(np.array([1.0, 2.0, 3.0]), np.zeros(3)), reason)


@both
def test_few_pairs_do_not_know_their_error(method: Method) -> None:
    for count in (0, 1):
        reason = f"a ratio needs two replications or more to know its own error, not {count}"
        assert_refused(method(np.ones(count), np.ones(count)), reason)


@both
def test_input_that_makes_no_sense(method: Method) -> None:
    good = np.array([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"must be pairs, not of shapes \(3,\) and \(2,\)"):
        method(good, good[:2])
    with pytest.raises(ValueError, match=r"numerators must be finite numbers, not nan \(number 1\)"):
        method(np.array([1.0, math.nan, 3.0]), good)
    with pytest.raises(ValueError, match=r"denominators must be finite numbers, not inf \(number 2\)"):
        method(good, np.array([1.0, 2.0, math.inf]))
    for confidence in (0.0, 1.0, 95.0, math.nan):
        with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
            method(good, good, confidence)


def test_too_few_resamples() -> None:
    good = np.array([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="an interval at 95 % needs 40 resamples or more, not 39"):
        bootstrap_ratio_interval(good, good, resamples=39)
    bootstrap_ratio_interval(good, good, resamples=40)
