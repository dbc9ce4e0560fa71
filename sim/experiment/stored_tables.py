"""What tables and records that come from a file must look like, so that whatever is made of them can rely on it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.model.records import OUTCOMES, REASONS, ROUTES, STATES, TABLES, Column, Facts, Records

if TYPE_CHECKING:
    from sim.scenario import Scenario

Kinds = Mapping[str, str]
"""Columns and what they hold: "number", "whole", "flag", "text", or "code", a text of a few that there are."""

METRICS: Kinds = {"replication": "whole", "metric": "text", "value": "number"}
GROUPS: Kinds = {"replication": "whole", "by": "text", "group": "text", "metric": "text", "value": "number"}
BUDGET: Kinds = {
    "replication": "whole",
    "month": "text",
    "days": "number",
    "level": "text",
    "category": "text",
    "fixed": "flag",
    "payer": "text",
    "amount": "number",
}
DAILY: Kinds = {"metric": "text", "day": "whole", "mean": "number", "sd": "number"}
RECORDS: Mapping[str, Kinds] = {
    "patients": {"patient": "whole", "arrived": "number", "cohort": "flag", "frailty": "number"},
    "stays": {
        "patient": "whole",
        "episode": "whole",
        "level": "code",
        "route": "code",
        "asked": "number",
        "admitted": "number",
        "ready": "number",
        "discharged": "number",
        "reason": "code",
        "next_level": "code",
        "places": "code",
    },
    "waits": {
        "patient": "whole",
        "level": "code",
        "route": "code",
        "asked": "number",
        "ended": "number",
        "outcome": "code",
        "held_level": "code",
    },
    "spells": {"patient": "whole", "state": "code", "started": "number", "ended": "number"},
}
"""Patients also have a coded column for each attribute."""

DTYPES = {"number": "iuf", "whole": "iu", "flag": "b", "code": "iu", "text": ""}


def check_columns(
    name: str, frame: pd.DataFrame, kinds: Kinds, codes: Mapping[str, Sequence[str]] | None = None
) -> None:
    """ValueError unless the columns are there and, in a table with rows, hold what they should.

    codes: the categories of coded columns, in the order of their codes; of one that is not named here, any.
    """
    missing = [column for column in kinds if column not in frame]
    if missing or frame.columns.has_duplicates:
        raise ValueError(f"{name} has no column {missing[0]}" if missing else f"{name} has a column twice")
    for column, kind in kinds.items():
        if len(frame) and not _series_holds(frame[column], kind, (codes or {}).get(column)):
            raise ValueError(f"the column {column} of {name} does not hold what it should")


def _series_holds(values: "pd.Series[Any]", kind: str, categories: Sequence[str] | None) -> bool:
    if kind == "code":
        coded = isinstance(values.dtype, pd.CategoricalDtype)
        return coded and (categories is None or list(values.cat.categories) == list(categories))
    if kind == "text":
        texts = isinstance(values.dtype, pd.StringDtype) or all(isinstance(value, str) for value in values.dropna())
        return texts and not isinstance(values.dtype, pd.CategoricalDtype)
    return isinstance(values.dtype, np.dtype) and values.dtype.kind in DTYPES[kind]


def check_rows(name: str, frame: pd.DataFrame, key: Sequence[str], replications: int | None) -> None:
    """ValueError where a row is there twice, or is of a replication that is not."""
    if frame.duplicated(list(key)).any():
        raise ValueError(f"{name} has a row twice")
    if replications is not None and not frame["replication"].between(0, replications - 1).all():
        raise ValueError(f"{name} has other replications than 0 to {replications - 1}")


def check_metrics(name: str, frame: pd.DataFrame, replications: int) -> None:
    """ValueError unless every replication has every metric, once."""
    check_columns(name, frame, METRICS)
    check_rows(name, frame, ["replication", "metric"], replications)
    if not len(frame) or len(frame) != frame["metric"].nunique() * replications:
        raise ValueError(f"{name} does not have every metric of replications 0 to {replications - 1}")


def check_records(tables: Mapping[str, pd.DataFrame], scenario: "Scenario", replications: int) -> None:
    """ValueError unless they are records of this scenario: codes are read by its order, and events have patients."""
    for name, frame in tables.items():
        check_columns(name, frame, {"replication": "whole", **_kinds(name, scenario)}, _codes(scenario))
    check_rows("patients", tables["patients"], ["replication", "patient"], replications)
    known = pd.MultiIndex.from_frame(tables["patients"][["replication", "patient"]])
    for name, frame in tables.items():
        if not pd.MultiIndex.from_frame(frame[["replication", "patient"]]).isin(known).all():
            raise ValueError(f"{name} has other patients than the table of patients")


def check_facts(records: Records, scenario: "Scenario") -> None:
    """The same of the records of one replication, as the model left them."""
    codes, people = _codes(scenario), len(records.patients)
    for name in TABLES:
        facts: Facts = getattr(records, name)
        kinds = _kinds(name, scenario)
        if set(facts.columns) != set(kinds) or not all(holds(facts[column], kind) for column, kind in kinds.items()):
            raise ValueError(f"{name} does not have the columns that it should")
        if len({len(values) for values in facts.columns.values()}) != 1:
            raise ValueError(f"{name} has columns of different lengths")
        for column in (column for column, kind in kinds.items() if kind == "code"):
            names = facts.categories.get(column, ())
            if list(names) != list(codes.get(column, names)) or not _within(facts[column], -1, len(names)):
                raise ValueError(f"the column {column} of {name} has other codes than it should")
        if not _within(facts["patient"], 0, people):
            raise ValueError(f"{name} has other patients than the table of patients")
    if not np.array_equal(records.patients["patient"], np.arange(people)):
        raise ValueError("patients are not numbered from 0")


def holds(values: "Column | list[str | None]", kind: str) -> bool:
    """Whether an array of numbers or a list of texts is of this kind; one without rows may be of any."""
    if isinstance(values, list):
        return kind == "text" or not values
    return values.ndim == 1 and (not len(values) or values.dtype.kind in DTYPES[kind])


def _within(values: Column, least: int, most: int) -> bool:
    """Whether all are from the least up to, and without, the most."""
    return not len(values) or bool(values.min() >= least and values.max() < most)


def _kinds(table: str, scenario: "Scenario") -> Kinds:
    attributes = dict.fromkeys(scenario.population, "code") if table == "patients" else {}
    return {**RECORDS[table], **attributes}


def _codes(scenario: "Scenario") -> dict[str, Sequence[str]]:
    """The categories of coded columns, by whose order the model knows them."""
    levels = list(scenario.levels)
    known: dict[str, Sequence[str]] = {"level": levels, "next_level": levels, "held_level": levels}
    known |= {"route": ROUTES, "reason": REASONS, "outcome": OUTCOMES, "state": STATES}
    return known | {name: list(shares) for name, shares in scenario.population.items()}
