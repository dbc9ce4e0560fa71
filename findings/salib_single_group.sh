#!/usr/bin/env bash
# All inputs in one group: SALib gives a first-order index of -0.4 where it must be 1.
#
# Versions:  SALib 1.6.0, numpy 2.4.6
# Expected:  one group that holds every input explains everything: S1 = ST = 1
# Behaviour: the sampler treats a single group as no group and lays out rows per input, the analysis lays out
#            rows per group; the number of rows divides, so nothing is said
# Seen:      2026-11-28: S1 -0.40, ST 0.60 from 2048 rows; without second order the same problem raises
#            RuntimeError
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

problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3, "groups": ["costs"] * 3}
x = sampler.sample(problem, 256, seed=1)
found = sobol.analyze(problem, x[:, 0] + 2 * x[:, 1], seed=1)
first, total = float(found["S1"][0]), float(found["ST"][0])

print("version:   SALib", version("SALib"))
print("expected:  S1 = ST = 1 for the one group; 256 * (2 * 1 + 2) = 1024 rows")
print("behaviour: the sample has", len(x), "rows, laid out for three inputs; analyze reads them as one group")
print(f"seen:      S1 {first:.3f}, ST {total:.3f}")
if not (len(x) == 2048 and first < 0 and total < 0.8):
    sys.exit("changed: a single group is sampled or read otherwise")
print("holds: the group of all inputs gets a negative first-order index and a total far below 1")
PY
