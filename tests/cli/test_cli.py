"""The command line: what it prints and where, with which exit status, and what it leaves behind when it fails."""

import errno
import html
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support import PATIENCE, heeding_interrupts, wait_until

import sim
from sim import cli
from sim.cli.outputs import save

WARD = """
name = "Small ward"
[time]
warm_up_days = 30
recruitment_days = 60
follow_up_days = 40
[arrivals]
per_day = 1.0
[[entry]]
to = { ward = 1.0 }
[places.beds]
capacity = 12
[levels.ward]
places = ["beds"]
length_of_stay = { distribution = "exponential", mean = 8 }
cost_per_day = 100.0
patient_time_per_day = 90.0
"""
UTILITIES = "[utilities]\nabstinent = 0.8\nlapse = 0.7\nusing = 0.5\n"

RUN = {"manifest.json", "metrics.csv", "summary.csv", "budget.csv", "equity.csv", "occupancy.csv"}
RUN |= {"by_group.parquet", "by_month.parquet", "daily.parquet", "occupancy.parquet"}
STUDY = RUN | {"differences.csv", "cost_effectiveness.csv", "net_benefit.csv", "gaps.csv"}


class Spoken(NamedTuple):
    """What a command said."""

    status: int
    out: str
    err: str


Command = Callable[..., Spoken]


