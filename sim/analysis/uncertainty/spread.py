"""Both errors of a mean over draws, what uncertain inputs leave open and what simulated chance does; and how well these
are known themselves."""

from typing import NamedTuple

import numpy as np

from sim.analysis.uncertainty.resampling import AT_ONCE, RESAMPLES, sample_counts, share_interval
from sim.analysis.uncertainty.simulation_noise import (
    NORMAL,
    VarianceParts,
    chance_by_block,
    finite_blocks,
    variance_parts,
    without_noise,
)
from sim.vocabulary import Column

LOW, HIGH = 0.025, 0.975


class Spread(NamedTuple):
    """mean: over draws and replications. inputs_low, inputs_high: the middle 95 % of draws, freed of chance.
    simulation_low, simulation_high: where the mean of just these draws would lie with endless replications. above: the
    share of draws, so freed, above 0. inputs_share: of the variance of one replication, what comes of the inputs.

    inputs_low_error, inputs_high_error, above_error, inputs_share_error: their standard errors, as far as so many draws
    and replications tell. above_low, above_high: hold 95 % for the share of all draws that there could be."""

    mean: float
    inputs_low: float
    inputs_high: float
    simulation_low: float
    simulation_high: float
    above: float
    inputs_share: float
    inputs_low_error: float
    inputs_high_error: float
    above_error: float
    above_low: float
    above_high: float
    inputs_share_error: float


def spread_of(values: Column, block: int = 1) -> Spread | None:
    """Of values (draws, replications); draws in which a replication has none are left out, with their block of so many
    that share a simulation. None for fewer than two.

    The middle 95 % reach as far out as a further draw would lie within with just this chance (Weibull 1939). Errors are
    a bootstrap's, of blocks, of each of whose samples chance is estimated and taken out anew; the interval of the share
    is `share_interval`.
    """
    values = values[finite_blocks(values, block)]
    if len(values) < 2 * block:
        return None
    means = values.mean(axis=1)
    drawn, parts = _freed(values, block)
    low, high = np.quantile(drawn, [LOW, HIGH], method="weibull")
    mean, half = float(values.mean()), NORMAL * parts.mean_error
    above = float(((drawn > 0) + 0.5 * (drawn == 0)).mean())
    whole = parts.inputs + parts.simulation
    share = parts.inputs / whole if whole else np.nan
    samples = _samples(means, chance_by_block(values, block), parts.replications, block)
    errors = samples.std(axis=0, ddof=1)
    (surely,), (perhaps,) = share_interval(np.array([above]), samples[:, 2:3], len(values) // block)
    numbers = mean, low, high, mean - half, mean + half, above, share, *errors[:3], surely, perhaps, errors[3]
    return Spread(*map(float, numbers))


class ShareOfDraws(NamedTuple):
    """A share of draws, with the ends of its interval of 95 %."""

    of_draws: float
    low: float
    high: float


class Shares(NamedTuple):
    """Of draws, freed of chance: in which share of them a value lies below a range, within it, and above it."""

    below: ShareOfDraws
    within: ShareOfDraws
    above: ShareOfDraws


def shares_of(values: Column, low: float, high: float, block: int = 1) -> Shares | None:
    """How often values (draws, replications) lie within a range, its ends included. None as of `spread_of`."""
    values = values[finite_blocks(values, block)]
    if len(values) < 2 * block:
        return None
    drawn, parts = _freed(values, block)
    below, above = float((drawn < low).mean()), float((drawn > high).mean())
    within = float(((drawn >= low) & (drawn <= high)).mean())
    means, chance = values.mean(axis=1), chance_by_block(values, block)
    # An end that is not stated has all draws on one side.
    limits = np.clip([low, high], means.min() - 1.0, means.max() + 1.0)
    over_low, over_high = (_samples(means - each, chance, parts.replications, block)[:, 2] for each in limits)
    of_samples = np.column_stack([1 - over_low, over_low - over_high, over_high])
    ends = share_interval(np.array([below, within, above]), of_samples, len(values) // block)
    return Shares(
        *(ShareOfDraws(share, *map(float, each)) for share, *each in zip((below, within, above), *ends, strict=True))
    )


def _freed(values: Column, block: int) -> tuple[Column, VarianceParts]:
    """What each draw comes to without the chance that is left in its mean; and the parts of the variance."""
    parts, means = variance_parts(values, block), values.mean(axis=1)
    if not parts.simulation:
        # As they are: what lies at an end of a range, or at 0, must not be moved by rounding.
        return means, parts
    freed = without_noise(means[:, None], np.array([[parts.simulation / parts.replications]]))
    return (freed.mean + freed.signal)[:, 0], parts


def _samples(means: Column, chance: Column, replications: int, block: int) -> Column:
    """Of bootstrap samples: both ends of the middle 95 % of draws, the share above 0, and that of inputs in the
    variance of a replication, (samples, 4).

    means: of draws. chance: of each block, the variance that it brings a replication.
    """
    count = len(means)
    order = np.argsort(means, kind="stable")
    ranked, centre = means[order], means.mean()
    parts = [
        _of_samples(counts, ranked, order // block, centre, chance, replications)
        for counts in np.array_split(sample_counts(len(chance)), min(-(-RESAMPLES * count // AT_ONCE), RESAMPLES))
    ]
    return np.concatenate(parts)


def _of_samples(
    counts: Column, ranked: Column, blocks: Column, centre: float, chance: Column, replications: int
) -> Column:
    """The same of some samples. counts: of blocks in each. ranked: means of draws, the least first; blocks: theirs."""
    often = counts[:, blocks]
    upto = np.cumsum(often, axis=1)
    count = len(ranked)
    apart = ranked - centre
    mean = often @ apart / count
    spread = np.maximum(often @ apart**2 / count - mean**2, 0.0)
    of_chance = counts @ chance / counts.shape[1]
    left = spread - of_chance / replications
    # By how much draws are moved away from their mean where chance is taken out of them.
    kept = np.sqrt(np.divide(np.maximum(left, 0.0), spread, out=np.zeros_like(spread), where=spread > 0))
    ends = [centre + mean + kept * (_quantile(apart, upto, share) - mean) for share in (LOW, HIGH)]
    # Freed, a draw is above 0 where it lies above this.
    limit = mean - np.divide(centre + mean, kept, out=np.full_like(mean, np.inf), where=kept > 0)
    before = np.hstack([np.zeros((len(counts), 1), dtype=upto.dtype), upto])
    places = [np.searchsorted(apart, limit, side)[:, None] for side in ("left", "right")]
    below = np.mean([np.take_along_axis(before, place, axis=1)[:, 0] for place in places], axis=0)
    above = np.where(kept > 0, 1 - below / count, (np.sign(centre + mean) + 1) / 2)
    whole = left + of_chance
    share = np.divide(left, whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return np.column_stack([*ends, above, share])


def _quantile(ranked: Column, upto: Column, share: float) -> Column:
    """Weibull's of each sample. upto: how many of its draws are no larger than each of `ranked`."""
    count = len(ranked)
    place = min(max((count + 1) * share - 1, 0.0), count - 1.0)
    low, high = (ranked[(upto <= at).sum(axis=1)] for at in (int(place), min(int(place) + 1, count - 1)))
    return np.asarray(low + (place - int(place)) * (high - low))
