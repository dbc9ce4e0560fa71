"""Stays and waits that are still open, what a patient heads for, and the codes of how all these end."""

import math
from dataclasses import dataclass

from sim.model.plan import LevelPlan
from sim.model.records import NONE, OUTCOMES, REASONS, ROUTES

COMPLETED = REASONS.index("completed")
DROPPED_OUT = REASONS.index("dropped_out")
BURNED_OUT = REASONS.index("burned_out")
RELAPSED = REASONS.index("relapsed")
TERMINATED = REASONS.index("terminated")
TRANSFERRED = REASONS.index("transferred")
DIED = REASONS.index("died")
END = REASONS.index("end_of_follow_up")
ENTRY, RETURN, STEP_DOWN, STEP_UP, INITIAL = range(len(ROUTES))
ADMITTED, RENEGED, NO_SHOW, WAIT_RELAPSED, WAIT_DIED, WAIT_END = range(len(OUTCOMES))


@dataclass(slots=True)
class Aim:
    """The level that a patient is heading for, how they came to it, and the lag before they ask for it."""

    level: LevelPlan
    route: int
    lag: float = 0.0


@dataclass(slots=True)
class Stay:
    """A stay that is still open. From `ready` on the patient is blocked: ready to leave, and holding the place."""

    level: LevelPlan
    route: int
    asked: float
    admitted: float
    episode: int
    visit: int
    ready: float = math.nan
    reason: int = DROPPED_OUT
    next_level: int = NONE
    interim: bool = False


@dataclass(slots=True)
class Wait:
    """A wait that is still open."""

    level: int
    route: int
    asked: float
    held_level: int
