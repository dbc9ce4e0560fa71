#!/usr/bin/env bash
# heormodel puts a strategy whose cost or effect is missing on the efficiency frontier.
#
# Versions:  heormodel 0.7.4, pandas 2.3.3, numpy 2.4.6
# Expected:  a missing mean is refused, or the strategy is left out and said to be unknown
# Behaviour: every comparison with NaN is false, so nothing dominates it: it is marked ND (non-dominated), comes out of
#            frontier() among the efficient ones, and the ICERs of the table after it are missing
# Seen:      2026-11-28: of A (0, 0), B (10, 1), C (missing, 2), D (12, missing) all four are on the frontier
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'heormodel==0.7.4' 'pandas==2.3.3' 'numpy==2.4.6'
cd "$work"
cat >frontier.py <<'PY'
import sys

import pandas as pd
from heormodel.cea import frontier, icer_table

nan = float("nan")
means = pd.DataFrame({"cost": [0.0, 10.0, nan, 12.0], "effect": [0.0, 1.0, 2.0, nan]}, index=list("ABCD"))
efficient = frontier(means)

print("expected:  A and B, or an error that names C and D")
print("behaviour: what cannot be compared counts as not dominated")
print("seen:     ", efficient)
print(icer_table(means).to_string())
if sorted(efficient) != list("ABCD"):
    sys.exit("changed: another frontier")
PY
"$work/venv/bin/python" frontier.py
echo "holds: two strategies with missing means are on the frontier of heormodel 0.7.4"
