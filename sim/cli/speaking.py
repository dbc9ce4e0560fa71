"""How commands speak: tables and answers to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import TextIOWrapper
from typing import Any

import typer

from sim.report.words import STEERING, one_line, visible

# Whatever a command says goes through here, where names and titles lose all power over the terminal.


def say(line: str) -> None:
    """A line beside the answer: a warning, an error, what was written."""
    typer.echo(one_line(line), err=True)


def say_lines(text: str) -> None:
    """The same of a text of several lines, such as all problems of a file."""
    for line in text.rstrip("\n").split("\n"):
        say(line)


def tell(line: str) -> None:
    """A line of the answer."""
    typer.echo(one_line(line))


def tell_whole(text: str) -> None:
    """An answer that is a text of many lines, as it is."""
    typer.echo(visible(text), nl=False)


def tell_json(text: str) -> None:
    """An answer in JSON, which has escapes of its own."""
    typer.echo(STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text.rstrip("\n")))


def as_records(frame: Any) -> str:
    """The rows of a DataFrame as JSON: one object a row, missing numbers as null."""
    return str(frame.to_json(orient="records", double_precision=15))


def rows_of(frame: Any) -> Any:
    """The same as a value, to be part of a larger one."""
    return json.loads(as_records(frame))


def say_json(value: Any) -> None:
    """A value as JSON, to standard output. Keys keep their order; what JSON has no word for is written as text."""
    ascii_alone = not (sys.stdout.encoding or "").lower().startswith("utf")
    tell_json(json.dumps(value, indent=1, ensure_ascii=ascii_alone, default=str))


EXPENDABLE = ("unit", "p (Holm)", "baseline", "share", "days", "% of cohort", "here")
"""Columns that a narrow terminal does without, in this order; numbers are never cut."""
LEAST = 12
"""A column of words may be made so narrow, before a table is told row by row."""


_kept: list[str] = []
_written: list[str] = []
_amiss: list[str] = []


def begin() -> None:
    """Forget what another command in this process kept and wrote; and see that no letter stops what is said.

    A terminal or a pipe may know ASCII alone, and names of files may be no text at all.
    """
    for known in (_kept, _written, _amiss):
        known.clear()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def plainly(error: Exception) -> str:
    """The text of an error; of one from the operating system without its number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def amiss(what: str) -> None:
    """Say that something did not go as it should, although the command goes on; it then ends as a failed one."""
    say(f"stepdown: {what}")
    _amiss.append(what)


def all_well() -> bool:
    """Whether nothing went amiss."""
    return not _amiss


def keeping(folder: object) -> None:
    """Note that finished replications are kept in a folder, should the command be stopped."""
    _kept[:] = [] if folder is None else [str(folder)]


@contextmanager
def writing(what: object) -> Iterator[None]:
    """Say what was written, once it is, and note it, should the command be stopped in the middle or later."""
    # Whoever writes puts everything in place or nothing, and an interrupt may come before or after.
    _written.append(f"{what}: all is written, or all is as it was before")
    yield
    _written[-1] = f"wrote {what}"
    say(f"wrote {what}")


def what_is_left() -> str:
    """What a command that was stopped leaves behind, in words."""
    kept = [f"what was finished is kept in {folder}, and the same command goes on from there" for folder in _kept]
    return "; ".join([*_written, *kept]) or "nothing was written"


def show(table: Any) -> None:
    """A table of rich, or a line of text, with the markup of rich."""
    from rich.console import Console

    table = _harmless(table)
    if not sys.stdout.isatty():
        # In a pipe there is no width to respect: nothing is cut or wrapped.
        console = Console(width=10_000, highlight=False, emoji=False)
        with console.capture() as capture:
            console.print(table)
        typer.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))
        return
    console = Console(highlight=False, emoji=False)
    columns = list(getattr(table, "columns", ()))
    for head in EXPENDABLE if hasattr(table, "columns") else ():
        if _width(console, table) <= console.width:
            break
        left = (column for column in table.columns if column.header != head)
        # Numbered anew: rich takes the last one, by its number, to need no space behind it.
        table.columns = [replace(column, _index=position) for position, column in enumerate(left)]
    if hasattr(table, "columns") and not _fitted(console, table):
        # Row by row there is room for everything.
        table.columns = columns
        for line in _blocks(table, console.width):
            console.print(line)
        return
    console.print(table)


def _harmless(shown: Any) -> Any:
    """A table, or a line of text, with nothing in it that steers the terminal, and every cell in one line."""
    if isinstance(shown, str):
        return one_line(shown)
    if shown.title:
        shown.title.plain = one_line(shown.title.plain)
    shown.columns = [
        replace(column, header=one_line(str(column.header)), _cells=[one_line(str(cell)) for cell in column.cells])
        for column in shown.columns
    ]
    return shown


def _width(console: Any, table: Any) -> int:
    from rich.measure import Measurement

    return int(Measurement.get(console, console.options.update(width=10_000), table).maximum)


def _fitted(console: Any, table: Any) -> bool:
    """Whether the table fits, its columns of words made narrower where need be; their cells then take more lines."""
    words = [column for column in table.columns if not column.no_wrap]
    widths = [max(map(len, map(str, (column.header, *column.cells)))) for column in words]
    while _width(console, table) > console.width:
        widest = max(range(len(words)), key=widths.__getitem__, default=None)
        if widest is None or widths[widest] <= LEAST:
            return False
        widths[widest] -= 1
        words[widest].width = widths[widest]
    return True


def _blocks(table: Any, width: int) -> Iterator[Any]:
    """A table that is too wide, row by row: the first cell, and below it the others under their heads."""
    from rich.text import Text

    if table.title:
        yield table.title
    heads = [str(column.header).strip() for column in table.columns]
    for first, *others in zip(*(column.cells for column in table.columns), strict=True):
        yield Text.from_markup(str(first), style="bold", emoji=False)
        line = Text()
        for head, cell in zip(heads[1:], others, strict=True):
            field = Text.from_markup(f"{head}: {cell}" if head else str(cell), emoji=False)
            if not str(cell):
                continue
            if line and len(line) + 2 + len(field) > width:
                yield line
                line = Text()
            line = Text("; ").join([line, field]) if line else Text("  ").append_text(field)
        if line:
            yield line


def say_on_terminal(what: str) -> None:
    """Say on standard error, when that is a terminal, what takes long."""
    if sys.stderr.isatty():
        say(what)


@contextmanager
def progress_bar() -> Iterator[Any]:
    """A progress bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("replications"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
