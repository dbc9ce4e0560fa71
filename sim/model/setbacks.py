"""Setbacks that end no stay and are no relapse, cut out of the spells of being well when the run is over.

Nothing else in the model depends on a setback, so nobody's pathway need know of one: each spell of being well, and the
hazard of setbacks in each stretch of it, tell where its setbacks begin.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from sim.model.draws import Draws
from sim.model.formulas import relapse_hazard, setback_begins, setback_hazard, surely_no_setback
from sim.model.pace import AT_ONCE, PER_DAY, EndlessCircle
from sim.model.plan import Plan
from sim.vocabulary import SETBACK, WELL

Stretch = tuple[float, float, float, float, float, float, float, float, float]
"""A stretch of a spell of being well in one setting: began, clock, before, after, ratio, median, shape, plan, most.

began: when. clock: exposed days a day. before, after: exposed days of the spell. ratio: hazard ratio of setbacks;
infinite for a setback at that very instant. median, shape: of the clock of setbacks. plan: since when the plan is in
force that says how long setbacks last. most: which the baseline's cumulative hazard does not pass. A plain tuple: there
is one for nearly every phase of everybody's life.
"""

Spell = tuple[int, float, float, Sequence[Stretch]]
"""A spell as it was lived: state, when it started and ended, and the stretches of a spell of being well."""


class Setbacks:
    """The setbacks of one replication. plans: in the order in which they come into force."""

    def __init__(self, plans: Sequence[Plan], draws: Draws) -> None:
        self._plans = {plan.since: plan for plan in plans}
        self._replication = draws.replication
        self._gap = draws.of("lapse")
        self._length = draws.of("lapse duration")

    def cut_out(self, patient: int, spells: Sequence[Spell]) -> list[float]:
        """All spells of a patient, in order, with the setbacks cut out: patient, state, started, ended, and so on.

        Raises EndlessCircle when they come faster than anybody lives.
        """
        rows: list[float] = []
        length = self._length.exponential
        drawn = (self._gap.uniform(patient, number) for number in count())
        setbacks = 0
        first = spells[0][1]
        for state, since, ended, stretches in spells:
            if stretches and not _has_none(stretches, first_drawn := next(drawn)):
                over = -math.inf
                for start, plan in self._starts(stretches, first_drawn, drawn):
                    end = start + plan.times[plan.setback_duration](length(patient, setbacks))
                    # One that would begin during another is part of it.
                    if start >= over:
                        over = end
                        if end > ended:
                            start, end = min(start, ended), ended
                        rows += (patient, WELL, since, start, patient, SETBACK, start, end)
                        since = end
                    setbacks += 1
                    if setbacks > AT_ONCE + PER_DAY * (start - first):
                        loop = f"setback, {setbacks:,} times in {start - first:.3g} days"
                        raise EndlessCircle(plan.names.scenario, self._replication, patient, start, loop)
            rows += (patient, state, since, ended)
        return rows

    def _starts(
        self, stretches: Iterable[Stretch], first: float, drawn: Iterator[float]
    ) -> Iterator[tuple[float, Plan]]:
        """When the setbacks of one spell begin, and under which plan. first, drawn: of the hazard from one to the
        next."""
        due = -math.log1p(-first)
        for began, clock, before, after, ratio, median, shape, since, _ in stretches:
            plan = self._plans[since]
            if ratio == math.inf:
                yield began, plan
                continue
            so_far = relapse_hazard(before, median, shape) if before else 0.0
            hazard = setback_hazard(so_far, relapse_hazard(after, median, shape), ratio)
            while due < hazard:
                yield setback_begins(due, began, before, so_far, clock, ratio, median, shape), plan
                due += -math.log1p(-next(drawn))
            due -= hazard


def _has_none(stretches: Sequence[Stretch], drawn: float) -> bool:
    """Whether it is plain that there is no setback in a spell. drawn: of the hazard before its first."""
    return len(stretches) == 1 and surely_no_setback(drawn, stretches[0][-1], stretches[0][4])
