"""The clinical course of one patient: abstinent, using or dead, and the clocks that move them between these states.

Relapse. The baseline cumulative hazard in exposed days x is H(x) = ln(1 + (x / median)^shape); a calendar day adds as
many exposed days as the setting exposes to. Each spell of abstinence carries one unit exponential, its *budget*;
relapse comes when the accumulated, multiplied hazard has used it up: at a point of the exposed clock that moves only
when the multiplier changes. A lower hazard so never brings a relapse forward.

Death. One unit exponential a patient, used up by constant hazards by state that are raised for a time after 24-hour
care.
"""

import math
import sys
from enum import Enum

from sim.model.draws import Draws
from sim.model.lapses import Spell, Stretch
from sim.model.plan import LevelPlan, Plan, Profile
from sim.scenario.distributions import LARGEST_EXPONENT, power
from sim.scenario.schema import Death
from sim.vocabulary import ABSTINENT, DAYS_PER_YEAR, DEAD, USING

LARGEST_FLOAT = sys.float_info.max
HOME_EXPOSURE = 1.0
"""Exposed days a day outside care: the unit in which the relapse curve is stated."""


class Turn(Enum):
    """What can end a phase."""

    TIME = "the time that was set has come"
    GRANT = "a place is granted"
    RELAPSE = "abstinent to using"
    RECOVERY = "using to abstinent"
    DEATH = "dead"


# Short names, and plain ones: looking a member up in its Enum takes several times as long.
TIME, GRANT, RELAPSE, RECOVERY, DEATH = Turn


class Mechanisms:
    """What the clinical courses of one replication share: parameters and decisions."""

    def __init__(self, plan: Plan, draws: Draws) -> None:
        relapse, death = plan.scenario.relapse, plan.scenario.death or Death()
        self.horizon = plan.horizon
        self.relapse = draws.of("relapse") if relapse else None
        self.median = relapse.median_days if relapse else 1.0
        self.shape = relapse.shape if relapse else 1.0
        self.death = draws.of("death")
        per_day = 1 / (1000 * DAYS_PER_YEAR)
        self.death_in_care = death.in_care * per_day
        self.death_at_home = {ABSTINENT: death.abstinent * per_day, USING: death.using * per_day}
        self.windows = tuple((window.until_day, window.ratio) for window in death.windows)
        self.last_window = self.windows[-1][0] if self.windows else -math.inf
        highest_ratio = max([1.0, *(ratio for _, ratio in self.windows)])
        self.highest_death_rate = max(self.death_in_care, *self.death_at_home.values()) * highest_ratio

    def hazard(self, exposed: float) -> float:
        """Baseline cumulative hazard of relapse after so many exposed days."""
        return math.log1p(min(power(exposed / self.median, self.shape), LARGEST_FLOAT))

    def exposed_at(self, hazard: float) -> float:
        """Exposed days after which the baseline cumulative hazard of relapse has reached `hazard`."""
        return self.median * power(math.expm1(hazard), 1 / self.shape) if hazard < LARGEST_EXPONENT else math.inf


