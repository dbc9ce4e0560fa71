"""Kept records lie on disk, a row group a replication; they are read when asked for and go with the result."""

import copy
import errno
import gc
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from collections import namedtuple
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from experiment.same import assert_same_frame, assert_same_result
from experiment.systems import small

import sim
from sim.experiment.record_files import KeptRecords, RecordsGone, StoredRecords, TableFile
from sim.files import destinations, scratch
from sim.files.scratch import PATTERN, Scratch
from sim.files.whole_files import digest_of
from sim.model.engine import replicate
from sim.model.records import TABLES


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for temporary files, so that everything in it is seen."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def groups_read(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The row groups of Parquet files that were read, call by call."""
    calls: list[list[int]] = []
    original = pq.ParquetFile.read_row_groups

    def noted(file: Any, groups: list[int], *arguments: Any, **named: Any) -> Any:
        calls.append(list(groups))
        return original(file, groups, *arguments, **named)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", noted)
    return calls


def busy(**parts: Any) -> sim.Scenario:
    """The small ward with rows in every table: a medication, emergencies, and beds that are made ready after a stay."""
    pills = {"pills": {"levels": ["ward"], "probability": 0.5}}
    falls = {"falls": {"in_care": 20.0, "well": 20.0, "unwell": 20.0}}
    return small(**{"medications": pills, "emergencies": falls, **parts}).with_overrides(
        {"places.beds.turnover_days": 0.1}
    )


def kept(replications: int = 3, **parts: Any) -> sim.Result:
    return sim.run(busy(**parts), replications, seed=3, keep_records=True)


def arms() -> dict[str, sim.Scenario]:
    return {"base": busy(), "other": busy().with_overrides({"places.beds.capacity": 8})}


def of_the_model(number: int, table: str) -> pd.DataFrame:
    """The records that the model leaves of a replication, with its number in front."""
    frame: pd.DataFrame = getattr(replicate(busy(), 3, number), table).frame()
    frame.insert(0, "replication", number)
    return frame


# --- what is read ---


@pytest.mark.parametrize("table", TABLES)
def test_what_is_read_is_what_the_model_left(table: str) -> None:
    result = kept()
    expected = [of_the_model(number, table) for number in range(3)]
    assert_same_frame(getattr(result, table), pd.concat(expected, ignore_index=True))
    for number in range(3):
        assert_same_frame(result.of_replication(number)[table], expected[number])


def test_one_replication_is_read_alone(tmp_path: Path, groups_read: list[list[int]]) -> None:
    study = sim.compare(arms(), 3, seed=3, keep_records=True)
    study.save(tmp_path / "out")
    loaded = sim.load_study(tmp_path / "out")
    for label in study.results:
        groups_read.clear()
        alone = loaded.results[label].of_replication(1)
        expected = {1 if label == "base" else 4}  # Behind the three replications of the first scenario.
        assert {group for call in groups_read for group in call} == expected
        for table in TABLES:
            whole = getattr(study.results[label], table)
            assert_same_frame(alone[table], whole[whole["replication"] == 1].reset_index(drop=True))
            assert len(alone[table])


def test_what_is_changed_in_a_table_is_changed_everywhere(tmp_path: Path) -> None:
    """A column that is added is a note of whoever added it."""
    result, as_it_was = kept(2), kept(2)
    stays = result.stays
    before = result.ledger()
    stays["length"] = stays["discharged"] - stays["admitted"]
    longer = stays.index[(stays["replication"] == 1) & stays["discharged"].notna()][0]
    stays["reason"] = stays["reason"].cat.remove_unused_categories()
    stays.loc[longer, "discharged"] += 0.5
    assert result.records(1).stays["discharged"].sum() != as_it_was.records(1).stays["discharged"].sum()
    assert_same_frame(result.of_replication(0)["waits"], as_it_was.of_replication(0)["waits"])
    assert not before.equals(result.ledger())
    result.save(tmp_path / "out")
    again = sim.load_study(tmp_path / "out").results[""].stays
    assert again["discharged"].equals(stays["discharged"])
    assert "length" not in again


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path, groups_read: list[list[int]]) -> None:
    kept().save(tmp_path / "out")
    groups_read.clear()
    result = sim.load_study(tmp_path / "out").results[""]
    result.summary()
    assert groups_read == []
    assert result.stays is result.stays
    assert groups_read


