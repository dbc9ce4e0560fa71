"""Files of earlier versions, rewritten for this one: scenarios, suites and baselines."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sim.experiment.regression.baseline_file import rewritten_baseline
from sim.files.formats import RENAMED_KEYS, FileKind
from sim.files.problems import Problem, ScenarioError, refusal
from sim.files.rewriting import rewritten
from sim.files.toml import parse_toml, read_text
from sim.files.whole_files import whole_file, write_whole
from sim.scenario.schema import Scenario

MARK = "\ufeff"
"""What some editors put at the very beginning of a file; it stays where it was."""


class Rewritten(NamedTuple):
    """A file in the format of today. changes: what is not as it was, in words; none where nothing was old."""

    path: Path
    text: str
    changes: tuple[str, ...]


def migrate(paths: Sequence[str | os.PathLike[str]], write: bool = True) -> list[Rewritten]:
    """Rewrite scenario files, suites and baselines to the format of today, with their comments: all of them, or none.

    Each file by itself: what it extends or names is not looked at. A file that states the format of today, and nothing
    that is old, is not touched; one that states no format gets it.
    write: whether to; otherwise it is only said what would change. Output folders need no rewriting: they are read as
    they are. Raises ScenarioError with all that is wrong with any of the files, OSError when one cannot be written.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ours.toml")
    ...     _ = path.write_text("extends = 'base'")
    ...     (ours,) = sim.migrate([path])
    ...     path.read_text().startswith("format = ")
    True
    """
    planned: list[Rewritten] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(map(Path, paths)):
        try:
            planned.append(_planned(path))
        except ScenarioError as refused:
            problems += refused.problems
    if problems:
        raise ScenarioError(problems)
    if write:
        changed = [each for each in planned if each.changes]
        with _all_or_none([each.path for each in changed]), ExitStack() as stack:
            for each in changed:
                part = stack.enter_context(whole_file(each.path))
                part.write_bytes(each.text.encode())
                shutil.copymode(each.path, part)
    return planned


@contextmanager
def _all_or_none(paths: Sequence[Path]) -> Iterator[None]:
    """Files that take their places one after the other; if one of them cannot, the others are as they were again."""
    before = {path: (path.read_bytes(), path.stat().st_mode) for path in paths}
    try:
        yield
    except BaseException:
        for path, (content, mode) in before.items():
            if path.read_bytes() != content:
                write_whole(path, content)
                path.chmod(mode)
        raise


def _planned(path: Path) -> Rewritten:
    check_rewritable(path)
    if path.suffix == ".csv":
        text, changes = rewritten_baseline(path)
        return Rewritten(path, text, tuple(changes))
    text = read_text(path)
    mark = MARK if path.read_bytes().startswith(MARK.encode()) else ""
    kind = _kind(parse_toml(text, path.name), path.name)
    text, changes = rewritten(text, kind, path.name)
    return Rewritten(path, mark + text, tuple(changes))


def check_rewritable(path: Path) -> None:
    """ScenarioError for what is no file of ours to write to."""
    name = str(path)
    if path.is_symlink():
        raise refusal(name, "", "is a link; name the file that it leads to")
    if path.is_dir():
        raise refusal(name, "", "is a folder; output folders are read as they are, so name files")
    if path.suffix not in (".toml", ".csv"):
        raise refusal(name, "", "must be a scenario or a suite, which end in .toml, or a baseline, which ends in .csv")
    try:
        mode = path.stat().st_mode
    except OSError as reason:
        raise refusal(name, "", f"cannot be read: {reason.strerror}") from None
    if not (mode & 0o222 and os.access(path, os.W_OK)):
        raise refusal(name, "", "cannot be written: it is read-only")


def _kind(data: Mapping[str, Any], source: str) -> FileKind:
    """Whether a file of TOML is a suite or a scenario; ScenarioError if it is neither."""
    if not data:
        raise refusal(source, "", "says nothing, so there is nothing to rewrite")
    if "case" in data:
        return "suite"
    given_up = {each.old.split(".")[0] for each in RENAMED_KEYS if each.kind == "scenario"}
    if not set(data) & {"extends", "remove", *given_up, *Scenario.model_fields}:
        raise refusal(source, "", "is neither a scenario nor a suite: it has none of their keys")
    return "scenario"
