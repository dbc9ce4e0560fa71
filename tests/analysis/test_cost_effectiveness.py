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
    """The third costs least and is as good as any: it is the whole frontier. From the tests of dampack."""
    costs = {"first": 163_771.0, "second": 164_848.7, "third": 163_765.1}
    effects = {"first": 6.48273, "second": 6.52861, "third": 6.52861}
    result = table(costs, effects)
    assert result["status"].to_dict() == {"third": "ND", "first": "D", "second": "D"}
    assert result.index.tolist() == ["third", "first", "second"]
    assert result["icer"].isna().all()


def test_treatment_of_clostridioides_difficile() -> None:
    """Means of a probabilistic analysis, with ICERs as dampack gives them (vignettes/cdiff_icers.csv).

    Data: Rajasingham, Enns, Khoruts and Vaughn 2020, Clinical Infectious Diseases 70(5).
    """
    rows = """s3 57336.0059896538 12.9399639202408 ND
        s27 57541.2526373815 13.0140640696275 ND 2769.85470915263
        s33 57642.2587507842 13.0389116321918 ND 4065.03105249231
        s39 57814.6470919581 13.0462790163185 ED
        s4 57887.481549326 12.9970657153765 D
        s31 57934.0743411241 13.0966257932217 ND 5056.2216470406
        s13 58018.6252420203 13.0650412387992 D
        s43 58072.1137208494 13.11285766912 ND 8504.2160616553
        s37 58081.7947984323 13.1029711156978 D
        s20 58634.2026441398 13.1100568867995 D
        s44 58665.7823044647 13.1283328397025 ND 38362.6519947134"""
    cells = [row.split() for row in rows.splitlines()]
    costs = {name: float(cost) for name, cost, *_ in cells}
    effects = {name: float(effect) for name, _, effect, *_ in cells}
    result = table(costs, effects)
    assert result.index.tolist() == [row[0] for row in cells]
    assert result["status"].tolist() == [row[3] for row in cells]
    assert icers(costs, effects) == pytest.approx({row[0]: float(row[4]) for row in cells if len(row) == 5}, rel=1e-9)


def test_screening_for_colorectal_cancer() -> None:
    """Million-dollar programmes against life-years gained, as published, to the dollar.

    The frontier of table 7 in Australia and New Zealand Health Policy 2005, 2:10.
    """
    costs = dict(zip("abcdef", [0, 140_117_791, 248_112_291, 304_301_903, 370_181_240, 422_777_702], strict=True))
    effects = dict(zip("abcdef", [0, 3_551, 6_023, 6_720, 7_076, 7_299], strict=True))
    published = {"b": 39_459, "c": 43_687, "d": 80_616, "e": 185_054, "f": 235_859}
    assert icers(costs, effects) == pytest.approx(published, abs=1)


def test_radiotherapy_by_risk_of_breast_cancer() -> None:
    """JNCI Cancer Spectrum 2020, 4(2), pkaa004, table 1: testing first is dominated by radiotherapy for all.

    The published ICER, 529,365.80, comes from unrounded effects; six decimals of a gain of 0.0197 give 4 digits of it.
    """
    costs = {"none": 1_695.865, "tested": 12_224.17, "all": 12_118.17}
    effects = {"none": 8.570992, "tested": 8.583273, "all": 8.590681}
    assert table(costs, effects)["status"].to_dict() == {"none": "ND", "all": "ND", "tested": "D"}
    assert icers(costs, effects) == pytest.approx({"all": 529_365.8}, rel=1e-4)


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


def test_equal_strategies_stand_in_the_order_of_their_names() -> None:
    for names in ("ab", "ba"):
        assert cost_effectiveness_table(dict.fromkeys(names, 5.0), dict.fromkeys(names, 1.0))["strategy"].tolist() == [
            *"ab"
        ]


def test_a_strategy_as_good_as_a_mix_of_two_others_is_not_dominated() -> None:
    """Half of a and half of c is exactly b. So also dampack and heormodel."""
    costs, effects = {"a": 0.0, "b": 20.0, "c": 40.0}, {"a": 0.0, "b": 1.0, "c": 2.0}
    assert icers(costs, effects) == {"b": 20.0, "c": 20.0}
    assert table({**costs, "b": 21.0}, effects)["status"]["b"] == "ED"


def test_a_strategy_may_be_dominated_only_by_one_that_is_extendedly_dominated() -> None:
    costs, effects = {"a": 0.0, "b": 6.0, "c": 7.0, "d": 10.0}, {"a": 0.0, "b": 5.0, "c": 4.0, "d": 10.0}
    assert table(costs, effects)["status"].to_dict() == {"a": "ND", "b": "ED", "c": "D", "d": "ND"}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_must_be_finite(number: float) -> None:
    with pytest.raises(ValueError, match=f"the cost of 'wider' must be a finite number, not {number}"):
        cost_effectiveness_table({"today": 1.0, "wider": number}, {"today": 1.0, "wider": 2.0})
    with pytest.raises(ValueError, match=f"the effect of 'wider' must be a finite number, not {number}"):
        cost_effectiveness_table({"today": 1.0, "wider": 3.0}, {"today": 1.0, "wider": number})


def test_there_must_be_a_strategy() -> None:
    with pytest.raises(ValueError, match="at least one strategy"):
        cost_effectiveness_table({}, {})


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
    """On it ICERs never fall, and at a price between two ICERs the strategy between them is the best of all."""
    costs, effects = given_
    result = table(costs, effects)
    frontier = result[result["status"] == "ND"]
    ratios = frontier["icer"].dropna().tolist()
    assert frontier["icer"].isna().sum() == 1
    assert all(ratio > 0 for ratio in ratios)
    assert all(low <= high for low, high in pairwise(ratios))
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
@given(strategies(), st.integers(-1_000, 1_000).map(float))
def test_a_shift_of_all_costs_or_effects_leaves_the_increments(
    given_: tuple[dict[str, float], dict[str, float]], shift: float
) -> None:
    costs, effects = given_
    kept = ["incremental_cost", "incremental_effect", "icer", "status"]
    once = table(costs, effects)[kept]
    pd.testing.assert_frame_equal(table({s: c + shift for s, c in costs.items()}, effects)[kept], once)
    pd.testing.assert_frame_equal(table(costs, {s: e + shift for s, e in effects.items()})[kept], once)


few = st.integers(0, 3).map(float)


@some
@given(st.lists(st.tuples(few, few), min_size=1, max_size=8), st.randoms())
def test_the_order_in_which_strategies_are_named_does_not_matter(
    points: list[tuple[float, float]], random: Random
) -> None:
    """So few places that many strategies share one."""
    names = [f"s{i}" for i in range(len(points))]
    costs = {name: cost for name, (cost, _) in zip(names, points, strict=True)}
    effects = {name: effect for name, (_, effect) in zip(names, points, strict=True)}
    random.shuffle(names)
    shuffled = cost_effectiveness_table({name: costs[name] for name in names}, effects)
    pd.testing.assert_frame_equal(shuffled, cost_effectiveness_table(costs, effects))
