"""The efficient frontier of simulated strategies, with the error of every increment along it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from sim.analysis.cost_effectiveness import cost_effectiveness_table
from sim.analysis.intervals import CONFIDENCE, mean_interval
from sim.analysis.ratio import RatioInterval, bootstrap_ratio_interval, check_confidence, fieller_interval
from sim.vocabulary import Column

Better = Literal["higher", "lower"]
"""Whether more of the effect is better (QALYs) or worse (deaths)."""

Method = Literal["fieller", "bootstrap"]

METHODS: dict[Method, Callable[[Column, Column, float], RatioInterval]] = {
    "fieller": fieller_interval,
    "bootstrap": bootstrap_ratio_interval,
}

FRAME_COLUMNS = ("strategy", "replication", "cost", "effect")
"""Columns that a frame of outcomes must have."""

INCREMENT_COLUMNS = [
    *("strategy", "cost", "effect"),
    *("incremental_cost", "incremental_cost_low", "incremental_cost_high"),
    *("incremental_effect", "incremental_effect_low", "incremental_effect_high"),
    *("icer", "icer_low", "icer_high", "status", "note"),
]
"""Columns of a table of increments."""


@dataclass(frozen=True)
class Strategy:
    """Cost and benefit of one strategy, one number a replication, in the order of replications.

    benefits: the effect, turned round where less of it is better.
    """

    costs: Column
    benefits: Column


def incremental_table(
    frame: pd.DataFrame, effect_direction: Better = "higher", method: Method = "fieller", confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """`cost_effectiveness_table` of the means over replications, with paired intervals of the increments.

    frame: strategy, replication, cost, effect; every strategy in the same replications, which share their chance.
    effect_direction: "lower" for effects to be avoided, such as deaths. Increments of effect then count what is
    avoided, so that an ICER is always cost per unit of benefit, while `effect` stays as it is.
    method: "fieller" or "bootstrap" (see `sim.analysis.ratio`), for the ICERs.

    Returns INCREMENT_COLUMNS, one row a strategy, in order of cost. From the second strategy on the frontier on: paired
    t intervals of cost and effect against the strategy before it, and the ICER with its interval. Where even the sign
    of the difference in effect is uncertain, icer is NaN although the means have a ratio, and `note` says why. For the
    dominated, `note` names what dominates them, and says where that may be chance: where a paired interval of more cost
    or of less effect, or for extended dominance of the loss at the price of the mix, does not leave 0 out. Everywhere
    else it is empty. Status, and so who is compared with whom, comes from the means alone.

    Raises ValueError as `paired_strategies` does, for another method, and for a confidence outside 0 to 1.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    check_confidence(confidence)
    arms = paired_strategies(frame, effect_direction)
    table = cost_effectiveness_table(
        {strategy: float(np.mean(each.costs)) for strategy, each in arms.items()},
        {strategy: float(np.mean(each.benefits)) for strategy, each in arms.items()},
    )
    ranked = table.to_dict("records")
    rows = []
    for row in ranked:
        if row["status"] == "ND":
            base = _before(row, ranked)
            details = {} if base is None else _increment(arms[base], arms[row["strategy"]], method, confidence)
        else:
            details = {"note": _dominance(row, ranked, arms, confidence)}
        rows.append({"note": ""} | row | details)
    result = pd.DataFrame(rows, columns=INCREMENT_COLUMNS)
    if effect_direction == "lower":
        result["effect"] = 0.0 - result["effect"]  # Zero stays a positive zero.
    return result


def paired_strategies(frame: pd.DataFrame, effect_direction: Better = "higher") -> dict[str, Strategy]:
    """Name -> strategy, in order of appearance and replications in the same order for all.

    frame: strategy, replication, cost, effect, in any order of rows.

    Raises ValueError when a column is missing, the frame is empty, a strategy has a replication twice, strategies have
    different replications, a number is NaN or infinite, or effect_direction is neither "higher" nor "lower".
    """
    if effect_direction not in get_args(Better):
        raise ValueError(f"effect_direction must be higher or lower, not {effect_direction!r}")
    missing = [name for name in FRAME_COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"the frame must have columns {', '.join(FRAME_COLUMNS)}; it lacks {', '.join(missing)}")
    if frame.empty:
        raise ValueError("there must be at least one strategy, not none")
    sign = 1.0 if effect_direction == "higher" else -1.0
    numbers, names = pd.factorize(frame["strategy"])
    replications, *values = (frame[name].to_numpy() for name in FRAME_COLUMNS[1:])
    in_order = np.lexsort((replications, numbers))
    arms: dict[str, Strategy] = {}
    first, expected = "", replications[:0]
    for strategy, rows in zip(names, np.split(in_order, np.cumsum(np.bincount(numbers))[:-1]), strict=True):
        own = replications[rows]
        if len(twice := own[1:][own[1:] == own[:-1]]):
            raise ValueError(f"{strategy!r} has replication {twice[0]} more than once")
        if not arms:
            first, expected = strategy, own
        elif not np.array_equal(own, expected):
            different = ", ".join(str(each) for each in np.setxor1d(own, expected)[:5])
            raise ValueError(
                f"strategies must have the same replications: only one of {first!r} and {strategy!r} has {different}"
            )
        costs, effects = (each[rows].astype(float) for each in values)
        for name, each in (("cost", costs), ("effect", effects)):
            if not np.isfinite(each).all():
                wrong = np.flatnonzero(~np.isfinite(each))[0]
                place = f"{strategy!r} in replication {own[wrong]}"
                raise ValueError(f"the {name} of {place} must be a finite number, not {each[wrong]}")
        arms[strategy] = Strategy(costs, sign * effects)
    return arms


