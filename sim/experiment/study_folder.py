"""Results on disk: a folder with a manifest, CSV tables and, where records were kept, Parquet files."""

import hashlib
import itertools
import json
import os
import platform
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib import metadata
from io import BufferedReader
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiment.manifest import FORMAT, MANIFEST, Manifest, any_manifest, read_manifest
from sim.experiment.result import Reached, Result, Study
from sim.experiment.stored_tables import (
    BUDGET,
    DAILY,
    GROUPS,
    check_columns,
    check_metrics,
    check_records,
    check_rows,
)
from sim.experiment.whole_files import move_all
from sim.model.records import TABLES
from sim.outcomes import EFFECTS, PERSPECTIVES, why_not_told
from sim.scenario import load_scenario
from sim.scenario.regular_files import open_regular

LIBRARIES = ("numpy", "pandas", "simpy", "scipy", "pydantic")
READINGS = {"groups": "by_group.parquet", "budget": "by_month.parquet", "daily": "daily.parquet"}
"""What a result holds beside its metrics, as it was read off the replications, and the files that keep it."""
WRITTEN = (
    *(MANIFEST, "metrics.csv", "summary.csv", "budget.csv", "equity.csv"),
    *("differences.csv", "cost_effectiveness.csv", "net_benefit.csv", "gaps.csv"),
    *READINGS.values(),
    *(f"{table}.parquet" for table in TABLES),
)
"""Every file that may be part of a result; the manifest makes a folder one."""

PART, EARLIER = ".stepdown-*.part", "earlier"
"""Where files are until all are complete, and in there, those of an earlier result until they are replaced."""


class BadFolder(ValueError):
    """A folder that is not a stored result, or holds something that must not be overwritten."""


def version() -> str:
    """The installed version of Stepdown."""
    return metadata.version("stepdown")


