"""Records of a replication in, metrics out."""

from sim.outcomes.budget import budget
from sim.outcomes.daily import daily, daily_names
from sim.outcomes.effects import (
    EFFECTS,
    VIEWS,
    Counted,
    Effect,
    View,
    effect_of,
    metrics_of_worth,
    view_of,
    why_not_told,
)
from sim.outcomes.groups import CROSS, GROUP_SIZE, grouping, metrics_and_groups, metrics_by_group, metrics_by_groups
from sim.outcomes.headline import HEADLINE, OF_EQUITY, fitting
from sim.outcomes.ledger import cohort_ledger, ledger_frame, whole_ledger, window_ledger
from sim.outcomes.metric import Metric
from sim.outcomes.observed import Observed
from sim.outcomes.occupancy import occupancy
from sim.outcomes.payers import PERSPECTIVES, Perspective, check_perspective
from sim.outcomes.reads import read_problems
from sim.outcomes.registry import (
    REGISTRY,
    describe,
    main_outcomes,
    metric_names,
    metric_table,
    metrics,
    metrics_of,
    shown_targets,
    target_problems,
)

__all__ = [
    "CROSS",
    "EFFECTS",
    "GROUP_SIZE",
    "HEADLINE",
    "OF_EQUITY",
    "PERSPECTIVES",
    "REGISTRY",
    "VIEWS",
    "Counted",
    "Effect",
    "Metric",
    "Observed",
    "Perspective",
    "View",
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
    "main_outcomes",
    "metric_names",
    "metric_table",
    "metrics",
    "metrics_and_groups",
    "metrics_by_group",
    "metrics_by_groups",
    "metrics_of",
    "occupancy",
    "read_problems",
    "metrics_of_worth",
    "shown_targets",
    "target_problems",
    "view_of",
    "whole_ledger",
    "why_not_told",
    "window_ledger",
]
