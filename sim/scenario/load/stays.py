"""When stays end, and for what: the least of independent clocks, by equal parts of time."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from sim.scenario.distributions import Distribution
from sim.scenario.schema import Level
from sim.vocabulary import Column

CELLS = 400
"""Equally likely durations that stand for a distribution, and equal parts of the longest stay."""
NEVER = 1e9
"""Days; longer ones, which a heavy tail may have, are cut to that."""


class ExpectedStay:
    """Stays by day: midpoints of equal parts; days spent in each; people who leave in each, by reason; and the share of
    these who are abstinent by then.
    """

    def __init__(self, days: Column, alive: Column, endings: dict[str, Column], abstinent: Column) -> None:
        self.days, self.alive, self.endings, self.abstinent = days, alive, endings, abstinent

    def in_progress(self) -> "ExpectedStay":
        """What is left of stays of which an equally likely share, whatever they are to last, has passed."""
        cells = np.arange(len(self.days))

        def left(ending: Column) -> Column:
            return np.asarray(np.cumsum((ending / (cells + 1))[::-1])[::-1])

        endings = {reason: left(ending) for reason, ending in self.endings.items()}
        total = np.asarray(sum(self.endings.values()))
        leaving = left(total)
        abstinent = left(total * self.abstinent) / np.maximum(leaving, 1e-300)
        alive = 1 - np.cumsum(leaving) + leaving / 2
        return ExpectedStay(self.days, alive * (self.days[1] - self.days[0]), endings, abstinent)


def stay_of(
    planned: Column, clocks: Mapping[str, Column], level: Level, relapse: Callable[[Column], Column]
) -> ExpectedStay:
    """Stays that end with the plan, at the earliest clock, by relapse (cumulative hazard by day), or as the level says.

    planned, clocks: equally likely durations in days, in order; the clocks by the reason that they end a stay for.
    """
    authorised = math.inf if level.authorised_days is None else level.authorised_days
    end = max(min(float(planned[-1]), authorised), 1e-9)
    edges = np.linspace(0.0, end, CELLS + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    hazards = {"completed": planned, **clocks}
    rates = {reason: -np.diff(np.log(np.maximum(beyond(times, edges), 1e-12))) for reason, times in hazards.items()}
    rates["relapsed"] = np.diff(relapse(edges))
    early = level.early_step_down
    if early is not None and early.probability and level.review_every_days:
        before = max(math.ceil(early.from_day / level.review_every_days), 1) - 1
        held = np.maximum(np.ceil(edges / level.review_every_days) - 1 - before, 0.0)
        passing = np.diff(held) * -math.log(max(1 - early.probability, 1e-12))
        rates["transferred"] = rates.get("transferred", 0.0) + passing
    total = sum(rates.values())
    alive = np.exp(-np.concatenate(([0.0], np.cumsum(total))))
    leaving = alive[:-1] - alive[1:]
    endings = {
        reason: np.divide(leaving * rate, total, out=np.zeros(CELLS), where=total > 0) for reason, rate in rates.items()
    }
    last = np.zeros(CELLS)
    last[-1] = alive[-1]
    reason = "terminated" if authorised < planned[-1] else "completed"
    endings[reason] = endings.get(reason, 0.0) + last
    using = level.days_to_abstinence
    abstinent = np.ones(CELLS) if using is None else 1 - beyond(durations(using, CELLS), middle)
    return ExpectedStay(middle, (alive[:-1] + alive[1:]) / 2 * np.diff(edges), endings, abstinent)


def durations(distribution: Distribution, cells: int, ratio: float = 1.0) -> Column:
    """Equally likely durations in days, shortest first, with the hazard multiplied by a ratio."""
    inverse = distribution.inverse()
    return np.array([min(inverse(-math.log1p(-(cell + 0.5) / cells) / ratio), NEVER) for cell in range(cells)])


def beyond(times: Column, days: Column) -> Column:
    """Share of equally likely durations, in order, that are longer than these days."""
    return np.asarray(1 - np.searchsorted(times, days, side="right") / len(times))
