"""How probable it is that each strategy is the best, and what is lost on average by choosing it, by threshold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.uncertainty.simulation_noise import check_finite, without_noise
from sim.vocabulary import Column


def acceptability(
    costs: Any, effects: Any, thresholds: Sequence[float], noise: Any = None, strategies: Sequence[str] | None = None
) -> pd.DataFrame:
    """The cost-effectiveness acceptability curves, and the frontier.

    costs, effects: rows draws, columns strategies (of frames, the columns' names are theirs); effects of which more is
    better. thresholds: what a unit of effect is worth. noise: (2 * strategies) squared, the covariance of the chance in
    each draw's costs and then effects; taken out before draws are counted.

    Returns strategy, threshold, probability_best (the share of draws in which its net benefit is the largest, equal
    ones share it equally), expected_net_benefit, on_frontier (whether its expected net benefit is the largest, for
    which the frontier shows probability_best; Fenwick, Claxton and Sculpher 2001, Health Economics 10:779), and
    expected_loss (what choosing it forgoes on average against the best of each draw; Alarid-Escudero and others 2019,
    Value in Health 22:611).
    """
    names = _names(costs, strategies)
    cost, effect = np.asarray(costs, dtype=float), np.asarray(effects, dtype=float)
    if cost.ndim != 2 or cost.shape != effect.shape or cost.shape[1] != len(names):
        raise ValueError(f"costs and effects must both be draws by strategies, not {cost.shape} and {effect.shape}")
    check_finite(cost, "costs")
    check_finite(effect, "effects")
    rows = []
    for threshold in thresholds:
        net = threshold * effect - cost
        shown = net if noise is None else _freed(net, threshold, np.asarray(noise, dtype=float))
        best = shown == shown.max(axis=1, keepdims=True)
        shares = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
        means = net.mean(axis=0)
        losses = shown.max(axis=1).mean() - shown.mean(axis=0)
        for j, name in enumerate(names):
            rows.append((name, threshold, shares[j], means[j], bool(means[j] == means.max()), losses[j]))
    columns = ["strategy", "threshold", "probability_best", "expected_net_benefit", "on_frontier", "expected_loss"]
    return pd.DataFrame(rows, columns=columns)


def _names(costs: Any, strategies: Sequence[str] | None) -> list[str]:
    if strategies is not None:
        return list(strategies)
    if isinstance(costs, pd.DataFrame):
        return [str(name) for name in costs.columns]
    return [f"strategy {j + 1}" for j in range(np.shape(costs)[-1])]


def _freed(net: Column, threshold: float, noise: Column) -> Column:
    """Net benefits of draws without the simulation's chance, told against the first strategy."""
    count = net.shape[1]
    to_net = np.hstack([-np.eye(count), threshold * np.eye(count)])
    apart = np.hstack([-np.ones((count - 1, 1)), np.eye(count - 1)]) @ to_net
    parts = without_noise(net[:, 1:] - net[:, :1], apart @ noise @ apart.T)
    return np.hstack([np.zeros((len(net), 1)), parts.mean + parts.signal])