def machine() -> dict[str, str | int]:
    """What this machine is: operating system (with the C library, which may round a last bit), processor, cores."""
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
    }


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Refuse early, before anything is simulated, a folder that could not be written at the end.

    Raises BadFolder (a file in the way, or a folder with other contents) or OSError (no permission).
    """
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise BadFolder(f"{path} is a file; name a folder for the output")
    if path.is_dir() and not _is_ours(path):
        raise BadFolder(f"{path} holds other files; name an empty or a new folder, or one of an earlier result")
    existing = next(parent for parent in [path.absolute(), *path.absolute().parents] if parent.exists())
    if not existing.is_dir():
        raise BadFolder(f"{path} cannot be written: {existing} is a file")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(f"{path} cannot be written: no permission in {existing}")


def save_result(result: Result, folder: str | os.PathLike[str]) -> None:
    """See `Result.save`."""
    study = Study({"": result}, result.reached)
    files = {name: _csv(table.drop(columns="scenario")) for name, table in _tables_of_all(study).items()}
    for name, file in READINGS.items():
        files[file] = _parquet(getattr(result, name))
    for table, frame in (result.tables or {}).items():
        files[f"{table}.parquet"] = _parquet(frame)
    _write(Path(folder), _manifest("run", study), files)


def save_study(study: Study, folder: str | os.PathLike[str]) -> None:
    """See `Study.save`."""
    files = {name: _csv(table) for name, table in _tables_of_all(study).items()}
    files["differences.csv"] = _csv(study.differences())
    files["cost_effectiveness.csv"] = _csv(_every_cost_effectiveness(study))
    if not why_not_told("qaly", [result.scenario for result in study.results.values()]):
        files["net_benefit.csv"] = _csv(
            pd.concat([study.net_benefit(perspective=each).assign(perspective=each) for each in PERSPECTIVES])
        )
    files["gaps.csv"] = _csv(study.gap_changes())
    for name, file in READINGS.items():
        files[file] = _parquet(_labelled({label: getattr(result, name) for label, result in study.results.items()}))
    kept = {label: result.tables for label, result in study.results.items() if result.tables is not None}
    for table in TABLES if kept else ():
        files[f"{table}.parquet"] = _parquet(_labelled({label: tables[table] for label, tables in kept.items()}))
    _write(Path(folder), _manifest("comparison", study), files)


def _tables_of_all(study: Study) -> dict[str, pd.DataFrame]:
    return {
        "metrics.csv": study.metrics,
        "summary.csv": study.summary(),
        "budget.csv": study.budget_impact(),
        "equity.csv": study.equity(),
    }


def _every_cost_effectiveness(study: Study) -> pd.DataFrame:
    """The cost-effectiveness tables of every perspective and every effect that the follow-up is long enough for."""
    tables = []
    for effect, perspective in itertools.product(EFFECTS, PERSPECTIVES):
        if all(EFFECTS[effect].metric in set(result.metrics["metric"]) for result in study.results.values()):
            table = study.cost_effectiveness(effect, perspective)
            tables.append(table.assign(perspective=perspective, effect_unit=EFFECTS[effect].unit))
    frame = pd.concat(tables, ignore_index=True)
    return frame[["perspective", "effect_unit", *(c for c in frame.columns if c not in ("perspective", "effect_unit"))]]


def _labelled(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([frame.assign(scenario=label) for label, frame in frames.items()], ignore_index=True)


def load_study(folder: str | os.PathLike[str]) -> Study:
    """Read back what `Study.save` or `Result.save` wrote; a single run comes as a study of one scenario.

    Raises BadFolder when the folder is not a stored result or one of its files is damaged.
    """
    path = Path(folder)
    try:
        form = any_manifest(path)["format"]
    except (OSError, ValueError) as error:
        raise BadFolder(f"{path} is not a stored result: {MANIFEST} cannot be read ({_in_a_line(error)})") from None
    if form != FORMAT:
        raise BadFolder(f"{path} has format {form!r:.40}; this version reads format {FORMAT}")
    try:
        return _study(path, read_manifest(path))
    except (OSError, ValueError, KeyError, OverflowError, MemoryError) as error:
        raise BadFolder(f"{path} is damaged: {_in_a_line(error)}") from None


def _study(path: Path, manifest: Manifest) -> Study:
    """The study, every part of it checked: whoever writes a manifest can write checksums as well."""
    unknown = sorted(set(manifest.files) - set(WRITTEN))
    if unknown:
        raise ValueError(f"{MANIFEST} names a file that is none of a result, {unknown[0]!r:.80}")
    for name, digest in manifest.files.items():
        if _digest(path / name) != digest:
            raise ValueError(f"{name} is not as it was written")
    frames = {name: _read_parquet(path, file, manifest) for name, file in READINGS.items()}
    frames["metrics"] = _read_metrics(path, manifest)
    kept = [table for table in TABLES if f"{table}.parquet" in manifest.files]
    frames |= {table: _read_parquet(path, f"{table}.parquet", manifest) for table in TABLES if kept}
    results = {label: _result(label, manifest, frames) for label in manifest.scenarios}
    return Study(results, tuple(Reached(each.precision, each.replications) for each in manifest.reached))


def _result(label: str, manifest: Manifest, frames: Mapping[str, pd.DataFrame]) -> Result:
    stored, one, count = manifest.scenarios[label], manifest.kind == "run", manifest.replications
    scenario = load_scenario(stored.scenario)
    metrics, groups, budget, daily = (
        _mine(frames[name], label, one) for name in ("metrics", "groups", "budget", "daily")
    )
    check_metrics("metrics.csv", metrics, count)
    check_columns(READINGS["groups"], groups, GROUPS)
    check_rows(READINGS["groups"], groups, ["replication", "by", "group", "metric"], count)
    check_columns(READINGS["budget"], budget, BUDGET)
    check_rows(READINGS["budget"], budget, list(BUDGET)[:-1], count)
    check_columns(READINGS["daily"], daily, DAILY)
    check_rows(READINGS["daily"], daily, ["metric", "day"], None)
    tables = None
    if stored.columns:
        tables = {table: _restored(_mine(frames[table], label, one), stored.columns[table]) for table in TABLES}
        check_records(tables, scenario, count)
    return Result(scenario, manifest.seed, metrics, groups, budget, daily, tables)


def _in_a_line(error: Exception) -> str:
    text = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
    return " ".join(text.split())[:500]


def _is_ours(folder: Path) -> bool:
    """Whether a folder may be written to: it is empty, or a result, or was left unfinished by a run that was killed."""
    if any((part / EARLIER).is_dir() for part in folder.glob(PART)):
        return True  # It was killed while it put its files in place, in a folder that it had found to be ours.
    return all(path.match(PART) for path in folder.iterdir()) or _is_result(folder)


def _is_result(path: Path) -> bool:
    try:
        any_manifest(path)
    except (OSError, ValueError):
        return False
    return True


def _listed(path: Path, name: str, manifest: Manifest) -> BufferedReader:
    """A file that the manifest lists, and whose checksum has been checked."""
    if name not in manifest.files:
        raise ValueError(f"{MANIFEST} does not list {name}")
    return open_regular(path / name)


def _read_parquet(path: Path, name: str, manifest: Manifest) -> pd.DataFrame:
    with _listed(path, name, manifest) as file:
        return pd.read_parquet(file)


def _read_metrics(path: Path, manifest: Manifest) -> pd.DataFrame:
    # As text first: a label may look like a number, and not every version of pandas reads numbers to the last bit.
    with _listed(path, "metrics.csv", manifest) as file:
        frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    if "scenario" in frame:
        frame["scenario"] = [_unquoted(label) for label in frame["scenario"]]
    frame["replication"] = frame["replication"].astype(int)
    frame["value"] = [float(value or "nan") for value in frame["value"]]
    return frame


def _mine(frame: pd.DataFrame, label: str, one: bool) -> pd.DataFrame:
    """The rows of one scenario; a single run is stored without labels."""
    return frame if one else frame[frame["scenario"] == label].drop(columns="scenario").reset_index(drop=True)


def _columns(frame: pd.DataFrame) -> dict[str, list[str] | None]:
    """Names of columns, with their categories: scenarios stored in one file differ in levels and attributes."""
    return {
        str(name): list(values.cat.categories) if isinstance(values.dtype, pd.CategoricalDtype) else None
        for name, values in frame.items()
    }


def _restored(frame: pd.DataFrame, columns: Mapping[str, list[str] | None]) -> pd.DataFrame:
    frame = frame[list(columns)].copy()
    for name, categories in columns.items():
        if categories is not None:
            if not frame[name].dropna().isin(categories).all():
                raise ValueError(f"{MANIFEST} does not fit the column {name}")
            # By way of text: to pandas, categories in another order are the same, and it would keep them.
            frame[name] = pd.Categorical(frame[name].astype(object), categories=categories)
    return frame


def _manifest(kind: str, study: Study) -> dict[str, Any]:
    results = study.results
    first = results[study.baseline]
    return {
        "format": FORMAT,
        "kind": kind,
        "stepdown": version(),
        "seed": first.seed,
        "replications": first.replications,
        "reached": [asdict(each) for each in study.reached],
        "scenarios": {
            label: {
                "digest": result.scenario.digest(),
                "scenario": result.scenario.model_dump(mode="json", by_alias=True),
                "columns": {table: _columns(frame) for table, frame in (result.tables or {}).items()},
            }
            for label, result in results.items()
        },
        "versions": {"python": platform.python_version(), **{name: metadata.version(name) for name in LIBRARIES}},
        "machine": machine(),
        "command": shlex.join(["stepdown", *sys.argv[1:]]) if Path(sys.argv[0]).name == "stepdown" else None,
    }


Writer = Callable[[Path], None]


FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a spreadsheet would take for the beginning of a formula, and the quote that keeps it from doing so."""


