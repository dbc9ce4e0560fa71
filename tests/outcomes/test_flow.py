"""Asks, offers and queues."""

import math

import numpy as np
import pytest
from outcomes.build import at_random, clinic, records, wait

from sim.outcomes import metrics
from sim.scenario import Scenario
from sim.vocabulary import ASKING


def test_asks_by_hand() -> None:
    """Five asks for IOP in the window (days 100 to 200), one before and one on the day it ends."""
    described = clinic()
    waits = [
        wait(0, "iop", 99, 150),
        wait(0, "iop", 160, 162, "no_show", "return"),
        wait(0, "detox", 170, 170),
        wait(1, "iop", 100, 104),
        wait(2, "iop", 110, 120, "reneged"),
        wait(3, "iop", 120, 126),
        wait(4, "iop", 195, 300, "end_of_follow_up"),
        wait(5, "iop", 200, 201),
    ]
    numbers = metrics(records(described, [50, 100, 110, 120, 195, 200], waits=waits), described)
    assert numbers["arrivals"] == 4
    assert numbers["asks"] == 6
    assert numbers["asks.iop"] == 5
    assert numbers["asks.residential"] == 0
    assert numbers["admitted.iop"] == 2 / 5
    assert numbers["reneged.iop"] == 1 / 5
    assert numbers["no_show.iop"] == 1 / 5
    assert numbers["admitted"] == 3 / 6
    assert math.isnan(numbers["admitted.residential"])

    # Waits 2 (no-show: offered), 4, 6 (offered), 10 (reneged: censored), 105 (still waiting: censored).
    assert numbers["wait.iop.median"] == 6
    assert math.isnan(numbers["wait.iop.p90"])
    assert numbers["wait.iop.within_14_days"] == pytest.approx(1 - 4 / 5 * 3 / 4 * 2 / 3)
    assert numbers["wait.iop.mean"] == pytest.approx(2 * 1 + 2 * 4 / 5 + 2 * 3 / 5 + 99 * 2 / 5)
    assert numbers["wait.detox.mean"] == 0
    assert numbers["wait.detox.p90"] == 0
    assert numbers["wait.detox.within_14_days"] == 1
    # All six: a wait of 0 more.
    assert numbers["wait.mean"] == pytest.approx(0 + 2 * 5 / 6 + 2 * 4 / 6 + 2 * 3 / 6 + 99 * 2 / 6)
    assert math.isnan(numbers["wait.residential.mean"])

    # Within the window: 50 + 2 + 4 + 10 + 6 + 5 days.
    assert numbers["queue.iop.mean"] == pytest.approx(77 / 100)
    assert numbers["queue.detox.mean"] == 0


def test_asks_a_month_by_route_by_hand() -> None:
    """The window is 100 days; asks before it, on the day it ends and after do not count."""
    looked_up = {"every_days": 30.0, "found_share": 0.5, "linked_share": 0.5}
    crisis = {"unwell": 1.0, "admitted": 0.5, "to": "detox"}
    described = clinic().with_overrides({"checkups": looked_up, "emergencies": {"crisis": crisis}})
    waits = [
        wait(0, "iop", 99, 100, route="entry"),
        wait(0, "iop", 100, 160, "reneged", route="return"),
        wait(0, "detox", 170, 170, route="return"),
        wait(0, "iop", 175, 175, route="checkup"),
        wait(0, "iop", 180, 180, route="step_down"),
        wait(0, "residential", 190, 190, route="step_up"),
        wait(1, "detox", 140, 140, route="emergency"),
        wait(1, "outpatient", 150, 150, "no_show", route="entry"),
        wait(1, "iop", 199, 300, "end_of_follow_up", route="return"),
        wait(2, "iop", 200, 201, route="entry"),
        wait(3, "iop", 100, 110, route="initial"),
    ]
    numbers = metrics(records(described, [99, 150, 200, 100], waits=waits), described)
    month = 365.25 / 12
    asked = {route: numbers[f"asks.{route}.per_month"] * 100 / month for route in ASKING}
    by_hand = {"entry": 1, "return": 3, "checkup": 1, "emergency": 1, "step_down": 1, "step_up": 1}
    assert asked == pytest.approx(by_hand)


def test_a_closed_cohort_is_seen_from_its_first_day_to_its_last(closed: Scenario) -> None:
    waits = [wait(0, "iop", 0, 30), wait(1, "iop", 0, 40, "reneged")]
    numbers = metrics(records(closed, [0.0, 0.0], cohort=[True, True], waits=waits), closed)
    assert numbers["arrivals"] == 2
    assert numbers["asks.iop"] == 2
    assert numbers["queue.iop.mean"] == pytest.approx(70 / 100)


@pytest.fixture
def closed() -> Scenario:
    return clinic().with_overrides(
        {
            "arrivals": {"closed_cohort": 2},
            "time.warm_up_days": 0,
            "time.recruitment_days": 0,
        }
    )


@pytest.mark.parametrize("seed", range(3))
def test_littles_law(seed: int) -> None:
    """Mean queue times window is the sum of the waits in it; and the queue counted at many instants has that mean."""
    described = clinic()
    facts = at_random(described, 200, seed)
    numbers, waits = metrics(facts, described), facts.waits
    for code, level in enumerate(described.levels):
        here = waits["level"] == code
        asked, ended = waits["asked"][here], waits["ended"][here]
        clipped = [max(min(e, 200) - max(a, 100), 0) for a, e in zip(asked.tolist(), ended.tolist(), strict=True)]
        assert numbers[f"queue.{level}.mean"] * 100 == pytest.approx(math.fsum(clipped), rel=1e-12)
        instants = 100 + (np.arange(20_000) + 0.5) / 200
        counted = np.searchsorted(np.sort(asked), instants) - np.searchsorted(np.sort(ended), instants)
        assert numbers[f"queue.{level}.mean"] == pytest.approx(counted.mean(), abs=0.01)
