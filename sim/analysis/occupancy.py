"""The distribution of the number of places in use. Numbers in, DataFrames out."""

import numpy as np
import pandas as pd

from sim.analysis.intervals import CONFIDENCE, row_intervals
from sim.vocabulary import Column

OCCUPANCY_COLUMNS = [
    *("scenario", "place", "in_use"),
    *("share_of_time", "share_of_time_low", "share_of_time_high"),
    *("found", "found_low", "found_high", "replications"),
]
"""Columns of a table of distributions."""


def occupancy_distribution(occupancy: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """How often how many places of each kind are in use, with t intervals over the replications.

    occupancy: scenario, replication, place, in_use, days, asks (`sim.outcomes.occupancy`).

    Returns OCCUPANCY_COLUMNS, one row a scenario, kind of place and number, from 0 to the most that were in use in any
    replication. share_of_time: of the window of the system during which in_use places or more were in use, so that the
    row of capacity is the share of time that none was free. found: the chance that an ask for such a place finds just
    so many in use. Where people ask at random, independently of each other and of the system (Poisson), this is the
    share of time at just so many (PASTA; Wolff, Operations Research 1982;30:223-231). replications: those in which
    anybody asked, of which found is the mean; NaN without any.
    """
    rows = []
    for (scenario, place), of_place in occupancy.groupby(["scenario", "place"], sort=False):
        wide = of_place.pivot(index="replication", columns="in_use", values=["days", "asks"]).fillna(0.0)
        days, asks = wide["days"].to_numpy(dtype=float), wide["asks"].to_numpy(dtype=float)
        at_least, met = _shares(np.cumsum(days[:, ::-1], axis=1)[:, ::-1], days), _shares(asks, asks)
        asked = int(np.count_nonzero(asks.sum(axis=1)))
        (time, _, *time_ends, _), (chance, _, *chance_ends, _) = (
            row_intervals(shares.T, confidence) for shares in (at_least, met)
        )
        rows += [
            (scenario, place, *row, asked)
            for row in zip(wide["days"].columns, time, *time_ends, chance, *chance_ends, strict=True)
        ]
    return pd.DataFrame(rows, columns=OCCUPANCY_COLUMNS)


def _shares(parts: Column, of: Column) -> Column:
    """Parts of the sum of each row; NaN of nothing."""
    total = of.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(parts, total, out=np.full(parts.shape, np.nan), where=total > 0))
