"""Distributions of evidence cards: what they hold between low and high, against scipy."""

import numpy as np
import pytest
from scipy import stats

from sim.scenario.input_draws import CardLaw, law_of
from sim.scenario.schema import EvidenceCard


def card(**stated: object) -> EvidenceCard:
    return EvidenceCard.model_validate({"source": "a trial", "grade": "published", **stated})


@pytest.mark.parametrize("kind", ["normal", "lognormal", "gamma", "beta"])
@pytest.mark.parametrize("level", [None, 0.8, 0.99])
@pytest.mark.parametrize(("low", "high"), [(0.1, 0.3), (0.02, 0.9), (0.45, 0.46)])
def test_so_much_of_it_lies_between_low_and_high(kind: str, level: float | None, low: float, high: float) -> None:
    law = law_of(card(distribution=kind, low=low, high=high, level=level), 0.2)
    held = 0.95 if level is None else level
    assert law.quantile(np.array([(1 - held) / 2, (1 + held) / 2])) == pytest.approx([low, high], rel=1e-6)


@pytest.mark.parametrize("kind", ["uniform", "triangular", "pert"])
def test_ends_are_low_and_high(kind: str) -> None:
    law = law_of(card(distribution=kind, low=2.0, high=10.0), 3.0)
    assert law.quantile(np.array([1e-12, 1 - 1e-12])) == pytest.approx([2.0, 10.0], abs=0.02)


@pytest.mark.parametrize("kind", ["normal", "lognormal", "gamma", "beta"])
def test_mean_and_standard_error_are_those_of_the_draws(kind: str) -> None:
    law = law_of(card(distribution=kind, mean=0.4, standard_error=0.1), 0.4)
    shares = (np.arange(200_000) + 0.5) / 200_000
    drawn = law.quantile(shares)
    assert (drawn.mean(), drawn.std()) == (pytest.approx(0.4, rel=1e-4), pytest.approx(0.1, rel=1e-3))


@pytest.mark.parametrize(
    ("law", "known"),
    [
        (CardLaw("normal", 3, 2), stats.norm(3, 2)),
        (CardLaw("lognormal", 0.5, 0.7), stats.lognorm(0.7, scale=np.exp(0.5))),
        (CardLaw("gamma", 3, 2), stats.gamma(3, scale=2)),
        (CardLaw("beta", 2, 5), stats.beta(2, 5)),
        (CardLaw("uniform", 1, 4, 1, 4), stats.uniform(1, 3)),
        (CardLaw("triangular", 3, 0, 1, 9), stats.triang(0.25, 1, 8)),
        (CardLaw("pert", 3, 0, 1, 9), stats.beta(2, 4, 1, 8)),
    ],
)
def test_quantiles_and_means_are_scipys(law: CardLaw, known: object) -> None:
    shares = np.array([0.001, 0.2, 0.25, 0.5, 0.9, 0.999])
    assert law.quantile(shares) == pytest.approx(known.ppf(shares))  # type: ignore[attr-defined]
    assert law.mean == pytest.approx(known.mean())  # type: ignore[attr-defined]


def test_a_beta_that_reaches_an_end_has_the_value_as_its_mean() -> None:
    law = law_of(card(distribution="beta", low=0.0, high=0.3), 0.1)
    assert law.mean == pytest.approx(0.1)
    assert law.quantile(np.array([0.975])) == pytest.approx([0.3])
    law = law_of(card(distribution="beta", low=0.7, high=1.0), 0.9)
    assert (law.mean, law.quantile(np.array([0.025]))[0]) == (pytest.approx(0.9), pytest.approx(0.7))


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ({"distribution": "normal", "low": 1.0, "high": 1.0}, "its low is its high"),
        ({"distribution": "gamma", "low": 1.0, "high": 1.0000001}, "its low is next to its high"),
        ({"distribution": "pert", "low": 1.0, "high": 2.0}, "must lie between"),
        ({}, "neither low and high"),
    ],
)
def test_what_has_no_distribution_says_why(stated: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        law_of(card(**stated), 0.0)
