"""The patient pathway: one person's way through the system, from asking for care to the end of the run.

A patient lives through phases: waiting, in a level, blocked, on the way between levels, at home. When a phase begins,
the time of everything that could end it is known, so it lasts until the earliest of them, or until a place is granted.
Nothing is ever interrupted. Read `Journey.pathway` first; each phase below it reads top to bottom.
"""

import math
from bisect import bisect_right
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

from simpy import Event

from sim.model.course import DEATH, GRANT, RECOVERY, RELAPSE, TIME, Course, Turn
from sim.model.desk import Request
from sim.model.pace import LOOK_EVERY, too_fast
from sim.model.plan import LevelPlan, Link, probability
from sim.model.stays import Aim, Stay, Wait
from sim.scenario.distributions import ratio_of
from sim.vocabulary import (
    ADMITTED,
    BURNED_OUT,
    COMPLETED,
    DEAD,
    DIED,
    DROPPED_OUT,
    ENTRY,
    GAP_BETWEEN_EPISODES,
    INITIAL,
    NO_SHOW,
    NONE,
    RELAPSED,
    RENEGED,
    RETURN,
    STEP_DOWN,
    STEP_UP,
    TERMINATED,
    TRANSFERRED,
    USING,
    WAIT_DIED,
    WAIT_RELAPSED,
)

if TYPE_CHECKING:
    from sim.model.replication import System

WAIT_ENDED_BY = {TIME: RENEGED, RELAPSE: WAIT_RELAPSED, DEATH: WAIT_DIED}

LONGEST_PLAN = 36_525.0
"""Days: a plan of care ends with a lifetime, however heavy the tail of its distribution."""

Result = TypeVar("Result")
Phase = Generator[Event, Any, Result]
"""A stretch of a patient's life: yields SimPy events and returns what came of it."""


