"""The admissions desk: who holds which place, who waits for one, and who is next.

At one instant everything that frees or asks for a place comes first, then one round of grants, then patience runs out.
So nobody is passed over because of the order in which equal times were booked, and whoever is granted a place at the
very instant their patience ends is admitted.
"""

import heapq
from collections.abc import Callable, Sequence
from itertools import count

from simpy import Environment, Event
from simpy.events import EventPriority

# SimPy runs events of one instant by priority; its own are URGENT (0) and NORMAL (1).
GRANTS = EventPriority(2)
EXPIRIES = EventPriority(3)


class _Later(Event):
    """An event that happens by itself after `delay` days, at a priority that SimPy's own Timeout does not offer."""

    def __init__(
        self, env: Environment, delay: float, priority: EventPriority, callback: Callable[[Event], None]
    ) -> None:
        self.env = env
        self.callbacks = [callback]
        self._ok = True
        self._value = None
        env.schedule(self, priority, delay)


class Request:
    """One patient's place on the waiting list of one level."""

    __slots__ = ("_expiry", "_turn", "_until", "env", "level", "seen", "waiting")

    def __init__(self, env: Environment, level: int) -> None:
        self.env = env
        self.level = level
        self.waiting = True
        self.seen = False
        self._turn: Event | None = None
        self._until: float | None = None
        self._expiry: Event | None = None

    def turn(self, until: float | None) -> Event:
        """An event with value True when the place is granted, or False when time `until` comes first (None: never)."""
        self._turn = turn = Event(self.env)
        self._until = until
        if self.seen:
            self._await_expiry()
        return turn

    def grant(self) -> None:
        """Tell the patient that the place is theirs."""
        self.waiting = False
        if self._turn is not None:
            self._turn.succeed(True)

    def pass_over(self) -> None:
        """No place at once: the patient waits on, for as long as patience lasts."""
        self.seen = True
        self._await_expiry()

    def forget(self) -> None:
        """Let go of the patient, whom nobody will answer any more."""
        if self._turn is not None and self._turn.callbacks:
            self._turn.callbacks.clear()

    def _await_expiry(self) -> None:
        self._expiry = None
        if self._until is not None:
            self._expiry = _Later(self.env, max(self._until - self.env.now, 0.0), EXPIRIES, self._expire)

    def _expire(self, expiry: Event) -> None:
        # A request that goes on after its patient's state changed has a new expiry; the old one means nothing.
        if self.waiting and expiry is self._expiry and self._turn is not None:
            self._turn.succeed(False)


class Desk:
    """Places of every kind, and a waiting list for every level, ordered by (rank, time of asking).

    `needs[level]` are the kinds of place that one stay in the level holds; a level gets all of them or none. Freed
    places go to the first patient, over all lists, whose level can be granted in full. Invariant at every event:
    for each kind, `in_use` is the number of people in care (`in_care`, by level) whose level needs it.
    """

    def __init__(self, env: Environment, needs: Sequence[Sequence[int]], capacity: Sequence[int]) -> None:
        self.env = env
        self.needs = needs
        self.capacity = list(capacity)
        self.in_use = [0] * len(capacity)
        self.in_care = [0] * len(needs)
        self._lists: list[list[tuple[int, float, int, Request]]] = [[] for _ in needs]
        self._waiting_for = [0] * len(capacity)
        self._newcomers: list[Request] = []
        self._ticket = count()
        self._round_is_due = False

    def ask(self, level: int, rank: int) -> Request:
        """Join the waiting list of a level; rank 0 is served first."""
        request = Request(self.env, level)
        heapq.heappush(self._lists[level], (rank, self.env.now, next(self._ticket), request))
        self._newcomers.append(request)
        for place in self.needs[level]:
            self._waiting_for[place] += 1
        self._call_round()
        return request

    def withdraw(self, request: Request) -> None:
        """Leave the waiting list."""
        request.waiting = False
        for place in self.needs[request.level]:
            self._waiting_for[place] -= 1

    def occupy(self, level: int) -> None:
        """Take the places of a level: for a grant, and for levels that never make anyone wait."""
        self.in_care[level] += 1
        for place in self.needs[level]:
            self.in_use[place] += 1

    def release(self, level: int) -> None:
        """Give back the places of a level."""
        self.in_care[level] -= 1
        for place in self.needs[level]:
            self.in_use[place] -= 1
            if self._waiting_for[place]:
                self._call_round()

    def set_capacity(self, place: int, capacity: int) -> None:
        """Open or close places from now on. Nobody is evicted: a cut drains as stays end."""
        self.capacity[place] = capacity
        self._call_round()

    def dismiss(self) -> None:
        """Close for good: nobody waits any more."""
        for waiting in self._lists:
            for *_, request in waiting:
                request.forget()
            waiting.clear()

    def _call_round(self) -> None:
        if not self._round_is_due:
            self._round_is_due = True
            _Later(self.env, 0, GRANTS, self._grant)

    def _grant(self, _: Event) -> None:
        self._round_is_due = False
        while (level := self._next_level()) is not None:
            request = heapq.heappop(self._lists[level])[3]
            self.withdraw(request)
            self.occupy(level)
            request.grant()
        for request in self._newcomers:
            if request.waiting:
                request.pass_over()
        self._newcomers.clear()

    def _next_level(self) -> int | None:
        """The level of the first patient, over all lists, whose places are all free."""
        first: tuple[int, float, int, Request] | None = None
        for level, waiting in enumerate(self._lists):
            while waiting and not waiting[0][3].waiting:
                heapq.heappop(waiting)
            if waiting and self._can_admit(level) and (first is None or waiting[0] < first):
                first = waiting[0]
        return None if first is None else first[3].level

    def _can_admit(self, level: int) -> bool:
        for place in self.needs[level]:
            if self.in_use[place] >= self.capacity[place]:
                return False
        return True
