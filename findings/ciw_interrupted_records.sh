#!/usr/bin/env bash
# Summed over Ciw's records, a stay of 10 days that was interrupted twice lasted 17 days.
#
# Versions:  ciw 3.2.7, numpy 2.4.6
# Expected:  the records of one person split the stay and the wait into parts that add up: 10 days of
#            service, 30 days of waiting
# Behaviour: a record of an interruption gives the service that was still to be done and not the service that
#            was given, and the wait of every later record starts again at arrival and includes earlier
#            service; sums and means over the records are wrong
# Seen:      2026-11-28: service times 10, 6, 1 (given: 4, 5, 1), waits 0, 19, 39 (true: 30 in all)
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

network = ciw.create_network(
    arrival_distributions=[ciw.dists.Sequential([1, float("inf")])],
    service_distributions=[ciw.dists.Deterministic(10.0)],
    number_of_servers=[ciw.Schedule(numbers_of_servers=[1, 0], shift_end_dates=[5, 20], preemption="resume")],
)
run = ciw.Simulation(network)
run.simulate_until_max_time(60)
records = sorted(run.get_all_records(), key=lambda record: record.service_start_date)
service = [float(record.service_time) for record in records]
given = [float(record.exit_date - record.service_start_date) for record in records]
waits = [float(record.waiting_time) for record in records]

print("version:   ciw", version("ciw"))
print("expected:  service times that add to 10 and waits that add to 30 (a stay from 1 to 41)")
print("behaviour: the service that was left, and the wait since arrival with the earlier service in it")
print("seen:      service", service, "of which given", given, "| waits", waits)
if not (sum(service) == 17 and sum(given) == 10 and sum(waits) == 58):
    sys.exit("changed: interruptions are recorded otherwise")
print("holds: the records of a stay of 10 days add up to 17 days of service and 58 days of waiting")
PY
