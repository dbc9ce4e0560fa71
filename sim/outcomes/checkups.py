"""Check-ups of former patients at home: who was looked up on which day, and what came of it.

The model simulates the check-up that links somebody to care, and no other: all others change nothing. Which there were
follows from the records: from who was at home on the days of their schedule.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.model.formulas import checkup_after, checkup_from, checkups_until, spread
from sim.outcomes.compiling import compiled
from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, ratio, shared_by_groups
from sim.outcomes.sums import exact_total
from sim.scenario.schema import Checkups
from sim.vocabulary import CHECKUP, DAYS_PER_MONTH, DEAD, NONE, REDIRECTED, RESPONSE, UNWELL, Column

METRICS = MetricList("system")


class AtHome(NamedTuple):
    """Stretches of life outside care, neither on a list nor on the way; equally long columns, in days since day 0.

    discharged: the last discharge before; minus infinity without one.
    """

    patient: Column
    began: Column
    ended: Column
    discharged: Column


class Made(NamedTuple):
    """Check-ups: of whom, on which day since day 0, by whose rule (an index into `Observed.in_force`), and whether it
    linked them to care."""

    patient: Column
    day: Column
    rule: Column
    linked: Column


@shared_by_groups
def made(observed: Observed) -> Made:
    """All check-ups of the run, those that found nobody included."""
    if not any(scenario.checkups for scenario, _, _ in observed.in_force):
        nothing = np.zeros(0, dtype=np.int64)
        return Made(nothing, np.zeros(0), nothing, np.zeros(0, dtype=bool))
    parts = [_linked(observed)]
    for rule, (scenario, begins, ends) in enumerate(observed.in_force):
        if scenario.checkups is not None:
            patient, first, count = _stretches(observed, scenario.checkups, begins, ends)
            number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            day = np.repeat(first, count) + number * scenario.checkups.every_days
            of_rule, linked = np.full(len(day), rule), np.zeros(len(day), dtype=bool)
            parts.append(Made(np.repeat(patient, count), day, of_rule, linked))
    return Made(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _stretches(observed: Observed, checkups: Checkups, begins: float, ends: float) -> tuple[Column, Column, Column]:
    """By stretch at home in which there were check-ups between two days, but for one that ended it: patient, the day of
    the first, and how many.
    """
    every, days = checkups.every_days, checkups.for_days or math.inf
    stretches = at_home(observed)
    if kernels := compiled():
        is_known = np.zeros(len(observed.records.patients), dtype=bool)
        is_known[_known(observed)] = True
        table = np.empty((len(stretches.patient), 3))
        who, before = stretches.patient.astype(np.int64), observed.before
        count = kernels.checkups_of_stretches(who, *stretches[1:], is_known, before, every, days, begins, ends, table)
        return _columns(table[:count])
    known, rows = frozenset(_known(observed).tolist()), []
    for patient, began, ended, discharged in zip(*(column.tolist() for column in stretches), strict=True):
        share = 0.0
        if discharged == -math.inf:
            if patient not in known:
                continue
            discharged, share = 0.0, spread(patient + observed.before)
        since, until = discharged - share * every, min(ended, ends)
        first = max(checkup_after(began, since, every), checkup_from(max(begins, 0.0), since, every))
        last = checkups_until(min(discharged + days, until), until, since, every)
        if last >= first:
            rows.append((patient, since + first * every, last - first + 1))
    return _columns(np.array(rows, dtype=float).reshape(-1, 3))


def _columns(rows: Column) -> tuple[Column, Column, Column]:
    patients, firsts, counts = rows.T
    return patients.astype(np.int64), firsts, counts.astype(np.int64)


def _linked(observed: Observed) -> Made:
    """The check-ups that linked somebody to care: each ask that came of one, but where a list was closed before it."""
    waits = observed.records.waits
    sent_on = np.zeros(len(waits), dtype=bool)
    sent_on[1:] = (waits["outcome"][:-1] == REDIRECTED) & (waits["patient"][1:] == waits["patient"][:-1])
    rows = np.flatnonzero((waits["route"] == CHECKUP) & ~sent_on)
    day = waits["asked"][rows]
    rule = np.searchsorted([since for _, since, _ in observed.in_force], day, side="right") - 1
    return Made(waits["patient"][rows], day, rule, np.ones(len(rows), dtype=bool))


def _known(observed: Observed) -> Column:
    """Numbers of those known from before day 0, who were at home then."""
    first = observed.in_force[0].scenario
    begin = sum(there.in_care + there.waiting for there in first.initial.values()) - observed.before
    end = begin + first.known.well.people + first.known.unwell.people
    return np.arange(max(begin, 0), min(end, len(observed.records.patients)))


@shared_by_groups
def at_home(observed: Observed) -> AtHome:
    """Everybody's life at home, until they move away, recover for good or die, or the run ends."""
    stays, waits = observed.records.stays, observed.records.waits
    on_the_way = _on_the_way(observed)
    known = _known(observed)
    day_0 = np.zeros(len(known))
    who = np.concatenate([stays["patient"], waits["patient"], on_the_way[0], known])
    since = np.concatenate([stays["admitted"], waits["asked"], on_the_way[1], day_0])
    until = np.concatenate([stays["discharged"], waits["ended"], on_the_way[2], day_0])
    patient, time = np.concatenate([who, who]), np.concatenate([since, until])
    ends = np.repeat((False, True), len(who))
    order = np.lexsort((ends, time, patient))
    patient, time, ends = patient[order], time[order], ends[order]
    # Nobody is counted as away at the end of all of their intervals, so one running sum is of everybody.
    free = np.flatnonzero(np.cumsum(np.where(ends, -1, 1)) == 0)
    gone = _gone(observed)
    following = np.append(time[1:], math.inf)
    following[:-1][patient[1:] != patient[:-1]] = math.inf
    who, began = patient[free], time[free]
    ended = np.minimum(following[free], gone[who])
    kept = began < ended
    who, began, ended = who[kept], began[kept], ended[kept]
    discharged = -_next(who, -began, stays["patient"], -stays["discharged"])
    return AtHome(who, began, ended, discharged)


