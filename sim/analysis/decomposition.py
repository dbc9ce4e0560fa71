"""Why two scenarios differ: their difference as parts that add up to it. Numbers in, DataFrames out.

Both arms must have run on the same seed and replications, so that patient n of replication r is the same person with
the same luck in both. A replication counts if the metric is defined in both arms.
"""

import math
from collections.abc import Iterable
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.analysis.intervals import CONFIDENCE, mean_interval
from sim.vocabulary import ARROW, NEVER_ADMITTED, Column

TOTAL = "total"
SAME_PATH = "same path"
OTHER_CHANGES = "all other changes"
HOME = "no more care"

PARTS = ["part", "baseline", "alternative", "difference", "ci_low", "ci_high", "share_of_difference"]
"""Columns of `decompose`."""

CHANGES = ["from", "to", "patients", "share", "mean_change", "contribution", "share_of_difference"]
"""Columns of `changed_paths`."""


def decompose(base: pd.DataFrame, alternative: pd.DataFrame, by: str, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """The difference of a metric by the values of a column, in parts that add up to the whole.

    base, alternative: contributions to the metric, columns replication, value and `by` (see
    `sim.outcomes.contributions`). One row a part that contributes in either arm, in the order of a categorical column,
    else the largest difference first; then the row "total", which is exactly the (exactly rounded) sum of the others.
    part; baseline, alternative (means over replications of the part's sum); difference, with a paired t interval;
    share_of_difference (NaN where the whole cannot be told from 0: a share of what may be nothing means nothing).
    """
    arms = [arm[arm["replication"].isin(_replications(base, alternative))] for arm in (base, alternative)]
    parts = _parts([arm[by] for arm in arms])
    # Replications by parts.
    before, after = (
        pd.DataFrame(_sums(arm, ["replication", by]), columns=["replication", by, "value"])
        .pivot(index="replication", columns=by, values="value")
        .reindex(index=_replications(base, alternative), columns=parts)
        .fillna(0.0)
        .to_numpy(dtype=float)
        for arm in arms
    )
    rows: list[tuple[Any, ...]] = []
    for i, part in enumerate(parts):
        if before[:, i].any() or after[:, i].any():
            mean, _, low, high = mean_interval(after[:, i] - before[:, i], confidence)
            rows.append((part, _mean(before[:, i]), _mean(after[:, i]), mean, low, high))
    if not isinstance(base[by].dtype, pd.CategoricalDtype):
        rows.sort(key=lambda row: -abs(row[3]))
    whole = np.array([math.fsum(row) for row in (after - before).tolist()])
    _, _, low, high = mean_interval(whole, confidence)
    sums = [math.fsum(row[column] for row in rows) if len(whole) else math.nan for column in (1, 2, 3)]
    rows.append((TOTAL, *sums, low, high))
    frame = pd.DataFrame(rows, columns=PARTS[:-1])
    whole_is_known = not (np.isnan(low) or low <= 0 <= high)
    return frame.assign(share_of_difference=_shares(frame["difference"], sums[2] if whole_is_known else 0.0))[PARTS]


class Change(NamedTuple):
    """A row of `changed_paths` under its names there, `before` and `after` for from and to."""

    before: str
    after: str
    patients: float
    share: float
    mean_change: float
    contribution: float


def changed_paths(
    base: pd.DataFrame,
    alternative: pd.DataFrame,
    labels: tuple[str, str] = ("the baseline", "the alternative"),
    most: int | None = None,
    whole_paths: bool = True,
) -> pd.DataFrame:
    """Whose path through the levels changed, from what to what, and what that did to the metric.

    base, alternative: one row a member of the cohort, columns replication, patient, path (of `sim.outcomes.paths`),
    value: the member's contribution to the metric times the size of the cohort, so that the metric is the mean of
    value. labels: names of the arms. most: show so many changes, and the sum of the others. whole_paths: tell paths
    apart as a whole, or only where they first part (see `parting`), which makes fewer and larger groups.

    Rows: changes of path, the largest contribution first; "same path", whose people may still differ, by other dates;
    people who "asked only in" one arm, where demand differs; "total", which is exactly the sum of the others. from, to;
    patients (mean number a replication) and their share of everyone in either cohort; mean_change (of the metric, per
    such patient; NaN for those who asked only in one arm); contribution to the difference; share_of_difference.

    With cohorts of n and m people a change of value counts with half of 1/n + 1/m, which is 1/n when they are equal,
    and people of only one arm with how far they are from the mean of those who are in both.
    """
    keys, numbers = ["replication", "patient"], _replications(base, alternative)
    pairs = base[[*keys, "path", "value"]].merge(
        alternative[[*keys, "path", "value"]], on=keys, how="outer", suffixes=("_base", "_alternative")
    )
    pairs = pairs[pairs["replication"].isin(numbers)].reset_index(drop=True)
    pairs["weighted"] = _weighted(pairs)
    pairs["change"] = pairs["value_alternative"] - pairs["value_base"]
    before, after = pairs["path_base"].astype(object), pairs["path_alternative"].astype(object)
    both = (before.notna() & after.notna()).to_numpy()
    special = np.select(
        [both & (before == after), after.isna(), before.isna()],
        [SAME_PATH, f"asked only in {labels[0]}", f"asked only in {labels[1]}"],
        default="",
    )
    named = [
        (name, "") if name else (one, other) if whole_paths else parting(one, other)
        for name, one, other in zip(special.tolist(), before, after, strict=True)
    ]
    pairs["from"], pairs["to"] = [one for one, _ in named], [other for _, other in named]

    groups = [
        _change(str(key[0]), str(key[1]), rows, len(numbers), len(pairs))
        for key, rows in pairs.groupby(["from", "to"], sort=True)
    ]
    changes = sorted((row for row in groups if row.after), key=lambda row: (-abs(row.contribution), -row.patients))
    if most is not None and len(changes) > most:
        rest = {(row.before, row.after) for row in changes[most:]}
        rows = pairs[[key in rest for key in named]]
        changes = [*changes[:most], _change(OTHER_CHANGES, "", rows, len(numbers), len(pairs))]
    changes += sorted((row for row in groups if not row.after), key=lambda row: row.before != SAME_PATH)
    contribution = math.fsum(row.contribution for row in changes) if changes else math.nan
    patients = math.fsum(row.patients for row in changes)
    changes.append(Change(TOTAL, "", patients, 1.0, _mean(pairs["change"].dropna().to_numpy()), contribution))
    frame = pd.DataFrame(changes).set_axis(CHANGES[:-1], axis=1)
    return frame.assign(share_of_difference=_shares(frame["contribution"], contribution))[CHANGES]


def parting(before: str, after: str) -> tuple[str, str]:
    """Where two different paths first part: the last stay that they share, and what follows it in each.

    ("a (completed)", "a (completed) > b (relapsed) > c (completed)") part after a: ("a (completed) > no more care",
    "a (completed) > b"). How the stays that differ ended is said only where their level is the same.
    """
    one, other = ([] if path == NEVER_ADMITTED else path.split(ARROW) for path in (before, after))
    common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    steps = [path[common] if len(path) > common else "" for path in (one, other)]
    levels = [step.split(" (")[0] for step in steps]
    named = steps if levels[0] == levels[1] else levels
    nothing = HOME if common else NEVER_ADMITTED
    shared = f"{one[common - 1]}{ARROW}" if common else ""
    return f"{shared}{named[0] or nothing}", f"{shared}{named[1] or nothing}"


def _weighted(pairs: pd.DataFrame) -> "pd.Series[float]":
    """What each person adds to the difference of their replication."""
    weighted = pd.Series(0.0, index=pairs.index)
    for _, rows in pairs.groupby("replication"):
        before, after = rows["value_base"], rows["value_alternative"]
        n, m = int(rows["path_base"].notna().sum()), int(rows["path_alternative"].notna().sum())
        both = rows["path_base"].notna() & rows["path_alternative"].notna()
        # About this middle the two sums of those who are in both are opposite, which makes the split exact.
        middle = math.fsum([*before[both], *after[both]]) / (2 * int(both.sum())) if both.any() else 0.0
        weighted[rows.index] = np.select(
            [both, rows["path_base"].isna()],
            [(after - before) * (1 / n + 1 / m) / 2, (after - middle) / m],
            default=(middle - before) / n,
        )
    return weighted


def _change(before: str, after: str, rows: pd.DataFrame, replications: int, everyone: int) -> Change:
    contribution = math.fsum(rows["weighted"]) / replications
    change = _mean(rows["change"].dropna().to_numpy())
    return Change(before, after, len(rows) / replications, len(rows) / everyone, change, contribution)


def _replications(base: pd.DataFrame, alternative: pd.DataFrame) -> list[int]:
    """Those in which the metric is defined in both arms."""
    defined = [
        set(arm["replication"].unique()) - set(arm.loc[arm["value"].isna(), "replication"].unique())
        for arm in (base, alternative)
    ]
    return sorted(defined[0] & defined[1])


def _parts(columns: list[pd.Series]) -> list[Any]:
    """Values in the order of their categories, else as they appear."""
    ordered = [column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column for column in columns]
    return list(dict.fromkeys(value for column in ordered for value in pd.unique(pd.Series(column))))


def _sums(frame: pd.DataFrame, keys: list[str]) -> list[tuple[Any, ...]]:
    return [(*key, math.fsum(values)) for key, values in frame.groupby(keys, sort=False, observed=True)["value"]]


def _shares(parts: Iterable[float], whole: float) -> list[float]:
    return [part / whole if whole else math.nan for part in parts]


def _mean(values: Column) -> float:
    return math.fsum(values.tolist()) / len(values) if len(values) else math.nan
