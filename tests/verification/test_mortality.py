"""Expected deaths against those that happened: what is counted minus what was expected has mean 0 and variance their
number (the predictable variation of a counting process; Andersen, Borgan, Gill and Keiding 1993, II.4)."""

import math

import pytest
from hypothesis import given
from random_scenarios import build, descriptions
from scipy.stats import chi2
from support import cohort, exponential, fixed, scenario
from verification.test_invariants import many, seeds

from sim.model import replicate
from sim.outcomes import Observed
from sim.outcomes.mortality import expected_deaths
from sim.scenario import Scenario

BY_CHANCE = 4.0
"""Standard errors."""


def system() -> Scenario:
    """Everything that moves the hazard of death: use, being well, setbacks, care, windows after 24-hour care, kinds,
    age; and a year in which everybody has a birthday.
    """
    return scenario(
        {
            "residential": {
                "places": ["bed"],
                "round_the_clock": True,
                "length_of_stay": exponential(15),
                "patience": exponential(20),
                "dropout": exponential(30),
                "next": [{"to": "iop", "probability": 0.5, "delay_days": exponential(5)}],
            },
            "iop": {"length_of_stay": exponential(30), "days_to_remission": exponential(5)},
        },
        {"bed": 60},
        relapse={"median_days": 20.0, "shape": 0.7, "share_of_setbacks": 0.5},
        setback={"duration_days": fixed(4), "into_relapse_days": exponential(7)},
        remission=exponential(60),
        return_to_care={"probability": 0.6, "delay_days": exponential(20)},
        exits={"moving_away_per_year": 0.3, "recovery_per_year": 0.5, "recovery_after_days": 60},
        population={"sex": {"men": 0.5, "women": 0.5}, "age": {"young": 0.4, "old": 0.6}},
        age={"young": {"youngest": 18, "oldest": 40}, "old": {"youngest": 70, "oldest": 95}},
        effects={"sex": {"men": {"death": 2.0}}},
        death={
            "in_care": 100.0,
            "well": 200.0,
            "unwell": 600.0,
            "windows": [{"until_day": 14, "ratio": 8.0}, {"until_day": 28, "ratio": 3.0}],
            "background": {"ratio": 2.0},
        },
        **cohort(400, 365),
    )


def deviation(pairs: list[tuple[float, float]]) -> float:
    """Deaths less those expected, in standard errors. pairs: deaths, expected."""
    return sum(died - expected for died, expected in pairs) / math.sqrt(sum(expected for _, expected in pairs))


def counted(described: Scenario, seed: int, replication: int = 0) -> tuple[float, float]:
    """Deaths, and expected deaths."""
    observed = Observed(replicate(described, seed, replication), described)
    return float((observed.died_at < math.inf).sum()), expected_deaths(observed).item()


@pytest.fixture(scope="module")
def replications() -> list[tuple[float, float]]:
    described = system()
    return [counted(described, 11, replication) for replication in range(30)]


def test_as_many_are_expected_as_die(replications: list[tuple[float, float]]) -> None:
    assert sum(died for died, _ in replications) > 3_000
    assert abs(deviation(replications)) < BY_CHANCE


def test_what_is_left_is_chance_of_the_size_of_counts(replications: list[tuple[float, float]]) -> None:
    """The squares of what is left, over what was expected, are chi-square with a degree of freedom a replication."""
    squares = sum((died - expected) ** 2 / expected for died, expected in replications)
    low, high = chi2.ppf([0.0005, 0.9995], len(replications))
    assert low < squares < high


def test_over_random_scenarios() -> None:
    """The same formula for whatever a scenario states; one draw of each."""
    pairs: list[tuple[float, float]] = []

    @many
    @given(descriptions(), seeds)
    def collect(description, seed) -> None:  # type: ignore[no-untyped-def]
        pairs.append(counted(build(description), seed))

    collect()
    assert sum(died for died, _ in pairs) > 100
    assert abs(deviation(pairs)) < BY_CHANCE
