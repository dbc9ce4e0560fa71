#!/usr/bin/env bash
# With people who never relapse as infinity, numpy and pandas give a median and no 50 percent quantile.
#
# Versions:  numpy 2.4.6, pandas 3.1.1
# Expected:  the median is the 50 percent quantile; where it falls on one of the times there is nothing to work out
# Behaviour: the quantile is worked out between neighbours, and 0 times infinity or infinity minus infinity is NaN
#            even when the answer is the third of five values; the median of the same numbers is right. Both
#            warn of an invalid value, not of a quantile that is lost
# Seen:      2026-11-28: times 1, 2, 3, inf, inf: median 3.0 in both, 50 percent quantile nan in both; times 1, inf,
#            inf, inf: median inf, quantile nan
# Upstream:  issues 12282 and 21091 of numpy, both open
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'numpy==2.4.6' 'pandas==3.1.1'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd


def both(times):
    """Medians of numpy and pandas, then their 50 percent quantiles."""
    series = pd.Series(times)
    return [float(v) for v in (np.median(times), series.median(), np.quantile(times, 0.5), series.quantile(0.5))]


few, most = [1.0, 2.0, 3.0, np.inf, np.inf], [1.0, np.inf, np.inf, np.inf]
warnings.simplefilter("ignore")  # both warn of an invalid value in a multiplication
seen = both(few), both(most)

print("version:   numpy", version("numpy"), "pandas", version("pandas"))
print("expected:  3 four times, and inf four times")
print("behaviour: NaN from arithmetic between neighbours")
print("seen:      medians (numpy, pandas), then 50 percent quantiles:", *seen)
if not np.array_equal(seen, [[3, 3, np.nan, np.nan], [np.inf, np.inf, np.nan, np.nan]], equal_nan=True):
    sys.exit("changed: quantiles beside infinity are worked out otherwise")
print("holds: the 50 percent quantile is nan where the median of the same times is 3")
PY
