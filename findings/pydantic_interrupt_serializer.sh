#!/usr/bin/env bash
# A Ctrl-C that arrives while pydantic calls a serializer becomes a ValueError, and the program goes on.
#
# Versions:  pydantic 2.14.3
# Expected:  KeyboardInterrupt and SystemExit leave model_dump as they are, as they leave validators: they are no errors
#            of the model, and `except ValueError` around it must not catch them
# Behaviour: whatever a field serializer raises, these two among it, comes out of model_dump and model_dump_json as
#            PydanticSerializationError, a ValueError; a loop that skips what cannot be written skips one item and goes
#            on, and a SIGTERM turned into SystemExit ends nothing. A validator passes both through
# Seen:      2026-11-29: PydanticSerializationError, a ValueError, for both; KeyboardInterrupt from a validator
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-compile --disable-pip-version-check 'pydantic==2.14.3'
cd "$work"
"$work/venv/bin/python" - <<'PY'
import signal

from pydantic import BaseModel, field_serializer, field_validator

# A program that a shell starts in the background ignores Ctrl-C, and Python leaves that so.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Ward(BaseModel):
    beds: int = 4

    @field_serializer("beds")
    def plain(self, value: int) -> int:
        signal.raise_signal(signal.SIGINT)  # As if somebody pressed Ctrl-C just now.
        return value


class Checked(BaseModel):
    beds: int

    @field_validator("beds")
    @classmethod
    def check(cls, value: int) -> int:
        signal.raise_signal(signal.SIGINT)
        return value


class Ended(BaseModel):
    beds: int = 4

    @field_serializer("beds")
    def plain(self, value: int) -> int:
        raise SystemExit(143)


def raised(call):
    try:
        call()
    except BaseException as error:
        return error
    return None


seen = {
    "model_dump, Ctrl-C": raised(Ward().model_dump),
    "model_dump_json, Ctrl-C": raised(Ward().model_dump_json),
    "model_dump, SystemExit": raised(Ended().model_dump),
    "validator, Ctrl-C": raised(lambda: Checked(beds=3)),
}
for what, error in seen.items():
    print(f"{what}: {type(error).__name__}, a ValueError: {isinstance(error, ValueError)}")
for what, error in seen.items():
    assert isinstance(error, ValueError) == what.startswith("model_dump"), f"{what} is now {error!r}"
assert type(seen["validator, Ctrl-C"]) is KeyboardInterrupt
PY
echo "holds: an interrupt within a serializer is a ValueError outside of it"
