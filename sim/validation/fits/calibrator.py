"""The calibrator: numbers of a scenario by which what is measured comes as near as can be to what was published.

Least squares over distances that are stated in tolerances, from the values that the scenario has. The luck is the same
at every step, so that two sets of values differ by the values alone and the same start has the same end.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.scenario import Scenario
from sim.scenario.fields import numbers
from sim.vocabulary import Column

STEPS = (0.08, 0.04)
"""Of a parameter's range, by which slopes are taken, one after the other: wide enough that it moves some patients."""

PULL = 1.0
"""A parameter that moves over its whole range costs as much as one more tolerance, so that what the targets do not tell
apart stays where it is."""

LITTLE = 1e-3
"""Of the sum of squares; a step that gains less is the last."""


@dataclass(frozen=True)
class Parameter:
    """A number that is fitted, within bounds, both above 0.

    paths: where it stands in the scenario, the first of which its value is read from. ties: what else it sets.
    """

    low: float
    high: float
    paths: tuple[str, ...]
    ties: Callable[[float], Mapping[str, float]] = lambda value: {}

    def settings(self, value: float) -> dict[str, float]:
        """What it sets, by path."""
        return {**dict.fromkeys(self.paths, value), **self.ties(value)}


class Calibrator:
    """A fit under way: the best values so far, and the sum of squares that they leave."""

    def __init__(
        self,
        parameters: Sequence[Parameter],
        base: Scenario,
        misses: Callable[[Mapping[str, float]], Column],
        tell: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """base: where the fit starts. misses: of overrides of it, how far it then is from each target, in tolerances.
        tell: called with progress."""
        self.parameters = parameters
        self._misses, self._tell, self._now = misses, tell, now
        stated = numbers(base)
        bounds = np.array([(parameter.low, parameter.high) for parameter in parameters])
        self._low, self._range = np.log(bounds[:, 0]), np.log(bounds[:, 1] / bounds[:, 0])
        values = np.array([stated[parameter.paths[0]] for parameter in parameters])
        # By logarithm, as a share of the way from the lower bound to the upper one.
        self.start = np.clip((np.log(values) - self._low) / self._range, 0.0, 1.0)
        self.best, self.least = self.start, math.inf
        self.tried = 0
        self._until = math.inf

    def settings(self, point: Column) -> dict[str, float]:
        """Overrides of the scenario at a point of the unit cube."""
        values = np.exp(self._low + self._range * point).tolist()
        settings: dict[str, float] = {}
        for parameter, value in zip(self.parameters, values, strict=True):
            settings |= parameter.settings(value)
        return settings

    def fit(self, seconds: float) -> dict[str, float]:
        """The best overrides that are found in this time; an interrupt ends it earlier, with the best so far."""
        from scipy.optimize import least_squares

        self._until = self._now() + seconds
        try:
            for step in STEPS:
                least_squares(
                    self.residuals,
                    np.clip(self.best, 0.01, 0.99),
                    jac=lambda point, step=step: self._slopes(point, step),
                    bounds=(0.0, 1.0),
                    ftol=LITTLE,
                )
        except (_TimeIsUp, KeyboardInterrupt) as end:
            self._tell(f"stopped after {self.tried} sets of values: {end or 'interrupted'}")
        return self.settings(self.best)

    def residuals(self, point: Column) -> Column:
        """Distances in tolerances, and behind them the pull towards the start."""
        if self._now() > self._until:
            raise _TimeIsUp("the time is up")
        residuals = np.concatenate((self._misses(self.settings(point)), PULL * (point - self.start)))
        self.tried += 1
        if (left := float(np.sum(residuals**2))) < self.least:
            self.best, self.least = point.copy(), left
            self._tell(f"{self.tried} sets of values tried, sum of squares {left:.1f}")
        return residuals

    def _slopes(self, point: Column, step: float) -> Column:
        """How residuals change with each parameter, from a step into the larger part of its range."""
        at_point = self.residuals(point)
        columns = []
        for number in range(len(point)):
            there = point.copy()
            there[number] += step if point[number] < 0.5 else -step
            columns.append((self.residuals(there) - at_point) / (there[number] - point[number]))
        return np.column_stack(columns)


class _TimeIsUp(Exception):
    """The time that a fit was given."""
