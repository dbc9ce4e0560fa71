"""Value of information against closed forms, and against nothing to be gained."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sim.analysis.uncertainty import evpi, evppi, evsi, population_value
from sim.analysis.uncertainty.simulation_noise import FreedValues, without_noise
from sim.analysis.uncertainty.smoothers import _orthogonal, smoother
from sim.analysis.uncertainty.value_of_information import _gain, _gains_of_samples

DRAWS = 1000


def unit_loss(mean: float, sd: float) -> float:
    """The gain of knowing a normal difference: E max(d, 0) - max(E d, 0) (Raiffa and Schlaifer 1961)."""
    return float(sd * norm.pdf(mean / sd) + mean * norm.cdf(mean / sd) - max(mean, 0.0))


def linear(seed: int, draws: int = DRAWS) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Two strategies whose difference is a + b, of mean 0.3 and standard deviations 1 and 2."""
    rng = np.random.default_rng(seed)
    inputs = {"a": rng.normal(0.3, 1, draws), "b": rng.normal(0, 2, draws), "c": rng.normal(0, 1, draws)}
    return np.column_stack([np.zeros(draws), inputs["a"] + inputs["b"]]), inputs


def near(values: list[float], true: float) -> bool:
    return abs(np.mean(values) - true) < 4 * np.std(values) / np.sqrt(len(values))


def test_evpi_of_a_normal_difference() -> None:
    found = [evpi(linear(seed)[0]) for seed in range(20)]
    assert near([float(each) for each in found], unit_loss(0.3, np.sqrt(5)))
    assert np.mean([each.standard_error for each in found]) == pytest.approx(np.std(found), rel=0.5)


def test_evppi_of_normal_inputs() -> None:
    found = np.array([evppi(*linear(seed))["value"] for seed in range(20)])
    for column, true in enumerate((unit_loss(0.3, 1), unit_loss(0.3, 2), 0.0)):
        assert near(found[:, column].tolist(), true)


def test_values_of_draws_in_blocks() -> None:
    """Four draws of b share a, and luck; as if they did not, the error of a would be told half as large as it is."""
    found: dict[str, list[tuple[float, float]]] = {}
    apart = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        inputs = {"a": np.repeat(rng.normal(0.3, 2, 60), 4), "b": rng.normal(0, 1, 240)}
        luck = np.repeat(rng.normal(0, 4, (60, 4)), 4, axis=0)
        difference = (inputs["a"] + inputs["b"])[:, None] + luck
        net = np.stack([np.zeros_like(difference), difference], axis=2)
        everything = evpi(net, block=4)
        found.setdefault("all", []).append((float(everything), everything.standard_error))
        for name, value, error in evppi(net, inputs, block=4).to_numpy():
            found.setdefault(name, []).append((value, error))
        study = evsi(net, inputs["b"], 4.0, [16], block=4).iloc[0]
        found.setdefault("study", []).append((study["value"], study["standard_error"]))
        apart.append(evppi(net, {"a": inputs["a"]}).loc[0, "standard_error"])
    spreads = {"all": np.sqrt(5), "a": 2.0, "b": 1.0, "study": np.sqrt(0.5)}
    away = []
    for name, spread in spreads.items():
        values, errors = np.array(found[name]).T
        assert near(values.tolist(), unit_loss(0.3, float(spread)))
        away += list((values - unit_loss(0.3, float(spread))) / errors)
    assert 0.6 < np.std(away) < 1.4
    assert np.mean(apart) < 0.7 * np.mean(found["a"], axis=0)[1]
    with pytest.raises(ValueError, match="240 draws are no whole number of blocks of 7"):
        evpi(net, block=7)


