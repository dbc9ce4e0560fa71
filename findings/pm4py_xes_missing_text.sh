#!/usr/bin/env bash
# pm4py writes a missing text attribute into XES as the number nan.
#
# Versions:  pm4py 2.7.23.11, pandas 3.1.1
# Expected:  an attribute that is missing is left out of the trace, or at least keeps its type
# Behaviour: the trace without a value gets a float element with the text nan: one key has two types in one
#            log, and nan is not even a number in XML Schema (which writes NaN), so a reader that checks
#            types refuses the file
# Seen:      2026-11-28: a string element for patient a, <float key="sex" value="nan" /> for patient b
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pm4py==2.7.23.11' 'pandas==3.1.1'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import re
import sys
from importlib.metadata import version

import pandas as pd
import pm4py

log = pd.DataFrame({"case:concept:name": ["a", "b"], "concept:name": ["admit", "admit"], "case:sex": ["f", None],
                    "time:timestamp": pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True)})
pm4py.write_xes(log, "log.xes")
found = re.findall(r'<(\w+) key="sex" value="([^"]*)"', open("log.xes", encoding="utf-8").read())

print("version:   pm4py", version("pm4py"), "pandas", version("pandas"))
print("expected:  a string element for a, nothing for b")
print("behaviour: the missing text is written as a float")
print("seen:     ", found)
if found != [("string", "f"), ("float", "nan")]:
    sys.exit("changed: a missing text is written otherwise")
print("holds: the key sex is a string in one trace and a float nan in the next")
PY
