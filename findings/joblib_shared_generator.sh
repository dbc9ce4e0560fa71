#!/usr/bin/env bash
# joblib gives every task the same random numbers or different ones, by the batch size.
#
# Versions:  joblib 1.6.0, numpy 2.4.6
# Expected:  a generator handed to four tasks gives four different draws, as it does in a plain loop,
#            whatever the number of workers
# Behaviour: with one worker the tasks share the generator; with more each batch gets a copy in its first
#            state, so tasks in batches of one all draw the same number. The default batch size follows the
#            measured speed of the tasks, so how many replications are copies of others depends on the load
#            of the machine
# Seen:      2026-11-28: 1 worker: 4 different draws; 2 workers, batches of 1: 1; batches of 2: 2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'joblib==1.6.0' 'numpy==2.4.6'
cd "$work"
cat >tasks.py <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from joblib import Parallel, delayed


def replication(generator):
    """One draw, standing for a whole run."""
    return float(generator.random())


def different(workers, batch):
    """How many different results four replications give."""
    generator = np.random.default_rng(1)
    tasks = (delayed(replication)(generator) for _ in range(4))
    return len(set(Parallel(n_jobs=workers, batch_size=batch)(tasks)))


if __name__ == "__main__":
    seen = {f"{w} workers, batches of {b}": different(w, b) for w, b in ((1, 1), (2, 1), (2, 2))}
    print("version:   joblib", version("joblib"), "numpy", version("numpy"))
    print("expected:  4 different replications in every case")
    print("behaviour: as many as the largest batch holds")
    print("seen:     ", seen)
    if list(seen.values()) != [4, 1, 2]:
        sys.exit("changed: the generator is shared otherwise")
    print("holds: four replications give 4, 1 or 2 different results by workers and batch size")
PY
"$work/venv/bin/python" tasks.py
