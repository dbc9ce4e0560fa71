"""Faults, made to happen: whatever is killed, full, cut short or run twice, the result is right or one error is clear.

Nothing that was finished is lost, and nothing half-written is to be seen.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import processes
import pytest
from experiment.same import assert_same_result
from experiment.systems import small
from processes import finish, members, on_linux, workers
from support import wait_until

import sim
from sim.experiment.gathering import Gathering
from sim.experiment.replications import Task, each, perform
from sim.experiment.run import DEFAULT_SEED
from sim.experiment.store.inventory import damaged
from sim.experiment.store.labels import folder_of_code
from sim.experiment.store.result_store import MARKER
from sim.scenario import Scenario

pytestmark = on_linux
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")

TESTS = Path(__file__).resolve().parents[1]
PREAMBLE = """
import os, resource, signal, sys
import sim
from experiment.systems import small
"""
BUSY: dict[str, Any] = {"arrivals": {"per_day": 15.0}}
"""A system whose replications take some tenths of a second: long enough to be hit in the middle."""


def start(code: str, **environment: str) -> processes.Process:
    """A program in a process, and a session, of its own."""
    paths = f"{TESTS}{os.pathsep}{TESTS.parent}"
    return processes.start([sys.executable, "-c", PREAMBLE + code], PYTHONPATH=paths, **environment)


def kept(folder: Path) -> list[Path]:
    """The finished replications in a store; none is ever unsound, whatever happened."""
    return sorted(folder.glob("f*/*/[!.]*"))


def completes(folder: Path, computed: list[int], **parts: Any) -> None:
    """Running again, for two more, computes what is missing and nothing else, and ends in the right result.

    For more than there are: how many were finished before a signal came, the machine decides.
    """
    assert damaged(folder)[1] == []
    there = {int(path.stem) for path in kept(folder)}
    count = max(there, default=0) + 3
    result = sim.run(small(**parts), count, store=folder)
    assert computed == [number for number in range(count) if number not in there]
    assert_same_result(result, without_a_store(small(**parts), count))


def without_a_store(scenario: Scenario, count: int) -> sim.Result:
    """The right result: what `run` gathers of readings that never were in a file, each computed once for all tests."""
    gathering = Gathering(scenario, DEFAULT_SEED)
    for number in range(count):
        gathering.add(reading(Task(scenario, DEFAULT_SEED, number, (("severity",),), keep_records=False)))
    return gathering.result()


reading = cache(perform)


# --- the process is ended from outside ---


def long_run(folder: Path, workers: int, more: str = "") -> str:
    """A run of minutes: not over before the signal comes, however busy the machine is.

    By the engine that takes some tenths of a second for a replication, and needs nothing loaded.
    """
    return f"{more}\nsim.run(small(**{BUSY!r}), 2_000, workers={workers}, store={str(folder)!r}, engine='simpy')"


@pytest.mark.parametrize("count", [1, 2])
def test_kill_in_the_middle(tmp_path: Path, computed: list[int], count: int) -> None:
    """kill -9, or the system for lack of memory: workers end by themselves, soon."""
    store = tmp_path / "store"
    process = start(long_run(store, count))
    wait_until(lambda: len(kept(store)) >= 2)
    os.kill(process.pid, signal.SIGKILL)
    assert finish(process)[0] == -signal.SIGKILL
    wait_until(lambda: not members(process))
    completes(store, computed, **BUSY)


@pytest.mark.parametrize("to_group", [False, True])
def test_termination_in_the_middle_of_workers(tmp_path: Path, computed: list[int], to_group: bool) -> None:
    """kill, or what a batch system or a service manager sends: to the process, or to all of its group."""
    store = tmp_path / "store"
    process = start(long_run(store, 2))
    wait_until(lambda: len(kept(store)) >= 2)
    (os.killpg if to_group else os.kill)(process.pid, signal.SIGTERM)
    assert finish(process) == (143, "", "")
    wait_until(lambda: not members(process))
    completes(store, computed, **BUSY)


@pytest.mark.parametrize("moment", [0.0, 0.03, 0.1, 0.4])
def test_termination_while_workers_are_started(tmp_path: Path, moment: float) -> None:
    process = start(long_run(tmp_path / "store", 2))
    wait_until(lambda: workers(process))
    time.sleep(moment)
    os.kill(process.pid, signal.SIGTERM)
    assert finish(process) == (143, "", "")
    wait_until(lambda: not members(process))


def at_start_of_worker(number: int, what: signal.Signals) -> str:
    """Code for a process that gets a signal when it has just started this worker, and before any has a task."""
    return f"""
