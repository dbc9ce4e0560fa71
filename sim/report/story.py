"""One patient's two journeys, side by side: the same person with the same luck in two systems.

Told from the record tables of one replication of each, on the clock of days since asking for care.
"""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from sim.experiment.changes import ChangeOn, arms_of
from sim.experiment.run import DEFAULT_SEED, check_numbers
from sim.model import replicate
from sim.model.engines import EngineChoice, check_engine, engine_for
from sim.model.records import TABLES
from sim.outcomes import Observed
from sim.outcomes.contributions import contributions
from sim.report.journey import History, StayTold, read_journey, rows_of
from sim.report.wording import PEOPLE, metric_words
from sim.scenario import Scenario
from sim.scenario.change import Lists
from sim.scenario.schema import NEUTRAL, Condition
from sim.vocabulary import COURSE_END, INITIAL, OUTCOME, REASON, ROUTE, ROUTES

SAME = '"'
"""What stands in the second column for an event that both journeys have: ditto."""

SAME_INSTANT = 6
"""Decimals of a day to which two events happen at the same time."""

FACTS = ("replication", "patient", "arrived", "cohort", "born", "moved_away", "recovered", "frailty")
"""Columns of `patients` that are no attributes."""


@dataclass(frozen=True)
class Story:
    """Two journeys of one patient.

    labels: names of the two systems. who: attributes in words. levels: all levels of either system, in their order.
    journeys: the baseline's and the alternative's. rows: DataFrame of day (since asking), baseline, alternative: what
    happens on that day in each, "" where nothing does. chosen: why this patient, if it was not the reader who chose.
    condition: in whose words it is told.
    """

    patient: int
    labels: tuple[str, str]
    who: str
    levels: tuple[str, ...]
    journeys: tuple[History, History]
    rows: pd.DataFrame
    chosen: str = ""
    condition: Condition = NEUTRAL


