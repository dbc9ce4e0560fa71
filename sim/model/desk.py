"""The admissions desk: who holds which place, who waits for one, and who is next.

Places are given in rounds: `calendar` says when, and that whoever is granted a place at the very instant their patience
ends is admitted.
"""

import heapq
import math
from collections.abc import Container, Sequence
from functools import partial
from itertools import count

from simpy import Event

from sim.model.book import Book
from sim.model.calendar import GRANTS, PLACES_CHANGE, WAIT_ENDS, Calendar, Due
from sim.model.course import CLOSED, FULL
from sim.model.formulas import next_slot, opening
from sim.model.plan import Holding, IntakePlan, LevelPlan, ListPlan, Plan, Profile, StepPlan
from sim.vocabulary import NO_ANSWER, NONE, TURNOVER


class Request:
    """One patient's place on the waiting list of one level.

    refused: how the list turned the patient away (CLOSED, FULL), 0 while it did not. days_to_learn: of somebody who
    would give up without a word, how long a place would stand idle until the programme knew; NaN of who would say so.
    gone: they have; their name is still on the list. list_number: of their list. holding: what they were granted.
    """

    __slots__ = (
        *("_expiry", "_turn", "_until", "days_to_learn", "env", "gone", "holding", "level", "list_number", "patient"),
        *("refused", "seen", "waiting"),
    )

    def __init__(self, env: Calendar, level: int, number: int, patient: int) -> None:
        self.env = env
        self.level = level
        self.list_number = number
        self.holding: Holding | None = None
        self.patient = patient
        self.waiting = True
        self.seen = False
        self.gone = False
        self.refused = 0
        self.days_to_learn = math.nan
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

    def grant(self, holding: Holding) -> None:
        """Tell the patient that these places are theirs."""
        self.waiting = False
        self.holding = holding
        if self._turn is not None:
            self._turn.succeed(True)

    def turn_away(self, refused: int) -> None:
        """Tell the patient that nobody on this list is admitted any more, or that it takes nobody more."""
        self.refused = refused
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
            now = self.env.now
            time = now + max(self._until - now, 0.0)
            self._expiry = Due(self.env, time, WAIT_ENDS, self.patient, self._expire)

    def _expire(self, expiry: Event) -> None:
        # A request that goes on after its patient's state changed has a new expiry; the old one means nothing.
        if self.waiting and not self.refused and expiry is self._expiry and self._turn is not None:
            self._turn.succeed(False)


Waiting = tuple[int, float, int, int, Request]
"""Rank, time of asking less the head start, patient, and a ticket: a patient may leave a list and join it again at one
instant."""


