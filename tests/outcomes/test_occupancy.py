"""Places in use, over time and as those who ask find them, by hand and against the metrics of the same."""

import numpy as np
import pandas as pd
import pytest
from outcomes.build import at_random, clinic, records, stay, wait

from sim.outcomes import Observed, metrics, occupancy
from sim.outcomes.occupancy import COLUMNS


def test_by_hand() -> None:
    """The window is days 100 to 200. Beds are for detox and residential care, meals for residential care alone."""
    described = clinic()
    stays = [
        stay(0, "residential", 90, 130),
        stay(1, "detox", 110, 120),
        stay(1, "residential", 120, 150, route="step_down"),
        stay(2, "detox", 195, 210),
    ]
    waits = [
        wait(0, "residential", 80, 90),  # Before the window.
        wait(1, "detox", 110, 110),  # Finds one bed in use, and is not counted in itself.
        wait(1, "residential", 120, 120, route="step_down"),  # Two, of which one is their own, and one meal.
        wait(2, "detox", 150, 195),  # One: just before, patient 1 is still there.
        wait(3, "iop", 160, 200, "reneged"),
        wait(2, "detox", 196, 199, route="initial"),  # Is on the list, and asks for nothing.
    ]
    found = occupancy(Observed(records(described, [90, 110, 150, 160], stays=stays, waits=waits), described))
    assert found == [
        # 150 to 195; 100 to 110, 130 to 150, 195 to 200; 110 to 130, of which the instant of day 120 takes no time.
        *[("bed", 0, 45.0, 0), ("bed", 1, 35.0, 2), ("bed", 2, 20.0, 1)],
        # 150 to 200; 100 to 120 and 130 to 150; 120 to 130.
        *[("meal", 0, 50.0, 0), ("meal", 1, 40.0, 1), ("meal", 2, 10.0, 0)],
        ("seat", 0, 100.0, 1),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_of_the_days_and_asks_that_metrics_count(seed: int) -> None:
    described = clinic()
    facts = at_random(described, 300, seed)
    numbers = metrics(facts, described)
    found = pd.DataFrame(occupancy(Observed(facts, described)), columns=COLUMNS)
    for place, capacity in (("bed", 4), ("meal", 2), ("seat", 3)):
        of_place = found[found["place"] == place]
        assert list(of_place["in_use"]) == list(range(len(of_place)))
        assert of_place["days"].sum() == pytest.approx(100)
        held, full = of_place["days"] * of_place["in_use"], of_place.loc[of_place["in_use"] >= capacity, "days"]
        assert held.sum() / 100 / capacity == pytest.approx(numbers[f"occupancy.{place}"])
        assert full.sum() / 100 == pytest.approx(numbers[f"full.{place}"])
    asked = np.sum([numbers[f"asks.{level}"] for level in ("detox", "residential")])
    assert found.loc[found["place"] == "bed", "asks"].sum() == asked


def test_nobody_came_and_no_places() -> None:
    described = clinic()
    found = occupancy(Observed(records(described, []), described))
    assert found == [(place, 0, 100.0, 0) for place in ("bed", "meal", "seat")]
