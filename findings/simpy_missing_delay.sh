#!/usr/bin/env bash
# A delay of NaN turns SimPy's clock to NaN and then makes it run backwards.
#
# Versions:  simpy 4.1.2
# Expected:  a delay that is no number is refused, as a negative delay is
# Behaviour: NaN passes the check for negative delays, is placed somewhere in the heap of events and breaks
#            its order: events come in the wrong order, the clock shows a later time before an earlier one,
#            and nothing is said
# Seen:      2026-11-28: delays 5, nan, 1, 4, 2, 3: the clock shows 1, 2, 4, nan, 3, 5
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'simpy==4.1.2'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import simpy

env, clock = simpy.Environment(), []


def person(delay):
    """Waits and notes the time."""
    yield env.timeout(delay)
    clock.append(env.now)


for delay in (5, float("nan"), 1, 4, 2, 3):
    env.process(person(delay))
env.run()
try:
    env.timeout(-1)
    refused = False
except ValueError:
    refused = True
real = [now for now in clock if now == now]

print("version:   simpy", version("simpy"))
print("expected:  ValueError, as for a negative delay: raised there", refused)
print("behaviour: the clock becomes NaN and time goes back")
print("seen:      the clock in the order of the events", clock)
if not (refused and len(real) == 5 and real != sorted(real)):
    sys.exit("changed: a delay of NaN is treated otherwise")
print("holds: five proper delays are not served in the order of time once one delay is NaN")
PY
