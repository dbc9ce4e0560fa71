"""Results on disk: exact both ways, the same bytes each time, and whole or not at all."""

import copy
import csv
import errno
import json
import os
import re
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet
import pytest
from experiment.systems import small
from support import exponential

import sim
from sim.experiment import study_folder
from sim.experiment.psa.matching import with_draws_beside
from sim.experiment.unreadable import NotReadable
from sim.files.provenance import Provenance
from sim.files.whole_files import digest_of
from sim.report.page import report_page

RUN = {"manifest.json", "metrics.csv", "summary.csv", "budget.csv", "equity.csv", "occupancy.csv"}
RUN |= {"by_group.parquet", "by_month.parquet", "daily.parquet", "occupancy.parquet"}
STUDY = RUN | {"differences.csv", "cost_effectiveness.csv", "net_benefit.csv", "gaps.csv"}
RECORDS = {"patients.parquet", "stays.parquet", "waits.parquet", "spells.parquet"}
RECORDS |= {"medications.parquet", "outages.parquet", "emergencies.parquet"}
TABLES = ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")


def names(folder: Path) -> set[str]:
    """Everything in a folder, hidden or not."""
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@lru_cache
def result(seed: int = 3, keep_records: bool = False) -> sim.Result:
    return sim.run(small(), replications=2, seed=seed, keep_records=keep_records)


def simulated(keep_records: bool = False) -> sim.Study:
    arms = {"base": small(), "other": small().with_overrides({"places.beds.capacity": 8})}
    return sim.compare(arms, replications=2, seed=3, keep_records=keep_records)


study = lru_cache(simulated)


OTHER_LEVELS: dict[str, Any] = {
    "levels": {
        "ward": {"places": ["beds"], "length_of_stay": exponential(8)},
        "detox": {"length_of_stay": exponential(4)},
    },
    "entry": [{"to": {"ward": 0.5, "detox": 0.5}}],
    "population": {"severity": {"severe": 0.6, "mild": 0.4}, "work": {"no": 0.5, "yes": 0.5}},
}


def different() -> sim.Scenario:
    """Another arm: other levels, other attributes, an attribute's values in another order."""
    described = {**small().model_dump(by_alias=True, mode="json"), **OTHER_LEVELS}
    return sim.load_scenario(described)


def assert_same(loaded: sim.Result, original: sim.Result) -> None:
    assert loaded.scenario == original.scenario
    assert loaded.scenario.digest() == original.scenario.digest()
    assert loaded.seed == original.seed
    assert loaded.replications == original.replications
    pd.testing.assert_frame_equal(loaded.metrics, original.metrics, check_exact=True)
    pd.testing.assert_frame_equal(loaded.summary(), original.summary(), check_exact=True)
    assert (loaded.tables is None) == (original.tables is None)
    for table in TABLES if original.tables is not None else ():
        pd.testing.assert_frame_equal(getattr(loaded, table), getattr(original, table), check_exact=True)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "out"
    study(keep_records=True).save(folder)
    return folder


@pytest.fixture
def stored(saved: Path, tmp_path: Path) -> Path:
    """A stored study, to be damaged or overwritten."""
    return shutil.copytree(saved, tmp_path / "out")


# --- there and back ---


@pytest.mark.parametrize("keep_records", [False, True])
def test_a_run_comes_back_exactly(tmp_path: Path, keep_records: bool) -> None:
    original = result(keep_records=keep_records)
    original.save(tmp_path / "out")
    loaded = sim.load_study(tmp_path / "out")
    assert len(loaded.results) == 1
    assert_same(loaded.results[loaded.baseline], original)


@pytest.mark.parametrize("keep_records", [False, True])
def test_a_study_comes_back_exactly(tmp_path: Path, keep_records: bool) -> None:
    original = study(keep_records=keep_records)
    original.save(tmp_path / "out")
    loaded = sim.load_study(tmp_path / "out")
    assert list(loaded.results) == ["base", "other"]
    for label in loaded.results:
        assert_same(loaded.results[label], original.results[label])
    pd.testing.assert_frame_equal(loaded.differences(), original.differences(), check_exact=True)
    pd.testing.assert_frame_equal(loaded.cost_effectiveness(), original.cost_effectiveness(), check_exact=True)


