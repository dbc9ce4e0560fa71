"""Tornado, threshold and Sobol' indices of small scenarios whose answers can be worked out by hand."""

import dataclasses
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta
from support import cohort, fixed, scenario

from sim.experiment.psa import UnfitInputs
from sim.experiment.sensitivity import How, criterion_of, evaluation, sobol, threshold, threshold_map, tornado
from sim.experiment.sensitivity.bars import flips_at
from sim.experiment.sensitivity.inputs import one_way
from sim.experiment.store.inventory import damaged, stocks
from sim.experiment.store.result_store import DamagedStore
from sim.model.engine import replicate
from sim.scenario import Scenario

PRICE, DAYS, ADMISSION = (
    "levels.ward.cost_per_day",
    "levels.ward.length_of_stay.value",
    "levels.ward.cost_per_admission",
)
START = How(change_on="start")


UNITS = {PRICE: "USD per day", DAYS: "days", ADMISSION: "USD"}


def card(path: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"low": low, "high": high, "unit": UNITS[path], "grade": "estimated", "source": "ours", **more}


def ward(**overrides: Any) -> Scenario:
    """Ten people who stay ten days at 9 a day, each: 90 a person."""
    plain = scenario(
        {"ward": {"length_of_stay": fixed(10), "cost_per_day": 9.0, "cost_per_admission": 5.0}},
        evidence={PRICE: card(PRICE, 6, 15), DAYS: card(DAYS, 8, 13), ADMISSION: card(ADMISSION, 4, 9)},
        **cohort(10, 60),
    )
    return plain.with_overrides(overrides) if overrides else plain


def pair() -> dict[str, Scenario]:
    """The other one stays half as long, and each admission costs 41."""
    base = ward()
    cards = {f'evidence."{ADMISSION}"': card(ADMISSION, 30, 60), f'evidence."{PRICE}"': card(PRICE, 6, 15)}
    return {"long": base, "short": base.with_overrides({DAYS: 5.0, ADMISSION: 41.0, **cards})}


def cost(scenarios: dict[str, Scenario]) -> Any:
    return criterion_of(scenarios, "cost.per_patient.society")


