"""What it is worth to know more: of all inputs, of some of them, of a trial; freed of the simulation's chance."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.uncertainty.simulation_noise import (
    FreedValues,
    block_means,
    check_finite,
    noise_covariance,
    shrinkage,
    without_noise,
)
from sim.analysis.uncertainty.smoothers import Smoother, additive_fit, rows_of, smoother
from sim.vocabulary import Column

RESAMPLES = 200
"""Bootstrap samples behind a standard error."""

ROUNDING = 1e-12
"""Of a mean of net benefits, which are of doubles and of some thousand draws."""

AT_ONCE = 200_000
"""Numbers of such samples that are held at once."""


class InformationValue(float):
    """A value of information in the unit of net benefit: a number that knows its standard error.

    It is an estimate, freed of noise, so it scatters around 0 where nothing is to be gained, below 0 as well.
    """

    standard_error: float

    def __new__(cls, value: float, standard_error: float) -> "InformationValue":
        """The value with its error."""
        self = super().__new__(cls, value)
        self.standard_error = standard_error
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """What a copy is made of, in this process or another."""
        return type(self), (float(self), self.standard_error)

    def __repr__(self) -> str:
        return f"InformationValue({float(self):g}, standard_error={self.standard_error:g})"


def evpi(net_benefit: Any, noise: Any = None, seed: int = 0, block: int = 1) -> InformationValue:
    """The expected value of perfect information: what knowing every input before deciding would gain, on average.

    net_benefit: rows draws, columns strategies, as an array or frame; or (draws, replications, strategies) as
    simulated, from which the chance that is left in the mean of a draw is estimated and taken out.
    noise: for the first form, the covariance of that chance between strategies; None if there is none, as in a model
    that is computed. seed: of the bootstrap for the standard error, which is of blocks of so many draws that follow one
    another and share a simulation, and takes all their noise as shared.

    The mean over draws of the largest net benefit, less the largest mean. The maximum picks noise too: two strategies
    that are alike, with independent noise of standard deviation s in each, show s * E|Z| / sqrt(2), Z being standard
    normal. So the values are first shrunk to the covariance that they would have without noise (`without_noise`).
    Raises ValueError for NaN or infinite values, fewer than two strategies, or fewer than 10 draws.
    """
    table, noise = _table(net_benefit, noise, block)
    parts = without_noise(table, noise)
    centre, chance = parts.mean + parts.signal, _root(noise)
    rng = np.random.default_rng(seed)
    of_blocks = len(table) // block, table.shape[1]
    samples = [
        _gain(without_noise(centre[rows] + np.repeat(rng.standard_normal(of_blocks) @ chance.T, block, axis=0), noise))
        for rows in _resampled(rng, len(table), block)
    ]
    return InformationValue(_gain(parts), float(np.std(samples, ddof=1)))


def evppi(
    net_benefit: Any,
    parameters: Any,
    groups: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
    block: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The expected value of knowing one input exactly, of each, and of groups of them.

    net_benefit: as of `evpi`; of replications the mean is taken, whose chance the regression takes for what it leaves.
    parameters: {name: values}, or a frame, one value a draw.
    groups: {name: names of inputs} that are known together; a row each after those of single inputs.
    progress: called with (rows done, rows in all).

    Returns parameter, value, standard_error, in the order given. The net benefits of a draw are smoothed over the
    inputs (`smoother`); the value is the mean of the largest fitted one, less the largest mean. What the fit makes of
    noise would count as value: its covariance, known since the smoother is linear, is taken out as in `evpi`, so that
    an input that plays no part scatters around 0 (Strong, Oakley and Brennan 2014 without it). The standard error is a
    bootstrap's, of residuals and of draws, around the fit without noise. block: as of `evpi`; an input that does not
    vary within blocks is smoothed over their means, and of others it is known what residuals share.
    Raises ValueError for parameters of other lengths, NaN, and groups of unknown names.
    """
    table, _ = _table(net_benefit, None, block)
    inputs = _inputs(parameters, len(table))
    known = _with_groups(inputs, groups or {})
    rows = []
    for name, columns in known.items():
        smoothed, columns, size = _apart(table, columns, block)
        fit = smoother(columns, smoothed, size)
        value = _fitted_value(smoothed, fit, np.random.default_rng(seed), size)
        rows.append((name, float(value), value.standard_error))
        if progress is not None:
            progress(len(rows), len(known))
    return pd.DataFrame(rows, columns=["parameter", "value", "standard_error"])