@pytest.mark.parametrize(("columns", "within"), [(1, 1e-9), (2, 0.02)], ids=["spline", "process"])
def test_what_residuals_share_and_a_fit_keeps_of_it_is_what_its_matrix_says(columns: int, within: float) -> None:
    """Of a covariance of 2 within draws and 3 more within blocks of four, as it is and not as drawn."""
    rng = np.random.default_rng(5)
    inputs = np.column_stack([rng.normal(size=80), np.repeat(rng.normal(size=20), 4)])[:, :columns]
    fit = smoother(inputs, np.sin(2 * inputs[:, :1]) + rng.normal(0, 0.3, (80, 1)), 4)
    blocks = np.kron(np.eye(20), np.ones((4, 4)))
    covariance = 2 * np.eye(80) + 3 * blocks
    # Columns whose products add up to it: what is linear in squares is what is expected of it.
    alone, shared = fit.residual_covariance(np.linalg.cholesky(covariance), 4)
    assert (np.trace(alone), np.trace(shared)) == (pytest.approx(2, rel=within), pytest.approx(3, rel=within))
    hat, mean = fit(np.eye(80)), np.full((80, 80), 1 / 80)
    kept = np.trace(hat @ covariance @ hat.T) - np.trace(mean @ covariance @ mean.T)
    noise = fit.noise_of((np.array([[2.0]]), np.array([[3.0]])), 80, 4)
    assert noise[0, 0] == pytest.approx(kept / 80)


def test_an_input_that_plays_no_part_is_worth_nothing_within_its_error() -> None:
    within = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        net = np.column_stack([np.zeros(DRAWS), rng.normal(0, 1000, DRAWS)])
        row = evppi(net, {"unused": rng.normal(size=DRAWS)}).iloc[0]
        within += abs(row["value"]) <= 2 * row["standard_error"]
    assert within >= 89


def test_a_group_that_plays_no_part_is_worth_nothing_and_is_never_sure_of_it() -> None:
    found = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        inputs = {name: rng.normal(size=100) for name in "abc"}
        net = np.column_stack([np.zeros(100), rng.normal(0, 1, 100)])
        row = evppi(net, inputs, {"all": list("abc")}).iloc[-1]
        found.append((row["value"], row["standard_error"]))
    values, errors = np.array(found).T
    assert errors.min() > 0.005
    assert (np.abs(values) <= 2 * errors).sum() >= 21
    # What the fit of a process tuned to its own noise shows is 0.12 on average.
    assert abs(values.mean()) < 0.05


def test_inputs_known_together_are_worth_what_neither_is_alone() -> None:
    values = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=(2, 600))
        net = np.column_stack([np.zeros(600), a * b + rng.normal(size=600)])
        table = evppi(net, {"a": a, "b": b}, groups={"both": ["a", "b"]}).set_index("parameter")
        assert (table.loc[["a", "b"], "value"].abs() < 3 * table.loc[["a", "b"], "standard_error"]).all()
        values.append(float(table.loc["both", "value"]))
    # E max(ab, 0) = E|a| E|b| / 2 = 1 / pi.
    assert np.mean(values) == pytest.approx(1 / np.pi, abs=0.08)


def test_a_structure_of_few_alternatives_has_a_mean_for_each() -> None:
    rng = np.random.default_rng(7)
    curve = rng.integers(3, size=DRAWS)
    effect = np.array([-1.0, 0.0, 2.0])[curve] + rng.normal(0, 0.1, DRAWS)
    shares = np.bincount(curve) / DRAWS
    table = evppi(np.column_stack([np.zeros(DRAWS), effect]), {"curve": curve})
    assert table.loc[0, "value"] == pytest.approx(shares[0], abs=0.02)


def test_two_strategies_alike_leave_nothing_to_know() -> None:
    values = np.random.default_rng(8).normal(size=DRAWS)
    found = evpi(np.column_stack([values, values]))
    assert (float(found), found.standard_error) == (0.0, 0.0)
    assert evppi(np.column_stack([values, values]), {"x": values})[["value", "standard_error"]].eq(0.0).all(axis=None)


def test_noise_of_the_simulation_is_no_value() -> None:
    """Alike but for chance of sd 1 in each of ten replications: the mean of a maximum shows that chance."""
    raw, freed = [], []
    for seed in range(60):
        simulated = np.random.default_rng(seed).normal(0, 1, (DRAWS, 10, 2))
        raw.append(float(evpi(simulated.mean(axis=1))))
        freed.append(float(evpi(simulated)))
    bias = np.sqrt(2 / 10) * np.sqrt(2 / np.pi) / 2
    # Less a thousandth or two: the largest of the two means is no noise.
    assert np.mean(raw) == pytest.approx(bias, abs=0.015)
    assert near(freed, 0.0)