@pytest.fixture
def stepdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, in a folder of its own with `ward.toml` and `more.toml`."""
    monkeypatch.chdir(tmp_path)
    Path("ward.toml").write_text(WARD)
    Path("more.toml").write_text('extends = "ward.toml"\nname = "More beds"\n[places.beds]\ncapacity = 16\n')

    def command(*arguments: str) -> Spoken:
        with pytest.raises(SystemExit) as stopped:
            cli.main([str(argument) for argument in arguments])
        spoken = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return Spoken(stopped.value.code, spoken.out, spoken.err)

    return command


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


# --- what works ---


def test_run_shows_the_main_metrics_with_intervals(stepdown: Command) -> None:
    spoken = stepdown("run", "ward.toml", "--replications", "3")
    assert (spoken.status, spoken.err) == (0, "")
    caveat, asked, head, *lines = spoken.out.splitlines()
    assert "chance in the simulation alone" in caveat
    assert spoken.out.count("chance in the simulation") == 1
    assert re.fullmatch(
        r"asks for care, a month: [\d.]+ first, [\d.]+ returning; beside these [\d.]+ by step-down", asked
    )
    assert head.split() == ["metric", "unit", "mean", "95", "%", "interval"]
    shown = {line.split()[0] for line in lines}
    assert {"arrivals", "wait.ward.mean", "occupancy.beds", "cost.total"} <= shown
    assert files() == {"ward.toml", "more.toml"}


def test_run_is_the_same_each_time_and_differs_by_seed(stepdown: Command) -> None:
    arguments = ("run", "ward.toml", "--replications", "2", "--metric", "cost.total")
    first, again, other = stepdown(*arguments), stepdown(*arguments), stepdown(*arguments, "--seed", "2")
    assert first.out == again.out != other.out
    assert stepdown(*arguments, "--workers", "2").out == first.out


def test_run_writes_what_it_shows(stepdown: Command) -> None:
    spoken = stepdown("run", "ward.toml", "--replications", "2", "--seed", "5", "--out", "out")
    assert (spoken.status, spoken.err) == (0, "wrote out\n")
    assert files("out") == RUN
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert (manifest["seed"], manifest["replications"]) == (5, 2)
    assert stepdown("run", "ward.toml", "--replications", "1", "--out", "out", "--keep-records").status == 0
    assert files("out") == RUN | {f"{table}.parquet" for table in ("patients", "stays", "waits", "spells")}


def test_settings_change_the_scenario(stepdown: Command) -> None:
    import sim

    settings = ("--set", "places.beds.capacity=3", "--set", "levels.ward.hand_over=hold")
    assert stepdown("run", "ward.toml", *settings, "--replications", "1", "--out", "out").status == 0
    scenario = sim.load_study("out").results[""].scenario
    assert scenario.places["beds"].capacity == 3
    assert scenario.levels["ward"].hand_over == "hold"


def test_compare_shows_differences_and_cost_effectiveness(stepdown: Command) -> None:
    with Path("ward.toml").open("a") as file:
        file.write(UTILITIES)
    spoken = stepdown("compare", "ward.toml", "more.toml", "--replications", "3", "--out", "out")
    assert (spoken.status, spoken.err) == (0, "wrote out\n")
    assert "more against ward, paired by replication" in spoken.out
    assert "Cost per QALY, a patient, perspective: society" in spoken.out
    assert "Budget of the programme by calendar year" in spoken.out
    assert "Net monetary benefit" in spoken.out
    assert files("out") == STUDY
    assert list(json.loads(Path("out/manifest.json").read_text())["scenarios"]) == ["ward", "more"]


def test_without_utilities_a_comparison_says_why_there_is_no_cost_effectiveness(stepdown: Command) -> None:
    compared = ("compare", "ward.toml", "more.toml", "--replications", "2", "--out", "out", "--report")
    spoken = stepdown(*compared)
    said = "Cost per QALY is not told: Small ward states no utilities, so qalys.per_patient_discounted is not known."
    assert said in spoken.out.splitlines()
    assert "Net monetary benefit" not in spoken.out
    assert "dominated" not in spoken.out
    assert "Budget of the programme by calendar year" in spoken.out
    assert files("out") == STUDY - {"net_benefit.csv"}
    assert said in html.unescape(Path("out_report.html").read_text(encoding="utf-8"))
    again = stepdown(*compared[:5], "--effect", "day_abstinent")
    assert "Cost per day abstinent, a patient" in again.out


def test_all_options_that_are_wrong_are_told_at_once(stepdown: Command) -> None:
    wrong = ("--replications", "0", "--perspective", "x", "--effect", "y", "--seed", "-1", "--metric", "waits")
    spoken = stepdown("compare", "ward.toml", "more.toml", *wrong)
    assert (spoken.status, spoken.out) == (2, "")
    for word in ("no metric 'waits'", "no perspective 'x'", "no effect 'y'", "replications must be", "seed must be"):
        assert word in spoken.err
    assert len(spoken.err.splitlines()) == 5


def test_tables_for_machines(stepdown: Command) -> None:
    ran = stepdown("run", "ward.toml", "--replications", "2", "--metric", "cost.total", "--json")
    told = json.loads(ran.out)
    assert (told["seed"], told["replications"], told["warnings"]) == (1, 2, [])
    (row,) = told["metrics"]
    assert row["metric"] == "cost.total"
    assert row["ci_low"] <= row["mean"] <= row["ci_high"]
    compared = stepdown("compare", "ward.toml", "more.toml", "--replications", "1", "--metric", "arrivals", "--json")
    (row,) = json.loads(compared.out)["differences"]
    assert (row["scenario"], row["difference"], row["ci_low"]) == ("more", 0, None)


def test_a_comparison_for_machines_says_how_it_was_made_and_holds_every_table(stepdown: Command) -> None:
    Path("small.toml").write_text('extends = "ward.toml"\nname = "Small"\nplaces.unused.capacity = 3\n')
    Path("ward.toml").write_text(f"{WARD}[utilities]\nabstinent = 0.8\nlapse = 0.7\nusing = 0.5\n")
    asked = ("--replications", "2", "--seed", "4", "--precision", "arrivals=1000", "--perspective", "payer")
    told = json.loads(stepdown("compare", "ward.toml", "small.toml", *asked, "--json").out)
    assert (told["seed"], told["replications"], told["baseline"], told["perspective"]) == (4, 2, "ward", "payer")
    assert told["stepdown"] == stepdown("--version").out.split()[1]
    assert told["scenarios"]["small"] == {"name": "Small", "digest": sim.load_scenario("small.toml").digest()}
    assert any("unused" in warning for warning in told["warnings"])
    (precision,) = told["precision"]
    assert (precision["metric"], precision["reached_after"]) == ("arrivals", None)
    assert {row["scenario"] for row in told["budget"]} == {"ward", "small"}
    assert {row["strategy"] for row in told["cost_effectiveness"]} == {"ward", "small"}
    assert {row["threshold"] for row in told["net_benefit"]} > {0, 100_000}
    assert {"metrics", "differences", "groups", "gaps"} <= set(told)
    assert told["not_told"] == ""
    Path("ward.toml").write_text(WARD)
    told = json.loads(stepdown("compare", "ward.toml", "small.toml", *asked, "--json").out)
    assert "states no utilities" in told["not_told"]
    assert told["cost_effectiveness"] == told["net_benefit"] == []


def test_lists_for_machines(stepdown: Command) -> None:
    listed = json.loads(stepdown("metrics", "ward.toml", "--json").out)
    assert {"metric", "unit", "direction", "definition"} == set(listed[0])
    some = json.loads(stepdown("metrics", "ward.toml", "--metric", "wait.*", "--json").out)
    assert [row for row in listed if row["metric"].startswith("wait.")] == some != []
    wrong = stepdown("metrics", "ward.toml", "--metric", "wiat.mean")
    assert (wrong.status, wrong.out) == (2, "")
    assert "wait.mean" in wrong.err
    Path("bad.toml").write_text(WARD.replace("per_day = 1.0", "per_day = -1.0").replace("capacity", "capasity"))
    spoken = stepdown("validate", "ward.toml", "bad.toml", "--json")
    assert (spoken.status, spoken.err) == (2, "")
    sound, bad = json.loads(spoken.out)
    assert (sound["scenario"], sound["sound"], sound["problems"]) == ("ward.toml", True, [])
    assert (bad["scenario"], bad["sound"]) == ("bad.toml", False)
    assert "arrivals.per_day" in {problem["path"] for problem in bad["problems"]}
    assert "capacity" in " ".join(problem["hint"] + problem["message"] for problem in bad["problems"])


def test_what_a_hypothesis_is_read_from_must_exist_wherever_it_is_used(stepdown: Command) -> None:
    Path("ward.toml").write_text('reads = [{ metric = "days_abstinant", of = "level", high = 3.0 }]\n' + WARD)
    refused(stepdown("validate", "ward.toml"), "ward.toml: reads.0.metric", "days_abstinant")
    for arguments in (("run", "ward.toml"), ("compare", "ward.toml", "more.toml", "--out", "out", "--report")):
        spoken = stepdown(*arguments, "--replications", "2")
        assert spoken.status == 0
        assert 'ward.toml: warning: reads.0.metric = "days_abstinant"' in spoken.err


def test_a_second_comparison_says_what_it_replaces_and_writes_its_report_beside(stepdown: Command) -> None:
    arguments = ("compare", "ward.toml", "more.toml", "--replications", "2", "--out", "out", "--report")
    assert "will be replaced" not in stepdown(*arguments).err
    assert "out: the comparison of ward, more there" in stepdown(*arguments).err
    os.chdir("out")
    assert (
        stepdown("compare", "../ward.toml", "../more.toml", "--replications", "2", "--out", ".", "--report").status == 0
    )
    os.chdir("..")
    assert Path("out_report.html").exists()
    assert not any(name.endswith("_report.html") for name in files("out"))
    spoken = stepdown("compare", "ward.toml", "more.toml", "--metric", "nosuch", "--effect", "foo", "--report")
    assert all(word in spoken.err for word in ("nosuch", "foo", "--report needs --out"))


def test_a_system_that_moves_while_it_is_measured_is_warned_of(stepdown: Command) -> None:
    crowded = ("--set", "arrivals.per_day=3", "--set", "time.recruitment_days=300", "--replications", "5")
    spoken = stepdown("run", "ward.toml", *crowded)
    assert spoken.status == 0
    assert "ward.toml: warning: time.warm_up_days = 30 may be too short: queue.ward (+" in spoken.err
    assert re.search(r"warning: places.beds are full (99|100)\.\d% of the time, .* \(\d+ people for ward\)", spoken.err)
    roomy = stepdown("run", "ward.toml", "--set", "places.beds.capacity=40", "--replications", "5")
    assert "short" not in roomy.err
    assert "are full" not in roomy.err


def test_a_comparison_with_its_report(stepdown: Command) -> None:
    arguments = ("compare", "ward.toml", "more.toml", "--replications", "2", "--report")
    assert stepdown(*arguments, "--out", "out").status == 0
    assert "more against ward" in Path("out_report.html").read_text(encoding="utf-8")
    refused(stepdown(*arguments), "--report needs --out")


def test_files_of_one_name_are_told_apart(stepdown: Command) -> None:
    Path("other").mkdir()
    Path("other/ward.toml").write_text(WARD)
    assert (
        stepdown("compare", "ward.toml", "other/ward.toml", "ward.toml", "--replications", "1", "--out", "out").status
        == 0
    )
    assert list(json.loads(Path("out/manifest.json").read_text())["scenarios"]) == ["ward", "ward (2)", "ward (3)"]


def test_nothing_is_cut_in_a_pipe(stepdown: Command) -> None:
    """However long a name is, a script that reads the table finds it whole."""
    level, stem = "l" * 60, "s" * 200
    long = WARD.replace("levels.ward", f"levels.{level}").replace("ward = 1.0", f"{level} = 1.0")
    Path(f"{stem}.toml").write_text(long)
    arguments = (f"{stem}.toml", f"{stem}.toml", "--replications", "2")
    spoken = stepdown("compare", *arguments, "--metric", "wait.*")
    assert spoken.status == 0
    assert f"wait.{level}.mean" in spoken.out
    assert f"{stem} (2) against {stem}" in spoken.out
    assert "…" not in spoken.out
    # Each row of a table is one line: those of the metrics, below a title.
    assert sum(line.startswith("wait.") for line in spoken.out.splitlines()) == 9


def test_a_system_that_nobody_enters_can_be_compared(stepdown: Command) -> None:
    spoken = stepdown("compare", "ward.toml", "more.toml", "--set", "arrivals.per_day=0", "--replications", "2")
    assert spoken.status == 0
    assert "nan" not in spoken.out
    assert "Traceback" not in spoken.err


def test_chosen_metrics(stepdown: Command) -> None:
    spoken = stepdown("run", "ward.toml", "--replications", "1", "--metric", "cost.*", "--metric", "arrivals")
    caveat, _, _, *lines = spoken.out.splitlines()
    assert caveat.startswith("There are no intervals")
    shown = [line.split()[0] for line in lines]
    assert shown[0] == "arrivals"
    assert len(shown) > 3
    assert all(name.startswith("cost.") for name in shown[1:])


def test_metrics_are_listed_with_their_definition(stepdown: Command) -> None:
    spoken = stepdown("metrics", "ward.toml")
    assert spoken.status == 0
    assert "wait.ward.mean [days; lower]" in spoken.out
    assert "cost.total [USD" in spoken.out


def test_schema_is_json(stepdown: Command) -> None:
    assert "levels" in json.loads(stepdown("schema").out)["properties"]


def test_version_and_help(stepdown: Command) -> None:
    from importlib.metadata import version

    assert stepdown("--version") == (0, f"stepdown {version('stepdown')}\n", "")
    for arguments in ((), ("--help",), ("-h",)):
        spoken = stepdown(*arguments)
        assert (spoken.status, spoken.err) == (0, "")
        assert spoken.out.startswith("Usage: stepdown")
    assert "--replications" in stepdown("run", "--help").out


def test_a_shipped_scenario_goes_by_its_name(stepdown: Command) -> None:
    assert stepdown("validate", "base").out.startswith("base: sound")


GRIDLOCK = """
hand_over = "hold"
next = [{ to = "clinic", probability = 1.0 }]
[levels.clinic]
places = ["beds"]
length_of_stay = { distribution = "fixed", value = 30 }
"""


def test_gridlock_is_foreseen_and_told(stepdown: Command) -> None:
    Path("shared.toml").write_text(WARD + GRIDLOCK)
    spoken = stepdown("validate", "shared.toml")
    assert "beds can all be held by people in ward who wait for clinic" in spoken.err
    told = "shared.toml: warning: gridlock: from day "
    assert told in stepdown("run", "shared.toml", "--replications", "2").err
    spoken = stepdown("compare", "shared.toml", "shared.toml", "--replications", "2", "--json")
    assert "shared: warning: gridlock: from day " in spoken.err
    assert any("gridlock: from day" in warning for warning in json.loads(spoken.out)["warnings"])


def test_whoever_goes_round_in_no_time_ends_the_run_in_one_line(stepdown: Command) -> None:
    hasty = 'patience = { distribution = "exponential", mean = 0.001 }\n[return_to_care]\nprobability = 1.0\n'
    hasty += 'delay_days = { distribution = "exponential", mean = 0.001 }\n[population.who]\nhasty = 1.0\n'
    Path("ward.toml").write_text(WARD + hasty + "[effects.who.hasty]\nrenege = 1000.0\n")
    for workers in ("1", "2"):
        spoken = stepdown("run", "ward.toml", "--set", "places.beds.capacity=1", "--workers", workers, "--out", "out")
        assert (spoken.status, spoken.out) == (2, "")
        last = spoken.err.splitlines()[-1]
        assert last.startswith("stepdown: Small ward: patient "), spoken.err
        assert "goes round in circles on day" in last
        assert "wait for ward (return) until reneged" in last
        assert not Path("out").exists()


# --- validate ---


def test_validate_goes_on_to_the_next_file_whatever_happens_to_one(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sim.scenario

    def fails(scenario: sim.Scenario) -> list[Any]:
        if scenario.name == "Small ward":
            raise OverflowError("too large")
        return []

    monkeypatch.setattr(sim.scenario, "scenario_warnings", fails)
    spoken = stepdown("validate", "ward.toml", "more.toml")
    assert spoken == (2, "more.toml: sound\n", spoken.err)
    assert spoken.err == "ward.toml: could not be checked: unexpected OverflowError: too large (a mistake of ours)\n"


def test_validate_has_one_line_for_a_sound_file(stepdown: Command) -> None:
    assert stepdown("validate", "ward.toml", "more.toml") == (0, "ward.toml: sound\nmore.toml: sound\n", "")


def test_validate_says_whose_evidence_the_numbers_have(stepdown: Command) -> None:
    Path("ours.toml").write_text('extends = "base"\nlevels.residential.cost_per_day = 300\n')
    Path("more.toml").write_text('extends = "ours.toml"\nplaces.residential_beds.capacity = 28\n')
    numbers = "levels.residential.cost_per_day and places.residential_beds.capacity"
    status, out, err = stepdown("validate", "ours.toml", "more.toml")
    assert status == 0
    assert err.count("\n") == 1
    assert err.startswith("more.toml: warning: places.residential_beds.capacity = 28: offered load")
    ours, more = out.splitlines()
    assert ours.endswith("have the evidence card of base and 1 has none: levels.residential.cost_per_day")
    assert more.endswith(f"have the evidence card of base and 2 have none: {numbers}")
    told = json.loads(stepdown("validate", "more.toml", "--json").out)[0]
    assert told["without_card"] == numbers.split(" and ")


def test_a_setting_outside_the_evidence_is_taken_and_told(stepdown: Command) -> None:
    quick = ("--replications", "2", "--set", "time.recruitment_days=5", "--set", "time.warm_up_days=0")
    spoken = stepdown("run", "base", *quick, "--set", "levels.residential.cost_per_day=300", "--json")
    assert spoken.status == 0
    told = "levels.residential.cost_per_day = 300.0: has left the range of the evidence card that it had"
    assert told in spoken.err
    assert any(told in warning for warning in json.loads(spoken.out)["warnings"])


def test_validate_names_warnings_and_still_finds_the_file_sound(stepdown: Command) -> None:
    Path("tight.toml").write_text(WARD.replace("capacity = 12", "capacity = 2"))
    spoken = stepdown("validate", "tight.toml")
    assert spoken.status == 0
    assert spoken.out == "tight.toml: sound, with 1 warning(s)\n"
    assert spoken.err.startswith("tight.toml: warning: places.beds.capacity = 2: offered load")


def test_validate_reports_every_problem_of_every_file(stepdown: Command) -> None:
    Path("bad.toml").write_text(WARD.replace("per_day = 1.0", "per_day = -1.0").replace("ward = 1.0", "wrad = 1.0"))
    Path("worse.toml").write_text(WARD.replace("capacity = 12", "capacty = 12").replace("mean = 8", "mean = true"))
    spoken = stepdown("validate", "bad.toml", "ward.toml", "worse.toml", "missing.toml")
    assert spoken.status == 2
    assert spoken.out == "ward.toml: sound\n"
    lines = spoken.err.splitlines()
    assert any(line.startswith("bad.toml: arrivals.per_day = -1.0") for line in lines)
    assert any(line.startswith("worse.toml: places.beds.capacty") and "capacity" in line for line in lines)
    assert any(line.startswith("worse.toml: levels.ward.length_of_stay.mean = true") for line in lines)
    assert any(line.startswith("missing.toml: there is no such file") for line in lines)
    assert "Traceback" not in spoken.err


# --- wrong input ---


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


def test_commands_that_do_not_exist_or_lack_something(stepdown: Command) -> None:
    refused(stepdown("rnu", "ward.toml"), "rnu", "stepdown --help")
    refused(stepdown("run"), "Missing argument", "stepdown run --help")
    refused(stepdown("compare", "ward.toml"), "a baseline and at least one alternative")


def test_debug_shows_the_traceback_too(stepdown: Command) -> None:
    spoken = stepdown("--debug", "run", "wrad.toml")
    assert spoken.status == 2
    assert "Traceback" in spoken.err
    assert spoken.err.splitlines()[-1].startswith("stepdown: wrad.toml: there is no such file")


def test_a_mistake_of_ours_is_one_line_too(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sim.experiment.replications.replicate", fail)
    spoken = stepdown("run", "ward.toml")
    assert (spoken.status, spoken.out) == (1, "")
    assert spoken.err.splitlines() == [
        "stepdown: unexpected ZeroDivisionError: division by zero (a mistake of ours: --debug shows where)"
    ]
    assert "Traceback" in stepdown("run", "ward.toml", "--debug").err


# --- the output folder ---


def test_a_bad_file_writes_nothing(stepdown: Command) -> None:
    Path("bad.toml").write_text(WARD.replace("per_day = 1.0", "per_day = -1.0"))
    refused(stepdown("run", "bad.toml", "--out", "out"), "per_day")
    refused(stepdown("compare", "ward.toml", "bad.toml", "--out", "out"), "per_day")
    assert not Path("out").exists()


def test_what_is_in_the_way_is_found_before_anything_is_simulated(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("simulated in vain")

    monkeypatch.setattr("sim.experiment.replications.replicate", never)
    Path("file").write_text("mine")
    Path("full").mkdir()
    Path("full/thesis.tex").write_text("mine")
    for command in (("run", "ward.toml"), ("compare", "ward.toml", "more.toml")):
        refused(stepdown(*command, "--out", "file"), "file is a file; name a folder")
        refused(stepdown(*command, "--out", "full"), "full holds other files")
        refused(stepdown(*command, "--out", "file/deeper"), "file/deeper cannot be written")
    assert files("full") == {"thesis.tex"}
    assert Path("file").read_text() == "mine"


def test_an_interrupt_after_the_result_was_written_says_so(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.cli.simulate._of_unrest", stopped)
    spoken = stepdown("run", "ward.toml", "--replications", "1", "--out", "out")
    assert (spoken.status, spoken.err) == (130, "wrote out\ninterrupted; wrote out\n")
    assert stepdown("run", "ward.toml", "--replications", "1").err == "interrupted; nothing was written\n"
    assert Path("out/manifest.json").exists()


def test_a_disk_that_fills_up(stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nor can any other folder be written: the tables are shown, and no report is tried."""
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(tmp_path / "temporary"))
    Path("temporary").mkdir()
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "temporary"))
    before = files()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    alone = stepdown("run", "ward.toml", "--replications", "1", "--out", "out")
    both = stepdown("compare", "ward.toml", "more.toml", "--replications", "2", "--out", "out", "--report")
    why = "stepdown: out: No space left on device; nothing was written, nor was there another place for it"
    for spoken in (alone, both):
        assert spoken.status == 2
        assert spoken.err == f"{why}; the answer alone is left\n"
    assert "cost.total" in alone.out
    assert "more against ward" in both.out
    assert files() == before
    assert files("temporary") == set()


