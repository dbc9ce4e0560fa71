"""A rough look at demand against capacity, before anything is simulated."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

from sim.scenario.combinations import fits, kinds_of_patients
from sim.scenario.distributions import Distribution
from sim.scenario.problems import Problem, warning
from sim.scenario.schema import Level, Scenario

MOST_ROUNDS = 1_000
NEGLIGIBLE = 1e-9
CELLS = STEPS = 400
MARGIN = 1.05
"""How far the estimate must be above capacity: less than that is within its own error."""

CAUSES = {"dropout": "dropped_out", "burnout": "burned_out", "termination": "terminated", "transfer": "transferred"}


def load_warnings(scenario: Scenario) -> Iterator[Problem]:
    """Kinds of place whose offered load is above their capacity, both averaged until recruitment ends.

    Offered load (Little's law): new people per day, through `entry` and the links, times the expected stay. Stays end
    by the level's own clocks; nobody gives up waiting, relapses or comes back, and patient effects and frailty are
    left out, so it is only a first estimate.
    """
    if not scenario.arrivals.per_day:
        return
    end = scenario.time.warm_up_days + scenario.time.recruitment_days
    changes = [(change.from_day, change.factor) for change in scenario.arrivals.changes]
    flow = _flow(scenario, scenario.arrivals.per_day * mean_of_steps(1.0, changes, end))
    for name, place in scenario.places.items():
        users = {level: item for level, item in scenario.levels.items() if name in item.places}
        load = sum(flow[level] * expected_stay(item).days for level, item in users.items())
        capacity = mean_of_steps(place.capacity, [(c.from_day, c.capacity) for c in place.changes], end)
        if load > capacity * MARGIN > 0:
            yield warning(
                f"places.{name}.capacity",
                f"offered load is about {load:.3g}, above the capacity of {capacity:.3g} ({', '.join(users)}): waiting "
                "lists grow until enough people give up",
                place.capacity,
            )


class ExpectedStay(NamedTuple):
    """Mean days of a stay, and the share of stays that end by each reason."""

    days: float
    shares: dict[str, float]


def expected_stay(level: Level) -> ExpectedStay:
    """What becomes of stays when every clock runs at its baseline: the least of independent clocks, by quadrature.

    A plan of care is finished half a review interval late on average; early step-down is left out.
    """
    late = (level.review_every_days or 0.0) / 2
    finish = [days + late for days in _quantiles(level.length_of_stay)]
    authorised = math.inf if level.authorised_days is None else level.authorised_days
    others = {reason: _quantiles(d) for cause, reason in CAUSES.items() if (d := getattr(level, cause)) is not None}
    shares = dict.fromkeys(("completed", "terminated", *others), 0.0)
    days, alive = 0.0, 1.0
    edges = [min(finish[-1], authorised) * step / STEPS for step in range(STEPS + 1)]
    left = {"completed": finish, **others}
    for start, end in pairwise(edges):
        before = {reason: _survival(times, start) for reason, times in left.items()}
        hazards = {
            reason: math.log(before[reason] / max(_survival(times, end), 1e-9)) if before[reason] > 0 else 0.0
            for reason, times in left.items()
        }
        total = sum(hazards.values())
        ending = alive * -math.expm1(-total)
        days += (end - start) * (alive - ending / 2)
        for reason, hazard in hazards.items():
            shares[reason] += ending * hazard / total if total else 0.0
        alive -= ending
    shares["terminated" if authorised < finish[-1] else "completed"] += alive
    return ExpectedStay(days, shares)


def _quantiles(distribution: Distribution) -> list[float]:
    """Equally likely durations, shortest first."""
    inverse = distribution.inverse()
    return [inverse(-math.log1p(-(cell + 0.5) / CELLS)) for cell in range(CELLS)]


def _survival(times: Sequence[float], day: float) -> float:
    """Share of equally likely durations longer than `day`, interpolated between them."""
    index = bisect_right(times, day)
    if index in (0, len(times)):
        return 1.0 - index / len(times)
    between = (day - times[index - 1]) / (times[index] - times[index - 1]) if times[index] > times[index - 1] else 0.0
    return 1.0 - (index - 0.5 + between) / len(times)


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
    stays = {name: expected_stay(level) for name, level in scenario.levels.items()}
    flow, fresh = dict(entering), entering
    for _ in range(MOST_ROUNDS):
        if sum(fresh.values()) < NEGLIGIBLE:
            break
        coming = dict.fromkeys(scenario.levels, 0.0)
        for name, level in scenario.levels.items():
            for link in level.next if fresh[name] else ():
                ended = sum(stays[name].shares.get(reason, 0.0) for reason in link.after)
                coming[link.to] += fresh[name] * ended * link.probability * _share_of(link.when, scenario)
        fresh = coming
        flow = {name: flow[name] + fresh[name] for name in flow}
    return flow


def _share_of(when: Mapping[str, str], scenario: Scenario) -> float:
    return prod(scenario.population[attribute][value] for attribute, value in when.items())
