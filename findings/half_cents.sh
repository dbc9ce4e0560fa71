#!/usr/bin/env bash
# A price of 12.345 is 12.35 in Python and DuckDB and 12.34 in numpy, pandas, polars, pyarrow and compiled by numba.
#
# Versions:  numpy 2.4.6, pandas 3.1.1, polars 2.1.0, pyarrow 26.0.1, duckdb 2.0.1, numba 0.68.1
# Expected:  one number rounded to cents is one number; round(x, 2) compiled by numba is that of Python
# Behaviour: Python rounds the number that the computer has, which is a little above or below half a cent. numpy, pandas,
#            polars, pyarrow and numba's own round multiply by 100 first, and then take the even cent of a half. DuckDB
#            does as Python, but rounds true halves away from zero; so it does with every half cent of a decimal, where
#            polars takes the even cent. Two programs of one team differ by a cent in many bills, and in one case in the sum
# Seen:      2026-11-29: of the 10,000 prices 0.005, 0.015 ... 99.995 numpy, pandas, polars, pyarrow and numba round 4227
#            unlike Python, DuckDB 200, DuckDB's decimals 5000, those of polars 4800; the sum is 500,050.00 of DuckDB's
#            decimals, 500,002.00 of its floats, and 500,000.00 or .01 of all others
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'numpy==2.4.6' 'pandas==3.1.1' 'polars==2.1.0' 'pyarrow==26.0.1' 'duckdb==2.0.1' 'numba==0.68.1'
cd "$work"
cat >cents.py <<'PY'
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit


def cents(price):
    return round(price, 2)


prices = [mills / 1000 for mills in range(5, 100_000, 10)]
frame = pd.DataFrame({"price": prices})
compiled = njit(cents)
python = [cents(price) for price in prices]
rounded = {
    "numpy": np.round(prices, 2).tolist(),
    "pandas": frame["price"].round(2).tolist(),
    "polars": pl.Series(prices).round(2).to_list(),
    "pyarrow": pc.round(pa.array(prices), 2).to_pylist(),
    "numba": [compiled(price) for price in prices],
    "DuckDB": [row[0] for row in duckdb.sql("select round(price, 2) from frame").fetchall()],
    "DuckDB, decimal": [
        float(row[0]) for row in duckdb.sql("select round(price::decimal(9, 3), 2) from frame").fetchall()
    ],
    "polars, decimal": [float(price) for price in pl.Series(prices).cast(pl.Decimal(9, 3)).round(2)],
}
others = {name: sum(map(float.__ne__, values, python)) for name, values in rounded.items()}
at = prices.index(12.345)
sums = {name: round(sum(values), 2) for name, values in {"Python": python, **rounded}.items()}

print("expected:  one price in cents, whoever rounds")
print("behaviour: half cents go by the number stored, to the even cent, or away from zero")
print("seen:      12.345 is", python[at], "in Python")
for name, each in rounded.items():
    print(f"           and {each[at]} in {name}, with {others[name]} of {len(prices)} unlike Python's, sum {sums[name]:.2f}")
if list(others.values()) != [4227, 4227, 4227, 4227, 4227, 200, 5000, 4800]:
    sys.exit("changed: another count")
if [sums[name] for name in ("Python", "DuckDB", "DuckDB, decimal")] != [500000.0, 500002.0, 500050.0]:
    sys.exit("changed: other sums")
PY
"$work/venv/bin/python" cents.py
echo "holds: half cents are rounded in three ways by Python, by numpy and its like, and by DuckDB"
