"""Whether results have moved from a baseline: exactly, by a margin, or further than chance explains.

Two tables in, one out. Both have one row a metric of a case, with the columns case, metric, mean, sd, replications
(those in which the metric is defined) and runs (all replications).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.intervals import holm, t_quantile
from sim.vocabulary import Column

KEY = ["case", "metric"]
DRIFT_COLUMNS = [
    *("case", "metric", "rule", "of", "baseline", "now", "difference", "tolerance", "in_tolerances"),
    *("standard_error", "verdict"),
]
"""rule: exact, margin or chance. of: what is compared: mean, sd, or replications (in which the metric is defined).
in_tolerances: the size of the difference, where 1 is the largest that is accepted. standard_error: of the difference;
NaN for the exact rule.
verdict: held, drift, vanished (only in the baseline), new (only now), unclear (too few values to tell)."""

FAILURES = ("drift", "vanished")
"""Verdicts that a check must not pass over."""

FLOOR = 1e-9
"""A difference of so small a share of the values is rounding, not drift: it tells constants from numbers that vary."""


def exact_drift(baseline: pd.DataFrame, now: pd.DataFrame, relative: float = FLOOR) -> pd.DataFrame:
    """Compare runs that should be the same to rounding: every mean, every sd, and in how many replications each is.

    relative: the difference of means and of sds that is accepted, as a share of the baseline's mean or sd, whichever is
    larger: an sd that is all but 0 is rounding of the mean. NaN equals NaN, and nothing else. Returns DRIFT_COLUMNS,
    one row a metric with whichever is furthest out.
    """
    pairs = _paired(baseline, now)
    size = np.fmax(np.abs(pairs["mean_old"]), np.fmax(pairs["sd_old"], 0.0)).to_numpy()
    tolerance = np.where(np.isfinite(size), relative * size, 0.0)
    out = {of: _in_tolerances(*_values(pairs, of), tolerance) for of in ("mean", "sd")}
    counts = _values(pairs, "replications")
    out["replications"] = np.where(np.isnan(sum(counts)), 0.0, _in_tolerances(*counts, np.zeros(len(pairs))))
    # Of several that are equally far out, the first.
    of = np.array(list(out))[np.argmax(list(out.values()), axis=0)]
    tolerance = np.where(of == "replications", 0.0, tolerance)
    verdict = np.where(np.max(list(out.values()), axis=0) > 1, "drift", "held")
    return _table(pairs, np.full(len(pairs), "exact"), of, tolerance, np.full(len(pairs), np.nan), verdict)


def statistical_drift(
    baseline: pd.DataFrame, now: pd.DataFrame, margins: Mapping[tuple[str, str], float], alpha: float
) -> pd.DataFrame:
    """Compare means of independent runs: by a margin where there is one, otherwise by what chance explains.

    margins: (case, metric) -> the largest difference of means that counts as none, in the metric's unit.
    alpha: with which probability any metric without a margin is called drift although nothing has changed. Holm's
    adjustment is over all of them, of p values of Welch's t test (Welch 1947; for constants, whether they are equal).
    The tolerance is the difference at which that procedure rejects.

    A metric without a value in one of the runs is drift if it has one in every replication of the other, and otherwise
    unclear; so is one that differs but has fewer than two values and no margin. Returns DRIFT_COLUMNS, one row a
    metric.
    """
    pairs = _paired(baseline, now)
    old, new = _values(pairs, "mean")
    difference = np.abs(_difference(old, new))
    error, degrees = _welch(pairs)
    floor = FLOOR * np.fmax(np.abs(old), np.abs(new))
    margin = np.array([margins.get(key, np.nan) for key in zip(pairs["case"], pairs["metric"], strict=True)])
    by_margin = ~np.isnan(margin)
    constant = error <= floor

    p_values = np.where(constant, difference <= floor, _p_values(difference, error, degrees))
    p_values[by_margin] = np.nan
    known = ~np.isnan(p_values)
    # Holm steps down: what is rejected makes the level of the rest less strict. The level of the first that is not
    # rejected parts all that are from all that are not, so that one tolerance each says the same as the procedure.
    rejected = int((holm(p_values) <= alpha).sum())
    level = alpha / max(int(known.sum()) - rejected, 1)
    by_chance = np.fmax(np.where(constant, 0.0, t_quantile(1 - level, degrees) * error), floor)
    tolerance = np.where(by_margin, margin, by_chance)

    out = _in_tolerances(old, new, tolerance)
    one_undefined = np.isnan(old) != np.isnan(new)
    one_complete = np.where(
        np.isnan(old), pairs["replications_new"] == pairs["runs_new"], pairs["replications_old"] == pairs["runs_old"]
    )
    untestable = ~by_margin & ~known & (out > 0)
    verdict = np.where(out > 1, "drift", "held")
    verdict = np.where(untestable | one_undefined, "unclear", verdict)
    verdict = np.where(one_undefined & one_complete, "drift", verdict)
    tolerance = np.where(verdict == "unclear", np.nan, tolerance)
    rule = np.where(by_margin, "margin", "chance")
    return _table(pairs, rule, np.full(len(pairs), "mean"), tolerance, error, verdict)


def _paired(baseline: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Every metric of either table, those that are there now first."""
    # By hand: two merges take ten times as long.
    rows = {
        side: {key: row for row, key in enumerate(zip(table["case"], table["metric"], strict=True))}
        for side, table in (("new", now), ("old", baseline))
    }
    keys = list(dict.fromkeys((*rows["new"], *rows["old"])))
    columns: dict[str, Any] = {
        name: pd.Series([key[part] for key in keys], dtype=now[name].dtype) for part, name in enumerate(KEY)
    }
    for side, table in (("new", now), ("old", baseline)):
        # The last row stands for those that are not there.
        picked = [rows[side].get(key, -1) for key in keys]
        for name in ("mean", "sd", "replications", "runs"):
            columns[f"{name}_{side}"] = np.append(table[name].to_numpy(dtype=float), np.nan)[picked]
    return pd.DataFrame(columns)


