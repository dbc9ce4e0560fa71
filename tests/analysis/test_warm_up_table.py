"""Whether a warm-up is long enough: asks, people in care, lists and waits must not move after the window."""

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


def summarised(drifts: dict[str, tuple[float, float, float]], measured: float = 10.0) -> pd.DataFrame:
    """Of ten replications each: the means of series, and drifts with these 95 % intervals (half-width / t = error)."""
    rows: list[tuple[str, float, float, float, float, int]] = []
    for metric, (drift, low, high) in drifts.items():
        of_asks = metric.startswith("asks.")
        rows.append((f"{metric}.{'per_month' if of_asks else 'mean'}", measured, NAN, NAN, NAN, 10))
        count = 1 if math.isnan(low) else 10
        # The 97.5 % quantile of t with nine degrees of freedom.
        rows.append((f"{metric}.drift", drift, (high - low) / 2 / 2.2621571627 * math.sqrt(10), low, high, count))
    return pd.DataFrame(rows, columns=["metric", "mean", "sd", "ci_low", "ci_high", "replications"])


def table(
    series: Sequence[float] | np.ndarray,
    drift: tuple[float, float, float],
    warm_up: float = 60.0,
    measured: float = 10.0,
    metric: str = "census.iop",
) -> pd.Series:
    daily = pd.DataFrame({"metric": metric, "day": np.arange(len(series)), "mean": series})
    found = warm_up_table(daily, summarised({metric: drift}, measured), warm_up)
    assert len(found) == 1
    return found.iloc[0]


REAL, BY_CHANCE, SMALL = (3.0, 2.0, 4.0), (3.0, -1.0, 7.0), (0.15, 0.05, 0.25)
"""Of ten people; the last is real, but less than a fiftieth."""


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
        # Real, whether of more than a tenth or of less.
        ((0.9, 0.5, 1.3), False),
        ((-0.6, -1.0, -0.2), False),
        # Real, but of less than a fiftieth; or of no more than a tenth for certain, and perhaps none.
        (SMALL, True),
        ((0.4, -0.1, 0.9), True),
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


@pytest.mark.parametrize(
    ("metric", "measured", "drift", "enough"),
    [
        # Of ten days, asks or people a tenth is one, which is also the least.
        ("wait.iop", 10.0, (3.0, 2.0, 4.0), False),
        ("wait.iop", 10.0, (0.5, -0.1, 0.9), True),
        # Too little to matter: a quarter of a day.
        ("wait.iop", 2.0, (0.24, 0.20, 0.28), True),
        ("wait.iop", 2.0, (0.26, 0.22, 0.30), False),
        ("asks.all", 10.0, (3.0, 2.0, 4.0), False),
        ("asks.all", 30.0, (2.0, 1.1, 2.9), False),
        ("asks.all", 30.0, (0.5, 0.4, 0.6), True),
        ("queue.iop", 10.0, (3.0, 2.0, 4.0), False),
        ("queue.iop", 0.2, (0.5, -0.1, 0.9), True),
        ("queue.iop", 0.2, (1.5, 1.1, 1.9), False),
        ("wait.iop", 50.0, (6.0, -4.0, 16.0), None),
    ],
)
def test_asks_lists_and_waits_are_judged_as_well(
    metric: str, measured: float, drift: tuple[float, float, float], enough: bool | None
) -> None:
    row = table(GROWING, drift, measured=measured, metric=metric)
    assert (None if row["long_enough"] is pd.NA else bool(row["long_enough"])) is enough


def test_what_moves_is_found_by_p_values_adjusted_for_the_number_of_series() -> None:
    """A drift of 1.5 with an error of 0.5: t = 3 with 9 degrees, p = 0.01496 (t tables), and with Holm's factor for
    four series 0.0598. One that hardly moves counts; one of exactly 0 in every replication, of p 1, does not.
    """
    error = 2.2621571627 * 0.5
    beyond = (1.5, 1.5 - error, 1.5 + error)
    wide = (0.01, 0.01 - error, 0.01 + error)
    names = ["census.a", "queue.a", "wait.a", "asks.all"]
    for count, adjusted in ((1, 0.014956), (3, 0.044868), (4, 0.059825)):
        drifts = {name: beyond if name == "queue.a" else wide for name in names[:count] if count > 1} or {
            "queue.a": beyond
        }
        drifts["queue.empty"] = (0.0, 0.0, 0.0)
        daily = pd.concat([pd.DataFrame({"metric": m, "day": np.arange(200), "mean": LEVEL}) for m in drifts])
        found = warm_up_table(daily, summarised(drifts), 60.0).set_index("metric")
        assert found["p_adjusted"]["queue.a"] == pytest.approx(adjusted, rel=1e-4)
        assert found["long_enough"]["queue.empty"]
        if adjusted < 0.05:
            assert not found["long_enough"]["queue.a"]
        else:
            assert found["long_enough"]["queue.a"] is pd.NA


def test_a_wait_is_left_out_where_nobody_is_offered_a_place() -> None:
    daily = pd.DataFrame({"metric": "wait.iop", "day": np.arange(200), "mean": NAN})
    assert warm_up_table(daily, summarised({"wait.iop": (NAN, NAN, NAN)}, NAN), 60.0).empty


def test_days_on_which_a_wait_is_not_known_are_left_out_of_its_truncation() -> None:
    unknown = np.where(np.arange(200) < 180, FILLING, NAN)
    row, known = table(unknown, SMALL, metric="wait.iop"), mser5(FILLING[:180])
    assert (row["truncation_days"], row["conclusive"]) == (known.truncation, known.conclusive)


def test_nothing_is_said_where_the_calendar_changes_demand_or_places() -> None:
    daily = pd.DataFrame({"metric": "census.iop", "day": np.arange(200), "mean": FILLING})
    summary = summarised({"census.iop": REAL})
    assert warm_up_table(daily, summary, 60.0)["long_enough"].tolist() == [False]
    assert warm_up_table(daily, summary, 60.0, calendar_changes=True)["long_enough"].isna().all()


def test_a_run_too_short_for_mser_has_no_truncation() -> None:
    row = table(GROWING[:49], SMALL)
    assert math.isnan(row["truncation_days"])
    assert not row["conclusive"]
    assert row["drift"] == pytest.approx(SMALL[0] / 10)


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
    summary = summarised({"census.a": (3.0, 2.0, 4.0), "queue.b": (1.5, -0.5, 3.5)})
    found = warm_up_table(daily, summary, 60)
    assert found["metric"].tolist() == ["queue.b", "census.a"]
    assert found["drift"].tolist() == [0.15, 0.3]
    assert found["long_enough"].isna().tolist() == [True, False]
    assert not found["long_enough"].iloc[1]
    assert str(found["long_enough"].dtype) == "boolean"


def test_the_trend_is_by_the_year_in_the_unit_of_the_series() -> None:
    """From the middle of the window to that of what follows it are 73.05 days, a fifth of a year."""
    daily = pd.DataFrame({"metric": "wait.iop", "day": np.arange(200), "mean": LEVEL})
    (row,) = warm_up_table(daily, summarised({"wait.iop": REAL}), 60.0, apart_days=73.05).to_dict("records")
    assert [row[key] for key in ("per_year", "per_year_low", "per_year_high")] == pytest.approx([15.0, 10.0, 20.0])


def test_nothing_to_judge() -> None:
    daily = pd.DataFrame({"metric": [], "day": [], "mean": []})
    found = warm_up_table(daily, pd.DataFrame(columns=["metric", "mean", "ci_low", "ci_high"]), 60)
    assert found.empty
    assert list(found.columns) == WARM_UP_COLUMNS
