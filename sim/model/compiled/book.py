"""The record book: rows as they are written. That there is room for them is seen to before anybody acts."""

import math

from sim.model.compiled.jit import twin
from sim.model.compiled.layout import (
    COURSE_ROW,
    OUTAGE_ROW,
    SPELL,
    SPELL_ROW,
    STAY_ROW,
    STRETCH,
    VISIT_ROW,
    WAIT_ROW,
    Patient,
    Tables,
)
from sim.model.compiled.memory import row
from sim.model.compiled.world import holding_of
from sim.vocabulary import NONE, TERMINATED


@twin
def write_stay(w: Tables, me: Patient, discharged: float, reason: int) -> None:
    """A stay that has ended."""
    it = row(STAY_ROW, w.stays, w.stays_count)
    w.stays_count += 1
    it.patient, it.episode, it.level, it.route = me.patient, me.stay_episode, me.stay_level, me.stay_route
    it.asked, it.admitted, it.ready, it.discharged = me.stay_asked, me.stay_admitted, me.stay_ready, discharged
    # After a termination nothing is authorised, whatever ends the stay then.
    until = me.stay_ready if me.stay_reason == TERMINATED else me.stay_admitted + me.stay_authorised
    it.authorised_until = until if until < discharged else math.nan
    it.reason, it.next_level, it.interim = reason, me.stay_next_level, me.stay_interim
    it.places = holding_of(w, me.stay_holding).word


@twin
def write_wait(w: Tables, me: Patient, ended: float, outcome: int) -> None:
    """A wait that has ended."""
    it = row(WAIT_ROW, w.waits, w.waits_count)
    w.waits_count += 1
    it.patient, it.level, it.route, it.asked = me.patient, me.wait_level, me.wait_route, me.wait_asked
    it.ended, it.outcome, it.held_level, it.called = ended, outcome, me.wait_held, me.wait_called
    it.step = me.wait_step


@twin
def write_spell(w: Tables, patient: int, state: int, started: float, ended: float) -> None:
    """A spell, or a part of one between setbacks."""
    it = row(SPELL_ROW, w.spells, w.spells_count)
    w.spells_count += 1
    it.patient, it.state, it.started, it.ended = patient, state, started, ended


@twin
def write_course(w: Tables, me: Patient, code: int, ended: float, end: int) -> None:
    """An offer of medication, with what came of it."""
    it = row(COURSE_ROW, w.courses, w.courses_count)
    w.courses_count += 1
    it.patient, it.medication, it.level, it.offered = me.patient, code, me.offered_in, me.offered
    it.started, it.ended, it.end = me.started, ended, end


@twin
def write_visit(w: Tables, me: Patient, code: int, level: int, now: float, to: int) -> None:
    """A visit to an emergency department."""
    it = row(VISIT_ROW, w.visits, w.visits_count)
    w.visits_count += 1
    it.patient, it.emergency, it.level, it.happened, it.asked_for = me.patient, code, level, now, to


@twin
def write_outage(w: Tables, patient: int, level: int, place: int, started: float, ended: float, cause: int) -> None:
    """A place that is out of use from now until then, or to the end of the run."""
    it = row(OUTAGE_ROW, w.outages, w.outages_count)
    w.outages_count += 1
    it.patient, it.level, it.place, it.cause = patient, level, place, cause
    it.started, it.ended = started, min(ended, w.horizon)


@twin
def add_spell(w: Tables, me: Patient, state: int, started: float, ended: float) -> None:
    """A spell that has been lived, with its stretches; setbacks are not yet cut out of it."""
    it = row(SPELL, w.lived, w.lived_count)
    w.lived_count += 1
    it.patient, it.state, it.started, it.ended, it.stretch = me.patient, state, started, ended, me.first_stretch
    it.least_hazard, it.most_hazard = me.least_hazard, me.most_hazard
    me.first_stretch = me.last_stretch = NONE


@twin
def add_stretch(w: Tables, me: Patient, began: float, clock: float, before: float, after: float, ratio: float) -> None:
    """A stretch of the present spell."""
    number = w.free_stretch
    if number == NONE:
        number = w.stretches_count
        w.stretches_count += 1
    else:
        w.free_stretch = row(STRETCH, w.stretches, number).next
    it = row(STRETCH, w.stretches, number)
    it.began, it.clock, it.before, it.after, it.ratio = began, clock, before, after, ratio
    it.median, it.shape, it.until, it.plan, it.next = me.median, me.shape, math.nan, me.setbacks_plan, NONE
    if me.last_stretch == NONE:
        me.first_stretch = number
    else:
        row(STRETCH, w.stretches, me.last_stretch).next = number
    me.last_stretch = number


@twin
def note_hazard(w: Tables, me: Patient, hazard: float) -> None:
    """The baseline's cumulative hazard by now, which is that at the end of the last stretch."""
    if me.last_stretch != NONE:
        it = row(STRETCH, w.stretches, me.last_stretch)
        if it.after == me.exposed and it.median == me.median and it.shape == me.shape:
            it.until = hazard
