"""Truncation of the beginning of a series: by hand, against its definition, and where the truth is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.analysis.warm_up import Truncation, mser5
from sim.vocabulary import Column

NAN = math.nan
some = settings(max_examples=60, deadline=None, derandomize=True)

# --- MSER-5 ---

SETTLING = [9.0, 3.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]
"""Batch means with two that are off. Leaving out 2, the rest has a mean of 0 and squares of 8: 8 / 8^2."""


def test_mser_by_hand() -> None:
    """0: 98 - 12^2/10 = 83.6 by 100; 1: 17 - 3^2/9 = 16 by 81; 2: 8 by 64; 3: 7 - 1/7 by 49; 4: 6 by 36."""
    assert mser5(SETTLING, batch=1) == Truncation(2, pytest.approx(8 / 64), conclusive=True)
    assert 16 / 81 > 8 / 64 < (7 - 1 / 7) / 49 < 6 / 36


def test_truncation_counts_observations_in_whole_batches() -> None:
    """The same batch means, each of five observations that differ within the batch."""
    series = [mean + each for mean in SETTLING for each in (-2.0, 1.0, 0.0, -1.0, 2.0)]
    assert mser5(series) == Truncation(10, pytest.approx(8 / 64), conclusive=True)


def test_observations_that_fill_no_batch_are_left_out_at_the_end() -> None:
    series = [mean + each for mean in SETTLING for each in (-2.0, 1.0, 0.0, -1.0, 2.0)]
    assert mser5([*series, 1e6, 1e6, 1e6, 1e6]) == mser5(series)
    assert mser5([*series, 1e6, 1e6, 1e6, 1e6, 1e6]) != mser5(series)


@some
@given(st.lists(st.floats(-100, 100).map(lambda value: round(value, 2)), min_size=30, max_size=80))
def test_mser_is_its_definition(series: list[float]) -> None:
    found = mser5(series, batch=3)
    means = np.array(series[: len(series) // 3 * 3]).reshape(-1, 3).mean(axis=1)
    n = len(means)
    by_definition = [((means[d:] - means[d:].mean()) ** 2).sum() / (n - d) ** 2 for d in range(n // 2 + 1)]
    assert found.statistic == pytest.approx(min(by_definition), abs=1e-9)
    assert by_definition[found.truncation // 3] == pytest.approx(min(by_definition), abs=1e-9)
    assert found.truncation % 3 == 0
    assert found.conclusive == (found.truncation // 3 < n // 2)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e9])
def test_a_constant_series_keeps_everything(value: float) -> None:
    assert mser5([value] * 100) == Truncation(0, 0.0, conclusive=True)


def test_a_series_that_becomes_constant_is_cut_exactly_there() -> None:
    assert mser5([*[0.3, 0.2, 0.1, 0.0, 0.4] * 4, *[0.7] * 80]) == Truncation(20, 0.0, conclusive=True)


def test_a_series_that_never_settles_is_not_conclusive() -> None:
    found = mser5(np.arange(200.0))
    assert found.truncation == 100
    assert not found.conclusive


def autoregressive(rng: np.random.Generator, steps: int) -> np.ndarray:
    """AR(1) with coefficient 0.5 and mean 0; the mean of many steps has a standard error of 2 / sqrt(steps)."""
    noise = rng.normal(0, 1, steps)
    for i in range(1, steps):
        noise[i] += 0.5 * noise[i - 1]
    return noise


def test_cutting_off_a_bias_brings_the_mean_back() -> None:
    """A bias of 12 that halves every 20 steps adds 12 / (1 - 0.5^(1/20)) / 1000 = 0.352 to the mean of 1,000."""
    rng = np.random.default_rng(4)
    bias = 12 * 0.5 ** (np.arange(1_000) / 20)
    runs = [autoregressive(rng, 1_000) + bias for _ in range(100)]
    found = [mser5(run) for run in runs]
    assert all(each.conclusive for each in found)
    whole = np.array([run.mean() for run in runs])
    rest = np.array([run[each.truncation :].mean() for run, each in zip(runs, found, strict=True)])
    error = 4 * 2 / math.sqrt(1_000) / math.sqrt(100)
    assert abs(whole.mean() - 0.352) < error
    # It minimises the error of the mean, so it leaves a bias of about half a standard error of one run, 0.063.
    assert abs(rest.mean()) < 0.5 * 0.063 + error
    assert min(each.truncation for each in found) >= 40
    assert max(each.truncation for each in found) <= 250


def test_a_steady_series_is_mostly_kept() -> None:
    rng = np.random.default_rng(5)
    cut = [mser5(autoregressive(rng, 1_000)).truncation for _ in range(100)]
    assert np.median(cut) < 100


@pytest.mark.parametrize(
    ("series", "batch", "message"),
    [
        ([1.0] * 49, 5, "at least 50 observations .* not 49"),
        ([1.0] * 9, 1, "at least 10 observations"),
        ([], 5, "not 0"),
        ([*[1.0] * 60, NAN], 5, "observation 60 is not"),
        ([math.inf, *[1.0] * 60], 5, "observation 0 is not"),
        ([1.0] * 60, 0, "batch must be at least 1, not 0"),
    ],
)
def test_mser_refuses(series: list[float], batch: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mser5(series, batch)


def plain_mser5(series: Column) -> tuple[int, float]:
    """Every truncation by itself, as the definition has it."""
    count = len(series) // 5
    means = (series[: count * 5] - series[count * 5 - 1]).reshape(count, 5).mean(axis=1)
    statistics = [float(np.var(means[d:])) / (count - d) for d in range(count // 2 + 1)]
    best = int(np.argmin(statistics))
    return best * 5, statistics[best]


def test_looking_at_few_truncations_changes_no_bit() -> None:
    chance = np.random.default_rng(1)
    series = [chance.integers(0, 3, chance.integers(50, 400)).astype(float) for _ in range(100)]
    series += [chance.normal(1e6, 1e-3, 300), np.cumsum(chance.normal(size=2000)), np.repeat([1.0, 2.0], 60)]
    series += [np.concatenate((chance.normal(5, 1, 30), np.full(40, 3.0))), np.full(200, 7.0)]
    for each in series:
        found = mser5(each)
        assert (found.truncation, found.statistic) == plain_mser5(each)
