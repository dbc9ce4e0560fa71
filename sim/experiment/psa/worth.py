"""Cost and effect over draws: the efficient frontier of their means, and net benefit, with both intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.cost_effectiveness import cost_effectiveness_table
from sim.analysis.increments import dominating
from sim.analysis.uncertainty import acceptability, noise_by_block
from sim.experiment.psa.result import PsaResult
from sim.outcomes.effects import View, effect_of
from sim.outcomes.payers import Perspective
from sim.vocabulary import Column

OPEN = "chance in the simulation leaves open whether it gains or loses on average over draws"
"""Why there is no ratio."""


def _ends(name: str) -> list[str]:
    return [f"{name}_{end}" for end in ("inputs_low", "inputs_high", "low", "high")]


FRONTIER_COLUMNS = [
    *("strategy", "cost", "effect"),
    *("incremental_cost", *_ends("incremental_cost"), "incremental_effect", *_ends("incremental_effect")),
    *("icer", "icer_low", "icer_high", "status", "note"),
]
"""Columns of `frontier_of_draws`."""
NET_BENEFIT_OF_DRAWS = [
    *("threshold", "strategy", "difference", *_ends("difference")),
    *("best", "probability_best", "probability_low", "probability_high"),
]
"""Columns of `net_benefit_of_draws`."""


def frontier_of_draws(psa: PsaResult, effect: str, perspective: Perspective, view: View) -> pd.DataFrame:
    """The efficient frontier of what draws come to on average: FRONTIER_COLUMNS, in order of cost.

    Which scenario is worth its cost hangs on expected costs and effects alone, so status and ICER are of the means; how
    sure that is, tells the chance of being the best. Increments are against the one before it on the frontier, with
    the middle 95 % of draws, freed of chance (inputs_low, inputs_high), and where chance leaves their mean (low, high).
    icer: the ratio of mean increments, which has no interval, since over draws the increment of effect may pass 0;
    missing where chance leaves the sign of that open. note: why, or what dominates. Raises ValueError for costs and
    effects that were not kept, or are undefined in some draw (`PsaResult.why_not_weighed`).
    """
    cost, gained = psa.cost_and_effect(effect, perspective, view)
    of_each = dict(
        zip(psa.scenarios, zip(np.moveaxis(cost, 2, 0), np.moveaxis(gained, 2, 0), strict=True), strict=True)
    )
    means = [{label: float(each[at].mean()) for label, each in of_each.items()} for at in (0, 1)]
    ranked = cost_effectiveness_table(*means).to_dict("records")
    rows = [{"note": "", **row, **_increment(psa, row, ranked, of_each)} for row in ranked]
    table = pd.DataFrame(rows, columns=FRONTIER_COLUMNS)
    if effect_of(effect, psa.scenario(psa.scenarios[0])).direction == "lower":
        table["effect"] = 0.0 - table["effect"]
    return table


def _increment(
    psa: PsaResult,
    row: Mapping[Any, Any],
    ranked: Sequence[Mapping[Any, Any]],
    of_each: Mapping[str, tuple[Column, Column]],
) -> dict[str, object]:
    """What a strategy costs and gains more than the one before it on the frontier; or what dominates it."""
    if row["status"] != "ND":
        names = dominating(row, ranked)
        by = (
            f"dominated by {names[0]}" if len(names) == 1 else f"extendedly dominated by a mix of {' and '.join(names)}"
        )
        return {"note": f"{by} on average over draws"}
    before = [each["strategy"] for each in ranked if each["status"] == "ND" and each["cost"] < row["cost"]]
    if not before:
        return {}
    increments: dict[str, object] = {}
    for at, name in enumerate(("incremental_cost", "incremental_effect")):
        over = psa.spread(of_each[row["strategy"]][at] - of_each[before[-1]][at])
        if over is not None:
            increments |= dict(zip((name, *_ends(name)), over[:5], strict=True))
            if at and over.simulation_low <= 0 <= over.simulation_high:
                increments |= {"icer": np.nan, "note": OPEN}
    return increments


def net_benefit_of_draws(
    psa: PsaResult, thresholds: Sequence[float], effect: str, perspective: Perspective, view: View
) -> pd.DataFrame:
    """Net monetary benefit against the baseline at these worths of a unit: NET_BENEFIT_OF_DRAWS.

    difference: its mean over draws, with intervals as of `frontier_of_draws`; best: whether none has more on average;
    probability_best as of `sim.analysis.uncertainty.acceptability`.
    """
    cost, gained = psa.cost_and_effect(effect, perspective, view)
    noise = noise_by_block(np.concatenate([cost, gained], axis=2), psa.price_draws)
    chances = acceptability(cost.mean(axis=1), gained.mean(axis=1), thresholds, noise, psa.scenarios, psa.price_draws)
    keys = ["probability_best", "probability_low", "probability_high"]
    chance = chances.set_index(["threshold", "strategy"])[keys].to_dict("index")
    rows: list[tuple[Any, ...]] = []
    for threshold in thresholds:
        benefit = threshold * gained - cost
        means = benefit.mean(axis=(0, 1))
        for j, label in enumerate(psa.scenarios):
            over = psa.spread(benefit[:, :, j] - benefit[:, :, 0]) if j else None
            apart = (0.0, *[np.nan] * 4) if over is None else over[:5]
            of_it = chance[threshold, label]
            rows.append((threshold, label, *apart, bool(means[j] == means.max()), *(of_it[key] for key in keys)))
    return pd.DataFrame(rows, columns=NET_BENEFIT_OF_DRAWS)
