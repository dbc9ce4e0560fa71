"""Tables as CSV: every number as it is known, with the ends of its interval and what is said of it beside it."""

import csv
import io
import math
from collections.abc import Sequence

from sim.report.sheets.sheet import Amount, Sheet, TableCell

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a cell for a formula, or lets one hide behind white space."""


def csv_text(sheet: Sheet) -> str:
    """A table; a column that holds numbers with intervals becomes four: the number, its ends, and the note."""
    full = [
        any(isinstance(row[at], Amount) and not math.isnan(row[at].low) for row in sheet.rows)  # type: ignore[union-attr]
        for at in range(len(sheet.columns))
    ]
    heads = [
        name
        for head, wide in zip(sheet.heads, full, strict=True)
        for name in ([head, f"{head}: low", f"{head}: high", f"{head}: note"] if wide else [head])
    ]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(harmless, heads))
    for row in sheet.rows:
        writer.writerow([text for cell, wide in zip(row, full, strict=True) for text in _cells(cell, wide)])
    return stream.getvalue()


def _cells(cell: TableCell, wide: bool) -> Sequence[str]:
    if not isinstance(cell, Amount):
        return [harmless(cell), *([""] * 3 if wide else [])]
    value, low, high = ("" if math.isnan(number) else repr(float(number)) for number in cell[:3])
    return [value, low, high, harmless(cell.note)] if wide else [value]


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that it would is led in by an apostrophe."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
