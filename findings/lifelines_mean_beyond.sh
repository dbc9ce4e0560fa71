#!/usr/bin/env bash
# lifelines gives a restricted mean for any horizon: four people followed for four days stay well for 2,000 years.
#
# Versions:  lifelines 0.30.3, pandas 2.3.3, numpy 2.4.6
# Expected:  a horizon after the last person was followed is refused, or the mean is missing, or at least there is a
#            warning, as nothing is known of the time after it (R's survRM2 refuses such a horizon)
# Behaviour: the curve is taken to stay at its last value for ever, in silence; the mean grows without limit with the
#            horizon, and two arms followed for different times differ by nothing but that
# Seen:      2026-11-28: durations 1, 2, 3, 4 with one event: 3.25 days at 4, 7.75 at 10, 750000.25 at 1000000; no warning
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'lifelines==0.30.3' 'pandas==2.3.3' 'numpy==2.4.6'
cd "$work"
cat >mean.py <<'PY'
import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

followed = KaplanMeierFitter().fit([1, 2, 3, 4], [1, 0, 0, 0])
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    means = [round(float(restricted_mean_survival_time(followed, t=days)), 2) for days in (4, 10, 1_000_000)]

print("expected:  no mean after day 4, when the last of four people was seen")
print("behaviour: the last value of the curve goes on for ever, without a warning")
print("seen:     ", means, "days at horizons of 4, 10 and 1000000;", len(told), "warnings")
if means != [3.25, 7.75, 750000.25] or told:
    sys.exit("changed: another mean, or a warning")
PY
"$work/venv/bin/python" mean.py
echo "holds: 750000.25 days of a curve that is known for four"
