"""TOML that somebody wrote: a file or a text, as nested dicts, or what is wrong with it in plain words.

Every file of a user's own is read here, scenarios and suites alike: only an ordinary file, up to a size, in UTF-8.
"""

import errno
import re
import tomllib
from pathlib import Path
from typing import Any

from sim.files.problems import refusal
from sim.files.regular_files import read_regular

Data = dict[str, Any]

LARGEST_FILE = 1_000_000
"""Bytes; a file that people write is a few dozen kilobytes."""

_ENDLESS_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){50}""")
"""A key of so many dotted parts takes tomllib a time that grows with the square of its length."""


def read_toml(path: Path) -> Data:
    """What a file holds. ScenarioError, with the line where there is one, if it cannot be read or is not TOML."""
    return parse_toml(read_text(path), path.name)


def read_text(path: Path) -> str:
    """The text of a file. ScenarioError, with the reason, if it cannot be read, is too large, or is no UTF-8."""
    try:
        return decoded(read_regular(path, LARGEST_FILE), path.name)
    except OSError as reason:
        if reason.errno == errno.EFBIG:
            raise _too_large(path.name) from None
        raise refusal(path.name, "", f"cannot be read: {reason.strerror}") from None


def decoded(content: bytes, source: str) -> str:
    """The text that the content of a file is. ScenarioError if it is too large, or no UTF-8."""
    if len(content) > LARGEST_FILE:
        raise _too_large(source)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = content[: reason.start].count(b"\n") + 1
        raise refusal(source, "", f"is not UTF-8 text (line {line})", hint="Save it as UTF-8") from None


def parse_toml(text: str, source: str) -> Data:
    """TOML text as nested dicts. ScenarioError, with the line, if it is not TOML, or too large."""
    if len(text) > LARGEST_FILE or len(text.encode(errors="replace")) > LARGEST_FILE:
        raise _too_large(source)
    if _ENDLESS_KEY.search(text):
        raise refusal(source, "", "has a key of more than 50 dotted parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        what = str(reason)
        raise refusal(source, "", f"is not valid TOML: {what[:1].lower()}{what[1:]}") from None
    except RecursionError:
        raise refusal(source, "", "is nested too deeply") from None
    except ValueError:
        raise refusal(source, "", "has a number with too many digits") from None


def _too_large(source: str) -> Exception:
    return refusal(source, "", f"is larger than {LARGEST_FILE:,} bytes; such a file is a few dozen kilobytes")