def test_files_have_a_row_group_for_each_replication_in_order(tmp_path: Path) -> None:
    sim.compare(arms(), 3, seed=3, keep_records=True).save(tmp_path / "out")
    for table in TABLES:
        about = pq.read_metadata(tmp_path / "out" / f"{table}.parquet")
        columns = [about.schema.column(position).name for position in range(about.num_columns)]
        found = []
        for group in range(about.num_row_groups):
            of = {name: about.row_group(group).column(columns.index(name)).statistics for name in columns}
            assert of["replication"].min == of["replication"].max
            assert of["scenario"].min == of["scenario"].max
            found.append((of["scenario"].min, of["replication"].min))
        assert found == [(label, number) for label in ("base", "other") for number in range(3)]


def test_a_replication_that_there_is_none_of() -> None:
    for number in (-1, 3):
        with pytest.raises(ValueError, match=f"there is no replication {number}; choose from 0 to 2"):
            kept().of_replication(number)


def test_of_nobody_there_are_tables_and_a_ledger_without_rows() -> None:
    result = kept(arrivals={"per_day": 0.0})
    assert all(getattr(result, table).empty for table in TABLES)
    assert result.ledger().empty
    assert list(result.ledger().columns)[:2] == ["replication", "patient"]


def test_a_frame_may_be_changed_by_whoever_has_it() -> None:
    stays = kept().stays
    stays.loc[0, "asked"] = -7.0
    stays["mine"] = 1
    assert stays.loc[0, "asked"] == -7.0


# --- how much is held ---


def test_memory_does_not_grow_with_replications() -> None:
    """Held records of ten replications more would be four times what is allowed here."""
    system = busy(arrivals={"per_day": 20.0})
    one = sum(
        frame.memory_usage(deep=True).sum()
        for frame in sim.run(system, 1, keep_records=True).of_replication(0).values()
    )
    held = {}
    for replications in (2, 12):
        tracemalloc.start()
        result = sim.run(system, replications, by=[], keep_records=True, engine="simpy")
        gc.collect()
        held[replications] = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(result.patients["replication"].unique()) == replications
    assert held[12] - held[2] < 2.5 * one


# --- how long files live ---


def scratches(place: Path) -> list[Path]:
    return sorted(place.glob(PATTERN))


def test_temporary_files_go_with_the_last_who_has_the_records(temporary: Path) -> None:
    study = sim.compare(arms(), 2, seed=3, keep_records=True)
    assert len(scratches(temporary)) == 1
    one = study.results["other"]
    del study
    gc.collect()
    assert len(one.stays)
    del one
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_without_records_there_are_no_files(temporary: Path) -> None:
    result = sim.run(busy(), 1)
    assert list(temporary.iterdir()) == []
    assert result.tables is None


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ValueError, SystemExit])
def test_a_stopped_run_leaves_no_files_even_while_its_traceback_lives(
    temporary: Path, kind: type[BaseException]
) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            assert len(scratches(temporary)) == 1
            raise kind

    with pytest.raises(kind) as raised:
        sim.run(busy(), 4, keep_records=True, progress=stop)
    assert raised.tb is not None
    assert list(temporary.iterdir()) == []


def test_records_wait_where_they_will_be_saved(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    out = tmp_path / "disk" / "a" / "out"
    result = sim.run(busy(), 2, seed=3, keep_records=True, saving_to=out)
    assert len(scratches(tmp_path / "disk")) == 1
    assert list(temporary.iterdir()) == []
    result.save(out)
    again = sim.run(busy(), 2, seed=3, keep_records=True, saving_to=out)
    assert len(scratches(out)) == 1
    again.save(out)
    assert_same_result(again, result)
    assert_same_result(sim.load_study(out).results[""], result)
    del again, result
    gc.collect()
    assert scratches(tmp_path / "disk") == scratches(out) == []


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_is_in_use_stays(temporary: Path) -> None:
    code = f"""
import os, signal, tempfile, sim
tempfile.tempdir = {str(temporary)!r}
from experiment.systems import small
sim.run(small(), 4, keep_records=True, progress=lambda done, _: done < 2 or os.kill(os.getpid(), signal.SIGKILL))
"""
    tests = Path(__file__).resolve().parents[1]
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(tests)}, capture_output=True
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    (left,) = scratches(temporary)
    with Scratch() as other:
        (other.path / "file").write_text("in use")
        assert not left.exists()
        with Scratch():
            assert (other.path / "file").exists()
    assert list(temporary.iterdir()) == []


