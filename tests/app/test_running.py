"""A run in its own process: it gives what the library gives, it stops, it says why it failed, it leaves nothing."""

import errno
import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from processes import members, on_linux
from support import CLINIC, wait_until

import sim
from sim.app import running
from sim.app.running import Job, Order
from sim.app.systems import uploaded
from sim.scenario import Scenario


@pytest.fixture
def clinic() -> Scenario:
    return uploaded(CLINIC, "clinic.toml").scenario


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WORKERS", 1)
    monkeypatch.setattr(running, "AT_ONCE", 4)


@pytest.fixture
def jobs() -> Iterator[list[Job]]:
    started: list[Job] = []
    yield started
    for job in started:
        job.close()


def ended(job: Job, seconds: float = 40) -> str:
    until = time.monotonic() + seconds
    while job.state == "running" and time.monotonic() < until:
        time.sleep(0.1)
    return job.state


@pytest.mark.usefixtures("in_earnest")
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


def test_draws_of_the_inputs_are_those_of_the_library(clinic: Scenario, jobs: list[Job]) -> None:
    arms = {"Clinic": clinic, "more": clinic.with_overrides({"places.beds.capacity": 12})}
    job = Job(Order(arms, 3, 7, 16))
    jobs.append(job)
    assert job.progress[1] == 2 * (3 + 2 * 16)
    assert ended(job) == "done", job.error
    assert job.progress == (70, 70)
    assert job.psa is not None
    here = sim.psa(arms, 16, 2, seed=7, by=["each"])
    pd.testing.assert_frame_equal(job.psa.outcomes, here.outcomes)
    assert "study/psa/psa.json" in zipfile.ZipFile(io.BytesIO(job.archive)).namelist()
    assert b"inputs_low" in job.files["differences.csv"]


def test_inputs_that_cannot_be_drawn_are_named_before_anything_is_simulated(clinic: Scenario, jobs: list[Job]) -> None:
    sure = clinic.model_copy(update={"evidence": {}})
    job = Job(Order({"Clinic": sure, "more": sure.with_overrides({"places.beds.capacity": 12})}, 3, 7, 16))
    jobs.append(job)
    assert ended(job) == "failed"
    assert (job.progress[0], "evidence" in job.error) == (0, True)


def test_stop_really_stops(clinic: Scenario, jobs: list[Job]) -> None:
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    jobs.append(job)
    until = time.monotonic() + 30
    while job.progress[0] == 0 and time.monotonic() < until:
        time.sleep(0.05)
    job.stop()
    assert job.state == "stopped"
    assert job._started[0].poll() is not None
    assert not job._folder.exists()


def test_a_session_that_goes_takes_its_run_along(clinic: Scenario) -> None:
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    process, folder = job._started[0], job._folder
    del job
    assert process.wait(10) is not None
    assert not folder.exists()


def test_an_error_is_one_clear_line(clinic: Scenario, jobs: list[Job]) -> None:
    job = Job(Order({"Clinic": clinic}, 0, 1))
    jobs.append(job)
    assert ended(job) == "failed"
    assert job.error == "replications must be a whole number from 1 to 1,000,000, not 0"


@pytest.mark.usefixtures("in_earnest")
def test_a_worker_that_was_killed_is_said_to_be(clinic: Scenario, jobs: list[Job]) -> None:
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    jobs.append(job)
    job._started[0].kill()
    assert ended(job) == "failed"
    assert "ended from outside" in job.error


def watched(folder: Path) -> "subprocess.Popen[bytes]":
    """A worker that has work for minutes, and writes all the time."""
    code = "import sys; from pathlib import Path; from sim.app import worker\n"
    code += "worker._run = lambda folder: [worker._write(folder / 'progress.json', '[1, 2]') for _ in range(10**7)]\n"
    code += "worker.main(Path(sys.argv[1]))"
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE)


def test_it_ends_with_whoever_started_it_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "order"
    folder.mkdir()
    started = watched(folder)
    assert started.stdin is not None
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(1)
    started.stdin.close()
    assert started.wait(10) == 1
    assert not folder.exists()


def test_it_ends_when_nobody_looks_and_says_so(
    clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "TICK", 0.1)
    monkeypatch.setattr(running, "PATIENCE", 3)
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    jobs.append(job)
    for _ in range(45):
        assert job.state == "running"
        time.sleep(0.1)
    process = job._started[0]
    assert process.wait(20) is not None
    assert (job.state, job.error) == ("failed", "nobody looked at the page any more, so the run was ended")


def test_a_page_that_is_open_keeps_its_run(clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    # In a tab behind others, browsers let a page ask once a minute at most.
    monkeypatch.setattr(running, "TICK", 0.05)
    monkeypatch.setattr(running, "PATIENCE", 0.5)
    monkeypatch.setattr(running, "_is_open", lambda session: session == "open")
    kept, left = (Job(Order({"Clinic": clinic}, 20_000, seed)) for seed in (1, 2))
    jobs += [kept, left]
    kept.sessions.add("open")
    left.sessions.add("closed")
    time.sleep(3)
    assert (kept.state, left.state) == ("running", "failed")


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 1)
    monkeypatch.setattr(running, "TICK", 0.1)


