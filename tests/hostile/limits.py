"""Every case ends in time, and none of them needs much memory."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

CASES = int(os.environ.get("STEPDOWN_FUZZ_CASES", "500"))
"""Damaged files in all; set it to 20000 or more for a night."""

SECONDS = 10
"""Of computing: how long that takes, other processes decide."""
STUCK = 120
"""Seconds on the clock, for what waits and does not compute."""
MEGABYTES = 700


class TooSlow(Exception):
    """A case took longer than SECONDS, or was STUCK."""


@contextmanager
def in_time() -> Iterator[None]:
    """Raise TooSlow when what is inside takes too long."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    limits = ((signal.SIGPROF, signal.ITIMER_PROF, SECONDS), (signal.SIGALRM, signal.ITIMER_REAL, STUCK))
    before = [signal.signal(number, stop) for number, _, _ in limits]
    for _, timer, seconds in limits:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(limits, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def assert_little_memory() -> None:
    """The largest that this process has ever been."""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 < MEGABYTES
