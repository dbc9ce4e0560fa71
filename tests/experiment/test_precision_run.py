"""Replications until a precision is reached: when it stops, what it says, and which groups are asked for."""

import math
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pandas as pd
import pytest
from experiment.systems import small
from support import simulated_once

import sim
from sim.analysis import parse_precision, replications_needed
from sim.scenario import Scenario


@pytest.fixture(scope="module", autouse=True)
def _once() -> Iterator[None]:
    with simulated_once():
        yield


def bigger(beds: int = 8) -> Scenario:
    return small().with_overrides({"places.beds.capacity": beds})


def values(result: sim.Result, metric: str) -> Any:
    return result.metrics.loc[result.metrics["metric"] == metric, "value"].to_numpy()


@cache
def hundred() -> sim.Result:
    return sim.run(small(), replications=100, seed=6, by=())


def stops_after(needed: int) -> int:
    """The first look at which so many replications and five more are there; looks come every ten."""
    return math.ceil((needed + 5) / 10) * 10


@pytest.mark.parametrize(("metric", "text"), [("cost.total", "3%"), ("days_well", "0.7")])
def test_it_goes_on_until_the_mean_is_precise(metric: str, text: str) -> None:
    wanted = parse_precision(f"{metric}={text}")
    result = sim.run(small(), seed=6, precision=[wanted])
    all_values = values(hundred(), metric)
    needed = replications_needed(all_values, wanted.half_width, relative=wanted.relative)
    assert needed is not None
    assert needed > 10
    assert result.replications == stops_after(needed) < 100
    (reached,) = result.reached
    assert (reached.precision, reached.replications) == (wanted, needed)
    row = result.summary().set_index("metric").loc[metric]
    half = (row["ci_high"] - row["ci_low"]) / 2
    assert half <= wanted.half_width * (abs(row["mean"]) if wanted.relative else 1) * 1.05


def test_the_number_of_replications_does_not_depend_on_workers() -> None:
    wanted = [parse_precision("cost.total=4%")]
    one, two = (sim.run(small(), seed=6, precision=wanted, workers=workers) for workers in (1, 2))
    assert one.reached == two.reached
    assert one.replications > 10
    pd.testing.assert_frame_equal(one.metrics, two.metrics, check_exact=True)
    pd.testing.assert_frame_equal(one.daily, two.daily, check_exact=True)
    pd.testing.assert_frame_equal(one.budget, two.budget, check_exact=True)


def test_what_is_run_is_what_would_have_been_run_without() -> None:
    result = sim.run(small(), seed=6, precision=[parse_precision("cost.total=20%")], keep_records=True)
    assert result.replications == 10
    plain = sim.run(small(), replications=10, seed=6, keep_records=True)
    for table in ("metrics", "groups", "budget", "daily", "stays"):
        pd.testing.assert_frame_equal(getattr(result, table), getattr(plain, table), check_exact=True)
    assert plain.reached == ()


def test_nothing_is_simulated_beyond_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.experiment import replications as module

    calls: list[int] = []
    replicate = module.replicate
    monkeypatch.setattr(module, "replicate", lambda *task: calls.append(task[2]) or replicate(*task))
    result = sim.run(small(), seed=6, precision=[parse_precision("cost.total=4%")])
    assert calls == list(range(result.replications))


@pytest.mark.parametrize("most", [7, 10, 12])
def test_where_the_most_allowed_are_not_enough(most: int) -> None:
    wanted = parse_precision("cost.total=0.01%")
    result = sim.run(small(), replications=most, seed=6, precision=[wanted])
    assert result.replications == most
    (reached,) = result.reached
    assert reached.replications is None
    assert reached.precision == wanted


def test_without_a_limit_of_ones_own_it_ends_at_the_default_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("sim.experiment.run"), "MOST_REPLICATIONS", 23)
    result = sim.run(small(), precision=[parse_precision("cost.total=0.01%")])
    assert (result.replications, result.reached[0].replications) == (23, None)


def test_every_precision_must_be_reached() -> None:
    texts = ("cost.total=20%", "cost.total=4%", "arrivals=20%")
    result = sim.run(small(), seed=6, precision=[parse_precision(text) for text in texts])
    each = [found.replications for found in result.reached]
    assert [found.precision.half_width for found in result.reached] == [0.2, 0.04, 0.2]
    assert None not in each
    assert result.replications == stops_after(max(number for number in each if number))
    assert each[0] < each[1]
    partly = sim.run(
        small(), replications=10, seed=6, precision=[parse_precision(t) for t in ("arrivals=20%", texts[1])]
    )
    assert [found.replications is None for found in partly.reached] == [False, True]