from multiprocessing.process import BaseProcess
original, started = BaseProcess.start, []
def fatal(process):
    original(process)
    started.append(process)
    if len(started) == {number}: os.kill(os.getpid(), {int(what)})
BaseProcess.start = fatal
"""


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("what", [signal.SIGKILL, signal.SIGHUP])
def test_a_worker_that_has_no_task_yet_ends_with_its_parent(tmp_path: Path, number: int, what: signal.Signals) -> None:
    process = start(long_run(tmp_path / "store", 2, at_start_of_worker(number, what)))
    assert finish(process)[0] == -what
    wait_until(lambda: not members(process))


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("what", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_between_two_workers_is_not_lost(tmp_path: Path, number: int, what: signal.Signals) -> None:
    """It is answered when both are up, and so can be ended."""
    process = start(long_run(tmp_path / "store", 2, at_start_of_worker(number, what)))
    status, out, err = finish(process)
    if what == signal.SIGTERM:
        assert (status, out, err) == (143, "", "")
    else:
        assert (status, out, err.splitlines()[-1]) == (-signal.SIGINT, "", "KeyboardInterrupt")
        assert err.count("Traceback") == 1
    wait_until(lambda: not members(process))


def test_workers_leave_an_interrupt_to_their_parent(tmp_path: Path) -> None:
    """A terminal sends it to all of them, and so also while they begin."""
    store = tmp_path / "store"
    process = start(long_run(store, 2))
    wait_until(lambda: workers(process))
    while len(kept(store)) < 2:
        for number in workers(process):
            os.kill(number, signal.SIGINT)
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    assert finish(process) == (143, "", "")


def test_termination_where_no_program_lists_processes(tmp_path: Path) -> None:
    """As in a slim container, which has no pgrep."""
    process = start(long_run(tmp_path / "store", 2), PATH=str(tmp_path))
    wait_until(lambda: kept(tmp_path / "store"))
    os.kill(process.pid, signal.SIGTERM)
    assert finish(process) == (143, "", "")
    wait_until(lambda: not members(process))


def test_termination_without_workers(tmp_path: Path, computed: list[int]) -> None:
    store = tmp_path / "store"
    process = start(long_run(store, 1))
    wait_until(lambda: kept(store))
    os.kill(process.pid, signal.SIGTERM)
    assert finish(process) == (-signal.SIGTERM, "", "")
    completes(store, computed, **BUSY)


def test_termination_is_left_to_whoever_has_decided_on_it(tmp_path: Path) -> None:
    mine = "def mine(*_):\n    raise ValueError('mine')\nsignal.signal(signal.SIGTERM, mine)"
    process = start(long_run(tmp_path / "store", 2, mine))
    wait_until(lambda: kept(tmp_path / "store"))
    os.kill(process.pid, signal.SIGTERM)
    status, _, err = finish(process)
    assert (status, err.splitlines()[-1]) == (1, "ValueError: mine")
    wait_until(lambda: not members(process))


def test_signals_are_as_they_were_afterwards() -> None:
    # Whoever ran before in this process may have left a handler of its own, which the library respects.
    was = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        _signals_are_as_they_were()
    finally:
        signal.signal(signal.SIGTERM, was)


def _signals_are_as_they_were() -> None:
    def handlers() -> list[Any]:
        numbers = [signal.SIGINT, signal.SIGTERM]
        return [*map(signal.getsignal, numbers), signal.pthread_sigmask(signal.SIG_BLOCK, [])]

    before = handlers()
    assert list(each(abs, [-1, -2, -3], 2)) == [1, 2, 3]
    assert handlers() == before
    running = each(abs, [-1, -2, -3], 2)
    assert next(running) == 1
    assert handlers() != before
    running.close()
    assert handlers() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_middle_of_an_answer(tmp_path: Path, number: signal.Signals) -> None:
    """The signal comes while a reading is looked at, not while one is waited for."""
    signals = f"def progress(done, total):\n    if done == 3: os.kill(os.getpid(), {int(number)})\n"
    run = f"sim.run(small(**{BUSY!r}), 12, workers=2, progress=progress, store={str(tmp_path / 'store')!r})"
    process = start(signals + run)
    status, _, err = finish(process)
    assert (status, err == "") == {signal.SIGINT: (-signal.SIGINT, False), signal.SIGTERM: (143, True)}[number]
    wait_until(lambda: not members(process))
    assert 3 <= len(kept(tmp_path / "store")) < 12


# --- a worker fails ---


def test_a_killed_worker(tmp_path: Path, computed: list[int]) -> None:
    store = tmp_path / "store"
    process = start(long_run(store, 2))
    wait_until(lambda: len(kept(store)) >= 2)
    os.kill(workers(process)[0], signal.SIGKILL)
    status, _, err = finish(process)
    assert status == 1
    assert err.splitlines()[-1].startswith("ChildProcessError: a worker process was killed, most likely for lack of")
    completes(store, computed, **BUSY)


SMALLER = "a smaller one needs less: fewer people, or a shorter run"
FEWER = "with fewer workers there is more memory for each, and records that are not kept need none; "


@pytest.mark.parametrize("count", [1, 2])
def test_memory_that_is_short_is_one_clear_error(count: int) -> None:
    code = f"""
