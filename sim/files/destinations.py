"""Where something is to be written: what could not be written at the end is refused before anything is simulated."""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from sim.files.whole_files import BadFolder


def check_file(path: Path) -> None:
    """Refuse a file that could not be written: ValueError for what is no file's name, OSError for what the system says.

    Nothing is left there.
    """
    _check_links(path)
    if _probed(path).is_dir():
        raise ValueError(f"{path} is a folder; name a file")
    parent = path.absolute().parent
    if not parent.is_dir():
        raise ValueError(f"{path}: there is no folder {parent}")
    _try_in(parent, path)


def check_place(folder: Path) -> None:
    """Refuse a folder that could not be made or written to, with its parents; raises BadFolder and OSError.

    Nothing is left there.
    """
    check_way(folder)
    existing = existing_at_or_above(folder)
    missing = [each for each in [folder.absolute(), *folder.absolute().parents] if not each.exists()]
    made = []
    try:
        for each in reversed(missing):
            each.mkdir()
            made.append(each)
        _try_in(folder, folder)
    except PermissionError:
        raise PermissionError(f"{folder} cannot be written: no permission in {existing}") from None
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), str(folder)) from None
    finally:
        for each in reversed(made):
            with suppress(OSError):  # Somebody else writes there already.
                each.rmdir()


def check_way(folder: Path) -> None:
    """BadFolder where a folder cannot be for a file or a link in the way; OSError for a name that is none."""
    _check_links(folder)
    existing = existing_at_or_above(_probed(folder))
    if not existing.is_dir():
        raise BadFolder(f"{folder} cannot be written: {existing} is a file")


def check_room(folder: Path, wanted: int, what: str, advice: str) -> None:
    """OSError, with the numbers and the advice, when a folder's disk has not so many bytes left."""
    free = shutil.disk_usage(folder).free
    if wanted > free:
        shortage = f"{what} would take some {_size(wanted)}, and there are {_size(free)} left; {advice}"
        raise OSError(errno.ENOSPC, shortage, str(folder))


def existing_at_or_above(path: Path) -> Path:
    """The path itself or the nearest of its parents that exists."""
    return next(each for each in [path.absolute(), *path.absolute().parents] if each.exists())


def readable(name: str) -> str:
    """A name from the command line or the disk as a text that any file can hold: what is no UTF-8 in it is replaced.

    Where Python takes the names of files for ASCII, letters beyond it come out as they were meant.
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # Half a character, which no name on the disk has.
        return name.encode("utf-8", "replace").decode("utf-8")


def _check_links(path: Path) -> None:
    for each in [path.absolute(), *path.absolute().parents]:
        if each.is_symlink() and not each.exists():
            raise BadFolder(
                f"{path} cannot be written: {each} is a link to {os.readlink(each)}, which is not there; is its disk "
                "mounted?"
            )


def _probed(path: Path) -> Path:
    """The path, whose name the system has accepted: later versions of Python pass over it in silence."""
    with suppress(FileNotFoundError, NotADirectoryError):
        os.lstat(path)
    return path


def _try_in(folder: Path, wanted: Path) -> None:
    """Make something in a folder, and remove it: permissions alone do not tell of a disk that takes no writing."""
    try:
        made = tempfile.mkdtemp(prefix=".stepdown-", suffix=".part", dir=folder)
        with suppress(FileNotFoundError):  # Whoever finishes writing there takes it for a part that was left behind.
            os.rmdir(made)
    except OSError as error:
        raise OSError(error.errno, os.strerror(error.errno or 0), str(wanted)) from None


def _size(number: int) -> str:
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.1f} MB"
