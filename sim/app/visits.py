"""Visits: what each visitor has laid out and run, kept for a while under a secret of theirs, to survive a reload.

The secret stands in the address of the page. It is made here and nowhere else: an address with another one gives a new
visit under a new secret. Whoever is given the address of a visit shares that visit.
"""

import secrets
import threading
import time
from dataclasses import dataclass, field

from sim.app.reading import NOTHING, Found
from sim.app.running import Job
from sim.app.systems import Comparison, first_comparison

KEPT = 3_600.0
"""Seconds after the last look. A run ends sooner (`running.PATIENCE`)."""

MOST_VISITS = 50
"""The one that was looked at longest ago makes room for another."""

USUAL = 10


@dataclass
class Visit:
    """One visitor's comparison, files and runs. job: what runs or ended without a result; done: the last with a result.

    seen: when the page was last built, in seconds of the monotonic clock. lock: of job and done, which the tabs of one
    visit share.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    comparison: Comparison = field(default_factory=first_comparison)
    sent: Found = NOTHING
    job: Job | None = None
    done: Job | None = None
    replications: int = USUAL
    seed: int = 1
    draws: int = 0
    seen: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_KEPT: dict[str, Visit] = {}
_LOCK = threading.Lock()


def visit_of(token: str) -> Visit:
    """The visit with this secret, or a new one."""
    with _LOCK:
        _clean()
        kept = _KEPT.get(token)
    return kept if kept is not None else Visit()


def keep(visit: Visit) -> None:
    """Keep a visit from now on. What is not kept any more goes, with its runs, when no page shows it."""
    with _LOCK:
        visit.seen = time.monotonic()
        _KEPT[visit.token] = visit
        _clean()


def _clean() -> None:
    latest = sorted(_KEPT.values(), key=lambda visit: -visit.seen)
    for place, visit in enumerate(latest):
        if place >= MOST_VISITS or time.monotonic() - visit.seen > KEPT:
            del _KEPT[visit.token]
