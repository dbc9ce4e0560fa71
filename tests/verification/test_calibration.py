"""A calibration finds the parameters that are known in closed form, within the errors that it states."""

import math

import pytest
from support import cohort, exponential, scenario

import sim
from sim.scenario import Scenario

SOURCE = {"source": "a closed form"}
PEOPLE, REPLICATIONS = 100, 20


def staying(mean: float, **targets: dict[str, object]) -> Scenario:
    """A hundred people, with stays that are exponential."""
    return scenario(
        {"ward": {"length_of_stay": exponential(mean)}},
        **cohort(PEOPLE, 60.0),
        targets={name: {**SOURCE, **target} for name, target in targets.items()},
    )


def test_the_mean_of_an_exponential_stay_and_its_error() -> None:
    """In care on day 10 are exp(-10 / 20) of those whose stays last 20 days on average. The share of n people has the
    error sqrt(p (1 - p) / n), and the mean that one divided by its slope, 10 p / 20^2.
    """
    share = math.exp(-10 / 20)
    described = staying(8.0, still={"metric": "retention", "day": 10.0, "value": share, "tolerance": 0.001})
    found = sim.calibrate(described, {"levels.ward.length_of_stay.mean": (5.0, 80.0)}, REPLICATIONS, seed=3)
    (row,) = found.inputs.to_dict("records")
    error = math.sqrt(share * (1 - share) / (PEOPLE * REPLICATIONS)) / (10 * share / 20**2)
    assert row["standard_error"] == pytest.approx(error, rel=0.5)
    assert abs(row["value"] - 20) < 3 * error
    assert (row["start"], row["at_bound"], found.stopped) == (8.0, "", False)
    reached = found.targets.set_index("target").loc["still"]
    assert reached["mean"] == pytest.approx(share, abs=0.005)
    card = found.scenario.evidence["levels.ward.length_of_stay.mean"]
    assert card.low is not None
    assert card.high is not None
    assert card.low < row["value"] < card.high
    assert "calibrated to the targets still" in card.source
    assert found.scenario.levels["ward"].length_of_stay.mean == row["value"]  # type: ignore[union-attr]
    assert found.scenario.targets == described.targets


def test_two_parameters_of_a_weibull_stay() -> None:
    """In care on day t are exp(-(t / scale)^shape): two days tell both."""
    shape, scale = 1.5, 20.0
    targets = {
        f"day_{day}": {"metric": "retention", "day": float(day), "value": math.exp(-((day / scale) ** shape))}
        for day in (8, 25)
    }
    described = staying(8.0, **{name: {**target, "tolerance": 0.01} for name, target in targets.items()})
    stay = {"distribution": "weibull", "shape": 1.0, "scale": 10.0}
    described = described.with_overrides(
        {"levels.ward.length_of_stay": stay, "targets": described.model_dump()["targets"]}
    )
    paths = [f"levels.ward.length_of_stay.{name}" for name in ("shape", "scale")]
    found = sim.calibrate(described, dict(zip(paths, [(0.5, 3.0), (5.0, 50.0)], strict=True)), REPLICATIONS)
    for row, true in zip(found.inputs.to_dict("records"), (shape, scale), strict=True):
        assert 0 < row["standard_error"] < 0.1 * true
        assert abs(row["value"] - true) < 3.5 * row["standard_error"]


def test_what_no_value_reaches_is_told() -> None:
    """With means of at most 10 days, at most exp(-1) are in care on day 10."""
    described = staying(8.0, still={"metric": "retention", "day": 10.0, "value": 0.9, "tolerance": 0.01})
    found = sim.calibrate(described, {"levels.ward.length_of_stay.mean": (5.0, 10.0)}, 10)
    assert found.not_reached == ["still"]
    (row,) = found.inputs.to_dict("records")
    assert (row["value"], row["at_bound"]) == (10.0, "high")
