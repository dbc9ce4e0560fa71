"""Gridlock: every place of a kind is held by someone who waits for such a place, so that nobody moves any more."""

import numpy as np

from sim.outcomes.metric import Metric
from sim.outcomes.observed import Observed, shared
from sim.scenario.schema import Level
from sim.scenario.ways import accepted, places_held_in_circles
from sim.vocabulary import END, NONE


@shared
def locked_places(observed: Observed) -> set[int]:
    """Codes of the kinds of places that are in gridlock when the run ends.

    Too few of them are free for anybody, and all others are held by people who have finished there and wait, or are
    about to ask, for a level where they would hold one of a kind in gridlock, whatever they were granted, and which
    nobody gives up waiting for. Only a death or a relapse could still free one.
    """
    stays, time = observed.records.stays, observed.scenario.time
    last = np.flatnonzero(stays["reason"] == END)
    following = stays["next_level"][last]
    blocked = ~np.isnan(stays["ready"][last]) & (following != NONE)
    for_ever = np.array([each.patience is None for each in observed.levels], dtype=bool)
    blocked &= for_ever[following]  # Of no next level (-1), the last one's; but these are not blocked.
    held = [number[last] for number in observed.held]
    kinds = list(zip(observed.scenario.places, observed.places, held, strict=True))
    free = {name: kind.capacity_on(time.horizon, time) - int(number.sum()) for name, kind, number in kinds}
    least = {
        name: min((each.places_each.get(name, 1) for each in observed.levels if name in each.all_places), default=1)
        for name in free
    }
    holders = {name: np.flatnonzero(number) for name, _, number in kinds}
    locked = {name for name, rows in holders.items() if len(rows) and free[name] < least[name] and blocked[rows].all()}

    def may_move(row: int) -> bool:
        could_hold = _could_hold(observed, int(stays["patient"][last[row]]), observed.levels[following[row]])
        return any(all(name not in locked or free[name] >= needed for name, needed in each) for each in could_hold)

    while freed := {name for name in locked if any(map(may_move, holders[name].tolist()))}:
        locked -= freed
    return {code for code, name in enumerate(observed.scenario.places) if name in locked}


def _could_hold(observed: Observed, patient: int, level: Level) -> list[list[tuple[str, int]]]:
    """What a stay of theirs in a level could hold: kinds of place, and how many."""
    everyone, holdings = observed.records.patients, level.holdings()
    values = {name: everyone.categories[name][everyone[name][patient]] for name in observed.scenario.population}
    return [list(holdings[number].items()) for number in accepted(observed.scenario, level, values)]


def days_in_gridlock(observed: Observed, place: int) -> float:
    """Days from the last time that one of {place} was given to anybody to the end of the run, if all of them were then
    held by people who were done there and waited, or were about to ask, for a level where they would need one too, and
    would not give up; 0 otherwise.
    """
    if place not in locked_places(observed):
        return 0.0
    admitted = observed.records.stays["admitted"][observed.held[place] > 0]
    return observed.scenario.time.horizon - max(float(admitted.max()), 0.0)


METRICS = (
    Metric(
        "gridlock.{place}",
        "days",
        "lower",
        " ".join((days_in_gridlock.__doc__ or "").split()),
        days_in_gridlock,
        "system",
        placed=places_held_in_circles,
    ),
)
