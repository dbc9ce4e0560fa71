"""Numbers as people read them: to as many decimals as their interval can bear, and never cut."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def defined_in(row: Mapping[str, Any], futures: int) -> str:
    """In how many of so many replications a mean or a difference is defined, where it is in some of them only."""
    return f"in {row['replications']} of {futures} futures" if 0 < row["replications"] < futures else ""


def number(value: float, sign: bool = False, figures: int = 4) -> str:
    """So many significant figures, thousands separated, whole parts never cut; NaN is empty."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    digits = min(max(0, figures - 1 - math.floor(math.log10(abs(value) or 1))), 6)
    if round(value, digits) == 0:
        return "0"
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_limits(
    value: float, low: float, high: float, sign: bool = False, figures: int = 4, finest: int | None = None
) -> tuple[str, str]:
    """A value and its interval, to as many decimals as the interval can bear; without one, to so many figures.

    finest: the power of ten of a number beside it (`last_place`), for which it is not to be coarser.
    """
    place = last_place(low, high)
    if place is not None and finest is not None:
        place = min(place, finest)
    return number(value, sign, figures) if place is None else _to(value, place, sign), interval(low, high, sign)


def rounded_by(value: float, inputs: tuple[float, float], chance: tuple[float, float]) -> tuple[float, float]:
    """By which of the intervals that stand beside a value it is rounded: the wider one, unless it would then lie
    outside that of chance."""
    if not inputs[1] - inputs[0] > chance[1] - chance[0]:
        return chance
    place, (low, high) = last_place(*inputs), chance
    kept = place is None or not low <= value <= high or low <= round(value, -place) <= high
    return inputs if kept else chance


def interval(low: float, high: float, sign: bool = False) -> str:
    """Two ends, of which half the width has one or two significant figures; empty when there is none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    place = last_place(low, high)
    ends = (number(end, sign) if place is None else _to(end, place, sign) for end in (low, high))
    return " to ".join(ends)


LEAST_WIDTH = 1e-9
"""Of an end, below which an interval of inputs has no width but rounding error."""


NONE_FOUND = "none found"
"""What inputs leave open where their interval has no width."""


def varied(low: float, high: float) -> bool:
    """Whether an interval of inputs has a width."""
    return high - low > LEAST_WIDTH * abs(low)


def both_intervals(inputs: tuple[float, float], chance: tuple[float, float], sign: bool = False) -> str:
    """The interval of inputs, where they were varied, and then that of chance; "" where there is none."""
    of_chance = interval(*chance, sign)
    if math.isnan(inputs[0]):
        return of_chance
    return f"{interval(*inputs, sign) if varied(*inputs) else NONE_FOUND}; {of_chance}"


def range_text(low: float, high: float, sign: bool = False, figures: int = 4) -> str:
    """What lies between two ends, one of which may be infinite."""
    ends = [number(end, sign, figures) for end in (low, high)]
    if math.isinf(low):
        return f"at most {ends[1]}"
    return f"at least {ends[0]}" if math.isinf(high) else " to ".join(ends)


ROUNDING = 1e-9
"""Of its ends, the half-width of an interval that comes of adding up doubles."""

FINEST = 6
"""Decimals after which nothing that people count in is left."""


def last_place(low: float, high: float) -> int | None:
    """The power of ten in which half the width counts 5 to 50; None where there is no width but rounding error."""
    half = (high - low) / 2
    if not ROUNDING * max(abs(low), abs(high)) < half < math.inf:
        return None
    return math.floor(math.log10(half / 5))


def _to(value: float, place: int, sign: bool) -> str:
    """A number to this power of ten; zero has no sign."""
    if math.isnan(value) or math.isinf(value):
        return number(value)
    decimals = min(max(0, -place), FINEST)
    rounded = round(value, min(-place, FINEST)) + 0.0
    if rounded == 0 and decimals == FINEST:
        return "0"
    return f"{rounded:{'+' if sign and rounded else ''},.{decimals}f}"


def records_of(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a DataFrame, by name of column."""
    return frame.to_dict("records")  # type: ignore[return-value]


def with_intervals(
    table: "pd.DataFrame", value: str, low: str = "ci_low", high: str = "ci_high", sign: bool = False
) -> list[str]:
    """A column of values as text, each with its interval: "4.8 (3.3 to 6.4)". low, high: columns of the ends."""
    ends = zip(table[value], table[low], table[high], strict=True)
    return ["{} ({})".format(*with_limits(*row, sign)) for row in ends]
