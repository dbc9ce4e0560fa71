"""Laws as numbers: the inverse of each cumulative hazard, and the normal quantile in plain Python."""

import math
import random
from statistics import NormalDist
from typing import Any

import pytest
from pydantic import TypeAdapter

from sim.scenario.distributions import Distribution
from sim.scenario.laws import LARGEST_EXPONENT, SMALLEST_UNIFORM, hazard_by, normal_quantile, power, time_of

LOG_OF_DAYS = NormalDist(math.log(20) - math.log(1.25) / 2, math.sqrt(math.log(1.25)))
"""Of a log-normal with mean 20 and standard deviation 10."""


def distribution(**described: Any) -> Any:
    return TypeAdapter(Distribution).validate_python(described)


def test_the_normal_quantile_is_that_of_the_standard_library_in_every_bit() -> None:
    """At all sizes from 2^-54 to 1 - 2^-53, and where the algorithm changes from one polynomial to the next."""
    source, quantile = random.Random(1), NormalDist().inv_cdf
    near_half, near_end = 0.425, math.exp(-25.0)
    edges = [0.5, SMALLEST_UNIFORM, 1 - 2**-53, 0.5 - near_half, 0.5 + near_half, near_end, 1 - near_end]
    close = [math.nextafter(p, towards) for p in edges for towards in (0.0, 1.0)]
    uniforms = [source.random() for _ in range(30_000)]
    tails = [u**12 for u in uniforms[:10_000]] + [1 - u**9 for u in uniforms[10_000:20_000]]
    for p in (*edges, *close, *uniforms, *tails):
        if 0 < p < 1:
            assert normal_quantile(p) == quantile(p), p


@pytest.mark.parametrize(
    ("described", "hazard_at"),
    [
        ({"distribution": "exponential", "mean": 20.0}, lambda t: t / 20),
        ({"distribution": "weibull", "shape": 0.7, "scale": 30.0}, lambda t: (t / 30) ** 0.7),
        ({"distribution": "loglogistic", "median": 60.0, "shape": 1.4}, lambda t: math.log1p((t / 60) ** 1.4)),
        # A median of 15 with shape 2 has the scale 15 / (sqrt(2) - 1).
        (
            {"distribution": "pareto", "median": 15.0, "shape": 2.0},
            lambda t: 2 * math.log1p(t * (math.sqrt(2) - 1) / 15),
        ),
        ({"distribution": "uniform", "low": 3.0, "high": 9.0}, lambda t: -math.log1p(-(t - 3) / 6)),
        (
            {"distribution": "lognormal", "mean": 20.0, "sd": 10.0},
            lambda t: -math.log1p(-LOG_OF_DAYS.cdf(math.log(t))),
        ),
    ],
    ids=lambda value: value["distribution"] if isinstance(value, dict) else "",
)
def test_the_time_is_that_at_which_the_cumulative_hazard_is_reached(described: Any, hazard_at: Any) -> None:
    law, steps = distribution(**described).law(), distribution(**described).steps()
    for hazard in (0.01, 0.3, 1.0, 2.5, 6.0):
        assert hazard_at(time_of(law, *steps, hazard)) == pytest.approx(hazard, rel=1e-9)
    cut = law._replace(most=5.0)
    assert time_of(cut, *steps, 6.0) == 5.0


@pytest.mark.parametrize(
    "described",
    [
        {"distribution": "exponential", "mean": 40.0},
        {"distribution": "weibull", "shape": 0.7, "scale": 90.0},
        {"distribution": "loglogistic", "shape": 1.4, "median": 30.0},
        {"distribution": "lognormal", "mean": 20.0, "sd": 10.0},
        {"distribution": "pareto", "median": 20.0, "shape": 1.5},
        {"distribution": "uniform", "low": 5.0, "high": 60.0},
    ],
)
def test_the_hazard_that_is_reached_is_the_inverse_of_the_time(described: Any) -> None:
    law = distribution(**described).law()
    for e in (0.01, 0.5, 1.0, 3.0):
        assert hazard_by(law, (), (), time_of(law, (), (), e)) == pytest.approx(e)
    assert hazard_by(law, (), (), 0.0) == 0
    if "low" not in described:
        assert hazard_by(law._replace(most=30.0), (), (), 30.0) == math.inf


def test_the_hazard_of_steps() -> None:
    """Nobody is through before a value, and those who have it are at it."""
    fixed = distribution(distribution="fixed", value=7.0).law()
    assert [hazard_by(fixed, (), (), days) for days in (0.0, 6.9, 7.0)] == [0.0, 0.0, math.inf]
    uniform = distribution(distribution="uniform", low=5.0, high=5.0).law()
    assert [hazard_by(uniform, (), (), days) for days in (4.9, 5.0)] == [0.0, math.inf]
    several = distribution(distribution="discrete", values=[1.0, 4.0, 9.0], shares=[0.25, 0.5, 0.25])
    law, (values, shares) = several.law(), several.steps()
    reached = [hazard_by(law, values, shares, days) for days in (0.5, 1.0, 4.0, 8.9, 9.0)]
    assert reached == pytest.approx([0.0, -math.log(0.75), -math.log(0.25), -math.log(0.25), math.inf])


def test_a_discrete_law_lies_anywhere_in_a_table_of_them() -> None:
    """Values 2, 5 and 9 with shares 0.2, 0.5 and 0.3, behind another law's two."""
    spread = distribution(distribution="discrete", values=[2.0, 5.0, 9.0], shares=[0.2, 0.5, 0.3])
    values, shares = spread.steps()
    law = spread.law()._replace(a=2, b=5)
    for u, days in ((0.0, 2.0), (0.19, 2.0), (0.21, 5.0), (0.69, 5.0), (0.71, 9.0), (1 - 2**-53, 9.0)):
        hazard = -math.log1p(-u)
        assert time_of(law, (1.0, 7.0, *values), (0.5, 1.0, *shares), hazard) == days
        assert spread.inverse()(hazard) == days


def test_powers_that_no_double_holds_are_infinite() -> None:
    assert power(1e300, 50.0) == math.inf
    assert power(1e-300, 50.0) == 0.0
    assert power(0.0, 0.02) == 0.0
    assert power(2.0, 0.5) == 2.0**0.5
    assert math.isfinite(power(math.e, LARGEST_EXPONENT - 1))
