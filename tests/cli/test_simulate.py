"""The commands `run`, `compare` and `select`: what they show, write and refuse."""

import html
import json
import os
import re
from pathlib import Path

import pytest
from cli.commands import COMPARED, FEW, FILES, WRITTEN, Command, files, one_spaced, refused
from processes import Spoken
from support import CLINIC, UTILITIES, WARD


def test_run_shows_the_main_metrics_with_intervals(stepdown: Command) -> None:
    spoken = stepdown("run", "ward.toml", "--replications", "3")
    assert (spoken.status, spoken.err) == (0, "")
    caveat, title, head, *lines, asked = spoken.out.splitlines()
    assert title == "Means of 3 simulated futures"
    assert len(spoken.out.splitlines()) <= 40
    assert "chance in the simulation alone" in caveat
    assert spoken.out.count("chance in the simulation") == 1
    assert re.fullmatch(
        r"requests for care, a month: [\d.]+ first, [\d.]+ returning; beside these [\d.]+ by step-down", asked
    )
    assert one_spaced(head) == "outcome mean (95 % interval)"
    assert any(line.startswith("mean wait for ward, days") for line in lines)
    assert any(line.startswith("budget of the programme in ") for line in lines)
    whole = stepdown("run", "ward.toml", "--replications", "3", "--all").out
    assert all(f" {metric} " in whole for metric in ("arrivals", "wait.ward.mean", "occupancy.beds", "cost.total"))
    assert files() == set(FILES)


def test_run_is_the_same_each_time_and_differs_by_seed(stepdown: Command) -> None:
    arguments = ("run", "ward.toml", "--replications", "2", "--metric", "cost.total")
    first, again, other = stepdown(*arguments), stepdown(*arguments), stepdown(*arguments, "--seed", "2")
    assert first.out == again.out != other.out
    assert stepdown(*arguments, "--workers", "2").out == first.out


def test_run_writes_what_it_shows(stepdown: Command) -> None:
    spoken = stepdown("run", "ward.toml", "--replications", "2", "--seed", "5", "--out", "out")
    assert (spoken.status, spoken.err) == (0, "wrote out\n")
    assert files("out") == WRITTEN
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert (manifest["seed"], manifest["replications"]) == (5, 2)
    assert stepdown("run", "ward.toml", "--replications", "1", "--out", "out", "--keep-records").status == 0
    tables = ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")
    assert files("out") == WRITTEN | {f"{table}.parquet" for table in tables}


def test_chosen_metrics(stepdown: Command) -> None:
    spoken = stepdown("run", "ward.toml", "--replications", "1", "--metric", "cost.*", "--metric", "arrivals")
    caveat, _, _, _, *lines = spoken.out.splitlines()
    assert "There are no intervals" in caveat
    shown = [re.split(r"  +", line)[1] for line in lines]
    assert shown[0] == "arrivals"
    assert len(shown) > 3
    assert all(name.startswith("cost.") for name in shown[1:])


def test_compare_shows_differences_and_cost_effectiveness(stepdown: Command) -> None:
    with Path("ward.toml").open("a") as file:
        file.write(UTILITIES)
    short = stepdown("compare", "ward.toml", "more.toml", "--replications", "3").out.splitlines()
    assert len(short) <= 40
    assert "Every interval is a 95 % interval of chance in the simulation alone" in short[0]
    assert short[1:3] == ["More beds (more): beds 12 -> 16", "Against Small ward"]
    assert any(line.startswith("USD per QALY, society, of the ") for line in short)
    spoken = stepdown("compare", "ward.toml", "more.toml", "--replications", "3", "--out", "out", "--all")
    assert (spoken.status, spoken.err) == (0, "wrote out\n")
    assert "All main outcomes against Small ward" in spoken.out
    assert "; perspective: society" in spoken.out
    assert "Budget of the programme by calendar year" in spoken.out
    assert "Net monetary benefit" in spoken.out
    assert files("out") == COMPARED
    assert list(json.loads(Path("out/manifest.json").read_text())["scenarios"]) == ["ward", "more"]


@pytest.mark.usefixtures("undrawn")
def test_without_utilities_a_comparison_says_why_there_is_no_cost_effectiveness(stepdown: Command) -> None:
    compared = ("compare", "ward.toml", "more.toml", "--replications", "2", "--out", "out", "--report")
    spoken = stepdown(*compared)
    said = "Cost per QALY is not told: Small ward states no utilities, so qalys.per_patient_discounted is not known."
    assert said in spoken.out.splitlines()
    assert "Net monetary benefit" not in spoken.out
    assert "dominated" not in spoken.out
    assert "budget of the programme" in spoken.out
    assert files("out") == COMPARED - {"net_benefit.csv"}
    assert said in html.unescape(Path("out_report.html").read_text(encoding="utf-8"))
    again = stepdown(*compared[:5], "--effect", "day_well", "--all")
    assert "Cost per day abstinent, discounted, of a member of the cohort" in again.out


