#!/usr/bin/env bash
# In one query over two CSV files DuckDB reads the date 05/04/2026 as 5 April in one and as 4 May in the other.
#
# Versions:  duckdb 2.0.1, pandas 3.1.1, polars 2.1.0
# Expected:  one column has one date format in one query; where the rows of a file do not tell which, a warning, or the
#            format of those files that do
# Behaviour: with union_by_name, as one reads the exports of several months whose columns differ, the format is guessed
#            for each file by itself: a file that happens to hold no day after the 12th is read as day/month, its
#            neighbour as month/day. Of the undecided file by itself, DuckDB and polars make day/month, pandas month/day
# Seen:      2026-11-29: admissions on 05/04/2026 are 2026-04-05 (first.csv) and 2026-05-04 (second.csv) in one result
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'duckdb==2.0.1' 'pandas==3.1.1' 'polars==2.1.0'
cd "$work"
cat >first.csv <<'CSV'
patient,admitted
1,03/04/2026
2,05/04/2026
CSV
cat >second.csv <<'CSV'
patient,admitted,payer
3,03/13/2026,county
4,05/04/2026,county
CSV
cat >dates.py <<'PY'
import sys

import duckdb
import pandas as pd
import polars as pl

both = "['first.csv', 'second.csv']"
rows = duckdb.sql(f"select patient, admitted from read_csv({both}, union_by_name = true) order by patient").fetchall()
dates = {patient: str(admitted) for patient, admitted in rows}
alone = {
    "duckdb": str(duckdb.sql("select admitted from 'first.csv' where patient = 2").fetchall()[0][0]),
    "polars": str(pl.read_csv("first.csv", try_parse_dates=True)["admitted"][1]),
    "pandas": str(pd.read_csv("first.csv", parse_dates=["admitted"])["admitted"][1].date()),
}

print("version:   duckdb", duckdb.__version__, "pandas", pd.__version__, "polars", pl.__version__)
print("expected:  patients 2 and 4, both with 05/04/2026, on one day")
print("behaviour: each file has a format of its own")
print("seen:      patient 2", dates[2], "| patient 4", dates[4], "| first.csv alone:", alone)
if not (
    dates == {1: "2026-04-03", 2: "2026-04-05", 3: "2026-03-13", 4: "2026-05-04"}
    and alone == {"duckdb": "2026-04-05", "polars": "2026-04-05", "pandas": "2026-05-04"}
):
    sys.exit("changed: dates of two files are read by one format, or the readers agree")
PY
"$work/venv/bin/python" dates.py
echo "holds: 05/04/2026 is 5 April in one file and 4 May in the other"
