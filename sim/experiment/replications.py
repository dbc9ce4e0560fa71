"""Many replications, on one core or several, in an order that does not depend on which finishes first."""

import errno
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from sim.model.records import Column, Records
from sim.model.replication import replicate
from sim.outcomes import Observed, budget, daily, metrics_by_group, metrics_of
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]
"""Called with (replications done, replications in all)."""

SMALLER = "a smaller one needs less: fewer people, or a shorter run"
FEWER = "fewer workers leave more for each; so does not keeping records"

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


def each(work: Callable[[T], R], tasks: Sequence[T], workers: int) -> Generator[R, None, None]:
    """work(task) for each task, in the order of the tasks, whatever the number of workers (0: one for each core).

    There are never more workers than tasks, nor than four times the cores. They are killed when this is closed, or ends
    early in any other way: an error, an interrupt, a SIGTERM. Raises ChildProcessError when a worker is killed from
    outside, and OSError when memory is short.
    """
    cores = os.cpu_count() or 1
    workers = min(workers or cores, len(tasks), 4 * cores)
    try:
        yield from map(work, tasks) if workers <= 1 else _in_workers(work, tasks, workers)
    except MemoryError as error:
        advice = SMALLER if workers <= 1 else f"{FEWER}; {SMALLER}"
        raise OSError(errno.ENOMEM, f"there is not enough memory for a replication; {advice}") from error


def _in_workers(work: Callable[[T], R], tasks: Sequence[T], workers: int) -> Generator[R, None, None]:
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    with _ending_on_termination():
        results: Generator[R, None, None] | None = None
        try:
            with _deaf_to_signals():
                mortal = delayed(partial(_in_life_of, os.getpid(), work))
                results = Parallel(n_jobs=workers, return_as="generator")(mortal(task) for task in tasks)
            for result in results:  # noqa: UP028 - `yield from` would close it, and so make it speak, before we do
                yield result
        except BaseException as error:
            # Otherwise the workers would go on with what nobody waits for any more.
            get_reusable_executor(reuse=True).shutdown(wait=False, kill_workers=True)
            with warnings.catch_warnings(action="ignore"):  # It would say that they do not.
                if results is not None:
                    results.close()
            if isinstance(error, BrokenExecutor):
                raise ChildProcessError(
                    f"a worker process was killed, most likely for lack of memory; {FEWER}"
                ) from error
            raise


@contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """While workers are started. SIGINT they are to ignore as well, by inheritance, so that a Ctrl-C is answered by
    this process alone, in one line; a SIGTERM is answered when they are up, and so can be killed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    late: list[int] = []
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    terminate = signal.signal(signal.SIGTERM, lambda number, _: late.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, terminate)
        if late:
            # Loky's thread takes a moment for the first tasks; stopped before, it dies of a KeyError, and says so.
            time.sleep(0.1)
            signal.raise_signal(signal.SIGTERM)


@contextmanager
def _ending_on_termination() -> Iterator[None]:
    """While there are workers, SIGTERM ends this process by SystemExit, not at once: they would be left behind.

    Unless somebody has decided already what SIGTERM does.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _in_life_of(parent: int, work: Callable[[T], R], task: T) -> R:
    """work(task), in a worker."""
    _end_with(parent)
    return work(task)


@cache
def _end_with(parent: int) -> None:
    """From now on, end this process when its parent has gone: killed, it could not end its workers, and they would keep
    its terminal or pipe open."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
