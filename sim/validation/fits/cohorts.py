"""Closed cohorts with room for all, everybody at once: `sim.model.pathway` in numpy, with the luck of the model.

A patient here lives as the same patient does in the model, to rounding, as long as everybody finds a place at once and
nobody dies. So a fit takes minutes, and what it finds is confirmed by the model itself. Each step ends one phase of
everybody's life, by whatever is due first for each.
"""

import numpy as np

from sim.model.plan import BRIDGE, CAUSES, DROPOUT, HOLD, Plan
from sim.model.population import attribute_values
from sim.model.records import Facts, Records
from sim.scenario.laws import LONGEST_PLAN
from sim.validation.fits.courses import NEVER, Courses, Happened, times_of
from sim.validation.fits.luck import Luck
from sim.validation.fits.profiles import Profiles
from sim.validation.fits.spells import spells
from sim.vocabulary import COMPLETED, END, NONE, RELAPSED, TERMINATED, TRANSFERRED, UNWELL, Column

TIME, USE, LAPSES, RELAPSE, RECOVERY, LAST_DAY = range(6)
"""What ends a phase: the time that was set, a use that begins a relapse, a lapse, regular use, abstinence; the run."""

AT_HOME, IN_CARE, ON_THE_WAY = range(3)
"""What the time that was set stands for: the return to care, the end of the stay, or that the next level is reached."""


def simulated(plan: Plan, luck: Luck) -> Records:
    """The records of a closed cohort: patients, stays (who, where, from when to when, why they ended) and spells.

    Raises ValueError where a plan has what is not followed here.
    """
    _refuse(plan, luck.people)
    pathways = Pathways(plan, luck)
    pathways.live()
    return pathways.records()


def _refuse(plan: Plan, people: int) -> None:
    """Cohorts here stand for the model's only if nothing else is going on."""
    somebody = (0,) * len(plan.names.attributes)
    beyond = {
        "a stream of arrivals": plan.newcomers != people,
        "people on day 0": bool(plan.initial),
        "people known before": any(former.people for former in plan.known),
        "death": plan.mortality.highest > 0 or bool(plan.profile(somebody).background),
        "moving away": plan.moving_away > 0,
        "lasting recovery": plan.recovery[0] > 0,
        "an interim level": any(level.hand_over == BRIDGE for level in plan.levels),
        "early step-down": any(level.early_log_stay for level in plan.levels),
        "peer groups that drive people away": any(level.log_full_ratio for level in plan.levels),
    }
    if any(beyond.values()):
        what = ", ".join(name for name, there in beyond.items() if there)
        raise ValueError(f"fast cohorts do not follow {what}: take sim.model.replicate")