def _csv(frame: pd.DataFrame) -> Writer:
    """Texts come from the names of files and from whoever labels a scenario: none may run as a formula."""
    texts = frame.select_dtypes(include=["object", "string", "category"]).columns
    safe = frame.assign(**{str(column): [_quoted(text) for text in frame[column]] for column in texts})
    return lambda path: safe.to_csv(path, index=False, lineterminator="\n")


def _quoted(text: Any) -> Any:
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text


def _unquoted(text: str) -> str:
    return text[1:] if text.startswith("'") else text


def _parquet(frame: pd.DataFrame) -> Writer:
    return lambda path: frame.to_parquet(path, index=False)


def _write(folder: Path, manifest: dict[str, Any], files: Mapping[str, Writer]) -> None:
    """Write all files into a folder of their own first, then put them in place; on failure leave all as it was."""
    check_folder(folder)
    created = [parent for parent in [folder, *folder.parents] if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder) as alone:
            _write_and_put_in_place(folder, manifest, files)
            # Whoever else wrote here is done, or was killed.
            for abandoned in folder.glob(PART) if alone else ():
                shutil.rmtree(abandoned, ignore_errors=True)
    except BaseException as error:
        for parent in created:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
        if isinstance(error, OSError) and error.errno is not None:
            # Libraries say it in many ways, and rarely name the folder.
            raise OSError(error.errno, f"{os.strerror(error.errno)}; nothing was written", str(folder)) from error
        raise


@contextmanager
def _alone_in(folder: Path) -> Iterator[bool]:
    """One process after the other; false where the system cannot see to that. A lock ends with the process."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            alone = True
        except OSError:
            alone = False
        yield alone
    finally:
        os.close(handle)


def _write_and_put_in_place(folder: Path, manifest: dict[str, Any], files: Mapping[str, Writer]) -> None:
    part = Path(tempfile.mkdtemp(prefix=PART.partition("*")[0], suffix=PART.partition("*")[2], dir=folder))
    try:
        for name, write in files.items():
            write(part / name)
            _flush(part / name)
        manifest["files"] = {name: _digest(part / name) for name in files}
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        (part / MANIFEST).write_text(text, encoding="utf-8")
        _flush(part / MANIFEST)
        _put_in_place(part, folder, [*files, MANIFEST])
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _put_in_place(part: Path, folder: Path, names: list[str]) -> None:
    """Move an earlier result out of the way and the new one in; if that fails half-way, back again."""
    earlier = part / EARLIER
    earlier.mkdir()
    # The manifest goes first and comes last: without it a folder is not taken for a result.
    moves = [(folder / name, earlier / name) for name in WRITTEN if (folder / name).exists()]
    moves += [(part / name, folder / name) for name in names]
    move_all(moves)


def _digest(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
