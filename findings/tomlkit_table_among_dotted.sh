#!/usr/bin/env bash
# A table added to dotted keys by tomlkit takes the lines after it with it: the file no longer says what the document says.
#
# Versions:  tomlkit 0.15.2, Python's own tomllib to read the file
# Expected:  doc["stay"]["spread"] = {"sd": 2} adds one value to a file of stay.mean, stay.least and beds; what is written
#            is read back as the document that was in memory, as the library is there to change files of other people
# Behaviour: a header [stay.spread] is put between the dotted keys, so stay.least and beds, which stand after it, belong
#            to it; within a table the header lacks its first part, and the value is no longer in that table either. The
#            file is valid TOML, the document in memory is right, and nothing is said. An inline table is written well
# Seen:      2026-11-29: {'stay': {'mean': 28, 'spread': {'sd': 2, 'stay': {'least': 7}, 'beds': 10}}}; in [ward], there
#            is {'ward': {'stay': {'mean': 28}}, 'stay': {'spread': ...}}
# Upstream:  issues 513 and 543 of tomlkit are two other ways to the same, mended by this version
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'tomlkit==0.15.2'
cd "$work"
cat >dotted.py <<'PY'
import sys
import tomllib

import tomlkit

TEXT = """\
stay.mean = 28
stay.least = 7
beds = 10
"""

top = tomlkit.parse(TEXT)
top["stay"]["spread"] = {"sd": 2}
within = tomlkit.parse("[ward]\n" + TEXT)
within["ward"]["stay"]["spread"] = {"sd": 2}
inline = tomlkit.parse(TEXT)
inline["stay"]["spread"] = tomlkit.inline_table()
inline["stay"]["spread"]["sd"] = 2

wanted = {"stay": {"mean": 28, "least": 7, "spread": {"sd": 2}}, "beds": 10}
seen = [tomllib.loads(tomlkit.dumps(each)) for each in (top, within, inline)]
print("expected: ", wanted, "in memory and in the file")
print("behaviour: a header is put among dotted keys, and takes those after it")
print("seen:      in memory", top.unwrap())
print("           in the file", seen[0])
print("           in a table", seen[1])
memory = top.unwrap() == wanted and within.unwrap() == {"ward": wanted}
swallowed = {"sd": 2, "stay": {"least": 7}, "beds": 10}
file = seen == [
    {"stay": {"mean": 28, "spread": swallowed}},
    {"ward": {"stay": {"mean": 28}}, "stay": {"spread": swallowed}},
    wanted,
]
if not (memory and file):
    sys.exit("changed: the file is written otherwise")
PY
"$work/venv/bin/python" dotted.py
echo "holds: with tomlkit 0.15.2 a table among dotted keys takes the keys after it"
