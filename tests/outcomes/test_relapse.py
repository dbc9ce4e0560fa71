"""Relapse, abstinence and lapses, worked out by hand."""

import math

import pytest
from outcomes.build import clinic, records

from sim.outcomes import metrics

# Everyone asks on day 100 and is followed to day 200.
SPELLS = [
    # Abstinent from day 110; relapses on day 130, through a lapse; a second relapse on day 160.
    (0, "using", 100, 110),
    (0, "abstinent", 110, 125),
    (0, "lapse", 125, 130),
    (0, "using", 130, 150),
    (0, "abstinent", 150, 160),
    (0, "using", 160, 300),
    # Abstinent from day 145, a lapse on the way, censored after 55 days.
    (1, "using", 100, 145),
    (1, "abstinent", 145, 150),
    (1, "lapse", 150, 152),
    (1, "abstinent", 152, 300),
    # Abstinent from day 130, dies on day 170.
    (2, "using", 100, 130),
    (2, "abstinent", 130, 170),
    (2, "dead", 170, 300),
    # Abstinent from day 100; relapses on day 160.
    (3, "using", 100, 100),
    (3, "abstinent", 100, 160),
    (3, "using", 160, 300),
    # Never abstinent.
    (4, "using", 100, 300),
    # Abstinent, and relapsed, after the end of follow-up only.
    (5, "using", 100, 210),
    (5, "abstinent", 210, 220),
    (5, "using", 220, 300),
    # Not in the cohort.
    (6, "abstinent", 90, 101),
    (6, "using", 101, 300),
]


def test_relapse() -> None:
    described = clinic()
    numbers = metrics(records(described, [100.0] * 6 + [90.0], spells=SPELLS), described)
    # Four become abstinent: event after 20, death after 40, censored after 55, event after 60.
    assert numbers["relapse.30_days"] == pytest.approx(1 / 4)
    assert numbers["relapse.90_days"] == pytest.approx(1 / 4 + 3 / 4 * 2 / 3 * 1 / 1)
    # Abstinent 15 + 10, 5 + 48, 40 and 60 days; in a lapse 5 and 2; two lapses; three relapses.
    assert numbers["days_abstinent"] == pytest.approx((25 + 53 + 40 + 60) / 6)
    assert numbers["lapses"] == pytest.approx(2 / 6)
    assert numbers["relapses.per_abstinent_year"] == pytest.approx(3 / (185 / 365.25))


def test_nobody_becomes_abstinent() -> None:
    described = clinic()
    numbers = metrics(records(described, [100.0], spells=[(0, "using", 100, 300)]), described)
    assert math.isnan(numbers["relapse.30_days"])
    assert math.isnan(numbers["relapses.per_abstinent_year"])
    assert numbers["days_abstinent"] == 0


def test_a_relapse_that_treatment_ends_at_once_counts() -> None:
    """Treated in place: the spell of use has no length, and is a relapse all the same."""
    described = clinic()
    spells = [(0, "abstinent", 100, 120), (0, "using", 120, 120), (0, "abstinent", 120, 300)]
    numbers = metrics(records(described, [100.0], spells=spells), described)
    assert numbers["relapse.30_days"] == 1
    assert numbers["days_abstinent"] == 100
