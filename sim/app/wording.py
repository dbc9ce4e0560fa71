"""Texts of a scenario as the page shows them: a title in a file is a text, never markup, a link or a picture."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_BLANK = re.compile(r"\s+")
_LIVE = re.compile(r"(?<=http)(?=s?://)|(?<=www)(?=\.)|(?=@)|(?<=:)(?=[a-z:])|(?<=:)(?=[\w+/-]+:)", re.IGNORECASE)
"""Where an address becomes a link, a word between colons a picture, or one behind a colon a directive of the page,
although every sign of it is escaped."""

_APART = "\u200b"
"""No width at all; it only stands between two signs."""


def markdown_line(text: object, most: int = 2_000) -> str:
    """A text on one line in which Markdown finds nothing to do, cut after `most` characters."""
    line = _one_line(text)
    return _PUNCTUATION.sub(r"\\\1", _LIVE.sub(_APART, line if len(line) <= most else line[: most - 3] + "..."))


_LOOKALIKES = str.maketrans(
    {**dict.fromkeys("*_#", " "), **dict(zip("[]`<>~\\", "()'‹›∼/", strict=True)), "$": " dollar "}
)


def labelled(text: object, most: int = 300) -> str:
    """A text for the label of a field: what would be markup is replaced or set apart, not escaped.

    Screen readers are told a label as it was given, and would read out every backslash.
    """
    return _one_line(_LIVE.sub(" ", _one_line(text).translate(_LOOKALIKES)))[:most]


def _one_line(text: object) -> str:
    return _BLANK.sub(" ", "".join(char if char.isprintable() else " " for char in str(text))).strip()


def beyond(problem: Exception) -> str:
    """An error that no rule foresees, in words: most likely some number is far out."""
    if isinstance(problem, MemoryError):
        return "there is not enough memory for this"
    kind = type(problem).__name__
    return f"nothing can be made of its numbers, of which one may be far too large or small ({kind}: {problem})"
