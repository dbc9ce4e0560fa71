"""How long a system takes to forget its beginning: where a time series settles down."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.model.records import Column

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
    statistics = [float(np.var(means[d:])) / (count - d) for d in range(limit + 1)]
    d = int(np.argmin(statistics))
    return Truncation(d * batch, statistics[d], conclusive=d < limit)


def welch(frame: pd.DataFrame, window: int) -> pd.DataFrame:
    """Mean over replications at each time, and its moving average, to judge by eye where it becomes level.

    frame: columns replication, time, value; every replication observed at the same times, at equal steps. Returns one
    row a time, in order: time, mean (over replications), moving_average (of the means at up to `window` times before,
    the same number after, and the time itself). Near the beginning the window shrinks to what lies before; for the
    last `window` times, after which a full window does not fit, the moving average is NaN.

    Raises ValueError unless window is from 0 to a quarter of the number of times, and every replication has exactly
    one value, not NaN, at each time. Welch 1983, in Lavenberg, The Computer Performance Modeling Handbook; Law 2015,
    Simulation Modeling and Analysis, section 9.5.1.
    """
    if frame.duplicated(["replication", "time"]).any():
        raise ValueError("every replication must have one value at each time, not several")
    wide = frame.pivot(index="time", columns="replication", values="value").sort_index()
    if wide.isna().any(axis=None):
        raise ValueError("every replication must have a value at each time; some are missing or NaN")
    times = len(wide)
    if not 0 <= window <= times // 4:
        raise ValueError(f"window must be from 0 to {times // 4}, a quarter of the {times} times, not {window}")
    mean = wide.mean(axis=1).to_numpy()
    moving = np.full(times, np.nan)
    for i in range(times - window):
        reach = min(i, window)
        moving[i] = mean[i - reach : i + reach + 1].mean()
    return pd.DataFrame({"time": wide.index, "mean": mean, "moving_average": moving})


SETTLED = 0.10
"""A choice: a level whose census moves by less than this share after the window counts as full."""

FEWEST_PEOPLE = 0.05
"""Means below this say nothing as a share."""

WARM_UP_COLUMNS = [
    *("metric", "warm_up_days", "truncation_days", "conclusive", "measured"),
    *("drift", "drift_low", "drift_high", "long_enough"),
]


def warm_up_table(
    daily: pd.DataFrame, summary: pd.DataFrame, warm_up_days: float, calendar_changes: bool = False
) -> pd.DataFrame:
    """Whether a warm-up is long enough, by series of the system.

    daily: metric ("census.iop", "queue.iop"), day (from 0), mean (over replications). summary: metric, mean, ci_low,
    ci_high, of "census.iop.mean" (what is measured) and "census.iop.drift" (what follows the window, minus that) and
    so on. calendar_changes: whether demand or places change in the window or after it, so that drift has another cause.

    Returns WARM_UP_COLUMNS: truncation_days (MSER-5 of the whole series, NaN under 50 days) and conclusive, for
    orientation; measured, and the drift with its interval as shares of it (NaN below 0.05 people). The census of a
    level decides: long_enough is False where the whole interval of its drift is beyond 10 % (and 0.05 people), True
    where the whole interval is within that. Missing where neither can be told, with calendar_changes, and for waiting
    lists, which may grow for years where the census hardly moves.
    """
    values = summary.set_index("metric")
    rows: list[tuple[object, ...]] = []
    for metric, series in daily.groupby("metric", sort=False):
        found = mser5(series["mean"].to_numpy(dtype=float)) if len(series) >= FEWEST_BATCHES * 5 else None
        truncation = (np.nan, False) if found is None else (found.truncation, found.conclusive)
        measured = float(values["mean"][f"{metric}.mean"])
        drift = [float(values[column][f"{metric}.drift"]) for column in ("mean", "ci_low", "ci_high")]
        share, low, high = (each / measured if measured >= FEWEST_PEOPLE else np.nan for each in drift)
        decides = str(metric).startswith("census.") and not calendar_changes
        verdict = _long_enough(drift, max(SETTLED * measured, FEWEST_PEOPLE)) if decides else None
        row = (metric, warm_up_days, *truncation, measured, share, low, high)
        rows.append((*row, pd.NA if verdict is None else verdict))
    return pd.DataFrame(rows, columns=WARM_UP_COLUMNS).astype({"long_enough": "boolean"})


def _long_enough(drift: Sequence[float], most: float) -> bool | None:
    """Whether a drift (mean, and ends of its interval) is within so many people; None where that cannot be told."""
    _, low, high = drift
    if -most <= low and high <= most:
        return True
    return False if low > most or high < -most else None
