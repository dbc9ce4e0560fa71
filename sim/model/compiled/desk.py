"""The admissions desk: who holds which place, who waits for one, and who is next; see `sim.model.desk`."""

import math

from sim.model.calendar import GRANTS, PLACES_CHANGE, WAIT_ENDS
from sim.model.compiled import book
from sim.model.compiled.calendar import BACK_IN_USE, EXPIRY, INTAKE_BEGINS, ROUND, due
from sim.model.compiled.jit import twin
from sim.model.compiled.layout import ANSWER, CODE, NEED, NUMBER, PLACE, REQUEST, Row, Tables
from sim.model.compiled.memory import row
from sim.model.compiled.world import (
    at_level,
    holding_of,
    level_by,
    level_of,
    level_profile_of,
    list_of,
    open_level,
    open_list,
    patient_of,
)
from sim.model.course import CLOSED, FULL, GRANT
from sim.model.formulas import next_slot, opening
from sim.vocabulary import NO_ANSWER, NONE, TURNOVER

BY_ITSELF = 0
"""The answer to somebody whose time has come; others are how the list turned them away, or that a place is theirs."""


@twin
def request_of(w: Tables, request: int) -> Row:
    """A request."""
    return row(REQUEST, w.requests, request)


@twin
def place_of(w: Tables, place: int) -> Row:
    """What is known of a kind of place."""
    return row(PLACE, w.places, place)


@twin
def need(w: Tables, position: int) -> Row:
    """The kind of place, and how many of it, at this position of the table of what stays hold."""
    return row(NEED, w.needs, position)


# --- a request ---


@twin
def turn(w: Tables, request: int, until: float) -> None:
    """The patient waits for a grant, until this time (infinite: for as long as it takes)."""
    it = request_of(w, request)
    it.until = until
    if it.seen:
        _await_expiry(w, request)


@twin
def _answer(w: Tables, patient: int, answer: int) -> None:
    position = w.answers_count
    w.answers_count += 1
    it = row(ANSWER, w.answers, position)
    it.patient, it.answer = patient, answer


@twin
def _turn_away(w: Tables, request: int, refused: int) -> None:
    it = request_of(w, request)
    it.refused = refused
    _answer(w, it.patient, refused)


@twin
def _await_expiry(w: Tables, request: int) -> None:
    it = request_of(w, request)
    it.expiry = NONE
    if it.until < math.inf:
        delay = max(it.until - w.now, 0.0)
        it.expiry = due(w, delay, WAIT_ENDS, it.patient, EXPIRY, request, 0)


@twin
def expire(w: Tables, request: int, sequence: int) -> None:
    """A wait ends without a place, unless the request has another expiry by now."""
    it = request_of(w, request)
    if it.waiting and not it.refused and it.expiry == sequence:
        _answer(w, it.patient, BY_ITSELF)


# --- lists ---


@twin
def _listed(w: Tables, number: int, position: int) -> Row:
    return row(CODE, w.lists, number * w.list_room + position)


@twin
def _sooner(w: Tables, one: int, other: int) -> bool:
    a, b = request_of(w, one), request_of(w, other)
    if a.rank != b.rank:
        return a.rank < b.rank
    if a.asked != b.asked:
        return a.asked < b.asked
    if a.patient != b.patient:
        return a.patient < b.patient
    return a.ticket < b.ticket


@twin
def _push(w: Tables, number: int, request: int) -> None:
    entries = open_list(w, number)
    hole = entries.listed
    entries.listed += 1
    w.listed += 1
    while hole > 0:
        above = (hole - 1) // 2
        parent = _listed(w, number, above).code
        if not _sooner(w, request, parent):
            break
        _listed(w, number, hole).code = parent
        hole = above
    _listed(w, number, hole).code = request


@twin
def _pop(w: Tables, number: int) -> int:
    """Take the first off a list."""
    entries = open_list(w, number)
    entries.listed -= 1
    w.listed -= 1
    count = entries.listed
    first, last = _listed(w, number, 0).code, _listed(w, number, count).code
    hole = 0
    while True:
        below = 2 * hole + 1
        if below >= count:
            break
        child = _listed(w, number, below).code
        if below + 1 < count:
            other = _listed(w, number, below + 1).code
            if _sooner(w, other, child):
                below, child = below + 1, other
        if not _sooner(w, child, last):
            break
        _listed(w, number, hole).code = child
        hole = below
    _listed(w, number, hole).code = last
    return first


