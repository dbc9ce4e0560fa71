#!/usr/bin/env bash
# Two thousand people at home, to whom nothing happens, make every event elsewhere in a Ciw network 100 times the work.
#
# Versions:  ciw 3.2.7, numpy 2.4.6
# Expected:  an event costs about the same however many people are in the middle of a long stay at another node; what
#            is due next is kept in order, as in SimPy, whose calendar is a heap
# Behaviour: after each event every node looks at everybody in it for the next end of service, and at a node with
#            servers without number (a home, a delay) that is everybody there; a model that holds people between
#            visits takes time with the square of its size
# Seen:      2026-11-28: the same 471 patients at a clinic with 1 server over 500 days; the end of somebody's stay is read
#            31 thousand times with 10 people at home, 5.7 million times with 2,000 (CPU time: 0.01 s and 0.7 s)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'ciw==3.2.7' 'numpy==2.4.6'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import ciw

looks = 0


class Person(ciw.Individual):
    """Counts how often somebody looks when their stay ends."""

    @property
    def service_end_date(self):
        global looks
        looks += 1
        return self._end

    @service_end_date.setter
    def service_end_date(self, day):
        self._end = day


def clinic(at_home: int) -> tuple[int, int]:
    """Looks, and visits to a clinic with one server, while so many people sit at home throughout."""
    global looks
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(1.0), ciw.dists.Sequential([0.0, float("inf")])],
        batching_distributions=[ciw.dists.Deterministic(1), ciw.dists.Deterministic(at_home)],
        service_distributions=[ciw.dists.Exponential(2.0), ciw.dists.Deterministic(1e6)],
        number_of_servers=[1, float("inf")],
        routing=[[0.0, 0.0], [0.0, 0.0]],
    )
    ciw.seed(1)
    run = ciw.Simulation(network, individual_class=Person)
    run.simulate_until_max_time(1)
    looks = 0
    run.simulate_until_max_time(500)
    return looks, len(run.get_all_records())


few, visits = clinic(10)
many, same_visits = clinic(2_000)
print("version:   ciw", version("ciw"))
print("expected:  about as many looks with 2,000 people at home, to whom nothing happens, as with 10")
print("behaviour: every event looks at everybody")
print(f"seen:      {few:,} looks and {visits} visits with 10 at home; {many:,} and {same_visits} with 2,000")
if visits != same_visits or many < 100 * few:
    sys.exit("changed: people at another node no longer cost anything")
print("holds: an event costs as much as there are people at home, though none of them does anything")
PY
