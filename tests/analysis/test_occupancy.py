"""The distribution of places in use from two replications that can be added up by hand."""

import numpy as np
import pandas as pd
import pytest

from sim.analysis import mean_interval, occupancy_distribution
from sim.analysis.occupancy import OCCUPANCY_COLUMNS

ROWS = pd.DataFrame(
    [
        # Never more than one in use in the second replication, in which nobody asks for a seat.
        *[("a", 0, "bed", 0, 40.0, 1), ("a", 0, "bed", 1, 40.0, 2), ("a", 0, "bed", 2, 20.0, 1)],
        *[("a", 1, "bed", 0, 80.0, 0), ("a", 1, "bed", 1, 20.0, 4)],
        *[("a", 0, "seat", 0, 100.0, 3), ("a", 1, "seat", 0, 100.0, 0)],
    ],
    columns=["scenario", "replication", "place", "in_use", "days", "asks"],
)


def test_by_hand() -> None:
    table = occupancy_distribution(ROWS)
    assert list(table.columns) == OCCUPANCY_COLUMNS
    assert list(zip(table["place"], table["in_use"], strict=True)) == [("bed", 0), ("bed", 1), ("bed", 2), ("seat", 0)]
    assert list(table["share_of_time"]) == pytest.approx([1.0, (0.6 + 0.2) / 2, (0.2 + 0.0) / 2, 1.0])
    assert list(table["found"]) == pytest.approx([0.25 / 2, (0.5 + 1.0) / 2, 0.25 / 2, 1.0])
    assert list(table["replications"]) == [2, 2, 2, 1]
    low, high = mean_interval(np.array([0.6, 0.2]))[2:]
    assert (table["share_of_time_low"][1], table["share_of_time_high"][1]) == pytest.approx((low, high))
    # One replication says nothing about its own error.
    assert np.isnan(table["found_low"][3])


def test_what_is_found_sums_to_one_and_time_falls() -> None:
    table = occupancy_distribution(ROWS)
    assert list(table.groupby("place")["found"].sum()) == pytest.approx([1.0, 1.0])
    assert (np.diff(table.loc[table["place"] == "bed", "share_of_time"]) <= 0).all()


def test_nothing_to_distribute() -> None:
    assert list(occupancy_distribution(ROWS.iloc[:0]).columns) == OCCUPANCY_COLUMNS