# --- asking and leaving ---


@twin
def appointment(w: Tables, level: int, step: Row) -> float:
    """When somebody who is ready for it now has their appointment: first come, first served."""
    booked = row(NUMBER, w.booked, level * w.step_count + step.code)
    booked.value = next_slot(w.now, booked.value, step.days, step.opens, step.closes, step.per_day)
    return booked.value


@twin
def ask(w: Tables, number: int, rank: int, head_start: float, patient: int) -> int:
    """Join the waiting list of this number."""
    level = list_of(w, number).level
    mine = at_level(w, patient_of(w, patient), level)
    if mine.gone != NONE:
        known, mine.gone = mine.gone, NONE
        w.gone -= 1
        withdraw(w, known, False)  # Who asks again is not called by the old name any more.
    request = w.requests_count
    w.requests_count += 1
    it = request_of(w, request)
    it.list_number, it.holding = number, NONE
    it.level, it.patient, it.rank, it.asked, it.ticket = level, patient, rank, w.now - head_start, w.ticket
    it.waiting, it.seen, it.gone, it.refused, it.expiry = 1, 0, 0, 0, NONE
    it.days_to_learn, it.until = math.nan, math.inf
    w.ticket += 1
    _push(w, number, request)
    row(CODE, w.newcomers, w.newcomers_count).code = request
    w.newcomers_count += 1
    open_level(w, level).names += 1
    _count_waiting(w, number, 1)
    call_round(w)
    return request


@twin
def _count_waiting(w: Tables, number: int, change: int) -> None:
    entries = list_of(w, number)
    for position in range(entries.places, entries.places_end):
        place_of(w, row(CODE, w.list_places, position).code).waiting_for += change


@twin
def withdraw(w: Tables, request: int, silently: bool) -> None:
    """Leave the waiting list; silently, if the patient is one who would: the name then stays on it."""
    it = request_of(w, request)
    if not it.waiting:
        return
    if silently and it.days_to_learn >= 0:
        it.gone = 1
        at_level(w, patient_of(w, it.patient), it.level).gone = request
        w.gone += 1
        return
    it.waiting = 0
    open_level(w, it.level).names -= 1
    _count_waiting(w, it.list_number, -1)


@twin
def occupy(w: Tables, number: int) -> int:
    """Take places without waiting: in the first of the list's holdings that is free, or else in the first."""
    entries = list_of(w, number)
    holding = _free_holding(w, entries)
    if holding == NONE:
        holding = entries.holdings
    _take(w, entries.level, holding)
    return holding


@twin
def _take(w: Tables, level: int, holding: int) -> None:
    open_level(w, level).in_care += 1
    held = holding_of(w, holding)
    for position in range(held.needs, held.needs_end):
        it = need(w, position)
        place_of(w, it.place).in_use += it.number


@twin
def release(w: Tables, level: int, holding: int, patient: int) -> None:
    """Give back the places that somebody held in a level. patient: who was in them, NONE if nobody came."""
    open_level(w, level).in_care -= 1
    held = holding_of(w, holding)
    for position in range(held.needs, held.needs_end):
        it = need(w, position)
        place_of(w, it.place).in_use -= it.number
        days = row(NUMBER, w.turnover, w.plan * w.place_count + it.place).value
        if patient != NONE and days:
            _put_out_of_use(w, patient, level, it, days, TURNOVER)
        elif place_of(w, it.place).waiting_for:
            call_round(w)


@twin
def set_capacity(w: Tables, place: int, capacity: int) -> None:
    """Open or close places from now on. Nobody is evicted: a cut drains as stays end."""
    place_of(w, place).capacity = capacity
    call_round(w)


# --- another plan ---


