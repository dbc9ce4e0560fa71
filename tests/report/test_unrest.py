"""What only the length of the run decides is said with the answer, not only on the command line."""

import re

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


def crowded(per_day: float, **time: float) -> Scenario:
    """So many a day ask for four beds of eight days, and nobody gives up."""
    ward = small().levels["ward"].model_dump(by_alias=True)
    described = small(arrivals={"per_day": per_day}, time=time)
    return described.with_overrides({"levels.ward": {**ward, "patience": None}})


def test_a_list_that_grows_is_told_with_the_answer_and_by_how_much() -> None:
    """Half a patient a day gets in, of five who ask."""
    said, page = told(crowded(5.0, warm_up_days=60, recruitment_days=60, follow_up_days=40))
    assert any("nobody gives up waiting for ward (no patience), so the list grows without end" in each for each in said)
    (moving,) = [sentence for sentence in said if "not at rest after a warm-up of 60 days" in sentence]
    trend = r"A year changes queue.ward by \+[\d,]+ people \(\+[\d,]+ to \+[\d,]+\), \+\d+ over the window of 60 days"
    assert re.search(trend, moving)
    assert "the wait for ward without end" in moving
    assert all(sentence in page for sentence in said)


def test_of_a_list_that_grows_slowly_the_wait_is_told_first() -> None:
    """The list grows by what asks exceed the beds, and the wait by its growth over the admissions."""
    result = sim.run(crowded(0.9, warm_up_days=60, recruitment_days=120, follow_up_days=240), replications=20)
    (moving,) = [each for each in unrest(result) if "not at rest" in each]
    trend = re.search(r"changes wait.ward by \+(\S+) days \(\+(\S+) to \+(\S+)\),", moving)
    assert trend is not None
    change, low, high = map(float, trend.groups())
    assert 0 < low < change < high
    assert moving.index("wait.ward") < moving.index("queue.ward")


def test_of_a_system_with_room_nothing_is_told() -> None:
    roomy = small(arrivals={"per_day": 0.1}).with_overrides({"places.beds.capacity": 20})
    assert told(roomy) == ([], "")
