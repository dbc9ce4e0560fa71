"""What only the length of the run decides is said with the answer, not only on the command line."""

from experiment.systems import small

import sim
from sim.files.provenance import Provenance
from sim.report.page import report_page
from sim.report.unrest import foreseen, unrest
from sim.scenario import Scenario


def told(scenario: Scenario) -> tuple[list[str], str]:
    result = sim.run(scenario, replications=5)
    page = report_page(sim.Study({"": result}), Provenance("1", {}))
    (answer,) = [section for section in page.sections if section.key == "answer"]
    return [*foreseen(result), *unrest(result)], " ".join(bullet for part in answer.parts for bullet in part.bullets)


def test_beds_that_are_always_full_are_told_with_the_answer() -> None:
    """Five a day ask for four beds of eight days: half a patient a day gets in, and nobody gives up."""
    ward = small().levels["ward"].model_dump(by_alias=True)
    busy = small(arrivals={"per_day": 5.0}, time={"warm_up_days": 60, "recruitment_days": 60, "follow_up_days": 40})
    busy = busy.with_overrides({"levels.ward": {**ward, "patience": None}})
    said, page = told(busy)
    assert any("nobody gives up waiting for ward (no patience), so the list grows without end" in each for each in said)
    assert any("places.beds are full" in sentence for sentence in said)
    assert any("time.warm_up_days = 60 may be too short: " in sentence for sentence in said)
    assert all(sentence in page for sentence in said)


def test_of_a_system_with_room_nothing_is_told() -> None:
    roomy = small(arrivals={"per_day": 0.1}).with_overrides({"places.beds.capacity": 20})
    assert told(roomy) == ([], "")
