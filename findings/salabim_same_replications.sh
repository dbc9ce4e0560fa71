#!/usr/bin/env bash
# Replications of a salabim model in a loop are all the same run, so their standard error is 0.
#
# Versions:  salabim 26.0.9, greenlet 3.5.6
# Expected:  four environments made one after the other give four different runs of a queue with chance in it, as with
#            SimPy, Ciw and Python's own random; whoever wants the same run again states a seed
# Behaviour: each Environment() seeds salabim's generator with the same number unless told otherwise, so every
#            replication repeats the first; means agree to the last digit, and an interval over them has no width.
#            random_seed="*" gives a run of its own
# Seen:      2026-11-28: one mean wait in four replications; four different ones with random_seed="*"
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'salabim==26.0.9' 'greenlet==3.5.6'
cd "$work"
cat >beds.py <<'PY'
import sys

import salabim


def mean_wait(**stated: object) -> float:
    """Two beds, a patient every 3 days, stays of 5 days."""
    env = salabim.Environment(trace=False, **stated)
    beds = salabim.Resource("beds", 2)

    class Patient(salabim.Component):
        def process(self):
            self.request(beds)
            self.hold(salabim.Exponential(5).sample())
            self.release()

    salabim.ComponentGenerator(Patient, iat=salabim.Exponential(3))
    env.run(1000)
    return beds.requesters().length_of_stay.mean()


silent = {mean_wait() for _ in range(4)}
stated = {mean_wait(random_seed="*") for _ in range(4)}
print("expected:  4 different mean waits in 4 replications")
print("behaviour: every new environment is seeded with the same number")
print("seen:     ", len(silent), "by default,", len(stated), 'with random_seed="*"')
if len(silent) != 1 or len(stated) != 4:
    sys.exit("changed: replications differ otherwise")
PY
"$work/venv/bin/python" beds.py
echo "holds: four replications of salabim 26.0.9 are one and the same"
