"""The process that `forge` asks: it loads what programs load, and forks."""

import gc
import io
import os
import pickle
import pkgutil
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

LEFT_OUT = ("sim.app", "sim.model.compiled", "sim.experiment.cluster", "sim.cli.web", "sim.__main__")
"""What few programs load."""
MOST = 1_000_000
"""Bytes of what is asked."""


def load() -> None:
    """What commands load at some time."""
    import sim

    for module in pkgutil.walk_packages(sim.__path__, "sim.", onerror=lambda _: None):
        if not module.name.startswith(LEFT_OUT):
            import_module(module.name)
    for name in ("joblib.externals.loky", "matplotlib.backends.backend_svg", "pyarrow.parquet", "scipy.stats"):
        import_module(name)
    gc.collect()
    gc.freeze()


def serve(asks: socket.socket) -> str:
    """Fork for whoever asks, and tell him of the ends; returns in the programs alone: what they run."""
    load()
    wakes, waking = os.pipe()
    os.set_blocking(wakes, False)
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    heard: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([asks, wakes], [], [])
        if wakes in ready:
            os.read(wakes, 4_096)
            for pid in list(heard):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    answers = heard.pop(pid)
                    with suppress(OSError):  # Nobody asks any more.
                        answers.send(str(os.waitstatus_to_exitcode(status)).encode())
                    answers.close()
        if asks in ready:
            message, handles, _, _ = socket.recv_fds(asks, MOST, 4)
            if not message:
                sys.exit()
            answers = socket.socket(fileno=handles.pop())
            pid = os.fork()
            if not pid:
                for each in (asks, answers, *heard.values()):
                    each.close()
                signal.set_wakeup_fd(-1)
                os.close(wakes)
                os.close(waking)
                return begin(message, handles)
            for handle in handles:
                os.close(handle)
            answers.send(str(pid).encode())
            heard[pid] = answers


def begin(message: bytes, handles: list[int]) -> str:
    """In the process that is forked: become what Python is when it has started."""
    code, arguments, folder, environment = pickle.loads(message)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = sys.__stdin__ = stream(0, "r")
    sys.stdout = sys.__stdout__ = stream(1, "w", line_buffering=os.isatty(1))
    sys.stderr = sys.__stderr__ = stream(2, "w", errors="backslashreplace", line_buffering=True)
    sys.argv[:] = ["-c", *arguments]
    sys.path[0] = ""
    sys.path[1:1] = [part for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part]
    sys.modules["__main__"] = ModuleType("__main__")
    return str(code)


def stream(number: int, mode: str, **how: Any) -> io.TextIOWrapper:
    """As Python makes it of a handle."""
    return io.TextIOWrapper(open(number, f"{mode}b", closefd=False), encoding="utf-8", **how)


# What is run is run from here, outside of any function, so that it ends as Python itself ends it.
exec(serve(socket.socket(fileno=int(sys.argv[1]))), sys.modules["__main__"].__dict__)
