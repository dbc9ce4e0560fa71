#!/usr/bin/env bash
# pydantic writes an infinite number as null and then refuses to read its own JSON, or reads it as no limit given.
#
# Versions:  pydantic 2.14.4
# Expected:  model_dump_json and model_validate_json of one model are each other's inverse for every value
#            that the model takes
# Behaviour: inf and nan are valid floats and are written as null; a plain float field then fails to read,
#            and an optional one comes back as None, so no limit and not said become one.
#            model_dump(mode='json') of the same model keeps inf
# Seen:      2026-11-28: {"days":null}; float field: ValidationError, optional field: None; mode json: inf
# Upstream:  issues 7007 and 10037 of pydantic, both open
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    'pydantic==2.14.4'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from pydantic import BaseModel, ValidationError


class Limit(BaseModel):
    days: float


class Choice(BaseModel):
    days: float | None


never = float("inf")
text = Limit(days=never).model_dump_json()
try:
    Limit.model_validate_json(text)
    refused = False
except ValidationError:
    refused = True
back = Choice.model_validate_json(Choice(days=never).model_dump_json()).days
mode = Limit(days=never).model_dump(mode="json")["days"]

print("version:   pydantic", version("pydantic"))
print("expected:  inf comes back as inf")
print("behaviour: inf is written as null")
print("seen:     ", text, "| refused on the way back:", refused, "| optional field:", back, "| mode json:", mode)
if not (text == '{"days":null}' and refused and back is None and mode == never):
    sys.exit("changed: infinity is written otherwise")
print("holds: an infinite limit does not survive the JSON of its own model")
PY
