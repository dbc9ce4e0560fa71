"""Tables as CSV: every number as it is known, with the ends of its interval and what is said of it beside it."""

import csv
import io
import math
from collections.abc import Sequence

from sim.report.sheets.sheet import Amount, Sheet, TableCell

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a cell for a formula, or lets one hide behind white space."""


def csv_text(sheet: Sheet) -> str:
    """A table; a column that holds numbers with intervals becomes four: the number, its ends, and the note; or six,
    with the ends of what uncertain inputs leave open before the note."""
    ends = [_ends([row[at] for row in sheet.rows]) for at in range(len(sheet.columns))]
    heads = [
        name
        for head, named in zip(sheet.heads, ends, strict=True)
        for name in (
            [head, *(f"{head}: {end.replace('_', ' ')}" for end in named), f"{head}: note"] if named else [head]
        )
    ]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(harmless, heads))
    for row in sheet.rows:
        writer.writerow([text for cell, named in zip(row, ends, strict=True) for text in _cells(cell, named)])
    return stream.getvalue()


def _ends(cells: Sequence[TableCell]) -> tuple[str, ...]:
    """The ends of intervals that a column has."""
    amounts = [cell for cell in cells if isinstance(cell, Amount)]
    if any(not math.isnan(amount.inputs_low) for amount in amounts):
        return "low", "high", "inputs_low", "inputs_high"
    return ("low", "high") if any(not math.isnan(amount.low) for amount in amounts) else ()


def _cells(cell: TableCell, ends: Sequence[str]) -> Sequence[str]:
    if not isinstance(cell, Amount):
        return [harmless(cell), *([""] * (len(ends) + 1) if ends else [])]
    numbers = (float(getattr(cell, name)) for name in ("value", *ends))
    texts = ["" if math.isnan(number) else repr(number) for number in numbers]
    return [*texts, harmless(cell.note)] if ends else texts


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that it would is led in by an apostrophe."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
