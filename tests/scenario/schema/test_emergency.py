"""Emergencies as files state them."""

from copy import deepcopy
from typing import Any

import pytest
from support import cohort, fixed, scenario

from sim.files.problems import ScenarioError
from sim.scenario import load_scenario, scenario_warnings


def described(**emergency: Any) -> dict[str, Any]:
    system = scenario({"ward": {"length_of_stay": fixed(5)}}, **cohort(10, 50)).model_dump(by_alias=True)
    crisis = {"unwell": 1.0, **emergency}
    return deepcopy({**system, "population": {"work": {"no": 0.5, "yes": 0.5}}, "emergencies": {"crisis": crisis}})


@pytest.mark.parametrize(
    ("emergency", "path", "words"),
    [
        ({"admitted": 0.5}, "to", "is missing"),
        ({"admitted": 0.5, "to": "wards"}, "to", 'no level "wards"'),
        ({"when": {"work": "maybe"}}, "when.work", 'no value of work "maybe"'),
        ({"unwell": -1.0}, "unwell", "0"),
        ({"qaly_loss": 2.0}, "qaly_loss", "1"),
        ({"windows": [{"until_day": 9, "ratio": 2}, {"until_day": 5, "ratio": 2}]}, "windows.1.until_day", "later"),
    ],
)
def test_what_cannot_be_meant_is_an_error(emergency: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_scenario(described(**emergency))
    assert [problem.path for problem in refused.value.problems] == [f"emergencies.crisis.{path}"]
    assert words in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("emergency", "path", "words"),
    [
        ({"unwell": 0.0}, "emergencies.crisis", "nobody has one"),
        ({"to": "ward"}, "emergencies.crisis.to", "admitted is 0"),
    ],
)
def test_what_has_no_effect_is_a_warning(emergency: dict[str, Any], path: str, words: str) -> None:
    warnings = scenario_warnings(load_scenario(described(**emergency)))
    assert [warning.path for warning in warnings] == [path]
    assert words in warnings[0].message


def test_a_level_may_be_reached_by_an_emergency_alone() -> None:
    data = described(admitted=0.5, to="hospital")
    data["levels"]["hospital"] = {"length_of_stay": fixed(5), "round_the_clock": True}
    assert scenario_warnings(load_scenario(data)) == []
    data["emergencies"] = {}
    assert [each.path for each in scenario_warnings(load_scenario(data))] == ["levels.hospital"]


def test_a_rule_of_a_list_for_those_whom_nothing_brings_is_a_warning() -> None:
    data = described(admitted=0.5, to="ward")
    data["places"] = {"beds": {"capacity": 100}}
    data["levels"]["ward"] |= {"places": ["beds"], "priority": [{"coming_from": ["emergency"], "rank": 0}]}
    assert scenario_warnings(load_scenario(data)) == []
    data["emergencies"] = {}
    (told,) = scenario_warnings(load_scenario(data))
    assert told.path == "levels.ward.priority.0.coming_from"
    assert "there is no [emergencies]" in told.message
