"""Who the patients are and where they are placed."""

from itertools import product

import numpy as np
import pytest
from model.histories import FOREVER, assert_share, rows, run, where
from support import cohort, fixed, scenario

PEOPLE = 4_000
SEVERITY = {"mild": 0.2, "moderate": 0.5, "severe": 0.3}
HOUSING = {"stable": 0.7, "unstable": 0.3}
STAY = {"length_of_stay": fixed(5)}


def test_attributes_have_their_shares_and_are_independent() -> None:
    system = scenario({"ward": STAY}, population={"severity": SEVERITY, "housing": HOUSING}, **cohort(PEOPLE, 10))
    patients = run(system).patients
    assert patients.categories["severity"] == tuple(SEVERITY)
    for severity, housing in product(SEVERITY, HOUSING):
        both = where(patients, severity=severity, housing=housing)
        assert_share(both, SEVERITY[severity] * HOUSING[housing])


def test_a_value_with_share_0_is_nobodys_and_with_share_1_everybodys() -> None:
    system = scenario(
        {"ward": STAY}, population={"severity": {"none": 0.0, "all": 1.0, "nobody": 0.0}}, **cohort(500, 10)
    )
    assert where(run(system).patients, severity="all").all()


def test_without_attributes_there_are_none() -> None:
    assert list(run(scenario({"ward": STAY}, **cohort(3, 10))).patients.columns) == [
        "patient",
        "arrived",
        "cohort",
        "born",
        "moved_away",
        "recovered",
        "frailty",
    ]


def test_the_first_entry_rule_that_fits_decides_by_its_shares() -> None:
    system = scenario(
        {"detox": STAY, "residential": STAY, "iop": STAY},
        population={"severity": SEVERITY, "housing": HOUSING},
        entry=[
            {"when": {"severity": "severe", "housing": "unstable"}, "to": {"detox": 1.0}},
            {"when": {"severity": "severe"}, "to": {"residential": 1.0}},
            {"to": {"detox": 0.1, "residential": 0.3, "iop": 0.6}},
        ],
        **cohort(PEOPLE, 10),
    )
    records = run(system)
    assert (records.stays["patient"] == np.arange(PEOPLE)).all()
    severe, unstable = where(records.patients, severity="severe"), where(records.patients, housing="unstable")
    at = {level: where(records.stays, level=level) for level in system.levels}
    assert at["detox"][severe & unstable].all()
    assert at["residential"][severe & ~unstable].all()
    for level, share in (("detox", 0.1), ("residential", 0.3), ("iop", 0.6)):
        assert_share(at[level][~severe], share)


@pytest.mark.parametrize("returning_first", [True, False])
def test_new_and_returning_people_have_rules_of_their_own(returning_first: bool) -> None:
    """Everyone uses throughout (no being well within the run), leaves after 5 days and asks again 2 days later."""
    only = [{"returning": True, "to": {"back": 1.0}}, {"returning": False, "to": {"fresh": 1.0}}]
    system = scenario(
        {name: {**STAY, "days_to_remission": fixed(FOREVER)} for name in ("fresh", "back", "unused")},
        return_to_care={"probability": 1.0, "delay_days": fixed(2)},
        entry=only if returning_first else only[::-1],
        **cohort(2, 20),
    )
    for patient in (0, 1):
        mine = [
            row[1:] for row in rows(run(system).stays, "patient", "level", "route", "admitted") if row[0] == patient
        ]
        assert mine == [("fresh", "entry", 0), ("back", "return", 7), ("back", "return", 14)]


def test_a_rule_for_all_holds_for_new_and_returning_people_alike() -> None:
    system = scenario(
        {name: {**STAY, "days_to_remission": fixed(FOREVER)} for name in ("severe_ward", "ward")},
        population={"severity": SEVERITY},
        return_to_care={"probability": 1.0, "delay_days": fixed(2)},
        entry=[{"when": {"severity": "severe"}, "to": {"severe_ward": 1.0}}, {"to": {"ward": 1.0}}],
        **cohort(200, 20),
    )
    records = run(system)
    severe = where(records.patients, severity="severe")[records.stays["patient"]]
    assert (where(records.stays, level="severe_ward") == severe).all()
    assert len(records.stays) == 600