class Journey:
    """One patient: who they are, where they are, where they are heading, and their process, `pathway`."""

    # Thousands live at once, and each is out of the processor's cache when its turn comes: less memory is less time.
    __slots__ = (
        *("system", "desk", "patient", "profile", "course", "arrived", "now", "aim", "stay", "wait"),
        *("_dropout_ratio", "_relapse_ratio", "_return_ratio", "_log_benefit", "_episode", "_last_in_care"),
        *("_days_in", "_asks", "_visits", "_entries", "_spells_at_home", "_relapses", "_recoveries"),
        *("_turns", "_looked_at"),
    )

    def __init__(self, system: "System", patient: int) -> None:
        self.system = system
        self.desk = system.desk
        self.patient = patient
        self.profile = system.profiles[patient]
        self.arrived = self.now = system.env.now
        self.course = Course(system.mechanisms, patient, self.profile, self.arrived)
        self.aim: Aim | None = None
        self.stay: Stay | None = None
        self.wait: Wait | None = None
        self._dropout_ratio, self._relapse_ratio, self._return_ratio = system.frailty_ratios[patient]
        self.course.set_multiplier(self.profile.relapse * self._relapse_ratio)
        self._episode = -1
        self._last_in_care = -math.inf
        self._log_benefit = 0.0
        levels = len(system.plan.levels)
        self._days_in = [0.0] * levels
        self._asks = [0] * levels
        self._visits = [0] * levels
        self._entries = 0
        self._spells_at_home = 0
        self._relapses = 0
        self._recoveries = 0
        self._turns = 0
        self._looked_at = -math.inf

    def begin_waiting(self, level: LevelPlan) -> None:
        """Someone who is on a waiting list on day 0."""
        self.aim = Aim(level, INITIAL)

    def begin_in_care(self, level: LevelPlan) -> None:
        """Someone who is in care on day 0."""
        self.desk.occupy(level.code)
        self.stay = self._admit(Aim(level, INITIAL))

    def pathway(self) -> Phase[None]:
        """A person asks for care, waits, is treated, moves on or goes home, may come back, and so on to the end."""
        if self.stay is not None:
            yield from self._treatment(self.stay, elapsed=self.system.elapsed.uniform(self.patient))
        elif self.aim is None:
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
        level = aim.level
        self.aim = None
        if aim.lag > 0 and (yield from self._live(self.now + aim.lag)) is not TIME:
            return None

        held = NONE if self.stay is None or self.stay.interim else self.stay.level.code
        self.wait = Wait(level.code, aim.route, self.now, held)
        asks = self._asks[level.code]
        self._asks[level.code] += 1
        turn = GRANT
        if level.needs:
            turn = yield from self._live(self._patience_ends(level, asks), self._join_list(level, aim.route))
        else:
            self.desk.occupy(level.code)
        if turn is GRANT and self._shows_up(level, asks):
            return self._admit(aim)

        if turn is GRANT:
            self.desk.release(level.code)
        self._close_wait(NO_SHOW if turn is GRANT else WAIT_ENDED_BY[turn])
        if self.stay is not None:
            self._leave(self.stay.reason)
        return None

    def _treatment(self, stay: Stay, elapsed: float = 0.0) -> Phase[None]:
        """In a level, until the plan of care is finished or something ends it first; then the link onward, if any.

        elapsed: the share of the stay that lies before now, for someone in care on day 0.
        """
        level = stay.level
        duration, reason = self._planned_stay(stay)
        if elapsed > 0:
            self.arrived = stay.asked = stay.admitted = self.now - duration * elapsed
        turn = yield from self._live(stay.admitted + duration)
        if turn is not TIME:
            return

        stay.reason = reason
        if reason not in (DROPPED_OUT, BURNED_OUT):
            stay.ready = self.now
        link = self._link(stay, reason)
        if link is None:
            self._leave(reason)
            return
        to = self.system.plan.levels[link.to]
        lag = link.lag(self.system.chances[level.code].lag.exponential(self.patient, stay.visit)) if link.lag else 0.0
        self.aim = Aim(to, STEP_DOWN, lag)
        stay.next_level = link.to
        if level.hand_over == "hold":
            return
        self._leave(reason)
        if level.hand_over == "bridge":
            self._enter_bridge(self.system.plan.levels[level.bridge])

    def _at_home(self) -> Phase[None]:
        """Without care: abstinent until relapse; using until they return to care, recover without it, or die."""
        course, returns_at = self.course, math.inf
        if course.state == USING:
            returns_at = self._return_time()
            course.recovers_at = self._remission_time()
            self._spells_at_home += 1
        turn = yield from self._live(returns_at)
        course.recovers_at = math.inf
        if turn is TIME:
            self.aim = self._placement(RETURN)

    def _live(self, until: float, request: Request | None = None) -> Phase[Turn]:
        """Pass time in the present setting until `until`, or a grant, or a change of state that ends life there.

        After a relapse or a death the patient has left the level that they were in; `aim` says where a relapse leads.
        """
        env, course, horizon = self.system.env, self.course, self.system.horizon
        while True:
            now = self.now
            self._turns = turns = self._turns + 1
            if turns % LOOK_EVERY == 0:
                self._check_pace(turns)
            course.begin(now, self.stay.level if self.stay is not None else None)
            ends_at, turn = until, TIME
            if course.changes_at < until:
                ends_at, turn = course.changes_at, course.change
            if request is not None:
                if (yield request.turn(ends_at if ends_at < horizon else None)):
                    turn = GRANT
            elif ends_at < horizon:
                yield env.timeout(ends_at - now if ends_at > now else 0.0)
            else:
                yield self.system.never
            self.now = now = env.now
            course.end(now)
            if turn is TIME or turn is GRANT:
                break
            if turn is DEATH:
                course.die(now)
                if self.stay is not None:
                    self._leave(DIED)
                break
            if turn is RECOVERY:
                course.become_abstinent(now)
            else:
                course.relapse(now)
            if self.stay is None or (turn is RELAPSE and not self._treated_in_place(self.stay)):
                break
        if request is not None and turn is not GRANT:
            self.desk.withdraw(request)
        return turn

    def _check_pace(self, turns: int) -> None:
        """Raise EndlessCircle where times are so short that the run would not come to an end."""
        now, since = self.now, self._looked_at
        if too_fast(turns, now - self.arrived, now - since):
            raise self.system.endless_circle(self.patient, now, since, self.course.spells)
        self._looked_at = now

    # --- changes of place ---

    def _admit(self, aim: Aim) -> Stay:
        """Into a level whose places are theirs by now, leaving the present bed or interim service if there is one."""
        now = asked = self.now
        if self.wait is not None:
            asked = self.wait.asked
            self._close_wait(ADMITTED)
        if self.stay is not None:
            self._leave(TRANSFERRED if self.stay.interim else self.stay.reason)
        if now - self._last_in_care > GAP_BETWEEN_EPISODES:
            self._episode += 1
        level, course = aim.level, self.course
        visit = self._visits[level.code]
        self._visits[level.code] += 1
        self.stay = stay = Stay(level, aim.route, asked, now, self._episode, visit)
        self.system.present[level.code] += 1
        self._set_relapse_ratio(level)
        if course.state == USING:
            self._start_abstinence(level)
        return stay

    def _enter_bridge(self, level: LevelPlan) -> None:
        """Into an interim service, which has room for everyone, until the next level has a place."""
        self.desk.occupy(level.code)
        stay = self._admit(Aim(level, STEP_DOWN))
        stay.interim = True

    def _leave(self, reason: int) -> None:
        """End the stay, give back its places, and take the benefit of the days spent there along."""
        stay, now = self.stay, self.now
        assert stay is not None
        level = stay.level
        self.system.record_stay(self.patient, stay, now, reason)
        self.desk.release(level.code)
        self.system.present[level.code] -= 1
        self.stay = None
        self._last_in_care = now
        self.course.recovers_at = math.inf
        if level.round_the_clock:
            self.course.left_24_hour_care = now
        if level.benefit is not None:
            before = self._days_in[level.code]
            after = self._days_in[level.code] = before + now - stay.admitted
            most = level.benefit.most
            self._log_benefit += level.benefit.per_day * (min(after, most) - min(before, most))
        self._set_relapse_ratio(level)

    def _treated_in_place(self, stay: Stay) -> bool:
        """After a relapse in care: whether the stay goes on. If not, it has ended, or steps up to another level."""
        level = stay.level
        answer = self.system.chances[level.code].on_relapse.uniform(self.patient, self._relapses)
        self._relapses += 1
        if answer < level.discharge_upto:
            self.aim = None
            self._leave(RELAPSED)
            return False
        if answer < level.continue_upto or level.step_up_to == NONE:
            self._start_abstinence(level)
            return True
        stay.next_level = level.step_up_to
        self._leave(TRANSFERRED)
        self.aim = Aim(self.system.plan.levels[level.step_up_to], STEP_UP)
        return False

    def _start_abstinence(self, level: LevelPlan) -> None:
        """Someone who uses becomes abstinent in care: at once, or after the level's days to abstinence."""
        now, course = self.now, self.course
        if level.abstinence is None:
            course.become_abstinent(now)
        else:
            chance = self.system.chances[level.code].abstinence
            course.recovers_at = now + level.abstinence(chance.exponential(self.patient, self._recoveries))
            self._recoveries += 1

    def _set_relapse_ratio(self, level: LevelPlan) -> None:
        """The hazard ratio of relapse from now on: effects and own ratio of the last level, frailty, benefit so far."""
        ratio = self.profile.levels[level.code].relapse * self._relapse_ratio
        self.course.set_multiplier(ratio * ratio_of(self._log_benefit) if self._log_benefit else ratio)

    def _join_list(self, level: LevelPlan, route: int) -> Request:
        return self.desk.ask(level.code, self.profile.levels[level.code].rank[route])

    def _close_wait(self, outcome: int) -> None:
        assert self.wait is not None
        self.system.record_wait(self.patient, self.wait, self.now, outcome)
        self.wait = None

    # --- decisions ---

    def _placement(self, route: int) -> Aim:
        """Which level first."""
        drawn = self.system.entry.uniform(self.patient, self._entries)
        self._entries += 1
        uptos, levels = self.profile.entry[route == RETURN]
        return Aim(self.system.plan.levels[levels[bisect_right(uptos, drawn)]], route)

    def _planned_stay(self, stay: Stay) -> tuple[float, int]:
        """How long the stay would last, in days, and the reason that would end it, if no relapse or death does."""
        level, patient, visit = stay.level, self.patient, stay.visit
        profile, chances = self.profile.levels[level.code], self.system.chances[level.code]
        planned = level.plan_of_care(chances.plan_of_care.exponential(patient, visit)) * profile.length_of_stay
        duration = min(planned, LONGEST_PLAN)
        reason = COMPLETED
        if level.review_every is not None:
            duration = max(math.ceil(duration / level.review_every), 1) * level.review_every
            if level.early_log_stay is not None:
                # The number of reviews passed before one says "step down" is geometric.
                passed = chances.early_step_down.exponential(patient, visit) // -level.early_log_stay
                first = max(math.ceil(level.early_from / level.review_every), 1)
                if (early := (first + passed) * level.review_every) < duration:
                    duration, reason = early, TRANSFERRED
        if level.authorised is not None and level.authorised < duration:
            duration, reason = level.authorised, TERMINATED
        for clock, chance, ratio in zip(level.clocks, chances.clocks, profile.ratios, strict=True):
            if clock.reason == DROPPED_OUT:
                ratio *= self._dropout_ratio
                if level.log_full_ratio:
                    fullness = min(self.system.present[level.code] / level.seats, 1.0)
                    ratio *= math.exp(level.log_full_ratio * fullness)
            if (ends := clock.reach(chance.exponential(patient, visit) / ratio)) < duration:
                duration, reason = ends, clock.reason
        return duration, reason

    def _link(self, stay: Stay, reason: int) -> Link | None:
        """Whether a stay that ended by this reason leads to another level, and to which."""
        chance, links = self.profile.levels[stay.level.code].links.get(reason, (0.0, ()))
        if not links:
            return None
        drawn = self.system.chances[stay.level.code].linkage.uniform(self.patient, stay.visit)
        if drawn >= chance:
            return None
        for link in links:
            if drawn < link.upto * chance:
                break
        return link

    def _patience_ends(self, level: LevelPlan, ask: int) -> float:
        if level.patience is None:
            return math.inf
        hazard = self.system.chances[level.code].patience.exponential(self.patient, ask)
        return self.now + level.patience(hazard / self.profile.levels[level.code].renege)

    def _shows_up(self, level: LevelPlan, ask: int) -> bool:
        share = self.profile.levels[level.code].no_show
        return share == 0 or self.system.chances[level.code].no_show.uniform(self.patient, ask) >= share

    def _return_time(self) -> float:
        delay = self.system.plan.return_delay
        spell, patient = self._spells_at_home, self.patient
        if delay is None or self.system.returns.uniform(patient, spell) >= probability(
            self.profile.return_odds * self._return_ratio
        ):
            return math.inf
        return self.now + delay(self.system.return_delay.exponential(patient, spell))

    def _remission_time(self) -> float:
        remission = self.system.plan.remission
        if remission is None:
            return math.inf
        hazard = self.system.remission.exponential(self.patient, self._spells_at_home)
        return self.now + remission(hazard / self.profile.remission)
