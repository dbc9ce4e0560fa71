"""The clinical course of one patient: states and clocks; see `sim.model.course`."""

import math

from sim.model.compiled import book, emergencies, regimen
from sim.model.compiled.bounds import reaches_later, surely_later
from sim.model.compiled.draws import (
    DECISION_DEATH,
    DECISION_INTO_RELAPSE,
    DECISION_RECOVERY,
    DECISION_RELAPSE,
    DECISION_REMISSION,
    DECISION_REMISSION_ANEW,
    DECISION_RESPONSE,
    DECISION_RESPONSE_LOST,
    DECISION_RESPONSE_TO_REMISSION,
    DISCHARGE_TO_HOME,
    RESPONSE_LOST,
    RESPONSE_TO_REMISSION,
    TO_REMISSION,
    TO_RESPONSE,
    exponential,
    of_level,
    uniform,
)
from sim.model.compiled.jit import twin
from sim.model.compiled.layout import Patient, Row, Tables
from sim.model.compiled.memory import numbers
from sim.model.compiled.world import (
    at_level,
    level_of,
    level_profile_of,
    medication_of,
    plan_now,
    profile_of,
    time_left,
    time_of,
)
from sim.model.course import (
    DEATH,
    HOME_CLOCK,
    MEDICATION,
    RECOVERY,
    RELAPSE,
    RELAPSE_BEGINS,
    RESPONDS,
    VISIT,
)
from sim.model.formulas import (
    RELAPSE_THEN,
    SETBACK_THEN,
    at_discharge,
    background_hazard,
    death_hazard,
    dies_at,
    exposed_days_at,
    hazard_to_relapse,
    lasting_benefit,
    recovers_for_good_at,
    recovery_budget,
    relapse_hazard,
    relapse_ratio,
    relapses_at,
    risk_at_discharge,
)
from sim.vocabulary import DEAD, NONE, NOT_WELL, RESPONSE, SETBACK, UNWELL, WELL

CLOSE, FAIRLY_CLOSE, GENTLE = 1e-9, 1e-6, 100.0
"""Exposed days that differ by no more than the first share have hazards that differ by no more than the second, where
the shape is below the third; rounding is far below either."""


@twin
def start(w: Tables, me: Patient, now: float) -> None:
    """The course begins with the first asking, or on day 0."""
    profile = profile_of(w, me)
    me.state, me.change, me.changes_at = UNWELL, RELAPSE, math.inf
    me.left_24_hour_care = me.benefit_since = -math.inf
    me.first_stretch = me.last_stretch = NONE
    me.first_day = math.inf
    me.gaps = me.setback_count = me.circles = 0
    regimen.begin(me)
    emergencies.begin(w, me)
    me.level = NONE
    me.ratio = me.multiplier = profile.relapse * me.frailty
    me.log_benefit = me.clock = me.exposed = me.death_rate = 0.0
    me.well_spells = me.recoveries = me.relapses_begun = 0
    me.responds_at = math.inf
    me.recovers_at_home = me.responses = me.from_responses = me.returns = 0
    me.since = me.began = now
    me.recovers_at = me.relapses_at = me.relapse_hazard = me.relapse_exposed = me.recovered = math.inf
    me.median, me.shape = profile.median, profile.shape
    me.setbacks, me.setbacks_plan = profile.setbacks, w.plan
    me.death_budget = exponential(w, DECISION_DEATH, me, 0)
    me.windows_since, me.windows, me.windows_end = -math.inf, 0, 0
    me.recovery_budget = exponential(w, DECISION_RECOVERY, me, 0) if w.recovery_rate else math.inf
    worst = me.worst_death_rate * (w.horizon - now)
    worst += _ageing(w, me, now, w.horizon)
    me.mortal = me.death_budget <= worst


# --- phases ---


@twin
def begin(w: Tables, me: Patient, now: float, level: int) -> None:
    """Start a phase in a level, or at home (NONE): set the clocks, and find which is due first."""
    me.began = now
    begins = relapses = recovers = dies = medication_changes = visits = responds = math.inf
    if w.medication_count:
        medication_changes = regimen.due(w, me, now, level != NONE)
    if me.state in NOT_WELL:
        recovers, responds = me.recovers_at, me.responds_at
    elif me.state == SETBACK:
        relapses = me.relapses_at
    else:
        begins = _relapse_begins(w, me, now, level)
    if me.mortal:
        dies = _death_time(w, me, now, level)
    if w.emergency_count:
        visits = emergencies.due(w, me, now, min(me.recovered, w.horizon), level)
    first, change = begins, RELAPSE_BEGINS
    if relapses < first:
        first, change = relapses, RELAPSE
    if recovers < first:
        first, change = recovers, RECOVERY
    if dies < first:
        first, change = dies, DEATH
    if medication_changes < first:
        first, change = medication_changes, MEDICATION
    if visits < first:
        first, change = visits, VISIT
    if responds < first:
        first, change = responds, RESPONDS
    me.changes_at, me.change = first, change


