"""When people ask for care for the first time."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from sim.model.draws import unit_poisson_times
from sim.scenario.schema import Arrivals, Time
from sim.vocabulary import Column


def cumulative_rate(arrivals: Arrivals, time: Time, until: float) -> tuple[Column, Column]:
    """Expected arrivals of a stream by time: the points (days, arrivals) of a piecewise linear curve from 0 to `until`.

    The rate is `first_per_day` x weekday x month x the latest change's factor; weekday and month patterns are relative
    to their own mean, so that it stays the long-run mean.
    """
    days = np.arange(0.0, np.ceil(until))
    starts, factors = np.array(arrivals.steps()).T
    edges = np.unique(np.concatenate([days, starts, [until]]))
    edges = edges[edges <= until]
    rates = np.full(len(edges) - 1, arrivals.first_per_day or 0.0)
    dates = [time.start + timedelta(days=int(day)) for day in edges[:-1]]
    if arrivals.weekday:
        rates *= np.array([arrivals.weekday[date.weekday()] for date in dates]) / np.mean(arrivals.weekday)
    if arrivals.month:
        rates *= np.array([arrivals.month[date.month - 1] for date in dates]) / np.mean(arrivals.month)
    rates *= factors[np.searchsorted(starts, edges[:-1], side="right") - 1]
    return edges, np.concatenate([[0.0], np.cumsum(rates * np.diff(edges))])


def arrival_times_by_day(curves: Sequence[tuple[float, tuple[Column, Column]]], seed: int, replication: int) -> Column:
    """Times of first asking where one expected course follows another: (day from which on it holds, its points).

    Until a course begins, everybody asks just when they would have without it; from then on its rate holds, and the
    n-th person is still the n-th.
    """
    (_, (edges, expected)), *later = curves
    times = arrival_times(edges, expected, seed, replication)
    for day, (days, theirs) in later:
        if np.array_equal(days, edges) and np.array_equal(theirs, expected):
            continue
        so_far, then, ahead = np.interp(day, edges, expected), np.interp(day, days, theirs), days > day
        before = edges < day
        edges = np.concatenate((edges[before], [day], days[ahead]))
        expected = np.concatenate((expected[before], [so_far], so_far + (theirs[ahead] - then)))
        same = times[times < day]
        others = arrival_times(edges, expected, seed, replication)[len(same) :]
        times = np.concatenate((same, np.maximum(others, day)))
    return times


def arrival_times(edges: Column, cumulative: Column, seed: int, replication: int) -> Column:
    """Times of first asking, in days, of a Poisson process with this expected course.

    Unit-rate times are pushed through its inverse, so that the n-th person is the same person whatever the rate.
    """
    return np.interp(unit_poisson_times(seed, replication, float(cumulative[-1])), cumulative, edges)
