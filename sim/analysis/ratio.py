"""Intervals for the ratio of two paired means, such as an incremental cost-effectiveness ratio."""

import math
from dataclasses import dataclass

import numpy as np

from sim.analysis.intervals import CONFIDENCE, mean_interval, t_quantile
from sim.vocabulary import Column

RESAMPLES = 10_000


@dataclass(frozen=True)
class RatioInterval:
    """A ratio of means with its interval, or the reason why there is none.

    ratio, low, high: cost per unit of effect; NaN unless `bounded`.
    bounded: whether the data say which sign the denominator has, without which a ratio has no meaning.
    reason: in plain words, why there is no interval; empty when there is one.
    """

    ratio: float
    low: float
    high: float
    bounded: bool
    reason: str


def fieller_interval(numerators: Column, denominators: Column, confidence: float = CONFIDENCE) -> RatioInterval:
    """Fieller's interval for mean(numerators) / mean(denominators), paired.

    numerators, denominators: differences in cost and in effect, one a replication, in the same order. The interval
    holds the ratios r that a paired t test of numerators - r * denominators (n - 1 degrees of freedom) does not
    reject. It is bounded exactly when the denominators' own t interval leaves out zero (g < 1); otherwise, and with
    fewer than two pairs, the result is a refusal. Exact for normal pairs. Fieller 1954, Journal of the Royal
    Statistical Society B; for cost-effectiveness Willan and O'Brien 1996, Health Economics, and Polsky et al. 1997,
    Health Economics.

    Raises ValueError when the two differ in length, hold NaN or infinite numbers, or confidence is not between 0 and 1.
    """
    a, b = _pairs(numerators, denominators, confidence)
    refusal = _sign_unknown(b, confidence)
    if refusal is not None:
        return refusal
    mean = float(np.mean(b))
    ratio = float(np.mean(a)) / mean
    # With relative denominators u (mean 1) and residuals d = a - ratio * b (mean 0), the quadratic in the distance
    # from the ratio has no linear term but their covariance: nothing large cancels, and proportional pairs give an
    # interval of width 0.
    residuals = a - ratio * b
    residuals -= np.mean(residuals)
    relative = b / mean
    relative -= np.mean(relative)
    per_mean = len(a) * (len(a) - 1)
    t = float(t_quantile(confidence, len(a) - 1))
    spread = t * math.sqrt(float(np.sum(residuals**2)) / per_mean)
    g = t**2 * float(np.sum(relative**2)) / per_mean
    if g >= 1:  # By rounding alone: the interval of the denominators ends next to zero.
        return _may_be_zero(b, confidence)
    drift = t**2 * float(np.sum(residuals * relative)) / per_mean
    half = math.hypot(spread * math.sqrt(1 - g), drift)
    ends = [ratio + (side * half - drift) / ((1 - g) * mean) for side in (-1, 1)]
    return RatioInterval(ratio, min(ends), max(ends), True, "")


def bootstrap_ratio_interval(
    numerators: Column, denominators: Column, confidence: float = CONFIDENCE, resamples: int = RESAMPLES, seed: int = 0
) -> RatioInterval:
    """Percentile interval for mean(numerators) / mean(denominators) from a paired bootstrap.

    numerators, denominators: as in `fieller_interval`, and refused for the same reasons. Pairs are drawn with
    replacement; of B resampled ratios in order, the ends are the k-th from below and the k-th from above, with
    k = B * (1 - confidence) / 2 (Efron and Tibshirani 1993, section 13.3; for cost-effectiveness Briggs, Wonderling and
    Mooney 1997, Health Economics). A resample whose denominator is zero or has the other sign has passed through an
    infinite ratio and counts as one; where one of the ends is infinite, the result is a refusal. The interval does not
    know that few pairs say little about their own spread: with n of them it is sqrt((n - 1) / n) times too narrow, and
    uses normal rather than t quantiles. The same seed gives the same interval.

    Raises ValueError as `fieller_interval` does, and when there are fewer than 2 / (1 - confidence) resamples.
    """
    a, b = _pairs(numerators, denominators, confidence)
    # 1 - 0.95 is a little more or less than a twentieth.
    tail = math.floor(resamples * (1 - confidence) / 2 + 1e-9)
    if tail < 1:
        needed = math.ceil(2 / (1 - confidence) - 1e-9)
        raise ValueError(f"an interval at {_percent(confidence)} needs {needed} resamples or more, not {resamples}")
    refusal = _sign_unknown(b, confidence)
    if refusal is not None:
        return refusal
    sign = 1.0 if np.mean(b) > 0 else -1.0
    tops, bottoms = _resampled_sums(sign * a, sign * b, resamples, seed)
    passed = bottoms <= 0
    ratios = np.where(passed, np.copysign(np.inf, tops), 0.0)
    np.divide(tops, bottoms, out=ratios, where=~passed)
    ratios.sort()
    low, high = float(ratios[tail - 1]), float(ratios[-tail])
    if math.isinf(low) or math.isinf(high):
        share = f"{100 * np.mean(passed):.1f} % of the resamples"
        return _refusal(f"the effect difference is zero or has the other sign in {share}, so a ratio has no meaning")
    return RatioInterval(float(np.mean(a)) / float(np.mean(b)), low, high, True, "")


def check_confidence(confidence: float) -> None:
    """Raise ValueError unless an interval can have this confidence."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")


def _resampled_sums(a: Column, b: Column, resamples: int, seed: int) -> tuple[Column, Column]:
    """Sums over as many pairs as there are, drawn with replacement; one a resample."""
    rng = np.random.Generator(np.random.PCG64(seed))
    tops, bottoms = np.zeros(resamples), np.zeros(resamples)
    # One pair of every resample at a time: little memory, and additions in one order on every machine.
    for _ in range(len(a)):
        drawn = rng.integers(0, len(a), resamples)
        tops += a[drawn]
        bottoms += b[drawn]
    return tops, bottoms


def _pairs(numerators: Column, denominators: Column, confidence: float) -> tuple[Column, Column]:
    a, b = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"numerators and denominators must be pairs, not of shapes {a.shape} and {b.shape}")
    for name, values in (("numerators", a), ("denominators", b)):
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            raise ValueError(f"{name} must be finite numbers, not {values[wrong[0]]} (number {wrong[0]})")
    check_confidence(confidence)
    return a, b


def _sign_unknown(denominators: Column, confidence: float) -> RatioInterval | None:
    """A refusal when the denominators do not say on which side of zero their mean is."""
    if len(denominators) < 2:
        return _refusal(f"a ratio needs two replications or more to know its own error, not {len(denominators)}")
    if not denominators.any():
        return _refusal("the effect does not differ in any replication, so a ratio has no meaning")
    _, _, low, high = mean_interval(denominators, confidence)
    return _may_be_zero(denominators, confidence) if low <= 0 <= high else None


def _may_be_zero(denominators: Column, confidence: float) -> RatioInterval:
    _, _, low, high = mean_interval(denominators, confidence)
    interval = f"{_percent(confidence)} interval {low:.3g} to {high:.3g}"
    return _refusal(f"the effect difference may be zero ({interval}), so a ratio has no meaning")


def _refusal(reason: str) -> RatioInterval:
    return RatioInterval(math.nan, math.nan, math.nan, False, reason)


def _percent(confidence: float) -> str:
    return f"{100 * confidence:g} %"
