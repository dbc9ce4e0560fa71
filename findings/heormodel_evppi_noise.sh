#!/usr/bin/env bash
# heormodel's EVPPI of an input that plays no part is positive in every one of 100 samples.
#
# Versions:  heormodel 0.7.4, numpy 2.4.6, pandas 2.3.3
# Expected:  learning a number that enters nowhere is worth nothing: an estimate that scatters around 0, so
#            about half of the samples give 0
# Behaviour: the estimate is the mean of a maximum over fitted values, which cannot fall below the maximum of
#            the means; whatever the fit makes of noise counts as value, and no error or width comes with it
# Seen:      2026-11-28: 100 of 100 samples of 1000 draws positive, mean about 4 percent of the EVPI of the
#            decision
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'heormodel==0.7.4' 'numpy==2.4.6' 'pandas==2.3.3'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from heormodel.models import Outcomes
from heormodel.voi import evpi, evppi

values, whole, draws = [], [], 1000
for seed in range(100):
    rng = np.random.default_rng(seed)
    index = pd.RangeIndex(draws, name="iteration")
    unused = pd.DataFrame({"unused": rng.normal(size=draws)}, index=index)
    costs = pd.DataFrame({"usual": np.zeros(draws), "new": rng.normal(0, 1000, draws)}, index=index)
    effects = pd.DataFrame({"usual": np.zeros(draws), "new": rng.normal(0, 0.05, draws)}, index=index)
    outcomes = Outcomes.from_wide(costs, effects)
    values.append(evppi(outcomes, unused, "unused", wtp=20_000.0))
    whole.append(evpi(outcomes, 20_000.0))
positive, share = sum(v > 0 for v in values), float(np.mean(values) / np.mean(whole))

print("version:   heormodel", version("heormodel"))
print("expected:  0 in about half of the samples, a mean near 0")
print("behaviour: noise is fitted and its fit counts as value of information")
print(f"seen:      {positive} of 100 positive, mean {np.mean(values):.1f}, {share:.1%} of the EVPI")
if not (positive >= 95 and share > 0.02):
    sys.exit("changed: the estimate no longer rewards noise")
print("holds: at least 95 of 100 samples give an unused input a positive EVPPI")
PY