@twin
def _relapse_begins(w: Tables, me: Patient, now: float, level: int) -> float:
    """When somebody who is well begins a relapse, in this setting."""
    ratio = me.ratio
    if level == NONE:
        me.clock = HOME_CLOCK
    else:
        setting = level_of(w, level)
        me.clock = setting.clock
        ratio *= setting.hazard_ratio
    if w.medication_count:
        ratio *= regimen.relapse_ratio(w, me)
    if ratio != me.multiplier:
        _respend(w, me, ratio)
    if math.isnan(me.relapse_exposed):
        curve, phase = profile_of(w, me).curve, min(me.until, w.horizon, me.recovered) - now
        if w.plan_count == 1 and reaches_later(w, curve, me.relapse_hazard, me.exposed + phase * me.clock):
            return math.inf  # Not in this phase, and so it need not be known.
        me.relapse_exposed = max(exposed_days_at(me.relapse_hazard, me.median, me.shape), me.exposed)
    begins = relapses_at(now, me.exposed, me.relapse_exposed, me.clock)
    return math.inf if begins >= me.recovered else begins


@twin
def end(w: Tables, me: Patient, now: float) -> None:
    """Move the clocks to the end of the phase."""
    if w.medication_count:
        regimen.pass_time(w, me, now)
    if w.emergency_count:
        emergencies.pass_time(w, me, min(now, me.recovered))
    if me.state == WELL:
        before = me.exposed
        # Who has recovered for good has no setback any more.
        me.exposed = exposed = before + me.clock * max(min(now, me.recovered) - me.began, 0.0)
        if exposed > before and me.setbacks:
            book.add_stretch(w, me, me.began, me.clock, before, exposed, me.multiplier * me.setbacks)
            _bound_hazard(me)
    if me.mortal:
        days, ratios = _windows(w, me)
        spent = death_hazard(me.began, now, me.death_rate, me.windows_since, days, ratios)
        me.death_budget = max(me.death_budget - spent - _ageing(w, me, me.began, now), 0.0)


@twin
def _bound_hazard(me: Patient) -> None:
    """Between what the cumulative hazard of relapse lies by now, without working it out."""
    me.least_hazard, me.most_hazard = 0.0, math.inf
    if me.shape < GENTLE:
        # NaN: later, whenever it is.
        if not me.exposed > me.relapse_exposed * (1 + CLOSE):
            me.most_hazard = me.relapse_hazard * (1 + FAIRLY_CLOSE)
        if me.exposed >= me.relapse_exposed * (1 - CLOSE):
            me.least_hazard = me.relapse_hazard * (1 - FAIRLY_CLOSE)


# --- changes of setting ---


@twin
def enter(w: Tables, me: Patient, level: int, now: float) -> None:
    """Admitted to a level: its ratios begin, and someone who is unwell starts to become well."""
    _set_ratio(w, me, level)
    me.benefit_since = now
    if me.state in NOT_WELL:
        start_remission(w, me, level, now)


@twin
def leave(w: Tables, me: Patient, level: int, now: float) -> None:
    """Out of a level; the benefit of the days spent there is taken along."""
    me.recovers_at = me.responds_at = math.inf
    if me.state == RESPONSE:
        _start_losing_response(w, me, now, NONE)
    setting = level_of(w, level)
    if setting.round_the_clock:
        me.left_24_hour_care = now
    if setting.benefit_per_day:
        mine = at_level(w, me, level)
        before = mine.days_in
        mine.days_in = after = before + now - me.benefit_since
        me.log_benefit += lasting_benefit(before, after, setting.benefit_per_day, setting.benefit_most)
    _set_ratio(w, me, level)


@twin
def go_home(w: Tables, me: Patient, level: int, reason: int, days: float, visit: int, now: float) -> None:
    """Home from 24-hour care: whoever is well may have a setback at once."""
    odds = level_profile_of(w, me, level).risk_odds[reason]
    if w.medication_count:
        odds *= regimen.odds_at_discharge(w, me)
    if me.state != WELL or odds == 0 or me.recovered <= now:
        return
    risk = risk_at_discharge(odds, days, level_of(w, level).risk_halved_every)
    drawn = uniform(w, of_level(level, DISCHARGE_TO_HOME), me, visit)
    if _uses_at_once(w, me, drawn, risk, now):
        begin_relapse(w, me, now)


