"""Running a replication event by event, with the desk's ledger checked against the patients at each."""

from sim.model.records import Records
from sim.model.replication import System, plan_of
from sim.scenario import Scenario


def audited(scenario: Scenario, seed: int, replication: int) -> tuple[Records, int]:
    """The records, and how many events shared their instant with the event before.

    At every event: for each kind of place, those in use are those that patients in care need; no grant was made
    beyond capacity; every patient is in exactly one place. Between instants the desk's count of people in each level
    is the number of patients who are there.
    """
    system = System(plan_of(scenario), seed, replication)
    system.open()
    env, desk, coincidences = system.env, system.desk, 0
    in_use, capacity = list(desk.in_use), list(desk.capacity)
    while env.peek() < system.horizon:
        coincidences += env.peek() == env.now
        env.step()
        for place in range(len(desk.capacity)):
            needed = sum(count for level, count in enumerate(desk.in_care) if place in desk.needs[level])
            assert desk.in_use[place] == needed
            assert needed >= 0
            if desk.in_use[place] > in_use[place]:
                assert desk.in_use[place] <= max(desk.capacity[place], capacity[place]), (
                    "granted a place that is not there"
                )
        in_use, capacity = list(desk.in_use), list(desk.capacity)
        if env.peek() > env.now:
            present = [0] * len(desk.needs)
            for journey in system.journeys:
                if journey.stay is not None:
                    present[journey.stay.level.code] += 1
                    assert journey.course.state != 3
            assert present == desk.in_care
    return system.close(), coincidences
