"""Workers: one set of them, for one thread at a time, and gone when what they were started for is done."""

import multiprocessing
import operator
import os
import pickle
import threading
import time
from collections.abc import Generator

import pytest
from experiment.same import assert_same_result
from experiment.systems import small

import sim
from sim.experiment.replications import Batches, Task, each, keeping_workers
from sim.scenario.change import DatedChange


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


def sizes_of(batches: Batches[int], seconds_a_task: float) -> list[int]:
    """The sizes of all batches, each handed out when the one before is known to have taken so long."""
    sizes = []
    for batch in batches:
        sizes.append(len(batch))
        batches.learn(len(batch), seconds_a_task * len(batch))
    return sizes


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        (2.0, [1] * 40),
        (0.26, [1, 2, *[3] * 10, 2, 2, 1, 1, 1]),  # Three take less than a second.
        (1e-3, [1, 2, 4, 8, 7, 5, 4, 3, 2, 1, 1, 1, 1]),  # Twice as many each time; then a fourth of what is left.
        (0.0, [1, 2, 4, 8, 7, 5, 4, 3, 2, 1, 1, 1, 1]),
    ],
)
def test_batches_take_as_long_as_they_are_to(seconds: float, sizes: list[int]) -> None:
    batches = Batches(range(40), 1.0, at_once=4)
    assert sizes_of(batches, seconds) == sizes
    assert list(batches) == []


def test_batches_hold_every_task_once_and_in_order() -> None:
    batches = Batches(range(1_000), 1.0, at_once=7)
    seen: list[int] = []
    for batch in batches:
        seen += batch
        # Now short, now long; and workers come and go.
        batches.learn(len(batch), (len(seen) % 5) * 0.3 * len(batch))
        batches.at_once = 1 + len(seen) % 9
    assert seen == list(range(1_000))


def test_results_are_in_the_order_of_tasks_however_many_go_at_once() -> None:
    def later(number: int) -> int:
        time.sleep(number % 7 / 2_000)
        return number

    assert list(each(later, range(300), 2)) == list(range(300))


def test_a_worker_has_what_it_simulates_once_however_many_tasks_come() -> None:
    change = DatedChange(small(), small().with_overrides({"places.beds.capacity": 3}), 10.0, "carry_over")
    tasks = [Task(change.after, 1, number, (("severity",),), number > 0, change) for number in range(2)]
    first, second = pickle.loads(pickle.dumps(tasks))
    assert [first, second] == tasks
    assert first.scenario is second.scenario
    assert first.change is second.change
    assert first.change.after is first.scenario
