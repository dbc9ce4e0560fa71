"""Chance: every draw is a function of (seed, replication, decision, patient, occurrence) and of nothing else.

A decision is a named point at which chance enters ("dropout:residential", "relapse"). Each has its own counter-based
generator, keyed by a hash of (seed, replication, decision), whose output is laid out patient by patient: patient 17's
third drop-out draw is the same number in every scenario, whatever else differs and in whatever order events happen.
That is what makes the patients of two scenarios the same people with the same luck (common random numbers).
"""

import hashlib
from math import log1p, sqrt

import numpy as np

from sim.model.records import Column

WIDTH = 4
"""Occurrences of one patient in one block. Changing it changes every result."""


class Decision:
    """The draws of one decision for all patients, filled a block at a time: block b holds occurrences 4b to 4b + 3.

    Patients come in groups that are numbered one after the other (people present on day 0, then newcomers); each group
    has a stretch of the counter to itself, so that the size of one does not move the draws of another.
    """

    __slots__ = ("_groups", "_key", "_rows")

    def __init__(self, seed: int, replication: int, name: str, groups: tuple[int, ...]) -> None:
        digest = hashlib.blake2b(f"{seed}/{replication}/{name}".encode(), digest_size=16).digest()
        self._key = int.from_bytes(digest, "little")
        self._groups = groups
        self._rows: list[memoryview[float]] = []

    def uniform(self, patient: int, occurrence: int = 0) -> float:
        """A uniform on [0, 1)."""
        try:
            return self._rows[occurrence][patient]
        except IndexError:
            return self._row(occurrence)[patient]

    def exponential(self, patient: int, occurrence: int = 0) -> float:
        """A unit exponential: the cumulative hazard at which an event happens."""
        # Not by way of `uniform`: half of all draws would pay for a second call.
        try:
            return -log1p(-self._rows[occurrence][patient])
        except IndexError:
            return -log1p(-self._row(occurrence)[patient])

    def uniforms(self) -> list[float]:
        """The first uniform of every patient."""
        return list(self._row(0))

    def _row(self, occurrence: int) -> "memoryview[float]":
        """One occurrence of every patient."""
        while occurrence >= len(self._rows):
            self._fill()
        return self._rows[occurrence]

    def _fill(self) -> None:
        # Block and group sit in the top words of Philox's 256-bit counter, so that no two stretches overlap.
        block = len(self._rows) // WIDTH << 192
        table: Column = np.empty((sum(self._groups), WIDTH))
        start = 0
        for group, size in enumerate(self._groups):
            stretch = np.random.Philox(key=self._key, counter=block | group << 128)
            np.random.Generator(stretch).random(out=table[start : start + size])
            start += size
        self._rows.extend(row.data for row in table.T.copy())


class Draws:
    """All decisions of one replication."""

    def __init__(self, seed: int, replication: int, groups: tuple[int, ...]) -> None:
        self._where = (seed, replication)
        self._groups = groups
        self._decisions: dict[str, Decision] = {}

    def of(self, name: str) -> Decision:
        """The decision of this name; asking for it draws nothing yet."""
        if name not in self._decisions:
            self._decisions[name] = Decision(*self._where, name, self._groups)
        return self._decisions[name]


def unit_poisson_times(seed: int, replication: int, until: float) -> Column:
    """Event times of a unit-rate Poisson process up to `until`; a longer horizon only adds times at the end."""
    count = int(until + 6 * sqrt(until) + 20)
    while True:
        arrivals = Decision(seed, replication, "arrival", (count,))
        times = np.cumsum([-log1p(-u) for u in arrivals.uniforms()])
        if times[-1] > until:
            return times[times <= until]
        count *= 2
