"""`stepdown migrate`: files of earlier versions, rewritten with their comments, all of them or none."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import SMALLEST_WARD, blessed_otherwise

import sim
from sim.cli import main
from sim.experiment.migration import migrate
from sim.experiment.regression.baseline_file import DamagedBaseline, SuiteError, read_baseline
from sim.experiment.regression.baselines import bless, check_suite
from sim.experiment.regression.suite import load_suite
from sim.files import formats
from sim.files.formats import RenamedKey
from sim.scenario.shipped import shipped_folder

WARD = SMALLEST_WARD.replace('name = "Ward"', '# Our ward.\nname = "Ward"  # the only one')
SUITE = '# What we watch.\nreplications = 3\nmetrics = ["cost.per_patient", "a*"]\n[[case]]\nscenario = "ward.toml"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ward.toml").write_text(WARD)
    (tmp_path / "suite.toml").write_text(SUITE.replace("cost.per_patient", "cost.per_patient.society"))
    suite = load_suite("suite.toml")
    bless(check_suite(suite, blessing=True))
    (tmp_path / "suite.toml").write_text(SUITE)
    return tmp_path


def stepdown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    said = capsys.readouterr()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, said.out, said.err


def of_format_1(path: Path) -> str:
    """A baseline as it was written before baselines had a checksum."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("# sha256")]
    path.write_text("\n".join(lines).replace("# format = 2", "# format = 1") + "\n")
    return path.read_text()


