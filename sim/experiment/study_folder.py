"""Results written to disk: a folder with a manifest, CSV tables and, where records were kept, Parquet files."""

import itertools
import math
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from sim.experiment.manifest import MANIFEST, any_manifest
from sim.experiment.record_files import TableFile, columns_of, of_replication
from sim.experiment.result import Result, Study
from sim.experiment.tables import PRINTED, READINGS, RECORDS, SCENARIO, TEXT, arrow_table
from sim.files.destinations import check_place, check_way, readable
from sim.files.formats import CURRENT
from sim.files.provenance import libraries, machine, version
from sim.files.scratch import PATTERN as SCRATCH
from sim.files.scratch import alone_in
from sim.files.whole_files import BadFolder, digest_of, flush, move_all
from sim.outcomes import EFFECTS, PERSPECTIVES, Counted, why_not_told

if TYPE_CHECKING:
    from sim.experiment.psa import PsaResult

FILES = {
    "groups": "by_group.parquet",
    "budget": "by_month.parquet",
    "daily": "daily.parquet",
    "occupancy": "occupancy.parquet",
}
"""The files that keep what a result holds beside its metrics."""
WRITTEN = (
    *(MANIFEST, *(f"{name}.csv" for name in PRINTED)),
    *FILES.values(),
    *(f"{table}.parquet" for table in RECORDS),
)
"""Every file that may be part of a result; the manifest makes a folder one."""

Writer = Callable[[Path], None]

PART, EARLIER = ".stepdown-*.part", "earlier"
"""Where files are until all are complete, and in there, those of an earlier result until they are replaced."""


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Refuse early, before anything is simulated, a folder that could not be written at the end.

    Raises BadFolder (a file in the way, a folder with other contents, a link to nowhere) or OSError (no permission, a
    name that is too long, a disk that is read-only or full).
    """
    path = Path(folder)
    _check_ours(path)
    check_place(path)


def _check_ours(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise BadFolder(f"{path} is a file; name a folder for the output")
    if path.is_dir() and not _is_ours(path):
        raise BadFolder(f"{path} holds other files; name an empty or a new folder, or one of an earlier result")
    check_way(path)


def save_result(result: Result, folder: str | os.PathLike[str]) -> None:
    """See `Result.save`."""
    from sim.experiment.psa.matching import groups_beside

    study = Study({"": result}, result.reached)
    tables = {name: table.drop(columns=SCENARIO) for name, table in _tables_of_all(study).items()}
    tables["equity"] = groups_beside(result.equity(), None)
    _write(Path(folder), _manifest("run", study), _files(study, tables, labelled=False))


def save_study(study: Study, folder: str | os.PathLike[str], psa: "PsaResult | None" = None) -> None:
    """See `Study.save`."""
    from sim.experiment.psa.matching import gaps_beside, groups_beside, matched, with_draws_beside

    varied = psa and matched(psa, study.scenarios, study.change)
    tables = _tables_of_all(study)
    tables["differences"] = with_draws_beside(study.differences(), varied)
    tables["equity"] = groups_beside(study.equity(), varied)
    tables["cost_effectiveness"] = _every_cost_effectiveness(study)
    if not why_not_told("qaly", list(study.scenarios.values())):
        tables["net_benefit"] = _every_net_benefit(study)
    tables["gaps"] = gaps_beside(study.gap_changes(), varied)
    _write(Path(folder), _manifest("comparison", study), _files(study, tables, labelled=True))


def _files(study: Study, tables: Mapping[str, pd.DataFrame], labelled: bool) -> dict[str, Writer]:
    """All files by name. labelled: whether a column tells scenarios apart."""
    files = {f"{name}.csv": _csv(table, PRINTED[name].schema(labelled)) for name, table in tables.items()}
    for name, file in FILES.items():
        frames = {label: getattr(result, name) for label, result in study.results.items()}
        schema = READINGS[name].schema(labelled)
        files[file] = _parquet(schema, partial(_all_readings, frames, schema))
    kept = {label: result for label, result in study.results.items() if result.tables is not None}
    for name in RECORDS if kept else ():
        columns = [column for result in kept.values() for column in columns_of(result.tables or {})[name]]
        own = [column for column in dict.fromkeys(columns) if column not in RECORDS[name].columns]
        schema = RECORDS[name].schema(labelled, attributes=own)
        files[f"{name}.parquet"] = _parquet(schema, partial(_all_records, kept, name, schema))
    return files


def _all_readings(frames: Mapping[str, pd.DataFrame], schema: Any) -> Iterator[Any]:
    whole = pd.concat([frame.assign(scenario=label) for label, frame in frames.items()], ignore_index=True)
    yield arrow_table(whole[schema.names], schema)


def _all_records(kept: Mapping[str, Result], name: str, schema: Any) -> Iterator[Any]:
    """The records of each replication of each scenario; an attribute that a scenario lacks is missing."""
    for label, result in kept.items():
        for number in range(result.replications):
            frame = of_replication(result.tables or {}, name, number)
            more = {column: label if column == SCENARIO else None for column in schema.names if column not in frame}
            yield arrow_table(frame.assign(**more), schema)


def _tables_of_all(study: Study) -> dict[str, pd.DataFrame]:
    return {
        "metrics": study.metrics,
        "summary": study.summary(),
        "budget": study.budget_impact(),
        "occupancy": study.occupancy_distribution(),
    }


def _every_cost_effectiveness(study: Study) -> pd.DataFrame:
    """The cost-effectiveness tables of every effect that the follow-up is long enough for: by every perspective, of
    whomever costs and effects are counted (`Study.counted`).
    """
    tables = []
    condition = study.results[study.baseline].scenario.condition
    for effect, perspective in itertools.product(EFFECTS, PERSPECTIVES):
        if all(EFFECTS[effect].metric in result.by_metric for result in study.results.values()):
            for way in study.counted(effect):
                table = study.cost_effectiveness(effect, perspective, "fieller", *way)
                unit = EFFECTS[effect].of(condition).unit
                tables.append(_of(way, table).assign(perspective=perspective, effect_unit=unit))
    return pd.concat(tables, ignore_index=True)


def _every_net_benefit(study: Study) -> pd.DataFrame:
    """Net benefit of QALYs, likewise."""
    tables = [
        _of(way, study.net_benefit(perspective=each, **way._asdict())).assign(perspective=each)
        for way, each in itertools.product(study.counted("qaly"), PERSPECTIVES)
    ]
    return pd.concat(tables, ignore_index=True)


def _of(way: Counted, table: pd.DataFrame) -> pd.DataFrame:
    """A table with columns of whom, and for how long, it is: view, years (missing: the whole follow-up, or window)."""
    return table.assign(view=way.view, years=math.nan if way.years is None else float(way.years))


def _is_ours(folder: Path) -> bool:
    """Whether a folder may be written to: it is empty, or a result, or was left unfinished by a run that was killed."""
    if any((part / EARLIER).is_dir() for part in folder.glob(PART)):
        return True  # It was killed while it put its files in place, in a folder that it had found to be ours.
    return all(path.match(PART) or path.match(SCRATCH) for path in folder.iterdir()) or _is_result(folder)


def _is_result(path: Path) -> bool:
    try:
        any_manifest(path)
    except (OSError, ValueError):
        return False
    return True


def _manifest(kind: str, study: Study) -> dict[str, Any]:
    results = study.results
    first, change = results[study.baseline], study.change
    return {
        "format": CURRENT["study"],
        "kind": kind,
        "stepdown": version(),
        "seed": first.seed,
        "replications": first.replications,
        **({"change": {"day": change.day, "lists": change.lists}} if change else {}),
        "reached": [asdict(each) for each in study.reached],
        "scenarios": {
            label: {
                "digest": result.scenario.digest(),
                "scenario": result.scenario.model_dump(mode="json", by_alias=True),
                "columns": columns_of(result.tables or {}),
            }
            for label, result in results.items()
        },
        "engine": first.engine,
        "versions": libraries(*(["numba"] if first.engine == "compiled" else [])),
        "machine": machine(),
        "command": readable(shlex.join(["stepdown", *sys.argv[1:]])) if Path(sys.argv[0]).name == "stepdown" else None,
    }


FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a spreadsheet would take for the beginning of a formula, and the quote that keeps it from doing so."""


