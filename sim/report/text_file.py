"""Text files on disk: whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from os import PathLike
from pathlib import Path


@contextmanager
def whole_text(path: str | PathLike[str]) -> Iterator[TextIOWrapper]:
    """A file to write text to (UTF-8, line ends as given), which takes the place of `path` once all is written.

    Raises OSError when the file cannot be written; then nothing is left behind, and an earlier file stays as it was.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        os.replace(part, target)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(target)) from error
    finally:
        part.unlink(missing_ok=True)
