"""One replication as a page to watch: people move between waiting lists, places and home, scenarios side by side.

The page is one file with everything in it; it asks the network for nothing and runs no script but its own.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from importlib import resources
from itertools import accumulate, pairwise
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment.result import Result, Study
from sim.files.whole_files import whole_text
from sim.model.records import read_places_held
from sim.outcomes.ledger import window_ledger
from sim.outcomes.observed import Observed
from sim.report.exports.event_log import with_words
from sim.report.wording import place_title
from sim.report.words import visible
from sim.scenario import Scenario
from sim.scenario.policy import policy_line
from sim.scenario.schema import Level
from sim.vocabulary import LEFT_SILENTLY, PASSED, PROGRAMME, RENEGED, STATES

LARGEST = 2_000_000
"""Characters of data that a page may hold when nobody says for how many days it should play."""

TICKS = 100
"""Times are told in hundredths of a day: a quarter of an hour."""

MOST_STEPS = 6
"""How often a kind of place may change in number before its changes are no moments to look at any more."""

Frames = Mapping[str, pd.DataFrame]
KIND_OF_STATE = dict(zip(STATES, (0, 0, 1, 1, 2), strict=True))
"""A setback is shown as the days well that it interrupts; it would only flicker. A partial response is shown as being
unwell."""

KINDS = len(set(KIND_OF_STATE.values()))


def animation(study: Study, replication: int = 0, days: int | None = None) -> dict[str, Any]:
    """What the page plays: the movements of one replication in every scenario, on the calendar of the baseline.

    From the beginning of the window of measurement (the recruitment of the cohort; day 0 of a closed cohort), for so
    many days; without `days` to its end, or for as long as keeps the page under 2 MB. Everyone is there who was in care
    or waiting in those days in any of the scenarios.

    Raises RecordsNotKept when the study holds no records, ValueError for days below 1 or a replication that it lacks.
    """
    if days is not None and days < 1:
        raise ValueError(f"an animation lasts at least one day, not {days}")
    baseline = study.results[study.baseline].scenario
    time, closed = baseline.time, baseline.arrivals.closed_cohort is not None
    start = 0.0 if closed else time.warm_up_days
    window = time.follow_up_days if closed else time.recruitment_days
    whole = window + (0.0 if closed else time.follow_up_days)
    tables = {
        label: {name: with_words(frame) for name, frame in result.of_replication(replication).items()}
        for label, result in study.results.items()
    }
    length = max(1, int(min(days or window, whole)))
    totals = {label: _totals(study.results[label], replication, start, length) for label in tables}
    while True:
        scenarios = _scenarios(study, tables, totals, start, start + length)
        size = len(json.dumps(scenarios, separators=(",", ":")))
        if days is not None or size <= LARGEST or length == 1:
            break
        length = max(1, min(length - 1, int(length * 0.95 * LARGEST / size)))
    return {
        "start": (time.start + timedelta(days=start)).isoformat(),
        "day": start,
        "days": length,
        "shortened": days is None and length < int(window),
        "replication": replication,
        "seed": study.results[study.baseline].seed,
        "ticks": TICKS,
        "currency": baseline.currency,
        "words": dict(baseline.condition.words),
        "scenarios": scenarios,
        "moments": _moments(study, tables, start, start + length),
    }


def write_animation(data: Mapping[str, Any], path: str | PathLike[str]) -> None:
    """Write the page that plays `animation`. Raises OSError when it cannot; then nothing is left behind."""
    with whole_text(path) as file:
        file.write(page(data))


def page(data: Mapping[str, Any]) -> str:
    """The page as text.

    Names of scenarios, levels and places are text that somebody else wrote: they reach the page as JSON without any
    angle bracket, are shown as text, and a policy in the page lets no script run but the one that belongs to it.
    """
    names = (f"templates/animation.{kind}" for kind in ("js", "css", "html"))
    script, style, frame = (resources.files("sim.report").joinpath(name).read_text(encoding="utf-8") for name in names)
    parts = {
        "TITLE": html.escape(f"Stepdown: {' · '.join(scenario['name'] for scenario in data['scenarios'])}"),
        "POLICY": f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}",
        "STYLE": style,
        "SCRIPT": script,
        "DATA": _inside_script(data),
    }
    # All in one pass, so that nothing that was put in is looked through again.
    return re.sub("@@([A-Z]+)@@", lambda placeholder: parts[placeholder[1]], frame)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inside_script(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the element that it stands in: no `</script>`, no `<!--`."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _scenarios(
    study: Study, tables: Mapping[str, Frames], totals: Mapping[str, Mapping[str, list[int]]], start: float, end: float
) -> list[Any]:
    baseline = study.results[study.baseline].scenario
    names = [result.scenario.name for result in study.results.values()]
    shown = sorted(set().union(*(_present(each, start, end) for each in tables.values())))
    apart = {name for result in study.results.values() for name in _not_of_one_level(result.as_run)}
    return [
        {
            "label": visible(label),
            "name": visible(name if names.count(name) < 2 or not label else f"{name} ({label})"),
            "policy": visible(policy_line(baseline, result.scenario)),
            "levels": _levels(result.as_run, tables[label]["stays"], start, end),
            "places": [
                _kind_of_place(result.as_run, name, tables[label]["stays"], start, end)
                for name in result.as_run.places
                if name in apart
            ],
            "totals": {name: counts[: int(end - start)] for name, counts in totals[label].items()},
            "people": _tracks(tables[label], list(result.as_run.levels), shown, start, end),
        }
        for (label, result), name in zip(study.results.items(), names, strict=True)
    ]


def _totals(result: Result, replication: int, start: float, days: int) -> dict[str, list[int]]:
    """By the end of each day, since the first: asks (as the metric `asks`), admissions, waits given up, and money.

    money: what the programme spent, empty places too, as in `cost.total`, in whole units of the currency.
    """
    observed = Observed(result.records(replication), result.system)
    observed.start, observed.end = start, start + days
    waits, edges = observed.records.waits, start + np.arange(1, days + 1)
    gave_up = np.isin(waits["outcome"], (RENEGED, LEFT_SILENTLY))
    times = {
        "asked": waits["called"][waits["outcome"] != PASSED],
        "admitted": observed.records.stays["admitted"],
        "gave_up": waits["ended"][gave_up],
    }
    counts = {name: np.searchsorted(np.sort(when[when >= start]), edges).tolist() for name, when in times.items()}
    spent = window_ledger(observed).of(*PROGRAMME)
    flows = np.clip(edges[:, None], spent.began, spent.ended) - spent.began
    money = flows @ spent.per_day + (spent.began < edges[:, None]) @ spent.at_once
    return {**counts, "money": np.rint(money).astype(int).tolist()}


def _moments(study: Study, tables: Mapping[str, Frames], start: float, end: float) -> list[dict[str, Any]]:
    """What there is to look at, in the order in which it happens: tick, scenario (its number, or null), text."""
    change = study.change
    moments: list[tuple[int, int | None, str]] = []
    if change is not None and start <= change.day < end:
        moments.append((_tick(change.day, start), None, "The programmes part: each is itself from here on"))
    for number, (label, result) in enumerate(study.results.items()):
        scenario, waits = result.as_run, tables[label]["waits"]
        for name, place in scenario.places.items():
            kind = _kind_of_place(scenario, name, tables[label]["stays"], start, end)
            steps = kind["capacity"]
            if len(steps) <= MOST_STEPS:
                moments += [(b, number, f"{kind['title']}: {m} → {n}") for (_, m), (b, n) in pairwise(steps) if m != n]
            full = _first_full(_used(tables[label]["stays"], name, start, end), steps)
            if full and not place.weekly:
                moments.append((full, number, f"{kind['title']} all full for the first time"))
        longest: list[tuple[int, int, str]] = []
        for name, level in scenario.levels.items():
            asks = waits[waits["level"] == name]
            length = _counted(asks["asked"], asks["ended"], np.ones(len(asks), dtype=int), start, end)
            title = visible(level.title or name)
            if level.list_cap is not None and (full := _first_full(length, [[0, level.list_cap]])):
                moments.append((full, number, f"The list of {title} is full for the first time"))
            longest += [(people, -tick, title) for tick, people in length if people]
        if longest:
            people, tick, title = max(longest)
            moments.append((-tick, number, f"The longest list: {people} wait for {title}"))
    moments.sort(key=lambda moment: (moment[0], -1 if moment[1] is None else moment[1]))
    return [{"tick": tick, "scenario": number, "text": text} for tick, number, text in moments]


def _first_full(used: list[list[int]], capacity: list[list[int]]) -> int | None:
    """The tick on which as many are in use as there are, for the first time; None if never, or from the start on."""
    for tick in sorted({tick for tick, _ in (*used, *capacity)}):
        there = max((each for each in capacity if each[0] <= tick), default=[0, 0])[1]
        if there and max(each for each in used if each[0] <= tick)[1] >= there:
            return tick or None
    return None


def _counted(
    begins: Iterable[float], ends: Iterable[float], numbers: Iterable[int], start: float, end: float
) -> list[list[int]]:
    """From which tick on how many there are, of so many at once from each beginning to its end."""
    changes: dict[int, int] = {0: 0}
    for began, ended, count in zip(begins, ends, numbers, strict=True):
        for day, number in ((began, int(count)), (ended, -int(count))):
            if number and day < end:
                tick = max(_tick(day, start), 0)
                changes[tick] = changes.get(tick, 0) + number
    ticks = sorted(changes)
    return [[tick, number] for tick, number in zip(ticks, accumulate(changes[each] for each in ticks), strict=True)]


def _present(tables: Frames, start: float, end: float) -> set[int]:
    """Who is in care, or waiting, at some time from start to before end."""
    stays, waits = tables["stays"], tables["waits"]
    in_care = stays["patient"][(stays["admitted"] < end) & (stays["discharged"] >= start)]
    waiting = waits["patient"][(waits["asked"] < end) & (waits["ended"] >= start)]
    return {*in_care.tolist(), *waiting.tolist()}


def _levels(scenario: Scenario, stays: pd.DataFrame, start: float, end: float) -> list[dict[str, Any]]:
    """Levels, and for how many people there is room from which tick on: of several kinds that they need, the scarcest.

    shared: those kinds of places that other levels use as well.
    """
    users = [name for level in scenario.levels.values() for name in level.all_places]
    return [
        {
            "key": key,
            "title": visible(level.title or key),
            "shared": [
                _kind_of_place(scenario, name, stays, start, end) for name in level.all_places if users.count(name) > 1
            ],
            "capacity": _room(level, scenario, start, end),
            "place": _own_place(level, scenario, users),
        }
        for key, level in scenario.levels.items()
    ]


def _own_place(level: Level, scenario: Scenario, users: list[str]) -> str:
    """What the places of a level are called, if they are of one kind and its own."""
    (name, *others) = level.all_places or ("",)
    return "" if others or users.count(name) != 1 else visible(place_title(scenario, name))


def _not_of_one_level(scenario: Scenario) -> set[str]:
    """The kinds of places that are no level's own seats: shared, needed beside another kind, or used by no level."""
    alone = [level.all_places[0] for level in scenario.levels.values() if len(level.all_places) == 1]
    held = [name for level in scenario.levels.values() for name in level.all_places]
    return {name for name in scenario.places if name not in alone or held.count(name) > 1}


