"""How much the model costs: per event, patient and patient-year, and on top of SimPy itself.

    python tests/benchmarks/engine.py [SCENARIO]

One replication, from plan to records, against bare SimPy processes that yield as many timeouts as the replication has
events, in the same Python process, turn by turn. Exit status 1 when the ratio of CPU times is above the limit.
"""

import gc
import sys
from collections.abc import Generator
from statistics import median
from time import process_time
from typing import Any

import simpy

import sim
from sim.model.engine import Engine, Replication, plan_of, replicate
from sim.model.engines import can_compile
from sim.scenario import Scenario
from sim.vocabulary import DAYS_PER_YEAR, DEAD

LIMIT = 2.5
ROUNDS = 9
MEAN_TIMEOUT = 28.0
"""Days: keeps about as many timeouts pending as the replication has events pending."""


def size_of(scenario: Scenario) -> tuple[int, int, float]:
    """Events, patients, and years that these lived through, of one replication."""
    system = Replication(plan_of(scenario), seed=1, replication=0)
    system.open()
    events = 0
    env = system.world.env
    while env.peek() < system.plan.horizon:
        env.step()
        events += 1
    journeys = len(system.journeys)
    spells = system.close().spells
    days = (spells["ended"] - spells["started"])[spells["state"] != DEAD]
    return events, journeys, float(days.sum()) / DAYS_PER_YEAR


def bare_loop(timeouts: int, processes: int, days: float) -> float:
    """CPU seconds of SimPy processes that start one after the other and together yield this many timeouts.

    As many processes as the replication has patients, arriving like them, so that the event queue is about as deep.
    """
    each, extra = divmod(timeouts - processes, processes)

    def process(env: simpy.Environment, count: int) -> Generator[simpy.Event, Any, None]:
        for _ in range(count):
            yield env.timeout(MEAN_TIMEOUT)

    def start_all(env: simpy.Environment) -> Generator[simpy.Event, Any, None]:
        for number in range(processes):
            yield env.timeout(days / processes)
            env.process(process(env, each + (number < extra)))

    start = process_time()
    env = simpy.Environment()
    env.process(start_all(env))
    env.run()
    return process_time() - start


def replication(scenario: Scenario, engine: Engine = "simpy") -> float:
    """CPU seconds of one replication."""
    start = process_time()
    replicate(scenario, seed=1, replication=0, engine=engine)
    return process_time() - start


def main() -> int:
    """Print the figures; 1 when over the limit."""
    scenario = sim.load_scenario(sys.argv[1] if len(sys.argv) > 1 else "hybrid")
    events, patients, years = size_of(scenario)
    engines: tuple[Engine, ...] = ("simpy", "compiled") if can_compile() else ("simpy",)
    for engine in engines:
        replication(scenario, engine)
    rounds = []
    for _ in range(ROUNDS):
        gc.collect()
        models = [replication(scenario, engine) for engine in engines]
        rounds.append((bare_loop(events, patients, plan_of(scenario).horizon), *models))
    bare, model, *compiled = (median(times) for times in zip(*rounds, strict=True))
    ratio = median(model / bare for bare, model, *_ in rounds)
    print(f"{events:,} events of {patients:,} patients: model {model * 1e3:.0f} ms, bare loop {bare * 1e3:.0f} ms")
    print(f"ratio {ratio:.2f} (limit {LIMIT})")
    if compiled:
        faster, took = median(model / fast for _, model, fast in rounds), compiled[0]
        print(f"compiled: {took * 1e3:.0f} ms, {took / events * 1e9:.0f} ns an event, {faster:.1f} times as fast")
    each = ((events, "event"), (patients, "patient"), (years, "patient-year"))
    print("CPU of the model: " + ", ".join(f"{model / count * 1e6:,.1f} us a {what}" for count, what in each))
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
