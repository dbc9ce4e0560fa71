"""Equity: outcomes by group, gaps between groups, and whether a scenario narrows them. Numbers in, DataFrames out.

Groups come as a frame with columns scenario, replication, by (the attribute, or two crossed), group, metric, value; the
first group of each `by` is the reference that the others are compared with.
"""

import numpy as np
import pandas as pd

from sim.analysis.intervals import CONFIDENCE, holm, mean_interval, p_value

KEYS = ["scenario", "by", "group", "metric"]
GAP_COLUMNS = ["scenario", "by", "metric", "group", "reference", "gap", "ci_low", "ci_high", "replications"]
CHANGE_COLUMNS = [
    *("scenario", "by", "metric", "group", "reference", "gap_baseline", "gap", "change", "ci_low", "ci_high"),
    *("p_value", "p_adjusted", "replications", "verdict"),
]


def group_summary(groups: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """One row a scenario, group and metric: mean with a t interval over the replications that have one.

    Returns scenario, by, group, metric, mean, ci_low, ci_high, replications. An interval shows the error of the
    simulation.
    """
    rows = []
    for key, values in groups.groupby(KEYS, sort=False)["value"]:
        mean, _, low, high = mean_interval(values.to_numpy(), confidence)
        rows.append((*key, mean, low, high, int(values.notna().sum())))
    return pd.DataFrame(rows, columns=[*KEYS, "mean", "ci_low", "ci_high", "replications"])


def gaps(groups: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """How far each group is from the reference group of the same scenario: GAP_COLUMNS.

    gap is the group's value minus the reference's, paired by replication, in the unit of the metric.
    """
    rows = []
    for (scenario, by, metric, group, reference), values in _gap_values(groups).items():
        mean, _, low, high = mean_interval(values.to_numpy(), confidence)
        rows.append((scenario, by, metric, group, reference, mean, low, high, int(values.notna().sum())))
    return pd.DataFrame(rows, columns=GAP_COLUMNS)


def gap_changes(groups: pd.DataFrame, baseline: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Whether scenarios narrow or widen the gaps of the baseline: CHANGE_COLUMNS, one row a scenario, group and metric.

    change: by how much the gap grows (above 0) or shrinks (below 0), counted in the direction that the gap has at the
    baseline, paired by replication; p_adjusted by Holm over all rows. verdict: "narrower", "wider", "reversed" (the
    gap is now the other way round), "opened" (there was none, now there is), "no change found", or "no gap found"
    (neither here nor there can the gap be told from 0). Gaps that a scenario or the baseline lacks have no row.
    """
    values = _gap_values(groups)
    rows = []
    for (scenario, *key), here in values.items():
        before = values.get((baseline, *key))
        if scenario == baseline or before is None:
            continue
        pairs = pd.concat([before, here], axis=1, keys=["before", "here"]).dropna().to_numpy(dtype=float)
        gap_before, _, before_low, before_high = mean_interval(pairs[:, 0], confidence)
        gap_here, _, here_low, here_high = mean_interval(pairs[:, 1], confidence)
        direction = -1.0 if gap_before < 0 else 1.0
        change, sd, low, high = mean_interval(direction * (pairs[:, 1] - pairs[:, 0]), confidence)
        verdict = _verdict(direction, (before_low, before_high), (here_low, here_high), (low, high))
        p = p_value(change, sd, len(pairs))
        rows.append((scenario, *key, gap_before, gap_here, change, low, high, p, len(pairs), verdict))
    columns = [column for column in CHANGE_COLUMNS if column != "p_adjusted"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["p_adjusted"] = holm(frame["p_value"].to_numpy())
    return frame[CHANGE_COLUMNS]


def _verdict(
    direction: float, before: tuple[float, float], here: tuple[float, float], change: tuple[float, float]
) -> str:
    if np.isnan([*before, *here, *change]).any():
        return "too few replications"
    there_was, there_is = not _spans_zero(before), not _spans_zero(here)
    if not there_was and not there_is:
        return "no gap found"
    if not there_was:
        return "opened"
    if there_is and direction * here[0] < 0:
        return "reversed"
    if _spans_zero(change):
        return "no change found"
    return "wider" if change[0] > 0 else "narrower"


def _spans_zero(interval: tuple[float, float]) -> bool:
    return interval[0] <= 0 <= interval[1]


def _gap_values(groups: pd.DataFrame) -> dict[tuple[str, ...], pd.Series]:
    """(scenario, by, metric, group, reference) -> the gap by replication."""
    found: dict[tuple[str, ...], pd.Series] = {}
    for (scenario, by, metric), rows in groups.groupby(["scenario", "by", "metric"], sort=False):
        wide = rows.pivot(index="replication", columns="group", values="value")
        reference, *others = rows["group"].unique()
        for group in others:
            found[str(scenario), str(by), str(metric), group, reference] = wide[group] - wide[reference]
    return found
