"""Processes with everything loaded: one process loads it, and forks whenever a program is to begin.

A program in it is a process in a session of its own, with streams, signals, an exit status and children of its own.
Only its start is not one: what is about starting starts Python itself.
"""

import os
import pickle
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO, TextIO

AVAILABLE = sys.platform == "linux"
SERVER = Path(__file__).with_name("forge_server.py")


class Forked:
    """A process that was forked, with the part of `subprocess.Popen` that tests use."""

    stdin: BinaryIO | None = None
    stdout: TextIO | None = None
    stderr: TextIO | None = None

    def __init__(self, pid: int, ends: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ends = ends
        self._told = threading.Lock()

    def poll(self) -> int | None:
        """Its status, if it has ended: minus the signal that ended it."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Its status, when it has ended."""
        if self.returncode is None:
            if not select.select([self._ends], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with self._told:  # Several threads may wait.
                if self.returncode is None:
                    self.returncode = int(self._ends.recv(64))
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it says, when all who could say something have ended."""
        end = time.monotonic() + (timeout if timeout is not None else 1e9)
        streams = [stream for stream in (self.stdout, self.stderr) if stream]
        said: dict[int, list[bytes]] = {stream.fileno(): [] for stream in streams}
        with selectors.DefaultSelector() as selector:
            for stream in streams:
                selector.register(stream.fileno(), selectors.EVENT_READ)
            while selector.get_map():
                heard = selector.select(max(0.0, end - time.monotonic()))
                if not heard and time.monotonic() >= end:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
                for key, _ in heard:
                    if part := os.read(key.fd, 65_536):
                        said[key.fd].append(part)
                    else:
                        selector.unregister(key.fd)
        for stream in streams:
            stream.close()
        self.wait(max(0.0, end - time.monotonic()))
        out, err = (b"".join(parts).decode() for parts in said.values())
        return out, err

    def send_signal(self, number: int) -> None:
        """If it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """At once."""
        self.send_signal(signal.SIGKILL)


class _Server:
    def __init__(self) -> None:
        self.asks, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, SERVER, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
            )


_server = cache(_Server)


def end() -> None:
    """Nothing is forked any more."""
    if _server.cache_info().currsize:
        _server().asks.close()
        _server().process.wait()
        _server.cache_clear()


def fork(
    code: str,
    arguments: Sequence[str],
    folder: Path | None,
    environment: dict[str, str],
    streams: tuple[int, int, int],
) -> Forked:
    """What `python -c code arguments` does once it has loaded what it needs.

    streams: the handles of its standard input, output and error.
    """
    ends, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ask = pickle.dumps((code, list(arguments), str(folder or os.getcwd()), environment))
    with theirs:
        socket.send_fds(_server().asks, [ask], [*streams, theirs.fileno()])
    return Forked(int(ends.recv(64)), ends)


def piped(code: str, arguments: Sequence[str], folder: Path | None, environment: dict[str, str]) -> Forked:
    """The same with nothing to read, and pipes for what it says."""
    (out, to_out), (err, to_err) = os.pipe(), os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        process = fork(code, arguments, folder, environment, (nothing, to_out, to_err))
    finally:
        for handle in (nothing, to_out, to_err):
            os.close(handle)
    process.stdout, process.stderr = (os.fdopen(end, encoding="utf-8") for end in (out, err))
    return process
