"""Draws of inputs: shared by scenarios, within rules, and what is named before anything runs."""

from typing import Any

import numpy as np
import pytest

import sim
from sim.scenario import Scenario, ScenarioError
from sim.scenario.input_draws import draw_inputs
from tests.support import exponential, scenario

FROM = {"grade": "estimated", "source": "ours"}
COST = {"low": 80.0, "high": 120.0, "distribution": "gamma", "unit": "USD per day", **FROM}
MOMENTS = {"mean": 1.0, "standard_error": 1.0}
STAY = {"low": 5.0, "high": 12.0, "distribution": "lognormal", "unit": "days", **FROM}


def ward(mean: float = 8.0, **parts: Any) -> Scenario:
    evidence = {"levels.ward.cost_per_day": COST, "levels.ward.length_of_stay.mean": STAY, **parts.pop("evidence", {})}
    level = {"length_of_stay": exponential(mean), "cost_per_day": 100.0}
    return scenario({"ward": level}, evidence=evidence, **parts)


def test_equal_cards_are_the_same_draw_in_every_scenario_and_others_are_as_high() -> None:
    dear = {"levels.ward.cost_per_day": {**COST, "low": 160.0, "high": 240.0}}
    draws, unfit = draw_inputs({"a": ward(), "b": ward(evidence=dear).with_overrides({"arrivals.per_day": 2.0})}, 50)
    assert [each.path for each in unfit] == ["levels.ward.cost_per_day"]
    a, b = draws.values("a"), draws.values("b")
    assert a["levels.ward.length_of_stay.mean"].equals(b["levels.ward.length_of_stay.mean"])
    other = ward(evidence={"levels.ward.cost_per_day": {**COST, "low": 60.0, "high": 140.0}})
    draws, unfit = draw_inputs({"a": ward(), "b": other}, 50)
    assert not unfit
    ranks = [draws.values(label)["levels.ward.cost_per_day"].rank() for label in ("a", "b")]
    assert ranks[0].equals(ranks[1])


def test_a_scenario_of_a_draw_has_its_values_and_nothing_else_is_changed() -> None:
    stated = ward()
    draws, _ = draw_inputs({"a": stated}, 20)
    drawn = draws.scenario("a", 7)
    for path, value in draws.values("a").loc[7].items():
        assert drawn.with_overrides({}).model_dump() == drawn.model_dump()
        assert draws.settings("a", 7)[str(path)] == value
    assert drawn.levels["ward"].cost_per_day == draws.values("a").loc[7, "levels.ward.cost_per_day"]
    back = drawn.with_overrides(
        {"levels.ward.cost_per_day": 100.0, "levels.ward.length_of_stay.mean": 8.0, "evidence": stated.evidence}
    )
    assert back == stated


def test_a_number_of_ones_own_has_no_card_and_is_not_drawn() -> None:
    draws, _ = draw_inputs({"a": ward().with_overrides({"levels.ward.cost_per_day": 300.0})}, 10)
    assert list(draws.values("a")) == ["levels.ward.length_of_stay.mean"]


def test_shares_that_sum_to_one_are_drawn_together() -> None:
    card = {"distribution": "dirichlet", "sample_size": 50, "grade": "published", "source": "a survey of 50"}
    mixed = ward(population={"sex": {"women": 0.3, "men": 0.7}}, evidence={"population.sex": card})
    draws, unfit = draw_inputs({"a": mixed}, 512)
    assert not unfit
    women = np.array([draws.scenario("a", draw).population["sex"]["women"] for draw in range(0, 512, 4)])
    assert all(sum(draws.settings("a", draw)["population.sex"].values()) == pytest.approx(1) for draw in range(20))
    assert women.mean() == pytest.approx(0.3, abs=0.02)
    assert women.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 51), rel=0.15)


def test_shares_of_a_table_that_is_drawn_are_what_values_tell_and_no_card_of_one_share_counts() -> None:
    table = {"distribution": "dirichlet", "sample_size": 50, "grade": "published", "source": "a survey of 50"}
    one = {"low": 0.2, "high": 0.4, "distribution": "beta", "unit": "share", **FROM}
    evidence = {"population.sex": table, "population.sex.women": one}
    draws, unfit = draw_inputs({"a": ward(population={"sex": {"women": 0.3, "men": 0.7}}, evidence=evidence)}, 16)
    assert not unfit
    assert "population.sex.women" not in draws.settings("a", 3)
    told = draws.values("a").loc[3]
    assert draws.scenario("a", 3).population["sex"]["women"] == told["population.sex.women"]