@twin
def _uses_at_once(w: Tables, me: Patient, drawn: float, risk: float, now: float) -> bool:
    """Whether somebody well begins a relapse at this moment, of a risk of any setback; a setback is noted down."""
    setback = at_discharge(drawn, risk, profile_of(w, me).share_of_setbacks)
    if setback == SETBACK_THEN:
        plan, me.setbacks_plan = me.setbacks_plan, w.plan
        book.add_stretch(w, me, now, 0.0, me.exposed, me.exposed, math.inf)
        me.least_hazard, me.most_hazard = 0.0, math.inf
        me.setbacks_plan = plan
    return setback == RELAPSE_THEN


@twin
def start_medication(w: Tables, me: Patient, now: float) -> bool:
    """A course has begun; whether that ends a relapse."""
    if me.state not in NOT_WELL or not regimen.ends_relapse(w, me):
        return False
    become_well(w, me, now, 1.0)
    return True


@twin
def change_medication(w: Tables, me: Patient, now: float) -> int:
    """A course begins or stops, and what comes of it at once: RECOVERY, RELAPSE_BEGINS, or else MEDICATION."""
    stops = me.code if regimen.is_on(me) else NONE
    regimen.change(w, me, now)
    if stops == NONE:
        return RECOVERY if start_medication(w, me, now) else MEDICATION
    risk = medication_of(w, stops).risk_at_stop
    if risk == 0 or me.state != WELL or me.recovered <= now:
        return MEDICATION
    begins = _uses_at_once(w, me, regimen.drawn_at_stop(w, me, stops), risk, now)
    return RELAPSE_BEGINS if begins else MEDICATION


@twin
def start_remission(w: Tables, me: Patient, level: int, now: float) -> None:
    """Someone who is not well becomes well in care: at once, or after the level's days to remission; or by way of a
    partial response."""
    setting = level_of(w, level)
    me.recovers_at = me.responds_at = math.inf
    if setting.responds and me.state == RESPONSE:
        _start_getting_well(w, me, now, setting.from_response, of_level(level, RESPONSE_TO_REMISSION), 1.0)
        _start_losing_response(w, me, now, level)
        return
    if setting.to_remission == NONE and not setting.responds:
        become_well(w, me, now, 1.0)
        return
    if setting.to_remission != NONE:
        hazard = exponential(w, of_level(level, TO_REMISSION), me, me.recoveries)
        me.recovers_at = now + time_of(w, setting.to_remission, hazard)
        me.recoveries += 1
    _start_responding(w, me, now, setting.to_response, of_level(level, TO_RESPONSE), 1.0, 0.0)


@twin
def start_recovery(w: Tables, me: Patient, now: float, spell: int, before: float, until: float) -> None:
    """Someone who is not well may recover without care, once in each spell at home, of which `before` days have
    passed; or by way of a partial response. until: when the spell ends at the latest."""
    plan, me.recovers_at_home = plan_now(w), 1
    ratio = profile_of(w, me).remission * me.recovery_ratio
    if plan.responds and me.state == RESPONSE:
        _start_getting_well(w, me, now, plan.from_response, DECISION_RESPONSE_TO_REMISSION, ratio)
        return
    if plan.remission != NONE:
        drawn = uniform(w, DECISION_REMISSION, me, spell)
        if before or not surely_later(w, plan.remission, drawn, ratio, min(until, w.horizon) - now):
            me.recovers_at = now + time_left(w, plan.remission, -math.log1p(-drawn) / ratio, before)
    if me.state == UNWELL:
        _start_responding(w, me, now, plan.to_response, DECISION_RESPONSE, ratio, before)


@twin
def stop_recovery(me: Patient) -> None:
    """Life at home is over, and with it the chance to recover there; a partial response may be lost all the same."""
    me.recovers_at, me.recovers_at_home = math.inf, 0
    if me.state == UNWELL:
        me.responds_at = math.inf


@twin
def respond(w: Tables, me: Patient, now: float, level: int) -> None:
    """Somebody unwell comes to a partial response, in a level or at home (NONE), or loses it again."""
    _close_spell(w, me, now)
    me.state = UNWELL if me.state == RESPONSE else RESPONSE
    if level != NONE:
        start_remission(w, me, level, now)
        return
    me.recovers_at = me.responds_at = math.inf
    plan, ratio = plan_now(w), profile_of(w, me).remission * me.recovery_ratio
    if me.state == RESPONSE:
        _start_getting_well(w, me, now, plan.from_response, DECISION_RESPONSE_TO_REMISSION, ratio)
        _start_losing_response(w, me, now, NONE)
    elif me.recovers_at_home:
        if plan.remission != NONE:
            hazard = exponential(w, DECISION_REMISSION_ANEW, me, me.returns)
            me.recovers_at = now + time_of(w, plan.remission, hazard / ratio)
        _start_responding(w, me, now, plan.to_response, DECISION_RESPONSE, ratio, 0.0)


