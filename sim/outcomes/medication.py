"""Medication: who is offered it and starts, how long they stay on it, and what becomes of them on and off it."""

import math

import numpy as np

from sim.outcomes.metric import MetricList
from sim.outcomes.mortality import hazards
from sim.outcomes.observed import Observed, by_group, incidences_by, ratios
from sim.outcomes.survival import TimesToEvent, competing, survivals
from sim.outcomes.trajectory import trajectory
from sim.vocabulary import COURSE_DIED, DAYS_PER_YEAR, DEAD, NONE, UNWELL, Column

METRICS = MetricList("patients")

GRACE_DAYS = 21.0
"""Whoever is unwell when it is offered, or begins, and still is so many days later, has relapsed by then: as the trial
of which the targets are counts (CTN-0051)."""

RELAPSE_DAYS = (28, 84, 168, 365)
"""Weeks 4, 12 and 24, and a year."""


def offers(observed: Observed, medication: int) -> Column:
    """Rows of the offers of a medication to members of the cohort within follow-up."""
    table = observed.records.medications
    if not len(table):
        return np.zeros(0, dtype=np.int64)
    since = table["offered"] - observed.records.patients["arrived"][table["patient"]]
    mine = observed.cohort[table["patient"]] & (since < observed.follow_up) & (table["medication"] == medication)
    return np.flatnonzero(mine)


def first_of(observed: Observed, medication: int, moment: str) -> tuple[Column, Column]:
    """Members of the cohort to whom it happened within follow-up, and when first, in days since asking.

    moment: "offered" or "started".
    """
    table, rows = observed.records.medications, offers(observed, medication)
    who = table["patient"][rows]
    when = table[moment][rows] - observed.records.patients["arrived"][who]
    happened = when < observed.follow_up  # False of what never did, which is NaN.
    first = np.full(len(observed.cohort), math.inf)
    np.minimum.at(first, who[happened], when[happened])
    members = np.flatnonzero(first < math.inf)
    return members, first[members]


def relapses_since(observed: Observed, medication: int, moment: str) -> TimesToEvent:
    """From the first offer, or the first start (`moment`), to a relapse, with death competing."""
    who, origin = first_of(observed, medication, moment)
    since = np.full(len(observed.cohort), math.inf)
    since[who] = origin
    spells, state = observed.followed_spells, observed.spell_state
    patient = observed.records.spells["patient"][spells.rows]
    relapsed = np.full(len(observed.cohort), math.inf)
    begun = observed.relapses & (spells.began >= since[patient])
    np.minimum.at(relapsed, patient[begun], spells.began[begun])
    late = since[patient] + GRACE_DAYS
    still = (state == UNWELL) & (spells.began <= since[patient]) & (spells.ended >= late) & (late < observed.follow_up)
    np.minimum.at(relapsed, patient[still], late[still])
    times = competing(relapsed[who] - origin, observed.died_at[who] - origin, observed.follow_up - origin)
    return TimesToEvent(who, np.full(len(who), NONE), *times)


@by_group
def _people_of(observed: Observed, medication: int, moment: str) -> Column:
    """By group, members of the cohort to whom it happened within follow-up."""
    return observed.groups.rows(first_of(observed, medication, moment)[0])


def time_on(observed: Observed, medication: int) -> tuple[Column, Column, Column]:
    """First courses of members of the cohort: whose, days on it within follow-up, and whether they ended there."""
    courses, table = observed.followed_courses, observed.records.medications
    rows = np.flatnonzero(table["medication"][courses.rows] == medication)
    who, first = np.unique(table["patient"][courses.rows][rows], return_index=True)
    first = rows[first]
    return who, courses.days[first], courses.ended[first] < observed.follow_up


@METRICS.define("medication.{medication}.offered", "share", "neutral")
def offered(observed: Observed, medication: int) -> Column:
    """Share of the cohort who were offered {medication} within follow-up. Whoever was on another one, or about to start
    it, was offered none.
    """
    return ratios(_people_of(observed, medication, "offered"), observed.sizes)


@METRICS.define("medication.{medication}.started", "share", "higher")
def started(observed: Observed, medication: int) -> Column:
    """Of the members of the cohort who were offered {medication} within follow-up, the share who started it within
    follow-up. Missing if nobody was offered it.
    """
    return ratios(_people_of(observed, medication, "started"), _people_of(observed, medication, "offered"))


@METRICS.define("medication.{medication}.retention.{days}_days", "share", "higher", days=(30, 90, 180, 365))
def retained(observed: Observed, medication: int, days: int) -> Column:
    """Share still on {medication} {days} days after starting it for the first time, without a gap: Kaplan-Meier over
    the first courses of members of the cohort, censored at the end of follow-up; a death ends a course. Beyond the
    longest time observed the estimate is carried forward. Missing if nobody started.
    """
    return np.asarray(survivals(*time_on(observed, medication), observed.groups, (days,))[0])


