"""Whether intervals and procedures keep the promises they make about error, over simulated studies.

Tolerances are 4 standard errors of the share that is tested.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from sim.analysis.intervals import all_pairs, holm, holm_of_what_differs, mean_interval, paired_differences
from sim.analysis.selection import kn

STUDIES = 500
METRICS = 4
"""Independent metrics of each study: 2,000 intervals, of whose coverage 0.02 is 4 standard errors."""

Noise = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.normal(0, 1, shape)


def skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Gamma with a skewness of 1, as mean waits have; mean 0 and variance 1."""
    return (rng.gamma(4, 1, shape) - 4) / 2


def within(share: float, expected: float, count: int) -> bool:
    return abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / count)


# Few replications, where t and normal quantiles are far apart; more where the mean must become normal first.
KINDS = pytest.mark.parametrize(("noise", "replications"), [(normal, 6), (skewed, 30)])


@KINDS
def test_intervals_of_a_mean_cover_it_as_often_as_they_say(noise: Noise, replications: int) -> None:
    rng = np.random.default_rng(21)
    samples = 7 + 3 * noise(rng, (STUDIES * METRICS, replications))
    ends = np.array([mean_interval(sample)[2:] for sample in samples])
    covered = float(((ends[:, 0] <= 7) & (ends[:, 1] >= 7)).mean())
    assert 0.93 < covered < 0.97
    assert within(covered, 0.95, STUDIES * METRICS)


def table(values: np.ndarray) -> pd.DataFrame:
    """Values by scenario, replication and metric as a study has them."""
    scenarios, replications, metrics = values.shape
    index = pd.MultiIndex.from_product(
        [[f"s{i}" for i in range(scenarios)], range(replications), [f"m{i}" for i in range(metrics)]],
        names=["scenario", "replication", "metric"],
    )
    return pd.DataFrame({"value": values.ravel()}, index=index).reset_index()


def arms(
    rng: np.random.Generator, noise: Noise, replications: int, count: int = 2, metrics: int = METRICS
) -> np.ndarray:
    """Arms without a difference that share two thirds of their variance, as common random numbers make them."""
    common = noise(rng, (1, replications, metrics))
    return math.sqrt(2 / 3) * common + math.sqrt(1 / 3) * noise(rng, (count, replications, metrics))


@KINDS
def test_intervals_of_paired_differences_cover_them_as_often_as_they_say(noise: Noise, replications: int) -> None:
    """Not less often, and, as arms go together, not much more often either."""
    rng = np.random.default_rng(22)
    shift = np.array([0, 0.7])[:, None, None]
    # Each metric is judged by its own values: those of all studies may stand in one table.
    studies = [arms(rng, noise, replications) + shift for _ in range(STUDIES)]
    found = paired_differences(table(np.concatenate(studies, axis=2)), "s0")
    covered = ((found["ci_low"] <= 0.7) & (found["ci_high"] >= 0.7)).mean()
    assert len(found) == STUDIES * METRICS
    assert 0.93 < covered < 0.97
    assert within(covered, 0.95, len(found))
    # The arms correlate at 2/3; estimates from few replications are a little lower.
    assert 0.55 < found["correlation"].mean() < 0.7
    assert 0.55 < found["variance_reduction"].mean() < 0.7


def errors(studies: list[np.ndarray], compare: Callable[..., pd.DataFrame], *baseline: str) -> tuple[float, float]:
    """Shares of studies, each a family, in which some p value is below 0.05: as it is, and adjusted.

    As above, all of them stand in one table; the first one, alone, is adjusted as its p values are here.
    """
    found = compare(table(np.concatenate(studies, axis=2)), *baseline)["p_value"].to_numpy().reshape(len(studies), -1)
    adjusted = np.array([holm_of_what_differs(p_values) for p_values in found])
    assert compare(table(studies[0]), *baseline)["p_adjusted"].tolist() == adjusted[0].tolist()
    return float((found < 0.05).any(axis=1).mean()), float((adjusted < 0.05).any(axis=1).mean())


