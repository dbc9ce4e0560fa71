"""What is in a result store, whether it is sound, and what of it nobody needs any more."""

import math
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sim.experiment.store.labels import VARIED, belongs, folder_of_code
from sim.experiment.store.reading_file import Label, label_of
from sim.experiment.store.result_store import DAMAGED, LARGEST, MARKER, NO_FILE, is_store, sound
from sim.files.regular_files import open_regular, read_regular
from sim.files.whole_files import BadFolder

CODE_FOLDER = "f[0-9]*-*-*"
SERIES = f"{CODE_FOLDER}/*"
FILE = "[0-9]*.arrow"
"""Patterns of the folders and files that `result_store` makes; anything else in a store is left alone."""

SECONDS_A_DAY = 86_400.0
ABANDONED = 3_600.0
"""Seconds from now, back or ahead, after which an unfinished file is no longer being written: that takes a moment."""


@dataclass(frozen=True)
class Stock:
    """The replications of one scenario, seed and set of groupings that one version of the code computed; or the parts
    of a study whose inputs are varied.

    label: of one of them; None if all are damaged. numbers: of the replications or parts, in order. current: whether
    this version and source of Stepdown uses them. size: bytes.
    """

    label: Label | None
    numbers: tuple[int, ...]
    current: bool
    size: int

    @property
    def varied(self) -> bool:
        """Whether these are parts of a study whose inputs are varied, each of some readings."""
        return self.label is not None and VARIED in self.label


def stocks(folder: str | os.PathLike[str]) -> list[Stock]:
    """Everything that is kept in a store, what is of use first. Raises BadFolder for another folder."""
    kept = []
    for series in sorted(_store(folder).glob(SERIES)):
        files = sorted(series.glob(FILE))
        labels = (label for path in files if (label := _label(path)) is not None)
        size = sum(_size(path) for path in files)
        numbers = tuple(int(path.stem) for path in files)
        if files:
            kept.append(Stock(next(labels, None), numbers, series.parent.name == folder_of_code(), size))
    return sorted(kept, key=lambda stock: (not stock.current, stock.label["name"] if stock.label else ""))


def damaged(folder: str | os.PathLike[str]) -> tuple[int, list[Path]]:
    """How many files of a store were checked, and those that the store would not use. Nothing is changed."""
    files = sorted(_store(folder).glob(f"{SERIES}/{FILE}"))
    return len(files), [path for path in files if not _sound(path)]


def set_aside(folder: str | os.PathLike[str]) -> list[Path]:
    """Files that were found damaged, and set aside, while the store was used."""
    return sorted((_store(folder) / DAMAGED).glob("*.arrow"))


def prune(folder: str | os.PathLike[str], older_than_days: float | None = None, dry_run: bool = False) -> list[Path]:
    """Remove what another version or source of Stepdown wrote, damaged files, and what was left unfinished.

    older_than_days: also what was written before that. dry_run: remove nothing. Returns every file that was, or would
    be, removed.
    """
    store, most = _store(folder), math.inf if older_than_days is None else older_than_days * SECONDS_A_DAY
    useless = set_aside(store)
    for path in sorted(store.glob(f"{SERIES}/{FILE}")):
        if path.parent.parent.name != folder_of_code() or _age(path) > most or not _sound(path):
            useless.append(path)
    useless += [path for path in store.rglob(".*.part") if abs(_age(path)) > ABANDONED]
    # A folder of such a name is none of ours.
    useless = [path for path in useless if path.is_symlink() or not path.is_dir()]
    for path in () if dry_run else useless:
        path.unlink(missing_ok=True)
    for emptied in () if dry_run else [*store.glob(SERIES), *store.glob(CODE_FOLDER), store / DAMAGED]:
        with suppress(OSError):  # It is not empty.
            emptied.rmdir()
    return useless


def _store(folder: str | os.PathLike[str]) -> Path:
    if not is_store(Path(folder)):
        raise BadFolder(f"{folder} is no store of results: it has no {MARKER}")
    return Path(folder)


def _sound(path: Path) -> bool:
    try:
        return sound(path, read_regular(path, LARGEST))
    except FileNotFoundError:  # Another process has just removed it.
        return True
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
        return False


def _label(path: Path) -> Label | None:
    try:
        with open_regular(path) as file:
            stated = label_of(file)

    except OSError:
        return None
    return stated if belongs(path, stated) else None


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def _age(path: Path) -> float:
    """Seconds since a file was written: less than nothing when a clock was wrong."""
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0
