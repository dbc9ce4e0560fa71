"""A study on a dask cluster: a real scheduler and two workers, processes of their own, that are hit in the middle."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from experiment.same import assert_same_frame, assert_same_result
from experiment.systems import small
from hypothesis import HealthCheck, given, settings
from processes import PROGRAM, finish, start
from random_scenarios import descriptions
from support import PATIENCE, wait_until

import sim
from sim.cli import main
from sim.experiment import cluster
from sim.experiment.cluster import OtherCode, assignment, code_here, compute, packed, unpacked
from sim.experiment.replications import Task, perform
from sim.experiment.store.result_store import ResultStore
from sim.scenario import Scenario
from sim.scenario.change import DatedChange

distributed = pytest.importorskip("distributed")

DEADLY, HIT = 666, 5
"""With this seed, replication HIT ends the worker that computes it."""
PRELOADED = f"""
import os, signal, sys
how = os.environ.get("STEPDOWN_TEST", "")
if how == "blind":
    class Blind:
        def find_spec(self, name, path=None, target=None):
            if name == "sim":
                raise ModuleNotFoundError("No module named 'sim'")
    sys.meta_path.insert(0, Blind())
else:
    from sim.experiment import cluster, replications
    if how == "other":
        cluster.CODE = "0" * 64
    from sim.model.engine import replicate
    def hit(scenario, seed, replication, engine):
        if (seed, replication) == ({DEADLY}, {HIT}):
            os.kill(os.getpid(), signal.SIGKILL)
        return replicate(scenario, seed, replication, engine)
    replications.replicate = hit
