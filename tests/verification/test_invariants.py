"""What must hold in every scenario, over random ones."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger import audited, watched
from random_scenarios import build, descriptions

import sim
from sim.model import Records, replicate
from sim.outcomes import metrics
from sim.scenario import Scenario
from sim.vocabulary import OUTCOMES, REASONS, STATES

WELL, SETBACK, UNWELL, _, _ = range(len(STATES))
many = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
few = settings(many, max_examples=20)
seeds = st.integers(0, 10_000)


@many
@given(descriptions(), seeds)
def test_places_and_patients_are_conserved_at_every_event(description: dict[str, Any], seed: int) -> None:
    scenario = build(description)
    records, _ = audited(scenario, seed, 0)
    check_histories(records, scenario)
    check_occupancy(records, scenario)


def check_visits(visits: pd.DataFrame, stays: pd.DataFrame, waits: pd.DataFrame, scenario: Scenario) -> None:
    """Nobody visits an emergency department from 24-hour care; each visit that leads to care is an ask of that time."""
    round_the_clock = [name for name, level in scenario.levels.items() if level.round_the_clock]
    assert not visits["level"].isin(round_the_clock).any()
    led = visits.dropna(subset="asked_for")
    asked = set(zip(waits["patient"], waits["asked"], waits["level"], strict=True))
    assert asked.issuperset(zip(led["patient"], led["happened"], led["asked_for"], strict=True))
    left = set(zip(stays["patient"], stays["discharged"], stays["next_level"], strict=True))
    inside = led.dropna(subset="level")
    assert left.issuperset(zip(inside["patient"], inside["happened"], inside["asked_for"], strict=True))


def check_histories(records: Records, scenario: Scenario) -> None:
    """Every patient is somewhere at every time, in one place, and nowhere after death."""
    time = scenario.time
    end = time.warm_up_days + time.recruitment_days + time.follow_up_days
    patients, stays, waits, spells, courses, visits = (
        getattr(records, name).frame()
        for name in ("patients", "stays", "waits", "spells", "medications", "emergencies")
    )
    assert (stays["asked"] <= stays["admitted"]).all()
    assert (stays["admitted"] <= stays["discharged"]).all()
    ready = stays.dropna(subset="ready")
    assert ((ready["admitted"] <= ready["ready"]) & (ready["ready"] <= ready["discharged"])).all()
    cut = stays.dropna(subset="authorised_until")
    assert ((cut["admitted"] < cut["authorised_until"]) & (cut["authorised_until"] < cut["discharged"])).all()
    assert (cut["interim"] | cut["ready"].notna()).all()
    assert (waits["asked"] <= waits["ended"]).all()
    assert (spells["started"] <= spells["ended"]).all()

    begun = courses.dropna(subset="started")
    assert (courses["offered"] <= courses["ended"]).all()
    check_visits(visits, stays, waits, scenario)
    assert ((begun["offered"] <= begun["started"]) & (begun["started"] <= begun["ended"])).all()
    assert (begun["end"] != "declined").all()
    assert (begun["end"] != "not_started").all()
    never = courses[courses["started"].isna()]
    assert never["end"].isin(("declined", "not_started", "died", "end_of_follow_up")).all()

    for frame, first in ((stays, "asked"), (waits, "asked"), (spells, "started"), (courses, "offered")):
        assert (frame[first].to_numpy() >= patients["arrived"].to_numpy()[frame["patient"]]).all()
    assert spells["patient"].nunique() == len(patients)
    lives = spells.sort_values("patient", kind="stable")
    who, starts, ends = (lives[name].to_numpy() for name in ("patient", "started", "ended"))
    first, last = np.diff(who, prepend=-1) != 0, np.diff(who, append=-1) != 0
    assert (starts[first] == np.maximum(patients["arrived"].to_numpy()[who[first]], 0.0)).all()
    assert (starts[~first] == ends[~last]).all()
    assert (ends[last] == end).all()
    assert (lives["state"][~last] != "dead").all()

    of_time = ((stays, "admitted", "discharged"), (waits, "asked", "ended"), (courses, "offered", "ended"))
    for intervals, start, stop in of_time:
        ordered = intervals.sort_values(["patient", start, stop])
        same = ordered["patient"].to_numpy()[1:] == ordered["patient"].to_numpy()[:-1]
        assert (ordered[start].to_numpy()[1:][same] >= ordered[stop].to_numpy()[:-1][same]).all()

    died = spells[spells["state"] == "dead"].set_index("patient")["started"]
    for frame, last in ((stays, "discharged"), (waits, "ended")):
        death = frame["patient"].map(died)
        assert not (frame[last] > death).any()
    assert set(stays[stays["reason"] == "died"]["patient"]) <= set(died.index)
    open_at_end = stays["reason"] == "end_of_follow_up"
    assert (stays["discharged"][open_at_end] == end).all()
    assert not stays["patient"][open_at_end].duplicated().any()

    granted = (waits["outcome"] == "admitted").sum()
    without_wait = (stays["level"] == "interim").sum() + sum(initial.in_care for initial in scenario.initial.values())
    assert len(stays) == granted + without_wait


def check_occupancy(records: Records, scenario: Scenario) -> None:
    """The census of stays, place by place, never exceeds capacity where capacity does not change."""
    stays, levels = records.stays, list(scenario.levels)
    for name, place in scenario.places.items():
        users = [code for code, level in enumerate(levels) if name in scenario.levels[level].places]
        inside = np.isin(stays["level"], users) & (stays["admitted"] < stays["discharged"])
        starts, ends = stays["admitted"][inside], stays["discharged"][inside]
        # At one instant discharges come before admissions.
        moments = np.concatenate([ends, starts])
        steps = np.repeat([-1, 1], len(starts))
        census = np.cumsum(steps[np.lexsort((steps, moments))])
        most = max([place.capacity, *(change.capacity for change in place.changes)])
        assert census.max(initial=0) <= most


@few
@given(descriptions(), seeds)
def test_littles_law_holds_exactly(description: dict[str, Any], seed: int) -> None:
    """The integral of the census, read off the running system, is the sum of the stays; of the queue, of the waits."""
    low, high = 10.0, 55.0
    scenario = build(description)
    records, *integrals = watched(scenario, seed, low, high)
    kinds = ((records.stays, "admitted", "discharged"), (records.waits, "asked", "ended"))
    for (facts, start, stop), integral in zip(kinds, integrals, strict=True):
        days = np.clip(facts[stop], low, high) - np.clip(facts[start], low, high)
        sums = np.bincount(facts["level"], weights=days, minlength=len(scenario.levels))
        assert integral == pytest.approx(sums, rel=1e-9, abs=1e-9)


@few
@given(descriptions(), seeds)
def test_same_scenario_differs_by_exactly_nothing(description: dict[str, Any], seed: int) -> None:
    arms = {"a": build(description), "b": build(copy.deepcopy(description))}
    study = sim.compare(arms, replications=2, seed=seed, by=())
    differences = study.differences()
    assert len(differences) > 20
    assert (differences["difference"].dropna() == 0).all()


@few
@given(descriptions(), seeds, st.sampled_from([0.5, 2.0]))
def test_swapped_arms_flip_the_signs_exactly(description: dict[str, Any], seed: int, factor: float) -> None:
    """Each as itself from day 0 on: a change on a day is one from the first to the second, and no other way round."""
    first = build(description)
    changed = copy.deepcopy(description)
    changed["effects"]["severity"]["high"]["relapse"] = factor
    changed["places"]["beds"]["capacity"] += 3
    second = build(changed)
    there, back = (
        sim.compare(arms, replications=2, seed=seed, change_on="start", by=()).differences().set_index("metric")
        for arms in ({"a": first, "b": second}, {"b": second, "a": first})
    )
    pd.testing.assert_series_equal(there["difference"], -back["difference"], check_exact=True)
    pd.testing.assert_series_equal(there["ci_low"], -back["ci_high"], check_exact=True, check_names=False)


@few
@given(descriptions(), seeds)
def test_an_unused_level_place_and_attribute_change_nothing(description: dict[str, Any], seed: int) -> None:
    before = metrics(replicate(build(description), seed, 0), build(description))
    more = copy.deepcopy(description)
    more["levels"] = {"unused": {"length_of_stay": {"distribution": "fixed", "value": 3}}, **more["levels"]}
    more["places"] = {"spare": {"capacity": 3}, **more["places"]}
    more["population"] = {"hair": {"dark": 0.5, "fair": 0.5}, **more["population"]}
    after = metrics(replicate(build(more), seed, 0), build(more))
    assert set(before) < set(after)
    assert {name: after[name] for name in before} == pytest.approx(before, rel=0, abs=0, nan_ok=True)


@few
@given(descriptions(), seeds)
def test_lower_exposure_makes_no_first_relapse_earlier(description: dict[str, Any], seed: int) -> None:
    """With equal multipliers, and lives that differ in nothing but exposure until the first relapse: a medication that
    changes the hazard for a time would find them at other exposed days."""
    description.pop("medications", None)
    for level in description["levels"].values():
        level.pop("lasting_benefit", None)
        level.pop("relapse_clock", None)
        level.pop("risk_at_discharge", None)
        nobody_waits_for_anybody(level)
        level["relapse_exposure"] = 1.0
    description["relapse"] = {"median_days": 20.0, "shape": 0.7}
    description["effects"] = {}
    first = first_relapses(replicate(build(description), seed, 0))
    for level in description["levels"].values():
        level["relapse_exposure"] = 0.3
    later = first_relapses(replicate(build(description), seed, 0))
    assert (later >= first - 1e-6).all()


SAFER: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "relapse_exposure": lambda whole, level: level.update(relapse_exposure=0.3),
    "relapse_clock": lambda whole, level: level.update(relapse_clock=0.4),
    "relapse_ratio": lambda whole, level: level.update(relapse_ratio=0.9),
    "lasting_benefit": lambda whole, level: level["lasting_benefit"].update(hazard_ratio=0.4),
    "risk_at_discharge": lambda whole, level: level["risk_at_discharge"].update(dict.fromkeys(LEAVING, 0.25)),
    "share_of_setbacks": lambda whole, level: whole["relapse"].update(share_of_setbacks=0.4),
}
"""What makes no first relapse earlier where everything else stays as it is, whatever the effects and the ratios.

