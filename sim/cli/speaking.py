"""How commands speak: tables and answers to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer


def say(line: str) -> None:
    """A line beside the answer: a warning, an error, what was written."""
    typer.echo(line, err=True)


def as_records(frame: Any) -> str:
    """The rows of a DataFrame as JSON: one object a row, missing numbers as null."""
    return str(frame.to_json(orient="records", double_precision=15))


def rows_of(frame: Any) -> Any:
    """The same as a value, to be part of a larger one."""
    return json.loads(as_records(frame))


def say_json(value: Any) -> None:
    """A value as JSON, to standard output. Keys keep their order; what JSON has no word for is written as text."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))


EXPENDABLE = ("unit", "p (Holm)", "baseline", "share", "days", "% of cohort")
"""Columns that a narrow terminal does without, in this order; numbers are never cut."""


_kept: list[str] = []
_written: list[str] = []


def begin() -> None:
    """Forget what another command in this process kept and wrote."""
    _kept.clear()
    _written.clear()


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
    kept = [f"finished replications are kept in {folder}, and the same command goes on from there" for folder in _kept]
    return "; ".join([*_written, *kept]) or "nothing was written"


def show(table: Any) -> None:
    """A table of rich, or a line of text."""
    from rich.console import Console

    if not sys.stdout.isatty():
        # In a pipe there is no width to respect: nothing is cut or wrapped.
        Console(width=10_000, highlight=False).print(table)
        return
    console = Console(highlight=False)
    columns = list(getattr(table, "columns", ()))
    for head in EXPENDABLE if hasattr(table, "columns") else ():
        if _width(console, table) <= console.width:
            break
        table.columns = [column for column in table.columns if column.header != head]
    if hasattr(table, "columns") and _width(console, table) > console.width:
        # Row by row there is room for everything.
        table.columns = columns
        for line in _blocks(table):
            console.print(line)
        return
    console.print(table)


def _width(console: Any, table: Any) -> int:
    from rich.measure import Measurement

    return int(Measurement.get(console, console.options.update(width=10_000), table).maximum)


def _blocks(table: Any) -> Iterator[Any]:
    """A table that is too wide, row by row: the first cell, and below it the others under their heads."""
    from rich.text import Text

    if table.title:
        yield table.title
    heads = [str(column.header) for column in table.columns]
    for first, *others in zip(*(column.cells for column in table.columns), strict=True):
        yield Text.from_markup(str(first), style="bold")
        for head, cell in zip(heads[1:], others, strict=True):
            if str(cell):
                yield Text.from_markup(f"  {head.strip()}: {cell}" if head.strip() else f"  {cell}")


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