@pytest.mark.parametrize("size", [0.002, 0.5, 30.0])
def test_shares_of_however_few_people_sum_to_one_and_have_their_mean(size: float) -> None:
    table = {"distribution": "dirichlet", "sample_size": size, "grade": "published", "source": "a survey"}
    sexes = {"women": 0.3, "men": 0.7, "nobody": 0.0}
    draws, _ = draw_inputs({"a": ward(population={"sex": sexes}, evidence={"population.sex": table})}, 1024)
    drawn = draws.values("a")[[f"population.sex.{name}" for name in sexes]]
    assert drawn.sum(axis=1).to_numpy() == pytest.approx(1)
    assert drawn.mean().to_numpy() == pytest.approx(list(sexes.values()), abs=0.02)


def test_whole_numbers_are_drawn_whole() -> None:
    card = {"low": 8.0, "high": 14.0, "distribution": "uniform", "unit": "places", **FROM}
    level = {"length_of_stay": exponential(8), "places": ["bed"]}
    beds = scenario({"ward": level}, places={"bed": 10}, evidence={"places.bed.capacity": card})
    draws, _ = draw_inputs({"a": beds}, 256)
    assert draws.broken("a", 256) == (0.0, "")
    told = draws.values("a")["places.bed.capacity"]
    assert set(told) == set(range(8, 15))
    assert draws.scenario("a", 5).places["bed"].capacity == told[5]


def test_structures_are_drawn_by_their_weights() -> None:
    structures = {
        "stays": {
            "ours": {"weight": 3, "source": "ours"},
            "longer": {"weight": 1, "source": "others", "set": {"levels.ward.length_of_stay.mean": 20.0}},
        }
    }
    draws, _ = draw_inputs({"a": ward(evidence_structures=structures)}, 256)
    picked = draws.values("a")["structure:stays"]
    assert (picked == "longer").mean() == pytest.approx(0.25, abs=0.02)
    longer = int(picked.index[picked == "longer"][0])
    assert draws.scenario("a", longer).levels["ward"].length_of_stay.mean == 20.0  # type: ignore[union-attr]
    # What is told of the stay is what was simulated, and not what its card had given.
    stays = draws.values("a")["levels.ward.length_of_stay.mean"]
    assert (stays[picked == "longer"] == 20.0).all()
    assert stays[picked == "ours"].nunique() == (picked == "ours").sum()


def test_correlation_is_of_what_is_drawn() -> None:
    tied = ward(evidence_correlation={"levels.ward.cost_per_day": {"levels.ward.length_of_stay.mean": 0.8}})
    draws, _ = draw_inputs({"a": tied}, 1024)
    assert draws.values("a").corr("spearman").iloc[0, 1] == pytest.approx(6 / np.pi * np.arcsin(0.4), abs=0.03)
    # Of an input that has no range any more, it says nothing.
    alone = tied.with_overrides({"levels.ward.cost_per_day": 300.0})
    assert len(draw_inputs({"a": alone}, 8)[0].values("a").columns) == 1


def test_some_inputs_are_drawn_again_given_the_others() -> None:
    """Costs four times for each stay; of the alternatives only those that set nothing else."""
    cost, stay = "levels.ward.cost_per_day", "levels.ward.length_of_stay.mean"
    structures = {
        name: {"ours": {"weight": 1, "source": "ours"}, "others": {"weight": 1, "source": "theirs", "set": values}}
        for name, values in (("dear", {cost: 110.0}), ("both", {cost: 110.0, stay: 9.0}))
    }
    tied = ward(evidence_correlation={cost: {stay: 0.8}}, evidence_structures=structures)
    draws, _ = draw_inputs({"a": tied}, 256, times=4, again=lambda path: path == cost)
    told, blocks = draws.shares, draws.shares.groupby("draw")
    assert (len(draws), list(draws.values("a").index.names)) == (1024, ["draw", "price_draw"])
    assert (blocks[[stay, "structure:both"]].nunique() == 1).all(axis=None)
    assert (blocks[[cost, "structure:dear"]].nunique() == 4).all(axis=None)
    spearman = 6 / np.pi * np.arcsin(0.4)
    assert told[[cost, stay]].corr("spearman").iloc[0, 1] == pytest.approx(spearman, abs=0.04)
    # Two costs of one stay: of normal scores 0.8 squared.
    first, second = (told[cost].xs(number, level="price_draw") for number in (0, 1))
    assert first.corr(second, "spearman") == pytest.approx(6 / np.pi * np.arcsin(0.32), abs=0.06)
    once, _ = draw_inputs({"a": tied}, 256, times=1, again=lambda path: path == cost)
    assert once.shares.equals(draw_inputs({"a": tied}, 256)[0].shares)


