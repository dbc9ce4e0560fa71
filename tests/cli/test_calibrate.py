"""Inputs found from the command line, and the file that holds them."""

import json
from pathlib import Path

import pytest
from cli.commands import Command

import sim

COHORT = """
name = "Ward"
time = { follow_up_days = 40 }
arrivals.closed_cohort = 30
entry = [{ to = { ward = 1.0 } }]
[levels.ward]
length_of_stay = { distribution = "exponential", mean = 8 }
[targets.still]
metric = "retention"
day = 10
value = 0.5
tolerance = 0.05
source = "our list"
"""
STAY = "levels.ward.length_of_stay.mean"
ASKED = ("calibrate", "known.toml", "--input", f"{STAY}=4..40", "--replications", "6")


@pytest.fixture(autouse=True)
def known(stepdown: Command) -> None:
    Path("known.toml").write_text(COHORT)


def test_targets_values_and_a_file_that_extends_the_scenario(stepdown: Command) -> None:
    Path("found").mkdir()
    ran = stepdown(*ASKED, "--out", "found/ours.toml")
    assert ran.status == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "Targets, reached in 6 replications"
    assert lines[2].startswith("still share 0.5 ± 0.05 0.49")
    assert any(line.startswith(f"{STAY} 4 40 8 1") for line in lines)
    assert "wrote found/ours.toml" in ran.err
    text = Path("found/ours.toml").read_text()
    assert 'extends = "../known.toml"' in text
    ours = sim.load_scenario("found/ours.toml")
    assert list(ours.targets) == ["still"]
    assert ours.evidence[STAY].grade == "estimated"
    assert stepdown("validate", "found/ours.toml").status == 0
    again = stepdown(*ASKED, "--out", "found/ours.toml")
    assert again.status == 2
    assert "exists already" in again.err


def test_for_machines(stepdown: Command) -> None:
    answer = json.loads(stepdown(*ASKED, "--json").out)
    assert answer["inputs"][0]["input"] == STAY
    assert answer["targets"][0]["standard_error"] > 0
    assert {"evaluation", STAY, "misfit"} == set(answer["trace"][0])
    assert (answer["stopped"], answer["not_reached"]) == (False, [])


@pytest.mark.parametrize("given", [f"{STAY}=4", f"{STAY}=a..b", "=1..2"])
def test_an_input_without_bounds_is_refused(stepdown: Command, given: str) -> None:
    ran = stepdown("calibrate", "known.toml", "--input", given)
    assert ran.status == 2
    assert "PATH=LOW..HIGH" in ran.err


def test_an_unknown_input_is_answered_with_the_nearest(stepdown: Command) -> None:
    ran = stepdown("calibrate", "known.toml", "--input", "levels.ward.length_of_stay.maen=4..40")
    assert ran.status == 2
    assert STAY in ran.err or "mean" in ran.err
