"""A rough look at demand against capacity, before anything is simulated."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod

from sim.scenario.combinations import fits, kinds_of_patients
from sim.scenario.problems import Problem, warning
from sim.scenario.schema import Level, Scenario

MOST_ROUNDS = 1_000
NEGLIGIBLE = 1e-9


def load_warnings(scenario: Scenario) -> Iterator[Problem]:
    """Kinds of place whose offered load is above their capacity, both averaged until recruitment ends.

    Offered load (Little's law): new people per day, through `entry` and the links after completion, times the expected
    planned stay. Everyone is taken to finish, and nobody to relapse or come back, so it is only a first estimate.
    """
    if not scenario.arrivals.per_day:
        return
    end = scenario.time.warm_up_days + scenario.time.recruitment_days
    changes = [(change.from_day, change.factor) for change in scenario.arrivals.changes]
    flow = _flow(scenario, scenario.arrivals.per_day * mean_of_steps(1.0, changes, end))
    for name, place in scenario.places.items():
        users = {level: item for level, item in scenario.levels.items() if name in item.places}
        load = sum(flow[level] * planned_stay(item) for level, item in users.items())
        capacity = mean_of_steps(place.capacity, [(c.from_day, c.capacity) for c in place.changes], end)
        if load > capacity > 0:
            yield warning(
                f"places.{name}.capacity",
                f"offered load {load:.3g} is above the capacity of {capacity:.3g} if everyone stays as planned "
                f"({', '.join(users)}): waiting lists may grow for as long as the run lasts",
                place.capacity,
            )


def planned_stay(level: Level) -> float:
    """Expected days of a stay that nothing cuts short but the authorised days; half a review interval is waited out."""
    days = level.length_of_stay.expected() + (level.review_every_days or 0.0) / 2
    return days if level.authorised_days is None else min(days, level.authorised_days)


def mean_of_steps(first: float, changes: Sequence[tuple[float, float]], end: float) -> float:
    """The mean from day 0 to `end` of a value that is `first` until the changes (day, value), in rising order."""
    if end <= 0:
        return first
    total, since, value = 0.0, 0.0, first
    for day, after in changes:
        total += value * (min(day, end) - since)
        since, value = min(day, end), after
    return (total + value * (end - since)) / end


def _flow(scenario: Scenario, per_day: float) -> dict[str, float]:
    """Mean admissions per day into each level; links with `when` weigh by the share of people whom they fit."""
    entering = dict.fromkeys(scenario.levels, 0.0)
    kinds = kinds_of_patients(scenario, [rule.when for rule in scenario.entry]) or []
    for kind, share in kinds:
        rule = next((r for r in scenario.entry if not r.returning and fits(r.when, kind)), None)
        for name, probability in rule.to.items() if rule is not None else ():
            entering[name] += per_day * share * probability
    flow, fresh = dict(entering), entering
    for _ in range(MOST_ROUNDS):
        if sum(fresh.values()) < NEGLIGIBLE:
            break
        coming = dict.fromkeys(scenario.levels, 0.0)
        for name, level in scenario.levels.items():
            for link in level.next if fresh[name] else ():
                if "completed" in link.after:
                    coming[link.to] += fresh[name] * link.probability * _share_of(link.when, scenario)
        fresh = coming
        flow = {name: flow[name] + fresh[name] for name in flow}
    return flow


def _share_of(when: Mapping[str, str], scenario: Scenario) -> float:
    return prod(scenario.population[attribute][value] for attribute, value in when.items())
