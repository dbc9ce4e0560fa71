"""The record book of a replication: rows as they are written, and the columns that they become."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sim.model.pace import EndlessCircle
from sim.model.plan import Plan
from sim.model.records import DTYPES, TABLES, Facts, Records
from sim.model.setbacks import Spell
from sim.model.stays import Stay, Wait
from sim.vocabulary import OUTCOMES, REASONS, ROUTES, STATES, Column

MOST_LOOKED_AT = 100_000
"""Rows that are searched for those of one patient, to say what they have gone through."""


class Book:
    """Stays and waits that have ended, spells and outages, of one replication."""

    def __init__(self, plan: Plan, replication: int) -> None:
        self._plan = plan
        self._replication = replication
        # One row after the other: a list of numbers becomes columns in a third of the time that a list of rows takes.
        self._stays: list[float] = []
        self._waits: list[float] = []
        self._spells: list[float] = []
        self._medications: list[float] = []
        self._outages: list[float] = []
        self._emergencies: list[float] = []

    def write_stay(self, patient: int, stay: Stay, discharged: float, reason: int) -> None:
        """A stay that has ended."""
        until = stay.authorised_until if stay.authorised_until < discharged else math.nan
        row = self._stays
        row += (patient, stay.episode, stay.level, stay.route, stay.asked, stay.admitted, stay.ready)
        row += (until, discharged, reason, stay.next_level, stay.interim, stay.holding.word)

    def write_wait(self, patient: int, wait: Wait, ended: float, outcome: int) -> None:
        """A wait that has ended."""
        rows = self._waits
        rows += (patient, wait.level, wait.route, wait.asked, ended, outcome, wait.held_level, wait.called, wait.step)

    def write_spells(self, rows: list[float]) -> None:
        """All spells of a patient, one after the other."""
        self._spells += rows

    def write_medications(self, rows: list[float]) -> None:
        """All offers of medication to a patient, with what came of them, one after the other."""
        self._medications += rows

    def write_emergencies(self, rows: list[float]) -> None:
        """All visits of a patient to an emergency department, one after the other."""
        self._emergencies += rows

    def write_outage(self, patient: int, level: int, place: int, started: float, ended: float, cause: int) -> None:
        """A place that is out of use from now until then, or to the end of the run."""
        self._outages += (patient, level, place, started, min(ended, self._plan.horizon), cause)

    def records(self, patients: dict[str, Column]) -> Records:
        """Everything, with the columns of the patients."""
        rows = {
            "stays": self._stays,
            "waits": self._waits,
            "spells": self._spells,
            "medications": self._medications,
            "outages": self._outages,
            "emergencies": self._emergencies,
        }
        categories = self._plan.categories
        return Records(
            Facts(patients, categories["patients"]),
            *(Facts(_columns(table, rows[table]), categories[table]) for table in rows),
        )

    def take_over(self, stays: Column, waits: Column) -> None:
        """Rows that somebody else has written."""
        self._stays, self._waits = stays.ravel().tolist(), waits.ravel().tolist()

    def endless_circle(self, patient: int, now: float, since: float, spells: Sequence[Spell]) -> EndlessCircle:
        """The error of a patient who goes round too fast, with what they have gone through since then."""
        levels = self._plan.names.levels
        ends = [(ended, f"be {STATES[state]}") for state, _, ended, _ in spells]
        for row in _latest(self._waits, tuple(TABLES["waits"]), patient):
            asked = f"wait for {levels[int(row['level'])]} ({ROUTES[int(row['route'])]})"
            ends.append((row["ended"], f"{asked} until {OUTCOMES[int(row['outcome'])]}"))
        for row in _latest(self._stays, tuple(TABLES["stays"]), patient):
            stay = f"stay in {levels[int(row['level'])]}"
            ends.append((row["discharged"], f"{stay} until {REASONS[int(row['reason'])]}"))
        steps = dict.fromkeys(step for ended, step in sorted(ends, key=lambda end: end[0]) if ended >= since)
        return EndlessCircle(self._plan.names.scenario, self._replication, patient, now, ", ".join(steps))


def _latest(rows: list[float], names: tuple[str, ...], patient: int) -> Iterator[dict[str, float]]:
    """Rows of one patient by the names of their columns, the first first, from the latest of everybody's."""
    width = len(names)
    for start in range(max(0, len(rows) - MOST_LOOKED_AT * width), len(rows), width):
        if rows[start] == patient:
            yield dict(zip(names, rows[start : start + width], strict=True))


def _columns(table: str, rows: list[float]) -> dict[str, Column]:
    """Rows as the columns of a table, patient by patient; one patient's rows remain in the order of writing."""
    columns = TABLES[table]
    values = np.array(rows, dtype=float).reshape(-1, len(columns)).T
    values = values[:, np.argsort(values[0], kind="stable")]
    return {
        name: row.astype(DTYPES.get(kind, np.int32), copy=False)
        for (name, kind), row in zip(columns.items(), values, strict=True)
    }
