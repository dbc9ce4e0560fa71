#!/usr/bin/env bash
# An all-missing text column becomes Parquet type null, and then the files of a study cannot be read together.
#
# Versions:  pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.1
# Expected:  a column of reasons that happens to be empty in one file is a text column like that of the next
#            file
# Behaviour: pandas writes an object column of None as type null; each of four readers fails when that file
#            comes first and reads well when it comes second, so whether a folder can be read depends on the
#            names of its files
# Seen:      2026-11-28: pandas, pyarrow: ArrowNotImplementedError; polars: SchemaError; duckdb:
#            ConversionException; all four read the other order
# Upstream:  issue 55731 of pandas, open
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pandas==3.1.1' 'pyarrow==26.0.1' 'polars==2.1.0' 'duckdb==2.0.1'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds

pd.DataFrame({"days": [3.0], "reason": [None]}).to_parquet("empty.parquet")
pd.DataFrame({"days": [5.0], "reason": ["left early"]}).to_parquet("full.parquet")
readers = {
    "pandas": lambda files: pd.read_parquet(files),
    "pyarrow": lambda files: ds.dataset(files).to_table(),
    "polars": lambda files: pl.read_parquet(files),
    "duckdb": lambda files: duckdb.read_parquet(files).fetchall(),
}


def outcome(read, files):
    """The name of the error of a reader, or that it read the files."""
    try:
        return f"read {len(read(files))} rows"
    except Exception as error:
        return type(error).__name__


seen = {n: (outcome(r, ["empty.parquet", "full.parquet"]), outcome(r, ["full.parquet", "empty.parquet"]))
        for n, r in readers.items()}
print("version:  ", *(f"{p} {version(p)}" for p in ("pandas", "pyarrow", "polars", "duckdb")))
print("expected:  two rows from every reader, in either order")
print("behaviour: an error when the file with the empty column is the first")
print("seen:     ", seen)
if not all(first[:4] != "read" and second == "read 2 rows" for first, second in seen.values()):
    sys.exit("changed: a reader takes the files in another way")
print("holds: four readers fail with the empty file first and read both with it second")
PY
