"""Deaths as expected numbers: the hazard of death, integrated over the time that each patient was at risk.

How many of a cohort die is chance that hides small differences; how many were to be expected, given everything else
that happened to them, is known from the same lives. The two have the same mean: what is counted minus what was to be
expected so far is a martingale (Andersen, Borgan, Gill and Keiding 1993, chapter II).
"""

import math

import numpy as np

from sim.model.course import Windows
from sim.model.engine import plan_of
from sim.model.formulas import background_hazard, death_hazard
from sim.model.plan import Profile
from sim.outcomes.observed import Observed, shared, shared_by_groups
from sim.outcomes.trajectory import trajectory
from sim.vocabulary import DEAD, NONE, Column


def hazards(observed: Observed) -> Column:
    """By segment of the trajectory, the cumulative hazard of death over it; 0 of the dead."""
    return _of_all(observed)[observed.cohort[trajectory(observed.whole)["patient"]]]


@shared
def expected_deaths(observed: Observed) -> float:
    """How many of the members that are looked at were to be expected to die within follow-up."""
    return math.fsum(hazards(observed).tolist())


@shared_by_groups
def _of_all(observed: Observed) -> Column:
    """`hazards` of the whole cohort.

    By the formulas of the model: a rate by state, in care or not and kind of patient, raised in windows after 24-hour
    care, and the mortality of the general population at their age.
    """
    mortality, segments = plan_of(observed.scenario).mortality, trajectory(observed)
    in_care = segments["level"] != NONE
    states = zip(segments["state"].tolist(), in_care.tolist(), strict=True)
    rates = np.array([0.0 if state == DEAD else mortality.rate(state, inside) for state, inside in states])
    rates *= np.array([profile.death for profile in _profiles(observed)], dtype=float)[segments["patient"]]
    windows: list[Windows] = [
        (left, mortality.days, mortality.ratios) for left in _left_24_hour_care(observed).tolist()
    ]
    if observed.scenario.medications:
        rates, windows = _with_medication(observed, rates, windows)
    columns = (segments["began"], segments["ended"], rates)
    of_state = np.array(
        [
            death_hazard(began, ended, rate, *window)
            for began, ended, rate, window in zip(*(column.tolist() for column in columns), windows, strict=True)
        ],
        dtype=float,
    )
    death = observed.scenario.death
    return of_state + _of_age(observed) if death and death.background else of_state


def _with_medication(observed: Observed, rates: Column, windows: list[Windows]) -> tuple[Column, list[Windows]]:
    """Hazards of death by segment, and the windows that count, from what they are without medication.

    Those that a medication states take the place of those after 24-hour care: since its start for as long as they are
    on it; since stopping, if they have not left 24-hour care later, and are not in it.
    """
    segments, records = trajectory(observed), observed.records
    medications = plan_of(observed.scenario).medications
    course, on = segments["course"], segments["medication"]
    level = segments["level"]
    round_the_clock = np.array([*(each.round_the_clock for each in observed.levels), False], dtype=bool)[level]
    of_course = {name: records.medications[name] for name in ("medication", "started", "ended")}
    arrived = records.patients["arrived"]
    changed, ratios = list(windows), np.ones(len(rates))
    for row in np.flatnonzero(course != NONE).tolist():
        latest = course[row]
        code, asked = of_course["medication"][latest], arrived[segments["patient"][row]]
        medication = medications[code]
        if on[row] != NONE:
            ratios[row] = medication.death
            if medication.start_days:
                since = float(of_course["started"][latest] - asked)
                changed[row] = (since, medication.start_days, medication.start_ratios)
        elif medication.stop_days and not round_the_clock[row]:
            since = float(of_course["ended"][latest] - asked)
            if since >= windows[row][0]:
                changed[row] = (since, medication.stop_days, medication.stop_ratios)
    return rates * ratios, changed


def _of_age(observed: Observed) -> Column:
    """By segment, the cumulative hazard of death of other causes, by the age that patients have come to."""
    segments, patients = trajectory(observed), observed.records.patients
    who = segments["patient"]
    backgrounds = [profile.background for profile in _profiles(observed)]
    born = patients["born"] - patients["arrived"]
    columns = (who, born[who], segments["began"], segments["ended"], segments["state"] != DEAD)
    return np.array(
        [
            background_hazard(birth, ended, backgrounds[patient])
            - background_hazard(birth, began, backgrounds[patient])
            if alive
            else 0.0
            for patient, birth, began, ended, alive in zip(*(column.tolist() for column in columns), strict=True)
        ],
        dtype=float,
    )


@shared_by_groups
def _profiles(observed: Observed) -> list[Profile]:
    """By patient number, their kind."""
    plan, patients = plan_of(observed.scenario), observed.records.patients
    attributes = list(observed.scenario.population)
    values = np.array([patients[name] for name in attributes], dtype=np.int64).reshape(len(attributes), len(patients)).T
    return [plan.profile(tuple(each)) for each in values.tolist()]


def _left_24_hour_care(observed: Observed) -> Column:
    """By segment, when its patient last left 24-hour care, in days since asking; minus infinity before, and within."""
    segments, followed, stays = trajectory(observed), observed.followed_stays, observed.records.stays
    round_the_clock = np.array([level.round_the_clock for level in observed.levels], dtype=bool)
    of_them = round_the_clock[stays["level"][followed.rows]]
    patient, left = stays["patient"][followed.rows[of_them]], followed.ended[of_them]
    # Stays and segments together, by time: at one instant a stay is left before the segment that follows it begins.
    count = len(left)
    who, when = np.concatenate((patient, segments["patient"])), np.concatenate((left, segments["began"]))
    is_segment = np.arange(len(who)) >= count
    order = np.lexsort((is_segment, when, who))
    latest = np.empty(len(who), dtype=np.int64)
    latest[order] = np.maximum.accumulate(np.where(is_segment, NONE, np.arange(len(who)))[order])
    latest = latest[count:]
    since = np.full(len(segments), -math.inf)
    has_left = latest != NONE
    has_left[has_left] = patient[latest[has_left]] == segments["patient"][has_left]
    inside = segments["level"] != NONE
    inside[inside] = round_the_clock[segments["level"][inside]]
    has_left &= ~inside
    since[has_left] = left[latest[has_left]]
    return since
