"""The clinical course of many patients at once: `sim.model.course`, with a row of each array for each patient.

What is said there is not said again. Here a patient's budget of relapse is what is left of it, and lapses, which the
model cuts out when the run is over, come as they are due: they change nothing either. Nobody dies.
"""

import numpy as np
from scipy.special import ndtri

from sim.model.formulas import NO_SETBACK, RELAPSE_THEN, SETBACK_THEN
from sim.model.plan import Plan
from sim.scenario.laws import (
    DISCRETE,
    EXPONENTIAL,
    FIXED,
    LARGEST_EXPONENT,
    LARGEST_UNIFORM,
    LOGLOGISTIC,
    LOGNORMAL,
    PARETO,
    UNIFORM,
    WEIBULL,
)
from sim.validation.fits.luck import Luck
from sim.validation.fits.profiles import Profiles
from sim.vocabulary import NONE, SETBACK, UNWELL, WELL, Column

NEVER = np.inf

Happened = tuple[Column, ...]
"""One kind of thing as it happened to several patients at once: patients, when, and what else is known of it."""


def times_of(plan: Plan, law: int, hazard: Column) -> Column:
    """`laws.time_of` of many: the days at which a law's cumulative hazard reaches each of these."""
    kind, a, b, most = plan.laws[law]
    if kind == EXPONENTIAL:
        days = a * hazard
    elif kind == WEIBULL:
        days = a * hazard**b
    elif kind == LOGLOGISTIC:
        days = a * np.expm1(np.minimum(hazard, LARGEST_EXPONENT)) ** b
    elif kind == FIXED:
        days = np.full(len(hazard), a)
    elif kind == LOGNORMAL:
        days = np.exp(a + b * ndtri(np.minimum(-np.expm1(-hazard), LARGEST_UNIFORM)))
    elif kind == UNIFORM:
        days = a + b * -np.expm1(-hazard)
    elif kind == PARETO:
        days = a * np.expm1(np.minimum(hazard * b, LARGEST_EXPONENT))
    else:
        assert kind == DISCRETE
        start, end = int(a), int(b)
        place = np.searchsorted(plan.shares[start:end], -np.expm1(-hazard), side="right")
        days = np.array(plan.values[start:end])[np.minimum(place, end - start - 1)]
    return np.asarray(np.minimum(days, most))