A faster clock of setbacks at the same hazard ratio is among them since the hazard falls (shape below 1): it leads away
from the days of the highest hazard. After the first relapse nothing of the kind holds: who relapses later is back in
care later, and the next spell of being well begins another time, elsewhere, with other benefit.
"""

LEAVING = ("completed", "dropped_out", "burned_out", "terminated", "transferred")


@pytest.mark.parametrize("what", SAFER)
def test_what_is_safer_makes_no_first_relapse_earlier(what: str) -> None:
    """Lives in which nobody waits for anybody, so that they differ in nothing else until then."""
    moved = 0

    # Which scenarios these are changes with the modules that are loaded: enough of them that some always differ.
    @settings(few, max_examples=40)
    @given(descriptions(), seeds)
    def compare(description: dict[str, Any], seed: int) -> None:
        nonlocal moved
        description["relapse"] = {"median_days": 20.0, "shape": 0.7, "share_of_setbacks": 0.8}
        description["setback"] = {
            "duration_days": {"distribution": "fixed", "value": 1},
            "into_relapse_days": {"distribution": "exponential", "mean": 3},
        }
        for level in description["levels"].values():
            level.pop("group", None)
            nobody_waits_for_anybody(level)
            level |= {
                "round_the_clock": True,
                "relapse_exposure": 0.5,
                "relapse_clock": 0.2,
                "relapse_ratio": 1.2,
                "lasting_benefit": {"hazard_ratio": 0.8, "at_days": 20.0, "max_days": 30.0},
                "risk_at_discharge": {**dict.fromkeys(LEAVING, 0.5), "halved_every_days": 20.0},
            }
        first = first_relapses(replicate(build(description), seed, 0))
        for level in description["levels"].values():
            SAFER[what](description, level)
        later = first_relapses(replicate(build(description), seed, 0))
        assert (later >= first - 1e-6).all()
        moved += int((later > first + 1e-6).sum())

    compare()
    assert moved > 30


def nobody_waits_for_anybody(level: dict[str, Any]) -> None:
    """A level with room for everyone at any time, and no appointments."""
    level["places"] = []
    for queue in ("intake", "access", "list_cap", "places_each", "any_place_of"):
        level.pop(queue, None)


def first_relapses(records: Records) -> np.ndarray:
    """Day of the first relapse of each patient, infinity without one."""
    spells = records.spells
    first = np.full(len(records.patients), np.inf)
    was_well = (spells["state"][:-1] == WELL) | (spells["state"][:-1] == SETBACK)
    relapses = (spells["state"][1:] == UNWELL) & was_well & (spells["patient"][1:] == spells["patient"][:-1])
    np.minimum.at(first, spells["patient"][1:][relapses], spells["started"][1:][relapses])
    return first


@few
@given(descriptions(), seeds)
def test_costs_scale_exactly(description: dict[str, Any], seed: int) -> None:
    """No simulation reads a price: prices 0 give costs 0, and doubled prices exactly doubled costs."""

    def costs(factor: float) -> dict[str, float]:
        priced = copy.deepcopy(description)
        for level in priced["levels"].values():
            for price in ("cost_per_day", "cost_per_admission"):
                level[price] = level.get(price, 0.0) * factor
            for first in level.get("first_days", ()):
                first["cost_per_day"] *= factor
            for rate in level.get("rates", {}).values():
                for price in ("per_day", "per_session", "per_admission"):
                    rate[price] *= factor
        for place in priced["places"].values():
            place["fixed_cost_per_day"] = place.get("fixed_cost_per_day", 0.0) * factor
        for price in priced["costs"]:
            priced["costs"][price] *= factor
        for medication in priced.get("medications", {}).values():
            for price in ("cost_per_start", "cost_per_day"):
                medication[price] *= factor
        for emergency in priced.get("emergencies", {}).values():
            emergency["cost_per_visit"] *= factor
        if "checkups" in priced:
            for price in ("cost_per_checkup", "cost_per_linkage"):
                priced["checkups"][price] *= factor
        scenario = build(priced)
        numbers = metrics(replicate(scenario, seed, 0), scenario)
        return {name: value for name, value in numbers.items() if name.startswith("cost")}

    once = costs(1.0)
    assert once
    assert costs(2.0) == pytest.approx({name: 2 * value for name, value in once.items()}, rel=0, abs=0, nan_ok=True)
    assert all(value == 0 or np.isnan(value) for value in costs(0.0).values())


def test_serial_equals_parallel_to_the_bit() -> None:
    from support import exponential, scenario

    system = scenario(
        {"ward": {"places": ["beds"], "length_of_stay": exponential(10), "patience": exponential(5)}}, {"beds": 6}
    )
    serial = sim.run(system, replications=5, seed=9, keep_records=True)
    parallel = sim.run(system, replications=5, seed=9, workers=2, keep_records=True)
    pd.testing.assert_frame_equal(serial.metrics, parallel.metrics, check_exact=True)
    pd.testing.assert_frame_equal(serial.stays, parallel.stays, check_exact=True)
    fewer = sim.run(system, replications=3, seed=9)
    pd.testing.assert_frame_equal(fewer.metrics, serial.metrics[serial.metrics["replication"] < 3], check_exact=True)


def test_reasons_and_outcomes_are_all_reached() -> None:
    """Over the random scenarios every way of ending occurs, so that the invariants above are about all of them; but for
    `redirected`, which takes a change of the system (tests/model/test_change.py)."""
    reached: set[str] = set()

    @many
    @given(descriptions(), seeds)
    def collect(description: dict[str, Any], seed: int) -> None:
        records = replicate(build(description), seed, 0)
        reached.update(REASONS[code] for code in np.unique(records.stays["reason"]))
        reached.update(OUTCOMES[code] for code in np.unique(records.waits["outcome"]))

    collect()
    assert reached == {*REASONS, *OUTCOMES} - {"redirected"}
