"""How commands speak: tables and answers to standard output, everything else to standard error."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import typer

from sim.report.words import STEERING, one_line, visible

if TYPE_CHECKING:
    from sim.report.sheets.sheet import Sheet

# Whatever a command says goes through here, where names and titles lose all power over the terminal.


def say(line: str) -> None:
    """A line beside the answer: a warning, an error, what was written."""
    typer.echo(one_line(line), err=True)


def say_lines(text: str) -> None:
    """The same of a text of several lines, such as all problems of a file."""
    for line in text.rstrip("\n").split("\n"):
        say(line)


def _answer(text: str, nl: bool = True) -> None:
    try:
        typer.echo(text, nl=nl)
    except OSError as error:
        hint = f"make room, or send the answer elsewhere; {what_is_left()}"
        raise OSError(error.errno, f"{error.strerror}: {hint}", "standard output") from error


def tell(line: str) -> None:
    """A line of the answer."""
    _answer(one_line(line))


def tell_whole(text: str) -> None:
    """An answer that is a text of many lines, as it is."""
    _answer(visible(text), nl=False)


def tell_json(text: str) -> None:
    """An answer in JSON, which has escapes of its own."""
    _answer(STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text.rstrip("\n")))


def say_json(value: Any) -> None:
    """A value as JSON, to standard output. Keys keep their order; what JSON has no word for is written as text."""
    ascii_alone = not (sys.stdout.encoding or "").lower().startswith("utf")
    tell_json(json.dumps(value, indent=1, ensure_ascii=ascii_alone, default=str))


_kept: list[tuple[str, str]] = []
_unkept: list[str] = []
_written: list[str] = []
_amiss: list[str] = []


def begin() -> None:
    """Forget what another command in this process kept and wrote; and see that no letter stops what is said.

    A terminal or a pipe may know ASCII alone, and names of files may be no text at all.
    """
    _kept.clear()
    for known in (_written, _amiss, _unkept):
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


def keeping(folder: object, files: str = "*", option: str = "") -> None:
    """Note that what is finished is kept in such files of a folder, should the command be stopped.

    option: without a folder, the one with which it would have been.
    """
    _kept[:] = [] if folder is None else [(str(folder), files)]
    _unkept[:] = [f"with {option} what is finished is kept"] if option and folder is None else []


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
    kept = [
        f"what was finished is kept in {folder}, and the same command goes on from there"
        if any(Path(folder).glob(files))
        else f"nothing was finished; the same command begins again in {folder}"
        for folder, files in _kept
    ]
    if _written:
        return "; ".join([*_written, *kept])
    return "; ".join([*(kept or ["nothing was written"]), *_unkept])


def show(*parts: "Sheet | str", short: bool = False) -> None:
    """Tables, and lines of the answer. In a pipe there is no width to respect: nothing is cut or wrapped.

    short: where a table is too wide for a screen, its numbers go without their intervals.
    """
    from sim.report.render.terminal import sheet_lines

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for part in parts:
        if isinstance(part, str):
            for line in wrap(one_line(part), width) if width else [part]:
                tell(line)
        else:
            for line in sheet_lines(part, width, short):
                _answer(line)


def say_on_terminal(what: str) -> None:
    """Say on standard error, when that is a terminal, what takes long."""
    if sys.stderr.isatty():
        say(what)


@contextmanager
def progress_bar(what: str = "replications") -> Iterator[Any]:
    """A progress bar on standard error, when that is a terminal. what: is counted."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