def _kind_of_place(scenario: Scenario, name: str, stays: pd.DataFrame, start: float, end: float) -> dict[str, Any]:
    """A kind of place, how many there are from which tick on, and who uses them.

    levels: everybody in these; or, where that is not one place each, used: how many are in use from which tick on.
    """
    place, users = scenario.places[name], [level for level in scenario.levels.values() if name in level.all_places]
    one_each = all(name in level.places and name not in level.places_each for level in users)
    edges = sorted({start, *(day for day, _ in place.steps(scenario.time) if start < day < end)})
    return {
        "key": name,
        "title": visible(place.title or name),
        "capacity": [[_tick(day, start), place.capacity_on(day, scenario.time)] for day in edges],
        "levels": [key for key, level in scenario.levels.items() if name in level.all_places],
        **({} if one_each else {"used": _used(stays, name, start, end)}),
    }


def _used(stays: pd.DataFrame, name: str, start: float, end: float) -> list[list[int]]:
    """From which tick on how many places of a kind are in use."""
    held = {word: read_places_held(word).get(name, 0) for word in stays["places"].unique()}
    return _counted(stays["admitted"], stays["discharged"], stays["places"].map(held), start, end)


def _room(level: Level, scenario: Scenario, start: float, end: float) -> list[list[int]]:
    """From which tick on there is room for how many in a level; empty where there is for everybody."""
    kinds = {name: scenario.places[name] for name in level.all_places}
    changes = [day for kind in kinds.values() for day, _ in kind.steps(scenario.time)]
    edges = sorted({start, *(day for day in changes if start < day < end)})
    on = [(day, {name: kind.capacity_on(day, scenario.time) for name, kind in kinds.items()}) for day in edges]
    return [[_tick(day, start), level.room(capacity)] for day, capacity in on] if kinds else []


