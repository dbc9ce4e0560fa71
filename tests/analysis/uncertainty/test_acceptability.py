"""Acceptability curves, their frontier and expected losses."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sim.analysis.uncertainty import acceptability, evpi, noise_by_block
from sim.analysis.uncertainty.resampling import loss_interval


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


@pytest.mark.parametrize(("noise", "block"), [(0.0, 1), (1.0, 1), (1.0, 2)], ids=["exact", "noisy", "blocks"])
def test_errors_hold_what_the_closed_form_says(noise: float, block: int) -> None:
    """Over studies of a normal difference, of mean 0.5 and standard deviation 1, simulated with as much chance; in
    blocks, which share it, as if each draw had been told twice."""
    count, draws = 200, 200
    chance, loss = norm.cdf(0.5), norm.pdf(0.5) - 0.5 * norm.cdf(-0.5)
    covariance = np.zeros((4, 4))
    covariance[1, 1] = noise**2
    covered = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        gains = np.repeat(rng.normal(0.5, 1, draws) + noise * rng.normal(size=draws), block)
        costs = np.column_stack([np.zeros_like(gains), -gains])
        table = acceptability(costs, np.zeros_like(costs), [0.0], covariance if noise else None, block=block)
        row = table.iloc[1]
        covered.append(
            (
                row["probability_low"] <= chance <= row["probability_high"],
                row["loss_low"] <= loss <= row["loss_high"],
                abs(row["expected_net_benefit"] - 0.5) <= 1.96 * row["net_benefit_error"],
            )
        )
    assert np.mean(covered, axis=0) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / count))


@pytest.mark.parametrize("mean", [0.5, 1.5])
def test_errors_hold_where_chance_is_more_than_inputs_and_is_estimated(mean: float) -> None:
    """Twice the variance of the inputs is left in a draw of two replications. As many standard errors to either side
    would hold the loss in fewer than nine of ten studies."""
    count, draws = 200, 200
    chance, loss = norm.cdf(mean), norm.pdf(mean) - mean * norm.cdf(-mean)
    covered = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        gains = rng.normal(mean, 1, (draws, 1)) + rng.normal(0, 2, (draws, 2))
        values = np.stack([np.zeros_like(gains), gains], axis=2)
        noise = noise_by_block(np.concatenate([np.zeros_like(values), values], axis=2))
        row = acceptability(np.zeros((draws, 2)), values.mean(axis=1), [1.0], noise).iloc[1]
        covered.append(
            (
                row["probability_low"] <= chance <= row["probability_high"],
                row["loss_low"] <= loss <= row["loss_high"],
            )
        )
    assert (np.mean(covered, axis=0) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / count)).all()


def test_noise_by_block_is_of_as_many_blocks() -> None:
    with pytest.raises(ValueError, match="noise is of 3 blocks, and there are 4"):
        acceptability(np.zeros((4, 2)), np.zeros((4, 2)), [1.0], np.zeros((3, 4, 4)))


def test_a_loss_that_no_sample_has_is_told_as_0() -> None:
    """By hand of another: of samples with mean 4 and variance 2 c is a half."""
    losses, samples = np.array([0.0, 3.0]), np.column_stack([np.zeros(3), [4 - np.sqrt(2), 4.0, 4 + np.sqrt(2)]])
    low, high = loss_interval(losses, samples)
    assert (low[0], high[0]) == (0.0, 0.0)
    for end in (low[1], high[1]):
        assert (3 - end) ** 2 == pytest.approx(1.959964**2 * 0.5 * end)


def test_a_share_is_not_sure_where_draws_agree_since_chance_was_taken_out_of_them() -> None:
    """Of what draws differ by, chance makes 25 times as much as inputs: of many studies all draws then agree."""
    covariance = np.diag([0.0, 1.5**2, 0.0, 0.0])
    rows = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        gains = rng.normal(0.3, 0.3, 200) + rng.normal(0, 1.5, 200)
        costs = np.column_stack([np.zeros(200), -gains])
        rows.append(acceptability(costs, np.zeros_like(costs), [0.0], covariance).iloc[1])
    known = pd.DataFrame(rows)
    assert (known["probability_best"] == 1).sum() > 20
    covered = known["probability_low"].le(norm.cdf(1)) & known["probability_high"].ge(norm.cdf(1))
    assert covered.mean() > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 100)


def test_strategies_that_are_the_same_have_the_interval_of_so_many_draws() -> None:
    """Rounding in the samples' shares is no error."""
    table = acceptability(np.zeros((100, 2)), np.zeros((100, 2)), [0.0])
    assert table["probability_best"].tolist() == [0.5, 0.5]
    assert (table["probability_high"] - table["probability_low"]).min() > 0.18


def test_where_all_draws_agree_the_share_is_known_as_well_as_so_many_draws_can_tell() -> None:
    """Wilson's interval of none in 100: up to 1.96^2 / (100 + 1.96^2)."""
    costs = np.column_stack([np.zeros(100), np.linspace(1, 2, 100)])
    table = acceptability(costs, np.zeros_like(costs), [0.0])
    assert table["probability_error"].tolist() == pytest.approx([0.0, 0.0], abs=1e-12)
    assert table.loc[1, ["probability_low", "probability_high"]].tolist() == pytest.approx(
        [0.0, 3.8415 / 103.8415], rel=1e-4
    )
    assert table.loc[0, "probability_low"] == pytest.approx(100 / 103.8415, rel=1e-4)
    with pytest.raises(ValueError, match="100 draws are no whole number of blocks of 7"):
        acceptability(costs, np.zeros_like(costs), [0.0], block=7)


def test_nan_is_refused() -> None:
    costs, effects = outcomes(20)
    effects.iloc[3, 1] = np.nan
    with pytest.raises(ValueError, match="effects must be finite"):
        acceptability(costs, effects, [1.0])
