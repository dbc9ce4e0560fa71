#!/usr/bin/env bash
# pm4py reads the start and the end of one stay as two stays, and a case without events as no case.
#
# Versions:  pm4py 2.7.23.11, pandas 3.1.1
# Expected:  one stay of two days in case a, nothing done twice; case b, who never came, is a case
# Behaviour: the functions of the simple interface count events and not activity instances unless the log is
#            joined to intervals first: start and complete of one stay are rework and a loop, the service
#            time is 0; the table has no row for case b, while the older log object holds both
# Seen:      2026-11-28: rework {'detox': 1}, service time {'detox': 0.0}, cases 1 in the table and 2 in the
#            log object
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pm4py==2.7.23.11' 'pandas==3.1.1'
cd "$work"
cat >log.xes <<'XES'
<log xes.version="1849-2016" xmlns="http://www.xes-standard.org/">
<trace><string key="concept:name" value="a"/>
<event><string key="concept:name" value="detox"/><string key="lifecycle:transition" value="start"/>
<date key="time:timestamp" value="2026-01-01T10:00:00+00:00"/></event>
<event><string key="concept:name" value="detox"/><string key="lifecycle:transition" value="complete"/>
<date key="time:timestamp" value="2026-01-03T10:00:00+00:00"/></event></trace>
<trace><string key="concept:name" value="b"/></trace>
</log>
XES
cat >read.py <<'PY'
import sys
from importlib.metadata import version

import pm4py

log = pm4py.read_xes("log.xes")
rework, service = pm4py.get_rework_cases_per_activity(log), pm4py.get_service_time(log)
loops = pm4py.discover_dfg(log)[0]
cases = (log["case:concept:name"].nunique(), len(pm4py.read_xes("log.xes", return_legacy_log_object=True)))

print("version:   pm4py", version("pm4py"))
print("expected:  no rework, no loop, a service time of 172800 seconds, two cases")
print("behaviour: each lifecycle event counts as an activity of its own; a case without events is dropped")
print("seen:      rework", rework, "| loops", dict(loops), "| service time", service, "| cases (table, object)", cases)
one_stay = rework == {"detox": 1} and dict(loops) == {("detox", "detox"): 1} and service == {"detox": 0.0}
if not (one_stay and cases == (1, 2)):
    sys.exit("changed: the lifecycle or the empty case is read otherwise")
print("holds: one stay counts as rework with a service time of 0, and the case without events is not in the table")
PY
"$work/venv/bin/python" read.py
