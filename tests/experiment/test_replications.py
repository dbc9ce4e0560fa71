"""Workers: one set of them, for one thread at a time, and gone when what they were started for is done."""

import multiprocessing
import operator
import os
import threading
from collections.abc import Generator

from experiment.same import assert_same_result
from experiment.systems import small

import sim
from sim.experiment.replications import each, keeping_workers


def processes(count: int) -> Generator[int, None, None]:
    """The process of each of so many tasks."""
    return each(operator.call, [os.getpid] * count, 2)


def test_workers_stay_for_what_is_run_next_and_then_end() -> None:
    with keeping_workers():
        first, second = (set(processes(8)) for _ in range(2))
        assert len(first | second) <= 2
        assert os.getpid() not in first | second
        assert multiprocessing.active_children()
    assert not multiprocessing.active_children()
    list(processes(8))
    assert not multiprocessing.active_children()


def test_threads_do_not_end_each_others_workers() -> None:
    found: dict[int, sim.Result] = {}
    counts = (2, 12)

    def run(count: int) -> None:
        found[count] = sim.run(small(), count, workers=2)

    threads = [threading.Thread(target=run, args=(count,)) for count in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for count in counts:
        assert_same_result(found[count], sim.run(small(), count))


def test_a_run_within_a_run_has_its_turn() -> None:
    """As in a progress callback; and one that is left in the middle makes nobody wait."""
    running = processes(8)
    next(running)
    assert set(processes(4)) == {os.getpid()}
    del running
    other: list[int] = []
    thread = threading.Thread(target=lambda: other.extend(processes(4)))
    thread.start()
    thread.join()
    assert len(other) == 4
    assert os.getpid() not in other
