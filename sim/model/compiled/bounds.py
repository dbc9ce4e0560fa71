"""What surely comes later than something else: told from a table, without logarithm or power, as most causes do.

A table holds, for each law, the cumulative hazard that it has reached by the end of each step; steps are half octaves,
from a sixteenth of a day on. Whatever comes late enough on the hazard comes after the step.
"""

import math
from collections.abc import Sequence

import numpy as np

from sim.model.compiled.jit import twin
from sim.model.compiled.layout import NUMBER, Tables
from sim.model.compiled.memory import row
from sim.scenario.laws import Law, hazard_by

STEPS = 32
"""Half octaves: the lower and the upper half of the floats between two powers of two; the last is open."""
_SHIFT = 51
"""Bits of a float below those that tell the step."""
_FIRST = int(np.float64(0.0625).view(np.int64)) >> _SHIFT
_ENDS = [float(np.int64((_FIRST + step + 1) << _SHIFT).view(np.float64)) for step in range(STEPS - 1)]

MUCH = 20.0
"""A hazard above which a share of survivors is too small to tell it well."""
MARGIN, SPECK = 1 + 1e-6, 1e-12
"""Far more than rounding makes of a hazard: of its size, and of one near 0."""
LATER, INSTANT = 1 + 1e-9, 1e-9
"""Far more than rounding makes of days, and of a time of the clock."""


def hazards_reached(law: Law, values: Sequence[float], shares: Sequence[float]) -> list[float]:
    """At the end of each step, a little above what it is; infinite where it is too much to be told.

    values, shares: as of `laws.hazard_by`.
    """
    reached = [hazard_by(law, values, shares, days) for days in _ENDS]
    return [hazard * MARGIN + SPECK if hazard < MUCH else math.inf for hazard in reached] + [math.inf]


@twin
def reaches_later(w: Tables, law: int, hazard: float, days: float) -> bool:
    """Whether a law surely reaches a cumulative hazard after so many days; if it is not sure, it may all the same."""
    step = (int(np.float64(days * LATER + INSTANT).view(np.int64)) >> _SHIFT) - _FIRST
    step = min(max(step, 0), STEPS - 1)
    reached: float = row(NUMBER, w.reached, law * STEPS + step).value
    return hazard > reached


@twin
def surely_later(w: Tables, law: int, drawn: float, ratio: float, days: float) -> bool:
    """The same of a draw, at a hazard ratio: u, whose unit exponential -log(1 - u) is never below u + u^2 / 2."""
    return reaches_later(w, law, drawn * (1 + drawn / 2) / ratio, days)