def test_arms_with_other_levels_and_attributes_come_back_exactly(tmp_path: Path) -> None:
    original = sim.compare({"base": small(), "other": different()}, replications=2, seed=3, keep_records=True)
    original.save(tmp_path / "out")
    loaded = sim.load_study(tmp_path / "out")
    for label in original.results:
        assert_same(loaded.results[label], original.results[label])


ODD_NAMES = [("a/b", "A/B"), ("CON", "con"), ("..", "long" * 1_000)]
"""What would be no file's name, or another's, where letters of both cases are one."""


@pytest.mark.parametrize(
    "labels", [("30", "040"), ("NA", "None"), ("a,b", 'say "hi"'), ("", "α β"), ("true", "1e3"), *ODD_NAMES]
)
def test_any_label_comes_back_as_it_was(tmp_path: Path, labels: tuple[str, str]) -> None:
    arms = dict(zip(labels, (small(), small(frailty={"sd": 0.5})), strict=True))
    original = sim.compare(arms, replications=2, seed=3, keep_records=True)
    original.save(tmp_path / "out")
    loaded = sim.load_study(tmp_path / "out")
    assert tuple(loaded.results) == labels
    for label in labels:
        assert_same(loaded.results[label], original.results[label])


def test_an_empty_system_comes_back_exactly(tmp_path: Path) -> None:
    """Nobody asks for care: records without rows, metrics without values."""
    original = sim.run(small(arrivals={"per_day": 0.0}), replications=2, keep_records=True)
    assert original.metrics["value"].isna().any()
    original.save(tmp_path / "out")
    assert_same(next(iter(sim.load_study(tmp_path / "out").results.values())), original)


def test_csv_files_hold_every_number_to_the_last_bit(tmp_path: Path) -> None:
    original = study()
    original.save(tmp_path / "out")
    differences = with_draws_beside(original.differences(), None)
    for name, frame in (("differences", differences), ("summary", original.summary())):
        text = pd.read_csv(tmp_path / "out" / f"{name}.csv", dtype=str, keep_default_na=False)
        assert list(text.columns) == list(frame.columns)
        for column in frame.select_dtypes("number"):
            read = [float(value or "nan") for value in text[column]]
            assert read == pytest.approx(frame[column].tolist(), rel=0, abs=0, nan_ok=True)


# --- what is written ---


@pytest.mark.parametrize("keep_records", [False, True])
def test_a_folder_holds_the_documented_files_and_no_others(tmp_path: Path, keep_records: bool) -> None:
    more = RECORDS if keep_records else set()
    result(keep_records=keep_records).save(tmp_path / "run")
    study(keep_records=keep_records).save(tmp_path / "study")
    assert names(tmp_path / "run") == RUN | more
    assert names(tmp_path / "study") == STUDY | more


