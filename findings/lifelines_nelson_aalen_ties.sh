#!/usr/bin/env bash
# lifelines' Nelson-Aalen estimate treats tied events as if they came one after another.
#
# Versions:  lifelines 0.30.3, scikit-survival 0.28.0, numpy 2.4.6, pandas 2.3.3
# Expected:  three events among four at risk add 3/4 to the cumulative hazard, as in textbooks and in scikit-
#            survival
# Behaviour: by default the fitter adds 1/4 + 1/3 + 1/2 (an option named nelson_aalen_smoothing, on unless
#            turned off); with whole-day times the hazard of the first day comes out far higher
# Seen:      2026-11-28: 1.083 after day 1 where the textbook and scikit-survival give 0.750; 0.750 with the
#            option off
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
from lifelines import NelsonAalenFitter
from sksurv.nonparametric import nelson_aalen_estimator

days = np.array([1.0, 1.0, 1.0, 2.0])
default = float(NelsonAalenFitter().fit(days).cumulative_hazard_.loc[1.0].iloc[0])
plain = float(NelsonAalenFitter(nelson_aalen_smoothing=False).fit(days).cumulative_hazard_.loc[1.0].iloc[0])
other = float(nelson_aalen_estimator(np.ones(4, dtype=bool), days)[1][0])

print("version:   lifelines", version("lifelines"), "scikit-survival", version("scikit-survival"))
print("expected:  3 / 4 = 0.75 after day 1")
print("behaviour: 1/4 + 1/3 + 1/2 unless an option with another purpose in its name is turned off")
print(f"seen:      lifelines {default:.3f}, option off {plain:.3f}, scikit-survival {other:.3f}")
if not (abs(default - 13 / 12) < 1e-9 and abs(plain - 0.75) < 1e-9 and abs(other - 0.75) < 1e-9):
    sys.exit("changed: the default treats ties otherwise")
print("holds: the default cumulative hazard of tied events is 13/12 where two other readings give 3/4")
PY
