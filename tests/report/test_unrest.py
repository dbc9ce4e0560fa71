"""What only the length of the run decides is said with the answer, not only on the command line."""

import math
import re
from typing import Any

import numpy as np
import pytest
from experiment.systems import small
from support import briefly, fixed, scenario

import sim
from sim.files.provenance import Provenance
from sim.report.page import report_page
from sim.report.unrest import foreseen, known_share, unrest
from sim.scenario import Scenario
from sim.vocabulary import DAYS_PER_MONTH

pytestmark = pytest.mark.usefixtures("undrawn")


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


def visited(known_share: float, per_day: float = 4.0, **parts: Any) -> Scenario:
    """A day in care, after which all use at home and half of them come back, some after a year: so do half of all."""
    level = {"ward": {"length_of_stay": fixed(1), "days_to_remission": fixed(100)}}
    calls = {"calls_per_month": per_day * DAYS_PER_MONTH / (1 - known_share), "known_share": known_share}
    time = {"warm_up_days": 400, "recruitment_days": 60, "follow_up_days": 1}
    back = {"probability": 0.5, "delay_days": fixed(40)}
    return scenario(level, arrivals=calls, time=time, return_to_care=back, **parts)


def said_of_known(scenario: Scenario, seed: int = 1, replications: int = 5) -> list[str]:
    result = sim.run(scenario, replications=replications, seed=seed)
    return [sentence for sentence in unrest(result) if "known already" in sentence]


def test_a_share_of_people_known_that_does_not_come_out_is_told() -> None:
    """Half of all calls are from people known, whatever is stated."""
    (told,) = said_of_known(visited(0.4))
    assert told.startswith("you say that 40.0% of calls are of people known already (arrivals.known_share), the model")
    found = re.search(r"the model says (\S+)% \((\S+)% to (\S+)%\): what brings it to rest is stepdown rest FILE", told)
    assert found is not None
    mean, low, high = map(float, found.groups())
    assert 42 < low < mean < high
    assert abs(mean - 50) < 2 * (high - mean)
    assert said_of_known(visited(0.4), replications=1) == []


def test_people_who_are_asked_back_at_a_check_up_are_known() -> None:
    """Half of those who use at home are found at the only check-up, on day 40, and ask; nobody else comes back."""
    checkups = {"every_days": 40.0, "for_days": 40.0, "found_share": 0.5, "linked_share": 1.0}
    looked_up = {"return_to_care.probability": 0.0, "checkups": checkups}
    assert said_of_known(visited(0.5).with_overrides(looked_up)) == []
    (told,) = said_of_known(visited(0.4).with_overrides(looked_up))
    found = re.search(r"the model says (\S+)%", told)
    assert found is not None
    assert abs(float(found[1]) - 50) < 3


def test_a_change_that_makes_people_come_back_more_is_no_wrong_share() -> None:
    before = visited(0.5)
    after = before.with_overrides({"return_to_care.probability": 0.9})
    study = sim.compare({"before": before, "after": after}, replications=4)
    assert [[each for each in unrest(result) if "known" in each] for result in study.results.values()] == [[], []]


def told_of(share: float, luck: np.random.Generator, replications: int) -> bool:
    """Whether something is said of a stated half where so large a share of 400 calls a replication is expected."""
    counts = luck.poisson((400 * share, 400 * (1 - share)), (replications, 2))
    names = ("asks.return.per_month", "asks.entry.per_month")
    return bool(list(known_share(dict(zip(names, counts.T, strict=True)), 0.5)))


def test_how_often_a_share_is_told() -> None:
    """Of a share as stated never, of one at the edge of what is near in 1 of 40 studies, of one far off in nearly all.

    With two replications or ten: the interval knows how few they are. At the edge one of its ends misses.
    """
    luck = np.random.default_rng(5)
    for replications in (2, 10):
        assert sum(told_of(0.5, luck, replications) for _ in range(200)) <= (2 if replications == 2 else 0)
        at_edge = sum(told_of(0.52, luck, replications) for _ in range(400))
        assert at_edge <= 10 + 4 * math.sqrt(10)
    assert sum(told_of(0.6, luck, 10) for _ in range(200)) == 200


def test_places_that_are_too_few_are_named_by_their_title() -> None:
    crowded = briefly("county").with_overrides({"places.residential_beds.capacity": 2})
    result = sim.run(crowded, replications=1)
    assert any(each.startswith("capacity of Residential beds: offered load is about ") for each in foreseen(result))
