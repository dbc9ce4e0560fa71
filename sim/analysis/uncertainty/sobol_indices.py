"""Sobol' indices of a simulated outcome: what share of its variance each input, or group of inputs, decides.

Points and plain indices are SALib's. Their outcomes are means of a few replications, whose chance counts as variance:
it makes the whole too large, and adds to the total index of every input. Whatever is a mean of products is therefore
taken over pairs of different replications, which have no chance in common, so that its expectation has none in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.uncertainty.simulation_noise import check_finite
from sim.vocabulary import Column

EDGE = 1e-12
INSTALL = (
    "Sobol' indices need SALib, of the extra `sensitivity`: "
    "python3 -m pip --python .venv install -c .ci/constraints.txt -e '.[sensitivity]'"
)
RESAMPLES = 1_000
INDEX_COLUMNS = [
    *("input", "first", "first_low", "first_high", "total", "total_low", "total_high", "first_raw", "total_raw"),
]


@dataclass(frozen=True)
class SobolIndices:
    """The indices of groups of inputs, the largest total first: corrected, with 95 % intervals, and as SALib has
    them of the means (raw).

    variance: of the outcome, of the inputs alone; its standard error. noise: of the chance that is left in a mean over
    the replications of one point. Where `variance` is not above 0 by two standard errors, indices are shares of hardly
    anything.
    """

    table: pd.DataFrame
    variance: float
    variance_error: float
    noise: float
    draws: int
    replications: int


def salib(part: str) -> ModuleType:
    """A module of SALib. Raises ValueError that says how to install it."""
    from importlib import import_module

    try:
        return import_module(f"SALib.{part}")
    except ImportError as reason:
        raise ValueError(INSTALL) from reason


def sobol_points(groups: Sequence[str], draws: int, seed: int = 1) -> Column:
    """Points between 0 and 1, for `sobol_indices`: (draws * (number of groups + 2), inputs).

    groups: of each input the group that it belongs to, which may be itself. Inputs that depend on each other must be of
    one group. For each draw there is a point of one sample, this point with each group in turn from another sample, and
    the point of that one. Raises ValueError for draws that are no power of two, and for fewer than two groups: of the
    only one the index is 1, and SALib says something else.
    """
    _check_draws(draws)
    problem = _problem(groups)
    laid = salib("sample.sobol").sample(problem, draws, calc_second_order=False, seed=seed)
    return np.asarray(np.clip(laid, EDGE, 1 - EDGE))


def _check_draws(draws: int) -> None:
    if not isinstance(draws, int) or isinstance(draws, bool) or not 4 <= draws <= 2**20 or draws & (draws - 1):
        raise ValueError(f"draws must be a power of two from 4 to {2**20:,}, not {draws!r}")


def _problem(groups: Sequence[str]) -> dict[str, Any]:
    """A new one each time: some of SALib's functions write into what they are given."""
    if len(dict.fromkeys(groups)) < 2:
        raise ValueError("Sobol' indices compare inputs: there must be at least two that are not of one group")
    names = [f"{number}" for number in range(len(groups))]
    return {"num_vars": len(groups), "names": names, "groups": list(groups), "bounds": [[0.0, 1.0]] * len(groups)}


def sobol_indices(outcomes: Column, groups: Sequence[str], resamples: int = RESAMPLES, seed: int = 1) -> SobolIndices:
    """First-order and total indices of what came of `sobol_points`.

    outcomes: (draws * (number of groups + 2), replications), at least 2 of these; all points of one draw in the same
    luck, and each draw in its own. The estimators are those of Saltelli and others (2010, Computer Physics
    Communications 181:259) and Jansen (1999, ibid. 117:35), centred by the mean of all; intervals are the middle 95 %
    of bootstrap samples of whole draws. Raises ValueError for values that are not finite, of which SALib would make
    indices of 0, and for another number of points.
    """
    names = list(dict.fromkeys(groups))
    table = np.asarray(outcomes, dtype=float)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError(
            "outcomes must be points by replications, at least 2 of these, as one does not tell its chance"
        )
    if len(table) % (len(names) + 2):
        raise ValueError(
            f"{len(table)} points are no whole number of draws of {len(names)} groups: {len(names) + 2} each"
        )
    check_finite(table, "outcomes")
    draws, replications = len(table) // (len(names) + 2), table.shape[1]
    raw = _raw(table.mean(axis=1), groups)
    by_draw = (table - table.mean()).reshape(draws, len(names) + 2, replications)
    terms = _terms(by_draw)
    counts = np.random.default_rng(seed).multinomial(draws, np.full(draws, 1 / draws), size=resamples) / draws
    (first,), (total,), (variance,), (noise,) = _indices(terms, np.full((1, draws), 1 / draws))
    firsts, totals, variances, _ = _indices(terms, counts)
    rows = {"input": names, "first": first, "total": total, "first_raw": raw["S1"], "total_raw": raw["ST"]}
    for name, samples in (("first", firsts), ("total", totals)):
        known = np.isfinite(samples).all(axis=1)
        ends = np.quantile(samples[known], [0.025, 0.975], axis=0) if known.any() else np.full((2, len(names)), np.nan)
        rows[f"{name}_low"], rows[f"{name}_high"] = ends
    indices = pd.DataFrame(rows, columns=INDEX_COLUMNS).sort_values("total", ascending=False, kind="stable")
    error = float(variances.std(ddof=1))
    return SobolIndices(indices.reset_index(drop=True), float(variance), error, float(noise), draws, replications)


def _raw(means: Column, groups: Sequence[str]) -> Mapping[str, Column]:
    """SALib's own indices; of a constant outcome none, which it would divide by."""
    if not np.ptp(means):
        nothing = np.full(len(dict.fromkeys(groups)), np.nan)
        return {"S1": nothing, "ST": nothing}
    # Points are laid without those for second-order indices, which is not what it takes for granted.
    analyze = salib("analyze.sobol").analyze
    indices: Mapping[str, Column] = analyze(_problem(groups), means, calc_second_order=False, num_resamples=2, seed=1)
    return indices


def _terms(values: Column) -> dict[str, Column]:
    """Of each draw, what indices are means of. values: (draws, points of a draw, replications), centred."""
    first, second, mixed = values[:, 0], values[:, -1], values[:, 1:-1]
    apart = mixed - first[:, None]
    return {
        "first": _product(second[:, None], apart),
        "total": _product(apart, apart) / 2,
        "square": (_product(first, first) + _product(second, second)) / 2,
        "mean": (first.mean(axis=-1) + second.mean(axis=-1)) / 2,
        "noise": (first.var(axis=-1, ddof=1) + second.var(axis=-1, ddof=1)) / 2 / values.shape[-1],
    }


def _product(one: Column, other: Column) -> Column:
    """The mean of products over pairs of different replications (the last axis)."""
    count = one.shape[-1]
    whole, same = one.sum(axis=-1) * other.sum(axis=-1), (one * other).sum(axis=-1)
    return np.asarray((whole - same) / (count * (count - 1)))


def _indices(terms: Mapping[str, Column], weights: Column) -> tuple[Column, Column, Column, Column]:
    """First and total indices, (samples, groups), variance and noise, by samples of draws, as weights that sum to 1."""
    variance = weights @ terms["square"] - (weights @ terms["mean"]) ** 2
    below = np.where(variance > 0, variance, np.nan)[:, None]
    return weights @ terms["first"] / below, weights @ terms["total"] / below, variance, weights @ terms["noise"]
