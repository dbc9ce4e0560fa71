"""What cannot be calibrated, and a search that is interrupted."""

import pytest
from support import cohort, exponential, scenario

import sim
from sim.scenario import ScenarioError

STAY = "levels.ward.length_of_stay.mean"
STILL = {"still": {"metric": "retention", "day": 10.0, "value": 0.4, "tolerance": 0.01, "source": "our list"}}
DESCRIBED = scenario({"ward": {"length_of_stay": exponential(8)}}, **cohort(20, 60.0), targets=STILL)


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"levels.wrad.length_of_stay.mean": (1.0, 2.0)}, "levels.ward.length_of_stay.mean"),
        ({STAY: (2.0, 1.0)}, "the lowest value must be below the highest, not 2..1"),
        ({}, "no input is given"),
        ({STAY: (1.0, 2.0), "time.follow_up_days": (20.0, 30.0)}, r"1 target\(s\) cannot tell 2 inputs"),
    ],
)
def test_what_cannot_be_calibrated_is_told_before_anything_is_simulated(
    inputs: dict[str, tuple[float, float]], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        sim.calibrate(DESCRIBED, inputs)


def test_values_that_cannot_stand_there_and_scenarios_without_targets() -> None:
    with pytest.raises(ScenarioError, match="length_of_stay"):
        sim.calibrate(DESCRIBED, {STAY: (-1.0, 2.0)})
    with pytest.raises(ValueError, match="states no targets"):
        sim.calibrate(DESCRIBED.with_overrides({STAY: 9.0}), {STAY: (1.0, 20.0)})


def test_an_interrupt_keeps_the_best_so_far_and_one_too_early_is_one() -> None:
    told: list[tuple[int, int]] = []

    def impatient(done: int, of: int) -> None:
        told.append((done, of))
        if done == stop:
            raise KeyboardInterrupt

    stop = 12
    found = sim.calibrate(DESCRIBED, {STAY: (2.0, 40.0)}, replications=5, progress=impatient)
    assert found.stopped
    assert len(found.trace) == 2
    assert found.trace["misfit"].min() == found.trace.set_index(STAY)["misfit"][found.inputs["value"].iloc[0]]
    assert found.inputs["standard_error"].isna().all()
    assert told[-1][0] == 12 < told[-1][1]
    stop = 3
    with pytest.raises(KeyboardInterrupt):
        sim.calibrate(DESCRIBED, {STAY: (2.0, 40.0)}, replications=5, progress=impatient)


def test_the_same_whatever_the_number_of_workers() -> None:
    one, two = (sim.calibrate(DESCRIBED, {STAY: (2.0, 40.0)}, replications=4, workers=count) for count in (1, 2))
    assert one.inputs.equals(two.inputs)
    assert one.trace.equals(two.trace)
