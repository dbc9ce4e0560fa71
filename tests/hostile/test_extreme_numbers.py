"""Numbers at the ends of what is allowed, planted in sound scenarios: refused kindly, or a run that ends in numbers."""

import math
import warnings
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hostile.limits import CASES, in_time
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from random_scenarios import descriptions

import sim
from sim.files.paths import Segments, join_path
from sim.scenario import Scenario
from sim.scenario.shape import shape_at

PART = 100
"""Cases of one test: hypothesis keeps all that it has tried in memory."""
MOST_PERSON_DAYS = 150_000
"""What is larger is checked, and not run: only its size would be tried."""

EXTREMES = (
    *(0.0, 5e-324, 1e-300, 1e-12, 1e-6, 1e-3, 0.01, 1.0, 5.0, 365.0, 1e3, 36_525.0, 1e6, 1e9),
    *(-1.0, -5e-324, 1e12, 1e300, 1.7e308),
)

MORE: dict[str, Any] = {
    "caseload": 12.0,
    "clinical_hours_per_week": 3.0,
    "cost_per_session": 20.0,
    "sessions_per_week": 2.0,
    "patient_time_per_day": 30.0,
    "patient_time_per_session": 5.0,
    "relapse_ratio": 1.0,
}
"""Of every level, beside what the random scenarios state."""


def enriched(description: dict[str, Any]) -> dict[str, Any]:
    """With the numbers that random scenarios leave out."""
    for level in description["levels"].values():
        level.update(MORE)
    if "per_day" in description["arrivals"]:
        description["arrivals"] |= {
            "weekday": [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5],
            "month": [1.0] * 11 + [0.8],
            "changes": [{"from_day": 10.0, "factor": 1.5}, {"from_day": 30.0, "factor": 0.5}],
        }
    description["frailty"] |= {"dropout": 1.0, "relapse": 1.0, "return_to_care": 1.0}
    description["costs"] |= {
        "other_health_care": {"well": 5.0, "setback": 7.0, "unwell": 9.0},
        "productivity": {"unwell": 3.0},
    }
    return description


