"""One patient's medication; see `sim.model.regimen`."""

import math

from sim.model.compiled import book
from sim.model.compiled.draws import (
    AFTER_RELAPSE,
    AT_STOP,
    ENDS_RELAPSE,
    GOES_ON_WITH,
    TAKEN,
    TAKEN_DAYS,
    TAKEN_DELAY,
    exponential,
    of_medication,
    uniform,
)
from sim.model.compiled.jit import twin
from sim.model.compiled.layout import CODE, MEDICATION, Patient, Tables
from sim.model.compiled.memory import row
from sim.model.compiled.world import at_medication, hazard_by, medication_of, time_left, time_of
from sim.vocabulary import (
    COURSE_DIED,
    COURSE_OPEN,
    DECLINED,
    NONE,
    NOT_CONTINUED,
    NOT_STARTED,
    STOPPED,
    STOPPED_BY_RELAPSE,
)


@twin
def begin(me: Patient) -> None:
    """Nothing is agreed on yet."""
    me.code = me.offered_in = me.last = NONE
    me.offered = me.left = me.phase_began = 0.0
    me.starts_at, me.started, me.stopped = math.inf, math.nan, -math.inf
    me.in_care = me.phase_plan = 0


@twin
def is_on(me: Patient) -> bool:
    """Whether they are on something."""
    return not math.isnan(me.started)


@twin
def relapse_ratio(w: Tables, me: Patient) -> float:
    """The hazard ratio of setbacks now."""
    return medication_of(w, me.code).relapse if is_on(me) else 1.0


@twin
def odds_at_discharge(w: Tables, me: Patient) -> float:
    """The odds ratio of a setback on the day of leaving 24-hour care."""
    return medication_of(w, me.code).risk_at_discharge if is_on(me) else 1.0


# --- phases ---


@twin
def due(w: Tables, me: Patient, now: float, in_care: bool) -> float:
    """A phase begins here: when a course begins, or stops by itself, if that is not before it ends."""
    me.phase_began, me.in_care, me.phase_plan = now, in_care, w.plan
    if me.code == NONE:
        return math.inf
    if not is_on(me):
        return me.starts_at
    return _stops_at(w, me, now, now - me.started, in_care)


@twin
def pass_time(w: Tables, me: Patient, now: float) -> None:
    """To the end of the phase, which went by the plan that was in force when it began."""
    law, since = _law(w, me, me.phase_plan, me.in_care), me.started
    if law == NONE or math.isnan(since):
        return
    reached = hazard_by(w, law, me.phase_began - since)
    if reached < math.inf:
        me.left = max(me.left - (hazard_by(w, law, now - since) - reached), 0.0)


@twin
def change(w: Tables, me: Patient, now: float) -> None:
    """What was due happens: a course begins, or stops."""
    if is_on(me):
        _end(w, me, now, STOPPED)
    else:
        _start(w, me, now)


@twin
def ends_relapse(w: Tables, me: Patient) -> bool:
    """Whether the course that has just begun ends a relapse."""
    course = at_medication(w, me, me.code).starts - 1
    drawn = uniform(w, of_medication(w, me.code, ENDS_RELAPSE), me, course)
    return drawn < medication_of(w, me.code).ends_relapse


@twin
def drawn_at_stop(w: Tables, me: Patient, code: int) -> float:
    """What decides about a setback on the day on which a course of this stops."""
    return uniform(w, of_medication(w, code, AT_STOP), me, at_medication(w, me, code).starts - 1)


@twin
def during_stay(w: Tables, me: Patient, now: float) -> tuple[float, float, float]:
    """As long as a stay that begins now lasts: from when to when they are on it, in its days, and the hazard ratio of
    dropping out meanwhile."""
    if me.code == NONE:
        return math.inf, math.inf, 1.0
    ratio = medication_of(w, me.code).dropout
    if not is_on(me):
        start = me.starts_at
        return start - now, _stops_at(w, me, start, 0.0, 1) - now, ratio
    return 0.0, _stops_at(w, me, now, now - me.started, 1) - now, ratio