def story(
    base_tables: Mapping[str, pd.DataFrame],
    alternative_tables: Mapping[str, pd.DataFrame],
    patient: int,
    labels: tuple[str, str],
    follow_up: float,
    condition: Condition = NEUTRAL,
    called: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Story:
    """The story of one patient.

    base_tables, alternative_tables: the records of one replication, as in a `Result`; the same seed and replication
    in both. follow_up: days since asking that are told. condition: in whose words. called: those for attributes, as
    of `Scenario.called`. Raises ValueError when the patient asked in neither or in only one of them, or when the
    tables hold several replications.
    """
    both = zip((base_tables, alternative_tables), labels, strict=True)
    first, second = (read_journey(tables, patient, label, follow_up) for tables, label in both)
    words = condition.words
    events = _merged(_days(first, words), _days(second, words), words)
    rows = pd.DataFrame(events, columns=["day", "baseline", "alternative"])
    levels = tuple(dict.fromkeys([*_levels(base_tables), *_levels(alternative_tables)]))
    who = _who(rows_of(base_tables["patients"], patient).iloc[0], called)
    return Story(patient, labels, who, levels, (first, second), rows, condition=condition)


def retell(
    baseline: Scenario,
    alternative: Scenario,
    labels: tuple[str, str],
    patient: int | None = None,
    metric: str = "days_well",
    seed: int = DEFAULT_SEED,
    replication: int = 0,
    change_on: ChangeOn = None,
    lists: Lists = "carry_over",
    engine: EngineChoice = "auto",
    say: Callable[[str], None] | None = None,
) -> Story:
    """Simulate one replication of both scenarios and tell the story of a patient.

    patient: number, as in the records; None for the one whose contribution to `metric` differs most. Raises ValueError
    for a patient who did not ask for care in both, and for a metric that is no sum over patients.
    change_on, lists: from which day on the alternative is itself, and what becomes of lists, as of `compare`; engine,
    say: too.
    """
    check_engine(engine)
    if replication < 0:
        raise ValueError(f"replication must be 0 (the first) or more, not {replication}")
    check_numbers(1, seed, 1)
    arms = arms_of(baseline, alternative, labels, change_on, lists)
    runs = engine_for(engine, arms, say=say)
    observed = [Observed(replicate(arm, seed, replication, runs), arm) for arm in arms]
    chosen = ""
    if patient is None:
        words = metric_words(metric, baseline)
        chosen = f"Of everyone in this future the one who differs most in {words}: an extreme, not a typical course."
        patient = most_changed(*(contributions(each, metric) for each in observed))
    first, second = ({table: getattr(each.records, table).frame() for table in TABLES} for each in observed)
    follow_up = min(scenario.time.follow_up_days for scenario in (baseline, alternative))
    return replace(story(first, second, patient, labels, follow_up, baseline.condition, baseline.called), chosen=chosen)


def most_changed(base: pd.DataFrame, alternative: pd.DataFrame) -> int:
    """The patient whose contribution to a metric differs most between two arms; ties by the lowest number.

    base, alternative: contributions of one replication, columns patient and value (see `sim.outcomes.contributions`).
    Only people who are in both count. Raises ValueError if there is none, or the metric is undefined.
    """
    totals = [arm.groupby("patient")["value"].sum(min_count=1) for arm in (base, alternative)]
    changes = (totals[1] - totals[0]).abs().dropna().sort_index()
    if changes.empty:
        raise ValueError("nobody is in both arms with a value of this metric")
    # To twelve figures, so that rounding does not decide between people who changed as much.
    rounded = [float(f"{change:.12g}") for change in changes]
    return int(changes.index.to_numpy()[rounded.index(max(rounded))])


def finding(story: Story) -> str:
    """What differs, in a few words, from the baseline to the alternative: "reaches IOP, 46 more days well"."""
    before, after = story.journeys
    linked = {stay.level for stay in after.stays if stay.route == "step_down"}
    pieces = []
    if (before.died is None) != (after.died is None):
        pieces.append("survives" if after.died is None else f"dies on day {after.died:.0f}")
    new = [level for level in after.levels if level not in before.levels]
    pieces += [f"{'linked to' if level in linked else 'reaches'} {level}" for level in new]
    pieces += [f"does not reach {level}" for level in before.levels if level not in after.levels]
    well = round(after.days_well - before.days_well)
    in_care = round(after.days_in_care - before.days_in_care)
    relapses = after.relapses - before.relapses
    if well:
        pieces.append(f"{_more(well, 'day')} {story.condition.words['well']}")
    elif relapses:
        pieces.append(_more(relapses, "relapse"))
    if len(pieces) < 2:
        pieces += _visits_apart(before, after)
    if in_care and len(pieces) < 2:
        pieces.append(f"{_more(in_care, 'day')} in care")
    if not pieces:
        alike = (story.rows["baseline"] == story.rows["alternative"]).all()
        return "the same journey" if alike else "only dates differ"
    return ", ".join([*pieces[:1], *pieces[-1:]] if len(pieces) > 2 else pieces)


def _visits_apart(before: History, after: History) -> list[str]:
    """How many more or fewer visits to an emergency department there are, by their kind."""
    kinds = [[visit.emergency for visit in journey.visits] for journey in (before, after)]
    changes = {kind: kinds[1].count(kind) - kinds[0].count(kind) for kind in dict.fromkeys((*kinds[0], *kinds[1]))}
    return [f"{_more(change, 'emergency visit')} ({kind})" for kind, change in changes.items() if change]


def story_lines(story: Story, width: int = 100) -> list[str]:
    """The story as lines of text: who it is, a timeline with a column for each system, and what differs."""
    column = max((width - 14) // 2, 20)
    lines = [*textwrap.wrap(f"Patient {story.patient}: {story.who}", width), *textwrap.wrap(story.chosen, width), ""]
    lines += _side_by_side("day", *story.labels, column)
    lines.append(f"{'-' * 7}  {'-' * column}  {'-' * column}")
    for day, left, right in story.rows.itertuples(index=False):
        lines += _side_by_side(f"{day:.1f}", left, SAME if left and left == right else right, column)
    return [*lines, "", *textwrap.wrap(closing(story), width)]


def closing(story: Story) -> str:
    """A sentence that sets the two journeys against each other."""
    before, after = story.journeys
    parts = [
        _against(f"{before.days_in_care:.0f}", f"{after.days_in_care:.0f}", "days in care"),
        _against(f"{before.days_well:.0f}", f"{after.days_well:.0f}", f"days {story.condition.words['well']}"),
        _against(str(before.relapses), str(after.relapses), "relapses"),
    ]
    if before.visits or after.visits:
        parts.append(_against(str(len(before.visits)), str(len(after.visits)), "emergency visits"))
    if before.died != after.died:
        ends = ["alive at the end" if died is None else f"dead on day {died:.0f}" for died in (before.died, after.died)]
        parts.append(f"{ends[1]} instead of {ends[0]}")
    heading = finding(story)
    heading = heading if heading.startswith(("the same", "only")) else f"with {story.labels[1]}: {heading}"
    return f"{heading[0].upper()}{heading[1:]}. In {before.end:.0f} days: {'; '.join(parts)}."


def _levels(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    column = tables["stays"]["level"]
    return list(column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column.unique())


def _who(patient: pd.Series, called: Mapping[str, Mapping[str, str]]) -> str:
    known = [
        called.get(str(name), {}).get(value, f"{name} {value}").removeprefix(PEOPLE)
        for name, value in patient.items()
        if str(name) not in FACTS
    ]
    frailty = float(patient["frailty"])
    if abs(frailty) >= 0.5:
        known.append("frailer than most" if frailty > 0 else "hardier than most")
    return ", ".join(known) or "no attributes"


# --- telling ---


class Event(NamedTuple):
    """Something that happened; `rank` orders what happens at one instant. setback: its days, if it was a setback."""

    day: float
    rank: int
    text: str
    setback: float = 0.0


Instant = tuple[Event, ...]
"""What happened to one patient at one instant."""


def _days(journey: History, words: Mapping[str, str]) -> dict[float, Instant]:
    """What happened, by day."""
    kinds = (_told_spells(journey, words), _told_waits(journey), _told_stays(journey), _told_besides(journey))
    events = sorted(event for each in kinds for event in each)
    if journey.died is None:
        events.append(_last(journey, words))
    return {day: tuple(each) for day, each in groupby(events, key=lambda event: round(event.day, SAME_INSTANT))}


def _merged(
    first: Mapping[float, Instant], second: Mapping[float, Instant], words: Mapping[str, str]
) -> Iterator[tuple[float, str, str]]:
    """Both timelines on one; setbacks with nothing between them in either journey are told together."""
    days = sorted({*first, *second})

    def only_setbacks(day: float) -> bool:
        return all(event.setback > 0 for event in (*first.get(day, ()), *second.get(day, ())))

    for setbacks, together in groupby(days, key=only_setbacks):
        run = list(together)
        for some in [run] if setbacks else [[day] for day in run]:
            cells = [[event for day in some for event in events_of.get(day, ())] for events_of in (first, second)]
            yield some[0], _words(some[0], cells[0], words), _words(some[0], cells[1], words)


def _words(day: float, events: Sequence[Event], words: Mapping[str, str]) -> str:
    """What happened, in words, in a row of this day."""
    if len(events) > 1 and all(event.setback for event in events):
        in_all = _long(sum(event.setback for event in events))
        return f"{len(events)} {words['setbacks']}, days {events[0].day:.0f} to {events[-1].day:.0f}, {in_all} in all"
    if len(events) == 1 and events[0].setback and events[0].day - day > 10**-SAME_INSTANT:
        return f"{events[0].text} (day {events[0].day:.0f})"
    return "; ".join(dict.fromkeys(event.text for event in events))


def _told_spells(journey: History, words: Mapping[str, str]) -> Iterator[Event]:
    spells = journey.spells
    for i, spell in enumerate(spells):
        before = spells[i - 1].state if i else None
        treated = i > 0 and spells[i - 1].relapse and spells[i - 1].started == spell.started
        if spell.relapse:
            yield Event(spell.started, 0, "relapses")
        elif spell.state == "well" and before != "setback" and spell.started < spell.ended:
            yield Event(spell.started, 6, words["gets_well"] + (" again at once" if treated else ""))
        elif spell.state == "setback":
            days = spell.ended - spell.started
            yield Event(spell.started, 6, f"is {words['in_setback']} for {_long(days)}", days)
        elif spell.state == "response":
            yield Event(spell.started, 6, f"is {words['in_response']}")
        elif spell.state == "unwell" and before == "response":
            yield Event(spell.started, 6, f"is {words['unwell']} again")
        elif spell.state == "dead":
            where = next((f" in {stay.level}" for stay in journey.stays if stay.reason == "died"), "")
            yield Event(spell.started, 7, f"dies{where}")


def _held(stay: StayTold) -> str:
    """Which of the places of its level the stay holds, if it may hold one or another."""
    return f" ({stay.places})" if stay.places else ""


def _told_waits(journey: History) -> Iterator[Event]:
    held_by = {(stay.level, stay.admitted): _held(stay) for stay in journey.stays}
    for wait in journey.waits:
        level, days = wait.level, _long(wait.ended - wait.asked)
        asked = ROUTE[wait.route].doing.format(level=level)
        held = held_by.get((level, wait.ended), "") if wait.outcome == "admitted" else ""
        if wait.outcome == "admitted" and wait.ended == wait.asked:
            at_once = f"is admitted to {level} at once" if wait.goes_on else f"{asked} and is admitted at once"
            yield Event(wait.asked, 5 if wait.goes_on else 4, at_once + held)
            continue
        if wait.route != ROUTES[INITIAL] and not wait.goes_on:
            yield Event(wait.asked, 4, asked)
        if wait.open:
            continue
        offered = "at once" if wait.ended == wait.asked else f"after {days}"
        if doing := OUTCOME[wait.outcome].doing:
            yield Event(wait.ended, 5, doing.format(level=level + held, days=days, offered=offered))


def _told_stays(journey: History) -> Iterator[Event]:
    waited = {(wait.level, wait.ended) for wait in journey.waits if wait.outcome == "admitted"}
    for stay in journey.stays:
        level = stay.level
        link = f", linked to {stay.next_level}" if stay.next_level else ""
        if stay.interim:
            yield Event(stay.admitted, 5, f"goes to {level} meanwhile")
        elif (stay.level, stay.admitted) not in waited:
            yield Event(stay.admitted, 5, f"is admitted to {level}{_held(stay)}")
        if stay.ready < stay.discharged:
            yield Event(stay.ready, 2, f"is ready to leave {level}{link}, and keeps the place")
            link = ""
        if not stay.open and (doing := REASON[stay.reason].doing):
            yield Event(stay.discharged, 3, doing.format(level=level) + link)


def _told_besides(journey: History) -> Iterator[Event]:
    """Courses of medication, and visits to an emergency department."""
    for course in journey.courses:
        if course.started < journey.end:
            yield Event(course.started, 8, f"starts {course.medication}")
        if not course.open and (doing := COURSE_END[course.end]):
            yield Event(course.ended, 3, doing.format(medication=course.medication))
    for visit in journey.visits:
        yield Event(visit.happened, 2, f"visits an emergency department ({visit.emergency})")


def _last(journey: History, words: Mapping[str, str]) -> Event:
    """How things stand when the story ends."""
    state = journey.spells[-1].state
    state = words[{"setback": "in_setback", "response": "in_response"}.get(state, state)]
    where = next((f"in {stay.level}" for stay in journey.stays if stay.open), "at home")
    lists = "".join(f", waiting for {wait.level}" for wait in journey.waits if wait.open)
    courses = [course for course in journey.courses if course.open and course.started < journey.end]
    on = "".join(f", on {course.medication}" for course in courses)
    return Event(journey.end, 9, f"end of follow-up: {state}, {where}{lists}{on}")


def _side_by_side(day: str, left: str, right: str, column: int) -> list[str]:
    columns = zip_longest([day], *(textwrap.wrap(text, column) for text in (left, right)), fillvalue="")
    return [f"{first:>7}  {one:<{column}}  {other}".rstrip() for first, one, other in columns]


def _against(before: str, after: str, what: str) -> str:
    words = what if after != "1" else what.replace("days", "day").removesuffix("s")
    return f"{after} {words}, as before" if before == after else f"{after} {words} instead of {before}"


def _more(change: int, what: str) -> str:
    return f"{abs(change)} {'more' if change > 0 else 'fewer'} {what}{'' if abs(change) == 1 else 's'}"


def _long(days: float) -> str:
    """So long, in the unit that people would use."""
    if days >= 1:
        return f"{days:.0f} days" if days >= 9.95 else f"{days:.1f} days"
    hours = round(24 * days)
    return f"{hours} hour{'' if hours == 1 else 's'}" if hours else "less than an hour"
