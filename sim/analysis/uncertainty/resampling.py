"""Bootstrap samples of draws, as weights, and what they tell of a share of draws."""

import numpy as np

from sim.analysis.uncertainty.simulation_noise import NORMAL
from sim.vocabulary import Column

RESAMPLES = 100
"""Bootstrap samples behind a standard error."""

AT_ONCE = 200_000
"""Numbers of such samples that are held at once."""

ROUNDING = 1e-9
"""Of shares: what is below it is no error."""


def sample_counts(blocks: int) -> Column:
    """How often each of so many blocks is in each bootstrap sample, (RESAMPLES, blocks): always the same ones."""
    picked = np.random.default_rng(0).integers(blocks, size=(RESAMPLES, blocks))
    return np.stack([np.bincount(each, minlength=blocks) for each in picked])


def loss_interval(losses: Column, of_samples: Column) -> tuple[Column, Column]:
    """Ends of 95 % intervals of means of what is never below 0, by those of bootstrap samples, (samples, losses).

    Where a loss comes out small by chance, so does its standard error, so that as many errors to either side hold the
    truth too seldom. Here the variance is taken as proportional to the loss, as of rare events, and the interval is
    that of the score, all x with (loss - x)^2 <= 1.96^2 c x; c is told by the samples' variance over their mean. Where
    no sample has any, nothing tells how large one might be, and both ends are 0.
    """
    variances, means = of_samples.var(axis=0, ddof=1), of_samples.mean(axis=0)
    scale = NORMAL**2 * np.divide(variances, means, out=np.zeros_like(means), where=means > 0) / 2
    middle, half = losses + scale, np.sqrt(scale * (2 * losses + scale))
    return np.clip(middle - half, 0.0, None), middle + half


def share_interval(shares: Column, of_samples: Column, blocks: int) -> tuple[Column, Column]:
    """Ends of 95 % intervals (Wilson 1927) of shares that are known as well as those of bootstrap samples, (samples,
    shares).

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
