"""Estimators for times that are not always seen to their end, and step functions of time; arrays in, numbers out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.outcomes.compiling import compiled
from sim.outcomes.partition import Partition, first_rows
from sim.vocabulary import NONE, Column

ROUNDING = 1e-9
"""Slack when a product of fractions is compared with a share: (9/10)(8/9)... may miss 0.5 by a few last bits."""


class TimesToEvent(NamedTuple):
    """People followed from an origin of their own until an event, death, or the end of follow-up.

    who: patient numbers. since: row of the records at which the origin lies. time: days from there to what came first.
    cause: 1 the event, 2 death, 0 the end.
    """

    who: Column
    since: Column
    time: Column
    cause: Column


def competing(event: Column, death: Column, end: Column) -> tuple[Column, Column]:
    """Time and cause (1 event, 2 death, 0 end of follow-up) of what comes first; all in days since the origin."""
    cause = np.where((event < end) & (event <= death), 1, np.where(death < end, 2, 0))
    return np.minimum(np.minimum(event, death), end), cause


@dataclass(frozen=True)
class SurvivalCurve:
    """Kaplan-Meier estimate of the share without the event.

    times: the distinct event times, rising. survival: the share just after each. last: the largest time observed, with
    or without the event; NaN where nobody was observed, and then every reading of the curve is NaN too.
    """

    times: Column
    survival: Column
    last: float

    def at(self, time: float) -> float:
        """Share still without the event just after `time`; after the largest observed time the last value goes on."""
        return _value_at(self.times, self.survival, time, 1.0, self.last)

    def quantile(self, share: float) -> float:
        """The first time by which at least `share` have had the event; NaN if the curve never falls so far."""
        reached = np.flatnonzero(self.survival <= 1 - share + ROUNDING)
        return float(self.times[reached[0]]) if len(reached) else math.nan

    def mean(self, horizon: float = math.inf) -> float:
        """Area under the curve up to the horizon or the largest observed time: the mean, restricted to what was seen.

        NaN where nobody had the event: then what was seen says nothing about when it would come.
        """
        if not len(self.times):
            return math.nan
        knots = np.minimum(np.concatenate(([0.0], self.times, [self.last])), horizon)
        heights = np.concatenate(([1.0], self.survival))
        return float(np.sum(heights * np.diff(knots)))


@dataclass(frozen=True)
class IncidenceCurve:
    """Aalen-Johansen estimate of the share with the event so far; fields as in `SurvivalCurve`."""

    times: Column
    incidence: Column
    last: float

    def at(self, time: float) -> float:
        """Share with the event up to and including `time`; after the largest observed time the last value goes on."""
        return _value_at(self.times, self.incidence, time, 0.0, self.last)


def kaplan_meier(time: Column, event: Column) -> SurvivalCurve:
    """Product-limit estimate from times since each one's origin (days, at least 0) and whether the event ended them.

    Ties: all events of one time share one risk set, and someone censored at that very time still belongs to it.
    Source: Kaplan and Meier, J Am Stat Assoc 1958;53:457-481.
    """
    times, events, at_risk, last = _risk_sets(time, event)
    return SurvivalCurve(times, np.cumprod((at_risk - events) / at_risk), last)


def cumulative_incidence(time: Column, cause: Column) -> IncidenceCurve:
    """Cumulative incidence of cause 1 with competing causes 2, 3, ...; cause 0 is censored.

    At each event time the increment is (overall survival just before) x (events of cause 1) / (at risk). Ties as in
    `kaplan_meier`: events of all causes at one time share one risk set.
    Source: Aalen and Johansen, Scand J Stat 1978;5:141-150.
    """
    times, events, at_risk, last = _risk_sets(time, cause > 0)
    before = np.concatenate(([1.0], np.cumprod((at_risk - events) / at_risk)))[:-1]
    of_interest = np.bincount(np.searchsorted(times, time[cause == 1]), minlength=len(times))
    return IncidenceCurve(times, np.cumsum(before * of_interest / at_risk), last)


def incidences(followed: TimesToEvent, groups: Partition, days: Sequence[float]) -> Column:
    """The cumulative incidence of the event by each of these days since the origin, death competing; NaN of nobody.

    Shape (days, groups).
    """
    _, incidence = estimates(followed.who, followed.time, followed.cause, groups, days)
    return incidence


def survivals(who: Column, time: Column, event: Column, groups: Partition, days: Sequence[float]) -> Column:
    """The share still without the event on each of these days since the origin; NaN of nobody. Shape (days, groups)."""
    survival, _ = estimates(who, time, event.astype(np.int64), groups, days)
    return survival


def estimates(
    who: Column, time: Column, cause: Column, groups: Partition, days: Sequence[float]
) -> tuple[Column, Column]:
    """By group, `kaplan_meier` of whatever comes first and `cumulative_incidence`, read on days, which rise.

    who: patient numbers. Each of shape (days, groups); NaN of groups in which nobody was followed.
    """
    reached, cell = np.full((2, len(days), groups.count), math.nan), groups.cell[who]
    if kernels := compiled():
        times = np.ascontiguousarray(time, dtype=float)
        codes = (np.ascontiguousarray(each, dtype=np.int64) for each in (cause, np.argsort(times), cell))
        kernels.estimates(times, *codes, groups.of_cell, np.array(days, dtype=float), reached)
        return reached[0], reached[1]
    for of_cell in groups.of_cell:
        group_of = of_cell[cell]
        for group in np.unique(group_of[group_of != NONE]).tolist():
            mine = group_of == group
            curves = kaplan_meier(time[mine], cause[mine] > 0), cumulative_incidence(time[mine], cause[mine])
            reached[:, :, group] = [[curve.at(day) for day in days] for curve in curves]
    return reached[0], reached[1]


class StepFunction(NamedTuple):
    """A piecewise constant function of time: its values in order, and for how many days each held."""

    values: Column
    durations: Column

    def quantile(self, share: float) -> float:
        """The smallest value v such that the function is at most v for `share` of the time; NaN over no time."""
        order = np.argsort(self.values, kind="stable")
        elapsed = np.cumsum(self.durations[order])
        if elapsed[-1] <= 0:
            return math.nan
        reached = np.searchsorted(elapsed, share * elapsed[-1] * (1 - ROUNDING))
        return float(self.values[order][reached])


def step_function(times: Column, jumps: Column, start: float, end: float) -> StepFunction:
    """The function that is 0 at first and changes by each jump at its time, over [start, end)."""
    order = np.argsort(times, kind="stable")
    knots = np.concatenate(([start], np.clip(times[order], start, end), [end]))
    return StepFunction(np.concatenate(([0], np.cumsum(jumps[order]))), np.diff(knots))


def _risk_sets(time: Column, event: Column) -> tuple[Column, Column, Column, float]:
    """Distinct event times, events at each, how many were at risk (observed so long or longer), largest time."""
    in_order, of_events = np.sort(time), np.sort(time[event])
    begins = first_rows(of_events)
    times, events = of_events[begins], np.diff(np.append(begins, len(of_events)))
    at_risk = len(time) - np.searchsorted(in_order, times, side="left")
    return times, events, at_risk, float(in_order[-1]) if len(time) else math.nan


def _value_at(times: Column, values: Column, time: float, initial: float, last: float) -> float:
    if math.isnan(last):
        return math.nan
    passed = int(np.searchsorted(times, time, side="right"))
    return float(values[passed - 1]) if passed else initial
