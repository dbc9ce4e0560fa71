#!/usr/bin/env bash
# statsmodels' survival curve counts one patient with status 2 as two events.
#
# Versions:  statsmodels 0.15.0, numpy 2.4.6, scipy 1.17.1, pandas 2.3.3
# Expected:  a status other than 0 and 1 is refused; or 2 is an event, as it is in R's survival, whose tables have 1 for
#            censored and 2 for the event; or it is one of several causes, as in CumIncidenceRight of the same module
# Behaviour: the events of a day are the sum of the status: of four at risk a 2 takes two away, and the last one who is
#            left dies twice. The summary says 2 events of 1 at risk; curve, median and quantiles fall too early, the
#            log-rank test of two groups counts likewise, and nothing is said
# Seen:      2026-11-29: status 1, 2, 1, 2 on four days: 0.75, 0.25, 0.125, 0 with 1, 2, 1 and 2 events; with any code
#            an event 0.75, 0.5, 0.25, 0; with 2 the event 0.667 after 8 days and 0 after 20
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'statsmodels==0.15.0' 'numpy==2.4.6' 'scipy==1.17.1' 'pandas==2.3.3'
cd "$work"
cat >status.py <<'PY'
import sys
import warnings

import numpy as np
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

days = np.array([5.0, 8.0, 12.0, 20.0])
status = np.array([1, 2, 1, 2])
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    coded = SurvfuncRight(days, status)
as_in_r = SurvfuncRight(days, (status == 2).astype(int))
any_code = SurvfuncRight(days, (status > 0).astype(int))
group = np.array([0, 1, 0, 1])
codings = (status, (status == 2).astype(int), (status > 0).astype(int))
tests = [round(float(survdiff(days, each, group)[0]), 3) for each in codings]

print("expected:  refused, or one event a patient")
print("behaviour: a status of 2 is two events")
print("seen:      survival", *coded.surv_prob.round(3), "with", *coded.n_events, "events of", *coded.n_risk)
print("           2 as the event", *as_in_r.surv_prob.round(3), "any code", *any_code.surv_prob.round(3))
print("           log-rank statistics", *tests)
held = (
    not told
    and coded.surv_prob.round(9).tolist() == [0.75, 0.25, 0.125, 0.0]
    and coded.n_events.tolist() == [1, 2, 1, 2]
    and coded.n_risk.tolist() == [4, 3, 2, 1]
    and len(set(tests)) == 3
)
if not held:
    sys.exit("changed: a status of 2 is counted otherwise")
PY
"$work/venv/bin/python" status.py
echo "holds: a status of 2 is two events for SurvfuncRight of statsmodels 0.15.0"
