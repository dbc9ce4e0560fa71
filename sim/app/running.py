"""A comparison in a process of its own: the page never waits for it, and can end it at once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from sim.app.worker import DRAWS, ERROR, OF_EACH_DRAW, ORDER, PROGRESS, STUDY
from sim.experiment.manifest import provenance_of
from sim.experiment.psa import PsaResult, load_psa
from sim.experiment.result import Study
from sim.experiment.stored_study import load_study
from sim.files.provenance import Provenance
from sim.scenario import Scenario

T = TypeVar("T")

State = Literal["waiting", "running", "done", "stopped", "failed"]


def shared_out(cores: int) -> tuple[int, int]:
    """Processes that simulate in a run, and runs at once: together no more than there are cores."""
    workers = min(cores, 4)
    return workers, cores // workers


WORKERS, AT_ONCE = shared_out(os.cpu_count() or 1)
"""What is shared out here: the number of workers never changes a result, and the other runs wait."""
PATIENCE, GRACE = 300, 30
"""Seconds after which a run that nobody looks at is ended; the fewer when others wait for its place."""
TICK = 1.0
"""Seconds from one check of it to the next."""


@dataclass(frozen=True)
class Order:
    """What is to be run. arms: label -> scenario, the baseline first. draws: of their inputs, 0 for none."""

    arms: Mapping[str, Scenario]
    replications: int
    seed: int
    draws: int = 0

    @property
    def simulations(self) -> int:
        """Replications of all scenarios, those of draws among them."""
        return len(self.arms) * (self.replications + OF_EACH_DRAW * self.draws)

    def key(self) -> str:
        """The same for the same order: by it the page knows whether what it shows is still what is laid out."""
        arms = [(label, scenario.digest()) for label, scenario in self.arms.items()]
        return repr((arms, self.replications, self.seed, self.draws))


class Job:
    """One order, carried out. Its folder is private to this process, and goes with the job."""

    def __init__(self, order: Order) -> None:
        """It begins as soon as there is a place for it."""
        self.order = order
        self.key = order.key()
        self.stopped = False
        self.sessions: set[str] = set()
        self._given_up = ""
        self._unseen = 0
        self._started: list[subprocess.Popen[bytes]] = []
        self._kept: dict[Hashable, Any] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="stepdown-app-"))
        arms = [[label, scenario.model_dump(mode="json", by_alias=True)] for label, scenario in order.arms.items()]
        wanted = {"arms": arms, "replications": order.replications, "seed": order.seed, "workers": WORKERS}
        wanted["draws"] = order.draws
        (self._folder / ORDER).write_text(json.dumps(wanted), encoding="utf-8")
        self._end = weakref.finalize(self, _end, self._started, self._folder)
        LINE.join(self)

    @property
    def state(self) -> State:
        """How it stands. Whoever asks shows that somebody is waiting for the result."""
        self._unseen = 0
        if self.stopped:
            return "stopped"
        if self._given_up:
            return "failed"
        if not self._started:
            return "waiting"
        code = self._started[0].poll()
        return "running" if code is None else "done" if code == 0 else "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing of it waits or runs; asked by the line, which waits for no result."""
        return not self._end.alive or bool(self._started and self._started[0].poll() is not None)

    @property
    def place(self) -> int:
        """How many must end before it begins."""
        return LINE.place(self)

    def begin(self) -> None:
        """Start its process, unless that was done."""
        if self._started:
            return
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "sim.app.worker", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                # In a session of its own it can be ended together with the processes that it starts.
                start_new_session=True,
            )
        except OSError as problem:
            self._give_up(f"this machine cannot start it: {problem.strerror}")
        else:
            self._started.append(process)

    def tick(self, others_wait: bool) -> None:
        """One second more has gone by; ends it when nobody has looked, and no page that looked is open, for long."""
        # Seconds in which this process ran: a computer that slept has not waited for anybody.
        self._unseen = 0 if any(map(_is_open, self.sessions)) else self._unseen + 1
        if self._unseen * TICK > (GRACE if others_wait else PATIENCE):
            self._give_up("nobody looked at the page any more, so the run was ended")

    def _give_up(self, why: str) -> None:
        self._given_up = why
        self._end()

    @property
    def progress(self) -> tuple[int, int]:
        """Replications done, and in all."""
        try:
            done, total = json.loads((self._folder / PROGRESS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0, self.order.simulations
        return int(done), int(total)

    @property
    def error(self) -> str:
        """Why it failed, in a line."""
        if self._given_up:
            return self._given_up
        try:
            return (self._folder / ERROR).read_text(encoding="utf-8")
        except OSError:
            return "the run was ended from outside, most likely for lack of memory"

    def stop(self) -> None:
        """End it at once, with everything that it has started, and remove what it left."""
        with LINE.lock:
            self.stopped = self.state in ("waiting", "running")
            if self.stopped:
                self.close()

    def close(self) -> None:
        """End it and remove its folder."""
        with LINE.lock:
            self._end()
            LINE.move()

    def keep(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What `compute` gives, computed once: the page is built anew at every click, and a study never changes."""
        if key not in self._kept:
            self._kept[key] = compute()
        kept: T = self._kept[key]
        return kept

    @cached_property
    def study(self) -> Study:
        """What came out; only of a job that is done."""
        return load_study(self._folder / STUDY)

    @cached_property
    def psa(self) -> PsaResult | None:
        """What came out of draws of the inputs, if there were any."""
        return load_psa(self._folder / STUDY / DRAWS) if self.order.draws else None

    @cached_property
    def provenance(self) -> Provenance:
        """How that was computed."""
        return provenance_of(self._folder / STUDY)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files of the study by name, as `Study.save` wrote them."""
        return {path.name: path.read_bytes() for path in sorted((self._folder / STUDY).iterdir()) if path.is_file()}

    @cached_property
    def archive(self) -> bytes:
        """All of them in one zip file."""
        return Path(shutil.make_archive(str(self._folder / STUDY), "zip", self._folder, STUDY)).read_bytes()


class Line:
    """Who may run now: the first few of those who have come; the others wait, in the order of their coming.

    It holds nobody: a job that its visitor has dropped is gone from here as well. lock: of who waits and who runs.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._jobs: list[weakref.ref[Job]] = []
        self._watch: threading.Thread | None = None

    def join(self, job: Job) -> None:
        """Stand behind all others."""
        with self.lock:
            self._jobs.append(weakref.ref(job))
            self.move()
            if self._watch is None:
                self._watch = threading.Thread(target=self._keep_watch, daemon=True)
                self._watch.start()

    def place(self, job: Job) -> int:
        """How many must end before this one begins; 0 for one that has begun, or that does not wait any more."""
        with self.lock:
            waiting = self._unfinished()
            return max(0, waiting.index(job) + 1 - AT_ONCE) if job in waiting else 0

    def move(self) -> None:
        """Begin whatever there is a place for now."""
        with self.lock:
            for job in self._unfinished()[:AT_ONCE]:
                job.begin()

    def _unfinished(self) -> list[Job]:
        unfinished = [job for reference in self._jobs if (job := reference()) is not None and not job.ended]
        self._jobs = [weakref.ref(job) for job in unfinished]
        return unfinished

    def _keep_watch(self) -> None:
        while True:
            time.sleep(TICK)
            with self.lock:
                self._tick()
                if not self._jobs:
                    self._watch = None
                    return

    def _tick(self) -> None:
        for job in (unfinished := self._unfinished()):
            job.tick(others_wait=len(unfinished) > AT_ONCE)
        self.move()


LINE = Line()


def _is_open(session: str) -> bool:
    """Whether a page is shown by a browser at this moment."""
    from streamlit import runtime

    return runtime.exists() and runtime.get_instance().is_active_session(session)


def _end(started: "list[subprocess.Popen[bytes]]", folder: Path) -> None:
    for process in started:
        if process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (AttributeError, ProcessLookupError, PermissionError):
                process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
    shutil.rmtree(folder, ignore_errors=True)
