"""How much the model costs: per event, patient and patient-year, beside an earlier build and the compiled engine.

    python tests/benchmarks/engine.py [SCENARIO] [--rounds N]

One replication, from plan to records, by each engine; by build d05d771 of its own `hybrid`, from the history of this
checkout; and bare SimPy processes that yield as many timeouts as the replication has events: turn by turn. Exit
status 1 when a target is missed: the SimPy engine is no slower per event than that build, and the compiled engine at
least 40 times as fast as the SimPy engine.
"""

import argparse
import gc
import math
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

sys.path.append(str(Path(__file__).parent / "peers"))

import simpy
from contenders import EARLIER, Turns, earlier_build, running
from programme import Size

import sim
from sim.model.engine import Engine, Replication, plan_of, replicate
from sim.model.engines import can_compile
from sim.scenario import Scenario
from sim.vocabulary import DAYS_PER_YEAR, DEAD

NO_SLOWER, COMPILED = 1.0, 40.0
"""Targets: the cost of an event of the SimPy engine over that of the earlier build, and over the compiled engine's."""
ROUNDS = 9
MEAN_TIMEOUT = 28.0
"""Days: keeps about as many timeouts pending as the replication has events pending."""


def size_of(scenario: Scenario) -> tuple[int, int, float]:
    """Events, patients, and years that these lived through, of one replication.

    Each counts, whether the engines book it on the calendar or, since it concerns nobody else, run ahead of it.
    """
    system = Replication(plan_of(scenario), seed=1, replication=0)
    system.world.foreseen = -math.inf
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


def earlier(stack: ExitStack) -> tuple[Turns, int] | None:
    """The earlier build in a process of its own, warm, and the events of one replication of its `hybrid`."""
    build = earlier_build(Path(stack.enter_context(TemporaryDirectory())) / "build")
    if build is None:
        return None
    turns = stack.enter_context(running(build))
    return turns, turns.ask("pathway", Size(), count=True)["events"]


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", nargs="?", default="hybrid")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    scenario = sim.load_scenario(asked.scenario)
    events, patients, years = size_of(scenario)
    engines: tuple[Engine, ...] = ("simpy", "compiled") if can_compile() else ("simpy",)
    for engine in engines:
        replication(scenario, engine)
    rounds: list[dict[str, float]] = []
    with ExitStack() as stack:
        before = earlier(stack) if asked.scenario == "hybrid" else None
        for _ in range(asked.rounds):
            gc.collect()
            took = {engine: replication(scenario, engine) / events for engine in engines}
            took["bare SimPy"] = bare_loop(events, patients, plan_of(scenario).horizon) / events
            if before is not None:
                took[f"build {EARLIER}"] = before[0].ask("pathway", Size())["seconds"] / before[1]
            rounds.append(took)
    each = {name: median(took[name] for took in rounds) for name in rounds[0]}
    model = each["simpy"] * events
    print(f"{events:,} events of {patients:,} patients; medians of {asked.rounds} rounds, CPU time")
    for name, seconds in each.items():
        print(f"{name:>15}: {seconds * 1e6:6.2f} us an event")
    per = ((patients, "patient"), (years, "patient-year"))
    print("SimPy engine: " + ", ".join(f"{model / count * 1e6:,.1f} us a {what}" for count, what in per))
    return int(any([*targets_missed(rounds)]))


def targets_missed(rounds: list[dict[str, float]]) -> Iterator[bool]:
    """Print each ratio beside its target; whether it is missed."""
    build, ratio = f"build {EARLIER}", median(took["simpy"] / took["bare SimPy"] for took in rounds)
    print(f"SimPy engine / bare SimPy, an event: {ratio:.1f}")
    if build in rounds[0]:
        ratio = median(took["simpy"] / took[build] for took in rounds)
        print(f"SimPy engine / {build}, an event: {ratio:.2f} (target: at most {NO_SLOWER:g})")
        yield ratio > NO_SLOWER
    if "compiled" in rounds[0]:
        ratio = median(took["simpy"] / took["compiled"] for took in rounds)
        print(f"SimPy engine / compiled engine, an event: {ratio:.1f} (target: at least {COMPILED:g})")
        yield ratio < COMPILED


if __name__ == "__main__":
    sys.exit(main())
