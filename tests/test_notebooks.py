"""Notebooks keep the project's own rules. That they run is for `.ci/run` to see."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
ESTIMATES = ("mean", "difference", "amount", "gap", "change", "net_benefit")
"""Columns that hold estimates; beside each stand the ends of its interval."""


def cells(notebook: Path, kind: str) -> list[dict[str, Any]]:
    read = json.loads(notebook.read_text(encoding="utf-8"))
    return [cell for cell in read["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_table_shows_an_estimate_without_its_interval(notebook: Path) -> None:
    for cell in cells(notebook, "code"):
        source = "".join(cell["source"])
        for column in ESTIMATES:
            assert not re.search(rf'values="{column}"', source), source
        for chosen in re.findall(r"\[\[(.*?)\]\]|columns = \[(.*?)\]", source, flags=re.DOTALL):
            named = set(re.findall(r'"(\w+)"', "".join(chosen)))
            if named & set(ESTIMATES) and "with_intervals" not in source:
                assert {"ci_low", "ci_high"} <= named, source


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_not_kept(notebook: Path) -> None:
    """They would be out of date with the next change, and nobody would see it."""
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells(notebook, "code"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_have_an_identity_of_their_own(notebook: Path) -> None:
    read = json.loads(notebook.read_text(encoding="utf-8"))
    identities = [cell["id"] for cell in read["cells"]]
    assert len(set(identities)) == len(identities)
    assert all(identity.startswith(notebook.stem[:2]) for identity in identities)