class Desk:
    """Places of every kind, and waiting lists, each ordered by (rank, time of asking less the head start, patient).

    A level has a list for all whom the same places accept: so, if its head cannot have any of them, nobody on it can.
    A stay holds all places of one of the list's `holdings`, the first that is free, or none. Freed places go to the
    first patient, over all lists, who can have one in full. Invariant at every instant: of each kind, `in_use` is what
    stays hold; `in_care` counts these by level. `out_of_use` places are held for nobody, and free for nobody either.
    """

    def __init__(self, env: Calendar, plan: Plan, capacity: Sequence[int], book: Book) -> None:
        levels = plan.levels
        self.env = env
        self.book = book
        self.levels: Sequence[LevelPlan] = levels
        self.turnover = plan.turnover
        self.lists: Sequence[ListPlan] = plan.lists
        self.capacity = list(capacity)
        self.in_use = [0] * len(capacity)
        self.out_of_use = [0] * len(capacity)
        self.in_care = [0] * len(levels)
        self._lists: list[list[Waiting]] = [[] for _ in plan.lists]
        self._names = [0] * len(levels)
        # By level with hours of intake: until when they last, how many more it admits in them, and when the next begin.
        self._open_until = [-math.inf] * len(levels)
        self._admits = [0.0] * len(levels)
        self._opens_at = [math.nan] * len(levels)
        self._booked: dict[tuple[int, int], float] = {}  # By level and step, the time of the last slot that is.
        self._gone: dict[tuple[int, int], Request] = {}
        self._waiting_for = [0] * len(capacity)
        self._newcomers: list[Request] = []
        self._ticket = count()
        self._round_is_due = False

    def appointment(self, level: int, step: StepPlan) -> float:
        """When somebody who is ready for it now has their appointment: first come, first served."""
        booked = self._booked.get((level, step.code), -math.inf)
        when = next_slot(self.env.now, booked, step.days, step.opens, step.closes, step.per_day)
        self._booked[level, step.code] = when
        return when

    def ask(self, number: int, rank: int, head_start: float, patient: int) -> Request:
        """Join the waiting list of this number; rank 0 is served first, and within a rank by the time of asking less
        the head start (days)."""
        level = self.lists[number].level
        if (known := self._gone.pop((level, patient), None)) is not None:
            self.withdraw(known)  # Who asks again is not called by the old name any more.
        request = Request(self.env, level, number, patient)
        heapq.heappush(self._lists[number], (rank, self.env.now - head_start, patient, next(self._ticket), request))
        self._newcomers.append(request)
        self._names[level] += 1
        for place in self.lists[number].places:
            self._waiting_for[place] += 1
        self._call_round()
        return request

    def withdraw(self, request: Request, silently: bool = False) -> None:
        """Leave the waiting list; silently, if the patient is one who would: the name then stays on it."""
        if not request.waiting:
            return
        if silently and request.days_to_learn >= 0:
            request.gone = True
            self._gone[request.level, request.patient] = request
            return
        request.waiting = False
        self._names[request.level] -= 1
        for place in self.lists[request.list_number].places:
            self._waiting_for[place] -= 1

    def occupy(self, number: int) -> Holding:
        """Take places without waiting: in levels that never make anyone wait, and for those who are there on day 0, who
        are in the first of the list's holdings that is free, or else in the first."""
        level, holdings, _ = self.lists[number]
        holding = next(filter(self._is_free, holdings), holdings[0])
        self._take(level, holding)
        return holding

    def _take(self, level: int, holding: Holding) -> None:
        self.in_care[level] += 1
        for place, number in holding.needs:
            self.in_use[place] += number

    def release(self, level: int, holding: Holding, patient: int = NONE) -> None:
        """Give back the places that somebody held in a level; patient: who was in them, NONE if nobody came."""
        self.in_care[level] -= 1
        for place, number in holding.needs:
            self.in_use[place] -= number
            if patient != NONE and self.turnover[place]:
                self._put_out_of_use(patient, level, place, number, self.turnover[place], TURNOVER)
            elif self._waiting_for[place]:
                self._call_round()

    def set_capacity(self, place: int, capacity: int) -> None:
        """Open or close places from now on. Nobody is evicted: a cut drains as stays end."""
        self.capacity[place] = capacity
        self._call_round()

    def follow(self, plan: Plan, profiles: Sequence[Profile]) -> None:
        """From now on levels need other places. Whoever is in one holds on to what they have; lists carry over, but for
        those whom no place of their level accepts any more. profiles: by patient."""
        for level, (before, after) in enumerate(zip(self.levels, plan.levels, strict=True)):
            if before.intake != after.intake:
                self._open_until[level], self._opens_at[level] = -math.inf, math.nan
        waiting = [each for entries in self._lists for each in sorted(entries) if each[-1].waiting]
        self.levels, self.turnover, self.lists = plan.levels, plan.turnover, plan.lists
        self._lists = [[] for _ in plan.lists]
        self._waiting_for = [0] * len(self.capacity)
        for entry in waiting:
            self._go_on(entry, profiles[entry[-1].patient].levels[entry[-1].level].list_number)
        self._call_round()

    def _go_on(self, entry: Waiting, number: int) -> None:
        """Wait on the list of this number, in the same turn; NONE: no place accepts them any more."""
        request = entry[-1]
        if number != NONE:
            request.list_number = number
            heapq.heappush(self._lists[number], entry)
            for place in self.lists[number].places:
                self._waiting_for[place] += 1
            return
        request.waiting = False
        self._names[request.level] -= 1
        if request.gone:
            del self._gone[request.level, request.patient]
        else:
            request.turn_away(CLOSED)

    def turn_away(self, patients: Container[int]) -> None:
        """These patients' waits end without a place."""
        for request in self._waiting():
            if request.patient in patients and not request.gone:
                request.turn_away(CLOSED)

    def strike_off(self, levels: Container[int]) -> None:
        """Take the names of those who have left without a word off the lists of these levels."""
        for level, patient in [each for each in self._gone if each[0] in levels]:
            self.withdraw(self._gone.pop((level, patient)))

    def _waiting(self) -> list[Request]:
        """Everyone on a list, list by list, in the order in which they are served."""
        return [request for waiting in self._lists for *_, request in sorted(waiting) if request.waiting]

    def dismiss(self) -> None:
        """Close for good: nobody waits any more."""
        for waiting in self._lists:
            for *_, request in waiting:
                request.forget()
            waiting.clear()
        self._gone.clear()

    def _call_round(self) -> None:
        if not self._round_is_due:
            self._round_is_due = True
            Due(self.env, self.env.now, GRANTS, 0, self._grant)

    def _grant(self, _: Event) -> None:
        self._round_is_due = False
        while (following := self._next()) is not None:
            number, holding = following
            request = heapq.heappop(self._lists[number])[-1]
            self.withdraw(request)
            if request.gone:
                self._call_in_vain(request, holding)
                continue
            self._take(request.level, holding)
            self._admits[request.level] -= 1
            request.grant(holding)
        self._turn_away_above_the_cap()
        for request in self._newcomers:
            if request.waiting:
                request.pass_over()
        self._newcomers.clear()

    def _turn_away_above_the_cap(self) -> None:
        """Of those who have just asked, and found no place, the last: lists that are full take nobody."""
        for request in reversed(self._newcomers):
            cap = self.levels[request.level].list_cap
            if request.waiting and cap != NONE and self._names[request.level] > cap:
                self.withdraw(request)
                request.turn_away(FULL)

    def _call_in_vain(self, request: Request, holding: Holding) -> None:
        """The place stands idle until the programme has learned that whom it called has left."""
        del self._gone[request.level, request.patient]
        if request.days_to_learn > 0:
            for place, number in holding.needs:
                self._put_out_of_use(request.patient, request.level, place, number, request.days_to_learn, NO_ANSWER)

    def _put_out_of_use(self, patient: int, level: int, place: int, number: int, days: float, cause: int) -> None:
        """Nobody has so many of these places, and nobody gets them, for so many days."""
        now = self.env.now
        self.out_of_use[place] += number
        for _ in range(number):
            self.book.write_outage(patient, level, place, now, now + days, cause)
        Due(self.env, now + days, PLACES_CHANGE, place, partial(self._back_in_use, place, number))

    def _back_in_use(self, place: int, number: int, _: Event) -> None:
        self.out_of_use[place] -= number
        if self._waiting_for[place]:
            self._call_round()

    def _next(self) -> tuple[int, Holding] | None:
        """The list of the first patient, over all lists, who can have what they need, and what that is."""
        first: Waiting | None = None
        following: tuple[int, Holding] | None = None
        for number, waiting in enumerate(self._lists):
            while waiting and not waiting[0][-1].waiting:
                heapq.heappop(waiting)
            if not waiting:
                continue
            holding = self._can_have(number)
            if holding is not None and (first is None or waiting[0] < first):
                first, following = waiting[0], (number, holding)
        return following

    def _can_have(self, number: int) -> Holding | None:
        """What the head of this list would be granted now: the first of its holdings of which all is free."""
        level, holdings, _ = self.lists[number]
        for holding in holdings:
            if self._is_free(holding):
                intake = self.levels[level].intake
                return holding if not intake.days or self._takes_in(level, intake) else None
        return None

    def _is_free(self, holding: Holding) -> bool:
        for place, number in holding.needs:
            if self.in_use[place] + self.out_of_use[place] + number > self.capacity[place]:
                return False
        return True

    def _takes_in(self, level: int, intake: IntakePlan) -> bool:
        """Whether a level admits now, to which somebody could be admitted; if not, there is a round when it does."""
        now = self.env.now
        if now >= self._open_until[level]:
            self._open(level, intake, opening(now, *intake[:3]))
        if self._open_until[level] > now and self._admits[level] < 1:
            self._open(level, intake, opening(self._open_until[level], *intake[:3]))
        return self._open_until[level] > now and self._admits[level] >= 1

    def _open(self, level: int, intake: IntakePlan, opens: float) -> None:
        """Admit from some time on, which may be now; the places are free until then."""
        now = self.env.now
        if opens <= now:
            self._begin_intake(level, intake, opens)
        elif self._opens_at[level] != opens:
            self._opens_at[level] = opens
            number = len(self.capacity) + 1 + level
            Due(self.env, now + (opens - now), PLACES_CHANGE, number, partial(self._opens, level, intake, opens))

    def _opens(self, level: int, intake: IntakePlan, opens: float, _: Event) -> None:
        # Another plan may have given the level other hours meanwhile.
        if self._opens_at[level] == opens:
            self._begin_intake(level, intake, opens)
            self._call_round()

    def _begin_intake(self, level: int, intake: IntakePlan, opens: float) -> None:
        self._open_until[level] = math.floor(opens) + intake.closes
        self._admits[level] = intake.most
