"""Gridlock: every place of a kind is held by someone who waits for such a place, so that nobody moves any more."""

import numpy as np

from sim.outcomes.metric import Metric
from sim.outcomes.observed import Observed, shared
from sim.scenario.ways import places_held_in_circles
from sim.vocabulary import END, NONE


@shared
def locked_places(observed: Observed) -> set[int]:
    """Codes of the kinds of places that are in gridlock when the run ends.

    All their places are held by people who have finished there and wait, or are about to ask, for a level that needs a
    kind in gridlock and that nobody gives up waiting for. Only a death or a relapse could still free one.
    """
    stays = observed.records.stays
    last = stays["reason"] == END
    level, following = stays["level"][last], stays["next_level"][last]
    blocked = ~np.isnan(stays["ready"][last]) & (following != NONE)
    for_ever = np.array([each.patience is None for each in observed.levels], dtype=bool)
    blocked &= for_ever[following]  # Of no next level (-1), the last one's; but these are not blocked.
    users = [observed.levels_using(code) for code in range(len(observed.places))]
    end = observed.scenario.time.horizon
    holders = [np.isin(level, levels) for levels in users]
    locked = {
        code
        for code, held in enumerate(holders)
        if held.any()
        and held.sum() >= observed.places[code].capacity_on(end, observed.scenario.time)
        and blocked[held].all()
    }

    def may_move(to: int) -> bool:
        return not any(to in users[code] for code in locked)

    while freed := {code for code in locked if any(map(may_move, following[holders[code]].tolist()))}:
        locked -= freed
    return locked


def days_in_gridlock(observed: Observed, place: int) -> float:
    """Days from the last admission to a level that needs {place} to the end of the run, if all of them were then held
    by people who were done there and waited, or were about to ask, for a level that needs one too, and would not give
    up; 0 otherwise.
    """
    if place not in locked_places(observed):
        return 0.0
    stays = observed.records.stays
    admitted = stays["admitted"][np.isin(stays["level"], observed.levels_using(place))]
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
