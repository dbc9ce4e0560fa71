"""Demand, occupancy and waits of the shipped programmes against what is published of them.

Tolerances of what is random are 4 standard errors over independent replications.
"""

import pytest

from sim.scenario import load_scenario
from sim.validation.estimates import Estimate
from sim.validation.fits import demand
from sim.validation.fits.demand import CALLS, FULL, OCCUPANCY, nearest, with_calls

REPLICATIONS = 12


@pytest.fixture(autouse=True)
def few_replications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others than those by which demand was set: of another seed."""
    monkeypatch.setattr(demand, "REPLICATIONS", REPLICATIONS)


def measured(name: str, *metrics: str) -> list[Estimate]:
    return demand.measured(load_scenario(name), metrics, seed=7, workers=1)


def test_the_shipped_beds_are_as_full_as_they_were_set_to_be() -> None:
    """A call a month is 0.4 points."""
    (full,) = measured("base", FULL)
    assert abs(full.mean - OCCUPANCY) < 4 * full.error + 0.004


def test_people_known_go_with_the_calls() -> None:
    base = load_scenario("base")
    twice = with_calls(base, 2 * (base.arrivals.calls_per_month or 0))
    assert twice.arrivals.calls_per_month == 2 * (base.arrivals.calls_per_month or 0)
    assert twice.known.well.people == 2 * base.known.well.people
    assert twice.known.unwell.people == 2 * base.known.unwell.people
    assert with_calls(base, base.arrivals.calls_per_month or 0) == base
    assert CALLS == "arrivals.calls_per_month"


@pytest.mark.parametrize(("wanted", "found"), [(4.4, 4), (4.6, 5), (-3.0, 0), (99.0, 10)])
def test_the_nearest_whole_number_is_found_of_what_rises_and_of_what_falls(wanted: float, found: int) -> None:
    assert nearest(0, 10, wanted, float) == found
    assert nearest(0, 10, -wanted, lambda number: -float(number)) == found
