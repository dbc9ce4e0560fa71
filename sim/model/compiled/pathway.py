"""The patient pathway as a machine that can be left and entered again; see `sim.model.pathway`, which tells the story.

Wherever the story passes time, this one notes down in the middle of what the patient is (`stage`) and goes back to the
calendar; `resume` then takes up the thread. A function that may go on to pass time says whether it does: whoever
does not is at the end of a phase, and `go_on` finds the next.
"""

import math

from sim.model.calendar import PATIENT_ACTS
from sim.model.compiled import book, course, desk, emergencies, regimen
from sim.model.compiled.bounds import surely_later
from sim.model.compiled.calendar import ACT, due
from sim.model.compiled.draws import (
    AUTHORISATION,
    DECISION_CHECKUP,
    DECISION_DAYS_KNOWN,
    DECISION_ELAPSED,
    DECISION_ENTRY,
    DECISION_FRAILTY,
    DECISION_MOVING_AWAY,
    DECISION_RETURN,
    DECISION_RETURN_DELAY,
    DECISION_SECOND_FRAILTY,
    EARLY_STEP_DOWN,
    FIRST_CAUSE,
    LAG,
    LEARNING,
    LINKAGE,
    NO_SHOW_OF,
    ON_RELAPSE,
    PATIENCE,
    PLAN_OF_CARE,
    SILENCE,
    STEP_DELAY_OF,
    STEP_LOST,
    STEP_PATIENCE_OF,
    exponential,
    normal,
    of_level,
    uniform,
)
from sim.model.compiled.jit import twin
from sim.model.compiled.layout import CODE, LINK, STEP, Patient, Row, Tables
from sim.model.compiled.memory import numbers, row
from sim.model.compiled.world import (
    at_level,
    hazard_by,
    level_by,
    level_of,
    level_profile_of,
    open_level,
    plan_now,
    plan_of,
    profile_of,
    time_left,
    time_of,
)
from sim.model.course import (
    CLOSED,
    DEATH,
    FULL,
    GRANT,
    LOST,
    MEDICATION,
    RECOVERY,
    RELAPSE,
    RELAPSE_BEGINS,
    RESPONDS,
    TIME,
    VISIT,
)
from sim.model.formulas import (
    CONTINUE,
    DISCHARGE,
    authorised_until,
    checkup_after,
    checkup_from,
    checkups_until,
    chosen,
    early_step_down,
    frailty_ratio,
    fullness_ratio,
    hazard_with_ratio,
    leaves_at,
    linking_checkup,
    moves_away_at,
    next_review,
    on_relapse,
    probability,
    spread,
)
from sim.model.pace import LOOK_EVERY, too_fast
from sim.model.plan import BRIDGE, DROPOUT, HOLD
from sim.scenario.laws import LONGEST_PLAN
from sim.vocabulary import (
    ADMITTED,
    BURNED_OUT,
    CHECKUP,
    COMPLETED,
    DAYS_PER_YEAR,
    DEAD,
    DIED,
    DROPPED_OUT,
    EMERGENCY,
    ENTRY,
    GAP_BETWEEN_EPISODES,
    INITIAL,
    LEFT_SILENTLY,
    NO_SHOW,
    NONE,
    NOT_WELL,
    PASSED,
    REDIRECTED,
    RELAPSED,
    RENEGED,
    RETURN,
    STEP_DOWN,
    STEP_UP,
    TERMINATED,
    TRANSFERRED,
    TURNED_AWAY,
    UNWELL,
    WAIT_DIED,
    WAIT_EMERGENCY,
    WAIT_RELAPSED,
)

LAGGING, DELAYED_BY_STEP, BEFORE_SLOT, ON_LIST, IN_TREATMENT, STAYING_ON, AT_HOME = range(7)
"""Stages: what a patient passes time in."""

LIVES_ON = -100
"""Life goes on in the present setting: nothing has ended it."""

RUNNING, SHORT_OF_ROOM, PATIENT_CIRCLES, SETBACKS_CIRCLE = range(4)
"""Status of the run."""