@pytest.mark.usefixtures("undrawn")
def test_what_a_hypothesis_is_read_from_must_exist_wherever_it_is_used(stepdown: Command) -> None:
    Path("ward.toml").write_text('reads = [{ metric = "days_wel", of = "level", high = 3.0 }]\n' + WARD)
    refused(stepdown("validate", "ward.toml"), "ward.toml: reads.0.metric", "days_wel")
    for arguments in (("run", "ward.toml"), ("compare", "ward.toml", "more.toml", "--out", "out", "--report")):
        spoken = stepdown(*arguments, "--replications", "2")
        assert spoken.status == 0
        assert 'ward.toml: warning: reads.0.metric = "days_wel"' in spoken.err


@pytest.mark.usefixtures("undrawn")
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


def test_an_earlier_result_is_named_before_it_is_replaced(stepdown: Command) -> None:
    first = stepdown("compare", "ward.toml", "more.toml", "--replications", "1", "--out", "out")
    assert "replaced" not in first.err
    again = stepdown("run", "ward.toml", "--replications", "2", "--out", "out")
    said = "out: the comparison of ward, more there (seed 1, 1 replications) will be replaced"
    assert said in again.err.splitlines()
    assert again.err.index(said) < again.err.index("wrote out")


@pytest.mark.usefixtures("unpainted")
def test_a_comparison_with_its_report(stepdown: Command) -> None:
    arguments = ("compare", "ward.toml", "more.toml", "--replications", "2", "--report")
    assert stepdown(*arguments, "--out", "out").status == 0
    assert "More beds, against Small ward" in Path("out_report.html").read_text(encoding="utf-8")
    refused(stepdown(*arguments), "--report needs --out")


def test_a_system_that_moves_while_it_is_measured_is_warned_of(stepdown: Command) -> None:
    crowded = ("--set", "arrivals.per_day=3", "--set", "time.recruitment_days=300", "--replications", "5")
    short = stepdown("run", "ward.toml", *crowded).out
    assert "\nwarning: not at rest after a warm-up of 30 days: " in short
    spoken = stepdown("run", "ward.toml", *crowded, "--all")
    assert spoken.status == 0
    _, first, *_ = spoken.out.splitlines()
    assert first.startswith("warning: not at rest after a warm-up of 30 days: ")
    # Nobody who asked after the window was offered a place, so that there is no wait to tell.
    assert re.search(
        r"A year changes queue.ward by \+\d+ people \(\+\d+ to \+\d+\), \+\d+ over the window of 300", first
    )
    answer = json.loads(stepdown("run", "ward.toml", *crowded, "--json").out)
    assert answer["warnings"][-1] == f"ward.toml: {first}"
    assert {row["metric"]: row["long_enough"] for row in answer["rest"]["ward"]}["queue.ward"] is False
    roomy = stepdown("run", "ward.toml", "--set", "places.beds.capacity=40", "--replications", "5")
    assert "at rest" not in roomy.out + roomy.err


def test_a_system_that_nobody_enters_can_be_compared(stepdown: Command) -> None:
    spoken = stepdown("compare", "ward.toml", "more.toml", "--set", "arrivals.per_day=0", "--replications", "2")
    assert spoken.status == 0
    assert "nan" not in spoken.out
    assert "Traceback" not in spoken.err


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
    told = "warning: gridlock: from day "
    assert told in stepdown("run", "shared.toml", "--replications", "2").out
    spoken = stepdown("compare", "shared.toml", "shared.toml", "--replications", "2", "--json")
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


def compare(stepdown: Command, *arguments: str) -> Spoken:
    return stepdown("compare", "clinic.toml", "wider.toml", *FEW, *arguments)


@pytest.mark.parametrize("perspective", ["provider", "payer", "patient", "society"])
def test_compare_from_a_perspective(stepdown: Command, perspective: str) -> None:
    spoken = compare(stepdown, "--perspective", perspective, "--all")
    assert spoken.status == 0
    assert f"; perspective: {perspective} (" in spoken.out
    assert "Net monetary benefit against Clinic, USD, of everybody in the system" in spoken.out


