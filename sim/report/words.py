"""Texts where there is little room: cut and joined for sentences, headings and labels."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from textwrap import wrap

JOINT = "\x1f "
"""Where a name without spaces may go on in the next line; taken out again."""

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer whoever shows a text: a terminal, or the order in which it is read. Line feed and tab do not;
half a character (of a file name that is no UTF-8) cannot be written at all."""


def visible(text: str) -> str:
    r"""A text without power over whoever shows it: an escape is shown as \x1b."""
    return STEERING.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """The same in one line, whatever names in it hold."""
    return visible(text.replace("\n", " "))


def shortened(text: str, longest: int = 80) -> str:
    """A text in one line, cut with an ellipsis when it is longer than that."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip(' ,:;_-')}…"


def cut_at(text: str, longest: int, *joints: str) -> str:
    """A text in one line; where it is longer than that, up to the last joint before, and that the rest is elsewhere."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    whole = max(line.rfind(joint, 0, longest) for joint in joints)
    return f"{line[:whole]}; the rest is in the appendix" if whole > 0 else shortened(line, longest)


def listed(words: Sequence[str]) -> str:
    """Words as a sentence has them: "a", "a and b", "a, b and c"."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


def some(words: Sequence[str], most: int = 5) -> str:
    """The first of them, and how many more there are."""
    return listed([*words[:most], *([f"{len(words) - most} more"] if len(words) > most else [])])


def sentence(text: str) -> str:
    """With a capital first."""
    return text[:1].upper() + text[1:]


def lines_of(text: str, width: int, most: int = 1000) -> list[str]:
    """A text on lines of so many characters, broken at spaces and in names also behind _, - and a dot.

    What does not fit on so many lines is left out, visibly.
    """
    line = " ".join(text.split())
    if len(line) <= width:
        return [line]  # Marks of joints would count as letters.
    marked = re.sub(r"(?<=[_-])(?=\w)|(?<=\w\.)(?=[^\W\d])", JOINT, line)
    lines = wrap(marked, width, max_lines=most, placeholder=" …", break_on_hyphens=False)
    return [line.replace(JOINT, "").removesuffix(JOINT[0]).replace(f"{JOINT[0]} …", "…") for line in lines]


def stacked(label: str, width: int = 26, lines: int = 3) -> str:
    """A label on a few short lines."""
    return "\n".join(lines_of(label, width, lines))


def short_names(names: Sequence[str], longest: int | None = None) -> dict[str, str]:
    """Names no longer than that and still told apart: of long ones, what all of them begin with is left out first.

    longest: unless it is given, what a title has room for: more, where there are few.
    """
    longest = longest or (48 if len(names) < 4 else 30)
    long = [name for name in names if len(name) > longest]
    shared = sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*long, strict=False)))
    # From the first word from which on all of them fit; else from the first in which they differ.
    joints = [i + 1 for i in range(shared if len(set(long)) > 1 else 0) if long[0][i] in " _-"]
    fitting = (joint for joint in joints if max(map(len, long)) - joint < longest)
    start = next(fitting, max(joints, default=0))
    shorts = {name: shortened(f"…{name[start:]}" if start and name in long else name, longest) for name in names}
    if len(set(shorts.values())) == len(set(names)):
        return shorts
    counts = Counter(shorts.values())
    return {
        name: f"{shortened(short, longest - 5)} ({i})" if counts[short] > 1 else short
        for i, (name, short) in enumerate(shorts.items(), start=1)
    }
