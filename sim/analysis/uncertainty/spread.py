"""Both errors of a mean over draws: what uncertain inputs leave open, and what simulated chance does."""

from typing import NamedTuple

import numpy as np

from sim.analysis.uncertainty.simulation_noise import (
    NORMAL,
    VarianceParts,
    finite_blocks,
    variance_parts,
    without_noise,
)
from sim.vocabulary import Column


class Spread(NamedTuple):
    """mean: over draws and replications. inputs_low, inputs_high: the middle 95 % of draws, freed of chance.
    simulation_low, simulation_high: where the mean of just these draws would lie with endless replications. above: the
    share of draws, so freed, above 0. inputs_share: of the variance of one replication, what comes of the inputs."""

    mean: float
    inputs_low: float
    inputs_high: float
    simulation_low: float
    simulation_high: float
    above: float
    inputs_share: float


def spread_of(values: Column, block: int = 1) -> Spread | None:
    """Of values (draws, replications); draws in which a replication has none are left out, with their block of so many
    that share a simulation. None for fewer than two.

    The middle 95 % reach as far out as a further draw would lie within with just this chance (Weibull 1939).
    """
    values = values[finite_blocks(values, block)]
    if len(values) < 2 * block:
        return None
    drawn, parts = _freed(values, block)
    low, high = np.quantile(drawn, [0.025, 0.975], method="weibull")
    mean, half = float(values.mean()), NORMAL * parts.mean_error
    above = float(((drawn > 0) + 0.5 * (drawn == 0)).mean())
    whole = parts.inputs + parts.simulation
    share = parts.inputs / whole if whole else np.nan
    return Spread(mean, float(low), float(high), mean - half, mean + half, above, share)


class Shares(NamedTuple):
    """Of draws, freed of chance: in which share of them a value lies below a range, within it, and above it."""

    below: float
    within: float
    above: float


def shares_of(values: Column, low: float, high: float, block: int = 1) -> Shares | None:
    """How often values (draws, replications) lie within a range, its ends included. None as of `spread_of`."""
    values = values[finite_blocks(values, block)]
    if len(values) < 2 * block:
        return None
    drawn, _ = _freed(values, block)
    below, above = float((drawn < low).mean()), float((drawn > high).mean())
    return Shares(below, float(((drawn >= low) & (drawn <= high)).mean()), above)


def _freed(values: Column, block: int) -> tuple[Column, VarianceParts]:
    """What each draw comes to without the chance that is left in its mean; and the parts of the variance."""
    parts = variance_parts(values, block)
    freed = without_noise(values.mean(axis=1)[:, None], np.array([[parts.simulation / parts.replications]]))
    return (freed.mean + freed.signal)[:, 0], parts
