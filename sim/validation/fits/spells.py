"""Spells of many patients at once, lapses cut out: `sim.model.lapses`."""

import numpy as np

from sim.validation.fits.courses import Courses, times_of
from sim.vocabulary import SETBACK, WELL, Column


def spells(courses: Courses) -> dict[str, Column]:
    """Every spell: patient, state, started, ended; in the order of patients and of time."""
    end = courses.plan.horizon
    who, began, number, state = _joined(courses.spells, 4)
    order = np.argsort(who, kind="stable")
    who, began, number, state = who[order], began[order], number[order], state[order]
    set_back, started, ended = _lapses(courses, who, _until_next(who, began, end))
    # Where a lapse begins and where it ends a row begins: that of the lapse, and the rest of the spell.
    row = np.concatenate((np.arange(len(who)), set_back, set_back))
    begins = np.concatenate((began, started, ended))
    states = np.concatenate((state, np.full(len(set_back), SETBACK), np.full(len(set_back), WELL)))
    after = np.repeat((0, 1, 2), (len(who), len(set_back), len(set_back)))
    order = np.lexsort((after, begins, row))
    patient, begins = who[row[order]], begins[order]
    return {"patient": patient, "state": states[order], "started": begins, "ended": _until_next(patient, begins, end)}


def _lapses(courses: Courses, who: Column, spell_ends: Column) -> tuple[Column, Column, Column]:
    """The row of the spell that each lapse is cut out of, and when it started and ended.

    who, spell_ends: of all spells, patient by patient.
    """
    patient, started, number = _joined(courses.setbacks, 3)
    order = np.argsort(patient, kind="stable")
    patient, started, number = patient[order], started[order], number[order]
    if len(patient) == 0:
        return patient, started, started
    row = np.searchsorted(who, patient) + number
    turn = np.arange(len(patient)) - np.searchsorted(patient, patient)
    law = courses.plan.setback_duration
    ended = started + times_of(courses.plan, law, courses.luck.exponential("lapse duration", patient, turn))
    ended = np.minimum(ended, spell_ends[row])
    apart = _apart(row, started, ended)
    return row[apart], started[apart], ended[apart]


def _apart(row: Column, started: Column, ended: Column) -> Column:
    """Which lapses stand: one that would begin during another of its spell is part of it."""
    left = np.arange(len(row))
    while True:
        during = np.zeros(len(left), dtype=bool)
        during[1:] = (row[left[1:]] == row[left[:-1]]) & (started[left[1:]] < ended[left[:-1]])
        if not during.any():
            return left
        # Of several in a row only the first for certain: what it hides may not have hidden the next.
        first = during.copy()
        first[1:] &= ~during[:-1]
        left = left[~first]


def _until_next(patient: Column, began: Column, end: float) -> Column:
    """Until the same patient's next row begins, or the run ends."""
    until = np.full(len(patient), end)
    same = patient[1:] == patient[:-1]
    until[:-1][same] = began[1:][same]
    return until


def _joined(happened: list[tuple[Column, ...]], width: int) -> tuple[Column, ...]:
    """The columns of all that happened, one after the other."""
    return tuple(np.concatenate([np.zeros(0, dtype=int), *(each[i] for each in happened)]) for i in range(width))
