"""Notebooks keep the project's own rules. That a run gives what is stored is for `.ci/run` to see."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from stored_notebooks import differences, main, stored

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
ESTIMATES = ("mean", "difference", "amount", "gap", "change", "net_benefit")
"""Columns that hold estimates; beside each stand the ends of its interval."""
ENDS = ({"ci_low", "ci_high"}, {"inputs_low", "inputs_high", "simulation_low", "simulation_high"})


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
                assert any(ends <= named for ends in ENDS), source


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_small_and_know_no_machine_and_no_time(notebook: Path) -> None:
    text = notebook.read_text(encoding="utf-8")
    assert len(text) < 500_000
    for cell in cells(notebook, "code"):
        assert set(cell["metadata"]) <= {"tags"}
        said = json.dumps(cell["outputs"])
        assert not re.search(r"/(?:home|root|tmp|work|usr)/|[A-Z]:\\\\|0x[0-9a-f]{6,}|\"stderr\"", said), said[:500]
        for output in cell["outputs"]:
            assert len(output.get("data", {}).get("image/png", "")) < 150_000


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_figure_is_shown_and_has_its_numbers_in_the_cell_before(notebook: Path) -> None:
    sources = ["".join(cell["source"]) for cell in cells(notebook, "code")]
    for before, source in pairwise(["", *sources]):
        if re.search(r"^\w+_figure\(.*\)$", source.splitlines()[-1]):
            # Without it a kernel only says that there is a figure.
            assert "%matplotlib inline" in source
            shown = before.splitlines()[-1]
            assert shown.startswith("print(") or re.fullmatch(r"\w+\.\w+\(.*\)|\w+", shown), before


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_have_an_identity_of_their_own(notebook: Path) -> None:
    read = json.loads(notebook.read_text(encoding="utf-8"))
    identities = [cell["id"] for cell in read["cells"]]
    assert len(set(identities)) == len(identities)
    assert all(identity.startswith(notebook.stem[:2]) for identity in identities)


def notebook(*told: str, of: str = "study") -> Any:
    """A notebook of one cell that printed this."""
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in told]
    cell = nbformat.v4.new_code_cell(of, id="00-00", outputs=outputs)
    return nbformat.v4.new_notebook(cells=[cell])


@pytest.mark.parametrize(
    ("was", "now", "same"),
    [
        ("mean 28.41 days", "mean  28.41\ndays", True),
        ("mean 28.41 days", "mean 28.42 days", True),  # One in the last place: a bit of the machine.
        ("mean 28.41 days", "mean 28.43 days", False),
        ("cost -1,028.41", "cost −1,028.42", True),
        ("8 replications", "9 replications", False),
        ("p 1.2e-05", "p 1.3e-05", True),
        ("p 1.2e-05", "p 1.4e-05", False),
        ("better", "worse", False),
        ("a 1.0", "a 1.0 b", False),
        ("", "new", False),
    ],
)
def test_runs_are_the_same_where_they_say_the_same(was: str, now: str, same: bool) -> None:
    old = notebook(was) if was else notebook()
    assert (list(differences(old, notebook(now))) == []) == same
    assert next(iter(differences(old, notebook(was or "x", of="other")))) == "cell 00-00: its source differs"


def test_tables_are_compared_by_what_they_say_and_pictures_by_being_there() -> None:
    def shown(**data: str) -> Any:
        made = notebook()
        kinds = {name.replace("_", "/"): text for name, text in data.items()}
        made.cells[0].outputs = [nbformat.v4.new_output("display_data", data=kinds)]
        return made

    table = "<style>td { width: 7px }</style><table><tr><td>a &lt; b</td><td>1.50</td></tr></table>"
    other = "<table class='x'><tr><td>a &lt; b</td><td>1.50</td></tr></table><svg><path d='M1 2'/></svg>"
    assert list(differences(shown(text_html=table), shown(text_html=other))) == []
    moved = other.replace("1.50", "2.50")
    assert list(differences(shown(text_html=table), shown(text_html=moved))) == [
        "cell 00-00: 1.50 is stored, 2.50 came out"
    ]
    assert list(differences(shown(image_png="aa"), shown(image_png="bb"))) == []
    assert list(differences(shown(image_png="aa"), shown(text_plain="<Figure>"))) != []


def test_a_notebook_is_run_stored_and_then_as_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.ipynb"
    path.write_text(stored(notebook(of="import sys\nprint('noise', file=sys.stderr)\nprint(1 / 3)")), encoding="utf-8")
    assert main([str(path)]) == 1
    assert "has no stored output" in capsys.readouterr().out
    assert main(["--write", str(path)]) == 0
    (cell,) = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [output["text"] for output in cell["outputs"]] == [["0.3333333333333333\n"]]
    assert cell["metadata"] == {}
    path.write_text(path.read_text(encoding="utf-8").replace("0.333", "0.334"), encoding="utf-8")
    assert main([str(path)]) == 1
    assert "not as stored" in capsys.readouterr().out
