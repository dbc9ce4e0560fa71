"""How many places of each kind are in use: for how much of the time, and as those who ask find it."""

import math
from typing import Any

import numpy as np

from sim.outcomes.flow import BY_ANY_ROUTE, asks
from sim.outcomes.observed import Observed, are_among, shared
from sim.outcomes.survival import StepFunction, step_function
from sim.vocabulary import NONE, Column

COLUMNS = ["place", "in_use", "days", "asks"]
"""Of the rows of `occupancy`."""


def occupancy(observed: Observed) -> list[tuple[Any, ...]]:
    """One row a kind of place and number of places, from 0 to the most that were ever in use over the window.

    place, in_use, days (of the window of the system during which just so many were in use), asks (in the window, for a
    level whose stays may hold such a place, of people whom it accepts, by which they found just so many in use). What
    is found is what was in use just before, including a place that the person who asks still holds. Whoever is on a
    list on day 0 has asked before.
    """
    rows: list[tuple[Any, ...]] = []
    for place, name in enumerate(observed.scenario.places):
        used = in_use(observed)[place]
        met = _met_by_asks(observed, place)
        count = max(int(used.values[used.durations > 0].max()), int(met.max(initial=NONE))) + 1
        days = np.bincount(used.values, weights=used.durations, minlength=count)[:count]
        asked = np.bincount(met, minlength=count)
        rows += zip([name] * count, range(count), days.tolist(), asked.tolist(), strict=True)
    return rows


@shared
def in_use(observed: Observed) -> list[StepFunction]:
    """How many places of each kind were in use over the window."""
    return [number_under_way(observed, *each) for each in holdings(observed)]


@shared
def holdings(observed: Observed) -> list[tuple[Column, Column]]:
    """When places of each kind were taken, and given back, each in order."""
    stays, moments = observed.records.stays, []
    for holding in observed.held:
        rows = np.flatnonzero(holding)
        each = [stays[moment][rows] for moment in ("admitted", "discharged")]
        if np.any(holding[rows] != 1):
            each = [np.repeat(moment, holding[rows]) for moment in each]
        moments.append((np.sort(each[0]), np.sort(each[1])))
    return moments


def number_under_way(observed: Observed, started: Column, ended: Column) -> StepFunction:
    """How many intervals were under way over the window, by when one began, and when one ended, each in order."""
    window = observed.start, observed.end
    (before, begun), (over, later) = np.searchsorted(started, window), np.searchsorted(ended, window)
    times = np.concatenate(([-math.inf], started[before:begun], ended[over:later]))
    jumps = np.repeat((before - over, 1, -1), (1, begun - before, later - over))
    return step_function(times, jumps, *window)


def _met_by_asks(observed: Observed, place: int) -> Column:
    """How many places of a kind were in use just before each ask for one."""
    waits = observed.records.waits
    rows = asks(observed)
    wanted = are_among(waits["level"][rows], observed.levels_using(place))
    wanted &= are_among(waits["route"][rows], BY_ANY_ROUTE)
    wanted &= waits["step"][rows] == NONE
    wanted &= observed.accepted_by(place)[waits["patient"][rows]]
    asked = waits["asked"][rows][wanted]
    admitted, discharged = holdings(observed)[place]
    return np.searchsorted(admitted, asked) - np.searchsorted(discharged, asked)