@METRICS.define("medication.{medication}.days", "days", "higher")
def days_on(observed: Observed, medication: int) -> Column:
    """Mean days on {medication} within follow-up, in all courses, per member of the cohort who started it. Missing if
    nobody started.
    """
    courses = observed.followed_courses
    table = observed.records.medications
    mine = table["medication"][courses.rows] == medication
    days = observed.groups.exact(table["patient"][courses.rows[mine]], courses.days[mine])
    return ratios(days, _people_of(observed, medication, "started"))


@METRICS.define("medication.{medication}.relapse_of_offered.{days}_days", "share", "lower", days=RELAPSE_DAYS)
def relapse_of_offered(observed: Observed, medication: int, days: int) -> Column:
    """Probability of a relapse within {days} days of being offered {medication} for the first time, of all who were,
    whether or not they took it (Aalen-Johansen over members of the cohort, death competing, censored at the end of
    follow-up). Whoever was {unwell} when it was offered, and still was 21 days later, has relapsed by then. Missing if
    nobody was offered it.
    """
    return incidences_by(observed, relapses_since, RELAPSE_DAYS, medication, "offered")[days]


@METRICS.define("medication.{medication}.relapse_of_started.{days}_days", "share", "lower", days=RELAPSE_DAYS)
def relapse_of_started(observed: Observed, medication: int, days: int) -> Column:
    """Probability of a relapse within {days} days of starting {medication} for the first time, on it or off it by then
    (Aalen-Johansen over members of the cohort, death competing, censored at the end of follow-up). Whoever was {unwell}
    when it began, and still was 21 days later, has relapsed by then. Missing if nobody started.
    """
    return incidences_by(observed, relapses_since, RELAPSE_DAYS, medication, "started")[days]


def on_and_off(observed: Observed, medication: int) -> tuple[Column, Column]:
    """Segments of the trajectory of members who have started it: on it, and alive but not on it since."""
    segments = trajectory(observed)
    since = np.full(len(observed.cohort), math.inf)
    who, when = first_of(observed, medication, "started")
    since[who] = when
    begun = (segments["began"] >= since[segments["patient"]]) & (segments["state"] != DEAD)
    on = segments["medication"] == medication
    return begun & on, begun & ~on


def _of_segments(observed: Observed, chosen: Column, values: Column) -> Column:
    """By group, the sum of values over the chosen segments."""
    return observed.groups.exact(trajectory(observed)["patient"][chosen], values[chosen])


def _days(observed: Observed, chosen: Column) -> Column:
    segments = trajectory(observed)
    return _of_segments(observed, chosen, segments["ended"] - segments["began"])


def deaths_on_and_off(observed: Observed, medication: int) -> tuple[Column, Column]:
    """By group, how many members who have started it died within follow-up while on it, and how many while not."""
    members, _ = first_of(observed, medication, "started")
    table, rows = observed.records.medications, offers(observed, medication)
    began = table["started"][rows] - observed.records.patients["arrived"][table["patient"][rows]]
    of_it = (table["end"][rows] == COURSE_DIED) & (began < observed.follow_up)
    died = members[observed.died_at[members] < math.inf]
    on = np.isin(died, table["patient"][rows][of_it])
    return observed.groups.rows(died[on]), observed.groups.rows(died[~on])


def _rate(count: Column, days: Column) -> Column:
    return ratios(1000 * count, days / DAYS_PER_YEAR)


@METRICS.define("medication.{medication}.deaths_on", "per 1,000 person-years", "lower", needs="death")
def deaths_on(observed: Observed, medication: int) -> Column:
    """Deaths of members of the cohort within follow-up while on {medication}, per 1,000 person-years on it (365.25 days
    each). Missing if nobody started.
    """
    on, _ = on_and_off(observed, medication)
    return _rate(deaths_on_and_off(observed, medication)[0], _days(observed, on))


@METRICS.define("medication.{medication}.deaths_off", "per 1,000 person-years", "lower", needs="death")
def deaths_off(observed: Observed, medication: int) -> Column:
    """Deaths within follow-up of members of the cohort who have been on {medication}, while not on it, per 1,000
    person-years lived so since the first start (365.25 days each). Missing if nobody stopped.
    """
    _, off = on_and_off(observed, medication)
    return _rate(deaths_on_and_off(observed, medication)[1], _days(observed, off))


@METRICS.define("medication.{medication}.deaths_on_expected", "per 1,000 person-years", "lower", needs="death")
def expected_deaths_on(observed: Observed, medication: int) -> Column:
    """Deaths that were to be expected (see deaths.expected_share) of members of the cohort while on {medication}, per
    1,000 person-years on it. Missing if nobody started.
    """
    on, _ = on_and_off(observed, medication)
    return _rate(_of_segments(observed, on, hazards(observed)), _days(observed, on))


@METRICS.define("medication.{medication}.deaths_off_expected", "per 1,000 person-years", "lower", needs="death")
def expected_deaths_off(observed: Observed, medication: int) -> Column:
    """Deaths that were to be expected (see deaths.expected_share) of members of the cohort who have been on
    {medication}, while not on it, per 1,000 person-years lived so since the first start. Missing if nobody stopped.
    """
    _, off = on_and_off(observed, medication)
    return _rate(_of_segments(observed, off, hazards(observed)), _days(observed, off))
