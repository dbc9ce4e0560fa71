from sim.scenario import load_scenario
from sim.scenario.fields import numbers, stated_numbers


def test_numbers_are_every_number_and_nothing_else(data):
    scenario = load_scenario(data)
    found = numbers(scenario)
    assert found["levels.residential.next.0.delay_days.mean"] == 4
    assert found["levels.residential.on_relapse.continue"] == 0.3
    assert found["entry.1.to.iop"] == 0.6
    assert found["effects.severity.severe.levels.iop.relapse"] == 1.2
    assert found["levels.iop.relapse_exposure"] == 1.0
    assert found["population.housing.none"] == 0.2
    assert not [path for path in found if path.startswith("evidence") or path in ("price_year", "time.start")]
    assert not [path for path, value in found.items() if isinstance(value, bool)]


def with_use(data):
    """Every input of use and relapse."""
    fixed = {"distribution": "fixed", "value": 3}
    severe = {"median_days": 20, "share_of_setbacks": 0.9}
    data["relapse"] = {
        "median_days": 90,
        "shape": 1.2,
        "share_of_setbacks": 0.4,
        "by": {"severity": {"severe": severe}},
    }
    data["setback"] = {"duration_days": fixed, "into_relapse_days": fixed}
    data["levels"]["residential"] |= {"round_the_clock": True, "relapse_clock": 0.02}
    data["levels"]["residential"]["risk_at_discharge"] = {"completed": 0.3, "halved_every_days": 45}
    return data


def test_the_numbers_of_setback_and_relapse(data):
    found = numbers(load_scenario(with_use(data)))
    assert found["relapse.by.severity.severe.share_of_setbacks"] == 0.9
    assert found["levels.residential.risk_at_discharge.halved_every_days"] == 45
    assert found["levels.residential.relapse_clock"] == 0.02
    assert found["setback.into_relapse_days.value"] == 3
    assert found["frailty.recovery_sd"] == 0
    changed = load_scenario(data).with_overrides({"relapse.by.severity.severe.share_of_setbacks": 0.7})
    assert list(differing_numbers(load_scenario(data), changed)) == ["relapse.by.severity.severe.share_of_setbacks"]


def differing_numbers(one, other):
    before, after = numbers(one), numbers(other)
    return [path for path in before if before[path] != after[path]]


def test_every_number_can_be_set_back_by_its_path(data):
    scenario = load_scenario(with_use(data))
    assert scenario.with_overrides(numbers(scenario)) == scenario


def test_stated_numbers_leave_defaults_out(data):
    data["levels"]["iop"]["no_show"] = 0.0
    assert set(stated_numbers(load_scenario(data))) == {
        "time.warm_up_days",
        "time.recruitment_days",
        "time.follow_up_days",
        "arrivals.per_day",
        "population.severity.mild",
        "population.severity.severe",
        "population.housing.stable",
        "population.housing.none",
        "effects.severity.severe.dropout",
        "effects.severity.severe.levels.iop.relapse",
        "entry.0.to.residential",
        "entry.1.to.residential",
        "entry.1.to.iop",
        "levels.residential.length_of_stay.max",
        "levels.residential.length_of_stay.mean",
        "levels.residential.length_of_stay.sd",
        "levels.residential.dropout.shape",
        "levels.residential.dropout.scale",
        "levels.residential.on_relapse.discharge",
        "levels.residential.on_relapse.continue",
        "levels.residential.cost_per_day",
        "levels.residential.patient_time_per_day",
        "levels.residential.next.0.probability",
        "levels.residential.next.0.delay_days.mean",
        "levels.iop.length_of_stay.value",
        "places.beds.capacity",
        "places.beds.fixed_cost_per_day",
        "places.iop_seats.capacity",
    }