@pytest.mark.parametrize(
    ("effect", "unit"), [("day_well", "day abstinent"), ("retained", "person retained at 90 days")]
)
def test_compare_by_another_effect(stepdown: Command, effect: str, unit: str) -> None:
    spoken = compare(stepdown, "--effect", effect, "--all")
    assert spoken.status == 0
    assert f"Cost per {unit}, discounted, of a member of the cohort, with the places that they use" in spoken.out
    assert "Net monetary benefit" not in spoken.out


def test_compare_every_pair(stepdown: Command) -> None:
    arguments = ("compare", "clinic.toml", "wider.toml", "fewer.toml", *FEW, "--metric", "admitted")
    few, all_of_them = stepdown(*arguments).out, stepdown(*arguments, "--every-pair").out
    assert "All main outcomes against Clinic" in few
    assert "All main outcomes against Clinic" in all_of_them
    assert "All main outcomes against Wider" in all_of_them
    assert "All main outcomes against Wider" not in few


def test_compare_until_it_is_precise(stepdown: Command) -> None:
    arguments = ("compare", "clinic.toml", "wider.toml", "--metric", "admitted")
    spoken = stepdown(*arguments, "--precision", "admitted=0.5", "--precision", "arrivals=1")
    assert spoken.status == 0
    assert spoken.err.splitlines()[-2:] == [
        "reached: admitted within 0.5, after 3 of 10 replications",
        "reached: arrivals within 1, after 3 of 10 replications",
    ]
    spoken = stepdown(*arguments, "--precision", "admitted=0.001%", "--replications", "8")
    assert spoken.status == 0
    assert spoken.err.splitlines()[-1] == (
        "NOT reached: admitted within 0.001 % of the mean; 8 replications, the most allowed, are not enough"
    )


def test_run_until_it_is_precise_and_by_group(stepdown: Command) -> None:
    arguments = ("run", "clinic.toml", "--metric", "days_well", "--precision", "days_well=50%")
    spoken = stepdown(*arguments, "--by", "severity x housing", "--by", "severity")
    assert spoken.status == 0
    assert spoken.err.splitlines()[-1] == "reached: days_well within 50 % of the mean, after 3 of 10 replications"
    groups = [line for line in spoken.out.splitlines() if "severity x housing: severe x none" in line]
    assert len(groups) == 1
    assert "\nseverity: mild " in spoken.out
    assert "By group" not in stepdown("run", "clinic.toml", *FEW, "--metric", "days_well").out


def test_compare_by_group_writes_what_was_asked_for(stepdown: Command) -> None:
    import pandas as pd

    assert compare(stepdown, "--by", "housing", "--out", "out").status == 0
    assert set(pd.read_parquet("out/by_group.parquet")["by"]) == {"housing"}


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--perspective", "societal"), ("no perspective 'societal'", "Did you mean society?")),
        (("--perspective", "zzz"), ("There are provider, payer, patient, society",)),
        (("--effect", "qalys"), ("no effect 'qalys'", "Did you mean qaly?")),
        (("--precision", "admited=0.1"), ("no metric 'admited'", "Did you mean admitted?")),
        (("--precision", "admitted"), ("names no metric with a precision", 'write "relapse.365_days=0.02"')),
        (("--precision", "admitted=0"), ("must be a number above 0, not '0'",)),
        (("--precision", "admitted=-5%"), ("must be a number above 0, not '-5%'",)),
        (("--precision", "admitted=little"), ("must be a number above 0, not 'little'",)),
        (("--by", "severty"), ("no attribute 'severty' to group by", "Did you mean severity?")),
        (("--by", "severity x huosing"), ("no attribute 'huosing' to group by", "Did you mean housing?")),
        (("--by", "severity x severity"), ("group by one attribute, or by two different ones",)),
        (("--every-pairs",), ("--every-pair",)),
        (("--metric", "admited"), ("no metric 'admited'", "admitted")),
    ],
)
def test_compare_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(compare(stepdown, *arguments, "--out", "out"), *said)
    assert not Path("out").exists()


def test_a_baseline_that_costs_nothing_can_be_compared(stepdown: Command) -> None:
    """No programme at all is a common baseline."""
    free = CLINIC.replace("cost_per_day", "#").replace("fixed_#", "#")
    Path("free.toml").write_text(free)
    spoken = stepdown("compare", "free.toml", "clinic.toml", *FEW, "--all")
    assert spoken.status == 0, spoken.err
    assert "Budget of the programme by calendar year" in spoken.out


