"""Each kind of place, today beside the options: full, empty, waiting, days of wait, people who do not get in."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.analysis.intervals import paired_differences
from sim.experiment.repricing import is_price
from sim.outcomes.headline import OF_LEVELS, WAYS_WITHOUT
from sim.outcomes.metric import DAYS_OF_A_YEAR
from sim.outcomes.observed import place_days
from sim.report.brief.arms import NOTHING, STATED, Arms
from sim.report.brief.facts import KindOfPlace, PlaceRow, PlacesPicture, Quantity
from sim.report.brief.marks import each_mark, marks
from sim.report.drawn_verdicts import verdict_of_draws
from sim.report.sheets.numbers import number, records_of
from sim.report.verdicts import CLAIMS, SAME, with_verdicts
from sim.report.wording import place_title, title_of
from sim.report.words import listed, sentence, shortened
from sim.vocabulary import Column

NO_WAIT = 0.05
"""Days: a shorter wait is none."""
LONG, POINTS = 1.0, 5.0
"""Days of wait, and points of the share in use, that are much."""
ROOM = {0: 24, 1: 18, 2: 16, 3: 10, 4: 7}
"""By how many options there are, each of which is told above them: so many lines of rows there is room for."""
ROOM_OF_DRAWS = {0: 24, 1: 18, 2: 6, 3: 5, 4: 5}
"""The same where options are told of draws, which takes more words."""


class PlaceKind(NamedTuple):
    """place: its name. levels: who waits for them waits for it. main: the one of these that is asked for most."""

    place: str
    title: str
    levels: tuple[str, ...]
    main: str


def picture_of(arms: Arms) -> PlacesPicture:
    """The picture of all kinds of place, those that differ before those that do not; of draws where they kept it."""
    arms, stated = _told_by(arms)
    kinds = _kinds(arms)
    verdicts = _verdicts(arms, kinds)
    each = each_mark([_total(arms, label, kind) for kind in kinds for label in arms.study.results])
    panels = [_panel(arms, kind, verdicts, each) for kind in kinds]
    room = (ROOM_OF_DRAWS if arms.psa is not None or stated else ROOM)[min(len(arms.options), max(ROOM))]
    chosen: list[KindOfPlace] = []
    for panel in sorted(panels, key=_rank):
        if not chosen or sum(len(kind.rows) for kind in (*chosen, panel)) <= room:
            chosen.append(panel)
    drawn = [panel for panel in panels if panel in chosen]
    folded = [f"{panel.title}: {panel.finding}" for panel in panels if panel not in drawn]
    widths = [row.marks.width for panel in drawn for row in panel.rows]
    return PlacesPicture(
        _title(arms, [kind for kind, panel in zip(kinds, panels, strict=True) if panel in drawn], drawn),
        tuple(drawn),
        tuple(folded),
        number(float(each)),
        _period(arms),
        _note(arms, kinds),
        max(widths, default=1.0),
        stated,
        arms.intervals,
    )


def _told_by(arms: Arms) -> tuple[Arms, str]:
    """By what the picture is told, and what must be known of it."""
    levels = dict.fromkeys(name for scenario in arms.scenarios.values() for name in scenario.levels)
    places = dict.fromkeys(name for scenario in arms.scenarios.values() for name in scenario.places)
    needed = [pattern.format(level=level) for level in levels for pattern in OF_LEVELS]
    needed += [f"occupancy.{place}" for place in places]
    there = [name for name in needed if any(arms.values(label, name) is not None for label in arms.study.results)]
    chosen, stated = arms.told_by(there)
    if chosen.psa is not None and arms.at_inputs is not None and any(map(_is_capacity, chosen.psa.inputs.columns)):
        return arms.at_inputs, f"{STATED} How many places there are is itself drawn."
    return chosen, stated


def _is_capacity(path: str) -> bool:
    return path.startswith("places.") and not is_price(path) and not path.endswith("turnover_days")


def _kinds(arms: Arms) -> list[PlaceKind]:
    titles: dict[str, str] = {}
    homes: dict[str, list[str]] = {}
    for scenario in arms.scenarios.values():
        for name in scenario.places:
            titles.setdefault(name, place_title(scenario, name))
            homes.setdefault(name, [])
    for level, places in _needs(arms).items():
        home = max(places, key=lambda place: _most(arms, f"full.{place}"))
        homes[home].append(level)
    return [
        PlaceKind(
            place, titles[place], tuple(levels), max(levels, key=lambda level: _most(arms, f"asks.{level}"), default="")
        )
        for place, levels in homes.items()
    ]


def _needs(arms: Arms) -> dict[str, tuple[str, ...]]:
    """By level, the kinds of place that it needs, in any programme."""
    needs: dict[str, tuple[str, ...]] = {}
    for scenario in arms.scenarios.values():
        for name, level in scenario.levels.items():
            if level.all_places:
                needs[name] = tuple(dict.fromkeys((*needs.get(name, ()), *level.all_places)))
    return needs


def _most(arms: Arms, metric: str) -> float:
    means = [arms.mean(label, metric) for label in arms.study.results]
    return max((mean for mean in means if not math.isnan(mean)), default=0.0)


def _panel(
    arms: Arms, kind: PlaceKind, verdicts: Mapping[tuple[str, str], tuple[Quantity, str, str]], each: int
) -> KindOfPlace:
    rows = tuple(_row(arms, label, kind, verdicts, each) for label in arms.study.results)
    drawn = tuple(row for row in rows if row.places.value or row.used.value) or rows[:1]
    return KindOfPlace(kind.title, _finding(arms, kind, rows), drawn)


def _row(
    arms: Arms, label: str, kind: PlaceKind, verdicts: Mapping[tuple[str, str], tuple[Quantity, str, str]], each: int
) -> PlaceRow:
    capacity, used = _capacity(arms, label, kind), _used(arms, label, kind)
    waiting, lost = _waiting(arms, label, kind), _lost(arms, label, kind)
    in_use, in_line = arms.quantity(used), arms.quantity(waiting)
    wait_change, wait_word = arms.difference(label, f"wait.{kind.main}.mean")
    if abs(wait_change.value) < NO_WAIT and wait_word not in (*CLAIMS, SAME):
        wait_change = NOTHING
    lost_change, lost_word, lost_told = verdicts.get((label, kind.place), (NOTHING, "", ""))
    is_there = capacity > 0 or bool(np.any(used > 0))
    return PlaceRow(
        arms.programmes[label].row,
        Quantity(capacity),
        in_use,
        arms.level(label, f"occupancy.{kind.place}", "%", 100.0),
        in_line if kind.levels and is_there else NOTHING,
        arms.level(label, f"wait.{kind.main}.mean", "days"),
        arms.quantity(lost) if kind.levels and is_there else NOTHING,
        wait_change,
        lost_change,
        wait_word,
        lost_word,
        arms.difference(label, f"occupancy.{kind.place}")[1],
        _in_draws(arms, label, f"wait.{kind.main}.mean"),
        lost_told,
        _in_draws(arms, label, f"occupancy.{kind.place}"),
        marks(capacity, in_use.value, in_line.value, each),
    )


def _in_draws(arms: Arms, label: str, metric: str) -> str:
    """A verdict with the share of draws in which it holds; "" where inputs were not varied."""
    return arms.verdict_text(label, metric) if arms.share_of_draws(label, metric) else ""


def _capacity(arms: Arms, label: str, kind: PlaceKind) -> float:
    """How many places there are, on average over the window."""
    scenario = arms.scenarios[label]
    start, end = scenario.window
    place = scenario.places.get(kind.place)
    return place_days(place, scenario.time, start, end) / (end - start) if place and end > start else 0.0


def _used(arms: Arms, label: str, kind: PlaceKind) -> Column:
    share = arms.sample(label, f"occupancy.{kind.place}")
    return arms.zeros if share is None else np.nan_to_num(share) * _capacity(arms, label, kind)


def _sum(arms: Arms, label: str, metrics: Sequence[str]) -> Column:
    values = [each for metric in metrics if (each := arms.sample(label, metric)) is not None]
    return np.sum(np.nan_to_num(values), axis=0) if values else arms.zeros


def _waiting(arms: Arms, label: str, kind: PlaceKind) -> Column:
    return _sum(arms, label, [f"queue.{level}.mean" for level in kind.levels])


def _lost(arms: Arms, label: str, kind: PlaceKind) -> Column:
    """Asks that end without a place, a year or over the window of a closed cohort."""
    lost = arms.zeros
    for level in kind.levels:
        share = _sum(arms, label, [f"{way}.{level}" for way in WAYS_WITHOUT])
        lost = lost + share * _sum(arms, label, [f"asks.{level}"])
    return lost * _a_year(arms)


def _a_year(arms: Arms) -> float:
    """What a number over the window is times, to be one of a year."""
    scenario = arms.scenarios[arms.baseline]
    start, end = scenario.window
    closed = scenario.arrivals.closed_cohort is not None or end <= start
    return 1.0 if closed else DAYS_OF_A_YEAR / (end - start)


def _period(arms: Arms) -> str:
    return "a year" if arms.scenarios[arms.baseline].arrivals.closed_cohort is None else "of the cohort"


def _total(arms: Arms, label: str, kind: PlaceKind) -> float:
    return _capacity(arms, label, kind) + float(np.mean(_waiting(arms, label, kind)))


def _verdicts(arms: Arms, kinds: Sequence[PlaceKind]) -> dict[tuple[str, str], tuple[Quantity, str, str]]:
    """By option and kind, how many more or fewer do not get in, the verdict, and this as it is told of draws; without
    draws these are a family of their own."""
    if not arms.options:
        return {}
    if arms.psa is not None:
        both = [
            (label, kind)
            for label in arms.options
            for kind in kinds
            if kind.levels and all(kind.place in arms.scenarios[each].places for each in (arms.baseline, label))
        ]
        return {(label, kind.place): _of_draws(arms, label, kind) for label, kind in both}
    frames = [
        pd.DataFrame({"scenario": label, "metric": kind.place, "value": _lost(arms, label, kind)})
        for kind in kinds
        for label in arms.study.results
        if kind.levels and kind.place in arms.scenarios[label].places
    ]
    if not frames:
        return {}
    frame = pd.concat([each.assign(replication=range(len(each))) for each in frames], ignore_index=True)
    judged = paired_differences(frame, arms.baseline)
    judged = with_verdicts(judged, dict.fromkeys(judged["metric"], "lower"))
    return {
        (row["scenario"], row["metric"]): (
            Quantity(row["difference"], row["ci_low"], row["ci_high"], "people", sign=True),
            row["verdict"],
            "",
        )
        for row in records_of(judged)
    }


def _of_draws(arms: Arms, label: str, kind: PlaceKind) -> tuple[Quantity, str, str]:
    """How many more or fewer do not get in, over draws."""
    apart = _lost(arms, label, kind) - _lost(arms, arms.baseline, kind)
    over = None if arms.psa is None else arms.psa.spread(apart)
    if over is None:
        return NOTHING, "", ""
    word, text, _ = verdict_of_draws(over, "lower")
    return arms.quantity(apart, "people", sign=True), word, text if text != word else ""


def _rank(panel: KindOfPlace) -> int:
    """How much there is to see, most first: new places, others or much of a difference, any difference, none."""
    first, *others = panel.rows
    much = any(
        row.places.value != first.places.value
        or _apart(first, row)
        or (row.wait_word in CLAIMS and abs(row.wait_change.value) >= LONG)
        for row in others
    )
    if first.programme != "today":
        return -1
    if much:
        return 0
    words = {word for row in others for word in (row.wait_word, row.lost_word, row.share_word)}
    return 1 if words & set(CLAIMS) else 2


def _finding(arms: Arms, kind: PlaceKind, rows: Sequence[PlaceRow]) -> str:
    """What is seen on a panel, in words: a wait that differs by days, how full, a wait, or who does not get in."""
    first, *others = rows
    if not others:
        return _alone(first)
    if not first.places.value and any(row.places.value for row in others):
        row = next(row for row in others if row.places.value)
        return f"new, {_empty_of(row)} stand empty on average" if row.share.number else "new"
    closed = "".join(f"; closed{_whose(row, others)}" for row in others if first.places.value and not row.places.value)
    others = [row for row in others if row.places.value or not first.places.value]
    if not others:
        return f"{_alone(first)}{closed}"
    seen = [row for row in others if row.wait_word in CLAIMS and row.wait.number != first.wait.number]
    waits = _largest(seen, "wait_change")
    used = max(others, key=lambda row: np.nan_to_num(abs(row.share.value - first.share.value)))
    if waits and abs(waits.wait_change.value) < LONG and _apart(first, used):
        waits = None
    if waits:
        then = f"{waits.wait.text}{_whose(waits, arms.options)}{_also(waits.wait_told)}"
        return f"the mean wait goes from {first.wait.number} to {then}{closed}"
    others_are = any(row.places.value != first.places.value for row in others)
    if others_are and max(_standing_empty(row) for row in (first, used)) >= 1:
        then = f"{_empty_of(used)}{_whose(used, arms.options) or ' with the option'}"
        return f"on average {_empty_of(first)} stand empty today, {then}{closed}"
    if used.share_word in CLAIMS or others_are:
        then = f"{used.share.coarse} %{_whose(used, arms.options) or ' with the option'}{_also(used.share_told)}"
        return f"{first.share.coarse} % in use today, {then}{closed}"
    if lost := _largest([row for row in others if row.lost_word in CLAIMS], "lost_change"):
        whom = f"{_whose(lost, arms.options)}{_also(lost.lost_told)}"
        return f"{lost.lost_change.text} {_period(arms)} who do not get in{whom}{closed}"
    same = all(row.wait_word in (SAME, "") for row in others)
    return f"{_alone(first)}; {'no difference' if same else 'no difference found'}{closed}"


def _standing_empty(row: PlaceRow) -> float:
    return float(np.nan_to_num(row.places.value - row.used.value))


def _empty_of(row: PlaceRow) -> str:
    """ "28 of 40"."""
    return f"{max(_standing_empty(row), 0.0):.0f} of {row.places.number}"


def _largest(rows: Sequence[PlaceRow], change: str) -> PlaceRow | None:
    return max(rows, key=lambda row: abs(getattr(row, change).value), default=None)


def _apart(first: PlaceRow, row: PlaceRow) -> bool:
    """Whether places are much fuller or emptier than today, beyond chance."""
    return row.share_word in CLAIMS and abs(row.share.value - first.share.value) >= POINTS


def _alone(row: PlaceRow) -> str:
    wait = f"a mean wait of {row.wait.text}" if row.wait.value > NO_WAIT else "hardly any wait"
    return f"{row.share.coarse} % in use, {wait}" if row.share.number else wait


def _also(verdict: str) -> str:
    """What is told of draws, behind a finding."""
    return f", {verdict}" if verdict else ""


def _whose(row: PlaceRow, others: Sequence[object]) -> str:
    return f" with {row.programme}" if len(others) > 1 else ""


def _title(arms: Arms, kinds: Sequence[PlaceKind], panels: Sequence[KindOfPlace]) -> str:
    """A wait that differs by days, else how full, else any wait; without a finding, the fullest today."""
    waits = [
        (row, kind) for kind, panel in zip(kinds, panels, strict=True) for row in panel.rows if row.wait_word in CLAIMS
    ]
    waits.sort(key=lambda each: -abs(each[0].wait_change.value))
    fuller = [(panel.rows[0], row, panel) for panel in panels for row in panel.rows[1:] if _apart(panel.rows[0], row)]
    fuller.sort(key=lambda each: -abs(each[1].share.value - each[0].share.value))
    if waits and (abs(waits[0][0].wait_change.value) >= LONG or not fuller):
        row, kind = waits[0]
        longer = "longer" if row.wait_change.value > 0 else "shorter"
        size = f"{row.wait_change.number.lstrip('+-')} days {longer}"
        whom = f"{_whose(row, arms.options)}{_also(row.wait_told)}"
        return f"The mean wait for {_level_title(arms, kind.main)} gets {size}{whom}"
    if fuller:
        first, row, panel = fuller[0]
        then = f"{row.share.coarse} %{_whose(row, arms.options) or ' with the option'}{_also(row.share_told)}"
        return f"{panel.title}: {first.share.coarse} % in use today, {then}"
    fullest = max(panels, key=lambda panel: np.nan_to_num(panel.rows[0].share.value), default=None)
    if fullest is None:
        return "There are no places to be full or empty"
    none = "No wait was found to differ; the" if arms.options else "The"
    return f"{none} fullest today: {fullest.title}, {fullest.rows[0].share.coarse} % in use"


def _note(arms: Arms, kinds: Sequence[PlaceKind]) -> str:
    """Where a wait is of one level of several, or a level needs several kinds."""
    notes = [
        f"the wait at {kind.title} is that for {_level_title(arms, kind.main)}"
        for kind in kinds
        if len(kind.levels) > 1
    ]
    for level, places in _needs(arms).items():
        if len(places) > 1:
            home = next(kind.title for kind in kinds if level in kind.levels)
            notes.append(f"people who wait for {_level_title(arms, level)} are shown at {home}")
    return shortened(sentence(listed(notes)), 300) + "." if notes else ""


def _level_title(arms: Arms, level: str) -> str:
    return title_of(next(scenario for scenario in arms.scenarios.values() if level in scenario.levels), level)
