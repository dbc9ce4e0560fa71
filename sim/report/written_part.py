"""The part of a page that a command writes, between two comments; what stands around it, written by hand, stays."""

from typing import NamedTuple


class Marks(NamedTuple):
    """The comments around a part."""

    begin: str
    end: str


def marks_of(command: str) -> Marks:
    """Those of the part that this command writes."""
    return Marks(*(f"<!-- written by `stepdown {command}`: {which} -->" for which in ("begin", "end")))


def with_part(page: str, part: str, marks: Marks) -> str:
    """The page with its written part, marks included, replaced; an empty page becomes the part alone.

    Raises ValueError where the page does not have the two comments, once each and in order: nothing may be lost.
    """
    begin, end = marks
    if not page.strip():
        return part + "\n"
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(end) < page.index(begin):
        raise ValueError(f"the page needs the comments {begin} and {end} once each, around the part to be replaced")
    before, rest = page.split(begin)
    return before + part + rest.split(end)[1]
