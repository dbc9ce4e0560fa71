"""What tables and records that come from a file must hold, so that whatever is made of them can rely on it.

Their columns are those of the registry, `sim.experiment.tables`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiment.tables import CATEGORY, NUMBER, PERSON, PRINTED, RECORDS, TEXT, TRUTH, WHOLE
from sim.model.records import TABLES, Facts, Records, categories
from sim.vocabulary import Column

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Scenario

Kinds = Mapping[str, Any]
"""Columns with the types that they have in the registry."""

DTYPES = {NUMBER: "iuf", WHOLE: "iu", PERSON: "iu", TRUTH: "b", CATEGORY: "iu", TEXT: ""}
"""What arrays may hold such a column, as numpy calls it; a CATEGORY by its codes, and texts are in none."""

OF_VOCABULARY = ("route", "reason", "outcome", "state", "course_end")
"""Kinds of columns whose words are the same of every scenario."""
LATER = {"redirected", "turned_away", "left_silently", "passed"}
"""Words that joined them when studies had been kept already: last, so that these have the same codes without them."""


def of_one_replication(columns: Kinds) -> Kinds:
    """The same columns where no number of the replication is needed."""
    return {column: kind for column, kind in columns.items() if column != "replication"}


def check_rows(name: str, frame: "pd.DataFrame", key: Sequence[str], replications: int | None) -> None:
    """ValueError where a row is there twice, or is of a replication that is not."""
    if frame.duplicated(list(key)).any():
        raise ValueError(f"{name} has a row twice")
    if replications is not None:
        _check_replications(name, frame, replications)


def check_metrics(name: str, frame: "pd.DataFrame", replications: int) -> None:
    """ValueError unless every replication has every metric, once."""
    lacking = set(PRINTED["metrics"].columns) - set(frame.columns)
    if lacking:
        raise ValueError(f"{name} lacks the columns {', '.join(sorted(lacking))}")
    check_rows(name, frame, ["replication", "metric"], replications)
    if not len(frame) or len(frame) != frame["metric"].nunique() * replications:
        raise ValueError(f"{name} does not have every metric of replications 0 to {replications - 1}")


def check_words(name: str, columns: Mapping[str, Sequence[str] | None], *systems: "Scenario") -> None:
    """ValueError unless a table of records has the columns and categories that it has of this scenario, or of scenarios
    that were in force one after the other.

    columns: each with its categories, None for what has none. Codes are read by their order.
    """
    kinds, codes = record_kinds(name, systems[-1]), categories(name, *systems)
    if set(columns) != set(kinds):
        different = sorted(set(columns) ^ set(kinds))
        raise ValueError(f"{name} does not have the columns that it should, {different[0]!r:.80}")
    for column, words in columns.items():
        known, stated = codes.get(column), None if words is None else tuple(words)
        if known and stated is not None and stated != known and TABLES[name].get(column) in OF_VOCABULARY:
            known = known[: len(stated)] if LATER.issuperset(known[len(stated) :]) else known
        if stated != known:
            raise ValueError(f"the column {column} of {name} has other categories than it should")


def check_records(name: str, frame: "pd.DataFrame", patients: "pd.DataFrame", replications: int) -> None:
    """ValueError unless the rows of a table of records are of patients that there are.

    patients: at least replication and patient of the table of patients, of the same replications as the frame.
    """
    _check_replications("patients", patients, replications)
    numbers = patients["replication"].to_numpy()
    people = np.bincount(numbers, minlength=replications)
    before = np.cumsum(people) - people
    if np.any(np.diff(numbers) < 0) or np.any(patients["patient"] != np.arange(len(numbers)) - before[numbers]):
        raise ValueError("patients are not numbered from 0 in each replication")
    _check_replications(name, frame, replications)
    if not frame["patient"].between(0, people[frame["replication"].to_numpy()] - 1).all():
        raise ValueError(f"{name} has other patients than the table of patients")


def check_facts(records: Records, *systems: "Scenario") -> None:
    """ValueError unless they are records of one replication of this scenario, or of scenarios that were in force one
    after the other, as the model leaves them."""
    people = len(records.patients)
    for name in TABLES:
        facts: Facts = getattr(records, name)
        kinds = of_one_replication(record_kinds(name, systems[-1]))
        if set(facts.columns) != set(kinds) or not all(holds(facts[column], kind) for column, kind in kinds.items()):
            raise ValueError(f"{name} does not have the columns that it should")
        if len({len(values) for values in facts.columns.values()}) != 1:
            raise ValueError(f"{name} has columns of different lengths")
        check_words(name, {"replication": None, **{each: facts.categories.get(each) for each in kinds}}, *systems)
        for column in (column for column, kind in kinds.items() if kind == CATEGORY):
            if not _within(facts[column], -1, len(facts.categories[column])):
                raise ValueError(f"the column {column} of {name} has other codes than it should")
        if not _within(facts["patient"], 0, people):
            raise ValueError(f"{name} has other patients than the table of patients")
    if not np.array_equal(records.patients["patient"], np.arange(people)):
        raise ValueError("patients are not numbered from 0")


def holds(values: "Column | list[str | None]", kind: Any) -> bool:
    """Whether an array of numbers or a list of texts is of this kind; one without rows may be of any."""
    if isinstance(values, list):
        return kind == TEXT or not values
    return values.ndim == 1 and (not len(values) or values.dtype.kind in DTYPES[kind])


def record_kinds(name: str, scenario: "Scenario") -> Kinds:
    """The columns of a table of records of this scenario."""
    schema = RECORDS[name].schema(attributes=scenario.population)
    return dict(zip(schema.names, schema.types, strict=True))


def _check_replications(name: str, frame: "pd.DataFrame", replications: int) -> None:
    if not frame["replication"].between(0, replications - 1).all():
        raise ValueError(f"{name} has other replications than 0 to {replications - 1}")


def _within(values: Column, least: int, most: int) -> bool:
    """Whether all are from the least up to, and without, the most."""
    return not len(values) or bool(values.min() >= least and values.max() < most)
