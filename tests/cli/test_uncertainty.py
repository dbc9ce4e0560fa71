"""The commands `psa` and `voi`: what they show, keep, draw and refuse."""

import errno
import json
import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from cli.commands import Command, files, refused

import sim
from sim import cli
from sim.experiment.psa.folder import PER_FILE
from sim.experiment.psa.matching import OF_DRAWS
from sim.experiment.psa.result import DIFFERENCE_COLUMNS
from sim.report.sheets.shown import STATED
from sim.report.sheets.uncertainty import chance_text, differences_sheet
from sim.report.wording import measures

TODAY = """
format = 3
name = "Today"
entry = [{ to = { ward = 1.0 } }]
[time]
follow_up_days = 100
[arrivals]
closed_cohort = 40
[levels.ward]
length_of_stay = { distribution = "exponential", mean = 8.0 }
cost_per_day = 100.0
patient_time_per_day = 10.0
[utilities]
well = 0.8
setback = 0.7
unwell = 0.6
[evidence."levels.ward.cost_per_day"]
low = 80.0
high = 125.0
unit = "USD per day"
distribution = "lognormal"
grade = "estimated"
source = "ours"
[evidence."levels.ward.length_of_stay.mean"]
low = 6.0
high = 10.0
unit = "days"
distribution = "uniform"
grade = "estimated"
source = "ours"
"""
SHORTER = 'extends = "today.toml"\nname = "Shorter"\nlevels.ward.length_of_stay.mean = 4.0\n'
FEW = ("today.toml", "shorter.toml", "--draws", "24", "--replications", "2", "--engine", "simpy")


