"""The system day by day over the whole run: people in each level and on each list, how long they wait, who asks."""

import numpy as np

from sim.outcomes.flow import BY_ANY_ROUTE
from sim.outcomes.observed import Observed, are_among, moments_of_stays
from sim.scenario.schema import Scenario
from sim.vocabulary import PASSED, WAIT_END, Column


def daily_names(scenario: Scenario) -> list[str]:
    """The series that `daily` gives of a scenario."""
    return [*(f"{what}.{level}" for level in scenario.levels for what in ("census", "queue", "wait")), "asks.all"]


def daily(observed: Observed) -> dict[str, Column]:
    """A value for each day, from day 0 to the last whole day of the run.

    Keys: "census.{level}" (mean number of people in care, blocked included), "queue.{level}" (mean number waiting),
    "wait.{level}" (days that those who ask on that day then wait, whatever ends it; as on the last day before on which
    somebody asked, and 0 before the first; NaN from the first day on which somebody asks who still waits at the end),
    and "asks.all" (how many ask for any level).
    """
    days = int(observed.scenario.time.horizon)
    waits = observed.records.waits
    series = {}
    last = waits["outcome"] != PASSED
    for code, level in enumerate(observed.scenario.levels):
        wanting = np.flatnonzero(waits["level"] == code)
        series[f"census.{level}"] = present(*moments_of_stays(observed)[code], days)
        began, ended = (np.sort(waits[of][wanting]) for of in ("asked", "ended"))
        series[f"queue.{level}"] = present(began, ended, days)
        wanting = wanting[last[wanting]]
        asked, ended = waits["called"][wanting], waits["ended"][wanting]
        still_open = waits["outcome"][wanting] == WAIT_END
        series[f"wait.{level}"] = waited(asked, ended, still_open, days)
    asking = are_among(waits["route"], BY_ANY_ROUTE) & last
    series["asks.all"] = _on_days(waits["called"][asking], days).astype(float)
    return series


def waited(asked: Column, ended: Column, still_open: Column, days: int) -> Column:
    """Mean days waited of those who ask on each of so many days, as `daily` says; shape (days,)."""
    count, total = _on_days(asked, days), _on_days(asked, days, ended - asked)
    last = np.maximum.accumulate(np.where(count > 0, np.arange(days), -1))
    mean = np.divide(total, count, out=np.zeros(days), where=count > 0)
    series = np.where(last >= 0, mean[last], 0.0)
    unknown = np.floor(asked[still_open])
    if len(unknown):
        series[max(int(unknown.min()), 0) :] = np.nan
    return series


def _on_days(times: Column, days: int, weights: Column | None = None) -> Column:
    """How many of these times lie on each day, or the sum of their weights; those before day 0 count on it."""
    inside = times < days
    on = np.maximum(times[inside], 0.0).astype(np.int64)
    return np.bincount(on, weights=None if weights is None else weights[inside], minlength=days)


def present(began: Column, ended: Column, days: int) -> Column:
    """The mean number of intervals that are under way during each of so many days, by when one began, and when one
    ended, each in order; shape (days,)."""
    until = _person_days(began, days) - _person_days(ended, days)
    return np.diff(until)


def _person_days(since: Column, days: int) -> Column:
    """Days passed since each of these times, summed over all, at the beginning of each day and the end of the last."""
    times, edges = np.maximum(since, 0.0), np.arange(days + 1.0)
    before = np.cumsum(np.bincount(np.ceil(times).astype(np.int64), minlength=days + 1)[: days + 1])
    return np.asarray(before * edges - np.concatenate(([0.0], np.cumsum(times)))[before])
