"""Discounting: continuous, at effective annual rates, from each patient's first asking for care.

Rates may fall (or rise) with the years: each holds from its year on, and the factor goes on from where it has come to,
so that it is continuous, and exponential between two such years.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from sim.vocabulary import DAYS_PER_YEAR, Column

Rates: TypeAlias = float | Sequence[tuple[float, float]]
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
    factors = np.ones(len(days))
    for piece in _pieces(rates):
        rows = np.flatnonzero((days >= piece.began) & (days < piece.ended))
        if not piece.force:
            factors[rows] = math.exp(-piece.exponent)
            continue
        # Scalar functions, because numpy's vectorised ones differ in the last bit between processors.
        factors[rows] = [_factor(piece, day) for day in days[rows].tolist()]
    return factors


def discounted_days(began: Column, ended: Column, rates: Rates) -> Column:
    """Present value of 1 a day from `began` to `ended` (days after asking): the exact integral of the factor."""
    present = np.zeros(len(began))
    for piece in _pieces(rates):
        first, last = np.clip(began, piece.began, piece.ended), np.clip(ended, piece.began, piece.ended)
        rows = np.flatnonzero(first != last)
        length = (last - first)[rows]
        if not piece.force:
            present[rows] += math.exp(-piece.exponent) * length
            continue
        present[rows] += [
            _factor(piece, start) * -math.expm1(-piece.force * days) / piece.force
            for start, days in zip(first[rows].tolist(), length.tolist(), strict=True)
        ]
    return present


def _factor(piece: Piece, day: float) -> float:
    return math.exp(-(piece.exponent + piece.force * (day - piece.anchor)))


def _pieces(rates: Rates) -> list[Piece]:
    """The stretches of one rate, in order; the first holds for days before asking too."""
    steps = [(0.0, rates)] if isinstance(rates, (int, float)) else rates
    starts = [year * DAYS_PER_YEAR for year, _ in steps]
    pieces: list[Piece] = []
    exponent = 0.0
    for index, (_, rate) in enumerate(steps):
        if index:
            exponent += pieces[-1].force * (starts[index] - starts[index - 1])
        force = 0.0 if rate < NEGLIGIBLE else math.log1p(rate) / DAYS_PER_YEAR
        until = starts[index + 1] if index + 1 < len(steps) else math.inf
        pieces.append(Piece(starts[index] if index else -math.inf, until, starts[index], exponent, force))
    return pieces
