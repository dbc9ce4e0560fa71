#!/usr/bin/env bash
# statsmodels' survival curve counts someone whose time is missing as followed for ever.
#
# Versions:  statsmodels 0.15.0, numpy 2.4.6, scipy 1.17.1, pandas 2.3.3
# Expected:  a missing duration is refused, as lifelines and scikit-survival do, or its row is left out as a regression
#            of statsmodels would: of the times 1, 2 (events), 4 (censored) the curve falls to 2/3 and 1/3
# Behaviour: NaN sorts after every number, so that person stays in every risk set: the curve falls to 3/4 and 1/2 only,
#            and the log-rank test of two groups takes them along in the same way, without a word
# Seen:      2026-11-28: 0.75, 0.5 with 4 and 3 at risk; the log-rank statistic with a missing time is that with a time
#            after all others
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'statsmodels==0.15.0' 'numpy==2.4.6' 'scipy==1.17.1' 'pandas==2.3.3'
cd "$work"
cat >curve.py <<'PY'
import sys

import numpy as np
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

times, events = np.array([1.0, 2.0, np.nan, 4.0]), np.array([1, 1, 0, 0])
curve = SurvfuncRight(times, events)
known = SurvfuncRight(times[[0, 1, 3]], events[[0, 1, 3]])


def log_rank(missing: float) -> float:
    weeks = np.array([1.0, 2.0, missing, 4.0, 5.0, 6.0])
    return float(survdiff(weeks, np.array([1, 1, 0, 1, 1, 1]), np.array(["a", "b", "a", "b", "a", "b"]))[0])


print("expected:  refused, or as without the missing time:", known.surv_prob.round(3))
print("behaviour: a missing time stays at risk for ever")
print("seen:     ", curve.surv_prob, "at risk", curve.n_risk)
print("           log-rank", log_rank(np.nan), "with a missing time,", log_rank(99.0), "with one after all others")
same = np.isclose(log_rank(np.nan), log_rank(99.0))
if not np.allclose(curve.surv_prob, [0.75, 0.5]) or list(curve.n_risk) != [4, 3] or not same:
    sys.exit("changed: a missing time is treated otherwise")
PY
"$work/venv/bin/python" curve.py
echo "holds: in statsmodels 0.15.0 a missing time is one without an end"
