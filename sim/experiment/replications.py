"""Many replications, on one core or several, in an order that does not depend on which finishes first."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sim.model.records import Column, Records
from sim.model.replication import replicate
from sim.outcomes import Observed, budget, daily, metrics_by_group, metrics_of
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]
"""Called with (replications done, replications in all)."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Task:
    """One replication to run. groupings: the attributes, alone or crossed, by which outcomes are wanted."""

    scenario: Scenario
    seed: int
    replication: int
    groupings: tuple[tuple[str, ...], ...]
    keep_records: bool


@dataclass(frozen=True)
class Reading:
    """What is read off one replication before its records go: numbers, and the records themselves where kept.

    metrics: by name. groups: grouping -> group -> metric -> value. budget: see `outcomes.budget`. daily: see
    `outcomes.daily`.
    """

    metrics: dict[str, float]
    groups: dict[tuple[str, ...], dict[str, dict[str, float]]]
    budget: "pd.DataFrame"
    daily: dict[str, Column]
    records: Records | None


def perform(task: Task) -> Reading:
    """Simulate one replication and read it."""
    records = replicate(task.scenario, task.seed, task.replication)
    observed = Observed(records, task.scenario)
    return Reading(
        metrics_of(observed),
        {attributes: metrics_by_group(observed, attributes) for attributes in task.groupings},
        budget(observed),
        daily(observed),
        records if task.keep_records else None,
    )


def each(work: Callable[[T], R], tasks: Sequence[T], workers: int) -> Iterator[R]:
    """work(task) for each task, in the order of the tasks, whatever the number of workers (0: one for each core).

    There are never more workers than tasks, nor than four times the cores. Raises ChildProcessError when a worker is
    killed from outside.
    """
    cores = os.cpu_count() or 1
    workers = min(workers or cores, len(tasks), 4 * cores)
    if workers <= 1:
        yield from map(work, tasks)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    try:
        with _deaf_to_interrupts():
            results = Parallel(n_jobs=workers, return_as="generator")(delayed(work)(task) for task in tasks)
        yield from results
    except BaseException as error:
        # Otherwise the workers would go on with what nobody waits for any more.
        get_reusable_executor(reuse=True).shutdown(wait=False, kill_workers=True)
        if isinstance(error, BrokenExecutor):
            raise ChildProcessError(
                "a worker process was killed, most likely for lack of memory; try fewer workers or, without keeping "
                "records, less memory for each"
            ) from error
        raise


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """While workers are started. They inherit it, so that a Ctrl-C is answered by this process alone, in one line."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
