"""Which strategies are worth their cost: incremental cost-effectiveness with dominance."""

from collections.abc import Mapping

import pandas as pd


def cost_effectiveness_table(costs: Mapping[str, float], effects: Mapping[str, float]) -> pd.DataFrame:
    """Incremental cost-effectiveness ratios along the efficient frontier.

    costs, effects: strategy -> number, a higher effect being better. Returns one row a strategy in order of cost (ties
    by effect): strategy, cost, effect, incremental_cost, incremental_effect, icer, status. Status is ND (on the
    frontier), D (dominated: another is no dearer and no less effective, and better in one) or ED (extendedly
    dominated: a mix of two others is). Increments and ICER compare with the strategy before it on the frontier; they
    are NaN for the first and for the dominated. Method: Fenwick, Claxton and Sculpher 2001; the order of steps as in
    Drummond et al. 2015, chapter 4.

    Raises ValueError unless both mappings name the same strategies.
    """
    if set(costs) != set(effects):
        raise ValueError(f"costs and effects must name the same strategies, not {sorted(costs)} and {sorted(effects)}")
    ordered = sorted(costs, key=lambda s: (costs[s], effects[s]))
    status = dict.fromkeys(ordered, "ND")
    for strategy in ordered:
        for other in ordered:
            no_worse = costs[other] <= costs[strategy] and effects[other] >= effects[strategy]
            if no_worse and (costs[other], effects[other]) != (costs[strategy], effects[strategy]):
                status[strategy] = "D"
    frontier = [s for s in ordered if status[s] == "ND"]
    k = 1
    while k < len(frontier) - 1:
        before, here, after = frontier[k - 1 : k + 2]
        if _ratio(costs, effects, before, here) >= _ratio(costs, effects, here, after):
            status[here] = "ED"
            frontier.remove(here)
            # The one before may be extendedly dominated now that this one is gone.
            k = max(k - 1, 1)
        else:
            k += 1
    previous = dict(zip(frontier[1:], frontier, strict=False))
    rows = []
    for strategy in ordered:
        base = previous.get(strategy)
        cost = costs[strategy] - costs[base] if base is not None else float("nan")
        effect = effects[strategy] - effects[base] if base is not None else float("nan")
        icer = _ratio(costs, effects, base, strategy) if base is not None else float("nan")
        rows.append((strategy, costs[strategy], effects[strategy], cost, effect, icer, status[strategy]))
    columns = ["strategy", "cost", "effect", "incremental_cost", "incremental_effect", "icer", "status"]
    return pd.DataFrame(rows, columns=columns)


def _ratio(costs: Mapping[str, float], effects: Mapping[str, float], a: str, b: str) -> float:
    """Cost of one more unit of effect, going from a to b; two equal strategies cost nothing more."""
    cost, effect = costs[b] - costs[a], effects[b] - effects[a]
    if effect == 0:
        return 0.0 if cost == 0 else float("inf")
    return cost / effect
