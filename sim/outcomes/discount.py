"""Discounting: continuous, at an effective annual rate, from each patient's first asking for care."""

import math

import numpy as np

from sim.vocabulary import DAYS_PER_YEAR, Column

NEGLIGIBLE = 1e-12
"""A rate below it changes no present value by as much as arithmetic does; its force would be 0, or nearly."""


def discount_factors(days: Column, rate: float) -> Column:
    """Present value of 1 at so many days after asking, exp(-ln(1 + rate) days / 365.25); 1 at a rate of 0."""
    if rate < NEGLIGIBLE:
        return np.ones(len(days))
    force = _force(rate)
    return np.array([math.exp(-force * day) for day in days.tolist()], dtype=float)


def discounted_days(began: Column, ended: Column, rate: float) -> Column:
    """Present value of 1 a day from `began` to `ended` (days after asking): the exact integral of the factor."""
    if rate < NEGLIGIBLE:
        return np.asarray(ended - began, dtype=float)
    force = _force(rate)
    # Scalar functions, because numpy's vectorised ones differ in the last bit between processors.
    return np.array(
        [
            math.exp(-force * start) * -math.expm1(-force * days) / force
            for start, days in zip(began.tolist(), (ended - began).tolist(), strict=True)
        ],
        dtype=float,
    )


def _force(rate: float) -> float:
    """Force of discounting, per day."""
    return math.log1p(rate) / DAYS_PER_YEAR
