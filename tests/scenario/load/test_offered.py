"""Offered load: by hand where that can be done, and against what is held when there is room for everyone."""

import math
from typing import Any

import pytest
from support import exponential, fixed, scenario

import sim
from sim.model import replicate
from sim.scenario import Scenario, load_scenario
from sim.scenario.load import load_warnings
from sim.scenario.load.offered import (
    MOST_WAYS,
    _Ways,
    kinds_that_stand_for_all,
    mean_capacity,
    most_ways,
    offered_loads,
)
from sim.vocabulary import NONE

STEADY = {
    "levels.residential.dropout": {"distribution": "fixed", "value": 10_000},
    "levels.residential.hand_over": "release",
    "time.warm_up_days": 400,
}


def test_offered_load_is_flow_times_stay(changed):
    """0.5 a day; residential: half severe all, half mild 0.4 -> 0.35 x 30 = 10.5; iop: 0.15 + 0.175 -> x 60 = 19.5."""
    loads = offered_loads(load_scenario(changed(STEADY)))
    assert loads == pytest.approx({"beds": 10.5, "iop_seats": 19.5}, rel=5e-3)
    both_short = {"places.beds.capacity": 9, "places.iop_seats.capacity": 17}
    warnings = {w.path: w.message for w in load_warnings(load_scenario(changed({**STEADY, **both_short})))}
    assert "offered load is about 10.5, above the capacity of 9 (residential)" in warnings["places.beds.capacity"]
    # Nine beds let 0.3 a day through instead of 0.35: 0.15 + 0.15 go on to IOP, 18.
    assert "offered load is about 18" in warnings["places.iop_seats.capacity"]
    enough = {"places.beds.capacity": 11, "places.iop_seats.capacity": 20}
    assert list(load_warnings(load_scenario(changed({**STEADY, **enough})))) == []


def test_a_bed_that_is_held_until_the_next_level_counts(changed):
    """0.35 a day, of whom half keep the bed for four more days: 0.7 beds."""
    loads = offered_loads(load_scenario(changed({**STEADY, "levels.residential.hand_over": "hold"})))
    assert loads["beds"] == pytest.approx(10.5 + 0.7, rel=5e-3)


def test_readmissions_through_links_are_counted(changed):
    """Each iop stay leads to another with 0.5: twice as many, once the run is long against 120 days."""
    again = {"levels.iop.next": [{"to": "iop", "probability": 0.5}], "time.warm_up_days": 1_500}
    assert offered_loads(load_scenario(changed({**STEADY, **again})))["iop_seats"] == pytest.approx(39, rel=5e-3)


def test_conditions_weigh_links_by_shares(changed):
    """Only the severe go on: 0.15 + 0.25 x 0.5 a day x 60."""
    half = {"levels.residential.next.0.when": {"severity": "severe"}}
    loads = offered_loads(load_scenario(changed({**STEADY, **half})))
    assert loads["iop_seats"] == pytest.approx((0.15 + 0.125) * 60, rel=5e-3)


def test_a_closed_cohort_has_no_steady_load(changed):
    cohort = {"arrivals": {"closed_cohort": 5000}, "time": {"follow_up_days": 10}, "places.beds.capacity": 1}
    assert list(load_warnings(load_scenario(changed(cohort)))) == []


def ward(days: dict[str, Any], per_day: float = 1.0, **parts: Any) -> Scenario:
    """One level of a hundred beds, measured from day 500 to 700."""
    level = {"places": ["beds"], "length_of_stay": days, **parts.pop("level", {})}
    time = {"warm_up_days": 500, "recruitment_days": 200, "follow_up_days": 10}
    described = {"arrivals": {"per_day": per_day}, "time": time, **parts}
    return scenario({"ward": level}, {"beds": 100}, **described)


def of_plan(mean: float) -> dict[str, Any]:
    """Constant hazard of leaving, by the share of the plan that is spent."""
    return {**exponential(mean), "of": "plan"}


