"""The two ways to simulate: one scenario, or several against each other."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from os import PathLike

import numpy as np

from sim.analysis.precision import Precision, half_widths, replications_needed
from sim.experiment.changes import ChangeOn, changes_of
from sim.experiment.gathering import Gathering
from sim.experiment.record_files import Keeping
from sim.experiment.replications import Progress, Task
from sim.experiment.result import Reached, Result, Study
from sim.experiment.store.result_store import ResultStore
from sim.experiment.workforce import is_address, workforce
from sim.files.destinations import readable
from sim.files.formats import metric_hint
from sim.model.engines import EngineChoice, check_engine, engine_for
from sim.outcomes import grouping, metric_names, target_problems
from sim.outcomes.compiling import ready
from sim.scenario import Scenario, ScenarioError
from sim.scenario.change import Lists
from sim.vocabulary import Column

DEFAULT_REPLICATIONS = 30
MOST_REPLICATIONS = 1_000
"""How many are run at the most until a wanted precision is reached, unless said otherwise."""
BATCH = 10
"""Replications between two looks at the precision: the same on every machine, so that the number of them is too."""
ALIKE = ("currency", "price_year", "time", "discounting")
"""What scenarios that are compared must have in common; a difference in it would look like one of the policies."""
DEFAULT_SEED = 1
LARGEST_SEED = 2**63 - 1


Groupings = tuple[tuple[str, ...], ...]
"""The attributes, alone or crossed, by which outcomes are wanted."""


def run(
    scenario: Scenario,
    replications: int | None = None,
    seed: int = DEFAULT_SEED,
    workers: int | str = 1,
    keep_records: bool = False,
    by: Sequence[str] | None = None,
    precision: Sequence[Precision] = (),
    progress: Progress | None = None,
    store: str | PathLike[str] | None = None,
    saving_to: str | PathLike[str] | None = None,
    engine: EngineChoice = "auto",
    say: Callable[[str], None] | None = None,
) -> Result:
    """Simulate one scenario.

    replications: how many futures, numbered from 0; the first ten are the same whether ten or a hundred are asked for.
        30 by default; with `precision`, how many at the most, 1,000 by default.
    workers: processes to use, 0 for one a core; or the address of a dask scheduler, such as "tcp://head:8786", whose
        workers are then used (extra `cluster`; see docs/scaling.md). Never changes a number.
    keep_records: keep patients, stays, waits, spells and medications too. They are written to a temporary folder as
        they come, some 3 MB a replication of `hybrid`, and go with the result; see `Result.tables`.
    by: attributes, or two crossed ("severity x housing"), by which outcomes are wanted; default: each attribute.
    precision: go on until the mean of each of these metrics is as precise as asked (`analysis.replications_needed`);
        `Result.reached` says whether it is.
    progress: called with (done, all).
    store: a folder that keeps every finished replication, so that only what is not in it is simulated, now and whenever
        it is named again: after an interrupt, with more replications or other arms (`experiment.store`). Never
        changes a number. A warning (DamagedStore) says so when files of it were damaged, and computed again.
    engine: "simpy", the one that people read; "compiled", the same to the bit in a small part of the time, but for
        compiling it once; "auto", whichever is sooner done. `Result.engine` says which it was.
    say: told in a sentence what takes long before the first replication.
    Raises ValueError for a number out of range, an unknown attribute or metric, and a store that is none (BadFolder);
        ChildProcessError when a worker is lost, and of a cluster what `cluster.Cluster` does.

    Of twenty in the `ward` of `load_scenario`, which has ten beds for twenty days each, ten wait for twenty days:

    >>> result = sim.run(ward, replications=2)
    >>> float(result.summary().set_index("metric").loc["wait.ward.mean", "mean"])
    10.0
    """
    one = {"": scenario}
    study = compare(
        *(one, replications, seed, workers, keep_records, by, precision, progress, store, saving_to),
        engine=engine,
        say=say,
    )
    return replace(study.results[""], reached=study.reached)


def compare(
    scenarios: Mapping[str, Scenario],
    replications: int | None = None,
    seed: int = DEFAULT_SEED,
    workers: int | str = 1,
    keep_records: bool = False,
    by: Sequence[str] | None = None,
    precision: Sequence[Precision] = (),
    progress: Progress | None = None,
    store: str | PathLike[str] | None = None,
    saving_to: str | PathLike[str] | None = None,
    change_on: ChangeOn = None,
    lists: Lists = "carry_over",
    engine: EngineChoice = "auto",
    say: Callable[[str], None] | None = None,
) -> Study:
    """Simulate several scenarios with common random numbers: the same people with the same luck; the first is the
    baseline, and one alone makes a study without differences.

    Each other runs as the baseline until a day, and from then on as itself: what is seen is the change of a system that
    is there, its transition included. What began before that day goes on as it began.

    Arguments as of `run`, but that the difference of each scenario from the baseline is to be precise; an attribute of
    `by` that a scenario lacks is left out there.

    change_on: the day, counted from day 0; by default the end of the warm-up. "start": each runs as itself from day 0.
    lists: what becomes of those who then wait for a level that goes on: "carry_over", they wait on; "entry_rules",
        those who wait outside care are placed anew, and ask again.
    Raises ValueError as `run` does, and with every reason at once where a scenario cannot take over from the baseline:
        attributes of the population and frailty may not differ, nor hazards of death if the day lies within the window.
    """
    most = replications if replications is not None else MOST_REPLICATIONS if precision else DEFAULT_REPLICATIONS
    check_scenarios(scenarios)
    check_numbers(most, seed, workers, or_cluster=True)
    check_engine(engine)
    _check_metrics(precision, scenarios)
    groupings = groupings_of(by, scenarios)
    changes = changes_of(scenarios, change_on, lists)
    kept = None if store is None else ResultStore(store)
    with Keeping(saving_to) if keep_records else nullcontext() as keeping, workforce(workers) as force:
        gathered = {
            label: Gathering(one, seed, keeping.of_a_scenario() if keeping else None, changes[label])
            for label, one in scenarios.items()
        }
        reached: tuple[Reached, ...] = ()
        for numbers in _batches(most, BATCH if precision else most):
            batches = _expected(precision, gathered, numbers, most)
            tasks = _with_engine(_tasks(gathered, numbers, groupings), engine, kept, workers, say, batches)
            with closing(kept.readings(tasks, force) if kept else force.readings(tasks)) as readings:
                for number in numbers:
                    for position, gathering in enumerate(gathered.values(), start=1):
                        gathering.add(next(readings), tasks[0].engine)
                        if progress is not None:
                            progress(number * len(gathered) + position, most * len(gathered))
                    if keeping and number == numbers.start:
                        keeping.check_room(number + 1, numbers.stop)
            reached = tuple(_reached(wanted, gathered) for wanted in precision)
            if precision and all(precise.replications is not None for precise in reached):
                break
        return Study({label: each.result() for label, each in gathered.items()}, reached)


def _check_metrics(precision: Sequence[Precision], scenarios: Mapping[str, Scenario]) -> None:
    for wanted in precision:
        check_metric(wanted.metric, scenarios)


def _batches(most: int, size: int) -> Iterator[range]:
    """The numbers 0 to most - 1 in ranges of this size."""
    for start in range(0, most, size):
        yield range(start, min(start + size, most))


def _tasks(gathered: Mapping[str, Gathering], numbers: range, groupings: Mapping[str, Groupings]) -> list[Task]:
    """These replications of every scenario."""
    return [
        Task(of.as_run, of.seed, number, groupings[label], of.records is not None, of.change)
        for number in numbers
        for label, of in gathered.items()
    ]


def _with_engine(
    tasks: list[Task],
    choice: EngineChoice,
    store: ResultStore | None,
    workers: int | str,
    say: Callable[[str], None] | None,
    batches: int,
) -> list[Task]:
    """Tasks with the engine that runs those of them that are in no store. batches: as many as these are to come."""
    missing = [task for task in tasks if store is None or not store.has(task)]
    engine = engine_for(choice, [task.change or task.scenario for task in missing] * batches, workers, say)
    ready(engine)
    return [replace(task, engine=engine) for task in tasks]


def _samples(wanted: Precision, gathered: Mapping[str, Gathering]) -> list[Column]:
    """What is to be precise, replication by replication: one scenario's metric, or else every difference."""
    baseline, *others = (np.array(gathering.values(wanted.metric)) for gathering in gathered.values())
    return [other - baseline for other in others] or [baseline]


