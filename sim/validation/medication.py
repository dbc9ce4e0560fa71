"""What is read off the arms about medication for opioid use disorder, the first medication of their scenarios."""

import math
from collections.abc import Callable

import numpy as np

from sim.outcomes import Observed
from sim.outcomes.medication import first_of, relapses_since, time_on
from sim.outcomes.observed import ratio
from sim.outcomes.survival import cumulative_incidence, kaplan_meier
from sim.validation.estimates import CrossRatio
from sim.validation.measurements import Measurements
from sim.vocabulary import DAYS_PER_YEAR, SETBACK, UNWELL, Column

WEEKS = (4, 8, 12, 24)
RETAINED = (30, 90, 180, 365)
JUST_STOPPED = 28.0
"""Days: the window after stopping, and that after starting, in which deaths were published."""


def read_trial(observed: Observed) -> Measurements:
    """Retention, relapse of all offered and of starters, and any use in a week on it and in the first week off it."""
    measured = read_retention(observed)
    for moment in ("offered", "started"):
        followed = relapses_since(observed, 0, moment)
        curve = cumulative_incidence(followed.time, followed.cause)
        measured |= {f"relapse of {moment} {weeks}": curve.at(7.0 * weeks) for weeks in WEEKS}
    who, began = first_of(observed, 0, "started")
    _, days, stopped = time_on(observed, 0)
    third_week = days >= 21
    measured["use on"] = _use_within_a_week(observed, who[third_week], began[third_week] + 14)
    off = stopped & (began + days + 7 < observed.follow_up)
    measured["use off"] = _use_within_a_week(observed, who[off], (began + days)[off])
    return measured


def read_retention(observed: Observed) -> Measurements:
    """Still on the first course, Kaplan-Meier."""
    curve = kaplan_meier(*time_on(observed, 0)[1:])
    return {f"retained {days}": curve.at(float(days)) for days in RETAINED}


def read_deaths(scaled: float) -> Callable[[Observed], Measurements]:
    """Deaths over person-years on it and off it since the first start, and of these in the first weeks after stopping.

    scaled: how many times the arm's death rates are those that are wanted.
    """

    def read(observed: Observed) -> Measurements:
        return _deaths(observed, scaled)

    return read


def _deaths(observed: Observed, scaled: float) -> Measurements:
    on, stable, stopped, off = (_deaths_and_days(observed, *window) for window in _windows(observed))
    late_off = tuple(all_of_it - early for all_of_it, early in zip(off, stopped, strict=True))
    rates = {
        name: 1000 * ratio(deaths, days / DAYS_PER_YEAR) / scaled for name, (deaths, days) in (("on", on), ("off", off))
    }
    return {
        **rates,
        "on against off": CrossRatio(*on, *off),
        "off against on": CrossRatio(*off, *on),
        "just stopped against stable on": CrossRatio(*stopped, *stable),
        "just stopped against later off": CrossRatio(*stopped, *late_off),
    }


Looks = tuple[Column, Column, Column]
"""Patients, and from when to when, in days since asking, each is looked at."""


def _windows(observed: Observed) -> list[Looks]:
    """All days on it; those on it after four weeks; the first four weeks off it; all days off it since the start."""
    table, courses = observed.records.medications, observed.followed_courses
    who, began, ended = table["patient"][courses.rows], courses.began, courses.ended
    # Life goes on off it until the next course, death or the end of follow-up.
    last = np.minimum(observed.died_at, observed.follow_up)[who]
    until = last.copy()
    again = who[1:] == who[:-1]
    until[:-1][again] = began[1:][again]
    return [
        (who, began, ended),
        (who, np.minimum(began + JUST_STOPPED, ended), ended),
        (who, ended, np.minimum(ended + JUST_STOPPED, until)),
        (who, ended, until),
    ]


def _deaths_and_days(observed: Observed, who: Column, began: Column, ended: Column) -> tuple[float, float]:
    """How many died on the last day of their window, and the days of all windows."""
    long = ended > began
    died = observed.died_at[who] == ended
    return float(np.count_nonzero(died & long)), math.fsum((ended - began)[long].tolist())


def _use_within_a_week(observed: Observed, who: Column, since: Column) -> float:
    """Of those who live, the share with any use in the seven days from a moment on (days since asking)."""
    spells, moment = observed.followed_spells, np.full(len(observed.cohort), math.nan)
    alive = observed.died_at[who] > since + 7
    moment[who[alive]] = since[alive]
    patient = observed.records.spells["patient"][spells.rows]
    unwell = np.isin(observed.spell_state, (UNWELL, SETBACK))
    within = unwell & (spells.began < moment[patient] + 7) & (spells.ended > moment[patient])
    return ratio(len(np.unique(patient[within])), int(np.count_nonzero(alive)))
