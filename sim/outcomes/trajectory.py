"""Where each member of the cohort is on every day of follow-up: state, level of care, and what came before.

The intersection of the records: a new segment begins whenever a spell, a stay, a wait or a course of medication begins
or ends.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.model.records import Facts
from sim.outcomes.compiling import compiled
from sim.outcomes.observed import Observed, shared
from sim.vocabulary import IN_CARE, NONE, OUTSIDE_CARE, REASONS, STATES, Column

if TYPE_CHECKING:
    import pandas as pd

NOT_YET = "not yet in care"

REASON_LABELS = (*REASONS, IN_CARE, NOT_YET)
"""What `locate` says about the way to where somebody is: how the last stay ended, or that they are in care, or that
they have not been in care yet."""


@shared
def trajectory(observed: Observed) -> Facts:
    """Whereabouts of the cohort over follow-up, in the order of patients and of time.

    Columns: patient; began, ended (days since asking); state; level (NONE outside care); after_level, after_reason (the
    last level that was left, and how; NONE before); waiting (the level whose list they are on, or NONE); course (the
    row of the latest course of medication, NONE before), medication (what they are on, or NONE). A member's segments
    follow each other from 0 to the end of follow-up, without a gap, and each has a length.
    """
    if not observed.is_whole:
        whole, rows = trajectory(observed.whole), seen(observed)
        columns = {name: column[rows] for name, column in whole.columns.items()}
        columns["ended"] = np.minimum(columns["ended"], observed.follow_up)
        return Facts(columns, whole.categories)
    return _lived(observed).segments


class Whereabouts(NamedTuple):
    """Whereabouts; and by segment, which of the followed stays was left last by then, or NONE."""

    segments: Facts
    left: Column


@shared
def _lived(observed: Observed) -> Whereabouts:
    records, stays, spells = observed.records, observed.followed_stays, observed.followed_spells
    stay_patient = records.stays["patient"][stays.rows]
    spell_patient = records.spells["patient"][spells.rows]
    wait_patient, asked, wait_ended, wait_level = _followed_waits(observed)
    courses = observed.followed_courses
    course_patient = records.medications["patient"][courses.rows]

    # Everything at which a segment may begin, and, by running maximum, the latest spell, stay and wait by then. This
    # works because rows are in the order of patients and of time.
    starts = (
        (spell_patient, spells.began),
        (stay_patient, stays.began),
        (stay_patient, stays.ended),
        (wait_patient, asked),
        (wait_patient, wait_ended),
        (course_patient, courses.began),
        (course_patient, courses.ended),
    )
    patient, began, (spell, stay, _, wait, _, course, _) = in_order(starts, observed.follow_up)
    ended = _until_the_next(patient, began, observed.follow_up)

    in_stay = _of_same(stay, stay_patient, patient) & (began < _at(stays.ended, stay))
    left = np.where(in_stay, stay - 1, stay)
    has_left = _of_same(left, stay_patient, patient)
    waiting = _of_same(wait, wait_patient, patient) & (began < _at(wait_ended, wait))
    has_been = _of_same(course, course_patient, patient)
    medicated = has_been & (began < _at(courses.ended, course))
    level, reason = records.stays["level"][stays.rows], records.stays["reason"][stays.rows]
    segments = Facts(
        {
            "patient": patient,
            "began": began,
            "ended": ended,
            "state": observed.spell_state[spell],
            "level": np.where(in_stay, _at(level, stay), NONE),
            "after_level": np.where(has_left, _at(level, left), NONE),
            "after_reason": np.where(has_left, _at(reason, left), NONE),
            "waiting": np.where(waiting, _at(wait_level, wait), NONE),
            "course": np.where(has_been, _at(courses.rows, course), NONE),
            "medication": np.where(medicated, _at(records.medications["medication"][courses.rows], course), NONE),
        },
        _words(observed),
    )
    return Whereabouts(segments, np.where(has_left, left, NONE))


def left_last(observed: Observed, stays: Column) -> Column:
    """By segment of the whole trajectory, the last of chosen ones of the followed stays that was left by then, or NONE.

    stays: a mask.
    """
    followed, (segments, left) = observed.followed_stays, _lived(observed)
    latest = np.maximum.accumulate(np.where(stays, np.arange(len(stays)), NONE))
    last = np.where(left != NONE, _at(latest, left), NONE)
    patient = observed.records.stays["patient"][followed.rows]
    return np.where(_of_same(last, patient, segments["patient"]), last, NONE)


@shared
def seen(observed: Observed) -> Column:
    """Which segments of the whole trajectory are of members that are looked at, and begin while they are followed."""
    segments = trajectory(observed.whole)
    return np.flatnonzero((segments["began"] < observed.follow_up) & observed.cohort[segments["patient"]])


def _words(observed: Observed) -> dict[str, tuple[str, ...]]:
    """The words of each coded column, in the order of their codes."""
    levels = tuple(observed.scenario.levels)
    of_levels = dict.fromkeys(("level", "after_level", "waiting"), levels)
    medications = tuple(observed.scenario.medications)
    return {**of_levels, "state": STATES, "after_reason": REASONS, "medication": medications}


def segment_at(observed: Observed, patient: Column, time: Column) -> Column:
    """Row numbers of the segments in which members of the cohort are just before `time` (days since asking).

    Just before, so that a death or a relapse is found in the level that it ended. At time 0: the first segment.
    """
    segments = trajectory(observed)
    count = len(segments)
    # At equal times those who are looked for come first, and so find the segment before.
    is_segment = np.arange(count + len(patient)) < count
    who, when = np.concatenate((segments["patient"], patient)), np.concatenate((segments["began"], time))
    order = np.lexsort((is_segment, when, who))
    latest = np.empty(len(who), dtype=np.int64)
    latest[order] = np.maximum.accumulate(np.where(is_segment, np.arange(len(who)), NONE)[order])
    return np.maximum(latest[count:], np.searchsorted(segments["patient"], patient))


def locate(observed: Observed, rows: Column) -> "tuple[pd.Categorical, pd.Categorical]":
    """Where these segments of the trajectory are, in words: the level, and the reason (`REASON_LABELS`)."""
    segments = trajectory(observed)
    level, reason = segments["level"][rows], segments["after_reason"][rows]
    reason = np.where(level != NONE, REASON_LABELS.index(IN_CARE), reason)
    return level_words(observed, level), reason_words(reason)


def level_words(observed: Observed, code: Column) -> "pd.Categorical":
    """Names of levels; NONE is outside care."""
    import pandas as pd

    names = (*observed.scenario.levels, OUTSIDE_CARE)
    return pd.Categorical.from_codes(np.where(code == NONE, len(names) - 1, code), list(names))  # type: ignore[call-overload,no-any-return]


def reason_words(code: Column) -> "pd.Categorical":
    """Words of codes of `REASON_LABELS`; NONE is not yet in care."""
    import pandas as pd

    code = np.where(code == NONE, REASON_LABELS.index(NOT_YET), code)
    return pd.Categorical.from_codes(code, list(REASON_LABELS))  # type: ignore[call-overload,no-any-return]


def _followed_waits(observed: Observed) -> tuple[Column, Column, Column, Column]:
    """Waits of cohort members that began within follow-up: patient, asked and ended (days since asking), level."""
    waits, patient = observed.records.waits, observed.records.waits["patient"]
    rows, asked, ended = observed.followed(patient, waits["asked"], waits["ended"])
    return patient[rows], asked, ended, waits["level"][rows]


def in_order(starts: Sequence[tuple[Column, Column]], until: float) -> tuple[Column, Column, Column]:
    """Patient and time of each instant before a day at which there are events, and by kind the number of the latest.

    starts: patient and time of the events of each kind. What happens at one instant leads into what is after all of it.
    """
    edges = np.concatenate(([0], np.cumsum([len(who) for who, _ in starts], dtype=np.int64)))
    patient, time = (np.concatenate(each) for each in zip(*starts, strict=True))
    if kernels := compiled():
        who, began, latest = np.zeros_like(time, int), np.zeros_like(time), np.zeros((len(time), len(starts)), int)
        count = kernels.in_order(patient.astype(np.int64), time, edges, until, who, began, latest)
        if count != NONE:
            return who[:count], began[:count], latest[:count].T
    # As complex numbers, which are sorted by one part and then the other, and faster the more of them are in order.
    key = np.empty(len(patient), dtype=complex)
    key.real, key.imag = patient, time
    order = np.argsort(key, kind="stable")
    patient, time = patient[order], time[order]
    last = np.ones(len(patient), dtype=bool)
    last[:-1] = (patient[1:] != patient[:-1]) | (time[1:] != time[:-1])
    last &= time < until
    numbers = np.full((len(starts), len(order)), NONE)
    for kind, (start, end) in enumerate(pairwise(edges.tolist())):
        numbers[kind, start:end] = np.arange(end - start)
    return patient[last], time[last], np.maximum.accumulate(numbers[:, order], axis=1)[:, last]


def _until_the_next(patient: Column, began: Column, last: float) -> Column:
    """When each segment ends: where the patient's next begins, the last one of each on the last day."""
    ended = np.full(len(patient), last)
    goes_on = patient[1:] == patient[:-1]
    ended[:-1][goes_on] = began[1:][goes_on]
    return ended


def _of_same(index: Column, owner: Column, patient: Column) -> Column:
    """Whether there is such a row at all, and it is this patient's."""
    return np.asarray((index >= 0) & (_at(owner, index) == patient))


def _at(values: Column, index: Column) -> Column:
    """`values[index]`, with anything where there is no such row."""
    if len(values) == 0:
        return np.full(len(index), NONE)
    return np.asarray(values[index])  # At NONE, the last one.
