"""Relapse, abstinence and lapses, worked out by hand."""

import math

import pytest
from outcomes.build import clinic, records, stay

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


def test_any_use_may_be_a_lapse() -> None:
    """Of the four who become abstinent: a lapse after 15 days, one after 5, death after 40, a relapse after 60."""
    described = clinic()
    numbers = metrics(records(described, [100.0] * 6 + [90.0], spells=SPELLS), described)
    assert numbers["any_use.7_days"] == pytest.approx(1 / 4)
    assert numbers["any_use.30_days"] == pytest.approx(2 / 4)
    assert numbers["any_use.90_days"] == pytest.approx(2 / 4 + 1 / 4)
    assert "any_use.180_days" not in numbers


def test_a_relapse_counts_from_regular_use_and_any_use_from_the_lapse_before_it() -> None:
    """A lapse on day 28 of abstinence, which five days later is regular use."""
    described = clinic()
    spells = [(0, "abstinent", 100, 128), (0, "lapse", 128, 133), (0, "using", 133, 300)]
    numbers = metrics(records(described, [100.0], spells=spells), described)
    assert (numbers["any_use.30_days"], numbers["relapse.30_days"], numbers["relapse.90_days"]) == (1, 0, 1)
    assert numbers["lapses"] == 1


def test_any_use_after_24_hour_care_counts_from_leaving_for_home() -> None:
    """Detox is 24-hour care, and so is residential care.

    0 goes from detox straight to residential care, leaves on day 140 and lapses on day 150. 1 leaves using, on day 130.
    2 is discharged on day 120 for a relapse. 3 goes to IOP after a day at home, uses on day 138, two weeks later, and
    had used before. 4 dies in care, 5 is there to the end, 6 only ever comes to IOP, 7 uses as they leave, 8 dies.
    """
    described = clinic(levels__detox__round_the_clock=True, levels__residential__round_the_clock=True)
    stays = [
        stay(0, "detox", 100, 110, next_level="residential"),
        stay(0, "residential", 110, 140, route="step_down"),
        stay(1, "detox", 100, 130, "dropped_out"),
        stay(2, "residential", 100, 120, "relapsed"),
        stay(3, "detox", 118, 124, next_level="iop"),
        stay(3, "iop", 125, 150, route="step_down"),
        stay(4, "residential", 100, 130, "died"),
        stay(5, "residential", 100, 300, "end_of_follow_up"),
        stay(6, "iop", 100, 130),
        stay(7, "detox", 100, 120),
        stay(8, "detox", 100, 120),
    ]
    spells = [
        *((0, "abstinent", 100, 150), (0, "lapse", 150, 152), (0, "abstinent", 152, 300)),
        (1, "using", 100, 300),
        *((2, "abstinent", 100, 120), (2, "using", 120, 300)),
        *((3, "using", 100, 118), (3, "abstinent", 118, 138), (3, "using", 138, 300)),
        *((4, "abstinent", 100, 130), (4, "dead", 130, 300)),
        (5, "abstinent", 100, 300),
        *((6, "abstinent", 100, 110), (6, "using", 110, 300)),
        *((7, "abstinent", 100, 120), (7, "lapse", 120, 121), (7, "abstinent", 121, 300)),
        *((8, "abstinent", 100, 125), (8, "dead", 125, 300)),
    ]
    numbers = metrics(records(described, [100.0] * 9, stays=stays, spells=spells), described)
    # Of six who leave for home, three have used at once; then a death on day 5, uses on days 10 and 14.
    assert numbers["any_use_after_24_hour_care.7_days"] == pytest.approx(3 / 6)
    assert numbers["any_use_after_24_hour_care.30_days"] == pytest.approx(3 / 6 + 2 / 6)


def test_without_24_hour_care_nobody_leaves_it() -> None:
    described = clinic()
    assert not [name for name in metrics(records(described, [100.0]), described) if "24_hour" in name]
    described = clinic(levels__detox__round_the_clock=True)
    assert math.isnan(metrics(records(described, [100.0]), described)["any_use_after_24_hour_care.30_days"])
