"""Records of a replication in, metrics out."""

from sim.outcomes.budget import budget
from sim.outcomes.daily import daily, daily_names
from sim.outcomes.effects import EFFECTS, Effect, effect_of, why_not_told
from sim.outcomes.groups import CROSS, GROUP_SIZE, grouping, metrics_by_group
from sim.outcomes.headline import HEADLINE, OF_EQUITY, fitting
from sim.outcomes.ledger import cohort_ledger, ledger_frame, whole_ledger, window_ledger
from sim.outcomes.metric import Metric
from sim.outcomes.observed import Observed
from sim.outcomes.occupancy import occupancy
from sim.outcomes.payers import PERSPECTIVES, Perspective, check_perspective
from sim.outcomes.reads import read_problems
from sim.outcomes.registry import REGISTRY, describe, metric_names, metric_table, metrics, metrics_of, target_problems

__all__ = [
    "CROSS",
    "EFFECTS",
    "GROUP_SIZE",
    "HEADLINE",
    "OF_EQUITY",
    "PERSPECTIVES",
    "REGISTRY",
    "Effect",
    "Metric",
    "Observed",
    "Perspective",
    "budget",
    "check_perspective",
    "cohort_ledger",
    "daily",
    "daily_names",
    "describe",
    "effect_of",
    "fitting",
    "grouping",
    "ledger_frame",
    "metric_names",
    "metric_table",
    "metrics",
    "metrics_by_group",
    "metrics_of",
    "occupancy",
    "read_problems",
    "target_problems",
    "whole_ledger",
    "why_not_told",
    "window_ledger",
]
