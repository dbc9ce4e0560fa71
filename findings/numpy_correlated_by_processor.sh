#!/usr/bin/env bash
# Correlated normal numbers of one seed in numpy are other numbers on another processor.
#
# Versions:  numpy 2.4.6 and the OpenBLAS 0.3.31 in its wheel, threadpoolctl 3.8.0
# Expected:  default_rng(1).multivariate_normal(mean, cov) gives the same six inputs on every machine, or differs in the
#            last bits as any sum may
# Behaviour: the default method multiplies by the axes of a singular value decomposition. Inputs that are all correlated
#            alike (0.5 each, say) have one axis that is certain; the others may be turned at will, and OpenBLAS, which picks
#            its code by the processor, turns them in its own way on each: the draws are right and have nothing in common.
#            Their distribution is the same, so no test of it fails. method="cholesky" gives the same on all
# Seen:      2026-11-29: first draw 0.033 -0.529 ... with the code for Haswell and -0.59 -0.737 ... with that for Nehalem,
#            apart by more than 0.5; by Cholesky apart by less than 1e-12
# Upstream:  issues 13358 and 22919 of numpy, both closed
set -euo pipefail
if ! grep -q -w avx2 /proc/cpuinfo; then
    echo "needs a processor with AVX2, to take the code of two kinds of processor in turn"
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'numpy==2.4.6' 'threadpoolctl==3.8.0'
cd "$work"
cat >draw.py <<'PY'
import json

import numpy as np
from threadpoolctl import threadpool_info

alike = np.full((6, 6), 0.5) + 0.5 * np.eye(6)
draws = {
    method: np.random.default_rng(1).multivariate_normal(np.zeros(6), alike, method=method).tolist()
    for method in ("svd", "cholesky")
}
print(json.dumps({"code": threadpool_info()[0]["architecture"], **draws}))
PY
for kind in Haswell Nehalem; do
    env -u OPENBLAS_L2_SIZE OPENBLAS_CORETYPE=$kind "$work/venv/bin/python" draw.py >$kind.json
done
"$work/venv/bin/python" - <<'PY'
import json
import sys

new, old = (json.load(open(f"{kind}.json")) for kind in ("Haswell", "Nehalem"))
if [new["code"], old["code"]] != ["Haswell", "Nehalem"]:
    sys.exit("not shown: OpenBLAS took other code than asked for")
apart = {
    method: max(abs(one - other) for one, other in zip(new[method], old[method], strict=True))
    for method in ("svd", "cholesky")
}
print("expected:  the same six numbers with the code of both processors")
print("behaviour: the axes of a singular value decomposition are turned otherwise on each")
for each in (new, old):
    print(f"seen:      {each['code']:8}", *(f"{number:.3f}" for number in each["svd"]))
print(f"           apart by up to {apart['svd']:.3f}, by Cholesky {apart['cholesky']:.0e}")
if apart["svd"] < 0.1 or apart["cholesky"] > 1e-12:
    sys.exit("changed: processors agree, or Cholesky differs as well")
PY
echo "holds: multivariate_normal of numpy 2.4.6 draws other numbers from one seed by the processor"
