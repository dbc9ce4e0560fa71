"""Whether a warm-up is long enough, on systems of which it is known: at rest, filling, and with a list that grows."""

import pytest
from support import exponential, scenario

import sim
from sim.report.sheets.warm_up import warm_up_verdict
from sim.scenario import Scenario


def clinic(per_day: float, warm_up_days: float = 200.0) -> Scenario:
    """Ten beds of ten days, so one stay a day; with those who come back, there are 1.35 asks for each first ask."""
    return scenario(
        {"ward": {"places": ["beds"], "length_of_stay": exponential(10)}},
        {"beds": 10},
        arrivals={"per_day": per_day},
        time={"warm_up_days": warm_up_days, "recruitment_days": 300, "follow_up_days": 300},
        relapse={"median_days": 20.0, "shape": 1.0},
        return_to_care={"probability": 0.3, "delay_days": exponential(10)},
    )


def test_at_rest_the_warm_up_is_long_enough() -> None:
    """0.8 asks a day for 1 a day: of a hundred draws of forty replications over 90 were found to be at rest."""
    result = sim.run(clinic(0.6), replications=40, by=())
    assert warm_up_verdict(result.warm_up()).startswith("A warm-up of 200 days is long enough")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_list_that_grows_is_found_where_people_in_care_cannot_grow(seed: int) -> None:
    """1.6 asks a day for 1 a day: the beds are full throughout, and the list grows by 0.6 a day, less who stay away."""
    found = sim.run(clinic(1.2), replications=10, seed=seed, by=()).warm_up().set_index("metric")["long_enough"]
    assert found["census.ward"]
    assert not found["queue.ward"]
    assert not found["wait.ward"]


def test_a_system_that_fills_is_found_not_to_be_at_rest() -> None:
    """Nobody comes back in the first month or two: asks and people in care are fewer in the first 60 days."""
    filling = clinic(4.0, 0.0).with_overrides(
        {"places.beds.capacity": 200, "time.recruitment_days": 60.0, "levels.ward.length_of_stay": exponential(30)}
    )
    result = sim.run(filling, replications=10, by=())
    assert warm_up_verdict(result.warm_up()).startswith("A warm-up of 0 days is too short: census.ward +")
