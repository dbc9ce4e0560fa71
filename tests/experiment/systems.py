"""A small system, quick to simulate, with waits, relapses and costs."""

from typing import Any

from support import exponential, fixed, scenario

from sim.scenario import Scenario


def small(**parts: Any) -> Scenario:
    """A ward of four beds for some 60 people."""
    ward = {
        "places": ["beds"],
        "length_of_stay": exponential(8),
        "patience": exponential(6),
        "cost_per_day": 100.0,
        "next": [{"to": "iop", "probability": 0.5, "delay_days": fixed(1)}],
    }
    described: dict[str, Any] = {
        "time": {"recruitment_days": 60, "follow_up_days": 40},
        "arrivals": {"per_day": 1.0},
        "population": {"severity": {"mild": 0.4, "severe": 0.6}},
        "relapse": {"median_days": 40.0, "shape": 0.7},
        "utilities": {"well": 0.9, "setback": 0.8, "unwell": 0.6},
    }
    levels = {"ward": ward, "iop": {"length_of_stay": exponential(10), "cost_per_day": 30.0}}
    return scenario(levels, {"beds": 4}, **{**described, **parts})