@twin
def follow(w: Tables) -> None:
    """From now on levels need other places. Whoever is in one holds on to what they have; lists carry over, but for
    those whom no place of their level accepts any more."""
    for level in range(w.level_count):
        if not level_of(w, level).same_intake:
            desk = open_level(w, level)
            desk.open_until, desk.opens_at = -math.inf, math.nan
    first, last = NONE, NONE
    for number in range(w.list_count):
        while open_list(w, number).listed:
            request = _pop(w, number)
            if not request_of(w, request).waiting:
                continue
            if last == NONE:
                first = request
            else:
                request_of(w, last).next = request
            last = request
            request_of(w, last).next = NONE
    for place in range(w.place_count):
        place_of(w, place).waiting_for = 0
    while first != NONE:
        request, first = first, request_of(w, first).next
        _go_on(w, request)
    call_round(w)


@twin
def _go_on(w: Tables, request: int) -> None:
    """Wait on the list that is theirs now, in the same turn; NONE: no place accepts them any more."""
    it = request_of(w, request)
    me = patient_of(w, it.patient)
    number = level_profile_of(w, me, it.level).list_number
    if number != NONE:
        it.list_number = number
        _push(w, number, request)
        _count_waiting(w, number, 1)
        return
    it.waiting = 0
    open_level(w, it.level).names -= 1
    if it.gone:
        at_level(w, me, it.level).gone = NONE
        w.gone -= 1
    else:
        _turn_away(w, request, CLOSED)


