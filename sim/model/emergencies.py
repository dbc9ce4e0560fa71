"""One patient's visits to an emergency department: when the next one is due, and whether it leads to a level of care.

Of each kind, one unit exponential a visit, used up by a hazard that is constant in a phase, by clinical state and
whether they are in care, but for the windows after 24-hour care, in which it is raised; it rests in such care. The next
visit is known when a phase begins. One that leads nowhere changes nothing, and life goes on in the same place.
"""

import math
from typing import TYPE_CHECKING

from sim.model.draws import Draws
from sim.model.formulas import death_hazard, dies_at
from sim.model.plan import EmergencyPlan, LevelPlan
from sim.vocabulary import NONE, NOT_WELL

if TYPE_CHECKING:
    from sim.model.course import Mechanisms


class EmergencyChances:
    """The decisions about one kind of visit."""

    def __init__(self, draws: Draws, name: str) -> None:
        self.visit = draws.of(f"emergency:{name}")
        self.admission = draws.of(f"emergency admission:{name}")


class Emergencies:
    """The visits of one patient. `rows`: what the records have of them."""

    __slots__ = ("_at_risk", "_began", "_due", "_left", "_patient", "_shared", "_since", "_visits", "rows")

    def __init__(self, shared: "Mechanisms", patient: int) -> None:
        self.rows: list[float] = []
        self._shared = shared
        self._patient = patient
        # By kind: what is left of the budget of the next visit, and how many there were.
        self._left = [chances.visit.exponential(patient) for chances in shared.emergencies]
        self._visits = [0] * len(self._left)
        # The phase: when it began, since when windows count, and by kind the hazard and the plan by which it went.
        self._began = 0.0
        self._since = -math.inf
        self._at_risk: list[tuple[int, float, EmergencyPlan]] = []
        self._due = NONE

    def due(
        self, now: float, end: float, state: int, level: LevelPlan | None, since: float, kinds: tuple[int, ...]
    ) -> float:
        """A phase begins, in a level or at home (None): when the next visit comes, if that is before the phase ends.

        end: after which there is none. since: when 24-hour care was left. kinds: those that they may have.
        """
        self._began, self._since, self._at_risk = now, since, []
        first = math.inf
        if level is not None and level.round_the_clock:
            return first
        for code in kinds:
            kind = self._shared.plan.emergencies[code]
            rate = kind.in_care if level is not None else kind.unwell if state in NOT_WELL else kind.well
            self._at_risk.append((code, rate, kind))
            when = dies_at(now, self._left[code], rate, since, kind.days, kind.ratios, 0.0, (), end)
            if when < first:
                first, self._due = when, code
        return first

    def pass_time(self, until: float) -> None:
        """To the end of the phase, or of the time at risk."""
        for code, rate, kind in self._at_risk if until > self._began else ():
            spent = death_hazard(self._began, until, rate, self._since, kind.days, kind.ratios)
            self._left[code] = max(self._left[code] - spent, 0.0)

    @property
    def leads_to(self) -> int:
        """The level to which the visit that is due may lead, or NONE."""
        return self._shared.plan.emergencies[self._due].to

    def visit(self, now: float, place: int, may_go: bool) -> int:
        """The visit that was due. Returns the level that it leads to, or NONE.

        place: the level where they are, or NONE. may_go: whether they can be sent to where it may lead.
        """
        code = self._due
        chances, kind, number = self._shared.emergencies[code], self._shared.plan.emergencies[code], self._visits[code]
        to = NONE
        if may_go and kind.to != place and chances.admission.uniform(self._patient, number) < kind.admitted:
            to = kind.to
        self._visits[code] += 1
        self._left[code] = chances.visit.exponential(self._patient, number + 1)
        self.rows += (self._patient, code, place, now, to)
        return to
