"""Small scenarios that tests are made of, and waiting for what comes about."""

import hashlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import sim
from sim.experiment import replications
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


@cache
def briefly(name: str, warm_up: float = 60, recruitment: float = 60, follow_up: float = 180) -> Scenario:
    """A shipped scenario over so many days: for tests that are about its parts, and not about how long it runs."""
    days = {"warm_up_days": warm_up, "recruitment_days": recruitment, "follow_up_days": follow_up}
    return sim.load_scenario(name).with_overrides({f"time.{key}": value for key, value in days.items()})


SMALLEST_WARD = """
name = "Ward"
time = { recruitment_days = 30, follow_up_days = 30 }
arrivals.per_day = 1.0
entry = [{ to = { ward = 1.0 } }]
places.beds.capacity = 5
[levels.ward]
places = ["beds"]
length_of_stay = { distribution = "exponential", mean = 8 }
"""
"""A file of one ward with five beds."""

WARD = """
name = "Small ward"
[time]
warm_up_days = 30
recruitment_days = 60
follow_up_days = 40
[arrivals]
per_day = 1.0
[[entry]]
to = { ward = 1.0 }
[places.beds]
capacity = 12
[levels.ward]
places = ["beds"]
length_of_stay = { distribution = "exponential", mean = 8 }
cost_per_day = 100.0
patient_time_per_day = 90.0
"""
"""The smallest scenario file that has costs."""

UTILITIES = "[utilities]\nwell = 0.8\nsetback = 0.7\nunwell = 0.5\n"

CLINIC = """
name = "Clinic"
[time]
warm_up_days = 60
recruitment_days = 60
follow_up_days = 100
[arrivals]
per_day = 1.0
[population]
severity = { mild = 0.4, severe = 0.6 }
housing = { stable = 0.5, none = 0.5 }
[effects.severity.severe]
relapse = 2.0
[[entry]]
to = { residential = 1.0 }
[places.beds]
capacity = 9
fixed_cost_per_day = 210.0
[levels.residential]
places = ["beds"]
length_of_stay = { distribution = "exponential", mean = 8 }
patience = { distribution = "exponential", mean = 6 }
cost_per_day = 312.5
patient_time_per_day = 80.0
[[levels.residential.next]]
to = "outpatient"
probability = 0.5
delay_days = { distribution = "exponential", mean = 3 }
[levels.outpatient]
length_of_stay = { distribution = "exponential", mean = 20 }
cost_per_day = 61.7
[relapse]
median_days = 40.0
shape = 0.7
[utilities]
well = 0.9
setback = 0.8
unwell = 0.6
[evidence."levels.residential.next.0.probability"]
low = 0.3
high = 0.6
unit = "share"
grade = "published"
source = "A study of clinics"
[evidence."levels.residential.next.0.delay_days.mean"]
low = 1.0
high = 9.0
unit = "days"
grade = "assumption"
source = "a guess"
"""
"""A scenario file with waits, links, relapses, groups of patients, costs, utilities and evidence."""


@contextmanager
def simulated_once() -> Iterator[None]:
    """Within this, `run`, `compare` and `select` simulate each replication once in this process.

    For tests of what is made of replications; none that simulating again gives the same can fail here.
    """
    import pytest  # Not above: programs that are started in dozens make small scenarios, and would load it in vain.

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replications, "replicate", lru_cache(maxsize=2_000)(replications.replicate))
        yield


@contextmanager
def measured_once() -> Iterator[None]:
    """Within this, a check of a suite measures each replication once in this process.

    For tests of what is made of the numbers; none that measuring again gives the same can fail here.
    """
    import pytest

    from sim.experiment.regression import baselines

    found: dict[tuple[str, int, int], dict[str, float]] = {}
    measured = baselines._metrics

    def known(task: replications.Task) -> dict[str, float]:
        key = (task.scenario.digest(), task.seed, task.replication)
        if key not in found:
            found[key] = measured(task)
        return found[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "_metrics", known)
        yield


PATIENCE = 300.0
"""Seconds. What has to come about comes about when a busy machine gets to it; what never does, not even then."""


def wait_until(true: Callable[[], object], pause: float = 0.02) -> None:
    """Go on as soon as it is true. pause: seconds between two looks."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause)


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
