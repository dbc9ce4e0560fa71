"""The records at the border: columns, types, categories, order."""

import numpy as np
import pandas as pd
from model.histories import run
from support import cohort, exponential, fixed, scenario

from sim.model import Facts, Records
from sim.vocabulary import OUTCOMES, REASONS, ROUTES, STATES


def records() -> Records:
    return run(
        scenario(
            {
                "ward": {
                    "places": ["beds", "nurses"],
                    "length_of_stay": exponential(10),
                    "patience": exponential(20),
                    "next": [{"to": "iop", "probability": 0.5}],
                },
                "iop": {"length_of_stay": exponential(20)},
                "unused": {"length_of_stay": fixed(1)},
            },
            {"beds": 20, "nurses": 30},
            population={"severity": {"mild": 0.4, "severe": 0.6}},
            relapse={"median_days": 30.0, "shape": 0.7},
            return_to_care={"probability": 0.7, "delay_days": exponential(15)},
            **cohort(60, 200),
        )
    )


def test_columns_are_those_documented() -> None:
    tables = records()
    times = ["born", "moved_away", "recovered"]
    assert list(tables.patients.columns) == ["patient", "arrived", "cohort", *times, "frailty", "severity"]
    assert list(tables.stays.columns) == [
        *("patient", "episode", "level", "route", "asked", "admitted", "ready", "authorised_until", "discharged"),
        *("reason", "next_level", "interim", "places"),
    ]
    assert list(tables.waits.columns) == [
        *("patient", "level", "route", "asked", "ended", "outcome", "held_level", "called", "step")
    ]
    assert list(tables.spells.columns) == ["patient", "state", "started", "ended"]
    assert list(tables.outages.columns) == ["patient", "level", "place", "started", "ended", "cause"]


def test_a_frame_has_categoricals_with_all_their_names_and_nothing_for_none() -> None:
    tables = records()
    stays, waits = tables.stays.frame(), tables.waits.frame()
    levels = ["ward", "iop", "unused"]
    for frame, column, names in (
        (stays, "level", levels),
        (stays, "next_level", levels),
        (stays, "route", ROUTES),
        (stays, "reason", REASONS),
        (stays, "places", ["beds+nurses", ""]),
        (waits, "outcome", OUTCOMES),
        (waits, "held_level", levels),
        (tables.spells.frame(), "state", STATES),
        (tables.patients.frame(), "severity", ["mild", "severe"]),
    ):
        assert isinstance(frame[column].dtype, pd.CategoricalDtype)
        assert list(frame[column].cat.categories) == list(names)
    assert stays["next_level"].isna().any()
    assert waits["held_level"].isna().all()
    assert (stays["places"] == stays["level"].map({"ward": "beds+nurses", "iop": ""}).astype(str)).all()


def test_rows_are_in_the_order_of_patients_and_of_time() -> None:
    tables = records()
    for facts, time in ((tables.stays, "admitted"), (tables.waits, "asked"), (tables.spells, "started")):
        sequence = np.lexsort((np.arange(len(facts)), facts[time], facts["patient"]))
        assert (sequence == np.arange(len(facts))).all()


def test_columns_of_one_table_are_equally_long() -> None:
    tables = records()
    for facts in (tables.patients, tables.stays, tables.waits, tables.spells):
        assert {len(column) for column in facts.columns.values()} == {len(facts)}
        assert len(facts.frame()) == len(facts)


def test_facts_are_read_by_name() -> None:
    facts = Facts({"state": np.array([1, 0, -1])}, {"state": ("a", "b")})
    assert facts["state"].tolist() == [1, 0, -1]
    assert facts.frame()["state"].tolist()[:2] == ["b", "a"]
    assert facts.frame()["state"].isna().tolist() == [False, False, True]
