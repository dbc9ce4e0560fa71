"""The admissions desk: who holds which place, who waits for one, and who is next.

Places are given in rounds: `calendar` says when, and that whoever is granted a place at the very instant their patience
ends is admitted.
"""

import heapq
from collections.abc import Container, Sequence
from itertools import count

from simpy import Environment, Event

from sim.model.calendar import GRANTS, WAIT_ENDS, Due


class Request:
    """One patient's place on the waiting list of one level."""

    __slots__ = ("_expiry", "_turn", "_until", "env", "level", "patient", "seen", "turned_away", "waiting")

    def __init__(self, env: Environment, level: int, patient: int) -> None:
        self.env = env
        self.level = level
        self.patient = patient
        self.waiting = True
        self.seen = False
        self.turned_away = False
        self._turn: Event | None = None
        self._until: float | None = None
        self._expiry: Event | None = None

    def turn(self, until: float | None) -> Event:
        """An event with value True when the place is granted, or False when time `until` comes first (None: never), or
        the patient is turned away."""
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

    def turn_away(self) -> None:
        """Tell the patient that nobody on this list is admitted any more."""
        self.turned_away = True
        if self._turn is not None:
            self._turn.succeed(False)

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
            delay = max(self._until - self.env.now, 0.0)
            self._expiry = Due(self.env, delay, WAIT_ENDS, self.patient, self._expire)

    def _expire(self, expiry: Event) -> None:
        # A request that goes on after its patient's state changed has a new expiry; the old one means nothing.
        if self.waiting and not self.turned_away and expiry is self._expiry and self._turn is not None:
            self._turn.succeed(False)


Waiting = tuple[int, float, int, int, Request]
"""Rank, time of asking, patient, and a ticket: a patient may leave a list and join it again at one instant."""


class Desk:
    """Places of every kind, and a waiting list for every level, ordered by (rank, time of asking, patient).

    `needs[level]` are the kinds of place that one stay in the level holds; a level gets all of them or none. Freed
    places go to the first patient, over all lists, whose level can be granted in full. Invariant at every event:
    for each kind, `in_use` is the number of people whose level needs it; `in_care` counts them by level, so that
    this can be audited.
    """

    def __init__(self, env: Environment, needs: Sequence[Sequence[int]], capacity: Sequence[int]) -> None:
        self.env = env
        self.needs = needs
        self.capacity = list(capacity)
        self.in_use = [0] * len(capacity)
        self.in_care = [0] * len(needs)
        self._lists: list[list[Waiting]] = [[] for _ in needs]
        self._waiting_for = [0] * len(capacity)
        self._newcomers: list[Request] = []
        self._ticket = count()
        self._round_is_due = False

    def ask(self, level: int, rank: int, patient: int) -> Request:
        """Join the waiting list of a level; rank 0 is served first."""
        request = Request(self.env, level, patient)
        heapq.heappush(self._lists[level], (rank, self.env.now, patient, next(self._ticket), request))
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

    def release(self, level: int, places: Sequence[int]) -> None:
        """Give back the places that somebody held in a level."""
        self.in_care[level] -= 1
        for place in places:
            self.in_use[place] -= 1
            if self._waiting_for[place]:
                self._call_round()

    def set_capacity(self, place: int, capacity: int) -> None:
        """Open or close places from now on. Nobody is evicted: a cut drains as stays end."""
        self.capacity[place] = capacity
        self._call_round()

    def change_needs(self, needs: Sequence[Sequence[int]]) -> None:
        """From now on levels need other places. Whoever is in one holds on to what they have; lists carry over."""
        self.needs = needs
        self._waiting_for = [0] * len(self.capacity)
        for request in self._waiting():
            for place in needs[request.level]:
                self._waiting_for[place] += 1
        self._call_round()

    def turn_away(self, patients: Container[int]) -> None:
        """These patients' waits end without a place."""
        for request in self._waiting():
            if request.patient in patients:
                request.turn_away()

    def _waiting(self) -> list[Request]:
        """Everyone on a list, list by list, in the order in which they are served."""
        return [request for waiting in self._lists for *_, request in sorted(waiting) if request.waiting]

    def dismiss(self) -> None:
        """Close for good: nobody waits any more."""
        for waiting in self._lists:
            for *_, request in waiting:
                request.forget()
            waiting.clear()

    def _call_round(self) -> None:
        if not self._round_is_due:
            self._round_is_due = True
            Due(self.env, 0, GRANTS, 0, self._grant)

    def _grant(self, _: Event) -> None:
        self._round_is_due = False
        while (level := self._next_level()) is not None:
            request = heapq.heappop(self._lists[level])[-1]
            self.withdraw(request)
            self.occupy(level)
            request.grant()
        for request in self._newcomers:
            if request.waiting:
                request.pass_over()
        self._newcomers.clear()

    def _next_level(self) -> int | None:
        """The level of the first patient, over all lists, whose places are all free."""
        first: Waiting | None = None
        for level, waiting in enumerate(self._lists):
            while waiting and not waiting[0][-1].waiting:
                heapq.heappop(waiting)
            if waiting and self._can_admit(level) and (first is None or waiting[0] < first):
                first = waiting[0]
        return None if first is None else first[-1].level

    def _can_admit(self, level: int) -> bool:
        for place in self.needs[level]:
            if self.in_use[place] >= self.capacity[place]:
                return False
        return True
