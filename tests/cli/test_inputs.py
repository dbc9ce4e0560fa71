"""Scenarios and options as commands take them: all that is wrong is said at once, with the nearest that is right."""

import json
from pathlib import Path

import pytest
from cli.commands import Command, refused
from support import WARD

import sim


def test_settings_change_the_scenario(stepdown: Command) -> None:
    settings = ("--set", "places.beds.capacity=3", "--set", "levels.ward.hand_over=hold")
    assert stepdown("run", "ward.toml", *settings, "--replications", "1", "--out", "out").status == 0
    scenario = sim.load_study("out").results[""].scenario
    assert scenario.places["beds"].capacity == 3
    assert scenario.levels["ward"].hand_over == "hold"


def test_a_shipped_scenario_goes_by_its_name(stepdown: Command) -> None:
    assert stepdown("validate", "base").out.startswith("base: sound")


def test_files_of_one_name_are_told_apart(stepdown: Command) -> None:
    Path("other").mkdir()
    Path("other/ward.toml").write_text(WARD)
    assert (
        stepdown("compare", "ward.toml", "other/ward.toml", "ward.toml", "--replications", "1", "--out", "out").status
        == 0
    )
    assert list(json.loads(Path("out/manifest.json").read_text())["scenarios"]) == ["ward", "ward (2)", "ward (3)"]


def test_all_options_that_are_wrong_are_told_at_once(stepdown: Command) -> None:
    wrong = ("--replications", "0", "--perspective", "x", "--effect", "y", "--seed", "-1", "--metric", "waits")
    spoken = stepdown("compare", "ward.toml", "more.toml", *wrong)
    assert (spoken.status, spoken.out) == (2, "")
    for word in ("no metric 'waits'", "no perspective 'x'", "no effect 'y'", "replications must be", "seed must be"):
        assert word in spoken.err
    assert len(spoken.err.splitlines()) == 5


def test_a_setting_outside_the_evidence_is_taken_and_told(stepdown: Command) -> None:
    quick = ("--replications", "2", "--set", "time.recruitment_days=5", "--set", "time.warm_up_days=0")
    spoken = stepdown("run", "base", *quick, "--set", "levels.residential.cost_per_day=300", "--json")
    assert spoken.status == 0
    told = "levels.residential.cost_per_day = 300.0: has left the range of the evidence card that it had"
    assert told in spoken.err
    assert any(told in warning for warning in json.loads(spoken.out)["warnings"])


def test_a_misspelt_setting_gets_the_right_path(stepdown: Command) -> None:
    refused(
        stepdown("run", "ward.toml", "--set", "levels.ward.capcity=3"),
        "ward.toml with --set: levels.ward.capcity",
        "Did you mean places.beds.capacity?",
    )


def test_a_setting_of_an_impossible_value(stepdown: Command) -> None:
    refused(stepdown("run", "ward.toml", "--set", "arrivals.per_day=-1"), "arrivals.per_day = -1")
    refused(stepdown("run", "ward.toml", "--set", "arrivals.per_day=many"), 'arrivals.per_day = "many"')
    refused(stepdown("run", "ward.toml", "--set", "arrivals.per_day"), "is not of the form PATH=VALUE")


def test_all_problems_of_files_and_settings_at_once(stepdown: Command) -> None:
    Path("bad.toml").write_text(WARD.replace("per_day = 1.0", "per_day = -1.0"))
    spoken = stepdown(
        "compare", "bad.toml", "gone.toml", "ward.toml", "--set", "nonsense", "--set", "places.bds.capacity=1"
    )
    assert (spoken.status, spoken.out) == (2, "")
    for words in ("bad.toml: arrivals.per_day", "gone.toml: there is no such file", "nonsense: is not of the form"):
        assert words in spoken.err
    assert "ward.toml with --set: places.bds" in spoken.err


def test_no_places_are_allowed_with_a_warning(stepdown: Command) -> None:
    spoken = stepdown("run", "ward.toml", "--set", "places.beds.capacity=0", "--replications", "1")
    assert spoken.status == 0
    assert (
        "ward.toml: warning: places.beds.capacity = 0: is 0 throughout: no one is ever admitted to ward" in spoken.err
    )


def test_an_empty_file(stepdown: Command) -> None:
    Path("empty.toml").write_text("")
    spoken = stepdown("run", "empty.toml", "--out", "out")
    assert spoken.status == 2
    for key in ("name", "time", "arrivals", "entry", "levels"):
        assert f"empty.toml: {key}" in spoken.err
    assert not Path("out").exists()


def test_a_missing_file_gets_the_nearest(stepdown: Command) -> None:
    refused(stepdown("run", "wrad.toml"), "wrad.toml: there is no such file", 'Did you mean "ward.toml"')


def test_an_unknown_shipped_name_gets_the_nearest(stepdown: Command) -> None:
    refused(stepdown("run", "bsae"), "bsae: there is no shipped scenario of this name", 'Did you mean "base"')


def test_text_that_is_no_toml(stepdown: Command) -> None:
    Path("bad.toml").write_text("name = \n")
    refused(stepdown("run", "bad.toml"), "bad.toml: is not valid TOML", "line 1")


def test_an_unknown_metric_gets_the_nearest(stepdown: Command) -> None:
    refused(stepdown("run", "ward.toml", "--metric", "cost.totl"), "no metric 'cost.totl'", "did you mean cost.total")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--replications", "0"), "replications must be a whole number from 1 to 1,000,000, not 0"),
        (("--replications", "many"), "--replications': Input should be a valid integer"),
        (("--seed", "-1"), "seed must be a whole number from 0"),
        (("--workers", "-2"), "workers must be a whole number from 0"),
        (("--seeds", "1"), "--seed"),
    ],
)
def test_options_out_of_range(stepdown: Command, arguments: tuple[str, str], words: str) -> None:
    refused(stepdown("run", "ward.toml", *arguments, "--out", "out"), words)
    assert not Path("out").exists()


def test_a_bad_file_writes_nothing(stepdown: Command) -> None:
    Path("bad.toml").write_text(WARD.replace("per_day = 1.0", "per_day = -1.0"))
    refused(stepdown("run", "bad.toml", "--out", "out"), "per_day")
    refused(stepdown("compare", "ward.toml", "bad.toml", "--out", "out"), "per_day")
    assert not Path("out").exists()
