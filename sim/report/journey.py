"""What happened to one patient in one replication, on the clock of days since asking for care.

Of whoever is there on day 0, in care or known from before, nothing is known before it but their first stay: their clock
is that of the run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.outcomes.observed import relapse_starts
from sim.report.sheets.numbers import records_of
from sim.vocabulary import STATES

TIMES = ("admitted", "ready", "discharged", "asked", "ended", "started", "offered", "happened")
"""Columns of records that are told since asking."""


class StayTold(NamedTuple):
    """A stay, in days since asking; `open` if it lasts beyond what is told. interim: bridges the way to the next.

    places: what it held, where not all stays in this level hold the same; else "".
    """

    level: str
    route: str
    admitted: float
    ready: float
    discharged: float
    reason: str
    next_level: str | None
    interim: bool
    open: bool
    places: str = ""


class WaitTold(NamedTuple):
    """A wait, in days since asking; `open` if it lasts beyond what is told. goes_on: a step of this ask came before."""

    level: str
    route: str
    asked: float
    ended: float
    outcome: str
    open: bool
    goes_on: bool


class SpellTold(NamedTuple):
    """A spell of one clinical state, in days since asking. relapse: it began with one."""

    state: str
    started: float
    ended: float
    relapse: bool


class CourseTold(NamedTuple):
    """An offer of medication, in days since asking; started is NaN where nothing came of it. `open` as of a stay."""

    medication: str
    offered: float
    started: float
    ended: float
    end: str
    open: bool


class VisitTold(NamedTuple):
    """A visit to an emergency department, in days since asking."""

    emergency: str
    happened: float


@dataclass(frozen=True)
class History:
    """What happened to one patient in one system, until `end` (days since asking)."""

    stays: tuple[StayTold, ...]
    waits: tuple[WaitTold, ...]
    spells: tuple[SpellTold, ...]
    courses: tuple[CourseTold, ...]
    visits: tuple[VisitTold, ...]
    end: float

    @property
    def days_in_care(self) -> float:
        """Days in any level."""
        return sum(stay.discharged - max(stay.admitted, 0.0) for stay in self.stays)

    @property
    def days_well(self) -> float:
        """Days well, without setbacks."""
        return sum(spell.ended - spell.started for spell in self.spells if spell.state == "well")

    @property
    def relapses(self) -> int:
        """How often they relapsed."""
        return sum(spell.relapse for spell in self.spells)

    @property
    def died(self) -> float | None:
        """The day of their death."""
        return next((spell.started for spell in self.spells if spell.state == "dead"), None)

    @property
    def levels(self) -> list[str]:
        """Levels they were admitted to, in order of first admission."""
        return list(dict.fromkeys(stay.level for stay in self.stays))


def rows_of(table: pd.DataFrame, patient: int) -> pd.DataFrame:
    """One patient's rows. Raises ValueError when they come from several replications."""
    rows = table[table["patient"] == patient]
    if "replication" in rows and rows["replication"].nunique() > 1:
        raise ValueError("a story is told from the tables of one replication")
    return rows


def read_journey(tables: Mapping[str, pd.DataFrame], patient: int, label: str, follow_up: float) -> History:
    """One patient's journey, from the record tables of one replication; label names the system in errors.

    Raises ValueError when the patient never asked.
    """
    who = rows_of(tables["patients"], patient)
    if who.empty:
        raise ValueError(f"patient {patient} did not ask for care in {label}")
    arrived = max(float(who["arrived"].iloc[0]), 0.0)

    def read(name: str) -> list[dict[str, Any]]:
        rows = records_of(rows_of(tables[name], patient))
        return [{key: value - arrived if key in TIMES else value for key, value in row.items()} for row in rows]

    spells, stays, waits, courses, visits = map(read, ("spells", "stays", "waits", "medications", "emergencies"))
    end = min(follow_up, max((row["ended"] for row in spells), default=0.0))
    codes = np.array([STATES.index(row["state"]) for row in spells], dtype=int)
    relapses = relapse_starts(np.zeros(len(codes)), codes).tolist()
    # Where stays of a level hold places of different kinds, it matters which.
    differ = tables["stays"].groupby("level", observed=True)["places"].nunique() > 1
    for stay in stays:
        stay["next_level"] = None if pd.isna(stay["next_level"]) else stay["next_level"]
        stay["places"] = stay["places"] if differ[stay["level"]] else ""
    for before, wait in zip((None, *waits), waits, strict=False):
        wait["goes_on"] = before is not None and before["outcome"] == "passed"
    for spell, is_one in zip(spells, relapses, strict=True):
        spell["relapse"] = is_one
    return History(
        _as_far(StayTold, "admitted", "discharged", stays, end),
        _as_far(WaitTold, "asked", "ended", waits, end),
        _as_far(SpellTold, "started", "ended", spells, end),
        _as_far(CourseTold, "offered", "ended", courses, end),
        _as_far(VisitTold, "happened", "happened", visits, end),
        end,
    )


def _as_far(kind: Any, began: str, over: str, rows: list[dict[str, Any]], end: float) -> tuple[Any, ...]:
    """Records that began before the end of what is told, each as far as that: `open` where it lasts beyond it."""
    cut = [{**row, over: min(row[over], end), "open": row[over] >= end} for row in rows if row[began] < end]
    return tuple(kind(**{name: row[name] for name in kind._fields}) for row in cut)
