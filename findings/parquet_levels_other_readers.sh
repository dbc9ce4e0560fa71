#!/usr/bin/env bash
# DuckDB sorts ordered levels rightly from memory and wrongly from Parquet; polars drops the order.
#
# Versions:  pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.1
# Expected:  one query over one table gives one answer, whether the table is in memory or in its Parquet file
# Behaviour: DuckDB makes an ENUM of a data frame's ordered column and sorts by level, but reads text from
#            the Parquet file and sorts by letter; polars takes the column as a plain category, sorts by
#            letter and gives back the levels by first appearance, unordered
# Seen:      2026-11-28: duckdb maximum high from memory and mid from the file; polars maximum mid; back in
#            pandas ['high', 'low', 'mid'], ordered False
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

risk = pd.Categorical(["high", "low", "mid"], categories=["low", "mid", "high"], ordered=True)
table = pd.DataFrame({"risk": risk})
table.to_parquet("risk.parquet")
duckdb.register("people", table)
memory = duckdb.sql("select max(risk)::varchar from people").fetchall()[0][0]
file = duckdb.sql("select max(risk)::varchar from 'risk.parquet'").fetchall()[0][0]
polars = pl.read_parquet("risk.parquet")["risk"].max()
back = pl.from_pandas(table).to_pandas()["risk"]

print("version:  ", *(f"{p} {version(p)}" for p in ("pandas", "pyarrow", "polars", "duckdb")))
print("expected:  the highest level is high everywhere, and the levels survive")
print("behaviour: by level from memory in DuckDB, by letter from the file and in polars")
print("seen:      duckdb memory", memory, "| duckdb file", file, "| polars", polars, "| back in pandas",
      list(back.cat.categories), "ordered", back.cat.ordered)
if not ((memory, file, polars) == ("high", "mid", "mid") and not back.cat.ordered):
    sys.exit("changed: the order of levels is read otherwise")
print("holds: the same maximum is high in memory and mid from the file, and polars drops the order")
PY
