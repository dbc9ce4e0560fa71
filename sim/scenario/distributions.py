"""Distributions of durations, as a scenario file states them; `laws` holds what they are to whoever draws from them."""

import math
from abc import abstractmethod
from collections.abc import Callable
from itertools import accumulate
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario import laws
from sim.scenario.frozen import Frozen
from sim.scenario.laws import Law, time_of

Inverse = Callable[[float], float]
"""Unit exponential -> duration in days."""

LONGEST = 1e9
"""Days: longer than anything anybody means, and within what arithmetic takes."""

Days = Annotated[float, Field(ge=0, le=LONGEST, strict=True, json_schema_extra={"unit": "days"})]
Scale = Annotated[float, Field(ge=1e-3, le=LONGEST, strict=True, json_schema_extra={"unit": "days"})]
ShapeParameter = Annotated[float, Field(ge=0.05, le=50, strict=True, json_schema_extra={"unit": "1"})]
Share = Annotated[float, Field(ge=0, le=1, strict=True, json_schema_extra={"unit": "share"})]

INSTANT = 1e-6
"""Days, a tenth of a second: what is shorter takes no time."""

NEARLY_ALL = -math.log(1e-9)
"""The unit exponential beyond which one in a billion lies."""


class _Duration(Frozen):
    """What every distribution can do."""

    @abstractmethod
    def law(self) -> Law:
        """The distribution as numbers. Only of a discrete one its values and running shares are beside it."""

    def steps(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Values and running shares of a discrete distribution; empty for all others."""
        return (), ()

    def inverse(self) -> Inverse:
        """The inverse of the cumulative hazard."""
        law, (values, shares) = self.law(), self.steps()
        return lambda e: time_of(law, values, shares, e)

    def takes_no_time(self) -> bool:
        """Whether nobody ever lives to see it pass: shorter than INSTANT, but for one in a billion."""
        return self.inverse()(NEARLY_ALL) < INSTANT

    def expected(self) -> float:
        """Mean duration in days, by the midpoint rule over 2,000 quantiles (exact to about 0.1 % of a light tail)."""
        inverse, cells = self.inverse(), 2_000
        return fmean(inverse(-math.log1p(-(i + 0.5) / cells)) for i in range(cells))


class _Cut(_Duration):
    """A distribution that may be cut at `max`: longer durations become exactly that long."""

    max: Days | None = None

    @property
    def most(self) -> float:
        """Days at which it is cut; infinite where it is not."""
        return math.inf if self.max is None else self.max


class Fixed(_Duration):
    """Always the same duration; no hazard ratio moves it."""

    distribution: Literal["fixed"]
    value: Days

    def law(self) -> Law:
        """The value, whatever the draw."""
        return Law(laws.FIXED, self.value)


class Exponential(_Cut):
    """Constant hazard 1/mean: T = mean e."""

    distribution: Literal["exponential"]
    mean: Scale

    def law(self) -> Law:
        """T = mean e."""
        return Law(laws.EXPONENTIAL, self.mean, most=self.most)


class Weibull(_Cut):
    """Cumulative hazard (t/scale)^shape: falling hazard for shape < 1, rising for shape > 1; T = scale e^(1/shape)."""

    distribution: Literal["weibull"]
    shape: ShapeParameter
    scale: Scale

    def law(self) -> Law:
        """T = scale e^(1/shape)."""
        return Law(laws.WEIBULL, self.scale, 1.0 / self.shape, self.most)


class LogLogistic(_Cut):
    """Cumulative hazard ln(1 + (t/median)^shape): T = median (exp(e) - 1)^(1/shape)."""

    distribution: Literal["loglogistic"]
    median: Scale
    shape: ShapeParameter

    def law(self) -> Law:
        """T = median (exp(e) - 1)^(1/shape)."""
        return Law(laws.LOGLOGISTIC, self.median, 1.0 / self.shape, self.most)


class LogNormal(_Cut):
    """Log-normal with the given mean and standard deviation, before any cut at `max`."""

    distribution: Literal["lognormal"]
    mean: Scale
    sd: Scale

    def law(self) -> Law:
        """T = exp(mu + sigma z), z the normal quantile of 1 - exp(-e), with the mu and sigma of mean and sd."""
        variance = math.log1p((self.sd / self.mean) ** 2)
        return Law(laws.LOGNORMAL, math.log(self.mean) - variance / 2, math.sqrt(variance), self.most)


class Pareto(_Cut):
    """Cumulative hazard shape ln(1 + t/scale), with the scale of the median (Pareto II, or Lomax): a hazard that falls
    as one over the time, so that a tail of few goes on for very long; T = scale (exp(e/shape) - 1)."""

    distribution: Literal["pareto"]
    median: Scale
    shape: ShapeParameter

    def law(self) -> Law:
        """T = scale (exp(e/shape) - 1), scale = median / (2^(1/shape) - 1)."""
        return Law(laws.PARETO, self.median / math.expm1(math.log(2.0) / self.shape), 1.0 / self.shape, self.most)


class Uniform(_Duration):
    """Any duration from low to high, equally likely."""

    distribution: Literal["uniform"]
    low: Days
    high: Days

    @model_validator(mode="after")
    def _ordered(self) -> "Uniform":
        if self.high < self.low:
            raise ValueError(f"high ({self.high:g}) must not be below low ({self.low:g})")
        return self

    def law(self) -> Law:
        """T = low + (high - low) (1 - exp(-e))."""
        return Law(laws.UNIFORM, self.low, self.high - self.low)


class Discrete(_Duration):
    """A few durations with given shares, shortest first."""

    distribution: Literal["discrete"]
    values: tuple[Days, ...] = Field(min_length=1)
    shares: tuple[Share, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _sound(self) -> "Discrete":
        if len(self.values) != len(self.shares):
            raise ValueError(f"{len(self.values)} values need as many shares, not {len(self.shares)}")
        if list(self.values) != sorted(self.values):
            raise ValueError("values must be in rising order")
        if abs(sum(self.shares) - 1) > 1e-9:
            raise ValueError(f"shares must sum to 1, not {sum(self.shares):.6g}")
        return self

    def law(self) -> Law:
        """The first value whose running share passes 1 - exp(-e)."""
        return Law(laws.DISCRETE, 0, len(self.values))

    def steps(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Its values and running shares."""
        return self.values, tuple(accumulate(self.shares))


Distribution = Annotated[
    Fixed | Exponential | Weibull | LogLogistic | LogNormal | Pareto | Uniform | Discrete,
    Field(discriminator="distribution"),
]


class _OfPlan(Frozen):
    """What a clock that ends stays runs by."""

    of: Literal["days", "plan"] = Field(
        "days", description='"plan": its times are shares of the planned stay, 1 the whole; "days": they are days'
    )


class FixedClock(_OfPlan, Fixed):
    """Always the same day of the stay, or the same share of the plan."""


class ExponentialClock(_OfPlan, Exponential):
    """Constant hazard."""


class WeibullClock(_OfPlan, Weibull):
    """Falling hazard for shape < 1, rising for shape > 1."""


class LogLogisticClock(_OfPlan, LogLogistic):
    """Hazard that falls in the end."""


class LogNormalClock(_OfPlan, LogNormal):
    """Hazard that rises, then falls."""


class ParetoClock(_OfPlan, Pareto):
    """Hazard that falls as one over the time."""


class UniformClock(_OfPlan, Uniform):
    """Any day, or share of the plan, from low to high."""


class DiscreteClock(_OfPlan, Discrete):
    """A few days, or shares of the plan."""


StayClock = Annotated[
    FixedClock
    | ExponentialClock
    | WeibullClock
    | LogLogisticClock
    | LogNormalClock
    | ParetoClock
    | UniformClock
    | DiscreteClock,
    Field(discriminator="distribution"),
]
"""When a cause of leaving ends a stay: by a distribution of days, or of shares of the planned stay."""
