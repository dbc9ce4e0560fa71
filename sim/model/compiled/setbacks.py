"""Setbacks that end no stay and are no relapse, cut out of the spells of being well; see `sim.model.setbacks`.

Here they are cut out of each spell as soon as it is over, so that nobody need keep what it was like.
"""

import math

from sim.model.compiled import book
from sim.model.compiled.draws import DECISION_SETBACK, DECISION_SETBACK_DURATION, word_of, words
from sim.model.compiled.jit import twin
from sim.model.compiled.layout import SPELL, STRETCH, Patient, Row, Tables
from sim.model.compiled.memory import row
from sim.model.compiled.world import patient_of, plan_of, time_of
from sim.model.draws import WIDTH
from sim.model.formulas import relapse_hazard, setback_begins, setback_hazard, surely_no_setback
from sim.model.pace import AT_ONCE, PER_DAY
from sim.vocabulary import NONE, SETBACK, WELL


@twin
def write_lived(w: Tables) -> bool:
    """Write the spells that have been lived, with the setbacks cut out of them; False if there is no room for them."""
    w.spells_count = w.spells_complete
    while w.lived_first < w.lived_count:
        spell = row(SPELL, w.lived, w.lived_first)
        me = patient_of(w, spell.patient)
        me.first_day = min(me.first_day, spell.started)
        if spell.stretch != NONE:
            since = _cut_out(w, me, spell)
            if math.isnan(since):
                return False
        else:
            since = spell.started
        if w.spells_count + 1 > w.spells_room:
            return False
        book.write_spell(w, me.patient, spell.state, since, spell.ended)
        _forget(w, me, spell)
        w.lived_first += 1
        w.spells_complete = w.spells_count
    w.lived_first = w.lived_count = 0
    return True


@twin
def _cut_out(w: Tables, me: Patient, spell: Row) -> float:
    """Write a spell of being well up to its last setback; returns when that ended, NaN if there is no room for it."""
    since, ended, over = spell.started, spell.ended, -math.inf
    gaps, setbacks, number, lengths_from = me.gaps, me.setback_count, spell.stretch, NONE
    # One block holds several that follow each other.
    gap_words = length_words = words(w, DECISION_SETBACK, me, gaps)
    drawn = word_of(gap_words, gaps)
    gaps += 1
    it = row(STRETCH, w.stretches, number)
    if it.next == NONE and surely_no_setback(drawn, spell.most_hazard, it.ratio):
        w.gaps, w.setback_count = gaps, setbacks
        return since
    due = -math.log1p(-drawn)
    # The baseline's cumulative hazard at the exposed day that has been reached, by this clock.
    reached, so_far, median, shape = 0.0, 0.0, 0.0, 0.0
    while number != NONE:
        it = row(STRETCH, w.stretches, number)
        number = it.next
        if it.ratio == math.inf:  # For one at that very instant.
            least = most = math.inf
        else:
            if it.before != reached or it.median != median or it.shape != shape:
                so_far = relapse_hazard(it.before, it.median, it.shape) if it.before else 0.0
            reached, median, shape = it.after, it.median, it.shape
            least, most = _bounds(spell, it, so_far)
        law = plan_of(w, plan_of(w, it.plan).since_of).setback_duration
        while not me.circles and (due < least or (due < most and due < _hazard(it, so_far))):
            start = it.began
            if it.ratio != math.inf:
                start = setback_begins(due, it.began, it.before, so_far, it.clock, it.ratio, median, shape)
            if setbacks // WIDTH != lengths_from:
                lengths_from = setbacks // WIDTH
                length_words = words(w, DECISION_SETBACK_DURATION, me, setbacks)
            end = start + time_of(w, law, -math.log1p(-word_of(length_words, setbacks)))
            # One that would begin during another is part of it.
            if start >= over:
                over = end
                if end > ended:
                    start, end = min(start, ended), ended
                if w.spells_count + 2 > w.spells_room:
                    return math.nan
                book.write_spell(w, me.patient, WELL, since, start)
                book.write_spell(w, me.patient, SETBACK, start, end)
                since = end
            setbacks += 1
            if setbacks > AT_ONCE + PER_DAY * (start - me.first_day):
                _circles(w, me, it.plan, setbacks, start)
            if it.ratio == math.inf:
                break
            if gaps % WIDTH == 0:
                gap_words = words(w, DECISION_SETBACK, me, gaps)
            due += -math.log1p(-word_of(gap_words, gaps))
            gaps += 1
        if it.ratio != math.inf and number != NONE:
            due -= least
            so_far = _until(it)
    w.gaps, w.setback_count = gaps, setbacks
    return since


@twin
def _until(it: Row) -> float:
    """The baseline's cumulative hazard of relapse at the end of a stretch, which is worked out once."""
    if math.isnan(it.until):
        it.until = relapse_hazard(it.after, it.median, it.shape)
    until: float = it.until
    return until


@twin
def _bounds(spell: Row, it: Row, so_far: float) -> tuple[float, float]:
    """Between what the cumulative hazard of setbacks in a stretch lies; of the last one it is seldom worked out."""
    if it.next == NONE and spell.least_hazard:
        return setback_hazard(so_far, spell.least_hazard, it.ratio), setback_hazard(so_far, spell.most_hazard, it.ratio)
    hazard = _hazard(it, so_far)
    return hazard, hazard


@twin
def _hazard(it: Row, so_far: float) -> float:
    """The cumulative hazard of setbacks in a stretch."""
    return setback_hazard(so_far, _until(it), it.ratio)


@twin
def _forget(w: Tables, me: Patient, spell: Row) -> None:
    """What a spell was like, as it has been written."""
    number = spell.stretch
    if number == NONE:
        return
    me.gaps, me.setback_count = w.gaps, w.setback_count
    while row(STRETCH, w.stretches, number).next != NONE:
        number = row(STRETCH, w.stretches, number).next
    row(STRETCH, w.stretches, number).next = w.free_stretch
    w.free_stretch = spell.stretch


@twin
def _circles(w: Tables, me: Patient, plan: int, setbacks: int, start: float) -> None:
    """Setbacks come faster than anybody lives: the run is to fail when it is over, by the first such patient."""
    me.circles = 1
    if w.culprit == NONE or me.patient < w.culprit:
        w.culprit, w.culprit_plan, w.culprit_count = me.patient, plan, setbacks
        w.culprit_days[0], w.culprit_days[1] = start, me.first_day
