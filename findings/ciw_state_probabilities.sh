#!/usr/bin/env bash
# A bed that is taken from day 1 to day 11 is taken half of the time by Ciw's state probabilities.
#
# Versions:  ciw 3.2.7, numpy 2.4.6
# Expected:  the share of time in each state, from 0 to the end of the run: empty 1 of 11 days, taken 10 of 11. The same
#            for the first 10 days of a stay that ends on day 10, and next to that for 9.99 days
# Behaviour: without an observation period the last state counts for as long as the one before it, whatever it lasted. With
#            one, an event at its very end drops the time since the event before: with whole-day clocks, where the end
#            of a year or of a warm-up is also the time of an event, a busy bed comes out as never used
# Seen:      2026-11-29: empty 0.5, taken 0.5 where 0.09 and 0.91 are true, and these with (0, 11); a stay from 1 to 10:
#            taken 0.90 of (0, 9.99) and of (0, 10.01), and never in (0, 10)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'ciw==3.2.7' 'numpy==2.4.6'
cd "$work"
cat >shares.py <<'PY'
import sys

import ciw


def tracked(stay: float, days: float):
    """One bed; one patient, who comes on day 1."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([1, 1e9])],
        service_distributions=[ciw.dists.Deterministic(stay)],
        number_of_servers=[1],
    )
    simulation = ciw.Simulation(network, tracker=ciw.trackers.SystemPopulation())
    simulation.simulate_until_max_time(days)
    return simulation.statetracker


def taken(tracker, *until: float) -> float:
    period = {"observation_period": (0, until[0])} if until else {}
    return round(tracker.state_probabilities(**period).get(1, 0.0), 3)


long, ended = tracked(100, 11), tracked(9, 20)
run = taken(long), taken(long, 11)
ends = [taken(ended, day) for day in (9.99, 10, 10.01)]
print("expected:  taken 0.909 of 11 days, whether these are named or not; 0.9 of 9.99, 10 and 10.01 days")
print("behaviour: the last state lasts as long as the one before it; an event at the end takes away the time before it")
print("seen:      history", long.history, "taken", run[0], "and", run[1])
print("           history", ended.history, "taken", *ends)
if run != (0.5, 0.909) or ends != [0.9, 0.0, 0.899]:
    sys.exit("changed: other shares")
PY
"$work/venv/bin/python" shares.py
echo "holds: state probabilities of ciw 3.2.7 are wrong without a period, and with one that ends at an event"