@twin
def _start_responding(w: Tables, me: Patient, now: float, law: int, decision: int, ratio: float, before: float) -> None:
    """ratio: of the hazard. before: days of it that have passed."""
    if law != NONE:
        hazard = exponential(w, decision, me, me.responses) / ratio
        me.responds_at = now + time_left(w, law, hazard, before)
        me.responses += 1


@twin
def _start_getting_well(w: Tables, me: Patient, now: float, law: int, decision: int, ratio: float) -> None:
    """From a partial response."""
    if law != NONE:
        hazard = exponential(w, decision, me, me.from_responses) / ratio
        me.recovers_at = now + time_of(w, law, hazard)
        me.from_responses += 1


@twin
def _start_losing_response(w: Tables, me: Patient, now: float, level: int) -> None:
    """In a level, or outside care (NONE)."""
    law, decision = plan_now(w).response_lost, DECISION_RESPONSE_LOST
    if level != NONE:
        law, decision = level_of(w, level).response_lost, of_level(level, RESPONSE_LOST)
    if law != NONE:
        hazard = exponential(w, decision, me, me.returns)
        me.responds_at = now + time_of(w, law, hazard)
        me.returns += 1


@twin
def _set_ratio(w: Tables, me: Patient, level: int) -> None:
    """The hazard ratio of setbacks from now on, in this level and after it."""
    me.level = level
    me.ratio = _present_ratio(w, me, 1.0)


@twin
def _present_ratio(w: Tables, me: Patient, of_spell: float) -> float:
    """By the plan in force: effects and own ratio of the last level, frailty, the spell's own, benefit so far."""
    own = profile_of(w, me).relapse if me.level == NONE else level_profile_of(w, me, me.level).relapse
    return relapse_ratio(own * me.frailty * of_spell, me.log_benefit)


@twin
def _respend(w: Tables, me: Patient, multiplier: float) -> None:
    """What is left of the spell's budget is spent at a new hazard ratio, by the clock of the plan in force."""
    profile = profile_of(w, me)
    if me.median != profile.median or me.shape != profile.shape:
        _change_curve(w, me)
    me.setbacks, me.setbacks_plan = profile.setbacks, w.plan
    if me.median:
        so_far = relapse_hazard(me.exposed, me.median, me.shape) if me.exposed else 0.0
        book.note_hazard(w, me, so_far)
        me.relapse_hazard = hazard_to_relapse(me.relapse_hazard, so_far, me.multiplier, multiplier)
        me.relapse_exposed = math.nan
    me.multiplier = multiplier


@twin
def _change_curve(w: Tables, me: Patient) -> None:
    """Another plan's clock of setbacks from here on: what is left of the budget is spent along it."""
    profile, exposed = profile_of(w, me), me.exposed
    left = math.inf
    if me.median:
        left = max(me.relapse_hazard - relapse_hazard(exposed, me.median, me.shape), 0.0)
    elif profile.median:
        left = exponential(w, DECISION_RELAPSE, me, me.well_spells - 1) / me.multiplier
    me.median, me.shape = profile.median, profile.shape
    me.relapse_hazard = left + relapse_hazard(exposed, me.median, me.shape) if me.median else math.inf
    me.relapse_exposed = math.inf


@twin
def resume_well(w: Tables, me: Patient, now: float, before: float) -> None:
    """Someone known from before day 0, well at home for so many days: what is left of the clocks."""
    become_well(w, me, now, 1.0)
    w.lived_count -= 1  # Not a day of it.
    me.exposed = before * HOME_CLOCK
    if me.median:
        me.relapse_hazard += relapse_hazard(me.exposed, me.median, me.shape)
    since = now - min(before, w.recovery_after)
    me.recovered = recovers_for_good_at(since, w.recovery_after, me.recovery_budget, w.recovery_rate)


# --- changes of state ---


