"""The efficient frontier against published examples, and properties that hold whatever the numbers."""

import math
from itertools import pairwise
from random import Random

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.analysis import cost_effectiveness_table


def table(costs: dict[str, float], effects: dict[str, float]) -> pd.DataFrame:
    return cost_effectiveness_table(costs, effects).set_index("strategy")


def icers(costs: dict[str, float], effects: dict[str, float]) -> dict[str, float]:
    """ICERs of the strategies on the frontier, the first aside."""
    return dict(table(costs, effects)["icer"].dropna().items())  # type: ignore[arg-type]


# The worked example of the R package dampack.
COSTS = {"E": 55_000.0, "D": 35_000.0, "C": 25_000.0, "B": 10_000.0, "A": 12_000.0, "UC": 5_000.0}
EFFECTS = {"E": 5.0, "D": 4.0, "C": 3.0, "B": 2.0, "A": 1.5, "UC": 1.0}


def test_worked_example_with_both_kinds_of_dominance() -> None:
    result = table(COSTS, EFFECTS)
    assert result.index.tolist() == ["UC", "B", "A", "C", "D", "E"]
    assert result["status"].to_dict() == {"UC": "ND", "B": "ND", "A": "D", "C": "ED", "D": "ND", "E": "ND"}
    assert result["icer"].dropna().to_dict() == {"B": 5_000.0, "D": 12_500.0, "E": 20_000.0}
    assert result["incremental_cost"].dropna().to_dict() == {"B": 5_000.0, "D": 25_000.0, "E": 20_000.0}
    assert result["incremental_effect"].dropna().to_dict() == {"B": 1.0, "D": 2.0, "E": 1.0}


def test_columns_and_order() -> None:
    result = cost_effectiveness_table(COSTS, EFFECTS)
    assert list(result.columns) == [
        *("strategy", "cost", "effect", "incremental_cost", "incremental_effect", "icer", "status")
    ]
    assert (result["cost"].diff().dropna() >= 0).all()


def test_hiv_screening_example() -> None:
    """Quality-adjusted life-months as years; the last is dearer and less effective than the one before."""
    costs = dict(zip("abcde", [26_000.0, 27_000.0, 28_020.0, 28_440.0, 29_440.0], strict=True))
    months = [277.25, 277.57, 277.78, 277.83, 277.76]
    effects = {name: value / 12 for name, value in zip("abcde", months, strict=True)}
    assert icers(costs, effects) == pytest.approx({"b": 37_500, "c": 58_285.714, "d": 100_800}, rel=1e-6)
    assert table(costs, effects)["status"].to_dict() == {"a": "ND", "b": "ND", "c": "ND", "d": "ND", "e": "D"}


def test_equal_effects_are_decided_by_cost() -> None:
    """The third costs least and is as good as any: it is the whole frontier."""
    costs = {"first": 163_771.0, "second": 164_848.7, "third": 163_765.1}
    effects = {"first": 6.48273, "second": 6.52861, "third": 6.52861}
    result = table(costs, effects)
    assert result["status"].to_dict() == {"third": "ND", "first": "D", "second": "D"}
    assert result["icer"].isna().all()


def test_equal_costs_are_decided_by_effect() -> None:
    assert table({"a": 10.0, "b": 10.0}, {"a": 1.0, "b": 2.0})["status"].to_dict() == {"a": "D", "b": "ND"}


def test_extended_dominance_is_found_again_after_one_is_gone() -> None:
    """Slopes 1, 4, 3 and 2: without c, and then without b, d is reached from a alone."""
    costs = {"a": 0.0, "b": 30.0, "c": 70.0, "d": 80.0}
    effects = {"a": 0.0, "b": 10.0, "c": 20.0, "d": 30.0}
    result = table(costs, effects)
    assert result["status"].to_dict() == {"a": "ND", "b": "ED", "c": "ED", "d": "ND"}
    assert result["icer"].dropna().to_dict() == {"d": pytest.approx(80 / 30)}


def test_savings_and_losses_of_health_count_from_the_cheapest() -> None:
    costs, effects = {"base": 100.0, "cheaper": 40.0}, {"base": 2.0, "cheaper": 1.0}
    assert icers(costs, effects) == {"base": 60.0}


