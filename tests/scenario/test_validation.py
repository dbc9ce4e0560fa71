import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError, load_scenario
from sim.scenario.plain import plain_data


def test_schema_and_cross_field_problems_come_together_past_unknown_keys(problems):
    found = problems({"levels.iop.capcity": 3, "population.severity.mild": 0.4, "entry.1.to": {"residentail": 1.0}})
    assert set(found) == {"levels.iop.capcity", "population.severity", "entry.1.to.residentail"}


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ({"places.beds.capacity": -3}, "places.beds.capacity"),
        ({"places.beds.capacity": "many"}, "places.beds.capacity"),
        ({"levels.iop.length_of_stay": 60}, "levels.iop.length_of_stay"),
        ({"levels.iop.length_of_stay": {"distribution": "fixd", "value": 6}}, "levels.iop.length_of_stay.distribution"),
        ({"levels.iop.hand_over": "hodl"}, "levels.iop.hand_over"),
        ({"levels.iop.priority": [{"rank": 1}, {"rank": "first"}]}, "levels.iop.priority.1.rank"),
        ({"time.follow_up_days": 0}, "time.follow_up_days"),
        ({"name": ""}, "name"),
        ({"currency": "dollars"}, "currency"),
    ],
)
def test_a_wrong_value_does_not_hide_the_rules_about_the_rest(problems, fault, path):
    """Shares that sum to 0.9 and names of nothing are found beside it, and nothing is made up."""
    wrong = {
        "population.severity.mild": 0.4,
        "entry.0.to": {"residential": 0.9},
        "entry.1.to": {"residential": 0.4, "iops": 0.6},
        "levels.residential.places": ["bed"],
        "levels.residential.next.0.to": "clinic",
    }
    expected = {
        "population.severity",
        "entry.0.to",
        "entry.1.to.iops",
        "levels.residential.places.0",
        "levels.residential.next.0.to",
    }
    assert set(problems({**fault, **wrong})) == {path, *expected}
    assert set(problems(fault)) == {path}


def test_a_rule_with_a_key_that_is_a_table_elsewhere_is_refused_kindly(problems):
    assert set(problems({"levels.residential.next.0.places": ["beds"]})) == {"levels.residential.next.0.places"}


def test_a_stand_in_is_not_judged(problems):
    """Neither the people who are there on day 0, nor a card, nor shares are held against a number that nobody wrote."""
    here = {"initial": {"iop": {"in_care": 9}}, "time.warm_up_days": 0}
    assert set(problems({**here, "places.iop_seats.capacity": -1})) == {"places.iop_seats.capacity"}
    assert set(problems({"levels.residential.cost_per_day": -1})) == {"levels.residential.cost_per_day"}
    assert set(problems({"population.severity.mild": 5})) == {"population.severity.mild"}
    assert set(problems({"levels.iop": 3})) == {"levels.iop"}


def test_an_unknown_key_does_not_draw_complaints_about_what_it_may_be_meant_for(problems, removed):
    found = problems({"arrivals.per_dya": 1.6, "arrivals.per_day": removed})
    assert list(found) == ["arrivals.per_dya"]


def test_all_cross_field_and_card_problems_come_together(problems):
    found = problems(
        {
            "population.severity.mild": 0.4,
            "arrivals.closed_cohort": 10,
            "evidence": {"levels.iop.cost_per_dya": {"source": "nobody", "grade": "choice"}},
        }
    )
    assert set(found) == {"population.severity", "arrivals", 'evidence."levels.iop.cost_per_dya"'}


def test_plain_turns_what_programs_write_into_what_files_hold():
    result = plain_data({"a": (np.float64(1.5), np.int64(2)), "b": np.array([1, 2])})
    assert result == {"a": [1.5, 2], "b": [1, 2]}
    assert [type(value) for value in result["a"]] == [float, int]