def test_what_was_simulated_is_kept_although_the_working_folder_is_gone(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As when its disk was unmounted; the first place for another folder is no place either."""
    for name in ("home", "gone"):
        Path(name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(tmp_path / "none"))
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "home"))
    result = sim.run(sim.load_scenario("ward.toml"), 1)
    monkeypatch.chdir("gone")
    (tmp_path / "gone").rmdir()
    saved = save(result, Path("out"))
    assert saved is not None
    assert saved.parent == tmp_path / "home"
    assert sim.load_study(saved).replications == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, stepdown: Command) -> None:
    arguments = (
        "--replications",
        "5",
        "--keep-records",
        "--set",
        "arrivals.per_day=20",
        "--out",
        str(small_disk / "out"),
    )
    spoken = stepdown("run", "ward.toml", *arguments)
    assert spoken.status == 2
    assert re.search(rf"stepdown: {small_disk}: .*replications.*; keep fewer, or none, or name a folder", spoken.err)
    assert "Traceback" not in spoken.err
    assert files(small_disk) == set()


def kept_elsewhere(spoken: Spoken) -> Path:
    """The folder that the last line on standard error names, when the wanted one could not be written."""
    assert spoken.status == 2, spoken
    found = re.search(r"; what was simulated is in (\S+) instead", spoken.err)
    assert found, spoken.err
    return Path(found[1])


def test_what_was_simulated_is_kept_elsewhere_when_the_disk_turns_out_to_be_full(
    small_disk: Path, stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And told, and reported on."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (small_disk / "others.bin").write_bytes(bytes(20_000))
    out = small_disk / "out"
    spoken = stepdown("compare", "ward.toml", "more.toml", "--replications", "30", "--out", out, "--report")
    assert f"{out}: No space left on device; nothing was written" in spoken.err
    folder = kept_elsewhere(spoken)
    assert folder.parent == tmp_path / "temporary"
    assert files(folder) >= RUN
    assert sim.load_study(folder).replications == 30
    assert files(folder.parent) == {folder.name, f"{folder.name}_report.html"}
    assert "more against ward" in spoken.out
    assert files(small_disk) == {"others.bin"}


def test_what_was_simulated_is_kept_elsewhere_when_somebody_else_took_the_folder(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    def taken(*_: Any) -> None:
        Path("out").mkdir()
        Path("out/thesis.tex").write_text("mine")

    monkeypatch.setattr("sim.cli.simulate.say_what_is_replaced", taken)
    spoken = stepdown("run", "ward.toml", "--replications", "1", "--out", "out", "--json")
    assert files("out") == {"thesis.tex"}
    assert sim.load_study(kept_elsewhere(spoken)).replications == 1
    assert json.loads(spoken.out)["replications"] == 1


def test_a_report_that_cannot_be_written_loses_nothing(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out_report.html")

    monkeypatch.setattr("sim.report.page_file.write_page", full)
    spoken = stepdown("compare", "ward.toml", "more.toml", "--replications", "2", "--out", "out", "--report")
    assert spoken.status == 2
    assert "stepdown: out_report.html: No space left on device; the study is in out: stepdown report out" in spoken.err
    assert files("out") == STUDY - {"net_benefit.csv"}
    assert "more against ward" in spoken.out


LINKS = [
    ("run", "ward.toml", "--out"),
    ("run", "ward.toml", "--store"),
    ("compare", "ward.toml", "more.toml", "--out"),
    ("warmup", "ward.toml", "--figure"),
    ("story", "ward.toml", "more.toml", "--figure"),
    ("readings",),
]


@pytest.mark.parametrize("command", LINKS, ids=" ".join)
@pytest.mark.parametrize("inside", ["", "/deeper"])
def test_a_link_to_a_disk_that_is_not_mounted_is_refused_at_once(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], inside: str
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("simulated in vain")

    monkeypatch.setattr("sim.experiment.replications.replicate", never)
    Path("gone.svg").symlink_to("/nowhere/disk")
    wanted = f"gone.svg{inside}{'/x.svg' if inside and '--figure' in command else ''}"
    spoken = stepdown(*command, wanted)
    assert spoken.status == 2
    if command == ("readings",) and inside:
        assert "there is no folder gone.svg" in spoken.err
    else:
        assert "is a link to /nowhere/disk, which is not there; is its disk mounted?" in spoken.err
    assert Path("gone.svg").is_symlink()
    assert files() == {"ward.toml", "more.toml", "gone.svg"}


@pytest.mark.parametrize("option", ["--out", "--figure"])
def test_names_that_are_too_long_are_refused_at_once(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """Also where only the report beside the folder would be; a name that just fits is taken."""

    def never(*_: Any) -> None:
        raise AssertionError("simulated in vain")

    command = ("run", "ward.toml", "--replications", "1") if option == "--out" else ("warmup", "ward.toml")
    assert stepdown(*command, option, "x" * 251 + ".svg").status == 0
    monkeypatch.setattr("sim.experiment.replications.replicate", never)
    refused(stepdown(*command, option, "x" * 252 + ".svg"), "File name too long")
    if option == "--out":
        refused(stepdown("compare", "ward.toml", "more.toml", "--out", "x" * 250, "--report"), "File name too long")
    assert files() == {"ward.toml", "more.toml", "x" * 251 + ".svg"}


BAD_NAME = b"b\xff"
POSIX_ONLY = pytest.mark.skipif(os.name != "posix", reason="names are bytes only there")


def said_in(locale: str, folder: Path, *arguments: bytes) -> str:
    """What the command says in a process of its own, with names as bytes, where Python goes by the locale."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": locale, "PYTHONUTF8": "0"}
    environment |= {"PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    as_command = b"import sys; sys.argv[0] = 'stepdown'; from sim.cli import main; main()"
    run = [os.fsencode(sys.executable), b"-c", as_command, *arguments]
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8")


@POSIX_ONLY
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_that_are_no_text_and_an_ascii_locale_lose_nothing(tmp_path: Path, locale: str) -> None:
    """Letters beyond ASCII come out as they were meant; what is no letter at all is replaced."""
    arms = ("gr\u00fcn.toml".encode(), BAD_NAME + b".toml")
    for name in arms:
        (tmp_path / os.fsdecode(name)).write_text(WARD.replace("Small ward", "Gr\u00fcne Station"), encoding="utf-8")
    few = (b"--replications", b"2", b"--keep-records")
    assert said_in(locale, tmp_path, b"compare", *arms, *few, b"--out", BAD_NAME, b"--report")
    folder = tmp_path / os.fsdecode(BAD_NAME)
    assert folder.with_name(f"{folder.name}_report.html").exists()
    study = sim.load_study(folder)
    assert list(study.results) == ["gr\u00fcn", "b\ufffd"]
    assert study.results["b\ufffd"].scenario.name == "Gr\u00fcne Station"
    assert len(study.results["b\ufffd"].stays)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"].startswith("stepdown compare 'gr\u00fcn.toml' 'b\ufffd.toml'")
    told = json.loads(said_in(locale, tmp_path, b"compare", *arms, b"--replications", b"1", b"--json"))
    assert list(told["scenarios"]) == ["gr\u00fcn", "b\ufffd"]


@POSIX_ONLY
def test_a_study_with_a_name_that_is_no_text_is_handed_on_in_an_ascii_locale(tmp_path: Path) -> None:
    ward = tmp_path / "ward.toml"
    ward.write_text(WARD.replace("Small ward", "Gr\u00fcne Station"), encoding="utf-8")
    study = sim.compare({"gr\u00fcn": sim.load_scenario(ward), "other": sim.load_scenario(ward)}, 2, keep_records=True)
    study.save(tmp_path / os.fsdecode(BAD_NAME))
    for kind in (b"csv", b"xes", b"ocel"):
        said_in("C", tmp_path, b"log", BAD_NAME, b"--format", kind)
    said_in("C", tmp_path, b"animate", BAD_NAME)
    said_in("C", tmp_path, b"report", BAD_NAME, b"--figures", b"pictures" + BAD_NAME)
    said_in("C", tmp_path, b"stress", BAD_NAME, b"--out", BAD_NAME + b".md")
    said_in("C", tmp_path, b"warmup", b"ward.toml", b"--figure", BAD_NAME + b".png")
    written = {os.fsencode(path.name).removeprefix(BAD_NAME) for path in tmp_path.iterdir()}
    assert {b"_report.html", b"_animation.html", b".md", b".png", b"pictures" + BAD_NAME} <= written
    assert {b"_log.csv", b"_log.xes", b"_log.ocel.json"} <= written


# --- readings ---


def test_readings_are_written_and_checked(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.report.readings.readings_page", lambda workers, progress: "the page\n")
    assert stepdown("readings", "page.md", "--check").err == (
        "stepdown: there is no page page.md to compare with; without --check it is written\n"
    )
    assert files() == {"ward.toml", "more.toml"}
    assert stepdown("readings", "page.md") == (0, "", "wrote page.md\n")
    assert Path("page.md").read_text() == "the page\n"
    assert stepdown("readings", "page.md", "--check") == (0, "", "")
    Path("page.md").write_text("an older page\n")
    assert stepdown("readings", "page.md", "--check").err == (
        "page.md is out of date; write it anew with: stepdown readings page.md\n"
    )


# --- as a process of its own ---

PROGRAM = (sys.executable, "-c", "from sim.cli import main; main()")
BUSY = ("--set", "arrivals.per_day=60", "--set", "places.beds.capacity=900")
LONG = ("run", "ward.toml", *BUSY, "--replications", "100000", "--out", "out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ward.toml").write_text(WARD)
    return tmp_path


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A command in a session of its own, so that a signal to its group is what a terminal sends on Ctrl-C."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heeding_interrupts,
    )


def finish(process: subprocess.Popen[str]) -> Spoken:
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail("did not stop")
    return Spoken(process.returncode, out, err)


def group(process: subprocess.Popen[str]) -> dict[int, str]:
    """Command lines of the live processes of a group, by process number."""
    members = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, member_of = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        if int(member_of) == process.pid and state != "Z":
            members[int(entry.name)] = command
    return members


def workers(process: subprocess.Popen[str]) -> list[int]:
    return [number for number, command in group(process).items() if "LokyProcess" in command]


on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def test_a_process_says_the_same(folder: Path) -> None:
    assert finish(start(folder, "validate", "ward.toml")) == (0, "ward.toml: sound\n", "")
    spoken = finish(start(folder, "run", "gone.toml"))
    assert (spoken.status, spoken.out) == (2, "")
    assert spoken.err.startswith("stepdown: gone.toml: there is no such file")


def test_a_reader_who_has_seen_enough_is_no_error(folder: Path) -> None:
    """As `stepdown schema | head -1`, where head is gone before anything is written."""
    process = start(folder, "schema")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(PATIENCE) == 0


@on_linux
@pytest.mark.parametrize("moment", [0.0, 0.2, 1.5])
def test_ctrl_c_in_a_parallel_run(folder: Path, moment: float) -> None:
    """At once when the workers are started, while they are starting, and in the middle of their work."""
    process = start(folder, *LONG, "--workers", "2")
    wait_until(lambda: len(workers(process)) == 2)
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process) == (130, "", "interrupted; nothing was written\n")
    wait_until(lambda: not group(process))
    assert files(folder) == {"ward.toml"}


