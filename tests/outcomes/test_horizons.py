"""Outcomes at several horizons: the same run, seen for so many years after first asking."""

import gc
import math
from functools import cache
from weakref import ref

import pytest
from outcomes.build import at_random
from outcomes.test_cost import MORE_PRICES, priced

from sim.model.records import Records
from sim.outcomes import Observed, describe, main_outcomes, metric_names, metrics, metrics_by_groups, metrics_of
from sim.outcomes.contributions import contributions, decomposable
from sim.outcomes.registry import REGISTRY
from sim.report.wording import metric_words
from sim.scenario import Scenario

DISCOUNTED = {"discounting.costs": 0.03, "discounting.effects": 0.05}
DEATH = {"in_care": 50.0, "well": 100.0, "unwell": 300.0, "windows": [{"until_day": 30, "ratio": 3.0}]}


@cache
def followed(days: float) -> Scenario:
    return priced(**MORE_PRICES, **DISCOUNTED).with_overrides(
        {"time.follow_up_days": days, "death": DEATH, "levels.detox.round_the_clock": True}
    )


@cache
def lived(seed: int) -> Records:
    """Records that last for the longest follow-up."""
    return at_random(followed(1_900), 2_000, seed)


@cache
def measured(seed: int, days: float) -> dict[str, float]:
    """By metric, with this follow-up."""
    return metrics(lived(seed), followed(days))


FAMILIES = [metric.name for metric in REGISTRY if metric.by_horizon and "{emergency}" not in metric.name]
"""Of a scenario without emergencies."""


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("years", [1, 5])
def test_a_horizon_is_what_a_follow_up_so_long_would_have_given(seed: int, years: int) -> None:
    longer, shorter = measured(seed, 1_900), measured(seed, 365 * years)
    names = [name for name in longer if name.endswith(f".year_{years}")]
    # Nobody comes to a partial response, so of days in one there is no metric.
    assert len(names) == len(FAMILIES) - 3 + 2 * 4
    for name in names:
        assert longer[name] == shorter[name.removesuffix(f".year_{years}")], name
        assert longer[name] == shorter[name], name
        if longer[name] > 0:
            assert longer[name] != longer[name.removesuffix(f".year_{years}")], name


def test_horizons_end_with_the_follow_up() -> None:
    assert not [name for name in metric_names(followed(364)) if ".year_" in name]
    assert {name.rpartition(".")[2] for name in metric_names(followed(1_825)) if ".year_" in name} == {
        "year_1",
        "year_5",
    }
    lifetime = {name.rpartition(".")[2] for name in metric_names(followed(36_525)) if ".year_" in name}
    assert lifetime == {"year_1", "year_5", "year_10", "year_20"}


def test_what_a_planner_sees_first_has_horizons_only_before_the_last() -> None:
    for days, expected in ((365, set()), (1_825, {"1"}), (3_650, {"1", "5"})):
        shown = main_outcomes([followed(days)])
        assert {name.rpartition("_")[2] for name in shown if ".year_" in name} == expected
        assert len(set(shown)) == len(shown)


def test_each_is_described_and_named() -> None:
    metric = describe("cost.per_patient.society.year_5")
    assert metric.definition.startswith("With a follow-up of 5 x 365 days: Cost per member of the cohort as seen by")
    assert metric.direction == "lower"
    assert metric_words("days_well.year_1") == "days well a person within 1 year"
    assert metric_words("cost.per_patient.payer.year_5") == "cost a person to third-party payers within 5 years"


def test_contributions_add_up_at_each_horizon() -> None:
    facts, described = lived(1), followed(1_900)
    observed = Observed(facts, described)
    numbers = measured(1, 1_900)
    names = [name for name in decomposable(described) if name.endswith(".year_1")]
    assert len(names) == 8 + 2 * 4
    for name in names:
        total = math.fsum(contributions(observed, name)["value"])
        assert total == pytest.approx(numbers[name], rel=1e-9, abs=1e-9), name


def test_records_that_have_been_read_are_gone_at_once() -> None:
    """Not when the collector comes by, which few large arrays hardly ever make it do."""
    system = followed(800)
    facts = at_random(system, 50, 1)
    kept = ref(facts)
    gc.disable()
    try:
        observed = Observed(facts, system)
        metrics_of(observed)
        metrics_by_groups(observed, [(name,) for name in system.population])
        observed.narrowed(observed.cohort).followed_for(300).grouped(observed.groups).followed_for(100)
        del observed, facts
        assert kept() is None
    finally:
        gc.enable()


def test_what_is_shorter_knows_the_whole_when_nobody_else_does() -> None:
    system = followed(800)
    facts = at_random(system, 50, 1)
    observed = Observed(facts, system)
    assert observed.followed_for(300).whole is observed.followed_for(300).followed_for(100).whole is observed
    alone = Observed(facts, system).followed_for(300)
    assert (alone.whole.follow_up, alone.follow_up) == (800, 300)
    assert alone.whole is alone.whole
    assert metrics_of(alone) == metrics_of(observed.followed_for(300))
