"""Who takes part: each simulator in a process of its own, kept for all rounds, that runs what it is asked to."""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from programme import Size

from sim.model.engines import can_compile

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
EARLIER = "d05d771"
NAGASIM = "nagasim==0.18.0"


@dataclass(frozen=True)
class Contender:
    """A simulator: the script that runs it, its argument, the Python that runs that, and what lies on its path.

    days: the share of the days of the pathway that it is given, where all would take too long.
    """

    name: str
    script: str
    engine: str = ""
    python: str = sys.executable
    path: str = ""
    days: float = 1.0
    grows: bool = True


SIMPY = Contender("this version, SimPy engine", "stepdown_engines.py", "SimPy")
COMPILED = Contender("this version, compiled engine", "stepdown_engines.py", "compiled")

BUILD = Contender(f"build {EARLIER}", "stepdown_engines.py", "SimPy", grows=False)
NAIVE = Contender("naive SimPy", "simpy_pathway.py")
CIW = Contender("Ciw", "ciw_network.py", days=0.05)
BLOCKS = Contender("nagasim", "nagasim_blocks.py", days=0.5)


class Turns:
    """The process of a contender, which answers one request after the other."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        command = [contender.python, str(HERE / contender.script), *([contender.engine] if contender.engine else [])]
        one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | one_core | {"PYTHONPATH": contender.path},
        )

    def ask(self, case: str, size: Size, seed: int = 1, count: bool = False) -> dict[str, Any]:
        """One replication; of the pathway, over the contender's share of the days. Raises RuntimeError if it fails."""
        days = size.horizon * (self.contender.days if case == "pathway" else 1.0)
        request = {"case": case, "arrivals": size.arrivals, "horizon": days, "seed": seed, "count": count}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.contender.name} ended with status {self.process.wait()}: see above")
        return dict(json.loads(answer))

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def running(contender: Contender) -> Iterator[Turns]:
    """Its process, for a while."""
    turns = Turns(contender)
    try:
        yield turns
    finally:
        turns.close()


@contextmanager
def contenders() -> Iterator[list[Contender]]:
    """All of them, ours first; the earlier build and nagasim are put into a temporary folder, or left out with a word
    on why."""
    ours = (SIMPY, COMPILED) if can_compile() else (SIMPY,)
    with tempfile.TemporaryDirectory() as folder:
        there = [earlier_build(Path(folder) / "build"), NAIVE, CIW, with_nagasim(Path(folder) / "nagasim")]
        yield [*ours, *(contender for contender in there if contender is not None)]


def earlier_build(folder: Path) -> Contender | None:
    """An earlier build of Stepdown, from the history of this checkout."""
    command = ["git", "-C", str(ROOT), "archive", EARLIER, "sim", "scenarios"]
    archive = subprocess.run(command, capture_output=True)
    if archive.returncode:
        print(f"left out: build {EARLIER}, which is not in this checkout (git fetch --unshallow)", file=sys.stderr)
        return None
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return replace(BUILD, path=str(folder))


def with_nagasim(folder: Path) -> Contender | None:
    """nagasim in an environment of its own, since nothing of ours needs it."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    commands = ([sys.executable, "-m", "venv", folder], [python, "-m", "pip", "install", "-q", NAGASIM])
    for command in commands:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["no word on why"])[-1]
            print(f"left out: nagasim (pip install '{NAGASIM}'): {why}", file=sys.stderr)
            return None
    return replace(BLOCKS, python=str(python))