WHOLE_NUMBERS = {
    "places.beds.capacity": 40,
    "places.beds.changes": [{"from_day": 9, "capacity": 41}],
    "levels.residential.priority": [{"rank": 2}],
    "levels.iop.group": {"size": 6, "groups": 5, "sessions_per_week": 3, "hours_per_session": 3},
    "price_year": 2024,
}
OF_PROGRAMS = [float, np.float64, np.float32, np.int64]


def with_numbers(value, of):
    if isinstance(value, dict):
        return {key: with_numbers(item, of) for key, item in value.items()}
    return [with_numbers(item, of) for item in value] if isinstance(value, list) else of(value)


@pytest.mark.parametrize("of", OF_PROGRAMS, ids=lambda of: of.__name__)
def test_a_whole_number_is_one_however_a_program_writes_it(changed, of):
    plainly = load_scenario(changed(WHOLE_NUMBERS))
    found = load_scenario(changed(with_numbers(WHOLE_NUMBERS, of)))
    assert found == plainly
    assert found.digest() == plainly.digest()
    assert type(found.places["beds"].capacity) is int


def test_people_of_a_cohort_and_there_on_day_0_may_be_floats(changed, removed):
    cohort = {"arrivals.per_day": removed, "time.warm_up_days": 0, "time.recruitment_days": 0}
    cohort |= {"arrivals.closed_cohort": 20.0, "initial": {"iop": {"in_care": 3.0, "waiting": 1.0}}}
    scenario = load_scenario(changed(cohort))
    assert (scenario.arrivals.closed_cohort, scenario.initial["iop"].in_care) == (20, 3)


@pytest.mark.parametrize("value", [5.5, True, np.True_, "5", np.inf, np.nan, 1e300, 5 + 1e-9])
def test_what_is_no_whole_number_is_refused(problems, value):
    found = problems({"places.beds.capacity": value})
    assert list(found) == ["places.beds.capacity"]
    assert "a whole number, at least 0" in found["places.beds.capacity"].message


def test_a_row_of_a_table_is_taken_as_settings(data):
    pd = pytest.importorskip("pandas")
    sampled = pd.DataFrame({"places.beds.capacity": [12.0], "arrivals.per_day": [0.25]}).iloc[0]
    changed = load_scenario(data).with_overrides(sampled)
    assert (changed.places["beds"].capacity, changed.arrivals.per_day) == (12, 0.25)


def test_deep_and_circular_data_is_refused_kindly(data):
    data["population"]["self"] = data["population"]
    with pytest.raises(ScenarioError, match="nested more than"):
        load_scenario(data)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(draw=st.data(), value=junk)
def test_whatever_stands_in_a_scenario_it_loads_or_lists_problems(draw, value):
    """No other exception, and every problem can be printed."""
    from copy import deepcopy

    data = {
        "name": "x",
        "time": {"recruitment_days": 3, "follow_up_days": 3},
        "arrivals": {"per_day": 1, "weekday": [1, 1, 1, 1, 1, 0, 0]},
        "entry": [{"when": {"a": "b"}, "to": {"iop": 1.0}}, {"to": {"iop": 1.0}}],
        "population": {"a": {"b": 0.5, "c": 0.5}},
        "levels": {
            "iop": {
                "length_of_stay": {"distribution": "fixed", "value": 3},
                "places": ["seats"],
                "next": [{"to": "iop", "probability": 0.5, "when": {"a": "b"}}],
            }
        },
        "places": {"seats": {"capacity": 3, "changes": [{"from_day": 3, "capacity": 4}]}},
        "evidence": {"levels.iop.next.0.probability": {"source": "abc", "grade": "choice", "low": 0, "high": 1}},
    }
    data = here = deepcopy(data)
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = draw.draw(st.sampled_from(keys))
        if not isinstance(here[key], (dict, list)) or not here[key] or draw.draw(st.booleans()):
            break
        here = here[key]
    here[key] = value
    if isinstance(here, dict) and draw.draw(st.booleans()):
        here[draw.draw(st.text(max_size=5))] = here.pop(key)
    error = None
    try:
        load_scenario(data)
    except ScenarioError as found:
        error = found
    assert error is None or (error.problems and str(error))