Ranked = dict[Any, Any]
"""Of a cost-effectiveness table, whose rows are in order of cost."""


def _before(row: Ranked, table: Sequence[Ranked]) -> str | None:
    """The strategy before it on the frontier; None for the first, and for those equal to the first."""
    cheaper = [each["strategy"] for each in _frontier(table) if each["cost"] < row["cost"]]
    return cheaper[-1] if cheaper else None


def _frontier(table: Sequence[Mapping[Any, Any]], status: str = "ND") -> list[Mapping[Any, Any]]:
    return [each for each in table if each["status"] == status]


def _increment(base: Strategy, strategy: Strategy, method: Method, confidence: float) -> dict[str, object]:
    more_cost, more_benefit = strategy.costs - base.costs, strategy.benefits - base.benefits
    ratio = METHODS[method](more_cost, more_benefit, confidence)
    # Means of differences, not differences of means: rounding must not push them out of their own intervals.
    cost, _, cost_low, cost_high = mean_interval(more_cost, confidence)
    benefit, _, benefit_low, benefit_high = mean_interval(more_benefit, confidence)
    return {
        "incremental_cost": cost,
        "incremental_cost_low": cost_low,
        "incremental_cost_high": cost_high,
        "incremental_effect": benefit,
        "incremental_effect_low": benefit_low,
        "incremental_effect_high": benefit_high,
        "icer": ratio.ratio,
        "icer_low": ratio.low,
        "icer_high": ratio.high,
        "note": ratio.reason,
    }


def dominating(row: Mapping[Any, Any], table: Sequence[Mapping[Any, Any]]) -> list[str]:
    """What dominates a strategy, one on the frontier if possible; of what is extendedly dominated the two whose mix
    does. table: of `cost_effectiveness_table`, of which it is a row."""
    frontier = _frontier(table)
    if row["status"] == "ED":
        below = [each["strategy"] for each in frontier if each["cost"] < row["cost"]][-1]
        return [below, next(each["strategy"] for each in frontier if each["effect"] > row["effect"])]
    # Some are dominated only by what is itself extendedly dominated.
    of_all = (*frontier, *_frontier(table, "ED"))
    return [next(e["strategy"] for e in of_all if e["cost"] <= row["cost"] and e["effect"] >= row["effect"])]


def _dominance(row: Ranked, table: Sequence[Ranked], arms: dict[str, Strategy], confidence: float) -> str:
    """What dominates a strategy, one on the frontier if possible, and whether that may be chance."""
    names, dominated = dominating(row, table), arms[row["strategy"]]
    if row["status"] == "ED":
        below, above = names
        first, second = arms[below], arms[above]
        # At the price of the step that bridges it, what it gains over the cheaper one is worth less than it costs.
        price = float(np.mean(second.costs - first.costs) / np.mean(second.benefits - first.benefits))
        loss = (dominated.costs - first.costs) - price * (dominated.benefits - first.benefits)
        # The price has an error of its own, which the same replications made (delta method).
        weight = np.mean(dominated.benefits - first.benefits) / np.mean(second.benefits - first.benefits)
        loss = loss - weight * ((second.costs - first.costs) - price * (second.benefits - first.benefits))
        words, certain = f"extendedly dominated by a mix of {below} and {above}", _above_zero(loss, confidence)
    else:
        better = arms[names[0]]
        dearer, worse = dominated.costs - better.costs, better.benefits - dominated.benefits
        words = f"dominated by {names[0]}"
        certain = all(_above_zero(each, confidence) or not each.any() for each in (dearer, worse))
    return words if certain else f"{words} on the means, which may be chance"


def _above_zero(values: Column, confidence: float) -> bool:
    return bool(mean_interval(values, confidence)[2] > 0)
