"""The clinical course of one patient: well, unwell or dead, and the clocks that move them between these states.

Setbacks. The baseline cumulative hazard of any setback in exposed days x is H(x) = ln(1 + (x / median)^shape). A
setting multiplies the hazard of a day, and says how many exposed days a day there adds. A share of setbacks begin a
relapse: that is one hazard thinned into two, of relapse and of setbacks that are none, which are independent. Each
spell of being well carries one unit exponential, its *budget*; relapse comes when the accumulated, multiplied hazard
has used it up: at a point of the exposed clock that moves only when the multiplier changes. A lower hazard so never
brings a relapse forward. Setbacks that end by themselves change nothing, and are cut out when the run is over
(`setbacks`); a relapse begins with a setback.

Partial response. Somebody unwell may come to one, which they lose again or from which they get well: by clocks of the
level where they are, or of home, that begin anew with each setting. In all else they count as unwell.

Lasting recovery. One unit exponential a patient, used up by a constant hazard while well for so long; who recovers
before the next relapse is due has none any more.

Death. One unit exponential a patient, used up by constant hazards by state that are raised for a time after 24-hour
care, and by the mortality of the general population, which is constant from one birthday to the next.

Medication (`regimen`) multiplies both hazards while somebody is on it; that it begins or stops ends a phase.

Emergencies (`emergencies`): each visit to an emergency department is due on a clock like that of death.
"""

import math
from collections.abc import Sequence

from sim.model.draws import Decision, Draws
from sim.model.emergencies import Emergencies, EmergencyChances
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
from sim.model.plan import LevelPlan, Plan, Profile, ResponsePlan
from sim.model.regimen import MedicationChances, Regimen
from sim.model.setbacks import Spell, Stretch
from sim.vocabulary import DEAD, NONE, NOT_WELL, RESPONSE, SETBACK, UNWELL, WELL

LOST, FULL, CLOSED, TIME, GRANT, RELAPSE_BEGINS, RELAPSE, RECOVERY, DEATH, MEDICATION, VISIT, RESPONDS = range(-5, 7)
"""What can end a phase: they are lost before the list; it is full, or closed; the time that was set has come; a place
is granted; or one of the course's own clocks, by its number in their row (a setback that begins a relapse, the relapse
itself, unwell to well, dead; a medication begins or stops; a visit to an emergency department; a partial response comes
or is lost): the first of the least times wins."""

Windows = tuple[float, tuple[float, ...], tuple[float, ...]]
"""Since when windows of raised mortality count, until how many days after that each lasts, and its ratio."""

HOME_CLOCK = 1.0
"""Exposed days a day outside care: the unit in which the hazard of setbacks is stated."""


class ResponseChances:
    """The decisions about partial responses in one level, or at home."""

    def __init__(self, draws: Draws, where: str = "") -> None:
        self.response = draws.of(f"response{where}")
        self.to_remission = draws.of(f"response to remission{where}")
        self.to_return = draws.of(f"response lost{where}")


class Mechanisms:
    """What the clinical courses of one replication share: the plan in force, and the decisions.

    worst_death_rates: by patient, a bound of the hazard of death by state under any plan of the run.
    """

    def __init__(self, plan: Plan, draws: Draws, worst_death_rates: Sequence[float]) -> None:
        self.follow(plan)
        self.worst_death_rates = worst_death_rates
        self.recovery_rate, self.recovery_after = plan.recovery
        self.relapse = draws.of("relapse")
        self.into_relapse = draws.of("lapse into relapse")
        self.death = draws.of("death")
        self.recovery = draws.of("lasting recovery")
        self.remission = draws.of("remission")
        self.medications = tuple(MedicationChances(draws, name) for name in plan.names.medications)
        self.emergencies = tuple(EmergencyChances(draws, name) for name in plan.names.emergencies)
        self.to_remission: tuple[Decision, ...] = tuple(
            draws.of(f"days_to_abstinence:{name}") for name in plan.names.levels
        )
        self.response_at_home = ResponseChances(draws)
        self.responses = tuple(ResponseChances(draws, f":{name}") for name in plan.names.levels)
        self.remission_anew = draws.of("remission after response")
        self.discharge: tuple[Decision, ...] = tuple(draws.of(f"discharge:{name}") for name in plan.names.levels)

    def follow(self, plan: Plan) -> None:
        """From now on this plan is in force."""
        self.plan = plan


