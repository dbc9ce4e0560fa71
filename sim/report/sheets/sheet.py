"""A table as data: numbers with their intervals, which are rounded when they are shown, by what they bear."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from sim.report.sheets.numbers import both_intervals, rounded_by, with_limits

SHORT_NOTES = {"no difference found": "none found", "too few replications": "too few runs"}
"""Of long notes, what stands in their place where there is little room."""


class Amount(NamedTuple):
    """A number, with the interval by which it is rounded; as text "+6.5 days (+5.6 to +7.4) better".

    sign: it is a change. figures: to so many it is rounded without an interval. bare: the interval is not shown.
    note: what is said of it, such as a verdict; more: what is said behind that where there is room. inputs_low,
    inputs_high: of what is uncertain of the inputs, where they were varied; low and high are of chance.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    sign: bool = False
    figures: int = 4
    bare: bool = False
    note: str = ""
    more: str = ""
    inputs_low: float = math.nan
    inputs_high: float = math.nan

    @classmethod
    def of(cls, row: Mapping[Any, Any], name: str, **how: Any) -> "Amount":
        """The number of this name in a row of a table, with its ends: of the mean, those of an interval; and of
        inputs, where the row has any."""
        of_mean = name in ("mean", "amount")
        low, high = ("ci_low", "ci_high") if of_mean else (f"{name}_low", f"{name}_high")
        inputs = {end: row.get(end if of_mean else f"{name}_{end}", math.nan) for end in ("inputs_low", "inputs_high")}
        return cls(row[name], row[low], row[high], **{**inputs, **how})

    @property
    def parts(self) -> tuple[str, str]:
        """The number, to as many decimals as its widest interval bears, and its interval, or both."""
        inputs, chance = (self.inputs_low, self.inputs_high), (self.low, self.high)
        ends = rounded_by(self.value, inputs, chance)
        return with_limits(self.value, *ends, self.sign, self.figures)[0], both_intervals(inputs, chance, self.sign)

    def __str__(self) -> str:
        value, limits = self.parts
        limits = f"({limits})" if limits and value and not self.bare else ""
        note = f"{self.note} ({self.more})" if self.note and self.more else self.note
        return " ".join(filter(None, (value, self.unit if value else "", limits, note)))

    @property
    def pair(self) -> tuple[str, str]:
        """Its value with its unit, and its interval, each on a line of its own where there is room below."""
        _, limits = self.parts
        return str(self._replace(bare=True, note="")), "" if self.bare or math.isnan(self.value) else limits

    @property
    def short(self) -> str:
        """The same without its interval, for where there is little room."""
        return str(self._replace(bare=True, note=SHORT_NOTES.get(self.note, self.note), more=""))


TableCell = str | Amount


class Column(NamedTuple):
    """A column. kind: words may wrap, numbers are never cut. spare: a narrow terminal does without it."""

    name: str
    unit: str = ""
    kind: Literal["words", "number"] = "words"
    spare: bool = False

    @property
    def head(self) -> str:
        """Its name and its unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True)
class Sheet:
    """A table. title: what it shows. The first column names the row. note: what must be known to read it.

    Every cell of `rows` stands under the column of its place; numbers are rounded when they are shown.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[TableCell]]
    note: str = ""

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of the columns."""
        return tuple(column.head for column in self.columns)

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """The rows as they are read."""
        return [tuple(map(str, row)) for row in self.rows]

    @property
    def short(self) -> "Sheet":
        """The same with numbers without their intervals, and without what can be spared."""
        rows = [[cell.short if isinstance(cell, Amount) else cell for cell in row] for row in self.rows]
        return replace(self, rows=rows).without_spare

    @property
    def without_spare(self) -> "Sheet":
        """The same without the columns that can be spared."""
        kept = [at for at, column in enumerate(self.columns) if not column.spare]
        rows = [[row[at] for at in kept] for row in self.rows]
        return replace(self, columns=[self.columns[at] for at in kept], rows=rows)


def words(*names: str) -> list[Column]:
    """Columns of words."""
    return [Column(name) for name in names]


def figures(*names: str, unit: str = "") -> list[Column]:
    """Columns of numbers."""
    return [Column(name, unit, "number") for name in names]


def side_by_side(
    title: str,
    names: Sequence[str],
    entries: Iterable[tuple[Sequence[str], Mapping[str, TableCell]]],
    labels: Sequence[str],
    note: str = "",
    absent: str = "",
) -> Sheet:
    """Scenarios beside one another: the baseline once, as it is, and how far each other one is from it.

    names: of the columns that say what a row is. entries: these words, and the cells by label; `absent` where there is
    none. A single scenario without a label has its numbers under "mean (95 % interval)".
    """
    heads = figures(*(label or "mean (95 % interval)" for label in labels))
    rows = [(*named, *(cells.get(label, absent) for label in labels)) for named, cells in entries]
    return Sheet(title, [*words(*names), *heads], rows, note)
