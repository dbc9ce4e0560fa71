"""The clinical course of one patient: abstinent, using or dead, and the clocks that move them between these states.

Relapse. The baseline cumulative hazard in exposed days x is H(x) = ln(1 + (x / median)^shape); a calendar day adds as
many exposed days as the setting exposes to. Each spell of abstinence carries one unit exponential, its *budget*;
relapse comes when the accumulated, multiplied hazard has used it up: at a point of the exposed clock that moves only
when the multiplier changes. A lower hazard so never brings a relapse forward.

Death. One unit exponential a patient, used up by constant hazards by state that are raised for a time after 24-hour
care.
"""

import math

from sim.model.draws import Decision, Draws
from sim.model.formulas import (
    death_hazard,
    dies_at,
    exposed_days_at,
    hazard_to_relapse,
    lasting_benefit,
    relapse_hazard,
    relapse_ratio,
    relapses_at,
)
from sim.model.lapses import Spell, Stretch
from sim.model.plan import LevelPlan, Plan, Profile
from sim.vocabulary import ABSTINENT, DEAD, NONE, USING

TIME, GRANT, RELAPSE, RECOVERY, DEATH = -2, -1, 0, 1, 2
"""What can end a phase: the time that was set has come; a place is granted; or one of the course's own clocks, by its
number in their row (abstinent to using, using to abstinent, dead): the first of the least times wins."""

HOME_EXPOSURE = 1.0
"""Exposed days a day outside care: the unit in which the relapse curve is stated."""


class Mechanisms:
    """What the clinical courses of one replication share: the plan, and the decisions."""

    def __init__(self, plan: Plan, draws: Draws) -> None:
        self.plan = plan
        self.median, self.shape = plan.relapse_median, plan.relapse_shape
        self.relapse = draws.of("relapse")
        self.death = draws.of("death")
        self.remission = draws.of("remission")
        self.abstinence: tuple[Decision, ...] = tuple(
            draws.of(f"days_to_abstinence:{name}") for name in plan.names.levels
        )
        self.highest_death_rate = plan.mortality.highest


