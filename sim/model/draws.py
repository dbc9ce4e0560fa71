"""Chance: every draw is a function of (seed, replication, decision, patient, occurrence) and of nothing else.

A decision is a named point at which chance enters ("dropout:residential", "relapse"). Each has its own counter-based
generator, keyed by a hash of (seed, replication, decision), whose output is laid out patient by patient: patient 17's
third drop-out draw is the same number in every scenario, whatever else differs and in whatever order events happen.
That is what makes the patients of two scenarios the same people with the same luck (common random numbers).
"""

import hashlib
from math import log1p, sqrt
from typing import Any

import numpy as np

from sim.vocabulary import Column

WIDTH = 4
"""Occurrences of one patient in one block. Changing it changes every result."""

AT_ONCE = 16
"""So many blocks are drawn for everybody as soon as anybody needs them."""
COMPANY, SHARE = 64, 32
"""Later ones, when so many patients, and one in so many of all, have come to need them."""


class Decision:
    """The draws of one decision for all patients: block b holds occurrences 4b to 4b + 3.

    A block is drawn for everybody at once; but whoever runs far ahead of the others has blocks of their own, of which
    only the latest is kept. So one patient who goes round fast takes no memory for all.

    Patients come in groups that are numbered one after the other (people present on day 0, then newcomers); each group
    has a stretch of the counter to itself, so that the size of one does not move the draws of another.
    """

    __slots__ = ("_ahead", "_groups", "_key", "_rows", "_source")

    def __init__(self, seed: int, replication: int, name: str, groups: tuple[int, ...]) -> None:
        digest = hashlib.blake2b(f"{seed}/{replication}/{name}".encode(), digest_size=16).digest()
        self._key = int.from_bytes(digest, "little")
        self._groups = groups
        self._rows: list[memoryview[float]] = []
        self._ahead: dict[int, tuple[int, list[float]]] = {}
        self._source: tuple[np.random.Generator, Any] | None = None

    def uniform(self, patient: int, occurrence: int = 0) -> float:
        """A uniform on [0, 1)."""
        try:
            return self._rows[occurrence][patient]
        except IndexError:
            return self._beyond(patient, occurrence)

    def exponential(self, patient: int, occurrence: int = 0) -> float:
        """A unit exponential: the cumulative hazard at which an event happens."""
        # Not by way of `uniform`: half of all draws would pay for a second call.
        try:
            return -log1p(-self._rows[occurrence][patient])
        except IndexError:
            return -log1p(-self._beyond(patient, occurrence))

    def uniforms(self) -> list[float]:
        """The first uniform of every patient."""
        if not self._rows:
            self._fill()
        return list(self._rows[0])

    def _beyond(self, patient: int, occurrence: int) -> float:
        """A draw that is in no row yet."""
        block, place = divmod(occurrence, WIDTH)
        if block < AT_ONCE:
            while block >= self._filled():
                self._fill()
            return self._rows[occurrence][patient]
        latest, values = self._ahead.get(patient, (0, []))
        if latest != block:
            values = self._own(patient, block)
            self._ahead[patient] = block, values
            while len(self._ahead) > max(COMPANY, sum(self._groups) // SHARE):
                self._fill()
                self._ahead = {who: own for who, own in self._ahead.items() if own[0] >= self._filled()}
        return values[place]

    def _own(self, patient: int, block: int) -> list[float]:
        """One block of one patient: the numbers that `_fill` puts into their column."""
        group = 0
        while patient >= self._groups[group]:
            patient -= self._groups[group]
            group += 1
        if self._source is None:
            stretch = np.random.Philox(key=self._key)
            self._source = np.random.Generator(stretch), stretch.state
        generator, state = self._source
        state["state"]["counter"][:] = patient, 0, group, block
        generator.bit_generator.state = state  # Of a fresh stretch: nothing is left over from the block before.
        values: list[float] = generator.random(WIDTH).tolist()
        return values

    def _filled(self) -> int:
        """Blocks that are drawn for everybody."""
        return len(self._rows) // WIDTH

    def _fill(self) -> None:
        # Block and group sit in the top words of Philox's 256-bit counter, so that no two stretches overlap.
        block = self._filled() << 192
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
        self.replication = replication
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
