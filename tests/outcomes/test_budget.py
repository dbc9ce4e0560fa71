"""The budget by calendar month: the calendar, a case worked out by hand, and that it adds up to the metrics."""

import calendar
import math
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes.build import at_random, clinic, records, stay
from outcomes.test_cost import MORE_PRICES, priced
from random_scenarios import build, descriptions

from sim.model import replicate
from sim.outcomes import Observed, budget, metrics
from sim.outcomes.budget import COLUMNS, fixed_costs, months
from sim.scenario import Scenario, load_scenario
from sim.scenario.schema import Time


def table(observed: Observed) -> pd.DataFrame:
    """The budget, as a result has it but for the number of the replication."""
    return pd.DataFrame(budget(observed), columns=COLUMNS)


def starting(day: str) -> Time:
    return Time(start=date.fromisoformat(day), follow_up_days=100)


@pytest.mark.parametrize(
    ("day", "start", "end", "expected"),
    [
        # A leap year, a common one, and one that is divisible by 100 and yet none.
        ("2024-01-15", 0, 60, [("2024-01", 0, 17), ("2024-02", 17, 46), ("2024-03", 46, 60)]),
        ("2025-01-15", 0, 60, [("2025-01", 0, 17), ("2025-02", 17, 45), ("2025-03", 45, 60)]),
        ("2100-02-01", 0, 30, [("2100-02", 0, 28), ("2100-03", 28, 30)]),
        # The end of a year.
        ("2024-12-30", 0, 4.5, [("2024-12", 0, 2), ("2025-01", 2, 4.5)]),
        # A window that begins and ends on the first of a month has no empty month.
        ("2025-01-01", 31, 59, [("2025-02", 31, 59)]),
        ("2025-03-01", 0, 31, [("2025-03", 0, 31)]),
        # In the middle of a month, and of a day: the last day of January, and of the year.
        ("2025-01-01", 30.75, 31.25, [("2025-01", 30.75, 31), ("2025-02", 31, 31.25)]),
        ("2025-01-01", 364.999, 365.001, [("2025-12", 364.999, 365), ("2026-01", 365, 365.001)]),
        ("2025-01-01", 10.5, 10.75, [("2025-01", 10.5, 10.75)]),
    ],
)
def test_months(day: str, start: float, end: float, expected: list[tuple[str, float, float]]) -> None:
    assert months(starting(day), start, end) == expected


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    day=st.dates(date(1999, 1, 1), date(2105, 1, 1)),
    start=st.floats(0, 900) | st.integers(0, 900).map(float),
    length=st.floats(0.01, 900) | st.integers(1, 900).map(float),
)
def test_months_of_any_window(day: date, start: float, length: float) -> None:
    found = months(Time(start=day, follow_up_days=1), start, start + length)
    assert (found[0][1], found[-1][2]) == (start, start + length)
    assert all(one[2] == other[1] for one, other in pairwise(found))
    assert len({name for name, *_ in found}) == len(found)
    for name, a, b in found:
        first, after = date.fromisoformat(f"{name}-01"), calendar.monthrange(int(name[:4]), int(name[5:]))[1]
        begins = (first - day).days
        assert begins <= a < b <= begins + after
        assert f"{day + timedelta(days=int(a)):%Y-%m}" == name


TIME = {"start": "2025-01-11", "warm_up_days": 100, "recruitment_days": 20, "follow_up_days": 100}
"""Day 110 is the first of May, so the window has ten days of April and ten of May."""


def test_two_months_by_hand() -> None:
    here = priced(time=TIME)
    stays = [stay(0, "residential", 105, 115), stay(1, "iop", 90, 112), stay(1, "detox", 300, 310)]
    found = table(Observed(records(here, [100.0, 80.0], stays=stays), here))
    assert list(found.columns) == COLUMNS
    assert found[["month", "days"]].drop_duplicates().to_numpy().tolist() == [["2025-04", 10.0], ["2025-05", 10.0]]

    # Half of the ten days in bed in each month, the admission in April; 10 and 2 days of IOP. All beds are for
    # residential care, as nobody is in detox within the window.
    spent = {
        ("residential", "bed_day", False): (1_000, 1_000),
        ("residential", "admission", False): (50, 0),
        ("residential", "fixed_capacity", True): (10 * (4 * 10 + 2 * 5), 500),
        ("iop", "bed_day", False): (600, 120),
        ("iop", "fixed_capacity", True): (10 * 3 * 2, 60),
    }
    bearers = {"residential": {"medicaid": 0.75, "patient": 0.25}, "iop": {"insurer": 1.0}}
    expected = {
        (month, level, category, fixed, payer): amounts[position] * share
        for position, month in enumerate(("2025-04", "2025-05"))
        for (level, category, fixed), amounts in spent.items()
        for payer, share in bearers[level].items()
    }
    keys = ["month", "level", "category", "fixed", "payer"]
    rows = {tuple(row[name] for name in keys): row["amount"] for row in found.to_dict("records") if row["amount"]}
    assert rows == pytest.approx({key: amount for key, amount in expected.items() if amount}, rel=1e-12)
    detox = found[found["level"] == "detox"]
    assert set(detox["amount"]) <= {0.0}
    # Every kind of spending has a row in each month.
    assert (found.groupby(keys[1:])["month"].nunique() == 2).all()
    assert not found.duplicated(keys).any()


