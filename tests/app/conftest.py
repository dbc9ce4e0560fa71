"""Processes of the page: forked from one that has loaded everything, or not begun, where they are not the subject."""

import json
import os
import subprocess
from collections.abc import Sequence
from types import SimpleNamespace

import forge
import pytest

from sim.app import reading, running

WORKER = "import sys, pathlib; from sim.app import worker; sys.exit(worker.main(pathlib.Path(sys.argv[1])))"


@pytest.fixture(autouse=True)
def forked_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are forked, where they do not start in earnest."""
    if forge.AVAILABLE and "in_earnest" not in request.fixturenames:
        popen = SimpleNamespace(Popen=forked, PIPE=subprocess.PIPE, DEVNULL=subprocess.DEVNULL)
        monkeypatch.setattr(running, "subprocess", popen)


@pytest.fixture
def in_earnest() -> None:
    """As in use."""


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What visitors send is read in this process."""
    monkeypatch.setattr(reading, "_apart", lambda order: json.loads(json.dumps(reading.answer(order))))


def forked(command: Sequence[str], **_: object) -> forge.Forked:
    """The process of a run, which ends when what it reads ends."""
    reads, writes = os.pipe()
    nothing = os.open(os.devnull, os.O_WRONLY)
    process = forge.fork(WORKER, command[-1:], None, dict(os.environ), (reads, nothing, nothing))
    os.close(reads)
    os.close(nothing)
    process.stdin = os.fdopen(writes, "wb")
    return process