def _gone(observed: Observed) -> Column:
    """By patient number, when they moved away, recovered for good or died; the end of the run for all others."""
    patients, spells = observed.records.patients, observed.records.spells
    gone = np.full(len(patients), observed.scenario.time.horizon)
    for column in ("moved_away", "recovered"):
        gone = np.fmin(gone, patients[column])
    dead = spells["state"] == DEAD
    np.minimum.at(gone, spells["patient"][dead], spells["started"][dead])
    return gone


def _on_the_way(observed: Observed) -> tuple[Column, Column, Column]:
    """Lags at home between two levels: patient, from when, and until when.

    Whoever was released with a link is on the way until they ask for the next level, or a change of their state has
    them stay at home.
    """
    stays, waits, spells = observed.records.stays, observed.records.waits, observed.records.spells
    released = np.zeros(len(stays), dtype=bool)
    for scenario, begins, ends in observed.in_force:
        releases = np.array([level.hand_over == "release" for level in scenario.levels.values()])
        in_time = (stays["discharged"] >= begins) & (stays["discharged"] < ends)
        released |= releases[stays["level"]] & in_time
    rows = np.flatnonzero(released & (stays["next_level"] != NONE) & (stays["ready"] == stays["discharged"]))
    patient, left = stays["patient"][rows], stays["discharged"][rows]
    state, who = spells["state"], spells["patient"]
    was_unwell, had_response = np.zeros((2, len(state)), dtype=bool)
    was_unwell[1:] = (state[:-1] == UNWELL) & (who[1:] == who[:-1])
    had_response[1:] = (state[:-1] == RESPONSE) & (who[1:] == who[:-1])
    # A partial response that is lost keeps nobody at home.
    turns = ((state == UNWELL) & ~had_response) | (state == DEAD) | was_unwell
    asks = _next(patient, left, waits["patient"], waits["asked"])
    turned = _next(patient, left, who[turns], spells["started"][turns], later=True)
    until = np.minimum(np.minimum(asks, turned), observed.scenario.time.horizon)
    return patient, left, until


def _next(patient: Column, time: Column, who: Column, when: Column, later: bool = False) -> Column:
    """For each patient and time, the first of these events of theirs then or after (only after, if `later`)."""
    count = len(patient)
    is_event = np.arange(count + len(who)) >= count
    all_who, all_times = np.concatenate([patient, who]), np.concatenate([time, when])
    # What is sorted behind a time follows it.
    order = np.lexsort((is_event != later, all_times, all_who))
    position = np.where(is_event[order], np.arange(len(order)), len(order))
    following = np.minimum.accumulate(position[::-1])[::-1]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = following
    place = place[:count]
    times = np.append(all_times[order], math.inf)[place]
    same = np.append(all_who[order], NONE)[place] == patient
    return np.where(same, times, math.inf)


def _a_month(observed: Observed, count: float) -> float:
    return ratio(count * DAYS_PER_MONTH, observed.window_days)


@METRICS.define("checkups.made.per_month", "check-ups per month", "neutral", needs="checkups")
def made_per_month(observed: Observed) -> float:
    """Check-ups of former patients at home in the window of the system, a month (of 30.44 days), whether or not the
    person was found.
    """
    return _a_month(observed, int(np.count_nonzero(observed.in_window(made(observed).day))))


@METRICS.define("checkups.found.per_month", "check-ups per month", "neutral", needs="checkups")
def found_per_month(observed: Observed) -> float:
    """Check-ups in the window of the system, a month (of 30.44 days), at which the person was to be expected to be
    found: those that were made, times the share who are found. How many of them asked for care, asks.checkup.per_month
    says.
    """
    shares = [scenario.checkups.found_share if scenario.checkups else 0.0 for scenario, _, _ in observed.in_force]
    rules = made(observed).rule[observed.in_window(made(observed).day)]
    return _a_month(observed, exact_total(np.array(shares)[rules]))
