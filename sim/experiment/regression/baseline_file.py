"""The file of a baseline: the numbers that a case of a suite gave when it was blessed.

It is a CSV file of metric, mean, sd, replications (in which the metric is defined) under a few lines that say where the
numbers come from: TOML, each line behind a `#`. The last of these is the SHA-256 of all other lines, so that a file
that was cut short or edited is noticed. There is no date in it, and numbers have 12 significant digits, so that
blessing twice writes the same file.
"""

import csv
import hashlib
import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, ValidationError

from sim.files.formats import CURRENT, check_format, metric_of_today
from sim.files.problems import Problem, ScenarioError
from sim.files.toml import parse_toml, read_text
from sim.scenario.frozen import Frozen

FIRST_LINE = "# A baseline of stepdown check. Written by --bless, not by hand."
COLUMNS = ["metric", "mean", "sd", "replications"]
_METRIC = re.compile(r"[a-z0-9_.]{1,200}")
_CHECKSUM = re.compile(r'# sha256 = "([0-9a-f]{64})"')
_FORMAT = re.compile(r"# format = ([0-9]{1,9})")
_VERSION = re.compile(r'# stepdown = "([0-9A-Za-z.+!-]{1,50})"')
_KEY_AND_VALUE = re.compile(r"# ([a-z]+ = .{1,200})")


class SuiteError(ScenarioError):
    """A suite or one of its baselines is not sound, or missing. `problems` holds every problem found."""


class DamagedBaseline(SuiteError):
    """A file that begins as a baseline and does not go on as one."""


class BaselineHead(Frozen):
    """Where the numbers of a baseline come from. digest: of the scenario."""

    format: Literal[2] = 2
    stepdown: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+!-]{1,50}$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    seed: Annotated[int, Field(strict=True, ge=0)]
    replications: Annotated[int, Field(strict=True, ge=1)]


@dataclass(frozen=True, eq=False)
class Baseline:
    """The numbers of one case, and where they come from. table: COLUMNS, one row a metric."""

    head: BaselineHead
    table: pd.DataFrame


def is_baseline(path: Path) -> bool:
    """Whether a file begins as a baseline."""
    try:
        return read_text(path).splitlines()[:1] == [FIRST_LINE]
    except ScenarioError:
        return False


def read_baseline(path: Path) -> Baseline:
    """A baseline from its file. SuiteError for a file that is none, DamagedBaseline, with the line, for a bad one."""
    lines = _lines(path)
    if _stated_format(lines, path.name) == 1:
        hint = f"Add it: stepdown migrate {shlex.quote(str(path))}; or bless it anew"
        raise DamagedBaseline([Problem(path.name, "", None, "is of format 1, which states no checksum", hint)])
    return _parsed(lines, path.name)


def rewritten_baseline(path: Path) -> tuple[str, list[str]]:
    """The text of a baseline in the format of today, and what was changed. SuiteError as of `read_baseline`."""
    lines, done = _lines(path), []
    if _stated_format(lines, path.name) == 1:
        at = next(at for at, line in enumerate(lines) if _FORMAT.fullmatch(line))
        lines[at] = f"# format = {CURRENT['baseline']}"
        lines.insert(_top(lines), f'# sha256 = "{_sha256(lines)}"')
        done.append(f"format = {CURRENT['baseline']}, with the checksum that it asks for")
    _parsed(lines, path.name)
    top = _top(lines)
    for at in range(top + 1, len(lines)):
        name, comma, numbers = lines[at].partition(",")
        if (new := metric_of_today(name)) != name:
            lines[at] = f"{new}{comma}{numbers}"
            done.append(f"{name} is {new} now")
    if done:
        lines[top - 1] = f'# sha256 = "{_sha256(lines[: top - 1] + lines[top:])}"'
    return "\n".join(lines) + "\n", done


def _lines(path: Path) -> list[str]:
    try:
        lines = read_text(path).splitlines()
    except ScenarioError as error:
        raise SuiteError(error.problems) from None
    if not lines or lines[0] != FIRST_LINE:
        raise SuiteError([Problem(path.name, "", None, "is not a baseline: its first line says nothing of one")])
    return lines


