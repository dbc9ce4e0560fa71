"""The commands `tornado`, `threshold` and `sobol`: what they show, draw, write and refuse."""

import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from cli.commands import Command, files, refused
from cli.test_uncertainty import TODAY

DEAR = """
extends = "today.toml"
name = "Dear"
levels.ward.length_of_stay.mean = 4.0
levels.ward.cost_per_admission = 350.0
"""
PAIR = ("today.toml", "dear.toml", "--engine", "simpy")
PRICE, DAYS = "levels.ward.cost_per_day", "levels.ward.length_of_stay.mean"
THE_PRICE, THE_DAYS = "cost per day of ward", "length of stay mean of ward"


@pytest.fixture
def pair(stepdown: Command) -> Command:
    """In the folder of the command, a ward and one with short stays and dear admissions."""
    Path("today.toml").write_text(TODAY)
    Path("dear.toml").write_text(DEAR)
    return stepdown


def test_tornado_says_which_input_moves_the_answer_and_which_can_turn_it(pair: Command) -> None:
    spoken = pair("tornado", *PAIR, "--figure", "bars.png", "--out", "bars.csv")
    assert spoken.status == 0
    first, stated, beyond, title, *table = spoken.out.splitlines()
    assert first == f"Which input moves the answer most: {THE_DAYS}, from 6 to 10 days."
    assert stated.startswith(
        "As stated, net benefit of Dear less that of Today is +70 USD a person (+10 to +120) at 100,"
    )
    assert stated.endswith("costs to society: Dear is better.")
    assert beyond.startswith(
        f"2 of 2 inputs were found to move it beyond chance; by itself {THE_DAYS} can turn it round"
    )
    assert title == "Net benefit of Dear less that of Today at both ends of the card of each of 2 inputs"
    assert [line.startswith(f"{words}  ") for words, line in zip((THE_DAYS, THE_PRICE), table[1:], strict=False)] == [
        True
    ] * 2
    assert [path in line for path, line in zip((DAYS, PRICE), table[1:], strict=False)] == [True, True]
    assert spoken.err.splitlines() == ["wrote bars.png", "wrote bars.csv"]
    bars = pd.read_csv("bars.csv")
    assert list(bars["input"]) == [DAYS, PRICE]
    assert bars["simulated"].tolist() == [True, False]


def test_tornado_of_one_scenario_and_one_outcome(pair: Command) -> None:
    kept = ("--replications", "3", "--store", "kept")
    spoken = pair("tornado", "today.toml", "--outcome", "cost.total", "--inputs", PRICE, *kept)
    assert f"Which input moves the answer most: {THE_PRICE}, from 80 to 125 USD per day." in spoken.out
    assert "flips" not in spoken.out
    listed = pair("store", "list", "kept").out
    assert ": inputs varied" in listed
    assert "0 replications, 1 part of studies with varied inputs" in listed
    answer = json.loads(pair("tornado", *PAIR, "--json", "--top", "1").out)
    assert (answer["criterion"]["threshold"], answer["criterion"]["effect"], answer["left_out"]) == (
        100_000,
        "qaly",
        {},
    )
    assert len(answer["bars"]) == 2
    assert answer["difference"]["ci_low"] < answer["difference"]["mean"] < answer["difference"]["ci_high"]


def test_threshold_says_where_the_decision_flips_and_that_it_does_not(pair: Command) -> None:
    spoken = pair("threshold", *PAIR, "--input", PRICE, "--from", "50", "--to", "150", "--figure", "flip.svg")
    assert spoken.status == 0
    assert spoken.out.startswith(
        f"The decision flips where {THE_PRICE} is 79 USD per day (73 to 85): below it Today is better, above it Dear "
    )
    assert f"As stated, {THE_PRICE} is 100 USD per day." in spoken.out
    assert "here the decision flips" in Path("flip.svg").read_text()
    none = pair("threshold", *PAIR, "--input", PRICE, "--from", "90", "--to", "150").out
    assert (
        f"The decision does not flip between 90 and 150 USD per day of {THE_PRICE}: Dear is better throughout" in none
    )
    answer = json.loads(pair("threshold", *PAIR, "--input", PRICE, "--from", "50", "--to", "80", "--json").out)
    (crossing,) = answer["crossings"]
    assert crossing["low"] < crossing["at"] < 80
    assert crossing["high"] is None
    assert [answer["from"], answer["to"]] == [50, 80]


def test_an_interval_with_an_open_end_says_so(pair: Command) -> None:
    spoken = pair("threshold", *PAIR, "--input", PRICE, "--from", "50", "--to", "80")
    assert "(73 to above 80)" in spoken.out


