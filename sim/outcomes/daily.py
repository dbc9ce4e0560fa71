"""The system day by day: how many people are in each level and on each waiting list, over the whole run."""

import numpy as np

from sim.model.records import Column
from sim.outcomes.observed import Observed


def daily(observed: Observed) -> dict[str, Column]:
    """The mean number of people during each day, from day 0 to the last whole day of the run.

    Keys: "census.{level}" (those in care, blocked included) and "queue.{level}" (those waiting).
    """
    time = observed.scenario.time
    days = int(time.warm_up_days + time.recruitment_days + time.follow_up_days)
    stays, waits = observed.records.stays, observed.records.waits
    series = {}
    for code, level in enumerate(observed.scenario.levels):
        here, wanting = stays["level"] == code, waits["level"] == code
        series[f"census.{level}"] = present(stays["admitted"][here], stays["discharged"][here], days)
        series[f"queue.{level}"] = present(waits["asked"][wanting], waits["ended"][wanting], days)
    return series


def present(began: Column, ended: Column, days: int) -> Column:
    """The mean number of intervals that are under way during each of so many days; shape (days,)."""
    until = _person_days(began, days) - _person_days(ended, days)
    return np.diff(until)


def _person_days(since: Column, days: int) -> Column:
    """Days passed since each of these times, summed over all, at the beginning of each day and the end of the last."""
    times = np.sort(np.maximum(since, 0.0))
    edges = np.arange(days + 1.0)
    before = np.searchsorted(times, edges, side="right")
    return np.asarray(before * edges - np.concatenate(([0.0], np.cumsum(times)))[before])
