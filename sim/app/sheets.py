"""Sheets of the page: tables and pictures, read aloud in order; on a narrow screen a row is a small list."""

import io
import threading
from collections.abc import Sequence
from html import escape

import streamlit as st
from matplotlib.figure import Figure

from sim.report.pictures.style import drawing
from sim.report.sheets.sheet import Sheet
from sim.report.words import visible

STYLE = """<style>
.stMainBlockContainer { max-width: 70rem; padding-top: 2.5rem; }
.stMainBlockContainer h1 { font-size: 2.2rem; }
.stMainBlockContainer h2 { font-size: 1.6rem; }
.stMainBlockContainer h3 { font-size: 1.2rem; }
.stMainBlockContainer [data-testid="stCaptionContainer"] { color: #4a5260; opacity: 1; }
.stMainBlockContainer [data-testid="stCaptionContainer"] p { color: #4a5260; }
.sd-table { overflow-x: auto; margin-bottom: .5rem; }
.sd-table table { border-collapse: collapse; width: 100%; font-size: .9rem; }
.sd-table caption { text-align: left; font-weight: 600; padding-bottom: .4rem; color: inherit; }
.sd-table th, .sd-table td { padding: .35rem .6rem; border-bottom: 1px solid #d5d9e0; text-align: right;
  vertical-align: top; font-variant-numeric: tabular-nums; }
.sd-table thead th { border-bottom: 2px solid #5a6472; vertical-align: bottom; }
.sd-table .sd-words { text-align: left; }
.sd-table tbody th { font-weight: 600; }
.sd-note { font-size: .85rem; color: #4a5260; margin: 0 0 1rem; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; }
  .sd-table table, .sd-table caption, .sd-table tbody, .sd-table tr { display: block; }
  .sd-table td, .sd-table tbody th { display: block; }
  .sd-table thead { position: absolute; left: -99rem; }
  .sd-table tr { border-bottom: 2px solid #5a6472; padding: .4rem 0; }
  .sd-table td, .sd-table tbody th { border: 0; padding: .1rem 0; text-align: left; }
  .sd-table td:empty { display: none; }
  .sd-table td::before { content: attr(data-head) ": "; color: #4a5260; }
}
</style>"""
"""Fixed text: nothing that anybody can name or type gets in here."""

DRAWING = threading.Lock()
"""Held while matplotlib draws: it does so for one visitor at a time."""


def show_sheet(sheet: Sheet) -> None:
    """A table of a report, with its note below."""
    st.html(_html(sheet))


def png(figure: Figure) -> bytes:
    """A figure as a picture."""
    buffer = io.BytesIO()
    with DRAWING, drawing():
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _html(sheet: Sheet) -> str:
    # With the roles spelt out, a table whose rows are laid out as lists is still read as a table.
    heads = "".join(
        f'<th role="columnheader" scope="col"{_class(i, sheet)}>{_shown(head)}</th>'
        for i, head in enumerate(sheet.heads)
    )
    rows = "".join(f'<tr role="row">{_cells(row, sheet)}</tr>' for row in sheet.texts)
    note = f'<p class="sd-note">{_shown(sheet.note)}</p>' if sheet.note else ""
    return (
        f'<div class="sd-table" tabindex="0" role="region" aria-label="{_shown(sheet.title)}"><table role="table">'
        f'<caption>{_shown(sheet.title)}</caption><thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table></div>{note}'
    )


def _cells(row: Sequence[str], sheet: Sheet) -> str:
    cells = [f'<th role="rowheader" scope="row"{_class(0, sheet)}>{_shown(row[0])}</th>']
    cells += [
        f'<td role="cell" data-head="{_shown(sheet.heads[i])}"{_class(i, sheet)}>{_shown(text)}</td>'
        for i, text in enumerate(row)
        if i
    ]
    return "".join(cells)


def _shown(text: str) -> str:
    return escape(visible(text))


def _class(column: int, sheet: Sheet) -> str:
    return ' class="sd-words"' if sheet.columns[column].kind == "words" else ""