def test_two_that_clear_one_place_do_not_stumble_over_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / PATTERN.replace("*", "left")
    (left / "0").mkdir(parents=True)
    in_use = scratch.in_use

    def other_is_faster(folder: Path) -> bool:
        found = in_use(folder)
        shutil.rmtree(folder)
        return found

    monkeypatch.setattr(scratch, "in_use", other_is_faster)
    with Scratch(tmp_path) as own:
        assert scratches(tmp_path) == [own.path]


def test_a_place_is_found_good_although_another_clears_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    mkdtemp = tempfile.mkdtemp

    def cleared(**named: Any) -> str:
        made.append(mkdtemp(**named))
        os.rmdir(made[-1])
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", cleared)
    destinations.check_place(tmp_path / "out")
    destinations.check_file(tmp_path / "page.html")
    assert len(made) == 2
    assert not (tmp_path / "out").exists()


# --- copies, and files that are gone ---


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result)), copy.copy])
def test_a_copy_needs_no_file_of_the_original(temporary: Path, twin: Any) -> None:
    original = kept()
    expected = {table: getattr(original, table).copy() for table in TABLES}
    other = twin(original)
    del original
    gc.collect()
    for table in TABLES:
        assert_same_frame(getattr(other, table), expected[table])
        assert len(other.of_replication(1)[table])


def test_a_pickled_result_can_be_saved(tmp_path: Path) -> None:
    original = kept()
    pickle.loads(pickle.dumps(original)).save(tmp_path / "twin")
    original.save(tmp_path / "original")
    for path in (tmp_path / "original").iterdir():
        assert path.read_bytes() == (tmp_path / "twin" / path.name).read_bytes(), path.name


@pytest.fixture
def out(tmp_path: Path) -> Path:
    kept().save(tmp_path / "out")
    return tmp_path / "out"


def test_records_of_a_removed_folder(out: Path) -> None:
    result = sim.load_study(out).results[""]
    shutil.rmtree(out)
    assert len(result.summary())
    for ask in (lambda: result.stays, lambda: result.records(0), lambda: pickle.dumps(result)):
        with pytest.raises(
            RecordsGone, match=r"(patients|stays)\.parquet is not there any more that holds the .* load the"
        ):
            ask()


def test_another_study_in_the_folder_is_not_taken_for_the_loaded_one(out: Path) -> None:
    result = sim.load_study(out).results[""]
    sim.run(busy(), 3, seed=4, keep_records=True).save(out)
    with pytest.raises(sim.BadFolder, match="is not the file any more that holds the stays of this result"):
        _ = result.stays
    sim.run(busy(), 3, seed=3, keep_records=True).save(out)
    assert_same_frame(result.stays, kept().stays)


