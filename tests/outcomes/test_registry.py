"""Names, definitions, and what must hold of all metrics together."""

import math
import re
import string
from dataclasses import replace

import numpy as np
import pytest
from outcomes.build import at_random, clinic, records
from support import fixed, scenario

from sim.model.records import Facts, Records
from sim.outcomes import REGISTRY, describe, metric_names, metric_table, metrics
from sim.scenario import Scenario
from sim.vocabulary import NONE


def test_names_table_and_numbers_agree() -> None:
    described = clinic(levels__iop__caseload=12.0, currency="EUR")
    names = metric_names(described)
    table = metric_table(described)
    assert list(metrics(at_random(described, 50, 1), described)) == names
    assert table["metric"].tolist() == names
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*", name) for name in names)
    assert set(table["direction"]) == {"higher", "lower", "neutral"}
    assert table["definition"].str.len().min() > 30
    assert table["definition"].str.endswith(".").all()
    assert not table["definition"].str.contains(r"[{}]").any()
    by_name = table.set_index("metric")
    assert by_name.loc["cost.total", "unit"] == "EUR"
    assert "Residential care" in by_name.loc["linkage.residential", "definition"]
    assert "90 days after" in by_name.loc["retention.90_days", "definition"]


def test_the_metrics_that_others_rely_on() -> None:
    names = metric_names(clinic(time__follow_up_days=365.0))
    assert {
        "relapse.365_days",
        "wait.residential.mean",
        "wait.residential.within_14_days",
        "occupancy.bed",
        "retention.90_days",
        "continuity.90_days",
        "readmission.365_days",
        "linkage.residential",
        "days_well",
        "qalys.per_patient",
        "qalys.per_patient_discounted",
        "cost.per_patient.payer",
        "cost.per_patient_discounted.society",
        "cost.residential.total",
    } <= set(names)


def test_no_name_stands_for_two_things_whatever_levels_places_and_payers_are_called() -> None:
    awkward = ["mean", "total", "payer", "place", "per_patient", "admitted", "share", "level"]
    levels = {name: {"length_of_stay": fixed(5), "places": [name], "caseload": 5.0} for name in awkward}
    described = scenario(
        levels,
        dict.fromkeys(awkward, 1),
        entry=[{"to": dict.fromkeys(awkward, 1 / 8)}],
        payers=dict.fromkeys(awkward, 1 / 8),
    )
    names = metric_names(described)
    assert len(set(names)) == len(names)


def test_describe() -> None:
    assert describe("wait.iop.mean").name == "wait.iop.mean"
    assert "asks for iop" in describe("wait.iop.mean").definition
    assert "asks for {level}" in describe("wait.{level}.mean").definition
    assert describe("relapse.365_days").direction == "lower"
    of_fixed_choice = {"days": "90", "perspective": "payer", "category": "session", "years": "5"}
    for metric in REGISTRY:
        words = {word: of_fixed_choice.get(word, "x") for _, word, *_ in string.Formatter().parse(metric.name) if word}
        assert describe(metric.name.format(**words)).direction == metric.direction


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no metric 'qaly\.per_patient'.*qalys\.per_patient"):
        describe("qaly.per_patient")


@pytest.mark.parametrize("position", [0, 2, 4])
def test_a_level_that_nobody_uses_adds_names_and_changes_no_number(position: int) -> None:
    described = clinic()
    levels = [(name, level.model_dump(by_alias=True, exclude_unset=True)) for name, level in described.levels.items()]
    levels.insert(position, ("day_hospital", {"length_of_stay": {"distribution": "fixed", "value": 3.0}}))
    wider = described.with_overrides({"levels": dict(levels)})
    facts = at_random(described, 300, 4)
    before, after = metrics(facts, described), metrics(recoded(facts, described, wider), wider)
    added = set(after) - set(before)
    assert added
    assert all("day_hospital" in name for name in added)
    for name, number in before.items():
        assert after[name] == number or (math.isnan(number) and math.isnan(after[name])), name


def recoded(facts: Records, narrow: Scenario, wide: Scenario) -> Records:
    """The same facts with the level codes of another scenario."""
    codes = np.array([*(list(wide.levels).index(name) for name in narrow.levels), NONE], dtype=np.int16)

    def table(old: Facts) -> Facts:
        coded = {"level", "next_level", "held_level"} & set(old.columns)
        columns = old.columns | {name: codes[old[name]] for name in coded}
        return Facts(columns, old.categories | dict.fromkeys(coded, tuple(wide.levels)))

    return replace(facts, stays=table(facts.stays), waits=table(facts.waits), medications=table(facts.medications))


def test_nobody_came() -> None:
    """Counts are 0, shares and means are missing, and nothing fails."""
    described = clinic(levels__iop__caseload=12.0)
    numbers = metrics(records(described, []), described)
    assert numbers["arrivals"] == 0
    assert numbers["queue.iop.mean"] == 0
    assert numbers["occupancy.seat"] == 0
    assert math.isnan(numbers["relapse.30_days"])
    assert math.isnan(numbers["deaths.per_1000_person_years"])
    assert all(isinstance(number, float) for number in numbers.values())


def test_shares_are_shares_and_computing_again_changes_nothing() -> None:
    described = clinic()
    facts = at_random(described, 300, 5)
    numbers = metrics(facts, described)
    table = metric_table(described)
    for name in table.loc[table["unit"] == "share", "metric"]:
        # Random records know no capacity.
        assert 0 <= numbers[name] <= 1 or name.startswith("occupancy."), name
    assert metrics(facts, described) == numbers
