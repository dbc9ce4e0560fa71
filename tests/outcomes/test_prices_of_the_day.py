"""Prices that change on a day: what lies before it at the baseline's, what lies behind it at the arm's."""

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outcomes.build import at_random, clinic, records, stay, wait

from sim.outcomes import ledger_frame, metrics, metrics_by_group, whole_ledger
from sim.outcomes.budget import COLUMNS, budget, fixed_costs
from sim.outcomes.contributions import contributions, decomposable
from sim.outcomes.observed import Observed
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, check_changes

PRICES: dict[str, Any] = {
    "levels__residential__cost_per_day": 100.0,
    "levels__residential__cost_per_admission": 500.0,
    "levels__residential__cost_per_session": 70.0,
    "levels__residential__sessions_per_week": 1.0,
    "levels__residential__patient_time_per_day": 3.0,
    "levels__residential__clinical_hours_per_week": 7.0,
    "levels__residential__caseload": 10.0,
    "places__bed__fixed_cost_per_day": 10.0,
    "costs__per_relapse": 1_000.0,
    "costs__productivity__unwell": 40.0,
    "payers": {"state": 0.75, "patient": 0.25},
}
TWICE: dict[str, Any] = {
    **{key: 2 * price for key, price in PRICES.items() if isinstance(price, float)},
    "levels__residential__sessions_per_week": 1.0,
    "levels__residential__caseload": 5.0,
    "payers": {"state": 0.5, "patient": 0.5},
    "utilities__well": 0.5,
}
DAY = 150.0


def arms(**more: Any) -> tuple[Scenario, Scenario]:
    return clinic(**PRICES, **more), clinic(**TWICE, **more)


def seen(day: float = DAY) -> Observed:
    """One patient, who asks on day 110, is in residential care from day 140 to 170, and relapses on day 180."""
    base, dear = arms()
    facts = records(
        base,
        [110.0],
        stays=[stay(0, "residential", 140.0, 170.0)],
        waits=[wait(0, "residential", 110.0, 140.0)],
        spells=[(0, "unwell", 110.0, 140.0), (0, "well", 140.0, 180.0), (0, "unwell", 180.0, 300.0)],
    )
    return Observed(facts, DatedChange(base, dear, day))


def test_a_stay_that_spans_the_day_costs_each_day_at_its_price() -> None:
    found = metrics(seen().records, seen().system)
    expected = {
        "bed_day": 10 * 100 + 20 * 200,
        "session": 10 * 70 / 7 + 20 * 140 / 7,
        "admission": 500,
        "fixed_capacity": 10 * 10 + 20 * 20,
        "patient_time": 10 * 3 + 20 * 6,
        "relapse": 2_000,
        "productivity": 30 * 40 + 30 * 80,
    }
    for category, amount in expected.items():
        assert found[f"cost.category.{category}"] == pytest.approx(amount), category
    # Three quarters of the programme are the state's until the day, and half from then on.
    early = 10 * 100 + 10 * 70 / 7 + 500 + 10 * 10
    late = 20 * 200 + 20 * 140 / 7 + 20 * 20
    assert found["cost.per_patient.payer"] == pytest.approx(0.75 * early + 0.5 * (late + 2_000))
    assert found["cost.per_patient.patient"] == pytest.approx(0.25 * early + 0.5 * (late + 2_000) + 30 + 120)
    assert found["cost.place.bed.fixed"] == pytest.approx(4 * (50 * 10 + 50 * 20))
    assert found["cost.place.bed.idle"] == pytest.approx(4 * (50 * 10 + 50 * 20) - 10 * 10 - 20 * 20)
    assert found["cost.payer.state.total"] == pytest.approx(
        0.75 * (early + 4 * 50 * 10 - 100) + 0.5 * (late + 4 * 50 * 20 - 400)
    )
    assert found["clinical_hours.residential"] == pytest.approx(10 / 7 * 7 + 20 / 7 * 14)
    assert found["fte.residential"] == pytest.approx(0.1 / 10 + 0.2 / 5)
    assert found["qalys.per_patient"] == pytest.approx((10 * 1 + 30 * 0.5 + 60 * 1) / 365.25)


def test_it_is_discounted_from_first_asking() -> None:
    base, dear = arms(discounting={"costs": 0.1, "effects": 0.1})
    alone = {
        key: 0.0 for key in PRICES if key.startswith(("costs", "places")) or key.endswith(("session", "admission"))
    }
    base, dear = (
        each.with_overrides({path.replace("__", "."): value for path, value in alone.items()}) for each in (base, dear)
    )
    change = DatedChange(base, dear, DAY)

    def present(since: float, until: float) -> float:
        force = math.log(1.1) / 365.25
        return (math.exp(-force * since) - math.exp(-force * until)) / force

    found = metrics(seen().records, change)
    expected = 100 * present(30, 40) + 200 * present(40, 60) + 3 * present(30, 40) + 6 * present(40, 60)
    assert found["cost.per_patient_discounted.society"] == pytest.approx(expected)
    lived = present(0, 30) + present(30, 40) + 0.5 * present(40, 70) + present(70, 100)
    assert found["qalys.per_patient_discounted"] == pytest.approx(lived / 365.25)
    assert found["qalys.system_discounted"] == pytest.approx(
        (present(10, 50) + 0.5 * present(50, 80) + present(80, 100)) / 365.25
    )


