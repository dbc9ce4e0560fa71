"""Markdown: texts as they are, tables, and the part of a page that a command writes between two comments."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sim.experiment.regression.baselines import Check
from sim.report.sheets.drift import drift_parts, drift_verdict
from sim.report.sheets.sheet import Sheet
from sim.report.words import one_line

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$])")
"""What Markdown takes for more than text, in the middle of a line."""


def markdown_text(value: Any) -> Any:
    """A text so that Markdown shows it as it is, in one line; other values as they are."""
    if not isinstance(value, str):
        return value
    line = one_line(" ".join(value.split())).replace("&", "&amp;")
    return SPECIAL.sub(r"\\\1", line)


def sheet_lines(sheet: Sheet) -> list[str]:
    """The lines of a table; whatever stands in its cells is shown as it is."""
    numbers = {at for at, column in enumerate(sheet.columns) if column.kind == "number"}
    return _table(map(markdown_text, sheet.heads), [map(markdown_text, cells) for cells in sheet.texts], numbers)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]], numbers: Collection[int] = ()) -> list[str]:
    """Lines of a table of Markdown; the columns of these places are of numbers."""
    names = list(heads)
    head, *lines = (f"| {' | '.join(cells)} |" for cells in (names, *rows))
    return [head, "|" + "".join("---:|" if at in numbers else "---|" for at in range(len(names))), *lines]


def drift_markdown(check: Check) -> str:
    """What a regression check found, for a summary of continuous integration."""
    lines = [f"**{markdown_text(drift_verdict(check))}**", ""]
    for part in drift_parts(check):
        if isinstance(part, str):
            lines += [markdown_text(part), ""]
        else:
            lines += [f"### {markdown_text(part.title)}", "", *sheet_lines(part), ""]
    return "\n".join(lines).rstrip() + "\n"


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


def part_of(command: str, blocks: Sequence[str | Sheet]) -> str:
    """Such a part: paragraphs of Markdown and tables, whose cells are Markdown of ours, with the comments around it."""
    marks = marks_of(command)
    texts = [each if isinstance(each, str) else "\n".join(_table(each.heads, each.texts)) for each in blocks]
    return "\n\n".join([marks.begin, *texts, marks.end])
