"""The label of a stored reading: what it is of, by which a store knows its place."""

import hashlib
import json
from pathlib import Path

from sim.experiment.replications import Task
from sim.experiment.store.fingerprint import CODE
from sim.experiment.store.reading_file import Label
from sim.files.provenance import version

FORMAT = 1
VARIED = "varied"
"""The part of a label that only a study with varied inputs has: of what it depends on."""


def folder_of_code() -> str:
    """Name of the folder for what this version and this source compute, in this format."""
    return f"f{FORMAT}-{version()}-{CODE[:12]}"


def label(task: Task) -> Label:
    """Everything that a reading depends on, and the name of the scenario for people."""
    change, name = task.change, task.scenario.name
    if change:
        name = f"{name} (on day {change.day:g}, after {change.baseline.name})"
    begins = {"from": change.baseline.digest(), "day": change.day, "lists": change.lists} if change else None
    return {
        **label_of_series(name, (change.arm if change else task.scenario).digest(), task.seed),
        **({"begins": begins} if begins else {}),
        "groupings": [list(attributes) for attributes in task.groupings],
        "records": task.keep_records,
        "replication": task.replication,
    }


def label_of_series(name: str, digest: str, seed: int, also: Label | None = None) -> Label:
    """What all files of a series have in common; also: what tells it from other series of the scenario."""
    about = {"format": FORMAT, "stepdown": version(), "code": CODE, "name": name, "scenario": digest, "seed": seed}
    return {**about, "groupings": [], "records": False, **(also or {})}


STATED = {
    "format": int,
    "stepdown": str,
    "code": str,
    "name": str,
    "scenario": str,
    "seed": int,
    "groupings": list,
    "records": bool,
    "replication": int,
}
"""The parts of a label, as JSON knows them."""


def place(of: Label) -> Path:
    """Where in a store the reading with this label belongs: every task has another place."""
    key = {name: value for name, value in of.items() if name != "replication"}
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    folder = f"f{of['format']}-{of['stepdown']}-{of['code'][:12]}"
    return Path(folder, digest[:32], f"{of['replication']:06d}.arrow")


def belongs(path: Path, stated: Label | None) -> bool:
    """Whether what a file states that it is of is a label of ours, and is where it belongs."""
    if stated is None or not all(isinstance(stated.get(name), kind) for name, kind in STATED.items()):
        return False
    groupings = stated["groupings"]
    if not all(isinstance(by, list) and all(isinstance(name, str) for name in by) for by in groupings):
        return False
    return path.parts[-3:] == place(stated).parts
