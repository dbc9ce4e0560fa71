"""What our engines cost beside other simulators: one command for all, and the tables of docs/performance.md.

    python tests/benchmarks/peers [--rounds N] [--page PAGE]

Each simulator has a process of its own, on one core, kept for all rounds; in each round each takes its turn, of the
pathway and of M/M/10, with another seed each round. CPU time from model to what the simulator leaves by itself
(records, rows, tables), without imports and the start of processes; medians over the rounds. Memory and growth: once,
in fresh processes. The tables go into the page, between its two comments. Exit status 1, and no page, where a mean
wait of M/M/10 is not that of Erlang C: simulators of different models are not to be compared.
"""

import argparse
import math
import os
import platform
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from contenders import NAIVE, ROOT, SIMPY, Contender, contenders, running
from programme import Size
from turn import QUEUE

from sim.files.whole_files import whole_text
from sim.report.render.markdown import Marks, with_part

sys.path.append(str(ROOT / "tests"))
from erlang import erlang_c_mean_wait

MARKS = Marks(*(f"<!-- written by `python tests/benchmarks/peers`: {which} -->" for which in ("begin", "end")))
CASES = ("pathway", "queue")
SIZES = (Size(), Size(arrivals=2), Size(horizon=2))
"""As it is, with twice the arrivals and places, and over twice the days."""

STANDARD_ERRORS = 4
EXPECTED = erlang_c_mean_wait(QUEUE.arrivals, 1 / QUEUE.stay, QUEUE.places)

Answers = dict[str, list[dict[str, Any]]]


def measured(everybody: list[Contender], rounds: int) -> tuple[dict[str, Answers], dict[str, dict[str, float]]]:
    """By case and contender: the answers of all rounds; and the events a patient, counted apart."""
    answers: dict[str, Answers] = {case: {each.name: [] for each in everybody} for case in CASES}
    events: dict[str, dict[str, float]] = {case: {} for case in CASES}
    with ExitStack() as open_ones:
        turns = [open_ones.enter_context(running(each)) for each in everybody]
        for case in CASES:
            for turn in turns:
                counts = turn.ask(case, Size(), count=True)
                each = counts["events"] / counts["patients"]
                # Machine code shows nobody its events; they are those of the SimPy engine, as all records are.
                events[case][turn.contender.name] = each or events[case][SIMPY.name]
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for case in CASES:
                for turn in turns[number % len(turns) :] + turns[: number % len(turns)]:
                    answers[case][turn.contender.name].append(turn.ask(case, Size(), seed=number + 1))
    return answers, events


def grown(everybody: list[Contender]) -> dict[str, list[dict[str, Any]]]:
    """By contender: the pathway in each size, each in a process that has done nothing else."""
    found: dict[str, list[dict[str, Any]]] = {}
    for contender in everybody:
        if contender.grows:
            print(f"growth: {contender.name}", file=sys.stderr)
            found[contender.name] = [once(contender, size) for size in SIZES]
    return found


def once(contender: Contender, size: Size) -> dict[str, Any]:
    """The memory of a first replication of the pathway, behind a run of M/M/10 over a few days, which loads what is
    loaded late; and the time of a second, whose plan is there."""
    with running(contender) as turns:
        turns.ask("queue", Size(horizon=0.01))
        first = turns.ask("pathway", size)
        return turns.ask("pathway", size) | {"memory": first["memory"]}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of a page."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def costs(of: list[dict[str, Any]], events: float) -> dict[str, float]:
    """Medians over the rounds: seconds a replication, microseconds an event, a patient and a patient-year."""
    costs = {
        "seconds": [each["seconds"] for each in of],
        "event": [each["seconds"] * 1e6 / each["patients"] / events for each in of],
        "patient": [each["seconds"] * 1e6 / each["patients"] for each in of],
        "year": [each["seconds"] * 1e6 / each["years"] for each in of if each["years"]],
        "patients": [each["patients"] for each in of],
    }
    return {name: float(median(values)) if values else math.nan for name, values in costs.items()}


