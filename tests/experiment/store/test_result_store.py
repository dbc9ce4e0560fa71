"""The result store: exact both ways, only what is missing is computed, and nothing damaged or foreign is ever used."""

import ast
import hashlib
import io
import os
import platform
import shutil
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from experiment.same import assert_same_frame, assert_same_result
from experiment.systems import small
from support import briefly

import sim
from sim.analysis import Precision
from sim.cli.store import store as commands
from sim.experiment import replications
from sim.experiment.replications import Reading, Task, perform
from sim.experiment.store import inventory, labels
from sim.experiment.store.fingerprint import PARTS, fingerprint
from sim.experiment.store.reading_file import intact, label_of, pack, unpack
from sim.experiment.store.result_store import DAMAGED, MARKER, DamagedStore, ResultStore
from sim.experiment.workforce import Processes
from sim.model.engine import Engine
from sim.model.records import Facts, Records

TABLES = ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with replications 0 to 2 of `small()` on seed 3. Not to be changed."""
    folder = tmp_path_factory.mktemp("filled") / "store"
    sim.run(small(), 3, seed=3, store=folder)
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(filled, tmp_path / "store")


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("f*/*/*"))


def task(number: int = 0, seed: int = 3, keep_records: bool = False, **parts: Any) -> Task:
    return Task(small(**parts), seed, number, (("severity",),), keep_records)


# --- there and back ---

OTHER_LEVELS: dict[str, Any] = {
    "population": {"work": {"no": 0.5, "yes": 0.5}, "housing": {"stable": 0.3, "none": 0.7}},
    "frailty": {"sd": 0.5},
}

SYSTEMS: dict[str, dict[str, Any]] = {
    "usual": {},
    "empty": {"arrivals": {"per_day": 0.0}},
    "two attributes": OTHER_LEVELS,
    "no attributes": {"population": {}},
    "closed cohort": {"arrivals": {"closed_cohort": 12}, "time": {"follow_up_days": 50}},
}


@pytest.mark.parametrize("keep_records", [False, True])
@pytest.mark.parametrize("parts", SYSTEMS.values(), ids=SYSTEMS)
def test_a_result_from_the_store_is_the_computed_one_to_the_bit(
    tmp_path: Path, parts: dict[str, Any], keep_records: bool
) -> None:
    system = small(**parts)
    plain = sim.run(system, 3, seed=3, keep_records=keep_records)
    first, again = (sim.run(system, 3, seed=3, keep_records=keep_records, store=tmp_path / "store") for _ in range(2))
    assert_same_result(first, plain)
    assert_same_result(again, plain)
    assert_same_frame(again.summary(), plain.summary())
    assert_same_frame(again.equity(), plain.equity())


def test_crossed_groups_and_shipped_scenarios_come_back_to_the_bit(tmp_path: Path) -> None:
    arms = {name: briefly(name) for name in ("residential_only", "hybrid")}
    wanted: dict[str, Any] = {"replications": 1, "by": ["severity x housing", "employed"], "keep_records": True}
    plain = sim.compare(arms, **wanted)
    sim.compare(arms, **wanted, store=tmp_path / "store")
    again = sim.compare(arms, **wanted, store=tmp_path / "store")
    for label in arms:
        assert_same_result(again.results[label], plain.results[label])
    assert_same_frame(again.budget_impact(), plain.budget_impact())


def test_workers_and_the_store_never_change_a_number(tmp_path: Path) -> None:
    plain = sim.run(small(), 4, seed=3, keep_records=True)
    for _ in range(2):
        assert_same_result(sim.run(small(), 4, 3, 2, keep_records=True, store=tmp_path / "store"), plain)


def assert_same_facts(one: Facts, other: Facts) -> None:
    assert list(one.columns) == list(other.columns)
    assert one.categories == other.categories
    for name in one.columns:
        assert one[name].dtype == other[name].dtype
        assert one[name].tobytes() == other[name].tobytes()


@pytest.mark.parametrize("parts", SYSTEMS.values(), ids=SYSTEMS)
def test_a_reading_comes_back_with_every_type_and_order(parts: dict[str, Any]) -> None:
    wanted = Task(small(**parts), 3, 0, tuple((name,) for name in small(**parts).population), keep_records=True)
    reading = perform(wanted)
    again = unpack(pack({}, reading))
    assert list(again.metrics) == list(reading.metrics)
    assert np.array(list(again.metrics.values())).tobytes() == np.array(list(reading.metrics.values())).tobytes()
    assert {type(value) for value in again.metrics.values()} == {float}
    assert repr(again.groups) == repr(reading.groups)
    assert repr((again.budget, again.occupancy)) == repr((reading.budget, reading.occupancy))
    assert list(again.daily) == list(reading.daily)
    for name, values in reading.daily.items():
        assert again.daily[name].tobytes() == values.tobytes()
    assert again.records is not None
    assert reading.records is not None
    for table in TABLES:
        assert_same_facts(getattr(again.records, table), getattr(reading.records, table))


def test_odd_numbers_and_words_come_back_to_the_bit() -> None:
    odd = [0.0, -0.0, 5e-324, 1.7976931348623157e308, float("inf"), -float("inf"), float("nan"), -float("nan"), 0.1]
    metrics = {f"m{number}": value for number, value in enumerate(odd)}
    budget = [("2026-01", 31.0, None, "β/\n\0", True, "", 0.1)]
    used = [("β/\n\0", 0, 5e-324, 3)]
    groups = {("a", "b"): {"x x y": {"m": -0.0}}}
    reading = Reading(metrics, groups, budget, {"census.a/b": np.array(odd)}, used, None)
    again = unpack(pack({"name": "ä"}, reading))
    assert np.array(list(again.metrics.values())).tobytes() == np.array(odd).tobytes()
    assert repr(again.groups) == repr(reading.groups)
    assert again.daily["census.a/b"].tobytes() == np.array(odd).tobytes()
    assert (again.budget, again.occupancy) == (budget, used)


def test_any_arrow_reader_opens_a_file(filled: Path) -> None:
    """And says what it is of. No Python objects are in it."""
    with files(filled)[0].open("rb") as file:
        stream = pa.ipc.open_stream(file)
        assert b'"seed": 3' in stream.schema.metadata[b"stepdown"]
        assert "metrics/value" in stream.read_all().column_names
    assert all(not path.read_bytes().startswith(b"\x80") for path in files(filled))


# --- only what is missing ---


def test_a_repeated_study_computes_nothing(folder: Path, computed: list[int]) -> None:
    sim.run(small(), 3, seed=3, store=folder)
    assert computed == []


@pytest.mark.parametrize(("count", "missing"), [(1, []), (2, []), (5, [3, 4])])
def test_an_enlarged_study_computes_what_is_missing(
    folder: Path, computed: list[int], count: int, missing: list[int]
) -> None:
    result = sim.run(small(), count, seed=3, store=folder)
    assert computed == missing
    assert result.replications == count
    assert_same_result(result, sim.run(small(), count, seed=3))


def test_holes_are_filled(folder: Path, computed: list[int]) -> None:
    files(folder)[1].unlink()
    assert_same_result(sim.run(small(), 4, seed=3, store=folder), sim.run(small(), 4, seed=3))
    assert computed == [1, 3, 0, 1, 2, 3]


def test_a_further_arm_is_all_that_is_computed(folder: Path, computed: list[int]) -> None:
    arms = {"wider": small().with_overrides({"places.beds.capacity": 8}), "base": small()}
    sim.compare(arms, 3, seed=3, store=folder)
    assert computed == [0, 1, 2]


def test_a_scenario_under_two_labels_is_kept_once(tmp_path: Path) -> None:
    sim.compare({"a": small(), "b": small()}, 2, workers=2, store=tmp_path / "store")
    assert len(files(tmp_path / "store")) == 2


def test_batches_until_a_precision_is_reached_go_on_from_the_store(tmp_path: Path, computed: list[int]) -> None:
    wanted = [Precision("cost.total", 0.03, relative=True)]
    store = tmp_path / "store"
    sim.run(small(), 12, seed=3, store=store)
    computed.clear()
    result = sim.run(small(), seed=3, precision=wanted, store=store)
    assert result.replications > 20
    assert computed == list(range(12, result.replications))
    computed.clear()
    assert_same_result(sim.run(small(), seed=3, precision=wanted, store=store), result)
    assert computed == []


def test_progress_is_told_of_stored_replications_too(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    sim.run(small(), 4, seed=3, store=folder, progress=lambda *each: told.append(each))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, SystemExit])
def test_what_was_finished_before_an_interruption_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    seen: list[int] = []
    replicate = replications.replicate

    def interrupted(scenario: sim.Scenario, seed: int, replication: int, engine: Engine) -> Records:
        seen.append(replication)
        if len(seen) == 4:
            raise error
        return replicate(scenario, seed, replication, engine)

    monkeypatch.setattr(replications, "replicate", interrupted)
    with pytest.raises(error):
        sim.run(small(), 5, store=tmp_path / "store")
    result = sim.run(small(), 5, store=tmp_path / "store")
    assert seen == [0, 1, 2, 3, 3, 4]
    assert_same_result(result, sim.run(small(), 5))


# --- nothing is mixed ---

OTHERS: dict[str, dict[str, Any]] = {
    "number": {"number": 1},
    "seed": {"seed": 4},
    "records": {"keep_records": True},
    "scenario": {"frailty": {"sd": 0.5}},
    "name only": {"name": "other"},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_whatever_a_reading_depends_on_has_a_file_of_its_own(tmp_path: Path, other: dict[str, Any]) -> None:
    store = ResultStore(tmp_path)
    assert store.path(task()) != store.path(task(**other))
    assert store.path(task()) == store.path(task())


@pytest.mark.parametrize("by", [[], ["severity", "work"], ["work", "severity"], ["severity x work"], ["work"]])
def test_other_groupings_are_computed(tmp_path: Path, computed: list[int], by: list[str]) -> None:
    system = small(population={"severity": {"mild": 0.4, "severe": 0.6}, "work": {"no": 0.5, "yes": 0.5}})
    sim.run(system, 1, by=["severity"], store=tmp_path / "store")
    assert_same_result(sim.run(system, 1, by=by, store=tmp_path / "store"), sim.run(system, 1, by=by))
    assert len(computed) == 3


CHANGES = {"version": ("version", lambda: "0.0.9"), "source": ("CODE", "0" * 64), "format": ("FORMAT", 99)}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_version_source_or_format_is_never_used(
    folder: Path, computed: list[int], monkeypatch: pytest.MonkeyPatch, change: tuple[str, Any]
) -> None:
    before = files(folder)
    monkeypatch.setattr(labels, *change)
    sim.run(small(), 3, seed=3, store=folder)
    assert computed == [0, 1, 2]
    assert set(before) < set(files(folder))
    monkeypatch.undo()
    assert inventory.damaged(folder) == (6, [])


def test_source_that_shares_the_first_digits_is_told_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when somebody put the file there: its own label decides."""
    store, of_old_code = ResultStore(folder), files(folder)[0].read_bytes()
    monkeypatch.setattr(labels, "CODE", labels.CODE[:12] + "0" * 52)
    store.path(task()).parent.mkdir(parents=True)
    store.path(task()).write_bytes(of_old_code)
    with pytest.warns(DamagedStore):
        assert store.read(task()) is None


