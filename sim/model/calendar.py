"""What happens next, of all that is due at one instant: the least (kind, number), and then the next, to the last tie.

What an event makes due at its own instant joins in. So places open and close before anybody acts; whoever's time has
come acts by patient number; then, when everything that frees or asks for places is done, comes a round of grants; and
last, waits end without a place. Nobody is passed over because of the order in which equal times were booked.
"""

from collections.abc import Callable
from heapq import heappush

from simpy import Environment, Event

PLACES_CHANGE, PATIENT_ACTS, GRANTS, WAIT_ENDS = range(1, 5)
"""Kinds of event, in their order at one instant. Numbered by place (behind them all a plan, and then hours of intake by
level), by patient, not at all, and by patient."""

_KIND = 2**32
"""Numbers of one kind are below this. Below them all lie SimPy's own priorities, 0 and 1: whatever follows at once from
an event, as a grant is answered, is part of it."""


Callback = Callable[[Event], None]


class Calendar(Environment):
    """SimPy's environment. What is booked here is booked by its time: whoever is ahead of the clock has another now."""

    def book(self, event: Event, time: float, priority: int) -> None:
        """An event that happens at this time, in its place at that instant."""
        heappush(self._queue, (time, priority, next(self._eid), event))  # type: ignore[misc]  # As of `schedule`.


class Due(Event):
    """An event that happens by itself at `time`, in its place at that instant.

    The time is somebody's now plus a delay, rounded once, as every engine must add it.
    """

    def __init__(self, env: Calendar, time: float, kind: int, number: int, callback: Callback | None = None) -> None:
        self.env = env
        self.callbacks = [] if callback is None else [callback]
        self._ok = True
        self._value = None
        env.book(self, time, kind * _KIND + number)
