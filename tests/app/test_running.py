"""A run in its own process: it gives what the library gives, it stops, it says why it failed, it leaves nothing."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from app.clinic import CLINIC
from support import PATIENCE, wait_until

import sim
from sim.app import running, worker
from sim.app.running import Job, Order
from sim.app.systems import uploaded
from sim.scenario import Scenario


@pytest.fixture
def clinic() -> Scenario:
    return uploaded(CLINIC.encode(), "clinic.toml").scenario


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WORKERS", 1)


@pytest.fixture
def jobs() -> Iterator[list[Job]]:
    started: list[Job] = []
    yield started
    for job in started:
        job.close()


def ended(job: Job) -> str:
    wait_until(lambda: job.state != "running")
    return job.state


def test_it_gives_what_the_library_gives_and_leaves_nothing(clinic: Scenario, jobs: list[Job]) -> None:
    more = clinic.with_overrides({"places.beds.capacity": 12})
    job = Job(Order({"Clinic": clinic, "=more": more}, 3, 7))
    jobs.append(job)
    folder = job._folder
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0
    assert ended(job) == "done", job.error
    assert job.progress == (6, 6)
    here = sim.compare({"Clinic": clinic, "=more": more}, replications=3, seed=7)
    pd.testing.assert_frame_equal(job.study.metrics, here.metrics)
    names = set(zipfile.ZipFile(io.BytesIO(job.archive)).namelist())
    assert {"study/manifest.json", "study/differences.csv"} <= names
    assert b"'=more" in job.files["summary.csv"]
    job.close()
    assert not folder.exists()


def test_stop_really_stops(clinic: Scenario, jobs: list[Job]) -> None:
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    jobs.append(job)
    wait_until(lambda: job.progress[0])
    job.stop()
    assert job.state == "stopped"
    assert job._process.poll() is not None
    assert not job._folder.exists()


def test_a_session_that_goes_takes_its_run_along(clinic: Scenario) -> None:
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    process, folder = job._process, job._folder
    del job
    assert process.wait(PATIENCE) is not None
    assert not folder.exists()


def test_an_error_is_one_clear_line(clinic: Scenario, jobs: list[Job]) -> None:
    job = Job(Order({"Clinic": clinic}, 0, 1))
    jobs.append(job)
    assert ended(job) == "failed"
    assert job.error == "replications must be a whole number from 1 to 1,000,000, not 0"


def test_a_worker_that_was_killed_is_said_to_be(clinic: Scenario, jobs: list[Job]) -> None:
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    jobs.append(job)
    job._process.kill()
    assert ended(job) == "failed"
    assert "ended from outside" in job.error


def watched(folder: Path, settings: str = "") -> "subprocess.Popen[bytes]":
    """A worker that has work for a minute."""
    (folder / worker.ALIVE).touch()
    code = f"import sys, time; from pathlib import Path; from sim.app import worker; {settings}\n"
    code += "worker._run = lambda folder: time.sleep(60); worker.main(Path(sys.argv[1]))"
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE)


def test_it_ends_with_whoever_started_it_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "order"
    folder.mkdir()
    started = watched(folder)
    assert started.stdin is not None
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(1)
    started.stdin.close()
    assert started.wait(PATIENCE) == 1
    assert not folder.exists()


def test_it_ends_when_nobody_looks_and_says_so(tmp_path: Path) -> None:
    assert watched(tmp_path, "worker.TICK, worker.PATIENCE = 0.1, 3.0").wait(PATIENCE) == 1
    said = (tmp_path / worker.ERROR).read_text(encoding="utf-8")
    assert said == "nobody looked at the page for 0.05 minutes, so the run was ended"


def test_it_goes_on_as_long_as_somebody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every second check for a long time, and then never again; here no time passes."""

    class Ended(Exception):
        pass

    def sleep(seconds: float) -> None:
        checks.append(seconds)
        if len(checks) <= 1_000 and len(checks) % 2:
            os.utime(tmp_path / worker.ALIVE, (len(checks),) * 2)

    def end(status: int) -> None:
        raise Ended

    checks: list[float] = []
    (tmp_path / worker.ALIVE).touch()
    monkeypatch.setattr(worker.time, "sleep", sleep)
    monkeypatch.setattr(worker.os, "_exit", end)
    with pytest.raises(Ended):
        worker._end_unseen(tmp_path)
    assert sum(checks) == 999 * worker.TICK + worker.PATIENCE


def test_a_look_long_ago_on_the_wall_clock_ends_nothing(tmp_path: Path) -> None:
    # So it is when a computer wakes up.
    started = watched(tmp_path, "worker.TICK, worker.PATIENCE = 0.1, 60.0")
    os.utime(tmp_path / worker.ALIVE, (0, 0))
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(3)
    started.kill()
    started.wait()


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads processes from /proc")


def group(leader: int) -> set[int]:
    """The living processes of a group."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == leader and state != "Z":
            found.add(int(path.parent.name))
    return found


@linux
@pytest.mark.parametrize("end", [Job.stop, Job.close, lambda job: job._process.stdin.close()])
def test_nothing_that_it_started_goes_on(
    clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch, end: Callable[[Job], None]
) -> None:
    monkeypatch.setattr(running, "WORKERS", 2)
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    jobs.append(job)
    wait_until(lambda: job.progress[0])
    leader = job._process.pid
    assert len(group(leader)) >= 3
    end(job)
    wait_until(lambda: not group(leader))
    assert not job._folder.exists()


@linux
def test_stop_ends_even_what_would_not_end_by_itself(
    clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = [sys.executable, "-c", "import subprocess; subprocess.Popen(['sleep', '60']).wait()"]
    popen = subprocess.Popen
    monkeypatch.setattr(running.subprocess, "Popen", lambda _, **options: popen(stubborn, **options))
    job = Job(Order({"Clinic": clinic}, 2, 1))
    jobs.append(job)
    leader = job._process.pid
    wait_until(lambda: len(group(leader)) == 2)
    job.stop()
    wait_until(lambda: not group(leader))


def test_orders_with_one_key_are_the_same_order(clinic: Scenario) -> None:
    other = clinic.with_overrides({"places.beds.capacity": 12})
    keys = [
        Order(arms, n, seed).key()
        for arms in ({"a": clinic}, {"a": other}, {"b": clinic})
        for n, seed in ((2, 1), (3, 1), (2, 2))
    ]
    assert len(set(keys)) == len(keys)
    assert Order({"a": clinic}, 2, 1).key() == keys[0]
