"""A reading as the bytes of a file and back, exact to the bit and safe against damage.

A file is an Arrow IPC stream, which any Arrow library reads, and behind it the SHA-256 of the stream. The stream holds
one row whose cells are lists: one for each column of numbers or text of the reading, whatever their lengths. What the
reading is of stands in the metadata of the schema, as JSON.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.experiment.replications import Reading
from sim.experiment.table_checks import Kinds, holds, of_one_replication
from sim.experiment.tables import PRINTED, READINGS
from sim.model.records import TABLES, Facts, Records
from sim.vocabulary import Column

CHECKSUM_BYTES = hashlib.sha256().digest_size
METADATA = b"stepdown"

Label = dict[str, Any]
"""What a reading is of, as JSON knows it: lists, not tuples."""

PARTS: Mapping[str, Kinds] = {
    "metrics": of_one_replication(PRINTED["metrics"].columns),
    "groups": of_one_replication(READINGS["groups"].columns),
    "budget": of_one_replication(READINGS["budget"].columns),
    "occupancy": of_one_replication(READINGS["occupancy"].columns),
}

Cells = dict[str, "Column | list[str | None]"]


def pack(label: Label, reading: Reading) -> bytes:
    """The content of a file for this reading."""
    cells = {name: _cell(values) for name, values in _cells(reading).items()}
    table = pa.table(cells).replace_schema_metadata({METADATA: json.dumps(label)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content + hashlib.sha256(content).digest()


def intact(data: bytes) -> bool:
    """Whether the content of a file is as it was written, to the bit."""
    content, checksum = memoryview(data)[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    return hashlib.sha256(content).digest() == checksum


def label_of(data: bytes | BinaryIO) -> Label | None:
    """What a file is of; of an open one, without reading it whole. None if it does not say."""
    try:
        metadata = pa.ipc.open_stream(data).schema.metadata or {}
        label: Label = json.loads(metadata[METADATA])
    except (OSError, KeyError, TypeError, ValueError, RecursionError):  # Arrow has no error of its own for no stream.
        return None
    return label if isinstance(label, dict) else None


def unpack(data: bytes) -> Reading:
    """The reading in the content of an intact file. ValueError for what `pack` would not have made of any."""
    try:
        return _unpacked(data)
    except (OSError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
        raise ValueError(f"it holds no reading: {error!r:.200}") from None


def _unpacked(data: bytes) -> Reading:
    table = pa.ipc.open_stream(pa.py_buffer(data)).read_all()
    # Arrow trusts what a file says of itself, such as where in it a text begins.
    table.validate(full=True)
    if table.num_rows != 1:
        raise ValueError("it is not one row")
    parts: dict[str, Cells] = {}
    for name in table.column_names:
        part, _, column = name.partition("/")
        parts.setdefault(part, {})[column] = _values(table.column(name))
    for part, kinds in PARTS.items():
        if list(parts[part]) != list(kinds) or not all(holds(parts[part][name], kind) for name, kind in kinds.items()):
            raise ValueError(f"the columns of {part} are not what they should be")
    groups: dict[tuple[str, ...], dict[str, dict[str, float]]] = {}
    for by, group, metric, value in _rows(parts["groups"]):
        groups.setdefault(tuple(json.loads(by)), {}).setdefault(group, {})[metric] = value
    records = Records(*(_facts(parts, table) for table in TABLES)) if "patients" in parts else None
    return Reading(
        dict(_rows(parts["metrics"])),
        groups,
        # From rows, as it was made: so pandas infers the same types.
        pd.DataFrame(_rows(parts["budget"]), columns=list(parts["budget"])),
        {name: np.asarray(values, dtype=float) for name, values in parts.get("daily", {}).items()},
        pd.DataFrame(_rows(parts["occupancy"]), columns=list(parts["occupancy"])),
        records,
    )


def _cells(reading: Reading) -> Cells:
    """Every column of numbers or text in a reading, named part/column."""
    groups = [
        (json.dumps(attributes), group, metric, value)
        for attributes, of_groups in reading.groups.items()
        for group, numbers in of_groups.items()
        for metric, value in numbers.items()
    ]
    frames = {
        "metrics": pd.DataFrame(list(reading.metrics.items()), columns=["metric", "value"]),
        "groups": pd.DataFrame(groups, columns=["by", "group", "metric", "value"]),
        "budget": reading.budget,
        "occupancy": reading.occupancy,
    }
    cells = {
        f"{part}/{name}": _numbers_or_texts(values) for part, frame in frames.items() for name, values in frame.items()
    }
    cells.update({f"daily/{name}": values for name, values in reading.daily.items()})
    for table in TABLES if reading.records is not None else ():
        facts: Facts = getattr(reading.records, table)
        cells.update({f"{table}/{name}": values for name, values in facts.columns.items()})
        cells.update({f"{table}:categories/{name}": list(values) for name, values in facts.categories.items()})
    return cells


def _numbers_or_texts(values: "pd.Series[Any]") -> "Column | list[str | None]":
    """A column of a frame as an array of numbers or a list of text, None where it is missing."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy()
    return [None if pd.isna(value) else value for value in values]


def _cell(values: "Column | list[str | None]") -> Any:
    flat = pa.array(values, pa.string() if isinstance(values, list) else None)
    return pa.ListArray.from_arrays([0, len(flat)], flat)


def _values(column: Any) -> "Column | list[str | None]":
    flat = column.chunk(0).values
    if pa.types.is_string(flat.type):
        texts: list[str | None] = flat.to_pylist()
        return texts
    numbers: Column = flat.to_numpy(zero_copy_only=False)
    return numbers


def _rows(cells: Cells) -> Iterable[tuple[Any, ...]]:
    columns = (values if isinstance(values, list) else values.tolist() for values in cells.values())
    return list(zip(*columns, strict=True))


def _facts(parts: Mapping[str, Cells], table: str) -> Facts:
    columns = {name: values for name, values in parts[table].items() if not isinstance(values, list)}
    categories = parts.get(f"{table}:categories", {})
    return Facts(columns, {name: tuple(str(value) for value in values) for name, values in categories.items()})