@twin
def begin_journey(w: Tables, me: Patient, age: float) -> None:
    """Somebody turns up: nothing is known of them yet but who they are."""
    now = w.now
    _who(w, me)
    me.arrived = me.now = now
    me.born = now - age * DAYS_PER_YEAR
    course.start(w, me, now)
    me.moved_away, me.last_in_care, me.looked_at = math.inf, -math.inf, -math.inf
    me.moving_budget = exponential(w, DECISION_MOVING_AWAY, me, 0) if plan_now(w).moving_away else math.inf
    me.aim_level = me.stay_level = me.wait_level = me.request = NONE
    me.episode = -1
    me.entries = me.spells_at_home = me.relapses = me.turns = me.known = me.sent_elsewhere = 0
    me.unwell_before = 0.0
    for level in range(w.level_count):
        mine = at_level(w, me, level)
        mine.asks = mine.calls = mine.visits = 0
        mine.gone, mine.days_in = NONE, 0.0


@twin
def _who(w: Tables, me: Patient) -> None:
    """The hidden frailties. Of former patients, `frailty_value` holds the mean of their kind."""
    if w.frailty_sd:
        me.frailty_value += normal(w, DECISION_FRAILTY, me)
    else:
        me.frailty_value = 0.0
    me.dropout_ratio = frailty_ratio(w.dropout_sd, me.frailty_value)
    me.frailty = frailty_ratio(w.relapse_sd, me.frailty_value)
    me.return_ratio = frailty_ratio(w.return_sd, me.frailty_value)
    me.recovery_ratio = 1.0
    if w.recovery_sd:
        me.recovery_ratio = frailty_ratio(w.recovery_sd, normal(w, DECISION_SECOND_FRAILTY, me))


@twin
def begin(w: Tables, me: Patient, level: int, in_care: bool) -> None:
    """Someone who is in care, or on a waiting list, on day 0."""
    if in_care:
        _admit(w, me, level, INITIAL, desk.occupy(w, level_profile_of(w, me, level).list_number))
    else:
        _aim(me, level, INITIAL, 0.0)


@twin
def begin_at_home(w: Tables, me: Patient, state: int, law: int) -> None:
    """Someone known from before day 0, who has been in their state for some time."""
    days = 0.0
    if law != NONE:
        days = time_of(w, law, exponential(w, DECISION_DAYS_KNOWN, me, 0))
    me.arrived = me.now - days
    me.known = 1
    if state == UNWELL:
        me.unwell_before = days
    else:
        course.resume_well(w, me, me.now, days)


@twin
def waits_outside(me: Patient) -> bool:
    """Whether they wait for a level that they asked for from outside care."""
    return me.wait_level != NONE and _from_outside(me.wait_route)


@twin
def is_closed(w: Tables, me: Patient, level: int) -> int:
    """Whether by the plan in force a level admits nobody any more, or has no place that accepts them."""
    return level_of(w, level).closed or level_profile_of(w, me, level).list_number == NONE


@twin
def _from_outside(route: int) -> bool:
    return route in (ENTRY, RETURN, CHECKUP, EMERGENCY, INITIAL)


@twin
def _aim(me: Patient, level: int, route: int, lag: float) -> None:
    me.aim_level, me.aim_route, me.aim_lag = level, route, lag


# --- the thread ---


@twin
def set_out(w: Tables, me: Patient) -> None:
    """The pathway begins."""
    if me.stay_level != NONE:
        _treatment(w, me, uniform(w, DECISION_ELAPSED, me, 0))
        return
    if me.aim_level == NONE and not me.known:
        _placement(w, me, ENTRY)
    _go_on(w, me)


@twin
def _go_on(w: Tables, me: Patient) -> None:
    """One phase after the other, until one of them passes time."""
    while me.state != DEAD:
        if me.aim_level == NONE:
            _at_home(w, me)
            return
        if _on_the_way(w, me):
            return


@twin
def resume(w: Tables, me: Patient, answer: int) -> None:
    """What they were waiting for has come: the time by itself, or an answer of the desk."""
    turn = _after_some_time(w, me, answer)
    if turn == LIVES_ON:
        return
    stage, passes_time = me.stage, False
    if stage == AT_HOME:
        _after_home(w, me, turn)
    elif stage == IN_TREATMENT:
        _after_treatment(w, me, turn)
    elif stage == ON_LIST:
        request = desk.request_of(w, me.request)
        passes_time = _after_list(w, me, turn, request.gone, request.holding)
    elif stage == LAGGING:
        passes_time = turn == TIME and _after_lag(w, me)
    elif stage in (DELAYED_BY_STEP, BEFORE_SLOT):
        passes_time = _after_a_part_of_a_step(w, me, turn)
    else:
        if turn == TIME:
            _leave(w, me, me.planned_reason, True)
    if not passes_time:
        _go_on(w, me)


