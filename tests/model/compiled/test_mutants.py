"""The gate sees a formula that is not what it was: every one that the flow of control calls, wrong by very little."""

import inspect
import math
from collections.abc import Callable
from functools import cache, wraps
from types import ModuleType
from typing import Any

import pytest
from model.compiled.gate import differences, some_systems, what_came
from support import fixed, scenario

from sim.model import course, desk, formulas, pace, pathway, plan, setbacks
from sim.scenario import Scenario, laws

FLOW = (course, desk, pathway, plan, setbacks)
SHARED = {"death_rate", "odds", "rate_at", "setback_ratio", "ratio_of"}
"""Of the plan, from which both engines start."""
COMPARED = {"probability", "risk_at_discharge"}
"""Chances, of which only whether they are above what is drawn is ever seen."""
COUNT = 120


def called_in(module: ModuleType) -> set[str]:
    """Formulas and laws that a module calls by name."""
    return {
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ in (formulas.__name__, laws.__name__, pace.__name__)
    }


def systems() -> list[Scenario]:
    """Random ones, and one in which people relapse on the way to a lasting recovery."""
    recovering = scenario(
        {"ward": {"length_of_stay": fixed(1)}},
        relapse={"median_days": 30.0, "shape": 2.0},
        remission=fixed(10.0),
        exits={"recovery_per_year": 2.0, "recovery_after_days": 10.0},
        arrivals={"closed_cohort": 100},
        time={"follow_up_days": 700},
    )
    return [recovering, *some_systems(COUNT)]


CALLED = sorted(set().union(*map(called_in, FLOW)) - SHARED - {"too_fast"})


@cache
def compiled(number: int) -> Any:
    return what_came(systems()[number], 7, "compiled")


def slightly_off(formula: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(formula)
    def wrong(*arguments: Any) -> Any:
        right = formula(*arguments)
        if isinstance(right, int):
            return (right + 1) % 3 if formula.__name__ in ("on_relapse", "at_discharge") else right + 1
        return right * (0.9 if formula.__name__ in COMPARED else 1 + 1e-9) if math.isfinite(right) else right

    return wrong


@pytest.mark.parametrize("name", CALLED)
def test_a_formula_that_is_slightly_off_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = formulas if hasattr(formulas, name) and name not in ("time_of", "hazard_by") else laws
    wrong = slightly_off(getattr(source, name))
    for module in FLOW:
        if name in called_in(module):
            monkeypatch.setattr(module, name, wrong)
    for number, system in enumerate(systems()):
        try:
            mutant = what_came(system, 7, "simpy")
        except (IndexError, OverflowError):
            return
        if differences(mutant, compiled(number)):
            return
    pytest.fail(f"nobody noticed that {name} is wrong")


def test_the_mutants_are_many() -> None:
    assert len(CALLED) > 30
