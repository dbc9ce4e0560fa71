"""Every case ends in time, and none of them needs much memory."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

CASES = int(os.environ.get("STEPDOWN_FUZZ_CASES", "500"))
"""Damaged files in all; set it to 20000 or more for a night."""

SECONDS = 10
"""Of computing: how long that takes, other processes decide."""
STUCK = 300
"""Seconds on the clock, for what waits and does not compute."""
MEGABYTES = 600


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


def memory(kind: str) -> float:
    """Megabytes of this process: VmRSS now, VmHWM the most since the peak was forgotten; 0 where no kernel says."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{kind}:")), 0.0)


def forget_the_peak() -> float:
    """Megabytes in use now; what was in use before, by other tests of this process, counts no more."""
    peak = Path("/proc/self/clear_refs")
    if peak.exists():
        peak.write_text("5")
    return memory("VmRSS")


def assert_little_memory(before: float) -> None:
    """Since the peak was forgotten this process has never been much larger than it was then."""
    assert memory("VmHWM") - before < MEGABYTES