def _expected(precision: Sequence[Precision], gathered: Mapping[str, Gathering], numbers: range, most: int) -> int:
    """About how many batches like this one it still takes, by how narrow intervals are: as the square root of what is
    done before. 1 where nothing is."""
    done = numbers.start
    if not done:
        return 1
    whole = float(done)
    for wanted in precision:
        column = "relative_half_width" if wanted.relative else "half_width"
        for values in _samples(wanted, gathered):
            narrow = half_widths(values)[column].tail(1).max() / wanted.half_width
            whole = max(whole, done * narrow**2 if math.isfinite(narrow) else math.inf)
    return max(round((min(whole, most) - done) / len(numbers)), 1)


def _reached(wanted: Precision, gathered: Mapping[str, Gathering]) -> Reached:
    """How many replications the precision takes: of the mean of one scenario, or else of every difference."""
    samples = _samples(wanted, gathered)
    needed = [replications_needed(values, wanted.half_width, relative=wanted.relative) for values in samples]
    known = [number for number in needed if number is not None]
    return Reached(wanted, max(known) if len(known) == len(needed) else None)


def groupings_of(by: Sequence[str] | None, scenarios: Mapping[str, Scenario]) -> dict[str, Groupings]:
    """By scenario, the attributes by which outcomes are wanted. Some scenario must have what is asked for."""
    if by is None:
        return {label: tuple((name,) for name in scenario.population) for label, scenario in scenarios.items()}
    groupings: dict[str, list[tuple[str, ...]]] = {label: [] for label in scenarios}
    for text in by:
        problems = []
        for label, scenario in scenarios.items():
            try:
                groupings[label].append(grouping(text, scenario))
            except ValueError as problem:
                problems.append(problem)
        if len(problems) == len(scenarios):
            raise problems[0]
    return {label: tuple(dict.fromkeys(attributes)) for label, attributes in groupings.items()}