def test_the_fingerprint_is_of_the_source_that_readings_depend_on(tmp_path: Path) -> None:
    package = Path(sim.__file__).parent
    copy = shutil.copytree(package, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("__pycache__"))
    original = fingerprint(copy)
    (copy / "cli" / "main.py").write_text("changed")
    (copy / "report" / "tables.py").write_text("changed")
    assert fingerprint(copy) == original
    for changed in ("model/pathway.py", "outcomes/cost.py", "scenario/schema/level.py", "experiment/replications.py"):
        content = (copy / changed).read_bytes()
        (copy / changed).write_bytes(content + b"\n")
        assert fingerprint(copy) != original, changed
        (copy / changed).write_bytes(content)
    assert fingerprint(copy) == original
    (copy / "model" / "pathway.py").rename(copy / "model" / "path_way.py")
    assert fingerprint(copy) != original


@pytest.mark.parametrize("what", ["machine", "libc_ver"])
def test_the_fingerprint_is_of_the_kind_of_machine(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """A store that is moved to another kind of machine does not mix bits."""
    package = Path(sim.__file__).parent
    assert fingerprint(package) == labels.CODE
    monkeypatch.setattr(platform, what, lambda: "another")
    assert fingerprint(package) != labels.CODE


def test_nothing_else_of_the_package_can_change_a_reading() -> None:
    """What the parts of the fingerprint import stands in one of them."""
    package = Path(sim.__file__).parent
    modules = {path for part in PARTS for path in (package / part, *(package / part).rglob("*.py")) if path.is_file()}
    assert len(modules) > 40
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim."):
                path = package / str(node.module).removeprefix("sim.").replace(".", "/")
                assert {path / "__init__.py", path.with_suffix(".py")} & modules, f"{module}: {node.module}"


# --- damage ---


def test_one_changed_bit_anywhere_is_found(filled: Path) -> None:
    content = bytearray(files(filled)[0].read_bytes())
    assert intact(bytes(content))
    for position in range(len(content)):
        content[position] ^= 1 << position % 8
        assert not intact(bytes(content)), position
        content[position] ^= 1 << position % 8


def test_every_cut_and_addition_is_found(filled: Path) -> None:
    content = files(filled)[0].read_bytes()
    assert not any(intact(content[:length]) for length in range(len(content)))
    assert not intact(content + b"\0")
    assert not intact(b"\0" + content)
    assert not intact(content + content)


def changed(content: bytes, at: float) -> bytes:
    position = int(at * (len(content) - 1))
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "first byte": lambda content: changed(content, 0.0),
    "label": lambda content: content.replace(b'"seed": 3', b'"seed": 4'),
    "middle": lambda content: changed(content, 0.5),
    "checksum": lambda content: changed(content, 1.0),
    "last byte lost": lambda content: content[:-1],
    "last block lost": lambda content: content[: len(content) // 512 * 512 - 512],
    "last block zero": lambda content: content[:-512] + bytes(512),
    "empty": lambda content: b"",
    "all zero": lambda content: bytes(len(content)),
    "no label": lambda content: pack({}, Reading({}, {}, [], {}, [], None)),
    "no Arrow, good checksum": lambda content: b"abc" + hashlib.sha256(b"abc").digest(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_set_aside_told_and_computed_again(
    folder: Path, computed: list[int], damage: Callable[[bytes], bytes]
) -> None:
    expected = sim.run(small(), 3, seed=3)
    computed.clear()
    broken = damage(files(folder)[1].read_bytes())
    files(folder)[1].write_bytes(broken)
    with pytest.warns(DamagedStore, match="store has damaged files; they are set aside in .*damaged and computed agai"):
        assert_same_result(sim.run(small(), 3, seed=3, store=folder), expected)
    assert computed == [1]
    assert [path.read_bytes() for path in (folder / DAMAGED).iterdir()] == [broken]
    computed.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same_result(sim.run(small(), 3, seed=3, store=folder), expected)
    assert computed == []


def test_many_damaged_files_are_told_of_once(folder: Path) -> None:
    for path in files(folder):
        path.write_bytes(b"")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        sim.run(small(), 3, seed=3, store=folder)
    assert [each.category for each in told] == [DamagedStore]
    assert len(list((folder / DAMAGED).iterdir())) == 3


def test_a_file_under_the_name_of_another_replication_is_not_used(folder: Path, computed: list[int]) -> None:
    shutil.copy(files(folder)[0], files(folder)[1])
    assert inventory.damaged(folder) == (3, [files(folder)[1]])
    with pytest.warns(DamagedStore):
        sim.run(small(), 3, seed=3, store=folder)
    assert computed == [1]


def test_a_file_that_goes_while_it_is_wanted_is_computed(folder: Path, computed: list[int]) -> None:
    """Another process may prune, or find damage, at any time."""
    tasks = [task(number) for number in range(3)]
    readings = ResultStore(folder).readings(tasks, Processes(1))
    next(readings)
    files(folder)[2].unlink()
    assert len(list(readings)) == 2
    assert computed == [2]


@pytest.mark.parametrize("seconds", [-10 * 365 * 86_400, 10 * 365 * 86_400])
def test_the_times_of_files_do_not_matter(folder: Path, computed: list[int], seconds: float) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (time.time() + seconds,) * 2)
    sim.run(small(), 4, seed=3, store=folder)
    assert computed == [3]


# --- folders ---


def test_a_folder_with_other_files_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(sim.BadFolder, match="holds other files; name an empty or a new folder, or an earlier store"):
        sim.run(small(), 1, store=tmp_path)
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(sim.BadFolder, match="file is a file; name a folder for the store"):
        sim.run(small(), 1, store=tmp_path / "file")


def test_a_store_is_made_with_its_parents_and_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / f".{MARKER}.123-abc.part").touch()  # Another process is just making it.
    for folder in (tmp_path / "empty", tmp_path / "a" / "b"):
        ResultStore(folder)
        assert inventory.stocks(folder) == []


def test_a_relative_store_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    store = ResultStore("store")
    monkeypatch.chdir("elsewhere")
    store.perform(task())
    assert len(files(tmp_path / "store")) == 1
    assert os.listdir(tmp_path / "elsewhere") == []


def test_nothing_but_finished_files_is_left(folder: Path) -> None:
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]
    assert {path.name for path in folder.iterdir()} == {MARKER, labels.folder_of_code()}
    assert [path.name for path in files(folder)] == ["000000.arrow", "000001.arrow", "000002.arrow"]


