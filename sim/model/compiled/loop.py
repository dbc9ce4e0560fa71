"""The loop of events of one replication, and how it is closed; see `sim.model.engine`.

Both stop when a table is short of room, and go on where they were when they are called again.
"""

from sim.model.calendar import PATIENT_ACTS
from sim.model.compiled import book, course, desk, pathway
from sim.model.compiled.cache import kept
from sim.model.compiled.calendar import (
    _KIND,
    ACT,
    ARRIVAL,
    BACK_IN_USE,
    CAPACITY,
    EXPIRY,
    INTAKE_BEGINS,
    PLAN_COMES,
    ROUND,
    due,
    is_over,
    take_first,
)
from sim.model.compiled.jit import entry, twin
from sim.model.compiled.layout import ANSWER, NUMBER, PATIENT, WORD_1, WORD_4, WORD_8, WORLD, Row, Tables
from sim.model.compiled.memory import ahead, row
from sim.model.compiled.pathway import RUNNING, SETBACKS_CIRCLE, SHORT_OF_ROOM
from sim.model.compiled.setbacks import write_lived
from sim.model.compiled.world import foresee, level_profile_of, list_of, patient_of, plan_now
from sim.vocabulary import END, NONE, WAIT_END, Column

OVER = 4
"""Status of a run that has come to its end; further ones are those of `pathway`."""

SOON = 4
"""Patients ahead."""

A_WHILE = 1_000_000
"""Turns after which control goes back for a moment, so that a Ctrl-C is heard."""


@kept
@entry
def run(world: int, initial: Row, known: Row) -> None:
    """Everything that happens before the horizon. initial: (level, in care, waiting); known: (state, people, law).

    world: where it is. Why it stopped is in its `status`.
    """
    w = row(WORLD, world, 0)
    if w.status == SHORT_OF_ROOM:
        w.status = RUNNING
    if not w.started and not w.arriving:
        _open(w, initial, known)
    for _ in range(A_WHILE):
        if w.status == RUNNING and not ((not w.lived_count or write_lived(w)) and _has_room(w)):
            w.status = SHORT_OF_ROOM
        if w.status != RUNNING:
            return
        if w.ahead != NONE:
            _go_ahead(w)
        elif w.begun < w.started:
            me = patient_of(w, w.begun)
            w.begun += 1
            pathway.set_out(w, me)
        elif w.answers_first < w.answers_count:
            answer = row(ANSWER, w.answers, w.answers_first)
            w.answers_first += 1
            pathway.resume(w, patient_of(w, answer.patient), answer.answer)
        elif not w.arriving:
            w.arriving = 1
            _arrive(w)
        else:
            w.answers_first = w.answers_count = 0
            if is_over(w):
                w.status = OVER
                return
            _happen(w)


@twin
def _has_room(w: Tables) -> bool:
    """Whether every table has room for what one turn may write."""
    margin, called = w.margin, w.gone * w.most_needs
    return (
        w.pending + margin + called + w.newcomers_count <= w.events_room
        and w.later_count + margin + called + w.newcomers_count <= w.later_room
        and w.outages_count + margin + called <= w.outages_room
        and w.requests_count + margin <= w.requests_room
        and w.newcomers_count + margin <= w.newcomers_room
        and w.listed + margin <= w.list_room
        and w.lived_count + margin <= w.lived_room
        and w.stretches_count + margin <= w.stretches_room
        and w.stays_count + margin <= w.stays_room
        and w.waits_count + margin <= w.waits_room
        and w.courses_count + margin <= w.courses_room
        and w.visits_count + margin <= w.visits_room
    )


@twin
def _open(w: Tables, initial: Row, known: Row) -> None:
    """People present on day 0."""
    foresee(w)
    first, choice = w.started, 0
    for group in range(len(initial)):
        for _ in range(initial[group][1] + initial[group][2]):
            _start(w)
    begun = first
    # Who has the least choice of places comes first: the others can make way.
    while begun < w.started:
        patient = first
        for group in range(len(initial)):
            level, in_care, waiting = initial[group]
            for number in range(in_care + waiting):
                me = patient_of(w, patient)
                if _choices(w, me, level) == choice:
                    pathway.begin(w, me, level, number < in_care)
                    begun += 1
                patient += 1
        choice += 1
    for group in range(len(known)):
        state, people, law = known[group]
        for _ in range(people):
            pathway.begin_at_home(w, _start(w), state, law)


