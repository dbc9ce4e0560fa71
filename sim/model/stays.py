"""Stays and waits that are still open, and what a patient heads for."""

import math
from dataclasses import dataclass

from sim.model.plan import Holding, LevelPlan
from sim.vocabulary import DROPPED_OUT, NONE, TERMINATED


@dataclass(slots=True)
class Aim:
    """The level that a patient is heading for, how they came to it, and the lag before they ask for it."""

    level: int
    route: int
    lag: float = 0.0


@dataclass(slots=True)
class Stay:
    """A stay that is still open. From `ready` on the patient is blocked: ready to leave, and holding the place.

    held: the level as it was on admission. holding: the places that are held until the end. authorised: days of it that
    are, as agreed on admission; infinite without a limit. on_staying: how many days it lasts, and why it ends, if they
    give up the next level and stay; drawn on admission, where they may.
    """

    level: int
    route: int
    asked: float
    admitted: float
    episode: int
    visit: int
    held: LevelPlan
    holding: Holding
    authorised: float
    ready: float = math.nan
    reason: int = DROPPED_OUT
    next_level: int = NONE
    interim: bool = False
    on_staying: tuple[float, int] | None = None

    @property
    def authorised_until(self) -> float:
        """When its last authorised day ends. After a termination nothing is authorised, whatever ends the stay then."""
        return self.ready if self.reason == TERMINATED else self.admitted + self.authorised


@dataclass(slots=True)
class Wait:
    """A wait that is still open. called: before the steps that come before the list."""

    level: int
    route: int
    asked: float
    held_level: int
    called: float
    step: int = NONE
