#!/usr/bin/env bash
# A number in a message of compiled code is printed as its type.
#
# Versions:  numba 0.68.1, numpy 2.4.6
# Expected:  the text of the number, or an error when the function is compiled; version 0.56 refused it
# Behaviour: an f-string of a float compiles and gives the words <object type:float64> in place of the value,
#            of an integer the value; error messages and file names made in compiled code lose their numbers
#            in silence
# Seen:      2026-11-28: f'{3}' gives 3, f'{3.5}' gives <object type:float64>
# Upstream:  issue 8969 of numba, where version 0.56 raised an error
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

from numba import njit


@njit
def label(days):
    return f"stay of {days} days"


@njit
def check(days):
    if days < 4:
        raise ValueError(f"a stay of {days} days is too short")


try:
    check(3.5)
    message = ""
except ValueError as error:
    message = str(error)
whole, half = label(3), label(3.5)

print("version:   numba", version("numba"))
print("expected:  stay of 3 days, stay of 3.5 days, as in plain Python:", label.py_func(3.5))
print("behaviour: the type stands where the float should")
print("seen:     ", [whole, half, message])
if not (whole == "stay of 3 days" and "3.5" not in half + message and "float64" in half and "float64" in message):
    sys.exit("changed: floats are printed otherwise")
print("holds: an integer is printed as its value and a float as the name of its type")
PY
