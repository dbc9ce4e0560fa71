"""Laws of duration as numbers (a kind, two parameters and a cut), and when their cumulative hazard is reached.

Every law is used in one way: *the time at which its cumulative hazard reaches a unit exponential*. With
`e ~ Exponential(1)`, `time_of(..., e)` has the stated distribution; dividing `e` by a hazard ratio first makes that
ratio proportional on the hazard. So one kind of draw serves a plan of care, a drop-out and a delay alike, and a higher
ratio never makes an event later.

Scalars only, and nothing but arithmetic and `math`: every engine that follows these lines agrees to the last bit.
Exponents are variables throughout: a compiler turns a constant whole one into multiplications, which round otherwise.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

FIXED, EXPONENTIAL, WEIBULL, LOGLOGISTIC, LOGNORMAL, UNIFORM, DISCRETE, PARETO = range(8)
"""Kinds of law."""

LONGEST_PLAN = 36_525.0
"""Days: a plan of care ends with a lifetime, however heavy the tail of its distribution."""

SLOWEST_CLOCK = 1e-6
"""Exposed days a day, where the risk of a setback waits at the door: a clock that stood still would leave a hazard that
falls from infinity (a shape below 1) infinite."""

LARGEST_EXPONENT = 700.0
"""Above this `math.exp` overflows a double; a hazard that large stands for "never within any run"."""

LARGEST_LOG_RATIO = 115.0
"""Ratios of hazards beyond exp(115), or below exp(-115), are told from it by nobody."""

SMALLEST_UNIFORM = 2.0**-54
"""Stands for 0 where a quantile would be infinite."""

LARGEST_UNIFORM = 1.0 - 2.0**-53
"""Stands for 1 where a quantile would be infinite."""


class Law(NamedTuple):
    """A law of duration, in days: its kind, two parameters, and the duration at which it is cut.

    FIXED: the value. EXPONENTIAL: the mean. WEIBULL: scale and 1/shape. LOGLOGISTIC: median and 1/shape. LOGNORMAL:
    mean and standard deviation of the logarithm. UNIFORM: low, and high - low. PARETO: scale and 1/shape. DISCRETE:
    where the law's values and running shares begin in a table of them, and where they end.
    """

    kind: int
    a: float
    b: float = 0.0
    most: float = math.inf


def time_of(law: Law, values: Sequence[float], shares: Sequence[float], e: float) -> float:
    """The duration, in days, at which the cumulative hazard of the law reaches `e`; infinite if it never does.

    values, shares: values and running shares of all DISCRETE laws, one after the other.
    """
    kind, a, b, most = law
    if kind == EXPONENTIAL:
        days = a * e
    elif kind == WEIBULL:
        days = a * power(e, b)
    elif kind == LOGLOGISTIC:
        days = a * power(math.expm1(e), b) if e < LARGEST_EXPONENT else math.inf
    elif kind == FIXED:
        days = a
    elif kind == LOGNORMAL:
        u = -math.expm1(-e)
        days = math.exp(a + b * normal_quantile(min(u, LARGEST_UNIFORM))) if u > 0.0 else 0.0
    elif kind == UNIFORM:
        days = a + b * -math.expm1(-e)
    elif kind == PARETO:
        days = a * math.expm1(e * b) if e * b < LARGEST_EXPONENT else math.inf
    else:
        start, end = int(a), int(b)
        days = values[min(bisect_right(shares, -math.expm1(-e), start, end), end - 1)]
    return days if days < most else most


def hazard_by(law: Law, values: Sequence[float], shares: Sequence[float], days: float) -> float:
    """The cumulative hazard that the law has reached after so many days; infinite where nobody lasts so long."""
    kind, a, b, most = law
    if days >= most:
        return math.inf
    if kind == EXPONENTIAL:
        return days / a
    if kind == WEIBULL:
        return power(days / a, 1.0 / b)
    if kind == LOGLOGISTIC:
        return math.log1p(power(days / a, 1.0 / b))
    if kind == PARETO:
        return math.log1p(days / a) / b
    if kind == FIXED:
        share = 0.0 if days < a else 1.0
    elif kind == LOGNORMAL:
        share = 1.0 - 0.5 * math.erfc((math.log(days) - a) / (b * math.sqrt(2.0))) if days > 0.0 else 0.0
    elif kind == UNIFORM:
        share = (days - a) / b if a < days < a + b else (1.0 if days >= a + b else 0.0)
    else:
        start, end = int(a), int(b)
        below = bisect_right(values, days, start, end)
        share = shares[below - 1] if start < below < end else (1.0 if below == end else 0.0)
    return -math.log1p(-share) if share < 1.0 else math.inf


def power(base: float, exponent: float) -> float:
    """base ** exponent of numbers that are not negative; infinite where a double could not hold it, or nearly."""
    # A logarithm is never above the number less one, and dearer.
    if base > 1.0 and exponent * (base - 1.0) > LARGEST_EXPONENT and exponent * math.log(base) > LARGEST_EXPONENT:
        return math.inf
    result: float = base**exponent
    return result


def ratio_of(log: float) -> float:
    """exp(log), cut where several of them could no longer be multiplied: at fifty powers of ten either way."""
    return math.exp(min(max(log, -LARGEST_LOG_RATIO), LARGEST_LOG_RATIO))


def normal_quantile(p: float) -> float:
    """The standard normal quantile of 0 < p < 1: algorithm AS 241, PPND16 (Wichura, 1988, Applied Statistics 37:477).

    The same in every bit as `statistics.NormalDist().inv_cdf`, which is C and so cannot be compiled with the rest.
    """
    q = p - 0.5
    if math.fabs(q) <= 0.425:
        r = 0.180625 - q * q
        return _polynomial(r, _CENTRE_ABOVE) * q / _polynomial(r, _CENTRE_BELOW)
    r = math.sqrt(-math.log(p if q <= 0.0 else 1.0 - p))
    if r <= 5.0:
        x = _polynomial(r - 1.6, _NEAR_ABOVE) / _polynomial(r - 1.6, _NEAR_BELOW)
    else:
        x = _polynomial(r - 5.0, _FAR_ABOVE) / _polynomial(r - 5.0, _FAR_BELOW)
    return -x if q < 0.0 else x


def _polynomial(r: float, coefficients: tuple[float, ...]) -> float:
    """A polynomial in r, the coefficient of the highest power first."""
    value = 0.0
    for coefficient in coefficients:
        value = value * r + coefficient
    return value


# Of the paper: above and below the line, for p near a half, for p near an end, and for p very near an end.
_CENTRE_ABOVE = (
    *(2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457),
    *(13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
)
_CENTRE_BELOW = (
    *(5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867),
    *(5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)
_NEAR_ABOVE = (
    *(7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258),
    *(3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
)
_NEAR_BELOW = (
    *(1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459),
    *(0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)
_FAR_ABOVE = (
    *(2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093),
    *(0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
)
_FAR_BELOW = (
    *(2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4),
    *(0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)
