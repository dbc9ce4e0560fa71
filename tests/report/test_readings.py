"""A reading: what differs and what does not, in one line."""

import math
from typing import Any

import pandas as pd
import pytest
from support import exponential, scenario

import sim
from sim.analysis import holm
from sim.outcomes import fitting
from sim.report.readings import READ, changes_line, cost_per_qaly, readings_page
from sim.report.sheets.numbers import with_limits


def differences(**rows: tuple[float, float, float, float]) -> pd.DataFrame:
    """difference, ci_low, ci_high, p_value by metric, dots written as two underscores; p adjusted over all."""
    names = [name.replace("__", ".") for name in rows]
    table = pd.DataFrame(
        [(name, *row) for name, row in zip(names, rows.values(), strict=True)],
        columns=["metric", "difference", "ci_low", "ci_high", "p_value"],
    )
    return table.assign(p_adjusted=holm(table["p_value"].to_numpy(dtype=float)))


def system() -> sim.Scenario:
    return scenario(
        {"residential": {"length_of_stay": exponential(8)}},
        time={"recruitment_days": 100, "follow_up_days": 365},
        utilities={"well": 0.8, "setback": 0.7, "unwell": 0.5},
    )


def test_a_reading_names_what_was_found_in_the_units_people_read() -> None:
    table = differences(
        retention__90_days=(0.0512, 0.0321, 0.0703, 0.001),
        days_well=(1.0, -2.0, 4.0, 0.5),
        cost__per_patient__society=(-1234.5, -1500.2, -968.8, 0.001),
    )
    assert changes_line(table, system(), "base") == (
        "In this model, against `base`: retention at 90 days +5.1 points (+3.2 to +7.0); "
        "cost per patient to society -1,230 USD (-1,500 to -970); "
        "no difference was found in days abstinent (-2.0 to +4.0 days)."
    )


def test_where_all_is_found_or_nothing() -> None:
    found = differences(days_well=(3.0, 2.0, 4.0, 0.01))
    assert (
        changes_line(found, system(), "base")
        == "In this model, against `base`: days abstinent +3.0 days (+2.0 to +4.0)."
    )
    nothing = differences(days_well=(0.0, 0.0, 0.0, 1.0), qalys__per_patient=(0.1, math.nan, math.nan, math.nan))
    assert (
        changes_line(nothing, system(), "base")
        == "In this model, against `base`: no difference was found in days abstinent, QALYs."
    )


def test_what_chance_could_have_made_in_one_of_several_outcomes_is_not_found() -> None:
    """An interval that leaves out zero is not enough: two outcomes were looked at, so 0.03 counts as 0.06."""
    table = differences(days_well=(3.0, 0.2, 5.8, 0.03), retention__90_days=(0.01, -0.03, 0.05, 0.6))
    assert changes_line(table, system(), "base") == (
        "In this model, against `base`: among so many comparisons it may be chance that there is a difference in days "
        "abstinent (+0.2 to +5.8 days); no difference was found in retention at 90 days (-3.0 to +5.0 points)."
    )


def test_a_reading_speaks_of_what_a_comparison_prints_and_of_every_purse() -> None:
    assert fitting(READ) == list(READ)
    assert {"cost.per_patient.society", "cost.per_patient.payer", "cost.total"} <= set(READ)


def test_the_cost_per_qaly_is_that_of_the_comparison() -> None:
    dear = system().with_overrides(
        {
            "relapse": {"median_days": 20, "shape": 1},
            "levels.residential.cost_per_day": 90,
            "utilities.unwell": 0.1,
            "levels.residential.relapse_exposure": 0,
        }
    )
    longer = dear.with_overrides({"levels.residential.length_of_stay": exponential(200)})
    pair = sim.compare({"short": dear, "long": longer}, replications=8, by=())
    (row,) = pair.cost_effectiveness().query("icer == icer").itertuples()
    said = "by `long` over `short` costs {} USD ({}), discounted.".format(
        *with_limits(row.icer, row.icer_low, row.icer_high)
    )
    assert cost_per_qaly(pair) == f"To society, in the view of the cohort, a QALY gained {said}"
    silent = {name: each.with_overrides({"utilities": None}) for name, each in (("a", dear), ("b", longer))}
    assert cost_per_qaly(sim.compare(silent, replications=2, by=())) == ""


def test_the_page_has_every_shipped_scenario_with_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stand-ins for the shipped scenarios, so that the page is quick to write."""
    described = system()
    names = {"base": "Today", "twin": "Today again", "shorter": "Shorter stays"}

    def load(name: str) -> sim.Scenario:
        changes: dict[str, Any] = {"name": names[name], "question": f"What about {name}?"}
        if name == "shorter":
            changes |= {"reads": [{"metric": "days_in_care", "high": 0.0}]}
            changes |= {"compared_with": "base", "levels.residential.length_of_stay": exponential(4)}
        return described.with_overrides(changes)

    monkeypatch.setattr("sim.report.readings.shipped_names", lambda: tuple(names))
    monkeypatch.setattr("sim.report.readings.load_scenario", load)
    page = readings_page()
    assert page == readings_page(workers=2)
    assert "## Today (`base`)" in page
    assert "**Question.** What about shorter?" in page
    assert "In this model, against `base`:" in page
    assert page.count("No input differs from") == 2
    assert "## Today (`base`)" in page.partition("No input differs from `twin`")[0]
    assert "; expected at most 0: **held**" in page
