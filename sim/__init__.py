"""Stepdown: simulate treatment pathways for addiction and mental health, and compare ways to run them.

base = sim.load_scenario("residential_only")
study = sim.compare({"no links": base, "hybrid": sim.load_scenario("hybrid")}, replications=30, seed=7)
study.differences()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.experiment.calibration import Calibration, calibrate
    from sim.experiment.explanation import Explanation, explain
    from sim.experiment.migration import migrate
    from sim.experiment.psa import PsaResult, UnfitInputs, load_psa, psa
    from sim.experiment.rest import rest
    from sim.experiment.result import Reached, RecordsNotKept, Result, Study
    from sim.experiment.run import compare, run
    from sim.experiment.selection import select
    from sim.experiment.sensitivity import (
        Criterion,
        How,
        Sobol,
        ThresholdCurve,
        ThresholdMap,
        Tornado,
        criterion_of,
        sobol,
        threshold,
        threshold_map,
        tornado,
    )
    from sim.experiment.stored_study import load_study
    from sim.files.whole_files import BadFolder
    from sim.model import EndlessCircle
    from sim.outcomes import metric_table
    from sim.scenario import Scenario, ScenarioError, load_scenario, scenario_warnings, shipped_names

__all__ = [
    "BadFolder",
    "Calibration",
    "Criterion",
    "EndlessCircle",
    "Explanation",
    "How",
    "PsaResult",
    "Reached",
    "RecordsNotKept",
    "Result",
    "Scenario",
    "ScenarioError",
    "Sobol",
    "Study",
    "ThresholdCurve",
    "ThresholdMap",
    "Tornado",
    "UnfitInputs",
    "calibrate",
    "compare",
    "criterion_of",
    "explain",
    "load_psa",
    "load_scenario",
    "load_study",
    "metric_table",
    "migrate",
    "psa",
    "rest",
    "run",
    "scenario_warnings",
    "select",
    "shipped_names",
    "sobol",
    "threshold",
    "threshold_map",
    "tornado",
]

_HOME = {
    name: home
    for home, names in {
        "sim.experiment.calibration": ("Calibration", "calibrate"),
        "sim.experiment.explanation": ("Explanation", "explain"),
        "sim.experiment.migration": ("migrate",),
        "sim.experiment.psa": ("PsaResult", "UnfitInputs", "load_psa", "psa"),
        "sim.experiment.rest": ("rest",),
        "sim.experiment.result": ("Reached", "RecordsNotKept", "Result", "Study"),
        "sim.experiment.run": ("compare", "run"),
        "sim.experiment.selection": ("select",),
        "sim.experiment.sensitivity": (
            *("Criterion", "How", "Sobol", "ThresholdCurve", "ThresholdMap", "Tornado", "criterion_of"),
            *("sobol", "threshold", "threshold_map", "tornado"),
        ),
        "sim.experiment.stored_study": ("load_study",),
        "sim.files.whole_files": ("BadFolder",),
        "sim.model": ("EndlessCircle",),
        "sim.outcomes": ("metric_table",),
        "sim.scenario": ("Scenario", "ScenarioError", "load_scenario", "scenario_warnings", "shipped_names"),
    }.items()
    for name in names
}


def __getattr__(name: str) -> Any:
    # On first use, so that `stepdown --help` and a shell completion do not wait for numpy and pandas.
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
