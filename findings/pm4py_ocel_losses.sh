#!/usr/bin/env bash
# pm4py's OCEL 2.0 reader drops objects without events and second qualifiers, unless rustxes is there.
#
# Versions:  pm4py 2.7.23.11 without and with rustxes 0.2.11, pandas 3.1.1
# Expected:  all 3 objects, all 3 relations of the event and the relation between two objects, as OCEL 2.0
#            allows them
# Behaviour: read_ocel2 keeps only objects that an event names, so people who waited and never came are lost
#            with their own relations, and of two qualifiers between one event and one object only the last;
#            with the optional package rustxes in the environment the same call keeps them all
# Seen:      2026-11-28: 2 objects, 2 event relations, 0 object relations; with rustxes 3, 3 and 1
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pm4py==2.7.23.11' 'pandas==3.1.1'
cd "$work"
cat >log.json <<'JSON'
{"objectTypes": [{"name": "patient", "attributes": []}, {"name": "bed", "attributes": []}],
 "eventTypes": [{"name": "admit", "attributes": []}],
 "objects": [{"id": "p1", "type": "patient"}, {"id": "b1", "type": "bed"},
  {"id": "p2", "type": "patient", "relationships": [{"objectId": "b1", "qualifier": "waits for"}]}],
 "events": [{"id": "e1", "type": "admit", "time": "2026-01-01T10:00:00Z", "relationships": [
  {"objectId": "p1", "qualifier": "who"}, {"objectId": "b1", "qualifier": "given"},
  {"objectId": "b1", "qualifier": "cleaned"}]}]}
JSON
cat >read.py <<'PY'
import sys
from importlib.metadata import PackageNotFoundError, version

import pm4py

log = pm4py.read_ocel2("log.json")
try:
    reader = "with rustxes " + version("rustxes")
    wanted = (3, 3, 1)
except PackageNotFoundError:
    reader, wanted = "alone", (2, 2, 0)
found = (len(log.objects), len(log.relations), len(log.o2o))
print("version:   pm4py", version("pm4py"), reader)
print("expected:  (objects, event relations, object relations) = (3, 3, 1)")
print("behaviour: what no event names is dropped, and a second qualifier; not so with rustxes")
print("seen:     ", found)
if found != wanted:
    sys.exit("changed: the reader keeps other parts")
PY
"$work/venv/bin/python" read.py
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'rustxes==0.2.11'
"$work/venv/bin/python" read.py
echo "holds: read_ocel2 loses an object, its relation and a qualifier, and loses nothing with rustxes"
