"""Text files on disk: whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from os import PathLike

from sim.files.whole_files import whole_file


@contextmanager
def whole_text(path: str | PathLike[str]) -> Iterator[TextIOWrapper]:
    """A file to write text to (UTF-8, line ends as given), which takes the place of `path` once all is written.

    Raises OSError when the file cannot be written; then nothing is left behind, and an earlier file stays as it was.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file
