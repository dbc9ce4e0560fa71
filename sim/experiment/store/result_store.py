"""The result store: a folder that keeps every finished replication, so that only what is missing is ever simulated.

    stepdown-store.txt                         what makes a folder a store
    f1-0.1.0-3fa9c2d41b7e/                     format, version, and fingerprint of the code that computed what is in it
        4be1a0.../                             one scenario, seed, set of groupings, with or without records
            000012.arrow                       one replication: see `reading_file`
    damaged/                                   files that did not pass their checksum, set aside

A file appears whole, under its name, when its replication is finished; it never changes. So no locks are needed:
processes that compute the same replication write the same content, and the last one wins. No time is looked at.
"""

import errno
import os
import secrets
import warnings
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from itertools import product
from pathlib import Path

import numpy as np

from sim.experiment.replications import Reading, Task, perform
from sim.experiment.store.labels import belongs, label, place
from sim.experiment.store.reading_file import Label, intact, label_of, pack, unpack
from sim.experiment.table_checks import check_facts
from sim.experiment.workforce import Workforce
from sim.files.destinations import check_place
from sim.files.regular_files import read_regular
from sim.files.whole_files import BadFolder, write_whole
from sim.outcomes import CROSS, daily_names, metric_names
from sim.vocabulary import Column

MARKER = "stepdown-store.txt"
LARGEST = 4_000_000_000
"""Bytes; a replication with its records has some megabytes."""
NO_FILE = (errno.EISDIR, errno.EINVAL, errno.ELOOP, errno.EFBIG)
"""What is wrong where something other than a file, or one of an absurd size, has the name of one."""
DAMAGED = "damaged"
ABOUT = """Stepdown keeps finished replications here: a repeated or enlarged study computes only what is missing.
See: stepdown store --help. Deleting any of it loses nothing but time.
"""


class DamagedStore(UserWarning):
    """Files of a store were not as they were written. They were set aside and are computed again."""


def as_written(path: Path, content: bytes) -> bool:
    """Whether the content of a file of a store is as it was written, and belongs where it is."""
    return intact(content) and belongs(path, label_of(content))


def sound(path: Path, content: bytes) -> bool:
    """Whether it is, and holds a reading."""
    try:
        return as_written(path, content) and bool(unpack(content))
    except ValueError:
        return False


def check_reading(reading: Reading, task: Task) -> None:
    """ValueError unless a reading has what the task gives: these metrics, groups, levels, days and records.

    Whoever writes a file can write its checksum as well.
    """
    scenario = task.scenario
    days = int(scenario.time.horizon)
    groups = {attributes: [scenario.population[name] for name in attributes] for attributes in task.groupings}
    groups_read = {attributes: set(of_one) for attributes, of_one in reading.groups.items()}
    fits = (
        list(reading.metrics) == metric_names(scenario)
        and groups_read == {each: {CROSS.join(group) for group in product(*shares)} for each, shares in groups.items()}
        and len({tuple(metrics) for of_one in reading.groups.values() for metrics in of_one.values()}) <= 1
        and list(reading.daily) == daily_names(scenario)
        and all(values.shape == (days,) for values in reading.daily.values())
        and all(place in scenario.places for place, *_ in reading.occupancy)
        and len({(place, in_use) for place, in_use, *_ in reading.occupancy}) == len(reading.occupancy)
        and (reading.records is not None) == task.keep_records
    )
    if not fits:
        raise ValueError("it is not a reading of this scenario")
    if reading.records is not None:
        check_facts(reading.records, *task.systems)


class ResultStore:
    """Finished replications in a folder, which is made if need be.

    Raises BadFolder when it holds something else, and OSError when it cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        # Workers may have been started elsewhere.
        self.folder = Path(folder).absolute()
        self._warned = False
        if self.folder.exists() and not self.folder.is_dir():
            raise BadFolder(f"{folder} is a file; name a folder for the store")
        if not self.folder.exists():
            check_place(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        others = any(not path.name.startswith(".") for path in self.folder.iterdir())
        # In this order: another process may just be making the same store.
        if not is_store(self.folder):
            if others:
                raise BadFolder(f"{folder} holds other files; name an empty or a new folder, or an earlier store")
            self._check_writable()
            write_whole(self.folder / MARKER, ABOUT.encode())

    def readings(self, tasks: Sequence[Task], workers: Workforce) -> Generator[Reading, None, None]:
        """The reading of each task, in their order: from the store, or else computed, and kept as soon as it is.

        Raises OSError, and what the workers do, when something can be neither found nor computed and kept.
        """
        missing = [self._content(self.path(task)) is None for task in tasks]
        if any(missing):
            self._check_writable()
        work = [task for task, absent in zip(tasks, missing, strict=True) if absent]
        with closing(workers.readings(work, self)) as computed:
            for task, absent in zip(tasks, missing, strict=True):
                yield next(computed) if absent else self.read(task) or self.perform(task)

    def perform(self, task: Task) -> Reading:
        """Compute a replication and keep it."""
        reading = perform(task)
        self.keep(task, reading)
        return reading

    def keep(self, task: Task, reading: Reading) -> None:
        """Keep a replication that was computed."""
        self._write(label(task), reading)

    def numbers(self, of: Label) -> Column | None:
        """The numbers that are kept under a label; None if there are none, or damaged ones, which are set aside."""
        path = self.folder / place(of)
        content = self._content(path)
        try:
            return None if content is None else np.array(list(unpack(content).metrics.values()))
        except ValueError:
            self._set_aside(path)
            return None

    def keep_numbers(self, of: Label, numbers: Column) -> None:
        """Keep numbers of one dimension under a label: what something else than the reading of a task comes to."""
        self._write(of, Reading({str(at): float(each) for at, each in enumerate(numbers)}, {}, [], {}, [], None))

    def _write(self, of: Label, reading: Reading) -> None:
        try:
            write_whole(self.folder / place(of), pack(of, reading))
        except OSError as error:
            if error.errno is None:
                raise
            why = f"{os.strerror(error.errno)}; replications that were finished before are kept"
            raise OSError(error.errno, why, str(self.folder)) from error

    def read(self, task: Task) -> Reading | None:
        """The stored reading; None if there is none, or a damaged one, which is set aside."""
        content = self._content(self.path(task))
        if content is None:
            return None
        try:
            reading = unpack(content)
            check_reading(reading, task)
        except ValueError:
            self._set_aside(self.path(task))
            return None
        return reading

    def path(self, task: Task) -> Path:
        """The file for a task."""
        return self.folder / place(label(task))

    def has(self, task: Task) -> bool:
        """Whether there is a file for a task, sound or not."""
        return self.path(task).is_file()

    def _check_writable(self) -> None:
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise PermissionError(f"{self.folder} cannot be written, and not all replications are in it")

    def _content(self, path: Path) -> bytes | None:
        try:
            content = read_regular(path, LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno not in NO_FILE:
                raise
            content = b""
        if as_written(path, content):
            return content
        self._set_aside(path)
        return None

    def _set_aside(self, path: Path) -> None:
        damaged = self.folder / DAMAGED
        damaged.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # Another process was faster.
            os.replace(path, damaged / f"{path.parent.name}-{path.stem}-{secrets.token_hex(4)}.arrow")
        if not self._warned:
            warnings.warn(
                f"{self.folder} has damaged files; they are set aside in {damaged} and computed again",
                DamagedStore,
                stacklevel=2,
            )
        self._warned = True


def is_store(folder: Path) -> bool:
    """Whether a folder is a store."""
    return (folder / MARKER).is_file()
