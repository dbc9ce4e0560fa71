"""How commands speak: tables and answers to standard output, everything else to standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer


def say(line: str) -> None:
    """A line beside the answer: a warning, an error, what was written."""
    typer.echo(line, err=True)


EXPENDABLE = ("unit", "p (Holm)", "baseline", "share", "days", "% of cohort")
"""Columns that a narrow terminal does without, in this order; numbers are never cut."""


def show(table: Any) -> None:
    """A table of rich, or a line of text."""
    from rich.console import Console
    from rich.measure import Measurement

    if not sys.stdout.isatty():
        # In a pipe there is no width to respect: nothing is cut or wrapped.
        Console(width=10_000, highlight=False).print(table)
        return
    console = Console(highlight=False)
    for head in EXPENDABLE if hasattr(table, "columns") else ():
        if Measurement.get(console, console.options.update(width=10_000), table).maximum <= console.width:
            break
        table.columns = [column for column in table.columns if column.header != head]
    console.print(table)


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