def _tracks(tables: Frames, levels: list[str], shown: list[int], start: float, end: float) -> list[list[int]]:
    """Each person as number, tick, situation, ticks until the next, situation, ...; the last one lasts to the end.

    A situation is (((medicated x (levels + 1) + level) x (levels + 1) + waiting for) x 3 + state) x 2 + whether
    blocked; levels count from 1, and medicated is 1 of whoever is on a medication, else 0.
    """
    code = {name: number for number, name in enumerate(levels, 1)}
    read = ("stays", "waits", "spells", "medications")
    stays, waits, spells, courses = (_by_person(tables[name], shown) for name in read)
    tracks = []
    for person in shown:
        changes: list[tuple[float, int, int]] = []
        changes += [(began, 0, KIND_OF_STATE[state]) for state, began in spells(person, "state", "started")]
        for level, began, ended, ready in stays(person, "level", "admitted", "discharged", "ready"):
            changes += [(began, 1, code[level]), (began, 3, 0), (ended, 1, 0), (ended, 3, 0)]
            changes += [(ready, 3, 1)] if ready < ended else []
        for level, began, ended in waits(person, "level", "asked", "ended"):
            changes += [(began, 2, code[level]), (ended, 2, 0)]
        for began, ended in courses(person, "started", "ended"):
            if began < ended:  # Never of an offer of which nothing came.
                changes += [(began, 4, 1), (ended, 4, 0)]
        tracks.append([person, *_track(changes, len(levels) + 1, start, end)])
    return [track for track in tracks if len(track) > 1]