# --- list, verify, prune ---


@pytest.fixture
def mixed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of use: replications 0 to 2 and 7; of another source: 0 and 1; one file damaged, one set aside."""
    ResultStore(folder).perform(task(7))
    monkeypatch.setattr(labels, "CODE", "0" * 64)
    sim.run(small(), 2, seed=3, store=folder)
    monkeypatch.undo()
    set_aside = folder / DAMAGED / "abc-000001.arrow"
    set_aside.parent.mkdir()
    set_aside.touch()
    path = ResultStore(folder).path(task(1))
    path.write_bytes(path.read_bytes()[:-3])
    return folder


def command(*arguments: object) -> int:
    return int(commands(args=[str(each) for each in arguments], standalone_mode=False) or 0)


def test_list_says_what_is_kept(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("list", mixed) == 0
    spoken = capsys.readouterr()
    _, first, second, total = spoken.out.splitlines()
    assert first.split()[:4] == ["test", small().digest()[:12], "3", "0-2,"]
    assert f"0.1.0 ({labels.CODE[:12]})" in first
    assert f"0.1.0 ({'0' * 12})" in second
    assert total.startswith("6 replications, ")
    assert "1 damaged files were set aside earlier" in spoken.err


def test_list_of_an_empty_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ResultStore(tmp_path)
    assert command("list", tmp_path) == 0
    assert capsys.readouterr().out == "0 replications, 0.0 MB\n"


def test_list_knows_what_a_series_is_of_although_files_are_damaged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files(folder)[0].write_bytes(b"")
    assert command("list", folder) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("test ")
    for path in files(folder):
        path.write_bytes(b"?")
    assert command("list", folder) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("(all damaged) ")


def test_verify_finds_damage_and_changes_nothing(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in files(mixed)}
    assert command("verify", mixed) == 1
    spoken = capsys.readouterr()
    assert spoken.out == "6 files checked, 1 damaged\n"
    assert spoken.err.splitlines()[0] == f"{ResultStore(mixed).path(task(1))}: damaged"
    assert spoken.err.splitlines()[-1].endswith(f"computes them again; remove them with: stepdown store prune {mixed}")
    assert {path: path.read_bytes() for path in files(mixed)} == before


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_verify_finds_whatever_the_store_refuses(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    path = files(folder)[1]
    path.write_bytes(damage(path.read_bytes()))
    assert inventory.damaged(folder) == (3, [path])


def test_verify_of_a_sound_store(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("verify", filled) == 0
    assert capsys.readouterr() == ("3 files checked, 0 damaged\n", "")


def test_prune_removes_what_nobody_needs(mixed: Path, capsys: pytest.CaptureFixture[str], computed: list[int]) -> None:
    (mixed / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in mixed.rglob("*") if path.is_file()}
    assert command("prune", mixed, "--dry-run") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "4 files would be removed"
    assert {path: path.read_bytes() for path in mixed.rglob("*") if path.is_file()} == before
    assert command("prune", mixed) == 0
    assert capsys.readouterr().out == "4 files removed\n"
    assert {path.name for path in mixed.iterdir()} == {MARKER, labels.folder_of_code(), "notes.txt"}
    assert [path.name for path in files(mixed)] == ["000000.arrow", "000002.arrow", "000007.arrow"]
    assert inventory.prune(mixed) == []
    sim.run(small(), 3, seed=3, store=mixed)
    assert computed == [1]


def test_prune_beside_a_run_does_not_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds the folder of a new series empty, and removes it, just before the first replication is put there."""
    store = ResultStore(tmp_path / "store")
    mkdir, seen = Path.mkdir, []

    def made_and_pruned(path: Path, *arguments: Any, **named: Any) -> None:
        mkdir(path, *arguments, **named)
        if path == store.path(task(0)).parent and not seen:
            seen.append(path)
            inventory.prune(store.folder)

    monkeypatch.setattr(Path, "mkdir", made_and_pruned)
    store.perform(task(0))
    assert seen
    assert len(files(store.folder)) == 1


