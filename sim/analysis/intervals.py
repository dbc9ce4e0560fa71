"""Intervals for a mean and for paired differences, and Holm's adjustment. Numbers in, DataFrames out."""

from collections.abc import Sequence
from typing import Any

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
    values = np.asarray(values, dtype=float)
    values = values[~np.isnan(values)]
    count = len(values)
    if count == 0:
        return np.nan, np.nan, np.nan, np.nan
    mean = float(np.mean(values))
    if count == 1:
        return mean, np.nan, np.nan, np.nan
    # Of equal values exactly 0, which the rounding of their mean would spoil.
    sd = float(np.std(values, ddof=1)) if np.ptp(values) else 0.0
    half = float(t_quantile(confidence, count - 1)) * sd / np.sqrt(count)
    return mean, sd, mean - half, mean + half


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
    values = metrics["value"].to_numpy(dtype=float)
    # By hand: pandas takes ten times as long over so many small groups.
    numbers, names = pd.factorize(metrics["metric"])
    counts = np.bincount(numbers, minlength=len(names))
    of_each = np.split(values[np.argsort(numbers, kind="stable")], np.cumsum(counts) - counts)[1:]
    rows = [
        (metric, *mean_interval(own, confidence), int(np.sum(~np.isnan(own))))
        for metric, own in zip(names, of_each, strict=True)
    ]
    return pd.DataFrame(rows, columns=["metric", "mean", "sd", "ci_low", "ci_high", "replications"])


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
    wide = metrics.pivot(index="replication", columns=["metric", "scenario"], values="value")
    columns: Any = wide.columns
    known = dict(zip(columns, wide.to_numpy(dtype=float).T.copy(), strict=True))
    rows = []
    for metric in metrics["metric"].unique():
        for against, scenario in pairs:
            pair = [(metric, against), (metric, scenario)]
            if any(column not in known for column in pair):
                continue
            a, b = (known[column] for column in pair)
            both = ~(np.isnan(a) | np.isnan(b))
            a, b = a[both], b[both]
            mean, sd, low, high = mean_interval(b - a, confidence)
            rows.append(
                {
                    "metric": metric,
                    "scenario": scenario,
                    "against": against,
                    "baseline": _mean(a),
                    "mean": _mean(b),
                    "difference": mean,
                    "ci_low": low,
                    "ci_high": high,
                    "p_value": p_value(mean, sd, len(a)),
                    "correlation": _correlation(a, b),
                    "variance_reduction": _variance_reduction(a, b),
                    "replications": len(a),
                }
            )
    frame = pd.DataFrame(rows, columns=[column for column in COLUMNS if column != "p_adjusted"])
    frame["p_adjusted"] = holm_of_what_differs(frame["p_value"].to_numpy())
    return frame[COLUMNS]


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


def _mean(values: Column) -> float:
    return float(np.mean(values)) if len(values) else np.nan


def p_value(mean: float, sd: float, count: int) -> float:
    """Two-sided p value of a mean of `count` independent values against 0, by Student's t; NaN with fewer than two.

    Values that are all the same have no t. They give 1 if they are 0, and only they do, so that 1 says that no value
    differs; otherwise 0, as what a scenario changes by a fixed amount is certain, but of two, which may be equal by
    chance, one half (the sign test's).
    """
    if count < 2:
        return np.nan
    if sd == 0:
        return 1.0 if mean == 0 else 0.5 if count == 2 else 0.0
    from scipy.special import stdtr

    return min(float(2 * stdtr(count - 1, -abs(mean) / (sd / np.sqrt(count)))), LARGEST_P)


def _correlation(a: Column, b: Column) -> float:
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    # Plain sums: np.corrcoef goes through BLAS, whose last bits depend on the processor.
    x, y = a - np.mean(a), b - np.mean(b)
    return float(np.sum(x * y) / np.sqrt(np.sum(x**2) * np.sum(y**2)))


def _variance_reduction(a: Column, b: Column) -> float:
    if len(a) < 2 or np.ptp(a) == np.ptp(b) == 0:
        return np.nan
    return float(1 - np.var(b - a) / (np.var(a) + np.var(b)))


def _over(total: Column, count: Column) -> Column:
    return np.asarray(np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0))
