"""From what is measured in each replication to an estimate with its error: of a mean, or of a ratio of sums."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.analysis.intervals import CONFIDENCE, mean_interval, t_quantile


class CrossRatio(NamedTuple):
    """What one replication adds to (events / of) / (other_events / other_of): a ratio of rates, or of odds."""

    events: float
    of: float
    other_events: float
    other_of: float


Measurement = float | CrossRatio


class Estimate(NamedTuple):
    """An estimate, its standard error, and its 95 % t interval."""

    mean: float
    error: float
    low: float
    high: float


def estimated(values: Sequence[Measurement]) -> Estimate:
    """The estimate from one measurement of every replication, all of one kind. NaN where there is none, or no error."""
    ratios = [value for value in values if isinstance(value, CrossRatio)]
    if ratios:
        return _ratio_of_sums(np.array(ratios, dtype=float))
    numbers = np.array(values, dtype=float)
    defined = numbers[~np.isnan(numbers)]
    mean, sd, low, high = mean_interval(defined)
    return Estimate(mean, sd / math.sqrt(max(len(defined), 1)), low, high)


def _ratio_of_sums(parts: np.ndarray) -> Estimate:
    """The cross ratio of sums over replications, with the jackknife's error on the log scale (Miller 1974, Biometrika).

    A mean of the replications' own ratios would be too high where the events they divide by are few.
    """
    count, sums = len(parts), parts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = float(_cross(sums))
        # Leaving out one replication after the other.
        logs = np.log(_cross(sums - parts)) if count > 1 else np.array([math.nan])
        error = math.sqrt((count - 1) / count * float(np.sum((logs - logs.mean()) ** 2)))
    if not (math.isfinite(error) and count > 1):
        return Estimate(ratio, math.nan, math.nan, math.nan)
    half = float(t_quantile(CONFIDENCE, count - 1)) * error
    return Estimate(ratio, ratio * error, ratio * math.exp(-half), ratio * math.exp(half))


def _cross(sums: np.ndarray) -> np.ndarray:
    """The cross ratio, of the four parts along the last axis."""
    events, of, other_events, other_of = np.moveaxis(sums, -1, 0)
    return np.asarray((events / of) / (other_events / other_of))
