"""Files that somebody else may have put there: only what is a file is opened, and read up to a size."""

import errno
import os
import stat
from io import BufferedReader

StrPath = str | os.PathLike[str]


def open_regular(path: StrPath) -> BufferedReader:
    """A file, to be read. OSError for a folder, a pipe, a socket, a device, or a name that no file can have.

    It never waits, as opening a pipe that nobody writes to would.
    """
    try:
        _check(os.stat(path), path)
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - whoever asks for it closes it
    except ValueError as error:
        raise OSError(errno.EINVAL, f"no file can have this name ({error})", os.fspath(path)) from None
    try:
        # Something else may have taken its place.
        _check(os.fstat(file.fileno()), path)
    except BaseException:
        file.close()
        raise
    return file


def read_regular(path: StrPath, most: int) -> bytes:
    """What a file holds. OSError also when that is more than so many bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes", os.fspath(path))
    return content


def _check(status: os.stat_result, path: StrPath) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a file but a pipe, a socket or a device", os.fspath(path))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
