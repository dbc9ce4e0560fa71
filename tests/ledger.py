"""Running a replication event by event, with the desk's ledger checked against the patients at each."""

from sim.model.engine import Replication, plan_of
from sim.model.records import Records
from sim.scenario import Scenario
from sim.vocabulary import DEAD


def opened(scenario: Scenario, seed: int, replication: int = 0) -> Replication:
    """A replication with everything on the calendar, before its first event."""
    run = Replication(plan_of(scenario), seed, replication)
    run.open()
    return run


def audited(scenario: Scenario, seed: int, replication: int) -> tuple[Records, int]:
    """The records, and how many events shared their instant with the event before.

    At every event: of each kind of place, not fewer than none are in use, and no grant was made beyond capacity; every
    patient is in exactly one place. Between instants those in use are those that patients in care hold, all of which
    accept them, and the desk's count of people in each level is the number of patients who are there.
    """
    run = opened(scenario, seed, replication)
    env, desk, coincidences = run.world.env, run.world.desk, 0
    in_use, capacity = list(desk.in_use), list(desk.capacity)
    while env.peek() < run.plan.horizon:
        coincidences += env.peek() == env.now
        env.step()
        for place in range(len(desk.capacity)):
            assert desk.in_use[place] >= 0
            if desk.in_use[place] > in_use[place]:
                held = desk.in_use[place] + desk.out_of_use[place]
                assert held <= max(desk.capacity[place], capacity[place]), "granted a place that is not there"
        in_use, capacity = list(desk.in_use), list(desk.capacity)
        if env.peek() > env.now:
            present, holding = [0] * len(desk.levels), [0] * len(desk.capacity)
            for journey in run.journeys:
                if journey.stay is not None:
                    present[journey.stay.level] += 1
                    held = journey.stay.holding
                    assert held in run.plan.lists[journey.profile.levels[journey.stay.level].list_number].holdings
                    for place, number in held.needs:
                        holding[place] += number
                    assert journey.course.state != DEAD
            assert present == desk.in_care
            assert holding == desk.in_use
    return run.close(), coincidences


def watched(scenario: Scenario, seed: int, low: float, high: float) -> tuple[Records, list[float], list[float]]:
    """The records, and by level the days that people spent in care and waiting between two moments.

    The days are added up from what the desk and the patients say at each instant, not from the records.
    """
    run = opened(scenario, seed)
    env, levels = run.world.env, range(len(run.plan.levels))
    care, waiting = [0.0 for _ in levels], [0.0 for _ in levels]
    while env.now < run.plan.horizon:
        until = min(env.peek(), run.plan.horizon)
        days = max(min(until, high) - max(env.now, low), 0.0)
        if days > 0:
            lists = [0 for _ in levels]
            for journey in run.journeys:
                if journey.wait is not None:
                    lists[journey.wait.level] += 1
            for level in levels:
                care[level] += days * run.world.desk.in_care[level]
                waiting[level] += days * lists[level]
        if until >= run.plan.horizon:
            break
        env.step()
    return run.close(), care, waiting