def test_from_which_day_on_scenarios_are_themselves(stepdown: Command) -> None:
    pair = ("clinic.toml", "wider.toml")
    said = {}
    for arguments, begins in (
        ((), {"day": 60.0, "lists": "carry_over"}),
        (("--change-on", "45.5", "--lists", "entry_rules"), {"day": 45.5, "lists": "entry_rules"}),
        (("--change-on", "start"), None),
    ):
        _, policy, *lines = stepdown("compare", *pair, *FEW, *arguments).out.splitlines()
        first = said[arguments] = lines[-1]
        assert policy == "Wider (wider): beds 9 -> 16"
        assert json.loads(stepdown("compare", *pair, *FEW, *arguments, "--json").out)["change"] == begins
        explained = stepdown("explain", *pair, "days_well", "--replications", "2", *arguments)
        assert explained.out.splitlines()[0] == first
    assert [line.split(",")[0] for line in said.values()] == [
        "Every other scenario runs as Clinic until day 60",
        "Every other scenario runs as Clinic until day 45.5",
        "Every scenario runs as itself from day 0",
    ]


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize("command", [("compare",), ("select", "admitted"), ("explain",), ("story",)])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--change-on", "monday"), "--change-on must be a day, or start, not 'monday'"),
        (("--change-on", "1000"), "must begin on a day of the run"),
        (("--lists", "lost"), "lists must be one of carry_over, entry_rules, not 'lost'"),
    ],
)
def test_what_is_no_day_of_a_change_is_refused(
    stepdown: Command, command: tuple[str, ...], arguments: tuple[str, ...], said: str
) -> None:
    metric = ("days_well",) if command == ("explain",) else ()
    refused(stepdown(*command, "clinic.toml", "wider.toml", *metric, *arguments), said)


def test_select_says_which_is_best_and_which_were_dropped(stepdown: Command) -> None:
    spoken = stepdown("select", "admitted", "fewer.toml", "wider.toml", "clinic.toml", "--indifference", "0.05")
    assert spoken.status == 0
    assert [line.split(":")[0] for line in spoken.err.splitlines()] == ["fewer.toml"]
    begins, title, head, *rows = spoken.out.splitlines()
    assert begins.startswith(
        "Every other scenario runs as Fewer until day 60, the end of the warm-up, and from then on"
    )
    assert title.rstrip() == (
        "admitted in this model: Wider, if it is better than every other by 0.05 share or more, with a probability of "
        "at least 0.95"
    )
    assert one_spaced(head) == "scenario mean, share replications"
    assert [row.split()[0] for row in rows] == ["Fewer", "Wider", "Clinic"]
    assert rows[0].rstrip().endswith("dropped: not the best by 0.05 share")
    assert rows[1].rstrip().endswith("best")
    again = (
        "select",
        "admitted",
        "fewer.toml",
        "wider.toml",
        "clinic.toml",
        "--indifference",
        "0.05",
        "--workers",
        "2",
    )
    assert stepdown(*again).out == spoken.out


def test_select_undecided_is_status_1(stepdown: Command) -> None:
    arguments = (
        "select",
        "qalys.per_patient",
        "clinic.toml",
        "wider.toml",
        "--indifference",
        "0.00001",
        "--most",
        "12",
    )
    spoken = stepdown(*arguments)
    assert spoken.status == 1
    assert spoken.err == "undecided after 12 replications: raise --most, or --indifference\n"
    assert spoken.out.splitlines()[1].rstrip() == "qalys.per_patient in this model: undecided"


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("admited", "clinic.toml", "wider.toml"), ("no metric 'admited'", "Did you mean admitted?")),
        (("arrivals", "clinic.toml", "wider.toml"), ("arrivals has no better direction",)),
        (("admitted", "clinic.toml"), ("select needs at least two scenarios",)),
        (("admitted", "clinic.toml", "wdier.toml"), ("wdier.toml: there is no such file", 'Did you mean "wider.toml"')),
        (("admitted", "clinic.toml", "wider.toml", "--most", "5"), ("at least 10 replications, not 5",)),
        (("admitted", "clinic.toml", "wider.toml", "--probability", "1.5"), ("probability", "1.5")),
        (("admitted", "clinic.toml", "wider.toml", "--indifference", "0"), ("indifference", "0")),
        (("admitted", "clinic.toml", "wider.toml", "--indiference", "1"), ("--indifference",)),
    ],
)
def test_select_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(stepdown("select", *arguments), *said)


def test_one_day_is_singular(stepdown: Command) -> None:
    spoken = stepdown("select", "days_well", "clinic.toml", "wider.toml", "--indifference", "1", "--most", "10")
    assert "1 days" not in spoken.out
    assert "not the best by 1 day" in spoken.out
