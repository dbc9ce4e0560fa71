"""What the manifest of an output folder must be, part by part: somebody else may have written it."""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.analysis.precision import Precision
from sim.files.formats import CURRENT
from sim.files.provenance import Provenance
from sim.files.regular_files import read_regular
from sim.model.engine import Engine
from sim.scenario.change import Lists

MANIFEST = "manifest.json"
LARGEST = 100_000_000
"""Bytes; a manifest has some dozens of kilobytes a scenario."""

Count = Annotated[int, Field(ge=1)]
Checksum = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """Nothing is converted. What another version may have added is left alone."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


class Stored(Strict):
    """One scenario. columns: table -> column -> its categories, or None for a column of other values."""

    scenario: dict[str, Any]
    columns: dict[str, dict[str, list[str] | None]] = {}


class ReachedPrecision(Strict):
    """What became of one precision that was asked for."""

    precision: Precision
    replications: Count | None


class Begins(Strict):
    """From which day on all scenarios but the first were themselves, and what became of lists; see `DatedChange`."""

    day: Annotated[float, Field(gt=0)]
    lists: Lists


class Manifest(Strict):
    """The manifest. files: name -> SHA-256. scenarios: label -> what was simulated; the first is the baseline."""

    format: Annotated[int, Field(ge=1, le=CURRENT["study"])]
    kind: Literal["run", "comparison"]
    stepdown: str
    seed: Annotated[int, Field(ge=0)]
    replications: Count
    reached: list[ReachedPrecision] = []
    change: Begins | None = None
    scenarios: Annotated[dict[str, Stored], Field(min_length=1)]
    files: dict[str, Checksum]
    versions: dict[str, str] = {}
    machine: dict[str, str | int] = {}
    command: str | None = None
    engine: Engine = "simpy"

    @property
    def provenance(self) -> Provenance:
        """How the study was computed."""
        return Provenance(self.stepdown, self.versions, self.command, self.machine)


def provenance_of(folder: str | os.PathLike[str]) -> Provenance:
    """How a stored study was computed; load the study first, which refuses damaged folders."""
    return read_manifest(Path(folder)).provenance


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a result. OSError, or ValueError in one line, when it is not there or not sound."""
    data = any_manifest(folder)
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(str(part)[:80] for part in first['loc'])}: {first['msg'][:200]}") from None
    if manifest.kind == "run" and list(manifest.scenarios) != [""]:
        raise ValueError("scenarios: one run is of one scenario, without a label")
    return manifest


def any_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a result of whatever format, as it stands there. OSError or ValueError if it is none."""
    try:
        data = json.loads(read_regular(folder / MANIFEST, LARGEST).decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(data, dict) or not {"format", "stepdown", "scenarios"} <= set(data):
        raise ValueError("it is not a manifest of Stepdown")
    return data
