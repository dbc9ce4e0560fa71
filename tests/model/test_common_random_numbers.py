"""The same people with the same luck: what a change to the system leaves untouched, patient by patient."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from model.histories import rows, run
from support import cohort, exponential, fixed, scenario

from sim.scenario import Scenario

BASE: dict[str, Any] = {
    "levels": {
        "ward": {
            "places": ["beds"],
            "length_of_stay": exponential(10),
            "days_to_remission": fixed(1_000),
            "next": [{"to": "iop", "probability": 0.5, "delay_days": exponential(3)}],
        },
        "iop": {"length_of_stay": exponential(20), "days_to_remission": fixed(1_000)},
    },
    "places": {"beds": 30},
    "population": {"severity": {"mild": 0.4, "severe": 0.6}},
    "frailty": {"sd": 0.6},
    "arrivals": {"per_day": 1.0},
    "time": {"recruitment_days": 100, "follow_up_days": 200},
    "return_to_care": {"probability": 0.9, "delay_days": exponential(5)},
}
"""Everyone uses throughout, so that people come back up to a dozen times: well beyond the first block of draws."""


def system(**changes: Any) -> Scenario:
    """The base, with dotted paths (two underscores for a dot) replaced or added."""
    from copy import deepcopy

    described = deepcopy(BASE)
    for path, value in changes.items():
        *above, last = path.split("__")
        here = described
        for key in above:
            here = here[key]
        here[last] = value
    levels, places = described.pop("levels"), described.pop("places")
    return scenario(levels, places, **described)


@lru_cache
def planned(described: Scenario) -> dict[tuple[int, str, int], float]:
    """Length of each completed stay, by patient, level and how many-th stay of the patient in the level it is."""
    records = run(described)
    lengths: dict[tuple[int, str, int], float] = {}
    visits: dict[tuple[int, str], int] = {}
    for patient, level, admitted, ready, reason in rows(
        records.stays, "patient", "level", "admitted", "ready", "reason"
    ):
        visit = visits[patient, level] = visits.get((patient, level), -1) + 1
        if reason == "completed":
            lengths[patient, level, visit] = ready - admitted
    return lengths


CHANGES: dict[str, dict[str, Any]] = {
    "more places": {"places": {"beds": 200}},
    "fewer places": {"places": {"beds": 8}},
    "more arrivals": {"arrivals": {"per_day": 2.0}},
    "another level": {"levels__detox": {"length_of_stay": fixed(5)}, "entry": [{"to": {"detox": 0.3, "ward": 0.7}}]},
    "a cause of leaving": {"levels__ward__dropout": exponential(40)},
    "no-shows": {"levels__ward__no_show": 0.3},
    "patience": {"levels__ward__patience": exponential(5)},
    "reviews elsewhere": {"levels__iop__review_every_days": 7.0},
    "another attribute": {"population": {"work": {"no": 0.5, "yes": 0.5}, "severity": {"mild": 0.4, "severe": 0.6}}},
    "relapse and death": {
        "relapse": {"median_days": 30.0, "shape": 0.7},
        "death": {"in_care": 300.0, "unwell": 600.0},
        "levels__ward__days_to_remission": fixed(2),
    },
    "setbacks": {
        "relapse": {"median_days": 30.0, "shape": 0.7, "share_of_setbacks": 0.5},
        "setback": {"duration_days": fixed(1), "into_relapse_days": exponential(3)},
        "levels__ward__days_to_remission": fixed(2),
    },
    "use at the door": {
        "relapse": {"median_days": 30.0, "shape": 0.7, "share_of_setbacks": 0.5},
        "setback": {"duration_days": fixed(1), "into_relapse_days": exponential(3)},
        "levels__ward__days_to_remission": fixed(2),
        "levels__ward__round_the_clock": True,
        "levels__ward__risk_at_discharge": {"completed": 0.6},
    },
    "a second frailty": {"frailty": {"sd": 0.6, "recovery_sd": 1.2}},
    "a longer run": {"time": {"recruitment_days": 100, "follow_up_days": 300}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_patients_nth_stay_takes_the_same_time_to_finish(change: dict[str, Any]) -> None:
    before, after = planned(system()), planned(system(**change))
    # Reviews at one level change when a plan of care there is seen to be finished, and nothing elsewhere.
    reviewed = {"iop"} if "levels__iop__review_every_days" in change else set()
    stays = {key for key in before.keys() & after.keys() if key[1] not in reviewed}
    assert len(stays) > 50
    assert max(visit for _, _, visit in before) > 4, "nobody gets beyond the first block of draws"
    assert {key: after[key] for key in stays} == pytest.approx({key: before[key] for key in stays}, abs=3e-6)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_patient_is_the_same_person(change: dict[str, Any]) -> None:
    before, after = run(system()).patients, run(system(**change)).patients
    number = min(len(before), len(after))
    assert number > 200
    for column in ("severity", "frailty"):
        assert (before[column][:number] == after[column][:number]).all()


def test_a_change_to_one_decision_leaves_everyone_else_where_they_were() -> None:
    """With room for all, more linkage adds stays to those newly linked and moves nothing else before them."""
    few, many = (
        run(system(places={"beds": 10_000}, levels__ward__next=[{"to": "iop", "probability": share}]))
        for share in (0.3, 0.6)
    )
    fates = []
    for records in (few, many):
        table = rows(records.stays, "patient", "level", "admitted", "discharged", "next_level")
        fates.append({p: [row[1:] for row in table if row[0] == p] for p in range(150)})
    same = [p for p in fates[0] if fates[0][p] == fates[1][p]]
    assert 20 < len(same) < 140
    for patient in fates[0].keys() - set(same):
        pairs = list(zip(fates[0][patient], fates[1][patient], strict=False))
        parted = next(i for i, (one, other) in enumerate(pairs) if one != other)
        one, other = pairs[parted]
        assert one[:3] == other[:3]
        assert (one[0], one[3], other[3]) == ("ward", None, "iop")


def test_what_ran_before_changes_nothing() -> None:
    alone = run(system(), 3, 1)
    run(system(), 3, 0)
    run(system(places={"beds": 1}), 3, 1)
    again = run(system(), 3, 1)
    for table in ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies"):
        one, other = getattr(alone, table), getattr(again, table)
        for column in one.columns:
            assert np.array_equal(one[column], other[column], equal_nan=one[column].dtype.kind == "f")


def test_seeds_and_replications_are_different_futures() -> None:
    described = scenario({"ward": {"length_of_stay": exponential(10)}}, **cohort(50, 1_000))
    futures = [run(described, *key).stays["discharged"] for key in ((1, 2), (2, 1), (1, 1), (1, 3), (2, 2), (3, 0))]
    for i, one in enumerate(futures):
        for other in futures[i + 1 :]:
            assert not set(one) & set(other)
