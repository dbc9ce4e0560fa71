"""Records of patients on disk: written as replications finish, and read when somebody looks at them.

A table of one scenario or of several is one Parquet file with a row group for each replication, in their order. So what
is held in memory is one replication, however many there are, and reading one does not read the others.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.experiment.table_checks import check_records, check_words
from sim.experiment.tables import (
    CATEGORY,
    NUMBER,
    RECORDS,
    SCENARIO,
    TEXT,
    check_schema,
    facts_table,
    parquet_file,
    values_of,
)
from sim.files.destinations import check_room, existing_at_or_above
from sim.files.scratch import Scratch
from sim.files.whole_files import BadFolder, digest_of, in_a_line
from sim.model.records import Records
from sim.vocabulary import Column

if TYPE_CHECKING:
    from sim.scenario import Scenario

Columns = Mapping[str, list[str] | None]
"""The columns of a table with their categories, None for what has none."""


SMALL = 1_000_000
"""Bytes, not compressed, of the rows of a table up to which all columns are read at once, in a fraction of the time."""

ADVICE = "keep fewer, or none, or name a folder on another disk (--out; TMPDIR for temporary files)"


class RecordsGone(BadFolder):
    """The files that hold the records of a result were removed, or are others by now."""


class TableFile:
    """A Parquet file that is written row group by row group. Raises OSError when it cannot be."""

    def __init__(self, path: Path, schema: Any) -> None:
        from pyarrow.parquet import ParquetWriter

        # By a handle: Arrow itself does not open names that are no UTF-8.
        self._handle = path.open("wb")
        self._writer = ParquetWriter(
            self._handle,
            schema,
            compression="zstd",
            use_dictionary=[field.name for field in schema if field.type in (CATEGORY, TEXT)],
            use_byte_stream_split=[field.name for field in schema if field.type == NUMBER],
        )

    def add(self, table: Any) -> None:
        """Write the next row group, unless it would be empty."""
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._handle.tell()

    def close(self) -> None:
        """Complete the file."""
        try:
            self._writer.close()
        except OSError:
            self.give_up()
            raise
        self._handle.close()

    def give_up(self) -> None:
        """Leave the file as it is."""
        # Arrow's writer would try again when it is thrown away, and write a traceback to standard error.
        self._writer.is_open = False
        with suppress(OSError):
            self._handle.close()

    def __enter__(self) -> "TableFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class KeptRecords:
    """The records of one scenario as they come, replication by replication, in files of a scratch folder."""

    def __init__(self, scratch: Scratch, name: str) -> None:
        self._scratch = scratch
        self._folder = scratch.path / name
        self._folder.mkdir()
        self._files: dict[str, TableFile] = {}
        self._columns: dict[str, Columns] = {}

    def add(self, records: Records, number: int) -> None:
        """Write the records of the next replication. Raises OSError, with what to do, when the disk is full by now."""
        try:
            self._add(records, number)
        except OSError as error:
            for file in self._files.values():
                file.give_up()
            if error.errno is None:
                raise
            why = f"{os.strerror(error.errno)}, after the records of {number:,} replications; {ADVICE}"
            raise OSError(error.errno, why, str(self._scratch.path.parent)) from error

    def _add(self, records: Records, number: int) -> None:
        for name, registered in RECORDS.items():
            table = facts_table(facts := getattr(records, name), number, registered)
            if name not in self._files:
                self._files[name] = TableFile(self._path(name), table.schema)
                words = {column: list(words) for column, words in facts.categories.items()}
                self._columns[name] = {column: words.get(column) for column in table.column_names}
            self._files[name].add(table)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return sum(file.size for file in self._files.values())

    def stored(self) -> "StoredRecords":
        """All records, complete."""
        for file in self._files.values():
            file.close()
        return StoredRecords({name: self._path(name) for name in self._files}, self._columns, keeps=self._scratch)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"


class Keeping:
    """The records of a study while it is simulated: where those of each scenario go, and whether there is room.

    saving_to: the folder that all will be saved in; the files then wait on its disk, otherwise where the system has its
    temporary files. They are removed when this is left by an error, and otherwise when nobody has the records any more.
    """

    def __init__(self, saving_to: str | os.PathLike[str] | None) -> None:
        self._scratch = Scratch(None if saving_to is None else existing_at_or_above(Path(saving_to)))
        self._copies = 0 if saving_to is None else 1
        self._kept: list[KeptRecords] = []

    def of_a_scenario(self) -> KeptRecords:
        """Where the records of the next scenario go."""
        self._kept.append(KeptRecords(self._scratch, str(len(self._kept))))
        return self._kept[-1]

    def check_room(self, done: int, wanted: int) -> None:
        """OSError when there is clearly no room for so many replications, going by those that are done."""
        size = sum(records.size for records in self._kept) / done
        left = size * (wanted - done + self._copies * wanted)
        check_room(self._scratch.path.parent, int(left), f"the records of {wanted:,} replications", ADVICE)

    def __enter__(self) -> "Keeping":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._scratch.close()


class StoredRecords(Mapping[str, pd.DataFrame]):
    """The records of one scenario by table, as DataFrames that are read from files when they are first asked for.

    files: table -> Parquet file. columns: table -> its columns with their categories, in order. label: of the scenario,
    where the files hold several. digests: table -> SHA-256 of its file, where known. keeps: what the files live as long
    as. replications: how many there are, where somebody else may have written the files; the rows are then checked when
    they are read. Pickled and copied as DataFrames, so that a copy needs no file. Raises RecordsGone when files were
    removed or replaced, and BadFolder when they cannot be read or do not hold what they should.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        columns: Mapping[str, Columns],
        label: str | None = None,
        digests: Mapping[str, str] | None = None,
        keeps: object = None,
        replications: int | None = None,
    ) -> None:
        self.files = {name: path.absolute() for name, path in files.items()}
        self.columns = columns
        self.label = label
        self._digests = digests or {}
        self._keeps = keeps
        self._replications = replications
        self._stamps = {name: _stamp(path) for name, path in self.files.items()}
        self._about: dict[str, Any] = {}
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = self._frame(name, None)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def of_replication(self, name: str, replication: int) -> pd.DataFrame:
        """The rows of one replication: of the table if that was read, and may have been changed since; else read alone.

        A column that somebody added to the table is no record, and is left out.
        """
        if name not in self._read:
            return self._frame(name, replication)
        rows = _of_frame(self._read[name], replication)
        return rows[[column for column in self.columns[name] if column in rows]]

    def _frame(self, name: str, replication: int | None) -> pd.DataFrame:
        path = self.files[name]
        try:
            frame = self._taken_from(name, self.columns[name], replication)
            if self._replications is not None:
                patients = frame if name == "patients" else self._known_patients(replication)
                check_records(name, frame, patients, self._replications)
        except FileNotFoundError:
            raise self._gone(name) from None
        except BadFolder:
            raise
        except (OSError, ValueError) as error:
            raise BadFolder(f"{path.parent} is damaged: {in_a_line(error)}") from None
        return frame

    def _known_patients(self, replication: int | None) -> pd.DataFrame:
        if replication is None and "patients" in self._read:
            return self._read["patients"]
        return self._taken_from("patients", {"replication": None, "patient": None}, replication)

    def _taken_from(self, name: str, columns: Columns, replication: int | None) -> pd.DataFrame:
        self._check_unchanged(name)
        with parquet_file(self.files[name], self._about.get(name)) as file:
            return self._columns_of(file, name, columns, replication)

    def _columns_of(self, file: Any, name: str, columns: Columns, replication: int | None) -> pd.DataFrame:
        about = self._about.setdefault(name, file.metadata)
        wanted = {"replication": replication, SCENARIO: self.label}
        wanted = {key: value for key, value in wanted.items() if value is not None}
        groups = [group for group in range(about.num_row_groups) if _may_hold(about.row_group(group), wanted)]
        small = sum(about.row_group(group).total_byte_size for group in groups) <= SMALL
        whole = file.read_row_groups(groups, [*dict.fromkeys([*wanted, *columns])]) if small else None
        rows = _rows(file.read_row_groups(groups, [*wanted]) if whole is None else whole.select([*wanted]), wanted)
        kinds = RECORDS[name].schema(attributes=[each for each in columns if each not in RECORDS[name].columns])
        values = {}
        for column, words in columns.items():
            # One at a time where they are large: together, they would take their room twice.
            read = (file.read_row_groups(groups, [column]) if whole is None else whole).column(column)
            values[column] = values_of(read if rows is None else read.take(rows), kinds.field(column).type, words)
        return pd.DataFrame(values, copy=False)

    def _check_unchanged(self, name: str) -> None:
        """A study that is written over the one that was loaded must not be taken for it."""
        path, digest = self.files[name], self._digests.get(name)
        stamp = _stamp(path)
        if stamp == self._stamps[name] and stamp is not None:
            return
        if stamp is None or digest is None or digest_of(path) != digest:
            raise self._gone(name)
        self._stamps[name] = stamp

    def _gone(self, name: str) -> RecordsGone:
        path = self.files[name]
        what = "is not the file any more" if path.exists() else "is not there any more"
        return RecordsGone(
            f"{path} {what} that holds the {name} of this result, which are read when they are asked for; load the "
            "study again, from where it is now, or run it again"
        )


