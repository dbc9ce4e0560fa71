"""Damaged files: sound ones changed at random places, as text and as bytes."""

import random
import re

NASTY = (
    *("nan", "inf", "-inf", "1e999", "-1", "0", "1e-320", "99999999999999999999999", "true", "''", '""', "[]", "{}"),
    *("2025-13-45", "1979-05-27T07:32:00Z", '"\\u0000"', '"../../../etc/passwd"', '"<script>alert(1)</script>"'),
    *('"=cmd|calc!A0"', '"' + "x" * 5_000 + '"', "[" * 200, "{a=" * 80, "0x7fffffffffffffff", "1_0", '"""', "'''"),
)
"""Values that nobody means, in TOML's spelling."""

SPLICES = (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"[", b"]", b"=", b'"', b"#", b".", b"\\", b"\xc3\x28")


def mutated(content: bytes, random_source: random.Random) -> bytes:
    """The content with one to four changes: lines dropped, doubled or swapped, values replaced, bytes spoilt."""
    for _ in range(random_source.randint(1, 4)):
        content = random_source.choice((_line, _value, _value, _bytes, _cut))(content, random_source)
    return content


def _line(content: bytes, source: random.Random) -> bytes:
    lines = content.split(b"\n")
    here, there = source.randrange(len(lines)), source.randrange(len(lines))
    change = source.choice(("drop", "double", "swap", "join"))
    if change == "drop":
        del lines[here]
    elif change == "double":
        lines.insert(there, lines[here])
    elif change == "swap":
        lines[here], lines[there] = lines[there], lines[here]
    else:
        lines[here] += lines[there]
    return b"\n".join(lines)


def _value(content: bytes, source: random.Random) -> bytes:
    """A number or a text in place of another, or a nasty one."""
    spots = list(re.finditer(rb"-?\d+(\.\d+)?|\"[^\"\n]*\"|\b[a-z_]{3,}\b", content))
    if not spots:
        return content
    spot = source.choice(spots)
    other = source.choice(spots).group() if source.random() < 0.4 else source.choice(NASTY).encode()
    return content[: spot.start()] + other + content[spot.end() :]


def _bytes(content: bytes, source: random.Random) -> bytes:
    at = source.randrange(len(content) + 1)
    if source.random() < 0.5:
        return content[:at] + source.choice(SPLICES) + content[at:]
    return content[:at] + bytes([source.randrange(256)]) + content[at + 1 :]


def _cut(content: bytes, source: random.Random) -> bytes:
    """Without its end, or with a stretch missing or repeated."""
    start = source.randrange(len(content) + 1)
    stop = min(start + source.randrange(200), len(content))
    change = source.random()
    if change < 0.3:
        return content[:start]
    return content[:start] + (content[stop:] if change < 0.7 else content[start:stop] * 2 + content[stop:])
