"""Stepdown: simulate treatment pathways for addiction and mental health, and compare ways to run them.

base = sim.load_scenario("residential_only")
study = sim.compare({"no links": base, "hybrid": sim.load_scenario("hybrid")}, replications=30, seed=7)
study.differences()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.experiment import (
        BadFolder,
        Calibration,
        Explanation,
        Reached,
        RecordsNotKept,
        Result,
        Study,
        calibrate,
        compare,
        explain,
        load_study,
        migrate,
        rest,
        run,
        select,
    )
    from sim.model import EndlessCircle
    from sim.outcomes import metric_table
    from sim.scenario import Scenario, ScenarioError, load_scenario, scenario_warnings, shipped_names

__all__ = [
    "BadFolder",
    "Calibration",
    "EndlessCircle",
    "Explanation",
    "Reached",
    "RecordsNotKept",
    "Result",
    "Scenario",
    "ScenarioError",
    "Study",
    "calibrate",
    "compare",
    "explain",
    "load_scenario",
    "load_study",
    "metric_table",
    "migrate",
    "rest",
    "run",
    "scenario_warnings",
    "select",
    "shipped_names",
]

_HOME = {
    **dict.fromkeys(
        ("BadFolder", "Calibration", "Explanation", "Reached", "RecordsNotKept", "Result", "Study"), "sim.experiment"
    ),
    **dict.fromkeys(
        ("calibrate", "compare", "explain", "load_study", "migrate", "rest", "run", "select"), "sim.experiment"
    ),
    **dict.fromkeys(("EndlessCircle",), "sim.model"),
    **dict.fromkeys(("metric_table",), "sim.outcomes"),
    **dict.fromkeys(
        ("Scenario", "ScenarioError", "load_scenario", "scenario_warnings", "shipped_names"), "sim.scenario"
    ),
}


def __getattr__(name: str) -> Any:
    # On first use, so that `stepdown --help` and a shell completion do not wait for numpy and pandas.
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
