"""A reading as the bytes of a file and back, exact to the bit and safe against damage.

A file is an Arrow IPC stream, which any Arrow library reads, and behind it the SHA-256 of the stream. The stream holds
one row whose cells are lists: one for each column of numbers or text of the reading, whatever their lengths. What the
reading is of stands in the metadata of the schema, as JSON.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from sim.experiment.replications import Reading
from sim.experiment.table_checks import Kinds, holds, of_one_replication
from sim.experiment.tables import PRINTED, READINGS, TEXT
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
    cells = _cells(reading)
    table = pa.Table.from_arrays(list(map(_cell, cells.values())), list(cells))
    table = table.replace_schema_metadata({METADATA: json.dumps(label)})
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
        _rows(parts["budget"]),
        {name: np.asarray(values, dtype=float) for name, values in parts.get("daily", {}).items()},
        _rows(parts["occupancy"]),
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
    rows = {
        "metrics": reading.metrics.items(),
        "groups": groups,
        "budget": reading.budget,
        "occupancy": reading.occupancy,
    }
    cells = {
        f"{part}/{name}": _column([row[at] for row in rows[part]], kind)
        for part, kinds in PARTS.items()
        for at, (name, kind) in enumerate(kinds.items())
    }
    cells.update({f"daily/{name}": values for name, values in reading.daily.items()})
    for table in TABLES if reading.records is not None else ():
        facts: Facts = getattr(reading.records, table)
        cells.update({f"{table}/{name}": values for name, values in facts.columns.items()})
        cells.update({f"{table}:categories/{name}": list(values) for name, values in facts.categories.items()})
    return cells


def _column(values: list[Any], kind: Any) -> "Column | list[str | None]":
    """A column of rows as an array of numbers or a list of text, None where it is missing."""
    return values if kind == TEXT else np.array(values, dtype=kind.to_pandas_dtype())


def _cell(values: "Column | list[str | None]") -> Any:
    ends = _array(np.array([0, len(values)], dtype=np.int32))
    return pa.ListArray.from_arrays(ends, _array(values))


def _array(values: "Column | list[str | None]") -> Any:
    """What `pa.array` gives, which would load pandas in every worker, to ask it about the values."""
    if not isinstance(values, list):
        bits = np.packbits(values, bitorder="little") if values.dtype == bool else np.ascontiguousarray(values)
        return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(bits)])
    texts = [(value or "").encode() for value in values]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    present = np.packbits([value is not None for value in values], bitorder="little") if None in values else None
    mask = None if present is None else pa.py_buffer(present)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)), mask)


def _values(column: Any) -> "Column | list[str | None]":
    flat = column.chunk(0).values
    if pa.types.is_string(flat.type):
        texts: list[str | None] = flat.to_pylist()
        return texts
    numbers: Column = flat.to_numpy(zero_copy_only=False)
    return numbers


def _rows(cells: Cells) -> list[tuple[Any, ...]]:
    columns = (values if isinstance(values, list) else values.tolist() for values in cells.values())
    return list(zip(*columns, strict=True))


def _facts(parts: Mapping[str, Cells], table: str) -> Facts:
    columns = {name: values for name, values in parts[table].items() if not isinstance(values, list)}
    categories = parts.get(f"{table}:categories", {})
    return Facts(columns, {name: tuple(str(value) for value in values) for name, values in categories.items()})
