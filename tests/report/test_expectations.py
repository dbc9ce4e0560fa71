"""Whether a hypothesis held."""

import math
from typing import Any

import pytest
from support import exponential, scenario

import sim
from sim.outcomes import read_problems
from sim.report.expectations import expectations, verdict_of
from sim.scenario.schema import Read


@pytest.mark.parametrize(
    ("low", "high", "wanted", "found"),
    [
        (1.0, 2.0, {"low": 1.0, "high": 2.0}, "held"),
        (1.0, 2.1, {"low": 1.0, "high": 2.0}, "cannot be told"),
        (0.9, 2.0, {"low": 1.0, "high": 2.0}, "cannot be told"),
        (2.1, 3.0, {"low": 1.0, "high": 2.0}, "did not hold"),
        (-3.0, 0.9, {"low": 1.0, "high": 2.0}, "did not hold"),
        (-9.0, -1.0, {"high": -1.0}, "held"),
        (-0.9, 4.0, {"high": -1.0}, "did not hold"),
        (0.0, 4.0, {"low": 0.0}, "held"),
        (math.nan, math.nan, {"low": 0.0}, "cannot be told"),
        (0.0, 1.0, {}, ""),
    ],
)
def test_a_range_holds_all_none_or_some_of_the_interval(
    low: float, high: float, wanted: dict[str, float], found: str
) -> None:
    assert verdict_of(low, high, Read(metric="days_well", **wanted)) == found


def test_a_line_has_the_number_in_the_units_people_read() -> None:
    """Stays of exactly 10 and 8 days, so that the numbers are known."""
    base = scenario(
        {"ward": {"length_of_stay": {"distribution": "fixed", "value": 10}}},
        population={"severity": {"mild": 0.5, "severe": 0.5}},
    )
    reads: list[dict[str, Any]] = [
        {"metric": "length_of_stay.ward.mean", "low": -3.0, "high": -1.0},
        {"metric": "length_of_stay.ward.mean", "of": "relative", "low": -0.1, "high": 0.0},
        {"metric": "discharges.ward.completed", "of": "level", "low": 0.9},
        {"metric": "days_in_care", "group": {"severity": "mild"}, "high": 0.0},
        {"metric": "days_in_care", "of": "level"},
    ]
    shorter = base.with_overrides(
        {"compared_with": "base", "reads": reads, "levels.ward.length_of_stay": {"distribution": "fixed", "value": 8}}
    )
    study = sim.compare({"base": base, "shorter": shorter}, replications=3)
    lines = expectations(study.results["shorter"], study.results["base"])
    assert lines[0] == "`length_of_stay.ward.mean`: -2 days (-2 to -2); expected -3 to -1: **held**"
    assert lines[1] == "`length_of_stay.ward.mean`: -20 % (-20 to -20); expected -10 to 0: **did not hold**"
    assert lines[2] == "`discharges.ward.completed`: 100 % (100 to 100); expected at least 90: **held**"
    assert lines[3] == "`days_in_care` of severity = mild: -2 days (-2 to -2); expected at most 0: **held**"
    assert lines[4].endswith("days (8 to 8); no size was expected")


def test_what_is_read_must_exist() -> None:
    base = scenario({"ward": {"length_of_stay": exponential(8)}}, population={"severity": {"mild": 1.0}})
    reads = [
        {"metric": "wait.wards.mean"},
        {"metric": "wait.ward.mean", "group": {"severity": "mild"}, "low": 2.0, "high": 1.0},
        {"metric": "days_in_care", "group": {"severity": "medium"}},
        {"metric": "days_in_care", "of": "level", "group": {"severity": "mild"}},
    ]
    found = read_problems(base.with_overrides({"reads": reads, "compared_with": "base"}))
    assert [problem.path for problem in found] == [
        "reads.0.metric",
        "reads.1.group",
        "reads.1.low",
        "reads.2.group.severity",
    ]
    assert "wait.ward.mean" in found[0].hint
    assert [problem.path for problem in read_problems(base.with_overrides({"reads": reads[:1] + reads[3:]}))] == [
        "reads.0.metric",
        "reads.0.of",
    ]


def test_a_change_needs_something_to_be_a_change_from() -> None:
    alone = scenario({"ward": {"length_of_stay": exponential(8)}}).with_overrides(
        {"compared_with": "base", "reads": [{"metric": "days_well", "high": 3.0}]}
    )
    with pytest.raises(ValueError, match="days_well is read as a change, but there is no scenario"):
        expectations(sim.run(alone, replications=2), None)


def test_replications_without_the_outcome_do_not_count() -> None:
    """One admission in ten days at the most: in some futures nobody is, so that there is no mean wait."""
    rare = scenario(
        {"ward": {"length_of_stay": exponential(8)}},
        arrivals={"per_day": 0.1},
        time={"recruitment_days": 10, "follow_up_days": 10},
    )
    reads = [{"metric": "length_of_stay.ward.mean", "of": "relative", "low": -0.1, "high": 0.1}]
    same = rare.with_overrides({"compared_with": "base", "reads": reads})
    study = sim.compare({"base": rare, "same": same}, replications=12)
    assert study.results["same"].metrics.query("metric == 'length_of_stay.ward.mean'")["value"].isna().any()
    (line,) = expectations(study.results["same"], study.results["base"])
    assert line.endswith("expected -10 to +10: **held**")
