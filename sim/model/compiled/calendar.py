"""What happens next, of all that is due: the least (time, kind and number, sequence).

Time is cut into spans. What is due in the present span lies in a heap, which is small; what is due later, in a chain
for each span, in no order until the span comes.
"""

from sim.model.compiled.jit import twin
from sim.model.compiled.layout import CHAIN, EVENT, LATER, PATIENT, Row, Tables
from sim.model.compiled.memory import ahead, row
from sim.vocabulary import NONE

CAPACITY, PLAN_COMES, BACK_IN_USE, INTAKE_BEGINS, ARRIVAL, ACT, ROUND, EXPIRY = range(8)
"""What may happen."""

CHILDREN = 4
"""Of each event in the heap."""
_KIND = 2**32


@twin
def _before(one: Row, other: Row) -> bool:
    if one.time != other.time:
        return one.time < other.time
    if one.order != other.order:
        return one.order < other.order
    return one.sequence < other.sequence


@twin
def _copy(source: Row, target: Row) -> None:
    target.time, target.order, target.detail = source.time, source.order, source.detail
    target.sequence, target.what, target.plan = source.sequence, source.what, source.plan


@twin
def due(w: Tables, delay: float, kind: int, number: int, what: int, detail: float, plan: int) -> int:
    """Something happens by itself after `delay` days; its sequence number."""
    w.sequence += 1
    time, order, sequence = w.now + delay, kind * _KIND + number, w.sequence
    if time >= w.horizon:  # Nobody lives to see it.
        return sequence
    w.pending += 1
    span = _span_of(w, time)
    if span <= w.span:
        _put(w, time, order, sequence, what, detail, plan)
        return sequence
    place = w.free_later
    if place == NONE:
        place = w.later_count
        w.later_count += 1
    else:
        w.free_later = row(LATER, w.later, place).next
    it, chain = row(LATER, w.later, place), row(CHAIN, w.chains, span)
    it.time, it.order, it.detail, it.sequence, it.what, it.plan = time, order, detail, sequence, what, plan
    it.next, chain.first = chain.first, place
    return sequence


@twin
def _span_of(w: Tables, time: float) -> int:
    return int(time * w.spans_a_day)


@twin
def _put(w: Tables, time: float, order: int, sequence: int, what: int, detail: float, plan: int) -> None:
    """Into the heap."""
    hole = w.events_count
    w.events_count += 1
    while hole > 0:
        above = (hole - 1) // CHILDREN
        parent = row(EVENT, w.events, above)
        if parent.time < time or (parent.time == time and parent.order <= order):
            break
        _copy(parent, row(EVENT, w.events, hole))
        hole = above
    event = row(EVENT, w.events, hole)
    event.time, event.order, event.detail = time, order, detail
    event.sequence, event.what, event.plan = sequence, what, plan


@twin
def is_over(w: Tables) -> bool:
    """Whether nothing is due before the horizon. If something is, it is in the heap."""
    while not w.events_count or _span_of(w, row(EVENT, w.events, 0).time) > w.span:
        if w.span >= w.span_count:
            break
        w.span += 1
        chain = row(CHAIN, w.chains, w.span)
        if w.span < w.span_count:
            ahead(LATER, w.later, row(CHAIN, w.chains, w.span + 1).first)
        while chain.first != NONE:
            place = chain.first
            it = row(LATER, w.later, place)
            ahead(LATER, w.later, it.next)
            _put(w, it.time, it.order, it.sequence, it.what, it.detail, it.plan)
            chain.first, it.next, w.free_later = it.next, w.free_later, place
    return not w.events_count or row(EVENT, w.events, 0).time >= w.horizon


@twin
def take_first(w: Tables) -> Row:
    """Take the first event off the calendar; it stands in the row behind the last, until something else is due."""
    w.events_count -= 1
    w.pending -= 1
    count = w.events_count
    spare, last = row(EVENT, w.events, count + 1), row(EVENT, w.events, count)
    _copy(row(EVENT, w.events, 0), spare)
    hole, below = 0, 1
    # Down to where nothing is below, by the least child, and the last one up from there: it is seldom far.
    while below < count:
        least, child = below, row(EVENT, w.events, below)
        for number in range(below + 1, min(below + CHILDREN, count)):
            other = row(EVENT, w.events, number)
            if _before(other, child):
                least, child = number, other
        _copy(child, row(EVENT, w.events, hole))
        hole, below = least, CHILDREN * least + 1
    while hole > 0:
        above = (hole - 1) // CHILDREN
        parent = row(EVENT, w.events, above)
        if not _before(last, parent):
            break
        _copy(parent, row(EVENT, w.events, hole))
        hole = above
    _copy(last, row(EVENT, w.events, hole))
    if count:
        _fetch(w, row(EVENT, w.events, 0))
    return spare


@twin
def _fetch(w: Tables, event: Row) -> None:
    """Have the processor fetch the patient who is likely to be next, while the present event happens."""
    if event.what == ACT:
        ahead(PATIENT, w.patients, event.order % _KIND)
