"""Where a curve that is known with error crosses 0: the points, and an interval for each by inverting a test.

With the same luck at every point, the mean curve is one smooth curve, and its error at a point is that of a mean of
independent replications. A value of the input belongs to the interval if the t interval of the difference there holds
0. For values on a line with normal errors such a set holds the true crossing with exactly the stated probability
(Fieller 1954, Journal of the Royal Statistical Society B 16:175, is the same set for two parameters); no slope has to
be estimated, and where the curve is too flat to tell, the set says so by having no end.
"""

from typing import NamedTuple

import numpy as np

from sim.analysis.intervals import mean_intervals
from sim.vocabulary import Column


class Crossing(NamedTuple):
    """Where the mean crosses 0, and the interval around it; an end of which the points do not tell is infinite.

    falling: whether the curve is above 0 below it. shared: whether other crossings lie in the same interval, so that
    chance leaves open whether there are so many.
    """

    at: float
    low: float
    high: float
    falling: bool
    shared: bool


class Crossings(NamedTuple):
    """crossed: in order. open_at: intervals in which chance leaves a crossing open, and the mean has none."""

    crossed: tuple[Crossing, ...]
    open_at: tuple[tuple[float, float], ...]


def crossings(points: Column, differences: Column) -> Crossings:
    """The crossings of the mean, between neighbouring points on straight lines.

    points: rising, at least 2. differences: (points, replications), at least 2 of these, the same luck at each point;
    NaN where there is none, and next to a point without any the curve is not known.
    """
    mean, low, high, _ = mean_intervals(differences.T)
    where = [(_place(points, i, _root(mean, i)), bool(mean[i] > mean[i + 1])) for i in _changes(mean)]
    sets = _holding_0(points, mean, low, high)
    crossed = []
    for at, falling in where:
        first, last = next(each for each in sets if each[0] <= at <= each[1])
        shared = sum(first <= other <= last for other, _ in where) > 1
        crossed.append(Crossing(at, *_opened(points, first, last), falling, shared))
    empty = [each for each in sets if not any(each[0] <= at <= each[1] for at, _ in where)]
    return Crossings(tuple(crossed), tuple(_opened(points, *each) for each in empty))


def wanted_points(points: Column, differences: Column, width: float) -> list[float]:
    """Between which points to look next, so that crossings of the mean and of both ends of its interval are known to
    within `width`: to either side of where lines cross 0. Empty once they are."""
    mean, low, high, _ = mean_intervals(differences.T)
    wanted: list[float] = []
    for curve in (mean, low, high):
        for i in _changes(curve):
            first, last = float(points[i]), float(points[i + 1])
            if last - first > 1.001 * width:
                root = _place(points, i, _root(curve, i))
                wanted += [each for each in (root - width / 2, root + width / 2) if first < each < last]
    return sorted(set(wanted))


def _changes(curve: Column) -> list[int]:
    """The pieces in which the sign changes; a curve that touches 0 at a point crosses there if it goes on beyond."""
    above, known = curve > 0, np.isfinite(curve)
    return [int(i) for i in np.flatnonzero((above[1:] != above[:-1]) & known[1:] & known[:-1])]


def _root(curve: Column, i: int) -> float:
    """The share of a piece, in which the sign changes, behind which it does."""
    return float(curve[i] / (curve[i] - curve[i + 1]))


def _place(points: Column, i: int, share: float) -> float:
    return float(points[i] + share * (points[i + 1] - points[i]))


def _holding_0(points: Column, mean: Column, low: Column, high: Column) -> list[tuple[float, float]]:
    """Where low <= 0 <= high, on straight lines: intervals that do not touch."""
    sets: list[tuple[float, float]] = []
    changes = set(_changes(mean))
    for i in range(len(points) - 1):
        ends = [0.0, 1.0]
        for curve in (low, -high):
            first, last = float(curve[i]), float(curve[i + 1])
            if first > 0 and last > 0:
                ends = [1.0, 0.0]
            elif first > 0:
                ends[0] = max(ends[0], first / (first - last))
            elif last > 0:
                ends[1] = min(ends[1], first / (first - last))
        if i in changes:  # Without chance low, mean and high are one, but for rounding.
            ends = [min(ends[0], root := _root(mean, i)), max(ends[1], root)]
        if ends[0] > ends[1]:
            continue
        first, last = (_place(points, i, share) for share in ends)
        if sets and sets[-1][1] >= first - 1e-9 * abs(points[i + 1] - points[i]):
            first = sets.pop()[0]
        sets.append((first, last))
    return sets


def _opened(points: Column, first: float, last: float) -> tuple[float, float]:
    """An interval that reaches the first or the last point has no end there that is known."""
    return -np.inf if first <= points[0] else first, np.inf if last >= points[-1] else last
