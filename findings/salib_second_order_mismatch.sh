#!/usr/bin/env bash
# A Sobol sample without second order, read with SALib's defaults, gives wrong indices in silence.
#
# Versions:  SALib 1.6.0, numpy 2.4.6
# Expected:  analyze refuses outputs that were not laid out for it; it has a check and an error message for
#            that
# Behaviour: the check looks only at whether the number of outputs divides; N (D + 2) rows of a first-order
#            sample also divide by 2 D + 2 for many N, and then rows are read as if they came from other
#            matrices
# Seen:      2026-11-28: y = a + 2 b with 1280 rows: ST [0.2 0.8 0.0] as sampled, ST [0.79 0.99 1.25] with
#            the default
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'SALib==1.6.0' 'numpy==2.4.6'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from SALib.analyze import sobol
from SALib.sample import sobol as sampler

problem = {"num_vars": 3, "names": ["a", "b", "unused"], "bounds": [[0, 1]] * 3}
x = sampler.sample(problem, 256, calc_second_order=False, seed=1)
y = x[:, 0] + 2 * x[:, 1]  # ST is 0.2, 0.8 and 0 by theory
same = sobol.analyze(problem, y, calc_second_order=False, seed=1)["ST"]
default = sobol.analyze(problem, y, seed=1)["ST"]

print("version:   SALib", version("SALib"))
print("expected:  an error, since the sample has no rows for second-order indices")
print("behaviour: 256 * (3 + 2) = 1280 = 160 * (2 * 3 + 2), so the rows are shared out wrongly")
print("seen:      ST", same.round(2), "as sampled,", default.round(2), "with the default of analyze")
if not (same[2] < 0.01 and default[2] > 0.5):
    sys.exit("changed: the mismatch is refused or read rightly")
print("holds: an input that is not used gets a total index above 0.5 when the option differs from the sampler's")
PY