@pytest.mark.parametrize(
    ("system", "load"),
    [
        # Plans of 25 days are seen to be finished at the review on day 28; authorised days end them before.
        (ward(fixed(25), level={"review_every_days": 7}), 28),
        (ward(fixed(25), level={"authorised_days": 20}), 20),
        # The least of exponential clocks of means 50 and 100: 100 / 3.
        (ward(exponential(50), level={"dropout": exponential(100)}), 100 / 3),
        # Causes of the plan: of a plan D, D / 2 x (1 - exp(-2)), whatever its distribution.
        (ward(fixed(25), level={"dropout": of_plan(0.5)}), 25 / 2 * -math.expm1(-2)),
        (ward(exponential(50), level={"dropout": of_plan(0.5)}), 50 / 2 * -math.expm1(-2)),
        # With another in days, of plans of 30: hazards 1 / 30 and 1 / 20 a day.
        (ward(fixed(30), level={"transfer": of_plan(1.0), "dropout": exponential(20)}), 12 * -math.expm1(-2.5)),
        # A plan of 25 days is seen to be finished on day 28, and its causes go on until then.
        (
            ward(fixed(25), level={"review_every_days": 7, "transfer": of_plan(1.0)}),
            25 * -math.expm1(-28 / 25),
        ),
        # Reviews on days 7, 14, 21; from day 10 on half of them end the stay: 14, or 21, or 28.
        (
            ward(fixed(28), level={"review_every_days": 7, "early_step_down": {"from_day": 10, "probability": 0.5}}),
            14 / 2 + 21 / 4 + 28 / 4,
        ),
        # Half of those whose 10 days, or whose 6 more, are used up are granted 6 more: 10, 16, 22, or 28.
        (
            ward(fixed(28), level={"authorised_days": 10, "extension": {"days": 6, "probability": 0.5}}),
            10 / 2 + 16 / 4 + 22 / 8 + 28 / 8,
        ),
        (
            ward(
                fixed(28),
                level={"authorised_days": 10, "extension": {"days": 6, "probability": 0.5, "at_most": 1}},
            ),
            (10 + 16) / 2,
        ),
        # The payer of a half authorises 10 days, that of the others has no say.
        (
            ward(
                fixed(20),
                level={"rates": {"a": {"authorised_days": 10}}},
                population={"payer": {"a": 0.5, "b": 0.5}},
                reimbursement={"attribute": "payer", "residual_payer": "b"},
            ),
            15,
        ),
        # A quarter do not come.
        (ward(fixed(20), level={"no_show": 0.25}), 15),
        # Relapse with hazard 1 / (40 + x), S = 40 / (40 + x): stays of 40 ln(1 + 60 / 40) on average.
        (ward(fixed(60), relapse={"median_days": 40.0, "shape": 1.0}), 36.65),
        # Everybody who is not well at once, here nobody is, comes back after 5 days: asks 10, 25, 40 ... days on.
        (
            ward(
                fixed(10),
                0.05,
                level={"days_to_remission": fixed(100)},
                return_to_care={"probability": 0.5, "delay_days": fixed(5)},
            ),
            0.05 * 10 * 2,
        ),
        # A stay of 2,000 days: on day d there are d people, 600 on average.
        (ward(fixed(2000)), 600),
    ],
)
def test_a_load_by_hand(system: Scenario, load: float) -> None:
    assert offered_loads(system)["beds"] == pytest.approx(load, rel=0.015)


def test_two_kinds_of_place_are_held_together_or_not_at_all() -> None:
    """Four beds of ten days let 0.4 a day in, who hold four seats, though ten would ask for them."""
    levels = {"ward": {"places": ["beds", "seats"], "length_of_stay": fixed(10), "patience": fixed(5)}}
    time = {"warm_up_days": 200, "recruitment_days": 200, "follow_up_days": 10}
    loads = offered_loads(scenario(levels, {"beds": 4, "seats": 6}, time=time))
    assert loads == pytest.approx({"beds": 10, "seats": 4}, rel=0.05)


def test_capacity_is_that_of_the_window(changed):
    changes = {"places.beds.changes": [{"from_day": 50, "capacity": 1}, {"from_day": 200, "capacity": 31}]}
    # From day 100 to 465: a hundred days of 1, and 265 of 31.
    system = load_scenario(changed(changes))
    assert mean_capacity(system, "beds") == pytest.approx((100 * 1 + 265 * 31) / 365)


def test_who_is_treated_in_place_after_a_relapse_holds_the_place_to_the_end() -> None:
    """With room for everybody, a simulation has 17.4 beds in use as it is, and 19.3 where all are."""
    system = returning()
    in_place = {"discharge": 0.0, "continue": 1.0}
    treated = system.with_overrides({f"levels.{name}.on_relapse": in_place for name in system.levels})
    assert 1.05 < offered_loads(treated)["beds"] / offered_loads(system)["beds"] < 1.16


