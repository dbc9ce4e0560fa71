"""Demand above capacity: of places, of slots of steps before a list, of hours of intake."""

from collections.abc import Iterator

from sim.files.problems import Problem, warning
from sim.scenario.schema import Scenario
from sim.vocabulary import DAYS_PER_WEEK

MARGIN = 1.05
"""How far the estimate must be above capacity: less than that is within its own error."""


def load_warnings(scenario: Scenario) -> Iterator[Problem]:
    """Places, slots of steps before a list, and hours of intake that cannot keep up with those who come to them."""
    if scenario.arrivals.first_per_day and scenario.time.recruitment_days:
        yield from _places(scenario)
        yield from _slots(scenario)
        yield from _intake(scenario)


def _slots(scenario: Scenario) -> Iterator[Problem]:
    """Appointments that are fewer than those who ask for the first time: who comes back asks beside them."""
    if not any(step.slots_per_day for level in scenario.levels.values() for step in level.access):
        return
    from sim.scenario.load.offered import first_asks_a_day, mean_ratio, share_ready

    for name, coming in first_asks_a_day(scenario).items():
        for index, step in enumerate(scenario.levels[name].access):
            coming *= share_ready(step, mean_ratio(scenario, "renege", name, {}))
            if step.slots_per_day is None:
                continue
            slots = step.slots_per_day * len(step.days) / DAYS_PER_WEEK
            if coming > slots * MARGIN:
                outcome = "they wait ever longer" if step.patience is None else "waits grow until enough give up"
                yield warning(
                    f"levels.{name}.access.{index}.slots_per_day",
                    f"about {coming:.3g} people a day come for {slots:.3g} appointments a day: {outcome}",
                    step.slots_per_day,
                )
            coming = min(coming, slots)


def _intake(scenario: Scenario) -> Iterator[Problem]:
    """Levels that admit fewer people than come to them."""
    most = {
        name: level.intake.most_per_day
        for name, level in scenario.levels.items()
        if level.intake is not None and level.intake.most_per_day is not None
    }
    if not most:
        return
    from sim.scenario.load.offered import admissions_a_day

    coming = admissions_a_day(scenario)
    for name, people in most.items():
        level = scenario.levels[name]
        assert level.intake is not None
        admitted = people * len(level.intake.days) / DAYS_PER_WEEK
        if coming.get(name, 0.0) > admitted * MARGIN:
            outcome = "grows without end" if level.patience is None else "grows until enough people give up"
            yield warning(
                f"levels.{name}.intake.most_per_day",
                f"about {coming[name]:.3g} people a day come for {admitted:.3g} admissions a day: the list {outcome}",
                people,
            )


def _places(scenario: Scenario) -> Iterator[Problem]:
    """Kinds of place whose offered load is above their capacity, both averaged over the window of measurement.

    Offered load: how many would be held if nobody had to wait (`offered.offered_loads`). Of places that are about
    as many as the load, the run tells whether they are always full.
    """
    if not scenario.places:
        return
    # Only here, so that a command which reads no scenario does not wait for numpy.
    from sim.scenario.load.offered import mean_capacity, offered_loads

    for name, load in offered_loads(scenario).items():
        capacity = mean_capacity(scenario, name)
        if load > capacity * MARGIN > 0:
            users = {level: item for level, item in scenario.levels.items() if name in item.all_places}
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
