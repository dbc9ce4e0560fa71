"""Predictions: what the shipped parameters say about each target, and how far that is from what was published."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from sim.experiment.replications import Progress, each
from sim.model.engine import Engine, replicate
from sim.model.engines import engine_for
from sim.outcomes import Observed
from sim.scenario import Scenario, load_scenario
from sim.validation.arms import ARMS, Arm
from sim.validation.estimates import Measurement, estimated
from sim.validation.measurements import Measurements
from sim.validation.targets import TARGETS, Target

SEED = 1
STANDARD_ERRORS = 2
"""Within so many combined standard errors a prediction agrees with what was published."""
NEAR = 0.20
"""Within this share of the published value it is near; of a share or its complement, whichever is smaller."""
NEAR_POINTS = 0.05
"""A share is near, too, within so much."""

Verdict = Literal["agrees", "near", "misses"]


@dataclass(frozen=True)
class Prediction:
    """A target and what is predicted: estimate, standard error and 95 % t interval over replications, in its unit."""

    target: Target
    mean: float
    error: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """Predicted minus published, from the nearer end of a range; 0 within it. In the target's unit."""
        nearest = min(max(self.mean, self.target.value), self.target.upto or self.target.value)
        return self.mean - nearest

    @property
    def standard_errors(self) -> float:
        """The difference in combined standard errors, on the log scale for a ratio.

        Infinite where the sampling error of the published value is not known, unless there is no difference.
        """
        if self.difference == 0:
            return 0.0
        if self.target.error is None:
            return math.inf
        if self.target.unit == "ratio":
            if not self.mean > 0:  # A ratio of none has no logarithm.
                return math.inf
            return abs(math.log(self.mean / self.target.value)) / math.hypot(self.target.error, self.error / self.mean)
        return abs(self.difference) / math.hypot(self.target.error, self.error)

    @property
    def verdict(self) -> Verdict:
        """agrees within 2 combined standard errors, or within a published range; near within 20 % or, for a share, 5
        points; else misses. A share gets the verdict of its complement. A prediction that does not exist (NaN)
        misses."""
        if self.standard_errors <= STANDARD_ERRORS:
            return "agrees"
        published = abs(self.mean - self.difference)
        near = NEAR * published
        if self.target.unit == "share":
            near = max(NEAR * min(published, 1 - published), NEAR_POINTS)
        return "near" if abs(self.difference) <= near else "misses"


def predictions(
    base: Scenario, seed: int = SEED, workers: int = 1, progress: Progress | None = None
) -> tuple[Prediction, ...]:
    """Every target with its prediction by the parameters of `base`, in the order of `TARGETS`.

    base: the shipped scenario, or another with its levels and attributes; arms of another shipped scenario are of that
        one all the same. workers: never changes a number. A minute or two on one core.
    """
    tasks = [
        (name, scenarios, seed, replication)
        for name, scenarios in ((name, arm.build(_shipped(arm, base))) for name, arm in ARMS.items())
        for replication in range(ARMS[name].replications)
    ]
    engine = engine_for("auto", [scenario for _, scenarios, *_ in tasks for scenario in scenarios], workers)
    measurements: dict[str, list[Measurements]] = {name: [] for name in ARMS}
    for done, ((name, *_), measured) in enumerate(
        zip(tasks, each(partial(_read, engine), tasks, workers), strict=True), start=1
    ):
        measurements[name].append(measured)
        if progress is not None:
            progress(done, len(tasks))
    return tuple(predicted(target, measurements[target.arm]) for target in TARGETS)


def _shipped(arm: Arm, base: Scenario) -> Scenario:
    return base if arm.shipped == "base" else load_scenario(arm.shipped)


def predicted(target: Target, measurements: Sequence[Mapping[str, Measurement]]) -> Prediction:
    """The prediction of one target from what was read off each replication of its arm."""
    return Prediction(target, *estimated([each[target.measurement] for each in measurements]))


def _read(engine: Engine, task: tuple[str, tuple[Scenario, ...], int, int]) -> Measurements:
    """Simulate one replication of an arm, and read it."""
    name, scenarios, seed, replication = task
    read: Callable[..., Measurements] = ARMS[name].read
    return read(*(Observed(replicate(scenario, seed, replication, engine), scenario) for scenario in scenarios))
