"""Gridlock: foreseen where places close a circle, and told when it has come."""

from typing import Any

import pytest
from support import cohort, exponential, fixed, scenario

import sim
from sim.report.gridlock import gridlocks
from sim.scenario import Scenario


def link(to: str) -> list[dict[str, Any]]:
    return [{"to": to, "probability": 1.0}]


def sharing(beds: int = 2, hand_over: str = "hold", **residential: Any) -> Scenario:
    """Detox and residential share beds; detox lasts 5 days, and keeps its bed while waiting for residential."""
    levels = {
        "detox": {"places": ["beds"], "length_of_stay": fixed(5), "hand_over": hand_over, "next": link("residential")},
        "residential": {"places": ["beds"], "length_of_stay": fixed(20), **residential},
    }
    return scenario(levels, {"beds": beds}, **cohort(10, 100))


def circle() -> Scenario:
    """Two levels with places of their own, each of which keeps a place while waiting for the other."""
    levels = {
        "ward": {"places": ["beds"], "length_of_stay": fixed(5), "hand_over": "hold", "next": link("group")},
        "group": {
            "places": ["seats"],
            "length_of_stay": fixed(7),
            "hand_over": "hold",
            "next": [{"to": "ward", "probability": 0.999}],
        },
    }
    return scenario(levels, {"beds": 1, "seats": 1, "slots": 1}, **cohort(3, 100))


def test_everybody_waits_for_one_of_the_beds_that_they_hold() -> None:
    """Two are admitted on day 0 and ready on day 5; both wait for a bed, for 95 days, and so do all others."""
    result = sim.run(sharing(), 2, keep_records=True)
    values = result.metrics[result.metrics["metric"] == "gridlock.beds"]["value"]
    assert values.tolist() == [100.0, 100.0]
    assert result.stays["admitted"].max() == 0
    (told,) = gridlocks(result)
    assert told == (
        "gridlock: from day 0 to the end nobody was admitted to detox and residential in 2 of 2 replications, because "
        "all beds were held by people who waited for one; see stepdown validate"
    )


def test_a_circle_of_two_kinds() -> None:
    """The first leaves the bed for the seat on day 5, the second has the bed until day 10; on day 12 the first waits
    for the bed, and the second for the seat.
    """
    numbers = dict(sim.run(circle(), 1).metrics[["metric", "value"]].itertuples(index=False))
    assert (numbers["gridlock.beds"], numbers["gridlock.seats"]) == (95.0, 95.0)
    assert "gridlock.slots" not in numbers


@pytest.mark.parametrize(
    "system",
    [sharing(11), sharing(hand_over="release"), sharing(patience=exponential(5))],
    ids=["more beds than people", "release", "patience"],
)
def test_what_clears_by_itself_is_no_gridlock(system: Scenario) -> None:
    result = sim.run(system, 2)
    values = result.metrics[result.metrics["metric"] == "gridlock.beds"]["value"]
    assert (values == 0).all()
    assert gridlocks(result) == []


def test_it_is_foreseen() -> None:
    (warning,) = [each for each in sim.scenario_warnings(sharing()) if "hand_over" in each.path]
    assert str(warning) == (
        'warning: levels.detox.hand_over = "hold": hand_over = "hold" closes a circle: beds can all be held by people '
        'in detox who wait for residential, and then no one is admitted any more. Let one of them "release", or give '
        "each level places of its own and no way back"
    )
    (warning,) = [each for each in sim.scenario_warnings(sharing(patience=fixed(5))) if "hand_over" in each.path]
    assert "until one of them gives up" in warning.message
    (warning,) = [each for each in sim.scenario_warnings(circle()) if "hand_over" in each.path]
    assert "beds, seats can all be held by people in ward, group who wait for group, ward" in warning.message
    assert not [each for each in sim.scenario_warnings(sharing(hand_over="release")) if "hand_over" in each.path]
