"""What two scenarios differ in."""

import sim
from sim.scenario.differences import differences


def test_shipped_policies_differ_in_what_their_files_state() -> None:
    hybrid = sim.load_scenario("hybrid")
    assert differences(hybrid, hybrid) == []
    assert differences(sim.load_scenario("base"), hybrid) == []
    assert differences(hybrid, sim.load_scenario("more_beds")) == [("places.residential_beds.capacity", 40, 48)]
    warm = dict.fromkeys(path for path, *_ in differences(hybrid, sim.load_scenario("warm_handoff")))
    assert list(warm) == [
        "levels.residential.next.0.probability",
        "levels.residential.next.0.delay_days.mean",
        "levels.residential.next.1.probability",
        "levels.residential.next.1.delay_days.mean",
    ]


def test_what_only_one_has_is_told_value_by_value_without_defaults() -> None:
    without, hybrid = sim.load_scenario("residential_only"), sim.load_scenario("hybrid")
    found = {path: (before, after) for path, before, after in differences(without, hybrid)}
    assert found["levels.iop.next.0.to"] == (None, "outpatient")
    assert found["levels.iop.next.0.delay_days"] == (None, {"distribution": "exponential", "mean": 3.9})
    assert set(found) == {
        f"levels.{link}.{key}"
        for link in ("residential.next.0", "residential.next.1", "iop.next.0")
        for key in ("after", "to", "probability", "delay_days")
    }
    back = {path: (after, before) for path, before, after in differences(hybrid, without)}
    assert back == found
    longest = max(len(f"{path}{after}") for path, _, after in differences(hybrid, sim.load_scenario("evening_track")))
    assert longest < 200


def test_another_distribution_and_a_missing_level_differ_as_wholes() -> None:
    hybrid = sim.load_scenario("hybrid")
    fixed = {"distribution": "fixed", "value": 20.0}
    changed = hybrid.with_overrides({"levels.residential.length_of_stay": fixed, "levels.iop.burnout": None})
    found = {path: (before, after) for path, before, after in differences(hybrid, changed)}
    assert found["levels.residential.length_of_stay"][1] == fixed
    assert found["levels.iop.burnout"][1] is None
    assert len(found) == 2
