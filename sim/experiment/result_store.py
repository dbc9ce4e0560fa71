"""The result store: a folder that keeps every finished replication, so that only what is missing is ever simulated.

    stepdown-store.txt                         what makes a folder a store
    f1-0.1.0-3fa9c2d41b7e/                     format, version, and fingerprint of the code that computed what is in it
        4be1a0.../                             one scenario, seed, set of groupings, with or without records
            000012.arrow                       one replication: see `reading_file`
    damaged/                                   files that did not pass their checksum, set aside

A file appears whole, under its name, when its replication is finished; it never changes. So no locks are needed:
processes that compute the same replication write the same content, and the last one wins. No time is looked at.
"""

import hashlib
import json
import os
import secrets
import warnings
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from sim.experiment.destinations import check_place
from sim.experiment.fingerprint import CODE, VERSION
from sim.experiment.reading_file import Label, intact, label_of, pack, unpack
from sim.experiment.replications import Reading, Task, each, perform
from sim.experiment.whole_files import BadFolder, write_whole

FORMAT = 1
MARKER = "stepdown-store.txt"
DAMAGED = "damaged"
ABOUT = """Stepdown keeps finished replications here: a repeated or enlarged study computes only what is missing.
See: stepdown store --help. Deleting any of it loses nothing but time.
"""


class DamagedStore(UserWarning):
    """Files of a store were not as they were written. They were set aside and are computed again."""


def folder_of_code() -> str:
    """Name of the folder for what this version and this source compute, in this format."""
    return f"f{FORMAT}-{VERSION}-{CODE[:12]}"


def label(task: Task) -> Label:
    """Everything that a reading depends on, and the name of the scenario for people."""
    return {
        "format": FORMAT,
        "stepdown": VERSION,
        "code": CODE,
        "name": task.scenario.name,
        "scenario": task.scenario.digest(),
        "seed": task.seed,
        "groupings": [list(attributes) for attributes in task.groupings],
        "records": task.keep_records,
        "replication": task.replication,
    }


def place(of: Label) -> Path:
    """Where in a store the reading with this label belongs: every task has another place."""
    key = {name: value for name, value in of.items() if name != "replication"}
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    folder = f"f{of['format']}-{of['stepdown']}-{of['code'][:12]}"
    return Path(folder, digest[:32], f"{of['replication']:06d}.arrow")


def sound(path: Path, content: bytes) -> bool:
    """Whether the content of a file of a store is as it was written, and belongs where it is."""
    stated = label_of(content) if intact(content) else None
    try:
        return stated is not None and path.parts[-3:] == place(stated).parts
    except (KeyError, TypeError, ValueError):  # It has a label, but not one of ours.
        return False


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

    def readings(self, tasks: Sequence[Task], workers: int) -> Generator[Reading, None, None]:
        """The reading of each task, in their order: from the store, or else computed, and kept as soon as it is.

        Raises OSError, and what `replications.each` does, when something can be neither found nor computed and kept.
        """
        missing = [self._content(task) is None for task in tasks]
        if any(missing):
            self._check_writable()
        work = [task for task, absent in zip(tasks, missing, strict=True) if absent]
        with closing(each(self.perform, work, workers)) as computed:
            for task, absent in zip(tasks, missing, strict=True):
                yield next(computed) if absent else self.read(task) or self.perform(task)

    def perform(self, task: Task) -> Reading:
        """Compute a replication and keep it."""
        reading = perform(task)
        try:
            write_whole(self.path(task), pack(label(task), reading))
        except OSError as error:
            if error.errno is None:
                raise
            why = f"{os.strerror(error.errno)}; replications that were finished before are kept"
            raise OSError(error.errno, why, str(self.folder)) from error
        return reading

    def read(self, task: Task) -> Reading | None:
        """The stored reading; None if there is none, or a damaged one, which is set aside."""
        content = self._content(task)
        return None if content is None else unpack(content)

    def path(self, task: Task) -> Path:
        """The file for a task."""
        return self.folder / place(label(task))

    def _check_writable(self) -> None:
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise PermissionError(f"{self.folder} cannot be written, and not all replications are in it")

    def _content(self, task: Task) -> bytes | None:
        path = self.path(task)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        if sound(path, content):
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
