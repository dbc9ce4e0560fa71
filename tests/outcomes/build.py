"""Records made by hand: rows in words, as a clinician would write them down."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from support import fixed, scenario

from sim.model.records import DTYPES, TABLES, Facts, Records, categories, places_held
from sim.scenario import Scenario
from sim.vocabulary import NONE, REASONS, STATES

Row = tuple[Any, ...]


def clinic(**changes: Any) -> Scenario:
    """Detox (a bed), residential (a bed and a meal), IOP (a seat) and outpatient care (room for all).

    The window is days 100 to 200, follow-up 100 days, so the run ends on day 300. `changes` are dotted paths with dots
    written as two underscores.
    """
    levels = {
        "detox": {"places": ["bed"], "length_of_stay": fixed(5)},
        "residential": {"title": "Residential care", "places": ["bed", "meal"], "length_of_stay": fixed(30)},
        "iop": {"places": ["seat"], "length_of_stay": fixed(40)},
        "outpatient": {"length_of_stay": fixed(60)},
    }
    entry = [{"to": dict.fromkeys(levels, 0.25)}]
    time = {"warm_up_days": 100, "recruitment_days": 100, "follow_up_days": 100}
    health = {"utilities": {"well": 1.0, "setback": 1.0, "unwell": 1.0}, "death": {}}
    base = scenario(levels, {"bed": 4, "meal": 2, "seat": 3}, time=time, entry=entry, **health)
    settings = {path.replace("__", "."): value for path, value in changes.items()}
    return base.with_overrides(settings) if settings else base


def stay(
    patient: int,
    level: str,
    admitted: float,
    discharged: float,
    reason: str = "completed",
    *,
    route: str = "entry",
    episode: int = 0,
    ready: float | None = None,
    authorised_until: float = math.nan,
    next_level: str | None = None,
    interim: bool = False,
) -> Row:
    """A stay; ready when it ended, if it ended by plan and nothing else is said."""
    if ready is None:
        ready = discharged if reason in ("completed", "terminated", "transferred") else math.nan
    ended = ready, authorised_until, discharged, reason, next_level
    return patient, episode, level, route, admitted, admitted, *ended, interim


def wait(
    patient: int,
    level: str,
    asked: float,
    ended: float,
    outcome: str = "admitted",
    route: str = "entry",
    held: str | None = None,
) -> Row:
    """A wait on a list. held: the level whose place is kept meanwhile."""
    return patient, level, route, asked, ended, outcome, held, asked, None


def course(
    patient: int,
    medication: str,
    offered: float,
    started: float,
    ended: float,
    end: str = "stopped",
    level: str | None = None,
) -> Row:
    """An offer of medication and what came of it; started is NaN where nothing did."""
    return patient, medication, level, offered, started, ended, end


def records(
    described: Scenario,
    arrived: Sequence[float],
    *,
    stays: Iterable[Row] = (),
    waits: Iterable[Row] = (),
    spells: Iterable[Row] | None = None,
    medications: Iterable[Row] = (),
    outages: Iterable[Row] = (),
    emergencies: Iterable[Row] = (),
    cohort: Sequence[bool] | None = None,
) -> Records:
    """Records of these rows. People who arrived in the window are the cohort; without spells everyone is well."""
    time = described.time
    start, end = time.warm_up_days, time.warm_up_days + time.recruitment_days
    if spells is None:
        spells = [(patient, "well", day, end + time.follow_up_days) for patient, day in enumerate(arrived)]
    patients = {
        "patient": np.arange(len(arrived), dtype=np.int32),
        "arrived": np.array(arrived, dtype=float),
        "cohort": np.array([start <= day < end for day in arrived] if cohort is None else cohort, dtype=bool),
        "born": np.full(len(arrived), np.nan),
        "moved_away": np.full(len(arrived), np.nan),
        "recovered": np.full(len(arrived), np.nan),
        "frailty": np.zeros(len(arrived)),
        # Everybody is of the first kind.
        **{name: np.zeros(len(arrived), dtype=np.int16) for name in described.population},
    }
    rows = {
        "stays": [(*row, places_held(described.levels[row[2]].holdings()[0])) for row in stays],
        "waits": list(waits),
        "spells": list(spells),
        "medications": list(medications),
        "outages": list(outages),
        "emergencies": list(emergencies),
    }
    return Records(Facts(patients), *(_facts(table, rows[table], categories(table, described)) for table in rows))


def _facts(table: str, rows: list[Row], words: dict[str, tuple[str, ...]]) -> Facts:
    columns = {}
    for position, (name, kind) in enumerate(TABLES[table].items()):
        values = [row[position] for row in rows]
        if name in words:
            values = [NONE if value is None else words[name].index(value) for value in values]
        columns[name] = np.array(values, dtype=DTYPES.get(kind, np.int32))
    return Facts(columns, words)


def at_random(described: Scenario, people: int, seed: int) -> Records:
    """Records that keep the contract but follow no model: everything that can happen, in any proportion."""
    rng = np.random.default_rng(seed)
    time, levels = described.time, list(described.levels)
    end = time.warm_up_days + time.recruitment_days + time.follow_up_days
    arrived = np.sort(rng.uniform(0, time.warm_up_days + time.recruitment_days + time.follow_up_days, people)).tolist()
    stays, waits, spells = [], [], []
    for patient, day in enumerate(arrived):
        dies = min(day + rng.exponential(2_000), end)
        now, episode, route, last = day, 0, "entry", None
        while now < dies:
            level = str(rng.choice(levels))
            asked, now = now, min(now + rng.exponential(10) * (rng.random() < 0.8), dies)
            lost = now < dies and rng.random() < 0.2
            open_end = "end_of_follow_up" if dies == end else "died"
            outcome = (
                open_end if now == dies else str(rng.choice(["reneged", "no_show", "relapsed"])) if lost else "admitted"
            )
            waits.append(wait(patient, level, asked, now, outcome, route))
            if outcome == "admitted":
                episode += last is not None and now - last > 30
                admitted, now = now, min(now + rng.exponential(30), dies)
                ready = admitted + rng.random() * (now - admitted) if rng.random() < 0.3 else math.nan
                reason = open_end if now == dies else str(rng.choice(REASONS[:6]))
                stays.append(stay(patient, level, admitted, now, reason, route=route, episode=episode, ready=ready))
                last = now
            route = str(rng.choice(["return", "step_down", "step_up"]))
            now += rng.exponential(15) * (rng.random() < 0.7)
        now, state = day, "unwell"
        while now < dies:
            started, now = now, min(now + rng.exponential(40), dies)
            spells.append((patient, state, started, now))
            state = str(rng.choice([other for other in STATES[:3] if other != state]))
        if dies < end:
            spells.append((patient, "dead", dies, end))
    return records(described, arrived, stays=stays, waits=waits, spells=spells)
