"""Targets over draws: what a programme is known to show, and in which share of draws the model shows it."""

from itertools import chain

import pandas as pd

from sim.analysis.targets import outside_by
from sim.experiment.psa.result import ENDS, PsaResult
from sim.experiment.unreadable import units_of

OF_TARGET = "target.{}"
"""The metric that a target is of, by its name."""
SHARES = tuple(f"{side}_{part}" for side in ("below", "within", "above") for part in ("in", "low", "high"))
TARGETS_OF_DRAWS = [
    *("scenario", "target", "unit", "low", "high", "tolerance", "mean"),
    *(*ENDS, *SHARES, "outside_by", "source"),
]
"""Columns of `targets_of_draws`."""


def targets_of_draws(psa: PsaResult) -> pd.DataFrame:
    """Every target that was kept of its scenario: TARGETS_OF_DRAWS, a row a scenario and target.

    low, high, tolerance, source: as the scenario states them. mean, and both intervals: as of `PsaResult.levels`.
    below_in, within_in, above_in: the shares of draws, freed of chance, in which the model is below what is stated with
    its tolerance, within it, or above, each with the ends of its interval of 95 % (`_low`, `_high`). outside_by: how
    far the mean is above it, or below (negative). What fewer than two draws have in every replication has no row.
    """
    rows = []
    for j, label in enumerate(psa.scenarios):
        units = units_of(psa.scenario(label))
        for name, target in psa.scenario(label).targets.items():
            metric = OF_TARGET.format(name)
            if metric not in psa.about["metrics"]:
                continue
            values, (low, high) = psa.values(metric)[:, :, j], target.ends
            least, most = low - target.tolerance, high + target.tolerance
            over, shares = psa.spread(values), psa.shares(values, least, most)
            if over is None or shares is None:
                continue
            outside = outside_by(over.mean, least, most)
            stated = label, name, units[metric], low, high, target.tolerance
            rows.append((*stated, *over[:5], *chain.from_iterable(shares), outside, target.source))
    return pd.DataFrame(rows, columns=TARGETS_OF_DRAWS)
