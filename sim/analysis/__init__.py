"""Metrics to decisions: pure functions, numbers in and DataFrames out."""

from sim.analysis.cost_effectiveness import cost_effectiveness_table
from sim.analysis.intervals import holm, mean_interval, paired_differences, summary

__all__ = ["cost_effectiveness_table", "holm", "mean_interval", "paired_differences", "summary"]