def test_a_scenario_a_suite_and_a_baseline(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    today = (home / "ward.csv").read_text()
    old = of_format_1(home / "ward.csv")
    (home / "ward.csv").write_text(old.replace("cost.per_patient.society", "cost.per_patient"))
    status, out, err = stepdown(capsys, "migrate", "ward.toml", "suite.toml", "ward.csv")
    assert status == 0
    assert out.splitlines() == [
        "ward.toml: format = 3",
        "suite.toml: metrics.0: cost.per_patient is cost.per_patient.society now",
        "suite.toml: format = 1",
        "ward.csv: format = 2, with the checksum that it asks for",
        "ward.csv: cost.per_patient is cost.per_patient.society now",
    ]
    assert err == "wrote ward.toml, suite.toml, ward.csv\n"
    assert (home / "ward.toml").read_text() == WARD.replace("# Our ward.\n", "# Our ward.\nformat = 3\n")
    assert (home / "ward.csv").read_text() == today
    assert check_suite(load_suite("suite.toml")).passed
    before = {path: path.stat().st_mtime_ns for path in home.iterdir()}
    status, out, err = stepdown(capsys, "migrate", "ward.toml", "suite.toml", "ward.csv")
    assert (status, err) == (0, "")
    assert out.splitlines() == [f"{name}: nothing to change" for name in ("ward.toml", "suite.toml", "ward.csv")]
    assert {path: path.stat().st_mtime_ns for path in home.iterdir()} == before


@pytest.mark.parametrize(("option", "status"), [("--check", 1), ("--dry-run", 0)])
def test_nothing_is_written_where_it_is_only_asked(
    home: Path, capsys: pytest.CaptureFixture[str], option: str, status: int
) -> None:
    before = {path: path.read_bytes() for path in home.iterdir()}
    assert stepdown(capsys, "migrate", "ward.toml", option)[:2] == (status, "ward.toml: format = 3\n")
    assert {path: path.read_bytes() for path in home.iterdir()} == before
    migrate(["ward.toml"])
    assert stepdown(capsys, "migrate", "ward.toml", option) == (0, "ward.toml: nothing to change\n", "")


def test_a_key_that_was_given_up_is_answered_with_its_successor(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it will be when a key has another name: reading names it, migrating makes the file sound again."""
    monkeypatch.setattr(formats, "RENAMED_KEYS", (RenamedKey("scenario", "levels.*.stay", "length_of_stay"),))
    (home / "ward.toml").write_text(WARD.replace("length_of_stay =", "stay ="))
    with pytest.raises(sim.ScenarioError) as found:
        sim.load_scenario("ward.toml")
    hints = {problem.path: problem.hint for problem in found.value.problems}
    assert hints["levels.ward.stay"] == "It is called levels.ward.length_of_stay now; stepdown migrate rewrites files"
    assert stepdown(capsys, "migrate", "ward.toml")[0] == 0
    assert sim.load_scenario("ward.toml").levels["ward"].length_of_stay.mean == 8  # type: ignore[union-attr]
    with pytest.raises(sim.ScenarioError, match=r"It is called levels\.ward\.length_of_stay now"):
        sim.load_scenario("ward.toml").with_overrides({"levels.ward.stay": 3})


def test_what_only_its_author_can_rewrite_is_told_whole_and_left_as_it_is(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of the others is written either; out of the file by hand, they all are."""
    old = WARD + "[lapse]\nper_day = 0.01\n[effects.severity.severe]\nlapse = 2.0\n"
    old += '[evidence."lapse.per_day"]\nsource = "Smith"\n'
    (home / "old.toml").write_text(old)
    before = {path: path.read_bytes() for path in home.iterdir()}
    status, out, err = stepdown(capsys, "migrate", "ward.toml", "old.toml")
    assert (status, out) == (2, "")
    assert {path: path.read_bytes() for path in home.iterdir()} == before
    told = [line for line in err.splitlines() if "cannot be rewritten without you" in line]
    assert [line.split("old.toml: ")[1].split(": ")[0] for line in told] == [
        "lapse.per_day",
        "effects.severity.severe.lapse",
        'evidence."lapse.per_day"',
    ]
    assert all("relapse." in line for line in told)


def test_the_unit_of_a_card_is_called_what_it_is_called_today(home: Path) -> None:
    text = """\
extends = "base"
[evidence."levels.iop.relapse_exposure"]
unit = "exposed days per day"   # of the shipped one
[evidence."levels.iop.no_show"]
unit = "exposed days per day"
"""
    (home / "ours.toml").write_text(text)
    (changed,) = migrate(["ours.toml"])
    assert changed.text == "format = 3\n" + text.replace('"exposed days per day"   #', '"ratio"   #')


def test_a_metric_that_was_given_up_is_answered_with_its_successor(home: Path) -> None:
    ward = sim.load_scenario("ward.toml")
    with pytest.raises(SuiteError, match=r"metrics\.0 = .*It is called cost.per_patient.society now; stepdown migrate"):
        load_suite("suite.toml")
    with pytest.raises(ValueError, match=r"no metric 'cost.per_patient'.* It is called cost.per_patient.society now"):
        sim.select({"a": ward, "b": ward}, "cost.per_patient")


def test_a_baseline_is_compared_under_the_names_of_today(home: Path) -> None:
    (home / "suite.toml").write_text(SUITE.replace("cost.per_patient", "cost.per_patient.society"))
    blessed_otherwise(home / "ward.csv", "cost.per_patient.society", "cost.per_patient")
    check = check_suite(load_suite("suite.toml"))
    assert check.passed
    assert "cost.per_patient.society" in set(check.table["metric"])


def test_a_baseline_without_a_checksum_says_how_to_get_one(home: Path) -> None:
    of_format_1(home / "ward.csv")
    with pytest.raises(DamagedBaseline, match=r"is of format 1, which states no checksum\. Add it: stepdown migrate"):
        read_baseline(home / "ward.csv")
    # What is wrong in it is not hidden by a checksum of its own.
    (home / "ward.csv").write_text((home / "ward.csv").read_text() + "arrivals,1,0,3\n")
    with pytest.raises(sim.ScenarioError, match="is damaged: arrivals is there twice"):
        migrate([home / "ward.csv"])


def test_a_later_format_is_refused_with_the_version_that_it_needs(home: Path) -> None:
    (home / "ward.toml").write_text("format = 9\n" + WARD)
    (home / "suite.toml").write_text("format = 9\n" + SUITE)
    blessed_otherwise(home / "ward.csv", "# format = 2", "# format = 9")
    blessed_otherwise(home / "ward.csv", '"0.1.0"', '"0.9.1"')
    needs = "needs a later version of Stepdown: this one, 0.1.0, reads formats up to"
    for read in (sim.load_scenario, lambda path: migrate([path])):
        with pytest.raises(sim.ScenarioError, match=f"^ward.toml: format = 9: {needs} 3$"):
            read("ward.toml")
    with pytest.raises(SuiteError, match=f"^suite.toml: format = 9: {needs} 1$"):
        load_suite("suite.toml")
    with pytest.raises(SuiteError, match=r"^ward.csv: format = 9: needs version 0\.9\.1 of Stepdown, which wrote it"):
        read_baseline(home / "ward.csv")


@pytest.mark.parametrize("value", ['"1"', "1.0", "true", "0", "-1", "[1]"])
def test_a_format_is_a_number(home: Path, value: str) -> None:
    (home / "ward.toml").write_text(f"format = {value}\n{WARD}")
    with pytest.raises(sim.ScenarioError, match=r"format = .*: must be a whole number from 1 to 3"):
        sim.load_scenario("ward.toml")


def test_the_format_is_no_input(home: Path) -> None:
    plain = sim.load_scenario("ward.toml")
    (home / "ward.toml").write_text("format = 1\n" + WARD)
    assert sim.load_scenario("ward.toml") == plain
    assert sim.load_scenario("ward.toml").digest() == plain.digest()
    (home / "over.toml").write_text('format = 1\nextends = "ward.toml"\n')
    assert sim.load_scenario("over.toml") == plain


def test_every_shipped_file_is_of_today() -> None:
    home = shipped_folder() or Path()
    root = Path(__file__).resolve().parents[2]
    files = [*home.glob("*.toml"), root / "tests/regression/suite.toml", *(root / "tests/regression").glob("*.csv")]
    assert len(files) > 15
    assert [each.path.name for each in migrate(files, write=False) if each.changes] == []


# --- what is no file to rewrite ---

NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.toml": (lambda path: path.write_text("# nothing\n"), "says nothing, so there is nothing to rewrite"),
    "folder.toml": (Path.mkdir, "is a folder; output folders are read as they are, so name files"),
    "pipe.toml": (os.mkfifo, "cannot be read: it is not a file but a pipe"),
    "latin.toml": (lambda path: path.write_bytes(b"name = '\xe9'"), r"is not UTF-8 text \(line 1\)"),
    "broken.toml": (lambda path: path.write_text("name = "), "is not valid TOML"),
    "large.toml": (lambda path: path.write_bytes(b"#" * 1_000_001), "is larger than 1,000,000 bytes"),
    "absent.toml": (lambda path: None, "cannot be read: No such file or directory"),
    "link.toml": (lambda path: path.symlink_to("ward.toml"), "is a link; name the file that it leads to"),
    "other.toml": (lambda path: path.write_text("[tool.ruff]\n"), "is neither a scenario nor a suite"),
    "read_only.toml": (lambda path: (path.write_text(WARD), path.chmod(0o444)), "cannot be written: it is read-only"),
    "numbers.csv": (lambda path: path.write_text("a,b\n1,2\n"), "is not a baseline"),
    "pipe.csv": (os.mkfifo, "cannot be read: it is not a file but a pipe"),
    "manifest.json": (lambda path: path.write_text("{}"), "must be a scenario or a suite, which end in .toml"),
}


@pytest.mark.parametrize("name", NO_FILES)
def test_one_line_and_nothing_is_written(home: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    make, words = NO_FILES[name]
    make(home / name)
    status, out, err = stepdown(capsys, "migrate", "ward.toml", name)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    with pytest.raises(sim.ScenarioError, match=words):
        migrate([name])
    assert (home / "ward.toml").read_text() == WARD


def test_a_file_that_cannot_take_its_place_leaves_the_others_as_they_were(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of three it is; those before it are there already."""
    names = ["ward.toml", "second.toml", "third.toml"]
    for name in names:
        (home / name).write_text(WARD)
    replace = os.replace
    for failing in range(3):
        moved: list[str] = []

        def gone(source: Any, target: Any, at: int = failing, moved: list[str] = moved) -> None:
            moved.append(str(target))
            if len(moved) == at + 1:
                raise OSError(errno.EIO, "Input/output error")
            replace(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", gone)
            status, out, err = stepdown(capsys, "migrate", *names)
        assert (status, out) == (2, "")
        assert "nothing was written" in err
        assert [(home / name).read_text() for name in names] == [WARD] * 3
        assert len(moved) == 2 * failing + 1


def test_a_full_disk_leaves_every_file_as_it_was(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "second.toml").write_text(WARD)
    write, written = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    status, out, err = stepdown(capsys, "migrate", "ward.toml", "second.toml")
    assert (status, out) == (2, "")
    assert "second.toml" in err
    assert "No space left on device; nothing was written" in err
    assert len(err.splitlines()) == 1
    assert {path.name: path.read_text() for path in home.glob("*.toml")} == {
        "ward.toml": WARD,
        "second.toml": WARD,
        "suite.toml": SUITE,
    }
    assert not list(home.glob(".*"))


def test_a_file_keeps_its_mode_its_line_ends_and_its_mark(home: Path) -> None:
    (home / "ward.toml").write_bytes(b"\xef\xbb\xbf" + WARD.strip().replace("\n", "\r\n").encode())
    (home / "ward.toml").chmod(0o640)
    migrate(["ward.toml"])
    content = (home / "ward.toml").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf# Our ward.\r\nformat = 3\r\nname")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert (home / "ward.toml").stat().st_mode & 0o777 == 0o640


def test_what_a_file_extends_is_left_as_it_is_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stated = 'extends = [\n  "ward.toml",  # the programme\n  "policy.toml",\n]\nname = "Ours"\n'
    (home / "ours.toml").write_text(stated)
    (home / "policy.toml").write_text("places.beds.capacity = 3\n")
    status, _, _ = stepdown(capsys, "migrate", "ours.toml", "policy.toml")
    assert status == 0
    assert stated in (home / "ours.toml").read_text()
    assert sim.load_scenario("ours.toml").places["beds"].capacity == 3
    assert stepdown(capsys, "migrate", "--check", "ours.toml", "policy.toml")[0] == 0
