"""What tests of commands share: the files they work on, and what they say of an error."""

from collections.abc import Callable
from pathlib import Path

from processes import Spoken
from support import CLINIC, WARD

FILES = {
    "ward.toml": WARD,
    "more.toml": 'extends = "ward.toml"\nname = "More beds"\n[places.beds]\ncapacity = 16\n',
    "clinic.toml": CLINIC,
    "wider.toml": 'extends = "clinic.toml"\nname = "Wider"\n[places.beds]\ncapacity = 16\n',
    "fewer.toml": 'extends = "clinic.toml"\nname = "Fewer"\n[places.beds]\ncapacity = 2\n',
}
"""In the folder of every command; a study of `clinic` also knows relapses, utilities and groups of patients."""

FEW = ("--replications", "3")
WRITTEN = {"manifest.json", "metrics.csv", "summary.csv", "budget.csv", "equity.csv"}
WRITTEN |= {"by_group.parquet", "by_month.parquet", "daily.parquet", "occupancy.csv", "occupancy.parquet"}
"""What is in the folder of a run."""
COMPARED = WRITTEN | {"differences.csv", "cost_effectiveness.csv", "net_benefit.csv", "gaps.csv"}
"""What is in the folder of a comparison with utilities."""

Command = Callable[..., Spoken]


def refused(spoken: Spoken, *words: str) -> None:
    """Exit status 2, one line that says these words on standard error, nothing on standard output, no traceback."""
    assert spoken.status == 2, spoken
    assert spoken.out == ""
    assert "Traceback" not in spoken.err
    assert len(spoken.err.splitlines()) == 1, spoken.err
    for word in words:
        assert word in spoken.err, spoken.err


def files(folder: str | Path = ".") -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def one_spaced(line: str) -> str:
    """A row of a table, its columns one space apart."""
    return " ".join(line.split())
