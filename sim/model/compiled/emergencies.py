"""One patient's visits to an emergency department; see `sim.model.emergencies`."""

import math

from sim.model.compiled import book
from sim.model.compiled.draws import SENT_ON, VISITED, exponential, of_emergency, uniform
from sim.model.compiled.jit import twin
from sim.model.compiled.layout import CODE, Patient, Row, Tables
from sim.model.compiled.memory import numbers, row
from sim.model.compiled.world import at_emergency, emergency_by, level_of, profile_of
from sim.model.formulas import death_hazard, dies_at
from sim.vocabulary import NONE, NOT_WELL


@twin
def begin(w: Tables, me: Patient) -> None:
    """None is due yet."""
    me.emergency_due = NONE
    me.emergency_since, me.emergency_plan = -math.inf, w.plan
    for code in range(w.emergency_count):
        mine = at_emergency(w, me, code)
        mine.left, mine.rate, mine.visits = exponential(w, of_emergency(w, code, VISITED), me, 0), 0.0, 0


@twin
def due(w: Tables, me: Patient, now: float, until: float, level: int) -> float:
    """A phase begins, in a level or at home (NONE): when the next visit comes, if that is before the phase ends."""
    me.emergency_since, me.emergency_plan = me.left_24_hour_care, w.plan
    for code in range(w.emergency_count):
        at_emergency(w, me, code).rate = 0.0
    first = math.inf
    if level != NONE and level_of(w, level).round_the_clock:
        return first
    profile = profile_of(w, me)
    nothing = numbers(w.backgrounds, 0, 0)
    for position in range(profile.emergencies, profile.emergencies_end):
        code = row(CODE, w.risks, position).code
        kind, mine = emergency_by(w, w.plan, code), at_emergency(w, me, code)
        rate = kind.in_care if level != NONE else kind.unwell if me.state in NOT_WELL else kind.well
        mine.rate = rate
        days, ratios = _windows(w, kind)
        when = dies_at(now, mine.left, rate, me.emergency_since, days, ratios, 0.0, nothing, until)
        if when < first:
            first, me.emergency_due = when, code
    return first


@twin
def pass_time(w: Tables, me: Patient, until: float) -> None:
    """To the end of the phase, or of the time at risk, by the plan that was in force when it began."""
    if until <= me.began:
        return
    for code in range(w.emergency_count):
        mine = at_emergency(w, me, code)
        if mine.rate:
            days, ratios = _windows(w, emergency_by(w, me.emergency_plan, code))
            spent = death_hazard(me.began, until, mine.rate, me.emergency_since, days, ratios)
            mine.left = max(mine.left - spent, 0.0)


@twin
def leads_to(w: Tables, me: Patient) -> int:
    """The level to which the visit that is due may lead, or NONE."""
    return emergency_by(w, w.plan, me.emergency_due).to


@twin
def visit(w: Tables, me: Patient, now: float, place: int, may_go: bool) -> int:
    """The visit that was due. Returns the level that it leads to, or NONE."""
    code = me.emergency_due
    kind, mine = emergency_by(w, w.plan, code), at_emergency(w, me, code)
    to, number = NONE, mine.visits
    if may_go and kind.to != place and uniform(w, of_emergency(w, code, SENT_ON), me, number) < kind.admitted:
        to = kind.to
    mine.visits += 1
    mine.left = exponential(w, of_emergency(w, code, VISITED), me, number + 1)
    book.write_visit(w, me, code, place, now, to)
    return to


@twin
def _windows(w: Tables, kind: Row) -> tuple[Row, Row]:
    start, end = kind.windows, kind.windows_end
    return numbers(w.window_days, start, end), numbers(w.window_ratios, start, end)