@twin
def become_well(w: Tables, me: Patient, now: float, of_spell: float) -> None:
    """Start a spell of being well with a budget of its own. of_spell: its hazard ratio of setbacks."""
    _close_spell(w, me, now)
    profile = profile_of(w, me)
    me.state = WELL
    me.recovers_at = me.responds_at = math.inf
    me.exposed = 0.0
    me.ratio = me.multiplier = _present_ratio(w, me, of_spell)
    me.median, me.shape = profile.median, profile.shape
    me.setbacks, me.setbacks_plan = profile.setbacks, w.plan
    if me.median:
        me.relapse_hazard = exponential(w, DECISION_RELAPSE, me, me.well_spells) / me.multiplier
        me.relapse_exposed = math.nan
    me.well_spells += 1
    me.recovered = recovers_for_good_at(now, w.recovery_after, me.recovery_budget, w.recovery_rate)


@twin
def recover(w: Tables, me: Patient, now: float, in_care: bool) -> None:
    """Well again; without care, which lasts less long."""
    become_well(w, me, now, 1.0 if in_care else plan_now(w).after_remission)


@twin
def begin_relapse(w: Tables, me: Patient, now: float) -> None:
    """A setback that begins a relapse, which follows at once or after a setback of some days."""
    law = plan_now(w).into_relapse
    if law == NONE:
        relapse(w, me, now)
        return
    _stop_being_well(w, me, now)
    _close_spell(w, me, now)
    me.state = SETBACK
    days = time_of(w, law, exponential(w, DECISION_INTO_RELAPSE, me, me.relapses_begun))
    me.relapses_begun += 1
    me.relapses_at = now + days


@twin
def relapse(w: Tables, me: Patient, now: float) -> None:
    """Unwell again, which undoes the benefit of care so far."""
    _stop_being_well(w, me, now)
    _close_spell(w, me, now)
    me.state = UNWELL
    me.log_benefit = 0.0
    for level in range(w.level_count):
        at_level(w, me, level).days_in = 0.0
    me.benefit_since = now
    if w.medication_count:
        regimen.relapsed(w, me, now)


@twin
def _stop_being_well(w: Tables, me: Patient, now: float) -> None:
    """What has been spent of the way to a lasting recovery stays spent."""
    if me.state == WELL:
        me.recovery_budget = recovery_budget(me.recovery_budget, me.recovered, now, w.recovery_rate)
    me.recovered = math.inf


@twin
def die(w: Tables, me: Patient, now: float) -> None:
    """The last change of state."""
    _close_spell(w, me, now)
    _forget_what_comes_later(me, now)
    me.state = DEAD
    if w.medication_count:
        regimen.die(w, me, now)


@twin
def close(w: Tables, me: Patient, now: float) -> None:
    """End the spell that is still open when the run ends, in the middle of a phase."""
    if me.state != DEAD:
        end(w, me, now)
        _forget_what_comes_later(me, now)
    _close_spell(w, me, now)
    if w.medication_count:
        regimen.close(w, me, now)


@twin
def _forget_what_comes_later(me: Patient, now: float) -> None:
    """A recovery that they did not live to see."""
    if me.recovered >= now:
        me.recovered = math.inf


@twin
def _close_spell(w: Tables, me: Patient, now: float) -> None:
    book.add_spell(w, me, me.state, me.since, now)
    me.since = now


@twin
def _windows(w: Tables, me: Patient) -> tuple[Row, Row]:
    return numbers(w.window_days, me.windows, me.windows_end), numbers(w.window_ratios, me.windows, me.windows_end)


@twin
def _background(w: Tables, me: Patient) -> Row:
    profile = profile_of(w, me)
    return numbers(w.backgrounds, profile.background, profile.background_end)


@twin
def _death_time(w: Tables, me: Patient, now: float, level: int) -> float:
    plan = plan_now(w)
    if level != NONE and level_of(w, level).round_the_clock:
        me.left_24_hour_care = -math.inf
        if w.medication_count:
            # The windows after stopping end, as those after such care do.
            me.last = NONE
    rate = plan.in_care if level != NONE else plan.unwell if me.state in NOT_WELL else plan.well
    rate *= profile_of(w, me).death
    since, days, days_end = me.left_24_hour_care, plan.windows, plan.windows_end
    if w.medication_count:
        rate, since, days, days_end = regimen.death(w, me, rate, since, days, days_end)
    me.death_rate = rate
    me.windows_since, me.windows, me.windows_end = since, days, days_end
    window_days, window_ratios = _windows(w, me)
    return dies_at(
        now,
        me.death_budget,
        rate,
        since,
        window_days,
        window_ratios,
        me.born,
        _background(w, me),
        w.horizon,
    )


@twin
def _ageing(w: Tables, me: Patient, since: float, until: float) -> float:
    """The hazard of death of other causes between two days."""
    by_age = _background(w, me)
    if not len(by_age):
        return 0.0
    return background_hazard(me.born, until, by_age) - background_hazard(me.born, since, by_age)
