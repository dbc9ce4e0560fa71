"""A row of marks, each of them a place or a person: paths of SVG, which every printer draws."""

import math
from collections.abc import Sequence

from sim.report.brief.facts import MarksOfRow

MOST_MARKS = 130
"""In a row; where there are more places and people, a mark stands for several."""
WIDE, HIGH = 0.72, 10.0
"""A mark, of a column one wide. People are as wide and not as high, so that they are told apart without colour."""
LOW_TOP, LOW = 4.5, 5.5
GAP = 1.6
"""Columns between places and people."""
LEAST = 0.05


def each_mark(totals: Sequence[float]) -> int:
    """How many places or people a mark stands for: 1, 2, 5, 10 and so on."""
    most, step = max(totals, default=0.0), 0
    while most / _stands_for(step) > MOST_MARKS:
        step += 1
    return _stands_for(step)


def _stands_for(step: int) -> int:
    return int((1, 2, 5)[step % 3] * 10 ** (step // 3))


def marks(capacity: float, used: float, waiting: float, each: int) -> MarksOfRow:
    """Places in use filled from below, empty ones pale behind them, then people who wait; averages leave parts."""
    capacity, used, waiting = (0.0 if math.isnan(x) else x / each for x in (capacity, used, waiting))
    places = math.ceil(max(capacity, used) - LEAST)
    start = places + GAP if places else 0.0
    return MarksOfRow(
        _columns(capacity, 0.0, 0.0, HIGH),
        _columns(used, 0.0, 0.0, HIGH),
        _columns(waiting, start, LOW_TOP, LOW),
        start + math.ceil(waiting),
    )


def _columns(amount: float, start: float, top: float, high: float) -> str:
    """So many columns; of the last one only a part, from below."""
    parts = []
    for i in range(math.ceil(amount - LEAST)):
        part = min(1.0, amount - i) * high
        parts.append(f"M{start + i:g} {top + high - part:.3g}h{WIDE:g}v{part:.3g}h-{WIDE:g}z")
    return "".join(parts)
