"""Choosing the best of several systems: when to stop simulating the others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.vocabulary import Column


@dataclass(frozen=True, eq=False)
class Selection:
    """What a sequential procedure knows after some replications.

    surviving: systems that may still be the best, in the order of the columns. eliminated: system -> replications
    after which it was dropped. best: the system selected, or None while undecided. replications: how many were looked
    at. indifference: the zone, in the unit of the values. probability: with which `best` is the best system, if that
    is better than every other by the zone or more. table: one row a system: system, mean and replications (until it was
    dropped), status (best, surviving or eliminated).
    """

    surviving: tuple[str, ...]
    eliminated: Mapping[str, int]
    best: str | None
    replications: int
    indifference: float
    probability: float
    table: pd.DataFrame


def kn(
    values: pd.DataFrame, delta: float, alpha: float = 0.05, first_stage: int = 10, minimise: bool = True
) -> Selection:
    """Fully sequential selection of the best mean with an indifference zone (KN).

    values: one row a replication, in order, and one column a system; NaN where a system was no longer run. delta: the
    smallest difference worth detecting, in the unit of the values. The first `first_stage` rows estimate the variances
    of differences, which common random numbers make small; after each row from there on, systems that are clearly
    worse than another survivor are dropped. Selected is the only survivor, or, once no pair of survivors can become
    any clearer, the one with the best mean: survivors that tie exactly to the end are as good as each other, and the
    first column is taken. Later rows are not looked at, and neither are values of a system after it was dropped.

    No state is kept: run `first_stage` replications of every system and call; while `best` is None, run one more of
    the survivors, append the row, and call again. Rows may also be appended several at a time.

    Values must be independent over rows and about normal. A single system is selected after the first stage.

    Raises ValueError unless delta is above 0 and finite, alpha between 0 and 1 - 1/k for k systems (a choice by lot
    does as well as that), first_stage at least 2, there are as many rows, columns have different names, and every
    survivor has a finite value in each row. Kim and Nelson 2001, ACM Transactions on Modeling and Computer Simulation
    11: 251-273, with c = 1.
    """
    _check(values, delta, alpha, first_stage)
    names = [str(name) for name in values.columns]
    x = values.to_numpy(dtype=float)
    # Smaller is better from here on.
    x = x if minimise else -x
    reach = _reach(x[:first_stage], delta, alpha)
    alive = np.arange(len(names))
    used = np.zeros(len(names), dtype=int)
    sums = np.zeros(len(names))
    r, best = 0, None
    for r, row in enumerate(x, start=1):
        missing = alive[~np.isfinite(row[alive])]
        if len(missing):
            raise ValueError(f"{names[missing[0]]} has no finite value in replication {r}, but was not dropped before")
        sums[alive] += row[alive]
        used[alive] = r
        if r < first_stage:
            continue
        means, between = sums[alive] / r, reach[np.ix_(alive, alive)]
        slack = np.maximum(0, delta / (2 * r) * (between - r))
        alive = alive[(means[:, None] <= means + slack).all(axis=1)]
        if len(alive) == 1 or r > np.floor(reach[np.ix_(alive, alive)]).max():
            best = int(alive[np.argmin(sums[alive])])
            break
    status = ["best" if i == best else "surviving" if i in alive else "eliminated" for i in range(len(names))]
    means = sums / used if minimise else -sums / used
    return Selection(
        surviving=tuple(names[i] for i in alive),
        eliminated={names[i]: int(used[i]) for i in range(len(names)) if i not in alive},
        best=None if best is None else names[best],
        replications=r,
        indifference=delta,
        probability=1 - alpha,
        table=pd.DataFrame({"system": names, "mean": means, "replications": used, "status": status}),
    )


def _reach(first: Column, delta: float, alpha: float) -> Column:
    """h^2 S^2_il / delta^2: the replications after which a pair of systems can become no clearer."""
    stage, k = first.shape
    if k == 1:
        return np.zeros((1, 1))
    variances = np.var(first[:, :, None] - first[:, None, :], axis=0, ddof=1)
    eta = 0.5 * ((2 * alpha / (k - 1)) ** (-2 / (stage - 1)) - 1)
    return np.asarray(2 * eta * (stage - 1) * variances / delta**2)


def _check(values: pd.DataFrame, delta: float, alpha: float, first_stage: int) -> None:
    rows, k = values.shape
    if k == 0 or len({str(name) for name in values.columns}) < k:
        raise ValueError(f"values must have one column a system, each with its own name, not {list(values.columns)}")
    if not 0 < delta < np.inf:
        raise ValueError(f"delta must be above 0 and finite, not {delta}")
    highest = 1 - 1 / k if k > 1 else 1
    if not 0 < alpha < highest:
        raise ValueError(f"alpha must be between 0 and {highest:.4g} with {k} systems, not {alpha}")
    if first_stage < 2:
        raise ValueError(f"first_stage must be at least 2, to have a variance, not {first_stage}")
    if rows < first_stage:
        raise ValueError(f"values must have at least {first_stage} rows, the first stage, not {rows}")
