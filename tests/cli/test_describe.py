"""The commands `validate`, `metrics`, `schema` and `readings`."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli.commands import FILES, Command, files
from support import WARD


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
    Path("more.toml").write_text('extends = "ours.toml"\nplaces.residential_beds.capacity = 20\n')
    numbers = "levels.residential.cost_per_day and places.residential_beds.capacity"
    status, out, err = stepdown("validate", "ours.toml", "more.toml")
    assert status == 0
    assert err.count("\n") == 1
    assert err.startswith("more.toml: warning: places.residential_beds.capacity = 20: offered load")
    ours, more = out.splitlines()
    assert ours.endswith("have the evidence card of base and 1 has none: levels.residential.cost_per_day")
    assert more.endswith(f"have the evidence card of base and 2 have none: {numbers}")
    told = json.loads(stepdown("validate", "more.toml", "--json").out)[0]
    assert told["without_card"] == numbers.split(" and ")


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


def test_metrics_are_listed_with_their_definition(stepdown: Command) -> None:
    spoken = stepdown("metrics", "ward.toml")
    assert spoken.status == 0
    assert "wait.ward.mean [days; lower]" in spoken.out
    assert "cost.total [USD" in spoken.out


def test_schema_is_json(stepdown: Command) -> None:
    assert "levels" in json.loads(stepdown("schema").out)["properties"]


def test_readings_are_written_and_checked(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.report.readings.readings_page", lambda drawn, workers, progress: "the page\n")
    assert stepdown("readings", "page.md", "--check").err == (
        "stepdown: there is no page page.md to compare with; without --check it is written\n"
    )
    assert files() == set(FILES)
    assert stepdown("readings", "page.md") == (0, "", "wrote page.md\n")
    assert Path("page.md").read_text() == "the page\n"
    assert stepdown("readings", "page.md", "--check") == (0, "", "")
    Path("page.md").write_text("an older page\n")
    assert stepdown("readings", "page.md", "--check").err == (
        "page.md is out of date; write it anew with: stepdown readings page.md\n"
    )