from sim.experiment.replications import each
def short(number):
    if number == 2: raise MemoryError
    return number
list(each(short, range(5), {count}))
"""
    status, _, err = finish(start(code))
    assert status == 1
    short = "OSError: [Errno 12] there is not enough memory for a replication"
    assert err.splitlines()[-1] == f"{short}; {FEWER if count > 1 else ''}{SMALLER}"


@pytest.mark.parametrize("count", [1, 2])
def test_memory_that_is_really_short(tmp_path: Path, computed: list[int], count: int) -> None:
    """The first two replications fit, and are kept; for the third, what its process may have is not enough."""
    store = tmp_path / "store"
    code = f"""
from sim.experiment.store.result_store import ResultStore
from sim.experiment.replications import Task, each
large = small(arrivals={{"per_day": 1_500.0}})
store = ResultStore({str(store)!r})
def perform(number):
    if number == 2:
        used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + 30_000_000,) * 2)
    scenario = large if number == 2 else small()
    return store.perform(Task(scenario, 1, number, (("severity",),), False))
list(each(perform, [0, 1, 2], {count}))
"""
    status, _, err = finish(start(code))
    assert status == 1
    assert err.splitlines()[-1].endswith(SMALLER), err
    completes(store, computed)


# --- the disk fails ---


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 100 kB, enough for some replications."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)


FULL = "No space left on device; replications that were finished before are kept"


@needs_root
@pytest.mark.parametrize("count", [1, 2])
def test_a_full_disk(disk: Path, computed: list[int], count: int) -> None:
    with pytest.raises(OSError, match=FULL) as raised:
        sim.run(small(), 50, workers=count, store=disk / "store")
    assert raised.value.filename == str(disk / "store")
    assert not list(disk.rglob("*.part"))
    assert 1 <= len(kept(disk / "store")) < 50
    subprocess.run(["mount", "-o", "remount,size=10m", disk], check=True)
    computed.clear()
    completes(disk / "store", computed)


def test_a_file_that_cannot_be_written_whole(tmp_path: Path, computed: list[int]) -> None:
    """A quota, or a limit on sizes: the system stops it in the middle."""
    store = tmp_path / "store"
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))"
    status, _, err = finish(start(long_run(store, 1, limit)))
    assert status == 1
    assert "OSError: [Errno 27] File too large; replications that were finished before are kept" in err
    assert kept(store) == []
    assert not list(store.rglob("*.part"))
    completes(store, computed, **BUSY)


@needs_root
def test_a_store_that_can_only_be_read(disk: Path, computed: list[int]) -> None:
    """Is used as far as it goes; what is missing is refused before anything is simulated."""
    store = disk / "store"
    sim.run(small(), 2, store=store)
    computed.clear()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    sim.run(small(), 2, store=store)
    for folder in (store, disk / "new"):
        with pytest.raises(
            OSError, match=r"cannot be written, and not all replications are in it|Read-only file system"
        ):
            sim.run(small(), 3, store=folder)
    assert computed == []


@pytest.mark.parametrize("length", [0, -1, -600])
def test_a_loss_of_power(tmp_path: Path, computed: list[int], length: int) -> None:
    """The name of a file was written, its last block was not; and a part that nobody goes on with."""
    store = tmp_path / "store"
    expected = sim.run(small(), 3, store=store)
    path = kept(store)[1]
    path.write_bytes(path.read_bytes()[:length])
    path.with_name(f".{path.name}.123-abc.part").write_bytes(b"")
    computed.clear()
    with pytest.warns(UserWarning, match="damaged files"):
        assert_same_result(sim.run(small(), 3, store=store), expected)
    assert computed == [1]


# --- two at once ---


def test_two_runs_into_one_store(tmp_path: Path) -> None:
    store = tmp_path / "store"
    both = [start(f"sim.run(small(), 30, workers={count}, store={str(store)!r})") for count in (1, 2)]
    assert [finish(process) for process in both] == [(0, "", "")] * 2
    assert {path.name for path in store.iterdir()} == {MARKER, folder_of_code()}
    assert len(kept(store)) == 30
    assert damaged(store) == (30, [])
    assert not list(store.rglob("*.part"))
    assert_same_result(sim.run(small(), 30, store=store), sim.run(small(), 30))


def test_two_runs_into_one_output_folder(tmp_path: Path) -> None:
    """The last one wins, whole."""
    out = tmp_path / "out"
    code = "result = sim.run(small(), 2, seed={seed}{more})\nfor _ in range(8): result.save({out!r})"
    more = {1: "", 2: ", keep_records=True", 3: ", by=[]"}
    all_of_them = [start(code.format(seed=seed, more=more[seed], out=str(out))) for seed in more]
    assert [finish(process) for process in all_of_them] == [(0, "", "")] * 3
    result = next(iter(sim.load_study(out).results.values()))
    wanted: dict[int, dict[str, Any]] = {1: {}, 2: {"keep_records": True}, 3: {"by": []}}
    expected = sim.run(small(), 2, seed=result.seed, **wanted[result.seed])
    assert (result.tables is None) == (expected.tables is None)
    expected.save(tmp_path / "alone")
    for path in (tmp_path / "alone").iterdir():
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    assert {path.name for path in out.iterdir()} == {path.name for path in (tmp_path / "alone").iterdir()}


# --- an output folder that a killed run left ---


def killed_while_saving(out: Path, call: str, number: int) -> None:
    """A run that is killed at the so manieth call while it writes its result."""
    kill = f"""
