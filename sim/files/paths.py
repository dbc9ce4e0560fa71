"""Dotted paths into a scenario, spelt as a file spells them: `levels.residential.next.0.probability`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Segments = tuple[str, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SEGMENT = re.compile(r"""\s*(?:([A-Za-z0-9_-]+)|"([^"]*)"|'([^']*)')\s*(\.|$)""")


def split_path(path: str) -> Segments:
    """The segments of a dotted path; a segment may be quoted (`evidence."levels.iop".low`). ValueError if malformed."""
    segments: list[str] = []
    at = 0
    while not segments or at < len(path) or path.endswith("."):
        match = _SEGMENT.match(path, at)
        if match is None:
            raise ValueError("is not a dotted path such as levels.residential.cost_per_day")
        segments.append(next(group for group in match.groups()[:3] if group is not None))
        if not match[4]:
            break
        at = match.end()
    return tuple(segments)


def join_path(segments: Iterable[object]) -> str:
    """One dotted path; what is no bare TOML key is quoted."""
    texts = [str(segment) for segment in segments]
    return ".".join(text if _BARE.fullmatch(text) else json.dumps(text) for text in texts)


def is_list(value: object) -> bool:
    """Whether a value is an array of a file."""
    # What it nearly always is first: to ask for what it can do takes ten times as long.
    return isinstance(value, (list, tuple)) or (isinstance(value, Sequence) and not isinstance(value, (str, bytes)))


def is_index(segment: str) -> bool:
    """Whether a segment can count the entries of an array."""
    return len(segment) < 10 and segment.isascii() and segment.isdecimal()


def has_child(data: Any, segment: str) -> bool:
    """Whether a table or array has such an entry."""
    if isinstance(data, (dict, Mapping)):
        return segment in data
    return is_list(data) and is_index(segment) and int(segment) < len(data)


def child_of(data: Any, segment: str) -> Any:
    """The entry of a table or array."""
    return data[segment] if isinstance(data, (dict, Mapping)) else data[int(segment)]


def lookup(data: Any, segments: Segments) -> Any:
    """The value at a path in nested mappings and lists. KeyError if there is none."""
    for segment in segments:
        if not has_child(data, segment):
            raise KeyError(join_path(segments))
        data = child_of(data, segment)
    return data


def exists(data: Any, segments: Segments) -> bool:
    """Whether something is set at a path."""
    try:
        return lookup(data, segments) is not None
    except KeyError:
        return False