# --- phases ---


@twin
def _on_the_way(w: Tables, me: Patient) -> bool:
    """To a level: the lag, then its waiting list, in the present bed, in an interim service or at home."""
    me.heading_level, me.heading_route = me.aim_level, me.aim_route
    me.aim_level = NONE
    if me.aim_lag > 0:
        me.stage = LAGGING
        _live(w, me, me.now + me.aim_lag, NONE)
        return True
    return _after_lag(w, me)


@twin
def _after_lag(w: Tables, me: Patient) -> bool:
    if is_closed(w, me, me.heading_level):
        _turn_elsewhere(w, me, me.heading_route)
        return False
    me.called = me.now
    if me.heading_route == ENTRY or me.heading_route == RETURN:
        level = level_of(w, me.heading_level)
        if level.access_end > level.access:
            # As it is when they call: a change meanwhile does not alter what they were told.
            me.step_plan, me.step = w.plan, level.access
            mine = at_level(w, me, me.heading_level)
            me.call = mine.calls
            mine.calls += 1
            return _through_steps(w, me)
    return _join(w, me)


@twin
def _through_steps(w: Tables, me: Patient) -> bool:
    """Call, assessment ...: one step after the other, until they may join the list."""
    while me.step < level_by(w, me.step_plan, me.heading_level).access_end:
        turn = _step(w, me)
        if turn == LIVES_ON:
            return True
        if not _step_leads_on(w, me, turn):
            return False
    return _join(w, me)


@twin
def _step(w: Tables, me: Patient) -> int:
    """A delay, and then an appointment, if one is needed. TIME when the step is over, LOST when they are, or LIVES_ON
    while it takes."""
    step = row(STEP, w.steps, me.step)
    _wait(me, me.heading_level, me.heading_route, NONE, me.called, step.code)
    if step.lost_at_once and uniform(w, step.chances + STEP_LOST, me, me.call) < step.lost_at_once:
        return LOST
    me.gives_up, me.over = math.inf, me.now
    if step.patience != NONE:
        hazard = exponential(w, step.chances + STEP_PATIENCE_OF, me, me.call)
        hazard /= level_profile_of(w, me, me.heading_level).renege
        me.gives_up = me.now + time_of(w, step.patience, hazard)
    if step.delay != NONE:
        me.over += time_of(w, step.delay, exponential(w, step.chances + STEP_DELAY_OF, me, me.call))
        me.stage = DELAYED_BY_STEP
        _live(w, me, min(me.over, me.gives_up), NONE)
        return LIVES_ON
    return _appointment(w, me)


@twin
def _appointment(w: Tables, me: Patient) -> int:
    """Its slot is lost with whoever is lost before it."""
    step = row(STEP, w.steps, me.step)
    if step.per_day and me.over <= me.gives_up:
        me.over = desk.appointment(w, me.heading_level, step)
        me.stage = BEFORE_SLOT
        _live(w, me, min(me.over, me.gives_up), NONE)
        return LIVES_ON
    return TIME if me.over <= me.gives_up else LOST


@twin
def _after_a_part_of_a_step(w: Tables, me: Patient, turn: int) -> bool:
    if turn == TIME:
        if me.stage == DELAYED_BY_STEP:
            turn = _appointment(w, me)
        elif me.over > me.gives_up:
            turn = LOST
    return turn == LIVES_ON or (_step_leads_on(w, me, turn) and _through_steps(w, me))


@twin
def _step_leads_on(w: Tables, me: Patient, turn: int) -> bool:
    """A step is over, one way or another: whether the next one follows, or the list."""
    if turn == TIME and _hears_of_a_change(w, me):
        turn = CLOSED
    _close_wait(w, me, PASSED if turn == TIME else _wait_ended_by(turn))
    if turn == TIME:
        me.step += 1
        return True
    if turn == CLOSED:
        _turn_elsewhere(w, me, me.heading_route)
    return False


@twin
def _hears_of_a_change(w: Tables, me: Patient) -> int:
    """Whether a level is closed by now, or those who called before the plan in force are placed anew by it."""
    plan = plan_now(w)
    return is_closed(w, me, me.heading_level) or (plan.places_anew and me.called < plan.since)


