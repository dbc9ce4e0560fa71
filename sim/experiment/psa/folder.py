"""The folder of a probabilistic sensitivity analysis: what it is of, the inputs drawn, and outcomes as they come."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from sim.experiment.manifest import MANIFEST
from sim.experiment.psa.about import problems_of
from sim.experiment.study_folder import quoted
from sim.files.whole_files import BadFolder, in_a_line, whole_file, write_whole

FORMAT = 1
ABOUT, INPUTS, OUTCOMES, DIFFERENCES = "psa.json", "inputs.parquet", "outcomes", "differences.csv"
OUTCOME_FILES = f"{OUTCOMES}/*.parquet"
PRICE_DRAWS = "price_draws"
"""What says how many there are of each draw, in `psa.json`; where it says nothing, one."""
GROUPS = "groups"
"""What says which columns of outcomes are of groups of patients: each with by, group and metric."""
PARTS = "parts"
"""What says which columns of outcomes are parts of a metric: each with metric and level."""
RESTORED = "put back a whole copy of this folder, or run stepdown psa again with another --out"
"""What to do where what an analysis is of cannot be told any more."""
PER_FILE = 20
"""Draws in one file of outcomes: what an interrupt can lose at the most, for each worker."""


class PsaFolder:
    """Files of one analysis, each of which appears whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, about: dict[str, Any], inputs: pd.DataFrame) -> None:
        """Take the folder for this analysis, or go on with it. BadFolder if it holds another or something else."""
        if (self.path / ABOUT).exists():
            there = {PRICE_DRAWS: 1, GROUPS: {}, PARTS: {}, **self.about()}
            if other := sorted(key for key in about if there.get(key) != about[key]):
                differing = ", ".join(_compared(key, there.get(key), about[key]) for key in other)
                by_others = not {"version", "libraries"}.isdisjoint(other)
                same = "go on with it by what it was begun with" if by_others else "state the same to go on with it"
                raise BadFolder(
                    f"{self.path} holds another analysis, which differs in {differing}; name another folder, or {same}"
                )
        else:
            self.claim()
            # First of all, so that whatever stops us leaves a folder that is known as ours.
            write_whole(self.path / ABOUT, (json.dumps({"format": FORMAT, **about}, indent=1) + "\n").encode())
        (self.path / OUTCOMES).mkdir(exist_ok=True)
        if not (self.path / INPUTS).exists():
            with whole_file(self.path / INPUTS) as part:
                inputs.to_parquet(part)

    def claim(self) -> None:
        """Make the folder, where there is no analysis in it. BadFolder if it holds something else; OSError."""
        outcomes = self.path / OUTCOMES
        if self.path.is_file():
            raise BadFolder(f"{self.path} is a file; name a folder for the output")
        there = {each.name for each in self.path.iterdir()} if self.path.exists() else set()
        # An analysis that ended while its folder was made, on a full disk say, leaves these.
        there -= {INPUTS, *(name for name in there if name.startswith(".") and name.endswith(".part"))}
        if there and not (there == {OUTCOMES} and outcomes.is_dir() and not any(outcomes.iterdir())):
            raise BadFolder(f"{self.path} is not empty, and holds no analysis; name another folder")
        outcomes.mkdir(parents=True, exist_ok=True)

    def about(self) -> dict[str, Any]:
        """What the analysis is of. BadFolder if there is none, one of a later version, or one that is damaged."""
        try:
            about = json.loads((self.path / ABOUT).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError) as reason:
            made = "name the folder that stepdown psa --out wrote"
            raise BadFolder(
                f"{self.path} holds no probabilistic sensitivity analysis: {self._other()}; {made}"
            ) from reason
        except (OSError, ValueError, RecursionError) as reason:
            raise BadFolder(
                f"{self.path} holds no probabilistic sensitivity analysis: {ABOUT} cannot be read "
                f"({in_a_line(reason)}); {RESTORED}"
            ) from reason
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            stated = f"{about.get('format')!r:.40}" if isinstance(about, dict) else "none"
            raise BadFolder(
                f"{self.path / ABOUT} is of a format that this version does not read: {stated} instead of {FORMAT}; "
                "run stepdown psa again with another folder, or the version that wrote this one"
            )
        if problems := problems_of(about):
            raise BadFolder(f"{self.path / ABOUT} is damaged, or was changed: {'; '.join(problems)}; {RESTORED}")
        return about

    def _other(self) -> str:
        """What there is in the place of an analysis."""
        if not self.path.exists():
            return "there is no such folder"
        if not self.path.is_dir():
            return "it is a file"
        if (self.path / MANIFEST).exists():
            return f"it has no {ABOUT}, but is the folder of a run or comparison"
        return f"it has no {ABOUT}"

    def inputs(self) -> pd.DataFrame:
        """Every input drawn: scenario, draw, price_draw if there are several, and a column each."""
        if not (self.path / INPUTS).exists():
            if not any(self.path.glob(OUTCOME_FILES)):
                raise self._without_outcomes()
            raise BadFolder(f"{self.path / INPUTS} is missing; the same stepdown psa makes it anew")
        return _read(self.path / INPUTS)

    def missing(self, draws: int) -> Iterator[range]:
        """The draws of each file that is not there yet."""
        for start in range(0, draws, PER_FILE):
            if not self._file(start).exists():
                yield range(start, min(start + PER_FILE, draws))

    def write(self, draws: range, outcomes: pd.DataFrame) -> None:
        """Keep the outcomes of these draws. OSError, which says that those before are kept."""
        try:
            with whole_file(self._file(draws.start)) as part:
                outcomes.to_parquet(part, index=False)
        except OSError as error:
            if error.errno is None:
                raise
            why = f"{os.strerror(error.errno)}; draws that were finished before are kept"
            raise OSError(error.errno, why, str(self.path)) from error

    def outcomes(self) -> pd.DataFrame:
        """All that is there: draw, price_draw if there are several, replication, scenario, and a column a metric, and
        one for each that was kept of a group."""
        files = sorted(self.path.glob(OUTCOME_FILES))
        if not files:
            raise self._without_outcomes()
        parts = [_read(file) for file in files]
        # A file all of whose draws broke rules has no rows, and columns of no type.
        return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)

    def write_differences(self, table: pd.DataFrame) -> None:
        """Keep the differences with both intervals, to be read by any program."""
        safe = table.assign(**{column: table[column].map(quoted) for column in ("scenario", "against")})
        with whole_file(self.path / DIFFERENCES) as part:
            safe.to_csv(part, index=False, lineterminator="\n")

    def _without_outcomes(self) -> BadFolder:
        return BadFolder(f"{self.path} holds no outcome yet: the analysis was ended before its first draws")

    def _file(self, start: int) -> Path:
        return self.path / OUTCOMES / f"{start:07d}.parquet"


def _compared(key: str, there: object, asked: object) -> str:
    """What differs, with both values where they are short: "draws (16 there, now 32)"."""
    short = all(isinstance(each, (int, float, str)) for each in (there, asked))
    return f"{key} ({there} there, now {asked})" if short else key


def _read(file: Path) -> pd.DataFrame:
    """A table of the analysis. BadFolder if it is damaged; OSError if it may not be read."""
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as reason:
        if isinstance(reason, OSError) and reason.errno is not None:
            raise
        raise BadFolder(
            f"{file} is damaged: {in_a_line(reason)}; remove this file, and the same stepdown psa makes it anew"
        ) from reason
