"""What commands say to machines, with --json."""

import json
from pathlib import Path

import pytest
from cli.commands import FEW, Command
from support import UTILITIES, WARD

import sim


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
    Path("ward.toml").write_text(WARD + UTILITIES)
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
    assert told["policy"] == {"small": "3 unused new"}
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


def test_decisions_for_machines(stepdown: Command) -> None:
    chosen = json.loads(
        stepdown("select", "admitted", "fewer.toml", "wider.toml", "--indifference", "0.05", "--json").out
    )
    assert chosen["best"] == "wider"
    assert {row["system"] for row in chosen["systems"]} == {"fewer", "wider"}

    why = json.loads(stepdown("explain", "clinic.toml", "wider.toml", "days_well", *FEW, "--json").out)
    (level_total,) = [row["difference"] for row in why["by"]["level"] if row["part"] == "total"]
    (reason_total,) = [row["difference"] for row in why["by"]["reason"] if row["part"] == "total"]
    assert level_total == pytest.approx(reason_total)
    assert why["changed_paths"]

    filled = json.loads(stepdown("warmup", "clinic.toml", *FEW, "--json").out)
    assert {"metric", "long_enough"} <= set(filled[0])


TARGETS = '[targets.stay]\nmetric = "length_of_stay.ward.mean"\nvalue = 8.0\ntolerance = 5.0\nsource = "our list"\n'


def test_targets_open_the_answer_of_run_and_compare_and_are_not_inherited(stepdown: Command) -> None:
    Path("known.toml").write_text(WARD + TARGETS)
    Path("other.toml").write_text('extends = "known.toml"\nname = "Other"\nplaces.beds.capacity = 11\n')
    ran = stepdown("run", "known.toml", *FEW)
    assert ran.out.partition(".\n")[2].startswith("You say / the model says\n")
    compared = stepdown("compare", "known.toml", "other.toml", *FEW)
    assert compared.out.partition(".\n")[2].startswith("You say / the model says: Small ward\n")
    assert "the model says: Other" not in compared.out
    rows = json.loads(stepdown("compare", "known.toml", "other.toml", *FEW, "--json").out)["targets"]
    assert [(row["scenario"], row["target"], row["verdict"]) for row in rows] == [("known", "stay", "within")]
    Path("own.toml").write_text(Path("other.toml").read_text() + TARGETS.replace("stay", "ours", 1))
    assert list(sim.load_scenario("own.toml").targets) == ["ours"]
    Path("wrong.toml").write_text(WARD + TARGETS.replace("length_of_stay.ward", "length_of_stya.ward"))
    for command in ("run", "validate"):
        wrong = stepdown(command, "wrong.toml")
        assert wrong.status == 2
        assert "targets.stay.metric" in wrong.err
        assert "Did you mean length_of_stay.ward.mean?" in wrong.err
