"""How probable it is that each strategy is the best, and what is lost on average by choosing it, by threshold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.uncertainty.resampling import AT_ONCE, loss_interval, sample_counts, share_interval
from sim.analysis.uncertainty.simulation_noise import block_means, check_finite, shrinkage, without_noise
from sim.vocabulary import Column


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
    each draw's costs and then effects; taken out before draws are counted; or as each block tells it, (blocks, ...), of
    `noise_by_block`, which is the way where it is not known but estimated. block: so many draws that follow one another
    share a simulation.

    Returns strategy, threshold, probability_best (the share of draws in which its net benefit is the largest, equal
    ones share it equally), expected_net_benefit, on_frontier (whether its expected net benefit is the largest, for
    which the frontier shows probability_best; Fenwick, Claxton and Sculpher 2001, Health Economics 10:779), and
    expected_loss (what choosing it forgoes on average against the best of each draw; Alarid-Escudero and others 2019,
    Value in Health 22:611).

    Each has a standard error, probability_error, net_benefit_error and loss_error, for draws that are independent:
    those of shares and losses by a bootstrap of blocks, of each of which noise is taken out anew, since how far values
    are shrunk, and towards what, is known by the same draws; so is the noise, where it is stated by block, and else it
    counts as known. probability_low and
    probability_high hold 95 % for a share (Wilson 1927), of as many independent draws as the error tells; where shares
    of samples do not differ, of all of them. So do loss_low and loss_high for a loss (`loss_interval`).
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
    if full.ndim == 3 and len(full) != blocks:
        raise ValueError(f"noise is of {len(full)} blocks, and there are {blocks}")
    weights = sample_counts(blocks) / blocks
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
    shown = freed(net, chance)
    shares, means = best_of(shown).mean(axis=0), net.mean(axis=0)
    of_samples, losses_of_samples = of_samples_of(net, chance, weights, block)
    lows, highs = share_interval(shares, of_samples, len(net) // block)
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
    columns |= zip(("loss_low", "loss_high"), loss_interval(columns["expected_loss"], losses_of_samples), strict=True)
    return pd.DataFrame({"threshold": threshold, **columns})


def _names(costs: Any, strategies: Sequence[str] | None) -> list[str]:
    if strategies is not None:
        return list(strategies)
    if isinstance(costs, pd.DataFrame):
        return [str(name) for name in costs.columns]
    return [f"strategy {j + 1}" for j in range(np.shape(costs)[-1])]


def freed(net: Column, chance: Column) -> Column:
    """Net benefits of draws without the simulation's chance, told against the first strategy. chance: its covariance,
    or that of each block. Where there is none they are as they were: equal ones stay equal."""
    if not chance.any():
        return net
    parts = without_noise(net[:, 1:] - net[:, :1], _apart(chance.mean(axis=0) if chance.ndim > 2 else chance))
    return np.hstack([np.zeros((len(net), 1)), parts.mean + parts.signal])


def _apart(chance: Column) -> Column:
    """The covariance of the others' chance, told against the first; of one, or of many."""
    own = chance[..., :1, :1]
    return np.asarray(chance[..., 1:, 1:] - chance[..., 1:, :1] - chance[..., :1, 1:] + own)


def best_of(net: Column) -> Column:
    """1 for the strategy of the largest net benefit of each draw, (..., strategies); equal ones share it."""
    best = net == net.max(axis=-1, keepdims=True)
    return np.asarray(best / best.sum(axis=-1, keepdims=True))


def of_samples_of(net: Column, chance: Column, weights: Column, block: int) -> tuple[Column, Column]:
    """The shares in which each is best, and its expected losses, (samples, strategies). chance: as of `freed`. weights:
    of blocks, in samples."""
    of_others, by_block = _apart(chance), chance.ndim > 2
    apart = net[:, 1:] - net[:, :1]
    centre = apart.mean(axis=0)
    apart = apart - centre
    shares, losses = [], []
    for of_blocks in np.array_split(weights, min(-(-len(weights) * net.size // AT_ONCE), len(weights))):
        some = np.repeat(of_blocks, block, axis=1) / block
        means = some @ apart
        products = np.einsum("sn,ni,nj->sij", some, apart, apart, optimize=True) - means[:, :, None] * means[:, None, :]
        # Strategies first: to reduce over a last dimension of two takes ten times as long.
        values = np.zeros((net.shape[1], *some.shape))
        values[1:] = (apart + centre).T[:, None, :]
        if chance.any():
            taken = np.einsum("sb,bij->sij", of_blocks, of_others) if by_block else of_others
            signal, _ = shrinkage(products, taken)
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
