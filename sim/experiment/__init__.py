"""Many replications of one or more scenarios, and their results on disk."""

from sim.experiment.explanation import Explanation, explain
from sim.experiment.result import Reached, RecordsNotKept, Result, Study
from sim.experiment.run import compare, run
from sim.experiment.selection import select
from sim.experiment.study_folder import load_study
from sim.files.whole_files import BadFolder

__all__ = [
    "BadFolder",
    "Explanation",
    "Reached",
    "RecordsNotKept",
    "Result",
    "Study",
    "compare",
    "explain",
    "load_study",
    "run",
    "select",
]
