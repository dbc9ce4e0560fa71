"""The plan: numbers and nothing else, whatever the scenario."""

import math
from dataclasses import fields, is_dataclass
from itertools import islice, product
from numbers import Real
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from random_scenarios import build, descriptions
from support import fixed, scenario

import sim
from sim.model.plan import NOWHERE, Holding, KindsOfPatients, ListPlan, Plan, plan_for
from sim.vocabulary import COMPLETED, NONE, TERMINATED


def only_numbers(part: Any) -> bool:
    """Whether it is a number, or rows of such; None where a mechanism is not stated."""
    if isinstance(part, tuple):
        return all(only_numbers(each) for each in part)
    if is_dataclass(part):
        return all(only_numbers(getattr(part, each.name)) for each in fields(part))
    return part is None or isinstance(part, Real) or (isinstance(part, np.ndarray) and part.dtype.kind == "f")


def assert_lowered(plan: Plan) -> None:
    for name, part in vars(plan).items():
        if not name.startswith("_") and name not in ("names", "categories"):
            assert only_numbers(part), name
    assert only_numbers(plan.profile((0,) * len(plan.uptos)))
    for row in plan.levels:
        numbers = [
            row.plan_of_care,
            row.patience,
            row.days_to_learn,
            row.to_remission,
            *(clock.law for clock in row.clocks),
        ]
        assert all(number == NONE or 0 <= number < len(plan.laws) for number in numbers)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(descriptions())
def test_it_holds_numbers_alone(description: dict[str, Any]) -> None:
    built = build(description)
    assert_lowered(plan_for(built))
    # What kinds share that agree in some attributes is what each would have by itself, whichever came before.
    together = KindsOfPatients(built)
    for kind in islice(product(*(range(len(shares)) for shares in reversed(built.population.values()))), 12):
        assert together.profile(kind[::-1]) == KindsOfPatients(built).profile(kind[::-1])


@pytest.mark.parametrize("name", sim.shipped_names())
def test_of_the_shipped_scenarios_too(name: str) -> None:
    assert_lowered(plan_for(sim.load_scenario(name)))


def test_what_a_small_programme_is_lowered_to() -> None:
    """A ward with beds, a step to a clinic for half of the severe, and a cause of leaving; the rest is absent."""
    after = {"to": "clinic", "when": {"severity": "severe"}, "probability": 0.5, "delay_days": fixed(3)}
    plan = plan_for(
        scenario(
            {
                "ward": {"length_of_stay": fixed(9), "places": ["beds"], "termination": fixed(7), "next": [after]},
                "clinic": {"length_of_stay": {"distribution": "discrete", "values": [2.0, 4.0], "shares": [0.5, 0.5]}},
            },
            {"beds": 2},
            population={"severity": {"mild": 0.5, "severe": 0.5}},
            effects={"severity": {"severe": {"linkage": 3.0, "termination": 2.0}}},
        ).with_overrides({"places.beds.changes": [{"from_day": 30.0, "capacity": 1}]})
    )
    ward, clinic = plan.levels
    assert (ward.has_list, clinic.has_list) == (True, False)
    assert plan.lists == (ListPlan(0, (Holding(((0, 1),), 0),), (0,)), ListPlan(1, (Holding((), 1),), ()))
    assert (plan.capacity, plan.changes) == ((2,), ((30.0, 0, 1),))
    assert [clock.reason for clock in ward.clocks] == [TERMINATED]
    assert plan.times[ward.plan_of_care](0.1) == 9.0
    assert [plan.times[clinic.plan_of_care](hazard) for hazard in (0.1, 2.0)] == [2.0, 4.0]
    assert ward.patience == plan.remission == plan.return_delay == NONE
    assert plan.setback_duration == plan.into_relapse == NONE
    assert (plan.profile((0,)).curve, plan.profile((0,)).share_of_setbacks) == ((0.0, 1.0), 1.0)
    assert ward.risk_halved_every == math.inf
    assert (ward.clock, ward.hazard_ratio) == (1.0, 1.0)
    mild, severe = plan.profile((0,)).levels[0], plan.profile((1,)).levels[0]
    assert (mild.ratios, severe.ratios) == ((1.0,), (2.0,))
    assert mild.ways[COMPLETED] == NOWHERE
    assert severe.ways[COMPLETED].chance == pytest.approx(0.75)
    assert [(link.to, link.upto) for link in severe.ways[COMPLETED].links] == [(1, 1.0)]
    assert plan.times[severe.ways[COMPLETED].links[0].lag](1.0) == 3.0