def test_prune_removes_what_is_old_and_not_what_is_from_the_future(folder: Path) -> None:
    old, ahead = files(folder)[:2]
    os.utime(old, (time.time() - 11 * 86_400,) * 2)
    os.utime(ahead, (time.time() + 11 * 86_400,) * 2)
    assert inventory.prune(folder) == []
    assert inventory.prune(folder, older_than_days=12.0) == []
    assert inventory.prune(folder, older_than_days=10.0) == [old]
    assert len(files(folder)) == 2


@pytest.mark.parametrize(("seconds", "removed"), [(0, False), (-7_200, True), (7_200, True)])
def test_prune_removes_what_was_left_unfinished(folder: Path, seconds: float, removed: bool) -> None:
    part = files(folder)[0].with_name(".000009.arrow.123-abc.part")
    part.touch()
    os.utime(part, (time.time() + seconds,) * 2)
    assert inventory.prune(folder) == ([part] if removed else [])
    assert part.exists() is not removed


@pytest.mark.parametrize("name", ["list", "verify", "prune"])
def test_another_folder_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "mine.arrow").touch()
    with pytest.raises(sim.BadFolder, match=f"is no store of results: it has no {MARKER}"):
        command(name, tmp_path)
    assert (tmp_path / "damaged" / "mine.arrow").exists()


def test_the_label_of_an_open_file(filled: Path) -> None:
    with files(filled)[2].open("rb") as file:
        found = label_of(file)
    assert found is not None
    assert (found["replication"], found["scenario"], found["code"]) == (2, small().digest(), labels.CODE)


def test_what_is_no_reading_has_no_label() -> None:
    sink, table = pa.BufferOutputStream(), pa.table({"a": [1]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    for content in (b"", b"abc", bytes(100), sink.getvalue().to_pybytes()):
        assert label_of(content) is None
        assert label_of(io.BytesIO(content)) is None
