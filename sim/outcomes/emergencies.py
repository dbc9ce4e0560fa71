"""Visits to an emergency department: how many, where they lead, and what they take of health."""

import numpy as np

from sim.outcomes.discount import Rates, discount_factors
from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, ratios, shared
from sim.vocabulary import DAYS_PER_YEAR, NONE, Column

METRICS = MetricList("patients")


@shared
def followed_visits(observed: Observed) -> tuple[Column, Column]:
    """Visits of members of the cohort within follow-up: rows of the records, and days since first asking."""
    visits = observed.records.emergencies
    rows, since, _ = observed.followed(visits["patient"], visits["happened"], visits["happened"])
    return rows, since


def visits_in_window(observed: Observed) -> Column:
    """Rows of the visits in the window of the system of those who had not moved away by then."""
    visits = observed.records.emergencies
    still_there = visits["happened"] < observed.moved_away[visits["patient"]]
    return np.flatnonzero(observed.in_window(visits["happened"]) & still_there)


def qalys_lost(observed: Observed, rows: Column, day: Column, rates: Rates) -> Column:
    """What each of these visits takes of health, in QALYs, by the scenario of its day, discounted at rates.

    day: of each, since the origin of discounting.
    """
    visits = observed.records.emergencies
    happened, kind = visits["happened"][rows], visits["emergency"][rows]
    lost = np.zeros(len(rows))
    for scenario, since, until in observed.in_force:
        if scenario.utilities is not None and scenario.emergencies:
            losses = np.array([each.qaly_loss for each in scenario.emergencies.values()])
            lost += losses[kind] * ((happened >= since) & (happened < until))
    return np.asarray(lost * discount_factors(day, rates))


def _of_kind(observed: Observed, emergency: int) -> tuple[Column, Column]:
    """Rows of the followed visits of one kind, and their patients."""
    (rows, _), visits = followed_visits(observed), observed.records.emergencies
    rows = rows[visits["emergency"][rows] == emergency]
    return rows, visits["patient"][rows]


def _number(observed: Observed, emergency: int) -> Column:
    return observed.groups.rows(_of_kind(observed, emergency)[1])


@METRICS.define("emergency.{emergency}.visits", "visits", "lower", by_horizon=True)
def visits(observed: Observed, emergency: int) -> Column:
    """Mean number of visits to an emergency department ({emergency}) within follow-up per member of the cohort; days
    after death count as none.
    """
    return ratios(_number(observed, emergency), observed.sizes)


@METRICS.define("emergency.{emergency}.share", "share", "lower", by_horizon=True)
def visitors(observed: Observed, emergency: int) -> Column:
    """Share of the cohort who visited an emergency department ({emergency}) within follow-up, once or more often."""
    return ratios(observed.groups.people(_of_kind(observed, emergency)[1]), observed.sizes)


@METRICS.define("emergency.{emergency}.per_person_year", "per person-year", "lower")
def rate(observed: Observed, emergency: int) -> Column:
    """Visits of the cohort to an emergency department ({emergency}) within follow-up per person-year lived (365.25 days
    each).
    """
    return ratios(_number(observed, emergency), observed.life_days / DAYS_PER_YEAR)


@METRICS.define("emergency.{emergency}.sent_on", "share", "neutral")
def sent_on(observed: Observed, emergency: int) -> Column:
    """Of the visits of members of the cohort to an emergency department ({emergency}) within follow-up, the share that
    led to a level of care. Whoever had moved away is sent on elsewhere, and does not count as sent on. Missing if there
    was no visit.
    """
    rows, patient = _of_kind(observed, emergency)
    led = observed.records.emergencies["asked_for"][rows] != NONE
    return ratios(observed.groups.rows(patient[led]), _number(observed, emergency))


def lost_by_cohort(observed: Observed, rates: Rates) -> Column:
    """By group, QALYs that visits take of all members of the cohort that are looked at, within follow-up."""
    rows, day = followed_visits(observed)
    patient = observed.records.emergencies["patient"][rows]
    return observed.groups.exact(patient, qalys_lost(observed, rows, day, rates))
