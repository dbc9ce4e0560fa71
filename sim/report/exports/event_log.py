"""The records of a study as an event log: one row an event, one case a patient of one future of one scenario.

Setbacks are left out unless asked for: they are by far the most frequent events and end nothing. The hidden patient
effect is left out as well: no register would know it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment.result import Study
from sim.outcomes.observed import relapse_starts
from sim.scenario.schema import NEUTRAL, Condition
from sim.vocabulary import DEAD, OUTCOME, STATES, Column

MICROSECONDS_A_DAY = 86_400_000_000
ATTRIBUTE = "case:"
"""Prefix of the columns that say something of the case, not of the event."""

OF_THE_CASE = ("scenario", "replication", "patient")
EVENT_COLUMNS = (
    *("case", "activity", "kind", "lifecycle", "start_timestamp", "timestamp", "day"),
    *("level", "places", "route", "reason", "stay", *OF_THE_CASE),
)
HIDDEN = ("patient", "replication", "scenario", "frailty", "born", "moved_away", "recovered")

STATES_BEGIN = {
    ("unwell", "well"): "{get_well}",
    ("well", "setback"): "{setback}",
    ("setback", "well"): "end {setback}",
    ("unwell", "response"): "be {in_response}",
    ("response", "unwell"): "be {unwell} again",
    ("response", "well"): "{get_well}",
}
"""Activities by the state before and the state after, in words of the condition, but for a relapse and a death."""

TURN = 10
# Places in the order of what happens at one instant, counted within the turn of one stay: after all of the stay before,
# and before all of the next. Asking comes before leaving where the place is kept, or an interim service entered.
KNOWN, ADMIT, STATE, READY, ASK_INSIDE, DISCHARGE, ASK_OUTSIDE = -TURN, 2, 3, 4, 5, 6, 7


def study_log(
    study: Study, scenario: str | None = None, replication: int | None = None, setbacks: bool = False
) -> pd.DataFrame:
    """`event_log` of all scenarios and replications of a study, or of those that are named.

    Raises RecordsNotKept when the study holds no records, ValueError for a scenario or a replication that it lacks.
    """
    if scenario is not None and scenario not in study.results:
        raise ValueError(f"there is no scenario {scenario!r}; choose from {', '.join(map(repr, study.results))}")
    logs = []
    for label, result in study.results.items():
        if scenario is None or label == scenario:
            # One replication after the other: they have no case in common, and less is held at once.
            for number in range(result.replications) if replication is None else [replication]:
                how = result.scenario.time.start, label, setbacks, result.scenario.condition
                logs.append(with_words(event_log(result.of_replication(number), *how)))
    # Those of futures in which nobody came have no types, which the others must not lose.
    return pd.concat([log for log in logs if len(log)] or logs, ignore_index=True)


def with_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Records whose categories are words."""
    return frame.astype(dict.fromkeys(frame.select_dtypes("category"), object))


