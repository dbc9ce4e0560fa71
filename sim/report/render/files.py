"""A page as one HTML file without anything outside it, or as Markdown.

Texts of scenario files are hostile: HTML is escaped by jinja2 (nothing is marked safe), Markdown by `markdown_text`.
"""

import base64
import io
import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from sim.files.whole_files import move_all, whole_text
from sim.report.page_parts import Page, Part
from sim.report.pictures.figure_file import KINDS, write_figure
from sim.report.pictures.style import drawing
from sim.report.render.csv import csv_text
from sim.report.render.markdown import markdown_text, sheet_lines
from sim.report.words import visible

if TYPE_CHECKING:
    from sim.report.brief.facts import Brief

Format = Literal["html", "markdown"]
FigureKind = Literal["svg", "png", "pdf"]

LARGEST_SVG = 300_000
"""Bytes from which on a picture is drawn in pixels."""

PER_CENT = re.compile(r"(?<=\d) %")


def rendered(page: Page, kind: Format) -> str:
    """The text of the file."""
    if kind == "html":
        return environment(html=True).get_template("report.html.j2").render(page=page, image=_data_uri, pieces=_pieces)
    text = environment(html=False).get_template("report.md.j2").render(page=page, table=sheet_lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def rendered_piece(parts: Sequence[Part] = (), brief: "Brief | None" = None) -> str:
    """A brief, or parts of a section, as HTML for a page of others: with its style, which holds for nothing else."""
    template = environment(html=True).get_template("piece.html.j2")
    return template.render(parts=parts, brief=brief, image=_data_uri, pieces=_pieces)


def write_page(page: Page, path: str | PathLike[str], kind: Format) -> None:
    """Write the page; whole or not at all. Raises OSError when the file cannot be written."""
    text = rendered(page, kind)
    with whole_text(path) as file:
        file.write(text)


def write_figures(page: Page, folder: str | PathLike[str], kind: FigureKind) -> list[Path]:
    """Write every picture of the page as a file of its own, made after the page's order and the pictures' headings.

    folder: made if it is not there; files of the same names in it are replaced. Returns the files, which appear
    together: when one cannot be written (OSError), or the writing is stopped, none is.
    """
    drawn = [each for section in page.sections for part in section.parts for each in part.pictures]
    parts = [(each.heading, kind, partial(write_figure, each.figure)) for each in drawn]
    return _written_together(parts, Path(folder), "picture")


def write_tables(page: Page, folder: str | PathLike[str]) -> list[Path]:
    """The same of every table, as CSV."""
    sheets = [sheet for section in page.sections for part in section.parts for sheet in part.sheets]
    parts = [(each.title, "csv", partial(Path.write_text, data=csv_text(each), encoding="utf-8")) for each in sheets]
    return _written_together(parts, Path(folder), "table")


def _written_together(
    parts: Sequence[tuple[str, str, Callable[[Path], object]]], target: Path, called: str
) -> list[Path]:
    """parts: heading, suffix, and what writes it to a path."""
    target.mkdir(parents=True, exist_ok=True)
    files = []
    try:
        with TemporaryDirectory(prefix=".", suffix=".part", dir=target) as apart:
            for number, (heading, suffix, write) in enumerate(parts, start=1):
                words = "_".join(re.findall(r"[a-z0-9]+", heading.lower()))[:60].rstrip("_")
                files.append(target / f"{number:02d}_{words}.{suffix}")
                write(Path(apart) / files[-1].name)
            move_all([(Path(apart) / file.name, file) for file in files])
    except OSError as error:
        # It would name a file that was to be moved, which nobody knows.
        if error.errno is None:
            raise
        raise OSError(error.errno, f"{os.strerror(error.errno)}; no {called} was written", str(target)) from error
    return files


def _pieces(text: str) -> list[str]:
    """A text cut where a long name may go on in the next line: behind dots and underscores between letters."""
    return re.split(r"(?<=[a-z][._])(?=\w)", text)


def _harmless(value: Any) -> Any:
    """A text of which the page cannot be made to read otherwise than it is written, with per cent signs on the line of
    their numbers; what is HTML already, as it is."""
    return PER_CENT.sub("\N{NO-BREAK SPACE}%", visible(value)) if _is_plain(value) else value


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and not hasattr(value, "__html__")


def environment(html: bool) -> Environment:
    """Of the templates of pages, which escape for HTML or for Markdown."""
    # Not `select_autoescape`, which goes by suffixes that a renamed template would slip through.
    how: dict[str, Any] = {"autoescape": html, "finalize": _harmless if html else markdown_text}
    how |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    return Environment(loader=PackageLoader("sim.report", "templates"), **how)


def _data_uri(figure: Figure) -> str:
    """The figure as a picture within the file: sharp at any size unless that takes too much room.

    The same figure gives the same bytes.
    """
    svg = _saved(figure, "svg")
    kind, data = ("svg+xml", svg) if len(svg) <= LARGEST_SVG else ("png", _saved(figure, "png"))
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _saved(figure: Figure, kind: str) -> bytes:
    stream = io.BytesIO()
    with drawing():
        figure.savefig(stream, format=kind, metadata=KINDS[kind])
    return stream.getvalue()
