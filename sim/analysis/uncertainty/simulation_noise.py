"""Chance of the simulation, told apart from uncertainty of inputs: the parts of a variance, and values freed of noise.

Each draw of the inputs is simulated in a few replications, so its mean still holds chance. Whatever is taken from the
spread of such means, a maximum above all, would count that chance as uncertainty of the inputs.

Draws that follow one another may come in blocks, all of one size: of each block one was simulated, and the others,
which differ in prices alone, were read from its records. Then they share their luck and all other inputs, and only
blocks are independent of each other. What single draws do, such as their quantiles, is told by all of them; how well
it is known, and whatever is told of a mean, by blocks.
"""

from dataclasses import dataclass

import numpy as np

from sim.vocabulary import Column

NORMAL = 1.959964
"""Standard errors to either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class VarianceParts:
    """The variance of one replication's value: that of inputs, that of the simulation, and each one's standard error.

    inputs: between draws, of what an endless simulation of each would give. It is an estimate without bias, so below 0
    half of the time when inputs do not matter. simulation: between replications of one draw. draws: those simulated.
    mean_error: what the simulation leaves open of the mean over all draws and replications, as a standard error.
    """

    inputs: float
    inputs_error: float
    simulation: float
    simulation_error: float
    draws: int
    replications: int
    mean_error: float = np.nan


def variance_parts(values: Column, block: int = 1) -> VarianceParts:
    """What of the variance of `values` comes of the inputs, and what of chance in the simulation.

    values: (draws, replications), at least 2 of each; each draw has replications of its own, whose chance no other draw
    shares, except in its block of so many. The estimator of one-way analysis of variance with random effects:
    (MSB - MSW) / M and MSW, with errors for normal values (Searle, Casella and McCulloch 1992, Variance Components,
    section 3.6; O'Hagan, Stevenson and Madan 2007, Health Economics 16:1009). In blocks of K both are of their means,
    in the luck that these share; what the K differ by among themselves, freed of chance in the same way, is added, less
    its Kth part, which is between blocks already. Raises ValueError for fewer, and for values that are not finite.
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.shape[1] < 2 or len(table) < 2 * block:
        raise ValueError(f"values must be draws by replications, at least 2 of each, not of shape {table.shape}")
    check_finite(table, "values")
    replications = table.shape[1]
    means = block_means(table, block)
    draws = len(means)
    between = replications * float(np.var(means.mean(axis=1), ddof=1))
    luck = float(np.mean(np.var(means, axis=1, ddof=1)))
    freedom = draws * (replications - 1)
    variances, inputs, own = 2 * (between**2 / (draws - 1) + luck**2 / freedom), between - luck, 0.0
    simulation_error = luck * np.sqrt(2 / freedom)
    if block > 1:
        # Of rows by replications in each block: rows, and what is left of both.
        apart = table.reshape(draws, block, replications) - means[:, None, :]
        rows = replications * float(np.sum(apart.mean(axis=2) ** 2)) / (draws * (block - 1))
        left = float(np.sum((apart - apart.mean(axis=2, keepdims=True)) ** 2)) / (freedom * (block - 1))
        share = 1 - 1 / block
        inputs, own = inputs + share * (rows - left), share * left
        variances += 2 * share**2 * (rows**2 + left**2 / (replications - 1)) / (draws * (block - 1))
        simulation_error = np.hypot(simulation_error, own * np.sqrt(2 / (freedom * (block - 1))))
    return VarianceParts(
        inputs / replications,
        float(np.sqrt(variances)) / replications,
        luck + own,
        float(simulation_error),
        draws,
        replications,
        float(np.sqrt(luck / (draws * replications))),
    )


def chance_by_block(values: Column, block: int = 1) -> Column:
    """Of each block, an estimate of `VarianceParts.simulation`, which is their mean. values: (draws, replications)."""
    means = block_means(values, block)
    luck = np.var(means, axis=1, ddof=1)
    if block > 1:
        apart = values.reshape(len(means), block, -1) - means[:, None, :]
        left = np.sum((apart - apart.mean(axis=2, keepdims=True)) ** 2, axis=(1, 2))
        luck = luck + left / ((values.shape[1] - 1) * block)
    return np.asarray(luck)


def block_means(values: Column, block: int) -> Column:
    """Means over the draws of each block, (blocks, ...)."""
    return np.asarray(values.reshape(-1, block, *values.shape[1:]).mean(axis=1))


def finite_blocks(values: Column, block: int) -> Column:
    """Of each draw, whether all values of its block are finite."""
    finite = np.isfinite(values).reshape(len(values) // block, -1).all(axis=1)
    return np.repeat(finite, block)


def best_replications(parts: VarianceParts, budget: int, fewest_draws: int = 20) -> int:
    """How many replications a draw tell the variance of the inputs best, of `budget` replications in all.

    parts: from a pilot. For N = budget / M draws of M replications the estimator of `variance_parts` has the variance
    2 / M^2 * ((M B + W)^2 / (N - 1) + W^2 / (N (M - 1))), B being the variance of inputs and W that of the simulation;
    it is least near M = 1 + W / B. (The mean alone would have as many draws as can be, of one replication each.) Where
    the pilot finds nothing of the inputs, B is what it might have overlooked: its own error. At least 2, so that chance
    can be told apart, and no more than leave `fewest_draws` draws.
    """
    between, within = max(parts.inputs, parts.inputs_error), parts.simulation
    most = max(budget // fewest_draws, 2)
    counts = np.arange(2, most + 1)
    draws = np.maximum(budget / counts, 1.5)
    spread = ((counts * between + within) ** 2 / (draws - 1) + within**2 / (draws * (counts - 1))) / counts**2
    return int(counts[spread.argmin()])


def noise_covariance(values: Column) -> Column:
    """The covariance between strategies of the chance that is left in the mean of one draw; strategies squared.

    values: (draws, replications, strategies), each strategy of a draw in the same replications.
    """
    left = _apart_from_draws(values)
    draws, replications, strategies = left.shape
    left = left.reshape(-1, strategies)
    return np.asarray(left.T @ left / (draws * (replications - 1)) / replications)


def noise_by_block(values: Column, block: int = 1) -> Column:
    """The same as each block tells it, (blocks, strategies, strategies): their mean is the covariance, and how far they
    lie apart tells how well that is known."""
    left = _apart_from_draws(values)
    draws, replications, strategies = left.shape
    left = left.reshape(draws // block, -1, strategies)
    of_blocks = np.einsum("bni,bnj->bij", left, left)
    return np.asarray(of_blocks / (block * (replications - 1)) / replications)


def _apart_from_draws(values: Column) -> Column:
    table = np.asarray(values, dtype=float)
    if table.shape[1] < 2:
        raise ValueError("one replication a draw does not tell its own chance: at least 2 are needed")
    return np.asarray(table - table.mean(axis=1, keepdims=True))


@dataclass(frozen=True)
class FreedValues:
    """Values around their means, (draws, strategies), in two parts whose covariances differ by what is asked for.

    signal: as far as the spread is more than noise. excess: as far as it is less, of which only chance in the estimate
    of either can be the reason; it is 0 in any direction in which `signal` is not.
    """

    mean: Column
    signal: Column
    excess: Column


def without_noise(values: Column, noise: Column) -> FreedValues:
    """`values` shrunk towards their means, so that their covariance is what it would be without `noise`.

    values: (draws, strategies). noise: the covariance of the chance in each row. With B = f(noise * S^-1), S being the
    covariance of the values and f(x) = sqrt(1 - x), B S B' = S - noise, which is exact for normal values and keeps the
    shape of others. It does not depend on which strategy the values are told against, since f of a matrix commutes with
    any change of coordinates.
    """
    mean = values.mean(axis=0)
    apart = values - mean
    signal, excess = shrinkage(apart.T @ apart / len(apart), noise)
    return FreedValues(mean, apart @ signal, apart @ excess)


def shrinkage(covariance: Column, noise: Column) -> tuple[Column, Column]:
    """By what values around their means are multiplied, from the right, for the two parts of `FreedValues`.

    covariance: of the values, (..., strategies, strategies), of many samples at once. noise: as of `without_noise`.
    """
    spread, directions = np.linalg.eigh(covariance)
    real = spread > 1e-12 * np.maximum(spread.max(axis=-1, keepdims=True, initial=0.0), np.finfo(float).tiny)
    root = np.sqrt(np.where(real, spread, 0.0))
    inverse = directions * np.divide(1.0, root, out=np.zeros_like(root), where=real)[..., None, :]
    share, axes = np.linalg.eigh(np.swapaxes(inverse, -1, -2) @ noise @ inverse)
    into, back = inverse @ axes, np.swapaxes((directions * root[..., None, :]) @ axes, -1, -2)
    parts = (np.sqrt(np.clip(sign * (1 - share), 0, None))[..., None, :] for sign in (1, -1))
    signal, excess = ((into * part) @ back for part in parts)
    return signal, excess


def check_finite(values: Column, name: str) -> None:
    """Raises ValueError that says in how many rows a value is NaN or infinite, and in which first."""
    rows = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
    if len(rows):
        raise ValueError(
            f"{name} must be finite: {len(rows)} of {len(values)} draws hold NaN or an infinite number, "
            f"the first is draw {rows[0]}. Leave those draws out of everything, or find out why"
        )