def pathway_table(answers: Answers, events: dict[str, float]) -> str:
    """What a replication of the pathway costs, and how often it is as fast as the naive model."""
    cost = {name: costs(of, events[name]) for name, of in answers.items()}
    naive = cost[NAIVE.name]
    rows = [
        (
            *(name, f"{each['patients']:,.0f}", f"{each['patients'] * events[name]:,.0f}"),
            *(f"{each['seconds'] * 1e3:,.0f} ms", f"{each['event']:.2f} us", f"{each['patient']:,.1f} us"),
            *(
                f"{each['year']:,.1f} us",
                f"{naive['event'] / each['event']:.2f}",
                f"{naive['year'] / each['year']:.2f}",
            ),
        )
        for name, each in cost.items()
    ]
    head = ("", "patients", "events", "one replication", "an event", "a patient", "a patient-year")
    return table((*head, "naive / this, an event", "naive / this, a patient-year"), rows)


def queue_table(answers: Answers, events: dict[str, float], waits: dict[str, tuple[float, float]]) -> str:
    """What M/M/10 costs, and its mean wait."""
    rows = []
    for name, of in answers.items():
        each, (mean, error) = costs(of, events[name]), waits[name]
        rows.append(
            (
                *(name, f"{events[name]:.1f}", f"{each['event']:.2f} us", f"{each['patient']:.2f} us"),
                *(f"{1e6 / each['patient']:,.0f}", f"{mean:.3f} ± {error:.3f}"),
            )
        )
    return table(("", "events a patient", "an event", "a patient", "patients a second", "mean wait, days"), rows)


def growth_table(found: dict[str, list[dict[str, Any]]]) -> str:
    """CPU time and memory of the pathway in each size."""
    rows = []
    for name, of in found.items():
        seconds = [each["seconds"] for each in of]
        megabytes = ["not measured" if each["memory"] is None else f"{each['memory'] / 1e6:,.0f} MB" for each in of]
        rows.append(
            (name, f"{seconds[0]:.2f} s", *(f"x {more / seconds[0]:.1f}" for more in seconds[1:]), *megabytes),
        )
    twice = ("twice the arrivals", "twice the days")
    return table(("", "CPU time", *twice, "memory", *(f"memory, {what}" for what in twice)), rows)


def mean_wait(answers: list[dict[str, Any]]) -> tuple[float, float]:
    """The mean wait in M/M/10, and its standard error over the batches of all rounds."""
    batches = [value for each in answers for value in each["batches"]]
    return fmean(batches), stdev(batches) / math.sqrt(len(batches))


def shorter(everybody: list[Contender]) -> str:
    """Who is given fewer days, and how many of them."""
    told = [f"{each.name} {each.days:.0%} of its days" for each in everybody if each.days != 1]
    return f" ({', '.join(told)})" if told else ""


def circumstances(rounds: int, load: float) -> str:
    """Where, when and with what it was measured."""
    busy = load > 1
    return (
        f"Medians of {rounds} rounds, Python {platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, "
        + (
            f"on a busy machine (a load of {load:.0f} when it began): single figures are too high, ratios less so."
            if busy
            else "with nothing beside it."
        )
    )


def main() -> int:
    """Measure, check, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="turns of each (default: 9)")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md", help="where the tables go")
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    page = given.page.read_text(encoding="utf-8")
    with_part(page, "", MARKS)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan
    with contenders() as everybody:
        answers, events = measured(everybody, given.rounds)
        growth = grown(everybody)
    waits = {name: mean_wait(of) for name, of in answers["queue"].items()}
    parts = [
        circumstances(given.rounds, load),
        f"The pathway{shorter(everybody)}; the last two columns: the cost of the naive SimPy model over this one's.",
        pathway_table(answers["pathway"], events["pathway"]),
        f"M/M/10 at load {QUEUE.arrivals * QUEUE.stay / QUEUE.places}; Erlang C: a mean wait of {EXPECTED:.3f} days:",
        queue_table(answers["queue"], events["queue"], waits),
        "The pathway once, in fresh processes, as it is and twice as large; memory: the most above that at the start:",
        growth_table(growth),
    ]
    print("\n\n".join(parts))
    wrong = [name for name, (mean, error) in waits.items() if abs(mean - EXPECTED) > STANDARD_ERRORS * error]
    for name in wrong:
        print(f"{name}: the mean wait is not that of Erlang C ({EXPECTED:.3f} days)", file=sys.stderr)
    if not wrong:
        with whole_text(given.page) as file:
            file.write(with_part(page, "\n\n".join([MARKS.begin, *parts, MARKS.end]), MARKS))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
