#!/usr/bin/env bash
# Installing psutil makes joblib stop workers that keep what they need for the next task.
#
# Versions:  joblib 1.6.0, psutil 7.1.3
# Expected:  a worker process that keeps 400 MB from its second task on, say as a cache, serves all tasks,
#            whatever else is installed
# Behaviour: so it does without psutil. Where psutil can be imported, as with dask.distributed, which needs it,
#            a worker that has grown by 300 MB since its first task is taken to leak: it is stopped and replaced,
#            and a warning blames "a too short worker timeout" or "a memory leak"
# Seen:      2026-11-29: without psutil 1 process and no warning, with it several and the warning
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
pip=("$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check)
"${pip[@]}" 'joblib==1.6.0'
cd "$work"
cat >work.py <<'PY'
import os
import time

KEPT = []


def task(number):
    """A task that keeps memory for later ones, and takes some seconds: memory is looked at once a second."""
    if number and not KEPT:
        KEPT.append(bytearray(os.urandom(1024)) * 400_000)
    time.sleep(1.5)
    return os.getpid()
PY
cat >tasks.py <<'PY'
import sys
import warnings

from joblib.externals.loky import get_reusable_executor
from work import task

if __name__ == "__main__":
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        executor = get_reusable_executor(1, timeout=None)
        futures = [executor.submit(task, number) for number in range(5)]
        processes = len({future.result() for future in futures})
        executor.shutdown()
    warned = any("memory leak" in str(each.message) for each in heard)
    print(processes, "process" if processes == 1 else "processes", "with" if warned else "without", "the warning")
    sys.exit(0 if (processes > 1) == warned == (sys.argv[1] == "stopped") else 1)
PY
echo "expected:  1 process without the warning, with and without psutil"
echo "without psutil:"
"$work/venv/bin/python" tasks.py kept || { echo "changed: workers are stopped without psutil too"; exit 1; }
"${pip[@]}" 'psutil==7.1.3'
echo "with psutil:"
"$work/venv/bin/python" tasks.py stopped || { echo "changed: psutil changes nothing"; exit 1; }
echo "holds: with psutil installed, workers that have grown are stopped and replaced"
