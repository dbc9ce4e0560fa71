"""Probabilistic sensitivity analysis: scenarios simulated again for many draws of their inputs."""

from sim.experiment.psa.result import PsaResult, load_psa
from sim.experiment.psa.run import DEFAULT_DRAWS, UnfitInputs, psa

__all__ = ["DEFAULT_DRAWS", "PsaResult", "UnfitInputs", "load_psa", "psa"]
