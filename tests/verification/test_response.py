"""Partial responses against closed forms, and timelines worked out by hand."""

import math
from typing import Any

import numpy as np
import pytest
from support import cohort, exponential, fixed, scenario

from sim.model import Records, replicate
from sim.outcomes import Observed, metrics
from sim.scenario import Scenario
from sim.vocabulary import RESPONSE, SETBACK, STATES, UNWELL, WELL, Column

PEOPLE = 5_000
BY_CHANCE = 4.0
"""Standard errors."""


def clinic(response: dict[str, Any], people: int = PEOPLE, days: float = 100, **parts: Any) -> Scenario:
    """Everybody unwell on day 0 in a level that lasts longer than they are followed."""
    level = {"length_of_stay": fixed(10_000), "response": response, **parts.pop("level", {})}
    return scenario({"clinic": level}, **cohort(people, days), **parts)


def told(records: Records, patient: int = 0) -> list[tuple[str, float, float]]:
    """Spells of one patient: state, from and to when."""
    spells = records.spells
    mine = spells["patient"] == patient
    columns = (spells[name][mine].tolist() for name in ("state", "started", "ended"))
    return [(STATES[int(state)], started, ended) for state, started, ended in zip(*columns, strict=True)]


def share_in(records: Records, state: int, day: float) -> float:
    spells = records.spells
    there = (spells["state"] == state) & (spells["started"] <= day) & (day < spells["ended"])
    return int(np.count_nonzero(there)) / len(records.patients)


def near_share(found: float, expected: float, count: int = PEOPLE) -> None:
    assert abs(found - expected) < BY_CHANCE * math.sqrt(expected * (1 - expected) / count), (found, expected)


# --- closed forms ---


@pytest.mark.parametrize(("direct", "back"), [(0.0, 0.0), (0.02, 0.0), (0.0, 0.04), (0.02, 0.04)])
def test_states_in_care_are_a_markov_chain(direct: float, back: float) -> None:
    """With exponential clocks the shares unwell, in partial response and well are exp(Q t) of the first state: Q by its
    eigenvalues, at three times."""
    up, on = 0.05, 0.03
    response = {"days": exponential(1 / up), "days_to_remission": exponential(1 / on)}
    if back:
        response["days_to_return"] = exponential(1 / back)
    level = {"days_to_remission": exponential(1 / direct)} if direct else {}
    records = replicate(clinic(response, level=level), 1, 0)
    rates = np.array([[-up - direct, up, direct], [back, -on - back, on], [0.0, 0.0, 0.0]])
    values, vectors = np.linalg.eig(rates)
    for day in (5.0, 20.0, 80.0):
        expected = (vectors @ np.diag(np.exp(values * day)) @ np.linalg.inv(vectors))[0]
        for state, share in zip((UNWELL, RESPONSE, WELL), expected, strict=True):
            near_share(share_in(records, state, day), float(share))


def test_at_home_effects_and_frailty_multiply_the_ways_up_but_not_the_way_back() -> None:
    """Somebody unwell at home from day 1, whose effect on remission doubles both hazards up: as in care, with 2 x."""
    up, on, back = 0.02, 0.015, 0.03
    described = scenario(
        {"clinic": {"length_of_stay": fixed(1), "days_to_remission": fixed(10_000)}},
        **cohort(PEOPLE, 101),
        response={
            "days": exponential(1 / up),
            "days_to_remission": exponential(1 / on),
            "days_to_return": exponential(1 / back),
        },
        population={"kind": {"all": 1.0}},
        effects={"kind": {"all": {"remission": 2.0}}},
    )
    records = replicate(described, 1, 0)
    rates = np.array([[-2 * up, 2 * up, 0.0], [back, -2 * on - back, 2 * on], [0.0, 0.0, 0.0]])
    values, vectors = np.linalg.eig(rates)
    for day in (10.0, 40.0, 99.0):
        expected = (vectors @ np.diag(np.exp(values * day)) @ np.linalg.inv(vectors))[0]
        for state, share in zip((UNWELL, RESPONSE, WELL), expected, strict=True):
            near_share(share_in(records, state, 1 + day), float(share))


# --- timelines worked out by hand ---


def test_the_clocks_of_a_level_begin_anew_with_each_state() -> None:
    """Unwell 10 days, in response 4 until it is lost, and so on; getting well after 12 would come first in none."""
    response = {"days": fixed(10), "days_to_remission": fixed(12), "days_to_return": fixed(4)}
    records = replicate(clinic(response, people=1, days=30), 1, 0)
    assert told(records) == [
        ("unwell", 0.0, 10.0),
        ("response", 10.0, 14.0),
        ("unwell", 14.0, 24.0),
        ("response", 24.0, 28.0),
        ("unwell", 28.0, 30.0),
    ]


def test_a_response_goes_along_from_level_to_level_and_home() -> None:
    """In response from day 6 in the first level; the second takes 9 days more from there to remission than there are;
    at home, where nothing is stated of how to get well, it is lost 5 days after leaving."""
    levels = {
        "ward": {
            "length_of_stay": fixed(8),
            "response": {"days": fixed(6), "days_to_remission": fixed(30), "days_to_return": fixed(20)},
            "next": [{"to": "clinic", "probability": 1.0, "delay_days": fixed(2)}],
        },
        "clinic": {"length_of_stay": fixed(7), "response": {"days_to_remission": fixed(16)}},
    }
    described = scenario(levels, **cohort(1, 40), response={"days_to_return": fixed(5)})
    records = replicate(described, 1, 0)
    assert told(records) == [("unwell", 0.0, 6.0), ("response", 6.0, 22.0), ("unwell", 22.0, 40.0)]
    found = metrics(records, described)
    assert found["days_response"] == 16.0
    assert found["days_unwell"] == 24.0
    assert found["days_well"] == 0.0
    assert found["state_on_leaving.ward.response"] == found["state_on_leaving.clinic.response"] == 1.0
    assert found["state_on_leaving.ward.well"] == 0.0


