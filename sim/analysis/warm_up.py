"""How long a system takes to forget its beginning: where a time series settles down."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analysis.intervals import holm_of_what_differs, p_value
from sim.vocabulary import DAYS_PER_YEAR, Column

FEWEST_BATCHES = 10
"""With fewer, under five batches would be left at the limit, and their spread would be small by accident."""


@dataclass(frozen=True)
class Truncation:
    """How much of the beginning of a series to leave out.

    truncation: observations, a whole number of batches. statistic: the marginal standard error, squared, of what is
    left. conclusive: whether the least statistic lies before half of the series; where it does not, the series is too
    short to tell, and `truncation` is a lower bound at best.
    """

    truncation: int
    statistic: float
    conclusive: bool


def mser5(series: Column | Sequence[float], batch: int = 5) -> Truncation:
    """Truncation that minimises the marginal standard error of the mean of what is left (MSER-5).

    series: observations at equal steps, in order, from one run or averaged over replications (the same steps in each).
    They are averaged in batches of `batch`; those at the end that do not fill one are left out. Of the n batch means Y
    the first d are dropped, where d from 0 to n // 2 minimises sum((Y_j - mean)^2) / (n - d)^2 over the rest; the
    smallest d if several do, so that a constant series keeps everything.

    Raises ValueError for fewer than 10 batches, values that are not finite, or a batch below 1. White 1997, Simulation
    69: 323-334; Franklin and White 2008, Proceedings of the Winter Simulation Conference: 541-546.
    """
    values = np.asarray(series, dtype=float)
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    if len(values) < FEWEST_BATCHES * batch:
        raise ValueError(
            f"a series needs at least {FEWEST_BATCHES * batch} observations ({FEWEST_BATCHES} batches of {batch}), "
            f"not {len(values)}"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"a series must be finite; observation {np.flatnonzero(~np.isfinite(values))[0]} is not")
    count = len(values) // batch
    values = values[: count * batch]
    # Distances from the last value, so that a series that has become constant has a spread of exactly 0.
    means = (values - values[-1]).reshape(count, batch).mean(axis=1)
    limit = count // 2
    statistics = {d: float(np.var(means[d:])) / (count - d) for d in _smallest(means, limit)}
    d = min(statistics, key=lambda each: (statistics[each], each))
    return Truncation(d * batch, statistics[d], conclusive=d < limit)


def _smallest(means: Column, limit: int) -> list[int]:
    """Truncations up to a limit of which one has the smallest statistic: all that rounding does not tell apart.

    By sums of squares, many at once, which say it less exactly than `numpy.var` of each.
    """
    left = np.arange(len(means), 0, -1)
    total, squares = (np.cumsum(each[::-1])[::-1] for each in (means, means**2))
    variance, error = squares / left - (total / left) ** 2, ROUNDING * squares / left
    low, high = ((variance + sign * error) / left for sign in (-1, 1))
    return np.flatnonzero(low[: limit + 1] <= high[: limit + 1].min()).tolist()


ROUNDING = 1e-10
"""Share of a sum of squares by which one of some thousand numbers may be off, and far more."""


SETTLED = 0.10
"""A choice: at rest is what cannot be moving, from the window to what follows it, by more than this share."""

MOVING = 0.02
"""A choice: one that moves by less than this share moves too little to matter, however sure it is."""

LEAST = {"census": 0.05, "queue": 1.0, "wait": 1.0, "asks": 1.0}
"""A choice: nor can it be moving by more than so many people, people waiting, days and asks a month ..."""

LEAST_MOVING = {"census": 0.05, "queue": 0.25, "wait": 0.25, "asks": 0.25}
"""... and less than so many matter as little."""

FEWEST = 0.05
"""Means below this say nothing as a share."""

LEVEL = 0.05
"""Chance, all series together, that a system at rest is called one that moves."""

WARM_UP_COLUMNS = [
    *("metric", "warm_up_days", "truncation_days", "conclusive", "measured"),
    *("drift", "drift_low", "drift_high", "per_year", "per_year_low", "per_year_high"),
    *("within", "p_adjusted", "long_enough"),
]


def warm_up_table(
    daily: pd.DataFrame,
    summary: pd.DataFrame,
    warm_up_days: float,
    calendar_changes: bool = False,
    apart_days: float = DAYS_PER_YEAR,
) -> pd.DataFrame:
    """Whether the system is at rest when it is measured, by series: asks, people in care, people waiting, days of wait.

    daily: metric ("asks.all", "census.iop", "queue.iop", "wait.iop"), day (from 0), mean (over replications; NaN where
    it is not known at the end of the run). summary: metric, mean, sd, ci_low, ci_high, replications, of
    "census.iop.mean" (what is measured; of asks "asks.all.per_month") and "census.iop.drift" (what follows the window,
    minus that) and so on. calendar_changes: whether demand or places change in the window or after it, so that drift
    has another cause. apart_days: between the middle of the window and that of what follows it.

    Returns WARM_UP_COLUMNS: truncation_days (MSER-5 of the whole series, NaN under 50 days) and conclusive, for
    orientation; measured, and the drift with its 95 % interval as shares of it (NaN below 0.05); per_year, the trend in
    the series' unit; within, whether the whole interval of the drift is within the limits, 10 % and LEAST; p_adjusted,
    of the hypothesis that there is none (two-sided t, adjusted over all series by Holm 1979).

    long_enough is False where that is below 0.05 and the drift is one that matters (2 % and LEAST_MOVING), and else
    True where `within` is: to say that a system is at rest takes that of every series, so it takes no adjustment (an
    intersection-union test, Berger 1982, Technometrics 24: 295-300). Missing where neither can be told, and with
    calendar_changes. Waits are left out where nobody was offered a place: their list tells.
    """
    values: dict[str, dict[str, float]] = summary.set_index("metric").to_dict("index")  # type: ignore[assignment]
    rows: list[tuple[object, ...]] = []
    matters: list[bool] = []
    for metric, series in daily.groupby("metric", sort=False):
        drift = values[f"{metric}.drift"]
        kind = str(metric).split(".")[0]
        if kind == "wait" and np.isnan(drift["mean"]):
            continue
        known = series["mean"].dropna().to_numpy(dtype=float)
        mser = mser5(known) if len(known) >= FEWEST_BATCHES * 5 else None
        truncation = (np.nan, False) if mser is None else (mser.truncation, mser.conclusive)
        measured = values[f"{metric}.per_month" if kind == "asks" else f"{metric}.mean"]["mean"]
        ends = [drift[column] for column in ("mean", "ci_low", "ci_high")]
        shares = [each / measured if measured >= FEWEST else np.nan for each in ends]
        per_year = [each * DAYS_PER_YEAR / apart_days for each in ends]
        most = max(SETTLED * measured, LEAST[kind])
        within = -most <= ends[1] and ends[2] <= most
        p = p_value(ends[0], drift["sd"], int(drift["replications"]))
        rows.append((metric, warm_up_days, *truncation, measured, *shares, *per_year, within, p, within))
        matters.append(abs(ends[0]) > max(MOVING * measured, LEAST_MOVING[kind]))
    table = pd.DataFrame(rows, columns=WARM_UP_COLUMNS).astype({"within": bool, "long_enough": "boolean"})
    table["p_adjusted"] = holm_of_what_differs(table["p_adjusted"].to_numpy(dtype=float))
    moves = (table["p_adjusted"] < LEVEL) & np.array(matters, dtype=bool)
    conclusive = (table["within"] | moves) & (not calendar_changes)
    return table.assign(long_enough=(table["long_enough"] & ~moves).where(conclusive))
