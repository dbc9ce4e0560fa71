"""Both errors of a mean over draws, of values whose errors are known."""

import numpy as np
import pytest
from scipy.stats import norm

from sim.analysis.uncertainty import shares_of, spread_of, variance_parts
from sim.analysis.uncertainty.simulation_noise import chance_by_block


def test_a_spread_is_freed_of_chance() -> None:
    luck = np.random.default_rng(1)
    inputs, chance = luck.normal(5, 2, 2000)[:, None], luck.normal(0, 4, (2000, 4))
    spread = spread_of(inputs + chance)
    assert spread is not None
    assert spread.inputs_high - spread.inputs_low == pytest.approx(2 * 1.96 * 2, rel=0.08)
    assert spread.simulation_high - spread.simulation_low == pytest.approx(2 * 1.96 * 4 / np.sqrt(8000), rel=0.05)
    assert spread.inputs_share == pytest.approx(4 / (4 + 16), abs=0.03)
    assert spread_of(np.array([[1.0, 2.0], [np.nan, 1.0]])) is None


def test_shares_of_draws_within_a_range_are_freed_of_chance() -> None:
    """Of normal inputs 68.3 % lie within a standard deviation; with the chance of four replications 52 % of means."""
    luck = np.random.default_rng(1)
    inputs, chance = luck.normal(5, 2, 4000)[:, None], luck.normal(0, 4, (4000, 4))
    shares = shares_of(inputs + chance, 3.0, 7.0)
    assert shares is not None
    of_draws = [each.of_draws for each in shares]
    assert of_draws == pytest.approx((0.1587, 0.6827, 0.1587), abs=4 * np.sqrt(0.22 / 4000))
    assert all(each.low < each.of_draws < each.high for each in shares)
    exact = shares_of(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]), 2.0, np.inf)
    assert exact is not None
    assert [each.of_draws for each in exact] == [1 / 3, 2 / 3, 0.0]
    assert (exact.above.low, exact.above.high) == pytest.approx((0.0, 3.8415 / 6.8415), rel=1e-4)
    assert shares_of(np.array([[1.0, 2.0], [np.nan, 1.0]]), 0.0, 1.0) is None


def test_without_chance_rounding_moves_nothing_over_an_end_or_over_0() -> None:
    for seed in range(40):
        drawn = np.random.default_rng(seed).choice([0.0, 0.0, 0.3, 1.7, -0.4], 50)
        values = np.repeat(drawn[:, None], 2, axis=1)
        spread, shares = spread_of(values), shares_of(values, 0.0, 1.7)
        assert spread is not None
        assert shares is not None
        assert spread.above == ((drawn > 0) + 0.5 * (drawn == 0)).mean()
        assert shares.within.of_draws == (drawn >= 0).mean()


def test_errors_without_chance_are_those_of_order_statistics_and_of_a_share() -> None:
    """sqrt(p (1 - p) / n) of a share, and of a quantile that over the density there."""
    draws = 4000
    spread = spread_of(np.repeat(np.random.default_rng(2).normal(0.5, 1, (draws, 1)), 2, axis=1))
    assert spread is not None
    assert spread.above_error == pytest.approx(np.sqrt(norm.cdf(0.5) * norm.sf(0.5) / draws), rel=0.25)
    of_end = np.sqrt(0.025 * 0.975 / draws) / norm.pdf(1.96)
    assert [spread.inputs_low_error, spread.inputs_high_error] == pytest.approx([of_end] * 2, rel=0.4)
    assert (spread.inputs_share, spread.inputs_share_error) == (1.0, 0.0)


def test_draws_that_all_agree_leave_some_of_the_others_open() -> None:
    """Wilson's interval of 12 in 12: from 12 / (12 + 1.96^2)."""
    spread = spread_of(np.linspace(1, 2, 12)[:, None] + np.zeros((12, 2)))
    assert spread is not None
    assert (spread.above, spread.above_error) == (1.0, 0.0)
    assert (spread.above_low, spread.above_high) == pytest.approx((12 / 15.8415, 1.0), rel=1e-4)


def test_nothing_that_differs_has_no_errors() -> None:
    spread = spread_of(np.zeros((20, 2)))
    assert spread is not None
    assert (spread.inputs_low_error, spread.inputs_high_error, spread.above_error) == (0.0, 0.0, 0.0)
    assert spread.above == 0.5


@pytest.mark.parametrize("block", [1, 4])
def test_chance_by_block_is_that_of_all_on_average(block: int) -> None:
    values = np.random.default_rng(3).normal(size=(40, 3))
    parts = variance_parts(values, block)
    assert chance_by_block(values, block).mean() == pytest.approx(parts.simulation)
    assert chance_by_block(values, block).shape == (40 // block,)
