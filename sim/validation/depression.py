"""What is read off the arms of depression: visits after the ward, readmission, leaving early, suicide, recurrence."""

import math
from collections.abc import Callable

import numpy as np

from sim.outcomes import Observed
from sim.outcomes.observed import ratio
from sim.outcomes.relapse import first_relapse, first_setback
from sim.outcomes.survival import TimesToEvent, cumulative_incidence
from sim.validation.measurements import Discharges, Measurements, count, deaths, first_discharges
from sim.vocabulary import COMPLETED, DAYS_PER_YEAR, DROPPED_OUT, END, Column

FOLLOWED = (7, 30)
"""Days within which any visit after the ward counts (HEDIS FUH)."""

SUICIDE = ((0, 7), (0, 30), (31, 90))
"""Days after the ward, from and to."""

YEARS = (1, 2, 5, 15)


def read_after_ward(observed: Observed) -> Measurements:
    """Any visit by insurance, readmission to the ward, and what becomes of stays in the partial hospital programme.

    A visit is an admission to any other level. As in HEDIS, whoever is readmitted, or dies, within 30 days is left out
    of who should have had one.
    """
    left, patients = first_discharges(observed), observed.records.patients
    wards = [level.round_the_clock for level in observed.levels]
    back, seen = (_days_to(observed, left, np.array(wards) == inside) for inside in (True, False))
    died = observed.died_at[left.who] + patients["arrived"][left.who] - left.day
    counted = (back > FOLLOWED[-1]) & (died > FOLLOWED[-1])
    measured: Measurements = {"readmitted 30": ratio(count(back <= 30), len(left.who))}
    for code, name in enumerate(observed.scenario.population["insurance"]):
        of_them = counted & (patients["insurance"][left.who] == code)
        for days in FOLLOWED:
            measured[f"seen {days} {name}"] = ratio(count(seen[of_them] <= days), count(of_them))
    return measured | _of_programme(observed)


def _of_programme(observed: Observed) -> Measurements:
    """Of stays in the partial hospital programme, who dropped out, and who was in the ward within 30 days of leaving
    for home, of those who are followed so long."""
    stays, levels = observed.records.stays, list(observed.scenario.levels)
    ended = (stays["level"] == levels.index("php")) & (stays["reason"] != END)
    followed = stays["discharged"] + FOLLOWED[-1] <= observed.scenario.time.horizon
    alive = np.flatnonzero(ended & followed & np.isin(stays["reason"], (COMPLETED, DROPPED_OUT)))
    left = Discharges(stays["patient"][alive], alive, stays["discharged"][alive])
    back = _days_to(observed, left, np.array([level.round_the_clock for level in observed.levels]))
    dropped = count(ended & (stays["reason"] == DROPPED_OUT))
    return {
        "dropped out of php": ratio(dropped, count(ended)),
        "readmitted 30 from php": ratio(count(back <= 30), len(alive)),
    }


def _days_to(observed: Observed, left: Discharges, levels: Column) -> Column:
    """Days from each discharge to the same person's next admission to any of these levels; infinite without one."""
    stays = observed.records.stays
    rows = np.flatnonzero(levels[stays["level"]])
    # One number orders people, and times of each; stays are in that order already.
    span = observed.scenario.time.horizon + 1
    admitted = stays["patient"][rows] * span + stays["admitted"][rows]
    following = np.searchsorted(admitted, left.who * span + left.day)
    padded = np.append(rows, -1)[following]
    same = (padded > left.row) & (stays["patient"][padded] == left.who)
    return np.where(same, stays["admitted"][padded] - left.day, math.inf)


def read_suicides(scaled: float) -> Callable[[Observed], Measurements]:
    """Deaths per 1,000 person-years by window after the first stay in the ward, wherever people are by then.

    scaled: how many times the arm's death rates are those that are wanted.
    """

    def read(observed: Observed) -> Measurements:
        return {f"days {low} to {high}": 1000 * ratio(*deaths(observed, low, high)) / scaled for low, high in SUICIDE}

    return read


def read_recurrence(observed: Observed) -> Measurements:
    """From the first day in remission: an episode, and any return of symptoms, so many years later."""

    def by(followed: TimesToEvent, what: str) -> Measurements:
        curve = cumulative_incidence(followed.time, followed.cause)
        return {f"{what} {years}": curve.at(years * DAYS_PER_YEAR) for years in YEARS}

    return by(first_relapse(observed), "episode") | by(first_setback(observed), "any")