class Course:
    """One patient's clinical state and clocks.

    Time passes in phases of constant setting: `begin` finds when the state would change by itself (`changes_at`, and
    `change`, by which clock: the one that is due first), `end` moves the clocks to where the phase really ended.
    """

    __slots__ = (
        *("state", "spells", "changes_at", "change", "left_24_hour_care"),
        *("_shared", "_patient", "_profile", "_frailty", "_multiplier", "_log_benefit", "_days_in"),
        *("_abstinences", "_recoveries", "_since", "_began", "_exposure", "_recovers_at"),
        *("_exposed", "_relapse_hazard", "_relapse_exposed", "_stretches"),
        *("_death_budget", "_death_rate", "_mortal"),
    )

    def __init__(self, shared: Mechanisms, patient: int, profile: Profile, frailty: float, now: float) -> None:
        """frailty: the patient's own hazard ratio of relapse."""
        self.state = USING
        self.spells: list[Spell] = []
        self.changes_at = math.inf
        self.change = RELAPSE
        self.left_24_hour_care = -math.inf
        self._shared = shared
        self._patient = patient
        self._profile = profile
        self._frailty = frailty
        self._multiplier = profile.relapse * frailty
        self._log_benefit = 0.0
        self._days_in = [0.0] * len(profile.levels)
        self._abstinences = 0
        self._recoveries = 0
        self._since = now
        self._began = now
        self._exposure = 0.0
        self._recovers_at = math.inf
        # The spell's clock: exposed days so far; relapse comes at so many, when the baseline hazard reaches a target.
        self._exposed = 0.0
        self._relapse_hazard = math.inf
        self._relapse_exposed = math.inf
        self._stretches: list[Stretch] = []
        self._death_budget = shared.death.exponential(patient)
        self._death_rate = 0.0
        # Most people's budget outlasts the run whatever happens to them; their clock need not be read at all.
        worst = shared.highest_death_rate * profile.death * (shared.plan.horizon - now)
        self._mortal = self._death_budget <= worst

    # --- phases ---

    def begin(self, now: float, level: LevelPlan | None) -> None:
        """Start a phase in a level, or at home (None): set the clocks, and find which is due first."""
        self._began = now
        self._exposure = HOME_EXPOSURE if level is None else level.exposure
        relapses, recovers = math.inf, math.inf
        if self.state == USING:
            recovers = self._recovers_at
        else:
            relapses = relapses_at(now, self._exposed, self._relapse_exposed, self._exposure)
        dies = self._death_time(now, level) if self._mortal else math.inf
        clocks = (relapses, recovers, dies)
        self.changes_at = first = min(clocks)
        self.change = clocks.index(first)

    def end(self, now: float) -> None:
        """Move the clocks to the end of the phase."""
        if self.state == ABSTINENT:
            before = self._exposed
            self._exposed = exposed = before + self._exposure * (now - self._began)
            if exposed > before:
                self._stretches.append((self._began, self._exposure, before, exposed))
        if self._mortal:
            windows = self._shared.plan.mortality
            spent = death_hazard(
                *(self._began, now, self._death_rate, self.left_24_hour_care), windows.days, windows.ratios
            )
            self._death_budget = max(self._death_budget - spent, 0.0)

    # --- changes of setting ---

    def enter(self, level: LevelPlan, now: float) -> None:
        """Admitted to a level: its ratios begin, and someone who uses starts to become abstinent."""
        self._set_multiplier(level.code)
        if self.state == USING:
            self.start_abstinence(level, now)

    def leave(self, level: LevelPlan, admitted: float, now: float) -> None:
        """Out of a level; the benefit of the days spent there is taken along."""
        self._recovers_at = math.inf
        if level.round_the_clock:
            self.left_24_hour_care = now
        if level.benefit_per_day:
            before = self._days_in[level.code]
            after = self._days_in[level.code] = before + now - admitted
            self._log_benefit += lasting_benefit(before, after, level.benefit_per_day, level.benefit_most)
        self._set_multiplier(level.code)

    def start_abstinence(self, level: LevelPlan, now: float) -> None:
        """Someone who uses becomes abstinent in care: at once, or after the level's days to abstinence."""
        if level.abstinence == NONE:
            self.become_abstinent(now)
            return
        hazard = self._shared.abstinence[level.code].exponential(self._patient, self._recoveries)
        self._recovers_at = now + self._shared.plan.time_of(level.abstinence, hazard)
        self._recoveries += 1

    def start_recovery(self, now: float, spell: int) -> None:
        """Someone who uses may recover without care, once in each spell at home."""
        remission = self._shared.plan.remission
        if remission != NONE:
            hazard = self._shared.remission.exponential(self._patient, spell)
            self._recovers_at = now + self._shared.plan.time_of(remission, hazard / self._profile.remission)

    def stop_recovery(self) -> None:
        """Life at home is over, and with it the chance to recover there."""
        self._recovers_at = math.inf

    def _set_multiplier(self, level: int) -> None:
        """The hazard ratio of relapse from now on: effects and own ratio of the last level, frailty, benefit so far.

        What is left of the spell's budget is spent at the new rate.
        """
        multiplier = relapse_ratio(self._profile.levels[level].relapse * self._frailty, self._log_benefit)
        if multiplier == self._multiplier:
            return
        shared = self._shared
        if self.state == ABSTINENT and shared.median:
            so_far = relapse_hazard(self._exposed, shared.median, shared.shape)
            self._relapse_hazard = hazard_to_relapse(self._relapse_hazard, so_far, self._multiplier, multiplier)
            relapse_exposed = exposed_days_at(self._relapse_hazard, shared.median, shared.shape)
            self._relapse_exposed = max(relapse_exposed, self._exposed)
        self._multiplier = multiplier

    # --- changes of state ---

    def become_abstinent(self, now: float) -> None:
        """Start a spell of abstinence with a budget of its own."""
        self._close_spell(now)
        shared = self._shared
        self.state = ABSTINENT
        self._recovers_at = math.inf
        self._exposed = 0.0
        if shared.median:
            self._relapse_hazard = shared.relapse.exponential(self._patient, self._abstinences) / self._multiplier
            self._relapse_exposed = exposed_days_at(self._relapse_hazard, shared.median, shared.shape)
        self._abstinences += 1

    def relapse(self, now: float) -> None:
        """From abstinent to using."""
        self._close_spell(now)
        self.state = USING

    def die(self, now: float) -> None:
        """The last change of state."""
        self._close_spell(now)
        self.state = DEAD

    def close(self, now: float) -> None:
        """End the spell that is still open when the run ends, in the middle of a phase."""
        if self.state != DEAD:
            self.end(now)
        self._close_spell(now)

    def _close_spell(self, now: float) -> None:
        self.spells.append((self.state, self._since, now, self._stretches))
        self._since = now
        if self._stretches:
            self._stretches = []

    def _death_time(self, now: float, level: LevelPlan | None) -> float:
        mortality = self._shared.plan.mortality
        if level is not None and level.round_the_clock:
            self.left_24_hour_care = -math.inf
        if level is not None:
            rate = mortality.in_care
        else:
            rate = mortality.abstinent if self.state == ABSTINENT else mortality.using
        self._death_rate = rate = rate * self._profile.death
        left = self.left_24_hour_care
        return dies_at(now, self._death_budget, rate, left, mortality.days, mortality.ratios)
