"""What becomes of everybody in the system during its window, worked out by hand."""

import math

import pytest
from outcomes.build import clinic, records

from sim.outcomes import metrics

# The window is days 100 to 200. Patient 0 came before it, patient 1 within it and dies, patient 2 died before it,
# patient 3 comes after it.
ARRIVED = [20.0, 150.0, 40.0, 210.0]
SPELLS = [
    (0, "using", 20, 120),
    (0, "abstinent", 120, 180),
    (0, "lapse", 180, 190),
    (0, "abstinent", 190, 300),
    (1, "abstinent", 150, 170),
    (1, "dead", 170, 300),
    (2, "using", 40, 90),
    (2, "dead", 90, 300),
    (3, "abstinent", 210, 300),
]


def test_everybody_who_had_asked_counts_as_far_as_they_live_in_the_window() -> None:
    described = clinic(utilities={"abstinent": 0.8, "lapse": 0.7, "using": 0.5}, discounting__effects=0.035)
    numbers = metrics(records(described, ARRIVED, spells=SPELLS), described)
    assert numbers["people.system"] == 2
    assert numbers["days_abstinent.system"] == pytest.approx(60 + 10 + 20)
    adjusted = 20 * 0.5 + 70 * 0.8 + 10 * 0.7 + 20 * 0.8
    assert numbers["qalys.system"] == pytest.approx(adjusted / 365.25)
    force = math.log(1.035) / 365.25

    def value(began: float, ended: float) -> float:
        return (math.exp(-force * began) - math.exp(-force * ended)) / force

    abstinent = value(20, 80) + value(90, 100) + value(50, 70)
    assert numbers["days_abstinent.system_discounted"] == pytest.approx(abstinent)
    discounted = 0.5 * value(0, 20) + 0.8 * abstinent + 0.7 * value(80, 90)
    assert numbers["qalys.system_discounted"] == pytest.approx(discounted / 365.25)


def test_nobody() -> None:
    described = clinic()
    numbers = metrics(records(described, []), described)
    assert numbers["people.system"] == numbers["qalys.system"] == numbers["days_abstinent.system"] == 0
