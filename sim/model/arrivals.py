"""When people ask for care for the first time."""

from datetime import timedelta

import numpy as np

from sim.model.draws import unit_poisson_times
from sim.scenario.schema import Arrivals, Time
from sim.vocabulary import Column


def cumulative_rate(arrivals: Arrivals, time: Time, until: float) -> tuple[Column, Column]:
    """Expected arrivals of a stream by time: the points (days, arrivals) of a piecewise linear curve from 0 to `until`.

    The rate is `per_day` x weekday x month x the latest change's factor; weekday and month patterns are relative to
    their own mean, so that `per_day` stays the long-run mean.
    """
    days = np.arange(0.0, np.ceil(until))
    starts, factors = np.array(arrivals.steps()).T
    edges = np.unique(np.concatenate([days, starts, [until]]))
    edges = edges[edges <= until]
    rates = np.full(len(edges) - 1, arrivals.per_day or 0.0)
    dates = [time.start + timedelta(days=int(day)) for day in edges[:-1]]
    if arrivals.weekday:
        rates *= np.array([arrivals.weekday[date.weekday()] for date in dates]) / np.mean(arrivals.weekday)
    if arrivals.month:
        rates *= np.array([arrivals.month[date.month - 1] for date in dates]) / np.mean(arrivals.month)
    rates *= factors[np.searchsorted(starts, edges[:-1], side="right") - 1]
    return edges, np.concatenate([[0.0], np.cumsum(rates * np.diff(edges))])


def arrival_times(edges: Column, cumulative: Column, seed: int, replication: int) -> Column:
    """Times of first asking, in days, of a Poisson process with this expected course.

    Unit-rate times are pushed through its inverse, so that the n-th person is the same person whatever the rate.
    """
    return np.interp(unit_poisson_times(seed, replication, float(cumulative[-1])), cumulative, edges)
