"""Budget impact: periods, dimensions, and differences from the baseline, by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.analysis import budget_impact, mean_interval
from sim.analysis.budget_impact import DIMENSIONS

EVERY = tuple(name for name in DIMENSIONS if name not in ("place", "measure"))
"""Of a budget that does not tell places apart."""

COLUMNS = ["scenario", "replication", "month", "days", "level", "category", "fixed", "payer", "amount"]
T1 = 12.706204736432095
"""The t quantile of a 95 % interval with one degree of freedom."""


def rows(scenario: str, month: str, days: float, *parts: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """parts: level, category, fixed, payer, and an amount for each replication."""
    return [
        (scenario, replication, month, days, *part[:4], amount)
        for part in parts
        for replication, amount in enumerate(part[4:])
    ]


def study() -> pd.DataFrame:
    """Two scenarios over December to January; the new one has an IOP in place of most of the ward."""
    return pd.DataFrame(
        [
            *rows("base", "2025-12", 10, ("ward", "bed_day", False, "state", 60.0, 80.0)),
            *rows("base", "2025-12", 10, ("ward", "bed_day", False, "patient", 6.0, 8.0)),
            *rows("base", "2025-12", 10, ("ward", "fixed_capacity", True, "state", 100.0, 100.0)),
            *rows("base", "2026-01", 31, ("ward", "bed_day", False, "state", 90.0, 110.0)),
            *rows("base", "2026-01", 31, (None, "fixed_capacity", True, "state", 7.0, 7.0)),
            *rows("new", "2025-12", 10, ("ward", "bed_day", False, "state", 20.0, 30.0)),
            *rows("new", "2025-12", 10, ("iop", "session", False, "state", 15.0, 25.0)),
            *rows("new", "2026-01", 31, ("iop", "session", False, "state", 40.0, 60.0)),
            *rows("new", "2026-01", 31, (None, "fixed_capacity", True, "state", 7.0, 7.0)),
        ],
        columns=COLUMNS,
    )


def row(table: pd.DataFrame, **where: Any) -> pd.Series:
    chosen = table
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    assert len(chosen) == 1, where
    return chosen.iloc[0]


def test_totals_by_month_by_hand() -> None:
    table = budget_impact(study(), "base", "month", by=())
    assert list(table.columns) == [
        *("scenario", "month", "days", "amount", "ci_low", "ci_high"),
        *("difference", "difference_low", "difference_high"),
    ]
    assert table[["month", "scenario", "days"]].to_numpy().tolist() == [
        ["2025-12", "base", 10],
        ["2025-12", "new", 10],
        ["2026-01", "base", 31],
        ["2026-01", "new", 31],
    ]
    # 166 and 188; 35 and 55: 131 and 133 less.
    assert table["amount"].tolist() == [177, 45, 107, 57]
    base, new = table.iloc[0], table.iloc[1]
    assert (base["ci_low"], base["ci_high"]) == pytest.approx((177 - 11 * T1, 177 + 11 * T1))
    assert base[["difference", "difference_low", "difference_high"]].isna().all()
    assert new["difference"] == -132
    assert (new["difference_low"], new["difference_high"]) == pytest.approx((-132 - T1, -132 + T1))


def test_years_are_the_sum_of_their_months() -> None:
    frame = study()
    frame.loc[frame["month"] == "2025-12", "month"] = "2026-02"
    table = budget_impact(frame, "base", "year", by=())
    assert table["year"].tolist() == ["2026", "2026"]
    assert table["days"].tolist() == [41, 41]
    assert table["amount"].tolist() == [177 + 107, 45 + 57]
    assert table["difference"][1] == -132 - 50
    # 55 - 35 + 47... by replication: 75 + 35 against 263 and 85 + ... paired before the interval is made.
    totals = frame.groupby(["scenario", "replication"])["amount"].sum().unstack()
    _, _, low, high = mean_interval((totals.loc["new"] - totals.loc["base"]).to_numpy())
    assert (table["difference_low"][1], table["difference_high"][1]) == pytest.approx((low, high))


def test_two_years() -> None:
    table = budget_impact(study(), "base", "year", by=())
    assert table[["year", "days"]].drop_duplicates().to_numpy().tolist() == [["2025", 10], ["2026", 31]]
    assert table["amount"].tolist() == [177, 45, 107, 57]


def test_what_a_scenario_lacks_is_0_and_counts_in_the_difference() -> None:
    table = budget_impact(study(), "base", "month", by=("level",))
    assert len(table) == 2 * 5
    gone = row(table, month="2026-01", level="ward", scenario="new")
    assert (gone["amount"], gone["ci_low"], gone["ci_high"], gone["difference"]) == (0, 0, 0, -100)
    assert (gone["difference_low"], gone["difference_high"]) == pytest.approx((-100 - 10 * T1, -100 + 10 * T1))
    came = row(table, month="2026-01", level="iop", scenario="new")
    assert (came["amount"], came["difference"], came["days"]) == (50, 50, 31)
    was_not = row(table, month="2026-01", level="iop", scenario="base")
    assert was_not["amount"] == 0
    assert math.isnan(was_not["difference"])
    nowhere = row(table, month="2026-01", level="", scenario="new")
    assert (nowhere["amount"], nowhere["difference"], nowhere["difference_low"]) == (7, 0, 0)


@pytest.mark.parametrize(("period", "days"), [("month", {10, 31}), ("year", {10, 31})])
def test_a_period_is_as_long_for_a_scenario_that_spends_nothing_in_it(period: Any, days: set[int]) -> None:
    everything = study()
    budget = everything[(everything["scenario"] == "base") | (everything["month"] == "2025-12")]
    table = budget_impact(budget, "base", period, by=(), scenarios=["base", "new", "idle"])
    assert set(table["days"]) == days
    assert table.groupby(period)["days"].nunique().eq(1).all()
    assert table.loc[table["scenario"] == "idle", "amount"].eq(0).all()


def test_a_replication_without_an_entry_spends_nothing() -> None:
    frame = study()
    frame = frame[~((frame["category"] == "session") & (frame["replication"] == 0))]
    table = budget_impact(frame, "base", "month", by=("category",))
    assert row(table, month="2026-01", category="session", scenario="new")["amount"] == 30
    assert row(table, month="2025-12", category="session", scenario="new")["amount"] == 12.5


@pytest.mark.parametrize("period", ["month", "year"])
@pytest.mark.parametrize(
    "by",
    [("level",), ("category",), ("fixed",), ("payer",), ("payer", "level"), ("level", "fixed", "payer"), EVERY],
)
def test_dimensions_add_up_to_the_whole(by: tuple[str, ...], period: Any) -> None:
    whole = budget_impact(study(), "base", period, by=())
    parts = budget_impact(study(), "base", period, by=by)
    assert list(parts.columns)[3 : 3 + len(by)] == list(by)
    assert not parts.duplicated(["scenario", period, *by]).any()
    sums = parts.groupby(["scenario", period])[["amount", "difference"]].sum()
    for each in whole.to_dict("records"):
        found = sums.loc[(each["scenario"], each[period])]
        assert found["amount"] == pytest.approx(each["amount"], rel=1e-12)
        if each["scenario"] != "base":
            assert found["difference"] == pytest.approx(each["difference"], rel=1e-12)
    assert (parts.groupby(["scenario", period])["days"].nunique() == 1).all()


def test_the_baseline_may_be_any_of_them() -> None:
    one = budget_impact(study(), "base", "month", by=())
    other = budget_impact(study(), "new", "month", by=())
    assert row(other, month="2025-12", scenario="base")["difference"] == 132
    assert other["amount"].tolist() == one["amount"].tolist()


def test_one_replication_has_no_interval() -> None:
    frame = study()
    table = budget_impact(frame[frame["replication"] == 0], "base", "year", by=())
    assert table["amount"].tolist() == [166, 35, 97, 47]
    assert table[["ci_low", "difference_low"]].isna().all(axis=None)
    assert row(table, year="2025", scenario="new")["difference"] == -131


def test_confidence() -> None:
    wide, narrow = (budget_impact(study(), "base", by=(), confidence=each) for each in (0.95, 0.5))
    # Half the mass of Cauchy lies within 1 of its middle.
    assert (narrow["ci_high"] - narrow["amount"])[0] == pytest.approx(11)
    assert (wide["ci_high"] - wide["amount"])[0] == pytest.approx(11 * T1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"period": "week"}, "period must be month or year, not 'week'"),
        ({"by": ("level", "ward")}, "by must be of level, category, fixed, payer, not ward"),
        ({"by": ("month", "day")}, "not month, day"),
        ({"baseline": "bsae"}, "there is no scenario 'bsae'; there are base, new"),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        budget_impact(study(), **{"baseline": "base", **arguments})


def test_a_budget_without_entries_has_no_rows() -> None:
    table = budget_impact(study().iloc[:0], "base", "year", by=("level",))
    assert table.empty
    assert list(table.columns)[:4] == ["scenario", "year", "days", "level"]


def test_the_frame_is_left_as_it_is() -> None:
    frame = study()
    before = frame.copy()
    budget_impact(frame, "base", "year", by=("level",))
    pd.testing.assert_frame_equal(frame, before)
    assert np.array_equal(frame["amount"], before["amount"])
