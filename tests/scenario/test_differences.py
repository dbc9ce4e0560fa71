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


def test_another_distribution_and_a_missing_level_differ_as_wholes() -> None:
    hybrid = sim.load_scenario("hybrid")
    fixed = {"distribution": "fixed", "value": 20.0}
    changed = hybrid.with_overrides({"levels.residential.length_of_stay": fixed, "levels.iop.burnout": None})
    found = {path: (before, after) for path, before, after in differences(hybrid, changed)}
    assert found["levels.residential.length_of_stay"][1] == fixed
    assert found["levels.iop.burnout"][1] is None
    assert len(found) == 2
