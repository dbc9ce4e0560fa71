"""Visits to an emergency department counted, and what they cost, on a timeline worked out by hand."""

from typing import Any

import pytest
from outcomes.build import clinic, records, stay

from sim.model.records import Records
from sim.outcomes import Observed, metrics
from sim.outcomes.contributions import contributions
from sim.outcomes.registry import describe

KINDS = {
    "overdose": {"unwell": 1.0, "admitted": 0.5, "to": "detox", "cost_per_visit": 3_000.0, "qaly_loss": 0.02},
    "fall": {"unwell": 1.0, "cost_per_visit": 500.0},
}


def clinic_with(**more: Any) -> Any:
    utilities = {"well": 0.8, "setback": 0.7, "unwell": 0.5}
    return clinic(**{"emergencies": KINDS, "utilities": utilities, "discounting__effects": 0.05, **more})


def timeline(described: Any) -> Records:
    """Two people who asked on days 110 and 150; the first falls, and is taken to detoxification by an overdose a month
    later; the second has an overdose after follow-up, and the third, from before, one in the window."""
    return records(
        described,
        [110.0, 150.0, 40.0],
        emergencies=[
            (0, "fall", None, 120.0, None),
            (0, "overdose", "iop", 150.0, "detox"),
            (1, "overdose", None, 260.0, None),
            (2, "overdose", None, 130.0, None),
        ],
    )


def test_what_is_told_of_the_cohort() -> None:
    described = clinic_with()
    found = metrics(timeline(described), described)
    assert found["emergency.fall.visits"] == found["emergency.overdose.visits"] == 0.5
    assert found["emergency.overdose.share"] == 0.5
    assert found["emergency.overdose.per_person_year"] == pytest.approx(1 / (200 / 365.25))
    assert found["emergency.overdose.sent_on"] == 1
    assert found["emergency.fall.sent_on"] == 0
    assert found["cost.category.emergency"] == pytest.approx((3_000 + 500) / 2)
    free = {f"emergencies.{name}.cost_per_visit": 0.0 for name in KINDS}
    without = metrics(timeline(described), described.with_overrides(free))
    for metric in ("cost.per_patient.payer", "cost.per_patient_discounted.payer"):
        assert found[metric] > without[metric]
        assert "visits to an emergency department" in describe(metric).definition


def test_health_is_lost_on_the_day() -> None:
    """0.02 QALYs on day 40 of two people who are well for 100 days each."""
    described = clinic_with()
    facts = timeline(described)
    found = metrics(facts, described)
    lived = 2 * 100 * 0.8 / 365.25
    assert found["qalys.per_patient"] == pytest.approx((lived - 0.02) / 2)
    without = metrics(facts, described.with_overrides({"emergencies.overdose.qaly_loss": 0.0}))
    lost = without["qalys.per_patient_discounted"] - found["qalys.per_patient_discounted"]
    assert lost == pytest.approx(0.02 * 1.05 ** (-40 / 365.25) / 2)
    for metric in ("qalys.per_patient", "qalys.per_patient_discounted", "cost.per_patient.payer"):
        assert contributions(Observed(facts, described), metric)["value"].sum() == pytest.approx(found[metric])


def test_what_each_visit_and_visitor_adds() -> None:
    """One of two, on day 110 at home and a second time on day 160 in care: two visits, one visitor who was at home."""
    described = clinic_with()
    visits = [(0, "overdose", "iop", 160.0, None), (0, "overdose", None, 110.0, None), (1, "fall", None, 160.0, None)]
    facts = records(described, [105.0, 150.0], stays=[stay(0, "iop", 130, 180)], emergencies=visits)
    observed = Observed(facts, described)
    both = contributions(observed, "emergency.overdose.visits")
    assert both[["patient", "level", "value"]].to_numpy().tolist() == [
        [0, "iop", 0.5],
        [0, "outside care", 0.5],
        [1, "outside care", 0.0],
    ]
    visitors = contributions(observed, "emergency.overdose.share")
    assert visitors[["patient", "level", "value"]].to_numpy().tolist() == [
        [0, "outside care", 0.5],
        [1, "outside care", 0.0],
    ]


def test_of_the_system_it_is_everybodys_in_the_window() -> None:
    described = clinic_with()
    found = metrics(timeline(described), described)
    without = metrics(timeline(described), described.with_overrides({"emergencies.overdose.qaly_loss": 0.0}))
    assert without["qalys.system"] - found["qalys.system"] == pytest.approx(2 * 0.02)
    assert found["cost.system.payer"] == pytest.approx(2 * 3_000 + 500)


def test_no_part_of_the_programmes_budget() -> None:
    described = clinic_with()
    assert metrics(timeline(described), described)["cost.total"] == 0


def test_nothing_is_told_where_there_are_none() -> None:
    assert not [name for name in metrics(records(clinic(), [110.0]), clinic()) if "emergency" in name]
