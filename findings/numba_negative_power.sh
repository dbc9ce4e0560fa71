#!/usr/bin/env bash
# In compiled code 2 ** -t is 0 for whole t.
#
# Versions:  numba 0.68.1, numpy 2.4.6
# Expected:  one half for t = 1, as in Python, or an error, as numpy raises for integers
# Behaviour: integer to the power of a negative integer is computed in integers and gives 0; a half-life or a
#            discount factor written with whole numbers is 0 from the first period on, in silence, and right
#            again as soon as one of the two is a float
# Seen:      2026-11-28: 2 ** -1: Python 0.5, numpy ValueError, numba 0; 2.0 ** -1: numba 0.5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'numba==0.68.1' 'numpy==2.4.6'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from numba import njit


@njit
def share(base, periods):
    return base ** -periods


try:
    np.array([2]) ** -1
    numpy = "no error"
except ValueError:
    numpy = "ValueError"
whole, real, plain = share(2, 1), share(2.0, 1), share.py_func(2, 1)

print("version:   numba", version("numba"), "numpy", version("numpy"))
print("expected:  0.5, or an error")
print("behaviour: 0 when both numbers are integers")
print(f"seen:      Python {plain}, numpy {numpy}, numba {whole} for integers and {real} for a float base")
if not (whole == 0 and real == 0.5 and plain == 0.5 and numpy == "ValueError"):
    sys.exit("changed: negative powers of integers are computed otherwise")
print("holds: the same line gives 0.5 in Python, an error in numpy and 0 in numba")
PY
