"""Where numbers come from: the version, libraries, machine and command that made them."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from sim.experiment.manifest import read_manifest


@dataclass(frozen=True)
class Provenance:
    """How a study was computed. command: None when it was not the command line that did. versions: of libraries.

    system: the operating system. processor: its kind, and how many cores. Both empty where not recorded.
    """

    version: str
    versions: Mapping[str, str]
    command: str | None = None
    system: str = ""
    processor: str = ""

    @classmethod
    def of_folder(cls, folder: str | PathLike[str]) -> "Provenance":
        """What the manifest of a stored study says; read the study first, which refuses damaged folders."""
        manifest = read_manifest(Path(folder))
        machine = manifest.machine
        return cls(
            manifest.stepdown, manifest.versions, manifest.command, str(machine.get("system", "")), _processor(machine)
        )

    @classmethod
    def of_now(cls, command: str | None = None) -> "Provenance":
        """Of what runs now."""
        import platform
        from importlib import metadata

        from sim.experiment.study_folder import LIBRARIES, machine, version

        versions = {"python": platform.python_version(), **{name: metadata.version(name) for name in LIBRARIES}}
        here = machine()
        return cls(version(), versions, command, str(here["system"]), _processor(here))


def _processor(machine: Mapping[str, Any]) -> str:
    kind, cores = machine.get("processor"), machine.get("cores")
    return f"{kind}, {cores} core{'' if cores == 1 else 's'}" if kind and cores else str(kind or "")