@twin
def _join(w: Tables, me: Patient) -> bool:
    """Onto the list, or right in where nobody waits."""
    code = me.heading_level
    level = level_of(w, code)
    held = NONE if me.stay_level == NONE or me.stay_interim else me.stay_level
    _wait(me, code, me.heading_route, held, me.called, NONE)
    mine = at_level(w, me, code)
    me.ask = mine.asks
    mine.asks += 1
    if level.has_list:
        request = _join_list(w, me, level)
        me.stage = ON_LIST
        _live(w, me, _patience_ends(w, me, level), request)
        return True
    return _after_list(w, me, GRANT, 0, desk.occupy(w, level_profile_of(w, me, code).list_number))


@twin
def _after_list(w: Tables, me: Patient, turn: int, silently: int, holding: int) -> bool:
    code = me.heading_level
    if turn == GRANT:
        if _shows_up(w, me):
            _admit(w, me, code, me.heading_route, holding)
            _treatment(w, me, 0.0)
            return True
        desk.release(w, code, holding, NONE)
    _close_wait(w, me, LEFT_SILENTLY if silently else _wait_ended_by(turn))
    if turn == CLOSED:
        _turn_elsewhere(w, me, me.heading_route)
    elif me.stay_level != NONE:
        if turn in (TIME, FULL) and level_of(w, me.stay_level).stays_on:
            return _stay_on(w, me)
        _leave(w, me, me.stay_reason, True)
    return False


@twin
def _treatment(w: Tables, me: Patient, elapsed: float) -> None:
    """In a level, until the plan of care is finished or something ends it first."""
    code = me.stay_level
    if elapsed == 0:
        mine = level_profile_of(w, me, code)
        _offer_medication(w, me, mine.offers, mine.offers_end, code)
    duration, reason = _planned_stay(w, me, level_of(w, code), code, me.stay_visit, True)
    _draw_staying(w, me)
    if elapsed > 0:
        me.arrived = me.stay_asked = me.stay_admitted = me.now - duration * elapsed
    me.stage, me.planned_reason = IN_TREATMENT, reason
    _live(w, me, me.stay_admitted + duration, NONE)


@twin
def _after_treatment(w: Tables, me: Patient, turn: int) -> None:
    """The plan is finished; then the link onward, if any."""
    if turn != TIME:
        return
    reason = me.planned_reason
    me.stay_reason = reason
    if reason != DROPPED_OUT and reason != BURNED_OUT:
        me.stay_ready = me.now
    position = _link(w, me, reason)
    if position == NONE:
        _leave(w, me, reason, True)
        return
    link = row(LINK, w.links, position)
    _aim(me, link.to, STEP_DOWN, _lag(w, me, link))
    me.stay_next_level = link.to
    level = level_of(w, me.stay_level)  # By now, as the link is: a bridge may have vanished meanwhile.
    if level.hand_over == HOLD:
        return
    _leave(w, me, reason, level.hand_over != BRIDGE)
    if level.hand_over == BRIDGE:
        _enter_bridge(w, me, level.bridge)


@twin
def _stay_on(w: Tables, me: Patient) -> bool:
    """Without the next level: where they are, as far as their plan of care there goes, and then home."""
    over = me.stay_admitted + me.staying_days
    if over <= me.now:
        _leave(w, me, me.staying_reason if me.stay_interim else me.stay_reason, True)
        return False
    me.planned_reason = me.staying_reason
    me.stay_ready, me.stay_reason, me.stay_next_level = math.nan, DROPPED_OUT, NONE
    me.stage = STAYING_ON
    _live(w, me, over, NONE)
    return True


@twin
def _at_home(w: Tables, me: Patient) -> None:
    """Without care: well until relapse; unwell until they return to care, recover without it, or die."""
    me.home_since, me.home_rate = me.now, plan_now(w).moving_away
    if me.moved_away == math.inf:
        me.moved_away = moves_away_at(me.home_since, me.moving_budget, me.home_rate)
    before, me.unwell_before = me.unwell_before, 0.0
    profile = profile_of(w, me)
    _offer_medication(w, me, profile.offers, profile.offers_end, NONE)
    me.returns_at = me.linked_at = math.inf
    if me.state in NOT_WELL:
        me.returns_at = _return_time(w, me, before)
        me.linked_at = _linkage_time(w, me)
    asks_at = min(me.returns_at, me.linked_at)
    until = asks_at if asks_at < me.moved_away else math.inf
    if me.state in NOT_WELL:
        course.start_recovery(w, me, me.now, me.spells_at_home, before, until)
        me.spells_at_home += 1
    me.stage = AT_HOME
    _live(w, me, until, NONE)


