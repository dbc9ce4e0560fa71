#!/usr/bin/env bash
# Lengths of stay in whole days are microseconds in pandas 3, and nanoseconds as soon as one of them is a half day.
#
# Versions:  pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.1
# Expected:  to_timedelta(days, unit="D") has one type, whatever the days are, so that one conversion to numbers serves
#            all stays and the files of two replications are read together
# Behaviour: whole numbers give timedelta64[us], numbers with a fraction timedelta64[ns]. astype("int64") / 86.4e12, right
#            for one column, makes of 3 days 0.003 in the next; of two Parquet files polars refuses the pair, and DuckDB,
#            which reads bare integers, takes a mean over both units in silence
# Seen:      2026-11-29: [3, 10] timedelta64[us], [3.5, 10] timedelta64[ns]; days by astype: 0.003 and 3.5; polars:
#            SchemaError; DuckDB's mean of the stays 3, 10, 3.5 and 10 days as nanoseconds: 3.378 days instead of 6.625
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pandas==3.1.1' 'pyarrow==26.0.1' 'polars==2.1.0' 'duckdb==2.0.1'
cd "$work"
cat >stays.py <<'PY'
import sys

import duckdb
import pandas as pd
import polars as pl

A_DAY = 86_400_000_000_000
files, units, firsts = [], [], []
for replication, days in enumerate(([3, 10], [3.5, 10])):
    stay = pd.Series(pd.to_timedelta(days, unit="D"))
    units.append(str(stay.dtype))
    firsts.append(float(stay.astype("int64")[0] / A_DAY))
    files.append(f"stays_{replication}.parquet")
    pd.DataFrame({"stay": stay}).to_parquet(files[-1])
together = pd.read_parquet(files)["stay"].mean() / pd.Timedelta(days=1)
silent = duckdb.sql(f"select avg(stay) from read_parquet({files})").fetchall()[0][0] / A_DAY
try:
    polars = str(pl.read_parquet(files)["stay"].mean())
except pl.exceptions.SchemaError:
    polars = "SchemaError"

print("version:   pandas", pd.__version__, "polars", pl.__version__, "duckdb", duckdb.__version__)
print("expected:  one unit; the first stays are 3 and 3.5 days; the mean over both files is", together, "days")
print("behaviour: the unit follows the values")
print("seen:     ", units, firsts, "| polars:", polars, "| DuckDB's mean in days:", round(silent, 3))
if not (
    units == ["timedelta64[us]", "timedelta64[ns]"]
    and firsts == [0.003, 3.5]
    and together == 6.625
    and polars == "SchemaError"
    and round(silent, 3) == 3.378
):
    sys.exit("changed: the unit of a duration no longer follows its values, or its readers agree")
PY
"$work/venv/bin/python" stays.py
echo "holds: whole days are microseconds, days with a fraction nanoseconds"