def numbers_in(data: Any, path: Segments = ()) -> Iterator[Segments]:
    """Where numbers stand."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from numbers_in(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from numbers_in(value, (*path, str(index)))
    elif isinstance(data, (int, float)) and not isinstance(data, bool):
        yield path


@st.composite
def extreme(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, float]]:
    """A sound scenario with one or two numbers replaced by extreme ones, and which."""
    description = deepcopy(enriched(draw(descriptions())))
    planted = {}
    for path in draw(st.lists(st.sampled_from(sorted(numbers_in(description))), min_size=1, max_size=2, unique=True)):
        shape = shape_at(path, description)
        assert shape is not None, path
        ends = [limit for _, limit in shape.bounds]
        near = [math.nextafter(limit, towards) for limit in ends for towards in (-math.inf, math.inf)]
        allowed = [value for value in (*EXTREMES, *ends, *near) if shape.admits(value)]
        # Mostly what the schema allows; now and then what it does not.
        value = draw(st.sampled_from(allowed if draw(st.integers(0, 9)) else list(EXTREMES)))
        place = description
        for segment in path[:-1]:
            place = place[int(segment)] if isinstance(place, list) else place[segment]
        key: Any = int(path[-1]) if isinstance(place, list) else path[-1]
        place[key] = int(value) if shape.leaf is int and abs(value) < 1e15 else value
        planted[join_path(path)] = value
    return description, planted


def small_enough(scenario: Scenario) -> bool:
    time, arrivals = scenario.time, scenario.arrivals
    days = time.warm_up_days + time.recruitment_days + time.follow_up_days
    factor = max([1.0, *(change.factor for change in arrivals.changes)])
    people = arrivals.closed_cohort if arrivals.per_day is None else arrivals.per_day * factor * days
    people = (people or 0) + sum(each.in_care + each.waiting for each in scenario.initial.values())
    return people * days < MOST_PERSON_DAYS and days < MOST_PERSON_DAYS / 10


@pytest.mark.parametrize("part", range(-(-CASES // 5 // PART)))
def test_extreme_numbers_are_refused_or_give_numbers(part: int) -> None:
    """Whatever is neither a ScenarioError nor a result fails, numpy's warnings among it; what was planted is shown."""

    @seed(part)
    @settings(max_examples=PART, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(extreme())
    def refused_or_numbers(case: tuple[dict[str, Any], dict[str, float]]) -> None:
        description, _ = case
        with in_time(), warnings.catch_warnings():
            warnings.simplefilter("error")
            refusal = check(description)
        if refusal is not None:
            assert refusal.problems
            assert max(len(line) for line in str(refusal).splitlines()) < 2_000

    refused_or_numbers()


def check(description: dict[str, Any]) -> sim.ScenarioError | None:
    """That it runs, and gives numbers; or why it does not."""
    try:
        scenario = sim.load_scenario(description)
        sim.scenario_warnings(scenario)
        if not small_enough(scenario):
            return None
        result = sim.run(scenario, 1, keep_records=True)
    except sim.ScenarioError as refusal:
        return refusal
    for frame in (result.metrics, result.groups, result.budget, result.daily, result.ledger(), result.warm_up()):
        assert not np.isinf(frame.select_dtypes("number").to_numpy(dtype=float)).any(), frame.to_string()
    for column in ("admitted", "discharged"):
        assert np.isfinite(result.stays[column]).all()
    return None


BENEFIT = {"hazard_ratio": 10.0, "at_days": 1.0, "max_days": 1e9}

RATIOS = {"x": {"relapse": 1_000.0, "dropout": 0.001, "death": 0.001, "levels": {"ward": {"relapse": 1_000.0}}}}

WEAKENED = {"hazard_ratio": 1_000.0, "at_days": 1e-3, "max_days": 1e9}

EXTREME_BUT_ALLOWED: list[dict[str, Any]] = [
    {"levels.ward.lasting_benefit": {"hazard_ratio": 0.001, "at_days": 0.01, "max_days": 330.0}},
    {"levels.ward.lasting_benefit": BENEFIT, "levels.ward.length_of_stay": {"distribution": "fixed", "value": 330.0}},
    {"levels.ward.lasting_benefit": WEAKENED, "levels.ward.length_of_stay": {"distribution": "fixed", "value": 330.0}},
    {
        "levels.ward.length_of_stay": {"distribution": "exponential", "mean": 1e9},
        "levels.ward.review_every_days": 1.0,
        "levels.ward.early_step_down": {"from_day": 7.0, "probability": 0.1},
    },
    {"levels.ward.dropout": {"distribution": "lognormal", "mean": 1e-3, "sd": 1e9}},
    {"levels.ward.length_of_stay": {"distribution": "fixed", "value": 1e9}},
    {"places.beds.changes": [{"from_day": 1e6, "capacity": 3}]},
    {"arrivals.weekday": [1e9] * 6 + [0.0]},
    {"arrivals.weekday": [0.0] * 6 + [1e-6]},
    {"discounting": {"costs": 5e-324, "effects": 1e-300}},
    {"relapse": {"median_days": 1e9, "shape": 50.0}},
    {"relapse": {"median_days": 1e9, "shape": 0.05}},
    {"levels.ward.caseload": 1e-3, "levels.ward.clinical_hours_per_week": 168.0},
    {"population": {f"a{n}": {"x": 1.0} for n in range(40)}, "effects": {f"a{n}": RATIOS for n in range(40)}},
    {"population": {"county": {f"c{n}": 1 / 1_000 for n in range(1_000)}}},
]


@pytest.mark.parametrize("settings", EXTREME_BUT_ALLOWED, ids=lambda settings: ",".join(settings))
def test_what_is_allowed_gives_numbers(settings: dict[str, Any]) -> None:
    with in_time(), warnings.catch_warnings():
        warnings.simplefilter("error")
        refusal = check(changed(settings))
    assert refusal is None


@pytest.mark.parametrize(
    ("path", "value", "limit"),
    [
        ("levels.ward.length_of_stay", {"distribution": "fixed", "value": 1e306}, "at most 1e+09 (unit: days)"),
        ("levels.ward.dropout", {"distribution": "lognormal", "mean": 30, "sd": 1e200}, "at most 1e+09 (unit: days)"),
        ("places.beds.changes", [{"from_day": 1e308, "capacity": 3}], "at most 1e+06 (unit: days)"),
        ("arrivals.changes", [{"from_day": 5.0, "factor": 1e300}], "at most 1000 (unit: factor)"),
        ("arrivals.weekday", [1e308] * 7, "at most 1e+09 (unit: relative)"),
        ("arrivals.weekday", [0.0] * 6 + [5e-324], "must not be all zero, or nearly"),
        ("population", {"county": {f"c{n}": 1 / 33_000 for n in range(33_000)}}, "has 33,000 values, at most 1,000"),
        ("population", {f"a{n}": {"x": 1.0} for n in range(41)}, "has 41 attributes, at most 40"),
        ("time", {"recruitment_days": 5e-324, "follow_up_days": 9}, "must be above 0 (at least 0.001)"),
        ("time", {"recruitment_days": 9, "follow_up_days": 5e-324}, "at least 0.001"),
        ("levels.ward.caseload", 5e-324, "at least 0.001"),
        ("arrivals", {"per_day": 10_000, "changes": [{"from_day": 0, "factor": 900.0}]}, "people would ask for care"),
    ],
)
def test_what_is_beyond_is_refused_with_its_limit(path: str, value: Any, limit: str) -> None:
    with in_time():
        refusal = check(changed({path: value}))
    assert refusal is not None
    assert any(limit in str(problem) for problem in refusal.problems), str(refusal)


def changed(settings: dict[str, Any]) -> dict[str, Any]:
    """A small sound scenario with some parts replaced."""
    description: dict[str, Any] = {
        "name": "small",
        "time": {"recruitment_days": 60, "follow_up_days": 400},
        "arrivals": {"per_day": 0.3},
        "entry": [{"to": {"ward": 1.0}}],
        "levels": {"ward": {"places": ["beds"], "length_of_stay": {"distribution": "exponential", "mean": 20.0}}},
        "places": {"beds": {"capacity": 8, "fixed_cost_per_day": 90.0}},
        "relapse": {"median_days": 60.0, "shape": 0.7},
        "return_to_care": {"probability": 0.5, "delay_days": {"distribution": "exponential", "mean": 20.0}},
        "death": {"in_care": 5.0, "well": 10.0, "unwell": 30.0},
        "utilities": {"well": 0.8, "setback": 0.7, "unwell": 0.5},
        "costs": {"per_relapse": 100.0},
    }
    for path, value in settings.items():
        *tables, key = path.split(".")
        place = description
        for table in tables:
            place = place[table]
        place[key] = value
    return description
