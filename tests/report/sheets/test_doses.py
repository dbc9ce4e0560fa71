"""The table of doses: on the page, and in the terminal."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.main import app
from sim.report.render.markdown import marks_of, part_of, with_part
from sim.report.sheets.doses import doses_sheet
from sim.validation.doses import METRICS, Dose
from sim.validation.estimates import Estimate

MARKS = marks_of("doses")
VALUES = dict(zip(METRICS, (17.89, 0.714, 0.5877, 22.46, 256.7, 21_520.0), strict=True))
DOSES = tuple(
    Dose(planned, {name: Estimate(value, 0.01 * value, 0.98 * value, 1.02 * value) for name, value in VALUES.items()})
    for planned in (1, 21)
)


def test_the_part_has_a_row_a_plan_with_units_and_intervals() -> None:
    part = part_of("doses", [doses_sheet(DOSES)])
    assert part.startswith(MARKS.begin)
    assert part.endswith(MARKS.end)
    head, _, one, more = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    assert head[:4] == ["planned, days", "actual stay, days", "completed, %", "relapse within a year, %"]
    assert head[-1] == "cost to society, USD"
    assert (one[0], more[0]) == ("1", "21")
    assert more[1:3] == ["17.89 (17.53 to 18.25)", "71.4 (70.0 to 72.8)"]
    assert more[-1] == "21,520 (21,090 to 21,950)"


def test_the_command_writes_and_checks_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.report.sheets.doses.shipped_doses", lambda workers, progress: DOSES)
    page = tmp_path / "model.md"
    page.write_text(f"Before.\n{MARKS.begin}\n{MARKS.end}\nAfter.\n", encoding="utf-8")
    outdated = CliRunner().invoke(app, ["doses", str(page), "--check"])
    assert outdated.exit_code == 1
    assert f"stepdown doses {page}" in outdated.output.replace("\n", "")
    assert CliRunner().invoke(app, ["doses", str(page)]).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("\nAfter.\n")
    assert part_of("doses", [doses_sheet(DOSES)]) in text
    assert CliRunner().invoke(app, ["doses", str(page), "--check"]).exit_code == 0


def test_the_page_of_the_docs_has_the_marks() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "model.md").read_text(encoding="utf-8")
    assert "What a longer plan does" in with_part(page, "", MARKS)
