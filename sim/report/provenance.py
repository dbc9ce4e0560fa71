"""Where numbers come from: the version, libraries and command that made them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from sim.experiment.study_folder import MANIFEST


@dataclass(frozen=True)
class Provenance:
    """How a study was computed. command: None when it was not the command line that did. versions: of libraries."""

    version: str
    versions: Mapping[str, str]
    command: str | None = None

    @classmethod
    def of_folder(cls, folder: str | PathLike[str]) -> "Provenance":
        """What the manifest of a stored study says; read the study first, which refuses damaged folders."""
        manifest = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))
        versions = manifest.get("versions") or {}
        return cls(str(manifest["stepdown"]), {str(k): str(v) for k, v in versions.items()}, manifest.get("command"))

    @classmethod
    def of_now(cls, command: str | None = None) -> "Provenance":
        """Of what runs now."""
        import platform
        from importlib import metadata

        from sim.experiment.study_folder import LIBRARIES, version

        versions = {"python": platform.python_version(), **{name: metadata.version(name) for name in LIBRARIES}}
        return cls(version(), versions, command)
