"""Who the patients are: attribute values and the hidden frailty, for all patients of a replication at once."""

import numpy as np

from sim.model.draws import Draws
from sim.model.formulas import frailty_ratio
from sim.model.plan import Plan
from sim.scenario.laws import SMALLEST_UNIFORM, normal_quantile


def attribute_values(plan: Plan, draws: Draws, patients: int) -> list[tuple[int, ...]]:
    """Each patient's attribute values, as codes in the scenario's order of attributes and values."""
    codes = [
        np.minimum(np.searchsorted(uptos, draws.of(f"attribute:{name}").uniforms(), side="right"), len(uptos) - 1)
        for name, uptos in zip(plan.names.attributes, plan.uptos, strict=True)
    ]
    if not codes:
        return [()] * patients
    return list(zip(*(column.tolist() for column in codes), strict=True))


def frailty_values(plan: Plan, draws: Draws, patients: int) -> list[float]:
    """Each patient's frailty Z ~ N(0, 1); 0 for everybody when the scenario has no frailty."""
    return _normal(draws, "frailty", patients) if plan.frailty[0] else [0.0] * patients


def recovery_ratios(plan: Plan, draws: Draws, patients: int) -> list[float]:
    """Each patient's hazard ratio of remission and of return to care, by a second frailty."""
    if plan.recovery_sd == 0:
        return [1.0] * patients
    return [frailty_ratio(plan.recovery_sd, z) for z in _normal(draws, "recovery", patients)]


def _normal(draws: Draws, decision: str, patients: int) -> list[float]:
    return [normal_quantile(max(u, SMALLEST_UNIFORM)) for u in draws.of(decision).uniforms()]


def frailty_ratios(plan: Plan, frailties: list[float]) -> list[tuple[float, float, float]]:
    """Hazard ratios of drop-out and relapse, and odds ratio of return."""
    _, dropout, relapse, back = plan.frailty
    return [(frailty_ratio(dropout, z), frailty_ratio(relapse, z), frailty_ratio(back, z)) for z in frailties]