class Course:
    """One patient's clinical state and clocks.

    Time passes in phases of constant setting: `begin` finds when the state would change by itself, `end` moves the
    clocks to where the phase really ended.
    """

    __slots__ = (
        *("state", "spells", "left_24_hour_care", "recovered", "medication", "emergencies"),
        *("_shared", "_patient", "_profile", "_frailty", "_recovery_ratio"),
        *("_level", "_ratio", "_multiplier", "_log_benefit", "_days_in", "_benefit_since"),
        *(
            "_well_spells",
            "_recoveries",
            "_relapses_begun",
            "_since",
            "_began",
            "_clock",
            "_recovers_at",
            "_relapses_at",
        ),
        *("_responds_at", "_recovers_at_home", "_responses", "_from_responses", "_returns"),
        *("_exposed", "_relapse_hazard", "_relapse_exposed", "_stretches"),
        *("_curve", "_setbacks", "_death_budget", "_death_rate", "_mortal", "_windows", "_born", "_recovery_budget"),
    )

    def __init__(
        self,
        shared: Mechanisms,
        patient: int,
        profile: Profile,
        ratios: tuple[float, float],
        born: float,
        now: float,
    ) -> None:
        """ratios: the patient's own hazard ratios of setbacks, and of remission. born: the day, if people have ages."""
        self.state = UNWELL
        self.spells: list[Spell] = []
        self.left_24_hour_care = -math.inf
        self.medication = Regimen(shared, patient) if shared.medications else None
        self.emergencies = Emergencies(shared, patient) if shared.emergencies else None
        self._shared = shared
        self._patient = patient
        self._profile = profile
        self._frailty, self._recovery_ratio = ratios
        # The hazard ratio of setbacks: of the last level with benefit and of the spell, and that with the setting's.
        self._level = NONE
        self._ratio = self._multiplier = profile.relapse * self._frailty
        self._log_benefit = 0.0
        self._days_in = [0.0] * len(profile.levels)
        self._benefit_since = -math.inf
        self._well_spells = 0
        self._recoveries = 0
        self._relapses_begun = 0
        self._since = now
        self._began = now
        self._clock = 0.0
        self._recovers_at = math.inf
        self._relapses_at = math.inf
        # Of a partial response: when it comes or is lost; how many clocks there were of either, and of getting well.
        self._responds_at = math.inf
        self._recovers_at_home = False
        self._responses = self._from_responses = self._returns = 0
        # The spell's clock: exposed days so far; relapse comes at so many, when the baseline hazard reaches a target:
        # negative until a phase begins, whose setting may move it.
        self._exposed = 0.0
        self._relapse_hazard = math.inf
        self._relapse_exposed = math.inf
        self._curve = profile.curve
        self._setbacks = profile.setbacks, shared.plan.since
        self._stretches: list[Stretch] = []  # Of being well; empty otherwise.
        self._death_budget = shared.death.exponential(patient)
        self._death_rate = 0.0
        self._windows: Windows = (-math.inf, (), ())
        self.recovered = math.inf
        self._recovery_budget = shared.recovery.exponential(patient) if shared.recovery_rate else math.inf
        # Most people's budget outlasts the run whatever happens to them; their clock need not be read at all.
        self._born = born
        worst = shared.worst_death_rates[patient] * (shared.plan.horizon - now)
        worst += self._ageing(now, shared.plan.horizon)
        self._mortal = self._death_budget <= worst

    def follow(self, profile: Profile) -> None:
        """Another plan is in force, and with it another profile; what is under way goes on as it began."""
        self._profile = profile

    # --- phases ---

    def begin(self, now: float, level: LevelPlan | None) -> tuple[float, int]:
        """Start a phase in a level, or at home (None): set the clocks, and find when the first is due, and which."""
        self._began = now
        medication = self.medication
        if self.state in NOT_WELL:
            first, change = self._recovers_at, RECOVERY
        elif self.state == SETBACK:
            first, change = self._relapses_at, RELAPSE
        else:
            ratio = self._ratio
            if level is None:
                self._clock = HOME_CLOCK
            else:
                self._clock = level.clock
                ratio *= level.hazard_ratio
            if medication is not None:
                ratio *= medication.relapse
            if ratio != self._multiplier:
                self._respend(ratio)
            exposed = self._exposed
            if self._relapse_exposed < 0:
                median, shape = self._curve
                relapse_exposed = exposed_days_at(self._relapse_hazard, median, shape)
                self._relapse_exposed = exposed if relapse_exposed < exposed else relapse_exposed
            first, change = relapses_at(now, exposed, self._relapse_exposed, self._clock), RELAPSE_BEGINS
            if first >= self.recovered:
                first = math.inf
        if self._mortal and (dies := self._death_time(now, level)) < first:
            first, change = dies, DEATH
        if medication is not None and (changes := medication.due(now, level is not None)) < first:
            first, change = changes, MEDICATION
        if self.emergencies is not None:
            end = min(self.recovered, self._shared.plan.horizon)
            setting = self.state, level, self.left_24_hour_care
            visits = self.emergencies.due(now, end, *setting, self._profile.emergencies)
            if visits < first:
                first, change = visits, VISIT
        if self._responds_at < first:
            return self._responds_at, RESPONDS
        return first, change

    def end(self, now: float) -> None:
        """Move the clocks to the end of the phase."""
        if self.medication is not None:
            self.medication.pass_time(now)
        if self.emergencies is not None:
            self.emergencies.pass_time(min(now, self.recovered))
        if self.state == WELL:
            # Who has recovered for good has no setback any more.
            began, until = self._began, now if now < self.recovered else self.recovered
            if until > began:
                clock, before = self._clock, self._exposed
                self._exposed = exposed = before + clock * (until - began)
                setbacks, plan = self._setbacks
                if setbacks and exposed > before:
                    median, shape = self._curve
                    most = self._relapse_hazard if exposed <= self._relapse_exposed else math.inf
                    ratio = self._multiplier * setbacks
                    self._stretches.append((began, clock, before, exposed, ratio, median, shape, plan, most))
        if self._mortal:
            spent = death_hazard(self._began, now, self._death_rate, *self._windows)
            self._death_budget = max(self._death_budget - spent - self._ageing(self._began, now), 0.0)

    # --- changes of setting ---

    def enter(self, level: LevelPlan, now: float) -> None:
        """Admitted to a level: its ratios begin, and someone who is unwell starts to become well."""
        self._level = level.code
        self._ratio = self._present_ratio()
        self._benefit_since = now
        if self.state in NOT_WELL:
            self.start_remission(level, now)

    def leave(self, level: LevelPlan, now: float) -> None:
        """Out of a level; the benefit of the days spent there is taken along."""
        self._recovers_at = self._responds_at = math.inf
        if self.state == RESPONSE:
            self._start_losing_response(now, None)
        if level.round_the_clock:
            self.left_24_hour_care = now
        if level.benefit_per_day:
            before = self._days_in[level.code]
            after = self._days_in[level.code] = before + now - self._benefit_since
            self._log_benefit += lasting_benefit(before, after, level.benefit_per_day, level.benefit_most)
        self._level = level.code
        self._ratio = self._present_ratio()

    def go_home(self, level: LevelPlan, reason: int, days: float, visit: int, now: float) -> None:
        """Home from 24-hour care: whoever is well may have a setback at once, which ends by itself or begins a
        relapse."""
        odds = self._profile.levels[level.code].risk_odds[reason]
        if self.medication is not None:
            odds *= self.medication.risk_at_discharge
        if self.state != WELL or odds == 0 or self.recovered <= now:
            return
        risk = risk_at_discharge(odds, days, level.risk_halved_every)
        drawn = self._shared.discharge[level.code].uniform(self._patient, visit)
        if self._uses_at_once(drawn, risk, now):
            self.begin_relapse(now)

    def _uses_at_once(self, drawn: float, risk: float, now: float) -> bool:
        """Whether somebody well begins a relapse at this moment, of a risk of any setback; a setback is noted down."""
        setback = at_discharge(drawn, risk, self._profile.share_of_setbacks)
        if setback == SETBACK_THEN:
            exposed, plan = self._exposed, self._shared.plan.since
            self._stretches.append((now, 0.0, exposed, exposed, math.inf, *self._curve, plan, math.inf))
        return setback == RELAPSE_THEN

    def start_medication(self, now: float) -> bool:
        """A course has begun; whether that ends a relapse."""
        assert self.medication is not None
        if self.state not in NOT_WELL or not self.medication.ends_relapse():
            return False
        self.become_well(now)
        return True

    def change_medication(self, now: float) -> int:
        """A course begins or stops, and what comes of it at once: RECOVERY, RELAPSE_BEGINS, or else MEDICATION."""
        regimen = self.medication
        assert regimen is not None
        stops = regimen.on
        regimen.change(now)
        if stops is None:
            return RECOVERY if self.start_medication(now) else MEDICATION
        if stops.risk_at_stop == 0 or self.state != WELL or self.recovered <= now:
            return MEDICATION
        begins = self._uses_at_once(regimen.drawn_at_stop(stops), stops.risk_at_stop, now)
        return RELAPSE_BEGINS if begins else MEDICATION

    def start_remission(self, level: LevelPlan, now: float) -> None:
        """Someone who is not well becomes well in care: at once, or after the level's days to remission; or by way of
        a partial response."""
        shared, response = self._shared, level.response
        self._recovers_at = self._responds_at = math.inf
        if response.stated and self.state == RESPONSE:
            self._start_getting_well(now, response, shared.responses[level.code], 1.0)
            self._start_losing_response(now, level)
            return
        if level.to_remission == NONE and not response.stated:
            self.become_well(now)
            return
        if level.to_remission != NONE:
            hazard = shared.to_remission[level.code].exponential(self._patient, self._recoveries)
            self._recovers_at = now + shared.plan.times[level.to_remission](hazard)
            self._recoveries += 1
        if response.stated:
            self._start_responding(now, response, shared.responses[level.code], 1.0, 0.0)

    def start_recovery(self, now: float, spell: int, before: float) -> None:
        """Someone who is not well may recover without care, once in each spell at home, of which `before` days have
        passed; or by way of a partial response."""
        shared, self._recovers_at_home = self._shared, True
        remission, response = shared.plan.remission, shared.plan.response
        ratio = self._profile.remission * self._recovery_ratio
        if response.stated and self.state == RESPONSE:
            self._start_getting_well(now, response, shared.response_at_home, ratio)
            return
        if remission != NONE:
            hazard = shared.remission.exponential(self._patient, spell)
            self._recovers_at = now + shared.plan.time_left(remission, hazard / ratio, before)
        if response.stated and self.state == UNWELL:
            self._start_responding(now, response, shared.response_at_home, ratio, before)

    def stop_recovery(self) -> None:
        """Life at home is over, and with it the chance to recover there; a partial response may be lost all the
        same."""
        self._recovers_at, self._recovers_at_home = math.inf, False
        if self.state == UNWELL:
            self._responds_at = math.inf

    def respond(self, now: float, level: LevelPlan | None) -> None:
        """Somebody unwell comes to a partial response, in a level or at home (None), or loses it again."""
        self._close_spell(now)
        self.state = UNWELL if self.state == RESPONSE else RESPONSE
        if level is not None:
            self.start_remission(level, now)
            return
        self._recovers_at = self._responds_at = math.inf
        shared, ratio = self._shared, self._profile.remission * self._recovery_ratio
        response, chances = shared.plan.response, shared.response_at_home
        if self.state == RESPONSE:
            self._start_getting_well(now, response, chances, ratio)
            self._start_losing_response(now, None)
        elif self._recovers_at_home:
            if shared.plan.remission != NONE:
                hazard = shared.remission_anew.exponential(self._patient, self._returns)
                self._recovers_at = now + shared.plan.times[shared.plan.remission](hazard / ratio)
            self._start_responding(now, response, chances, ratio, 0.0)

    def _start_responding(
        self, now: float, response: ResponsePlan, chances: ResponseChances, ratio: float, before: float
    ) -> None:
        """ratio: of the hazard. before: days of it that have passed."""
        if response.days != NONE:
            hazard = chances.response.exponential(self._patient, self._responses) / ratio
            self._responds_at = now + self._shared.plan.time_left(response.days, hazard, before)
            self._responses += 1

    def _start_getting_well(self, now: float, response: ResponsePlan, chances: ResponseChances, ratio: float) -> None:
        """From a partial response."""
        if response.to_remission != NONE:
            hazard = chances.to_remission.exponential(self._patient, self._from_responses) / ratio
            self._recovers_at = now + self._shared.plan.times[response.to_remission](hazard)
            self._from_responses += 1

    def _start_losing_response(self, now: float, level: LevelPlan | None) -> None:
        """In a level, or outside care (None)."""
        shared = self._shared
        response, chances = shared.plan.response, shared.response_at_home
        if level is not None:
            response, chances = level.response, shared.responses[level.code]
        if response.to_return != NONE:
            hazard = chances.to_return.exponential(self._patient, self._returns)
            self._responds_at = now + shared.plan.times[response.to_return](hazard)
            self._returns += 1

    def _present_ratio(self, of_spell: float = 1.0) -> float:
        """By the plan in force: effects and own ratio of the last level, frailty, the spell's own, benefit so far."""
        profile = self._profile
        own = profile.relapse if self._level == NONE else profile.levels[self._level].relapse
        return relapse_ratio(own * self._frailty * of_spell, self._log_benefit)

    def _respend(self, multiplier: float) -> None:
        """What is left of the spell's budget is spent at a new hazard ratio, by the clock of the plan in force."""
        if self._curve != self._profile.curve:
            self._change_curve()
        self._setbacks = self._profile.setbacks, self._shared.plan.since
        median, shape = self._curve
        if median:
            so_far = relapse_hazard(self._exposed, median, shape) if self._exposed else 0.0
            self._relapse_hazard = hazard_to_relapse(self._relapse_hazard, so_far, self._multiplier, multiplier)
            self._relapse_exposed = -math.inf
        self._multiplier = multiplier

    def _change_curve(self) -> None:
        """Another plan's clock of setbacks from here on: what is left of the budget is spent along it."""
        (median, shape), exposed = self._curve, self._exposed
        self._curve = new_median, new_shape = self._profile.curve
        left = math.inf
        if median:
            left = max(self._relapse_hazard - relapse_hazard(exposed, median, shape), 0.0)
        elif new_median:
            left = self._shared.relapse.exponential(self._patient, self._well_spells - 1) / self._multiplier
        self._relapse_hazard = left + relapse_hazard(exposed, new_median, new_shape) if new_median else math.inf
        self._relapse_exposed = math.inf

    def resume_well(self, now: float, before: float) -> None:
        """Someone known from before day 0, well at home for so many days: what is left of the clocks."""
        self.become_well(now)
        self.spells.clear()
        shared = self._shared
        self._exposed = before * HOME_CLOCK
        median, shape = self._curve
        if median:
            self._relapse_hazard += relapse_hazard(self._exposed, median, shape)
        since = now - min(before, shared.recovery_after)
        self.recovered = recovers_for_good_at(since, shared.recovery_after, self._recovery_budget, shared.recovery_rate)

    # --- changes of state ---

    def become_well(self, now: float, of_spell: float = 1.0) -> None:
        """Start a spell of being well with a budget of its own. of_spell: its hazard ratio of setbacks."""
        self._close_spell(now)
        self.state = WELL
        self._recovers_at = self._responds_at = math.inf
        self._exposed = 0.0
        self._ratio = self._multiplier = self._present_ratio(of_spell)
        self._curve = self._profile.curve
        self._setbacks = self._profile.setbacks, self._shared.plan.since
        if self._curve[0]:
            budget = self._shared.relapse.exponential(self._patient, self._well_spells)
            self._relapse_hazard = budget / self._multiplier
            self._relapse_exposed = -math.inf
        self._well_spells += 1
        if rate := self._shared.recovery_rate:
            self.recovered = recovers_for_good_at(now, self._shared.recovery_after, self._recovery_budget, rate)

    def recover(self, now: float, in_care: bool) -> None:
        """Well again; without care, which lasts less long."""
        self.become_well(now, 1.0 if in_care else self._shared.plan.after_remission)

    def begin_relapse(self, now: float) -> None:
        """A setback that begins a relapse, which follows at once or after a setback of some days."""
        law = self._shared.plan.into_relapse
        if law == NONE:
            self.relapse(now)
            return
        self._stop_being_well(now)
        self._close_spell(now)
        self.state = SETBACK
        days = self._shared.plan.times[law](self._shared.into_relapse.exponential(self._patient, self._relapses_begun))
        self._relapses_begun += 1
        self._relapses_at = now + days

    def relapse(self, now: float) -> None:
        """Unwell again, which undoes the benefit of care so far."""
        if self.state == WELL:
            self._stop_being_well(now)
        self._close_spell(now)
        self.state = UNWELL
        self._log_benefit = 0.0
        self._days_in = [0.0] * len(self._days_in)
        self._benefit_since = now
        if self.medication is not None:
            self.medication.relapsed(now)

    def _stop_being_well(self, now: float) -> None:
        """What has been spent of the way to a lasting recovery stays spent."""
        if rate := self._shared.recovery_rate:
            self._recovery_budget = recovery_budget(self._recovery_budget, self.recovered, now, rate)
            self.recovered = math.inf

    def die(self, now: float) -> None:
        """The last change of state."""
        self._close_spell(now)
        self._forget_what_comes_later(now)
        self.state = DEAD
        if self.medication is not None:
            self.medication.die(now)

    def close(self, now: float) -> None:
        """End the spell that is still open when the run ends, in the middle of a phase."""
        if self.state != DEAD:
            self.end(now)
            self._forget_what_comes_later(now)
        self._close_spell(now)
        if self.medication is not None:
            self.medication.close(now)

    def _forget_what_comes_later(self, now: float) -> None:
        """A recovery that they did not live to see."""
        if self.recovered >= now:
            self.recovered = math.inf

    def _close_spell(self, now: float) -> None:
        stretches: Sequence[Stretch] = ()
        if self._stretches:
            stretches, self._stretches = self._stretches, []
        self.spells.append((self.state, self._since, now, stretches))
        self._since = now

    def _death_time(self, now: float, level: LevelPlan | None) -> float:
        mortality, medication = self._shared.plan.mortality, self.medication
        if level is not None and level.round_the_clock:
            self.left_24_hour_care = -math.inf
            if medication is not None:
                medication.into_24_hour_care()
        rate = mortality.rate(self.state, level is not None) * self._profile.death
        since, days, ratios = self.left_24_hour_care, mortality.days, mortality.ratios
        if medication is not None:
            rate, since, days, ratios = medication.death(rate, since, days, ratios)
        self._death_rate = rate
        self._windows = since, days, ratios
        by_age, end = self._profile.background, self._shared.plan.horizon
        return dies_at(now, self._death_budget, rate, since, days, ratios, self._born, by_age, end)

    def _ageing(self, since: float, until: float) -> float:
        """The hazard of death of other causes between two days."""
        by_age = self._profile.background
        if not by_age:
            return 0.0
        return background_hazard(self._born, until, by_age) - background_hazard(self._born, since, by_age)
