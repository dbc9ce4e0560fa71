"""Lapses: short use that ends no stay and is no relapse, cut out of the spells of abstinence when the run is over.

Nothing else in the model depends on a lapse, so nobody's pathway need know of one: each spell of abstinence, and the
hazard of use in each stretch of it, tell where its lapses begin.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import count

from sim.model.draws import Draws
from sim.model.formulas import lapse_begins, lapse_hazard, lapse_ratio
from sim.model.pace import AT_ONCE, PER_DAY, EndlessCircle
from sim.model.plan import Plan, Profile
from sim.scenario.laws import time_of
from sim.vocabulary import ABSTINENT, LAPSE

Stretch = tuple[float, float, float, float, float]
"""A stretch of a constant setting: when it began, exposed days a day, exposed days of the spell before it and after,
and the hazard ratio of relapse in it. An infinite ratio stands for a lapse at that very instant."""

Spell = tuple[int, float, float, list[Stretch]]
"""A spell as it was lived: state, when it started and ended, and the stretches of a spell of abstinence."""


class Lapses:
    """The lapses of one replication."""

    def __init__(self, plan: Plan, draws: Draws) -> None:
        self._plan, self._replication = plan, draws.replication
        self._gap = draws.of("lapse")
        self._length = draws.of("lapse duration")

    def cut_out(self, patient: int, profile: Profile, spells: Iterable[Spell]) -> list[float]:
        """All spells of a patient, in order, with the lapses cut out: patient, state, started, ended, and so on.

        Raises EndlessCircle when they come faster than anybody lives.
        """
        rows: list[float] = []
        if profile.share_of_uses == 1:
            for state, started, ended, _ in spells:
                rows += (patient, state, started, ended)
            return rows
        length, law = self._length.exponential, self._plan.laws[self._plan.lapse_duration]
        gaps = (self._gap.exponential(patient, number) for number in count())
        lapses = 0
        first = math.inf
        for state, since, ended, stretches in spells:
            first = min(first, since)
            if state == ABSTINENT:
                over = -math.inf
                for start in _starts(stretches, profile, gaps):
                    end = start + time_of(law, self._plan.values, self._plan.shares, length(patient, lapses))
                    # One that would begin during another is part of it.
                    if start >= over:
                        over = end
                        if end > ended:
                            start, end = min(start, ended), ended
                        rows += (patient, ABSTINENT, since, start, patient, LAPSE, start, end)
                        since = end
                    lapses += 1
                    if lapses > AT_ONCE + PER_DAY * (start - first):
                        loop = f"lapse, {lapses:,} times in {start - first:.3g} days"
                        raise EndlessCircle(self._plan.names.scenario, self._replication, patient, start, loop)
            rows += (patient, state, since, ended)
        return rows


def _starts(stretches: Iterable[Stretch], profile: Profile, gaps: Iterator[float]) -> Iterator[float]:
    """When the lapses of one spell begin. gaps: the hazard from one to the next."""
    lapses_to_relapses = lapse_ratio(profile.share_of_uses)
    due = next(gaps)
    for began, clock, exposed, after, ratio in stretches:
        if ratio == math.inf:
            yield began
            continue
        ratio *= lapses_to_relapses
        hazard = lapse_hazard(exposed, after, ratio, *profile.curve)
        while due < hazard:
            yield lapse_begins(due, began, exposed, clock, ratio, *profile.curve)
            due += next(gaps)
        due -= hazard
