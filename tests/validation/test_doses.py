"""Doses: planned stays of some lengths in the same people."""

import pytest

import sim
from sim.experiment.run import compare
from sim.scenario import Scenario
from sim.validation import doses as module
from sim.validation.doses import METRICS, dose_arm, doses


@pytest.fixture(scope="module")
def base() -> Scenario:
    return sim.load_scenario("base")


def test_an_arm_is_residential_care_of_that_plan_and_nothing_after(base: Scenario) -> None:
    arm = dose_arm(base, 21)
    assert [rule.to for rule in arm.entry] == [{"residential": 1.0}]
    level = arm.levels["residential"]
    assert level.length_of_stay.expected() == 21
    assert level.review_every_days is None
    assert level.next == ()
    # 83 a day and 120 for the bed; idle beds, of which there are enough for everyone, cost nothing.
    assert level.cost_per_day == 203
    assert {place.fixed_cost_per_day for place in arm.places.values()} == {0.0}
    assert level.dropout == base.levels["residential"].dropout


def test_doses_read_the_metrics_of_each_plan(base: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PLANNED", (1, 21))
    monkeypatch.setattr(module, "PEOPLE", 300)
    monkeypatch.setattr(module, "REPLICATIONS", 3)
    short, long = doses(base)
    assert (short.planned, long.planned) == (1, 21)
    assert short.reads.keys() == METRICS.keys()
    assert short.reads["actual stay"].mean <= 1
    assert 1 < long.reads["actual stay"].mean < 21
    assert long.reads["completed"].mean < short.reads["completed"].mean
    assert long.reads["days in care"].low < long.reads["days in care"].mean < long.reads["days in care"].high
    arms = {"1": dose_arm(base, 1), "21": dose_arm(base, 21)}
    table = compare(arms, 3, module.SEED, by=()).summary().set_index(["scenario", "metric"])
    for planned, dose in (("1", short), ("21", long)):
        for name, metric in METRICS.items():
            row = table.loc[(planned, metric)]
            assert (dose.reads[name].mean, dose.reads[name].low) == pytest.approx((row["mean"], row["ci_low"]))