def _csv(frame: pd.DataFrame, schema: Any) -> Writer:
    """Texts come from the names of files and from whoever labels a scenario: none may run as a formula."""
    safe = arrow_table(frame, schema).to_pandas()
    for column in (field.name for field in schema if field.type == TEXT):
        codes, words = pd.factorize(safe[column], use_na_sentinel=False)
        if any(quoted(word) is not word for word in words):
            safe[column] = np.array([quoted(word) for word in words], dtype=object)[codes]
    return lambda path: safe.to_csv(path, index=False, lineterminator="\n")


def quoted(text: Any) -> Any:
    """A text as no spreadsheet runs it."""
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text


def _parquet(schema: Any, tables: Callable[[], Iterable[Any]]) -> Writer:
    def write(path: Path) -> None:
        with TableFile(path, schema) as file:
            for table in tables():
                file.add(table)

    return write


def _write(folder: Path, manifest: dict[str, Any], files: Mapping[str, Writer]) -> None:
    """Write all files into a folder of their own first, then put them in place; on failure leave all as it was."""
    _check_ours(folder)
    created = [parent for parent in [folder, *folder.parents] if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder) as alone:
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


def _write_and_put_in_place(folder: Path, manifest: dict[str, Any], files: Mapping[str, Writer]) -> None:
    part = Path(tempfile.mkdtemp(prefix=PART.partition("*")[0], suffix=PART.partition("*")[2], dir=folder))
    try:
        for name, write in files.items():
            write(part / name)
            flush(part / name)
        manifest["files"] = {name: digest_of(part / name) for name in files}
        # Not by `json`, whose encoder in C knows no indents.
        text = TypeAdapter(dict[str, Any]).dump_json(manifest, indent=1).decode() + "\n"
        (part / MANIFEST).write_text(text, encoding="utf-8")
        flush(part / MANIFEST)
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
