"""What large studies cost: in core-hours, dollars and days, on one machine and on a cluster; writes its part of a page.

    python tests/benchmarks/scaling.py [--price DOLLARS] [--rounds N] [docs/scaling.md]

CPU time of whole replications (draws, engine, all metrics, by group, budget, daily) of four shipped scenarios, and of
taking in what they return, which one process does for all workers; the rest of the page's numbers follows from these.
"""

import argparse
import pickle
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from time import process_time

import sim
from sim.experiment.gathering import Gathering
from sim.experiment.replications import Task, perform
from sim.experiment.store.labels import label
from sim.experiment.store.reading_file import pack
from sim.files.provenance import version
from sim.model.engines import EngineChoice, can_compile, engine_for
from sim.report.render.markdown import Marks, with_part
from sim.vocabulary import DAYS_PER_YEAR, DEAD

ENGINE: EngineChoice = "compiled" if can_compile() else "simpy"
NAMES = ("residential_only", "hybrid", "warm_handoff", "more_beds")
DRAWS, REPLICATIONS = 10_000, 100
PRICE = 0.05
"""Dollars an hour of one core: an assumption, about what rented general-purpose cores are listed at."""
CORES = (2, 64, 100)
TAKEN_IN = 20
"""Times that a reading is taken in, to see how long it takes."""
MARKS = Marks(*(f"<!-- written by tests/benchmarks/scaling.py: {which} -->" for which in ("begin", "end")))


@dataclass(frozen=True)
class Measured:
    """Means over replications: CPU seconds, patient-years; CPU seconds of taking it in; bytes on the way and stored."""

    seconds: float
    years: float
    taking_in: float
    sent: float
    stored: float


def replication(name: str, number: int, by_group: bool) -> Measured:
    """One of a shipped scenario."""
    scenario = sim.load_scenario(name)
    groupings = tuple((attribute,) for attribute in scenario.population) if by_group else ()
    task = Task(scenario, 1, number, groupings, True, engine=engine_for(ENGINE, [scenario]))
    start = process_time()
    reading = perform(task)
    seconds = process_time() - start
    assert reading.records is not None
    spells = reading.records.spells
    days = (spells["ended"] - spells["started"])[spells["state"] != DEAD]
    reading, task = replace(reading, records=None), replace(task, keep_records=False)
    sent = pickle.dumps(reading)
    gathering = Gathering(scenario, 1)
    start = process_time()
    for _ in range(TAKEN_IN):
        gathering.add(pickle.loads(sent))
    taking_in = (process_time() - start) / TAKEN_IN
    return Measured(seconds, float(days.sum()) / DAYS_PER_YEAR, taking_in, len(sent), len(pack(label(task), reading)))


def measured(rounds: int, by_group: bool) -> Measured:
    """The means of so many of each scenario."""
    each = [replication(name, number, by_group) for number in range(rounds) for name in NAMES]
    return Measured(*(mean(getattr(one, part) for one in each) for part in Measured.__dataclass_fields__))


def days(hours: float) -> str:
    """A stretch of time, in the unit that suits it."""
    return f"{hours / 24:,.1f} days" if hours >= 48 else f"{hours:,.1f} h" if hours >= 1 else f"{hours * 60:,.1f} min"


def rows(with_groups: Measured, without: Measured, price: float) -> Iterator[tuple[str, str, str]]:
    """What each number is, by group and without."""
    both = (with_groups, without)
    count = DRAWS * REPLICATIONS * len(NAMES)

    def row(what: str, *texts: str) -> tuple[str, str, str]:
        return (what, *texts)  # type: ignore[return-value]

    hours = [of.seconds / 3600 for of in both]
    million = [1e6 / of.years * of.seconds for of in both]
    yield row("one replication: CPU of a core", *(f"{of.seconds * 1e3:,.0f} ms" for of in both))
    yield row("patient-years in it", *(f"{of.years:,.0f}" for of in both))
    yield row("throughput of a core, in replications an hour", *(f"{1 / each:,.0f}" for each in hours))
    yield row("throughput of a core, in patient-years a second", *(f"{of.years / of.seconds:,.0f}" for of in both))
    yield row("a million patient-years: CPU of a core", *(f"{each:,.1f} s" for each in million))
    yield row(
        f"a million patient-years, at ${price:.2f} a core-hour", *(f"${each / 3600 * price:.4f}" for each in million)
    )
    yield row("taking in a replication, in the one process that does", *(f"{of.taking_in * 1e3:.2f} ms" for of in both))
    yield row("so many cores keep that process busy", *(f"{of.seconds / of.taking_in:,.0f}" for of in both))
    yield row("a replication on its way", *(f"{of.sent / 1e3:,.0f} kB" for of in both))
    yield row("a replication in a store", *(f"{of.stored / 1e3:,.0f} kB" for of in both))
    yield row(f"**{DRAWS:,} draws x {REPLICATIONS} replications x {len(NAMES)} scenarios**", "", "")
    yield row("replications", *(f"{count:,}" for _ in both))
    yield row("core-hours", *(f"{count * each:,.0f}" for each in hours))
    yield row(f"at ${price:.2f} a core-hour", *(f"${count * each * price:,.0f}" for each in hours))
    for cores in CORES:
        yield row(f"time on {cores} cores", *(days(count * each / cores) for each in hours))
    yield row("CPU of taking it in", *(days(count * of.taking_in / 3600) for of in both))
    yield row("in a store", *(f"{count * of.stored / 1e9:,.0f} GB" for of in both))


def part(rounds: int, price: float) -> str:
    """The part of the page, with its marks."""
    for name in NAMES:
        replication(name, 0, by_group=True)  # Lowers the plan; the first loads the engine as well.
    table = list(rows(measured(rounds, by_group=True), measured(rounds, by_group=False), price))
    scenarios = ", ".join(f"`{name}`" for name in NAMES)
    where = f"{platform.machine()}, Python {platform.python_version()}, Stepdown {version()}"
    lines = [
        MARKS.begin,
        f"CPU time, means of {rounds} replications of each of {scenarios}; the {ENGINE} engine; {where}.",
        "",
        "| | by every attribute | without groups (`by=()`) |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in table),
        MARKS.end,
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the part, or write it into the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--price", type=float, default=PRICE)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    before = given.page.read_text(encoding="utf-8") if given.page else ""
    with_part(before, "", MARKS)
    written = part(given.rounds, given.price)
    print(written)
    if given.page:
        given.page.write_text(with_part(before, written, MARKS), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
