#!/usr/bin/env bash
# DuckDB reads durations in Parquet as bare integers whose unit depends on the version of pandas that wrote them.
#
# Versions:  pandas 2.3.3 and 3.1.1, pyarrow 26.0.1, duckdb 2.0.1
# Expected:  an INTERVAL, as DuckDB makes of the same column of a data frame in memory, or a type that tells
#            the unit
# Behaviour: Parquet has no type for durations; the unit is only in metadata that DuckDB does not read, so a
#            stay of one day is 86400000000000 in a file of pandas 2 and 86400000000 in one of pandas 3: a
#            mean over old and new files is off by 1000 in silence. The other way round, pandas reads an
#            INTERVAL of DuckDB as 12 raw bytes
# Seen:      2026-11-28: BIGINT 86400000000000 (pandas 2.3.3), BIGINT 86400000000 (pandas 3.1.1), in memory
#            INTERVAL
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pandas==2.3.3' 'pyarrow==26.0.1' 'duckdb==2.0.1'
cd "$work"
cat >stays.py <<'PY'
import sys
from importlib.metadata import version

import duckdb
import pandas as pd

stays = pd.DataFrame({"stay": pd.to_timedelta(["1 day"])})
stays.to_parquet("stays.parquet")
duckdb.register("stays", stays)
kind, value = duckdb.sql("select typeof(stay), stay from 'stays.parquet'").fetchall()[0]
memory = duckdb.sql("select typeof(stay) from stays").fetchall()[0][0]
duckdb.sql("copy (select interval 36 hour as stay) to 'interval.parquet'")
raw = pd.read_parquet("interval.parquet")["stay"][0]
wanted = 86_400_000_000_000 if version("pandas").startswith("2.") else 86_400_000_000

print("version:   pandas", version("pandas"), "pyarrow", version("pyarrow"), "duckdb", version("duckdb"))
print("expected:  INTERVAL 1 day")
print("behaviour: an integer without a unit, 1000 times larger from pandas 2 than from pandas 3")
print("seen:      from the file", kind, value, "| from memory", memory, "| an INTERVAL in pandas:", type(raw).__name__)
if not (kind == "BIGINT" and value == wanted and memory == "INTERVAL" and isinstance(raw, bytes)):
    sys.exit("changed: durations are read otherwise")
PY
"$work/venv/bin/python" stays.py
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'pandas==3.1.1'
"$work/venv/bin/python" stays.py
echo "holds: one day is the integer 86400000000000 from pandas 2 and 86400000000 from pandas 3"