class Courses:
    """States and clocks of everybody. `who`, of every method: the patients to whom it happens, at their own `now`."""

    def __init__(self, plan: Plan, luck: Luck, profiles: Profiles) -> None:
        self.plan, self.luck, self.profiles = plan, luck, profiles
        people, kind = luck.people, profiles.of
        self.now = np.zeros(people)
        self.state = np.full(people, UNWELL)
        self.level = np.full(people, NONE)
        self.frailty = luck.normal("frailty") if plan.frailty[0] else np.zeros(people)
        self.recovery_ratio = np.exp(plan.recovery_sd * luck.normal("recovery"))
        self.median, self.shape = profiles.median[kind], profiles.shape[kind]
        self.share_of_setbacks = share = profiles.share_of_setbacks[kind]
        self.setback_ratio = (1 - share) / share
        self.remission = profiles.remission[kind] * self.recovery_ratio
        self._relapse_frailty = np.exp(plan.frailty[2] * self.frailty)
        # By level, and at last at home: exposed days a day, and the hazard ratio of one.
        self._clock = np.array([*(level.clock for level in plan.levels), 1.0])
        self._hazard_ratio = np.array([*(level.hazard_ratio for level in plan.levels), 1.0])
        # The hazard ratio of use: the last level's own, and that with benefit and of the spell.
        self.own = profiles.relapse[kind] * self._relapse_frailty
        self.ratio = self.own.copy()
        self.log_benefit = np.zeros(people)
        self.days_in = np.zeros((people, len(plan.levels)))
        self.benefit_since = np.zeros(people)
        # The spell of abstinence: exposed days so far, and what is left until relapse and until the next lapse.
        self.exposed = np.zeros(people)
        self.relapse_left = np.full(people, NEVER)
        self.lapse_left = np.full(people, NEVER)
        # Of who uses: when they recover; of who is on the way into a relapse: when regular use begins.
        self.recovers_at = np.full(people, NEVER)
        self.relapses_at = np.full(people, NEVER)
        self.turns = {
            name: np.zeros(people, dtype=int)
            for name in ("abstinent", "use", "recovery", "lapse", "relapse", "home", "spell")
        }
        self.spells: list[Happened] = []
        """Patients, when it began, its number among their own, and the state."""
        self.setbacks: list[Happened] = []
        """Patients, when it began, and the number of the spell that it is cut out of."""
        self._begin_spell(np.arange(people), UNWELL)

    def turn(self, name: str, who: Column) -> Column:
        """For the how many-th time this happens to each of them, from 0; the next time it is one more."""
        turn = self.turns[name][who]
        self.turns[name][who] = turn + 1
        return np.asarray(turn)

    # --- time ---

    def baseline(self, who: Column, exposed: Column) -> Column:
        """Baseline cumulative hazard of relapse after so many exposed days; 0 of those who never use."""
        median = self.median[who]
        x = np.divide(exposed, median, out=np.zeros(len(who)), where=median > 0)
        return np.asarray(np.log1p(x ** self.shape[who]))

    def next_use(self, who: Column) -> tuple[Column, Column]:
        """When the next use that begins a relapse is due, and the next lapse, if the setting does not change."""
        level = self.level[who]
        clock, ratio = self._clock[level], self.ratio[who] * self._hazard_ratio[level]
        so_far = self.baseline(who, self.exposed[who])

        def due(left: Column, ratio: Column) -> Column:
            hazard = so_far + np.divide(left, ratio, out=np.full(len(who), NEVER), where=ratio > 0)
            exposed = self.median[who] * np.expm1(np.minimum(hazard, LARGEST_EXPONENT)) ** (1 / self.shape[who])
            days = np.divide(exposed - self.exposed[who], clock, out=np.full(len(who), NEVER), where=clock > 0)
            sober = (self.state[who] == WELL) & (hazard < LARGEST_EXPONENT)
            return np.where(sober, self.now[who] + np.maximum(days, 0.0), NEVER)

        return due(self.relapse_left[who], ratio), due(self.lapse_left[who], ratio * self.setback_ratio[who])

    def pass_time(self, who: Column, until: Column) -> None:
        """Live on in the present setting, and spend the hazard of use."""
        well = self.state[who] == WELL
        sober, days = who[well], (until - self.now[who])[well]
        level = self.level[sober]
        before = self.exposed[sober]
        after = self.exposed[sober] = before + self._clock[level] * days
        spent = self.ratio[sober] * self._hazard_ratio[level]
        spent *= self.baseline(sober, after) - self.baseline(sober, before)
        self.relapse_left[sober] = np.maximum(self.relapse_left[sober] - spent, 0.0)
        self.lapse_left[sober] = np.maximum(self.lapse_left[sober] - spent * self.setback_ratio[sober], 0.0)
        self.now[who] = until

    # --- changes of setting ---

    def enter(self, who: Column, level: int) -> None:
        """Admitted to a level."""
        self.level[who] = level
        self.benefit_since[who] = self.now[who]
        self._set_ratio(who, level)
        self.start_remission(who[self.state[who] == UNWELL], level)

    def leave(self, who: Column, level: int) -> None:
        """Out of a level."""
        plan = self.plan.levels[level]
        self.level[who] = NONE
        self.recovers_at[who] = NEVER
        before = self.days_in[who, level]
        after = self.days_in[who, level] = before + self.now[who] - self.benefit_since[who]
        counted = np.minimum(after, plan.benefit_most) - np.minimum(before, plan.benefit_most)
        self.log_benefit[who] += plan.benefit_per_day * counted
        self._set_ratio(who, level)

    def go_home(self, who: Column, level: int, reason: Column, days: Column, visit: Column) -> None:
        """Home from care: who is abstinent may use at once."""
        odds = self.profiles.risk_odds[self.profiles.of[who], level, reason]
        at_risk = (self.state[who] == WELL) & (odds > 0)
        who, odds, days, visit = who[at_risk], odds[at_risk], days[at_risk], visit[at_risk]
        if len(who) == 0:
            return
        plan = self.plan
        share = np.where(odds < np.inf, odds / (1 + np.minimum(odds, 1e300)), 1.0)
        risk = share * 0.5 ** (days / plan.levels[level].risk_halved_every)
        drawn = self.luck.uniform(f"discharge:{plan.names.levels[level]}", who, visit)
        use = np.where(drawn < risk * self.share_of_setbacks[who], RELAPSE_THEN, SETBACK_THEN)
        use[drawn >= risk] = NO_SETBACK
        self.use(who[use == RELAPSE_THEN])
        self._note_lapse(who[use == SETBACK_THEN])

    def start_remission(self, who: Column, level: int) -> None:
        """Those who use become abstinent in care, at once or after some days."""
        if len(who) == 0:
            return
        law = self.plan.levels[level].to_remission
        if law == NONE:
            self.become_well(who)
            return
        name = f"days_to_abstinence:{self.plan.names.levels[level]}"
        hazard = self.luck.exponential(name, who, self.turn("recovery", who))
        self.recovers_at[who] = self.now[who] + times_of(self.plan, law, hazard)

    def start_recovery(self, who: Column, spell: Column) -> None:
        """Those who use may recover without care."""
        if self.plan.remission != NONE:
            hazard = self.luck.exponential("remission", who, spell) / self.remission[who]
            self.recovers_at[who] = self.now[who] + times_of(self.plan, self.plan.remission, hazard)

    def _set_ratio(self, who: Column, level: int) -> None:
        self.own[who] = self.profiles.relapse_in[self.profiles.of[who], level] * self._relapse_frailty[who]
        self.ratio[who] = self.own[who] * np.exp(self.log_benefit[who])

    # --- changes of state ---

    def become_well(self, who: Column) -> None:
        """A spell of abstinence begins."""
        self._begin_spell(who, WELL)
        self.recovers_at[who] = NEVER
        self.exposed[who] = 0.0
        budget = self.luck.exponential("relapse", who, self.turn("abstinent", who))
        self.relapse_left[who] = np.where(self.median[who] > 0, budget, NEVER)
        self.lapse_left[who] = NEVER
        self._next_lapse(who)

    def remit(self, who: Column) -> None:
        """Abstinent without care."""
        self.ratio[who] = self.own[who] * self.plan.after_remission * np.exp(self.log_benefit[who])
        self.become_well(who)

    def use(self, who: Column) -> None:
        """A use that begins a relapse."""
        law = self.plan.into_relapse
        if law == NONE:
            self.relapse(who)
        elif len(who):
            self._begin_spell(who, SETBACK)
            hazard = self.luck.exponential("lapse into relapse", who, self.turn("use", who))
            self.relapses_at[who] = self.now[who] + times_of(self.plan, law, hazard)

    def setback(self, who: Column) -> None:
        """A lapse, and the next one is due some time later."""
        self._note_lapse(who)
        self._next_lapse(who)

    def relapse(self, who: Column) -> None:
        """To regular use."""
        self._begin_spell(who, UNWELL)
        self.relapses_at[who] = NEVER
        self.log_benefit[who] = 0.0
        self.days_in[who] = 0.0
        self.benefit_since[who] = self.now[who]
        self.ratio[who] = self.own[who]

    def _next_lapse(self, who: Column) -> None:
        who = who[(self.setback_ratio[who] > 0) & (self.median[who] > 0)]
        if len(who):
            self.lapse_left[who] = self.luck.exponential("lapse", who, self.turn("lapse", who))

    def _begin_spell(self, who: Column, state: int) -> None:
        self.state[who] = state
        self.spells.append((who, self.now[who], self.turn("spell", who), np.full(len(who), state)))

    def _note_lapse(self, who: Column) -> None:
        self.setbacks.append((who, self.now[who], self.turns["spell"][who] - 1))