@twin
def _after_home(w: Tables, me: Patient, turn: int) -> None:
    if w.medication_count:
        regimen.leave(w, me, me.now)
    if me.now < me.moved_away:
        me.moving_budget -= me.home_rate * (me.now - me.home_since)
        me.moved_away = math.inf
    course.stop_recovery(me)
    if turn == TIME:
        _placement(w, me, RETURN if me.returns_at <= me.linked_at else CHECKUP)


@twin
def _live(w: Tables, me: Patient, until: float, request: int) -> None:
    """Pass time in the present setting until `until`, or a grant, or a change of state that ends life there."""
    me.until, me.request = until, request
    _pass_time(w, me)


@twin
def _pass_time(w: Tables, me: Patient) -> None:
    now = me.now
    me.turns += 1
    if me.turns % LOOK_EVERY == 0:
        if too_fast(me.turns, now - me.arrived, now - me.looked_at):
            w.status, w.culprit = PATIENT_CIRCLES, me.patient
            return
        me.looked_at = now
    course.begin(w, me, now, me.stay_level)
    ends_at, turn = me.until, TIME
    if me.changes_at < ends_at:
        ends_at, turn = me.changes_at, me.change
    me.turn = turn
    if me.request != NONE:
        desk.turn(w, me.request, ends_at if ends_at < w.horizon else math.inf)
    elif ends_at < w.horizon:
        delay = ends_at - now if ends_at > now else 0.0
        if now + delay >= w.foreseen or not _concerns_nobody_else(w, me, turn):
            due(w, delay, PATIENT_ACTS, me.patient, ACT, 0.0, 0)
        else:
            w.ahead, w.ahead_at = me.patient, now + delay


@twin
def _concerns_nobody_else(w: Tables, me: Patient, turn: int) -> bool:
    """Whether what ends a phase neither asks for a place nor gives one back: then it need not wait for its time."""
    if me.wait_level != NONE:
        return False
    if me.stay_level == NONE:
        return turn >= 0 and turn != VISIT
    if turn == RELAPSE_BEGINS:
        return plan_now(w).into_relapse != NONE
    return turn in (RECOVERY, RESPONDS)


@twin
def _after_some_time(w: Tables, me: Patient, answer: int) -> int:
    """What has ended a phase, or LIVES_ON."""
    turn = me.turn if answer == desk.BY_ITSELF else answer
    me.now = now = w.now
    course.end(w, me, now)
    if turn < 0:  # None of the course's clocks.
        return _out_of_the_list(w, me, turn)
    if turn == DEATH:
        course.die(w, me, now)
        if me.stay_level != NONE:
            _leave(w, me, DIED, False)
        return _out_of_the_list(w, me, turn)
    if turn == VISIT:
        if _is_sent_on(w, me):
            return _out_of_the_list(w, me, turn)
        _pass_time(w, me)
        return LIVES_ON
    if turn == RESPONDS:
        course.respond(w, me, now, me.stay_level)
        _pass_time(w, me)
        return LIVES_ON
    if turn == MEDICATION:
        turn = course.change_medication(w, me, now)
        if turn == MEDICATION:
            _pass_time(w, me)
            return LIVES_ON
    if turn == RELAPSE_BEGINS:
        course.begin_relapse(w, me, now)
        if me.state != UNWELL:
            _pass_time(w, me)
            return LIVES_ON
        turn = RELAPSE
    elif turn == RELAPSE:
        course.relapse(w, me, now)
    elif me.state in NOT_WELL:
        course.recover(w, me, now, me.stay_level != NONE)
    if me.stay_level == NONE or (turn == RELAPSE and not _treated_in_place(w, me)):
        return _out_of_the_list(w, me, turn)
    _pass_time(w, me)
    return LIVES_ON


@twin
def _out_of_the_list(w: Tables, me: Patient, turn: int) -> int:
    if me.request != NONE and turn != GRANT:
        desk.withdraw(w, me.request, turn == TIME)
    return turn


# --- changes of place ---


