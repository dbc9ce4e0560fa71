"""Which input decides: one at a time, at which value, and what share of the uncertainty each has."""

from sim.experiment.sensitivity.bars import Tornado, tornado
from sim.experiment.sensitivity.criterion import Criterion, criterion_of
from sim.experiment.sensitivity.evaluation import How
from sim.experiment.sensitivity.flips import ThresholdCurve, ThresholdMap, threshold, threshold_map
from sim.experiment.sensitivity.indices import Sobol, sobol

__all__ = [
    "Criterion",
    "How",
    "Sobol",
    "ThresholdCurve",
    "ThresholdMap",
    "Tornado",
    "criterion_of",
    "sobol",
    "threshold",
    "threshold_map",
    "tornado",
]
