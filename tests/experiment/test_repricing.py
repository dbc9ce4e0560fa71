"""Other prices and utilities read from the records of a replication, against a simulation of their own."""

import math
from typing import Any

import pytest
from support import briefly, cohort, exponential, scenario

from sim.experiment.changes import changes_of
from sim.experiment.repricing import OF_COURSES, is_price, repriced, unpriced
from sim.model.engine import replicate
from sim.outcomes import metrics
from sim.outcomes.headline import fitting
from sim.scenario import Scenario, shipped_names
from sim.scenario.change import DatedChange
from sim.scenario.fields import numbers


def other_prices(stated: Scenario) -> dict[str, Any]:
    """Every price, worth and utility of a scenario changed, each in a way of its own."""
    changed: dict[str, Any] = {}
    for number, (path, value) in enumerate(numbers(stated).items()):
        if not is_price(path) or path.startswith(("payers", "utilities.age")) or ".payers." in path:
            continue  # Shares that sum to one, and ages that rise.
        if isinstance(value, int) or value == 0:
            continue
        changed[path] = value * (1 - 0.5 / (number + 2))
    assert len(changed) > 15
    return changed


def same(some: dict[str, float], others: dict[str, float]) -> bool:
    return list(some) == list(others) and all(
        one == other or (math.isnan(one) and math.isnan(other))
        for one, other in zip(some.values(), others.values(), strict=True)
    )


@pytest.mark.parametrize("name", shipped_names())
def test_what_other_prices_give_is_what_a_new_simulation_gives_to_the_bit(name: str) -> None:
    stated = briefly(name, 20, 20, 60)
    priced = stated.with_overrides(other_prices(stated))
    ran, anew = replicate(stated, 5, 2), replicate(priced, 5, 2)
    for table in ("patients", "stays", "waits", "spells", "medications", "emergencies", "outages"):
        ours, theirs = getattr(ran, table), getattr(anew, table)
        assert all((ours[column].tobytes() == theirs[column].tobytes()) for column in ours.columns), table
    told = metrics(anew, priced)
    assert same(repriced(ran, stated, priced, told), told)
    before = metrics(ran, stated)
    assert not same(before, told)
    unmoved = fitting(told, OF_COURSES)
    assert same({name: before[name] for name in unmoved}, {name: told[name] for name in unmoved})


def test_so_it_is_where_one_system_becomes_another_on_a_day() -> None:
    base, arm = briefly("residential_only", 20, 20, 60), briefly("hybrid", 20, 20, 60)
    stated = changes_of({"base": base, "arm": arm})["arm"]
    both = {"base": base.with_overrides(other_prices(base)), "arm": arm.with_overrides(other_prices(arm))}
    priced = changes_of(both)["arm"]
    assert stated is not None
    assert priced is not None
    told = metrics(replicate(priced, 3, 0), priced)
    assert same(repriced(replicate(stated, 3, 0), stated, priced, told), told)


def test_records_of_another_course_are_refused_with_every_reason() -> None:
    ward = scenario({"ward": {"length_of_stay": exponential(8), "cost_per_day": 9.0}}, **cohort(5, 30))
    longer = ward.with_overrides({"levels.ward.length_of_stay.mean": 9.0, "levels.ward.cost_per_day": 8.0})
    with pytest.raises(ValueError, match=r"levels\.ward\.length_of_stay\.mean would change them"):
        repriced(replicate(ward, 1, 0), ward, longer, ["cost.total"])
    with pytest.raises(ValueError, match="the change on a day, which only one of them has"):
        repriced(replicate(ward, 1, 0), ward, DatedChange(ward, ward, 3.0), ["cost.total"])


def test_which_inputs_are_prices() -> None:
    prices = ["utilities.well", "costs.per_death", "levels.ward.cost_per_day", "places.bed.fixed_cost_per_day"]
    prices += ["levels.ward.rates.medicaid.per_day", "levels.ward.first_days.0.cost_per_day", "discounting.costs"]
    prices += ["emergencies.crisis.qaly_loss", "checkups.cost_per_checkup", "medications.methadone.cost_per_visit"]
    prices += ["levels.ward.payers.state", "levels.ward.payers", "levels.ward.group.sessions_per_week"]
    courses = ["levels.ward.length_of_stay.mean", "levels.ward.rates.medicaid.authorised_days", "places.bed.capacity"]
    courses += ["levels.ward.rates.payers.authorised_days", "levels.ward.rates.payers.extension.probability"]
    courses += ["levels.ward.group.sizes", "death.well", "time.follow_up_days", "effects.severity.severe.dropout"]
    assert all(map(is_price, prices))
    assert not any(map(is_price, courses))
    assert unpriced(dict.fromkeys([*prices, *courses], 1.0)) == dict.fromkeys(courses, 1.0)