def test_a_loaded_study_can_be_saved_over_itself(out: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    result = sim.load_study(out).results[""]
    result.save(out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert_same_result(result, kept())


def test_folders_of_earlier_versions_are_read(out: Path) -> None:
    """They have one row group for all replications, and texts where categories of scenarios differed."""
    manifest = json.loads((out / "manifest.json").read_text())
    for table in TABLES:
        frame = pd.read_parquet(out / f"{table}.parquet")
        words = frame.select_dtypes("category").columns
        frame.astype(dict.fromkeys(words, object)).to_parquet(out / f"{table}.parquet", index=False)
        manifest["files"][f"{table}.parquet"] = digest_of(out / f"{table}.parquet")
    (out / "manifest.json").write_text(json.dumps(manifest))
    loaded = sim.load_study(out).results[""]
    assert_same_frame(loaded.of_replication(1)["stays"], of_the_model(1, "stays"))
    assert_same_result(loaded, kept())


def test_a_file_that_lacks_a_column_or_has_other_words_is_damaged(out: Path) -> None:
    manifest = json.loads((out / "manifest.json").read_text())
    sound = pq.read_table(out / "stays.parquet")

    def stored(table: Any) -> None:
        pq.write_table(table, out / "stays.parquet")
        manifest["files"]["stays.parquet"] = digest_of(out / "stays.parquet")
        (out / "manifest.json").write_text(json.dumps(manifest))

    stored(sound.drop_columns(["asked"]))
    with pytest.raises(sim.BadFolder, match=r"out is damaged: stays\.parquet: it lacks the columns asked"):
        sim.load_study(out)
    column = sound.column_names.index("reason")
    stored(sound.set_column(column, "reason", pa.array(["bored"] * sound.num_rows)))
    with pytest.raises(sim.BadFolder, match=r"out is damaged: stays\.parquet: .*words that are none of its categories"):
        _ = sim.load_study(out).results[""].stays
    manifest["scenarios"][""]["columns"]["stays"]["reason"] = ["completed"]
    stored(sound)
    with pytest.raises(sim.BadFolder, match="the column reason of stays has other categories than it should"):
        sim.load_study(out)


def test_a_study_of_which_only_one_run_kept_its_records(tmp_path: Path) -> None:
    mixed = sim.Study({"with": kept(2), "without": sim.run(busy(), 2, seed=3)})
    mixed.save(tmp_path / "out")
    loaded = sim.load_study(tmp_path / "out")
    assert isinstance(loaded.results["with"].tables, StoredRecords)
    assert loaded.results["without"].tables is None
    assert_same_frame(loaded.results["with"].spells, mixed.results["with"].spells)


# --- room on the disk ---


Usage = namedtuple("Usage", "total used free")


def size_of_one() -> int:
    """Bytes on disk of one replication while it is kept."""
    result = sim.run(busy(), 1, seed=1, keep_records=True)
    assert isinstance(result.tables, StoredRecords)
    return sum(path.stat().st_size for path in result.tables.files.values())


@pytest.mark.parametrize(("saving", "times"), [(False, 9), (True, 19)])
def test_records_that_do_not_fit_are_refused_after_one_replication(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saving: bool, times: int
) -> None:
    """Of ten replications nine are to come; all ten once more where they are going to be saved."""
    one, done = size_of_one(), []
    gc.collect()
    place = tmp_path if saving else temporary
    more: dict[str, Any] = {"saving_to": tmp_path / "out"} if saving else {}
    # A file that is not complete yet lacks its last part.
    for free, fits in ((times * one, True), (times * one // 8, False)):
        monkeypatch.setattr(destinations.shutil, "disk_usage", lambda _, free=free: Usage(10 * free, 9 * free, free))
        done.clear()
        if fits:
            sim.run(busy(), 10, keep_records=True, progress=lambda now, _: done.append(now), **more)
            assert len(done) == 10
            continue
        with pytest.raises(
            OSError, match=r"the records of 10 replications would take some .* MB left; keep fewer"
        ) as raised:
            sim.run(busy(), 10, keep_records=True, progress=lambda now, _: done.append(now), **more)
        assert raised.value.filename == str(place)
        assert done == [1]
    gc.collect()
    assert scratches(place) == []


def test_a_disk_that_is_clearly_large_enough_for_one_is_asked_about_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = destinations.check_room
    monkeypatch.setattr(
        "sim.experiment.record_files.check_room", lambda f, n, *t: asked.append(n) or original(f, n, *t)
    )
    sim.run(busy(), 40, keep_records=True)
    assert len(asked) == 1
    precise = sim.analysis.Precision("cost.total", 1e-9, relative=True)
    sim.run(busy(), 20, keep_records=True, precision=[precise])
    assert len(asked) == 3
    assert asked[0] > 3 * asked[1]


def test_files_on_a_full_disk_are_given_up_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written into the others when they are thrown away would fail as well, after the message."""
    unraised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", unraised.append)
    added = TableFile.add
    files: list[TableFile] = []

    def full_at_the_second(file: TableFile, table: pa.Table) -> None:
        files.append(file)
        if len(files) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        added(file, table)

    monkeypatch.setattr(TableFile, "add", full_at_the_second)
    with Scratch() as folder:
        kept_records = KeptRecords(folder, "0")
        with pytest.raises(OSError, match="after the records of 0 replications; keep fewer"):
            kept_records.add(replicate(busy(), 3, 0), 0)
        sizes = [path.stat().st_size for path in folder.path.rglob("*.parquet")]
        del kept_records
        files.clear()
        gc.collect()
        assert [path.stat().st_size for path in folder.path.rglob("*.parquet")] == sizes
    assert unraised == []