def test_noise_beside_uncertainty_is_taken_out_too() -> None:
    raw, freed = [], []
    for seed in range(30):
        net, _ = linear(seed)
        simulated = net[:, None, :] + np.random.default_rng(1000 + seed).normal(0, 4, (DRAWS, 4, 2))
        raw.append(float(evpi(simulated.mean(axis=1))))
        freed.append(float(evpi(simulated)))
    assert np.mean(raw) > unit_loss(0.3, np.sqrt(5)) + 0.4
    assert near(freed, unit_loss(0.3, np.sqrt(5)))


def test_noise_may_be_given_as_a_covariance() -> None:
    simulated = np.random.default_rng(9).normal(0, 1, (DRAWS, 10, 2))
    assert float(evpi(simulated.mean(axis=1), noise=np.eye(2) / 10)) == pytest.approx(float(evpi(simulated)), abs=0.05)


def test_a_study_of_n_is_worth_what_the_closed_form_says() -> None:
    sizes = [4, 16, 100]
    found = []
    for seed in range(20):
        net, inputs = linear(seed)
        found.append(evsi(net, inputs["b"], 4.0, sizes)["value"])
    for column, size in enumerate(sizes):
        # Normal with normal: the posterior mean of b has variance 4 * n / (n + 16 / 4).
        true = unit_loss(0.3, 2 * np.sqrt(size / (size + 4)))
        assert near(np.array(found)[:, column].tolist(), true)


def test_a_study_of_several_inputs_is_worth_what_the_closed_form_says() -> None:
    sizes, found = [4, 16, 100], []
    for seed in range(20):
        net, inputs = linear(seed)
        known = {name: inputs[name] for name in "ab"}
        found.append(evsi(net, known, {"a": 3.0, "b": 4.0}, sizes)["value"])
    for column, size in enumerate(sizes):
        # Independent: what is known of the sum has the variance of what is known of either.
        true = unit_loss(0.3, np.sqrt(size / (size + 9) + 4 * size / (size + 4)))
        assert near(np.array(found)[:, column].tolist(), true)


def test_a_study_of_everybody_is_worth_as_much_as_knowing() -> None:
    net, inputs = linear(4)
    known = evppi(net, {"b": inputs["b"]}).iloc[0]
    study = evsi(net, {"b": inputs["b"]}, {"b": 4.0}, [10**9]).iloc[0]
    assert study["value"] == pytest.approx(known["value"], rel=1e-6)
    assert study["standard_error"] == pytest.approx(known["standard_error"], rel=1e-6)
    with pytest.raises(ValueError, match="above 0 for each of a, b"):
        evsi(net, {name: inputs[name] for name in "ab"}, {"a": 1.0}, [1])


def test_frames_and_arrays_say_the_same() -> None:
    net, inputs = linear(1)
    frame = pd.DataFrame(net, columns=["today", "option"])
    assert evpi(frame) == evpi(net)
    pd.testing.assert_frame_equal(evppi(frame, pd.DataFrame(inputs)), evppi(net, inputs))


def test_the_unit_of_an_input_does_not_matter() -> None:
    net, inputs = linear(1, 200)
    units = {f"{unit:g}": inputs["a"] * unit for unit in (1.0, 1e-13, 1e13)}
    value, small, large = evppi(net, units)["value"]
    assert (small, large) == (pytest.approx(value), pytest.approx(value))


def test_what_rounding_leaves_is_no_value() -> None:
    """Of an input that moves two large net benefits and never the decision."""
    rng = np.random.default_rng(3)
    input_ = rng.normal(3e6, 1e5, 4000)
    value = evppi(np.column_stack([np.zeros(4000), input_ + rng.normal(0, 1e4, 4000)]), {"a": input_}).loc[0, "value"]
    assert value == 0.0


def test_long_work_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    evppi(*linear(0, 40), {"both": ["a", "b"]}, progress=lambda *far: told.append(far))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_columns_that_are_too_much_alike_for_cholesky_are_made_orthogonal() -> None:
    """As polynomials of an input far from 0 are; one that is a sum of others is left out."""
    column = np.linspace(0, 1, 200)
    basis = np.column_stack([column**power for power in range(3)])
    far = np.column_stack([(1000 + column) ** power for power in range(3)])
    for columns, rank in ((basis, 3), (far, 3), (np.column_stack([basis, basis.sum(axis=1)]), 3), (basis[:, :1], 1)):
        orthogonal = _orthogonal(columns)
        assert orthogonal.shape == (200, rank)
        assert orthogonal.T @ orthogonal == pytest.approx(np.eye(rank), abs=1e-12)
        fitted = orthogonal @ (orthogonal.T @ columns)
        assert fitted == pytest.approx(columns, rel=1e-9)