def loaded_records(
    files: Mapping[str, Path],
    digests: Mapping[str, str],
    columns: Mapping[str, Columns],
    label: str | None,
    systems: Sequence["Scenario"],
    replications: int,
) -> StoredRecords:
    """The records of one scenario in files that somebody else may have written.

    digests: table -> SHA-256 of its file. systems: what was in force, one after the other. Raises OSError, and
    ValueError unless the files have the columns, and the columns the categories, of such records. Rows are checked when
    they are read.
    """
    if set(columns) != set(RECORDS):
        raise ValueError(f"records are of {', '.join(RECORDS)}, not of {', '.join(columns)}"[:200])
    for name, table in RECORDS.items():
        check_words(name, columns[name], *systems)
        with parquet_file(files[name]) as file:
            check_schema(file, table.schema(label is not None, systems[-1].population))
    own = {name: columns[name] for name in RECORDS}
    return StoredRecords(files, own, label, digests, replications=replications)


def columns_of(tables: Mapping[str, pd.DataFrame]) -> Mapping[str, Columns]:
    """The columns of each table with their categories."""
    if isinstance(tables, StoredRecords):
        return tables.columns
    return {
        name: {
            str(column): [*map(str, values.cat.categories)] if isinstance(values.dtype, pd.CategoricalDtype) else None
            for column, values in frame.items()
        }
        for name, frame in tables.items()
    }


