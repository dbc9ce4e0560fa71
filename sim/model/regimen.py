"""One patient's medication: what they are offered, when it begins, how long they are on it, what it changes.

An offer is taken or not; who takes it starts after a delay, if they are still where it was offered. Time on it is one
unit exponential a course, used up by the hazard of stopping of the place where they are, in a level or at home, at the
time that they have been on it. Both the start and the stop are known when a phase begins, as long as the place does not
change; either ends the phase, and life goes on in the same place.
"""

import math
from typing import TYPE_CHECKING

from sim.model.draws import Draws
from sim.model.plan import MedicationPlan, Plan
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

if TYPE_CHECKING:
    from sim.model.course import Mechanisms


class MedicationChances:
    """The decisions about one medication."""

    def __init__(self, draws: Draws, name: str) -> None:
        self.taken = draws.of(f"medication:{name}")
        self.delay = draws.of(f"medication delay:{name}")
        self.days = draws.of(f"medication days:{name}")
        self.goes_on = draws.of(f"medication goes on:{name}")
        self.relapse = draws.of(f"medication after relapse:{name}")
        # The names of decisions stay as they were: other names would be other futures.
        self.ends_relapse = draws.of(f"medication ends use:{name}")
        self.stop = draws.of(f"medication stop:{name}")


