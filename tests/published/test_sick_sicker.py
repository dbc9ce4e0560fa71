"""The Sick-Sicker model of the authors of dampack, from its description, against the tables that they printed.

Alarid-Escudero, Krijkamp, Enns, Yang, Hunink, Pechlivanoglou, Jalal (2023): An Introductory Tutorial on Cohort
State-Transition Models in R Using a Cost-Effectiveness Analysis Example. Medical Decision Making 43:3
(arXiv:2001.07824): the model, its parameters and their distributions, tables 2 to 4, and where the best strategy
changes, as dampack's `calculate_icers` and `ceac` told them. Healthy people (H) may fall sick (S1), who recover or
become sicker (S2); treatment A raises the utility of S1, treatment B slows S1 to S2, and either is paid for in both.
"""

from collections.abc import Mapping

import numpy as np
import pytest

from sim.analysis import cost_effectiveness_table
from sim.analysis.uncertainty import acceptability, evpi, evppi

YEARS = 75
BASE = {
    "r_HD": 0.002,
    "r_HS1": 0.15,
    "r_S1H": 0.5,
    "r_S1S2": 0.105,
    "hr_S1": 3.0,
    "hr_S2": 10.0,
    "hr_B": 0.6,
    "c_H": 2000.0,
    "c_S1": 4000.0,
    "c_S2": 15000.0,
    "c_A": 12000.0,
    "c_B": 13000.0,
    "u_H": 1.0,
    "u_S1": 0.75,
    "u_S2": 0.5,
    "u_A": 0.95,
}
STRATEGIES = ["Standard of care", "Strategy A", "Strategy B", "Strategy AB"]


def trace(of: Mapping[str, np.ndarray], b: bool) -> np.ndarray:
    """Shares of the cohort in H, S1 and S2 at the beginning of each year, (years + 1, 3, draws)."""

    def chance(rate: np.ndarray) -> np.ndarray:
        return np.asarray(-np.expm1(-rate))

    stays = [1 - chance(of["r_HD"] * ratio) for ratio in (1.0, of["hr_S1"], of["hr_S2"])]
    sick, recovers = chance(of["r_HS1"]), chance(of["r_S1H"])
    worse = chance(of["r_S1S2"] * (of["hr_B"] if b else 1.0))
    shares = [np.stack([np.ones_like(sick), np.zeros_like(sick), np.zeros_like(sick)])]
    for _ in range(YEARS):
        h, s1, s2 = (alive * share for alive, share in zip(stays, shares[-1], strict=True))
        shares.append(
            np.stack([h * (1 - sick) + s1 * recovers, h * sick + s1 * (1 - recovers - worse), s1 * worse + s2])
        )
    return np.array(shares)


