"""Deaths that were to be expected, worked out by hand."""

import math

import numpy as np
import pytest
from outcomes.build import clinic, records, stay

from sim.outcomes import Observed, grouping, metrics, metrics_by_group
from sim.outcomes.contributions import contributions
from sim.outcomes.mortality import expected_deaths
from sim.scenario import Scenario

A_DAY = 1 / (1000 * 365.25)
DEATH = {"in_care": 10.0, "well": 20.0, "unwell": 50.0, "windows": [{"until_day": 14, "ratio": 5.0}]}


def system() -> Scenario:
    """Followed for 100 days; leaving detox starts two weeks of raised mortality, and one attribute doubles it."""
    return clinic(
        death=DEATH,
        levels__detox__round_the_clock=True,
        population={"sex": {"men": 0.5, "women": 0.5}},
        effects={"sex": {"men": {"death": 2.0}}},
    )


SPELLS = [
    (0, "unwell", 100, 110),
    (0, "well", 110, 130),
    (0, "setback", 130, 140),
    (0, "unwell", 140, 160),
    (0, "dead", 160, 300),
    (1, "unwell", 150, 300),
    (2, "well", 100, 300),
]
STAYS = [
    stay(0, "detox", 110, 115),
    stay(0, "iop", 120, 125),
    # From detox to detox, where no window runs, and out a second time.
    stay(2, "detox", 100, 110),
    stay(2, "detox", 110, 130),
]
EXPECTED = (
    # Patient 0, a man: 10 days of use, 5 in care, 5 + 4 well and 5 in care within the window, 11 well after
    # it (of which 10 in a setback), 20 of use.
    2 * (10 * 50 + 5 * 10 + 5 * 20 * 5 + 5 * 10 * 5 + 4 * 20 * 5 + 11 * 20 + 20 * 50),
    # Patient 1, a woman: 100 days of use.
    100 * 50,
    # Patient 2, a woman: 30 days in care, 14 well in the window, 56 after it.
    30 * 10 + 14 * 20 * 5 + 56 * 20,
)


def observed() -> Observed:
    described = system()
    facts = records(described, [100, 150, 100], spells=SPELLS, stays=STAYS)
    facts.patients.columns["sex"] = np.array([0, 1, 1], dtype=np.int32)
    return Observed(facts, described)


def test_the_hazard_over_each_ones_time_at_risk() -> None:
    seen = observed()
    assert expected_deaths(seen).item() == pytest.approx(sum(EXPECTED) * A_DAY, rel=1e-12)
    numbers = metrics(seen.records, seen.scenario)
    assert numbers["deaths.expected_share"] == pytest.approx(sum(EXPECTED) * A_DAY / 3, rel=1e-12)
    assert numbers["deaths.expected_per_1000_person_years"] == pytest.approx(sum(EXPECTED) / 260, rel=1e-12)
    assert numbers["deaths.share"] == pytest.approx(1 / 3)


def test_by_group_and_by_patient_it_is_the_same_sum() -> None:
    seen = observed()
    groups = metrics_by_group(seen, grouping("sex", seen.scenario))
    assert groups["men"]["deaths.expected_share"] == pytest.approx(EXPECTED[0] * A_DAY, rel=1e-12)
    assert groups["women"]["deaths.expected_share"] == pytest.approx(sum(EXPECTED[1:]) * A_DAY / 2, rel=1e-12)
    rows = contributions(seen, "deaths.expected_share")
    by_patient = rows.groupby("patient")["value"].sum()
    assert by_patient.tolist() == pytest.approx([each * A_DAY / 3 for each in EXPECTED], rel=1e-12)


def test_nobody_at_risk() -> None:
    described = clinic(death={})
    seen = Observed(records(described, [100]), described)
    assert expected_deaths(seen).item() == 0
    described = clinic()
    assert math.isnan(metrics(records(described, []), described)["deaths.expected_share"])