@pytest.fixture
def pair(stepdown: Command) -> Command:
    """In the folder of the command, a ward and one with stays half as long, which costs less for the same effect."""
    Path("today.toml").write_text(TODAY)
    Path("shorter.toml").write_text(SHORTER)
    return stepdown


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An analysis of both."""
    folder = tmp_path_factory.mktemp("analysed")
    (folder / "today.toml").write_text(TODAY)
    (folder / "shorter.toml").write_text(SHORTER)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with pytest.raises(SystemExit) as stopped:
            cli.main(["psa", *FEW, "--out", "kept"])
    assert stopped.value.code == 0
    return folder / "kept"


@pytest.fixture
def analysed(kept: Path, pair: Command) -> Command:
    """The same with a stored analysis of both."""
    shutil.copytree(kept, "kept")
    return pair


def test_psa_says_how_sure_the_answer_and_the_decision_are(pair: Command) -> None:
    spoken = pair("psa", *FEW, "--out", "kept")
    assert spoken.status == 0
    assert spoken.err.splitlines()[-1] == "wrote kept; next: stepdown voi kept"
    lines = spoken.out.splitlines()
    assert len(lines) <= 30
    first = "Shorter is better than Today in over 86 % of draws, by cost a person to society within 100 days: -"
    assert lines[0].startswith(first)
    assert "(inputs -" in lines[0]
    assert "; simulation -" in lines[0]
    heads = next(line for line in lines if line.startswith("outcome"))
    assert heads.split()[-9:] == ["difference", "inputs,", "95", "%", "simulation,", "95", "%", "better", "in"]
    at = next(line for line in lines if line.split()[:1] == ["100,000"])
    assert " ".join(at.split()) == "100,000 under 14 % over 86 % Shorter 0"
    assert any(line.startswith("Enough draws: Shorter is best on average at 100,000 USD per QALY") for line in lines)
    assert lines[-1].startswith("24 draws of 2 inputs from their evidence cards, 2 replications each.")
    assert files("kept") == {"psa.json", "inputs.parquet", "outcomes", "differences.csv"}
    kept = pd.read_csv("kept/differences.csv")
    assert list(kept) == DIFFERENCE_COLUMNS
    assert {"cost.total", "qalys.per_patient"} <= set(kept["metric"])


def test_psa_goes_on_where_it_was_stopped(pair: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import sim.experiment.psa.run as running

    performed: list[int] = [0] * (PER_FILE + 1)
    perform = running._perform
    few = (*FEW, "--prices", "2")

    def stopped(work: running._Work) -> list[tuple[Any, ...]]:
        if len(performed) == PER_FILE + 1:
            raise KeyboardInterrupt
        performed.append(work.draw)
        return perform(work)

    monkeypatch.setattr(running, "_perform", stopped)
    begins = pair("psa", *few, "--out", "kept").err.splitlines()[-1]
    assert begins == "interrupted; nothing was finished; the same command begins again in kept"
    performed.clear()
    spoken = pair("psa", *few, "--out", "kept")
    assert (spoken.status, spoken.out) == (130, "")
    kept = "what was finished is kept in kept, and the same command goes on from there"
    assert spoken.err.splitlines()[-1] == f"interrupted; {kept}"
    seen = pair("voi", "kept", "--top", "1")
    assert f"{PER_FILE} draws of 2 inputs" in seen.out
    assert "left out, as they broke a rule or are not simulated: 4" in seen.out
    performed.clear()
    monkeypatch.setattr(running, "_perform", lambda work: performed.append(work.draw) or perform(work))
    again = pair("psa", *few, "--out", "kept")
    assert again.status == 0
    assert performed == [20, 21, 22, 23]
    assert again.out == pair("psa", *few, "--out", "other").out
    assert (
        "24 draws of 2 inputs from their evidence cards, 2 replications each, read with 2 draws of prices" in again.out
    )


def test_an_answer_that_finds_no_room_says_where_its_draws_are(pair: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    echo = typer.echo

    def full(text: str, nl: bool = True, err: bool = False) -> None:
        if not err:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        echo(text, nl=nl, err=err)

    monkeypatch.setattr(typer, "echo", full)
    spoken = pair("psa", *FEW, "--out", "kept")
    assert spoken.status == 2
    assert spoken.err.endswith("; what was finished is kept in kept, and the same command goes on from there\n")
    assert "nothing was written" not in spoken.err


def test_psa_as_json(pair: Command) -> None:
    found = json.loads(pair("psa", *FEW, "--out", "kept", "--json", "--threshold", "20000").out)
    assert (found["draws"], found["left_out"], found["baseline"], found["view"]) == (24, 0, "today", "cohort")
    cost = next(row for row in found["differences"] if row["metric"] == "cost.total")
    assert cost["inputs_low"] < cost["simulation_low"] < cost["difference"] < cost["simulation_high"]
    assert [row["threshold"] for row in found["evpi"]] == [0, 10_000, 20_000, 30_000]
    assert found["stability"]["best"] == "shorter"
    assert found["stability"]["settled"]


def test_what_cannot_be_analysed_is_refused_before_anything_runs(pair: Command, in_vain: None) -> None:
    refused(pair("psa", "today.toml", "--out", "x"), "a baseline and at least one alternative")
    out = ("--out", "x")
    refused(pair("psa", *FEW, *out, "--budget", "500"), "--budget finds draws and replications itself")
    refused(pair("psa", *FEW, *out, "--effect", "day_well"), "state with --threshold")
    refused(pair("psa", *FEW, *out, "--perspective", "mine"), "there is no perspective 'mine'")
    refused(pair("psa", *FEW, *out, "--by", "sex"), "there is no attribute 'sex' to group by")
    refused(pair("psa", *FEW, *out, "--by", "each"), "no scenario tells groups of patients apart")
    Path("far.toml").write_text(TODAY.replace("low = 80.0", "low = 300.0").replace("high = 125.0", "high = 400.0"))
    spoken = pair("psa", "far.toml", "far.toml", *out)
    assert spoken.status == 2
    unfit = [line for line in spoken.err.splitlines() if "levels.ward.cost_per_day cannot be drawn from" in line]
    assert len(unfit) == 2, spoken.err
    assert not Path("x").exists()


def test_a_folder_of_another_analysis_is_left_alone(analysed: Command, in_vain: None) -> None:
    refused(
        analysed("psa", *FEW, "--seed", "2", "--out", "kept"),
        "holds another analysis, which differs in seed (1 there, now 2)",
    )


def test_draws_of_another_version_say_so(analysed: Command) -> None:
    about = json.loads(Path("kept/psa.json").read_text())
    Path("kept/psa.json").write_text(json.dumps({**about, "version": "0.0.9"}))
    assert f" They were simulated by Stepdown 0.0.9, and this is {about['version']}. " in analysed("voi", "kept").out
    spoken = analysed("psa", *FEW, "--out", "kept")
    refused(
        spoken, f"differs in version (0.0.9 there, now {about['version']}); name another folder, or go on with it by"
    )


@pytest.mark.parametrize("file", ["inputs.parquet", "outcomes/0000000.parquet"])
def test_a_damaged_file_of_draws_is_made_anew(analysed: Command, file: str) -> None:
    whole = Path("kept", file).read_bytes()
    for part in (whole[: len(whole) // 2], b""):
        Path("kept", file).write_bytes(part)
        refused(
            analysed("voi", "kept"), f"kept/{file} is damaged: ", "remove this file, and the same stepdown psa makes"
        )
    Path("kept", file).unlink()
    if file == "inputs.parquet":
        refused(analysed("voi", "kept"), "kept/inputs.parquet is missing; the same stepdown psa makes it anew")
    assert analysed("psa", *FEW, "--out", "kept").status == 0
    assert Path("kept", file).read_bytes() == whole


def test_select_puts_the_scenarios_of_an_analysis_in_order(analysed: Command) -> None:
    spoken = analysed("select", "net_benefit", "--psa", "kept", "--threshold", "20000")
    assert (spoken.status, spoken.err) == (0, "")
    lines = spoken.out.splitlines()
    judged = "at 20,000 USD per QALY, costs to society"
    assert lines[0] == f"Shorter is best on average, {judged}: in over 86 % of draws"
    assert [line.split()[0] for line in lines[2:4]] == ["Shorter", "Today"]
    assert lines[4].startswith(f"Enough draws: Shorter is best on average {judged}")
    found = json.loads(analysed("select", "cost.total", "--psa", "kept", "--by", "chance", "--json").out)
    assert (found["metric"], found["by"], found["threshold"]) == ("cost.total", "chance", None)
    first, second = found["ranking"]
    assert (first["scenario"], first["behind"], first["chance"]) == ("shorter", 0, 1)
    assert second["inputs_low"] < second["simulation_low"] < second["behind"] < second["simulation_high"]


def test_a_comparison_is_told_with_the_intervals_of_an_analysis(analysed: Command) -> None:
    asked = ("compare", *FEW[:2], "--psa", "kept", "--replications", "3")
    spoken = analysed(*asked, "--out", "out")
    lines = spoken.out.splitlines()
    assert lines[1].startswith("Shorter is better than Today in over 86 % of draws, by cost a person to society")
    assert any(line.startswith("outcome") and line.endswith("better in") for line in lines)
    drawn = pd.read_csv("out/differences.csv").set_index("metric")
    known = pd.read_csv("kept/differences.csv").set_index("metric").rename(columns=OF_DRAWS)
    for column in OF_DRAWS.values():
        assert drawn.loc[known.index, column].tolist() == pytest.approx(known[column].tolist(), nan_ok=True)
        assert drawn.drop(known.index)[column].isna().all()
    found = json.loads(analysed(*asked, "--json").out)
    assert found["psa"]["differences"][0]["scenario"] == "shorter"
    told = analysed(*asked, "--metric", "cost.total").out.splitlines()
    assert next(line for line in told if line.startswith("budget of the programme")).endswith("over 86 %")
    assert STATED in told
    lacking = analysed(*asked, "--metric", "length_of_stay.ward.mean").out
    assert "The psa did not keep length_of_stay.ward.mean, which is not told of draws." in lacking
    assert "was found to differ" not in lacking.split(STATED)[0]
    refused(analysed("compare", *FEW[:2], "--psa", "kept", "--set", "arrivals.closed_cohort=39"), "other scenarios")


def test_what_select_refuses_of_an_analysis(analysed: Command) -> None:
    refused(analysed("select", "cost.total"), "state two or more scenarios, or --psa DIR")
    refused(analysed("select", "cost.total", "today.toml", "--psa", "kept"), "leave out the others, or --psa")
    refused(analysed("select", "arrivals", "--psa", "kept"), "neither more nor less of it is better")
    refused(analysed("select", "net_benefit", "--psa", "kept", "--effect", "day_well"), "state with --threshold")
    Path("same.toml").write_text('extends = "today.toml"\nname = "Same"\n')
    assert analysed("psa", "today.toml", "same.toml", *FEW[2:], "--out", "even").status == 0
    even = analysed("select", "net_benefit", "--psa", "even")
    assert even.status == 0
    assert "are equally good on average" in even.out


def test_voi_tells_what_each_input_and_groups_are_worth(analysed: Command) -> None:
    spoken = analysed("voi", "kept", "--group", "both=levels.ward.*", "--people-per-year", "500", "--years", "5")
    assert (spoken.status, spoken.err) == (0, "")
    lines = spoken.out.splitlines()
    assert lines[0].startswith("Knowing every input before deciding would be worth 0 USD a person (standard error 0)")
    rows = [line.split() for line in lines]
    at = next(i for i, row in enumerate(rows) if row[:2] == ["known", "exactly"])
    assert rows[at][-4:] == ["USD", "in", "5", "years"]
    assert rows[at + 1][:3] == ["every", "input", "(EVPI)"]
    assert rows[at + 2][0] == "both"
    inputs = {"cost per day of ward": "levels.ward.cost_per_day"}
    inputs["length of stay mean of ward"] = "levels.ward.length_of_stay.mean"
    assert {words for words in inputs for line in lines[at + 3 : at + 5] if line.startswith(f"{words}  ")} == set(
        inputs
    )
    assert all(any(path in line for line in lines[at + 3 : at + 5]) for path in inputs.values())


def test_voi_as_json_has_values_of_the_population(analysed: Command) -> None:
    # At this worth of cost alone nothing can change the decision; of days well there is no difference at all.
    asked = ("voi", "kept", "--threshold", "0", "--people-per-year", "100", "--years", "3", "--json")
    found = json.loads(analysed(*asked).out)
    assert found["evpi"]["population_value"] == pytest.approx(found["evpi"]["value"] * 300, rel=0.1)
    assert [set(row) for row in found["evppi"]] == [{"parameter", "value", "standard_error", "population_value"}] * 2


@pytest.mark.parametrize("shown", ["worth", "plane", "loss", "convergence"])
def test_voi_draws_what_it_shows(analysed: Command, shown: str) -> None:
    spoken = analysed("voi", "kept", "--show", shown, "--figure", "sure.svg")
    assert (spoken.status, spoken.err) == (0, "wrote sure.svg\n")
    assert "<svg" in Path("sure.svg").read_text()


def test_voi_shows_what_each_choice_forgoes(analysed: Command) -> None:
    lines = analysed("voi", "kept", "--show", "loss", "--threshold", "20000").out.splitlines()
    assert lines[0].startswith("Expected loss, USD a person, costs to society")
    rows = [line.split() for line in lines[2:6]]
    assert all(row[2].startswith("(") and row[3] == "to" for row in rows)
    assert [(row[0], row[-2:]) for row in rows] == [
        (worth, ["0", "Shorter"]) for worth in ("0", "10,000", "20,000", "30,000")
    ]
    found = json.loads(analysed("voi", "kept", "--show", "loss", "--json").out)
    today = next(row for row in found["loss"] if row["strategy"] == "today" and row["threshold"] == 0)
    # Of the dearer choice it is the whole difference, in every draw.
    ranked = json.loads(analysed("select", "net_benefit", "--psa", "kept", "--threshold", "0", "--json").out)
    assert today["expected_loss"] == pytest.approx(ranked["ranking"][1]["behind"])


def test_voi_shows_whether_more_draws_would_move_the_answer(analysed: Command) -> None:
    spoken = analysed("voi", "kept", "--show", "convergence")
    lines = spoken.out.splitlines()
    assert lines[0] == "Differences from Today as draws add up: 24 draws"
    assert lines[2].startswith("net benefit a person, USD")
    assert lines[2].endswith("since draw 1")
    found = json.loads(analysed("voi", "kept", "--show", "convergence", "--json").out)["convergence"]
    cost = [row for row in found if row["metric"] == "cost.total"]
    assert [row["draws"] for row in cost] == list(range(1, 25))
    whole = pd.read_csv("kept/differences.csv").set_index("metric")["difference"]["cost.total"]
    assert cost[-1]["difference"] == pytest.approx(whole)


STUDY = ("--study", "levels.ward.length_of_stay.mean=4", "--sizes", "10,1000")


def test_voi_tells_what_a_study_is_worth_and_costs(pair: Command) -> None:
    """Half as long, but at another price: which is cheaper hangs on how long a stay is and what it costs."""
    other = SHORTER + "levels.ward.cost_per_day = 200.0\n"
    Path("dear.toml").write_text(other)
    assert pair("psa", "today.toml", "dear.toml", *FEW[2:], "--draws", "64", "--out", "kept").status == 0
    asked = ("voi", "kept", "--threshold", "0", *STUDY)
    found = json.loads(pair(*asked, "--people-per-year", "100", "--study-cost", "1000,2", "--json").out)["study"]
    assert [(row["size"], row["cost"]) for row in found] == [(10, 1020), (1000, 3000)]
    small, large = found
    assert 0 < small["value"] < large["value"]
    assert large["worth"] == pytest.approx(100 * large["value"], rel=0.02)
    assert large["net"] == pytest.approx(large["worth"] - 3000)
    known = json.loads(pair("voi", "kept", "--threshold", "0", "--json").out)["evppi"]
    assert large["value"] == pytest.approx(known[0]["value"], rel=0.02)
    spoken = pair(*asked, "--people-per-year", "100", "--study-cost", "1000,2", "--figure", "study.svg")
    assert spoken.out.splitlines()[1].split() == [
        *("observations", "USD", "a", "person", "standard", "error", "for", "everybody", "it", "costs", "net")
    ]
    assert "<svg" in Path("study.svg").read_text()
    # What one person's value is to be paid for is not known.
    assert "it costs" not in pair(*asked, "--study-cost", "1000,2").out


def test_too_few_draws_are_refused_before_anything_runs_and_of_a_folder(pair: Command) -> None:
    refused(pair("psa", "today.toml", "shorter.toml", "--draws", "9", "--out", "kept"), "--draws must be at least 10")
    assert "kept" not in files(".")
    arms = {name: sim.load_scenario(f"{name}.toml") for name in ("today", "shorter")}
    sim.psa(arms, 2, 2, folder="kept")
    for asked in (("voi", "kept"), ("voi", "kept", "--show", "convergence"), ("select", "days_well", "--psa", "kept")):
        refused(pair(*asked), "kept has outcomes of fewer than 10 draws (2)")


def test_what_voi_refuses(analysed: Command) -> None:
    refused(analysed("voi", "nowhere"), "nowhere holds no probabilistic sensitivity analysis")
    refused(analysed("voi", "kept", "--group", "both"), "is not of the form NAME=PATH,PATH")
    hint = "Did you mean levels.ward.cost_per_day?"
    refused(analysed("voi", "kept", "--group", "both=levels.ward.cost_per_dya"), "no input", hint)
    refused(analysed("voi", "kept", "--figure", "sure.gif"), "a figure must end in")
    refused(analysed("voi", "kept", "--study", "levels.ward.cost=3"), "no input", hint)
    refused(analysed("voi", "kept", "--study", "levels.ward.cost_per_day"), "state the standard deviation")
    refused(analysed("voi", "kept", "--study", "levels.ward.cost_per_day=0"), "above 0")
    refused(analysed("voi", "kept", *STUDY, "--show", "loss"), "--study tells of the study alone")
    refused(analysed("voi", "kept", *STUDY, "--top", "3"), "leave out --show, --group and --top")
    refused(analysed("voi", "kept", "--sizes", "10"), "state with --study of which input")
    refused(analysed("voi", "kept", "--show", "loss", "--top", "3"), "leave out --group and --top")
    refused(analysed("voi", "kept", *STUDY, "--sizes", "10,x"), "--sizes takes one or more numbers")
    refused(analysed("voi", "kept", *STUDY, "--sizes", "0.5"), "--sizes must be whole numbers")
    refused(analysed("voi", "kept", *STUDY, "--study-cost", "5"), "--study-cost takes 2 numbers")


def test_what_may_be_chance_and_what_is_the_same_is_called_so() -> None:
    """Where inputs were not found to matter, all draws fall on the side of the mean, which chance may have chosen."""
    today = sim.load_scenario(tomllib.loads(TODAY))
    known = measures([today], ["cost.total"])

    def cells(*ends: float) -> list[str]:
        of_shares = (0.9, 1.0, 0.0, 0.1, 0.0)
        row = ("cost.total", "b", "a", 900.0, 901.0, 1.0, *ends, 1.0, 0.0, 0.0, 0.1, 0.1, *of_shares, 0.0)
        sheet = differences_sheet(["a", "b"], pd.DataFrame([row], columns=DIFFERENCE_COLUMNS), known)
        return [str(cell) for cell in sheet.rows[0]][-3:]

    assert cells(1.0, 1.0, -2.0, 4.0) == ["none found", "-2.0 to +4.0", "may be chance"]
    assert cells(1.0, 1.0, 0.5, 1.5)[2] == "under 10 %"
    assert cells(-3.0, 5.0, -2.0, 4.0)[2] == "under 10 %"


def test_a_share_of_all_draws_is_told_by_what_so_many_draws_can_tell() -> None:
    """Twelve that agree tell of three in four; they agree too where little is left of them once chance is out."""
    told = (
        ((1.0, 0.996, 1.0), "over 99 %"),
        ((1.0, 12 / 15.8415, 1.0), "over 75 %"),
        ((0.0, 0.0, 0.003), "under 1 %"),
        ((0.0, 0.0, 0.3), "under 30 %"),
        ((0.7, 0.66, 0.74), "70 % (66 to 74)"),
    )
    for numbers, text in told:
        assert chance_text(*numbers) == text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda about: about.pop("replications"), "kept/psa.json is damaged, or was changed: replications is missing"),
        (lambda about: (about.pop("draws"), about.pop("metrics")), "draws is missing; metrics is missing"),
        (lambda about: about.update(seed="one"), "seed: input should be a valid integer"),
        (lambda about: about.update(digests={}), "digests are not of the same scenarios"),
        (lambda about: about.update(replications=3), "outcomes do not have each of 3 replications of each draw"),
        (lambda about: about["metrics"].append("arrivals.martian"), "outcomes lack the column 'arrivals.martian'"),
        (lambda about: about.update(price_draws=2), "outcomes lack the column 'price_draw'"),
        (
            lambda about: [about[of].update(later=about[of].pop("shorter")) for of in ("scenarios", "digests")],
            "outcomes are of another scenario, 'shorter'",
        ),
    ],
)
def test_a_folder_that_was_changed_is_refused_with_what_to_do(
    analysed: Command, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    path = Path("kept/psa.json")
    about = json.loads(path.read_text())
    change(about)
    path.write_text(json.dumps(about))
    for asked in (("voi", "kept"), ("select", "net_benefit", "--psa", "kept")):
        refused(analysed(*asked), says, "put back a whole copy of this folder, or run stepdown psa again")


def test_a_table_in_the_place_of_another_is_refused_with_what_to_do(analysed: Command) -> None:
    shutil.copy("kept/outcomes/0000000.parquet", "kept/inputs.parquet")
    refused(analysed("voi", "kept"), "inputs do not have each draw and scenario of the outcomes, once", "put back a")


def test_a_cut_off_description_is_refused_with_what_to_do(analysed: Command) -> None:
    path = Path("kept/psa.json")
    path.write_text(path.read_text()[:200])
    refused(analysed("voi", "kept"), "psa.json cannot be read (", "put back a whole copy of this folder")


def test_folders_of_one_kind_are_not_those_of_the_other(analysed: Command) -> None:
    compared = ("compare", *FEW[:2], "--replications", "2")
    assert analysed(*compared, "--out", "out").status == 0
    study = (
        "out holds no probabilistic sensitivity analysis: it has no psa.json, but is the folder of a run or comparison"
    )
    for asked in (("voi", "out"), ("select", "days_well", "--psa", "out"), (*compared, "--psa", "out")):
        refused(analysed(*asked), study, "name the folder that stepdown psa --out wrote")
    refused(analysed("voi", "today.toml"), "today.toml holds no probabilistic sensitivity analysis: it is a file")
    for asked in (("report", "kept"), ("stress", "kept")):
        draws = "kept is not a stored result: it holds draws of stepdown psa, which --psa of compare, select and report"
        refused(analysed(*asked), draws, "name the folder that --out of stepdown run or compare wrote")
    refused(analysed("report", "nowhere"), "nowhere is not a stored result: there is no such folder; name the folder")
