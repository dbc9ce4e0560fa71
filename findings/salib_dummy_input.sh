#!/usr/bin/env bash
# After one fractional factorial sample SALib's problem has an input more, and every later method samples it too.
#
# Versions:  SALib 1.6.0, numpy 2.4.6
# Expected:  a sampler reads the problem that it is given: three inputs before, three after
# Behaviour: ff.sample pads the caller's own dictionary to a power of two with inputs called dummy_0 and on, with bounds
#            of their own; a sample made from it afterwards by any other method has four columns, and a model called
#            with its rows by position or by name gets an input that does not exist
# Seen:      2026-11-28: num_vars 3 -> 4, names with dummy_0; a Latin hypercube for the same problem has 4 columns
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'SALib==1.6.0' 'numpy==2.4.6'
cd "$work"
cat >problem.py <<'PY'
import sys

from SALib.sample import ff, latin

problem = {"num_vars": 3, "names": ["beds", "stay", "price"], "bounds": [[20, 40], [10, 30], [50, 90]]}
before = latin.sample(problem, 8, seed=1).shape[1]
ff.sample(problem)
after = latin.sample(problem, 8, seed=1).shape[1]

print("expected:  3 columns before and after")
print("behaviour: the sampler writes dummy inputs into the dictionary that it was given")
print("seen:     ", before, "and", after, "columns; names", problem["names"], "bounds", problem["bounds"])
if (before, after) != (3, 4) or problem["names"][3:] != ["dummy_0"]:
    sys.exit("changed: the problem is left alone, or padded otherwise")
PY
"$work/venv/bin/python" problem.py
echo "holds: SALib 1.6.0 turned a problem of 3 inputs into one of 4"
