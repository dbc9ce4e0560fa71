"""Discounting: continuous, at effective annual rates, from each patient's first asking for care.

Rates may fall (or rise) with the years: each holds from its year on, and the factor goes on from where it has come to,
so that it is continuous, and exponential between two such years.
"""

import math
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from sim.outcomes.compiling import compiled
from sim.vocabulary import DAYS_PER_YEAR, Column

Rates: TypeAlias = float | tuple[tuple[float, float], ...]
"""An effective annual rate, or (from which year on, rate) of several, the first from year 0."""

NEGLIGIBLE = 1e-12
"""A rate below it changes no present value by as much as arithmetic does; its force would be 0, or nearly."""


class Piece(NamedTuple):
    """Days with one rate. anchor: the day on which the factor is exp(-exponent); force: per day; 0 if negligible."""

    began: float
    ended: float
    anchor: float
    exponent: float
    force: float


def discount_factors(days: Column, rates: Rates) -> Column:
    """Present value of 1 at so many days after asking; at one rate exp(-ln(1 + rate) days / 365.25)."""
    factors, stretches = np.ones(len(days)), pieces(rates)
    if kernels := compiled():
        kernels.discount_factors(np.ascontiguousarray(days, dtype=float), stretches, factors)
        return factors
    for began, ended, *piece in stretches.tolist():
        rows = np.flatnonzero((days >= began) & (days < ended))
        # Scalar functions, because numpy's vectorised ones differ in the last bit between processors.
        factors[rows] = [factor(day, *piece) for day in days[rows].tolist()]
    return factors


def discounted_days(began: Column, ended: Column, rates: Rates) -> Column:
    """Present value of 1 a day from `began` to `ended` (days after asking): the exact integral of the factor."""
    present, stretches = np.zeros(len(began)), pieces(rates)
    if kernels := compiled():
        interval = (np.ascontiguousarray(end, dtype=float) for end in (began, ended))
        kernels.discounted_days(*interval, stretches, present)
        return present
    for since, until, *piece in stretches.tolist():
        first, last = np.clip(began, since, until), np.clip(ended, since, until)
        rows = np.flatnonzero(first != last)
        intervals = zip(first[rows].tolist(), (last - first)[rows].tolist(), strict=True)
        present[rows] += [present_days(start, days, *piece) for start, days in intervals]
    return present


def factor(day: float, anchor: float, exponent: float, force: float) -> float:
    """Present value of 1 on a day; the rest: of its `Piece`."""
    if force:
        return math.exp(-(exponent + force * (day - anchor)))
    return math.exp(-exponent) if exponent else 1.0


def present_days(start: float, days: float, anchor: float, exponent: float, force: float) -> float:
    """Present value of 1 a day for so many days; the rest: of the `Piece` in which they lie."""
    if force:
        return factor(start, anchor, exponent, force) * -math.expm1(-force * days) / force
    return factor(start, anchor, exponent, force) * days


@lru_cache(maxsize=64)
def pieces(rates: Rates) -> Column:
    """The stretches of one rate, in order, as rows of `Piece`; the first holds for days before asking too."""
    steps = [(0.0, rates)] if isinstance(rates, (int, float)) else rates
    starts = [year * DAYS_PER_YEAR for year, _ in steps]
    stretches: list[Piece] = []
    exponent = 0.0
    for index, (_, rate) in enumerate(steps):
        if index:
            exponent += stretches[-1].force * (starts[index] - starts[index - 1])
        force = 0.0 if rate < NEGLIGIBLE else math.log1p(rate) / DAYS_PER_YEAR
        until = starts[index + 1] if index + 1 < len(steps) else math.inf
        stretches.append(Piece(starts[index] if index else -math.inf, until, starts[index], exponent, force))
    return np.array(stretches)