def test_the_manifest_says_what_was_run(saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "comparison"
    assert manifest["seed"] == 3
    assert manifest["replications"] == 2
    assert manifest["stepdown"] == study_folder.version()
    assert {"python", "numpy", "pandas", "simpy"} <= set(manifest["versions"])
    assert list(manifest["scenarios"]) == ["base", "other"]
    stored = manifest["scenarios"]["base"]
    assert sim.load_scenario(stored["scenario"]) == small()
    assert stored["digest"] == small().digest()
    assert set(manifest["files"]) == (STUDY | RECORDS) - {"manifest.json"}


def test_the_manifest_holds_the_command_only_when_there_was_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result().save(tmp_path / "library")
    monkeypatch.setattr("sys.argv", ["/usr/bin/stepdown", "run", "a file.toml", "--seed", "3"])
    result().save(tmp_path / "command")
    commands = [
        json.loads((tmp_path / each / "manifest.json").read_text())["command"] for each in ("library", "command")
    ]
    assert commands == [None, "stepdown run 'a file.toml' --seed 3"]


def test_text_is_utf_8_as_it_stands(tmp_path: Path) -> None:
    system = small(name="Führt Wärme weiter?")
    sim.run(system, replications=1).save(tmp_path / "out")
    assert "Führt Wärme weiter?".encode() in (tmp_path / "out" / "manifest.json").read_bytes()


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        simulated(keep_records=True).save(tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_workers_write_the_same_bytes(tmp_path: Path) -> None:
    for workers in (1, 2):
        sim.run(small(), replications=3, workers=workers, keep_records=True).save(tmp_path / str(workers))
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_parents_are_made(tmp_path: Path) -> None:
    result().save(tmp_path / "a" / "b" / "c")
    assert names(tmp_path / "a" / "b" / "c") == RUN


def test_a_result_is_written_over_an_earlier_one_and_leaves_nothing_of_it(stored: Path) -> None:
    result(seed=9).save(stored)
    assert names(stored) == RUN
    assert sim.load_study(stored).results[""].seed == 9


def test_files_beside_an_earlier_result_stay(tmp_path: Path) -> None:
    result().save(tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    result(seed=9).save(tmp_path / "out")
    assert names(tmp_path / "out") == {*RUN, "notes.txt"}


# --- what must not be overwritten ---


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(sim.BadFolder, match="holds other files; name an empty or a new folder"):
        result().save(tmp_path)
    assert names(tmp_path) == {"thesis.tex"}


def test_a_folder_with_somebody_elses_manifest_is_refused(tmp_path: Path) -> None:
    """A manifest.json is a common thing; only one of ours makes a folder ours."""
    for content in ('{"name": "My web app", "icons": []}', "[1, 2]", "not json"):
        (tmp_path / "manifest.json").write_text(content)
        (tmp_path / "metrics.csv").write_text("mine")
        with pytest.raises(sim.BadFolder, match="holds other files"):
            result().save(tmp_path)
        assert contents(tmp_path) == {"manifest.json": content.encode(), "metrics.csv": b"mine"}


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(sim.BadFolder, match="out is a file; name a folder"):
        result().save(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
    with pytest.raises(sim.BadFolder, match=r"deeper cannot be written: .*out is a file"):
        result().save(tmp_path / "out" / "deeper")


def test_an_empty_folder_is_fine(tmp_path: Path) -> None:
    result().save(tmp_path)
    assert names(tmp_path) == RUN


# --- whole or not at all ---


def full_disk(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def nth(call: Callable[..., Any], number: int) -> Callable[..., Any]:
    """The call itself, but for the `number`-th time, when the disk is full."""
    seen = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        return full_disk() if seen == number else call(*arguments, **named)

    return counted


FAILURES = {
    "first csv": ("pandas.DataFrame.to_csv", 1),
    "second csv": ("pandas.DataFrame.to_csv", 2),
    "first parquet": ("pyarrow.parquet.ParquetWriter.write_table", 1),
    "last replication of the last parquet": ("pyarrow.parquet.ParquetWriter.write_table", 3 + 4 * 2),
    "manifest": ("pathlib.Path.write_text", 1),
    "flush": ("os.fsync", 3),
    **{f"rename {n}": ("os.replace", n) for n in (1, 2, 5, 7)},
}


def break_at(monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    import pathlib

    target, number = FAILURES[failure]
    owners = {"pandas.DataFrame": pd.DataFrame, "pathlib.Path": pathlib.Path, "os": os}
    owners["pyarrow.parquet.ParquetWriter"] = pyarrow.parquet.ParquetWriter
    owner, attribute = target.rsplit(".", 1)
    monkeypatch.setattr(owners[owner], attribute, nth(getattr(owners[owner], attribute), number))


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_leaves_nothing_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    fresh = result(keep_records=True)
    break_at(monkeypatch, failure)
    with pytest.raises(OSError, match="No space left on device"):
        fresh.save(tmp_path / "a" / "out")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_keeps_an_earlier_result_intact(stored: Path, monkeypatch: pytest.MonkeyPatch, failure: str) -> None:
    """Of another kind and with a file of the user's beside it: not a byte of the folder changes."""
    (stored / "notes.txt").write_text("mine")
    before = contents(stored)
    fresh = result(seed=9, keep_records=True)
    break_at(monkeypatch, failure)
    with pytest.raises(OSError, match="No space left on device"):
        fresh.save(stored)
    assert contents(stored) == before


def test_an_interruption_leaves_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    fresh = result(keep_records=True)
    monkeypatch.setattr(pyarrow.parquet.ParquetWriter, "write_table", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fresh.save(tmp_path / "out")
    assert names(tmp_path) == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(OSError, match="No space left on device"):
            sim.run(small(arrivals={"per_day": 20.0}), replications=2, keep_records=True).save(disk / "out")
        assert names(disk) == set()
    finally:
        subprocess.run(["umount", disk], check=True)


# --- damaged folders ---


@pytest.mark.parametrize(
    ("missing", "says"),
    [("everything", "there is no such folder"), ("manifest.json", r"manifest\.json cannot be read")],
)
def test_what_is_no_result_is_said_to_be_none(stored: Path, missing: str, says: str) -> None:
    shutil.rmtree(stored) if missing == "everything" else (stored / missing).unlink()
    with pytest.raises(sim.BadFolder, match=rf"out is not a stored result: {says}"):
        sim.load_study(stored)


def edited(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "manifest cut short": lambda folder: (folder / "manifest.json").write_text('{"format": 1, "kind":'),
    "manifest of another kind": lambda folder: (folder / "manifest.json").write_text("[1, 2, 3]"),
    "manifest empty": lambda folder: (folder / "manifest.json").write_text(""),
    "manifest not text": lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "no scenarios": lambda folder: edited(folder, lambda m: m.pop("scenarios")),
    "scenarios a list": lambda folder: edited(folder, lambda m: m.update(scenarios=[1])),
    "no seed": lambda folder: edited(folder, lambda m: m.pop("seed")),
    "no metrics": lambda folder: (folder / "metrics.csv").unlink(),
    "metrics empty": lambda folder: (folder / "metrics.csv").write_text(""),
    "metrics cut short": lambda folder: (folder / "metrics.csv").write_bytes(
        (folder / "metrics.csv").read_bytes()[: -len((folder / "metrics.csv").read_bytes()) // 2]
    ),
    "metrics without a column": lambda folder: (folder / "metrics.csv").write_text(
        "scenario,metric,value\nbase,x,1.0\n"
    ),
    "metrics without numbers": lambda folder: (folder / "metrics.csv").write_text(
        (folder / "metrics.csv").read_text().replace("base,0,arrivals,", "base,0,arrivals,many")
    ),
    "metrics not text": lambda folder: (folder / "metrics.csv").write_bytes(b"\xff\xfe\x00\x01"),
    "records cut short": lambda folder: (folder / "stays.parquet").write_bytes(
        (folder / "stays.parquet").read_bytes()[:100]
    ),
    "one table missing": lambda folder: (folder / "stays.parquet").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_result_is_said_to_be_damaged(stored: Path, damage: Callable[[Path], object]) -> None:
    damage(stored)
    with pytest.raises(sim.BadFolder, match=r"out is (damaged|not a stored result): ."):
        sim.load_study(stored)


def test_a_format_of_the_future_is_said_to_be_one(stored: Path) -> None:
    edited(stored, lambda manifest: manifest.update(format=99))
    with pytest.raises(sim.BadFolder) as raised:
        sim.load_study(stored)
    assert str(raised.value) == (
        f"{stored}: format = 99: needs version 0.1.0 of Stepdown, which wrote it, or a later one: this one, 0.1.0, "
        "reads formats up to 7"
    )


# --- studies of earlier versions ---


def unsound(manifest: dict[str, Any]) -> None:
    """As when a rule came later: it was written, and would be refused today."""
    manifest["scenarios"]["other"]["scenario"]["arrivals"]["per_day"] = -1.0


def test_the_metrics_of_a_study_stay_readable_without_its_scenario(stored: Path) -> None:
    whole = sim.load_study(stored)
    edited(stored, unsound)
    old = sim.load_study(stored)
    pd.testing.assert_frame_equal(old.metrics, whole.metrics)
    pd.testing.assert_frame_equal(old.summary(), whole.summary())
    pd.testing.assert_frame_equal(old.equity(), whole.equity())
    pd.testing.assert_frame_equal(old.budget_impact(), whole.budget_impact())
    differences = old.differences()
    assert differences["defined_by"].isna().all()
    pd.testing.assert_frame_equal(
        differences.drop(columns="defined_by"), whole.differences().drop(columns="defined_by")
    )
    assert "test" in repr(old.results["other"])
    assert old.results["other"]._repr_html_() == whole.results["other"]._repr_html_()
    assert copy.deepcopy(old.results["other"]).metrics.equals(whole.results["other"].metrics)


@pytest.mark.parametrize(
    "use",
    [
        lambda study: study.results["other"].scenario.time,
        lambda study: study.results["other"].warm_up(),
        lambda study: study.results["other"].stays,
        lambda study: study.results["other"].of_replication(0),
        lambda study: study.results["other"].ledger(),
        lambda study: study.cost_effectiveness(),
        lambda study: study.spending(),
        lambda study: study.save("elsewhere"),
        lambda study: report_page(study, Provenance("1", {})),
    ],
)
def test_what_needs_the_scenario_says_that_it_is_not_valid(stored: Path, use: Callable[[sim.Study], object]) -> None:
    edited(stored, unsound)
    old = sim.load_study(stored)
    with pytest.raises(NotReadable, match=r"the scenario 'other' of this study is not valid .* arrivals\.per_day = -1"):
        use(old)
    assert not Path("elsewhere").exists()


def as_written_before_perspectives(folder: Path) -> None:
    """A comparison as the first version wrote it: fewer files, other names of two metrics, texts without quotes."""
    for name in ("by_group.parquet", "by_month.parquet", "daily.parquet", "budget.csv", "equity.csv", "gaps.csv"):
        (folder / name).unlink()
    for name in ("metrics.csv", "summary.csv"):
        text = (folder / name).read_text()
        text = text.replace(".category.other_health_care,", ".other_health_care,")
        text = re.sub(r"(cost\.per_patient(_discounted)?)\.society,", r"\1,", text)
        (folder / name).write_text(text)

    def older(manifest: dict[str, Any]) -> None:
        manifest.update(format=1, files={n: digest_of(folder / n) for n in ("metrics.csv", "summary.csv")})
        for key in ("reached", "machine"):
            del manifest[key]

    edited(folder, older)


def test_a_study_of_the_first_version_has_its_metrics_under_the_names_of_today(tmp_path: Path) -> None:
    arms = {"base": small(), "'other": small().with_overrides({"places.beds.capacity": 8})}
    whole = sim.compare(arms, replications=2, seed=3)
    whole.save(tmp_path / "out")
    text = (tmp_path / "out" / "metrics.csv").read_text()
    assert "\n''other," in text
    for name in ("metrics.csv", "summary.csv"):
        (tmp_path / "out" / name).write_text((tmp_path / "out" / name).read_text().replace("\n''other", "\n'other"))
    as_written_before_perspectives(tmp_path / "out")
    assert "cost.per_patient,USD" in (tmp_path / "out" / "summary.csv").read_text()
    old = sim.load_study(tmp_path / "out")
    pd.testing.assert_frame_equal(old.metrics, whole.metrics)
    pd.testing.assert_frame_equal(old.summary(), whole.summary())
    pd.testing.assert_frame_equal(old.differences(), whole.differences())
    pd.testing.assert_frame_equal(old.cost_effectiveness(), whole.cost_effectiveness())
    with pytest.raises(NotReadable, match=r"of an earlier version cannot be read any more .*by_group\.parquet"):
        old.equity()


@pytest.mark.parametrize("label", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\tx", "'quoted", "plain"])
def test_no_label_is_a_formula_in_a_spreadsheet_and_all_come_back(tmp_path: Path, label: str) -> None:
    arms = {"base": small(), label: small().with_overrides({"places.beds.capacity": 8})}
    sim.compare(arms, replications=2, seed=3).save(tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        cells = [cell for row in csv.reader(path.open(newline="")) for cell in row]
        texts = [cell for cell in cells if not re.fullmatch(r"-?[\d.]+(e[-+]?\d+)?|-?inf", cell)]
        assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\t", "\r"))], path.name
    assert list(sim.load_study(tmp_path / "out").results) == ["base", label]
    assert len(sim.load_study(tmp_path / "out").results[label].metrics) > 0
