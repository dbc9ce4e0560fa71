"""Picking the best scenario: it finds it, spares the others, and says when it cannot."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from experiment.systems import small
from support import simulated_once

import sim
from sim.analysis import kn
from sim.experiment.selection import select
from sim.scenario import Scenario


def beds(count: int) -> Scenario:
    return small().with_overrides({"places.beds.capacity": count})


THREE = {"two": beds(2), "eight": beds(8), "five": beds(5)}


@pytest.fixture(scope="module", autouse=True)
def _once() -> Iterator[None]:
    with simulated_once():
        yield


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each capacity was simulated."""
    from sim.experiment import replications as module

    counted: Counter[int] = Counter()
    replicate = module.replicate

    def counting(scenario: Scenario, *task: Any) -> Any:
        counted[scenario.places["beds"].capacity] += 1
        return replicate(scenario, *task)

    monkeypatch.setattr(module, "replicate", counting)
    return counted


def everything(metric: str, replications: int, seed: int) -> pd.DataFrame:
    """Every scenario in every replication, as columns in their order."""
    metrics = sim.compare(THREE, replications=replications, seed=seed, by=()).metrics
    rows = metrics[metrics["metric"] == metric]
    return rows.pivot(index="replication", columns="scenario", values="value")[list(THREE)]


@pytest.mark.parametrize(
    ("metric", "best", "indifference"),
    [("admitted", "eight", 0.05), ("reneged", "eight", 0.05), ("cost.total", "two", 2_000.0)],
)
def test_the_clearly_best_is_found(metric: str, best: str, indifference: float) -> None:
    """Of what more is better, and of what less is."""
    found = select(THREE, metric, indifference, seed=3)
    assert found.best == best
    assert found.probability == pytest.approx(0.95)
    assert found.table["system"].tolist() == list(THREE)
    means = found.table.set_index("system")["mean"]
    assert means[best] == (means.max() if metric == "admitted" else means.min())


def test_it_is_the_procedure_on_all_values() -> None:
    expected = kn(everything("admitted", 60, 3), 0.02, 0.1, 10, minimise=False)
    found = select(THREE, "admitted", 0.02, probability=0.9, seed=3)
    assert expected.best is not None
    assert (found.probability, found.indifference) == (pytest.approx(0.9), 0.02)
    assert (found.best, found.eliminated, found.replications) == (
        *(expected.best, expected.eliminated, expected.replications),
    )
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_the_worse_are_simulated_no_further(calls: Counter[int]) -> None:
    arms = {"two": beds(2), "eight": beds(8), "nine": beds(9)}
    found = select(arms, "admitted", 0.002, most=50, seed=3)
    assert found.eliminated["two"] <= 20
    assert calls[2] <= 20 < calls[8]
    assert calls[8] == calls[9]


def test_the_first_stage_is_enough_for_a_clear_case(calls: Counter[int]) -> None:
    select(THREE, "admitted", 0.2, seed=3)
    assert calls == {2: 10, 5: 10, 8: 10}


def test_undecided_at_the_cap(calls: Counter[int]) -> None:
    arms = {"two": beds(2), "eight": beds(8), "nine": beds(9)}
    found = select(arms, "admitted", 0.002, most=23, seed=3)
    assert found.best is None
    assert found.replications == 23
    assert found.surviving == ("eight", "nine")
    assert found.table["status"].tolist() == ["eliminated", "surviving", "surviving"]
    assert calls[8] == calls[9] == 23


def test_a_hundredth_of_the_first_mean_is_the_default_difference() -> None:
    first = everything("admitted", 10, 3)["two"].mean()
    stated, default = (select(THREE, "admitted", each, seed=3) for each in (first / 100, None))
    assert default.replications == stated.replications
    pd.testing.assert_frame_equal(default.table, stated.table)
    finer = select(THREE, "cost.total", 1.0, most=40, seed=3)
    assert finer.replications >= select(THREE, "cost.total", most=40, seed=3).replications


def test_workers_never_change_what_is_found() -> None:
    arms = {"two": beds(2), "eight": beds(8), "nine": beds(9)}
    one, two = (select(arms, "admitted", 0.01, most=40, seed=3, workers=workers) for workers in (1, 2))
    assert (one.best, one.eliminated, one.replications) == (two.best, two.eliminated, two.replications)
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)


def test_scenarios_that_are_the_same_are_as_good_as_each_other() -> None:
    found = select({"a": small(), "b": small()}, "admitted", 0.01, seed=3)
    assert (found.best, found.surviving) == ("a", ("a", "b"))


def test_progress_is_told_of_every_replication() -> None:
    told: list[tuple[int, int]] = []
    select(THREE, "admitted", 0.2, most=50, seed=3, progress=lambda *each: told.append(each))
    assert told == [(n, 150) for n in range(1, 31)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "arrivals"}, "arrivals has no better direction: choose a metric of which more, or less, is better"),
        ({"metric": "census.ward.mean"}, "census.ward.mean has no better direction"),
        ({"metric": "admited"}, r"there is no metric 'admited' in two\. Did you mean admitted\?"),
        ({"scenarios": {"only": beds(2)}}, "select needs at least two scenarios"),
        ({"scenarios": {}}, "at least one scenario"),
        ({"scenarios": {"a": beds(2), "b": "base"}}, "b: expected a Scenario"),
        ({"most": 9}, "select needs at least 10 replications, not 9"),
        ({"most": 0}, "replications must be a whole number from 1"),
        ({"probability": 0.0}, "probability must be between .* and 1, not 0"),
        ({"probability": 1.0}, "probability must be between .* and 1, not 1"),
        ({"probability": 95.0}, "probability must be between .* and 1, not 95"),
        ({"seed": -1}, "seed must be"),
        ({"workers": -1}, "workers must be"),
    ],
)
def test_what_cannot_be_selected_is_refused_before_anything_is_simulated(
    change: dict[str, Any], message: str, calls: Counter[int]
) -> None:
    with pytest.raises(ValueError, match=message):
        select(**{"scenarios": THREE, "metric": "admitted", **change})
    assert not calls


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"indifference": 0.0}, "indifference"),
        ({"indifference": -1.0}, "indifference"),
        # With three to choose from, a choice by lot has a probability of a third.
        ({"probability": 0.3}, "probability"),
    ],
)
def test_numbers_out_of_range_are_called_by_the_name_that_they_have_here(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        select(THREE, "admitted", **change)


def test_a_metric_that_is_0_for_the_first_needs_a_stated_difference() -> None:
    """A hundredth of nothing is no difference: the message says what to do."""
    arms = {"a": small(death={}), "b": small(death={}, setback=None)}
    with pytest.raises(ValueError, match="indifference"):
        select(arms, "deaths.share", seed=3)


def test_a_metric_that_is_undefined_somewhere_is_refused() -> None:
    nobody = small(arrivals={"per_day": 0.0})
    with pytest.raises(ValueError, match="nobody has no finite value in replication 1"):
        select({"a": small(), "nobody": nobody}, "admitted", 0.01)
