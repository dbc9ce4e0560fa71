#!/usr/bin/env bash
# lifelines' Kaplan-Meier counts every cause code as the event.
#
# Versions:  lifelines 0.30.3, scikit-survival 0.28.0, numpy 2.4.6, pandas 2.3.3
# Expected:  a status column with 0 censored, 1 relapsed, 2 died is refused where only yes or no makes sense,
#            as scikit-survival does
# Behaviour: any code other than 0 is the event: the curve is of the first of all causes and is labelled as
#            the event's; a table laid out for the competing-risk fitter of the same library gives it without
#            a word
# Seen:      2026-11-28: survival 0.25 after day 4 with codes 1, 2, 1, 0; 0.375 with only code 1 as the event
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'lifelines==0.30.3' 'scikit-survival==0.28.0' 'numpy==2.4.6' 'pandas==2.3.3'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from lifelines import KaplanMeierFitter
from sksurv.util import Surv

days, cause = np.array([1, 2, 3, 4]), np.array([1, 2, 1, 0])
coded = float(KaplanMeierFitter().fit(days, cause).survival_function_.iloc[-1, 0])
meant = float(KaplanMeierFitter().fit(days, cause == 1).survival_function_.iloc[-1, 0])
try:
    Surv.from_arrays(cause, days)
    refused = False
except ValueError:
    refused = True

print("version:   lifelines", version("lifelines"), "scikit-survival", version("scikit-survival"))
print("expected:  an error for a status that is neither yes nor no")
print("behaviour: cause 2 counts as the event")
print(f"seen:      {coded} with the codes, {meant} for cause 1 alone; scikit-survival refuses: {refused}")
if not (coded == 0.25 and abs(meant - 0.375) < 1e-12 and refused):
    sys.exit("changed: cause codes are treated otherwise")
print("holds: codes 1 and 2 both count as the event, in silence")
PY
