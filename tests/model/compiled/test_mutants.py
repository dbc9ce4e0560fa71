"""The gate sees a formula that is not what it was: every one that the flow of control calls, wrong by very little."""

import inspect
import math
from collections.abc import Callable
from functools import cache, wraps
from types import CodeType, ModuleType
from typing import Any

import pytest
from model.compiled.gate import differences, some_systems, what_came
from support import fixed, scenario

from sim.model import course, desk, emergencies, formulas, pace, pathway, plan, population, setbacks
from sim.model.engine import plan_of
from sim.scenario import Scenario, laws

MODULES = (course, desk, emergencies, formulas, laws, pathway, plan, population, setbacks)
SHARED = {"death_rate", "odds", "rate_at", "setback_ratio", "ratio_of"}
"""Of the plan, from which both engines start."""
COMPARED = {"probability", "risk_at_discharge"}
"""Chances, of which only whether they are above what is drawn is ever seen."""
COUNT = 120


def called_in(module: ModuleType) -> set[str]:
    """Formulas and laws that functions of a module call by name."""
    return {
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ in (formulas.__name__, laws.__name__, pace.__name__)
        if any(name in code.co_names for code in _codes(module))
    }


def _codes(module: ModuleType) -> list[CodeType]:
    """Of all functions and methods of a module, with what lies within them."""
    rest = [compile(inspect.getsource(module), module.__name__, "exec")]
    found = []
    while rest:
        inner = [each for each in rest.pop().co_consts if isinstance(each, CodeType)]
        found += inner
        rest += inner
    return found


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


CALLED = [
    (module, name)
    for module in MODULES
    for name in sorted(called_in(module) - {"too_fast"} - (SHARED if module is plan else set()))
]


@cache
def compiled(number: int) -> Any:
    return what_came(systems()[number], 7, "compiled")


def lowered_anew(system: Scenario) -> Any:
    """What the SimPy engine makes of it, from a plan that nobody else gets; None where it stumbles."""
    plan_of.cache_clear()
    try:
        return what_came(system, 7, "simpy")
    except (IndexError, OverflowError):
        return None
    finally:
        plan_of.cache_clear()


def slightly_off(formula: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(formula)
    def wrong(*arguments: Any) -> Any:
        right = formula(*arguments)
        if isinstance(right, int):
            return (right + 1) % 3 if formula.__name__ in ("on_relapse", "at_discharge") else right + 1
        return right * (0.9 if formula.__name__ in COMPARED else 1 + 1e-9) if math.isfinite(right) else right

    return wrong


@pytest.mark.parametrize(
    ("module", "name"), CALLED, ids=[f"{module.__name__.rpartition('.')[2]}-{name}" for module, name in CALLED]
)
def test_a_formula_that_is_slightly_off_is_found(
    module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one module calls it."""
    wrong = slightly_off(getattr(module, name))
    for number, system in enumerate(systems()):
        right = compiled(number)
        with monkeypatch.context() as patch:
            patch.setattr(module, name, wrong)
            mutant = lowered_anew(system)
        if differences(mutant, right):
            return
    pytest.fail(f"nobody noticed that {name} is wrong in {module.__name__}")


def test_the_mutants_are_many() -> None:
    assert len(CALLED) > 40
