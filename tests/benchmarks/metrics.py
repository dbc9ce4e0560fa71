"""What a whole replication costs, and what is read off its records, beside an earlier build of this package.

    python tests/benchmarks/metrics.py [SCENARIO] [--build FOLDER] [--rounds N]

Draws, engine, all metrics, by group (every attribute), budget and daily values; CPU seconds of this process, medians,
turn by turn: with compiled code, without, and of the build whose working tree is in the folder (`git worktree add
FOLDER d05d771`), which runs in a process of its own. Each has its own version of the scenario, so compare by
patient-year. With numba alone; nothing is compiled while it is timed.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import sim
from sim.experiment.replications import Task, perform
from sim.model.engine import Engine, replicate
from sim.outcomes import Observed, budget, compiling, daily, metrics_and_groups, occupancy
from sim.scenario import Scenario
from sim.vocabulary import DAYS_PER_YEAR, DEAD

ROUNDS = 9
EARLIER = """
import sys, time
import sim
from sim.experiment.replications import Task, perform
scenario = sim.load_scenario(sys.argv[1])
by = tuple((attribute,) for attribute in scenario.population)
for number in map(int, sys.stdin):
    start = time.process_time()
    reading = perform(Task(scenario, 1, number, by, True))
    seconds = time.process_time() - start
    spells = reading.records.spells
    days = (spells["ended"] - spells["started"])[spells["state"] != list(spells.categories["state"]).index("dead")]
    print(seconds, float(days.sum()) / 365.25, flush=True)
"""


def years_in(records: Any) -> float:
    """Patient-years that were lived through."""
    spells = records.spells
    return float((spells["ended"] - spells["started"])[spells["state"] != DEAD].sum()) / DAYS_PER_YEAR


def groupings(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """By every attribute."""
    return tuple((attribute,) for attribute in scenario.population)


def whole(scenario: Scenario, number: int, engine: Engine) -> tuple[float, float]:
    """CPU seconds and patient-years of one replication."""
    start = process_time()
    reading = perform(Task(scenario, 1, number, groupings(scenario), True, engine=engine))
    seconds = process_time() - start
    return seconds, years_in(reading.records)


def parts(scenario: Scenario, number: int, engine: Engine) -> dict[str, float]:
    """CPU seconds of what one replication consists of."""
    seconds = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = process_time()
        result = work()
        seconds[name] = process_time() - start
        return result

    records = timed("records", lambda: replicate(scenario, 1, number, engine))
    observed = Observed(records, scenario)
    timed("metrics, by group too", lambda: metrics_and_groups(observed, groupings(scenario)))
    timed("budget", lambda: budget(observed))
    timed("daily", lambda: daily(observed))
    timed("occupancy", lambda: occupancy(observed))
    return seconds


@contextmanager
def kernels(engine: Engine) -> Iterator[None]:
    """Those of an engine: none with SimPy's."""
    loaded = compiling._loaded[:]
    if engine == "simpy":
        compiling._loaded.clear()
    try:
        yield
    finally:
        compiling._loaded[:] = loaded


@contextmanager
def earlier(build: Path | None, name: str) -> Iterator[Callable[[int], tuple[float, float]] | None]:
    """`whole` of the earlier build."""
    if build is None:
        yield None
        return
    command = [sys.executable, "-c", EARLIER, name]
    environment = {**os.environ, "PYTHONPATH": str(build)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=build, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]

        def one(number: int) -> tuple[float, float]:
            print(number, file=process.stdin, flush=True)
            seconds, years = map(float, process.stdout.readline().split())
            return seconds, years

        yield one
        process.stdin.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario", nargs="?", default="hybrid")
    parser.add_argument("--build", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    scenario = sim.load_scenario(given.scenario)
    rows: dict[str, list[tuple[float, float]]] = {}
    of_parts: dict[str, dict[str, list[float]]] = {}
    with earlier(given.build, given.scenario) as before:
        for number in range(given.rounds + 1):
            for engine in ("compiled", "simpy"):
                with kernels(engine):
                    one, split = whole(scenario, number, engine), parts(scenario, number, engine)
                if number:  # The first one loads what the others find.
                    rows.setdefault(engine, []).append(one)
                    for name, seconds in split.items():
                        of_parts.setdefault(engine, {}).setdefault(name, []).append(seconds)
            if before is not None and (one := before(number)) and number:
                rows.setdefault("the earlier build", []).append(one)
    each = {name: median(seconds / years for seconds, years in values) for name, values in rows.items()}
    for name, values in rows.items():
        seconds, years = (median(column) for column in zip(*values, strict=True))
        print(f"{name}: {seconds * 1e3:,.0f} ms a replication of {years:,.0f} patient-years, ", end="")
        print(f"{each[name] * 1e6:.2f} us each, {each[name] / each['compiled']:.1f} times the compiled")
        if name in of_parts:
            named = {part: median(values) for part, values in of_parts[name].items()}
            print("  " + ", ".join(f"{part} {seconds * 1e3:.1f} ms" for part, seconds in named.items()))


if __name__ == "__main__":
    sys.exit(main())
