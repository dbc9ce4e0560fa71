"""Equity: outcomes by group, gaps between groups, and whether a scenario narrows them. Numbers in, DataFrames out.

Groups come as a frame with columns scenario, replication, by (the attribute, or two crossed), group, metric, value; the
first group of each `by` is the reference that the others are compared with.
"""

import numpy as np
import pandas as pd

from sim.analysis.intervals import CONFIDENCE, by_replication, holm_of_what_differs, row_intervals, row_p_values
from sim.vocabulary import Column

ALPHA = 0.05
"""An adjusted p below this is a finding."""

KEYS = ["scenario", "by", "group", "metric"]
GAP_COLUMNS = ["scenario", "by", "metric", "group", "reference", "gap", "ci_low", "ci_high", "replications"]
CHANGE_COLUMNS = [
    *("scenario", "by", "metric", "group", "reference"),
    *("gap_baseline", "gap_baseline_low", "gap_baseline_high", "gap", "gap_low", "gap_high"),
    *("change", "ci_low", "ci_high", "p_value", "p_adjusted", "replications", "verdict"),
]


def group_summary(groups: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """One row a scenario, group and metric: mean with a t interval over the replications that have one.

    Returns scenario, by, group, metric, mean, ci_low, ci_high, replications. An interval shows the error of the
    simulation.
    """
    keys, values = by_replication(groups, KEYS)
    mean, _, low, high, count = row_intervals(values, confidence)
    columns = {key: keys[key].to_numpy() for key in KEYS}
    return pd.DataFrame({**columns, "mean": mean, "ci_low": low, "ci_high": high, "replications": count})


def gaps(groups: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """How far each group is from the reference group of the same scenario: GAP_COLUMNS.

    gap is the group's value minus the reference's, paired by replication, in the unit of the metric.
    """
    keys, values = _gap_values(groups)
    mean, _, low, high, count = row_intervals(values, confidence)
    return keys.assign(gap=mean, ci_low=low, ci_high=high, replications=count)[GAP_COLUMNS]


def gap_changes(groups: pd.DataFrame, baseline: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Whether scenarios narrow or widen the gaps of the baseline: CHANGE_COLUMNS, one row a scenario, group and metric.

    The gaps have intervals of their own. change: gap minus gap at the baseline, counted in the direction that the gap
    has there, paired by replication: below 0 where it shrinks. p_adjusted and verdict: see `judged`, over all rows.
    Gaps that a scenario or the baseline lacks have no row.
    """
    keys, values = _gap_values(groups)
    place = {key: row for row, key in enumerate(keys.itertuples(index=False, name=None))}
    pairs = [
        (place[baseline, *key], row)
        for (scenario, *key), row in place.items()
        if scenario != baseline and (baseline, *key) in place
    ]
    at_baseline, at_scenario = np.array(pairs, dtype=int).reshape(-1, 2).T
    changes = keys.iloc[at_scenario].reset_index(drop=True)
    before, after = values[at_baseline], values[at_scenario]
    either = np.isnan(before) | np.isnan(after)
    for name, gap in (("gap_baseline", before), ("gap", after)):
        mean, _, low, high, _ = row_intervals(np.where(either, np.nan, gap), confidence)
        changes = changes.assign(**{name: mean, f"{name}_low": low, f"{name}_high": high})
    direction = np.where(changes["gap_baseline"] < 0, -1.0, 1.0)
    change, sd, low, high, count = row_intervals(direction[:, None] * (after - before), confidence)
    p_values = row_p_values(change, sd, count)
    return judged(changes.assign(change=change, ci_low=low, ci_high=high, p_value=p_values, replications=count))


def judged(changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `gap_changes`, or some of them, with p_adjusted (Holm) and verdict over just these rows.

    A change that is found (p_adjusted below 0.05) is "narrower", "wider", "reversed" (the gap is the other way round,
    beyond chance) or "opened" (there was none beyond chance). Where none is: "no gap found" if neither gap can be told
    from 0, else "no change found"; or "too few replications", or "undefined" where no replication has both gaps.
    """
    changes = changes.assign(p_adjusted=holm_of_what_differs(changes["p_value"].to_numpy()))
    there_was = ~_span_zero(changes["gap_baseline_low"], changes["gap_baseline_high"])
    there_is = ~_span_zero(changes["gap_low"], changes["gap_high"])
    verdicts = {
        "undefined": changes["replications"] == 0,
        "too few replications": changes["p_adjusted"].isna(),
        "no gap found": ~there_was & ~there_is,
        "no change found": changes["p_adjusted"] >= ALPHA,
        "reversed": there_was & there_is & (changes["gap"] * changes["gap_baseline"] < 0),
        "opened": there_is & ~there_was,
        "wider": changes["change"] > 0,
    }
    verdict = np.select(list(verdicts.values()), [np.array(each, dtype=object) for each in verdicts], "narrower")
    return changes.assign(verdict=pd.Series(verdict, index=changes.index, dtype=object))[CHANGE_COLUMNS]


def _span_zero(low: "pd.Series[float]", high: "pd.Series[float]") -> "pd.Series[bool]":
    return (low <= 0) & (high >= 0)


def _gap_values(groups: pd.DataFrame) -> tuple[pd.DataFrame, Column]:
    """The first GAP_COLUMNS, and the gap by replication in a row for each, in order of appearance."""
    keys, values = by_replication(groups, KEYS)
    members: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for row, (scenario, by, group, metric) in enumerate(keys.itertuples(index=False, name=None)):
        members.setdefault((scenario, by, metric), []).append((group, row))
    rows = [
        (*of, group, reference, row, first)
        for of, ((reference, first), *others) in members.items()
        for group, row in others
    ]
    gaps = pd.DataFrame(rows, columns=[*GAP_COLUMNS[:5], "row", "first"])
    return gaps[GAP_COLUMNS[:5]], values[gaps["row"].to_numpy(dtype=int)] - values[gaps["first"].to_numpy(dtype=int)]