def test_a_response_that_is_lost_on_the_way_keeps_nobody_from_the_next_level() -> None:
    """Lost one day after leaving, on a lag of three: they are admitted all the same, unwell, and respond there."""
    levels = {
        "ward": {
            "length_of_stay": fixed(8),
            "response": {"days": fixed(6)},
            "next": [{"to": "clinic", "probability": 1.0, "delay_days": fixed(3)}],
        },
        "clinic": {"length_of_stay": fixed(9), "response": {"days": fixed(2), "days_to_remission": fixed(3)}},
    }
    described = scenario(levels, **cohort(1, 18), response={"days_to_return": fixed(1)})
    records = replicate(described, 1, 0)
    assert told(records) == [
        ("unwell", 0.0, 6.0),
        ("response", 6.0, 9.0),
        ("unwell", 9.0, 13.0),
        ("response", 13.0, 16.0),
        ("well", 16.0, 18.0),
    ]
    assert records.stays["admitted"].tolist() == [0.0, 11.0]


def test_in_a_level_that_says_nothing_of_it_they_get_well_as_those_who_are_unwell() -> None:
    """At once where it says nothing at all, and else after its days to remission."""
    first = {
        "length_of_stay": fixed(8),
        "response": {"days": fixed(6)},
        "next": [{"to": "second", "probability": 1.0}],
    }
    for days, well in ((None, 8.0), (4, 12.0)):
        second = {"length_of_stay": fixed(9), **({} if days is None else {"days_to_remission": fixed(days)})}
        records = replicate(scenario({"first": first, "second": second}, **cohort(1, 15)), 1, 0)
        assert told(records) == [("unwell", 0.0, 6.0), ("response", 6.0, well), ("well", well, 15.0)]


def test_who_has_a_response_at_home_asks_again_as_those_who_are_unwell_and_only_once() -> None:
    """Unwell at home from day 1, in response from day 4, lost on day 6, again from 9: they ask on day 11, ten after
    they came home, whatever their state meanwhile; in care, where nothing is stated of it, it lasts."""
    levels = {"clinic": {"length_of_stay": fixed(1), "days_to_remission": fixed(100)}}
    described = scenario(
        levels,
        **cohort(1, 11.5),
        response={"days": fixed(3), "days_to_return": fixed(2)},
        return_to_care={"probability": 1.0, "delay_days": fixed(10)},
    )
    records = replicate(described, 1, 0)
    assert records.stays["admitted"].tolist() == [0.0, 11.0]
    assert [(state, start) for state, start, _ in told(records)] == [
        *(("unwell", 0.0), ("response", 4.0), ("unwell", 6.0), ("response", 9.0)),
    ]


# --- what is made of it ---


def test_utility_and_costs_are_those_of_unwell_unless_stated() -> None:
    response = {"days": fixed(10)}
    worth = {"well": 0.8, "setback": 0.7, "unwell": 0.4}
    costs = {"productivity": {"unwell": 30.0}}
    for own, utility, cost in ((None, 0.4, 30.0), (0.6, 0.6, 5.0)):
        utilities = worth if own is None else {**worth, "response": own}
        prices = costs if own is None else {"productivity": {"unwell": 30.0, "response": 5.0}}
        described = clinic(response, people=1, days=50, utilities=utilities, costs=prices)
        found = metrics(replicate(described, 1, 0), described)
        assert found["qalys.per_patient"] == pytest.approx((10 * 0.4 + 40 * utility) / 365.25)
        assert found["cost.category.productivity"] == pytest.approx(10 * 30.0 + 40 * cost)


def test_shares_of_days_add_up_to_being_alive() -> None:
    described = clinic(
        {"days": exponential(20), "days_to_remission": exponential(30), "days_to_return": exponential(40)},
        people=300,
        relapse={"median_days": 20.0, "shape": 1.0, "share_of_setbacks": 0.5},
        setback={"duration_days": fixed(2), "into_relapse_days": fixed(3)},
        death={"in_care": 500.0, "well": 500.0, "unwell": 500.0},
        level={"on_relapse": {"continue": 1.0}},
    )
    records = replicate(described, 1, 0)
    observed, found = Observed(records, described), metrics(records, described)
    in_setback = observed.state_days[SETBACK] / observed.cohort_size
    lived = found["days_well"] + found["days_unwell"] + found["days_response"] + in_setback
    assert lived == pytest.approx(found["life_days"])
    assert found["days_response"] > 5


def test_nobody_relapses_by_losing_a_response() -> None:
    response = {"days": exponential(5), "days_to_return": exponential(5)}
    records = replicate(clinic(response, people=200), 1, 0)
    described = clinic(response, people=200)
    states: Column = records.spells["state"]
    assert (states == RESPONSE).sum() > 200
    spells = np.arange(len(records.spells))
    assert not Observed(records, described).began_with_relapse(spells).any()
