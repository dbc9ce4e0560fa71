"""Metrics to decisions: pure functions, numbers in and DataFrames out."""

from sim.analysis.budget_impact import budget_impact
from sim.analysis.cost_effectiveness import cost_effectiveness_table
from sim.analysis.decomposition import changed_paths, decompose
from sim.analysis.equity import gap_changes, gaps, group_summary, judged
from sim.analysis.increments import incremental_table
from sim.analysis.intervals import all_pairs, holm, mean_interval, mean_intervals, paired_differences, summary
from sim.analysis.net_benefit import net_monetary_benefit
from sim.analysis.occupancy import occupancy_distribution
from sim.analysis.precision import Precision, half_widths, parse_precision, replications_needed
from sim.analysis.ratio import RatioInterval, bootstrap_ratio_interval, fieller_interval
from sim.analysis.selection import Selection, kn
from sim.analysis.targets import target_table
from sim.analysis.warm_up import Truncation, mser5, warm_up_table

__all__ = [
    "Precision",
    "RatioInterval",
    "Selection",
    "Truncation",
    "all_pairs",
    "bootstrap_ratio_interval",
    "budget_impact",
    "changed_paths",
    "cost_effectiveness_table",
    "decompose",
    "fieller_interval",
    "gap_changes",
    "gaps",
    "group_summary",
    "half_widths",
    "holm",
    "incremental_table",
    "judged",
    "kn",
    "mean_interval",
    "mean_intervals",
    "mser5",
    "net_monetary_benefit",
    "occupancy_distribution",
    "paired_differences",
    "parse_precision",
    "replications_needed",
    "summary",
    "target_table",
    "warm_up_table",
]
