"""Cost-effectiveness tables and net benefits against the independent package heormodel, over random tables.

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

cea = pytest.importorskip("heormodel.cea")
models = pytest.importorskip("heormodel.models")


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
