"""Lapses: short use that ends no stay and is no relapse, cut out of the spells of abstinence when the run is over.

Nothing else in the model depends on a lapse, so nobody's pathway need know of one: each spell of abstinence, and how
exposed the patient was in each stretch of it, tell where its lapses begin.
"""

import math
from collections.abc import Iterable

from sim.model.draws import Draws
from sim.model.formulas import lapse_begins, lapse_gap
from sim.model.pace import AT_ONCE, PER_DAY, EndlessCircle
from sim.model.plan import Plan
from sim.scenario.laws import time_of
from sim.vocabulary import ABSTINENT, LAPSE

Stretch = tuple[float, float, float, float]
"""A stretch of constant exposure: when it began, exposed days a day, exposed days of the spell before it, and after."""

Spell = tuple[int, float, float, list[Stretch]]
"""A spell as it was lived: state, when it started and ended, and the stretches of a spell of abstinence."""


class Lapses:
    """The lapses of one replication."""

    def __init__(self, plan: Plan, draws: Draws) -> None:
        self._plan, self._replication = plan, draws.replication
        self._gap = draws.of("lapse")
        self._length = draws.of("lapse duration")

    def cut_out(self, patient: int, ratio: float, spells: Iterable[Spell]) -> list[float]:
        """All spells of a patient, in order, with the lapses cut out: patient, state, started, ended, and so on.

        ratio: the patient's hazard ratio of lapses. Raises EndlessCircle when they come faster than anybody lives.
        """
        rows: list[float] = []
        plan, mean_gap = self._plan, self._plan.lapse_every
        if mean_gap == math.inf:
            for state, started, ended, _ in spells:
                rows += (patient, state, started, ended)
            return rows
        gap, length, law = self._gap.exponential, self._length.exponential, plan.laws[plan.lapse_duration]
        gaps = lapses = 0
        first = math.inf
        for state, since, ended, stretches in spells:
            first = min(first, since)
            if state == ABSTINENT:
                due = lapse_gap(gap(patient, gaps), mean_gap, ratio)
                gaps += 1
                over = -math.inf
                for began, exposure, before, after in stretches:
                    while due < after:
                        start = lapse_begins(due, began, before, exposure)
                        end = start + time_of(law, plan.values, plan.shares, length(patient, lapses))
                        # One that would begin during another is part of it.
                        if start >= over:
                            over = end
                            if end > ended:
                                start, end = min(start, ended), ended
                            rows += (patient, ABSTINENT, since, start, patient, LAPSE, start, end)
                            since = end
                        due += lapse_gap(gap(patient, gaps), mean_gap, ratio)
                        gaps += 1
                        lapses += 1
                        if lapses > AT_ONCE + PER_DAY * (start - first):
                            loop = f"lapse, {lapses:,} times in {start - first:.3g} days"
                            raise EndlessCircle(self._plan.names.scenario, self._replication, patient, start, loop)
            rows += (patient, state, since, ended)
        return rows
