"""Net monetary benefit: a worked example, and agreement with the efficient frontier."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.analysis.cost_effectiveness import cost_effectiveness_table
from sim.analysis.net_benefit import NET_BENEFIT_COLUMNS, net_monetary_benefit

some = settings(max_examples=60, deadline=None, derandomize=True)

# At 10 a unit, net benefits are 4, 2, 3 for a, 4, 6, -1 for b and 1, 1, 1 for c; at 0, minus the costs.
COSTS = {"a": [6.0, 8.0, 7.0], "b": [16.0, 14.0, 21.0], "c": [9.0, 9.0, 9.0]}
EFFECTS = {"a": [1.0, 1.0, 1.0], "b": [2.0, 2.0, 2.0], "c": [1.0, 1.0, 1.0]}


def outcomes(costs: dict[str, list[float]], effects: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        (strategy, replication, cost, effects[strategy][replication])
        for strategy, numbers in costs.items()
        for replication, cost in enumerate(numbers)
    ]
    return pd.DataFrame(rows, columns=["strategy", "replication", "cost", "effect"])


FRAME = outcomes(COSTS, EFFECTS)


def test_net_benefit_by_hand() -> None:
    """t(2; 0.975) = 4.302653. The first replication is a tie of a and b."""
    table = net_monetary_benefit(FRAME, [10.0]).set_index("strategy")
    assert table["net_benefit"].to_dict() == pytest.approx({"a": 3, "b": 3, "c": 1})
    # Deviations 1, -1, 0: sd 1.
    half = 4.302653 / math.sqrt(3)
    assert table.loc["a", ["ci_low", "ci_high"]].tolist() == pytest.approx([3 - half, 3 + half], abs=1e-6)
    # b - a is 0, 4, -4: sd 4. c is constant: c - a has the sd of a.
    assert table["difference"].to_dict() == pytest.approx({"a": 0, "b": 0, "c": -2})
    assert table.loc["b", ["difference_low", "difference_high"]].tolist() == pytest.approx(
        [-4 * half, 4 * half], abs=1e-5
    )
    assert table.loc["c", ["difference_low", "difference_high"]].tolist() == pytest.approx(
        [-2 - half, -2 + half], abs=1e-6
    )
    assert table.loc["a", ["difference_low", "difference_high"]].tolist() == [0, 0]
    assert table["best"].to_dict() == {"a": True, "b": True, "c": False}
    assert table["probability_best"].to_dict() == pytest.approx({"a": 0.5, "b": 0.5, "c": 0})


def test_columns_and_order() -> None:
    table = net_monetary_benefit(FRAME.iloc[::-1], [20.0, 0.0])
    assert list(table.columns) == NET_BENEFIT_COLUMNS
    assert table["strategy"].tolist() == ["c", "c", "b", "b", "a", "a"]
    assert table["threshold"].tolist() == [20.0, 0.0] * 3
    assert table["best"].dtype == bool
    # Effect is worth nothing: the cheapest is best. Worth 20: two units for 17 beat one for 7.
    assert table["best"].tolist() == [False, False, True, False, False, True]
    assert table.loc[table["threshold"] == 0, "net_benefit"].tolist() == pytest.approx([-9, -17, -7])


def test_differences_are_paired() -> None:
    rng = np.random.default_rng(11)
    common = rng.normal(0, 100, (2, 20))
    costs = {name: list(rng.normal(500, 5, 20) + common[0]) for name in "xyz"}
    effects = {name: list(rng.normal(30, 1, 20) + common[1]) for name in "xyz"}
    table = net_monetary_benefit(outcomes(costs, effects), [7.0], confidence=0.9, baseline="y").set_index("strategy")
    net = {name: 7 * np.array(effects[name]) - np.array(costs[name]) for name in "xyz"}
    for name in "xz":
        interval = stats.ttest_rel(net[name], net["y"]).confidence_interval(0.9)
        row = table.loc[name]
        assert row["difference"] == pytest.approx(net[name].mean() - net["y"].mean())
        assert (row["difference_low"], row["difference_high"]) == pytest.approx(interval)
        assert row["difference_high"] - row["difference_low"] < 0.1 * (row["ci_high"] - row["ci_low"])
    assert table.loc["y", "difference"] == 0


def test_effects_to_be_avoided() -> None:
    deaths = FRAME.assign(effect=5 - FRAME["effect"])
    table = net_monetary_benefit(deaths, [0.0, 10.0, 20.0], effect_direction="lower")
    same = ["difference", "difference_low", "difference_high", "best", "probability_best"]
    pd.testing.assert_frame_equal(table[same], net_monetary_benefit(FRAME, [0.0, 10.0, 20.0])[same])


def test_one_replication_has_no_error() -> None:
    table = net_monetary_benefit(FRAME[FRAME["replication"] == 0], [10.0])
    assert table["net_benefit"].tolist() == [4, 4, 1]
    assert table[["ci_low", "ci_high", "difference_low", "difference_high"]].isna().all(axis=None)
    assert table["probability_best"].tolist() == [0.5, 0.5, 0]


whole = st.integers(0, 1_000).map(float)


@some
@given(st.lists(st.lists(st.tuples(whole, whole), min_size=2, max_size=2), min_size=1, max_size=7))
def test_between_two_icers_the_strategy_of_the_frontier_is_best(
    arms: list[list[tuple[float, float]]],
) -> None:
    costs = {f"s{i}": [cost for cost, _ in arm] for i, arm in enumerate(arms)}
    effects = {f"s{i}": [effect for _, effect in arm] for i, arm in enumerate(arms)}
    frontier = cost_effectiveness_table(
        {name: float(np.mean(numbers)) for name, numbers in costs.items()},
        {name: float(np.mean(numbers)) for name, numbers in effects.items()},
    ).query("status == 'ND'")
    # Strategies with the same means share their place on the frontier.
    places = frontier.groupby(["cost", "effect"], sort=True)
    ratios = [0.0, *places["icer"].first().dropna()]
    steps = list(pairwise([*ratios, ratios[-1] + 1]))
    table = net_monetary_benefit(outcomes(costs, effects), [(low + high) / 2 for low, high in steps])
    for (low, high), (_, place), (_, here) in zip(steps, places, table.groupby("threshold", sort=False), strict=True):
        if low < high - 1e-9:
            best = set(here.loc[here["best"], "strategy"])
            assert best
            assert best <= set(place["strategy"])
            shortfall = here["net_benefit"].max() - here.set_index("strategy").loc[place["strategy"], "net_benefit"]
            assert shortfall.max() < 1e-6
        assert here["probability_best"].sum() == pytest.approx(1)


def test_input_that_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="one or more numbers"):
        net_monetary_benefit(FRAME, [])
    for wrong in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="thresholds must be finite and not negative"):
            net_monetary_benefit(FRAME, [10.0, wrong])
    with pytest.raises(ValueError, match="the baseline must be one of a, b, c, not 'd'"):
        net_monetary_benefit(FRAME, [10.0], baseline="d")
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1, not 95"):
        net_monetary_benefit(FRAME, [10.0], confidence=95)
    with pytest.raises(ValueError, match="must have the same replications"):
        net_monetary_benefit(FRAME.iloc[1:], [10.0])
