"""Staffing: hours of treatment delivered and clinicians needed."""

import math

from sim.outcomes.metric import Metric, MetricList
from sim.outcomes.observed import Observed, ratio
from sim.scenario.schema import Level
from sim.vocabulary import DAYS_PER_WEEK

METRICS = MetricList("system")


@METRICS.define("clinical_hours.{level}", "patient-hours", "neutral")
def clinical_hours(observed: Observed, level: int) -> float:
    """Hours of treatment that patients of {level} received within the window of the system: weeks in the level times
    clinical hours per patient and week, or, where those are not stated, times the hours of group sessions per week.
    """
    return math.fsum(
        float(days[level]) / DAYS_PER_WEEK * _hours_per_week(tuple(scenario.levels.values())[level])
        for days, (scenario, _, _) in zip(observed.stay_days_in_force, observed.in_force, strict=True)
    )


def _hours_per_week(level: Level) -> float:
    if level.clinical_hours_per_week == 0 and level.group is not None:
        return level.group.sessions_per_week * level.group.hours_per_session
    return level.clinical_hours_per_week


def _clinicians(observed: Observed, level: int) -> float:
    needed = []
    for days, (scenario, _, _) in zip(observed.stay_days_in_force, observed.in_force, strict=True):
        caseload = tuple(scenario.levels.values())[level].caseload
        if caseload is not None:
            needed.append(ratio(ratio(days[level], observed.window_days), caseload))
    return math.fsum(needed)


METRICS.append(
    Metric(
        "fte.{level}",
        "full-time clinicians",
        "neutral",
        "Full-time clinicians needed on average in {level} over the window of the system: mean number of patients "
        "divided by the caseload. Only levels that state a caseload have it.",
        _clinicians,
        "system",
        stated=lambda level: level.caseload is not None,
    )
)
