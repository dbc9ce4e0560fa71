"""Cost-effectiveness tables, net benefits and values of information against the independent package heormodel.

Runs where heormodel (PyPI, MIT) is installed: `pip install heormodel`. It is not needed for development otherwise.
Numbers come from continuous distributions, so that ties, which the two treat differently, do not occur: heormodel
calls the second of two equal strategies dominated and gives a tied replication to the first.
"""

import numpy as np
import pandas as pd
import pytest

from sim.analysis.cost_effectiveness import cost_effectiveness_table
from sim.analysis.increments import incremental_table
from sim.analysis.net_benefit import net_monetary_benefit
from sim.analysis.uncertainty import acceptability, evpi, evppi, evsi

cea = pytest.importorskip("heormodel.cea")
models = pytest.importorskip("heormodel.models")
voi = pytest.importorskip("heormodel.voi")


@pytest.mark.parametrize("seed", range(200))
def test_frontier_is_heormodels(seed: int) -> None:
    """From 1 to 15 strategies, costs rising with effects on the whole, so that long frontiers and both kinds of
    dominance are common."""
    rng = np.random.default_rng(seed)
    count = 1 + seed % 15
    effects = rng.uniform(0, 10, count)
    costs = 100 * effects ** rng.uniform(0.5, 3) + rng.normal(0, 50, count)
    names = [f"s{i}" for i in range(count)]
    theirs = cea.icer_table(pd.DataFrame({"cost": costs, "effect": effects}, index=names))
    ours = cost_effectiveness_table(
        dict(zip(names, costs.tolist(), strict=True)), dict(zip(names, effects.tolist(), strict=True))
    )
    assert ours["strategy"].tolist() == theirs.index.tolist()
    assert ours["status"].tolist() == theirs["status"].tolist()
    for here, there in {"incremental_cost": "inc_cost", "incremental_effect": "inc_effect", "icer": "icer"}.items():
        assert ours[here].tolist() == pytest.approx(theirs[there].tolist(), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("seed", range(20))
def test_increments_and_net_benefits_are_heormodels(seed: int) -> None:
    rng = np.random.default_rng(1_000 + seed)
    names, replications = ["w", "x", "y", "z"], 25
    effects = pd.DataFrame(rng.normal(10, 1, (replications, 4)) + rng.uniform(0, 3, 4), columns=names)
    costs = pd.DataFrame(rng.gamma(4, 250, (replications, 4)) + rng.uniform(0, 3_000, 4), columns=names)
    thresholds = [0.0, 250.0, 1_000.0, 20_000.0]
    frame = costs.melt(ignore_index=False, var_name="strategy", value_name="cost").reset_index(names="replication")
    frame["effect"] = effects.melt()["value"]
    theirs = models.Outcomes.from_wide(costs, effects)

    table = incremental_table(frame)
    expected = cea.icer_table(theirs)
    assert table["strategy"].tolist() == expected.index.tolist()
    assert table["status"].tolist() == expected["status"].tolist()
    certain = table["icer"].notna().to_numpy()
    assert table["icer"][certain].tolist() == pytest.approx(expected["icer"][certain].tolist(), rel=1e-9)

    benefits = net_monetary_benefit(frame, thresholds).set_index(["threshold", "strategy"])
    curve = cea.ceac(theirs, thresholds)
    frontier = cea.ceaf(theirs, thresholds)["intervention"]
    for threshold in thresholds:
        here = benefits.loc[threshold]
        assert here["net_benefit"].to_dict() == pytest.approx(cea.expected_nmb(theirs, threshold).to_dict(), rel=1e-9)
        assert here["probability_best"].to_dict() == pytest.approx(curve.loc[threshold].to_dict(), abs=1e-12)
        assert here.index[here["best"]].tolist() == [frontier[threshold]]


@pytest.mark.parametrize("seed", range(20))
def test_curves_losses_and_evpi_are_heormodels(seed: int) -> None:
    """Without replications there is no chance to take out; and the EVPI is the least expected loss."""
    rng = np.random.default_rng(2_000 + seed)
    names = ["w", "x", "y", "z"]
    effects = pd.DataFrame(rng.normal(10, 1, (40, 4)) + rng.uniform(0, 1, 4), columns=names)
    costs = pd.DataFrame(rng.gamma(4, 250, (40, 4)) + rng.uniform(0, 1_000, 4), columns=names)
    theirs, thresholds = models.Outcomes.from_wide(costs, effects), [0.0, 250.0, 1_000.0]
    table = acceptability(costs, effects, thresholds)
    losses = table.pivot(index="threshold", columns="strategy", values="expected_loss")
    assert losses.to_numpy() == pytest.approx(cea.expected_loss(theirs, thresholds)[names].to_numpy(), rel=1e-9)
    shares = table.pivot(index="threshold", columns="strategy", values="probability_best")
    assert shares.to_numpy() == pytest.approx(cea.ceac(theirs, thresholds)[names].to_numpy(), abs=1e-12)
    for threshold in thresholds:
        value = float(evpi(threshold * effects - costs))
        assert value == pytest.approx(voi.evpi(theirs, threshold), rel=1e-9)
        assert value == pytest.approx(losses.loc[threshold].min(), rel=1e-9)


def example(draws: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    """That of heormodel's documentation of `evppi` and `evsi_regression`: one strategy is worth a standard normal."""
    gain = np.random.default_rng(0).normal(0, 1, draws)
    return gain, np.column_stack([np.zeros(draws), gain])


def test_the_examples_of_heormodels_documentation() -> None:
    """EVPI: a cost of 5 for an effect of 1 or -1, worth 10 each, is 2.5."""
    assert float(evpi(np.tile([[0.0, 5.0], [0.0, -15.0]], (5, 1)))) == pytest.approx(2.5)
    gain, net = example()
    row = evppi(net, {"e_b": gain}).iloc[0]
    assert abs(row["value"] - 1 / np.sqrt(2 * np.pi)) < 3 * row["standard_error"]
    # A mean with an error of 0.1 is that of 100 observations with one of 1.
    study = evsi(net, gain, 1.0, [100]).iloc[0]
    assert abs(study["value"] - np.sqrt(1 / 1.01) / np.sqrt(2 * np.pi)) < 3 * study["standard_error"]
    outcomes = models.Outcomes.from_wide(*(pd.DataFrame(each, columns=["A", "B"]) for each in (0 * net, net)))
    draws = pd.DataFrame({"e_b": gain}, index=pd.RangeIndex(len(gain), name="iteration"))
    assert row["value"] == pytest.approx(voi.evppi(outcomes, draws, "e_b", wtp=1.0), abs=0.01)
    seen = pd.DataFrame({"xbar": gain + np.random.default_rng(1).normal(0, 0.1, len(gain))}, index=draws.index)
    assert study["value"] == pytest.approx(voi.evsi_regression(outcomes, seen, wtp=1.0), abs=0.01)


def test_what_plays_no_part_is_worth_something_there_and_nothing_here() -> None:
    """Their regression takes noise for value, and clips at 0; ours scatters around 0."""
    theirs, ours = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        net = np.column_stack([np.zeros(500), rng.normal(0, 1000, 500)])
        unused = pd.DataFrame({"unused": rng.normal(size=500)}, index=pd.RangeIndex(500, name="iteration"))
        outcomes = models.Outcomes.from_wide(*(pd.DataFrame(each, columns=["A", "B"]) for each in (-net, 0 * net)))
        theirs.append(voi.evppi(outcomes, unused, "unused", wtp=0.0))
        ours.append(evppi(net, unused)["value"][0])
    assert np.mean(theirs) > 10
    assert abs(np.mean(ours)) < 4 * np.std(ours) / np.sqrt(20)
