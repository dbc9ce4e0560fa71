"""Folders and stores that someone forged with care: every checksum is right, and a part is not what it should be."""

import hashlib
import json
import os
import random
import shutil
import socket
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from experiment.systems import small
from hostile.limits import CASES, in_time

import sim
from sim.cli import main
from sim.experiment.store.inventory import damaged, prune, stocks
from sim.experiment.store.reading_file import CHECKSUM_BYTES
from sim.experiment.store.result_store import DamagedStore
from sim.experiment.unreadable import NotReadable
from sim.model.records import TABLES

OTHERS: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "\x1b[31m", "2025", [], [1], [[]], {}, {"x": 1}, {"": None}),
    *(float("nan"), float("inf"), "../../etc/passwd", ["ward", "ward"], "0" * 64),
)
"""Values of every type that JSON has."""

COMMANDS = (
    ("report", "out"),
    ("stress", "out"),
    ("log", "out", "log.csv", "--format", "csv"),
    ("animate", "out", "film.html"),
    ("run", "hybrid", "--replications", "1", "--out", "out"),
)
"""What reads an output folder; the last would write over it."""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "out"
    arms = {"base": small(), "more": small().with_overrides({"places.beds.capacity": 8})}
    sim.compare(arms, replications=2, seed=3, keep_records=True).save(folder)
    return folder


