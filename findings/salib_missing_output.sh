#!/usr/bin/env bash
# One missing output makes SALib report that no input matters.
#
# Versions:  SALib 1.6.0, numpy 2.4.6
# Expected:  an error, a warning or at least NaN, as with every other analysis of an incomplete table
# Behaviour: a single NaN among 1280 outputs turns every Sobol index AND every confidence width into exactly
#            0, with no warning; the table reads as a firm finding that nothing matters
# Seen:      2026-11-28: S1 [0.2 0.8 0.0] becomes [0.0 0.0 0.0], ST and both widths [0.0 0.0 0.0], no warning
# Upstream:  issues 237 and 273 of SALib; in 237 the result was NaN, in this version it is 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'SALib==1.6.0' 'numpy==2.4.6'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from SALib.analyze import sobol
from SALib.sample import sobol as sampler

problem = {"num_vars": 3, "names": ["stay", "price", "noise"], "bounds": [[0, 1]] * 3}
x = sampler.sample(problem, 256, calc_second_order=False, seed=1)
y = x[:, 0] + 2 * x[:, 1]
whole = sobol.analyze(problem, y, calc_second_order=False, seed=1)
y[7] = np.nan
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    holed = sobol.analyze(problem, y, calc_second_order=False, seed=1)

print("version:   SALib", version("SALib"))
print("expected:  an error, a warning or NaN when one of", len(y), "outputs is missing")
print("behaviour: every index and every width is 0, in silence")
print("seen:      S1", whole["S1"].round(3), "->", holed["S1"], "| widths", holed["ST_conf"], "| warnings", len(heard))
zero = all((holed[key] == 0).all() for key in ("S1", "ST", "S1_conf", "ST_conf"))
if not (zero and not heard and abs(whole["S1"][1] - 0.8) < 0.02):
    sys.exit("changed: a missing output no longer gives zeros in silence")
print("holds: one NaN output gives Sobol indices and widths of exactly 0 and no warning")
PY