@on_linux
def test_ctrl_c_in_a_serial_run(folder: Path) -> None:
    process = start(folder, *LONG)
    # The command is under way when it has loaded what it needs.
    wait_until(lambda: "pandas" in Path(f"/proc/{process.pid}/maps").read_text())
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process) == (130, "", "interrupted; nothing was written\n")
    assert files(folder) == {"ward.toml"}


@on_linux
def test_a_killed_worker_is_one_clear_line(folder: Path) -> None:
    process = start(folder, *LONG, "--workers", "2")
    wait_until(lambda: len(workers(process)) == 2)
    time.sleep(1.5)
    os.kill(workers(process)[0], signal.SIGKILL)
    spoken = finish(process)
    refused(spoken, "stepdown: a worker process was killed, most likely for lack of memory; with fewer workers")
    assert spoken.err.endswith("; nothing was written\n")
    wait_until(lambda: not group(process))
    assert files(folder) == {"ward.toml"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_is_for_terminals_only(folder: Path) -> None:
    import pty

    arguments = ["run", "ward.toml", "--replications", "3"]
    assert finish(start(folder, *arguments)).err == ""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*PROGRAM, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    out = process.communicate(timeout=PATIENCE)[0]
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "replications" in shown
    assert b"replications" not in out


def test_the_help_cuts_no_summary_of_a_command(stepdown: Command) -> None:
    spoken = stepdown("--help").out
    commands = spoken[spoken.index("Commands:") :].splitlines()[1:]
    assert len([line for line in commands if line.strip()]) > 20
    assert not any("..." in line for line in commands)
    assert all(len(line) < 80 for line in commands)


def test_an_earlier_result_is_named_before_it_is_replaced(stepdown: Command) -> None:
    first = stepdown("compare", "ward.toml", "more.toml", "--replications", "1", "--out", "out")
    assert "replaced" not in first.err
    again = stepdown("run", "ward.toml", "--replications", "2", "--out", "out")
    said = "out: the comparison of ward, more there (seed 1, 1 replications) will be replaced"
    assert said in again.err.splitlines()
    assert again.err.index(said) < again.err.index("wrote out")