@twin
def _admit(w: Tables, me: Patient, level: int, route: int, holding: int) -> None:
    """Into a level whose places are theirs by now, leaving the present bed or interim service if there is one."""
    now = asked = me.now
    if me.wait_level != NONE:
        asked = me.wait_called
        _close_wait(w, me, ADMITTED)
    if me.stay_level != NONE:
        _leave(w, me, TRANSFERRED if me.stay_interim else me.stay_reason, False)
    if now - me.last_in_care > GAP_BETWEEN_EPISODES:
        me.episode += 1
    mine = at_level(w, me, level)
    me.stay_level, me.stay_route, me.stay_asked, me.stay_admitted = level, route, asked, now
    me.stay_episode, me.stay_visit, me.stay_held, me.stay_holding = me.episode, mine.visits, w.plan, holding
    me.stay_ready, me.stay_reason, me.stay_next_level, me.stay_interim = math.nan, DROPPED_OUT, NONE, 0
    me.stay_authorised = _authorised(w, me, level, mine.visits)
    mine.visits += 1
    open_level(w, level).present += 1
    course.enter(w, me, level, now)


@twin
def _enter_bridge(w: Tables, me: Patient, level: int) -> None:
    """Into an interim service, which has room for everyone, until the next level has a place."""
    holding = desk.occupy(w, level_profile_of(w, me, level).list_number)
    # What lies ahead is the level behind the bridge; the aim keeps it.
    _admit(w, me, level, STEP_DOWN, holding)
    me.stay_interim = 1
    _draw_staying(w, me)


@twin
def _leave(w: Tables, me: Patient, reason: int, home: bool) -> None:
    """End the stay, give back its places, and take the benefit of the days spent there along."""
    now, level = me.now, me.stay_level
    book.write_stay(w, me, now, reason)
    desk.release(w, level, me.stay_holding, me.patient)
    open_level(w, level).present -= 1
    me.stay_level = NONE
    me.last_in_care = now
    if w.medication_count and reason != DIED and not me.stay_interim:
        regimen.end_of_stay(w, me, now)
    course.leave(w, me, level, now)
    if home:
        course.go_home(w, me, level, reason, now - me.stay_admitted, me.stay_visit, now)


@twin
def _turn_elsewhere(w: Tables, me: Patient, route: int) -> None:
    """The level takes nobody any more: those from outside are placed anew, those on a way between levels leave."""
    if me.stay_level != NONE:
        _leave(w, me, TERMINATED if me.stay_interim else me.stay_reason, True)
    if _from_outside(route):
        _placement(w, me, ENTRY if route == INITIAL else route)


@twin
def _is_sent_on(w: Tables, me: Patient) -> bool:
    """After a visit to an emergency department: whether it leads to a level, for which they leave where they are."""
    to = emergencies.leads_to(w, me)
    may_go = to != NONE and me.now < me.moved_away and not is_closed(w, me, to)
    to = emergencies.visit(w, me, me.now, me.stay_level, may_go)
    if to == NONE:
        return False
    if me.stay_level == NONE:
        _aim(me, to, EMERGENCY, 0.0)
        return True
    me.stay_next_level = to
    _leave(w, me, TRANSFERRED, False)
    _aim(me, to, STEP_UP, 0.0)
    return True


@twin
def _treated_in_place(w: Tables, me: Patient) -> bool:
    """After a relapse in care: whether the stay goes on. If not, it has ended, or steps up to another level."""
    code = me.stay_level
    level = level_of(w, code)
    drawn = uniform(w, of_level(code, ON_RELAPSE), me, me.relapses)
    me.relapses += 1
    answer = on_relapse(drawn, level.discharge_upto, level.continue_upto)
    if answer == DISCHARGE:
        me.aim_level = NONE
        _leave(w, me, RELAPSED, False)
        return False
    if answer == CONTINUE or level.step_up_to == NONE:
        course.start_remission(w, me, code, me.now)
        return True
    me.stay_next_level = level.step_up_to
    _leave(w, me, TRANSFERRED, False)
    _aim(me, level.step_up_to, STEP_UP, 0.0)
    return False


@twin
def _offer_medication(w: Tables, me: Patient, offers: int, offers_end: int, level: int) -> None:
    """On admission to a level, or at home (NONE)."""
    if offers_end > offers and regimen.offer(w, me, offers, offers_end, level, me.now):
        course.start_medication(w, me, me.now)


