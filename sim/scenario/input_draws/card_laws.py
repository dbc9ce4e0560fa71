"""The distribution that an evidence card states, of one number: its quantiles, and where a value lies in it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.scenario.schema import EvidenceCard
from sim.vocabulary import Column

LEVEL = 0.95
"""What low and high hold between them where a card says nothing of it."""

DEFAULT = "uniform"
"""The distribution of a card that states a range and none."""


@dataclass(frozen=True)
class CardLaw:
    """A distribution with two parameters between two ends.

    kind: as on the card. a, b: normal, mean and standard deviation; lognormal, those of the logarithm; gamma, shape and
    scale; beta, its two shapes, times the share of the width; uniform, low and high; triangular and PERT, the mode and
    0. low, high: the ends of the last three.
    """

    kind: str
    a: float
    b: float
    low: float = 0.0
    high: float = 1.0

    def quantile(self, shares: Column) -> Column:
        """The values below which these shares of the distribution lie; shares strictly between 0 and 1."""
        return np.asarray(_QUANTILES[self.kind](self, np.asarray(shares, dtype=float)))

    @property
    def mean(self) -> float:
        """Its mean."""
        return float(_MEANS[self.kind](self))

    @property
    def reach(self) -> tuple[float, float]:
        """Its ends if it has some that are stated, else those of its middle 99.9 %."""
        if self.kind in ("uniform", "triangular", "pert"):
            return self.low, self.high
        least, most = self.quantile(np.array([0.0005, 0.9995]))
        return float(least), float(most)


def law_of(card: EvidenceCard, value: float) -> CardLaw:
    """The distribution of a card, of a number that a scenario states as `value`.

    From mean and standard error by moments; else so that `level` of it lies between low and high, half of the rest to
    either side, whatever the value is: a card that says less of one side than of the other has a mean of its own. Only
    triangular and PERT have the value as their mode, between low and high as their ends. A beta distribution that
    reaches 0 or 1 cannot have it as a quantile; then its mean is the value and the other end decides.
    Raises ValueError, in words, when there is no such distribution, or low equals high.
    """
    kind = card.distribution or DEFAULT
    if card.mean is not None and card.standard_error is not None:
        return _by_moments(kind, card.mean, card.standard_error)
    if card.low is None or card.high is None:
        raise ValueError("it states neither low and high nor mean and standard_error")
    low, high = card.low, card.high
    if kind == "uniform":
        return CardLaw(kind, low, high, low, high)
    if low == high:
        raise ValueError("its low is its high")
    if kind in ("triangular", "pert"):
        if not low <= value <= high:
            raise ValueError(f"{kind} has the value as its mode, which must lie between low and high")
        return CardLaw(kind, value, 0.0, low, high)
    return _by_quantiles(kind, low, high, LEVEL if card.level is None else card.level, value)


def _by_moments(kind: str, mean: float, error: float) -> CardLaw:
    if kind == "lognormal":
        variance = math.log1p((error / mean) ** 2)
        return CardLaw(kind, math.log(mean) - variance / 2, math.sqrt(variance))
    if kind == "gamma":
        return CardLaw(kind, (mean / error) ** 2, error**2 / mean)
    if kind == "beta":
        size = mean * (1 - mean) / error**2 - 1
        return CardLaw(kind, mean * size, (1 - mean) * size)
    return CardLaw("normal", mean, error)


def _by_quantiles(kind: str, low: float, high: float, level: float, value: float) -> CardLaw:
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + level / 2))
    if kind == "normal":
        return CardLaw(kind, (low + high) / 2, (high - low) / (2 * reach))
    if kind == "lognormal":
        return CardLaw(kind, (math.log(low) + math.log(high)) / 2, math.log(high / low) / (2 * reach))
    return _gamma(low, high, level) if kind == "gamma" else _beta(low, high, level, value)


def _gamma(low: float, high: float, level: float) -> CardLaw:
    from scipy.optimize import brentq
    from scipy.special import gammaincinv

    below, above = (1 - level) / 2, (1 + level) / 2

    def wider(log_shape: float) -> float:
        shape = math.exp(log_shape)
        return float(np.log(gammaincinv(shape, above)) - np.log(gammaincinv(shape, below)) - math.log(high / low))

    # The wider the range, the smaller the shape.
    if wider(math.log(0.02)) < 0:
        raise ValueError("no gamma distribution is as wide as from its low to its high")
    if wider(math.log(1e8)) > 0:
        raise ValueError("its low is next to its high")
    shape = math.exp(brentq(wider, math.log(0.02), math.log(1e8), xtol=1e-12))
    return CardLaw("gamma", shape, high / float(gammaincinv(shape, above)))


def _beta(low: float, high: float, level: float, value: float) -> CardLaw:
    from scipy.optimize import brentq
    from scipy.special import betaincinv

    below, above = (1 - level) / 2, (1 + level) / 2

    def mean_at(size: float) -> float:
        """The mean with which, of this size, the low end is where it should be; the value where it is at 0."""
        if low == 0 or high == 1:
            return value

        def too_high(mean: float) -> float:
            return float(betaincinv(mean * size, (1 - mean) * size, below)) - low

        return float(brentq(too_high, 1e-6, 1 - 1e-6, xtol=1e-14))

    def too_wide(log_size: float) -> float:
        size = math.exp(log_size)
        mean = mean_at(size)
        if high == 1:
            return low - float(betaincinv(mean * size, (1 - mean) * size, below))
        return float(betaincinv(mean * size, (1 - mean) * size, above)) - high

    if (low == 0 or high == 1) and not low < value < high:
        raise ValueError("a beta distribution that reaches 0 or 1 has the value as its mean, which must lie within")
    ends = math.log(0.05), math.log(1e9)
    try:
        size = math.exp(brentq(too_wide, *ends, xtol=1e-10))
    except ValueError as reason:
        raise ValueError("no beta distribution has these low and high") from reason
    mean = mean_at(size)
    return CardLaw("beta", mean * size, (1 - mean) * size)


def _normal(law: CardLaw, shares: Column) -> Column:
    from scipy.special import ndtri

    return np.asarray(law.a + law.b * ndtri(shares))


def _of_gamma(law: CardLaw, shares: Column) -> Column:
    from scipy.special import gammaincinv

    return np.asarray(law.b * gammaincinv(law.a, shares))


def _of_beta(law: CardLaw, shares: Column) -> Column:
    from scipy.special import betaincinv

    return np.asarray(betaincinv(law.a, law.b, shares))


def _triangular(law: CardLaw, shares: Column) -> Column:
    width, left = law.high - law.low, law.a - law.low
    rising = law.low + np.sqrt(shares * width * left)
    falling = law.high - np.sqrt((1 - shares) * width * (law.high - law.a))
    return np.asarray(np.where(shares * width < left, rising, falling))


def _pert_shapes(law: CardLaw) -> tuple[float, float]:
    """Of the beta distribution between its ends, whose mode counts four times (Malcolm and others 1959)."""
    width = law.high - law.low
    return 1 + 4 * (law.a - law.low) / width, 1 + 4 * (law.high - law.a) / width


def _pert(law: CardLaw, shares: Column) -> Column:
    from scipy.special import betaincinv

    return np.asarray(law.low + (law.high - law.low) * betaincinv(*_pert_shapes(law), shares))


_QUANTILES: dict[str, Callable[[CardLaw, Column], Column]] = {
    "normal": _normal,
    "lognormal": lambda law, shares: np.asarray(np.exp(_normal(law, shares))),
    "gamma": _of_gamma,
    "beta": _of_beta,
    "uniform": lambda law, shares: np.asarray(law.low + (law.high - law.low) * shares),
    "triangular": _triangular,
    "pert": _pert,
}

_MEANS: dict[str, Callable[[CardLaw], float]] = {
    "normal": lambda law: law.a,
    "lognormal": lambda law: math.exp(law.a + law.b**2 / 2),
    "gamma": lambda law: law.a * law.b,
    "beta": lambda law: law.a / (law.a + law.b),
    "uniform": lambda law: (law.low + law.high) / 2,
    "triangular": lambda law: (law.low + law.a + law.high) / 3,
    "pert": lambda law: (law.low + 4 * law.a + law.high) / 6,
}
