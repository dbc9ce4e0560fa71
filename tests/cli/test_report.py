"""The commands `report` and `stress` as functions."""

import re
from pathlib import Path

import pytest
from cli.test_uncertainty import SHORTER, TODAY
from support import exponential, scenario

import sim
from sim.cli.report import report, stress


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    system = scenario({"ward": {"length_of_stay": exponential(8)}})
    sim.run(system, replications=2).save(tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.usefixtures("unpainted")
def test_a_report_is_written_where_it_is_wanted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)
    report(folder)
    assert Path("out_report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    report(folder, kind="markdown")
    assert Path("out_report.md").read_text(encoding="utf-8").startswith("# test")
    report(folder, out=Path("mine.html"))
    assert Path("mine.html").exists()
    spoken = capsys.readouterr()
    assert spoken.out == ""
    assert "wrote mine.html" in spoken.err


def test_pictures_are_files_of_their_own_as_well(folder: Path, tmp_path: Path) -> None:
    report(folder, out=tmp_path / "x.html", figures=tmp_path / "pictures")
    drawn = {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert "01_waits.svg" in drawn
    assert all(picture.startswith(b"<?xml") for picture in drawn.values())
    report(folder, out=tmp_path / "y.html", figures=tmp_path / "again")
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == drawn
    report(folder, out=tmp_path / "x.html", figures=tmp_path / "pictures", figure_kind="png")
    assert (tmp_path / "pictures" / "01_waits.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="--figures names a folder"):
        report(folder, out=tmp_path / "x.html", figures=tmp_path / "x.html")


def test_what_cannot_be_written_or_read_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="is a folder; name a file"):
        report(folder, out=folder)
    with pytest.raises(ValueError, match="there is no folder"):
        report(folder, out=folder / "nowhere" / "x.html")
    with pytest.raises(sim.BadFolder, match="not a stored result"):
        report(folder.parent, out=folder.parent / "x.html")
    with pytest.raises(ValueError, match="no perspective"):
        report(folder, out=folder.parent / "x.html", perspective="king")


@pytest.mark.usefixtures("undrawn")
def test_a_psa_of_the_same_scenarios_tells_how_sure_it_is(tmp_path: Path) -> None:
    (tmp_path / "today.toml").write_text(TODAY)
    (tmp_path / "shorter.toml").write_text(SHORTER)
    arms = {name: sim.load_scenario(tmp_path / f"{name}.toml") for name in ("today", "shorter")}
    sim.compare(arms, replications=2).save(tmp_path / "out")
    sim.psa(arms, 10, 2, folder=tmp_path / "kept")
    report(tmp_path / "out", out=tmp_path / "x.md", kind="markdown", psa=tmp_path / "kept")
    text = (tmp_path / "x.md").read_text(encoding="utf-8")
    assert "10 draws of" in text
    assert re.search(r"(better|worse) in (over |under )?[0-9]+ % of draws", text)
    with pytest.raises(sim.BadFolder, match="holds no probabilistic sensitivity analysis"):
        report(tmp_path / "out", out=tmp_path / "x.md", kind="markdown", psa=tmp_path / "out")


def test_checklists_are_of_a_scenario_or_a_folder(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stress("hybrid")
    assert "Not simulated yet" in capsys.readouterr().out
    stress(str(folder))
    assert "2 independent replications" in capsys.readouterr().out
    stress(str(folder), out=tmp_path / "stress.md")
    assert (tmp_path / "stress.md").read_text(encoding="utf-8").startswith("# Reporting checklists")