def returning() -> Scenario:
    """Half of those who relapse come back: the beds are full because of them, not of first asks."""
    levels = {
        "ward": {"places": ["beds"], "length_of_stay": exponential(12), "next": [{"to": "iop", "probability": 0.4}]},
        "iop": {
            "places": ["seats"],
            "length_of_stay": exponential(30),
            "on_relapse": {"discharge": 0.5, "continue": 0.5},
        },
    }
    return scenario(
        levels,
        {"beds": 13, "seats": 16},
        arrivals={"per_day": 0.8},
        time={"warm_up_days": 500, "recruitment_days": 300, "follow_up_days": 10},
        population={"severity": {"low": 0.5, "high": 0.5}},
        effects={"severity": {"high": {"relapse": 1.5}}},
        relapse={"median_days": 60.0, "shape": 0.8},
        return_to_care={"probability": 0.5, "delay_days": exponential(40)},
        remission=exponential(200),
        death={"unwell": 30.0},
    )


def test_returns_make_a_load_and_are_warned_of() -> None:
    """Estimated against what is held where nobody waits; first asks alone, 9.6 of 13 beds, would hide it."""
    system = returning()
    roomy = system.with_overrides({"places.beds.capacity": 1_000, "places.seats.capacity": 1_000})
    held = sim.run(roomy, replications=4, by=()).summary().set_index("metric")["mean"]
    loads = offered_loads(roomy)
    assert loads["beds"] == pytest.approx(held["census.ward.mean"], rel=0.06)
    assert loads["seats"] == pytest.approx(held["census.iop.mean"], rel=0.08)
    assert loads["beds"] > 13 * 1.05
    (warned,) = load_warnings(system)
    assert warned.path == "places.beds.capacity"


def unwell_again() -> Scenario:
    """Half of all setbacks are setbacks; the risk waits at the door of the ward, and some use there and then."""
    levels = {
        "ward": {
            "places": ["beds"],
            "round_the_clock": True,
            "length_of_stay": exponential(12),
            "dropout": exponential(30),
            "relapse_exposure": 0.1,
            "relapse_clock": 0.02,
            "risk_at_discharge": {"completed": 0.3, "dropped_out": 0.6, "halved_every_days": 20},
            "next": [{"to": "iop", "probability": 0.6, "delay_days": exponential(5)}],
            "hand_over": "release",
        },
        "iop": {
            "places": ["seats"],
            "length_of_stay": exponential(30),
            "relapse_exposure": 0.7,
            "relapse_clock": 1.0,
            "on_relapse": {"discharge": 0.5, "continue": 0.5},
        },
    }
    return scenario(
        levels,
        {"beds": 1_000, "seats": 1_000},
        arrivals={"per_day": 0.8},
        time={"warm_up_days": 600, "recruitment_days": 400, "follow_up_days": 10},
        population={"severity": {"low": 0.5, "high": 0.5}, "kind": {"a": 0.6, "b": 0.4}},
        effects={"severity": {"high": {"relapse": 1.5, "risk_at_discharge": 2.0}}},
        relapse={
            "median_days": 60.0,
            "shape": 1.1,
            "share_of_setbacks": 0.5,
            "after_remission": 2.0,
            "by": {"kind": {"b": {"share_of_setbacks": 0.9, "median_days": 30.0}}},
        },
        setback={"duration_days": exponential(2), "into_relapse_days": exponential(7)},
        return_to_care={"probability": 0.5, "delay_days": exponential(40)},
        remission=exponential(100),
        death={"unwell": 30.0},
    )


def test_setbacks_at_the_door_and_curves_of_their_own_bring_people_back() -> None:
    """Against what is held where nobody waits; the week that a relapse begins with is left out of the estimate."""
    system = unwell_again()
    held = sim.run(system, replications=4, by=()).summary().set_index("metric")["mean"]
    loads = offered_loads(system)
    assert loads["beds"] == pytest.approx(held["census.ward.mean"], rel=0.06)
    assert loads["seats"] == pytest.approx(held["census.iop.mean"], rel=0.08)
    without = system.with_overrides({"levels.ward.risk_at_discharge": None})
    assert offered_loads(without)["beds"] < 0.97 * loads["beds"]


