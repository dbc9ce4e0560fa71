"""What holds the two engines together: their records are the same in every bit of every column, or this says where."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from random_scenarios import build, descriptions

from sim.model.compiled.engine import lowered, replicate_compiled
from sim.model.engine import replicate
from sim.model.pace import EndlessCircle
from sim.model.records import Records
from sim.scenario import Scenario
from sim.scenario.change import DatedChange

TABLES = ("patients", "stays", "waits", "spells", "medications", "emergencies", "outages")
CASES = int(os.environ.get("STEPDOWN_ENGINE_CASES", "200"))
"""Random scenarios that a test looks at; more of them, and others, at night."""
NIGHT = os.environ.get("STEPDOWN_ENGINE_SEED")
"""At night other scenarios are looked at than by day, by a seed that can be told again."""
TALLY = os.environ.get("STEPDOWN_ENGINE_TALLY")
"""A file to which each part of a night's work adds a line: what it looked at, once all of it was the same."""
A_PART = 500
"""Random scenarios of one part, with a seed of its own: what hypothesis remembers of the earlier ones takes memory, and
parts can be shared by processes."""


def what_came(system: Scenario | DatedChange, seed: int, engine: str, replication: int = 0) -> Any:
    """The records of one replication, or what the error says that ends it."""
    try:
        if engine == "compiled":
            lowered.cache_clear()
            return replicate_compiled(system, seed, replication)
        return replicate(system, seed, replication)
    except EndlessCircle as error:
        return error.args


def differences(first: Any, second: Any) -> list[str]:
    """Tables and columns in which two outcomes of `what_came` differ."""
    if not isinstance(first, Records) or not isinstance(second, Records):
        return [] if first == second and not isinstance(first, Records) else [f"{first!r:.200} or {second!r:.200}"]
    found = []
    for table in TABLES:
        ours, theirs = getattr(first, table), getattr(second, table)
        if list(ours.columns) != list(theirs.columns) or ours.categories != theirs.categories:
            found.append(f"{table}: columns")
            continue
        for name, column in ours.columns.items():
            other = theirs[name]
            if (column.dtype, column.shape) != (other.dtype, other.shape):
                found.append(f"{table}.{name}: {column.dtype} {column.shape} or {other.dtype} {other.shape}")
            elif column.tobytes() != other.tobytes():
                place = int(np.flatnonzero((column != other) & ~((column != column) & (other != other)))[:1].sum())
                found.append(f"{table}.{name}[{place}]: {column[place]!r} or {other[place]!r}")
    return found


def assert_engines_agree(system: Scenario | DatedChange, seed: int = 1, replication: int = 0) -> None:
    first, second = (what_came(system, seed, engine, replication) for engine in ("simpy", "compiled"))
    assert differences(first, second) == []


def parts(cases: int) -> list[int]:
    """How many cases each part of so many has."""
    full, rest = divmod(cases, A_PART)
    return [A_PART] * full + [rest] * (rest > 0)


def look_at(name: str, part: int, cases: int, case: Callable[..., None], *drawn: Any) -> None:
    """So many random cases of a test of this name: always the same by day, by the seed and the part at night."""
    seen = 0

    @settings(max_examples=cases, derandomize=NIGHT is None, deadline=None, database=None)
    @given(st.tuples(*drawn))
    def look(arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        case(*arguments)
        seen += 1

    (look if NIGHT is None else seed(f"{NIGHT}/{name}/{part}")(look))()
    if TALLY:
        with Path(TALLY).open("a") as tally:
            tally.write(f"{name}, seed {NIGHT}, part {part}: {seen} cases the same\n")


@cache
def some_systems(count: int) -> tuple[Scenario, ...]:
    """Random scenarios, always the same."""
    collected: list[dict[str, Any]] = []

    @settings(max_examples=count, derandomize=True, deadline=None, database=None, phases=[Phase.generate])
    @given(descriptions())
    def collect(description: dict[str, Any]) -> None:
        collected.append(description)

    collect()
    return tuple(build(description) for description in collected)