def test_the_budget_and_its_fixed_part_are_of_their_months() -> None:
    base, dear = (each.with_overrides({"time.start": date(2025, 1, 1)}) for each in arms())
    change = DatedChange(base, dear, DAY)
    observed = Observed(seen().records, change)
    table = pd.DataFrame(budget(observed), columns=COLUMNS)
    assert table["amount"].sum() == pytest.approx(metrics(observed.records, change)["cost.total"])
    days = table[(table["category"] == "bed_day")].groupby(["month", "payer"])["amount"].sum()
    # Day 140 is 21 May, day 150 is 31 May, day 170 is 20 June.
    assert days["2025-05", "state"] == pytest.approx(0.75 * 1_000 + 0.5 * 200)
    assert days["2025-06", "state"] == pytest.approx(0.5 * 19 * 200)
    fixed = fixed_costs(change).set_index(["month", "place"])["amount"]
    assert fixed["2025-05", "bed"] == pytest.approx(4 * (30 * 10 + 20))
    assert fixed["2025-06", "bed"] == pytest.approx(4 * 30 * 20)
    assert fixed.sum() == pytest.approx(metrics(observed.records, change)["cost.place.bed.fixed"])


def test_the_ledger_has_an_entry_before_the_day_and_one_from_it_on() -> None:
    frame = ledger_frame(whole_ledger(seen()), seen())
    days = frame[frame["category"] == "bed_day"]
    assert days[["day", "until", "payer", "amount"]].to_numpy().tolist() == [
        [140.0, 150.0, "state", 750.0],
        [140.0, 150.0, "patient", 250.0],
        [150.0, 170.0, "state", 2_000.0],
        [150.0, 170.0, "patient", 2_000.0],
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_change_before_all_is_the_arm_and_one_after_all_the_baseline(seed: int) -> None:
    """To the bit: the same entries, added up in the same way."""
    more = {"discounting": {"costs": 0.03, "effects": 0.03}}
    base, dear = arms(**more)
    facts = at_random(base, 60, seed)
    for day, own in ((100.0, dear), (300.0, base)):
        found, expected = metrics(facts, DatedChange(base, dear, day)), metrics(facts, own)
        assert found.keys() == expected.keys()
        for name, value in found.items():
            assert np.array_equal(value, expected[name], equal_nan=True), (name, value, expected[name])


@pytest.mark.parametrize("seed", range(3))
def test_twice_the_prices_from_a_day_on_add_what_is_spent_from_then_on(seed: int) -> None:
    """What falls behind the day, by an account of its own: the same ledger, clipped."""
    base = clinic(**PRICES)
    doubled = {key: 2 * value for key, value in PRICES.items() if isinstance(value, float)}
    for kept in ("sessions_per_week", "caseload", "clinical_hours_per_week"):
        doubled[f"levels__residential__{kept}"] = PRICES[f"levels__residential__{kept}"]
    dear = clinic(**doubled, payers=PRICES["payers"])
    facts = at_random(base, 60, seed)
    alone = Observed(facts, base)
    later = whole_ledger(alone).clipped(DAY, math.inf).total()
    both = whole_ledger(Observed(facts, DatedChange(base, dear, DAY))).total()
    assert both == pytest.approx(whole_ledger(alone).total() + later, rel=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_what_each_patient_contributes_adds_up_to_the_metric(seed: int) -> None:
    base, dear = arms(population={"sex": {"men": 1.0, "women": 0.0}}, discounting={"costs": 0.03, "effects": 0.03})
    observed = Observed(at_random(base, 60, seed), DatedChange(base, dear, DAY))
    told = metrics(observed.records, observed.system)
    for name in decomposable(observed.scenario):
        if name.startswith(("cost.", "qalys.")):
            assert contributions(observed, name)["value"].sum() == pytest.approx(told[name], rel=1e-9), name
    group = metrics_by_group(observed, ["sex"])["men"]
    assert group["cost.per_patient.payer"] == told["cost.per_patient.payer"]
    assert group["qalys.per_patient"] == told["qalys.per_patient"]


LOOKED_UP = {"every_days": 30.0, "found_share": 0.5, "linked_share": 0.5, "cost_per_checkup": 20.0}


def test_what_may_not_change_within_the_window_is_said() -> None:
    base, dear = (each.with_overrides({"checkups": LOOKED_UP, "costs.per_death": 500.0}) for each in arms())
    check_changes({"base": base, "dear": dear}, DAY)
    others = {
        "checkups, which only test states": {"checkups": None},
        "costs.per_death, which only test states": {"costs.per_death": 0.0},
        "death": {"death": {"unwell": 3.0}},
        "utilities, which only one of the two states": {"utilities": None},
        "levels.iop.round_the_clock": {"levels.iop.round_the_clock": True},
        "levels.residential.caseload, which only one": {"levels.residential.caseload": None},
        "the payer state, whom only test has": {"payers": {"county": 1.0}},
    }
    elsewhere = {"costs.payers": {"relapse": {"state": 1.0}}, "payers": {"county": 1.0}}
    others["the payer state, whom only"] = elsewhere  # Not for what the programme spends.
    for message, changed in others.items():
        other = base.with_overrides(changed)
        check_changes({"base": base, "other": other}, 100.0)
        with pytest.raises(ValueError, match=message):
            check_changes({"base": base, "other": other}, DAY)
    check_changes(
        {"base": base, "other": base.with_overrides({"payers": {"county": 1.0, "state": 0.0, "patient": 0.0}})}, DAY
    )
