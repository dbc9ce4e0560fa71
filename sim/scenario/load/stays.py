"""When stays end, and for what: the least of independent clocks, by equal parts of time."""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.scenario.distributions import Distribution, StayClock
from sim.scenario.laws import LONGEST_PLAN
from sim.scenario.schema import Checkups, Level, Response
from sim.vocabulary import CAUSES_OF_LEAVING, Column

CELLS = 400
"""Equally likely durations that stand for a distribution, and equal parts of the longest stay."""
NEVER = 1e9
"""Days; longer ones, which a heavy tail may have, are cut to that."""


class ExpectedStay:
    """Stays by day: midpoints of equal parts; days spent in each; people who leave in each, by reason; and the share of
    these who are well by then.
    """

    def __init__(self, days: Column, alive: Column, endings: dict[str, Column], well: Column) -> None:
        self.days, self.alive, self.endings, self.well = days, alive, endings, well

    def in_progress(self) -> "ExpectedStay":
        """What is left of stays of which an equally likely share, whatever they are to last, has passed."""
        cells = np.arange(len(self.days))

        def left(ending: Column) -> Column:
            return np.asarray(np.cumsum((ending / (cells + 1))[::-1])[::-1])

        endings = {reason: left(ending) for reason, ending in self.endings.items()}
        total = np.asarray(sum(self.endings.values()))
        leaving = left(total)
        well = left(total * self.well) / np.maximum(leaving, 1e-300)
        alive = 1 - np.cumsum(leaving) + leaving / 2
        return ExpectedStay(self.days, alive * (self.days[1] - self.days[0]), endings, well)


class Planned(NamedTuple):
    """Equally likely plans of care, shortest first: the days that they take, and when they are seen to be finished."""

    plan: Column
    seen: Column


def planned_stay(level: Level, ratio: float) -> Planned:
    """The plans of a level, with their length multiplied by a ratio."""
    plan = np.minimum(durations(level.length_of_stay, CELLS) * ratio, LONGEST_PLAN)
    every = level.review_every_days
    return Planned(plan, plan if every is None else np.maximum(np.ceil(plan / every), 1) * every)


