#!/usr/bin/env bash
# Reading two Parquet files of ordered levels gives an order that neither file has, still marked as ordered.
#
# Versions:  pandas 3.1.1, pyarrow 26.0.1
# Expected:  levels mid < high in one file and low < mid < high in the next are joined as low < mid < high,
#            or refused, as pandas' own union of ordered categories refuses them
# Behaviour: the dictionaries are appended in the order of the files and the mark of order is kept: mid <
#            high < low; maximum, sorting and comparisons are wrong in silence. A file without rows comes
#            back without any levels
# Seen:      2026-11-28: levels ['mid', 'high', 'low'], ordered True, maximum low; from an empty file levels
#            [], ordered True
# Upstream:  on empty categories: issue 48883 of pandas and 45192 of Apache Arrow
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pandas==3.1.1' 'pyarrow==26.0.1'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import pandas as pd
from pandas.api.types import union_categoricals


def levels(values, order):
    """A table of one ordered column."""
    return pd.DataFrame({"risk": pd.Categorical(values, categories=order, ordered=True)})


late, early = levels(["mid", "high"], ["mid", "high"]), levels(["low", "high"], ["low", "mid", "high"])
late.to_parquet("a.parquet")
early.to_parquet("b.parquet")
early.iloc[:0].to_parquet("none.parquet")
joined = pd.read_parquet(["a.parquet", "b.parquet"])["risk"]
bare = pd.read_parquet("none.parquet")["risk"]
try:
    union_categoricals([late["risk"], early["risk"]])
    refused = False
except TypeError:
    refused = True

print("version:   pandas", version("pandas"), "pyarrow", version("pyarrow"))
print("expected:  low < mid < high, or an error as in union_categoricals: refused there", refused)
print("behaviour: the levels of the second file are put behind those of the first")
print("seen:     ", list(joined.cat.categories), "ordered", joined.cat.ordered, "max", joined.max(),
      "| empty file:", list(bare.cat.categories), "ordered", bare.cat.ordered)
if not (list(joined.cat.categories) == ["mid", "high", "low"] and joined.cat.ordered and joined.max() == "low"
        and list(bare.cat.categories) == [] and refused):
    sys.exit("changed: the levels are joined otherwise")
print("holds: the joined levels are mid < high < low, and an empty file has none")
PY
