"""The page on validation: its written part, what stays, and what the terminal shows."""

import resource
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.main import app
from sim.report.render.markdown import marks_of, part_of, with_part
from sim.report.sheets.validation import validation_blocks
from sim.validation.predictions import Prediction
from sim.validation.targets import Target

USUAL = Target("admitted, usual care", 0.49, "usual care", "admitted", "Somebody 2013", error=0.047)
RATE = Target(
    "days 0 to 28", 4.1, "deaths", "0 to 28", "Anybody 2019", "per 1,000 person-years", error=0.4, used="the windows"
)
RATIO = Target(
    "residential against outpatient", 2.6, "deaths", "residential ratio", "Anybody 2019", "ratio", error=0.25
)
RELATED = Target("admitted, incentive", 0.6, "client incentive", "admitted", "Somebody 2013", related="the links")
RANGE = Target("relapse", 0.4, "programme", "relapse 365", "Nobody 2000", upto=0.6, unlike="any use")
BEGIN, END = MARKS = marks_of("validation")
FOUND = (
    Prediction(USUAL, 0.548, 0.004, 0.54, 0.556),
    Prediction(RATE, 2.0, 0.1, 1.8, 2.2),
    Prediction(RATIO, 1.7, 0.1, 1.5, 1.9),
    Prediction(RANGE, 0.65, 0.01, 0.63, 0.67),
)


def validation_part(predictions: Sequence[Prediction]) -> str:
    return part_of("validation", list(validation_blocks(predictions)))


def test_the_part_shows_target_source_prediction_and_verdict() -> None:
    part = validation_part(FOUND)
    assert part.startswith(BEGIN)
    assert part.endswith(END)
    rows = [line.strip("| ").split(" | ") for line in part.splitlines()]
    share = ["49.0 ± 4.7 %", "54.8 % (54.0 to 55.6)", "+5.8 points", "agrees", "validation", "Somebody 2013"]
    assert ["admitted, usual care", *share] in rows
    rate = ["4.1 ± 0.4", "2 (1.8 to 2.2)", "-51 %", "**misses, too low**", "verification: the windows", "Anybody 2019"]
    assert ["days 0 to 28", *rate] in rows
    assert "2.6 (log ± 0.25) | 1.7 (1.5 to 1.9) | -35 % | agrees | validation | Anybody 2019 |" in part
    beyond = ["65.0 % (63.0 to 67.0)", "+5.0 points", "near, too high", "comparison: any use", "Nobody 2000"]
    assert ["relapse", "40.0 to 60.0 %", *beyond] in rows
    within = validation_part([Prediction(RANGE, 0.55, 0.01, 0.53, 0.57)])
    assert "| 55.0 % (53.0 to 57.0) | within | agrees | comparison: any use | Nobody 2000 |" in within
    assert "*Put in*: share contacted" in part


def test_the_tally_counts_each_role() -> None:
    lines = validation_part(FOUND).splitlines()
    assert [line.split(" | ")[1:] for line in lines if line.startswith("| validation:")] == [["2", "2", "0", "0 |"]]
    assert [line.split(" | ")[1:] for line in lines if line.startswith("| verification:")] == [["1", "0", "0", "1 |"]]
    assert [line.split(" | ")[1:] for line in lines if line.startswith("| comparison:")] == [["1", "0", "1", "0 |"]]


def test_results_of_a_study_that_set_a_parameter_are_told_apart() -> None:
    part = validation_part([*FOUND, Prediction(RELATED, 0.63, 0.01, 0.62, 0.64)])
    assert "| near, too high | same study: the links | Somebody 2013 |" in part
    (line,) = [line for line in part.splitlines() if line.startswith("| same study:")]
    assert line.split(" | ")[1:] == ["1", "0", "1", "0 |"]


def test_what_stands_around_the_part_stays() -> None:
    part = validation_part(FOUND)
    page = f"# Validation\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter: discussion.\n"
    written = with_part(page, part, MARKS)
    assert written == f"# Validation\n\nBefore.\n\n{part}\n\nAfter: discussion.\n"
    assert with_part(written, part, MARKS) == written
    assert with_part("", part, MARKS) == part + "\n"


@pytest.mark.parametrize("page", ["text only", f"{BEGIN} no end", f"{END} {BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_the_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        with_part(page, "part", MARKS)


def test_the_command_writes_and_checks_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.report.sheets.validation.shipped_predictions", lambda workers, progress: FOUND)
    page = tmp_path / "validation.md"
    page.write_text(f"Before.\n{BEGIN}\n{END}\nAfter.\n", encoding="utf-8")

    outdated = CliRunner().invoke(app, ["validation", str(page), "--check"])
    assert outdated.exit_code == 1
    assert "out of date" in outdated.output
    assert page.read_text(encoding="utf-8") == f"Before.\n{BEGIN}\n{END}\nAfter.\n"

    written = CliRunner().invoke(app, ["validation", str(page)])
    assert written.exit_code == 0
    assert "admitted, usual care" in written.output
    assert "misses, too low" in written.output
    assert all(prediction.target.source in written.output for prediction in FOUND)
    assert "After." in page.read_text(encoding="utf-8")
    assert CliRunner().invoke(app, ["validation", str(page), "--check"]).exit_code == 0


@pytest.mark.parametrize("command", ["validation", "readings"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere/page.md"], "there is no folder nowhere for the page"),
        (["."], "is a folder; name the page in it"),
        (["page.md", "--check"], "there is no page page.md to compare with"),
    ],
)
def test_a_page_that_cannot_be_is_refused_before_anything_is_simulated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.report.sheets.validation.shipped_predictions", None)
    monkeypatch.setattr("sim.report.readings.readings_page", None)
    refused = CliRunner().invoke(app, [command, *arguments])
    assert isinstance(refused.exception, ValueError)
    assert words in str(refused.exception)


@pytest.mark.parametrize("command", ["validation", "readings"])
def test_a_page_that_cannot_be_written_whole_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A quota, or a limit on sizes: the system stops the writing in the middle."""
    monkeypatch.setattr("sim.report.sheets.validation.shipped_predictions", lambda workers, progress: FOUND)
    monkeypatch.setattr("sim.report.readings.readings_page", lambda drawn, workers, progress: "new " * 1_000)
    page = tmp_path / "page.md"
    before = f"{'By hand. ' * 300}\n{BEGIN}\n{END}\nAfter.\n"
    page.write_text(before, encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        failed = CliRunner().invoke(app, [command, str(page)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(failed.exception, OSError)
    assert failed.exception.filename == str(page)
    assert failed.exception.strerror == "File too large; nothing was written"
    assert page.read_text(encoding="utf-8") == before
    assert list(tmp_path.iterdir()) == [page]


def test_the_discussion_on_the_page_keeps_its_place() -> None:
    """The page of the docs has the marks, and what it says by hand stands outside them."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "validation.md").read_text(encoding="utf-8")
    around = with_part(page, "", MARKS)
    assert page.startswith("# Validation")
    assert "What is not validated" in around
    assert "| validation:" not in around
