"""Whether a warm-up is long enough: the census must not move after the window."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from sim.analysis import mser5, warm_up_table
from sim.analysis.warm_up import WARM_UP_COLUMNS

NAN = math.nan
RNG = np.random.default_rng(20)
NOISE = RNG.normal(0, 0.3, 200)
LEVEL = 10 + NOISE
"""Settled from the beginning."""
FILLING = LEVEL - 10 * np.exp(-np.arange(200) / 12)
"""Settles after some forty days."""
GROWING = 0.1 * np.arange(200.0) + NOISE
"""Never settles."""


def table(
    series: Sequence[float] | np.ndarray,
    drift: tuple[float, float, float],
    warm_up: float = 60.0,
    measured: float = 10.0,
    metric: str = "census.iop",
) -> pd.Series:
    daily = pd.DataFrame({"metric": metric, "day": np.arange(len(series)), "mean": series})
    summary = pd.DataFrame(
        [(f"{metric}.mean", measured, NAN, NAN), (f"{metric}.drift", *drift), ("arrivals", 1.0, 1.0, 1.0)],
        columns=["metric", "mean", "ci_low", "ci_high"],
    )
    found = warm_up_table(daily, summary, warm_up)
    assert len(found) == 1
    return found.iloc[0]


REAL, BY_CHANCE, SMALL = (3.0, 2.0, 4.0), (3.0, -1.0, 7.0), (0.6, 0.2, 1.0)


def test_columns_and_shares_of_what_is_measured() -> None:
    row = table(FILLING, (3.0, 2.0, 4.0), measured=20.0)
    assert list(row.index) == WARM_UP_COLUMNS
    assert (row["metric"], row["warm_up_days"], row["measured"]) == ("census.iop", 60.0, 20.0)
    assert (row["drift"], row["drift_low"], row["drift_high"]) == (0.15, 0.1, 0.2)
    found = mser5(FILLING)
    assert (row["truncation_days"], row["conclusive"]) == (found.truncation, found.conclusive)


@pytest.mark.parametrize(
    ("drift", "enough"),
    [
        (REAL, False),
        ((-3.0, -4.0, -2.0), False),
        # The interval spans zero and more than a tenth: neither can be told.
        (BY_CHANCE, None),
        ((-3.0, -7.0, 1.0), None),
        ((0.0, -1.001, 0.5), None),
        # Real, and perhaps of more than a tenth, perhaps of less.
        ((0.9, 0.5, 1.3), None),
        ((1.001, 0.5, 1.5), None),
        ((1.6, 1.001, 2.2), False),
        # Of no more than a tenth for certain, whether real or not.
        (SMALL, True),
        ((-0.6, -1.0, -0.2), True),
        ((0.0, -1.0, 1.0), True),
        ((0.0, 0.0, 0.0), True),
    ],
)
@pytest.mark.parametrize("series", [FILLING, GROWING, GROWING[:49]], ids=["filling", "growing", "short"])
def test_a_census_must_not_move_after_the_window_whatever_mser_says(
    series: np.ndarray, drift: tuple[float, float, float], enough: bool | None
) -> None:
    found = table(series, drift)["long_enough"]
    assert (None if found is pd.NA else bool(found)) is enough


def test_a_waiting_list_is_shown_and_not_judged() -> None:
    row = table(GROWING, REAL, metric="queue.iop")
    assert row["drift"] == 0.3
    assert row["long_enough"] is pd.NA


def test_nothing_is_said_where_the_calendar_changes_demand_or_places() -> None:
    daily = pd.DataFrame({"metric": "census.iop", "day": np.arange(200), "mean": FILLING})
    summary = pd.DataFrame(
        [("census.iop.mean", 10.0, NAN, NAN), ("census.iop.drift", *REAL)],
        columns=["metric", "mean", "ci_low", "ci_high"],
    )
    assert warm_up_table(daily, summary, 60.0)["long_enough"].tolist() == [False]
    assert warm_up_table(daily, summary, 60.0, calendar_changes=True)["long_enough"].isna().all()


def test_a_run_too_short_for_mser_has_no_truncation() -> None:
    row = table(GROWING[:49], SMALL)
    assert math.isnan(row["truncation_days"])
    assert not row["conclusive"]
    assert row["drift"] == SMALL[0] / 10


def test_a_level_that_nobody_enters() -> None:
    row = table(np.zeros(200), (0.0, 0.0, 0.0), measured=0.0)
    assert row["long_enough"]
    assert math.isnan(row["drift"])
    assert row["truncation_days"] == 0


def test_what_is_empty_in_the_window_and_grows_afterwards_still_moves() -> None:
    """Any drift is more than a tenth of nothing, from a twentieth of a person on."""
    series = np.concatenate((np.zeros(100), np.full(300, 8.0)))
    assert not table(series, (8.0, 7.0, 9.0), measured=0.0)["long_enough"]
    assert table(series, (0.04, 0.03, 0.05), measured=0.0)["long_enough"]


def test_one_replication_cannot_tell_a_drift_from_chance() -> None:
    assert table(GROWING, (3.0, NAN, NAN))["long_enough"] is pd.NA


def test_each_series_has_a_row_in_its_order() -> None:
    daily = pd.concat(
        [
            pd.DataFrame({"metric": name, "day": np.arange(200), "mean": series})
            for name, series in (("queue.b", GROWING), ("census.a", FILLING))
        ]
    )
    rows = [
        ("census.a.mean", 10.0, 0, 0),
        ("census.a.drift", 3.0, 2.0, 4.0),
        ("queue.b.drift", 1.0, 0.8, 1.2),
        ("queue.b.mean", 5.0, 0, 0),
    ]
    summary = pd.DataFrame(rows, columns=["metric", "mean", "ci_low", "ci_high"])
    found = warm_up_table(daily, summary, 60)
    assert found["metric"].tolist() == ["queue.b", "census.a"]
    assert found["drift"].tolist() == [0.2, 0.3]
    assert found["long_enough"].isna().tolist() == [True, False]
    assert not found["long_enough"].iloc[1]
    assert str(found["long_enough"].dtype) == "boolean"


def test_nothing_to_judge() -> None:
    daily = pd.DataFrame({"metric": [], "day": [], "mean": []})
    found = warm_up_table(daily, pd.DataFrame(columns=["metric", "mean", "ci_low", "ci_high"]), 60)
    assert found.empty
    assert list(found.columns) == WARM_UP_COLUMNS