def event_log(
    tables: Mapping[str, pd.DataFrame],
    start_date: date,
    scenario: str = "",
    setbacks: bool = False,
    condition: Condition = NEUTRAL,
) -> pd.DataFrame:
    """Every event of the records of one scenario, by case and, within a case, in the order in which they happened.

    tables: the records as in a result, with or without a `replication` column. start_date: of day 0. scenario: the
    label that goes into the names of cases. setbacks: whether these are events. condition: in whose words activities
    are told.

    Columns: case (`scenario/replication/patient`, unique in a study), activity, kind (of event, whatever the level:
    known, ask, admit, ready, discharge, leave_list, state, medication, emergency), lifecycle (a stay is one activity
    from `start`, its admission, to `complete`, its discharge; all else is an instant, and `complete`), start_timestamp
    (when what is complete began; without the rows of a start it is a log of intervals), timestamp (both UTC, to the
    microsecond), day (since day 0), level, places (kinds taken or freed, joined by +), route, reason (how the stay or
    the wait ended), stay (its number in the case, from 0; also at the asking that led to it), scenario, replication,
    patient, and `case:` with arrived (day), cohort, and each attribute of the population.

    The first event of every case is on the day `arrived`. Whoever is in care or waits on day 0 has the route `initial`;
    of stays before day 0 there are those that last until then, so that they never take more places than there are. Who
    is at home on day 0 and known from before has an event for that, and no other before day 0. Stays, waits and courses
    of medication that are open when the run ends have no event for it, nor has an offer of which nothing came.
    """
    cases = _cases(tables["patients"], scenario)
    names = ("stays", "waits", "spells", "medications", "emergencies")
    stays, waits, spells, courses, visits = (_rows(tables[name], cases) for name in names)
    if not setbacks:
        spells = _without_setbacks(spells)
    waits["target"] = _stay_of(waits, stays)
    parts = [
        _of_known(tables["patients"], cases, stays, waits),
        *(*_of_stays(stays), *_of_waits(waits, stays)),
        *(*_of_spells(spells, stays, condition), *_of_courses(courses, stays), *_of_visits(visits, stays)),
    ]
    events = pd.concat(parts, ignore_index=True)
    events = events.iloc[np.lexsort([events[key] for key in ("phase", "nth", "turn", "day", "row")])]
    log = cases.iloc[events["row"]].reset_index(drop=True)
    for name in ("activity", "kind", "level", "places", "route", "reason", "stay", "day"):
        log[name] = events[name].to_numpy()
    log["stay"] = log["stay"].astype("Int64")
    log["lifecycle"] = np.where(log["kind"] == "admit", "start", "complete")
    log["timestamp"] = timestamps(log["day"].to_numpy(), start_date)
    log["start_timestamp"] = timestamps(events["since"].fillna(events["day"]).to_numpy(), start_date)
    return log[[*EVENT_COLUMNS, *(name for name in log if str(name).startswith(ATTRIBUTE))]]


def timestamps(days: Column, start_date: date) -> pd.DatetimeIndex:
    """Days since day 0 as instants in UTC, to the nearest microsecond: the calendar of the model knows no time zone."""
    since = np.rint(np.asarray(days, dtype=float) * MICROSECONDS_A_DAY).astype("timedelta64[us]")
    return pd.DatetimeIndex(np.datetime64(start_date, "us") + since).tz_localize("UTC")


