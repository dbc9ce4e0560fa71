"""Every table that is saved, with its columns: the one place that says what a table looks like, however empty it is.

Whoever writes a table goes through `arrow_table`, so that the tables of all studies have the same columns of the same
types in the same order, and any reader may put two studies under each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from sim.files.regular_files import open_regular
from sim.model.records import TABLES, Facts

if TYPE_CHECKING:
    import pandas as pd

WHOLE, PERSON, NUMBER, TRUTH, TEXT = pa.int64(), pa.int32(), pa.float64(), pa.bool_(), pa.string()
CATEGORY = pa.dictionary(pa.int32(), pa.string())
"""One of few words. Of one type whatever the words are: those of a study are in its manifest."""

SCENARIO = "scenario"
"""The column that tells the scenarios of a comparison apart; a single run has none."""


@dataclass(frozen=True)
class TableKind:
    """One kind of table.

    columns: name -> type. label: where the column `scenario` goes in a comparison; None where it is among the columns
    already, or the rows are of no single scenario. attributes: whether a CATEGORY for each attribute of the population
    comes behind the columns.
    """

    columns: Mapping[str, Any]
    label: Literal["first", "last"] | None = None
    attributes: bool = False

    def schema(self, labelled: bool = False, attributes: Iterable[str] = ()) -> Any:
        """The columns as a pyarrow schema. labelled: of a comparison."""
        columns = {**self.columns, **(dict.fromkeys(attributes, CATEGORY) if self.attributes else {})}
        if labelled and self.label == "first":
            columns = {SCENARIO: TEXT, **columns}
        if labelled and self.label == "last":
            columns = {**columns, SCENARIO: TEXT}
        return pa.schema(columns)


def _numbers(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, NUMBER)


_INTERVAL = _numbers("ci_low", "ci_high")
_CHANGE = _numbers("difference", "difference_low", "difference_high")

_DRAWN = _numbers("inputs_low", "inputs_high", "simulation_low", "simulation_high")
"""Both intervals, where inputs were varied."""
_ENDS_OF_DRAWS = _numbers("inputs_low_error", "inputs_high_error")
"""How well the first of them is known, as standard errors."""

_BUDGET = {
    "month": TEXT,
    "days": NUMBER,
    "level": TEXT,
    "category": TEXT,
    "fixed": TRUTH,
    "payer": TEXT,
    "amount": NUMBER,
}

READINGS = {
    "groups": TableKind({"replication": WHOLE, "by": TEXT, "group": TEXT, "metric": TEXT, "value": NUMBER}, "last"),
    "budget": TableKind({"replication": WHOLE, **_BUDGET}, "last"),
    "daily": TableKind({"metric": TEXT, "day": WHOLE, "mean": NUMBER, "sd": NUMBER}, "last"),
    "occupancy": TableKind(
        {"replication": WHOLE, "place": TEXT, "in_use": WHOLE, "days": NUMBER, "asks": WHOLE}, "last"
    ),
}
"""What a result holds beside its metrics, as it was read off the replications; by the name that `Result` gives it."""

_OF_KIND = {"patient": PERSON, "count": PERSON, "time": NUMBER, "number": NUMBER, "flag": TRUTH}

RECORDS = {
    name: TableKind(
        {"replication": WHOLE, **{column: _OF_KIND.get(kind, CATEGORY) for column, kind in columns.items()}},
        label="last",
        attributes=name == "patients",
    )
    for name, columns in TABLES.items()
}
"""The records of patients: the tables of `sim.model.records`, behind the number of the replication."""

PRINTED = {
    "metrics": TableKind({"replication": WHOLE, "metric": TEXT, "value": NUMBER}, "first"),
    "summary": TableKind(
        {"metric": TEXT, "unit": TEXT, "mean": NUMBER, "sd": NUMBER, **_INTERVAL, "replications": WHOLE}, "first"
    ),
    "budget": TableKind({**_BUDGET, **_INTERVAL, **_CHANGE}, "first"),
    "equity": TableKind(
        {
            "by": TEXT,
            "group": TEXT,
            "metric": TEXT,
            "mean": NUMBER,
            **_INTERVAL,
            "replications": WHOLE,
            "mean_of_draws": NUMBER,
            **_DRAWN,
            **_ENDS_OF_DRAWS,
        },
        "first",
    ),
    "occupancy": TableKind(
        {
            "place": TEXT,
            "in_use": WHOLE,
            **_numbers("share_of_time", "share_of_time_low", "share_of_time_high"),
            **_numbers("found", "found_low", "found_high"),
            "replications": WHOLE,
        },
        "first",
    ),
    "differences": TableKind(
        {
            "metric": TEXT,
            "scenario": TEXT,
            "against": TEXT,
            **_numbers("baseline", "mean", "difference", "ci_low", "ci_high", "p_value", "p_adjusted"),
            **_numbers("correlation", "variance_reduction"),
            "replications": WHOLE,
            "family": TEXT,
            "defined_by": TEXT,
            "events_apart": NUMBER,
            "difference_of_draws": NUMBER,
            **_DRAWN,
            **_numbers("higher_in", "better_in"),
            **_ENDS_OF_DRAWS,
            **_numbers("higher_low", "higher_high", "better_low", "better_high", "share_error"),
        }
    ),
    "cost_effectiveness": TableKind(
        {
            "view": TEXT,
            "years": NUMBER,
            "perspective": TEXT,
            "effect_unit": TEXT,
            "strategy": TEXT,
            "cost": NUMBER,
            "effect": NUMBER,
            **_numbers("incremental_cost", "incremental_cost_low", "incremental_cost_high"),
            **_numbers("incremental_effect", "incremental_effect_low", "incremental_effect_high"),
            **_numbers("icer", "icer_low", "icer_high"),
            "status": TEXT,
            "note": TEXT,
        }
    ),
    "net_benefit": TableKind(
        {
            "strategy": TEXT,
            "threshold": NUMBER,
            "net_benefit": NUMBER,
            **_INTERVAL,
            **_CHANGE,
            "best": TRUTH,
            "probability_best": NUMBER,
            "perspective": TEXT,
            "view": TEXT,
            "years": NUMBER,
        }
    ),
    "gaps": TableKind(
        {
            "scenario": TEXT,
            "by": TEXT,
            "metric": TEXT,
            "group": TEXT,
            "reference": TEXT,
            **_numbers("gap_baseline", "gap_baseline_low", "gap_baseline_high", "gap", "gap_low", "gap_high"),
            **_numbers("change", "ci_low", "ci_high", "p_value", "p_adjusted"),
            "replications": WHOLE,
            "verdict": TEXT,
            "family": TEXT,
            "change_of_draws": NUMBER,
            **_DRAWN,
            "wider_in": NUMBER,
            **_ENDS_OF_DRAWS,
            **_numbers("wider_low", "wider_high", "share_error"),
        }
    ),
}
"""Tables that are computed from the metrics and readings, for people and spreadsheets."""


def arrow_table(frame: "pd.DataFrame", schema: Any) -> Any:
    """A frame as a pyarrow table of this schema; ValueError unless it has just these columns, in any order."""
    if set(frame.columns) != set(schema.names):
        different = sorted(set(map(str, frame.columns)) ^ set(schema.names))
        raise ValueError(f"the table is not as it is registered: {', '.join(different)}")
    columns = [_column(frame[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def typed(frame: "pd.DataFrame", table: TableKind) -> "pd.DataFrame":
    """A frame with the types that the table has, whatever was inferred from its rows, if there were any."""
    converted: pd.DataFrame = arrow_table(frame, table.schema()).to_pandas()
    return converted


@contextmanager
def parquet_file(path: Path, about: Any = None) -> Iterator[Any]:
    """A Parquet file to be read, which may be any file. about: its metadata, if they were read before.

    Raises OSError, and ValueError, which names the file, for whatever is wrong while this lasts.
    """
    from pyarrow.parquet import ParquetFile

    try:
        with open_regular(path) as handle:
            yield ParquetFile(handle, metadata=about)
    except (ValueError, TypeError, LookupError, OverflowError, MemoryError, pa.ArrowException) as error:
        raise ValueError(f"{path.name}: {error}") from error


def check_schema(file: Any, schema: Any) -> None:
    """ValueError unless a Parquet file has these columns, and values of whichever types that ours can be read from.

    Earlier versions, and other programs, have several types for the same.
    """
    stored, rows = file.schema_arrow, file.metadata.num_rows
    lacking = set(schema.names) - set(stored.names)
    if lacking:
        raise ValueError(f"it lacks the columns {', '.join(sorted(lacking))}")
    for field in schema:
        if stored.names.count(field.name) > 1:
            raise ValueError(f"it has the column {field.name} twice")
        if not _can_be(stored.field(field.name).type, field.type, rows):
            raise ValueError(f"its column {field.name} does not hold what it should")


def read_table(path: Path, table: TableKind, labelled: bool) -> "pd.DataFrame":
    """A table from its Parquet file. Raises OSError and ValueError when it cannot be read, or is not like this one."""
    schema = table.schema(labelled)
    with parquet_file(path) as file:
        check_schema(file, schema)
        stored = file.read(columns=schema.names).replace_schema_metadata(None).select(schema.names).cast(schema)
        for field in schema:
            _check_complete(stored.column(field.name), field.type)
        frame: pd.DataFrame = stored.to_pandas()
    return frame


def facts_table(facts: Facts, number: int, table: TableKind) -> Any:
    """Facts of one replication of this number as a pyarrow table, codes as categories."""
    schema = table.schema(attributes=_attributes(table, facts.columns))
    columns = []
    for field in schema:
        if field.name == "replication":
            columns.append(pa.repeat(pa.scalar(number, field.type), len(facts)))
        elif field.name in facts.categories:
            columns.append(_coded(facts[field.name], facts.categories[field.name]))
        else:
            columns.append(pa.array(facts[field.name], field.type, from_pandas=True))
    return pa.Table.from_arrays(columns, schema=schema)


def values_of(column: Any, kind: Any, words: Sequence[str] | None = None) -> Any:
    """A column of a pyarrow table as pandas holds it. kind: its type in the registry. words: a CATEGORY's categories.

    Raises ValueError for another word than these, and for another type that the values do not fit.
    """
    import pandas as pd

    _check_complete(column, kind)
    if kind != CATEGORY:
        values = column.cast(kind).to_numpy()
        return values if values.flags.writeable else values.copy()
    words = list(words or ())
    known = {word: code for code, word in enumerate(words)}
    codes = []
    for chunk in column.chunks:
        coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.cast(TEXT).dictionary_encode()
        # Missing ones point to the last place; words that are none, before it is known whether they are used, to -2.
        lookup = np.array([*(known.get(word, -2) for word in coded.dictionary.to_pylist()), -1])
        codes.append(lookup[coded.indices.fill_null(len(lookup) - 1).to_numpy(zero_copy_only=False)])
    all_codes = np.concatenate([np.zeros(0, dtype=np.int64), *codes])
    if np.any(all_codes == -2):
        raise ValueError("it holds words that are none of its categories")
    return pd.Categorical.from_codes(all_codes, words)  # type: ignore[call-overload]


def _can_be(stored: Any, wanted: Any, rows: int) -> bool:
    """Whether values of a type in a file may be of the wanted one; types of columns without values tell nothing."""
    words = wanted in (CATEGORY, TEXT)
    values = stored.value_type if words and pa.types.is_dictionary(stored) else stored
    if pa.types.is_null(values):
        return words or not rows
    if words:
        return bool(pa.types.is_string(values) or pa.types.is_large_string(values))
    if wanted == TRUTH:
        return bool(pa.types.is_boolean(values))
    return bool(pa.types.is_integer(values) or (wanted == NUMBER and pa.types.is_floating(values)))


def _check_complete(column: Any, kind: Any) -> None:
    if kind in (WHOLE, PERSON, TRUTH) and column.null_count:
        raise ValueError("it lacks values where there must be some")


def _attributes(table: TableKind, columns: Iterable[str]) -> list[str]:
    return [name for name in columns if name not in table.columns] if table.attributes else []


def _column(values: "pd.Series[Any]", kind: Any) -> Any:
    import pandas as pd

    if kind != CATEGORY:
        return pa.array(values, kind, from_pandas=True)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _coded(values.cat.codes.to_numpy(), [str(word) for word in values.cat.categories])
    return pa.array(values, TEXT, from_pandas=True).dictionary_encode()


def _coded(codes: Any, words: Sequence[str]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes < 0), pa.array(words, TEXT))
