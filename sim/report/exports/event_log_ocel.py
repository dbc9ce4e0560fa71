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
        (str(label), int(number), scenarios[str(label)], float(day))
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


def _objects(log: pd.DataFrame, worlds: list[tuple[str, int, Scenario, float]]) -> Iterator[dict[str, Any]]:
    """worlds: label, replication, scenario, and the day from which on there are places."""
    for label, replication, scenario, opened in worlds:
        yield from _places_and_levels(label, replication, scenario, opened)
    for events in cases(log):
        first = events[0]
        world = _world(first["scenario"], first["replication"])
        about = {_own_name(name): value for name, value in first.items() if name.startswith(ATTRIBUTE)}
        of_it = {
            "number": first["patient"],
            "scenario": first["scenario"],
            "replication": first["replication"],
            **about,
        }
        yield _object(_patient(first), "patient", of_it)
        admitted = {event["stay"]: event for event in events if event["kind"] == "admit"}
        ended = {event["stay"]: event["day"] for event in events if event["kind"] == "discharge"}
        lasted = {number: {"days": day - admitted[number]["day"]} for number, day in ended.items()}
        for number, event in admitted.items():
            related = [(_patient(first), "of"), (_level(world, event["level"]), "in")]
            related += [(_place(world, name), "holds") for name in _names(event)]
            yield _object(_stay(first, number), "stay", {"number": number, **lasted.get(number, {})}, related)


def _places_and_levels(label: str, replication: int, scenario: Scenario, opened: float) -> Iterator[dict[str, Any]]:
    world = _world(label, replication)
    of_world = {"scenario": label, "replication": replication}
    for name, place in scenario.places.items():
        fixed = {"name": name, "title": place.title or name, "kind": place.kind, **of_world}
        item = _object(_place(world, name), "place", fixed)
        steps = place.steps(scenario.time)
        capacities = [(opened, steps[0][1]), *steps[1:]]
        times = iso_times(timestamps(np.array([day for day, _ in capacities]), scenario.time.start), "Z")
        item["attributes"] += [
            {"name": "capacity", "time": time, "value": capacity}
            for time, (_, capacity) in zip(times, capacities, strict=True)
        ]
        yield item
    for name, level in scenario.levels.items():
        related = [(_place(world, each), "needs") for each in level.places]
        related += [(_place(world, each), "may need") for each in level.any_place_of]
        about = {"name": name, "title": level.title or name, **of_world}
        yield _object(_level(world, name), "level", about, related)


def _events(log: pd.DataFrame) -> Iterator[dict[str, Any]]:
    number = 0
    for events in cases(log):
        world = _world(events[0]["scenario"], events[0]["replication"])
        for event in events:
            number += 1
            attributes = [{"name": name, "value": event[name]} for name in EVENT_ATTRIBUTES if name in event]
            related = [(_patient(event), "about")]
            words = QUALIFIERS[event["kind"]]
            if "stay" in event and "stay" in words:
                related.append((_stay(event, event["stay"]), words["stay"]))
            if "level" in event:
                related.append((_level(world, event["level"]), words["level"]))
            related += [(_place(world, name), words["place"]) for name in _names(event)]
            yield {
                "id": f"event:{number}",
                "type": _type_of(event),
                "time": event["timestamp"].replace("+00:00", "Z"),
                "attributes": attributes,
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


def _world(label: str, replication: int) -> str:
    return f"{label}/{replication}" if label else str(replication)


def _patient(event: Mapping[str, Any]) -> str:
    return f"patient:{event['case']}"


def _stay(event: Mapping[str, Any], number: int) -> str:
    return f"stay:{event['case']}/{number}"


def _level(world: str, name: str) -> str:
    return f"level:{world}/{name}"


def _place(world: str, name: str) -> str:
    return f"place:{world}/{name}"