def of_replication(tables: Mapping[str, pd.DataFrame], name: str, replication: int) -> pd.DataFrame:
    """The rows of one replication in a table of records."""
    if isinstance(tables, StoredRecords):
        return tables.of_replication(name, replication)
    return _of_frame(tables[name], replication)


def _of_frame(frame: pd.DataFrame, replication: int) -> pd.DataFrame:
    return frame[frame["replication"] == replication].reset_index(drop=True)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is replaced; None if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _may_hold(group: Any, wanted: Mapping[str, Any]) -> bool:
    """Whether a row group may hold rows with these values, by what its file says of it."""
    for position in range(group.num_columns):
        column = group.column(position)
        known = column.path_in_schema in wanted and column.is_stats_set and column.statistics.has_min_max
        if known and not column.statistics.min <= wanted[column.path_in_schema] <= column.statistics.max:
            return False
    return True


def _rows(table: Any, wanted: Mapping[str, Any]) -> Column | None:
    """The rows of a table that have these values; None for all."""
    wanted_rows = np.ones(table.num_rows, dtype=bool)
    for name, value in wanted.items():
        # By way of pandas: what is asked for may be a text or a number, in one of the types that Arrow has for them.
        wanted_rows &= (table.column(name).to_pandas() == value).to_numpy(dtype=bool)
    return None if wanted_rows.all() else np.flatnonzero(wanted_rows)
