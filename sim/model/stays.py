"""Stays and waits that are still open, and what a patient heads for."""

import math
from dataclasses import dataclass

from sim.model.plan import Holding, LevelPlan
from sim.vocabulary import DROPPED_OUT, NONE


@dataclass(slots=True)
class Aim:
    """The level that a patient is heading for, how they came to it, and the lag before they ask for it."""

    level: int
    route: int
    lag: float = 0.0


@dataclass(slots=True)
class Stay:
    """A stay that is still open. From `ready` on the patient is blocked: ready to leave, and holding the place.

    held: the level as it was on admission. holding: the places that are held until the end. on_staying: how many days
    it lasts, and why it ends, if they give up the next level and stay; drawn on admission, where they may.
    """

    level: int
    route: int
    asked: float
    admitted: float
    episode: int
    visit: int
    held: LevelPlan
    holding: Holding
    ready: float = math.nan
    reason: int = DROPPED_OUT
    next_level: int = NONE
    interim: bool = False
    on_staying: tuple[float, int] | None = None


@dataclass(slots=True)
class Wait:
    """A wait that is still open. called: before the steps that come before the list."""

    level: int
    route: int
    asked: float
    held_level: int
    called: float
    step: int = NONE
