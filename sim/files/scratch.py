"""Folders for files that are needed only for a while: they go with the object that made them, or, if it was killed,
when somebody works in the same place next."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATTERN = ".stepdown-*.scratch"
"""Names of such folders. A lock, which ends with the process, says that one is in use."""


class Scratch:
    """A new folder of our own within another one; removed when this is closed, forgotten, or the process ends.

    within: an existing folder; by default the system's for temporary files. Raises OSError when it cannot be made.
    """

    def __init__(self, within: str | os.PathLike[str] | None = None) -> None:
        place = Path(tempfile.gettempdir() if within is None else within)
        clear(place)
        prefix, _, suffix = PATTERN.partition("*")
        self.path = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=place)).absolute()
        self._lock = _locked(self.path)
        self._end = weakref.finalize(self, _remove, self.path, self._lock, os.getpid())

    def close(self) -> None:
        """Remove the folder with everything in it."""
        self._end()

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def clear(place: Path) -> None:
    """Remove what killed processes left in a folder; what is in use stays, and what another user left."""
    for folder in place.glob(PATTERN):
        with suppress(OSError):  # Another process may clear the same place, and be faster.
            # An empty one may be new, and not locked yet.
            if os.access(folder, os.W_OK) and not in_use(folder) and any(folder.iterdir()):
                shutil.rmtree(folder, ignore_errors=True)


def in_use(folder: Path) -> bool:
    """Whether a process that still runs made the folder. True where the system cannot tell."""
    lock = _locked(folder)
    if lock is None:
        return True
    os.close(lock)
    return False


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """One process after the other; false where the system cannot see to that."""
    lock = _locked(folder, wait=True)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def _locked(folder: Path, wait: bool = False) -> int | None:
    """A handle whose closing unlocks the folder; None if it is locked by others, or cannot be."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException as error:
        os.close(handle)
        if isinstance(error, OSError):
            return None
        raise
    return handle


def _remove(folder: Path, lock: int | None, maker: int) -> None:
    if os.getpid() != maker:  # A process that was forked off has copies of everything, also of what is to be removed.
        return
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)