def _values(pairs: pd.DataFrame, of: str) -> tuple[Column, Column]:
    return pairs[f"{of}_old"].to_numpy(), pairs[f"{of}_new"].to_numpy()


def _difference(old: Column, new: Column) -> Column:
    with np.errstate(invalid="ignore"):
        return np.where(old == new, 0.0, new - old)


def _in_tolerances(old: Column, new: Column, tolerance: Column) -> Column:
    """How many tolerances two values are apart: 0 if equal or both NaN, infinite if one is NaN or none is allowed."""
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(_difference(old, new)) / tolerance
    same = (old == new) | (np.isnan(old) & np.isnan(new))
    return np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))


def _welch(pairs: pd.DataFrame) -> tuple[Column, Column]:
    """Standard error of the difference of means, and Welch's degrees of freedom; NaN with fewer than two values."""
    squares, weights = np.zeros(len(pairs)), np.zeros(len(pairs))
    for side in ("old", "new"):
        count = pairs[f"replications_{side}"].to_numpy()
        square = np.where(count >= 2, pairs[f"sd_{side}"].to_numpy() ** 2 / np.fmax(count, 1), np.nan)
        squares = squares + square
        weights = weights + square**2 / np.fmax(count - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(squares), squares**2 / weights


def _p_values(difference: Column, error: Column, degrees: Column) -> Column:
    """Two-sided p values by Student's t."""
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2 * stdtr(degrees, -difference / error))


def _table(
    pairs: pd.DataFrame, rule: Column, of: Column, tolerance: Column, error: Column, verdict: Column
) -> pd.DataFrame:
    """DRIFT_COLUMNS, with the metrics that only one side has."""
    old, new = (
        np.select([of == "sd", of == "replications"], [pairs[f"sd_{side}"], pairs[f"replications_{side}"]], mean)
        for side, mean in (("old", pairs["mean_old"]), ("new", pairs["mean_new"]))
    )
    one_sided = pairs["runs_old"].isna() | pairs["runs_new"].isna()
    verdict = np.where(pairs["runs_old"].isna(), "new", np.where(pairs["runs_new"].isna(), "vanished", verdict))
    out = np.where(one_sided | (verdict == "unclear"), np.nan, _in_tolerances(old, new, tolerance))
    return pd.DataFrame(
        {
            "case": pairs["case"],
            "metric": pairs["metric"],
            "rule": rule,
            "of": of,
            "baseline": old,
            "now": new,
            "difference": _difference(old, new),
            "tolerance": np.where(one_sided, np.nan, tolerance),
            "in_tolerances": out,
            "standard_error": error,
            "verdict": verdict,
        },
        columns=DRIFT_COLUMNS,
    )
