"""Relapse, being well and setbacks, worked out by hand."""

import math

import pytest
from outcomes.build import clinic, records, stay

from sim.outcomes import metrics

# Everyone asks on day 100 and is followed to day 200.
SPELLS = [
    # Well from day 110; relapses on day 130, through a setback; a second relapse on day 160.
    (0, "unwell", 100, 110),
    (0, "well", 110, 125),
    (0, "setback", 125, 130),
    (0, "unwell", 130, 150),
    (0, "well", 150, 160),
    (0, "unwell", 160, 300),
    # Well from day 145, a setback on the way, censored after 55 days.
    (1, "unwell", 100, 145),
    (1, "well", 145, 150),
    (1, "setback", 150, 152),
    (1, "well", 152, 300),
    # Well from day 130, dies on day 170.
    (2, "unwell", 100, 130),
    (2, "well", 130, 170),
    (2, "dead", 170, 300),
    # Well from day 100; relapses on day 160.
    (3, "unwell", 100, 100),
    (3, "well", 100, 160),
    (3, "unwell", 160, 300),
    # Never well.
    (4, "unwell", 100, 300),
    # Well, and relapsed, after the end of follow-up only.
    (5, "unwell", 100, 210),
    (5, "well", 210, 220),
    (5, "unwell", 220, 300),
    # Not in the cohort.
    (6, "well", 90, 101),
    (6, "unwell", 101, 300),
]


def test_relapse() -> None:
    described = clinic()
    numbers = metrics(records(described, [100.0] * 6 + [90.0], spells=SPELLS), described)
    # Four become well: event after 20, death after 40, censored after 55, event after 60.
    assert numbers["relapse.30_days"] == pytest.approx(1 / 4)
    assert numbers["relapse.90_days"] == pytest.approx(1 / 4 + 3 / 4 * 2 / 3 * 1 / 1)
    # Well 15 + 10, 5 + 48, 40 and 60 days; in a setback 5 and 2; two setbacks; three relapses.
    assert numbers["days_well"] == pytest.approx((25 + 53 + 40 + 60) / 6)
    assert numbers["setbacks"] == pytest.approx(2 / 6)
    assert numbers["relapses.per_well_year"] == pytest.approx(3 / (185 / 365.25))


def test_nobody_becomes_well() -> None:
    described = clinic()
    numbers = metrics(records(described, [100.0], spells=[(0, "unwell", 100, 300)]), described)
    assert math.isnan(numbers["relapse.30_days"])
    assert math.isnan(numbers["relapses.per_well_year"])
    assert numbers["days_well"] == 0


def test_a_relapse_that_treatment_ends_at_once_counts() -> None:
    """Treated in place: the spell of use has no length, and is a relapse all the same."""
    described = clinic()
    spells = [(0, "well", 100, 120), (0, "unwell", 120, 120), (0, "well", 120, 300)]
    numbers = metrics(records(described, [100.0], spells=spells), described)
    assert numbers["relapse.30_days"] == 1
    assert numbers["days_well"] == 100


def test_any_setback_may_be_a_setback() -> None:
    """Of the four who become well: a setback after 15 days, one after 5, death after 40, a relapse after 60."""
    described = clinic()
    numbers = metrics(records(described, [100.0] * 6 + [90.0], spells=SPELLS), described)
    assert numbers["any_setback.7_days"] == pytest.approx(1 / 4)
    assert numbers["any_setback.30_days"] == pytest.approx(2 / 4)
    assert numbers["any_setback.90_days"] == pytest.approx(2 / 4 + 1 / 4)
    assert "any_setback.180_days" not in numbers


def test_a_relapse_counts_from_the_relapse_and_any_setback_from_the_setback_before_it() -> None:
    """A setback on day 28 of being well, which five days later is regular use."""
    described = clinic()
    spells = [(0, "well", 100, 128), (0, "setback", 128, 133), (0, "unwell", 133, 300)]
    numbers = metrics(records(described, [100.0], spells=spells), described)
    assert (numbers["any_setback.30_days"], numbers["relapse.30_days"], numbers["relapse.90_days"]) == (1, 0, 1)
    assert numbers["setbacks"] == 1


def test_any_setback_after_24_hour_care_counts_from_leaving_for_home() -> None:
    """Detox is 24-hour care, and so is residential care.

    0 goes from detox straight to residential care, leaves on day 140 and setbacks on day 150. 1 leaves using, on day
    130. 2 is discharged on day 120 for a relapse. 3 goes to IOP after a day at home, uses on day 138, two weeks later,
    and had used before. 4 dies in care, 5 is there to the end, 6 only ever comes to IOP, 7 uses as they leave, 8 dies.
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
        *((0, "well", 100, 150), (0, "setback", 150, 152), (0, "well", 152, 300)),
        (1, "unwell", 100, 300),
        *((2, "well", 100, 120), (2, "unwell", 120, 300)),
        *((3, "unwell", 100, 118), (3, "well", 118, 138), (3, "unwell", 138, 300)),
        *((4, "well", 100, 130), (4, "dead", 130, 300)),
        (5, "well", 100, 300),
        *((6, "well", 100, 110), (6, "unwell", 110, 300)),
        *((7, "well", 100, 120), (7, "setback", 120, 121), (7, "well", 121, 300)),
        *((8, "well", 100, 125), (8, "dead", 125, 300)),
    ]
    numbers = metrics(records(described, [100.0] * 9, stays=stays, spells=spells), described)
    # Of six who leave for home, three have used at once; then a death on day 5, uses on days 10 and 14.
    assert numbers["any_setback_after_24_hour_care.7_days"] == pytest.approx(3 / 6)
    assert numbers["any_setback_after_24_hour_care.30_days"] == pytest.approx(3 / 6 + 2 / 6)


def test_without_24_hour_care_nobody_leaves_it() -> None:
    described = clinic()
    assert not [name for name in metrics(records(described, [100.0]), described) if "24_hour" in name]
    described = clinic(levels__detox__round_the_clock=True)
    assert math.isnan(metrics(records(described, [100.0]), described)["any_setback_after_24_hour_care.30_days"])
