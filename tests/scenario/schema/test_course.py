"""Ages and mortality by age, as files state them."""

from copy import deepcopy
from typing import Any

import pytest
from support import cohort, fixed, scenario

from sim.files.problems import ScenarioError
from sim.scenario import load_scenario, scenario_warnings
from sim.scenario.fields import stated_numbers

BANDS = {"young": {"youngest": 18, "oldest": 40}, "old": {"youngest": 41, "oldest": 80}}


def described(**more: Any) -> dict[str, Any]:
    system = scenario({"ward": {"length_of_stay": fixed(5)}}, **cohort(10, 50)).model_dump(by_alias=True)
    return deepcopy({**system, "population": {"age": {"young": 0.5, "old": 0.5}}, "age": BANDS, **more})


def problems(data: dict[str, Any]) -> list[str]:
    with pytest.raises(ScenarioError) as refused:
        load_scenario(data)
    return [f"{problem.path}: {problem.message}" for problem in refused.value.problems]


def test_ages_need_an_attribute_with_the_same_values() -> None:
    assert "needs an attribute of this name" in problems(described(population={}))[0]
    unknown, missing = sorted(problems(described(age={"young": BANDS["young"], "ancient": BANDS["old"]})))
    assert unknown == 'age.ancient: there is no value of age "ancient"'
    assert missing.startswith("age.old: is missing")
    assert problems(described(age={**BANDS, "old": {"youngest": 41, "oldest": 40}})) == [
        "age.old.oldest: must not be below youngest, 41"
    ]


def test_mortality_by_age_needs_ages_and_has_shipped_rates() -> None:
    scenario = load_scenario(described(death={"background": {}}))
    assert scenario.death is not None
    assert scenario.death.background is not None
    assert [rate.age for rate in scenario.death.background.rates] == [20, 30, 40, 50, 60, 70, 80, 90]
    assert "death.background.ratio" not in stated_numbers(scenario)
    assert scenario_warnings(scenario) == scenario_warnings(load_scenario(described(death={})))
    assert "needs ages" in problems(described(death={"background": {}}, age={}))[0]


def test_rates_rise_in_age() -> None:
    rates = [{"age": 40, "men": 2.0, "women": 1.0}, {"age": 30, "men": 1.0, "women": 1.0}]
    assert "must be later than the one before" in problems(described(death={"background": {"rates": rates}}))[0]


def test_a_file_that_states_other_ages_has_no_inherited_ones() -> None:
    from sim.scenario.merge import merged

    child = {"population": {"age": {"any": 1.0}}, "age": {"any": {"youngest": 20, "oldest": 60}}}
    assert merged(described(), child)["age"] == child["age"]


def test_a_response_that_is_lost_at_once_is_none() -> None:
    system = described()
    system["levels"]["ward"]["response"] = {"days": fixed(2), "days_to_return": fixed(0)}
    assert problems(system) == [
        "levels.ward.response.days_to_return: must be above 0: what is lost at once is no response"
    ]
