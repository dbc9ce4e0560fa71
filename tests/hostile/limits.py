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
MEGABYTES = 700


class TooSlow(Exception):
    """A case took longer than SECONDS."""


@contextmanager
def in_time() -> Iterator[None]:
    """Raise TooSlow when what is inside takes too long."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def assert_little_memory() -> None:
    """The largest that this process has ever been."""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 < MEGABYTES
