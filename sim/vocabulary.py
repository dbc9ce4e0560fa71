"""The words of the field, each said once: codes, names and constants that every other part goes by."""

from typing import Any

import numpy as np

Column = np.ndarray[Any, Any]
"""One column of a table."""

NONE = -1
"""The code of "no level"; NaN at the border."""

DAYS_PER_YEAR = 365.25

GAP_BETWEEN_EPISODES = 30.0
"""Days without care after which the next admission begins a new episode."""

REASONS = (
    "completed",
    "dropped_out",
    "burned_out",
    "relapsed",
    "terminated",
    "transferred",
    "died",
    "end_of_follow_up",
)
"""How a stay ends. `transferred` covers early step-down, step-up and moves to another programme."""

COMPLETED, DROPPED_OUT, BURNED_OUT, RELAPSED, TERMINATED, TRANSFERRED, DIED, END = range(len(REASONS))

OUTCOMES = ("admitted", "reneged", "no_show", "relapsed", "died", "end_of_follow_up")
"""How a wait ends. `relapsed`: someone on the way to the next level relapsed and left the list."""

ADMITTED, RENEGED, NO_SHOW, WAIT_RELAPSED, WAIT_DIED, WAIT_END = range(len(OUTCOMES))

ROUTES = ("entry", "return", "step_down", "step_up", "initial")
"""How a patient came to ask for a level."""

ENTRY, RETURN, STEP_DOWN, STEP_UP, INITIAL = range(len(ROUTES))

STATES = ("abstinent", "lapse", "using", "dead")
"""Clinical states. A spell of abstinence goes on through its lapses; they are cut out of it in the records."""

ABSTINENT, LAPSE, USING, DEAD = range(len(STATES))

CAUSES_OF_LEAVING = {
    "dropout": "dropped_out",
    "burnout": "burned_out",
    "termination": "terminated",
    "transfer": "transferred",
}
"""Causes that may end a stay before its plan of care is finished, each with its own clock -> the reason they give."""
