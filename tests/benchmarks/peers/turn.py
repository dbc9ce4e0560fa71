"""A peer's side of the benchmark: a process that simulates when it is told to, and says what it cost.

Needs the standard library alone. Each line of standard input is a request, a JSON object; each is answered by one line.
"""

import gc
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any, NamedTuple

from programme import Size


class Queue(NamedTuple):
    """M/M/10 at load 0.9: people a day, mean days of a stay, places; and how long it is watched."""

    arrivals: float = 9.0
    stay: float = 1.0
    places: int = 10
    days: float = 4_000.0
    warm_up: int = 1_000
    """The first patients, whose waits are left out."""
    batches: int = 13
    """Of waits in the order of asking, so long (some 280 days) that their means hardly hang together."""
    in_batch: int = 2_500


QUEUE = Queue()


class Outcome(NamedTuple):
    """What one replication was about: patients, the years that they lived through, waits in the order of asking."""

    patients: int
    years: float | None = None
    waits: list[float] | None = None
    events: int | None = None


def itself(size: Size) -> Size:
    """Nothing is made ready."""
    return size


class Case(NamedTuple):
    """A model: one replication, which is timed; and what is said of it after, and made ready before, which is not.

    booked: the same replication with every event on the calendar, where SimPy runs ahead of it with some.
    """

    run: Callable[[Any, int], Any]
    told: Callable[[Any], Outcome]
    ready: Callable[[Size], Any] = itself
    booked: Callable[[Any, int], Any] | None = None


def serve(cases: Mapping[str, Case]) -> None:
    """Answer requests until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        size = Size(request["arrivals"], request["horizon"])
        answer = (counted if request["count"] else timed)(cases[request["case"]], size, request["seed"])
        print(json.dumps(answer), file=answers, flush=True)


def timed(case: Case, size: Size, seed: int) -> dict[str, Any]:
    """One replication: CPU seconds, the most memory above that at its start (bytes), and what it was about."""
    model = case.ready(size)
    gc.collect()
    before, start = memory("VmRSS"), process_time()
    result = case.run(model, seed)
    seconds, most = process_time() - start, memory("VmHWM")
    outcome = case.told(result)
    return {
        "seconds": seconds,
        "memory": None if most is None or before is None else max(most - before, 0),
        "patients": outcome.patients,
        "years": outcome.years,
        "batches": batch_means(outcome.waits or []),
    }


def counted(case: Case, size: Size, seed: int) -> dict[str, Any]:
    """Events and patients of one replication: those that the simulator counts itself, or else SimPy's."""
    events = 0
    if "simpy" in sys.modules:
        import simpy

        step = simpy.Environment.step

        def counting(env: simpy.Environment) -> None:
            nonlocal events
            step(env)
            events += 1

        simpy.Environment.step = counting  # type: ignore[method-assign]
    outcome = case.told((case.booked or case.run)(case.ready(size), seed))
    if "simpy" in sys.modules:
        simpy.Environment.step = step  # type: ignore[method-assign]
    return {"events": events if outcome.events is None else outcome.events, "patients": outcome.patients}


def memory(what: str) -> int | None:
    """Bytes of this process that are in memory now (VmRSS) or were at most (VmHWM); None where Linux does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith(what))


def batch_means(waits: list[float]) -> list[float]:
    """Mean waits of successive batches that are whole, behind the warm-up."""
    last = min(QUEUE.warm_up + QUEUE.batches * QUEUE.in_batch, len(waits)) - QUEUE.in_batch
    return [fmean(waits[at : at + QUEUE.in_batch]) for at in range(QUEUE.warm_up, last + 1, QUEUE.in_batch)]
