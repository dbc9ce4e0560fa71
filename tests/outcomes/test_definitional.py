"""What a changed input says of a metric by its own definition."""

from typing import Any

import pytest

import sim
from sim.outcomes import metric_names
from sim.outcomes.definitional import OF_ALL, OF_LEVELS, defined_by

HYBRID = sim.load_scenario("hybrid")


def changed(**overrides: Any) -> dict[str, str]:
    """Of hybrid with these inputs of residential care."""
    other = HYBRID.with_overrides({f"levels.residential.{key}": value for key, value in overrides.items()})
    return defined_by(metric_names(HYBRID), HYBRID, other)


def test_who_steps_down_early_has_not_completed() -> None:
    found = defined_by(metric_names(HYBRID), HYBRID, sim.load_scenario("early_step_down"))
    assert found["discharges.residential.completed"] == "early_step_down"
    assert "discharges.iop.completed" not in found
    assert "retention.90_days" not in found


@pytest.mark.parametrize(
    ("overrides", "metric"),
    [
        ({"authorised_days": 20}, "discharges.residential.terminated"),
        ({"authorised_days": 20}, "retention.90_days"),
        ({"review_every_days": 14}, "blocked_days.residential"),
        ({"hand_over": "hold"}, "blocked_days.residential"),
        ({"length_of_stay.mean": 30}, "length_of_stay.residential.mean"),
        ({"length_of_stay.mean": 30}, "days_in_care"),
        ({"length_of_stay.mean": 30}, "retention.90_days"),
        ({"on_relapse.discharge": 0.0, "on_relapse.continue": 1.0}, "discharges.residential.relapsed"),
    ],
)
def test_ties(overrides: dict[str, Any], metric: str) -> None:
    found = changed(**overrides)
    assert found[metric] == next(iter(overrides)).split(".")[0]
    assert not {"deaths.share", "days_well", "cost.total", "discharges.iop.completed"} & set(found)


def test_days_that_a_payer_authorises_are_such_days_and_its_rate_is_not() -> None:
    county = sim.load_scenario("county")
    names = metric_names(county)
    path = "levels.residential.rates.medicaid"
    fewer = county.with_overrides({f"{path}.authorised_days": 30.0})
    assert defined_by(names, county, fewer)["discharges.residential.terminated"] == "authorised_days"
    extended = county.with_overrides({f"{path}.extension": {"days": 7.0, "probability": 0.5}})
    assert defined_by(names, county, extended)["length_of_stay.residential.mean"] == "extension"
    assert defined_by(names, county, county.with_overrides({f"{path}.per_day": 400.0})) == {}


def test_what_changes_chances_or_places_defines_nothing() -> None:
    assert changed(no_show=0.2, relapse_exposure=0.5) == {}
    more = HYBRID.with_overrides({"places.residential_beds.capacity": 50})
    assert defined_by(metric_names(HYBRID), HYBRID, more) == {}


def test_a_utility_defines_qalys_and_a_price_nothing() -> None:
    found = defined_by(metric_names(HYBRID), HYBRID, HYBRID.with_overrides({"utilities.well": 0.9}))
    qalys = [name for name in metric_names(HYBRID) if name.startswith("qalys.")]
    assert found == dict.fromkeys(qalys, "utilities")
    assert changed(cost_per_day=100.0) == {}


def test_a_level_that_only_one_has_defines_nothing_of_the_other() -> None:
    housing = sim.load_scenario("iop_with_housing")
    assert defined_by(metric_names(HYBRID), HYBRID, housing) == {}


def test_every_tie_is_of_a_metric_that_there_is() -> None:
    """A misspelt metric would silently define nothing."""
    from fnmatch import fnmatchcase

    patterns = [pattern for tied in (*OF_LEVELS.values(), *OF_ALL.values()) for pattern in tied]
    names = metric_names(HYBRID)
    for pattern in patterns:
        assert any(fnmatchcase(name, pattern.format(level="iop")) for name in names), pattern


def test_what_a_visit_takes_of_health_decides_what_qalys_count() -> None:
    crisis = {"unwell": 1.0, "qaly_loss": 0.01}
    with_it = HYBRID.with_overrides({"emergencies": {"crisis": crisis}})
    dearer = with_it.with_overrides({"emergencies.crisis.qaly_loss": 0.02})
    found = defined_by(metric_names(with_it), with_it, dearer)
    assert found == {name: "qaly_loss" for name in metric_names(with_it) if name.startswith("qalys.")}
