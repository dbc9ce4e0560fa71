#!/usr/bin/env bash
# With rustxes installed, pm4py writes XES dates of 2026 as dates of January 1970.
#
# Versions:  pm4py 2.7.23.11 without and with rustxes 0.2.11, pandas 3.1.1
# Expected:  the dates of the log in the file, whichever optional packages there are
# Behaviour: pandas 3 keeps microseconds where pandas 2 kept nanoseconds; with rustxes in the environment
#            write_xes comes out a factor of 1000 too small, in the file itself: a stay of two days becomes
#            173 seconds in 1970
# Seen:      2026-11-28: 2026-01-01T10:00 is written as 1970-01-21T10:54:21.600; two days read back as 172.8
#            seconds
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pm4py==2.7.23.11' 'pandas==3.1.1'
cd "$work"
cat >write.py <<'PY'
import sys
from importlib.metadata import PackageNotFoundError, version

import pandas as pd
import pm4py

times = pd.to_datetime(["2026-01-01T10:00:00", "2026-01-03T10:00:00"], utc=True)
log = pd.DataFrame({"case:concept:name": ["a", "a"], "concept:name": ["admit", "leave"], "time:timestamp": times})
pm4py.write_xes(log, "log.xes")
text = open("log.xes", encoding="utf-8").read()
try:
    writer, wanted = "with rustxes " + version("rustxes"), "1970-01-21T10:54:21"
except PackageNotFoundError:
    writer, wanted = "alone", "2026-01-01T10:00:00"
start = text.index('key="time:timestamp" value="') + len('key="time:timestamp" value="')
print("version:   pm4py", version("pm4py"), writer, "pandas", version("pandas"))
print("expected:  the first event at 2026-01-01T10:00:00")
print("behaviour: right alone, a factor of 1000 too small with rustxes")
print("seen:      the file says", text[start:start + 19])
if text[start:start + 19] != wanted:
    sys.exit("changed: other dates are written")
PY
"$work/venv/bin/python" write.py
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'rustxes==0.2.11'
"$work/venv/bin/python" write.py
echo "holds: the same call writes 2026 without rustxes and 1970 with it"
