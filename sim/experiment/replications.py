"""Many replications, on one core or several, in an order that does not depend on which finishes first."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from sim.model.records import Records
from sim.model.replication import replicate
from sim.outcomes import metrics
from sim.scenario.schema import Scenario

Progress = Callable[[int, int], None]
"""Called with (replications done, replications in all)."""


@dataclass(frozen=True)
class Task:
    """One replication to run."""

    scenario: Scenario
    seed: int
    replication: int
    keep_records: bool


@dataclass(frozen=True)
class Done:
    """What one replication leaves: its metrics by name, and its records where they are kept."""

    metrics: dict[str, float]
    records: Records | None


def perform(task: Task) -> Done:
    """Simulate one replication and compute its metrics."""
    records = replicate(task.scenario, task.seed, task.replication)
    return Done(metrics(records, task.scenario), records if task.keep_records else None)


def perform_all(tasks: Sequence[Task], workers: int, progress: Progress | None = None) -> list[Done]:
    """Results in the order of the tasks, whatever the number of workers (0: one for each core).

    Raises ChildProcessError when a worker is killed from outside.
    """
    results = []
    for done in _each(tasks, workers):
        results.append(done)
        if progress is not None:
            progress(len(results), len(tasks))
    return results


def _each(tasks: Sequence[Task], workers: int) -> Iterator[Done]:
    if workers == 1 or len(tasks) == 1:
        yield from map(perform, tasks)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    try:
        with _deaf_to_interrupts():
            results = Parallel(n_jobs=workers or -1, return_as="generator")(delayed(perform)(task) for task in tasks)
        yield from results
    except BaseException as error:
        # Otherwise the workers would go on with what nobody waits for any more.
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
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