@twin
def _choices(w: Tables, me: Row, level: int) -> int:
    """How many holdings there are for somebody in a level."""
    number = level_profile_of(w, me, level).list_number
    entries = list_of(w, number if number != NONE else w.list_count - 1)
    return entries.holdings_end - entries.holdings


@twin
def _start(w: Tables) -> Row:
    """The next patient sets out."""
    me = patient_of(w, w.started)
    pathway.begin_journey(w, me, me.born)
    w.started += 1
    return me


@twin
def _arrive(w: Tables) -> None:
    """New people ask for care, one after the other."""
    while w.next_arrival < w.arrival_count:
        time = row(NUMBER, w.arrivals, w.next_arrival).value
        if time > w.now:
            due(w, time - w.now, PATIENT_ACTS, w.started, ARRIVAL, 0.0, 0)
            return
        _start(w)
        w.next_arrival += 1


@twin
def _go_ahead(w: Tables) -> None:
    """Somebody acts ahead of the calendar; whoever comes after them is there again."""
    me, w.now = patient_of(w, w.ahead), w.ahead_at
    w.ahead = NONE
    pathway.resume(w, me, desk.BY_ITSELF)
    if w.ahead == NONE:
        w.now = w.clock


@twin
def _happen(w: Tables) -> None:
    """The next event."""
    event = take_first(w)
    w.now = w.clock = event.time
    what, number, detail, plan, sequence = event.what, event.order % _KIND, event.detail, event.plan, event.sequence
    if what == ACT:
        pathway.resume(w, patient_of(w, number), desk.BY_ITSELF)
    elif what == ROUND:
        desk.grant(w)
    elif what == EXPIRY:
        desk.expire(w, int(detail), sequence)
    elif what == ARRIVAL:
        _start(w)
        w.next_arrival += 1
        _arrive(w)
    elif what == BACK_IN_USE:
        desk.back_in_use(w, number, int(detail))
    elif what == CAPACITY:
        desk.set_capacity(w, number, int(detail))
    elif what == INTAKE_BEGINS:
        desk.intake_begins(w, number - w.place_count - 1, plan, detail)
    elif what == PLAN_COMES:
        _follow(w, plan)


@twin
def _follow(w: Tables, plan: int) -> None:
    """A plan comes into force: for everybody, at one instant, before anybody acts."""
    w.plan = plan
    foresee(w)
    desk.follow(w)
    anew = plan_now(w).places_anew
    for patient in range(w.started):
        me = patient_of(w, patient)
        me.sent_elsewhere = me.wait_level != NONE and (
            pathway.is_closed(w, me, me.wait_level) or (anew and pathway.waits_outside(me))
        )
    desk.turn_away(w)
    desk.strike_off(w, anew)


@kept
@entry
def finish(world: int) -> None:
    """End what is still open on the last day."""
    w = row(WORLD, world, 0)
    end = w.horizon
    while True:
        if not write_lived(w) or not _has_room(w):
            w.status = SHORT_OF_ROOM
            return
        if w.closed == w.started:
            break
        me = patient_of(w, w.closed)
        if w.closed + SOON < w.started:
            ahead(PATIENT, w.patients, w.closed + SOON)
        if me.stay_level != NONE:
            book.write_stay(w, me, end, END)
        if me.wait_level != NONE:
            book.write_wait(w, me, end, WAIT_END)
        course.close(w, me, end)
        w.closed += 1
    w.status = OVER if w.culprit == NONE else SETBACKS_CIRCLE


@kept
@entry
def by_patient(rows: int, size: int, count: int, columns: Column, ends: Column) -> None:
    """Rows of a table as columns, patient by patient; one patient's rows remain in the order of writing.

    rows: where the table is, whose rows are of so many bytes and begin with the patient; count: of rows. columns:
    (place in a row, bytes, where it goes) of each. ends: zeros, one more than there are patients.
    """
    for position in range(count):
        ends[row(WORD_4, rows + position * size, 0).value + 1] += 1
    for patient in range(1, len(ends)):
        ends[patient] += ends[patient - 1]
    for position in range(count):
        start = rows + position * size
        patient = row(WORD_4, start, 0).value
        goes = ends[patient]
        ends[patient] += 1
        for column in range(len(columns)):
            place, width, there = columns[column]
            source = start + place
            if width == 8:
                row(WORD_8, there, goes).value = row(WORD_8, source, 0).value
            elif width == 4:
                row(WORD_4, there, goes).value = row(WORD_4, source, 0).value
            else:
                row(WORD_1, there, goes).value = row(WORD_1, source, 0).value
