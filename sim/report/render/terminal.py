"""Tables for a terminal: in a pipe whole, on a screen fitted to its width; no number is ever cut."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.cells import cell_len

from sim.report.sheets.sheet import Column, Sheet
from sim.report.words import one_line

LEAST = 12
"""A column of words may be made so narrow, before a table is told row by row."""
BETWEEN = 2


def sheet_lines(sheet: Sheet, width: int | None = None, short: bool = False) -> Iterator[str]:
    """The lines of a table: its title, heads, rows. width: of the screen; None in a pipe, where nothing is wrapped.

    Where it is too wide, what can be spared goes, and with `short` the intervals of numbers; then columns of words are
    made narrower; and if that is not enough, each row is told by itself, with what stands under which head.
    """
    title = one_line(sheet.title)
    if title:
        yield from wrap(title, width or len(title))
    if short and width is not None and _total(_widths(sheet)) > width:
        sheet = sheet.short
    widths = _widths(sheet)
    if width is not None and _total(widths) > width:
        fitted = _fitted(sheet.without_spare, width)
        if fitted is None:
            yield from _blocks(sheet, width)
            return
        sheet, widths = sheet.without_spare, fitted
    for cells in _texts(sheet):
        yield from _row(sheet.columns, cells, widths)


def _texts(sheet: Sheet) -> list[list[str]]:
    """Heads and rows, each cell in one line."""
    return [[*map(one_line, row)] for row in (sheet.heads, *sheet.texts)]


def _widths(sheet: Sheet) -> list[int]:
    return [max(map(cell_len, cells)) for cells in zip(*_texts(sheet), strict=True)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + BETWEEN * (len(widths) - 1)


def _fitted(sheet: Sheet, width: int) -> list[int] | None:
    """Widths with columns of words made narrower, and heads of numbers, until all fit; None where they do not."""
    (_, *rows), widths = _texts(sheet), _widths(sheet)
    floor = [
        min(LEAST, have) if column.kind == "words" else max([min(LEAST, have), *(cell_len(row[at]) for row in rows)])
        for at, (column, have) in enumerate(zip(sheet.columns, widths, strict=True))
    ]
    while _total(widths) > width:
        slack = [have - least for have, least in zip(widths, floor, strict=True)]
        if max(slack) <= 0:
            return None
        widths[slack.index(max(slack))] -= 1
    return widths


def _row(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """A row on as many lines as its longest cell takes."""
    wrapped = [(wrap(cell, most) if cell else []) or [""] for cell, most in zip(cells, widths, strict=True)]
    for at in range(max(map(len, wrapped))):
        texts = [lines[at] if at < len(lines) else "" for lines in wrapped]
        spaces = [most - cell_len(text) for text, most in zip(texts, widths, strict=True)]
        padded = [
            text + " " * space if column.kind == "words" else " " * space + text
            for text, space, column in zip(texts, spaces, columns, strict=True)
        ]
        yield (" " * BETWEEN).join(padded).rstrip()


def _blocks(sheet: Sheet, width: int) -> Iterator[str]:
    """A table that is too wide, row by row: the first cell, and below it the others under their heads."""
    heads, *rows = _texts(sheet)
    for first, *others in rows:
        yield from wrap(first, width) or [""]
        line = ""
        for head, cell in zip(heads[1:], others, strict=True):
            field = f"{head}: {cell}" if head else cell
            if not cell:
                continue
            if line and len(line) + 2 + len(field) > width:
                yield line
                line = ""
            line = f"{line}; {field}" if line else f"  {field}"
        if line:
            yield line
