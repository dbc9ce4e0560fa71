"""Uncertainty of inputs, on plain arrays: what it comes to, apart from chance, and what it is worth to know more."""

from sim.analysis.uncertainty.acceptability import acceptability
from sim.analysis.uncertainty.simulation_noise import (
    VarianceParts,
    best_replications,
    noise_by_block,
    noise_covariance,
    variance_parts,
)
from sim.analysis.uncertainty.spread import Shares, Spread, shares_of, spread_of
from sim.analysis.uncertainty.stability import Stability, chance_stability, decision_stability, running_means
from sim.analysis.uncertainty.value_of_information import InformationValue, evpi, evppi, evsi, population_value

__all__ = [
    "Shares",
    "Spread",
    "Stability",
    "InformationValue",
    "VarianceParts",
    "acceptability",
    "best_replications",
    "chance_stability",
    "decision_stability",
    "evpi",
    "evppi",
    "evsi",
    "noise_by_block",
    "noise_covariance",
    "population_value",
    "running_means",
    "shares_of",
    "spread_of",
    "variance_parts",
]
