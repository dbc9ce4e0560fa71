import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError, load_scenario
from sim.scenario.validation import plain


def test_schema_and_cross_field_problems_come_together_past_unknown_keys(problems):
    found = problems({"levels.iop.capcity": 3, "population.severity.mild": 0.4, "entry.1.to": {"residentail": 1.0}})
    assert set(found) == {"levels.iop.capcity", "population.severity", "entry.1.to.residentail"}


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
    result = plain({"a": (np.float64(1.5), np.int64(2)), "b": np.array([1, 2])})
    assert result == {"a": [1.5, 2], "b": [1, 2]}
    assert [type(value) for value in result["a"]] == [float, int]


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