def _stated_format(lines: Sequence[str], source: str) -> int | None:
    """The format that the head states, where it can be read at all; SuiteError for a later one than ours."""
    head = lines[: _top(lines)]
    stated = next((int(match[1]) for line in head if (match := _FORMAT.fullmatch(line))), None)
    by = next((match[1] for line in head if (match := _VERSION.fullmatch(line))), "")
    if stated is not None and stated > CURRENT["baseline"]:
        try:
            check_format(stated, "baseline", source, by)
        except ScenarioError as error:
            raise SuiteError(error.problems) from None
    return stated


def _top(lines: Sequence[str]) -> int:
    """The number of lines above the numbers."""
    return next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))


def _parsed(lines: Sequence[str], source: str) -> Baseline:
    try:
        top = _top(lines)
        checksum = _CHECKSUM.fullmatch(lines[top - 1])
        head = _head(lines[1 : top - 1 if checksum else top], source)
        if lines[top : top + 1] != [",".join(COLUMNS)]:
            raise ValueError(f"line {top + 1}: must be {','.join(COLUMNS)}")
        rows = [_row(cells, top + 2 + at, head.replications) for at, cells in enumerate(csv.reader(lines[top + 1 :]))]
        if not rows:
            raise ValueError("it holds no metric")
        table = pd.DataFrame(rows, columns=COLUMNS)
        if len(twice := table["metric"][table["metric"].duplicated()]):
            raise ValueError(f"{twice.iloc[0]} is there twice")
        if checksum is None or checksum[1] != _sha256([*lines[: top - 1], *lines[top:]]):
            raise ValueError("it is not as it was written: its lines do not have the sha256 that it states")
    except (ValueError, csv.Error) as reason:
        raise DamagedBaseline([Problem(source, "", None, f"is damaged: {reason}", "Bless it anew")]) from None
    return Baseline(head, table)


def baseline_text(baseline: Baseline) -> str:
    """What the file of a baseline holds."""
    head = [FIRST_LINE]
    for key, value in baseline.head.model_dump().items():
        head.append(f"# {key} = {value}" if isinstance(value, int) else f'# {key} = "{value}"')
    rows = [
        f"{metric},{_digits(mean)},{_digits(sd)},{count}"
        for metric, mean, sd, count in zip(*(baseline.table[column] for column in COLUMNS), strict=True)
    ]
    body = [",".join(COLUMNS), *rows]
    return "\n".join([*head, f'# sha256 = "{_sha256([*head, *body])}"', *body]) + "\n"


def _sha256(lines: Sequence[str]) -> str:
    """Of lines whatever their ends are: version control may change those."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _head(lines: Sequence[str], source: str) -> BaselineHead:
    """The commented lines as TOML. ValueError for anything else."""
    stated = [_KEY_AND_VALUE.fullmatch(line) for line in lines]
    try:
        return BaselineHead.model_validate(parse_toml("\n".join(pair[1] for pair in stated if pair), source))
    except ValidationError as refused:
        keys = ", ".join(dict.fromkeys(str(part) for detail in refused.errors() for part in detail["loc"]))
        raise ValueError(
            f"the lines about where it comes from must state {', '.join(BaselineHead.model_fields)}; "
            f"wrong or missing: {keys}"
        ) from None


def _row(cells: Sequence[str], line: int, runs: int) -> tuple[str, float, float, int]:
    if len(cells) != len(COLUMNS) or not _METRIC.fullmatch(cells[0]):
        raise ValueError(f"line {line}: must be the name of a metric and three numbers")
    try:
        mean, sd = (float(cell or "nan") for cell in cells[1:3])
        count = int(cells[3])
    except ValueError:
        raise ValueError(f"line {line}: must be the name of a metric and three numbers") from None
    # Without an sd nothing could be said of the metric, and nothing that is said is not drift.
    sound = 0 <= count <= runs and not sd < 0
    if not sound or (count == 0) != math.isnan(mean) or (count < 2) != math.isnan(sd):
        raise ValueError(f"line {line}: cannot be, with {runs} replications")
    # Compared under its name of today.
    return metric_of_today(cells[0]), mean, sd, count


def _digits(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.12g}"