def evsi(
    net_benefit: Any,
    values: Any,
    observation_sd: float | Mapping[str, float],
    sizes: Sequence[int],
    seed: int = 0,
    block: int = 1,
) -> pd.DataFrame:
    """The expected value of a study of each size, which observes one input, or several at once, with a normal error.

    net_benefit: as of `evppi`. values: the input, one a draw; or {name: values} of several. observation_sd: standard
    deviation of one observation around the input, in its unit (of an event with chance p, sqrt(p (1 - p))); of several,
    by name. sizes: numbers of observations, of each input. block: as of `evppi`.

    Returns size, value, standard_error. After n observations the expected input lies sqrt(n / (n + n0)) as far from its
    mean as the input, n0 being the observations that today's knowledge is worth, observation_sd ** 2 over the variance
    of the draws; so does its part in what is expected of the net benefit (Jalal and Alarid-Escudero 2018, Medical
    Decision Making 38:174). Exact for independent normal inputs and net benefits that are linear in them; of several
    inputs that act on each other, or are correlated, only what each adds by itself is told.
    Raises ValueError as `evppi`, for an observation_sd of 0 or less, and for sizes below 1.
    """
    if not sizes or min(sizes) < 1:
        raise ValueError(f"sizes must be one or more whole numbers of at least 1, not {list(sizes)}")
    table, _ = _table(net_benefit, None, block)
    single = not isinstance(observation_sd, Mapping)
    inputs = _inputs({"values": values} if single else values, len(table))
    spreads: Mapping[str, float] = observation_sd if isinstance(observation_sd, Mapping) else {"values": observation_sd}
    if not inputs or set(inputs) != set(spreads) or not all(spread > 0 for spread in spreads.values()):
        raise ValueError(f"observation_sd must be above 0 for each of {', '.join(inputs)}, not {observation_sd}")
    table, columns, size = _apart(table, np.hstack(list(inputs.values())), block)
    variances, errors = columns.var(axis=0, ddof=1), np.array([spreads[name] for name in inputs]) ** 2
    fit = additive_fit(columns, table)
    exact = fit.known([1.0] * len(variances))
    rows = []
    for observed in sizes:
        shares = np.sqrt(observed * variances / (observed * variances + errors))
        value = _fitted_value(table, exact, np.random.default_rng(seed), size, fit.known(shares.tolist()))
        rows.append((observed, float(value), value.standard_error))
    return pd.DataFrame(rows, columns=["size", "value", "standard_error"])


def population_value(value: float, people_a_year: float, years: float, discount_rate: float = 0.0) -> float:
    """A value per person, for everybody whom the decision concerns, discounted continuously at `discount_rate` a year.

    people_a_year: who come under the decision each year of the `years` for which it stands.
    """
    if people_a_year < 0 or years < 0:
        raise ValueError("people_a_year and years must not be negative")
    force = np.log1p(discount_rate)
    return float(value * people_a_year * (years if force == 0 else -np.expm1(-force * years) / force))


def _table(net_benefit: Any, noise: Any, block: int) -> tuple[Column, Column]:
    """Net benefits over that of the first strategy, draws by others, and the noise of these."""
    table = np.asarray(net_benefit, dtype=float)
    if block < 1 or len(table) % block:
        raise ValueError(f"{len(table)} draws are no whole number of blocks of {block}")
    if table.ndim not in (2, 3) or table.shape[-1] < 2 or len(table) < 10:
        raise ValueError(
            "net_benefit must be draws by strategies, or draws by replications by strategies, of at least 10 draws and "
            f"2 strategies, not of shape {table.shape}"
        )
    check_finite(table, "net_benefit")
    apart = table[..., 1:] - table[..., :1]
    if table.ndim == 3:
        if noise is not None:
            raise ValueError("noise is estimated from the replications; give it with one row a draw only")
        return apart.mean(axis=1), noise_covariance(apart)
    if noise is None:
        return apart, np.zeros((apart.shape[1],) * 2)
    full = np.asarray(noise, dtype=float)
    if full.shape != (table.shape[1],) * 2:
        raise ValueError(f"noise must be strategies by strategies, {table.shape[1]} each, not {full.shape}")
    return apart, full[1:, 1:] - full[1:, :1] - full[:1, 1:] + full[0, 0]


def _gain(parts: FreedValues) -> float:
    """The mean of the largest less the largest mean; of what is less than noise, with the other sign."""
    return _gain_of(parts.mean, parts.signal) - _gain_of(parts.mean, parts.excess)


def _gain_of(mean: Column, apart: Column) -> float:
    values = mean + apart
    best, expected = float(np.maximum(values.max(axis=1), 0).mean()), max(float(values.mean(axis=0).max()), 0.0)
    # What rounding leaves of large sums, of which some are the same, is no value.
    return 0.0 if abs(best - expected) <= ROUNDING * best else best - expected


def _apart(table: Column, inputs: Column, block: int) -> tuple[Column, Column, int]:
    """What of draws in blocks is independent: if inputs do not vary within blocks, their means; else draws as they are.

    Net benefits, inputs, and how many of these are a block."""
    if (np.repeat(inputs[::block], block, axis=0) == inputs).all():
        return block_means(table, block), inputs[::block], 1
    return table, inputs, block


