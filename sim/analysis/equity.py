"""Equity: outcomes by group, gaps between groups, and whether a scenario narrows them. Numbers in, DataFrames out.

Groups come as a frame with columns scenario, replication, by (the attribute, or two crossed), group, metric, value; the
first group of each `by` is the reference that the others are compared with.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.intervals import CONFIDENCE, holm_of_what_differs, mean_interval, p_value
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
    rows = []
    for key, values in _values(groups).items():
        mean, _, low, high = mean_interval(values, confidence)
        rows.append((*key, mean, low, high, _count(values)))
    return pd.DataFrame(rows, columns=[*KEYS, "mean", "ci_low", "ci_high", "replications"])


def gaps(groups: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """How far each group is from the reference group of the same scenario: GAP_COLUMNS.

    gap is the group's value minus the reference's, paired by replication, in the unit of the metric.
    """
    rows = []
    for (scenario, by, metric, group, reference), values in _gap_values(groups).items():
        mean, _, low, high = mean_interval(values, confidence)
        rows.append((scenario, by, metric, group, reference, mean, low, high, _count(values)))
    return pd.DataFrame(rows, columns=GAP_COLUMNS)


def gap_changes(groups: pd.DataFrame, baseline: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Whether scenarios narrow or widen the gaps of the baseline: CHANGE_COLUMNS, one row a scenario, group and metric.

    The gaps have intervals of their own. change: gap minus gap at the baseline, counted in the direction that the gap
    has there, paired by replication: below 0 where it shrinks. p_adjusted and verdict: see `judged`, over all rows.
    Gaps that a scenario or the baseline lacks have no row.
    """
    values = _gap_values(groups)
    rows = []
    for (scenario, *key), gaps in values.items():
        before = values.get((baseline, *key))
        if scenario == baseline or before is None:
            continue
        both = ~(np.isnan(before) | np.isnan(gaps))
        before, after = before[both], gaps[both]
        at_baseline, at_scenario = mean_interval(before, confidence), mean_interval(after, confidence)
        direction = -1.0 if at_baseline[0] < 0 else 1.0
        change, sd, low, high = mean_interval(direction * (after - before), confidence)
        gaps_of_both = [
            each for estimate in (at_baseline, at_scenario) for each in (estimate[0], estimate[2], estimate[3])
        ]
        p = p_value(change, sd, len(after))
        rows.append((scenario, *key, *gaps_of_both, change, low, high, p, len(after)))
    columns = [column for column in CHANGE_COLUMNS if column not in ("p_adjusted", "verdict")]
    return judged(pd.DataFrame(rows, columns=columns))


def judged(changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `gap_changes`, or some of them, with p_adjusted (Holm) and verdict over just these rows.

    A change that is found (p_adjusted below 0.05) is "narrower", "wider", "reversed" (the gap is the other way round,
    beyond chance) or "opened" (there was none beyond chance). Where none is: "no gap found" if neither gap can be told
    from 0, else "no change found"; or "too few replications", or "undefined" where no replication has both gaps.
    """
    changes = changes.assign(p_adjusted=holm_of_what_differs(changes["p_value"].to_numpy()))
    verdicts = [_verdict(row) for row in changes.to_dict("records")]
    return changes.assign(verdict=pd.Series(verdicts, index=changes.index, dtype=object))[CHANGE_COLUMNS]


def _verdict(row: Mapping[Hashable, Any]) -> str:
    if row["replications"] == 0:
        return "undefined"
    if np.isnan(row["p_adjusted"]):
        return "too few replications"
    there_was = not _spans_zero((row["gap_baseline_low"], row["gap_baseline_high"]))
    there_is = not _spans_zero((row["gap_low"], row["gap_high"]))
    if not there_was and not there_is:
        return "no gap found"
    if row["p_adjusted"] >= ALPHA:
        return "no change found"
    if there_was and there_is and row["gap"] * row["gap_baseline"] < 0:
        return "reversed"
    if there_is and not there_was:
        return "opened"
    return "wider" if row["change"] > 0 else "narrower"


def _spans_zero(interval: tuple[float, float]) -> bool:
    return interval[0] <= 0 <= interval[1]


def _gap_values(groups: pd.DataFrame) -> dict[tuple[str, ...], Column]:
    """(scenario, by, metric, group, reference) -> the gap by replication, in the order of `_values`."""
    values = _values(groups)
    members: dict[tuple[str, str, str], list[str]] = {}
    for scenario, by, group, metric in values:
        members.setdefault((scenario, by, metric), []).append(group)
    return {
        (*of, group, reference): values[of[0], of[1], group, of[2]] - values[of[0], of[1], reference, of[2]]
        for of, (reference, *others) in members.items()
        for group in others
    }


def _values(groups: pd.DataFrame) -> dict[tuple[str, ...], Column]:
    """KEYS -> the value in each replication that the frame has; NaN where there is none."""
    # One table of all, and not one a metric: a report has thousands of them.
    wide = groups.pivot(index=KEYS, columns="replication", values="value")
    rows = dict(zip(wide.index, wide.to_numpy(dtype=float), strict=True))
    return {key: rows[key] for key in dict.fromkeys(zip(*(groups[key] for key in KEYS), strict=True))}


def _count(values: Column) -> int:
    return int(np.count_nonzero(~np.isnan(values)))
