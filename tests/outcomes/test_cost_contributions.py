"""Costs by patient and place add up to the metric, and lie where the money was spent."""

import math

import pytest
from outcomes.build import records
from outcomes.test_cost import ARRIVED, MORE_PRICES, SPELLS, STAYS, priced

import sim
from sim.model import replicate
from sim.outcomes import Observed, metrics
from sim.outcomes.contributions import contributions, decomposable


def costs(scenario: sim.Scenario) -> list[str]:
    return [name for name in decomposable(scenario) if name.startswith("cost.")]


def test_every_cost_of_patients_adds_up() -> None:
    described = sim.load_scenario("iop_with_housing").with_overrides(
        {
            "time.warm_up_days": 60,
            "time.recruitment_days": 60,
            "time.follow_up_days": 200,
            "costs.per_relapse": 500.0,
            "costs.per_death": 9_000.0,
            "death.unwell": 200.0,
            "levels.residential.first_days": [{"until_day": 5, "cost_per_day": 160}],
            "discounting.later": [{"from_year": 0.2, "costs": 0.01, "effects": 0.0}],
        }
    )
    observed = Observed(replicate(described, 1, 0), described)
    numbers = metrics(observed.records, described)
    names = costs(described)
    assert {"cost.per_patient.payer", "cost.per_patient_discounted.society", "cost.category.housing"} <= set(names)
    assert numbers["cost.category.death"] > 0
    for name in names:
        frame = contributions(observed, name)
        assert set(frame["patient"]) == set(observed.records.patients["patient"][observed.cohort])
        assert math.fsum(frame["value"]) == pytest.approx(numbers[name], rel=1e-10, abs=1e-9), name


def test_money_lies_where_it_was_spent() -> None:
    described = priced(**MORE_PRICES)
    observed = Observed(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)
    frame = contributions(observed, "cost.per_patient.society")
    first = frame[frame["patient"] == 0].set_index(["level", "reason"])["value"] * 2
    assert first["residential", "in care"] == pytest.approx(30 * (200 + 90 + 10 + 5) + 50 + 30 * 1)
    # 40 days in IOP well, then 10 using, the relapse in between.
    assert first["iop", "in care"] == pytest.approx(50 * (60 + 2) + 40 * 1 + 10 * 3 + 1_000 + 10 * 8)
    assert first["outside care", "not yet in care"] == pytest.approx(10 * (3 + 8))