def stay_of(
    level: Level, ratio: Callable[[str], float], relapse: Callable[[Column], Column], sent_on: Mapping[str, float]
) -> ExpectedStay:
    """Stays that end with the plan, at the earliest clock, by relapse (cumulative hazard by day), or as the level says.

    ratio: by cause of leaving, or `length_of_stay`. sent_on: by level to which emergencies lead, the hazard a day of
    leaving for it; its name is the reason.
    """
    planned = planned_stay(level, ratio("length_of_stay"))
    clocks: dict[str, dict[str, Column]] = {"days": {}, "plan": {}}
    for cause, clock in level.clocks().items():
        clocks[clock.of][CAUSES_OF_LEAVING[cause]] = durations(clock, CELLS, ratio(cause))
    authorised, extension = level.authorised_days or math.inf, level.extension
    last_authorised = authorised + ((extension.at_most or math.inf) * extension.days if extension else 0.0)
    longest = float(planned.seen[-1])
    end = max(min(longest, last_authorised), 1e-9)
    edges = np.linspace(0.0, end, CELLS + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    rates = hazards_of_plan(planned, clocks["plan"], edges)
    rates |= {reason: _hazards(beyond(times, edges)) for reason, times in clocks["days"].items()}
    rates["relapsed"] = np.diff(relapse(edges))
    rates |= {to: a_day * np.diff(edges) for to, a_day in sent_on.items()}
    early = level.early_step_down
    if early is not None and early.probability and level.review_every_days:
        before = max(math.ceil(early.from_day / level.review_every_days), 1) - 1
        held = np.maximum(np.ceil(edges / level.review_every_days) - 1 - before, 0.0)
        passing = np.diff(held) * -math.log(max(1 - early.probability, 1e-12))
        rates["transferred"] = rates.get("transferred", 0.0) + passing
    if extension is not None and authorised < end:
        refused = np.maximum(np.ceil((edges - authorised) / extension.days), 0.0)
        passing = np.diff(refused) * -math.log(max(extension.probability, 1e-12))
        rates["terminated"] = rates.get("terminated", 0.0) + passing
    total = sum(rates.values())
    alive = np.exp(-np.concatenate(([0.0], np.cumsum(total))))
    leaving = alive[:-1] - alive[1:]
    endings = {
        reason: np.divide(leaving * rate, total, out=np.zeros(CELLS), where=total > 0) for reason, rate in rates.items()
    }
    last = np.zeros(CELLS)
    last[-1] = alive[-1]
    reason = "terminated" if last_authorised < longest else "completed"
    endings[reason] = endings.get(reason, 0.0) + last
    unwell = days_to_well(level.days_to_remission, level.response)
    well = np.ones(CELLS) if unwell is None else 1 - beyond(unwell, middle)
    return ExpectedStay(middle, (alive[:-1] + alive[1:]) / 2 * np.diff(edges), endings, well)


def days_to_well(direct: Distribution | None, response: Response | None, ratio: float = 1.0) -> Column | None:
    """Equally likely days until somebody unwell is well, with the hazards of the way there multiplied by a ratio; None
    where they are at once.

    By way of a partial response as if none was lost, and as if the two ways did not know of one another.
    """
    times = None if direct is None else durations(direct, CELLS, ratio)
    if response is None:
        return times
    through = np.full(CELLS, NEVER)
    if response.days is not None and response.days_to_remission is not None:
        shuffled = np.random.default_rng(0).permutation(CELLS)
        through = durations(response.days, CELLS, ratio) + durations(response.days_to_remission, CELLS, ratio)[shuffled]
    if times is not None:
        through = np.minimum(through, times[np.random.default_rng(1).permutation(CELLS)])
    return np.sort(through)


def finished(level: Level, ratio: Callable[[str], float], causes: Iterable[str]) -> float:
    """The share of stays whose plan is finished, if nothing but some of the level's causes could end them before.

    ratio: as of `stay_of`.
    """
    planned = planned_stay(level, ratio("length_of_stay"))
    going_on = np.ones(CELLS)
    for cause in causes:
        clock = level.clocks()[cause]
        spent = planned.seen / np.maximum(planned.plan, 1e-9) if clock.of == "plan" else planned.seen
        going_on = going_on * beyond(durations(clock, CELLS, ratio(cause)), spent)
    return float(going_on.mean())


def hazards_of_plan(planned: Planned, clocks: Mapping[str, Column], edges: Column) -> dict[str, Column]:
    """Of the plan's end and of causes that are shares of the plan: by reason, the hazard of each part of time.

    These depend on one another by the plan's length, and on nothing else: so they are mixed over plans, and compete
    with all others as one clock that gives one of their reasons.
    """
    if not clocks:
        return {"completed": _hazards(beyond(planned.seen, edges))}
    spent = edges / np.maximum(planned.plan, 1e-9)[:, None]
    going_on = (planned.seen[:, None] > edges).astype(float)
    passing = {reason: _hazards(beyond(times, spent)) for reason, times in clocks.items()}
    total = sum(passing.values())
    kept = np.exp(-np.cumsum(total, axis=1))
    before = np.concatenate((np.ones((len(spent), 1)), kept[:, :-1]), axis=1)
    # Whose plan is seen to be finished within a part of time is there, and exposed, until its end.
    left = before * -np.expm1(-total) * going_on[:, :-1]
    leaving = {
        reason: np.divide(left * hazard, total, out=np.zeros_like(left), where=total > 0).mean(axis=0)
        for reason, hazard in passing.items()
    }
    leaving["completed"] = (kept * (going_on[:, :-1] - going_on[:, 1:])).mean(axis=0)
    all_left = np.asarray(sum(leaving.values()))
    there = np.maximum(1 - np.concatenate(([0.0], np.cumsum(all_left))), 1e-12)
    hazards = _hazards(there)
    return {
        reason: hazards * np.divide(gone, all_left, out=np.zeros_like(gone), where=all_left > 0)
        for reason, gone in leaving.items()
    }


def _hazards(beyond: Column) -> Column:
    """By part of time, the hazard that takes the share of those still there at its beginning to that at its end."""
    return np.asarray(-np.diff(np.log(np.maximum(beyond, 1e-12))))


@lru_cache(maxsize=256)
def durations(distribution: Distribution | StayClock, cells: int, ratio: float = 1.0) -> Column:
    """Equally likely durations in days, shortest first, with the hazard multiplied by a ratio. Not to be written to."""
    inverse = distribution.inverse()
    days = np.array([min(inverse(-math.log1p(-(cell + 0.5) / cells) / ratio), NEVER) for cell in range(cells)])
    days.flags.writeable = False
    return days


def days_to_linkage(checkups: Checkups) -> Column:
    """Equally likely days from the beginning of use at home to the check-up that links to care, shortest first.

    Use begins at any time between two check-ups. For so many days since discharge as there are check-ups, counted from
    there; nobody is linked after them.
    """
    chance = checkups.found_share * checkups.linked_share
    if chance == 0:
        return np.full(CELLS, NEVER)
    left = 1 - (np.arange(CELLS) + 0.5) / CELLS
    missed = np.floor(np.log(left) / math.log1p(-chance)) if chance < 1 else np.zeros(CELLS)
    # Of those who are left after so many check-ups, each is linked by the next one with this chance.
    share = (1 - left / (1 - chance) ** missed) / chance
    days = (missed + np.clip(share, 0.0, 1.0)) * checkups.every_days
    return np.where(days <= (checkups.for_days or NEVER), days, NEVER)


def beyond(times: Column, days: Column) -> Column:
    """Share of equally likely durations, in order, that are longer than these days."""
    return np.asarray(1 - np.searchsorted(times, days, side="right") / len(times))
