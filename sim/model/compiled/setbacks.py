"""Setbacks that end no stay and are no relapse, cut out of the spells of being well; see `sim.model.setbacks`."""

import math

from sim.model.compiled import book
from sim.model.compiled.draws import DECISION_SETBACK, DECISION_SETBACK_DURATION, word_of, words
from sim.model.compiled.jit import twin
from sim.model.compiled.layout import SPELL, STRETCH, Patient, Row, Tables
from sim.model.compiled.memory import ahead, row
from sim.model.compiled.world import plan_of, time_of
from sim.model.draws import WIDTH
from sim.model.formulas import setback_begins, setback_hazard
from sim.model.pace import AT_ONCE, PER_DAY
from sim.vocabulary import NONE, SETBACK, WELL

DONE, NO_ROOM, ENDLESS = range(3)


@twin
def _hazard_of(it: Row) -> float:
    """The hazard of setbacks in a stretch; infinite for one at that very instant."""
    if it.ratio == math.inf:
        return math.inf
    return setback_hazard(it.before, it.after, it.ratio, it.median, it.shape)


@twin
def _begins(due: float, it: Row) -> float:
    """When a setback of a stretch begins."""
    if it.ratio == math.inf:
        return it.began
    return setback_begins(due, it.began, it.before, it.clock, it.ratio, it.median, it.shape)


@twin
def cut_out(w: Tables, me: Patient) -> int:
    """Write all spells of a patient, in order, with the setbacks cut out; DONE, NO_ROOM for more rows, or ENDLESS."""
    gaps = setbacks = 0
    first = math.inf
    # One block holds several that follow each other.
    gap_words, length_words = words(w, DECISION_SETBACK, me, 0), words(w, DECISION_SETBACK_DURATION, me, 0)
    number = me.first_spell
    while number != NONE:
        spell = row(SPELL, w.lived, number)
        ahead(SPELL, w.lived, spell.next)
        since, ended = spell.started, spell.ended
        first = min(first, since)
        stretch_number, due, over = spell.stretch, 0.0, -math.inf
        if stretch_number != NONE:
            if gaps % WIDTH == 0:
                gap_words = words(w, DECISION_SETBACK, me, gaps)
            due = -math.log1p(-word_of(gap_words, gaps))
            gaps += 1
        while stretch_number != NONE:
            it = row(STRETCH, w.stretches, stretch_number)
            stretch_number = it.next
            ahead(STRETCH, w.stretches, stretch_number)
            hazard = _hazard_of(it)
            law = plan_of(w, plan_of(w, it.plan).since_of).setback_duration
            while due < hazard:
                start = _begins(due, it)
                if setbacks % WIDTH == 0:
                    length_words = words(w, DECISION_SETBACK_DURATION, me, setbacks)
                end = start + time_of(w, law, -math.log1p(-word_of(length_words, setbacks)))
                # One that would begin during another is part of it.
                if start >= over:
                    over = end
                    if end > ended:
                        start, end = min(start, ended), ended
                    if w.spells_count + 4 > w.spells_room:
                        return NO_ROOM
                    book.write_spell(w, me.patient, WELL, since, start)
                    book.write_spell(w, me.patient, SETBACK, start, end)
                    since = end
                setbacks += 1
                if setbacks > AT_ONCE + PER_DAY * (start - first):
                    w.culprit, w.culprit_plan, w.culprit_count = me.patient, it.plan, setbacks
                    w.culprit_days[0], w.culprit_days[1] = start, first
                    return ENDLESS
                if it.ratio == math.inf:
                    break
                if gaps % WIDTH == 0:
                    gap_words = words(w, DECISION_SETBACK, me, gaps)
                due += -math.log1p(-word_of(gap_words, gaps))
                gaps += 1
            if it.ratio != math.inf:
                due -= hazard
        if w.spells_count + 2 > w.spells_room:
            return NO_ROOM
        book.write_spell(w, me.patient, spell.state, since, ended)
        number = spell.next
    return DONE
