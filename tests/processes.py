"""Commands and programs as processes of their own: started, hit in the middle, heard to the end."""

import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import forge
import pytest
from support import PATIENCE, heeding_interrupts

Process = forge.Forked | subprocess.Popen[str]

PROGRAM = (sys.executable, "-c", "from sim.cli import main; main()")
PROGRAM_OF_SEVERAL = (
    *(sys.executable, "-c"),
    """
import sys
from sim.cli import main

arguments = [*sys.argv[1:], ";"]
while arguments:
    end = arguments.index(";")
    try:
        main(arguments[:end])
    except SystemExit as stopped:
        if stopped.code:
            print("failed:", arguments[:end], file=sys.stderr)
            raise
    del arguments[: end + 1]
""",
)
"""Several commands with ";" between them, one after the other; it ends with the first that fails."""

on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
on_posix = pytest.mark.skipif(os.name != "posix", reason="needs a shell, or a pseudo-terminal")


class Spoken(NamedTuple):
    """What a command said."""

    status: int
    out: str
    err: str


READ_AT_THE_START = ("LANG", "LC_", "PYTHON", "HOME", "TMPDIR", "MPL", "XDG_")
"""How settings begin that Python, or a library, reads when it starts: who states one gets a process that starts."""


def start(command: Sequence[object], folder: Path | None = None, **environment: str) -> Process:
    """A process in a session of its own, so that a signal to its group is what a terminal sends on Ctrl-C."""
    words, merged = [str(part) for part in command], {**os.environ, **environment}
    if forge.AVAILABLE and words[:2] == [sys.executable, "-c"] and not starts(environment):
        return forge.piped(words[2], words[3:], folder, merged)
    return subprocess.Popen(
        words,
        cwd=folder,
        env=merged,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heeding_interrupts,
    )


def starts(environment: dict[str, str]) -> bool:
    """Whether a setting is read when a process starts; where modules are found is no such setting."""
    return any(name.startswith(READ_AT_THE_START) for name in environment if name != "PYTHONPATH")


def finish(process: Process) -> Spoken:
    """Status, standard output and standard error, when all who hold them open have ended: workers too."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail("did not stop")
    return Spoken(process.returncode, out, err)


def members(process: Process) -> dict[int, str]:
    """Command lines of the live processes of a group, by process number."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        if int(group) == process.pid and state != "Z":
            found[int(entry.name)] = command
    return found


def workers(process: Process) -> list[int]:
    return [number for number, command in members(process).items() if "LokyProcess" in command]


def in_a_terminal(folder: Path, *arguments: str, columns: int = 80, **streams: Any) -> str:
    """What a command shows on a terminal that is so wide; on its standard output, unless streams say otherwise."""
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment["TERM"] = "xterm"
    process: Process
    if forge.AVAILABLE and not streams:
        process = forge.fork(PROGRAM[-1], arguments, folder, environment, (theirs, theirs, theirs))
    else:
        where = {"stdin": theirs, "stdout": theirs, "stderr": theirs, **streams}
        process = subprocess.Popen([*PROGRAM, *arguments], cwd=folder, env=environment, **where)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # How Linux says that the other side is closed.
            break
        if not part:
            break
        shown += part
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")
    assert process.wait(PATIENCE) == 0, text
    return text
