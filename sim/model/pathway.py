"""The patient pathway: one person's way through the system, from asking for care to the end of the run.

A patient lives through phases: waiting, in a level, blocked, on the way between levels, at home. When a phase begins,
the time of everything that could end it is known, so it lasts until the earliest of them, or until a place is granted.
Nothing is ever interrupted. Read `Journey.pathway` first; each phase below it reads top to bottom.
"""

import math
from collections.abc import Generator
from typing import Any, TypeVar

from simpy import Event

from sim.model.calendar import PATIENT_ACTS, Due
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
    Course,
)
from sim.model.desk import Request
from sim.model.formulas import (
    CONTINUE,
    DISCHARGE,
    authorised_until,
    checkup_after,
    checkup_from,
    checkups_until,
    chosen,
    early_step_down,
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
from sim.model.plan import (
    BRIDGE,
    DROPOUT,
    HOLD,
    Clock,
    Former,
    Holding,
    LevelPlan,
    Link,
    Plan,
    Profile,
    StepPlan,
)
from sim.model.stays import Aim, Stay, Wait
from sim.model.world import World
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

FROM_OUTSIDE = (ENTRY, RETURN, CHECKUP, EMERGENCY, INITIAL)
"""The routes of those who ask from outside care."""

WAIT_ENDED_BY = {
    CLOSED: REDIRECTED,
    FULL: TURNED_AWAY,
    GRANT: NO_SHOW,
    TIME: RENEGED,
    LOST: RENEGED,
    RELAPSE: WAIT_RELAPSED,
    DEATH: WAIT_DIED,
    VISIT: WAIT_EMERGENCY,
}

Returned = TypeVar("Returned")
Phase = Generator[Event, Any, Returned]
"""A stretch of a patient's life: yields SimPy events and returns what came of it."""


class Journey:
    """One patient: who they are, where they are, where they are heading, and their process, `pathway`."""

    # Thousands live at once, and each is out of the processor's cache when its turn comes: less memory is less time.
    __slots__ = (
        *(
            "world",
            "desk",
            "patient",
            "profile",
            "course",
            "arrived",
            "born",
            "moved_away",
            "now",
            "aim",
            "stay",
            "wait",
        ),
        *("_dropout_ratio", "_return_ratio", "_recovery_ratio", "_episode", "_last_in_care", "_moving_budget"),
        *("_asks", "_calls", "_visits", "_entries", "_spells_at_home", "_known", "_unwell_before", "_relapses"),
        *("_turns", "_looked_at"),
    )

    def __init__(self, world: World, patient: int) -> None:
        self.world = world
        self.desk = world.desk
        self.patient = patient
        self.profile = world.profiles[patient]
        self.arrived = self.now = world.env.now
        self._dropout_ratio, relapse_ratio, self._return_ratio = world.frailty_ratios[patient]
        self._recovery_ratio = world.recovery_ratios[patient]
        self.born = self.now - world.ages[patient] * DAYS_PER_YEAR
        ratios = relapse_ratio, self._recovery_ratio
        self.course = Course(world.mechanisms, patient, self.profile, ratios, self.born, self.now)
        self.moved_away = math.inf
        self._moving_budget = world.moving_away.exponential(patient) if world.plan.moving_away else math.inf
        self.aim: Aim | None = None
        self.stay: Stay | None = None
        self.wait: Wait | None = None
        self._episode = -1
        self._last_in_care = -math.inf
        levels = len(self.world.plan.levels)
        self._asks = [0] * levels
        self._calls = [0] * levels
        self._visits = [0] * levels
        self._entries = 0
        self._spells_at_home = 0
        self._relapses = 0
        self._turns = 0
        self._known = False
        self._unwell_before = 0.0
        self._looked_at = -math.inf

    def begin(self, level: int, in_care: bool) -> None:
        """Someone who is in care, or on a waiting list, on day 0."""
        if in_care:
            self._admit(Aim(level, INITIAL), self.desk.occupy(self.profile.levels[level].list_number))
        else:
            self.aim = Aim(level, INITIAL)

    def begin_at_home(self, former: Former) -> None:
        """Someone known from before day 0, who has been in their state for some time."""
        days, plan = 0.0, self.world.plan
        if former.days != NONE:
            days = plan.times[former.days](self.world.days_known.exponential(self.patient))
        self.arrived = self.now - days
        self._known = True
        if former.state == UNWELL:
            self._unwell_before = days
        else:
            self.course.resume_well(self.now, days)

    def follow(self, profile: Profile) -> None:
        """Another plan is in force, and with it another profile."""
        self.profile = profile
        self.course.follow(profile)

    @property
    def waits_outside(self) -> bool:
        """Whether they wait for a level that they asked for from outside care."""
        return self.wait is not None and self.wait.route in FROM_OUTSIDE

    def is_closed(self, level: int) -> bool:
        """Whether by the plan in force a level admits nobody any more, or has no place that accepts them."""
        return level in self.world.plan.closed or self.profile.levels[level].list_number == NONE

    def pathway(self) -> Phase[None]:
        """A person asks for care, waits, is treated, moves on or goes home, may come back, and so on to the end."""
        if self.stay is not None:
            yield from self._treatment(self.stay, elapsed=self.world.elapsed.uniform(self.patient))
        elif self.aim is None and not self._known:
            self.aim = self._placement(ENTRY)
        while self.course.state != DEAD:
            if self.aim is None:
                yield from self._at_home()
            else:
                admitted = yield from self._on_the_way(self.aim)
                if admitted:
                    yield from self._treatment(admitted)

    def _on_the_way(self, aim: Aim) -> Phase[Stay | None]:
        """To a level: the lag, then its waiting list, in the present bed, in an interim service or at home."""
        self.aim = None
        if aim.lag > 0 and (yield from self._live(self.now + aim.lag)) != TIME:
            return None
        if self.is_closed(aim.level):
            self._turn_elsewhere(aim.route)
            return None

        called = self.now
        if aim.route in (ENTRY, RETURN) and not (yield from self._through_steps(aim, called)):
            return None

        level = self.world.plan.levels[aim.level]
        held = NONE if self.stay is None or self.stay.interim else self.stay.level
        self.wait = Wait(level.code, aim.route, self.now, held, called)
        ask = self._asks[level.code]
        self._asks[level.code] += 1
        turn, silently = GRANT, False
        if level.has_list:
            request = self._join_list(level, aim.route, ask)
            turn = yield from self._live(self._patience_ends(level, ask), request)
            silently, holding = request.gone, request.holding
        else:
            holding = self.desk.occupy(self.profile.levels[level.code].list_number)
        if turn == GRANT:
            assert holding is not None
            if self._shows_up(level, ask):
                return self._admit(aim, holding)
            self.desk.release(level.code, holding)

        self._close_wait(LEFT_SILENTLY if silently else WAIT_ENDED_BY[turn])
        if turn == CLOSED:
            self._turn_elsewhere(aim.route)
        elif self.stay is not None:
            if turn in (TIME, FULL) and self.world.plan.levels[self.stay.level].stays_on:
                yield from self._stay_on(self.stay)
            else:
                self._leave(self.stay.reason, home=True)
        return None

    def _through_steps(self, aim: Aim, called: float) -> Phase[bool]:
        """Call, assessment ...: one step after the other, until they may join the list. Whether they come so far."""
        plan = self.world.plan  # As it is when they call: a change meanwhile does not alter what they were told.
        steps = plan.levels[aim.level].access
        if not steps:
            return True
        call = self._calls[aim.level]
        self._calls[aim.level] += 1
        for step in steps:
            self.wait = Wait(aim.level, aim.route, self.now, NONE, called, step.code)
            turn = yield from self._step(plan, aim.level, step, call)
            if turn == TIME and self._hears_of_a_change(aim.level, called):
                turn = CLOSED
            self._close_wait(PASSED if turn == TIME else WAIT_ENDED_BY[turn])
            if turn != TIME:
                if turn == CLOSED:
                    self._turn_elsewhere(aim.route)
                return False
        return True

    def _hears_of_a_change(self, level: int, called: float) -> bool:
        """Whether a level is closed by now, or those who called before the plan in force are placed anew by it."""
        plan = self.world.plan
        return self.is_closed(level) or (plan.places_anew and called < plan.since)

    def _step(self, plan: Plan, level: int, step: StepPlan, call: int) -> Phase[int]:
        """A delay, and then an appointment, if one is needed. Its slot is lost with whoever is lost before it.

        plan: that of the call. TIME when the step is over, LOST when they are, or what else ended it.
        """
        chances, patient = self.world.step_chances[level, step.code], self.patient
        if step.lost_at_once and chances.lost.uniform(patient, call) < step.lost_at_once:
            return LOST
        gives_up = math.inf
        if step.patience != NONE:
            hazard = chances.patience.exponential(patient, call) / self.profile.levels[level].renege
            gives_up = self.now + plan.times[step.patience](hazard)
        over = self.now
        if step.delay != NONE:
            over += plan.times[step.delay](chances.delay.exponential(patient, call))
            if (turn := (yield from self._live(min(over, gives_up)))) != TIME:
                return turn
        if step.per_day and over <= gives_up:
            over = self.desk.appointment(level, step)
            if (turn := (yield from self._live(min(over, gives_up)))) != TIME:
                return turn
        return TIME if over <= gives_up else LOST

    def _treatment(self, stay: Stay, elapsed: float = 0.0) -> Phase[None]:
        """In a level, until the plan of care is finished or something ends it first; then the link onward, if any.

        elapsed: the share of the stay that lies before now, for someone in care on day 0.
        """
        level = self.world.plan.levels[stay.level]
        if elapsed == 0 and (offered := self.profile.levels[stay.level].medications):
            self._offer_medication(offered, stay.level)
        duration, reason = self._planned_stay(stay)
        self._draw_staying(stay)
        if elapsed > 0:
            self.arrived = stay.asked = stay.admitted = self.now - duration * elapsed
        turn = yield from self._live(stay.admitted + duration)
        if turn != TIME:
            return

        stay.reason = reason
        if reason not in (DROPPED_OUT, BURNED_OUT):
            stay.ready = self.now
        link = self._link(stay, reason)
        if link is None:
            self._leave(reason, home=True)
            return
        self.aim = Aim(link.to, STEP_DOWN, self._lag(stay, link))
        stay.next_level = link.to
        level = self.world.plan.levels[stay.level]  # By now, as the link is: a bridge may have vanished meanwhile.
        if level.hand_over == HOLD:
            return
        self._leave(reason, home=level.hand_over != BRIDGE)
        if level.hand_over == BRIDGE:
            self._enter_bridge(level.bridge)

    def _stay_on(self, stay: Stay) -> Phase[None]:
        """Without the next level: where they are, as far as their plan of care there goes, and then home."""
        assert stay.on_staying is not None
        duration, reason = stay.on_staying
        if stay.admitted + duration <= self.now:
            self._leave(reason if stay.interim else stay.reason, home=True)
            return
        stay.ready, stay.reason, stay.next_level = math.nan, DROPPED_OUT, NONE
        if (yield from self._live(stay.admitted + duration)) == TIME:
            self._leave(reason, home=True)

    def _at_home(self) -> Phase[None]:
        """Without care: well until relapse; unwell until they return to care, recover without it, or die.

        A check-up may find them unwell before they ask by themselves.
        Who moves away meanwhile never returns; nothing else changes for them, and they are followed as before.
        """
        world, course, since, rate = self.world, self.course, self.now, self.world.plan.moving_away
        if self.moved_away == math.inf:
            self.moved_away = moves_away_at(since, self._moving_budget, rate)
        before, self._unwell_before = self._unwell_before, 0.0
        if self.profile.medications:
            self._offer_medication(self.profile.medications, NONE)
        asks_at = returns_at = linked_at = math.inf
        if unwell := course.state in NOT_WELL:
            returns_at = self._return_time(before)
            if world.checkups:
                linked_at = self._linkage_time()
            asks_at = returns_at if returns_at <= linked_at else linked_at
            course.start_recovery(since, self._spells_at_home, before)
            self._spells_at_home += 1
        turn = yield from self._live(asks_at if asks_at < self.moved_away else math.inf)
        if course.medication is not None:
            course.medication.leave(self.now)
        if self.now < self.moved_away:
            self._moving_budget -= rate * (self.now - since)
            self.moved_away = math.inf
        if unwell:
            course.stop_recovery()
        if turn == TIME:
            self.aim = self._placement(RETURN if returns_at <= linked_at else CHECKUP)

    def _live(self, until: float, request: Request | None = None) -> Phase[int]:
        """Pass time in the present setting until `until`, or a grant, or a change of state that ends life there.

        After a relapse, a death or an emergency that leads to a level the patient has left the one that they were in;
        `aim` says where a relapse or an emergency leads.
        """
        world, course = self.world, self.course
        env, horizon = world.env, world.horizon
        while True:
            now = self.now
            self._turns = turns = self._turns + 1
            if turns % LOOK_EVERY == 0:
                self._check_pace(turns)
            ends_at, turn = course.begin(now, None if self.stay is None else world.plan.levels[self.stay.level])
            if until <= ends_at:
                ends_at, turn = until, TIME
            if request is not None:
                granted = yield request.turn(ends_at if ends_at < horizon else None)
                turn, now = GRANT if granted else request.refused or turn, env.now
            elif ends_at < horizon:
                now += ends_at - now if ends_at > now else 0.0  # Rounded as every engine must.
                if now >= world.foreseen or not self._concerns_nobody_else(turn):
                    yield Due(env, now, PATIENT_ACTS, self.patient)
            else:
                yield world.never
            self.now = now
            course.end(now)
            if turn < 0:  # None of the course's clocks.
                break
            if turn == DEATH:
                course.die(now)
                if self.stay is not None:
                    self._leave(DIED)
                break
            if turn == VISIT:
                if self._is_sent_on():
                    break
                continue
            if turn == RESPONDS:
                course.respond(now, None if self.stay is None else world.plan.levels[self.stay.level])
                continue
            if turn == MEDICATION:
                turn = course.change_medication(now)
                if turn == MEDICATION:
                    continue
            if turn == RELAPSE_BEGINS:
                course.begin_relapse(now)
                if course.state != UNWELL:
                    continue
                turn = RELAPSE
            elif turn == RELAPSE:
                course.relapse(now)
            elif course.state in NOT_WELL:
                course.recover(now, in_care=self.stay is not None)
            if self.stay is None or (turn == RELAPSE and not self._treated_in_place(self.stay)):
                break
        if request is not None and turn != GRANT:
            self.desk.withdraw(request, silently=turn == TIME)
        return turn

    def _concerns_nobody_else(self, turn: int) -> bool:
        """Whether what ends a phase neither asks for a place nor gives one back: then it need not wait for its time on
        the calendar, and whoever is at home, or in care, lives ahead of it until they meet others."""
        if self.wait is not None:
            return False
        if self.stay is None:
            return turn >= 0 and turn != VISIT
        if turn == RELAPSE_BEGINS:
            return self.world.plan.into_relapse != NONE
        return turn in (RECOVERY, RESPONDS)

    def _check_pace(self, turns: int) -> None:
        """Raise EndlessCircle where times are so short that the run would not come to an end."""
        now, since = self.now, self._looked_at
        if too_fast(turns, now - self.arrived, now - since):
            raise self.world.book.endless_circle(self.patient, now, since, self.course.spells)
        self._looked_at = now

    # --- changes of place ---

    def _admit(self, aim: Aim, holding: Holding) -> Stay:
        """Into a level whose places are theirs by now, leaving the present bed or interim service if there is one."""
        now = asked = self.now
        if self.wait is not None:
            asked = self.wait.called
            self._close_wait(ADMITTED)
        if self.stay is not None:
            self._leave(TRANSFERRED if self.stay.interim else self.stay.reason)
        if now - self._last_in_care > GAP_BETWEEN_EPISODES:
            self._episode += 1
        visit = self._visits[aim.level]
        self._visits[aim.level] += 1
        level = self.world.plan.levels[aim.level]
        authorised = self._authorised(level, visit)
        self.stay = stay = Stay(aim.level, aim.route, asked, now, self._episode, visit, level, holding, authorised)
        self.world.present[aim.level] += 1
        self.course.enter(level, now)
        return stay

    def _enter_bridge(self, level: int) -> None:
        """Into an interim service, which has room for everyone, until the next level has a place."""
        holding = self.desk.occupy(self.profile.levels[level].list_number)
        # What lies ahead is the level behind the bridge; `aim` keeps it.
        stay = self._admit(Aim(level, STEP_DOWN), holding)
        stay.interim = True
        self._draw_staying(stay)

    def _leave(self, reason: int, home: bool = False) -> None:
        """End the stay, give back its places, and take the benefit of the days spent there along.

        home: nobody holds on to the patient, who goes home.
        """
        stay, now = self.stay, self.now
        assert stay is not None
        self.world.book.write_stay(self.patient, stay, now, reason)
        self.desk.release(stay.level, stay.holding, self.patient)
        self.world.present[stay.level] -= 1
        self.stay = None
        self._last_in_care = now
        level = self.world.plan.levels[stay.level]
        if self.course.medication is not None and reason != DIED and not stay.interim:
            self.course.medication.end_of_stay(now)
        self.course.leave(level, now)
        if home:
            self.course.go_home(level, reason, now - stay.admitted, stay.visit, now)

    def _turn_elsewhere(self, route: int) -> None:
        """The level takes nobody any more: those from outside are placed anew, those on a way between levels leave."""
        if self.stay is not None:
            self._leave(TERMINATED if self.stay.interim else self.stay.reason, home=True)
        if route in FROM_OUTSIDE:
            self.aim = self._placement(ENTRY if route == INITIAL else route)

    def _is_sent_on(self) -> bool:
        """After a visit to an emergency department: whether it leads to a level, for which they leave where they are.

        Whoever has moved away, or whom no place there accepts by now, is sent on elsewhere.
        """
        stay, emergencies = self.stay, self.course.emergencies
        assert emergencies is not None
        to = emergencies.leads_to
        may_go = to != NONE and self.now < self.moved_away and not self.is_closed(to)
        to = emergencies.visit(self.now, NONE if stay is None else stay.level, may_go)
        if to == NONE:
            return False
        if stay is None:
            self.aim = Aim(to, EMERGENCY)
            return True
        stay.next_level = to
        self._leave(TRANSFERRED)
        self.aim = Aim(to, STEP_UP)
        return True

    def _treated_in_place(self, stay: Stay) -> bool:
        """After a relapse in care: whether the stay goes on. If not, it has ended, or steps up to another level."""
        level = self.world.plan.levels[stay.level]
        drawn = self.world.chances[stay.level].on_relapse.uniform(self.patient, self._relapses)
        self._relapses += 1
        answer = on_relapse(drawn, level.discharge_upto, level.continue_upto)
        if answer == DISCHARGE:
            self.aim = None
            self._leave(RELAPSED)
            return False
        if answer == CONTINUE or level.step_up_to == NONE:
            self.course.start_remission(level, self.now)
            return True
        stay.next_level = level.step_up_to
        self._leave(TRANSFERRED)
        self.aim = Aim(level.step_up_to, STEP_UP)
        return False

    def _offer_medication(self, medications: tuple[int, ...], level: int) -> None:
        """On admission to a level, or at home (NONE)."""
        assert self.course.medication is not None
        if self.course.medication.offer(medications, level, self.now):
            self.course.start_medication(self.now)

    def _join_list(self, level: LevelPlan, route: int, ask: int) -> Request:
        profile = self.profile.levels[level.code]
        request = self.desk.ask(profile.list_number, profile.rank[route], profile.head_start[route], self.patient)
        if self.stay is None and self._would_leave_silently(level, ask):
            request.days_to_learn = 0.0
            if level.days_to_learn != NONE:
                hazard = self.world.chances[level.code].learning.exponential(self.patient, ask)
                request.days_to_learn = self.world.plan.times[level.days_to_learn](hazard)
        return request

    def _close_wait(self, outcome: int) -> None:
        assert self.wait is not None
        self.world.book.write_wait(self.patient, self.wait, self.now, outcome)
        self.wait = None

    # --- decisions ---

    def _placement(self, route: int) -> Aim:
        """Which level first."""
        drawn = self.world.entry.uniform(self.patient, self._entries)
        self._entries += 1
        entry = self.profile.entry[route != ENTRY]
        return Aim(entry.levels[chosen(entry.uptos, drawn)], route)

    def _planned_stay(self, stay: Stay, moves_on: bool = True) -> tuple[float, int]:
        """How long the stay would last, in days, and the reason that would end it, if no relapse or death does.

        moves_on: whether they may leave for another level or programme before the plan is finished.
        """
        patient, times, level, visit = self.patient, self.world.plan.times, stay.held, stay.visit
        profile, chances = self.profile.levels[level.code], self.world.chances[level.code]
        planned = times[level.plan_of_care](chances.plan_of_care.exponential(patient, visit))
        planned = min(planned * profile.length_of_stay, LONGEST_PLAN)
        duration, reason = planned, COMPLETED
        if level.review_every:
            duration = next_review(duration, level.review_every)
            if level.early_log_stay and moves_on:
                hazard = chances.early_step_down.exponential(patient, visit)
                early = early_step_down(hazard, level.early_log_stay, level.early_from, level.review_every)
                if early < duration:
                    duration, reason = early, TRANSFERRED
        if stay.authorised < duration:
            duration, reason = stay.authorised, TERMINATED
        for clock, ratio in zip(level.clocks, profile.ratios, strict=True):
            if clock.cause == DROPOUT:
                ratio *= self._dropout_ratio
                if level.log_full_ratio:
                    ratio *= fullness_ratio(self.world.present[level.code], level.seats, level.log_full_ratio)
            elif clock.reason == TRANSFERRED and not moves_on:
                continue
            hazard = chances.causes[clock.cause].exponential(patient, visit) / ratio
            if clock.cause == DROPOUT and self.course.medication is not None:
                hazard = self._on_medication(clock, hazard, planned)
            ends = leaves_at(times[clock.law](hazard), planned, clock.of_plan)
            if ends < duration:
                duration, reason = ends, clock.reason
        return duration, reason

    def _authorised(self, level: LevelPlan, visit: int) -> float:
        """The day of the stay on which authorised days are used up for good; infinite without a limit."""
        days, extension, log_extended, most = self.profile.levels[level.code].authorised
        if most == 0:
            return days
        hazard = self.world.chances[level.code].authorisation.exponential(self.patient, visit)
        return authorised_until(hazard, days, extension, log_extended, most)

    def _draw_staying(self, stay: Stay) -> None:
        """On admission, by what they are on then: how the stay ends if they give up the next level and may stay."""
        if stay.level in self.world.stayed_in:
            stay.on_staying = self._planned_stay(stay, moves_on=False)

    def _on_medication(self, clock: Clock, hazard: float, planned: float) -> float:
        """Where drop-out comes on its cumulative hazard, when it is another while they are on a medication."""
        assert self.course.medication is not None
        start, stop, ratio = self.course.medication.during_stay(self.now)
        if ratio == 1 or planned == 0:
            return hazard
        if clock.of_plan:
            start, stop = start / planned, stop / planned
        hazard_by = self.world.plan.hazard_by
        return hazard_with_ratio(hazard, hazard_by(clock.law, start), hazard_by(clock.law, stop), ratio)

    def _link(self, stay: Stay, reason: int) -> Link | None:
        """Whether a stay that ended by this reason leads to another level, and to which."""
        chance, links = self.profile.levels[stay.level].ways[reason]
        if not links:
            return None
        drawn = self.world.chances[stay.level].linkage.uniform(self.patient, stay.visit)
        if drawn >= chance:
            return None
        # Not `chosen`: the shares are of those who are linked, and dividing by their chance would round otherwise.
        for link in links:
            if drawn < link.upto * chance:
                break
        return link

    def _lag(self, stay: Stay, link: Link) -> float:
        """Days from being ready to asking for the next level."""
        if link.lag == NONE:
            return 0.0
        hazard = self.world.chances[stay.level].lag.exponential(self.patient, stay.visit)
        return self.world.plan.times[link.lag](hazard)

    def _patience_ends(self, level: LevelPlan, ask: int) -> float:
        if level.patience == NONE:
            return math.inf
        hazard = self.world.chances[level.code].patience.exponential(self.patient, ask)
        return self.now + self.world.plan.times[level.patience](hazard / self.profile.levels[level.code].renege)

    def _would_leave_silently(self, level: LevelPlan, ask: int) -> bool:
        """Whether they would give up without a word, if they gave up."""
        share = level.silent_share
        return share > 0 and self.world.chances[level.code].silence.uniform(self.patient, ask) < share

    def _shows_up(self, level: LevelPlan, ask: int) -> bool:
        share = self.profile.levels[level.code].no_show
        return share == 0 or self.world.chances[level.code].no_show.uniform(self.patient, ask) >= share

    def _return_time(self, before: float) -> float:
        """When they ask again. before: days that they have been unwell at home before now, without asking."""
        plan, delay, spell = self.world.plan, self.world.plan.return_delay, self._spells_at_home
        if delay == NONE:
            return math.inf
        # The longer nobody has come back, the more of them never will.
        odds = self.profile.return_odds * self._return_ratio
        if before:
            odds *= math.exp(-plan.hazard_by(delay, before))
        if self.world.returns.uniform(self.patient, spell) >= probability(odds):
            return math.inf
        hazard = self.world.return_delay.exponential(self.patient, spell) / self._recovery_ratio
        return self.now + plan.time_left(delay, hazard, before)

    def _linkage_time(self) -> float:
        """When a check-up links them to care, if they are unwell until then; by the rule of its own day."""
        discharged, share = self._last_in_care, 0.0
        if discharged == -math.inf:
            if not self._known:
                return math.inf
            discharged, share = 0.0, spread(self.patient)
        hazard = self.world.linked_by_checkup.exponential(self.patient, self._spells_at_home)
        for (every, days, log_missed), begins, ends in self.world.checkups:
            since = discharged - share * every
            first = max(checkup_after(self.now, since, every), checkup_from(begins, since, every))
            last = checkups_until(discharged + days, ends, since, every)
            number = linking_checkup(first, hazard, log_missed)
            if number <= last:
                return since + number * every
            if last >= first:
                hazard += (last - first + 1) * log_missed
        return math.inf
