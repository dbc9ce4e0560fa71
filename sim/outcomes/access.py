"""The steps before a list: how long it takes from the call to the end of each, and who is lost in it."""

import re
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from sim.outcomes.metric import Member, Metric, MetricList
from sim.outcomes.observed import Observed, ratio
from sim.scenario.schema import Level, Scenario
from sim.vocabulary import PASSED, RENEGED, Column, Direction

METRICS = MetricList("system")


def _rows(observed: Observed, level: int, step: str) -> Column:
    """Row numbers of the waits that are this step of calls in the window of the system."""
    waits = observed.records.waits
    mine = (waits["level"] == level) & (waits["step"] == waits.categories["step"].index(step))
    return np.flatnonzero(mine & observed.in_window(waits["called"]))


def days_to(observed: Observed, level: int, step: str) -> float:
    """Mean days from the call to the end of the step {step} before {level}, of those who passed it and called in the
    window of the system; missing if nobody passed it.
    """
    waits, rows = observed.records.waits, _rows(observed, level, step)
    passed = rows[waits["outcome"][rows] == PASSED]
    return ratio(np.sum(waits["ended"][passed] - waits["called"][passed]), len(passed))


def lost_in(observed: Observed, level: int, step: str) -> float:
    """Share of those who came to the step {step} before {level}, of calls in the window of the system, who were lost in
    it: they never did anything about it, or gave up. Deaths, and calls still open at the end of the run, count in the
    denominator; missing if nobody came to it.
    """
    waits, rows = observed.records.waits, _rows(observed, level, step)
    return ratio(int(np.count_nonzero(waits["outcome"][rows] == RENEGED)), len(rows))


def _has_steps(level: Level) -> bool:
    return bool(level.access)


def _members(statistic: str, scenario: Scenario) -> Iterator[Member]:
    """One of each step of each level."""
    for code, (name, level) in enumerate(scenario.levels.items()):
        for step in level.access:
            words = {"level": level.title or name, "step": step.name}
            yield Member(f"access.{name}.{step.name}.{statistic}", words, (code, step.name))


def _define(statistic: str, unit: str, direction: Direction, compute: Callable[..., float]) -> None:
    definition = re.sub(r"\s+", " ", compute.__doc__ or "").strip()
    pattern = f"access.{{level}}.{{step}}.{statistic}"
    members = partial(_members, statistic)
    METRICS.append(Metric(pattern, unit, direction, definition, compute, "system", stated=_has_steps, aimed=members))


_define("mean", "days", "lower", days_to)
_define("lost", "share", "lower", lost_in)