def ring(levels: int, kinds: int, shares: list[float] | None = None) -> Scenario:
    """Levels that lead round; each kind of patient enters one of its own."""
    shares = shares or [1 / kinds] * kinds
    described = {
        f"level{at}": {
            "places": ["beds"],
            "patience": exponential(10),
            "length_of_stay": exponential(20),
            "dropout": exponential(50),
            "days_to_remission": exponential(5),
            "next": [{"to": f"level{(at + 1) % levels}", "probability": 0.5, "delay_days": exponential(3)}],
        }
        for at in range(levels)
    }
    entry = [{"when": {"kind": f"k{at}"}, "to": {f"level{at % levels}": 1.0}} for at in range(kinds - 1)]
    return scenario(
        described,
        {"beds": 5},
        population={"kind": {f"k{at}": share for at, share in enumerate(shares)}},
        entry=[*entry, {"to": {"level0": 1.0}}],
        relapse={"median_days": 60.0, "shape": 0.8},
        return_to_care={"probability": 0.5, "delay_days": exponential(30)},
        remission=exponential(200),
    )


@pytest.mark.parametrize(("levels", "kinds"), [(2, 3), (5, 10), (12, 60), (30, 3), (90, 1), (130, 2)])
def test_the_work_of_an_estimate_is_bounded(levels: int, kinds: int) -> None:
    """All kinds that stand for the others have no more ways together than that, nor any more than was reckoned."""
    system = ring(levels, kinds)
    kept = kinds_that_stand_for_all(system)
    assert sum(most_ways(system, kind) for kind, _ in kept) <= MOST_WAYS
    for kind, _ in kept[:1]:
        assert len(_Ways(system, kind, 0.5).kernel) <= most_ways(system, kind)


def test_ways_by_emergencies_are_reckoned() -> None:
    every = {"in_care": 1.0, "well": 1.0, "unwell": 1.0, "admitted": 0.5, "windows": [{"until_day": 9, "ratio": 2.0}]}
    emergencies = {"crisis": {**every, "to": "level0"}, "overdose": {**every, "to": "level1"}}
    system = ring(5, 3).with_overrides({"emergencies": emergencies, "levels.level0.round_the_clock": True})
    for kind, _ in kinds_that_stand_for_all(system):
        assert len(_Ways(system, kind, 0.5).kernel) <= most_ways(system, kind)
    assert offered_loads(system)


def test_too_many_kinds_are_not_judged_by_a_few() -> None:
    assert len(kinds_that_stand_for_all(ring(5, 10))) == 10
    assert offered_loads(ring(12, 60)) == {}
    most = kinds_that_stand_for_all(ring(12, 60, [0.5, 0.2, *[0.3 / 58] * 58]))
    assert most[0][1] / most[1][1] == pytest.approx(2.5)
    assert sum(share for _, share in most) == pytest.approx(1)


def test_people_in_care_on_day_0_hold_their_places() -> None:
    """1.2 a day for 120 days: 1.2 x 45 = 54 over 90 days; of the hundred who are there, 100 x (1 - 45 / 120) = 62.5."""
    system = scenario(
        {"ward": {"places": ["beds"], "length_of_stay": fixed(120)}},
        {"beds": 100},
        time={"warm_up_days": 0, "recruitment_days": 90, "follow_up_days": 100},
        arrivals={"per_day": 1.2},
        initial={"ward": {"in_care": 100}},
    )
    assert offered_loads(system)["beds"] == pytest.approx(54 + 62.5, rel=5e-3)
    assert [w.path for w in load_warnings(system)] == ["places.beds.capacity"]


def test_people_in_care_and_waiting_on_day_0_go_on() -> None:
    """Against what is held where nobody waits: stays in progress, whatever ends them, and those who follow."""
    levels = {
        "ward": {
            "places": ["beds"],
            "length_of_stay": exponential(40),
            "dropout": exponential(90),
            "transfer": of_plan(3.0),
            "next": [{"after": ["completed", "transferred"], "to": "iop", "probability": 0.8}],
        },
        "iop": {"places": ["seats"], "length_of_stay": fixed(50)},
    }
    system = scenario(
        levels,
        {"beds": 1_000, "seats": 1_000},
        time={"warm_up_days": 0, "recruitment_days": 100, "follow_up_days": 1},
        arrivals={"per_day": 0.2},
        initial={"ward": {"in_care": 200, "waiting": 100}},
    )
    held = sim.run(system, replications=4, by=()).summary().set_index("metric")["mean"]
    loads = offered_loads(system)
    assert loads["beds"] == pytest.approx(held["census.ward.mean"], rel=0.06)
    assert loads["seats"] == pytest.approx(held["census.iop.mean"], rel=0.06)


