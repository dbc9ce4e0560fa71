"""Records of a replication in, metrics out."""

from sim.outcomes.metric import Metric
from sim.outcomes.registry import REGISTRY, describe, metric_names, metric_table, metrics

__all__ = ["REGISTRY", "Metric", "describe", "metric_names", "metric_table", "metrics"]