def outcomes(of: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Discounted costs and QALYs, (draws, strategies). Years count by the rule of the tutorial, 2/3 and 4/3 in
    turn between two ends of 1/3."""
    years = np.arange(YEARS + 1)
    weights = np.where(years % 2 == 1, 2 / 3, 4 / 3) / 1.03**years
    weights[0], weights[-1] = 1 / 3, 1 / 3 / 1.03**YEARS
    costs, effects = [], []
    for a, b in ((False, False), (True, False), (False, True), (True, True)):
        days = np.einsum("t,tsd->sd", weights, trace(of, b))
        paid = a * of["c_A"] + b * of["c_B"]
        costs.append(of["c_H"] * days[0] + (of["c_S1"] + paid) * days[1] + (of["c_S2"] + paid) * days[2])
        effects.append(of["u_H"] * days[0] + of["u_A" if a else "u_S1"] * days[1] + of["u_S2"] * days[2])
    return np.array(costs).T, np.array(effects).T


def draws(count: int) -> dict[str, np.ndarray]:
    """Of every input, as the tutorial states its distribution."""
    rng = np.random.default_rng(71818)
    rates = {"r_HD": (20, 10_000), "r_HS1": (30, 200), "r_S1H": (60, 120), "r_S1S2": (84, 800)}
    ratios = {"hr_S1": (3.0, 0.01), "hr_S2": (10.0, 0.02), "hr_B": (0.6, 0.02)}
    costs = {"c_H": (100, 20), "c_S1": (177.8, 22.5), "c_S2": (225, 66.7), "c_A": (73.5, 163.3), "c_B": (86.2, 150.8)}
    utilities = {"u_H": (200, 3), "u_S1": (130, 45), "u_S2": (230, 230), "u_A": (300, 15)}
    return {
        **{name: rng.gamma(shape, 1 / rate, count) for name, (shape, rate) in rates.items()},
        **{name: rng.lognormal(np.log(middle), spread, count) for name, (middle, spread) in ratios.items()},
        **{name: rng.gamma(shape, scale, count) for name, (shape, scale) in costs.items()},
        **{name: rng.beta(*counts, count) for name, counts in utilities.items()},
    }


def test_the_cohort_of_the_first_years() -> None:
    """Table 2."""
    published = [[1, 0, 0], [0.859, 0.139, 0], [0.792, 0.189, 0.014], [0.755, 0.206, 0.032], [0.729, 0.208, 0.052]]
    published.append([0.707, 0.206, 0.072])
    base = {name: np.array([value]) for name, value in BASE.items()}
    assert trace(base, False)[:6, :, 0] == pytest.approx(np.array(published), abs=0.0005001)


def test_costs_effects_and_the_frontier() -> None:
    """Tables 3 and 4, to their last digit."""
    costs, effects = outcomes({name: np.array([value]) for name, value in BASE.items()})
    assert np.rint(costs[0]).tolist() == [151_580, 284_805, 259_100, 378_875]
    assert np.round(effects[0], 3).tolist() == [20.711, 21.499, 22.184, 23.137]
    named = (dict(zip(STRATEGIES, values[0].tolist(), strict=True)) for values in (costs, effects))
    table = cost_effectiveness_table(*named).set_index("strategy")
    assert table["status"].to_dict() == dict(zip(STRATEGIES, ["ND", "D", "ND", "ND"], strict=True))
    assert table["icer"].dropna().round().to_dict() == {"Strategy B": 72_988, "Strategy AB": 125_764}
    assert table["incremental_cost"].dropna().round().to_dict() == {"Strategy B": 107_521, "Strategy AB": 119_775}
    assert table["incremental_effect"].dropna().round(3).to_dict() == {"Strategy B": 1.473, "Strategy AB": 0.952}


def test_which_is_best_at_what_threshold_with_uncertain_inputs() -> None:
    """Standard of care below 80,000 a QALY, then B, and AB from 120,000 on; each best on average and most often.

    At 120,000 itself B and AB are as good as one another, in these draws and in theirs."""
    of = draws(2_000)
    costs, effects = outcomes(of)
    thresholds = [40_000.0, 70_000.0, 80_000.0, 115_000.0, 125_000.0, 200_000.0]
    table = acceptability(costs, effects, thresholds, strategies=STRATEGIES)
    published = [STRATEGIES[i] for i in (0, 0, 2, 2, 3, 3)]
    assert table.loc[table["on_frontier"], "strategy"].tolist() == published
    often = table.loc[table.groupby("threshold")["probability_best"].idxmax(), "strategy"]
    assert often.tolist() == published
    assert table.loc[table["strategy"] == "Strategy A", "probability_best"].max() < 0.01
    # Costs and utilities of H and S2 are the same whatever is chosen, as far as treatment does not move anybody.
    net = 100_000 * effects - costs
    known = evppi(net, of).set_index("parameter")
    assert known["value"].idxmax() == "u_S1"
    assert (known["value"] < evpi(net)).all()
    assert known.loc[["hr_S1", "hr_S2", "c_H", "c_S1"], "value"].abs().max() < 1.0
