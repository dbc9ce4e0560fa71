"""Whether draws are enough for the decision to stand: who leads, by how much, and since when."""

from dataclasses import dataclass
from math import ceil, inf
from typing import Any

import numpy as np

from sim.analysis.uncertainty.acceptability import best_of, freed, of_samples_of
from sim.analysis.uncertainty.resampling import sample_counts
from sim.analysis.uncertainty.simulation_noise import NORMAL, block_means, check_finite
from sim.vocabulary import Column

SURE = 2.0
"""Standard errors by which the best must lead the next best."""


@dataclass(frozen=True)
class Stability:
    """The running decision by expected net benefit, or by the chance of being the best.

    best, next_best: numbers of strategies, by the mean over all draws, or by the share of draws in which each is best.
    lead: of the one over the other, and its standard error, of inputs and simulation together. since: the draws after
    which the running mean, or share, of the best was never overtaken again; draws: all of them.
    """

    best: int
    next_best: int
    lead: float
    standard_error: float
    since: int
    draws: int

    @property
    def settled(self) -> bool:
        """Whether the best has been so for at least the last half of the draws, and leads by two standard errors."""
        return self.since <= self.draws / 2 and self.lead >= SURE * self.standard_error

    @property
    def needed(self) -> float:
        """About how many draws a lead of this size takes to be two standard errors; infinite where there is none."""
        return ceil(self.draws * (SURE * self.standard_error / self.lead) ** 2) if self.lead > 0 else inf


def decision_stability(net_benefit: Any) -> Stability:
    """How stable the choice by expected net benefit is.

    net_benefit: rows draws in their order, columns strategies; or (draws, replications, strategies), of which a draw's
    mean is taken. The standard error takes draws as independent, which for Sobol points is too wide if anything.
    Raises ValueError for values that are not finite, fewer than two strategies, or fewer than two draws.
    """
    table = np.asarray(net_benefit, dtype=float)
    if table.ndim == 3:
        table = table.mean(axis=1)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(f"net_benefit must be draws by strategies, at least 2 of each, not of shape {table.shape}")
    check_finite(table, "net_benefit")
    draws = len(table)
    best, next_best = _first_two(table.mean(axis=0))
    apart = table[:, best] - table[:, next_best]
    error = float(apart.std(ddof=1) / np.sqrt(draws))
    return Stability(best, next_best, float(apart.mean()), error, _since(table, best), draws)


def chance_stability(net_benefit: Any, noise: Any, block: int = 1) -> Stability:
    """How stable the choice by the chance of being the best is, of draws freed of the simulation's chance.

    net_benefit: rows draws in their order, columns strategies. noise: as each block tells it, of `noise_by_block`;
    block: so many draws share a simulation, and are one of `draws`. The error of the lead is a bootstrap's, as that of
    `acceptability`, and no less than one that draws which all agree leave open (Agresti and Coull 1998). Raises
    ValueError as `decision_stability`.
    """
    table, chance = np.asarray(net_benefit, dtype=float), np.asarray(noise, dtype=float)
    if table.ndim != 2 or min(table.shape) < 2 or len(table) < 2 * block:
        raise ValueError(f"net_benefit must be draws by strategies, at least 2 of each, not of shape {table.shape}")
    check_finite(table, "net_benefit")
    draws = len(table) // block
    won = block_means(best_of(freed(table, chance)), block)
    best, next_best = _first_two(won.mean(axis=0))
    first, second = (float(won[:, each].mean()) for each in (best, next_best))
    lead = first - second
    shares, _ = of_samples_of(table, chance, sample_counts(draws) / draws, block)
    error = float((shares[:, best] - shares[:, next_best]).std(ddof=1))
    if lead:
        count = draws + NORMAL**2
        error = max(error, float(np.sqrt((first + second - (lead * draws / count) ** 2) / count)))
    return Stability(best, next_best, lead, error, _since(won, best), draws)


def _first_two(merits: Column) -> tuple[int, int]:
    best, next_best, *_ = (int(each) for each in np.argsort(-merits, kind="stable"))
    return best, next_best


def _since(table: Column, best: int) -> int:
    """The draw from which on the running sum of the best was never below another's."""
    running = np.cumsum(table, axis=0)
    # Equal ones take no lead from each other.
    overtaken = np.flatnonzero(running[:, best] < running.max(axis=1))
    return int(overtaken[-1]) + 2 if len(overtaken) else 1


def running_means(values: Any) -> tuple[Column, Column]:
    """Means over the first draws, and their standard errors, of inputs and simulation together; (draws, columns) each.

    values: rows draws in their order, any columns. The first draw has no error (NaN). Raises ValueError for values that
    are not finite.
    """
    table = np.asarray(values, dtype=float)
    check_finite(table, "values")
    counts = np.arange(1, len(table) + 1)[:, None]
    # Around the mean of all, so that no digits are lost where the values are large beside their spread.
    apart = table - table.mean(axis=0)
    means = np.cumsum(apart, axis=0) / counts
    spread = np.maximum(np.cumsum(apart**2, axis=0) - counts * means**2, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.sqrt(spread / (counts - 1) / counts)
    return means + table.mean(axis=0), errors
