"""Many replications of one or more scenarios, and their results on disk."""

from sim.experiment.result import RecordsNotKept, Result, Study
from sim.experiment.run import compare, run
from sim.experiment.store import BadFolder, load_study

__all__ = ["BadFolder", "RecordsNotKept", "Result", "Study", "compare", "load_study", "run"]
