"""Deaths, life-days and QALYs, worked out by hand."""

import math

import pytest
from outcomes.build import clinic, records

from sim.outcomes import metric_names, metrics

UTILITIES = {"abstinent": 0.8, "lapse": 0.7, "using": 0.5}

# Followed to day 200 and to day 250. Patient 2 dies after the end of follow-up.
SPELLS = [
    (0, "using", 100, 110),
    (0, "abstinent", 110, 140),
    (0, "lapse", 140, 145),
    (0, "abstinent", 145, 160),
    (0, "dead", 160, 300),
    (1, "abstinent", 150, 300),
    (2, "using", 100, 220),
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
    assert full - set(metric_names(clinic(utilities=None))) == {"qalys.per_patient", "qalys.per_patient_discounted"}
    mortal = {"deaths.share", "deaths.per_1000_person_years", "life_days"}
    assert full - set(metric_names(clinic(death=None))) == mortal
    described = clinic(utilities=None, death=None)
    assert set(metrics(records(described, ARRIVED), described)) == set(metric_names(described))