@twin
def death(w: Tables, me: Patient, rate: float, since: float, days: int, days_end: int) -> tuple[float, float, int, int]:
    """The hazard of death, and since when which windows count, from what they are without it."""
    if is_on(me):
        on = medication_of(w, me.code)
        if on.start_end > on.start:
            since, days, days_end = me.started, on.start, on.start_end
        return rate * on.death, since, days, days_end
    if me.last != NONE and me.stopped >= since:
        last = medication_of(w, me.last)
        return rate, me.stopped, last.stop, last.stop_end
    return rate, since, days, days_end


# --- what happens to them ---


@twin
def offer(w: Tables, me: Patient, offers: int, offers_end: int, level: int, now: float) -> bool:
    """On admission to a level, or at home (NONE): each in order, until one is taken; whether it begins at once."""
    if me.code != NONE:
        return False
    for position in range(offers, offers_end):
        code = row(CODE, w.offers, position).code
        medication, mine = medication_of(w, code), at_medication(w, me, code)
        number = mine.offers
        mine.offers += 1
        me.offered_in, me.offered = level, now
        if uniform(w, of_medication(w, code, TAKEN), me, number) >= medication.probability:
            book.write_course(w, me, code, now, DECLINED)
            continue
        me.code = code
        me.left = exponential(w, of_medication(w, code, TAKEN_DAYS), me, mine.starts)
        if medication.delay == NONE:
            _start(w, me, now)
            return True
        hazard = exponential(w, of_medication(w, code, TAKEN_DELAY), me, number)
        me.starts_at = now + time_of(w, medication.delay, hazard)
        return False
    return False


@twin
def leave(w: Tables, me: Patient, now: float) -> None:
    """Out of where it was offered: who has not begun never will."""
    if me.code != NONE and not is_on(me):
        _end(w, me, now, NOT_STARTED)


@twin
def end_of_stay(w: Tables, me: Patient, now: float) -> None:
    """A stay has ended: they go on with it, or not."""
    leave(w, me, now)
    me.in_care = 0
    if is_on(me):
        mine = at_medication(w, me, me.code)
        stay = mine.stays
        mine.stays += 1
        if uniform(w, of_medication(w, me.code, GOES_ON_WITH), me, stay) >= medication_of(w, me.code).goes_on:
            _end(w, me, now, NOT_CONTINUED)


@twin
def relapsed(w: Tables, me: Patient, now: float) -> None:
    """A relapse, which may end it at home; in care it is treated, and the medication goes on."""
    if not is_on(me) or me.in_care:
        return
    mine = at_medication(w, me, me.code)
    relapse = mine.relapses
    mine.relapses += 1
    if uniform(w, of_medication(w, me.code, AFTER_RELAPSE), me, relapse) < medication_of(w, me.code).ended_by_relapse:
        _end(w, me, now, STOPPED_BY_RELAPSE)


@twin
def die(w: Tables, me: Patient, now: float) -> None:
    """The course ends with the patient."""
    if me.code != NONE:
        _end(w, me, now, COURSE_DIED)


@twin
def close(w: Tables, me: Patient, now: float) -> None:
    """The run ends."""
    if me.code != NONE:
        _end(w, me, now, COURSE_OPEN)


# --- a course ---


@twin
def _start(w: Tables, me: Patient, now: float) -> None:
    me.started = now
    at_medication(w, me, me.code).starts += 1


@twin
def _end(w: Tables, me: Patient, now: float, end: int) -> None:
    book.write_course(w, me, me.code, now, end)
    if is_on(me):
        me.stopped = now
        medication = medication_of(w, me.code)
        me.last = me.code if medication.stop_end > medication.stop else NONE
    me.code, me.started, me.starts_at = NONE, math.nan, math.inf


@twin
def _law(w: Tables, me: Patient, plan: int, in_care: int) -> int:
    if me.code == NONE:
        return NONE
    medication = row(MEDICATION, w.medications, plan * w.medication_count + me.code)
    return medication.in_care if in_care else medication.at_home


@twin
def _stops_at(w: Tables, me: Patient, now: float, days: float, in_care: int) -> float:
    """When what is left of the course is used up, after so many days on it, if the place does not change."""
    law = _law(w, me, w.plan, in_care)
    return math.inf if law == NONE else now + time_left(w, law, me.left, days)
