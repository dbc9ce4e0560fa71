"""Event logs as OCEL 2.0: events about patients, their stays, levels of care, and the places that stays take.

Levels and places are those of one future of one scenario: nobody in one future waits for the beds of another.
Source: Berti et al., OCEL 2.0 Specification, 2023 (arXiv:2403.01975), and its JSON format at ocel-standard.org.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, TextIO

import numpy as np
import pandas as pd

from sim.files.whole_files import whole_text
from sim.model.records import read_places_held
from sim.report.exports.event_log import ATTRIBUTE, timestamps
from sim.report.exports.event_log_files import cases, iso_times
from sim.scenario import Scenario

ALWAYS = "1970-01-01T00:00:00.000Z"
"""The time of what never changes, as the specification has it."""

OWN_KINDS = {f"{ATTRIBUTE}arrived": "float", f"{ATTRIBUTE}cohort": "boolean"}
"""What is no attribute of the population, which all are text."""

EVENT_ATTRIBUTES = {"day": "float", "route": "string", "reason": "string"}
STAY_ATTRIBUTES = {"number": "integer", "days": "float"}
WORLD_ATTRIBUTES = {"scenario": "string", "replication": "integer"}
LEVEL_ATTRIBUTES = {"name": "string", "title": "string", **WORLD_ATTRIBUTES}
PLACE_ATTRIBUTES = {"name": "string", "title": "string", "kind": "string", "capacity": "integer", **WORLD_ATTRIBUTES}

OF_STAYS = {"admit": "admit to", "discharge": "discharge from"}
"""What the start and the end of a stay, itself an object here, are called: events of OCEL have no lifecycle."""

QUALIFIERS = {
    "known": {},
    "ask": {"stay": "leads to", "level": "asked for"},
    "admit": {"stay": "begins", "level": "enters", "place": "takes"},
    "ready": {"stay": "is ready to end", "level": "ready to leave"},
    "discharge": {"stay": "ends", "level": "leaves", "place": "frees"},
    "leave_list": {"level": "turned away from"},
    "state": {},
    "medication": {},
    "emergency": {},
}
"""What an event is to its objects, by its kind."""


def write_ocel(log: pd.DataFrame, path: str | PathLike[str], scenarios: Mapping[str, Scenario]) -> None:
    """Write the log of `sim.report.exports.event_log` as OCEL 2.0 JSON; scenarios: by their labels in the log.

    Raises KeyError when a scenario of the log is missing, OSError when the file cannot be written; then nothing is left
    behind.
    """
    kinds = log[["activity", "kind", "level"]].drop_duplicates().itertuples(index=False)
    activities = sorted({_type_of({"activity": word, "kind": kind, "level": level}) for word, kind, level in kinds})
    attributes = [name for name in log.columns if str(name).startswith(ATTRIBUTE)]
    patient = {_own_name(name): OWN_KINDS.get(name, "string") for name in attributes}
    object_types = {
        "patient": {"number": "integer", **WORLD_ATTRIBUTES, **patient},
        "stay": STAY_ATTRIBUTES,
        "level": LEVEL_ATTRIBUTES,
        "place": PLACE_ATTRIBUTES,
    }
    # Whoever was in care on day 0 took a place before it, which there was by then.
    opened = log.groupby(["scenario", "replication"], sort=False)["day"].min().clip(upper=0.0)
    worlds = [
        ({"scenario": str(label), "replication": int(number)}, scenarios[str(label)], float(day))
        for label, number, day in opened.reset_index().itertuples(index=False)
    ]
    with whole_text(path) as file:
        file.write("{\n")
        _array(file, "objectTypes", (_type(name, of_it) for name, of_it in object_types.items()), ",\n")
        _array(file, "eventTypes", (_type(name, EVENT_ATTRIBUTES) for name in activities), ",\n")
        _array(file, "objects", _objects(log, worlds), ",\n")
        _array(file, "events", _events(log), "\n}\n")


def _array(file: TextIO, name: str, items: Iterator[dict[str, Any]], after: str) -> None:
    """One item a line, as they come: a log may be larger than memory likes."""
    file.write(f"{json.dumps(name)}: [")
    for number, item in enumerate(items):
        file.write((",\n" if number else "\n") + json.dumps(item, allow_nan=False))
    file.write("]" + after)


def _type(name: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": each, "type": kind} for each, kind in attributes.items()]}


OneFuture = Mapping[str, Any]
"""Under WORLD_ATTRIBUTES, which future of which scenario."""


def _objects(log: pd.DataFrame, worlds: Sequence[tuple[OneFuture, Scenario, float]]) -> Iterator[dict[str, Any]]:
    """worlds: each with its scenario, and the day from which on there are places."""
    for of_world, scenario, opened in worlds:
        yield from _places_and_levels(of_world, scenario, opened)
    for events in cases(log):
        first, patient, world = events[0], _patient(events[0]), _world(events[0])
        about = {_own_name(name): value for name, value in first.items() if name.startswith(ATTRIBUTE)}
        of_it = {"number": first["patient"], **{name: first[name] for name in WORLD_ATTRIBUTES}, **about}
        yield _object(patient, "patient", of_it)
        ended = {event["stay"]: event["day"] for event in events if event["kind"] == "discharge"}
        for event in (event for event in events if event["kind"] == "admit"):
            number = event["stay"]
            lasted = {"days": ended[number] - event["day"]} if number in ended else {}
            related = [(patient, "of"), (f"level:{world}/{event['level']}", "in")]
            related += [(f"place:{world}/{name}", "holds") for name in _names(event)]
            yield _object(_stay(event), "stay", {"number": number, **lasted}, related)


def _places_and_levels(of_world: OneFuture, scenario: Scenario, opened: float) -> Iterator[dict[str, Any]]:
    world = _world(of_world)
    for name, place in scenario.places.items():
        fixed = {"name": name, "title": place.title or name, "kind": place.kind, **of_world}
        item = _object(f"place:{world}/{name}", "place", fixed)
        steps = place.steps(scenario.time)
        capacities = [(opened, steps[0][1]), *steps[1:]]
        times = iso_times(timestamps(np.array([day for day, _ in capacities]), scenario.time.start), "Z")
        for time, (_, capacity) in zip(times, capacities, strict=True):
            item["attributes"].append({"name": "capacity", "time": time, "value": capacity})
        yield item
    for name, level in scenario.levels.items():
        related = [(f"place:{world}/{each}", "needs") for each in level.places]
        related += [(f"place:{world}/{each}", "may need") for each in level.any_place_of]
        fixed = {"name": name, "title": level.title or name, **of_world}
        yield _object(f"level:{world}/{name}", "level", fixed, related)


def _events(log: pd.DataFrame) -> Iterator[dict[str, Any]]:
    every = (event for events in cases(log) for event in events)
    for number, event in enumerate(every, start=1):
        world, words = _world(event), QUALIFIERS[event["kind"]]
        related = [(_patient(event), "about")]
        if "stay" in event and "stay" in words:
            related.append((_stay(event), words["stay"]))
        if "level" in event:
            related.append((f"level:{world}/{event['level']}", words["level"]))
        related += [(f"place:{world}/{name}", words["place"]) for name in _names(event)]
        yield {
            "id": f"event:{number}",
            "type": _type_of(event),
            "time": event["timestamp"].replace("+00:00", "Z"),
            "attributes": [{"name": name, "value": event[name]} for name in EVENT_ATTRIBUTES if name in event],
            "relationships": _related(related),
        }


def _object(
    name: str, kind: str, attributes: Mapping[str, Any], related: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    fixed = [{"name": each, "time": ALWAYS, "value": value} for each, value in attributes.items()]
    return {"id": name, "type": kind, "attributes": fixed, "relationships": _related(related)}


def _related(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"objectId": name, "qualifier": word} for name, word in pairs]


def _type_of(event: Mapping[str, Any]) -> str:
    words = OF_STAYS.get(event["kind"])
    return f"{words} {event['level']}" if words else str(event["activity"])


def _own_name(column: str) -> str:
    """An attribute of patients; those of the population after a word of their own, lest one be called `number`."""
    name = str(column).removeprefix(ATTRIBUTE)
    return name if column in OWN_KINDS else f"attribute {name}"


def _names(event: Mapping[str, Any]) -> list[str]:
    return list(read_places_held(event.get("places") or ""))


def _world(of_it: OneFuture) -> str:
    label, replication = of_it["scenario"], of_it["replication"]
    return f"{label}/{replication}" if label else str(replication)


def _patient(event: Mapping[str, Any]) -> str:
    return f"patient:{event['case']}"


def _stay(event: Mapping[str, Any]) -> str:
    return f"stay:{event['case']}/{event['stay']}"