@pytest.mark.usefixtures("one_at_a_time")
def test_runs_wait_for_a_place_in_the_order_of_their_coming(clinic: Scenario, jobs: list[Job]) -> None:
    jobs += [Job(Order({"Clinic": clinic}, 20_000, seed)) for seed in (1, 2, 3, 4)]
    assert [job.state for job in jobs] == ["running", *["waiting"] * 3]
    assert [job.place for job in jobs] == [0, 1, 2, 3]
    assert sum(bool(job._started) for job in jobs) == 1
    jobs[1].stop()
    assert [job.state for job in jobs] == ["running", "stopped", "waiting", "waiting"]
    assert [job.place for job in jobs] == [0, 0, 1, 2]
    assert not jobs[1]._folder.exists()
    jobs[0].stop()
    assert [job.state for job in jobs] == ["stopped", "stopped", "running", "waiting"]


@pytest.mark.usefixtures("one_at_a_time")
def test_the_next_begins_when_one_is_done(clinic: Scenario, jobs: list[Job]) -> None:
    jobs += [Job(Order({"Clinic": clinic}, 2, seed)) for seed in (1, 2)]
    assert ended(jobs[0]) == "done"
    until = time.monotonic() + 40
    while jobs[1].state in ("waiting", "running") and time.monotonic() < until:
        time.sleep(0.1)
    assert jobs[1].state == "done"


@pytest.mark.usefixtures("one_at_a_time")
def test_who_leaves_frees_the_place(clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "GRACE", 1)
    left, waits, left_too, last = (Job(Order({"Clinic": clinic}, 20_000, seed)) for seed in (1, 2, 3, 4))
    jobs += [left, waits, left_too, last]
    # Whoever asks for the state is still there.
    wait_until(lambda: (waits.state, last.state, waits.place, last.place) == ("running", "waiting", 0, 1))
    assert [job.state for job in (left, left_too)] == ["failed", "failed"]
    assert not left_too._started


@pytest.mark.usefixtures("one_at_a_time")
def test_a_visit_that_is_dropped_leaves_the_line(clinic: Scenario, jobs: list[Job]) -> None:
    first, second, third = (Job(Order({"Clinic": clinic}, 20_000, seed)) for seed in (1, 2, 3))
    jobs += [first, third]
    del second
    assert third.place == 1


def test_what_cannot_be_started_says_so(clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(running.subprocess, "Popen", full)
    jobs.append(Job(Order({"Clinic": clinic}, 2, 1)))
    assert (jobs[0].state, jobs[0].error) == (
        "failed",
        "this machine cannot start it: Resource temporarily unavailable",
    )


def test_no_more_processes_simulate_than_there_are_cores() -> None:
    for cores, workers, at_once in ((1, 1, 1), (2, 2, 1), (4, 4, 1), (6, 4, 1), (8, 4, 2), (64, 4, 16)):
        assert running.shared_out(cores) == (workers, at_once)
        assert workers * at_once <= cores


@on_linux
@pytest.mark.parametrize("end", [Job.stop, Job.close, lambda job: job._started[0].stdin.close()])
def test_nothing_that_it_started_goes_on(
    clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch, end: Callable[[Job], None]
) -> None:
    monkeypatch.setattr(running, "WORKERS", 2)
    job = Job(Order({"Clinic": clinic}, 20_000, 1))
    jobs.append(job)
    until = time.monotonic() + 30
    while job.progress[0] == 0 and time.monotonic() < until:
        time.sleep(0.05)
    leader = job._started[0]
    assert len(members(leader)) >= 3
    end(job)
    wait_until(lambda: not members(leader))
    assert not job._folder.exists()


@on_linux
def test_stop_ends_even_what_would_not_end_by_itself(
    clinic: Scenario, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = [sys.executable, "-c", "import subprocess; subprocess.Popen(['sleep', '60']).wait()"]
    popen = subprocess.Popen
    monkeypatch.setattr(running.subprocess, "Popen", lambda _, **options: popen(stubborn, **options))
    job = Job(Order({"Clinic": clinic}, 2, 1))
    jobs.append(job)
    leader = job._started[0]
    wait_until(lambda: len(members(leader)) >= 2)
    job.stop()
    wait_until(lambda: not members(leader))


def test_orders_with_one_key_are_the_same_order(clinic: Scenario) -> None:
    other = clinic.with_overrides({"places.beds.capacity": 12})
    keys = [
        Order(arms, n, seed).key()
        for arms in ({"a": clinic}, {"a": other}, {"b": clinic})
        for n, seed in ((2, 1), (3, 1), (2, 2))
    ]
    assert len(set(keys)) == len(keys)
    assert Order({"a": clinic}, 2, 1).key() == keys[0]
