"""Reading results back from their folder, also those of earlier versions: their metrics whatever became of the rest."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from sim.experiment.manifest import MANIFEST, Begins, Manifest, any_manifest, read_manifest
from sim.experiment.record_files import StoredRecords, loaded_records
from sim.experiment.result import Reached, Result, Study
from sim.experiment.study_folder import FILES, WRITTEN
from sim.experiment.table_checks import check_metrics, check_rows
from sim.experiment.tables import READINGS, RECORDS, arrow_table, read_table
from sim.experiment.unreadable import Unreadable, UnreadableScenario
from sim.files.formats import CURRENT, check_format, metric_of_today, of_today, renamings
from sim.files.problems import ScenarioError
from sim.files.regular_files import open_regular
from sim.files.whole_files import BadFolder, digest_of, in_a_line
from sim.scenario import load_scenario
from sim.scenario.change import DatedChange

T = TypeVar("T")

SUMMARY = "summary.csv"
PSA = "psa.json"
"""By which the folder of an analysis of uncertainty is known."""
KEYS = {
    "groups": ["replication", "by", "group", "metric"],
    "budget": list(READINGS["budget"].columns)[:-1],
    "daily": ["metric", "day"],
    "occupancy": ["replication", "place", "in_use"],
}
"""What tells the rows of a reading apart."""


def load_study(folder: str | os.PathLike[str]) -> Study:
    """Read back what `Study.save` or `Result.save` wrote; a single run comes as a study of one scenario.

    A study of an earlier version has its metrics, under the names of today, and so `summary` and `differences`,
    whatever became of the rest: what cannot be read any more, such as a scenario that is not valid today, raises
    NotReadable when it is needed. Raises BadFolder when the folder is no stored result, of a later version, or damaged.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     sim.run(ward, replications=2).save(folder + "/out")
    ...     sim.load_study(folder + "/out").replications
    2
    """
    path = Path(folder)
    try:
        stated = any_manifest(path)
    except (FileNotFoundError, NotADirectoryError):
        raise BadFolder(f"{path} is not a stored result: {_no_study(path)}") from None
    except (OSError, ValueError) as error:
        raise BadFolder(f"{path} is not a stored result: {MANIFEST} cannot be read ({in_a_line(error)})") from None
    try:
        check_format(stated["format"], "study", str(path), str(stated["stepdown"])[:50])
    except ScenarioError as error:
        raise BadFolder(str(error)) from None
    try:
        return _study(path, read_manifest(path))
    except (OSError, ValueError, KeyError, OverflowError, MemoryError) as error:
        raise BadFolder(f"{path} is damaged: {in_a_line(error)}") from None


def _no_study(path: Path) -> str:
    """What there is in the place of a manifest, and which folder is meant."""
    wanted = "name the folder that --out of stepdown run or compare wrote"
    if not path.is_dir():
        return f"{'it is a file' if path.exists() else 'there is no such folder'}; {wanted}"
    if (path / PSA).exists():
        return f"it holds draws of stepdown psa, which --psa of compare, select and report takes; {wanted}"
    return f"{MANIFEST} cannot be read, as there is none; {wanted}"


def _study(path: Path, manifest: Manifest) -> Study:
    """The study, every part of it checked: whoever writes a manifest can write checksums as well."""
    unknown = sorted(set(manifest.files) - set(WRITTEN))
    if unknown:
        raise ValueError(f"{MANIFEST} names a file that is none of a result, {unknown[0]!r:.80}")
    for name, digest in manifest.files.items():
        if digest_of(path / name) != digest:
            raise ValueError(f"{name} is not as it was written")
    old = manifest.format < CURRENT["study"]
    frames = {name: _or_unreadable(partial(_reading, path, name, manifest), path, old) for name in FILES}
    metrics = _read_metrics(_listed(path, "metrics.csv", manifest), quoted=manifest.format > 1)
    scenario_of = cache(lambda label: _scenario(path, label, manifest))
    results = {label: _result(path, label, manifest, metrics, frames, scenario_of) for label in manifest.scenarios}
    results = _changed(results, manifest.change)
    return Study(results, tuple(Reached(each.precision, each.replications) for each in manifest.reached))


def _changed(results: dict[str, Result], begins: Begins | None) -> dict[str, Result]:
    """Each result with the change by which its scenario was reached, as far as scenarios can be read."""
    first, *others = results
    for label in others if begins else ():
        pair = results[first].scenario, results[label].scenario
        if begins and not any(isinstance(each, Unreadable) for each in pair):
            results[label] = replace(results[label], change=DatedChange(*pair, begins.day, begins.lists))
    return results


def _reading(path: Path, name: str, manifest: Manifest) -> pd.DataFrame:
    labelled, table = manifest.kind == "comparison", READINGS[name]
    frame = read_table(_listed(path, FILES[name], manifest), table, labelled)
    if "metric" in frame and any(metric_of_today(name) != name for name in frame["metric"].unique()):
        named = [metric_of_today(name) for name in frame["metric"]]
        frame = arrow_table(frame.assign(metric=named), table.schema(labelled)).to_pandas()
    return frame


def _result(
    path: Path,
    label: str,
    manifest: Manifest,
    metrics: pd.DataFrame,
    frames: Mapping[str, Any],
    scenario_of: Callable[[str], Any],
) -> Result:
    one, count = manifest.kind == "run", manifest.replications
    mine = _mine(metrics, label, one)
    check_metrics("metrics.csv", mine, count)
    readings: dict[str, Any] = {}
    for name, frame in frames.items():
        readings[name] = frame if isinstance(frame, Unreadable) else _mine(frame, label, one)
        if not isinstance(frame, Unreadable):
            check_rows(FILES[name], readings[name], KEYS[name], None if name == "daily" else count)
    scenario = scenario_of(label)
    tables = _records(path, label, manifest, scenario_of) if manifest.scenarios[label].columns else None
    return Result(scenario, manifest.seed, mine, **readings, tables=tables, engine=manifest.engine)


def _scenario(path: Path, label: str, manifest: Manifest) -> Any:
    """The scenario, with the keys of today; what stands for it where it is not valid today."""
    stored = manifest.scenarios[label].scenario
    try:
        return load_scenario(of_today(stored, renamings(stored, "scenario", "")))
    except ScenarioError as error:
        which = f"the scenario {label!r:.80}" if label else "the scenario"
        why = (
            f"{path}: {which} of this study is not valid in this version of Stepdown, which can read its metrics alone "
            f"(metrics, summary, differences): {replace(error.problems[0], source='')}"
        )
        units = _units(_listed(path, SUMMARY, manifest), "" if manifest.kind == "run" else label, manifest)
        return UnreadableScenario(in_a_line(ValueError(why)), str(stored.get("name", label))[:200], units)


def _records(path: Path, label: str, manifest: Manifest, scenario_of: Callable[[str], Any]) -> Any:
    first, begins = next(iter(manifest.scenarios)), manifest.change
    changed = begins is not None and label != first
    scenarios = [scenario_of(each) for each in ((first, label) if changed else (label,))]
    if unreadable := [each for each in scenarios if isinstance(each, Unreadable)]:
        return Unreadable(unreadable[-1].why)
    systems = (
        DatedChange(scenarios[0], scenarios[1], begins.day, begins.lists).systems if begins and changed else scenarios
    )

    def read() -> StoredRecords:
        files = {name: _listed(path, f"{name}.parquet", manifest) for name in RECORDS}
        digests = {name: manifest.files[file.name] for name, file in files.items()}
        columns = manifest.scenarios[label].columns
        return loaded_records(
            files, digests, columns, None if manifest.kind == "run" else label, systems, manifest.replications
        )

    return _or_unreadable(read, path, manifest.format < CURRENT["study"])


def _or_unreadable(read: Callable[[], T], path: Path, old: bool) -> T | Unreadable:
    """What `read` returns; of an old study, where it fails, what stands for it."""
    try:
        return read()
    except ValueError as error:
        if not old:
            raise
        why = f"{path}: this part of a study of an earlier version cannot be read any more ({in_a_line(error)})"
        return Unreadable(why)


def _listed(path: Path, name: str, manifest: Manifest) -> Path:
    """A file that the manifest lists, and whose checksum has been checked."""
    if name not in manifest.files:
        raise ValueError(f"{MANIFEST} does not list {name}")
    return path / name


def _read_metrics(path: Path, quoted: bool) -> pd.DataFrame:
    """Metrics under their names of today."""
    frame = _texts(path, quoted)
    frame["replication"] = frame["replication"].astype(int)
    frame["value"] = [float(value or "nan") for value in frame["value"]]
    return frame


def _units(path: Path, label: str, manifest: Manifest) -> dict[str, str]:
    frame = _texts(path, quoted=manifest.format > 1)
    rows = frame[frame["scenario"] == label] if "scenario" in frame else frame
    return dict(zip(rows["metric"], rows["unit"], strict=True))


def _texts(path: Path, quoted: bool) -> pd.DataFrame:
    """A CSV file as texts: a label may look like a number, and not every pandas reads numbers to the last bit.

    quoted: whether texts that a spreadsheet would run have a quote before them.
    """
    with open_regular(path) as file:
        frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    if "scenario" in frame and quoted:
        frame["scenario"] = [label.removeprefix("'") for label in frame["scenario"]]
    frame["metric"] = [metric_of_today(name) for name in frame["metric"]]
    return frame


def _mine(frame: pd.DataFrame, label: str, one: bool) -> pd.DataFrame:
    """The rows of one scenario; a single run is stored without labels."""
    return frame if one else frame[frame["scenario"] == label].drop(columns="scenario").reset_index(drop=True)
