#!/usr/bin/env bash
# nagasim's log of a resource begins in the middle of a long run, so waits worked out from it are of the wrong people.
#
# Versions:  nagasim 0.18.0, simpy 4.1.2, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1
# Expected:  `resource_log` has a row for each request, seize and release of the run, as `resource_summary` counts them;
#            or says that it has not. The first request and the first seize in it are of one person
# Behaviour: it keeps the last 100,000 rows, without a word, while `entity_log` of the same run keeps the first 100,000
#            people. Whoever queued when it begins has a seize and no request, so the n-th request and the n-th seize
#            are of different people, and the mean wait between them is wrong though every row is right
# Seen:      2026-11-28: 54,122 seizes in the summary, 33,350 in the log, which begins on day 2,296 of 6,000; 52 people
#            more were seized in it than asked
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'nagasim==0.18.0' 'simpy==4.1.2' 'numpy==2.4.6' 'pandas==3.1.1' 'scipy==1.17.1'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from nagasim import build

model = build.Model(time_limit=6_000, replications=1)
model.add_resource(name="beds", capacity=10)
arrive = model.create(distribution=build.Exponential(rate=9.0))
stay = model.process(resource_name="beds", distribution=build.Exponential(rate=1.0))
arrive >> stay >> model.dispose()
tables = model.run(seed=2)
log, summary = tables["resource_log"], tables["resource_summary"].iloc[0]
kinds = log["event_type"].value_counts()
seizes = int(summary["Total Seizes"])
first, more = float(log["time"].iloc[0]), int(kinds["seize"] - kinds["request"])

print("version:   nagasim", version("nagasim"))
print("expected:  as many seizes in the log as in the summary, and none without a request")
print("behaviour: the log of the resource is the end of the run")
print(
    f"seen:      {seizes:,} seizes in the summary and {kinds['seize']:,} in the log, from day {first:,.0f} on, with {more} "
    f"seizes more than requests; {len(tables['entity_log']):,} people in the log of people"
)
if len(log) != 100_000 or kinds["seize"] >= seizes or more <= 0 or len(tables["entity_log"]) < seizes:
    sys.exit("changed: the log is whole, or says what it is")
print("holds: the log of a resource has lost its beginning")
PY
