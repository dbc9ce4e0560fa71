#!/usr/bin/env bash
# Patient numbers kept in a pandas index are in the Parquet file or not, depending on which rows were kept.
#
# Versions:  pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.1
# Expected:  a named index is a column of the file for every reader, as it is after any filter that leaves
#            irregular numbers
# Behaviour: an index that pandas can write as a range is kept only in metadata of its own: all other readers
#            lose the patient. Regular filters (every second row) lose it too, irregular ones keep it, so the
#            columns of the file depend on the data
# Seen:      2026-11-28: 1, 2, 3 and 1, 3: columns ['cost']; 1, 2, 4: columns ['cost', 'patient']
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

costs = pd.DataFrame({"cost": [5.0, 6.0, 7.0, 8.0]}, index=pd.RangeIndex(1, 5, name="patient"))
seen = {}
for label, kept in (("1, 2, 3", costs[:3]), ("1, 3", costs[::2]), ("1, 2, 4", costs.iloc[[0, 1, 3]])):
    kept.to_parquet("costs.parquet")
    seen[label] = (pl.read_parquet("costs.parquet").columns, duckdb.read_parquet("costs.parquet").columns)

print("version:  ", *(f"{p} {version(p)}" for p in ("pandas", "pyarrow", "polars", "duckdb")))
print("expected:  the columns cost and patient in all three files")
print("behaviour: a range of numbers is written as metadata that only pandas reads")
print("seen:      (polars, duckdb) by the patients kept:", seen)
lost, kept = (["cost"], ["cost"]), (["cost", "patient"], ["cost", "patient"])
if list(seen.values()) != [lost, lost, kept]:
    sys.exit("changed: the index is written otherwise")
print("holds: the patient is lost for ranges and kept for irregular numbers")
PY
