"""The outcomes that a planner looks at first."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

HEADLINE = (
    "arrivals",
    "admitted",
    "wait.*.mean",
    "occupancy.*",
    "*.completed",
    "linkage.*",
    "retention.90_days",
    "relapse.90_days",
    "relapse.365_days",
    "days_abstinent",
    "readmission.90_days",
    "deaths*",
    "qalys.per_patient",
    "cost.per_patient.payer",
    "cost.per_patient.society",
    "cost.total",
)
"""Patterns of metric names; `*` stands for anything."""

OF_EQUITY = ("retention.90_days", "relapse.365_days", "days_abstinent", "deaths.share", "qalys.per_patient")
"""Outcomes of which a planner wants to know whether they are shared fairly."""


def fitting(names: Iterable[str], patterns: Iterable[str] = HEADLINE) -> list[str]:
    """The names that fit any of the patterns, in their own order."""
    wanted = tuple(patterns)
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)]
