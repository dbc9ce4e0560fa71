"""Both errors of a mean over draws, of values whose errors are known."""

import numpy as np
import pytest

from sim.analysis.uncertainty import shares_of, spread_of


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
    assert shares == pytest.approx((0.1587, 0.6827, 0.1587), abs=4 * np.sqrt(0.22 / 4000))
    assert shares_of(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]), 2.0, 3.0) == (1 / 3, 2 / 3, 0.0)
    assert shares_of(np.array([[1.0, 2.0], [np.nan, 1.0]]), 0.0, 1.0) is None
