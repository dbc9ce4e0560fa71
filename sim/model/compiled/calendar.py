"""What happens next, of all that is due: the least (time, kind and number, sequence), in a heap."""

from sim.model.compiled.jit import twin
from sim.model.compiled.layout import EVENT, Row, Tables
from sim.model.compiled.memory import row

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
    return sequence


@twin
def take_first(w: Tables) -> Row:
    """Take the first event off the calendar; it stands in the row behind the last, until something else is due."""
    w.events_count -= 1
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
    return spare