def _cases(patients: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """One row a case: its name, and what is said of it in every event."""
    replication = patients["replication"] if "replication" in patients else pd.Series(0, index=patients.index)
    prefix = f"{scenario}/" if scenario else ""
    names = [f"{prefix}{each}/{who}" for each, who in zip(replication, patients["patient"], strict=True)]
    of_the_case = {"case": names, "scenario": scenario, "replication": replication, "patient": patients["patient"]}
    attributes = {f"{ATTRIBUTE}{name}": values for name, values in patients.items() if name not in HIDDEN}
    return pd.DataFrame({**of_the_case, **attributes}, index=patients.index).reset_index(drop=True)


def _rows(frame: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Records with words for categories, the row of their case, and their number within it."""
    records = with_words(frame).reset_index(drop=True)
    if "replication" not in records:
        records["replication"] = 0
    owners = pd.MultiIndex.from_frame(cases[["replication", "patient"]])
    records["row"] = owners.get_indexer(pd.MultiIndex.from_frame(records[["replication", "patient"]]))
    records["nth"] = records.groupby("row").cumcount()
    return records


def _without_setbacks(spells: pd.DataFrame) -> pd.DataFrame:
    """Spells with every setback counted as part of the days well that it interrupts."""
    whole = spells.assign(state=spells["state"].where(spells["state"] != "setback", "well"))
    begins = (whole["row"] != whole["row"].shift()) | (whole["state"] != whole["state"].shift())
    return whole[begins].reset_index(drop=True)


def _stay_of(waits: pd.DataFrame, stays: pd.DataFrame) -> Column:
    """The row of the stay that each wait led to; -1 for none."""
    stays_by = pd.MultiIndex.from_arrays([stays["row"], stays["level"], stays["admitted"]])
    first = ~stays_by.duplicated()
    row = stays_by[first].get_indexer(pd.MultiIndex.from_arrays([waits["row"], waits["level"], waits["ended"]]))
    row = np.where(row >= 0, np.append(np.flatnonzero(first), -1)[row], -1)
    return np.where(waits["outcome"] == "admitted", row, -1)


def _of_known(patients: pd.DataFrame, cases: pd.DataFrame, stays: pd.DataFrame, waits: pd.DataFrame) -> pd.DataFrame:
    """Those who are at home on day 0, known from before: who had asked by then, and has neither stay nor wait of it."""
    known = pd.DataFrame({"row": np.arange(len(cases)), "nth": 0, "arrived": patients["arrived"].to_numpy()})
    first = pd.concat([stays.groupby("row")["admitted"].min(), waits.groupby("row")["called"].min()])
    since = known["row"].map(first.groupby(level=0).min())
    known = known[(known["arrived"] <= 0) & ~(since <= known["arrived"])]
    activity = pd.Series("be known from before", index=known.index, dtype=object)
    return _events(known, "known", activity, known["arrived"], np.full(len(known), KNOWN), {})


def _of_stays(stays: pd.DataFrame) -> list[pd.DataFrame]:
    turn = stays["nth"].to_numpy() * TURN
    level = stays["level"].astype(str)
    of_it = {"level": stays["level"], "stay": stays["nth"]}
    coming = {**of_it, "route": stays["route"], "places": stays["places"]}
    going = {**of_it, "reason": stays["reason"], "places": stays["places"], "since": stays["admitted"]}
    stay = "stay in " + level
    blocked, over = stays["ready"] < stays["discharged"], stays["reason"] != "end_of_follow_up"
    return [
        _events(stays, "admit", stay, stays["admitted"], turn + ADMIT, coming),
        _events(stays, "ready", "be ready to leave " + level, stays["ready"], turn + READY, of_it)[blocked],
        _events(stays, "discharge", stay, stays["discharged"], turn + DISCHARGE, going)[over],
    ]


def _of_waits(waits: pd.DataFrame, stays: pd.DataFrame) -> list[pd.DataFrame]:
    target = waits["target"].to_numpy()
    leads = target >= 0
    number = np.append(stays["nth"].to_numpy(), -1)[target]
    latest = _admissions_until(waits, waits["asked"], stays, strictly=False) - 1
    latest = np.where(leads, np.minimum(latest, number - 1), latest)
    interim = set(zip(stays.loc[stays["interim"], "row"], stays.loc[stays["interim"], "nth"], strict=True))
    in_interim = [pair in interim for pair in zip(waits["row"], latest, strict=True)]
    inside = waits["held_level"].notna().to_numpy() | np.array(in_interim, dtype=bool)
    turn = latest * TURN + np.where(inside, ASK_INSIDE, ASK_OUTSIDE)
    about = {"level": waits["level"], "route": waits["route"]}
    led_to = {**about, "stay": np.where(leads, number, np.nan)}
    ended = {**about, "reason": waits["outcome"], "phase": 1}
    ends = zip(waits["outcome"], waits["level"], strict=True)
    words = [OUTCOME[outcome].activity.format(level=level) for outcome, level in ends]
    in_words = pd.Series(words, index=waits.index, dtype=object)
    goes_on = (waits["outcome"].shift() == "passed") & (waits["row"].shift() == waits["row"])
    return [
        _events(waits, "ask", "ask for " + waits["level"].astype(str), waits["asked"], turn, led_to)[~goes_on],
        _events(waits, "leave_list", in_words, waits["ended"], turn, ended)[in_words != ""],
    ]


def _of_spells(spells: pd.DataFrame, stays: pd.DataFrame, condition: Condition) -> list[pd.DataFrame]:
    before = spells["state"].shift().where(spells["row"] == spells["row"].shift())
    changes = zip(before, spells["state"], strict=True)
    begin = {change: words.format(**condition.words) for change, words in STATES_BEGIN.items()}
    codes = spells["state"].map(STATES.index).to_numpy(dtype=int)
    named = [
        "relapse" if relapse else "die" if after == STATES[DEAD] else begin.get((then, after))
        for relapse, (then, after) in zip(relapse_starts(spells["row"].to_numpy(), codes), changes, strict=True)
    ]
    words = pd.Series(named, index=spells.index, dtype=object)
    # A relapse may lead through a discharge into another level at the same instant; it belongs to the stay before.
    # Being well may begin at an admission, and belongs to the new stay. Nothing comes after a death.
    earlier = _admissions_until(spells, spells["started"], stays, strictly=True) - 1
    latest = _admissions_until(spells, spells["started"], stays, strictly=False) - 1
    turn = np.where(words == "relapse", earlier, latest) * TURN + STATE
    turn = np.where(words == "die", np.iinfo(np.int64).max, turn)
    return [_events(spells, "state", words, spells["started"], turn, {})[words.notna()]]


def _of_courses(courses: pd.DataFrame, stays: pd.DataFrame) -> list[pd.DataFrame]:
    """Medications that begin, and that end while their patient lives."""
    begun = courses[courses["started"].notna()].reset_index(drop=True)
    name = begun["medication"].astype(str)
    # One that ends with a stay is told before the discharge; one that begins on admission, after it.
    first = (_admissions_until(begun, begun["started"], stays, strictly=False) - 1) * TURN + STATE
    last = (_admissions_until(begun, begun["ended"], stays, strictly=True) - 1) * TURN + STATE
    over = ~begun["end"].isin(("died", "end_of_follow_up"))
    return [
        _events(begun, "medication", "start " + name, begun["started"], first, {"phase": 1}),
        _events(begun, "medication", "stop " + name, begun["ended"], last, {"phase": 2, "reason": begun["end"]})[over],
    ]


def _of_visits(visits: pd.DataFrame, stays: pd.DataFrame) -> list[pd.DataFrame]:
    """Visits to an emergency department, told before what they lead to."""
    turn = (_admissions_until(visits, visits["happened"], stays, strictly=True) - 1) * TURN + STATE
    activity = "emergency: " + visits["emergency"].astype(str)
    return [_events(visits, "emergency", activity, visits["happened"], turn, {})]


def _events(
    rows: pd.DataFrame, kind: str, activity: pd.Series, day: pd.Series, turn: Column, more: Mapping[str, Any]
) -> pd.DataFrame:
    """Events in rows that go with `rows`; what `more` alone says (level, places, ..., phase, since: its beginning)."""
    nothing = dict.fromkeys(("level", "places", "route", "reason"), pd.Series(None, index=rows.index, dtype=object))
    own = {"row": rows["row"], "nth": rows["nth"], "activity": activity, "kind": kind, "day": day, "turn": turn}
    return pd.DataFrame({**nothing, "stay": np.nan, "since": np.nan, "phase": 0, **own, **more}, index=rows.index)


def _admissions_until(rows: pd.DataFrame, time: pd.Series, stays: pd.DataFrame, strictly: bool) -> Column:
    """How many stays of the same case began until each of these times, or strictly before it."""
    row = np.concatenate((stays["row"], rows["row"]))
    when = np.concatenate((stays["admitted"], time))
    asks = np.arange(len(row)) >= len(stays)
    # At equal times admissions come first, unless only those strictly before count.
    order = np.lexsort((~asks if strictly else asks, when, row))
    so_far = np.cumsum(~asks[order])
    counts = np.empty(len(row), dtype=np.int64)
    counts[order] = so_far
    in_earlier_cases = np.searchsorted(np.sort(stays["row"].to_numpy()), rows["row"].to_numpy(), side="left")
    return counts[len(stays) :] - in_earlier_cases
