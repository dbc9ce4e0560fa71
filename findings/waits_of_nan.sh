#!/usr/bin/env bash
# People without a wait count as waiting more than 30 days in DuckDB and polars, and not in pandas and pyarrow.
#
# Versions:  duckdb 2.0.1, polars 2.1.0, pandas 2.3.3, pyarrow 26.0.1, numpy 2.4.6
# Expected:  of the waits 2, 40, NaN and NaN one is above 30, whoever counts; a comparison with NaN is false (IEEE 754)
# Behaviour: DuckDB and polars take NaN as above every number, so a filter "wait > 30" keeps those who never waited.
#            The same query on the same numbers gives 1 from a pandas frame and 3 from Parquet that keeps NaN as NaN
#            (numpy through pyarrow or polars), because only frames of pandas come in as nulls. Meanwhile polars'
#            maximum leaves NaN out, so three waits are above 30 and the longest is 40
# Seen:      2026-11-28: pandas 1, pyarrow 1, polars 3, DuckDB 1 from pandas, 3 from Parquet; longest in polars 40
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'duckdb==2.0.1' 'polars==2.1.0' 'pandas==2.3.3' 'pyarrow==26.0.1' 'numpy==2.4.6'
cd "$work"
cat >waits.py <<'PY'
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

days = np.array([2.0, 40.0, np.nan, np.nan])
frame = pd.DataFrame({"wait": days})
arrow = pa.table({"wait": days})
pq.write_table(arrow, "waits.parquet")
polars = pl.DataFrame({"wait": days})

above = {
    "pandas": int((frame["wait"] > 30).sum()),
    "pyarrow": pc.sum(pc.greater(arrow["wait"], 30)).as_py(),
    "polars": polars.filter(pl.col("wait") > 30).height,
    "DuckDB from pandas": duckdb.sql("select count(*) from frame where wait > 30").fetchall()[0][0],
    "DuckDB from Parquet": duckdb.sql("select count(*) from 'waits.parquet' where wait > 30").fetchall()[0][0],
}
longest = polars["wait"].max()

print("expected:  1 of the waits 2, 40, NaN, NaN is above 30 days")
print("behaviour: NaN is above every number in DuckDB and polars; polars' maximum leaves it out")
print("seen:     ", ", ".join(f"{name} {count}" for name, count in above.items()), "and the longest in polars", longest)
if list(above.values()) != [1, 1, 3, 1, 3] or longest != 40:
    sys.exit("changed: another count")
PY
"$work/venv/bin/python" waits.py
echo "holds: 3 of 4 waits are above 30 days in polars 2.1.0 and in DuckDB 2.0.1 from Parquet"
