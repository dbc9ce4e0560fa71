"""Many replications of one or more scenarios, and their results on disk."""

from sim.experiment.calibration import Calibration, calibrate
from sim.experiment.explanation import Explanation, explain
from sim.experiment.migration import migrate
from sim.experiment.rest import NeverAtRest, Rest, rest
from sim.experiment.result import Reached, RecordsNotKept, Result, Study
from sim.experiment.run import compare, run
from sim.experiment.selection import select
from sim.experiment.stored_study import load_study
from sim.experiment.unreadable import NotReadable
from sim.files.whole_files import BadFolder

__all__ = [
    "BadFolder",
    "Calibration",
    "Explanation",
    "NeverAtRest",
    "NotReadable",
    "Reached",
    "RecordsNotKept",
    "Rest",
    "Result",
    "Study",
    "calibrate",
    "compare",
    "explain",
    "load_study",
    "migrate",
    "rest",
    "run",
    "select",
]