def test_a_correlation_is_with_another_input_and_stated_once() -> None:
    cost, stay = "levels.ward.cost_per_day", "levels.ward.length_of_stay.mean"
    with pytest.raises(ScenarioError, match="must be with another input"):
        ward(evidence_correlation={cost: {cost: 0.5}})
    with pytest.raises(ScenarioError, match=r"the other way round as well, as 0\.5"):
        ward(evidence_correlation={cost: {stay: 0.5}, stay: {cost: -0.5}})
    assert ward(evidence_correlation={cost: {stay: 0.5}, stay: {cost: 0.5}})


def test_a_path_with_quotes_that_it_does_not_need_is_the_same_input() -> None:
    quoted = 'levels."ward".cost_per_day'
    level = {"length_of_stay": exponential(8.0), "cost_per_day": 100.0}
    tied = {'levels."ward".length_of_stay.mean': {quoted: 0.9}}
    evidence = {quoted: COST, "levels.ward.length_of_stay.mean": STAY}
    draws, _ = draw_inputs({"a": scenario({"ward": level}, evidence=evidence, evidence_correlation=tied)}, 256)
    told = draws.values("a")
    assert set(told) == {"levels.ward.cost_per_day", "levels.ward.length_of_stay.mean"}
    assert told.corr("spearman").iloc[0, 1] > 0.8


def test_draws_that_break_rules_are_counted_and_the_first_is_told() -> None:
    card = {**COST, "low": 0.2, "high": 0.9, "distribution": "uniform", "unit": "share"}
    links = [{"to": "home", "probability": 0.5}, {"to": "ward", "probability": 0.4}]
    levels = {
        "ward": {"length_of_stay": exponential(8), "next": links},
        "home": {"length_of_stay": exponential(8)},
    }
    evidence = {f"levels.ward.next.{i}.probability": card for i in (0, 1)}
    draws, unfit = draw_inputs({"a": scenario(levels, evidence=evidence)}, 512)
    assert not unfit
    share, first = draws.broken("a", 512)
    assert share == pytest.approx(1 - (0.6**2 / 2) / 0.7**2, abs=0.03)
    assert "must sum to at most 1" in first


@pytest.mark.parametrize(
    ("evidence", "path"),
    [
        ({"levels.ward.cost_per_day": {**COST, "level": 0.2}}, "level"),
        ({"levels.ward.cost_per_day": {**COST, "mean": 100.0}}, "standard_error"),
        ({"levels.ward.cost_per_day": {**COST, "distribution": "dirichlet"}}, "distribution"),
        (
            {"levels.ward.cost_per_day": {**COST, "distribution": "pert", "mean": 1.0, "standard_error": 1.0}},
            "distribu",
        ),
        (
            {"levels": {"distribution": "dirichlet", "sample_size": 5, "grade": "choice", "source": "ours"}},
            "distribution",
        ),
    ],
)
def test_cards_that_contradict_themselves_are_refused(evidence: dict[str, Any], path: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        ward(evidence=evidence)
    assert any(path in problem.path for problem in refused.value.problems)


def test_a_misspelt_path_is_named_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"levels\.ward\.cost_per_day"):
        ward(evidence_correlation={"levels.ward.cost_per_dya": {"levels.ward.length_of_stay.mean": 0.8}})
    one = {"weight": 1, "source": "ours", "set": {"levels.wards.cost_per_day": 1.0}}
    with pytest.raises(ScenarioError, match="none of a number"):
        ward(evidence_structures={"s": {"one": one}})


@pytest.mark.parametrize("name", ["hybrid", "waiting_list", "county_convert", "medication"])
def test_shipped_cards_can_be_drawn_from(name: str) -> None:
    draws, unfit = draw_inputs({name: sim.load_scenario(name)}, 64)
    assert not unfit
    assert len(draws.values(name).columns) > 100
    assert draws.broken(name, 8)[0] == 0