def test_a_comparison_needs_precise_differences_not_means() -> None:
    """Two scenarios that are the same never differ, however far their means are from precise."""
    wanted = parse_precision("cost.total=1")
    same = sim.compare({"a": small(), "b": small()}, seed=6, precision=[wanted])
    assert (same.replications, same.reached[0].replications) == (10, 3)
    alone = sim.compare({"a": small()}, replications=20, seed=6, precision=[wanted])
    assert (alone.replications, alone.reached[0].replications) == (20, None)


def test_every_difference_from_the_baseline_must_be_precise() -> None:
    wanted = parse_precision("days_well=1.0")
    arms = {"base": small(), "same": small(), "bigger": bigger(), "huge": bigger(30)}
    study = sim.compare(arms, seed=6, precision=[wanted])
    all_values = sim.compare(arms, replications=80, seed=6, by=())
    base = values(all_values.results["base"], "days_well")
    needed = [
        replications_needed(values(all_values.results[label], "days_well") - base, 1.0, relative=False)
        for label in ("same", "bigger", "huge")
    ]
    assert needed[0] == 3
    assert None not in needed
    assert len(set(needed)) == 3
    most = max(number for number in needed if number)
    assert study.reached[0].replications == most
    assert study.replications == stops_after(most)
    assert {result.replications for result in study.results.values()} == {study.replications}


def test_progress_counts_up_to_what_was_run() -> None:
    told: list[tuple[int, int]] = []
    wanted = [parse_precision("cost.total=50%")]
    sim.compare({"a": small(), "b": small()}, seed=6, precision=wanted, progress=lambda *each: told.append(each))
    assert told == [(n, 2_000) for n in range(1, 21)]


@pytest.fixture
def nothing_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("simulated in vain")

    monkeypatch.setattr("sim.experiment.replications.replicate", never)


@pytest.mark.usefixtures("nothing_is_simulated")
def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"^there is no metric 'cost.totl'\. Did you mean cost\.total\?"):
        sim.run(small(), precision=[parse_precision("cost.total=5%"), parse_precision("cost.totl=5%")])
    levels = {"clinic": {"length_of_stay": {"distribution": "fixed", "value": 5.0}}}
    other = small().with_overrides({"levels": levels, "entry": [{"to": {"clinic": 1.0}}]})
    with pytest.raises(ValueError, match=r"there is no metric 'wait.ward.mean' in other\. "):
        sim.compare({"a": small(), "other": other}, precision=[parse_precision("wait.ward.mean=1")])


# --- by ---


def groupings(result: sim.Result) -> list[str]:
    return list(dict.fromkeys(result.groups["by"]))


TWO = {"severity": {"mild": 0.4, "severe": 0.6}, "housing": {"stable": 0.5, "none": 0.5}}


def test_outcomes_by_every_attribute_unless_others_are_asked_for() -> None:
    system = small(population=TWO)
    assert groupings(sim.run(system, replications=1)) == ["severity", "housing"]
    assert groupings(sim.run(system, replications=1, by=())) == []
    assert groupings(sim.run(system, replications=1, by=["housing"])) == ["housing"]
    crossed = sim.run(system, replications=2, by=["severity x housing", "housing", "severity x  housing"])
    assert groupings(crossed) == ["severity x housing", "housing"]
    assert not crossed.groups.duplicated(["replication", "by", "group", "metric"]).any()
    assert list(crossed.groups.columns) == ["replication", "by", "group", "metric", "value"]
    assert crossed.groups["replication"].unique().tolist() == [0, 1]


def test_groups_never_change_the_metrics() -> None:
    system = small(population=TWO)
    frames = [sim.run(system, replications=2, by=by).metrics for by in (None, (), ["severity x housing"])]
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0], check_exact=True)


def test_an_attribute_that_a_scenario_lacks_is_left_out_there() -> None:
    arms = {"a": small(), "b": small(population=TWO)}
    study = sim.compare(arms, replications=1, by=["severity", "housing", "severity x housing"])
    assert groupings(study.results["a"]) == ["severity"]
    assert groupings(study.results["b"]) == ["severity", "housing", "severity x housing"]


@pytest.mark.usefixtures("nothing_is_simulated")
@pytest.mark.parametrize(
    ("by", "message"),
    [
        (["severty"], r"there is no attribute 'severty' to group by\. Did you mean severity\?"),
        (["severity", "severity x age"], "there is no attribute 'age' to group by"),
        (["severity x severity"], "group by one attribute, or by two different ones"),
    ],
)
def test_an_attribute_that_no_scenario_has_is_refused(by: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sim.run(small(), by=by)
    with pytest.raises(ValueError, match=message):
        sim.compare({"a": small(), "b": bigger()}, by=by)
