#!/usr/bin/env bash
# lifelines and statsmodels disagree on the median of the same Kaplan-Meier curve.
#
# Versions:  lifelines 0.30.3, statsmodels 0.15.0, numpy 2.4.6, pandas 2.3.3
# Expected:  one median for one curve; the usual reading where the curve is flat at one half is the middle of
#            the flat part, 2.5
# Behaviour: lifelines takes the first time with survival at or below one half, statsmodels the first below
#            it; small even groups without censoring meet this often, and if the curve stays at one half one
#            says 2 and the other says there is no median
# Seen:      2026-11-28: stays of 1, 2, 3, 4 days: 2 and 3 (numpy's median 2.5); last two censored: 2 and nan
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'lifelines==0.30.3' 'statsmodels==0.15.0' 'numpy==2.4.6' 'pandas==2.3.3'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from lifelines import KaplanMeierFitter
from statsmodels.duration.survfunc import SurvfuncRight

days = np.array([1, 2, 3, 4])
rows = {}
for label, ended in (("all ended", [1, 1, 1, 1]), ("last two censored", [1, 1, 0, 0])):
    ended = np.array(ended)
    first = float(KaplanMeierFitter().fit(days, ended).median_survival_time_)
    rows[label] = (first, float(SurvfuncRight(days, ended).quantile(0.5)))

print("version:   lifelines", version("lifelines"), "statsmodels", version("statsmodels"))
print("expected:  the same median, 2.5 by the usual rule for a flat part at one half")
print("behaviour: at or below one half in lifelines, below it in statsmodels")
print("seen:      (lifelines, statsmodels)", rows)
ended, stays = rows["all ended"], rows["last two censored"]
if not (ended == (2.0, 3.0) and stays[0] == 2.0 and np.isnan(stays[1])):
    sys.exit("changed: one of the two reads the median otherwise")
print("holds: medians 2 and 3 for one curve, and 2 and none when the curve stays at one half")
PY
