"""A comparison that runs in a process of its own, so that the page never waits for it and can end it at once."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from sim.app.worker import ALIVE, ERROR, ORDER, PROGRESS, STUDY
from sim.experiment import Study, load_study
from sim.scenario import Scenario

T = TypeVar("T")

State = Literal["running", "done", "stopped", "failed"]

WORKERS = 0
"""Processes that simulate: one for each core. It never changes a number."""


@dataclass(frozen=True)
class Order:
    """What is to be run. arms: label -> scenario, the baseline first."""

    arms: Mapping[str, Scenario]
    replications: int
    seed: int

    def key(self) -> str:
        """The same for the same order: by it the page knows whether what it shows is still what is laid out."""
        arms = [(label, scenario.digest()) for label, scenario in self.arms.items()]
        return repr((arms, self.replications, self.seed))


class Job:
    """One order, carried out. Its folder is private to this process, and goes with the job."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.key = order.key()
        self.stopped = False
        self._kept: dict[Hashable, Any] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="stepdown-app-"))
        arms = [[label, scenario.model_dump(mode="json", by_alias=True)] for label, scenario in order.arms.items()]
        wanted = {"arms": arms, "replications": order.replications, "seed": order.seed, "workers": WORKERS}
        (self._folder / ORDER).write_text(json.dumps(wanted), encoding="utf-8")
        (self._folder / ALIVE).touch()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sim.app.worker", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # In a session of its own it can be ended together with the processes that it starts.
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process, self._folder)

    @property
    def state(self) -> State:
        """How it stands. Whoever asks shows that somebody is waiting for the result."""
        if self.stopped:
            return "stopped"
        if self._process.poll() is None:
            (self._folder / ALIVE).touch()
            return "running"
        return "done" if self._process.returncode == 0 else "failed"

    @property
    def progress(self) -> tuple[int, int]:
        """Replications done, and in all."""
        try:
            done, total = json.loads((self._folder / PROGRESS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0, self.order.replications * len(self.order.arms)
        return int(done), int(total)

    @property
    def error(self) -> str:
        """Why it failed, in a line."""
        try:
            return (self._folder / ERROR).read_text(encoding="utf-8")
        except OSError:
            return "the run was ended from outside, most likely for lack of memory"

    def stop(self) -> None:
        """End it at once, with everything that it has started, and remove what it left."""
        self.stopped = self.state == "running"
        if self.stopped:
            self._end()

    def close(self) -> None:
        """End it and remove its folder."""
        self._end()

    def keep(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What `compute` gives, computed once: the page is built anew at every click, and a study never changes."""
        if key not in self._kept:
            self._kept[key] = compute()
        found: T = self._kept[key]
        return found

    @cached_property
    def study(self) -> Study:
        """What came out; only of a job that is done."""
        return load_study(self._folder / STUDY)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files of the study by name, as `Study.save` wrote them."""
        return {path.name: path.read_bytes() for path in sorted((self._folder / STUDY).iterdir()) if path.is_file()}

    @cached_property
    def archive(self) -> bytes:
        """All of them in one zip file."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(f"study/{name}", content)
        return buffer.getvalue()


def _end(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (AttributeError, ProcessLookupError, PermissionError):
            process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
    shutil.rmtree(folder, ignore_errors=True)
