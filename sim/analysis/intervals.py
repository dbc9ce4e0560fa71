"""Intervals for a mean and for paired differences, and Holm's adjustment. Numbers in, DataFrames out."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sim.vocabulary import Column

CONFIDENCE = 0.95

COLUMNS = [
    *("metric", "scenario", "against", "baseline", "mean", "difference", "ci_low", "ci_high"),
    *("p_value", "p_adjusted", "correlation", "variance_reduction", "replications"),
]
"""Columns of a table of paired differences."""


def mean_interval(values: Column, confidence: float = CONFIDENCE) -> tuple[float, float, float, float]:
    """Mean, standard deviation, and a t interval for the mean, of independent replications.

    NaN values (a metric undefined in that replication) are left out. With fewer than two values the interval is NaN:
    one replication says nothing about its own error. Student's t, because the standard deviation is estimated from
    the same few values (Law 2015, Simulation Modeling and Analysis, section 4.5).
    """
    mean, sd, low, high = (float(each[0]) for each in row_intervals(np.atleast_2d(values), confidence)[:4])
    return mean, sd, low, high


def row_intervals(values: Column, confidence: float = CONFIDENCE) -> tuple[Column, Column, Column, Column, Column]:
    """`mean_interval` of each row of an array, to the bit, and how many values of it are known."""
    values = np.asarray(values, dtype=float)
    mean, sd = np.full((2, len(values)), np.nan)
    count = np.zeros(len(values), dtype=int)
    for rows, (own,) in _complete(values):
        count[rows] = own.shape[1]
        mean[rows], sd[rows] = _mean(own), _sd(own)
    if not np.any(count > 1):  # Without loading SciPy.
        return mean, sd, sd, sd, count
    half = t_quantile(confidence, count - 1) * sd / np.sqrt(count)
    return mean, sd, mean - half, mean + half, count


def by_replication(frame: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, Column]:
    """What a frame with columns replication and value has of each combination of keys, in order of appearance: the
    keys, and a row of values for each, by replication in order of number, NaN where there is none.

    Raises ValueError where a replication has two. By hand: a pivot compares all texts of all rows.
    """
    combined = np.zeros(len(frame), dtype=np.int64)
    for key in keys:
        codes, words = pd.factorize(frame[key])
        combined = combined * len(words) + codes
    rows, different = pd.factorize(combined)
    replications, numbers = pd.factorize(frame["replication"], sort=True)
    place = rows * len(numbers) + replications
    if len(place) and np.bincount(place).max() > 1:
        raise ValueError("the frame has a replication of something more than once")
    values = np.full(len(different) * len(numbers), np.nan)
    values[place] = frame["value"].to_numpy(dtype=float)
    first = np.zeros(len(different), dtype=np.int64)
    first[rows[::-1]] = np.arange(len(rows))[::-1]
    return frame[list(keys)].iloc[first].astype(object), values.reshape(len(different), len(numbers))


def mean_intervals(values: Column) -> tuple[Column, Column, Column, Column]:
    """Of many means at once, such as the days of a curve: mean, the ends of the 95 % interval, the p value against 0.

    values: the first axis is the replications. By the rules of `mean_interval` and `p_value`: NaN is left out; where
    fewer than two are left there is no interval.
    """
    from scipy.special import stdtr

    count = np.sum(~np.isnan(values), axis=0)
    mean = _over(np.nansum(values, axis=0), count)
    sd = np.sqrt(_over(np.nansum((values - mean) ** 2, axis=0), count - 1))
    error = sd / np.sqrt(np.maximum(count, 1))
    half = t_quantile(CONFIDENCE, np.maximum(count - 1, 1)) * error
    t = np.divide(np.abs(mean), error, out=np.where(mean == 0, 0.0, np.inf), where=error > 0)
    p = np.minimum(2 * stdtr(np.maximum(count - 1, 1), -t), LARGEST_P)
    p = np.where(error > 0, p, np.where(mean == 0, 1.0, np.where(count == 2, 0.5, 0.0)))
    p = np.where(np.isnan(error), np.nan, p)
    return mean, mean - half, mean + half, p


def summary(metrics: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """One row a metric: mean, sd, ci_low, ci_high, replications (those in which the metric is defined).

    metrics: columns replication, metric, value.
    """
    names, values = by_replication(metrics, ["metric"])
    mean, sd, low, high, count = row_intervals(values, confidence)
    columns = {"mean": mean, "sd": sd, "ci_low": low, "ci_high": high, "replications": count}
    return pd.DataFrame({"metric": names["metric"].to_numpy(), **columns})


def paired_differences(metrics: pd.DataFrame, baseline: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Differences from the baseline, paired by replication, with t intervals.

    metrics: columns scenario, replication, metric, value. Returns one row a metric and scenario other than the
    baseline: metric, scenario, against (the baseline's name), baseline (its mean), mean (the scenario's), difference,
    ci_low, ci_high, p_value, p_adjusted (`holm_of_what_differs`), correlation (between the arms), variance_reduction
    (the share of the variance of the difference that pairing by common random numbers removed: 1 - Var(b - a) /
    (Var(a) + Var(b)), below 0 where it added to it, NaN where neither arm varies), replications (pairs in which both
    are defined).

    Both arms must have run on the same seed and replications. A difference that is exactly constant over
    replications (such as 0 for a metric that cannot change) has an interval of width 0; see `p_value`.
    """
    others = [scenario for scenario in metrics["scenario"].unique() if scenario != baseline]
    return _differences(metrics, [(baseline, scenario) for scenario in others], confidence)