def test_whom_a_check_up_links_is_lost_in_no_step() -> None:
    """A step that loses everybody who asks by themselves: whom check-ups bring back to the ward never comes to it."""
    ward: dict[str, Any] = {"places": ["beds"], "length_of_stay": fixed(20)}
    first = {"when": {}, "to": {"detox": 1.0}, "returning": False}
    systems = [
        scenario(
            {"detox": {"length_of_stay": fixed(5)}, "ward": {**ward, "access": steps}},
            {"beds": 100},
            entry=[first, {"to": {"ward": 1.0}}],
            relapse={"median_days": 30, "shape": 1.0},
            checkups={"every_days": 90, "found_share": 0.5, "linked_share": 0.5},
            time={"warm_up_days": 500, "recruitment_days": 200, "follow_up_days": 10},
        )
        for steps in ([], [{"name": "call", "lost_at_once": 1.0}])
    ]
    without, with_steps = (offered_loads(system)["beds"] for system in systems)
    assert with_steps == without > 10
    assert set(replicate(systems[1], 1, 0).waits["step"].tolist()) == {NONE}


def test_a_place_that_is_made_ready_is_not_free() -> None:
    """5 a day for 20 days, and 13 days to make a bed ready: 165 of the hundred beds."""
    system = ward(fixed(20), 5.0).with_overrides({"places.beds.turnover_days": 13.0})
    assert offered_loads(system)["beds"] == pytest.approx(165, rel=5e-3)
    assert [warned.path for warned in load_warnings(system)] == ["places.beds.capacity"]


@pytest.mark.parametrize(
    ("level", "key"),
    [
        ({"access": [{"name": "test", "slots_per_day": 1}]}, "access.0.slots_per_day"),
        (
            {"access": [{"name": "test", "slots_per_day": 6, "days": ["mon", "tue", "wed", "thu", "fri"]}]},
            "access.0.slots_per_day",
        ),
        ({"access": [{"name": "test", "slots_per_day": 7, "days": ["mon", "tue", "wed", "thu", "fri"]}]}, None),
        ({"access": [{"name": "call", "lost_at_once": 0.5}, {"name": "test", "slots_per_day": 3}]}, None),
        ({"intake": {"most_per_day": 1}}, "intake.most_per_day"),
        ({"intake": {"most_per_day": 6}}, None),
        ({"intake": {"most_per_day": 6, "days": ["mon"]}}, "intake.most_per_day"),
    ],
)
def test_slots_and_hours_that_cannot_keep_up_are_told(level: dict[str, Any], key: str | None) -> None:
    """Five a day, who stay for ten days in one of the hundred beds."""
    found = [warned.path for warned in load_warnings(ward(fixed(10), 5.0, level=level))]
    assert found == ([] if key is None else [f"levels.ward.{key}"])


def pools(**level: Any) -> Scenario:
    """One person a day for ten days each, half of them women, for whom there are three places of their own."""
    return sim.load_scenario(
        {
            "name": "pools",
            "population": {"sex": {"woman": 0.5, "man": 0.5}},
            "arrivals": {"per_day": 1.0},
            "time": {"warm_up_days": 100, "recruitment_days": 200, "follow_up_days": 1},
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {"ward": {"length_of_stay": exponential(10), "any_place_of": ["women", "mixed"], **level}},
            "places": {"women": {"capacity": 3, "accepts": {"sex": ["woman"]}}, "mixed": {"capacity": 6}},
        }
    )


def test_what_one_kind_does_not_take_comes_to_the_next_that_may() -> None:
    """Five women and five men: of the women three have their own places, and seven people come to six mixed ones."""
    assert offered_loads(pools()) == pytest.approx({"women": 3.0, "mixed": 7.0}, rel=5e-3)
    assert [each.path for each in load_warnings(pools())] == ["places.mixed.capacity"]
    # Whoever has no choice comes first, in whatever order the others try theirs.
    turned = pools(any_place_of=["mixed", "women"]).with_overrides({"places.women.capacity": 5})
    assert offered_loads(turned) == pytest.approx({"women": 4.0, "mixed": 6.0}, rel=5e-3)
    assert list(load_warnings(turned)) == []


def test_stays_that_hold_two_of_a_kind_load_it_twice() -> None:
    two = pools(any_place_of=["mixed"], places_each={"mixed": 2})
    assert offered_loads(two) == pytest.approx({"women": 0.0, "mixed": 20.0}, rel=5e-3)
