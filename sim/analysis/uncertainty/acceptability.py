"""How probable it is that each strategy is the best, and what is lost on average by choosing it, by threshold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.uncertainty.simulation_noise import NORMAL, block_means, check_finite, shrinkage, without_noise
from sim.vocabulary import Column

RESAMPLES = 100
"""Bootstrap samples behind the standard errors of a threshold."""

ROUNDING = 1e-9
"""Of shares: what is below it is no error."""

AT_ONCE = 200_000
"""Numbers of such samples that are held at once."""


def acceptability(
    costs: Any,
    effects: Any,
    thresholds: Sequence[float],
    noise: Any = None,
    strategies: Sequence[str] | None = None,
    block: int = 1,
) -> pd.DataFrame:
    """The cost-effectiveness acceptability curves, and the frontier.

    costs, effects: rows draws, columns strategies (of frames, the columns' names are theirs); effects of which more is
    better. thresholds: what a unit of effect is worth. noise: (2 * strategies) squared, the covariance of the chance in
    each draw's costs and then effects; taken out before draws are counted. block: so many draws that follow one another
    share a simulation.

    Returns strategy, threshold, probability_best (the share of draws in which its net benefit is the largest, equal
    ones share it equally), expected_net_benefit, on_frontier (whether its expected net benefit is the largest, for
    which the frontier shows probability_best; Fenwick, Claxton and Sculpher 2001, Health Economics 10:779), and
    expected_loss (what choosing it forgoes on average against the best of each draw; Alarid-Escudero and others 2019,
    Value in Health 22:611).

    Each has a standard error, probability_error, net_benefit_error and loss_error, for draws that are independent:
    those of shares and losses by a bootstrap of blocks, of each of which noise is taken out anew, since how far values
    are shrunk, and towards what, is known by the same draws; it counts `noise` itself as known. probability_low and
    probability_high hold 95 % for a share (Wilson 1927), of as many independent draws as the error tells; where shares
    of samples do not differ, of all of them.
    """
    names = _names(costs, strategies)
    cost, effect = np.asarray(costs, dtype=float), np.asarray(effects, dtype=float)
    if cost.ndim != 2 or cost.shape != effect.shape or cost.shape[1] != len(names):
        raise ValueError(f"costs and effects must both be draws by strategies, not {cost.shape} and {effect.shape}")
    check_finite(cost, "costs")
    check_finite(effect, "effects")
    if block < 1 or len(cost) % block:
        raise ValueError(f"{len(cost)} draws are no whole number of blocks of {block}")
    full = np.zeros((2 * len(names),) * 2) if noise is None else np.asarray(noise, dtype=float)
    blocks = len(cost) // block
    picked = np.random.default_rng(0).integers(blocks, size=(RESAMPLES, blocks))
    weights = np.stack([np.bincount(each, minlength=blocks) for each in picked]) / blocks
    parts = [_at(threshold, cost, effect, full, weights, block) for threshold in thresholds]
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "strategy", names * len(parts))
    return table


def _at(threshold: float, cost: Column, effect: Column, noise: Column, weights: Column, block: int) -> pd.DataFrame:
    """What is told of one threshold, a row a strategy."""
    net = threshold * effect - cost
    count = net.shape[1]
    to_net = np.hstack([-np.eye(count), threshold * np.eye(count)])
    chance = to_net @ noise @ to_net.T
    shown = _freed(net, chance) if noise.any() else net
    shares, means = _best(shown).mean(axis=0), net.mean(axis=0)
    of_samples, losses_of_samples = _of_samples(net, chance, weights, block)
    lows, highs = _wilson(shares, of_samples, len(net) // block)
    columns = {
        "probability_best": shares,
        "probability_error": of_samples.std(axis=0, ddof=1),
        "probability_low": lows,
        "probability_high": highs,
        "expected_net_benefit": means,
        "net_benefit_error": _error_of_mean(block_means(net, block)),
        "on_frontier": means == means.max(),
        "expected_loss": shown.max(axis=1).mean() - shown.mean(axis=0),
        "loss_error": losses_of_samples.std(axis=0, ddof=1),
    }
    return pd.DataFrame({"threshold": threshold, **columns})


def _names(costs: Any, strategies: Sequence[str] | None) -> list[str]:
    if strategies is not None:
        return list(strategies)
    if isinstance(costs, pd.DataFrame):
        return [str(name) for name in costs.columns]
    return [f"strategy {j + 1}" for j in range(np.shape(costs)[-1])]


def _freed(net: Column, chance: Column) -> Column:
    """Net benefits of draws without the simulation's chance, told against the first strategy."""
    parts = without_noise(net[:, 1:] - net[:, :1], _apart(chance))
    return np.hstack([np.zeros((len(net), 1)), parts.mean + parts.signal])


def _apart(chance: Column) -> Column:
    """The covariance of the others' chance, told against the first."""
    return np.asarray(chance[1:, 1:] - chance[1:, :1] - chance[:1, 1:] + chance[0, 0])


def _best(net: Column) -> Column:
    """1 for the strategy of the largest net benefit of each draw, (..., strategies); equal ones share it."""
    best = net == net.max(axis=-1, keepdims=True)
    return np.asarray(best / best.sum(axis=-1, keepdims=True))


def _of_samples(net: Column, chance: Column, weights: Column, block: int) -> tuple[Column, Column]:
    """The shares in which each is best, and its expected losses, (samples, strategies). weights: of blocks, in
    samples."""
    of_draws = np.repeat(weights, block, axis=1) / block
    apart = net[:, 1:] - net[:, :1]
    centre = apart.mean(axis=0)
    apart = apart - centre
    shares, losses = [], []
    for some in np.array_split(of_draws, -(-of_draws.size * net.shape[1] // AT_ONCE)):
        means = some @ apart
        products = np.einsum("sn,ni,nj->sij", some, apart, apart, optimize=True) - means[:, :, None] * means[:, None, :]
        # Strategies first: to reduce over a last dimension of two takes ten times as long.
        values = np.zeros((net.shape[1], *some.shape))
        values[1:] = (apart + centre).T[:, None, :]
        if chance.any():
            signal, _ = shrinkage(products, _apart(chance))
            moved = apart.T[:, None, :] - means.T[:, :, None]
            values[1:] = np.einsum("isn,sij->jsn", moved, signal) + (centre + means).T[:, :, None]
        top = values.max(axis=0)
        best = values == top
        shares.append(np.einsum("sn,jsn->sj", some / best.sum(axis=0), best.astype(float)))
        losses.append(np.einsum("sn,jsn->sj", some, top - values))
    return np.concatenate(shares), np.concatenate(losses)


def _error_of_mean(values: Column) -> Column:
    """Of independent rows; NaN of a single one."""
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1], np.nan)
    return np.asarray(spread / np.sqrt(len(values)))


def _wilson(shares: Column, of_samples: Column, blocks: int) -> tuple[Column, Column]:
    """Ends of the intervals of shares that are known as well as those of bootstrap samples.

    How many draws that is, is told by the samples' mean: where all draws agree, as they do once much chance is taken
    out of them, those of samples need not.
    """
    errors, means = of_samples.std(axis=0, ddof=1), of_samples.mean(axis=0)
    spread, of_means = shares * (1 - shares), means * (1 - means)
    known = (errors > ROUNDING) & (of_means > 0)
    counts = np.where(known, of_means / np.where(known, errors, 1.0) ** 2, blocks)
    square = NORMAL**2 / counts
    middle = (shares + square / 2) / (1 + square)
    half = np.sqrt(square * (spread + square / 4)) / (1 + square)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