def test_one_strategy_is_the_frontier() -> None:
    result = table({"only": 5.0}, {"only": 1.0})
    assert result["status"].tolist() == ["ND"]
    assert math.isnan(result["icer"].iloc[0])


def test_two_equal_strategies_are_both_on_the_frontier() -> None:
    result = table({"a": 5.0, "b": 5.0}, {"a": 1.0, "b": 1.0})
    assert result["status"].tolist() == ["ND", "ND"]


def test_equal_strategies_have_one_status_wherever_they_are_on_the_frontier() -> None:
    """Neither of two equal strategies is a mix of others, however they compare with the rest."""
    costs = {"base": 0.0, "b": 10.0, "c": 10.0, "d": 40.0}
    effects = {"base": 0.0, "b": 1.0, "c": 1.0, "d": 2.0}
    status = table(costs, effects)["status"]
    assert status["b"] == status["c"] == "ND"


def test_strategies_must_be_the_same() -> None:
    with pytest.raises(ValueError, match=r"must name the same strategies, not \['a'\] and \['a', 'b'\]"):
        cost_effectiveness_table({"a": 1.0}, {"a": 1.0, "b": 2.0})


some = settings(max_examples=60, deadline=None, derandomize=True)
whole = st.integers(0, 1_000).map(float)


@st.composite
def strategies(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, float]]:
    """Up to eight strategies, no two alike; whole numbers, so that ratios compare exactly."""
    points = draw(st.lists(st.tuples(whole, whole), min_size=1, max_size=8, unique=True))
    names = [f"s{i}" for i in range(len(points))]
    return (
        {name: cost for name, (cost, _) in zip(names, points, strict=True)},
        {name: effect for name, (_, effect) in zip(names, points, strict=True)},
    )


@some
@given(strategies())
def test_the_frontier_is_what_maximises_net_benefit_at_some_price(
    given_: tuple[dict[str, float], dict[str, float]],
) -> None:
    """On it ICERs rise, and at a price between two ICERs the strategy between them is the best of all."""
    costs, effects = given_
    result = table(costs, effects)
    frontier = result[result["status"] == "ND"]
    ratios = frontier["icer"].dropna().tolist()
    assert frontier["icer"].isna().sum() == 1
    assert all(0 <= low < high for low, high in pairwise(ratios))
    steps = [0.0, *ratios, (ratios[-1] if ratios else 0.0) + 1]
    for strategy, (low, high) in zip(frontier.index, pairwise(steps), strict=True):
        price = (low + high) / 2
        best = max(price * effects[other] - costs[other] for other in costs)
        assert price * effects[strategy] - costs[strategy] == pytest.approx(best, abs=1e-6)


@some
@given(strategies(), whole, whole)
def test_a_dominated_strategy_changes_no_icer(
    given_: tuple[dict[str, float], dict[str, float]], dearer: float, worse: float
) -> None:
    costs, effects = given_
    assume(dearer + worse > 0)
    more_costs = {**costs, "new": costs["s0"] + dearer}
    more_effects = {**effects, "new": effects["s0"] - worse}
    assert table(more_costs, more_effects)["status"]["new"] == "D"
    assert icers(more_costs, more_effects) == icers(costs, effects)


@some
@given(strategies(), st.sampled_from([0.5, 2.0, 1_024.0]))
def test_scaled_costs_scale_the_icers_and_scaled_effects_divide_them(
    given_: tuple[dict[str, float], dict[str, float]], factor: float
) -> None:
    costs, effects = given_
    once = icers(costs, effects)
    assert icers({s: factor * c for s, c in costs.items()}, effects) == {s: factor * r for s, r in once.items()}
    assert icers(costs, {s: factor * e for s, e in effects.items()}) == {s: r / factor for s, r in once.items()}


@some
@given(strategies(), st.randoms())
def test_the_order_in_which_strategies_are_named_does_not_matter(
    given_: tuple[dict[str, float], dict[str, float]], random: Random
) -> None:
    costs, effects = given_
    names = list(costs)
    random.shuffle(names)
    shuffled = table({name: costs[name] for name in names}, effects)
    pd.testing.assert_frame_equal(shuffled.sort_index(), table(costs, effects).sort_index())
