"""Small scenarios that tests are made of."""

import hashlib
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sim
from sim.scenario import Scenario


def fixed(value: float) -> dict[str, Any]:
    """A fixed duration."""
    return {"distribution": "fixed", "value": value}


def exponential(mean: float) -> dict[str, Any]:
    """An exponential duration."""
    return {"distribution": "exponential", "mean": mean}


def scenario(levels: dict[str, Any], places: dict[str, int] | None = None, **parts: Any) -> Scenario:
    """A scenario of these levels; by default one arrival a day enters the first level, for 100 days."""
    described: dict[str, Any] = {
        "name": "test",
        "time": {"recruitment_days": 100, "follow_up_days": 100},
        "arrivals": {"per_day": 1.0},
        "entry": [{"to": {next(iter(levels)): 1.0}}],
        "levels": levels,
        "places": {name: {"capacity": capacity} for name, capacity in (places or {}).items()},
        **parts,
    }
    return sim.load_scenario(described)


def cohort(size: int, follow_up_days: float) -> dict[str, Any]:
    """Parts of a scenario: a closed cohort on day 0."""
    return {"arrivals": {"closed_cohort": size}, "time": {"follow_up_days": follow_up_days}}


PATIENCE = 120.0
"""Seconds. What has to come about comes about when a busy machine gets to it; what never does, not even then."""


def wait_until(true: Callable[[], object]) -> None:
    """Go on as soon as it is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def heeding_interrupts() -> None:
    """In a process that begins: answer Ctrl-C, even if the tests run in the background, where it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def blessed_otherwise(path: Path, old: str, new: str) -> None:
    """Make a baseline what another blessing would have written: one text replaced, and the checksum with it."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    lines = [line for line in text.replace(old, new, 1).splitlines() if not line.startswith("# sha256")]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    lines.insert(next(at for at, line in enumerate(lines) if not line.startswith("#")), f'# sha256 = "{digest}"')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