def check_scenarios(scenarios: Mapping[str, Scenario]) -> None:
    """ValueError unless there are scenarios, and nothing else, whose targets are of what they have."""
    if not scenarios:
        raise ValueError("compare needs at least one scenario")
    for label, scenario in scenarios.items():
        if not isinstance(scenario, Scenario):
            raise ValueError(
                f"{label or 'scenario'}: expected a Scenario (see sim.load_scenario), not {scenario!r:.80}"
            )
        if readable(label) != label:
            raise ValueError(f"the label {label!r} holds what no file can hold as text; {readable(label)!r} would do")
    if unsound := [replace(p, source=label) for label, each in scenarios.items() for p in target_problems(each)]:
        raise ScenarioError(unsound)
    first, *others = scenarios.items()
    for label, scenario in others:
        for part in ALIKE:
            ours, theirs = getattr(first[1], part), getattr(scenario, part)
            if ours != theirs:
                raise ValueError(f"{label} cannot be compared with {first[0]}: {part} is {theirs}, not {ours}")


def check_numbers(replications: int, seed: int, workers: int | str, or_cluster: bool = False) -> None:
    """ValueError unless these are whole numbers in range; every one that is not, a line each.

    or_cluster: workers may be the address of a scheduler as well.
    """
    wrong = []
    for name, value, least, most in (
        ("replications", replications, 1, 1_000_000),
        ("seed", seed, 0, LARGEST_SEED),
        ("workers", workers, 0, 1_024),
    ):
        clustered = or_cluster and name == "workers"
        if clustered and isinstance(value, str) and is_address(value):
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            address = ", or the address of a dask scheduler, as 'tcp://head:8786'" if clustered else ""
            wrong.append(f"{name} must be a whole number from {least:,} to {most:,}{address}, not {value!r}")
    if wrong:
        raise ValueError("\n".join(wrong))


def check_metric(metric: str, scenarios: Mapping[str, Scenario]) -> None:
    """ValueError, with the nearest names, unless every scenario has the metric."""
    for label, scenario in scenarios.items():
        names = metric_names(scenario)
        if metric not in names:
            where = f" in {label}" if label else ""
            raise ValueError(f"there is no metric {metric!r}{where}. {metric_hint(metric, names)}")
