"""What happens next, of all that is due at one instant: the least (kind, number), and then the next, to the last tie.

What an event makes due at its own instant joins in. So places open and close before anybody acts; whoever's time has
come acts by patient number; then, when everything that frees or asks for places is done, comes a round of grants; and
last, waits end without a place. Nobody is passed over because of the order in which equal times were booked.
"""

from collections.abc import Callable

from simpy import Environment, Event

PLACES_CHANGE, PATIENT_ACTS, GRANTS, WAIT_ENDS = range(1, 5)
"""Kinds of event, in their order at one instant. Numbered by place (behind them all a plan, and then hours of intake by
level), by patient, not at all, and by patient."""

_KIND = 2**32
"""Numbers of one kind are below this. Below them all lie SimPy's own priorities, 0 and 1: whatever follows at once from
an event, as a grant is answered, is part of it."""


Callback = Callable[[Event], None]


class Due(Event):
    """An event that happens by itself after `delay` days, in its place at that instant.

    The time on the calendar is the present plus the delay, rounded once, as every engine must add it.
    """

    def __init__(
        self, env: Environment, delay: float, kind: int, number: int, callback: Callback | None = None
    ) -> None:
        self.env = env
        self.callbacks = [] if callback is None else [callback]
        self._ok = True
        self._value = None
        env.schedule(self, kind * _KIND + number, delay)  # type: ignore[arg-type]  # SimPy names the type of its own two.
