"""Deaths, life-days and QALYs, worked out by hand."""

import math

import pytest
from outcomes.build import clinic, records

from sim.outcomes import Observed, metric_names, metrics
from sim.outcomes.contributions import contributions
from sim.scenario.schema.money import AgeNorms

UTILITIES = {"well": 0.8, "setback": 0.7, "unwell": 0.5}

# Followed to day 200 and to day 250. Patient 2 dies after the end of follow-up.
SPELLS = [
    (0, "unwell", 100, 110),
    (0, "well", 110, 140),
    (0, "setback", 140, 145),
    (0, "well", 145, 160),
    (0, "dead", 160, 300),
    (1, "well", 150, 300),
    (2, "unwell", 100, 220),
    (2, "dead", 220, 300),
]
ARRIVED = [100.0, 150.0, 100.0]


def test_deaths_and_life_days() -> None:
    described = clinic()
    numbers = metrics(records(described, ARRIVED, spells=SPELLS), described)
    assert numbers["deaths.share"] == pytest.approx(1 / 3)
    assert numbers["life_days"] == pytest.approx((60 + 100 + 100) / 3)
    assert numbers["deaths.per_1000_person_years"] == pytest.approx(1000 / (260 / 365.25))


def test_qalys() -> None:
    described = clinic(utilities=UTILITIES, discounting__effects=0.035)
    numbers = metrics(records(described, ARRIVED, spells=SPELLS), described)
    days = 10 * 0.5 + 45 * 0.8 + 5 * 0.7 + 100 * 0.8 + 100 * 0.5
    assert numbers["qalys.per_patient"] == pytest.approx(days / 365.25 / 3)
    force = math.log(1.035) / 365.25

    def value(began: float, ended: float) -> float:
        return (math.exp(-force * began) - math.exp(-force * ended)) / force

    discounted = 0.5 * value(0, 10) + 0.8 * (value(10, 40) + value(45, 60)) + 0.7 * value(40, 45)
    discounted += 0.8 * value(0, 100) + 0.5 * value(0, 100)
    assert numbers["qalys.per_patient_discounted"] == pytest.approx(discounted / 365.25 / 3, rel=1e-10)
    assert numbers["qalys.per_patient_discounted"] < numbers["qalys.per_patient"]


def test_qalys_by_age() -> None:
    """Worth 1 at the reference age of 40, 0.8 / 0.9 from 50 on, 1 / 0.9 below 30: one of each, and one turns 50."""
    norms = [{"from_age": 18, "utility": 1.0}, {"from_age": 30, "utility": 0.9}, {"from_age": 50, "utility": 0.8}]
    described = clinic(
        population={"age": {"any": 1.0}},
        age={"any": {"youngest": 18, "oldest": 60}},
        utilities={**UTILITIES, "age": {"norms": norms}},
        discounting__effects=0.035,
    )
    of_all = records(described, ARRIVED, spells=SPELLS)
    # Patient 0 turns 50 on day 130 (30 days after asking), 1 is 20 and 2 is 70 years old.
    of_all.patients.columns["born"][:] = [130 - 50 * 365.25, 150 - 20 * 365.25, 100 - 70 * 365.25]
    numbers = metrics(of_all, described)
    before, after = 10 * 0.5 + 20 * 0.8, 10 * 0.8 + 5 * 0.7 + 15 * 0.8
    days = before + after * 8 / 9 + 100 * 0.8 / 0.9 + 100 * 0.5 * 8 / 9
    assert numbers["qalys.per_patient"] == pytest.approx(days / 365.25 / 3)
    observed = Observed(of_all, described)
    for metric in ("qalys.per_patient", "qalys.per_patient_discounted"):
        assert contributions(observed, metric)["value"].sum() == pytest.approx(numbers[metric])
    assert 0.9 < numbers["qalys.per_patient_discounted"] / numbers["qalys.per_patient"] < 1


def test_norms_by_age_are_factors_on_what_utilities_are_at_the_reference() -> None:
    shipped = AgeNorms()
    assert shipped.factors()[0] == (0.0, pytest.approx(0.92 / 0.87))
    assert shipped.factors()[2] == (40.0, 1.0)
    assert shipped.factors()[-1] == (80.0, pytest.approx(0.74 / 0.87))
    assert AgeNorms(reference_age=10).factors()[0] == (0.0, 1.0)


def test_no_rate_is_no_discount() -> None:
    described = clinic(utilities=UTILITIES)
    numbers = metrics(records(described, ARRIVED, spells=SPELLS), described)
    assert numbers["qalys.per_patient_discounted"] == numbers["qalys.per_patient"]


def test_full_health_for_the_whole_follow_up() -> None:
    described = clinic()
    numbers = metrics(records(described, ARRIVED), described)
    assert numbers["qalys.per_patient"] == pytest.approx(100 / 365.25, rel=1e-14)
    assert numbers["deaths.share"] == 0


def test_what_a_scenario_says_nothing_about_is_no_outcome() -> None:
    """Without utilities nobody is in full health, and without death rates it is not known that nobody dies."""
    full = set(metric_names(clinic()))
    assert full - set(metric_names(clinic(utilities=None))) == {
        *("qalys.per_patient", "qalys.per_patient_discounted", "qalys.system", "qalys.system_discounted")
    }
    mortal = {"deaths.share", "deaths.per_1000_person_years", "life_days"}
    mortal |= {"deaths.expected_share", "deaths.expected_per_1000_person_years"}
    assert full - set(metric_names(clinic(death=None))) == mortal
    described = clinic(utilities=None, death=None)
    assert set(metrics(records(described, ARRIVED), described)) == set(metric_names(described))
