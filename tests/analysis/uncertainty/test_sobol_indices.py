"""Sobol' indices against closed forms, with simulated chance added; and what SALib does that is guarded against."""

import copy
import warnings

import numpy as np
import pytest

from sim.analysis.uncertainty.sobol_indices import salib, sobol_indices, sobol_points

NAMES = ["x1", "x2", "x3"]
VARIANCE = 7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.1**2 * np.pi**8 / 18 + 0.5
OF_X1 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
FIRST = np.array([OF_X1, 7**2 / 8, 0.0]) / VARIANCE
TOTAL = np.array([OF_X1 + 8 * 0.1**2 * np.pi**8 / 225, 7**2 / 8, 8 * 0.1**2 * np.pi**8 / 225]) / VARIANCE
"""Of Ishigami's function with a = 7, b = 0.1 (Ishigami and Homma 1990)."""


def ishigami(points: np.ndarray) -> np.ndarray:
    x = 2 * np.pi * points - np.pi
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def noisy(draws: int, replications: int, noise: float, seed: int = 1, own: float = 1.0) -> np.ndarray:
    """With chance that the points of one draw share, and some that is each point's own."""
    values, generator = ishigami(sobol_points(NAMES, draws, seed)), np.random.default_rng(seed)
    shared = np.repeat(generator.normal(size=(draws, replications)), 5, axis=0)
    return values[:, None] + noise * (shared + own * generator.normal(size=(len(values), replications)))


def test_ishigamis_indices_are_found_beneath_chance_twice_their_size() -> None:
    found = sobol_indices(noisy(4096, 4, 4.0), NAMES)
    table = found.table.set_index("input").loc[NAMES]
    assert found.variance == pytest.approx(VARIANCE, abs=4 * found.variance_error)
    assert found.noise == pytest.approx(2 * 16 / 4, rel=0.05)
    assert table["first"].to_numpy() == pytest.approx(FIRST, abs=0.05)
    assert table["total"].to_numpy() == pytest.approx(TOTAL, abs=0.05)
    # Without the correction each total index has 4 / (variance + 8) of chance in it.
    assert table["total_raw"].to_numpy() == pytest.approx((TOTAL * VARIANCE + 4) / (VARIANCE + 8), abs=0.05)
    assert list(found.table["input"]) == ["x1", "x2", "x3"]


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    studies, held = 60, np.zeros((2, 3))
    for seed in range(studies):
        table = sobol_indices(noisy(256, 2, 2.0, seed), NAMES, resamples=200).table.set_index("input").loc[NAMES]
        for i, (name, truth) in enumerate((("first", FIRST), ("total", TOTAL))):
            held[i] += (table[f"{name}_low"] <= truth) & (truth <= table[f"{name}_high"])
    assert (held >= 0.95 * studies - 4 * np.sqrt(0.95 * 0.05 * studies)).all(), held


def test_without_chance_they_are_salibs() -> None:
    values = ishigami(sobol_points(NAMES, 512))
    table = sobol_indices(np.column_stack([values, values]), NAMES, 50).table
    assert table["first"].to_numpy() == pytest.approx(table["first_raw"].to_numpy(), abs=1e-9)
    assert table["total"].to_numpy() == pytest.approx(table["total_raw"].to_numpy(), abs=1e-9)


def test_groups_have_an_index_of_their_own() -> None:
    groups = ["both", "x2", "both"]
    values = ishigami(sobol_points(groups, 2048))
    table = sobol_indices(np.column_stack([values, values]), groups, 50).table.set_index("input")
    # What is between x1 and x3 is within their group.
    assert table.loc[["both", "x2"], "first"].to_numpy() == pytest.approx([1 - FIRST[1], FIRST[1]], abs=0.02)
    assert table.loc[["both", "x2"], "total"].to_numpy() == pytest.approx([1 - FIRST[1], FIRST[1]], abs=0.02)


def test_an_outcome_that_no_input_moves_has_no_indices() -> None:
    for values in (np.zeros((5 * 16, 2)), np.repeat(np.random.default_rng(1).normal(size=(16, 2)), 5, axis=0)):
        found = sobol_indices(values, NAMES, 20)
        assert found.variance <= 2 * found.variance_error or not found.variance
    assert sobol_indices(np.zeros((5 * 16, 2)), NAMES, 20).table["total"].isna().all()


def test_salib_makes_zeros_of_one_nan_and_here_it_is_refused() -> None:
    values = noisy(16, 2, 0.0)
    values[7, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem = {"num_vars": 3, "names": NAMES, "bounds": [[0, 1]] * 3}
        told = salib("analyze.sobol").analyze(problem, values.mean(axis=1), calc_second_order=False)
    assert not told["S1"].any()
    with pytest.raises(ValueError, match=r"1 of 80 draws hold NaN"):
        sobol_indices(values, NAMES)


def test_salib_takes_points_for_those_of_another_plan_and_here_they_are_counted() -> None:
    # Eight points more than a draw has are a whole number of draws of second order: no error, and other indices.
    values = ishigami(sobol_points(NAMES, 512))
    problem = {"num_vars": 3, "names": NAMES, "bounds": [[0, 1]] * 3}
    wrong = salib("analyze.sobol").analyze(problem, values)
    assert np.abs(wrong["S1"] - FIRST).max() > 0.2
    right = sobol_indices(np.column_stack([values, values]), NAMES, 20).table.set_index("input").loc[NAMES, "first"]
    assert np.abs(right - FIRST).max() < 0.1
    with pytest.raises(ValueError, match="81 points are no whole number of draws of 3 groups: 5 each"):
        sobol_indices(np.zeros((81, 2)), NAMES)


def test_a_single_group_is_refused_of_which_salib_says_something() -> None:
    with pytest.raises(ValueError, match="at least two that are not of one group"):
        sobol_points(["all", "all", "all"], 16)


def test_one_replication_and_draws_that_are_no_power_of_two_are_refused() -> None:
    with pytest.raises(ValueError, match="as one does not tell its chance"):
        sobol_indices(np.zeros((80, 1)), NAMES)
    with pytest.raises(ValueError, match="draws must be a power of two from 4 to 1,048,576, not 100"):
        sobol_points(NAMES, 100)


def test_no_problem_is_shared_with_salib_which_writes_into_some() -> None:
    problem = {"num_vars": 3, "names": list(NAMES), "bounds": [[0, 1]] * 3}
    before = copy.deepcopy(problem)
    salib("sample.ff").sample(problem)
    assert problem != before
    assert (sobol_points(NAMES, 8, 3) == sobol_points(NAMES, 8, 3)).all()


def test_salibs_fast_says_1_of_a_constant_which_is_why_it_is_not_used() -> None:
    problem = {"num_vars": 3, "names": list(NAMES), "bounds": [[0, 1]] * 3}
    points = salib("sample.fast_sampler").sample(problem, 65, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = salib("analyze.fast").analyze(problem, np.full(len(points), 3.0), seed=1)
    assert not np.allclose(told["ST"], 0, atol=0.1)