class Pathways:
    """Everybody of a closed cohort, and their ways through care. `who`: as in `Courses`."""

    def __init__(self, plan: Plan, luck: Luck) -> None:
        self.plan, self.luck = plan, luck
        self.values = attribute_values(plan, luck.draws, [slice(0)] * len(plan.known), luck.people)
        self.profiles = Profiles(plan, self.values)
        if self.profiles.extended:
            raise ValueError("fast cohorts do not follow extended authorised days: take sim.model.replicate")
        self.courses = Courses(plan, luck, self.profiles)
        people, levels = luck.people, len(plan.levels)
        self.until = np.full(people, NEVER)
        self.phase = np.full(people, AT_HOME)
        self.to = np.full(people, NONE)
        self.admitted = np.zeros(people)
        self.reason = np.full(people, NONE)
        self.visit = np.zeros(people, dtype=int)
        self.visits = np.zeros((people, levels), dtype=int)
        self.asks = np.zeros((people, levels), dtype=int)
        self.entries = np.zeros(people, dtype=int)
        self.stays: list[Happened] = []
        self.dropout_ratio = np.exp(plan.frailty[1] * self.courses.frailty)
        return_odds = self.profiles.return_odds[self.profiles.of] * np.exp(plan.frailty[3] * self.courses.frailty)
        self.return_share = np.where(return_odds < np.inf, return_odds / (1 + np.minimum(return_odds, 1e300)), 1.0)

    def live(self) -> None:
        """From the first asking to the end of the run."""
        courses, horizon = self.courses, self.plan.horizon
        everybody = np.arange(self.luck.people)
        self._ask(everybody, returning=False)
        alive = everybody
        happens = {
            TIME: self._time_has_come,
            USE: self._use,
            LAPSES: courses.setback,
            RELAPSE: self._relapse,
            RECOVERY: self._recover,
        }
        while len(alive):
            uses, setbacks = courses.next_use(alive)
            last = np.full(len(alive), horizon)
            due = (self.until[alive], uses, setbacks, courses.relapses_at[alive], courses.recovers_at[alive], last)
            first = np.argmin(due, axis=0)
            courses.pass_time(alive, np.min(due, axis=0))
            for what, happen in happens.items():
                who = alive[first == what]
                if len(who):
                    happen(who)
            alive = alive[first != LAST_DAY]

    # --- what ends a phase ---

    def _time_has_come(self, who: Column) -> None:
        phase = self.phase[who]
        self._finish(who[phase == IN_CARE])
        self._arrive(who[phase == ON_THE_WAY])
        back = who[phase == AT_HOME]
        self.courses.recovers_at[back] = NEVER
        self._ask(back, returning=True)

    def _use(self, who: Column) -> None:
        self.courses.use(who)
        self._after_relapse(who[self.courses.state[who] == UNWELL])

    def _relapse(self, who: Column) -> None:
        self.courses.relapse(who)
        self._after_relapse(who)

    def _recover(self, who: Column) -> None:
        at_home = self.courses.level[who] == NONE
        self.courses.remit(who[at_home])
        self._stay_home(who[at_home])
        self.courses.become_well(who[~at_home])

    def _after_relapse(self, who: Column) -> None:
        """In care it is treated in place, ends the stay, or leads to a higher level; at home all plans are off."""
        courses, plan = self.courses, self.plan
        self._stay_home(who[courses.level[who] == NONE])
        for level, there in self._by_level(who, courses.level[who]):
            own, name = plan.levels[level], plan.names.levels[level]
            drawn = self.luck.uniform(f"on_relapse:{name}", there, courses.turn("relapse", there))
            discharged = drawn < own.discharge_upto
            steps_up = (drawn >= own.continue_upto) & ~discharged & (own.step_up_to != NONE)
            courses.start_remission(there[~discharged & ~steps_up], level)
            self._leave(there[discharged], level, np.full(len(there[discharged]), RELAPSED))
            self._stay_home(there[discharged])
            up = there[steps_up]
            self._leave(up, level, np.full(len(up), TRANSFERRED))
            self.to[up] = own.step_up_to
            self._arrive(up)

    # --- care ---

    def _ask(self, who: Column, returning: bool) -> None:
        """For care, of one level or another."""
        if len(who):
            drawn = self.luck.uniform("entry", who, self.entries[who])
            self.entries[who] += 1
            self.to[who] = self.profiles.entry[returning].level(self.profiles.of[who], drawn)
            self._arrive(who)

    def _arrive(self, who: Column) -> None:
        """Where they were going to, if they come."""
        for level, there in self._by_level(who, self.to[who]):
            missing = self.profiles.no_show[self.profiles.of[there], level]
            drawn = self.luck.uniform(f"no_show:{self.plan.names.levels[level]}", there, self.asks[there, level])
            self.asks[there, level] += 1
            comes = drawn >= missing
            held = self.courses.level[there] != NONE
            for before, held_there in self._by_level(there[held], self.courses.level[there[held]]):
                stays_home = ~comes[np.isin(there, held_there)]
                self._leave(held_there[~stays_home], before, self.reason[held_there[~stays_home]])
                self._leave(held_there[stays_home], before, self.reason[held_there[stays_home]], home=True)
            self._stay_home(there[~comes])
            self._admit(there[comes], level)

    def _admit(self, who: Column, level: int) -> None:
        if len(who) == 0:
            return
        self.visit[who] = self.visits[who, level]
        self.visits[who, level] += 1
        self.admitted[who] = self.courses.now[who]
        self.phase[who] = IN_CARE
        duration, self.reason[who] = self._planned_stay(who, level)
        self.until[who] = self.admitted[who] + duration
        self.courses.enter(who, level)

    def _planned_stay(self, who: Column, level: int) -> tuple[Column, Column]:
        """Days that the stay lasts if no relapse ends it, and the reason that then does."""
        plan, kind, visit = self.plan, self.profiles.of[who], self.visit[who]
        own, name = plan.levels[level], plan.names.levels[level]
        planned = times_of(plan, own.plan_of_care, self.luck.exponential(f"length_of_stay:{name}", who, visit))
        planned = np.minimum(planned * self.profiles.length_of_stay[kind, level], LONGEST_PLAN)
        days, reason = planned, np.full(len(who), COMPLETED)
        if own.review_every:
            days = np.maximum(np.ceil(planned / own.review_every), 1.0) * own.review_every
        authorised = self.profiles.authorised[kind, level]
        reason[authorised < days] = TERMINATED
        days = np.minimum(days, authorised)
        for number, clock in enumerate(own.clocks):
            ratio = self.profiles.clock_ratios[level][kind, number]
            if clock.cause == DROPOUT:
                ratio = ratio * self.dropout_ratio[who]
            hazard = self.luck.exponential(f"{CAUSES[clock.cause]}:{name}", who, visit) / ratio
            ends = times_of(plan, clock.law, hazard)
            if clock.of_plan:
                ends = ends * planned
            reason[ends < days] = clock.reason
            days = np.minimum(days, ends)
        return days, reason

    def _finish(self, who: Column) -> None:
        """The stay is over: on to another level, or home."""
        for level, there in self._by_level(who, self.courses.level[who]):
            own, name, reason = self.plan.levels[level], self.plan.names.levels[level], self.reason[there]
            drawn = self.luck.uniform(f"linkage:{name}", there, self.visit[there])
            self.to[there], lag = self.profiles.links[level].of(self.profiles.of[there], reason, drawn)
            linked = self.to[there] != NONE
            self._leave(there[~linked], level, reason[~linked], home=True)
            self._stay_home(there[~linked])
            onward, lag = there[linked], lag[linked]
            if own.hand_over != HOLD:
                self._leave(onward, level, reason[linked], home=True)
            self._set_out(onward, f"lag:{name}", lag)

    def _set_out(self, who: Column, decision: str, lag: Column) -> None:
        """To another level, where they arrive at once or after a lag by these laws."""
        self.phase[who] = ON_THE_WAY
        self._arrive(who[lag == NONE])
        for law in np.unique(lag[lag != NONE]):
            later = who[lag == law]
            hazard = self.luck.exponential(decision, later, self.visit[later])
            self.until[later] = self.courses.now[later] + times_of(self.plan, law, hazard)

    def _leave(self, who: Column, level: int, reason: Column, home: bool = False) -> None:
        if len(who):
            now, admitted = self.courses.now[who], self.admitted[who]
            self.stays.append((who, np.full(len(who), level), admitted, now, reason))
            self.courses.leave(who, level)
            if home:
                self.courses.go_home(who, level, reason, now - admitted, self.visit[who])

    def _stay_home(self, who: Column) -> None:
        """Without care: those who use come back some day, or recover without it."""
        self.phase[who] = AT_HOME
        self.until[who] = NEVER
        who = who[self.courses.state[who] == UNWELL]
        if len(who) == 0:
            return
        spell, delay = self.courses.turn("home", who), self.plan.return_delay
        self.courses.start_recovery(who, spell)
        if delay != NONE:
            hazard = self.luck.exponential("return delay", who, spell) / self.courses.recovery_ratio[who]
            returns = self.luck.uniform("return", who, spell) < self.return_share[who]
            days = times_of(self.plan, delay, hazard)
            self.until[who] = np.where(returns, self.courses.now[who] + days, NEVER)

    # --- records ---

    def records(self) -> Records:
        """What has happened, as the model writes it down, without waits."""
        plan, end = self.plan, self.plan.horizon
        patients: dict[str, Column] = {
            "patient": np.arange(self.luck.people),
            "arrived": np.zeros(self.luck.people),
            "cohort": np.ones(self.luck.people, dtype=bool),
            "frailty": self.courses.frailty,
        }
        values = np.array(self.values, dtype=int).reshape(self.luck.people, len(plan.names.attributes))
        patients |= {name: values[:, number] for number, name in enumerate(plan.names.attributes)}
        still = np.flatnonzero(self.courses.level != NONE)
        there = (still, self.courses.level[still], self.admitted[still])
        self.stays.append((*there, np.full(len(still), end), np.full(len(still), END)))
        columns = [np.concatenate(column) for column in zip(*self.stays, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        names = ("patient", "level", "admitted", "discharged", "reason")
        tables = {
            "patients": patients,
            "stays": {name: column[order] for name, column in zip(names, columns, strict=True)},
            "waits": {"patient": np.zeros(0, dtype=int)},
            "medications": {"patient": np.zeros(0, dtype=int)},
            "outages": {"patient": np.zeros(0, dtype=int)},
            "emergencies": {"patient": np.zeros(0, dtype=int), "happened": np.zeros(0)},
            "spells": spells(self.courses),
        }
        return Records(**{name: Facts(table, plan.categories[name]) for name, table in tables.items()})

    def _by_level(self, who: Column, level: Column) -> list[tuple[int, Column]]:
        """Those of each level, where there are any."""
        return [(code, who[level == code]) for code in range(len(self.plan.levels)) if np.any(level == code)]
