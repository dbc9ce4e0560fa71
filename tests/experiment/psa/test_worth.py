"""The frontier and net benefit of what draws come to on average."""

import numpy as np
import pytest
from experiment.psa.made import analysis
from experiment.psa.test_psa import ward

from sim.experiment.psa import PsaResult
from sim.experiment.psa.worth import OPEN, frontier_of_draws, net_benefit_of_draws

COST, EFFECT = "cost.per_patient_discounted.society", "qalys.per_patient_discounted"
HOW = "qaly", "society", "cohort"
DRAWS = 50


def made(costs: list[float], effects: list[float], chance: float = 0.0) -> PsaResult:
    """Scenarios that cost and gain so much on average over draws, the last of each also by a draw's own input from
    -1 to 1, and by chance of its own in each of two futures."""
    scenarios = {f"s{j}": ward(utilities={"well": 0.8, "setback": 0.7, "unwell": 0.6}) for j in range(len(costs))}
    shape = DRAWS, 2, len(costs)
    inputs = np.linspace(-1, 1, DRAWS)[:, None]
    luck = chance * np.random.default_rng(1).standard_normal((DRAWS, 2))
    columns = {
        name: np.broadcast_to(np.array(means), shape).copy() for name, means in ((COST, costs), (EFFECT, effects))
    }
    columns[COST][:, :, -1] += 100 * inputs + luck - luck.mean()
    columns[EFFECT][:, :, -1] += 0.1 * inputs
    return analysis(scenarios, columns)


def test_increments_of_the_means_with_both_intervals() -> None:
    """By hand: 200 more for 0.02 QALY is 10,000 a QALY, whatever single draws say."""
    rows = frontier_of_draws(made([1000.0, 1200.0], [1.0, 1.02], chance=10.0), *HOW).to_dict("records")
    assert [row["status"] for row in rows] == ["ND", "ND"]
    found = rows[1]
    assert (found["cost"], found["effect"]) == pytest.approx((1200.0, 1.02))
    assert (found["incremental_cost"], found["incremental_effect"]) == pytest.approx((200.0, 0.02))
    assert found["icer"] == pytest.approx(10_000.0)
    assert np.isnan(found["icer_low"])
    assert not found["note"]
    # Of draws from 100 to 300, of effects from -0.08 to 0.12: their middle 95 %.
    assert found["incremental_cost_inputs_low"] == pytest.approx(100, abs=8)
    assert found["incremental_effect_inputs_high"] == pytest.approx(0.12, abs=0.002)
    luck = 10.0 * np.random.default_rng(1).standard_normal((DRAWS, 2))
    half = 1.959964 * np.sqrt(luck.var(axis=1, ddof=1).mean() / luck.size)
    assert found["incremental_cost_high"] - found["incremental_cost_low"] == pytest.approx(2 * half)
    assert np.isnan(rows[0]["incremental_cost"])


def test_what_dominates_and_what_chance_leaves_open() -> None:
    rows = frontier_of_draws(made([1000.0, 1300.0, 1200.0], [1.0, 0.9, 1.1]), *HOW).set_index("strategy")
    assert rows.loc["s1", ["status", "note"]].tolist() == ["D", "dominated by s0 on average over draws"]
    mixed = frontier_of_draws(made([1000.0, 1150.0, 1200.0], [1.0, 1.01, 1.1]), *HOW).set_index("strategy")
    assert mixed.loc["s1", "note"] == "extendedly dominated by a mix of s0 and s2 on average over draws"
    psa = made([1000.0, 1200.0], [1.0, 1.01])
    luck, of_each = np.random.default_rng(2).standard_normal(2 * DRAWS), psa.outcomes[EFFECT].to_numpy().copy()
    of_each[1::2] += luck - luck.mean()
    noisy = PsaResult(psa.about, psa.inputs, psa.outcomes.assign(**{EFFECT: of_each}))
    last = frontier_of_draws(noisy, *HOW)[["status", "icer", "note"]].iloc[-1].tolist()
    assert (last[0], np.isnan(last[1]), last[2]) == ("ND", True, OPEN)


def test_net_benefit_is_told_with_the_chance_of_being_best() -> None:
    """By hand: at 20,000 a QALY it is worth 20,000 (0.02 + 0.1 x) - (200 + 100 x) = 200 + 1,900 x, x from -1 to 1."""
    rows = net_benefit_of_draws(made([1000.0, 1200.0], [1.0, 1.02]), [0.0, 20_000.0], *HOW)
    assert rows["threshold"].tolist() == [0.0, 0.0, 20_000.0, 20_000.0]
    assert rows["difference"].tolist() == pytest.approx([0.0, -200.0, 0.0, 200.0])
    assert rows["best"].tolist() == [True, False, False, True]
    best = rows.set_index(["threshold", "strategy"])["probability_best"]
    assert best[0.0, "s1"] == 0.0
    assert best[20_000.0, "s1"] == np.mean(200 + 1900 * np.linspace(-1, 1, DRAWS) > 0)
    last = rows.iloc[-1]
    assert (last["difference_inputs_low"], last["difference_inputs_high"]) == pytest.approx((-1700, 2100), abs=30)
    assert (last["difference_low"], last["difference_high"]) == pytest.approx((200.0, 200.0))


def test_the_chance_of_being_best_is_known_as_well_as_the_analysis_says() -> None:
    """Chance is told by few replications, which leaves the share open as well: as much in either table."""
    psa = made([1000.0, 1200.0], [1.0, 1.05], chance=1000.0)
    rows, known = net_benefit_of_draws(psa, [10_000.0], *HOW), psa.acceptability([10_000.0])
    for name in ("probability_best", "probability_low", "probability_high"):
        assert rows[name].tolist() == known[name].tolist()


@pytest.mark.parametrize("view", ["cohort", "system"])
def test_costs_of_the_other_view_must_be_kept(view: str) -> None:
    psa = made([1000.0, 1200.0], [1.0, 1.02])
    why = psa.why_not_weighed("qaly", "society", view)  # type: ignore[arg-type]
    assert (why == "") == (view == "cohort")
