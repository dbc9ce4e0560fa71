import pytest

from sim.scenario import load_scenario
from sim.scenario.ways.kinds import fits, kinds_of_patients


def test_values_nobody_asks_about_are_one(changed):
    scenario = load_scenario(changed({"population.age": {"young": 0.2, "middle": 0.3, "old": 0.5}}))
    kinds = kinds_of_patients(scenario, [{"age": "old"}, {"housing": "none"}])
    assert [kind for kind, _ in kinds] == [
        {"age": "old", "housing": "none"},
        {"age": "old", "housing": "stable"},
        {"age": "young", "housing": "none"},
        {"age": "young", "housing": "stable"},
    ]
    assert [share for _, share in kinds] == pytest.approx([0.1, 0.4, 0.1, 0.4])


def test_without_conditions_all_are_of_one_kind(data):
    assert kinds_of_patients(load_scenario(data), [{}]) == [({}, 1)]
    assert fits({}, {})


def test_too_many_combinations_are_not_counted(changed):
    scenario = load_scenario(changed({f"population.a{i}": {"x": 0.5, "y": 0.5} for i in range(15)}))
    assert kinds_of_patients(scenario, [{f"a{i}": "x"} for i in range(15)]) is None