class Course:
    """One patient's clinical state and clocks.

    Time passes in phases of constant setting: `begin` finds when the state would change by itself (`changes_at`, and
    `change`, which of the turns it is), `end` moves the clocks to where the phase really ended.
    """

    __slots__ = (
        *("state", "spells", "recovers_at", "left_24_hour_care", "changes_at", "change"),
        *("_mechanisms", "_patient", "_abstinences", "_since", "_began", "_exposure", "_multiplier"),
        *("_exposed", "_relapse_hazard", "_relapse_exposed", "_stretches"),
        *("_death_ratio", "_death_budget", "_death_rate", "_mortal"),
    )

    def __init__(self, mechanisms: Mechanisms, patient: int, profile: Profile, now: float) -> None:
        self.state = USING
        self.spells: list[Spell] = []
        self._abstinences = 0
        self.recovers_at = math.inf
        self.left_24_hour_care = -math.inf
        self.changes_at = math.inf
        self.change = RELAPSE
        self._mechanisms = mechanisms
        self._patient = patient
        self._since = now
        self._began = now
        self._exposure = 0.0
        self._multiplier = 1.0
        # The spell's clock: exposed days so far; relapse comes at so many, when the baseline hazard reaches a target.
        self._exposed = 0.0
        self._relapse_hazard = math.inf
        self._relapse_exposed = math.inf
        self._stretches: list[Stretch] = []
        self._death_ratio = profile.death
        self._death_budget = mechanisms.death.exponential(patient)
        self._death_rate = 0.0
        # Most people's budget outlasts the run whatever happens to them; their clock need not be read at all.
        worst = mechanisms.highest_death_rate * profile.death * (mechanisms.horizon - now)
        self._mortal = self._death_budget <= worst

    def begin(self, now: float, level: LevelPlan | None) -> None:
        """Start a phase in a level, or at home (None)."""
        self._began = now
        self._exposure = exposure = HOME_EXPOSURE if level is None else level.exposure
        if self.state == USING:
            self.changes_at, self.change = self.recovers_at, RECOVERY
        elif exposure > 0:
            self.changes_at, self.change = now + (self._relapse_exposed - self._exposed) / exposure, RELAPSE
        else:
            self.changes_at = math.inf
        if self._mortal:
            self._begin_mortality(now, level)

    def end(self, now: float) -> None:
        """Move the clocks to the end of the phase."""
        if self.state == ABSTINENT:
            before = self._exposed
            self._exposed = exposed = before + self._exposure * (now - self._began)
            if exposed > before:
                self._stretches.append((self._began, self._exposure, before, exposed))
        if self._mortal:
            spent = self._death_hazard(self._began, now, self._death_rate)
            self._death_budget = max(self._death_budget - spent, 0.0)

    def set_multiplier(self, multiplier: float) -> None:
        """The hazard ratio of relapse from now on: what is left of the spell's budget is spent at the new rate."""
        if multiplier == self._multiplier:
            return
        if self.state == ABSTINENT and self._mechanisms.relapse is not None:
            so_far = self._mechanisms.hazard(self._exposed)
            left = max(self._relapse_hazard - so_far, 0.0) * (self._multiplier / multiplier)
            self._relapse_hazard = so_far + left
            self._relapse_exposed = max(self._mechanisms.exposed_at(self._relapse_hazard), self._exposed)
        self._multiplier = multiplier

    def become_abstinent(self, now: float) -> None:
        """Start a spell of abstinence with a budget of its own."""
        self._close_spell(now)
        shared = self._mechanisms
        self.state = ABSTINENT
        self.recovers_at = math.inf
        self._exposed = 0.0
        if shared.relapse is not None:
            self._relapse_hazard = shared.relapse.exponential(self._patient, self._abstinences) / self._multiplier
            self._relapse_exposed = shared.exposed_at(self._relapse_hazard)
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

    # --- death ---

    def _begin_mortality(self, now: float, level: LevelPlan | None) -> None:
        shared = self._mechanisms
        if level is not None and level.round_the_clock:
            self.left_24_hour_care = -math.inf
        rate = shared.death_at_home[self.state] if level is None else shared.death_in_care
        self._death_rate = rate * self._death_ratio
        dies_at = self._death_time(now, self._death_rate)
        if dies_at < self.changes_at:
            self.changes_at, self.change = dies_at, DEATH

    def _death_time(self, now: float, rate: float) -> float:
        if rate == 0:
            return math.inf
        budget = self._death_budget
        for until, ratio in self._open_windows(now):
            piece = rate * ratio * (until - now)
            if budget <= piece:
                return now + budget / (rate * ratio)
            budget -= piece
            now = until
        return now + budget / rate

    def _death_hazard(self, start: float, end: float, rate: float) -> float:
        hazard = 0.0
        for until, ratio in self._open_windows(start):
            until = min(until, end)
            hazard += rate * ratio * (until - start)
            start = until
            if start >= end:
                return hazard
        return hazard + rate * (end - start)

    def _open_windows(self, now: float) -> list[tuple[float, float]]:
        """Windows of raised mortality not yet over, as (end, ratio), in order."""
        left = self.left_24_hour_care
        if now - left >= self._mechanisms.last_window:
            return []
        return [(left + day, ratio) for day, ratio in self._mechanisms.windows if left + day > now]