original, seen = os.{call}, 0
def fatal(*arguments, **named):
    global seen
    seen += 1
    if seen == {number}: os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **named)
result = sim.run(small(), 2, seed=9, keep_records=True)
os.{call} = fatal
result.save({str(out)!r})
"""
    assert finish(start(kill))[0] == -signal.SIGKILL


MOMENTS = [("fsync", 3), ("replace", 1), ("replace", 2), ("replace", 9), ("replace", 12)]


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize(("call", "number"), MOMENTS)
def test_the_next_run_may_write_where_one_was_killed(tmp_path: Path, earlier: bool, call: str, number: int) -> None:
    out = tmp_path / "out"
    if earlier:
        sim.run(small(), 2, seed=1).save(out)
        (out / "notes.txt").write_text("mine")
    killed_while_saving(out, call, number)
    if earlier and call == "fsync":
        assert sim.load_study(out).results[""].seed == 1
    elif (out / "manifest.json").exists():
        assert json.loads((out / "manifest.json").read_text())["seed"] in (1, 9)
    result = sim.run(small(), 2, seed=2)
    result.save(out)
    assert sim.load_study(out).results[""].seed == 2
    result.save(tmp_path / "alone")
    expected = {path.name for path in (tmp_path / "alone").iterdir()}
    assert {path.name for path in out.iterdir()} == expected | ({"notes.txt"} if earlier else set())


def test_an_unfinished_part_does_not_make_others_files_ours(tmp_path: Path) -> None:
    out = tmp_path / "out"
    killed_while_saving(out, "fsync", 3)
    (out / "thesis.tex").write_text("mine")
    with pytest.raises(sim.BadFolder, match="holds other files"):
        sim.run(small(), 1).save(out)
    assert (out / "thesis.tex").read_text() == "mine"