@pytest.fixture
def out(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(stored, tmp_path / "out")


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of a value."""
    yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*at, key))


def with_part(value: Any, at: tuple[Any, ...], part: Any) -> Any:
    """The same with another part in this place; without it, where that is `places`."""
    if not at:
        return part
    key, *rest = at
    copy = value.copy()
    if not rest and part is places:
        del copy[key]
    else:
        copy[key] = with_part(value[key], tuple(rest), part)
    return copy


def loads_or_is_refused_in_a_line(folder: Path) -> sim.Study | None:
    with in_time():
        try:
            study = sim.load_study(folder)
            # The rows of records are checked when they are first read.
            for result in study.results.values():
                for name in result.tables or ():
                    getattr(result, name)
            return study
        except (sim.BadFolder, NotReadable) as error:
            refusal = str(error)
    assert len(refusal.splitlines()) == 1
    assert len(refusal) < 1_000
    return None


def test_every_part_of_a_manifest_as_something_else(out: Path) -> None:
    """Refused, or of no account: what is read is then what was simulated, or can be told in tables."""
    whole, source = json.loads((out / "manifest.json").read_text()), random.Random("parts")
    everywhere = list(places(whole))
    outer = [at for at in everywhere if len(at) <= 2]
    cases = [(at, other) for at in outer for other in (places, None, source.choice(OTHERS)) if at]
    cases += [(source.choice(everywhere), source.choice(OTHERS)) for _ in range(CASES // 5)]
    refused = 0
    for at, other in cases:
        (out / "manifest.json").write_text(json.dumps(with_part(whole, at, other)))
        study = loads_or_is_refused_in_a_line(out)
        refused += study is None
        if study is not None:
            assert len(study.summary()) > 0
            assert study.replications == 2
    assert refused > len(cases) / 2


DEEP = (
    "[" * 100_000,
    '{"format": 2, "stepdown": "1", "scenarios": ' + '{"a":' * 100_000,
    "9" * 10_000,
    "\x00",
    "{}" * 9,
)


@pytest.mark.parametrize("text", DEEP, ids=lambda text: text[:12])
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_text_that_is_no_manifest(
    out: Path, text: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "manifest.json").write_text(text)
    one_line(arguments, capsys)


def one_line(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with in_time(), pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1), said.err
    assert said.err.startswith("stepdown: ")
    assert "mistake of ours" not in said.err


def pipe(path: Path) -> None:
    os.mkfifo(path)


def listening(path: Path) -> None:
    # The name of a socket may not be long.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


NO_FILES: dict[str, Callable[[Path], object]] = {
    "pipe": pipe,
    "folder": Path.mkdir,
    "socket": listening,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
    "circle": lambda path: path.symlink_to(path),
    "nowhere": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_a_folder_of_which_a_part_is_no_file(out: Path, make: Callable[[Path], object]) -> None:
    for name in sorted(path.name for path in out.iterdir()):
        (out / name).rename(out / "away")
        make(out / name)
        assert loads_or_is_refused_in_a_line(out) is None
        (out / name).rmdir() if make is Path.mkdir else (out / name).unlink()
        (out / "away").rename(out / name)
    assert loads_or_is_refused_in_a_line(out) is not None


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_commands_of_a_folder_whose_manifest_is_no_file(
    out: Path, make: Callable[[Path], object], arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "manifest.json").unlink()
    make(out / "manifest.json")
    one_line(arguments, capsys)


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_suites_and_pages_that_are_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "it.toml")
    for arguments in (
        ("check", "it.toml"),
        ("run", "it.toml"),
        ("validation", "it.toml", "--check"),
        ("stress", "it.toml"),
    ):
        one_line(arguments, capsys)


# --- tables whose checksums were made anew ---


def forged(out: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = out / name
    if path.suffix == ".csv":
        change(pd.read_csv(path)).to_csv(path, index=False)
    else:
        change(pd.read_parquet(path)).to_parquet(path, index=False)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))


READ = ("metrics.csv", "by_group.parquet", "by_month.parquet", "daily.parquet", "occupancy.parquet")
RECORDS = ("patients.parquet", "stays.parquet", "waits.parquet", "spells.parquet")


@pytest.mark.parametrize("name", READ + RECORDS)
def test_tables_with_other_columns_or_rows_are_refused(out: Path, stored: Path, name: str) -> None:
    table = pd.read_csv(stored / name) if name.endswith(".csv") else pd.read_parquet(stored / name)
    numbers = [column for column in table.columns if table[column].dtype.kind == "f"]
    changes: list[Callable[[pd.DataFrame], pd.DataFrame]] = [
        *(lambda frame, gone=column: frame.drop(columns=gone) for column in table.columns),
        *(lambda frame, column=column: frame.assign(**{column: "many"}) for column in numbers),
    ]
    if name != "daily.parquet":
        changes.append(lambda frame: frame.assign(replication=[f"{number}" for number in range(len(frame))]))
        changes.append(lambda frame: frame.assign(replication=frame["replication"] + 7.5))
    if name not in RECORDS:
        changes.append(lambda frame: pd.concat([frame, frame.head(3)]))
    if name in ("metrics.csv", "patients.parquet"):
        changes.append(lambda frame: frame.iloc[3:])
    for change in changes:
        before = (out / name).read_bytes()
        forged(out, name, change)
        assert loads_or_is_refused_in_a_line(out) is None
        (out / name).write_bytes(before)


ROWS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "nobody's stays": ("patients.parquet", lambda frame: frame.iloc[3:]),
    "a patient twice": ("patients.parquet", lambda frame: pd.concat([frame.head(1), frame])),
    "patients backwards": ("patients.parquet", lambda frame: frame.iloc[::-1]),
    "too many replications": ("patients.parquet", lambda frame: frame.assign(replication=frame["replication"] + 2)),
    "a replication without end": ("patients.parquet", lambda frame: frame.assign(replication=2**62)),
    "a patient below 0": ("patients.parquet", lambda frame: frame.assign(patient=frame["patient"] - 1)),
    "a stay of nobody": ("stays.parquet", lambda frame: frame.assign(patient=10**6)),
    "a stay of a patient below 0": ("stays.parquet", lambda frame: frame.assign(patient=-1)),
    "a stay for some unknown reason": ("stays.parquet", lambda frame: frame.assign(reason="bored")),
    "a patient who is not told": (
        "waits.parquet",
        lambda frame: frame.assign(patient=pd.array([None] * len(frame), dtype="Int32")),
    ),
}


@pytest.mark.parametrize(("name", "change"), ROWS.values(), ids=ROWS)
def test_rows_of_records_are_checked_when_they_are_read(
    out: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    """By whoever reads first: all of a table, one replication of it, or a command."""
    forged(out, name, change)
    base = sim.load_study(out).results["base"]
    for ask in (lambda: [getattr(base, table) for table in TABLES], lambda: base.of_replication(0), base.ledger):
        with in_time(), pytest.raises(sim.BadFolder, match="out is damaged: ") as raised:
            ask()
        assert len(str(raised.value).splitlines()) == 1
    one_line(("log", "out", "log.csv", "--format", "csv"), capsys)
    one_line(("animate", "out", "film.html"), capsys)
    assert {path.name for path in Path.cwd().iterdir()} == {"out"}


def test_codes_in_another_order_are_refused(out: Path) -> None:
    """By their order the model knows which level is meant: every cost would go to the other one."""
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["scenarios"]["base"]["columns"]["stays"]["level"].reverse()
    (out / "manifest.json").write_text(json.dumps(manifest))
    assert loads_or_is_refused_in_a_line(out) is None


def test_a_file_that_the_manifest_does_not_list_is_not_read(out: Path) -> None:
    manifest = json.loads((out / "manifest.json").read_text())
    for name in READ:
        (out / "manifest.json").write_text(json.dumps(with_part(manifest, ("files", name), places)))
        assert loads_or_is_refused_in_a_line(out) is None


# --- the store ---


@pytest.fixture(scope="module")
def one_replication(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sim.Result]:
    store = tmp_path_factory.mktemp("kept") / "store"
    result = sim.run(small(), 1, store=store, keep_records=True)
    return store, result


def with_checksum(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


def packed(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return with_checksum(sink.getvalue().to_pybytes())


def cells(column: Any, source: random.Random) -> Any:
    """A column of a stored replication as something else."""
    flat = column.chunk(0).values
    size = len(flat)
    return source.choice(
        (
            pa.array([[]], pa.list_(pa.float64())),
            pa.array([[1.5] * size], pa.list_(pa.float64())),
            pa.array([["x"] * size], pa.list_(pa.string())),
            pa.array([[None] * size], pa.list_(pa.string())),
            pa.array([[True] * size], pa.list_(pa.bool_())),
            pa.array([[9_999] * size], pa.list_(pa.int64())),
            pa.array([[float("nan")] * (size + 1)], pa.list_(pa.float64())),
            pa.array([[{"a": 1}] * size]),
            pa.array(["no list"]),
            pa.array([None], pa.list_(pa.float64())),
            pa.array([["[" * 10_000] * size], pa.list_(pa.string())),
        )
    )


def test_replications_with_other_columns_are_computed_anew(one_replication: tuple[Path, sim.Result]) -> None:
    store, right = one_replication
    (path,) = store.glob("f*/*/*.arrow")
    content, source = path.read_bytes(), random.Random("columns")
    table = pa.ipc.open_stream(content[:-CHECKSUM_BYTES]).read_all()
    for case in range(max(CASES // 10, 50)):
        position = source.randrange(table.num_columns)
        if case % 5 == 0:
            spoilt = table.remove_column(position)
        elif case % 7 == 0:
            spoilt = pa.concat_tables([table, table]) if case % 2 else table.slice(0, 0)
        else:
            spoilt = table.set_column(position, table.column_names[position], cells(table.column(position), source))
        path.write_bytes(packed(spoilt))
        with in_time(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DamagedStore)
            again = sim.run(small(), 1, store=store, keep_records=True)
        assert list(again.metrics["metric"]) == list(right.metrics["metric"])
        assert again.stays.dtypes.equals(right.stays.dtypes)
        assert len(again.summary()) == len(right.summary())
        path.write_bytes(content)


LABELS = ("[" * 100_000, "[]", "1", "null", '{"format": {}}', '{"replication": []}', '"x"')


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label[:12])
def test_labels_that_are_none(one_replication: tuple[Path, sim.Result], label: str) -> None:
    store, right = one_replication
    (path,) = store.glob("f*/*/*.arrow")
    content = path.read_bytes()
    table = pa.ipc.open_stream(content[:-CHECKSUM_BYTES]).read_all()
    path.write_bytes(packed(table.replace_schema_metadata({b"stepdown": label.encode()})))
    with in_time():
        assert damaged(store)[1] == [path]
        assert [stock.label for stock in stocks(store)] == [None]
        with pytest.warns(DamagedStore):
            again = sim.run(small(), 1, store=store, keep_records=True)
    assert again.metrics.equals(right.metrics)
    assert path.read_bytes() == content


@pytest.mark.parametrize("make", [make for name, make in NO_FILES.items() if name != "nowhere"])
def test_what_is_no_file_in_a_store_is_set_aside(
    one_replication: tuple[Path, sim.Result], tmp_path: Path, make: Callable[[Path], object]
) -> None:
    store = shutil.copytree(one_replication[0], tmp_path / "store")
    (path,) = store.glob("f*/*/*.arrow")
    path.unlink()
    make(path)
    with in_time():
        assert damaged(store)[1] == [path]
        assert [stock.label for stock in stocks(store)] == [None]
        prune(store, dry_run=True)
        with pytest.warns(DamagedStore):
            again = sim.run(small(), 1, store=store, keep_records=True)
    assert again.metrics.equals(one_replication[1].metrics)
    assert damaged(store) == (1, [])
    with in_time():
        prune(store)
    assert damaged(store) == (1, [])
