"""Our own engines on `hybrid` and on M/M/10; with an earlier build's folder on the path, that build's.

    pip install -e .

    python stepdown_engines.py ENGINE

One replication, from a scenario that is loaded to the records, whatever is then made of these. The plan is worked out
once in each process, in the first replication.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any
from unittest.mock import patch

from programme import Size
from turn import QUEUE, Case, Outcome, serve

import sim
from sim.model import replicate
from sim.model.pathway import Journey

ENGINES: Mapping[str, Callable[[Any, int, int], Any]] = {
    "SimPy": replicate,
    "compiled": partial(replicate, engine="compiled"),
}
"""Every engine by its name: (scenario, seed, replication) -> records."""


@cache
def hybrid(size: Size) -> Any:
    """The shipped scenario, as large and as long as asked for."""
    scenario = sim.load_scenario("hybrid")
    if size == Size():
        return scenario
    changed = {"arrivals.calls_per_month": size.arrivals * scenario.arrivals.calls_per_month}
    for part in ("warm_up_days", "recruitment_days", "follow_up_days"):
        changed[f"time.{part}"] = size.horizon * getattr(scenario.time, part)
    changed |= {f"places.{name}.capacity": size.arrivals * place.capacity for name, place in scenario.places.items()}
    for state in ("well", "unwell"):
        changed[f"known.{state}.people"] = size.arrivals * getattr(scenario.known, state).people
    return scenario.with_overrides(changed)


@cache
def queue(size: Size) -> Any:
    """M/M/10, after which nobody relapses or comes back."""
    return sim.load_scenario(
        {
            "name": "M/M/10",
            "time": {"recruitment_days": size.horizon * QUEUE.days - 1, "follow_up_days": 1},
            "arrivals": {"per_day": QUEUE.arrivals},
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {
                "ward": {"places": ["beds"], "length_of_stay": {"distribution": "exponential", "mean": QUEUE.stay}}
            },
            "places": {"beds": {"capacity": QUEUE.places}},
        }
    )


def told_of_pathway(records: Any) -> Outcome:
    """Patients, and the years that they lived through."""
    spells = records.spells
    dead = list(spells.categories["state"]).index("dead")
    days = (spells["ended"] - spells["started"])[spells["state"] != dead]
    return Outcome(len(records.patients), years=float(days.sum()) / 365.25)


def told_of_queue(records: Any) -> Outcome:
    """Patients and waits."""
    waits = records.waits
    order = waits["asked"].argsort(kind="stable")
    return Outcome(len(records.patients), waits=(waits["ended"] - waits["asked"])[order].tolist())


def main() -> None:
    """Answer requests with the engine that is named."""
    engine = ENGINES[sys.argv[1]]

    def run(scenario: Any, seed: int) -> Any:
        return engine(scenario, seed, 0)

    def booked(scenario: Any, seed: int) -> Any:
        # An earlier build books everything.
        with patch.object(Journey, "_concerns_nobody_else", lambda *_: False, create=True):
            return run(scenario, seed)

    serve({"pathway": Case(run, told_of_pathway, hybrid, booked), "queue": Case(run, told_of_queue, queue, booked)})


if __name__ == "__main__":
    main()
