"""What a report is made of, as data: sections of sentences, tables and pictures. Templates turn it into a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Sheet:
    """A table. caption: what it shows. heads: of the columns; the first column names the row.

    rows: cells as text, as many as heads. words: positions of columns that hold words and may wrap; others are numbers.
    note: what must be known to read it.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure with its heading, and in `says`, what can be seen on it, for those who do not see it."""

    heading: str
    says: str
    figure: "Figure"


@dataclass(frozen=True)
class Part:
    """A part of a section, in this order. heading: empty for what needs none. lines: paragraphs. note: in small print.

    facts: a term and what it is. bullets: of a list.
    """

    heading: str = ""
    lines: Sequence[str] = ()
    note: str = ""
    facts: Sequence[tuple[str, str]] = ()
    bullets: Sequence[str] = ()
    sheets: Sequence[Sheet] = ()
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Section:
    """A section of a report. key: its anchor. new_page: begins on a page of its own when printed."""

    key: str
    heading: str
    parts: Sequence[Part]
    new_page: bool = False


@dataclass(frozen=True)
class Page:
    """A report. title: of the page. subtitle: what was simulated, in a line."""

    title: str
    subtitle: str
    sections: Sequence[Section]