class Regimen:
    """What one patient is on, is about to start, or has stopped. `rows`: what the records have of it."""

    __slots__ = (
        *("rows", "_shared", "_patient", "_code", "_level", "_offered", "_starts_at", "_started", "_left"),
        *("_stopped", "_last", "_began", "_in_care", "_plan", "_offers", "_starts", "_stays", "_relapses"),
    )

    def __init__(self, shared: "Mechanisms", patient: int) -> None:
        self.rows: list[float] = []
        self._shared = shared
        self._patient = patient
        # The course that was agreed on, if there is one, until it is over.
        self._code = self._level = NONE
        self._offered = 0.0
        self._starts_at = math.inf
        self._started = math.nan
        self._left = 0.0
        # When the last one was stopped whose windows have not been left behind.
        self._stopped = -math.inf
        self._last = NONE
        # The phase.
        self._began = 0.0
        self._in_care = False
        self._plan = shared.plan
        medications = len(shared.medications)
        self._offers = [0] * medications
        self._starts = [0] * medications
        self._stays = [0] * medications
        self._relapses = [0] * medications

    @property
    def on(self) -> MedicationPlan | None:
        """What they are on, by the plan in force."""
        return None if math.isnan(self._started) else self._shared.plan.medications[self._code]

    @property
    def relapse(self) -> float:
        """The hazard ratio of setbacks now."""
        on = self.on
        return 1.0 if on is None else on.relapse

    @property
    def risk_at_discharge(self) -> float:
        """The odds ratio of a setback on the day of leaving 24-hour care."""
        on = self.on
        return 1.0 if on is None else on.risk_at_discharge

    # --- phases ---

    def due(self, now: float, in_care: bool) -> float:
        """A phase begins here: when a course begins, or stops by itself, if that is not before it ends."""
        self._began, self._in_care, self._plan = now, in_care, self._shared.plan
        if self._code == NONE:
            return math.inf
        if math.isnan(self._started):
            return self._starts_at
        return self._stops_at(now, now - self._started, in_care)

    def pass_time(self, now: float) -> None:
        """To the end of the phase, which went by the plan that was in force when it began."""
        plan, since = self._plan, self._started
        law = self._law(plan, self._in_care)
        if law == NONE or math.isnan(since):
            return
        reached = plan.hazard_by(law, self._began - since)
        if reached < math.inf:
            self._left = max(self._left - (plan.hazard_by(law, now - since) - reached), 0.0)

    def change(self, now: float) -> None:
        """What was due happens: a course begins, or stops."""
        if math.isnan(self._started):
            self._start(now)
        else:
            self._end(now, STOPPED)

    def ends_relapse(self) -> bool:
        """Whether the course that has just begun ends a relapse."""
        on = self.on
        assert on is not None
        course = self._starts[on.code] - 1
        return self._shared.medications[on.code].ends_relapse.uniform(self._patient, course) < on.ends_relapse

    def drawn_at_stop(self, medication: MedicationPlan) -> float:
        """What decides about a setback on the day on which a course of this stops."""
        return self._shared.medications[medication.code].stop.uniform(self._patient, self._starts[medication.code] - 1)

    def during_stay(self, now: float) -> tuple[float, float, float]:
        """As long as a stay that begins now lasts: from when to when they are on it, in its days, and the hazard ratio
        of dropping out meanwhile."""
        if self._code == NONE:
            return math.inf, math.inf, 1.0
        ratio = self._shared.plan.medications[self._code].dropout
        if math.isnan(self._started):
            start = self._starts_at
            return start - now, self._stops_at(start, 0.0, True) - now, ratio
        return 0.0, self._stops_at(now, now - self._started, True) - now, ratio

    def death(
        self, rate: float, since: float, days: tuple[float, ...], ratios: tuple[float, ...]
    ) -> tuple[float, float, tuple[float, ...], tuple[float, ...]]:
        """The hazard of death, and since when which windows count, from what they are without it.

        Windows that a medication states take the place of those after 24-hour care: since its start for as long as
        they are on it; since stopping, if they have not left 24-hour care later.
        """
        on = self.on
        if on is not None:
            if on.start_days:
                since, days, ratios = self._started, on.start_days, on.start_ratios
            return rate * on.death, since, days, ratios
        if self._last != NONE and self._stopped >= since:
            last = self._shared.plan.medications[self._last]
            return rate, self._stopped, last.stop_days, last.stop_ratios
        return rate, since, days, ratios

    def into_24_hour_care(self) -> None:
        """The windows after stopping end, as those after such care do."""
        self._last = NONE

    # --- what happens to them ---

    def offer(self, codes: tuple[int, ...], level: int, now: float) -> bool:
        """On admission to a level, or at home (NONE): each in order, until one is taken; whether it begins at once."""
        if self._code != NONE:
            return False
        for code in codes:
            plan, chances, number = self._shared.plan, self._shared.medications[code], self._offers[code]
            medication = plan.medications[code]
            self._offers[code] += 1
            self._level, self._offered = level, now
            if chances.taken.uniform(self._patient, number) >= medication.probability:
                self._write(code, now, DECLINED)
                continue
            self._code = code
            self._left = chances.days.exponential(self._patient, self._starts[code])
            if medication.delay == NONE:
                self._start(now)
                return True
            self._starts_at = now + plan.times[medication.delay](chances.delay.exponential(self._patient, number))
            return False
        return False

    def leave(self, now: float) -> None:
        """Out of where it was offered: who has not begun never will."""
        if self._code != NONE and math.isnan(self._started):
            self._end(now, NOT_STARTED)

    def end_of_stay(self, now: float) -> None:
        """A stay has ended: they go on with it, or not."""
        self.leave(now)
        self._in_care = False
        if (on := self.on) is not None:
            stay = self._stays[on.code]
            self._stays[on.code] += 1
            if self._shared.medications[on.code].goes_on.uniform(self._patient, stay) >= on.goes_on:
                self._end(now, NOT_CONTINUED)

    def relapsed(self, now: float) -> None:
        """A relapse, which may end it at home; in care it is treated, and the medication goes on."""
        on = self.on
        if on is None or self._in_care:
            return
        relapse = self._relapses[on.code]
        self._relapses[on.code] += 1
        if self._shared.medications[on.code].relapse.uniform(self._patient, relapse) < on.ended_by_relapse:
            self._end(now, STOPPED_BY_RELAPSE)

    def die(self, now: float) -> None:
        """The course ends with the patient."""
        if self._code != NONE:
            self._end(now, COURSE_DIED)

    def close(self, now: float) -> None:
        """The run ends."""
        if self._code != NONE:
            self._end(now, COURSE_OPEN)

    # --- a course ---

    def _start(self, now: float) -> None:
        self._started = now
        self._starts[self._code] += 1

    def _end(self, now: float, end: int) -> None:
        self._write(self._code, now, end)
        if not math.isnan(self._started):
            self._stopped = now
            self._last = self._code if self._shared.plan.medications[self._code].stop_days else NONE
        self._code, self._started, self._starts_at = NONE, math.nan, math.inf

    def _law(self, plan: Plan, in_care: bool) -> int:
        if self._code == NONE:
            return NONE
        medication = plan.medications[self._code]
        return medication.in_care if in_care else medication.at_home

    def _stops_at(self, now: float, days: float, in_care: bool) -> float:
        """When what is left of the course is used up, after so many days on it, if the place does not change."""
        law = self._law(self._shared.plan, in_care)
        return math.inf if law == NONE else now + self._shared.plan.time_left(law, self._left, days)

    def _write(self, code: int, now: float, end: int) -> None:
        self.rows += (self._patient, code, self._level, self._offered, self._started, now, end)
