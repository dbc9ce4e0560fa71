"""What one replication leaves behind: facts in columns, nothing computed. Costs, utilities and metrics come after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.scenario.schema import Scenario
from sim.vocabulary import COURSE_ENDS, OUTAGES, OUTCOMES, REASONS, ROUTES, STATES, Column

if TYPE_CHECKING:
    import pandas as pd

ColumnKind = Literal[
    "patient",
    "count",
    "time",
    "number",
    "flag",
    "level",
    "places",
    "place",
    "step",
    "route",
    "reason",
    "outcome",
    "state",
    "medication",
    "course_end",
    "outage",
    "emergency",
]
"""What a column holds: a patient's number, a whole number, days since day 0, a number, yes or no, or a coded word."""

TABLES: Mapping[str, Mapping[str, ColumnKind]] = {
    "patients": {
        "patient": "patient",
        "arrived": "time",
        "cohort": "flag",
        "born": "time",
        "moved_away": "time",
        "recovered": "time",
        "frailty": "number",
    },
    "stays": {
        "patient": "patient",
        "episode": "count",
        "level": "level",
        "route": "route",
        "asked": "time",
        "admitted": "time",
        "ready": "time",
        "authorised_until": "time",
        "discharged": "time",
        "reason": "reason",
        "next_level": "level",
        "interim": "flag",
        "places": "places",
    },
    "waits": {
        "patient": "patient",
        "level": "level",
        "route": "route",
        "asked": "time",
        "ended": "time",
        "outcome": "outcome",
        "held_level": "level",
        "called": "time",
        "step": "step",
    },
    "spells": {"patient": "patient", "state": "state", "started": "time", "ended": "time"},
    "medications": {
        "patient": "patient",
        "medication": "medication",
        "level": "level",
        "offered": "time",
        "started": "time",
        "ended": "time",
        "end": "course_end",
    },
    "outages": {
        "patient": "patient",
        "level": "level",
        "place": "place",
        "started": "time",
        "ended": "time",
        "cause": "outage",
    },
    "emergencies": {
        "patient": "patient",
        "emergency": "emergency",
        "level": "level",
        "happened": "time",
        "asked_for": "level",
    },
}
"""The kinds of records, the fields of `Records`, each with its columns in order and what they hold.

Behind those of `patients` comes one coded column for each attribute of the population.
"""

DTYPES: Mapping[ColumnKind, type] = {"time": float, "number": float, "flag": bool}
"""As which type a column is held; of all others, as np.int32."""


def categories(table: str, *scenarios: Scenario) -> dict[str, tuple[str, ...]]:
    """The words of each coded column of a table of records, in the order of their codes.

    scenarios: the one that was in force, or one after the other, which have the same levels and attributes.
    """
    *_, scenario = scenarios
    words: dict[str, tuple[str, ...]] = {"route": ROUTES, "reason": REASONS, "outcome": OUTCOMES, "state": STATES}
    words |= {"course_end": COURSE_ENDS, "level": tuple(scenario.levels)}
    words["medication"] = tuple(dict.fromkeys(name for each in scenarios for name in each.medications))
    words["place"], words["outage"], words["step"] = tuple(scenario.places), OUTAGES, step_names(scenarios)
    words["emergency"] = tuple(dict.fromkeys(name for each in scenarios for name in each.emergencies))
    levels = [level for each in scenarios for level in each.levels.values()]
    words["places"] = tuple(dict.fromkeys(places_held(each) for level in levels for each in level.holdings()))
    coded = {column: words[kind] for column, kind in TABLES[table].items() if kind in words}
    attributes = {name: tuple(shares) for name, shares in scenario.population.items()}
    return coded | (attributes if table == "patients" else {})


