"""Retention: who is in care, who stays in one continuous episode, who gets to the next level, and who comes back."""

import numpy as np

from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, are_among, by_group, incidences_by, ratios, shared
from sim.outcomes.partition import first_rows
from sim.outcomes.survival import TimesToEvent, competing
from sim.vocabulary import (
    CHECKUP,
    COMPLETED,
    DIED,
    EMERGENCY,
    END,
    GAP_BETWEEN_EPISODES,
    NONE,
    RETURN,
    STEP_DOWN,
    STEP_UP,
    TRANSFERRED,
    Column,
)

LINKAGE_DAYS = 14.0
"""An admission to the next level within so many days of discharge is a linkage."""

READMISSION_DAYS = (30, 90, 365)

METRICS = MetricList("patients")


@METRICS.define("retention.{days}_days", "share", "higher", days=(30, 90, 180, 365))
def retention(observed: Observed, days: int) -> Column:
    """Share of the cohort who are in care, in any level, {days} days after first asking for it. A stay counts if it
    began before that moment and did not end before it; people who died or were never admitted count as not in care.
    Nobody is censored, since everyone is followed at least so long.
    """
    stays, followed = observed.records.stays, observed.followed_stays
    in_care = followed.rows[(followed.began < days) & (followed.ended >= days)]
    return ratios(observed.groups.people(stays["patient"][in_care]), observed.sizes)


@METRICS.define("continuity.{days}_days", "share", "higher", days=(30, 90, 180, 365))
def continuity(observed: Observed, days: int) -> Column:
    """Share of the cohort who, {days} days after first asking, are alive and still in their first episode of care:
    admitted by then, and never over 30 days without care since. People who were never admitted count as not in an
    episode. Nobody is censored.
    """
    stays, followed = observed.records.stays, observed.followed_stays
    patient = stays["patient"][followed.rows]
    first_episode = stays["episode"][followed.rows] == 0
    recent = (followed.began < days) & (followed.ended >= days - GAP_BETWEEN_EPISODES)
    alive = observed.died_at[patient] >= days
    return ratios(observed.groups.people(patient[first_episode & recent & alive]), observed.sizes)


@by_group
def linkages(observed: Observed) -> tuple[Column, Column]:
    """Discharges that could lead to another level, and those that did within 14 days: two counts by level and group."""
    stays, rows = observed.records.stays, observed.followed_stays.rows
    # An interim service bridges the way to the next level; it is not that level.
    rows = rows[~stays["interim"][rows]]
    patient, level, reason = stays["patient"][rows], stays["level"][rows], stays["reason"][rows]
    admitted, discharged = stays["admitted"][rows], stays["discharged"][rows]
    until = observed.records.patients["arrived"][patient] + observed.follow_up
    eligible = ((reason == COMPLETED) | (reason == TRANSFERRED)) & (discharged + LINKAGE_DAYS <= until)

    elsewhere = _next_elsewhere(patient, level)
    linked = eligible & (elsewhere != NONE)
    linked[linked] = admitted[elsewhere[linked]] - discharged[linked] <= LINKAGE_DAYS
    count = len(observed.levels)
    could, did = (observed.groups.rows_by_code(patient[each], level[each], count) for each in (eligible, linked))
    return could, did


def _next_elsewhere(patient: Column, level: Column) -> Column:
    """For each stay the next stay of the same patient in a different level, or NONE."""
    count = len(patient)
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    changes = np.flatnonzero((patient[1:] != patient[:-1]) | (level[1:] != level[:-1])) + 1
    at = np.append(changes, count)[np.searchsorted(changes, np.arange(count), side="right")]
    same_patient = (at < count) & (patient[np.minimum(at, count - 1)] == patient)
    return np.where(same_patient, at, NONE)


@METRICS.define("linkage.{level}", "share", "higher")
def linkage(observed: Observed, level: int) -> Column:
    """Share of the cohort's discharges from {level}, completed or transferred, that were followed by admission to a
    different level within 14 days, by any route; an interim service on the way is not such a level. Discharges with
    fewer than 14 days of follow-up left are left out; someone who dies within the 14 days counts as not linked. Missing
    without a discharge, completed or transferred, that leaves 14 days of follow-up.
    """
    eligible, linked = linkages(observed)
    return ratios(linked[level], eligible[level])


@METRICS.define("days_in_care", "days", "higher", by_horizon=True)
def care_days(observed: Observed) -> Column:
    """Mean days in care, over all levels, per member of the cohort within follow-up; people who were never admitted
    count with 0 days.
    """
    followed = observed.followed_stays
    return ratios(
        observed.groups.in_order(observed.records.stays["patient"][followed.rows], followed.days), observed.sizes
    )


@shared
def readmissions(observed: Observed) -> TimesToEvent:
    """From the first discharge that led nowhere (`since`, a row of stays) to readmission, with death competing."""
    stays, patients = observed.records.stays, observed.records.patients
    patient, discharged = stays["patient"], stays["discharged"]
    until = patients["arrived"] + observed.follow_up

    onward = np.zeros(len(stays), dtype=bool)
    stepped = (stays["route"][1:] == STEP_DOWN) | (stays["route"][1:] == STEP_UP)
    soon = stays["admitted"][1:] - discharged[:-1] <= LINKAGE_DAYS
    onward[:-1] = stepped & soon & (patient[1:] == patient[:-1])
    left = observed.cohort[patient] & (stays["reason"] != END) & (stays["reason"] != DIED) & ~onward
    left &= discharged + LINKAGE_DAYS <= until[patient]

    since = np.flatnonzero(left)[first_rows(patient[left])]
    who = patient[since]
    origin_row = np.full(len(patients), len(stays))
    origin_row[who] = since
    by_themselves = are_among(stays["route"], (RETURN, CHECKUP, EMERGENCY))
    back = np.flatnonzero(by_themselves & (np.arange(len(stays)) > origin_row[patient]))
    returned = np.full(len(patients), np.inf)
    np.minimum.at(returned, patient[back], stays["admitted"][back])

    origin = discharged[since]
    readmitted, died, end = returned[who] - origin, observed.died_at[who] + patients["arrived"][who], until[who]
    return TimesToEvent(who, since, *competing(readmitted, died - origin, end - origin))


@METRICS.define("readmission.{days}_days", "share", "neutral", days=READMISSION_DAYS)
def readmission(observed: Observed, days: int) -> Column:
    """Probability of coming back into care within {days} days of leaving it: from the first discharge that was not
    followed by a step down or up within 14 days, to the next admission of someone returning (Aalen-Johansen, death
    competing, censored at the end of follow-up). Discharges by death or with fewer than 14 days of follow-up left start
    no count; beyond the longest time observed the estimate is carried forward. Neither more nor less is better: fewer
    come back where fewer need to, and also where fewer who ask again get in. Missing without a discharge that leaves 14
    days of follow-up.
    """
    return incidences_by(observed, readmissions, READMISSION_DAYS)[days]
