"""Which strategies are worth their cost: incremental cost-effectiveness with dominance."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

COLUMNS = ["strategy", "cost", "effect", "incremental_cost", "incremental_effect", "icer", "status"]
"""Columns of a cost-effectiveness table."""


def cost_effectiveness_table(costs: Mapping[str, float], effects: Mapping[str, float]) -> pd.DataFrame:
    """Incremental cost-effectiveness ratios along the efficient frontier.

    costs, effects: strategy -> number, a higher effect being better. Returns one row a strategy in order of cost (ties
    by effect, equal strategies by name): strategy, cost, effect, incremental_cost, incremental_effect, icer, status.
    Status is ND (on the frontier), D (dominated: another is no dearer and no less effective, and better in one) or ED
    (extendedly dominated: so is a mix of two others). Increments and ICER compare with the strategy before it on the
    frontier; they are NaN for the first and for the dominated. Equal strategies have the same status and increments; a
    strategy that is exactly as good as a mix of two others stays on the frontier, so that ICERs rise or stay. Method:
    Fenwick, Claxton and Sculpher 2001; the order of steps as in Drummond et al. 2015, chapter 4.

    Raises ValueError unless both mappings name the same strategies, at least one, and all numbers are finite.
    """
    if set(costs) != set(effects):
        raise ValueError(f"costs and effects must name the same strategies, not {sorted(costs)} and {sorted(effects)}")
    if not costs:
        raise ValueError("there must be at least one strategy, not none")
    points = {strategy: Point(float(costs[strategy]), float(effects[strategy])) for strategy in costs}
    for strategy, point in points.items():
        for name, number in zip(Point._fields, point, strict=True):
            if not math.isfinite(number):
                raise ValueError(f"the {name} of {strategy!r} must be a finite number, not {number}")
    frontier, extended = _frontier(set(points.values()))
    before = dict(zip(frontier[1:], frontier, strict=False))
    rows = []
    for strategy in sorted(points, key=lambda strategy: (points[strategy], strategy)):
        arm = points[strategy]
        base = before.get(arm, NOWHERE)
        status = "ND" if arm in frontier else "ED" if arm in extended else "D"
        increment = (arm.cost - base.cost, arm.effect - base.effect, _ratio(base, arm))
        rows.append((strategy, arm.cost, arm.effect, *increment, status))
    return pd.DataFrame(rows, columns=COLUMNS)


class Point(NamedTuple):
    """A place on the cost-effectiveness plane; equal strategies share one."""

    cost: float
    effect: float


NOWHERE = Point(math.nan, math.nan)


def _frontier(points: set[Point]) -> tuple[list[Point], set[Point]]:
    """The points that no other and no mix of two others dominates, in order of cost, and those that only a mix does."""
    frontier: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost, -p.effect)):
        if not frontier or point.effect > frontier[-1].effect:
            frontier.append(point)
    extended: set[Point] = set()
    k = 1
    while k < len(frontier) - 1:
        # Where both are equal, the mix is no better than the point itself.
        if _ratio(frontier[k - 1], frontier[k]) > _ratio(frontier[k], frontier[k + 1]):
            extended.add(frontier.pop(k))
            # The one before may be extendedly dominated now that this one is gone.
            k = max(k - 1, 1)
        else:
            k += 1
    return frontier, extended


def _ratio(a: Point, b: Point) -> float:
    """Cost of one more unit of effect, going from a to b."""
    return (b.cost - a.cost) / (b.effect - a.effect)
