"""Results on disk: a folder with a manifest, CSV tables and, where records were kept, Parquet files."""

import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiment.result import TABLES, Result, Study
from sim.scenario import Scenario, load_scenario

FORMAT = 1
MANIFEST = "manifest.json"
LIBRARIES = ("numpy", "pandas", "simpy", "scipy", "pydantic")
WRITTEN = (MANIFEST, "metrics.csv", "summary.csv", "differences.csv", "cost_effectiveness.csv")


class BadFolder(ValueError):
    """A folder that is not a stored result, or holds something that must not be overwritten."""


def version() -> str:
    """The installed version of Stepdown."""
    return metadata.version("stepdown")


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Refuse early, before anything is simulated, a folder that could not be written at the end.

    Raises BadFolder (a file in the way, or a folder with other contents) or OSError (no permission).
    """
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise BadFolder(f"{path} is a file; name a folder for the output")
    if path.is_dir() and any(path.iterdir()) and not (path / MANIFEST).exists():
        raise BadFolder(f"{path} holds other files; name an empty or a new folder, or one of an earlier result")
    existing = next(parent for parent in [path.absolute(), *path.absolute().parents] if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"{path} cannot be written: no permission in {existing}")


def save_result(result: Result, folder: str | os.PathLike[str]) -> None:
    """See `Result.save`."""
    files = {"metrics.csv": _csv(result.metrics), "summary.csv": _csv(result.summary())}
    for table, frame in (result.tables or {}).items():
        files[f"{table}.parquet"] = _parquet(frame)
    _write(Path(folder), _manifest("run", {"": result}), files)


def save_study(study: Study, folder: str | os.PathLike[str]) -> None:
    """See `Study.save`."""
    files = {
        "metrics.csv": _csv(study.metrics),
        "summary.csv": _csv(study.summary()),
        "differences.csv": _csv(study.differences()),
        "cost_effectiveness.csv": _csv(study.cost_effectiveness()),
    }
    kept = {label: result.tables for label, result in study.results.items() if result.tables is not None}
    for table in TABLES if kept else ():
        frames = [tables[table].assign(scenario=label) for label, tables in kept.items()]
        files[f"{table}.parquet"] = _parquet(pd.concat(frames, ignore_index=True))
    _write(Path(folder), _manifest("comparison", study.results), files)


def load_study(folder: str | os.PathLike[str]) -> Study:
    """Read back what `Study.save` or `Result.save` wrote; a single run comes as a study of one scenario.

    Raises BadFolder when the folder is not a stored result or one of its files is damaged.
    """
    path = Path(folder)
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFolder(f"{path} is not a stored result: {MANIFEST} cannot be read ({error})") from None
    try:
        if manifest["format"] != FORMAT:
            raise BadFolder(f"{path} has format {manifest['format']!r}; this version reads format {FORMAT}")
        metrics = pd.read_csv(path / "metrics.csv", float_precision="round_trip")
        tables = {
            name: pd.read_parquet(path / f"{name}.parquet") for name in TABLES if (path / f"{name}.parquet").exists()
        }
        one = manifest["kind"] == "run"
        results = {}
        for label, stored in manifest["scenarios"].items():
            results[label] = Result(
                scenario=load_scenario(stored["scenario"]),
                seed=manifest["seed"],
                metrics=metrics if one else _of(metrics, label),
                tables=None if not tables else {n: t if one else _of(t, label) for n, t in tables.items()},
            )
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadFolder(f"{path} is damaged: {error}") from None
    return Study(results)


def _of(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    return frame[frame["scenario"] == label].drop(columns="scenario").reset_index(drop=True)


def _manifest(kind: str, results: Mapping[str, Result]) -> str:
    first = next(iter(results.values()))
    content: dict[str, Any] = {
        "format": FORMAT,
        "kind": kind,
        "stepdown": version(),
        "seed": first.seed,
        "replications": first.replications,
        "scenarios": {
            label: {"digest": result.scenario.digest(), "scenario": _plain(result.scenario)}
            for label, result in results.items()
        },
        "versions": {"python": platform.python_version(), **{name: metadata.version(name) for name in LIBRARIES}},
        "command": shlex.join(["stepdown", *sys.argv[1:]]) if Path(sys.argv[0]).name == "stepdown" else None,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _plain(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", by_alias=True)


Writer = Callable[[Path], None]


def _csv(frame: pd.DataFrame) -> Writer:
    return lambda path: frame.to_csv(path, index=False, lineterminator="\n")


def _parquet(frame: pd.DataFrame) -> Writer:
    return lambda path: frame.to_parquet(path, index=False)


def _write(folder: Path, manifest: str, files: Mapping[str, Writer]) -> None:
    """Write every file under a temporary name, then give all of them their own; on failure leave nothing behind."""
    check_folder(folder)
    created = [parent for parent in [folder, *folder.parents] if not parent.exists()]
    writers = {**files, MANIFEST: lambda path: path.write_text(manifest, encoding="utf-8") and None}
    temporary = {name: folder / f".{name}.{os.getpid()}.part" for name in writers}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, write in writers.items():
            write(temporary[name])
            _flush(temporary[name])
        for stale in {*WRITTEN, *(f"{table}.parquet" for table in TABLES)} - set(writers):
            (folder / stale).unlink(missing_ok=True)
        for name, path in temporary.items():
            os.replace(path, folder / name)
    except BaseException:
        for path in temporary.values():
            path.unlink(missing_ok=True)
        for parent in created:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
        raise


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
