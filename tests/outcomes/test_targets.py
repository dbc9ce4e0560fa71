"""What targets are of: metrics, days and months whose values are known, and what is told of those that cannot be."""

import math
from typing import Any

import pytest
from support import cohort, fixed, scenario

import sim
from sim.outcomes import describe, metric_names, metric_table, target_problems
from sim.scenario import Scenario, ScenarioError

SOURCE = {"source": "our own list"}


def known(targets: dict[str, dict[str, Any]], **parts: Any) -> Scenario:
    """A hundred people who stay for exactly 10 days, from 1 March on; at 5 a day each."""
    described: dict[str, Any] = {
        **cohort(100, 60.0),
        "time": {"start": "2025-03-01", "follow_up_days": 60.0},
        "population": {"severity": {"mild": 0.5, "severe": 0.5}},
        "targets": {name: {**SOURCE, **target} for name, target in targets.items()},
    }
    return scenario({"ward": {"length_of_stay": fixed(10), "cost_per_day": 5.0}}, **{**described, **parts})


@pytest.mark.parametrize(
    ("target", "unit", "mean"),
    [
        ({"metric": "length_of_stay.ward.mean"}, "days", 10.0),
        ({"metric": "days_in_care", "group": {"severity": "mild"}}, "days", 10.0),
        ({"metric": "retention", "day": 9.5}, "share", 1.0),
        ({"metric": "ward", "day": 10.5}, "share", 0.0),
        ({"metric": "outside care, unwell", "day": 10.5, "group": {"severity": "severe"}}, "share", 0.0),
        ({"metric": "census.ward", "month": "2025-03"}, "people", 100 * 10 / 31),
        ({"metric": "asks.all", "month": "2025-03"}, "asks", 100.0),
        ({"metric": "asks.all", "month": "2025-04"}, "asks", 0.0),
        ({"metric": "wait.ward", "month": "2025-04"}, "days", 0.0),
        ({"metric": "budget", "month": "2025-03"}, "USD", 5_000.0),
    ],
)
def test_values_that_are_known(target: dict[str, Any], unit: str, mean: float) -> None:
    described = known({"it": {**target, "value": mean, "tolerance": 0.01}})
    (row,) = sim.run(described, replications=2).targets().to_dict("records")
    assert (row["target"], row["unit"], row["verdict"], row["outside_by"]) == ("it", unit, "within", 0.0)
    assert row["mean"] == pytest.approx(mean)
    assert "target.it" in metric_names(described)
    assert metric_table(described).set_index("metric")["unit"]["target.it"] == unit


def test_a_curve_is_what_the_metric_of_that_day_is() -> None:
    described = known(
        {"curve": {"metric": "relapse", "day": 30.0, "low": 0.0}, "metric": {"metric": "relapse.30_days", "low": 0.0}},
        relapse={"median_days": 20.0, "shape": 1.0},
    )
    first, second = sim.run(described, replications=2).targets()["mean"]
    assert first == second > 0.2


@pytest.mark.parametrize(
    ("target", "path", "says"),
    [
        ({"metric": "length_of_stay.wrad.mean"}, "metric", "Did you mean length_of_stay.ward.mean?"),
        ({"metric": "retenton", "day": 3.0}, "metric", "Did you mean retention?"),
        ({"metric": "census.wrad", "month": "2025-03"}, "metric", "Did you mean census.ward?"),
        ({"metric": "retention", "day": 61.0}, "day", "is after follow-up, 60 days"),
        ({"metric": "asks.all", "month": "2025-05"}, "month", "they are from 2025-03 to 2025-04"),
        ({"metric": "queue.ward.mean", "group": {"severity": "mild"}}, "group", "is about the programme"),
        ({"metric": "asks.all", "month": "2025-03", "group": {"severity": "mild"}}, "group", "is about the programme"),
        ({"metric": "days_in_care", "group": {"severity": "midl"}}, "group.severity", "no such attribute"),
    ],
)
def test_what_cannot_be_a_target_is_told_and_not_run(target: dict[str, Any], path: str, says: str) -> None:
    described = known({"it": {**target, "high": 1.0}})
    (problem,) = target_problems(described)
    assert problem.path == f"targets.it.{path}"
    assert says in f"{problem.message}. {problem.hint}"
    assert "target.it" not in metric_names(described)
    with pytest.raises(ScenarioError, match=r"targets\.it"):
        sim.run(described, replications=1)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({}, "states a value, or else low or high or both"),
        ({"value": 1.0, "low": 0.0, "tolerance": 1.0}, "states a value, or else low or high or both"),
        ({"value": 1.0}, "must be above 0"),
        ({"low": 2.0, "high": 1.0}, "must not be above high, 1"),
        ({"low": 2.0, "day": 1.0, "month": "2025-03"}, "of a day or of a month"),
        ({"low": 2.0, "group": {"severity": "mild", "housing": "none"}}, "must be of one attribute"),
        ({"low": 2.0, "month": "March"}, "2025"),
    ],
)
def test_a_target_must_say_one_thing(target: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        known({"it": {"metric": "days_in_care", **target}})
    assert says in str(refused.value) or "targets.it.month" in str(refused.value)


def test_the_family_has_a_description_without_a_scenario() -> None:
    assert describe("target.anything").unit == "of what it is of"


def test_targets_go_with_any_other_input_and_are_no_input_themselves() -> None:
    described = known({"it": {"metric": "days_in_care", "value": 10.0, "tolerance": 1.0}})
    assert described.with_overrides({"name": "Other"}).targets == described.targets
    assert not described.with_overrides({"levels.ward.cost_per_day": 6.0}).targets
    near = described.with_overrides({"targets.it.tolerance": 2.0})
    assert near.targets["it"].ends == (10.0, 10.0)
    assert near.targets["it"].tolerance == 2.0
    assert math.isinf(known({"it": {"metric": "days_in_care", "low": 1.0}}).targets["it"].ends[1])
