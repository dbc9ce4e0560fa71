"""Gridlock: foreseen where places close a circle, and told when it has come."""

from typing import Any

import pytest
from support import cohort, exponential, fixed, scenario

import sim
from sim.report.unrest import gridlocks
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


def pooled(*others: str, **residential: Any) -> Scenario:
    """Detox has beds of its own; residential takes these, or else another kind."""
    levels = {
        "detox": {"places": ["beds"], "length_of_stay": fixed(5), "hand_over": "hold", "next": link("residential")},
        "residential": {"any_place_of": ["beds", *others], "length_of_stay": fixed(20), **residential},
    }
    return scenario(levels, {"beds": 2, "rooms": 1, "none": 0}, **cohort(10, 100))


def of(result: sim.Result, place: str) -> list[float]:
    return result.metrics[result.metrics["metric"] == f"gridlock.{place}"]["value"].tolist()


def test_another_kind_of_place_that_they_may_have_is_no_gridlock() -> None:
    result = sim.run(pooled("rooms"), 2)
    assert (of(result, "beds"), of(result, "rooms"), gridlocks(result)) == ([], [], [])
    assert not [each for each in sim.scenario_warnings(pooled("rooms")) if "hand_over" in each.path]


def test_another_kind_that_is_held_likewise_is() -> None:
    """Rooms lead back to residential as well: nobody moves once both beds and the room wait for one of the three."""
    back = {"hand_over": "hold", "next": [{"to": "residential", "probability": 0.999}]}
    system = pooled("rooms", **back)
    (warning,) = [each for each in sim.scenario_warnings(system) if "hand_over" in each.path]
    assert "beds, rooms can all be held by people in detox, residential who wait for residential" in warning.message
    result = sim.run(system, 1, keep_records=True)
    # On day 5 one of the two who are ready has the room; the bed goes to the next, who is ready on day 10.
    assert result.stays["admitted"].max() == 5
    assert (of(result, "beds"), of(result, "rooms")) == ([95.0], [95.0])
    assert gridlocks(result)[0] == (
        "gridlock: from day 5 to the end nobody was given one of beds for detox and residential in 1 of 1 "
        "replications, because all beds were held by people who waited for one; see stepdown validate"
    )


@pytest.mark.parametrize(("beds", "days"), [(5, 100.0), (6, 0.0)])
def test_a_place_that_is_too_few_for_anybody_frees_nobody(beds: int, days: float) -> None:
    """Two beds for each stay: the two in detox hold four and wait for two more."""
    system = sharing(beds, places_each={"beds": 2}).with_overrides({"levels.detox.places_each": {"beds": 2}})
    two = system.with_overrides({"arrivals.closed_cohort": 2})
    # A level without beds needs none of them, whoever could go there.
    beside = two.with_overrides({"levels.clinic": {"length_of_stay": fixed(5)}})
    assert of(sim.run(two, 1), "beds") == of(sim.run(beside, 1), "beds") == [days]


def test_beds_that_do_not_accept_them_do_not_free_anybody() -> None:
    """The room is for people with children, and nobody has any: beds are all that there is."""
    system = pooled("rooms").with_overrides(
        {"population": {"children": {"no": 1.0, "yes": 0.0}}, "places.rooms.accepts": {"children": ["yes"]}}
    )
    assert of(sim.run(system, 1), "beds") == [100.0]


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
