"""Demand above capacity."""

from collections.abc import Iterator

from sim.files.problems import Problem, warning
from sim.scenario.schema import Scenario

MARGIN = 1.05
"""How far the estimate must be above capacity: less than that is within its own error."""


def load_warnings(scenario: Scenario) -> Iterator[Problem]:
    """Kinds of place whose offered load is above their capacity, both averaged over the window of measurement.

    Offered load: how many would be held if nobody had to wait (`offered.offered_loads`). Of places that are about
    as many as the load, the run tells whether they are always full.
    """
    if not scenario.places or not scenario.arrivals.first_per_day:
        return
    # Only here, so that a command which reads no scenario does not wait for numpy.
    from sim.scenario.load.offered import mean_capacity, offered_loads

    for name, load in offered_loads(scenario).items():
        capacity = mean_capacity(scenario, name)
        if load > capacity * MARGIN > 0:
            users = {level: item for level, item in scenario.levels.items() if name in item.places}
            patient = [level for level, item in users.items() if item.patience is None]
            outcome = (
                f"nobody gives up waiting for {', '.join(patient)} (no patience), so the list grows without end"
                if patient
                else "waiting lists grow until enough people give up"
            )
            yield warning(
                f"places.{name}.capacity",
                f"offered load is about {load:.3g}, above the capacity of {capacity:.3g} ({', '.join(users)}): "
                f"{outcome}",
                scenario.places[name].capacity,
            )
