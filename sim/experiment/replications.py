"""Many replications, on one core or several, in an order that does not depend on which finishes first."""

import errno
import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sim.model.engine import Engine, replicate
from sim.model.records import Records
from sim.outcomes import Observed, budget, daily, metrics_and_groups, occupancy
from sim.outcomes.compiling import ready
from sim.scenario.change import DatedChange
from sim.scenario.schema import Scenario
from sim.vocabulary import Column

Progress = Callable[[int, int], None]
"""Called with (replications done, replications in all)."""

SMALLER = "a smaller one needs less: fewer people, or a shorter run"
FEWER = "with fewer workers there is more memory for each, and records that are not kept need none"
AHEAD = 3
"""Batches that are handed out at once, for each worker: none of them waits while the first one in order takes long."""
SHORT = 0.1
"""Seconds: shorter tasks are handed out several at once, about so long, as handing one out takes a millisecond here."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""What numerical libraries take the number of their threads from: workers are parallel enough already."""

_one_at_a_time = threading.Lock()
_thread: list[int] = []
"""The thread that has the workers, if one has."""
_executors: list[Any] = []
"""What its workers are run by, once there are any."""
_at_work = threading.Event()
"""Set while they have something to do."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Task:
    """One replication to run.

    scenario: what its outcomes are read with. groupings: the attributes, alone or crossed, by which they are wanted.
    change: what is run, if that is more than the scenario; it ends as it (`DatedChange.after`). engine: by which; it
        changes no number.
    """

    scenario: Scenario
    seed: int
    replication: int
    groupings: tuple[tuple[str, ...], ...]
    keep_records: bool
    change: DatedChange | None = None
    engine: Engine = "simpy"

    @property
    def systems(self) -> tuple[Scenario, ...]:
        """What is in force, one after the other."""
        return self.change.systems if self.change else (self.scenario,)

    def __reduce__(self) -> tuple[Any, ...]:
        """What it simulates is pickled once, and taken out once in each worker, which then knows it again without
        comparing all its parts, which would take a fifth of a replication."""
        rest = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in ("scenario", "change")}
        return _taken_out, (_packed(self.scenario, self.change), rest)


@lru_cache(maxsize=64)
def _packed(scenario: Scenario, change: DatedChange | None) -> bytes:
    return pickle.dumps((scenario, change))


@lru_cache(maxsize=64)
def _unpacked(content: bytes) -> tuple[Scenario, DatedChange | None]:
    scenario, change = pickle.loads(content)
    return scenario, change


def _taken_out(content: bytes, rest: dict[str, Any]) -> "Task":
    scenario, change = _unpacked(content)
    return Task(scenario=scenario, change=change, **rest)


@dataclass(frozen=True)
class Reading:
    """What is read off one replication before its records go: numbers, and the records themselves where kept.

    metrics: by name. groups: grouping -> group -> metric -> value. budget, daily, occupancy: see the functions of these
    names in `outcomes`. Nothing of it is a DataFrame, for which every worker would have to load pandas.
    """

    metrics: dict[str, float]
    groups: dict[tuple[str, ...], dict[str, dict[str, float]]]
    budget: list[tuple[Any, ...]]
    daily: dict[str, Column]
    occupancy: list[tuple[Any, ...]]
    records: Records | None


def perform(task: Task) -> Reading:
    """Simulate one replication and read it."""
    ready(task.engine)
    records = replicate(task.change or task.scenario, task.seed, task.replication, task.engine)
    observed = Observed(records, task.change or task.scenario)
    return Reading(
        *metrics_and_groups(observed, task.groupings),
        budget(observed),
        daily(observed),
        occupancy(observed),
        records if task.keep_records else None,
    )


class Batches(Iterator[Sequence[T]]):
    """Tasks in their order, cut into batches that take about so many seconds, going by the latest that is known.

    at_once: how many batches are handed out at once; as many are left for the end, so that all workers end together.
    """

    def __init__(self, tasks: Sequence[T], seconds: float, at_once: int) -> None:
        self.at_once = at_once
        self._tasks = tasks
        self._seconds = seconds
        self._begun = 0
        self._size = 1

    def __next__(self) -> Sequence[T]:
        left = len(self._tasks) - self._begun
        if not left:
            raise StopIteration
        start, self._begun = self._begun, self._begun + min(self._size, -(-left // self.at_once))
        return self._tasks[start : self._begun]

    def learn(self, count: int, seconds: float) -> None:
        """How long a batch of so many took. Others may be longer: the next one has no more than twice as many."""
        self._size = max(1, min(2 * count, int(self._seconds * count / max(seconds, 1e-9))))


def several(work: Callable[[T], R], tasks: Sequence[T]) -> tuple[list[R], float]:
    """work(task) for each task, and the seconds that all of them took."""
    start = time.perf_counter()
    return [work(task) for task in tasks], time.perf_counter() - start


def each(work: Callable[[T], R], tasks: Sequence[T], workers: int) -> Generator[R, None, None]:
    """work(task) for each task, in the order of the tasks, whatever the number of workers (0: one for each core).

    There are never more workers than tasks, nor than four times the cores. They are killed when this is closed, or ends
    in any other way: an error, an interrupt, a SIGTERM; `keeping_workers` keeps those that have done all they were
    given. Raises ChildProcessError when a worker is killed from outside, and OSError when memory is short.
    """
    cores = os.cpu_count() or 1
    workers = min(workers or cores, len(tasks), 4 * cores)
    try:
        # A daemonic process, such as those of a `multiprocessing.Pool`, may have none of its own.
        # And who is looking at the result of one worker, while others are at work, runs something else meanwhile.
        busy = _has_workers() and _at_work.is_set()
        alone = workers <= 1 or busy or multiprocessing.current_process().daemon
        yield from map(work, tasks) if alone else _in_workers(work, tasks, workers)
    except MemoryError as error:
        advice = SMALLER if workers <= 1 else f"{FEWER}; {SMALLER}"
        raise OSError(errno.ENOMEM, f"there is not enough memory for a replication; {advice}") from error


def _in_workers(work: Callable[[T], R], tasks: Sequence[T], workers: int) -> Generator[R, None, None]:
    from multiprocessing import resource_tracker

    from joblib.externals.loky import get_reusable_executor

    # Not by way of joblib's `Parallel`: what a signal raises would come up in the middle of its work, of which it then
    # speaks, and its threads hand out tasks while they are being ended.
    threads = {name: os.environ.get(name, "1") for name in THREADS}
    # Where psutil is installed, workers that keep memory for what comes next are replaced, which harms nothing.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
    left = Batches(tasks, SHORT, AHEAD * workers)
    with keeping_workers():
        try:
            # Before signals are put off: when it is started, `multiprocessing` lets SIGINT through again.
            resource_tracker.ensure_running()
            with _putting_signals_off():
                executor = get_reusable_executor(
                    workers, timeout=None, initializer=_begin, initargs=(os.getpid(),), env=threads
                )
                _executors[:] = [executor]
                _at_work.set()
                handed_out = deque(executor.submit(several, work, batch) for batch in islice(left, left.at_once))
            while True:
                results, seconds = handed_out.popleft().result()
                left.learn(len(results), seconds)
                handed_out.extend(executor.submit(several, work, batch) for batch in islice(left, 1))
                if not handed_out:
                    break
                yield from results
        except BaseException as error:
            # Otherwise the workers would go on with what nobody waits for any more.
            _end_workers()
            if isinstance(error, BrokenExecutor):
                raise ChildProcessError(
                    f"a worker process was killed, most likely for lack of memory; {FEWER}"
                ) from error
            raise
        finally:
            _at_work.clear()
    yield from results


@contextmanager
def keeping_workers() -> Iterator[None]:
    """Within this, workers wait for what is run next, which then need not start its own; with it, they end.

    One thread after the other: there is one set of workers, and a thread that ends them would end everybody's.
    """
    if _has_workers():
        yield
        return
    with _one_at_a_time, _ending_on_termination():
        _thread[:] = [threading.get_ident()]
        try:
            yield
        finally:
            _end_workers()
            _thread.clear()


def _has_workers() -> bool:
    """Whether this thread is the one whose turn it is."""
    return _thread == [threading.get_ident()]


def _end_workers() -> None:
    """At once, and ourselves: loky's own thread, told to do it, stumbles over tasks that it has not yet seen."""
    for executor in _executors:
        for process in list(executor._processes.values()):
            with suppress(ProcessLookupError):  # It has just ended.
                if hasattr(signal, "SIGKILL"):
                    os.kill(process.pid, signal.SIGKILL)
                else:
                    process.terminate()
        with warnings.catch_warnings(action="ignore"):  # It may not find the program that it would kill with.
            executor.shutdown()
    _executors.clear()


@contextmanager
def _putting_signals_off() -> Iterator[None]:
    """While workers are started: what comes is answered when they are up, and so can be killed.

    SIGINT is blocked in them, by inheritance, until they ignore it: a Ctrl-C, which the terminal sends to all, is
    answered by this process alone, in one line.
    """
    late: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if main else ()
    before = {number: signal.signal(number, lambda come, _: late.append(come)) for number in numbers}
    masks = hasattr(signal, "pthread_sigmask")  # Not on Windows.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masks else set()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for came in dict.fromkeys(late):
            signal.raise_signal(came)


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


def _begin(parent: int) -> None:
    """In a worker, before it waits for its first task. From now on it leaves a Ctrl-C to its parent, and ends when that
    has gone: killed, it could not end its workers, and they would keep its terminal or pipe open."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