def test_holm_keeps_the_error_of_the_whole_family() -> None:
    """Six independent true hypotheses: some p value is under 0.05 in 26 % of studies, an adjusted one in 4.9 %."""
    rng = np.random.default_rng(23)
    raw, adjusted = errors([arms(rng, normal, 10, metrics=6) for _ in range(STUDIES)], paired_differences, "s0")
    assert within(raw, 1 - 0.95**6, STUDIES)
    assert within(adjusted, 1 - (1 - 0.05 / 6) ** 6, STUDIES)


def test_holm_gives_what_was_found_to_the_rest() -> None:
    """Where four of six are always found, the other two share the whole 5 %, and not Bonferroni's 0.05 / 6 for each.

    Independent: 1 - (1 - 0.05 / 2)^2 = 4.9 %; it would be 1.7 %.
    """
    rng = np.random.default_rng(24)
    scores = rng.normal(0, 1, (10 * STUDIES, 6)) + np.array([9, 9, 9, 9, 0, 0])
    adjusted = np.array([holm(p_values) for p_values in 2 * ndtr(-np.abs(scores))])
    assert (adjusted[:, :4] < 0.05).all()
    wrong = (adjusted[:, 4:] < 0.05).any(axis=1).mean()
    assert within(float(wrong), 1 - (1 - 0.05 / 2) ** 2, 10 * STUDIES)


def test_holm_keeps_it_over_every_pair() -> None:
    """Pairs of four scenarios depend on one another, which only makes errors rarer."""
    rng = np.random.default_rng(25)
    raw, adjusted = errors([arms(rng, normal, 10, count=4, metrics=1) for _ in range(STUDIES)], all_pairs)
    assert raw > 0.12
    assert 0 < adjusted < 0.05 + 4 * math.sqrt(0.05 * 0.95 / STUDIES)


# --- the sequential procedure, where the best is hardest to tell: all others worse by just the indifference zone ---

DELTA = 0.5


@cache
def races(systems: int, shared: float, alpha: float = 0.05) -> tuple[float, float, float]:
    """Share of 500 races that the best won, and the replications that they took, with their standard error."""
    rng = np.random.default_rng(26)
    names = [f"s{i}" for i in range(systems)]
    won, taken = [], []
    for _ in range(STUDIES):
        common = rng.normal(size=(600, 1))
        values = math.sqrt(shared) * common + math.sqrt(1 - shared) * rng.normal(size=(600, systems))
        values[:, :-1] += DELTA
        selection = kn(pd.DataFrame(values, columns=names), DELTA, alpha)
        assert selection.best is not None
        won.append(selection.best == names[-1])
        taken.append(int(selection.table["replications"].sum()))
    return float(np.mean(won)), float(np.mean(taken)), float(np.std(taken, ddof=1) / math.sqrt(STUDIES))


@pytest.mark.parametrize("shared", [0.0, 0.5])
@pytest.mark.parametrize(("systems", "alpha"), [(2, 0.05), (4, 0.05), (4, 0.2)])
def test_kn_selects_the_best_as_often_as_it_says(systems: int, alpha: float, shared: float) -> None:
    won, _, _ = races(systems, shared, alpha)
    assert won > 1 - alpha - 4 * math.sqrt(alpha * (1 - alpha) / STUDIES)


def test_kn_does_not_buy_that_with_far_too_many_replications() -> None:
    """Asked for 80 %, it is not nearly certain: a boundary twice as far would be."""
    assert races(4, 0.0, 0.2)[0] < 0.93


@pytest.mark.parametrize("systems", [2, 4])
def test_common_random_numbers_make_kn_stop_earlier(systems: int) -> None:
    """Half of the variance in common: about half of what is beyond the first stage is saved."""
    _, apart, error_apart = races(systems, 0.0)
    _, together, error_together = races(systems, 0.5)
    first_stage = 10 * systems
    saved = 1 - (together - first_stage) / (apart - first_stage)
    assert apart - together > 4 * math.hypot(error_apart, error_together)
    assert saved > 0.4