def all_pairs(metrics: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Differences between every two scenarios, each later one against each earlier one.

    metrics and the columns returned: as of `paired_differences`, one row a metric and pair; `against` names the
    earlier scenario, `baseline` is its mean, and Holm's adjustment is over all rows.
    """
    scenarios = list(metrics["scenario"].unique())
    pairs = [(earlier, later) for j, later in enumerate(scenarios) for earlier in scenarios[:j]]
    return _differences(metrics, pairs, confidence)


def _differences(metrics: pd.DataFrame, pairs: Sequence[tuple[str, str]], confidence: float) -> pd.DataFrame:
    """One row a metric and pair (against, scenario), where both have the metric."""
    keys, values = by_replication(metrics, ["metric", "scenario"])
    place = {key: row for row, key in enumerate(zip(keys["metric"], keys["scenario"], strict=True))}
    rows = [
        (metric, scenario, against, place[metric, against], place[metric, scenario])
        for metric in dict.fromkeys(keys["metric"])
        for against, scenario in pairs
        if (metric, against) in place and (metric, scenario) in place
    ]
    frame = pd.DataFrame(rows, columns=["metric", "scenario", "against", "before", "after"])
    before, after = (values[frame.pop(name).to_numpy(dtype=int)] for name in ("before", "after"))
    difference, sd, low, high, count = row_intervals(after - before, confidence)
    of_pairs = np.full((4, len(frame)), np.nan)
    for at, (a, b) in _complete(before, after):
        of_pairs[:, at] = _mean(a), _mean(b), _correlation(a, b), _variance_reduction(a, b)
    p_values = row_p_values(difference, sd, count)
    values_of = (difference, low, high, p_values, holm_of_what_differs(p_values), count, *of_pairs)
    names = ("difference", "ci_low", "ci_high", "p_value", "p_adjusted", "replications", "baseline", "mean")
    columns = zip((*names, "correlation", "variance_reduction"), values_of, strict=True)
    return frame.assign(**dict(columns))[COLUMNS]


def holm(p_values: Column) -> Column:
    """Holm's step-down adjusted p values (Holm 1979); NaN stays NaN and does not count."""
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    scaled = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def holm_of_what_differs(p_values: Column) -> Column:
    """Holm's adjustment over the p values below 1; one of exactly 1 stays 1 and does not count.

    Paired arms of which no replication differs are no comparison: a scenario cannot change everything, and what it
    cannot change must not hide what it does. It could not be a finding in a family of any size (Tarone 1990).
    """
    p_values = np.asarray(p_values, dtype=float)
    same = p_values == 1
    return np.where(same, 1.0, holm(np.where(same, np.nan, p_values)))


LARGEST_P = float(np.nextafter(1.0, 0.0))
"""Of values of which some differ from 0, though their mean may be 0."""


def t_quantile(confidence: float, degrees: Column | int) -> Column:
    """How many standard errors a two-sided t interval reaches to either side; NaN without degrees of freedom."""
    # scipy.stats, which has it under a better-known name, takes a second to import.
    from scipy.special import stdtrit

    return np.asarray(stdtrit(degrees, 0.5 + confidence / 2))


def p_value(mean: float, sd: float, count: int) -> float:
    """Two-sided p value of a mean of `count` independent values against 0, by Student's t; NaN with fewer than two.

    Values that are all the same have no t. They give 1 if they are 0, and only they do, so that 1 says that no value
    differs; otherwise 0, as what a scenario changes by a fixed amount is certain, but of two, which may be equal by
    chance, one half (the sign test's).
    """
    return float(row_p_values(np.array([mean]), np.array([sd]), np.array([count]))[0])


def row_p_values(mean: Column, sd: Column, count: Column) -> Column:
    """`p_value` of many."""
    if not np.any(count > 1):
        return np.full(len(mean), np.nan)
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.minimum(2 * stdtr(count - 1, -np.abs(mean) / (sd / np.sqrt(count))), LARGEST_P)
    p = np.where(sd == 0, np.where(mean == 0, 1.0, np.where(count == 2, 0.5, 0.0)), p)
    return np.where(count < 2, np.nan, p)


def _complete(*values: Column) -> Iterator[tuple[Column, list[Column]]]:
    """Rows of which as many replications are known in all these arrays, and these values: each as a row of its own
    would be added up, in the same order."""
    known = ~np.any([np.isnan(each) for each in values], axis=0)
    counts = known.sum(axis=1)
    for count in np.unique(counts[counts > 0]):
        rows = np.flatnonzero(counts == count)
        yield rows, [each[rows][known[rows]].reshape(len(rows), count) for each in values]


def _mean(values: Column) -> Column:
    return np.asarray(values.mean(axis=1))


def _sd(values: Column) -> Column:
    """Of equal values exactly 0, which the rounding of their mean would spoil; of one, NaN."""
    if values.shape[1] < 2:
        return np.full(len(values), np.nan)
    return np.where(np.ptp(values, axis=1) == 0, 0.0, values.std(axis=1, ddof=1))


def _correlation(a: Column, b: Column) -> Column:
    # Plain sums: np.corrcoef goes through BLAS, whose last bits depend on the processor.
    x, y = (each - each.mean(axis=1, keepdims=True) for each in (a, b))
    vary = (np.ptp(a, axis=1) != 0) & (np.ptp(b, axis=1) != 0)
    spread = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.asarray(np.divide((x * y).sum(axis=1), spread, out=np.full(len(a), np.nan), where=vary))


def _variance_reduction(a: Column, b: Column) -> Column:
    varies = (np.ptp(a, axis=1) != 0) | (np.ptp(b, axis=1) != 0)
    both = a.var(axis=1) + b.var(axis=1)
    return np.asarray(1 - np.divide((b - a).var(axis=1), both, out=np.full(len(a), np.nan), where=varies))


def _over(total: Column, count: Column) -> Column:
    return np.asarray(np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0))
