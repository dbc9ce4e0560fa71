"""Acceptability curves, their frontier and expected losses."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sim.analysis.uncertainty import acceptability, evpi


def outcomes(draws: int = 4000) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(1)
    costs = pd.DataFrame({"today": np.zeros(draws), "option": rng.normal(1000, 300, draws)})
    return costs, pd.DataFrame({"today": np.zeros(draws), "option": rng.normal(0.02, 0.01, draws)})


@pytest.mark.parametrize("threshold", [0.0, 50_000.0, 100_000.0])
def test_normal_costs_and_effects(threshold: float) -> None:
    table = acceptability(*outcomes(), [threshold]).set_index("strategy")
    true = norm.cdf((threshold * 0.02 - 1000) / np.hypot(300, threshold * 0.01))
    assert table.loc["option", "probability_best"] == pytest.approx(true, abs=4 * np.sqrt(0.25 / 4000))
    assert table["probability_best"].sum() == pytest.approx(1)
    assert bool(table.loc["option", "on_frontier"]) == (table.loc["option", "expected_net_benefit"] > 0)


def test_the_least_expected_loss_is_the_value_of_perfect_information() -> None:
    costs, effects = outcomes()
    for threshold in (0.0, 60_000.0, 200_000.0):
        table = acceptability(costs, effects, [threshold])
        net = threshold * effects - costs
        assert table["expected_loss"].min() == pytest.approx(float(evpi(net)))
        assert table.loc[table["expected_loss"].idxmin(), "on_frontier"]


def test_equal_strategies_share_the_draws() -> None:
    costs, effects = outcomes(100)
    costs["again"], effects["again"] = costs["option"], effects["option"]
    table = acceptability(costs, effects, [80_000.0]).set_index("strategy")
    assert table.loc["again", "probability_best"] == table.loc["option", "probability_best"]


def test_noise_is_taken_out_before_draws_are_counted() -> None:
    """The option costs 100 less for certain; noise of sd 500 alone would make it best in 58 % of draws."""
    rng = np.random.default_rng(2)
    costs = np.column_stack([np.zeros(2000), rng.normal(-100, 500, 2000)])
    noise = np.zeros((4, 4))
    noise[1, 1] = 500**2
    raw = acceptability(costs, np.zeros((2000, 2)), [0.0])
    freed = acceptability(costs, np.zeros((2000, 2)), [0.0], noise)
    assert raw.loc[1, "probability_best"] == pytest.approx(norm.cdf(0.2), abs=0.05)
    assert freed.loc[1, "probability_best"] > 0.9


def test_nan_is_refused() -> None:
    costs, effects = outcomes(20)
    effects.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match="effects must be finite"):
        acceptability(costs, effects, [1.0])
