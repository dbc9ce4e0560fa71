#!/usr/bin/env bash
# FAST in SALib says of a constant output that every input explains all of it.
#
# Versions:  SALib 1.6.0, numpy 2.4.6
# Expected:  an output that does not vary has no sensitivity: 0 or NaN, as the Sobol analysis of the same
#            library says
# Behaviour: the variance is 0 and the total index is taken as 1 minus a share that is then 0, so ST is 1 for
#            every input, with a width of 0
# Seen:      2026-11-28: FAST ST [1.0 1.0 1.0], width [0.0 0.0 0.0]; Sobol ST [0.0 0.0 0.0] on the same
#            output
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
from SALib.analyze import fast, sobol

warnings.simplefilter("ignore")  # fast warns that its widths are only rough, whatever the output
problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
found = fast.analyze(problem, np.full(1500, 3.0), seed=1)
total, width = np.array(found["ST"], dtype=float), np.array(found["ST_conf"], dtype=float)
other = sobol.analyze(problem, np.full(2048, 3.0), seed=1)["ST"]

print("version:   SALib", version("SALib"))
print("expected:  0 or NaN for an outcome that never happens in any run, say no relapse at all")
print("behaviour: total index 1 and width 0 for every input")
print("seen:      FAST ST", total, "width", width, "| Sobol ST", other)
if not ((total == 1).all() and (width == 0).all() and (other == 0).all()):
    sys.exit("changed: FAST treats a constant output otherwise")
print("holds: a constant output has FAST total indices of 1 and Sobol total indices of 0")
PY