@twin
def turn_away(w: Tables) -> None:
    """The waits of those whom the plan in force places elsewhere end without a place, list by list, in their order."""
    for number in range(w.list_count):
        entries = open_list(w, number)
        count = entries.listed
        while entries.listed:
            request = _pop(w, number)
            it = request_of(w, request)
            if it.waiting and not it.gone and patient_of(w, it.patient).sent_elsewhere:
                _turn_away(w, request, CLOSED)
            # Those taken off gather behind the heap: at the end they lie there last first, and the list is made anew.
            _listed(w, number, entries.listed).code = request
        for position in range(count // 2):
            one, other = _listed(w, number, position), _listed(w, number, count - 1 - position)
            one.code, other.code = other.code, one.code
        entries.listed = count
        w.listed += count


@twin
def strike_off(w: Tables, everywhere: int) -> None:
    """Take the names of those who have left without a word off the lists of levels that are closed, or of all."""
    if not w.gone:
        return
    for patient in range(w.started):
        me = patient_of(w, patient)
        for level in range(w.level_count):
            mine = at_level(w, me, level)
            if mine.gone != NONE and (everywhere or level_of(w, level).closed):
                request, mine.gone = mine.gone, NONE
                w.gone -= 1
                withdraw(w, request, False)


# --- rounds ---


@twin
def call_round(w: Tables) -> None:
    """Places may be given to somebody: there is a round at this instant."""
    if not w.round_is_due:
        w.round_is_due = 1
        due(w, 0.0, GRANTS, 0, ROUND, 0.0, 0)


@twin
def grant(w: Tables) -> None:
    """A round: places to whoever is next, as long as there are any."""
    w.round_is_due = 0
    while True:
        number, holding = _next(w)
        if number == NONE:
            break
        request = _pop(w, number)
        it = request_of(w, request)
        withdraw(w, request, False)
        if it.gone:
            _call_in_vain(w, it, holding)
            continue
        _take(w, it.level, holding)
        open_level(w, it.level).admits -= 1
        it.holding = holding
        _answer(w, it.patient, GRANT)
    _turn_away_above_the_cap(w)
    for position in range(w.newcomers_count):
        request = row(CODE, w.newcomers, position).code
        it = request_of(w, request)
        if it.waiting:
            it.seen = 1
            _await_expiry(w, request)
    w.newcomers_count = 0


@twin
def _turn_away_above_the_cap(w: Tables) -> None:
    """Of those who have just asked, and found no place, the last: lists that are full take nobody."""
    for position in range(w.newcomers_count - 1, -1, -1):
        request = row(CODE, w.newcomers, position).code
        it = request_of(w, request)
        cap = level_of(w, it.level).list_cap
        if it.waiting and cap != NONE and open_level(w, it.level).names > cap:
            withdraw(w, request, False)
            _turn_away(w, request, FULL)


@twin
def _call_in_vain(w: Tables, it: Row, holding: int) -> None:
    """The place stands idle until the programme has learned that whom it called has left."""
    at_level(w, patient_of(w, it.patient), it.level).gone = NONE
    w.gone -= 1
    if it.days_to_learn > 0:
        held = holding_of(w, holding)
        for position in range(held.needs, held.needs_end):
            _put_out_of_use(w, it.patient, it.level, need(w, position), it.days_to_learn, NO_ANSWER)


@twin
def _put_out_of_use(w: Tables, patient: int, level: int, held: Row, days: float, cause: int) -> None:
    """Nobody has so many of these places, and nobody gets them, for so many days."""
    place, number = held.place, held.number
    place_of(w, place).out_of_use += number
    for _ in range(number):
        book.write_outage(w, patient, level, place, w.now, w.now + days, cause)
    due(w, days, PLACES_CHANGE, place, BACK_IN_USE, float(number), 0)


@twin
def back_in_use(w: Tables, place: int, number: int) -> None:
    """So many of these places are such that somebody may have them again."""
    it = place_of(w, place)
    it.out_of_use -= number
    if it.waiting_for:
        call_round(w)


@twin
def _next(w: Tables) -> tuple[int, int]:
    """The list of the first patient, over all lists, who can have what they need, and what that is; NONE if there is
    nobody."""
    first, first_number, first_holding = NONE, NONE, NONE
    for number in range(w.list_count):
        entries = open_list(w, number)
        while entries.listed and not request_of(w, _listed(w, number, 0).code).waiting:
            _pop(w, number)
        if not entries.listed:
            continue
        holding = _can_have(w, number)
        request = _listed(w, number, 0).code
        if holding != NONE and (first == NONE or _sooner(w, request, first)):
            first, first_number, first_holding = request, number, holding
    return first_number, first_holding


@twin
def _can_have(w: Tables, number: int) -> int:
    """What the head of this list would be granted now: the first of its holdings of which all is free."""
    entries = list_of(w, number)
    holding = _free_holding(w, entries)
    if holding == NONE:
        return NONE
    setting = level_of(w, entries.level)
    return holding if not setting.takes_in or _takes_in(w, entries.level, setting) else NONE


@twin
def _free_holding(w: Tables, entries: Row) -> int:
    for holding in range(entries.holdings, entries.holdings_end):
        if _is_free(w, holding):
            return holding
    return NONE


@twin
def _is_free(w: Tables, holding: int) -> bool:
    held = holding_of(w, holding)
    for position in range(held.needs, held.needs_end):
        it = need(w, position)
        place = place_of(w, it.place)
        if place.in_use + place.out_of_use + it.number > place.capacity:
            return False
    return True


@twin
def _takes_in(w: Tables, level: int, setting: Row) -> bool:
    """Whether a level admits now, to which somebody could be admitted; if not, there is a round when it does."""
    desk = open_level(w, level)
    if w.now >= desk.open_until:
        _open(w, level, setting, opening(w.now, setting.days, setting.opens, setting.closes))
    if desk.open_until > w.now and desk.admits < 1:
        _open(w, level, setting, opening(desk.open_until, setting.days, setting.opens, setting.closes))
    return desk.open_until > w.now and desk.admits >= 1


@twin
def _open(w: Tables, level: int, setting: Row, opens: float) -> None:
    """Admit from some time on, which may be now; the places are free until then."""
    desk = open_level(w, level)
    if opens <= w.now:
        _begin_intake(w, level, setting, opens)
    elif desk.opens_at != opens:
        desk.opens_at = opens
        due(w, opens - w.now, PLACES_CHANGE, w.place_count + 1 + level, INTAKE_BEGINS, opens, w.plan)


@twin
def intake_begins(w: Tables, level: int, plan: int, opens: float) -> None:
    """The hours of a plan begin, unless another plan has given the level other hours meanwhile."""
    if open_level(w, level).opens_at == opens:
        _begin_intake(w, level, level_by(w, plan, level), opens)
        call_round(w)


@twin
def _begin_intake(w: Tables, level: int, setting: Row, opens: float) -> None:
    desk = open_level(w, level)
    desk.open_until = math.floor(opens) + setting.closes
    desk.admits = setting.most