def check_adds_up(observed: Observed) -> None:
    numbers, found = metrics(observed.records, observed.scenario), table(observed)
    close: dict[str, Any] = {"rel": 1e-12, "abs": 1e-12}
    assert math.fsum(found["amount"]) == pytest.approx(numbers["cost.total"], **close)
    for name, value in numbers.items():
        if name.startswith("cost.payer."):
            payer = name.removeprefix("cost.payer.").removesuffix(".total")
            assert math.fsum(found.loc[found["payer"] == payer, "amount"]) == pytest.approx(value, **close), name
    for level in observed.scenario.levels:
        here = found[found["level"] == level]
        assert math.fsum(here["amount"]) == pytest.approx(numbers[f"cost.{level}.total"], **close)
        fixed = here.loc[here["fixed"].astype(bool), "amount"]
        assert math.fsum(fixed) == pytest.approx(numbers[f"cost.{level}.fixed"], **close)
    spans = found[["month", "days"]].drop_duplicates()
    if len(found):
        assert not spans["month"].duplicated().any()
        assert spans["days"].sum() == pytest.approx(observed.window_days, rel=1e-12)


OTHERS: dict[str, Any] = {
    "places.meal.kind": "housing",
    "places.van": {"capacity": 1, "fixed_cost_per_day": 7.0},
    "places.bed.changes": [{"from_day": 133.3, "capacity": 7}],
    "costs.payers": {"housing": {"county": 0.5, "patient": 0.5}, "bed_day": {"state": 1.0}},
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "time",
    [
        {"start": "2023-12-20", "warm_up_days": 5.5, "recruitment_days": 400.25, "follow_up_days": 30},
        {"start": "2025-01-06", "warm_up_days": 100, "recruitment_days": 100, "follow_up_days": 100},
        {"start": "2025-03-01", "warm_up_days": 0, "recruitment_days": 0.5, "follow_up_days": 10},
    ],
)
def test_amounts_add_up_to_the_budget_by_level_and_payer(seed: int, time: dict[str, Any]) -> None:
    here = priced(time=time, **MORE_PRICES, **{"discounting.costs": 0.05}).with_overrides(OTHERS)
    check_adds_up(Observed(at_random(here, 150, seed), here))


@settings(max_examples=20)
@given(description=descriptions())
def test_adds_up_whatever_the_scenario(description: dict[str, Any]) -> None:
    here = build(description)
    check_adds_up(Observed(replicate(here, 5, 0), here))


def test_fixed_is_what_places_cost_occupied_or_not() -> None:
    here = priced(**MORE_PRICES).with_overrides(OTHERS)
    found = table(Observed(at_random(here, 150, 1), here))
    fixed = found["fixed"].astype(bool)
    assert set(found.loc[fixed, "category"]) == {"fixed_capacity", "housing"}
    assert set(found.loc[~fixed, "category"]) == {"bed_day", "session", "admission"} & set(found["category"])
    van = found[found["level"].isna()]
    assert van["fixed"].all()
    assert math.fsum(van["amount"]) == pytest.approx(700, rel=1e-12)
    assert set(van["payer"]) == {"medicaid", "patient"}
    empty = table(Observed(records(here, []), here))
    assert empty["fixed"].all()
    assert math.fsum(empty["amount"]) == pytest.approx(metrics(records(here, []), here)["cost.total"], rel=1e-12)


def test_only_the_programme_is_in_its_budget_and_nothing_is_discounted() -> None:
    here = priced(**MORE_PRICES)
    facts = at_random(here, 150, 2)
    found = table(Observed(facts, here))
    assert not set(found["category"]) & {"relapse", "other_health_care", "patient_time", "productivity"}
    discounted = here.with_overrides({"discounting.costs": 0.1})
    assert table(Observed(facts, discounted))["amount"].tolist() == found["amount"].tolist()


def test_nothing_costs_nothing() -> None:
    here: Scenario = clinic()
    found = table(Observed(at_random(here, 50, 1), here))
    assert list(found.columns) == COLUMNS
    assert found.empty


def test_capacity_that_changes_costs_what_it_is_in_each_month() -> None:
    """Four beds in April, six from the first of May on; nobody there, so detox and residential care share them."""
    here = priced(time=TIME).with_overrides({"places.bed.changes": [{"from_day": 110, "capacity": 6}]})
    found = table(Observed(records(here, []), here))
    beds = found[found["level"] == "detox"].groupby("month")["amount"].sum()
    assert beds.to_dict() == pytest.approx({"2025-04": 10 * 4 * 10 / 2, "2025-05": 10 * 6 * 10 / 2}, rel=1e-12)
    assert np.allclose(found.groupby("month")["days"].first(), 10)


def test_the_fixed_cost_of_places_counts_capacity_as_it_was() -> None:
    """Ten seats until day 20, four to day 60, at 5 a day: 5 (20 * 10 + 40 * 4) = 1,800. February begins on day 31."""
    here = load_scenario(
        {
            "name": "seats",
            "time": {"start": "2025-01-01", "recruitment_days": 60, "follow_up_days": 30},
            "arrivals": {"per_day": 1.0},
            "entry": [{"to": {"day": 1.0}}],
            "places": {
                "seats": {"capacity": 10, "fixed_cost_per_day": 5.0, "changes": [{"from_day": 20, "capacity": 4}]},
                "free": {"capacity": 3},
            },
            "levels": {"day": {"places": ["seats"], "length_of_stay": {"distribution": "fixed", "value": 5}}},
        }
    )
    found = fixed_costs(here)
    assert set(found["place"]) == {"seats"}
    by_month = {"2025-01": 5 * (20 * 10 + 11 * 4), "2025-02": 5 * 28 * 4, "2025-03": 5 * 4}
    assert found.set_index("month")["amount"].to_dict() == by_month
    assert found["amount"].sum() == metrics(replicate(here, 1, 0), here)["cost.place.seats.fixed"] == 1800
