"""The clinical course: relapse, lapses, return to care, death."""

from collections.abc import Iterator
from typing import Annotated

from sim.files.problems import Problem, error
from sim.scenario.distributions import Distribution, Scale, ShapeParameter, Share
from sim.scenario.frozen import Frozen
from sim.scenario.schema.units import DeathRate, Mark, Ratio, number


class Relapse(Frozen):
    """Baseline cumulative hazard ln(1 + (x/median)^shape) in exposed days x of a spell of abstinence."""

    median_days: Scale
    shape: ShapeParameter


class Lapse(Frozen):
    """Short use that ends no stay and is no relapse: a constant hazard in exposed days of abstinence."""

    per_day: Annotated[float, number("per day", ge=0, le=10)]
    duration_days: Distribution


class ReturnToCare(Frozen):
    """Whether and when someone who is using outside care asks again, once in each such spell."""

    probability: Share = 0.0
    delay_days: Distribution | None = None

    def own_problems(self) -> Iterator[Problem]:
        """Whoever comes back does so some day."""
        if self.probability > 0 and self.delay_days is None:
            yield error("delay_days", "is missing: return_to_care.probability is above 0")


class DeathWindow(Frozen):
    """Until so many days after leaving 24-hour care the hazard of death is multiplied by `ratio`."""

    until_day: Scale
    ratio: Ratio


class Death(Frozen):
    """Constant hazards of death by state, raised in windows after leaving 24-hour care."""

    in_care: DeathRate = 0.0
    abstinent: DeathRate = 0.0
    using: DeathRate = 0.0
    windows: Annotated[tuple[DeathWindow, ...], Mark(rising="until_day")] = ()