@pytest.mark.parametrize(
    "analysed",
    [
        lambda how: tornado(pair(), criterion=cost(pair()), replications=2, how=how).bars,
        lambda how: threshold(pair(), DAYS, (4, 14), cost(pair()), 2, how).curve,
        lambda how: sobol(pair(), 4, 2, [PRICE, ADMISSION], criterion=cost(pair()), how=how).indices.table,
    ],
)
def test_an_interrupt_loses_nothing_that_was_kept(
    analysed: Callable[[How], pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[Any] = []

    def stopped_by(most: int) -> Callable[..., Any]:
        def simulated(*task: Any) -> Any:
            if len(runs) == most:
                raise KeyboardInterrupt
            runs.append(task)
            return replicate(*task)

        return simulated

    kept = dataclasses.replace(START, store=tmp_path / "kept", engine="simpy")
    monkeypatch.setattr(evaluation, "replicate", stopped_by(-1))
    whole = analysed(dataclasses.replace(START, engine="simpy"))
    needed = len(runs)
    monkeypatch.setattr(evaluation, "replicate", stopped_by(needed + 5))
    with pytest.raises(KeyboardInterrupt):
        analysed(kept)
    monkeypatch.setattr(evaluation, "replicate", stopped_by(-1))
    runs.clear()
    pd.testing.assert_frame_equal(analysed(kept), whole, check_exact=True)
    assert 0 < len(runs) < needed, "what was finished before is not simulated again"
    runs.clear()
    pd.testing.assert_frame_equal(analysed(kept), whole, check_exact=True)
    assert not runs, "nothing is simulated again"
    (stock,) = stocks(kept.store)[:1]
    assert stock.current
    assert damaged(kept.store)[1] == []
    for path in (tmp_path / "kept").glob("*/*/000000.arrow"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(DamagedStore):
        pd.testing.assert_frame_equal(analysed(kept), whole, check_exact=True)


def test_bars_are_what_each_input_does_by_itself_the_longest_first() -> None:
    alone = {"ward": ward()}
    told = tornado(alone, criterion=cost(alone), replications=2)
    assert told.difference == (95.0, 95.0, 95.0)
    bars = told.bars.set_index("input")
    assert list(bars.index) == [PRICE, DAYS, ADMISSION]
    assert bars[["low", "high", "swing"]].to_numpy().tolist() == [[65, 155, 90], [77, 122, 45], [94, 99, 5]]
    assert bars["simulated"].tolist() == [False, True, False]
    assert bars["flips_at"].isna().all()
    only = tornado(alone, ["levels.ward.cost_*"], cost(alone), replications=2)
    assert list(only.bars["input"]) == [PRICE, ADMISSION]


def test_of_two_scenarios_it_is_the_difference_and_where_it_would_flip() -> None:
    both = pair()
    told = tornado(both, criterion=cost(both), replications=2, how=START)
    # 41 + 45 against 5 + 90: short costs 9 less; with a card in one of them, only that one moves.
    assert told.difference[0] == pytest.approx(-9)
    bars = told.bars.set_index("input")
    assert bars.loc[PRICE, ["low", "high", "flips_at"]].tolist() == pytest.approx([6, -39, 7.2])
    assert bars.loc[DAYS, ["low", "high"]].tolist() == pytest.approx([9, -36])
    assert bars.loc[ADMISSION, ["low", "high"]].tolist() == pytest.approx([-9 - 11 + 1, -9 + 19 - 4])


def test_ends_of_cards_by_what_they_state() -> None:
    normal = {f'evidence."{PRICE}"': {**card(PRICE, 6, 15), "distribution": "normal", "level": 0.5}}
    (wide,) = one_way({"ward": ward(**normal)}, [PRICE])
    # The quartiles of a normal distribution lie 0.6745 standard deviations from its mean.
    assert (wide.low, wide.high) == pytest.approx(
        (10.5 - 4.5 * 1.959964 / 0.6744898, 10.5 + 4.5 * 1.959964 / 0.6744898)
    )
    population = {"payer": {"a": 0.2, "b": 0.5, "c": 0.3}}
    table = {"sample_size": 100, "distribution": "dirichlet", "grade": "estimated", "source": "ours"}
    mixed = scenario(
        {"ward": {"length_of_stay": fixed(3)}}, population=population, evidence={"population.payer": table}
    )
    shares = {each.name: each for each in one_way({"m": mixed})}
    low = shares["population.payer.a"].ends["low"]["m"]["population.payer"]
    assert beta.cdf(low["a"], 20, 80) == pytest.approx(0.025)
    assert low["b"] / low["c"] == pytest.approx(5 / 3)
    assert sum(low.values()) == pytest.approx(1, abs=1e-15)


def test_shares_that_nobody_or_everybody_has_are_left_out_by_name() -> None:
    table = {"sample_size": 100, "distribution": "dirichlet", "grade": "estimated", "source": "ours"}
    population = {"payer": {"a": 1.0, "b": 0.0}}
    certain = scenario(
        {"ward": {"length_of_stay": fixed(3)}}, population=population, evidence={"population.payer": table}
    )
    with pytest.raises(UnfitInputs) as refused:
        tornado({"m": certain}, criterion=cost({"m": certain}), replications=2)
    why = "cannot be varied: nobody, or everybody, has it in every draw"
    assert str(refused.value).splitlines() == [f"population.payer.{name} {why}" for name in "ab"]


def test_of_two_values_at_which_it_flips_the_nearer_one_is_told() -> None:
    # A roof: 1 at 50, and below 0 by as much at 0 and at 51.
    assert flips_at([0.0, 50.0, 51.0], [-1.0, 1.0, -1.0]) == 50.5
    assert flips_at([49.0, 50.0, 60.0], [1e-300, -1e-300, 1e-300]) == 49.5
    assert math.isnan(flips_at([0.0, 50.0, 51.0], [math.nan, 1.0, 2.0]))


def test_cards_that_cannot_be_used_are_named_all_at_once_and_broken_ends_left_out() -> None:
    far = {f'evidence."{PRICE}"': card(PRICE, 30, 40), f'evidence."{DAYS}"': card(DAYS, 2, 3)}
    unfit = {"ward": ward(**far)}
    with pytest.raises(UnfitInputs) as refused:
        tornado(unfit, ["levels.*", "nothing.at_all"], cost(unfit))
    assert len(str(refused.value).splitlines()) == 3
    assert PRICE in str(refused.value)
    broken = {"ward": ward(**{f'evidence."{DAYS}"': card(DAYS, 0.0, 13)})}
    told = tornado(broken, criterion=cost(broken), replications=2)
    assert list(told.left_out) == [DAYS]
    assert told.left_out[DAYS].startswith("at its low end:")


def test_alternatives_are_a_bar_between_those_that_lie_furthest_apart() -> None:
    prices = {"a": 9.0, "b": 5.0, "c": 12.0}
    structure = {
        "prices": {name: {"weight": 1.0, "source": "ours", "set": {PRICE: price}} for name, price in prices.items()}
    }
    alone = {"ward": ward(evidence_structures=structure)}
    bar = tornado(alone, ["structure:*"], cost(alone), replications=2).bars.iloc[0]
    assert (bar["low_value"], bar["high_value"]) == ("b", "c")
    assert (bar["low"], bar["high"]) == (55, 125)


def test_the_decisionflips_at_the_value_that_an_equation_gives() -> None:
    both = pair()
    told = threshold(both, PRICE, criterion=cost(both), replications=3, how=START)
    # 41 + 5 p = 5 + 10 p
    (found,) = told.crossings
    assert (found.at, found.low, found.high) == pytest.approx((7.2, 7.2, 7.2))
    assert (found.falling, told.stated, told.low, told.high) == (True, 9.0, 6.0, 15.0)
    none = threshold(both, PRICE, (8.0, 20.0), cost(both), 2, START)
    assert none.crossings == ()
    assert none.curve["difference"].iloc[[0, -1]].tolist() == pytest.approx([41 - 5 - 40, 41 - 5 - 100])


def test_an_input_that_the_two_state_otherwise_is_varied_in_the_alternative() -> None:
    both = pair()
    told = threshold(both, ADMISSION, criterion=cost(both), replications=2, how=START)
    assert told.within == ("short",)
    assert (told.stated, told.crossings[0].at) == pytest.approx((41.0, 50.0))


def test_a_count_flips_between_two_whole_numbers() -> None:
    stays = {"ward": {"length_of_stay": fixed(10), "places": ["beds"]}}
    many = scenario(stays, {"beds": 4}, **cohort(10, 60))
    other = many.with_overrides({"levels.ward.cost_per_admission": 20.0, "places.beds.fixed_cost_per_day": 0.0})
    costly = {"many": many.with_overrides({"places.beds.fixed_cost_per_day": 1.0}), "other": other}
    told = threshold(costly, "places.beds.capacity", (1, 8), criterion_of(costly, "cost.total"), 2, START)
    # Ten admissions at 20, those who are admitted in 60 days, against 60 days of each bed.
    assert told.whole
    assert all(float(value).is_integer() for value in told.curve["value"])
    assert 3 < told.crossings[0].at < 4
    inner = threshold(costly, "places.beds.capacity", (2.5, 5.5), criterion_of(costly, "cost.total"), 2, START)
    assert (inner.low, inner.high, list(inner.curve["value"])) == (3, 5, [3, 4, 5])
    with pytest.raises(ValueError, match=r"from a whole number to a higher one, not from 3\.2 to 4\.6"):
        threshold(costly, "places.beds.capacity", (3.2, 4.6), criterion_of(costly, "cost.total"), 2, START)


def test_a_map_has_every_pair_of_values() -> None:
    both = pair()
    told = threshold_map(both, (PRICE, ADMISSION), ((5, 10), (30, 60)), cost(both), 3, 2, START)
    expected = [(p, a, a + 5 * p - 5 - 10 * p) for p in (5, 7.5, 10) for a in (30, 45, 60)]
    assert told.grid[[PRICE, ADMISSION, "difference"]].to_numpy() == pytest.approx(np.array(expected))
    assert told.within == (("long", "short"), ("short",))


def test_what_cannot_be_looked_for_is_refused_with_every_reason() -> None:
    both = pair()
    with pytest.raises(ValueError, match=re.escape("there is no number levels.ward.cost in any scenario")):
        threshold(both, "levels.ward.cost", (1, 2), cost(both))
    with pytest.raises(ValueError, match=r"time\.follow_up_days has no evidence card with a range: state from where"):
        threshold(both, "time.follow_up_days", (None, None), cost(both))
    lost = {"long": ward(), "short": ward(**{PRICE: 8.0, "evidence": {}})}
    with pytest.raises(ValueError, match=f"{PRICE} has no evidence card with a range in short, in which alone"):
        threshold(lost, PRICE, (None, None), cost(lost))
    with pytest.raises(ValueError, match=re.escape("'levels.*' is not a dotted path")):
        threshold(both, "levels.*", (1, 2), cost(both))
    with pytest.raises(ValueError, match="from a number to a higher one, not from 5 to 2"):
        threshold(both, PRICE, (5, 2), cost(both))
    with pytest.raises(ValueError, match=f"{PRICE} at its ends"):
        threshold(both, PRICE, (-1, 2), cost(both))
    with pytest.raises(ValueError, match="not twice of"):
        threshold_map(both, (PRICE, PRICE), ((1, 2), (1, 2)), cost(both))


def test_a_value_at_which_there_is_nothing_to_judge_by_is_named() -> None:
    stays = {
        label: {"ward": {"length_of_stay": fixed(9), "cost_per_day": price}}
        for label, price in (("a", 9.0), ("b", 8.0))
    }
    both = {label: scenario(levels) for label, levels in stays.items()}
    with pytest.raises(ValueError, match=r"no value in any future with arrivals\.per_day at 0: let it go from"):
        threshold(both, "arrivals.per_day", (0, 1), cost(both), 2, START)
    nobody = "arrivals.per_day", "levels.ward.length_of_stay.value"
    grid = threshold_map(both, nobody, ((0, 1), (5, 9)), cost(both), 3, 2, START).grid
    assert grid["difference"].isna().tolist() == [True] * 3 + [False] * 6
    with pytest.raises(ValueError, match="no value in any future at any pair"):
        threshold_map(both, nobody, ((0, 0.001), (5, 9)), cost(both), 3, 2, START)


def test_shares_of_variance_are_those_of_a_product() -> None:
    alone = {"ward": ward()}
    told = sobol(alone, 128, 2, criterion=cost(alone))
    table = told.indices.table.set_index("input")
    # Uniform price p on 6 to 15, days d on 8 to 13, admission on 4 to 9, independent: the cost is p d + a.
    mean, var = {"p": 10.5, "d": 10.5}, {"p": 81 / 12, "d": 25 / 12}
    parts = np.array([var["p"] * mean["d"] ** 2, var["d"] * mean["p"] ** 2, 25 / 12])
    both = var["p"] * var["d"]
    whole = parts.sum() + both
    assert told.indices.variance == pytest.approx(whole, rel=0.05)
    assert told.indices.noise == 0
    assert table.loc[[PRICE, DAYS, ADMISSION], "first"].to_numpy() == pytest.approx(parts / whole, abs=0.03)
    assert table.loc[[PRICE, DAYS], "total"].to_numpy() == pytest.approx((parts[:2] + both) / whole, abs=0.03)


def test_inputs_that_depend_on_each_other_are_one_group() -> None:
    tied = {"ward": ward(evidence_correlation={PRICE: {ADMISSION: 0.6}})}
    told = sobol(tied, 16, 2, criterion=cost(tied))
    (name,) = told.joined
    assert set(told.groups[name]) == {PRICE, ADMISSION}
    assert set(told.indices.table["input"]) == {name, DAYS}
    with pytest.raises(ValueError, match="depends on inputs outside it"):
        sobol(tied, 16, 2, criterion=cost(tied), groups={"money": [PRICE, DAYS]})
    whole = sobol(tied, 16, 2, criterion=cost(tied), groups={"money": [PRICE, ADMISSION]})
    assert whole.joined == ()
    assert set(whole.indices.table["input"]) == {"money", DAYS}


def test_one_group_alone_and_groups_that_overlap_are_refused() -> None:
    alone = {"ward": ward()}
    with pytest.raises(ValueError, match="at least two"):
        sobol(alone, 16, 2, criterion=cost(alone), inputs=[PRICE])
    with pytest.raises(ValueError, match="is in another group as well"):
        sobol(alone, 16, 2, criterion=cost(alone), groups={"a": [PRICE], "b": [PRICE, DAYS]})