def step_names(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """The steps before the list of any level, by name."""
    levels = [level for each in scenarios for level in each.levels.values()]
    return tuple(dict.fromkeys(step.name for level in levels for step in level.access))


def places_held(holding: Mapping[str, int]) -> str:
    """Kinds of places, and how many of each a stay holds, as `stays` has them: "bed+staff*2"."""
    return "+".join(place if number == 1 else f"{place}*{number}" for place, number in holding.items())


def read_places_held(word: str) -> dict[str, int]:
    """How many of which kinds of places such a word says; none for one that is empty."""
    parts = (part.partition("*") for part in word.split("+") if part)
    return {place: int(number or 1) for place, _, number in parts}


@dataclass(frozen=True)
class Facts:
    """One kind of record as equally long columns; coded columns hold small integers into their categories."""

    columns: dict[str, Column]
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def of_patients(self, first: int, last: int) -> "Facts":
        """The rows of patients first to last - 1, who are number 0 and so on then."""
        rows = slice(*np.searchsorted(self["patient"], (first, last)))
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Facts({**columns, "patient": columns["patient"] - first}, self.categories)

    def frame(self) -> "pd.DataFrame":
        """The columns as a DataFrame, codes as categoricals."""
        import pandas as pd

        return pd.DataFrame(
            {
                name: pd.Categorical.from_codes(values, self.categories[name])  # type: ignore[call-overload]
                if name in self.categories
                else values
                for name, values in self.columns.items()
            }
        )

    @classmethod
    def of_frame(cls, frame: "pd.DataFrame") -> "Facts":
        """What `frame` gave, back again."""
        import pandas as pd

        categories, columns = {}, {}
        for name, values in frame.items():
            if isinstance(values.dtype, pd.CategoricalDtype):
                categories[str(name)] = tuple(values.cat.categories)
                columns[str(name)] = values.cat.codes.to_numpy(dtype=np.int32)
            else:
                columns[str(name)] = values.to_numpy()
        return cls(columns, categories)


@dataclass(frozen=True)
class Records:
    """All facts of one replication; times in days since day 0 (before it for people already in care on day 0).

    Rows come patient by patient and, within a patient, in the order in which they happened.

    patients: patient, arrived (first asking; of people in care on day 0 the beginning of that stay), cohort (asked for
        the first time while the cohort was recruited), born (NaN where people have no ages), moved_away and
        recovered (for good; NaN for who did not), frailty (Z), and one coded column for each attribute, in the
        scenario's order.
    stays: patient, episode (0, 1, ...), level, route, asked, admitted, ready (when the plan of care was finished, or
        ended by termination or transfer; NaN if something else ended the stay before), authorised_until (when the last
        day ended that was authorised; NaN if the stay ended no later), discharged, reason, next_level (the level linked
        to, or NONE), interim (bridges the way to the next level), places (kinds held). From ready to discharged the
        patient was blocked, whatever ended that.
    waits: patient, level, route, asked, ended, outcome, held_level (the level whose place was kept, or NONE), called
        (when they called: before asking, where steps come before the list), step (or NONE: on the list). A wait of
        length 0 is a wait. One call has a row for each step that it came to, `passed` but for the last, and one on the
        list.
    spells: patient, state, started, ended. A patient's spells follow each other without a gap from the first asking, or
        from day 0 if that was before; `dead` lasts to the end of the run.
    medications: one row an offer, and the course of medication that came of it, if any: patient, medication, level (on
        whose admission it was offered; NONE: at home), offered, started (NaN if it never began), ended (of the course,
        or when it was clear that there would be none), end (what became of it).
    outages: patient, level, place, started, ended, cause. A place that nobody could have for a while, because of a
        patient of a level who is not in it.
    emergencies: patient, emergency (of which kind), level (where they were; NONE: outside care), happened, asked_for
        (the level that the visit led to, or NONE). One row a visit to an emergency department.
    """

    patients: Facts
    stays: Facts
    waits: Facts
    spells: Facts
    medications: Facts
    outages: Facts
    emergencies: Facts

    @classmethod
    def of_frames(
        cls,
        patients: "pd.DataFrame",
        stays: "pd.DataFrame",
        waits: "pd.DataFrame",
        spells: "pd.DataFrame",
        medications: "pd.DataFrame",
        outages: "pd.DataFrame",
        emergencies: "pd.DataFrame",
    ) -> "Records":
        """The records of one replication from its DataFrames."""
        frames = patients, stays, waits, spells, medications, outages, emergencies
        return cls(*map(Facts.of_frame, frames))
