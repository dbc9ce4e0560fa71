"""Readings with uncertain inputs: drawn, kept, read again, and refused where inputs have changed."""

from pathlib import Path

import pandas as pd
import pytest
from support import exponential, scenario

import sim
from sim.report import drawn_readings
from sim.report.drawn_readings import draw_readings, drawn_lines, kept_beside, read_drawn, write_drawn
from sim.report.readings import READ
from sim.scenario import load_scenario, shipped_names

CARD = {"low": 80.0, "high": 125.0, "unit": "USD per day", "grade": "estimated", "source": "our accounts"}
ROOT = Path(__file__).parents[2]
METRICS = ["days_well", "cost.per_patient.society"]


@pytest.fixture(scope="module")
def wards() -> dict[str, sim.Scenario]:
    """A ward whose cost a day is uncertain, and the same with shorter stays."""
    card = {'evidence."levels.ward.cost_per_day"': CARD, "levels.ward.cost_per_day": 100.0}
    today = scenario({"ward": {"length_of_stay": exponential(8)}}).with_overrides(card)
    shorter = today.with_overrides({"levels.ward.length_of_stay": exponential(4), "compared_with": "today"})
    return {"today": today, "shorter": shorter}


@pytest.fixture(scope="module")
def table(wards: dict[str, sim.Scenario], tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn_readings, "DRAWS", 64)
        return draw_readings([wards], METRICS, tmp_path_factory.mktemp("draws"))


def test_the_first_has_levels_and_the_others_differences(
    wards: dict[str, sim.Scenario], table: pd.DataFrame, tmp_path: Path
) -> None:
    result = sim.psa(wards, 64, 2, METRICS)
    cost = result.values(METRICS[1]).mean(axis=(0, 1))
    by = table.set_index(["scenario", "metric"])
    assert by.loc[("today", METRICS[1]), "mean"] == pytest.approx(cost[0])
    assert by.loc[("shorter", METRICS[1]), "difference"] == pytest.approx(cost[1] - cost[0])
    assert list(by["against"]) == ["", "", "today", "today"]
    costs = by.xs(METRICS[1], level="metric")
    # A day costs from 80 to 125 dollars: what it costs is uncertain by inputs, and by them alone nearly.
    assert costs.loc["today", "inputs_low"] / cost[0] == pytest.approx(0.8, abs=0.06)
    assert costs.loc["today", "inputs_high"] / cost[0] == pytest.approx(1.25, abs=0.08)
    assert (costs["simulation_low"] > costs["inputs_low"]).all()
    assert (costs["simulation_high"] < costs["inputs_high"]).all()


def test_a_folder_of_another_analysis_is_refused(wards: dict[str, sim.Scenario], tmp_path: Path) -> None:
    (tmp_path / "psa.json").write_text("{}")
    with pytest.raises(sim.BadFolder, match=r"holds something else \(psa.json\); name an empty or a new folder"):
        draw_readings([wards], METRICS, tmp_path)


def test_what_is_kept_is_read_again(table: pd.DataFrame, tmp_path: Path) -> None:
    path = kept_beside(tmp_path / "page.md")
    write_drawn(table, path)
    assert path.name == "page_draws.csv"
    pd.testing.assert_frame_equal(read_drawn(path), table, check_dtype=False, rtol=1e-8)


@pytest.mark.parametrize("text", ["", "metric,mean\ncost,1\n", "a\n1,2,3\n"])
def test_another_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page_draws.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match="is no table of draws"):
        read_drawn(path)
    assert read_drawn(tmp_path / "none.csv").empty


def test_lines_are_of_the_scenario_as_it_is_now(wards: dict[str, sim.Scenario], table: pd.DataFrame) -> None:
    today, shorter = wards["today"], wards["shorter"]
    alone = list(drawn_lines(table, "today", today, None))
    assert alone[0].startswith("**Uncertain inputs.** 64 draws")
    assert alone[2] == "| outcome | mean | inputs, 95 % | simulation, 95 % |"
    pair = list(drawn_lines(table, "shorter", shorter, today))
    assert pair[2] == "| outcome | today | difference | inputs, 95 % | simulation, 95 % | better in |"
    assert len(pair) == 4 + len(METRICS)
    dearer = today.with_overrides({"levels.ward.cost_per_day": 110.0})
    for changed in (drawn_lines(table, "today", dearer, None), drawn_lines(table, "shorter", shorter, dearer)):
        assert list(changed) == ["**Uncertain inputs.** Not simulated for these inputs yet."]


def test_every_shipped_scenario_has_its_draws_as_it_is_now() -> None:
    table = read_drawn(ROOT / "docs" / "scenarios_draws.csv")
    scenarios = {name: load_scenario(name) for name in shipped_names()}
    for name, described in scenarios.items():
        lines = list(drawn_lines(table, name, described, scenarios.get(described.compared_with)))
        assert len(lines) > 4, f"{name} has other inputs now; run: stepdown readings docs/scenarios.md --psa DIR"
    assert set(table["metric"]) == set(READ)
