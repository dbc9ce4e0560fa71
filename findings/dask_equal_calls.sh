#!/usr/bin/env bash
# Four replications sent to dask.distributed are one: equal calls share a key, and a random one too is made once.
#
# Versions:  dask and distributed 2026.8.0
# Expected:  client.submit(replicate) four times makes four runs, as with concurrent.futures, whose interface it follows
# Behaviour: a call is taken as pure unless told otherwise, and the key is a hash of function and arguments, so the three
#            later calls get the result of the first; client.map over four equal arguments does the same, while
#            dask.delayed makes four. pure=False, or the replication's number among the arguments, gives four
# Seen:      2026-11-28: 1 result by submit, 1 by map, 4 by delayed, 4 with pure=False
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'distributed==2026.8.0' 'dask==2026.8.0'
cd "$work"
cat >replications.py <<'PY'
import random
import sys

import dask
from distributed import Client


def replicate(beds: int) -> float:
    """A number by chance."""
    return beds * random.random()


if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as client:
        seen = {
            "submit": len(set(client.gather([client.submit(replicate, 40) for _ in range(4)]))),
            "map": len(set(client.gather(client.map(replicate, [40] * 4)))),
            "delayed": len(set(dask.compute(*[dask.delayed(replicate)(40) for _ in range(4)]))),
            "pure=False": len(set(client.gather([client.submit(replicate, 40, pure=False) for _ in range(4)]))),
        }
    print("expected:  4 results of 4 calls")
    print("behaviour: equal calls are made once, unless pure=False")
    print("seen:     ", ", ".join(f"{way} {count}" for way, count in seen.items()))
    if seen != {"submit": 1, "map": 1, "delayed": 4, "pure=False": 4}:
        sys.exit("changed: equal calls are treated otherwise")
PY
"$work/venv/bin/python" replications.py
echo "holds: four equal calls of distributed 2026.8.0 are one"