def test_of_a_single_future_nothing_is_said_to_be_better(pair: Command) -> None:
    between = ("--input", PRICE, "--from", "90", "--to", "150", "--replications", "1")
    spoken = pair("threshold", *PAIR, *between).out
    assert spoken.startswith(
        f"No flip was found between 90 and 150 USD per day of {THE_PRICE}, and chance leaves one open"
    )
    assert "is better" not in spoken
    alone = pair("tornado", *PAIR, "--inputs", PRICE, "--replications", "1").out
    assert "chance alone leaves open which is better." in alone.splitlines()[1]
    two = ("--input", "levels.ward.cost_per_admission", "--from", "0", "--to", "500", "--steps", "3")
    cells = pair("threshold", *PAIR, *between, *two).out.splitlines()[-3:]
    assert [line.count("?") for line in cells] == [3, 3, 3]


def test_two_that_are_the_same_are_said_not_to_differ(pair: Command) -> None:
    spoken = pair("threshold", "today.toml", "today.toml", "--input", PRICE, "--replications", "2").out
    assert spoken.startswith(f"The two do not differ in net benefit at any {THE_PRICE} between 80 and 125 USD per day")
    assert "chance" not in spoken
    assert spoken.count("no difference") > 5
    alone = pair("tornado", "today.toml", "today.toml", "--inputs", PRICE, "--replications", "2").out
    assert alone.splitlines()[1].endswith("costs to society: they do not differ.")


def test_threshold_of_two_inputs_is_a_map(pair: Command) -> None:
    two = ("--input", PRICE, "--input", "levels.ward.cost_per_admission")
    ends = ("--from", "50", "--to", "150", "--from", "0", "--to", "500")
    spoken = pair("threshold", *PAIR, *two, *ends, "--steps", "5", "--figure", "map.png", "--out", "map.csv")
    assert spoken.status == 0
    assert "Dear is better in" in spoken.out.splitlines()[0]
    assert "cost per admission of ward 350 USD (varied in Dear alone)." in spoken.out.splitlines()[1]
    assert len(pd.read_csv("map.csv")) == 25
    assert files(".") >= {"map.png", "map.csv"}


def test_sobol_gives_shares_with_intervals_and_without_chance(pair: Command) -> None:
    spoken = pair("sobol", *PAIR, "--draws", "32", "--figure", "shares.png", "--out", "shares.csv")
    assert spoken.status == 0
    assert spoken.out.startswith(f"{THE_DAYS.capitalize()} has a part in 85 % (")
    assert "TOO FEW DRAWS: with 32 of them these shares are rough" in spoken.out
    assert re.search(r"standard deviation of inputs \d+ USD a person \(\d+ to \d+\), of chance left", spoken.out)
    shares = pd.read_csv("shares.csv").set_index("input")
    assert shares.loc[DAYS, "total_low"] < shares.loc[DAYS, "total"] < shares.loc[DAYS, "total_high"]
    answer = json.loads(pair("sobol", *PAIR, "--draws", "8", "--json").out)
    assert (answer["draws"], answer["joined"], len(answer["indices"])) == (8, [], 2)
    assert answer["noise"] > 0


def test_sobol_of_inputs_that_move_nothing_shows_no_shares(pair: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.report.sheets.sensitivity.decided", lambda _: False)
    spoken = pair("sobol", *PAIR, "--draws", "4", "--figure", "shares.svg")
    assert spoken.out.startswith("The inputs were not found to move the answer")
    assert "in all (total)" not in spoken.out
    assert "standard deviation of inputs not told apart from 0, at most " in spoken.out
    drawn = Path("shares.svg").read_text(encoding="utf-8")
    assert "line2d" not in drawn
    assert "bootstrap" not in drawn


def test_what_cannot_be_answered_is_refused_before_anything_runs(pair: Command, in_vain: None) -> None:
    refused(pair("threshold", "today.toml", "--input", PRICE), "needs a baseline and one alternative")
    refused(
        pair("threshold", *PAIR, "--input", PRICE, "--from", "1", "--from", "2"), "state --from once for each --input"
    )
    refused(pair("tornado", *PAIR, "--effect", "day_well"), "state the threshold")
    refused(pair("tornado", *PAIR, "--perspective", "mine"), "there is no perspective 'mine'")
    refused(pair("tornado", *PAIR, "--inputs", "levels.warp.*"), "no input 'levels.warp.*' has a card with a range")
    refused(pair("sobol", *PAIR, "--draws", "100"), "draws must be a power of two")
    refused(pair("sobol", *PAIR, "--group", f"all={PRICE},{DAYS}"), "at least two that are not of one group")
    twice = ("--group", f"money={PRICE}", "--group", f"money={DAYS}")
    refused(pair("sobol", *PAIR, *twice), "--group money is stated twice; name its inputs together")
    both = ("--outcome", "cost.total", "--threshold", "5")
    refused(pair("tornado", *PAIR, *both), "--outcome judges by an outcome alone: state one")
    several = pair("tornado", *PAIR, "--figure", "x.jpg", "--engine", "fast", "--outcome", "nothing")
    assert several.status == 2
    for part in ("a figure must end in", "engine must be", "there is no metric 'nothing'"):
        assert part in several.err


def test_without_salib_it_is_said_what_to_install(pair: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib.sample.sobol", None)
    refused(pair("sobol", *PAIR), "Sobol' indices need SALib, of the extra `sensitivity`")
