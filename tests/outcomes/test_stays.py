"""Census, occupancy, blocked days, lengths and ends of stays."""

import math

import numpy as np
import pytest
from outcomes.build import at_random, clinic, records, stay

from sim.outcomes import metrics
from sim.vocabulary import REASONS

STAYS = [
    stay(0, "residential", 60, 120),
    stay(0, "iop", 120, 160, "dropped_out", route="step_down"),
    stay(1, "residential", 100, 190, ready=150, next_level="iop"),
    stay(1, "iop", 190, 230, route="step_down"),
    stay(2, "detox", 130, 135, "died"),
    stay(3, "residential", 180, 200),
    stay(4, "residential", 90, 110, "relapsed"),
    stay(5, "iop", 150, 300, "end_of_follow_up"),
]
ARRIVED = [60, 100, 130, 180, 90, 150]


def test_a_hand_worked_window() -> None:
    """Days 100 to 200. Residential: 20 + 90 + 20 + 10 days; IOP 40 + 10 + 50; detox 5."""
    described = clinic()
    numbers = metrics(records(described, ARRIVED, stays=STAYS), described)
    assert numbers["census.residential.mean"] == pytest.approx(140 / 100)
    assert numbers["census.iop.mean"] == pytest.approx(100 / 100)
    assert numbers["census.outpatient.mean"] == 0
    # Residential: 3 people on days 100-110, 2 on 110-120, 1 on 120-180, 2 on 180-190, 1 on 190-200.
    assert numbers["census.residential.p95"] == 3
    # Somebody for 5 % of the window, nobody for the other 95 %.
    assert numbers["census.detox.p95"] == 0
    # Beds serve detox and residential; 4 are open all the time, and 2 meals.
    assert numbers["occupancy.bed"] == pytest.approx(145 / 400)
    assert numbers["occupancy.meal"] == pytest.approx(140 / 200)
    assert numbers["occupancy.seat"] == pytest.approx(100 / 300)
    # Meals: none free on 100-120 and 180-190.
    assert numbers["full.meal"] == pytest.approx(30 / 100)
    assert numbers["full.bed"] == 0

    assert numbers["blocked_days.residential"] == pytest.approx(40)
    assert numbers["blocked_days.iop"] == 0

    # Discharged in the window: residential after 60, 90 and 20 days (the one on day 200 is too late), IOP after 40.
    assert numbers["discharges.residential"] == 3
    assert numbers["discharges.residential.completed"] == pytest.approx(2 / 3)
    assert numbers["discharges.residential.relapsed"] == pytest.approx(1 / 3)
    assert numbers["discharges.iop.dropped_out"] == 1
    assert numbers["discharges.detox.died"] == 1
    assert math.isnan(numbers["discharges.outpatient.completed"])
    assert numbers["length_of_stay.residential.mean"] == pytest.approx(170 / 3)
    assert numbers["length_of_stay.residential.median"] == 60
    assert numbers["length_of_stay.iop.median"] == 40
    assert math.isnan(numbers["length_of_stay.outpatient.mean"])


def test_capacity_over_the_calendar() -> None:
    """One meal until day 120, none until 150, then three: 20 + 0 + 150 meal-days; full until a third is open."""
    changes = [{"from_day": 120, "capacity": 0}, {"from_day": 150, "capacity": 3}]
    described = clinic(places__meal__capacity=1, places__meal__changes=changes)
    stays = [stay(0, "residential", 110, 130), stay(1, "residential", 160, 190)]
    numbers = metrics(records(described, [110, 160], stays=stays), described)
    assert numbers["occupancy.meal"] == pytest.approx(50 / 170)
    assert numbers["full.meal"] == pytest.approx((150 - 110) / 100)


def test_places_that_are_never_open() -> None:
    described = clinic(places__meal__capacity=0)
    numbers = metrics(records(described, []), described)
    assert math.isnan(numbers["occupancy.meal"])
    assert numbers["full.meal"] == 1


@pytest.mark.parametrize("seed", range(3))
def test_census_occupancy_and_full_places_as_counted_at_many_instants(seed: int) -> None:
    changes = [{"from_day": 130, "capacity": 2}, {"from_day": 160, "capacity": 9}]
    described = clinic(places__bed__changes=changes, places__bed__capacity=6)
    facts = at_random(described, 60, seed)
    numbers, stays = metrics(facts, described), facts.stays
    instants = 100 + (np.arange(20_000) + 0.5) / 200
    present = (stays["admitted"][:, None] <= instants) & (instants < stays["discharged"][:, None])
    for code, level in enumerate(described.levels):
        counted = present[stays["level"] == code].sum(axis=0)
        assert numbers[f"census.{level}.mean"] == pytest.approx(counted.mean(), abs=0.01)
        assert numbers[f"census.{level}.p95"] == pytest.approx(np.quantile(counted, 0.95, method="inverted_cdf"), abs=0)
    beds = present[stays["level"] <= 1].sum(axis=0)
    capacity = np.select([instants < 130, instants < 160], [6, 2], default=9)
    assert numbers["occupancy.bed"] == pytest.approx(beds.mean() / capacity.mean(), abs=0.005)
    assert numbers["full.bed"] == pytest.approx((beds >= capacity).mean(), abs=0.005)
    assert 0 < numbers["full.bed"] < 1


@pytest.mark.parametrize("seed", range(3))
def test_every_discharge_has_one_reason(seed: int) -> None:
    described = clinic()
    numbers = metrics(at_random(described, 200, seed), described)
    for level in described.levels:
        shares = [numbers[f"discharges.{level}.{reason}"] for reason in REASONS if reason != "end_of_follow_up"]
        assert numbers[f"discharges.{level}"] > 0
        assert math.fsum(shares) == pytest.approx(1, rel=1e-12)
