"""By what two systems are judged where inputs are varied: one outcome, or net benefit."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim.experiment.run import check_metric
from sim.outcomes import describe
from sim.outcomes.effects import USUAL_WORTH, View, effect_of, metrics_of_worth, view_of
from sim.outcomes.payers import Perspective
from sim.scenario import Scenario
from sim.vocabulary import Direction


@dataclass(frozen=True)
class Criterion:
    """A weighted sum of metrics.

    outcome: the metric that it is; "" for net benefit, of which threshold (what one of the effect is worth), effect,
    perspective and view tell the rest. direction: which difference is for the better.
    """

    metrics: tuple[str, ...]
    weights: tuple[float, ...]
    direction: Direction
    outcome: str = ""
    threshold: float = 0.0
    effect: str = ""
    perspective: Perspective = "society"
    view: View = "cohort"

    def value(self, values: Mapping[str, float]) -> float:
        """What it comes to, by metric."""
        return math.fsum(weight * values[name] for name, weight in zip(self.metrics, self.weights, strict=True))


def criterion_of(
    scenarios: Mapping[str, Scenario],
    outcome: str | None = None,
    threshold: float | None = None,
    effect: str = "qaly",
    perspective: Perspective = "society",
) -> Criterion:
    """An outcome by its name, or net benefit: threshold (default: 100,000 for a QALY) times the effect, less costs.

    Raises ValueError for what some scenario does not have, and for an effect of which it is not said what it is worth.

    >>> sim.criterion_of({"ward": ward}, "cost.total").value({"cost.total": 3.0})
    3.0
    """
    if outcome is not None:
        check_metric(outcome, scenarios)
        return Criterion((outcome,), (1.0,), describe(outcome).direction, outcome)
    if threshold is None and effect != "qaly":
        raise ValueError(f"state the threshold, what one of the effect {effect} is worth; only a QALY has a usual one")
    first = next(iter(scenarios.values()))
    signs = {-1.0 if effect_of(effect, each).direction == "lower" else 1.0 for each in scenarios.values()}
    worth = USUAL_WORTH if threshold is None else threshold
    view = view_of(effect, list(scenarios.values()))
    cost, gained = metrics_of_worth(effect, perspective, first, view)
    for metric in (cost, gained):
        check_metric(metric, scenarios)
    weights = (-1.0, worth * signs.pop())
    return Criterion((cost, gained), weights, "higher", "", worth, effect, perspective, view)
