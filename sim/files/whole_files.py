"""Files on disk, whole or not at all: one, and several together."""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from sim.files.regular_files import open_regular


class BadFolder(ValueError):
    """A folder that is not a stored result, or holds something that must not be overwritten."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all, whatever happens and whoever else writes it."""
    try:
        _write(path, content)
    except FileNotFoundError:
        # Another process has just removed the folder, which was empty yet.
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part, part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def whole_text(path: str | os.PathLike[str]) -> Iterator[TextIOWrapper]:
    """A file to write text to (UTF-8, line ends as given), which takes the place of `path` once all is written.

    Raises OSError when the file cannot be written; then nothing is left behind, and an earlier file stays as it was.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A name beside `path` to write a file under, which takes the place of `path` once all is written.

    Raises OSError when the file cannot be written; then nothing is left behind, and an earlier file stays as it was.
    """
    target = Path(path)
    # Not from the name of the file, which may be as long as a name can be.
    part = target.with_name(f".{os.getpid()}-{secrets.token_hex(8)}.part")
    try:
        yield part
        os.replace(part, target)
    except OSError as error:
        if error.filename not in (None, str(part), str(target)):
            raise  # It is about another file, which is written at the same time.
        # A full disk does not say which file it is about, and the name of the part means nothing to anybody.
        reason = str(error).replace(str(part), str(target)) if error.errno is None else os.strerror(error.errno)
        raise OSError(error.errno or errno.EIO, f"{reason}; nothing was written", str(target)) from error
    finally:
        part.unlink(missing_ok=True)


def in_a_line(error: Exception) -> str:
    """What an error says, which may come from a library and quote the file that it is about, in one line."""
    text = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
    return " ".join(text.split())[:500].rstrip(".")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """See that a file is on the disk, not only on its way there."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def move_all(moves: Sequence[tuple[Path, Path]]) -> None:
    """Move files, from and to, one after the other; if that fails or is stopped half-way, all of them back again."""
    try:
        for source, target in moves:
            os.replace(source, target)
    except BaseException:
        for source, target in reversed(moves):
            if target.exists() and not source.exists():
                os.replace(target, source)
        raise
