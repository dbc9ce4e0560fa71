"""A small sound scenario, and ways to spoil it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from sim.scenario import Problem, ScenarioError, load_scenario

Data = dict[str, Any]

SOUND: Data = {
    "name": "Small",
    "time": {"warm_up_days": 100, "recruitment_days": 365, "follow_up_days": 365},
    "arrivals": {"per_day": 0.5},
    "population": {"severity": {"mild": 0.5, "severe": 0.5}, "housing": {"stable": 0.8, "none": 0.2}},
    "effects": {"severity": {"severe": {"dropout": 1.3, "levels": {"iop": {"relapse": 1.2}}}}},
    "entry": [{"when": {"severity": "severe"}, "to": {"residential": 1.0}}, {"to": {"residential": 0.4, "iop": 0.6}}],
    "places": {"beds": {"capacity": 40, "fixed_cost_per_day": 95.0}, "iop_seats": {"capacity": 60}},
    "levels": {
        "residential": {
            "places": ["beds"],
            "length_of_stay": {"distribution": "lognormal", "mean": 30, "sd": 18, "max": 120},
            "dropout": {"distribution": "weibull", "shape": 0.7, "scale": 180},
            "on_relapse": {"discharge": 0.7, "continue": 0.3},
            "hand_over": "hold",
            "cost_per_day": 240.0,
            "patient_time_per_day": 100.0,
            "next": [{"to": "iop", "probability": 0.5, "delay_days": {"distribution": "exponential", "mean": 4}}],
        },
        "iop": {"places": ["iop_seats"], "length_of_stay": {"distribution": "fixed", "value": 60}},
    },
    "evidence": {
        "levels.residential.cost_per_day": {
            "low": 190.0,
            "high": 310.0,
            "distribution": "gamma",
            "unit": "USD per day",
            "source": "a costing study",
            "grade": "published",
        },
        "places": {"source": "the programme's own plan", "grade": "choice"},
    },
}

REMOVED = object()


def put(data: Data, path: str, value: Any) -> None:
    """Set the value at a dotted path of plain data (`REMOVED` deletes it)."""
    *above, last = path.split(".")
    here: Any = data
    for segment in above:
        here = here[int(segment)] if isinstance(here, list) else here.setdefault(segment, {})
    if value is REMOVED:
        del here[last]
    elif isinstance(here, list):
        here[int(last)] = value
    else:
        here[last] = value


@pytest.fixture
def data() -> Data:
    return deepcopy(SOUND)


@pytest.fixture
def removed() -> object:
    return REMOVED


@pytest.fixture
def changed() -> Callable[[dict[str, Any]], Data]:
    """The sound data with the values at some dotted paths changed."""

    def change(settings: dict[str, Any]) -> Data:
        data = deepcopy(SOUND)
        for path, value in settings.items():
            put(data, path, value)
        return data

    return change


@pytest.fixture
def problems(changed: Callable[[dict[str, Any]], Data]) -> Callable[[dict[str, Any]], dict[str, Problem]]:
    """The problems, by path, that a change to the sound data brings; empty if it stays sound."""

    def find(settings: dict[str, Any]) -> dict[str, Problem]:
        found: tuple[Problem, ...] = ()
        try:
            load_scenario(changed(settings))
        except ScenarioError as error:
            found = error.problems
        by_path = {problem.path: problem for problem in found}
        assert len(by_path) == len(found), "two problems at one path"
        return by_path

    return find