def _fitted_value(
    table: Column, fit: Smoother, rng: np.random.Generator, block: int, known: Smoother | None = None
) -> InformationValue:
    """Of knowing what `fit` smooths over; or of knowing it no better than `known` does."""
    known = known or fit
    count = len(table)
    residuals = fit.residual_covariance(table, block)
    fitted, noise = fit(table), known.noise_of(residuals, count, block)
    estimate = _gain(without_noise(known(table), noise))
    left = (table - fitted) * np.sqrt(count / max(count - fit.degrees, 1.0))
    parts = without_noise(fitted, fit.noise_of(residuals, count, block))
    samples = _gains_of_samples(parts.mean + parts.signal, left, known, noise, rng, block)
    return InformationValue(estimate, float(np.std(samples, ddof=1)))


def _gains_of_samples(
    centre: Column, left: Column, known: Smoother, noise: Column, rng: np.random.Generator, block: int
) -> Column:
    """Of bootstrap samples: `centre` with residuals drawn anew, as `known` smooths them, of draws that are drawn anew
    too. Several at once, (samples, columns, draws)."""
    blocks = len(centre) // block
    smoothed, residuals = known(centre).T, left.T.reshape(-1, blocks, block)
    gains = []
    # A sample at a time at the least.
    parts = min(-(-RESAMPLES * centre.size // AT_ONCE), RESAMPLES)
    picked = (np.array_split(each, parts) for each in rng.integers(blocks, size=(2, RESAMPLES, blocks)))
    for of_residuals, of_draws in zip(*picked, strict=True):
        drawn = np.moveaxis(residuals[:, of_residuals].reshape(-1, len(of_draws), len(centre)), 0, 1)
        values = smoothed + known.of_rows(drawn)
        means = values.mean(axis=2, keepdims=True)
        values -= means
        # Not by matmul, which gives products of one row by another to no BLAS, and takes a hundred times as long.
        matrices = shrinkage(np.einsum("sin,sjn->sij", values, values) / len(centre), noise)
        counts = np.stack([np.bincount(each, minlength=blocks) for each in of_draws])
        weights = np.repeat(counts, block, axis=1) / len(centre)
        sums = np.einsum("sjn,sn->sj", values, weights)[:, :, None]
        of_one, of_excess = (
            _gain_weighted(means, values, sums, np.swapaxes(matrix, 1, 2), weights) if matrix.any() else 0.0
            for matrix in matrices
        )
        gains.append(np.broadcast_to(of_one - of_excess, len(of_draws)))
    return np.concatenate(gains)


def _gain_weighted(means: Column, values: Column, sums: Column, matrix: Column, weights: Column) -> Column:
    """As `_gain_of`, of many samples, (samples, columns, draws), whose draws count so much. sums: so weighted."""
    best = np.maximum((np.einsum("sij,sjn->sin", matrix, values) + means).max(axis=1), 0.0)
    expected = (matrix @ sums + means).max(axis=(1, 2))
    return np.asarray(np.einsum("sn,sn->s", best, weights) - np.maximum(expected, 0.0))


def _root(covariance: Column) -> Column:
    """The symmetric root, of which there is one: the axes alone may be turned, or turned round, by the processor, and
    with them every number drawn along them."""
    spread, directions = np.linalg.eigh(covariance)
    return np.asarray(directions * np.sqrt(np.clip(spread, 0, None)) @ directions.T)


def _resampled(rng: np.random.Generator, count: int, block: int) -> Iterator[Column]:
    """The rows of bootstrap samples of blocks."""
    for blocks in rng.integers(count // block, size=(RESAMPLES, count // block)):
        yield rows_of(blocks, block)


def _inputs(parameters: Any, draws: int) -> dict[str, Column]:
    """Each input as a column of floats, (draws, 1)."""
    inputs = {}
    for name, values in dict(parameters).items():
        column = np.asarray(values, dtype=float)
        if column.shape != (draws,):
            raise ValueError(f"{name} must have one value for each of the {draws} draws, not shape {column.shape}")
        check_finite(column, str(name))
        inputs[str(name)] = column[:, None]
    return inputs


def _with_groups(inputs: dict[str, Column], groups: Mapping[str, Sequence[str]]) -> dict[str, Column]:
    known = dict(inputs)
    for name, members in groups.items():
        missing = [member for member in members if member not in inputs]
        if missing or not members:
            raise ValueError(f"group {name} must name inputs among {', '.join(inputs)}, not {missing or 'none'}")
        if name in inputs:
            raise ValueError(f"group {name} has the name of an input")
        known[name] = np.hstack([inputs[member] for member in members])
    return known
