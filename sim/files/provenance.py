"""Where numbers come from: the version, libraries, machine and command that made them."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata

LIBRARIES = ("numpy", "pandas", "scipy", "simpy", "pydantic")
"""Libraries whose versions might change the last bit of a number."""


@cache
def version() -> str:
    """The installed version of Stepdown, read once: every replication that is kept in a store has it in its label."""
    return metadata.version("stepdown")


def libraries(*more: str) -> dict[str, str]:
    """The versions of Python, of `LIBRARIES` and of more of them."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in (*LIBRARIES, *more)}}


def machine() -> dict[str, str | int]:
    """What this machine is: operating system (with the C library, which may round a last bit), processor, cores."""
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
    }


@dataclass(frozen=True)
class Provenance:
    """How a study was computed, as it is told.

    version: of Stepdown. versions: of libraries. command: None when it was not the command line that did it.
    computer: as of `machine`, empty where not recorded.
    """

    version: str
    versions: Mapping[str, str]
    command: str | None = None
    computer: Mapping[str, str | int] | None = None

    @classmethod
    def of_now(cls) -> "Provenance":
        """Of what runs now."""
        return cls(version(), libraries(), None, machine())

    @property
    def system(self) -> str:
        """The operating system; empty where not recorded."""
        return str((self.computer or {}).get("system", ""))

    @property
    def processor(self) -> str:
        """Its kind, and how many cores; empty where not recorded."""
        known = self.computer or {}
        kind, cores = known.get("processor"), known.get("cores")
        return f"{kind}, {cores} core{'' if cores == 1 else 's'}" if kind and cores else str(kind or "")