"""
SETTINGS = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
"""dask blames a task when the first worker dies over it, not the fourth."""
BUSY: dict[str, Any] = {"arrivals": {"per_day": 15.0}}
"""A system whose replications take some tenths of a second: long enough to be hit in the middle."""

BRIEF = ("time.warm_up_days=0", "time.recruitment_days=60", "time.follow_up_days=60")
BRIEFLY = ("run", "base", "--replications=500", "--engine=simpy", *(f"--set={value}" for value in BRIEF))
"""A command that takes a minute or more, of short replications."""


class Started:
    """A scheduler and workers, as a batch system starts them."""

    def __init__(self, folder: Path, workers: tuple[str, ...], scheduler: str = "", nannies: bool = False) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.folder = folder
        (folder / "preloaded.py").write_text(PRELOADED, encoding="utf-8")
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start("scheduler", scheduler, "--host", "127.0.0.1", "--port", port)
        of_workers = (self.address, "--nthreads", "1", *([] if nannies else ["--no-nanny"]))
        self.workers = [self._start("worker", how, *of_workers) for how in workers]
        with self.client() as client:
            client.wait_for_workers(len(workers), timeout=PATIENCE)

    def _start(self, what: str, how: str, *options: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *options]
        return subprocess.Popen(
            [*command, "--preload", str(self.folder / "preloaded.py")],
            cwd=self.folder,
            env={**os.environ, **SETTINGS, "STEPDOWN_TEST": how, "DASK_TEMPORARY_DIRECTORY": str(self.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @contextmanager
    def client(self) -> Iterator[Any]:
        with distributed.Client(self.address, timeout=PATIENCE, set_as_default=False) as client:
            yield client

    def pids(self) -> list[int]:
        """The processes of the workers."""
        with self.client() as client:
            return sorted(client.run(os.getpid).values())

    def tasks(self) -> int:
        """How many the scheduler knows of."""
        with self.client() as client:
            return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, who is there may take longer to answer than a user should wait."""
    monkeypatch.setattr(cluster, "CONNECTING", PATIENCE)
    monkeypatch.setattr(cluster, "ANSWER", PATIENCE)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A scheduler and two workers, which are started again when they die."""
    started = Started(tmp_path_factory.mktemp("cluster"), ("", ""), nannies=True)
    yield started
    started.end()


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[Started]:
    """A scheduler and one worker, which nobody starts again."""
    started = Started(tmp_path, ("",))
    yield started
    started.end()


def kept(store: Path) -> list[Path]:
    return sorted(store.glob("f*/*/[!.]*"))


def others(**parts: Any) -> Scenario:
    return small(**parts).with_overrides({"levels.ward.capacity": 6})


# --- what travels ---


def assert_travels(system: Scenario | DatedChange) -> None:
    there = unpacked(packed(system))
    assert there == system
    assert hash(there) == hash(system)
    assert repr(there) == repr(system)


@pytest.mark.parametrize("name", sim.shipped_names())
def test_shipped_scenarios_travel(name: str) -> None:
    scenario = sim.load_scenario(name)
    assert_travels(scenario)
    assert unpacked(packed(scenario)).digest() == scenario.digest()  # type: ignore[union-attr]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(descriptions())
def test_random_scenarios_travel(described: dict[str, Any]) -> None:
    assert_travels(sim.load_scenario(described))


def test_changes_travel() -> None:
    assert_travels(DatedChange(small(), others(), 0.1 + 0.2, "entry_rules"))


def test_a_worker_computes_what_is_computed_here() -> None:
    change = DatedChange(small(), others(), 20.0)
    tasks = [
        Task(small(), 7, 3, (("severity",),), False),
        Task(change.after, 7, 4, (), True, change),
    ]
    assignments = [assignment(task, system) for system, task in enumerate(tasks)]
    readings, _ = compute([packed(small()), packed(change)], assignments, dict(code_here()))
    for reading, task in zip(readings, tasks, strict=True):
        here = perform(task)
        assert reading.metrics == here.metrics
        assert reading.groups == here.groups
        assert (reading.records is None) == (here.records is None)


def test_a_worker_of_other_code_computes_nothing() -> None:
    with pytest.raises(OtherCode, match=r"^source [0-9a-f]{12}, not 000000000000$"):
        compute([], [], {**code_here(), "source": "0" * 12})


# --- the same numbers ---


def test_a_study_is_the_same_to_the_bit(ours: Started, tmp_path: Path) -> None:
    arms = {"today": small(), "wider": others()}
    known: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        known.append((done, total))

    wanted = {"replications": 15, "seed": 9, "keep_records": True, "by": ["severity"], "change_on": 20.0}
    there = sim.compare(arms, workers=ours.address, progress=progress, **wanted)  # type: ignore[arg-type]
    here = sim.compare(arms, **wanted)  # type: ignore[arg-type]
    assert here.change is not None
    for label in arms:
        assert_same_result(there.results[label], here.results[label])
    assert_same_frame(there.differences(), here.differences())
    assert known == [(done, 30) for done in range(1, 31)]
    wait_until(lambda: ours.tasks() == 0)


def test_a_selection_is_the_same(ours: Started) -> None:
    arms = {"today": small(), "wider": others()}
    there = sim.select(arms, "wait.ward.mean", indifference=0.5, most=30, workers=ours.address)
    here = sim.select(arms, "wait.ward.mean", indifference=0.5, most=30)
    assert (there.best, there.replications) == (here.best, here.replications)
    assert_same_frame(there.table, here.table)


def test_the_command_says_the_same(ours: Started, tmp_path: Path) -> None:
    asks = (*PROGRAM, *BRIEFLY, "--replications", "3", "--json")
    both = [start((*asks, *more), tmp_path) for more in (("--cluster", ours.address), ("--workers", "1"))]
    there, here = map(finish, both)
    assert (there.status, there.err) == (here.status, here.err) == (0, here.err)
    assert there.out == here.out


def test_the_command_says_that_nobody_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 1.0)
    with pytest.raises(SystemExit) as stopped:
        main(["run", "hybrid", "--cluster", "127.0.0.1:1"])
    assert stopped.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("stepdown: no dask scheduler answers at 127.0.0.1:1 (")
    left = "nothing was written; with --store DIR what is finished is kept"
    assert last.endswith(f"`dask scheduler` starts one, and says its address; {left}")


# --- a store ---


def test_a_store_keeps_what_comes_back_and_asks_nobody_for_it(ours: Started, tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = sim.run(small(), 6, workers=ours.address, store=store)
    assert len(kept(store)) == 6
    # Nobody listens at this address, and nobody has to.
    assert_same_result(sim.run(small(), 6, workers="127.0.0.1:1", store=store), first)
    assert_same_result(sim.run(small(), 8, workers=ours.address, store=store), sim.run(small(), 8))


def test_whoever_stops_leaves_no_work_behind(ours: Started, tmp_path: Path) -> None:
    store = tmp_path / "store"

    def progress(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        sim.run(small(**BUSY), 500, engine="simpy", workers=ours.address, store=store, progress=progress)
    assert 3 <= len(kept(store)) < 50
    wait_until(lambda: ours.tasks() == 0)
    assert threading.active_count() <= threads + 2, "the threads of a client are still there"


def test_an_interrupt_of_the_command(ours: Started, tmp_path: Path) -> None:
    store = tmp_path / "store"
    process = start((*PROGRAM, *BRIEFLY, "--cluster", ours.address, "--store", store), tmp_path)
    wait_until(lambda: len(kept(store)) >= 1)
    os.killpg(process.pid, signal.SIGINT)
    status, _, err = finish(process)
    assert status == 130
    assert err.splitlines()[-1] == (
        f"interrupted; what was finished is kept in {store}, and the same command goes on from there"
    )
    assert "Traceback" not in err
    wait_until(lambda: ours.tasks() == 0)


def test_an_interrupt_is_heard_while_an_object_is_let_go() -> None:
    """Python ignores what comes up there, and futures are let go all the time."""

    class Future:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    was = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), cluster._signals_between_steps(waiting):
            Future()
    finally:
        signal.signal(signal.SIGINT, was)
    assert waiting.get_nowait() is None


# --- workers that die ---


def test_a_worker_killed_in_the_middle_changes_no_number(ours: Started, tmp_path: Path) -> None:
    """Its work is computed by others: also what it had finished, and nobody had fetched."""
    before = ours.pids()
    killed: list[int] = []

    def progress(done: int, total: int) -> None:
        if done == 3:
            killed.append(before[0])
            os.kill(before[0], signal.SIGKILL)

    there = sim.run(small(**BUSY), 12, workers=ours.address, progress=progress, store=tmp_path / "store")
    assert killed
    assert len(kept(tmp_path / "store")) == 12
    assert_same_result(there, sim.run(small(**BUSY), 12))
    wait_until(lambda: len(ours.pids()) == 2 and ours.pids() != before)


def test_the_replication_that_ends_workers_is_named_and_no_other(ours: Started, tmp_path: Path) -> None:
    """dask blames all that a worker had when it died."""
    store = tmp_path / "store"
    named = rf"^replication {HIT} of test ended every worker that it was given to, most likely for lack of"
    with pytest.raises(ChildProcessError, match=named):
        sim.run(small(), 12, DEADLY, workers=ours.address, store=store)
    assert len(kept(store)) >= HIT
    wait_until(lambda: ours.tasks() == 0 and len(ours.pids()) == 2)


def test_an_error_is_sent_without_the_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(depth: int) -> None:
        if depth == 0:
            raise RecursionError("too deep")
        fail(depth - 1)

    monkeypatch.setattr(cluster, "several", lambda *_: fail(50))
    with pytest.raises(RecursionError, match=r"^too deep$") as caught:
        cluster.compute([], [], cluster.code_here())
    assert len(list(traceback.walk_tb(caught.value.__traceback__))) < 5
    assert caught.value.__context__ is None


def test_all_workers_are_lost(frail: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "LOOK", 0.2)
    monkeypatch.setattr(cluster, "GONE", 1.0)
    monkeypatch.setattr(cluster, "CONNECTING", 5.0)
    store = tmp_path / "store"

    def progress(done: int, total: int) -> None:
        if done == 2:
            os.kill(frail.workers[0].pid, signal.SIGKILL)

    lost = (
        rf"^no worker is left at {frail.address}, and none has come back in 1 s; under way were replication \d+ of test"
    )
    with pytest.raises(ChildProcessError, match=lost):
        sim.run(small(**BUSY), 100, engine="simpy", workers=frail.address, store=store, progress=progress)
    assert len(kept(store)) >= 2
    with pytest.raises(ConnectionError, match=f"^the scheduler at {frail.address} has no workers; on each"):
        sim.run(small(**BUSY), 100, engine="simpy", workers=frail.address, store=store)


# --- the scheduler ---


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_scheduler_is_lost(
    frail: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """It dies; or it is there and answers nobody, which no connection notices."""
    monkeypatch.setattr(cluster, "LOOK", 0.2)
    monkeypatch.setattr(cluster, "ANSWER", 3.0)
    store = tmp_path / "store"

    def progress(done: int, total: int) -> None:
        if done == 2:
            os.kill(frail.scheduler.pid, number)

    began = time.monotonic()
    lost = f"^the scheduler at {frail.address} (is there no more, or was restarted|did not answer)"
    with pytest.raises(ConnectionError, match=lost):
        sim.run(small(**BUSY), 100, engine="simpy", workers=frail.address, store=store, progress=progress)
    assert len(kept(store)) >= 2
    assert time.monotonic() - began < 60


def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 1.0)
    with pytest.raises(ConnectionError, match=r"^no dask scheduler answers at tcp://127\.0\.0\.1:1 \("):
        sim.run(small(), 2, workers="tcp://127.0.0.1:1")


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_somebody_else_is_there(monkeypatch: pytest.MonkeyPatch, says: bytes) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    callers.put(server.accept()[0])
                    callers.queue[-1].sendall(says)

        callers: queue.Queue[socket.socket] = queue.Queue()
        threading.Thread(target=serve, daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ConnectionError, match=rf"^no dask scheduler answers at {address} \("):
            sim.run(small(), 2, workers=address)


def test_the_command_says_in_one_line_that_the_scheduler_is_lost(frail: Started, tmp_path: Path) -> None:
    """And dask, which would tell of it with its tracebacks, says nothing."""
    store = tmp_path / "store"
    process = start((*PROGRAM, *BRIEFLY, "--cluster", frail.address, "--store", store), tmp_path)
    wait_until(lambda: len(kept(store)) >= 1)
    os.kill(frail.scheduler.pid, signal.SIGKILL)
    left = f"what was finished is kept in {store}, and the same command goes on from there"
    lost = f"stepdown: the scheduler at {frail.address} is there no more, or was restarted; {left}\n"
    assert finish(process) == (2, "", lost)


# --- others than we ---


def test_a_cluster_that_runs_something_else_is_refused(tmp_path: Path) -> None:
    started = Started(tmp_path, ("blind", "other", ""))
    try:
        with pytest.raises(ValueError, match="does not run what runs here") as raised:
            sim.run(small(), 2, workers=started.address)
        first, *lines, last = str(raised.value).splitlines()
        assert first.startswith(f"the cluster at {started.address} ")
        assert sorted(line.partition(": ")[2] for line in lines) == [
            "No module named 'sim'",
            f"source 000000000000, not {code_here()['source']}",
        ]
        assert all(line.startswith("  tcp://127.0.0.1:") for line in lines)
        assert last.startswith("install the same there")
    finally:
        started.end()


def test_a_scheduler_without_the_module_is_refused_at_once(tmp_path: Path) -> None:
    started = Started(tmp_path, ("",), scheduler="blind")
    try:
        with pytest.raises(ValueError, match="  the scheduler: No module named 'sim'"):
            sim.run(small(), 2, workers=started.address)
    finally:
        started.end()


def test_other_versions_are_named() -> None:
    here = {"python": "3.13.1", "stepdown": "0.1.0", "numpy": "2.4.6"}
    assert cluster._different(dict(here), here) == ""
    different = cluster._different({**here, "numpy": "2.3.0", "stepdown": None}, here)
    assert different == "stepdown missing, not 0.1.0, numpy 2.3.0, not 2.4.6"


def test_dask_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"^a cluster needs dask\.distributed, .*'\.\[cluster\]'$"):
        sim.run(small(), 2, workers="tcp://head:8786")


@pytest.mark.parametrize("workers", ["dask", "8", "", "head", "head:", "head:8786/x y", 1.5, True, None])
def test_what_is_no_address_is_refused(workers: Any) -> None:
    wrong = r"^workers must be a whole number from 0 to 1,024, or the address of a dask scheduler, as .*, not"
    with pytest.raises(ValueError, match=wrong):
        sim.run(small(), 2, workers=workers)


@pytest.mark.parametrize(
    "address", ["tcp://head:8786", "head:8786", "tls://10.0.0.1:1", "[::1]:8786", "inproc://1/2/3"]
)
def test_addresses(address: str) -> None:
    from sim.experiment.workforce import is_address

    assert is_address(address)


def test_a_store_takes_what_was_computed_elsewhere(tmp_path: Path) -> None:
    store, task = ResultStore(tmp_path / "store"), Task(small(), 1, 0, (("severity",),), False)
    store.keep(task, perform(task))
    assert store.read(task) is not None
