"""Demand over the calendar."""

from sim.scenario.schema import Arrivals


def test_demand_is_a_step_function_that_is_as_stated_at_first() -> None:
    arrivals = Arrivals.model_validate({"per_day": 2.0, "changes": [{"from_day": 90, "factor": 1.5}]})
    assert arrivals.steps() == ((0.0, 1.0), (90.0, 1.5))