@twin
def _join_list(w: Tables, me: Patient, level: Row) -> int:
    code, profile = me.heading_level, level_profile_of(w, me, me.heading_level)
    route = me.heading_route
    request = desk.ask(w, profile.list_number, profile.rank[route], profile.head_start[route], me.patient)
    if me.stay_level == NONE and _would_leave_silently(w, me, level, code):
        it = desk.request_of(w, request)
        it.days_to_learn = 0.0
        if level.days_to_learn != NONE:
            it.days_to_learn = time_of(w, level.days_to_learn, exponential(w, of_level(code, LEARNING), me, me.ask))
    return request


@twin
def _wait(me: Patient, level: int, route: int, held: int, called: float, step: int) -> None:
    me.wait_level, me.wait_route, me.wait_asked = level, route, me.now
    me.wait_held, me.wait_called, me.wait_step = held, called, step


@twin
def _close_wait(w: Tables, me: Patient, outcome: int) -> None:
    book.write_wait(w, me, me.now, outcome)
    me.wait_level = NONE


@twin
def _wait_ended_by(turn: int) -> int:
    if turn == CLOSED:
        return REDIRECTED
    if turn == FULL:
        return TURNED_AWAY
    if turn == GRANT:
        return NO_SHOW
    if turn == RELAPSE:
        return WAIT_RELAPSED
    if turn == DEATH:
        return WAIT_DIED
    if turn == VISIT:
        return WAIT_EMERGENCY
    return RENEGED


# --- decisions ---


@twin
def _placement(w: Tables, me: Patient, route: int) -> None:
    """Which level first."""
    drawn = uniform(w, DECISION_ENTRY, me, me.entries)
    me.entries += 1
    profile = profile_of(w, me)
    first, end = (profile.entry, profile.entry_end) if route == ENTRY else (profile.back, profile.back_end)
    # The last takes what is left.
    position = first + chosen(numbers(w.entry_uptos, first, end - 1), drawn)
    _aim(me, row(CODE, w.entry_levels, position).code, route, 0.0)


@twin
def _planned_stay(w: Tables, me: Patient, level: Row, code: int, visit: int, moves_on: bool) -> tuple[float, int]:
    """How long the stay would last, in days, and the reason that would end it, if no relapse or death does."""
    profile = level_profile_of(w, me, code)
    planned = time_of(w, level.plan_of_care, exponential(w, of_level(code, PLAN_OF_CARE), me, visit))
    planned = min(planned * profile.length_of_stay, LONGEST_PLAN)
    duration, reason = planned, COMPLETED
    if level.review_every:
        duration = next_review(duration, level.review_every)
        if level.early_log_stay and moves_on:
            hazard = exponential(w, of_level(code, EARLY_STEP_DOWN), me, visit)
            early = early_step_down(hazard, level.early_log_stay, level.early_from, level.review_every)
            if early < duration:
                duration, reason = early, TRANSFERRED
    if me.stay_authorised < duration:
        duration, reason = me.stay_authorised, TERMINATED
    for clock in range(level.clocks):
        ratio = profile.ratio[clock]
        if level.cause[clock] == DROPOUT:
            ratio *= me.dropout_ratio
            if level.log_full_ratio:
                ratio *= fullness_ratio(open_level(w, code).present, level.seats, level.log_full_ratio)
        elif level.reason[clock] == TRANSFERRED and not moves_on:
            continue
        drawn = uniform(w, of_level(code, FIRST_CAUSE + level.cause[clock]), me, visit)
        eased = level.cause[clock] == DROPOUT and w.medication_count
        until = duration / planned if level.of_plan[clock] else duration
        if not eased and surely_later(w, level.law[clock], drawn, ratio, until):
            continue
        hazard = -math.log1p(-drawn) / ratio
        if eased:
            hazard = _on_medication(w, me, level.law[clock], level.of_plan[clock], hazard, planned)
        ends = leaves_at(time_of(w, level.law[clock], hazard), planned, level.of_plan[clock])
        if ends < duration:
            duration, reason = ends, level.reason[clock]
    return duration, reason


@twin
def _authorised(w: Tables, me: Patient, code: int, visit: int) -> float:
    """The day of the stay on which authorised days are used up for good; infinite without a limit."""
    profile = level_profile_of(w, me, code)
    if profile.most_extensions == 0:
        return profile.authorised
    hazard = exponential(w, of_level(code, AUTHORISATION), me, visit)
    return authorised_until(
        hazard, profile.authorised, profile.extension, profile.log_extended, profile.most_extensions
    )


