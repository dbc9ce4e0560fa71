"""Luck: the draws of the model itself, for many patients at once."""

from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from sim.model.draws import NEWCOMERS, Draws
from sim.scenario.laws import SMALLEST_UNIFORM
from sim.vocabulary import Column


class Luck:
    """What the model would draw for each of so many newcomers, by decision and occurrence; kept once drawn."""

    def __init__(self, seed: int, replication: int, people: int) -> None:
        self.people = people
        self.draws = Draws(seed, replication, ((NEWCOMERS, people),))
        self._tables: dict[str, Column] = {}

    def uniform(self, decision: str, who: Column, occurrence: Column) -> Column:
        """Uniforms on [0, 1): of each of these patients, the n-th of this decision."""
        most = int(occurrence.max(initial=0)) + 1
        table = self._tables.get(decision)
        if table is None or len(table) < most:
            # Twice as many as are needed now: to make room patient by patient would copy all of it each time.
            table = self._tables[decision] = self.draws.of(decision).first(2 * most if table is not None else most)
        return np.asarray(table[occurrence, who])

    def normal(self, decision: str) -> Column:
        """Standard normals: of every patient, the first of this decision."""
        drawn = self.uniform(decision, np.arange(self.people), np.zeros(self.people, dtype=int))
        return np.asarray(ndtri(np.maximum(drawn, SMALLEST_UNIFORM)))

    def exponential(self, decision: str, who: Column, occurrence: Column) -> Column:
        """Unit exponentials, likewise."""
        return -np.log1p(-self.uniform(decision, who, occurrence))


@lru_cache(maxsize=32)
def luck_of(seed: int, replication: int, people: int) -> Luck:
    """The same luck whenever it is asked for: what two sets of parameters give differs by the parameters alone."""
    return Luck(seed, replication, people)
