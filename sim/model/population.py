"""Who the patients are: attribute values and the hidden frailty, for all patients of a replication at once."""

import math
from itertools import accumulate, pairwise
from statistics import NormalDist

import numpy as np

from sim.model.draws import Draws
from sim.model.formulas import frailty_ratio
from sim.model.plan import Plan
from sim.scenario.laws import SMALLEST_UNIFORM
from sim.vocabulary import Column


def former_patients(plan: Plan, first: int) -> list[slice]:
    """Which patients are the former ones of each kind in the plan; they are numbered from the first."""
    ends = [*accumulate((former.people for former in plan.known), initial=first)]
    return [slice(start, end) for start, end in pairwise(ends)]


def attribute_values(plan: Plan, draws: Draws, known: list[slice], patients: int) -> list[tuple[int, ...]]:
    """Each patient's attribute values, as codes in the scenario's order of attributes and values.

    known: which patients are the former ones of each kind in the plan, whose mix is their own.
    """
    codes = attribute_codes(plan, draws, known)
    if not codes:
        return [()] * patients
    return list(zip(*(column.tolist() for column in codes), strict=True))


def attribute_codes(plan: Plan, draws: Draws, known: list[slice]) -> list[Column]:
    """The same, by attribute: the codes of all patients."""
    codes = []
    for attribute, (name, uptos) in enumerate(zip(plan.names.attributes, plan.uptos, strict=True)):
        drawn = draws.of(f"attribute:{name}").uniforms()
        mine = _values(uptos, drawn)
        for there, former in zip(known, plan.known, strict=True):
            mine[there] = _values(former.uptos[attribute], drawn[there])
        codes.append(mine)
    return codes


def _values(uptos: tuple[float, ...], drawn: Column) -> Column:
    return np.minimum(np.searchsorted(uptos, drawn, side="right"), len(uptos) - 1)


def ages(plan: Plan, draws: Draws, values: list[tuple[int, ...]]) -> list[float]:
    """How old each patient is when they first ask, in years, or on day 0; NaN where people have no ages."""
    if not plan.ages:
        return [math.nan] * len(values)
    attribute = plan.names.attributes.index("age")
    bands = np.array(plan.ages)[[mine[attribute] for mine in values]].reshape(-1, 2)
    each: list[float] = ages_in(bands, draws).tolist()
    return each


def ages_in(bands: Column, draws: Draws) -> Column:
    """Ages of all patients. bands: by patient, the youngest and the oldest."""
    youngest, oldest = bands.T
    ages: Column = youngest + (oldest - youngest) * draws.of("age").uniforms()
    return ages


def frailty_values(plan: Plan, draws: Draws, known: list[slice], patients: int) -> list[float]:
    """Each patient's frailty Z ~ N(0, 1), around their mean of former ones; 0 for everybody without frailty."""
    if plan.frailty[0] == 0:
        return [0.0] * patients
    values = _normal(draws, "frailty")
    for there, former in zip(known, plan.known, strict=True):
        values[there] = [former.frailty + z for z in values[there]]
    return values


def recovery_ratios(plan: Plan, draws: Draws, patients: int) -> list[float]:
    """Each patient's hazard ratio of remission and of return to care, by a second frailty."""
    if plan.recovery_sd == 0:
        return [1.0] * patients
    return [frailty_ratio(plan.recovery_sd, z) for z in _normal(draws, "recovery")]


def _normal(draws: Draws, decision: str) -> list[float]:
    quantile = NormalDist().inv_cdf  # In C, and in every bit that of `laws`.
    return [quantile(max(u, SMALLEST_UNIFORM)) for u in draws.of(decision).uniforms().tolist()]


def frailty_ratios(plan: Plan, frailties: list[float]) -> list[tuple[float, float, float]]:
    """Hazard ratios of drop-out and relapse, and odds ratio of return."""
    _, dropout, relapse, back = plan.frailty
    return [(frailty_ratio(dropout, z), frailty_ratio(relapse, z), frailty_ratio(back, z)) for z in frailties]
