"""Where each member of the cohort is on every day of follow-up: state, level of care, and what came before.

The intersection of the records: a new segment begins whenever a spell, a stay, a wait or a course of medication begins
or ends.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.model.records import Facts
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
    """Segments of the cohort over follow-up, in the order of patients and of time.

    Columns: patient; began, ended (days since asking); state; level (NONE outside care); after_level, after_reason (the
    last level that was left, and how; NONE before); waiting (the level whose list they are on, or NONE); course (the
    row of the latest course of medication, NONE before), medication (what they are on, or NONE). A member's segments
    follow each other from 0 to the end of follow-up, without a gap, and each has a length.
    """
    if observed.whole is not observed:
        whole, rows = trajectory(observed.whole), seen(observed)
        columns = {name: column[rows] for name, column in whole.columns.items()}
        columns["ended"] = np.minimum(columns["ended"], observed.follow_up)
        return Facts(columns, whole.categories)
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
    patient, began, (spell, stay, wait, course) = _in_order(starts, (0, 1, 3, 5))

    # What happens at one instant leads into the segment as it is after all of it.
    last = np.ones(len(patient), dtype=bool)
    last[:-1] = (patient[1:] != patient[:-1]) | (began[1:] != began[:-1])
    last &= began < observed.follow_up
    patient, began, spell, stay, wait, course = (each[last] for each in (patient, began, spell, stay, wait, course))
    ended = _until_the_next(patient, began, observed.follow_up)

    in_stay = _of_same(stay, stay_patient, patient) & (began < _at(stays.ended, stay))
    left = np.where(in_stay, stay - 1, stay)
    has_left = _of_same(left, stay_patient, patient)
    waiting = _of_same(wait, wait_patient, patient) & (began < _at(wait_ended, wait))
    has_been = _of_same(course, course_patient, patient)
    medicated = has_been & (began < _at(courses.ended, course))
    level, reason = records.stays["level"][stays.rows], records.stays["reason"][stays.rows]
    return Facts(
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


def _latest(kind: int, sizes: list[int]) -> Column:
    """Numbers from 0 for the events of one kind, NONE for all others."""
    return np.concatenate([np.arange(size) if i == kind else np.full(size, NONE) for i, size in enumerate(sizes)])


def _in_order(starts: Sequence[tuple[Column, Column]], kinds: Sequence[int]) -> tuple[Column, Column, list[Column]]:
    """Patient and time of all these events in their order, and of some kinds the number of the latest by then."""
    order = by_patient_and_time(starts)
    sizes = [len(who) for who, _ in starts]
    latest = [np.maximum.accumulate(_latest(kind, sizes)[order]) for kind in kinds]
    patient, began = (np.concatenate(each)[order] for each in zip(*starts, strict=True))
    return patient, began, latest


def by_patient_and_time(events: Sequence[tuple[Column, Column]]) -> Column:
    """The order of all these events, each kind by patient and time; at one instant, in the order of the kinds."""
    # As complex numbers, which are sorted by one part and then the other, and faster the more of them are in order.
    key = np.empty(sum(len(who) for who, _ in events), dtype=complex)
    key.real, key.imag = (np.concatenate(each) for each in zip(*events, strict=True))
    return np.argsort(key, kind="stable")


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
    return np.asarray(values[np.maximum(index, 0)])
