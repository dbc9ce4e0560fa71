"""Distributions of durations: their parameters as a scenario file states them, and their closed-form inverses.

Every distribution is used in one way: *the time at which its cumulative hazard reaches a unit exponential*. With
`e ~ Exponential(1)`, `inverse()(e)` has the stated distribution; dividing `e` by a hazard ratio first makes that ratio
proportional on the hazard. So one kind of draw serves a plan of care, a drop-out and a delay alike, and a higher ratio
never makes an event later.
"""

import math
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from statistics import NormalDist, fmean
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.frozen import Frozen

Inverse = Callable[[float], float]
"""Unit exponential -> duration in days. Scalar `math` only, so that every engine agrees to the last bit."""

LONGEST = 1e9
"""Days: longer than anything anybody means, and within what arithmetic takes."""

Days = Annotated[float, Field(ge=0, le=LONGEST, strict=True, json_schema_extra={"unit": "days"})]
Scale = Annotated[float, Field(ge=1e-3, le=LONGEST, strict=True, json_schema_extra={"unit": "days"})]
Shape = Annotated[float, Field(ge=0.05, le=50, strict=True, json_schema_extra={"unit": "1"})]
Share = Annotated[float, Field(ge=0, le=1, strict=True, json_schema_extra={"unit": "share"})]

LARGEST_EXPONENT = 700.0
"""Above this `math.exp` overflows a double; a hazard that large stands for "never within any run"."""

LARGEST_LOG_RATIO = 115.0
"""Ratios of hazards beyond exp(115), or below exp(-115), are told from it by nobody."""

INSTANT = 1e-6
"""Days, a tenth of a second: what is shorter takes no time."""

SMALLEST_UNIFORM = 2.0**-54
"""Stands for 0 where a quantile would be infinite."""

standard_normal_quantile = NormalDist().inv_cdf


def power(base: float, exponent: float) -> float:
    """base ** exponent, infinite where a double cannot hold it: no run is long enough to tell."""
    try:
        result: float = base**exponent
        return result
    except OverflowError:
        return math.inf


def ratio_of(log: float) -> float:
    """exp(log), cut where several of them could no longer be multiplied: at fifty powers of ten either way."""
    return math.exp(min(max(log, -LARGEST_LOG_RATIO), LARGEST_LOG_RATIO))


class _Duration(Frozen):
    """What every distribution can do."""

    @abstractmethod
    def inverse(self) -> Inverse:
        """The closed-form inverse of the cumulative hazard."""

    def takes_no_time(self) -> bool:
        """Whether nobody ever lives to see it pass: shorter than INSTANT, but for one in a billion."""
        return self.inverse()(-math.log(1e-9)) < INSTANT

    def expected(self) -> float:
        """Mean duration in days, by the midpoint rule over 2,000 quantiles (exact to about 0.1 % of a light tail)."""
        inverse, cells = self.inverse(), 2_000
        return fmean(inverse(-math.log1p(-(i + 0.5) / cells)) for i in range(cells))


class _Cut(_Duration):
    """A distribution that may be cut at `max`: longer durations become exactly that long."""

    max: Days | None = None

    @abstractmethod
    def _uncut(self) -> Inverse: ...

    def inverse(self) -> Inverse:
        uncut, most = self._uncut(), self.max
        if most is None:
            return uncut
        return lambda e: min(uncut(e), most)


class Fixed(_Duration):
    """Always the same duration; no hazard ratio moves it."""

    distribution: Literal["fixed"]
    value: Days

    def inverse(self) -> Inverse:
        """A closed form: the value, whatever the draw."""
        value = self.value
        return lambda e: value


class Exponential(_Cut):
    """Constant hazard 1/mean: T = mean e."""

    distribution: Literal["exponential"]
    mean: Scale

    def _uncut(self) -> Inverse:
        mean = self.mean
        return lambda e: mean * e


class Weibull(_Cut):
    """Cumulative hazard (t/scale)^shape: falling hazard for shape < 1, rising for shape > 1; T = scale e^(1/shape)."""

    distribution: Literal["weibull"]
    shape: Shape
    scale: Scale

    def _uncut(self) -> Inverse:
        scale, exponent = self.scale, 1.0 / self.shape
        return lambda e: scale * power(e, exponent)


class LogLogistic(_Cut):
    """Cumulative hazard ln(1 + (t/median)^shape): T = median (exp(e) - 1)^(1/shape)."""

    distribution: Literal["loglogistic"]
    median: Scale
    shape: Shape

    def _uncut(self) -> Inverse:
        median, exponent = self.median, 1.0 / self.shape
        return lambda e: median * power(math.expm1(e), exponent) if e < LARGEST_EXPONENT else math.inf


class LogNormal(_Cut):
    """Log-normal with the given mean and standard deviation, before any cut at `max`."""

    distribution: Literal["lognormal"]
    mean: Scale
    sd: Scale

    def _uncut(self) -> Inverse:
        variance = math.log1p((self.sd / self.mean) ** 2)
        mu, sigma, quantile = math.log(self.mean) - variance / 2, math.sqrt(variance), standard_normal_quantile

        def inverse(e: float) -> float:
            u = -math.expm1(-e)
            if u <= 0.0:
                return 0.0
            return math.exp(mu + sigma * quantile(min(u, 1 - 2**-53)))

        return inverse


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

    def inverse(self) -> Inverse:
        """A closed form: T = low + (high - low) (1 - exp(-e))."""
        low, width = self.low, self.high - self.low
        return lambda e: low + width * -math.expm1(-e)


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

    def inverse(self) -> Inverse:
        """A closed form: the first value whose running share passes 1 - exp(-e)."""
        values, bounds, last = self.values, tuple(accumulate(self.shares)), len(self.values) - 1
        return lambda e: values[min(bisect_right(bounds, -math.expm1(-e)), last)]


Distribution = Annotated[
    Fixed | Exponential | Weibull | LogLogistic | LogNormal | Uniform | Discrete, Field(discriminator="distribution")
]
