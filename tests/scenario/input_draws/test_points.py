"""Points in the unit cube, and their correlation."""

import numpy as np
import pytest
from scipy.stats import kstest, norm, spearmanr

from sim.scenario.input_draws.points import Design, correlated, points


@pytest.mark.parametrize("design", ["sobol", "latin_hypercube", "random"])
def test_each_coordinate_is_uniform_and_the_same_again(design: Design) -> None:
    laid = points(1000, 7, design, seed=3)
    assert laid.shape == (1000, 7)
    assert ((laid > 0) & (laid < 1)).all()
    assert all(kstest(column, "uniform").pvalue > 0.001 for column in laid.T)
    assert np.array_equal(laid, points(1000, 7, design, seed=3))
    assert not np.array_equal(laid, points(1000, 7, design, seed=4))


def test_more_sobol_points_go_on_from_fewer() -> None:
    assert np.array_equal(points(300, 5)[:40], points(40, 5))


def test_a_latin_hypercube_has_a_point_in_each_row() -> None:
    laid = points(50, 3, "latin_hypercube")
    assert (np.sort((laid * 50).astype(int), axis=0) == np.arange(50)[:, None]).all()


def test_a_mean_of_sobol_points_is_nearer_than_chance() -> None:
    # Of a sum of 20 uniform coordinates, in standard errors of as many random points.
    errors = [abs(points(1024, 20, "sobol", seed).sum(axis=1).mean() - 10) for seed in range(10)]
    assert np.sqrt(np.mean(np.square(errors))) < 0.2 * np.sqrt(20 / 12 / 1024)


def test_normal_scores_have_the_correlation_that_is_stated() -> None:
    laid = points(4096, 3)
    tied = correlated(laid, ["a", "b", "c"], {("a", "c"): 0.6})
    assert np.array_equal(tied[:, 1], laid[:, 1])
    assert np.corrcoef(norm.ppf(tied[:, [0, 2]]).T)[0, 1] == pytest.approx(0.6, abs=0.03)
    assert spearmanr(tied[:, 0], tied[:, 2])[0] == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.03)


def test_correlations_that_cannot_be_are_named() -> None:
    pairs = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    with pytest.raises(ValueError, match=r"a with b 0\.9, b with c 0\.9, a with c -0\.9"):
        correlated(points(8, 3), ["a", "b", "c"], pairs)


def test_no_inputs_and_other_designs() -> None:
    assert points(5, 0).shape == (5, 0)
    with pytest.raises(ValueError, match="design must be"):
        points(5, 2, "halton")  # type: ignore[arg-type]
