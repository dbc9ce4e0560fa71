"""Net monetary benefit: which strategy is best at which price of a unit of effect."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.analysis.increments import Better, paired_strategies
from sim.analysis.intervals import CONFIDENCE, row_intervals
from sim.analysis.ratio import check_confidence

NET_BENEFIT_COLUMNS = [
    *("strategy", "threshold", "net_benefit", "ci_low", "ci_high"),
    *("difference", "difference_low", "difference_high", "best", "probability_best"),
]
"""Columns of a table of net monetary benefits."""


def net_monetary_benefit(
    frame: pd.DataFrame,
    thresholds: Sequence[float],
    confidence: float = CONFIDENCE,
    baseline: str | None = None,
    effect_direction: Better = "higher",
) -> pd.DataFrame:
    """Net monetary benefit, threshold * effect - cost, of every strategy at every threshold.

    frame: strategy, replication, cost, effect; every strategy in the same replications, which share their chance.
    thresholds: what a unit of effect is worth, in the currency of the costs.
    baseline: the strategy that the others are compared with; the first of the frame if None.
    effect_direction: "lower" for effects to be avoided, such as deaths: a unit less is then worth the threshold.

    Returns NET_BENEFIT_COLUMNS, one row a strategy and threshold, by strategy in order of appearance: mean net benefit
    with its t interval; its difference from the baseline with a paired t interval (0 for the baseline itself); best,
    whether no other mean is higher; probability_best, the share of replications in which none is (ties share it
    equally). That share is about the chance of the simulation alone: the larger the simulated system, the nearer it is
    to 0 or 1. It is not the probability that a decision is right, for which parameters must be uncertain as well.
    With a single replication intervals are NaN. Stinnett and Mullahy 1998, Medical Decision Making.

    Raises ValueError as `paired_strategies` does, when there is no threshold or one is negative or not finite, when the
    frame lacks the baseline, and for a confidence outside 0 to 1.
    """
    prices = np.asarray(thresholds, dtype=float)
    if prices.ndim != 1 or len(prices) == 0:
        raise ValueError("thresholds must be a list of one or more numbers")
    if not (np.isfinite(prices) & (prices >= 0)).all():
        raise ValueError(f"thresholds must be finite and not negative, not {prices.tolist()}")
    check_confidence(confidence)
    arms = paired_strategies(frame, effect_direction)
    strategies = list(arms)
    baseline = strategies[0] if baseline is None else baseline
    if baseline not in arms:
        raise ValueError(f"the baseline must be one of {', '.join(map(str, strategies))}, not {baseline!r}")
    costs = np.stack([arm.costs for arm in arms.values()])[:, None, :]
    benefits = np.stack([arm.benefits for arm in arms.values()])[:, None, :]
    net = prices[None, :, None] * benefits - costs  # strategy, threshold, replication
    means = net.mean(axis=2)
    best = means == means.max(axis=0)
    winners = net == net.max(axis=0)
    shares = (winners / winners.sum(axis=0)).mean(axis=2)
    base = strategies.index(baseline)
    flat = (len(strategies) * len(prices), -1)
    mean, _, low, high, _ = row_intervals(net.reshape(flat), confidence)
    difference, _, difference_low, difference_high, _ = row_intervals((net - net[base]).reshape(flat), confidence)
    index = (np.repeat(np.array(strategies, dtype=object), len(prices)), np.tile(prices, len(strategies)))
    columns = (*index, mean, low, high, difference, difference_low, difference_high, best.ravel(), shares.ravel())
    return pd.DataFrame(dict(zip(NET_BENEFIT_COLUMNS, columns, strict=True)))
