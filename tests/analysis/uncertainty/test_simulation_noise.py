"""Chance told apart from uncertainty of inputs."""

import numpy as np
import pytest

from sim.analysis.uncertainty import VarianceParts, best_replications, noise_by_block, noise_covariance, variance_parts
from sim.analysis.uncertainty.simulation_noise import without_noise


def test_the_parts_of_a_variance_are_found_without_bias_and_with_their_errors() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        inputs = rng.normal(0, 2, (100, 1))
        found.append(variance_parts(inputs + rng.normal(0, 5, (100, 4))))
    for name, true in (("inputs", 4.0), ("simulation", 25.0)):
        values = np.array([getattr(each, name) for each in found])
        errors = np.array([getattr(each, f"{name}_error") for each in found])
        assert abs(values.mean() - true) < 4 * values.std() / 20
        assert errors.mean() == pytest.approx(values.std(), rel=0.15)


def test_by_hand() -> None:
    parts = variance_parts(np.array([[1.0, 3.0], [4.0, 6.0], [7.0, 9.0]]))
    assert parts.simulation == 2.0
    # The means 2, 5, 8 have variance 9, of which 2 / 2 is chance.
    assert parts.inputs == 8.0
    assert parts.mean_error == pytest.approx(np.sqrt(2 / 6))


def test_by_hand_in_blocks() -> None:
    """Two blocks of two draws in two replications."""
    parts = variance_parts(np.array([[1.0, 3.0], [4.0, 8.0], [7.0, 9.0], [10.0, 14.0]]), 2)
    # Means by block and replication are 2.5, 5.5 and 8.5, 11.5: of variance 4.5, and means of them 4 and 10 of 18.
    assert parts.mean_error == pytest.approx(np.sqrt(4.5 / 4))
    # Chance within draws is 2 and 8. Those of a block differ by 4, a variance of 8; by replication by 3 and 5, of which
    # half is to either side: what is left beside their means is 1 / 2 four times, of one degree of freedom.
    assert parts.simulation == 5.0
    assert parts.inputs == pytest.approx(18 - 4.5 / 2 + (8 - 1 / 2) / 2)


def test_the_parts_of_a_variance_are_found_in_blocks_too() -> None:
    """Of all inputs but prices 4, of prices 1; chance of 9 is shared by the draws of a block, and 1 is each draw's."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(400):
        inputs = np.repeat(rng.normal(0, 2, (60, 1)) + rng.normal(0, 3, (60, 4)), 4, axis=0)
        found.append(variance_parts(inputs + rng.normal(0, 1, (240, 1)) + rng.normal(0, 1, (240, 4)), 4))
    for name, true in (("inputs", 5.0), ("simulation", 10.0)):
        values = np.array([getattr(each, name) for each in found])
        errors = np.array([getattr(each, f"{name}_error") for each in found])
        assert abs(values.mean() - true) < 4 * values.std() / 20
        assert errors.mean() == pytest.approx(values.std(), rel=0.15)
    # Chance of a mean over all: what is shared, of 60 by 4, and of the rest, of 240 by 4.
    assert np.mean([each.mean_error for each in found]) == pytest.approx(np.sqrt((9 + 1 / 4) / 240), rel=0.02)


@pytest.mark.parametrize("values", [np.zeros((5, 1)), np.zeros(5), np.zeros((1, 5))])
def test_too_few_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at least 2 of each"):
        variance_parts(values)


def test_nan_is_named_by_its_draw() -> None:
    values = np.zeros((5, 2))
    values[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"1 of 5 draws .* draw 3"):
        variance_parts(values)


def test_a_budget_is_laid_out_as_the_variance_of_the_estimate_asks_for() -> None:
    """Of 2,000 replications with 9 times as much chance as the inputs bring, ten a draw; by simulation, too."""
    pilot = VarianceParts(1.0, 0.1, 9.0, 0.1, 100, 4)
    assert best_replications(pilot, 20_000) == 10
    best = best_replications(pilot, 2_000)
    assert best in (10, 11)
    rng = np.random.default_rng(9)

    def spread(replications: int) -> float:
        draws = 2_000 // replications
        values = rng.normal(0, 1, (600, draws, 1)) + rng.normal(0, 3, (600, draws, replications))
        return float(np.std([variance_parts(each).inputs for each in values]))

    assert spread(best) < 0.8 * min(spread(2), spread(100))


def test_where_a_pilot_finds_nothing_draws_are_left() -> None:
    assert best_replications(VarianceParts(-0.5, 0.5, 9.0, 0.1, 20, 4), 10_000) == 19
    assert best_replications(VarianceParts(0.0, 0.0, 9.0, 0.1, 20, 4), 10_000) == 500
    assert best_replications(VarianceParts(1.0, 0.1, 0.0, 0.0, 20, 4), 10_000) == 2


def test_values_without_noise_have_the_covariance_that_is_left() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3))
    covariance = np.cov(values.T, ddof=0)
    noise = 0.3 * covariance + 0.01 * np.diag(np.diag(covariance))
    parts = without_noise(values, noise)
    assert np.allclose(np.cov(parts.signal.T, ddof=0), covariance - noise)
    assert np.allclose(parts.excess, 0)


def test_it_does_not_matter_which_strategy_values_are_told_against() -> None:
    rng = np.random.default_rng(4)
    values, noise = rng.normal(size=(200, 2)), np.array([[0.3, 0.1], [0.1, 0.2]])
    change = np.array([[-1.0, 0.0], [-1.0, 1.0]])
    told, other = without_noise(values, noise), without_noise(values @ change.T, change @ noise @ change.T)
    assert np.allclose(told.signal @ change.T, other.signal)


def test_what_is_less_than_noise_is_set_apart() -> None:
    values = np.random.default_rng(5).normal(size=(100, 1))
    parts = without_noise(values, np.array([[2 * values.var()]]))
    assert np.allclose(parts.signal, 0)
    assert parts.excess.var() == pytest.approx(values.var())


def test_noise_of_replications() -> None:
    rng = np.random.default_rng(6)
    shared = rng.normal(0, 3, (2000, 5, 1))
    found = noise_covariance(rng.normal(0, 2, (2000, 5, 2)) + shared)
    assert np.allclose(found, [[13 / 5, 9 / 5], [9 / 5, 13 / 5]], rtol=0.1)


@pytest.mark.parametrize("block", [1, 3])
def test_noise_by_block_is_the_covariance_on_average(block: int) -> None:
    values = np.random.default_rng(5).normal(size=(30, 4, 2))
    assert noise_by_block(values, block).mean(axis=0) == pytest.approx(noise_covariance(values))
    assert noise_by_block(values, block).shape == (30 // block, 2, 2)
    with pytest.raises(ValueError, match="at least 2 are needed"):
        noise_by_block(values[:, :1], block)