@pytest.mark.parametrize("strategies", [2, 3])
def test_errors_of_many_samples_at_once_are_those_of_one_after_the_other(strategies: int) -> None:
    """As they were told before, by `without_noise` of each sample."""
    rng = np.random.default_rng(9)
    inputs = rng.normal(size=(60, 1))
    table = inputs * np.arange(1, strategies) + rng.normal(size=(60, strategies - 1))
    fit = smoother(inputs, table)
    noise = fit.noise_of(fit.residual_covariance(table), 60, 1)
    found = _gains_of_samples(fit(table), table - fit(table), fit, noise, np.random.default_rng(0), 1)
    picked = np.random.default_rng(0).integers(60, size=(2, len(found), 60))
    for gain, rows, kept in zip(found, *picked, strict=True):
        parts = without_noise(fit(fit(table) + (table - fit(table))[rows]), noise)
        of_draws = FreedValues(parts.mean, parts.signal[kept], parts.excess[kept])
        assert gain == pytest.approx(_gain(of_draws), abs=1e-12)


def test_more_draws_than_are_held_at_once_give_the_same_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of so many is gone through by itself."""
    usual = evppi(*linear(0, 40))
    monkeypatch.setattr("sim.analysis.uncertainty.value_of_information.AT_ONCE", 10)
    pd.testing.assert_frame_equal(evppi(*linear(0, 40)), usual)


def test_a_value_is_copied_with_its_error() -> None:
    value = evpi(linear(1, 50)[0])
    for again in (pickle.loads(pickle.dumps(value)), deepcopy(value)):
        assert (again, again.standard_error) == (value, value.standard_error)


def test_the_same_numbers_give_the_same_values() -> None:
    net, inputs = linear(2)
    pd.testing.assert_frame_equal(evppi(net, inputs), evppi(net, inputs))


def test_another_processor_gives_the_same_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The axes of equal noise may be turned at will, and LAPACK turns them by the processor that it runs on."""
    table = np.random.default_rng(3).normal(size=(200, 4)) + np.linspace(0, 0.5, 4)
    noise = 0.4 * np.eye(4)
    here = evpi(table, noise=noise)
    eigh = np.linalg.eigh

    def turned(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        spread, axes = eigh(matrix)
        axes = axes * np.where(np.arange(len(spread)) % 2, -1.0, 1.0)
        if len(spread) > 1 and np.isclose(spread[0], spread[1]):
            axes[:, :2] = axes[:, :2] @ np.array([[0.6, -0.8], [0.8, 0.6]])
        return spread, axes

    monkeypatch.setattr(np.linalg, "eigh", turned)
    there = evpi(table, noise=noise)
    assert float(there) == pytest.approx(float(here), rel=1e-9)
    assert there.standard_error == pytest.approx(here.standard_error, rel=1e-9)


def test_everybody_whom_a_decision_concerns() -> None:
    assert population_value(10, 100, 5) == 5000
    # A year's discounting at 100 %: the integral of 2 ** -t.
    assert population_value(10, 100, 1, 1.0) == pytest.approx(1000 * 0.5 / np.log(2))


def test_what_cannot_be_is_said() -> None:
    net, inputs = linear(3, 50)
    net[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"1 of 50 draws .* draw 4"):
        evpi(net)
    net[4, 1] = 0.0
    with pytest.raises(ValueError, match="2 strategies"):
        evpi(net[:, :1])
    with pytest.raises(ValueError, match="one value for each of the 50 draws"):
        evppi(net, {"a": inputs["a"][:-1]})
    with pytest.raises(ValueError, match=r"group g must name inputs among a, b, c, not \['d'\]"):
        evppi(net, inputs, groups={"g": ["a", "d"]})
    with pytest.raises(ValueError, match="observation_sd must be above 0"):
        evsi(net, inputs["a"], 0.0, [1])