@twin
def _draw_staying(w: Tables, me: Patient) -> None:
    """On admission, by what they are on then: how the stay ends if they give up the next level and may stay."""
    code = me.stay_level
    for plan in range(w.plan_count):
        if level_by(w, plan, code).stays_on:
            held = level_by(w, me.stay_held, code)
            me.staying_days, me.staying_reason = _planned_stay(w, me, held, code, me.stay_visit, False)
            return


@twin
def _on_medication(w: Tables, me: Patient, law: int, of_plan: int, hazard: float, planned: float) -> float:
    """Where drop-out comes on its cumulative hazard, when it is another while they are on a medication."""
    start, stop, ratio = regimen.during_stay(w, me, me.now)
    if ratio == 1 or planned == 0:
        return hazard
    if of_plan:
        start, stop = start / planned, stop / planned
    return hazard_with_ratio(hazard, hazard_by(w, law, start), hazard_by(w, law, stop), ratio)


@twin
def _link(w: Tables, me: Patient, reason: int) -> int:
    """Whether a stay that ended by this reason leads to another level, and by which link."""
    code = me.stay_level
    profile = level_profile_of(w, me, code)
    first, end = profile.links[reason], profile.links_end[reason]
    if end == first:
        return NONE
    chance = profile.chance[reason]
    drawn = uniform(w, of_level(code, LINKAGE), me, me.stay_visit)
    if drawn >= chance:
        return NONE
    for position in range(first, end):
        if drawn < row(LINK, w.links, position).upto * chance:
            return position
    return end - 1


@twin
def _lag(w: Tables, me: Patient, link: Row) -> float:
    """Days from being ready to asking for the next level."""
    if link.lag == NONE:
        return 0.0
    return time_of(w, link.lag, exponential(w, of_level(me.stay_level, LAG), me, me.stay_visit))


@twin
def _patience_ends(w: Tables, me: Patient, level: Row) -> float:
    if level.patience == NONE:
        return math.inf
    code = me.heading_level
    hazard = exponential(w, of_level(code, PATIENCE), me, me.ask)
    return me.now + time_of(w, level.patience, hazard / level_profile_of(w, me, code).renege)


@twin
def _would_leave_silently(w: Tables, me: Patient, level: Row, code: int) -> bool:
    """Whether they would give up without a word, if they gave up."""
    share = level.silent_share
    return share > 0 and uniform(w, of_level(code, SILENCE), me, me.ask) < share


@twin
def _shows_up(w: Tables, me: Patient) -> bool:
    code = me.heading_level
    share = level_profile_of(w, me, code).no_show
    return share == 0 or uniform(w, of_level(code, NO_SHOW_OF), me, me.ask) >= share


@twin
def _return_time(w: Tables, me: Patient, before: float) -> float:
    """When they ask again. before: days that they have been unwell at home before now, without asking."""
    delay, spell = plan_now(w).return_delay, me.spells_at_home
    if delay == NONE:
        return math.inf
    # The longer nobody has come back, the more of them never will.
    odds = profile_of(w, me).return_odds * me.return_ratio
    if before:
        odds *= math.exp(-hazard_by(w, delay, before))
    if uniform(w, DECISION_RETURN, me, spell) >= probability(odds):
        return math.inf
    hazard = exponential(w, DECISION_RETURN_DELAY, me, spell) / me.recovery_ratio
    return me.now + time_left(w, delay, hazard, before)


@twin
def _linkage_time(w: Tables, me: Patient) -> float:
    """When a check-up links them to care, if they are unwell until then; by the rule of its own day."""
    discharged, share = me.last_in_care, 0.0
    if discharged == -math.inf:
        if not me.known:
            return math.inf
        discharged, share = 0.0, spread(me.patient)
    hazard, drawn = 0.0, False
    for number in range(w.plan_count):
        plan = plan_of(w, number)
        if not plan.checkups:
            continue
        if not drawn:
            hazard, drawn = exponential(w, DECISION_CHECKUP, me, me.spells_at_home), True
        since = discharged - share * plan.every
        first = max(checkup_after(me.now, since, plan.every), checkup_from(plan.begins, since, plan.every))
        last = checkups_until(discharged + plan.days, plan.ends, since, plan.every)
        linking = linking_checkup(first, hazard, plan.log_missed)
        if linking <= last:
            return since + linking * plan.every
        if last >= first:
            hazard += (last - first + 1) * plan.log_missed
    return math.inf
