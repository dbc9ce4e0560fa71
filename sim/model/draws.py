"""Chance: every draw is a function of (seed, replication, decision, patient, occurrence) and of nothing else.

A decision is a named point at which chance enters ("dropout:residential", "relapse"). Each has its own counter-based
generator, keyed by a hash of (seed, replication, decision), whose output is laid out patient by patient: patient 17's
third drop-out draw is the same number in every scenario, whatever else differs and in whatever order events happen.
That is what makes the patients of two scenarios the same people with the same luck (common random numbers).

`uniform_of` is the whole definition. `Decision` gives the same numbers, and draws them for everybody at once.

**A new decision** is named after what it decides, with `:` and the name of the level, attribute or medication, if it is
one of these, and has a name that none ever had: a name that returns brings its old luck back. It counts its own
occurrences, from 0, of one patient. So adding one moves nobody else's draws.

**Groups of patients** are numbered within themselves, and each has a stretch of the counter of its own: 0 for people in
care or waiting on day 0, 1 for newcomers, 2 for former patients at home on day 0. A further one takes the next number;
none is used for others. The decision "arrival" alone is about newcomers only, and has them as its group 0.
"""

import hashlib
from math import log1p, sqrt

import numpy as np

from sim.vocabulary import Column

IN_CARE_ON_DAY_0, NEWCOMERS, KNOWN_ON_DAY_0 = range(3)
"""Groups of patients."""

Groups = tuple[tuple[int, int], ...]
"""Groups and their sizes, in the order in which patients are numbered."""

WIDTH = 4
"""Occurrences of one patient in one block: what Philox4x64 gives at one count. Changing it changes every result."""

AT_ONCE = 16
"""So many blocks are drawn for everybody as soon as anybody needs them."""
COMPANY, SHARE = 64, 32
"""Later ones, when so many patients, and one in so many of all, have come to need them."""

WORD = 2**64
"""Philox counts and multiplies modulo this."""


def key_of(seed: int, replication: int, decision: str) -> int:
    """The key of a decision: 128 bits of BLAKE2b."""
    digest = hashlib.blake2b(f"{seed}/{replication}/{decision}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "little")


def uniform_of(key: int, group: int, patient: int, occurrence: int) -> float:
    """The uniform on [0, 1) that a decision draws for a patient, numbered within their group, for the n-th time.

    The top 53 bits of a word of Philox4x64-10 (Salmon et al., 2011, SC '11), as numpy's generator of this name gives
    it, which adds one to its counter before it draws.
    """
    block, place = divmod(occurrence, WIDTH)
    return block_of(key, group, patient, block)[place]


def block_of(key: int, group: int, patient: int, block: int) -> tuple[float, ...]:
    """The uniforms of one block: occurrences WIDTH x block to WIDTH x block + 3."""
    return tuple((word >> 11) * 2.0**-53 for word in philox((patient + 1, 0, group, block), key))


def philox(counter: tuple[int, int, int, int], key: int) -> tuple[int, int, int, int]:
    """Philox4x64 in ten rounds: four random words of 64 bits at this count."""
    c0, c1, c2, c3 = counter
    k1, k0 = divmod(key, WORD)
    for _ in range(10):
        high0, low0 = divmod(0xD2E7470EE14C6C93 * c0, WORD)
        high1, low1 = divmod(0xCA5A826395121157 * c2, WORD)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) % WORD, (k1 + 0xBB67AE8584CAA73B) % WORD
    return c0, c1, c2, c3


class Decision:
    """The draws of one decision for all patients: block b holds occurrences 4b to 4b + 3.

    A block is drawn for everybody at once; but whoever runs far ahead of the others has blocks of their own, of which
    only the latest is kept. So one patient who goes round fast takes no memory for all.

    Patients come in groups that are numbered one after the other (people of day 0, then newcomers); each group has a
    stretch of the counter to itself, so that the size of one does not move the draws of another.
    """

    __slots__ = ("_ahead", "_groups", "_key", "_patients", "_rows")

    def __init__(self, seed: int, replication: int, name: str, groups: Groups) -> None:
        self._key = key_of(seed, replication, name)
        self._groups = groups
        self._patients = sum(size for _, size in groups)
        self._rows: list[memoryview[float]] = []
        self._ahead: dict[int, tuple[int, tuple[float, ...]]] = {}

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

    def uniforms(self) -> Column:
        """The first uniform of every patient, without what else is in their blocks."""
        first: Column = np.concatenate([_uniforms(words[:, 0]) for words in self._block(0)])
        return first

    def first(self, occurrences: int) -> Column:
        """The first so many uniforms of every patient, and some more: a row for each occurrence."""
        while len(self._rows) < occurrences:
            self._fill()
        return np.array([np.asarray(row) for row in self._rows])

    def _beyond(self, patient: int, occurrence: int) -> float:
        """A draw that is in no row yet."""
        block, place = divmod(occurrence, WIDTH)
        if block < AT_ONCE:
            while block >= self._filled():
                self._fill()
            return self._rows[occurrence][patient]
        latest, values = self._ahead.get(patient, (0, ()))
        if latest != block:
            values = self._own(patient, block)
            self._ahead[patient] = block, values
            while len(self._ahead) > max(COMPANY, self._patients // SHARE):
                self._fill()
                self._ahead = {who: own for who, own in self._ahead.items() if own[0] >= self._filled()}
        return values[place]

    def _own(self, patient: int, block: int) -> tuple[float, ...]:
        """One block of one patient: the numbers that `_fill` puts into their column."""
        groups = iter(self._groups)
        group, size = next(groups)
        while patient >= size:
            patient -= size
            group, size = next(groups)
        return block_of(self._key, group, patient, block)

    def _filled(self) -> int:
        """Blocks that are drawn for everybody."""
        return len(self._rows) // WIDTH

    def _fill(self) -> None:
        words = np.concatenate(self._block(self._filled()))
        self._rows.extend(row.data for row in np.ascontiguousarray(_uniforms(words).T))

    def _block(self, block: int) -> list[Column]:
        """The words of one block of all patients, by group: a row a patient."""
        # Block and group sit in the top words of Philox's 256-bit counter, so that no two stretches overlap.
        return [
            np.random.Philox(key=self._key, counter=block << 192 | group << 128)
            .random_raw(WIDTH * size)
            .reshape(size, WIDTH)
            for group, size in self._groups
        ]


def _uniforms(words: Column) -> Column:
    uniforms: Column = (words >> np.uint64(11)) * 2.0**-53
    return uniforms


class Draws:
    """All decisions of one replication."""

    def __init__(self, seed: int, replication: int, groups: Groups) -> None:
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
        arrivals = Decision(seed, replication, "arrival", ((0, count),))
        times = -np.cumsum([*map(log1p, (-arrivals.uniforms()).tolist())])
        if times[-1] > until:
            return times[times <= until]
        count *= 2
