"""Scenarios: all inputs of one simulated system, read, checked and changed."""

from sim.files.problems import Problem, ScenarioError
from sim.scenario.checks import scenario_warnings
from sim.scenario.editor import json_schema
from sim.scenario.files import load_scenario
from sim.scenario.overrides import parse_setting, with_overrides
from sim.scenario.schema import Scenario
from sim.scenario.shipped import shipped_names

__all__ = [
    "Problem",
    "Scenario",
    "ScenarioError",
    "json_schema",
    "load_scenario",
    "parse_setting",
    "scenario_warnings",
    "shipped_names",
    "with_overrides",
]
