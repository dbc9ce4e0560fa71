"""How many replications a metric needs: the half-width of its interval, replication by replication."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analysis.intervals import t_quantile
from sim.vocabulary import Column

EXAMPLE = 'write "relapse.365_days=0.02" (in the unit of the metric) or "cost.total=5%" (a share of its mean)'


@dataclass(frozen=True)
class Precision:
    """The half-width of a metric's interval that is asked for.

    half_width: in the unit of the metric; where `relative`, a share of its absolute mean (0.05 is 5 %).
    """

    metric: str
    half_width: float
    relative: bool

    @property
    def text(self) -> str:
        """The half-width in words: "0.02", or "5 % of the mean" (of the differences, where scenarios are compared)."""
        return f"{100 * self.half_width:g} % of the mean" if self.relative else f"{self.half_width:g}"


def parse_precision(text: str) -> Precision:
    """`METRIC=NUMBER` or `METRIC=NUMBER%` as a precision.

    Raises ValueError, with an example, for anything else: no metric, no number, or one that is not above 0 and finite.
    More than 100 % is allowed.
    """
    metric, equals, value = (part.strip() for part in text.partition("="))
    relative = value.endswith("%")
    try:
        half_width = float(value.removesuffix("%")) / (100 if relative else 1)
    except ValueError:
        half_width = math.nan
    if not (metric and equals):
        raise ValueError(f"{text!r} names no metric with a precision; {EXAMPLE}")
    if not 0 < half_width < math.inf:
        raise ValueError(f"the precision of {metric} must be a number above 0, not {value!r}; {EXAMPLE}")
    return Precision(metric, half_width, relative)


def half_widths(values: Column | Sequence[float], alpha: float = 0.05) -> pd.DataFrame:
    """The cumulative mean and the half-width of its t interval after each replication.

    values: one number a replication, in order. Returns one row for each replication in which the metric is defined
    (not NaN): replications (how many had been run by then, undefined ones included), mean, half_width (of the
    1 - alpha interval, NaN with one value), relative_half_width (a share of the absolute mean; infinite where the mean
    is 0, but 0 where the half-width is 0 as well).

    Raises ValueError unless alpha is between 0 and 1. Law 2015, Simulation Modeling and Analysis, section 9.4.1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
    values = np.asarray(values, dtype=float)
    defined = np.flatnonzero(~np.isnan(values))
    values = values[defined]
    count = np.arange(1, len(values) + 1)
    # Infinite values end in NaN or infinity, which no precision accepts.
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        # Distances from the first value: equal values then have a half-width of exactly 0, and as the first is in
        # every sum, the subtraction below loses no more than a factor of `count` in accuracy.
        apart = values - values[:1]
        mean = np.cumsum(apart) / count
        squares = np.maximum(np.cumsum(apart**2) - count * mean**2, 0)
        half = t_quantile(1 - alpha, count - 1) * np.sqrt(squares / (count - 1) / count)
        mean += values[:1]
        relative = np.where(half == 0, 0.0, half / np.abs(mean))
    return pd.DataFrame(
        {"replications": defined + 1, "mean": mean, "half_width": half, "relative_half_width": relative}
    )


def replications_needed(
    values: Column | Sequence[float],
    precision: float,
    alpha: float = 0.05,
    relative: bool = True,
    minimum: int = 3,
    look_ahead: int = 5,
) -> int | None:
    """The smallest number of replications that estimates a mean as precisely as asked, and goes on doing so.

    values: one number a replication, in order. Returns the smallest n, at least `minimum`, at which the half-width of
    the 1 - alpha interval over the first n values is within `precision` and stays so while up to `look_ahead` further
    ones are added; beyond 100 replications, `look_ahead` is per 100 of them. precision: a share of the absolute
    cumulative mean where `relative`, otherwise in the unit of the values. None if the values do not suffice to tell;
    a number once found does not change with more values.

    Replications in which the metric is undefined (NaN) count as run, but neither towards `minimum` nor as a look
    ahead, because they say nothing about its precision. Values that are all equal have a half-width of 0 and are
    precise, even about a mean of 0: what happens rarely needs a larger `minimum`.

    Raises ValueError unless precision is above 0 and finite, alpha between 0 and 1, minimum at least 2 and look_ahead
    at least 0. Hoad, Robinson and Davies 2010, Journal of the Operational Research Society 61: 1632-1644.
    """
    if not 0 < precision < math.inf:
        raise ValueError(f"precision must be above 0 and finite, not {precision}")
    if minimum < 2:
        raise ValueError(f"minimum must be at least 2, as one replication has no half-width, not {minimum}")
    if look_ahead < 0:
        raise ValueError(f"look_ahead must be at least 0, not {look_ahead}")
    table = half_widths(values, alpha)
    within = (table["relative_half_width" if relative else "half_width"] <= precision).to_numpy()
    for n in range(minimum, len(within) + 1):
        last = n + look_ahead * max(n, 100) // 100
        if last > len(within):
            return None
        if within[n - 1 : last].all():
            return int(table["replications"].iloc[n - 1])
    return None
