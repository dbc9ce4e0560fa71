"""`stepdown check`: what it prints and where, with which exit status, and what it leaves behind."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.commands import Command
from support import WARD

SUITE = 'replications = 3\n[[case]]\nscenario = "ward.toml"\n[[case]]\nname = "again"\nscenario = "ward.toml"\n'


@pytest.fixture(autouse=True)
def suite(stepdown: Command) -> None:
    Path("suite.toml").write_text(SUITE)


@pytest.fixture
def blessed(stepdown: Command) -> Command:
    assert stepdown("check", "--bless").status == 0
    return stepdown


def longer_stays() -> None:
    Path("ward.toml").write_text(WARD.replace("mean = 8", "mean = 9"))


def test_bless_then_hold_then_drift_then_accept(stepdown: Command) -> None:
    missing = stepdown("check")
    assert (missing.status, missing.out) == (2, "")
    assert missing.err.endswith("To accept what it gives now: stepdown check suite.toml --bless\n")
    first = stepdown("check", "--bless")
    assert first.status == 0
    assert "There is nothing to compare with yet." in first.out
    assert first.err == "wrote ward, again beside suite.toml\n"

    held = stepdown("check", "suite.toml", "--workers", "2")
    assert (held.status, held.err) == (0, "")
    assert held.out.startswith("No drift: ")

    longer_stays()
    moved = stepdown("check")
    assert moved.status == 1
    assert "Drift: " in moved.out
    assert "length_of_stay.ward.mean" in moved.out
    assert "ward: the scenario is not the one that was blessed" in moved.out
    assert "--bless" in moved.err

    accepted = stepdown("check", "--bless")
    assert accepted.status == 0
    assert accepted.out == moved.out, "what has moved is shown before it is accepted"
    assert stepdown("check").status == 0


def test_a_blessing_that_is_stopped_says_what_holds(blessed: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    longer_stays()
    before = Path("ward.csv").read_bytes()

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", stopped)
        spoken = blessed("check", "--bless")
    assert spoken.status == 130
    said = "ward, again beside suite.toml: all is written, or all is as it was before"
    assert spoken.err == f"interrupted; {said}\n"
    assert Path("ward.csv").read_bytes() == before
    assert blessed("check").err == "if this is meant, accept it: the same command with --bless\n"


def test_what_holds_is_not_blessed_anew(blessed: Command) -> None:
    before = Path("ward.csv").stat().st_ino
    held = blessed("check", "--bless")
    assert held.err == "wrote no baseline beside suite.toml\nunchanged: ward, again\n"
    assert Path("ward.csv").stat().st_ino == before
    Path("suite.toml").write_text(SUITE.replace('name = "again"', 'name = "anew"'))
    renamed = blessed("check", "--bless")
    assert renamed.err == (
        "wrote anew beside suite.toml\nunchanged: ward\n"
        "of no case of suite.toml any more, to be deleted or renamed: again.csv\n"
    )


def test_one_case(blessed: Command) -> None:
    longer_stays()
    one = blessed("check", "--case", "again", "--bless")
    assert one.status == 0
    assert "ward (exact" not in one.out
    assert blessed("check", "--case", "again").status == 0
    assert blessed("check", "--case", "again", "--case", "ward").status == 1
    unknown = blessed("check", "--case", "wart")
    assert unknown == (2, "", "stepdown: suite.toml has no case 'wart'. Did you mean ward?\n")


def test_formats_for_machines_have_standard_output_to_themselves(blessed: Command) -> None:
    longer_stays()
    junit, found = blessed("check", "--format", "junit"), blessed("check", "--format", "json")
    assert junit.status == found.status == 1
    root = ElementTree.fromstring(junit.out.encode())
    metrics = json.loads(found.out)["metrics"]
    assert int(root.get("tests", "0")) == len(metrics)
    assert int(root.get("failures", "0")) == sum(row["verdict"] == "drift" for row in metrics) > 0
    markdown = blessed("check", "--format", "markdown")
    assert markdown.out.startswith("**Drift")
    assert blessed("check", "--format", "xml").status == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "there is no suite.toml and no tests/regression/suite.toml here; name a suite: stepdown check SUITE.toml"),
        (("siute.toml",), "there is no such suite"),
        (("ward.toml",), "there is no such key"),
        (("nowhere/suite.toml",), "there is no such suite"),
        (("suite",), "must be a file that ends in .toml"),
    ],
)
def test_without_a_suite(stepdown: Command, arguments: tuple[str, ...], words: str) -> None:
    Path("suite.toml").unlink()
    spoken = stepdown("check", *arguments)
    assert (spoken.status, spoken.out) == (2, "")
    assert words in spoken.err
    assert "Traceback" not in spoken.err


def test_what_is_wrong_with_a_suite_is_said_line_by_line(stepdown: Command) -> None:
    Path("suite.toml").write_text(SUITE + 'tier = "exat"\nsede = 1\n')
    spoken = stepdown("check", "--bless")
    assert (spoken.status, spoken.out) == (2, "")
    assert len(spoken.err.splitlines()) == 2
    assert not list(Path.cwd().glob("*.csv"))
