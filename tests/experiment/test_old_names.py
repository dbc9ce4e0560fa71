"""Names of addiction that became neutral ones: files are rewritten, folders read, and whoever says one is answered."""

import hashlib
import json
from pathlib import Path

import pytest
from support import SMALLEST_WARD

import sim
from sim.cli import main
from sim.experiment.migration import migrate
from sim.experiment.regression.baseline_file import read_baseline
from sim.experiment.regression.baselines import bless, check_suite
from sim.experiment.regression.suite import load_suite
from sim.files.formats import metric_of_today

OLD = (
    SMALLEST_WARD
    + """days_to_abstinence = { distribution = "fixed", value = 2 }   # of ours
[relapse]
median_days = 30
shape = 1
share_of_uses = 0.5
by.severity.severe.share_of_uses = 0.7
[lapse]   # short
duration_days = { distribution = "fixed", value = 1 }
[death]
abstinent = 1.0
using = 2.0
[known.using]
people = 3
[costs]
productivity = { abstinent = 0.0, lapse = 1.0, using = 2.0 }
[utilities]
abstinent = 0.8
lapse = 0.7
using = 0.5
[population]
severity = { mild = 0.5, severe = 0.5 }
[targets.well]
metric = "days_abstinent"
low = 1
high = 2
source = "ours"
[targets.where]
metric = "outside care, using"
day = 20
low = 0
high = 1
source = "ours"
[evidence."death.using"]
low = 1.0
high = 3.0
unit = "per 1,000 person-years"
grade = "assumption"
source = "ours"
"""
)
NEW = {
    "days_to_abstinence": "days_to_remission",
    "share_of_uses": "share_of_setbacks",
    "[lapse]": "[setback]",
    "[known.using]": "[known.unwell]",
    '"death.using"': '"death.unwell"',
    '"days_abstinent"': '"days_well"',
    "outside care, using": "outside care, unwell",
    "abstinent = ": "well = ",
    " lapse = ": " setback = ",
    "\nlapse = ": "\nsetback = ",
    "using = ": "unwell = ",
}


def of_today(text: str) -> str:
    for old, new in NEW.items():
        text = text.replace(old, new)
    return text


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.toml").write_text(OLD)
    return tmp_path


def test_a_scenario_is_rewritten_with_its_comments(home: Path) -> None:
    with pytest.raises(sim.ScenarioError) as refused:
        sim.load_scenario("old.toml")
    hints = [problem.hint for problem in refused.value.problems]
    assert sum(hint.startswith("It is called ") and "stepdown migrate" in hint for hint in hints) >= 5
    (changed,) = migrate(["old.toml"])
    assert changed.text == of_today(OLD).replace("\nname", "\nformat = 3\nname", 1)
    ward = sim.load_scenario("old.toml")
    assert ward.death is not None
    assert (ward.death.unwell, ward.known.unwell.people) == (2.0, 3)
    assert ward.condition.well == "abstinent"
    assert not migrate(["old.toml"])[0].changes


def test_a_suite_and_a_baseline_are_rewritten(home: Path) -> None:
    migrate(["old.toml"])
    suite = 'replications = 8\ntier = "statistical"\nmetrics = ["{}", "{}*", "{}*"]\n[margins]\n"{}" = 1.0\n'
    suite += '[[case]]\nscenario = "old.toml"\n'
    new, old = (
        suite.format(*names)
        for names in (
            ("days_well", "any_setback", "days_unwell", "days_well"),
            ("days_abstinent", "any_use", "days_using", "days_abstinent"),
        )
    )
    (home / "suite.toml").write_text(new)
    bless(check_suite(load_suite("suite.toml"), blessing=True))
    today = (home / "old.csv").read_text()
    lines = today.replace("any_setback", "any_use").replace("days_well", "days_abstinent").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("# sha256"))
    body = "\n".join([*lines[:at], *lines[at + 1 :]])
    lines[at] = f'# sha256 = "{hashlib.sha256(body.encode()).hexdigest()}"'
    (home / "old.csv").write_text("\n".join(lines) + "\n")
    (home / "suite.toml").write_text(old)
    assert "days_well" in set(read_baseline(home / "old.csv").table["metric"])
    assert all(each.changes for each in migrate(["suite.toml", "old.csv"]))
    assert "days_abstinent" not in (home / "suite.toml").read_text()
    assert (home / "old.csv").read_text() == today
    assert check_suite(load_suite("suite.toml")).passed


def test_a_study_of_before_has_its_metrics_under_the_names_of_today(home: Path) -> None:
    migrate(["old.toml"])
    study = sim.run(sim.load_scenario("old.toml"), 2, 1)
    study.save("out")
    before = study.summary()
    manifest = json.loads(Path("out/manifest.json").read_text())
    manifest["format"] = 4
    for name in ("metrics.csv", "summary.csv"):
        path = Path("out", name)
        text = path.read_text().replace("days_well", "days_abstinent").replace("any_setback", "any_use")
        path.write_text(text.replace("days_unwell", "days_using").replace("\nsetbacks,", "\nlapses,"))
        manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    Path("out/manifest.json").write_text(json.dumps(manifest))
    read = sim.load_study("out")
    assert list(read.summary()["metric"]) == list(before["metric"])


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["run", "base", "--metric", "days_abstinent"], "it is called days_well now"),
        (["run", "base", "--metric", "any_use.*"], "it is called any_setback.* now"),
        (["run", "base", "--precision", "days_abstinent=1"], "It is called days_well now"),
        (["run", "base", "--set", "lapse.duration_days.mean=3"], "It is called setback.duration_days.mean now"),
        (["run", "base", "--set", "death.using=3"], "It is called death.unwell now"),
        (["explain", "base", "more_beds", "days_abstinent"], "It is called days_well now"),
        (["compare", "base", "more_beds", "--effect", "day_abstinent"], "It is called day_well now"),
    ],
)
def test_old_names_on_the_command_line_are_answered_with_the_new(
    arguments: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--replications", "1"])
    assert stopped.value.code == 2
    assert answer in " ".join(capsys.readouterr().err.split())


def test_an_old_option_is_answered_with_the_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["log", str(tmp_path), "--format", "csv", "--lapses"])
    assert stopped.value.code == 2
    assert "--lapses is called --setbacks now" in " ".join(capsys.readouterr().err.split())


def test_families_of_metrics() -> None:
    assert metric_of_today("days_abstinent_discounted.year_5") == "days_well_discounted.year_5"
    assert metric_of_today("days_abstinent.system") == "days_well.system"
    assert metric_of_today("any_use_after_24_hour_care.7_days") == "any_setback_after_24_hour_care.7_days"
    assert metric_of_today("relapses.per_abstinent_year") == "relapses.per_well_year"
    assert metric_of_today("lapses") == "setbacks"
    assert metric_of_today("days_abstinence") == "days_abstinence"
