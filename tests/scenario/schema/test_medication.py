"""Medication as files state it."""

from copy import deepcopy
from typing import Any

import pytest
from support import cohort, fixed, scenario

from sim.files.problems import ScenarioError
from sim.scenario import load_scenario, scenario_warnings


def described(**medication: Any) -> dict[str, Any]:
    """A ward with an attribute, and a medication that is offered there unless it is said otherwise."""
    system = scenario({"ward": {"length_of_stay": fixed(5)}}, **cohort(10, 50)).model_dump(by_alias=True)
    pills = {"levels": ["ward"], "probability": 0.5, **medication}
    return deepcopy({**system, "population": {"work": {"no": 0.5, "yes": 0.5}}, "medications": {"pills": pills}})


@pytest.mark.parametrize(
    ("medication", "path", "words"),
    [
        ({"levels": ["wards"]}, "levels.0", 'no level "wards"'),
        ({"levels": ["ward", "ward"]}, "levels.1", "listed twice"),
        ({"when": {"work": "maybe"}}, "when.work", 'no value of work "maybe"'),
        ({"days_at_home": fixed(0)}, "days_at_home", "must be above 0"),
        ({"effects": {"relapse": 0.0}}, "effects.relapse", "0.001"),
        ({"risk_at_stop": 0.5}, "risk_at_stop", "without [relapse]"),
        (
            {"death_after_stop": [{"until_day": 9, "ratio": 2}, {"until_day": 5, "ratio": 2}]},
            "death_after_stop.1.until_day",
            "later",
        ),
    ],
)
def test_what_cannot_be_meant_is_an_error(medication: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_scenario(described(**medication))
    assert [problem.path for problem in refused.value.problems] == [f"medications.pills.{path}"]
    assert words in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("medication", "path", "words"),
    [
        ({"levels": []}, ".levels", "nobody is offered it"),
        ({"cost_per_visit": 9.0}, ".cost_per_visit", "visits_per_week is 0"),
        ({"goes_on": 0.0, "days_at_home": fixed(9)}, ".days_at_home", "nobody is on it at home"),
        ({"goes_on": 0.0, "ended_by_relapse": 0.5}, ".ended_by_relapse", "nobody is on it at home"),
        ({"effects": {"relapse": 0.5}}, ".effects.relapse", "no [relapse]"),
        ({"effects": {"dropout": 0.5}}, ".effects.dropout", "no level has a dropout"),
        ({"effects": {"risk_at_discharge": 0.5}}, ".effects.risk_at_discharge", "no level has a risk_at_discharge"),
        ({"effects": {"death": 0.5}}, "", "there is no [death]"),
    ],
)
def test_what_has_no_effect_is_a_warning(medication: dict[str, Any], path: str, words: str) -> None:
    warnings = [each for each in scenario_warnings(load_scenario(described(**medication))) if "pills" in each.path]
    assert [warning.path for warning in warnings] == [f"medications.pills{path}"]
    assert words in warnings[0].message


def test_one_that_goes_on_or_is_offered_at_home_is_on_somebody_there() -> None:
    ended = {"days_at_home": fixed(9), "ended_by_relapse": 0.5}
    for there in ({"goes_on": 0.1}, {"goes_on": 0.0, "at_home": True}):
        assert [each.path for each in scenario_warnings(load_scenario(described(**ended, **there)))] == []


def test_one_that_is_offered_only_while_people_wait_is_offered_to_nobody() -> None:
    """Unless people may be in the interim level otherwise, or it is offered elsewhere as well."""
    system = described(levels=["visits"])
    onward = {"to": "iop", "probability": 1.0}
    system["levels"]["ward"] |= {"hand_over": "bridge", "bridge": "visits", "next": [onward]}
    system["levels"] |= {"visits": {"length_of_stay": fixed(5)}, "iop": {"length_of_stay": fixed(5)}}

    def told(data: dict[str, Any]) -> list[str]:
        return [each.message for each in scenario_warnings(load_scenario(data)) if each.path.startswith("medications")]

    assert told(system) == ["nobody is offered it: an interim service offers none"]
    pills, levels = system["medications"]["pills"], system["levels"]
    for wider in ({"levels": ["visits", "ward"]}, {"at_home": True}):
        assert told({**system, "medications": {"pills": {**pills, **wider}}}) == []
    onto = {**levels["iop"], "next": [{"to": "visits", "probability": 0.5}]}
    assert told({**system, "levels": {**levels, "iop": onto}}) == []


def test_a_day_costs_dose_and_visits() -> None:
    pills = load_scenario(described(cost_per_day=3.0, cost_per_visit=14.0, visits_per_week=2)).medications["pills"]
    assert pills.cost_of_a_day == 7.0