def _track(changes: list[tuple[float, int, int]], width: int, start: float, end: float) -> list[int]:
    # Rows come in the order in which things happened, which a stable sort keeps at equal times: who leaves a bed for
    # another is in the new one afterwards, and who is admitted at once has stopped waiting.
    changes.sort(key=lambda change: change[0])
    now = [-1, 0, 0, 0, 0]
    points: list[tuple[int, int]] = []
    for time, what, value in changes:
        if time >= end:
            break
        now[what] = value
        state, level, waiting, blocked, medicated = now
        if state >= 0:
            situation = (((medicated * width + level) * width + waiting) * KINDS + state) * 2 + blocked
            tick = max(_tick(time, start), 0)
            if points and points[-1][0] == tick:
                points.pop()
            if not points or points[-1][1] != situation:
                points.append((tick, situation))
    steps = np.diff([0, *(tick for tick, _ in points)]).tolist()
    return [number for step, (_, situation) in zip(steps, points, strict=True) for number in (step, situation)]


def _by_person(frame: pd.DataFrame, shown: list[int]) -> Callable[..., Iterable[Any]]:
    """A function that gives some columns of the rows of one person."""
    kept = frame[frame["patient"].isin(shown)]
    rows = dict(iter(kept.groupby("patient", sort=False)))

    def read(person: int, *columns: str) -> Iterable[Any]:
        of_one = rows.get(person)
        return () if of_one is None else zip(*(of_one[name].tolist() for name in columns), strict=True)

    return read


def _tick(day: float, start: float) -> int:
    return round((day - start) * TICKS)
