"""Flow: who asks, who gets in, how long they wait, and how long the lists are."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from sim.outcomes.metric import Compute, MetricList, Needed
from sim.outcomes.observed import Observed, are_among, ratio, shared
from sim.outcomes.survival import SurvivalCurve, kaplan_meier
from sim.scenario.schema import Level
from sim.vocabulary import (
    ADMITTED,
    ASKING,
    CHECKUP,
    DAYS_PER_MONTH,
    EMERGENCY,
    NO_SHOW,
    OUTCOME,
    OUTCOMES,
    PASSED,
    ROUTE,
    ROUTES,
    Column,
    Direction,
)

GRANTED = (ADMITTED, NO_SHOW)
"""Outcomes at which a place was granted: someone who does not come was given one at that moment."""

SHORT_WAIT_DAYS = 14

BY_ANY_ROUTE = [*range(len(ASKING))]

METRICS = MetricList("system")


@METRICS.define("arrivals", "people", "neutral")
def arrivals(observed: Observed) -> float:
    """People who asked for care for the first time in the recruitment window (or belong to the closed cohort): the
    cohort that all patient outcomes are about.
    """
    return observed.cohort_size


@shared
def asks(observed: Observed) -> Column:
    """Row numbers of the waits that ended asks which began in the window: the last of each call."""
    waits = observed.records.waits
    return np.flatnonzero(observed.in_window(waits["called"]) & (waits["outcome"] != PASSED))


@shared
def later_asks(observed: Observed) -> Column:
    """The same of asks that began between the window and the end of the run."""
    waits = observed.records.waits
    return np.flatnonzero(observed.after_window(waits["called"]) & (waits["outcome"] != PASSED))


@shared
def outcome_counts(observed: Observed) -> Column:
    """How many asks ended by each outcome; shape (levels, outcomes)."""
    waits, rows = observed.records.waits, asks(observed)
    cell = waits["level"][rows].astype(np.int64) * len(OUTCOMES) + waits["outcome"][rows]
    counts = np.bincount(cell, minlength=len(observed.levels) * len(OUTCOMES))
    return counts.reshape(len(observed.levels), len(OUTCOMES))


def _asks(observed: Observed, level: int | None = None) -> float:
    return float(_counts(observed, level).sum())


def _asks_a_month(observed: Observed, routes: Sequence[int]) -> float:
    return ratio(by_route(observed)[routes].sum() * DAYS_PER_MONTH, observed.window_days)


@shared
def by_route(observed: Observed) -> Column:
    """How many asks there were by each route."""
    return np.bincount(observed.records.waits["route"][asks(observed)], minlength=len(ROUTES))


def _share(outcome: int) -> Compute:
    def share(observed: Observed, level: int | None = None) -> float:
        counts = _counts(observed, level)
        return ratio(counts[outcome], counts.sum())

    return share


def _counts(observed: Observed, level: int | None) -> Column:
    counts = outcome_counts(observed)
    row: Column = counts.sum(axis=0) if level is None else counts[level]
    return row


@shared
def offered_waits(observed: Observed) -> dict[int | None, SurvivalCurve]:
    """Kaplan-Meier curves of the time to the offer of a place, by level, and under None of all asks together."""
    rows = asks(observed)
    return {None: _offers(observed, rows), **_offers_by_level(observed, rows)}


@shared
def later_offered_waits(observed: Observed) -> dict[int | None, SurvivalCurve]:
    """The same of those who ask after the window, by level."""
    return _offers_by_level(observed, later_asks(observed))


def _offers_by_level(observed: Observed, rows: Column) -> dict[int | None, SurvivalCurve]:
    level = observed.records.waits["level"][rows]
    return {code: _offers(observed, rows[level == code]) for code in range(len(observed.levels))}


def _offers(observed: Observed, rows: Column) -> SurvivalCurve:
    waits = observed.records.waits
    return kaplan_meier(waits["ended"][rows] - waits["called"][rows], are_among(waits["outcome"][rows], GRANTED))


def _of_curve(read: Callable[[SurvivalCurve], float]) -> Compute:
    def of_curve(observed: Observed, level: int | None = None) -> float:
        return read(offered_waits(observed)[level])

    return of_curve


def _everywhere(_: Level) -> bool:
    return True


_STATED: dict[str, Callable[[Level], bool]] = {
    "turned_away": lambda level: level.list_cap is not None,
    "left_silently": lambda level: level.silent_share > 0,
}
"""Outcomes of waits that only some levels have."""


def _define(
    name: str,
    unit: str,
    direction: Direction,
    definition: str,
    compute: Compute,
    stated: Callable[[Level], bool] = _everywhere,
) -> None:
    """Two metrics, of all levels together and of each. `{asks}` in the definition says which asks are meant."""
    group, *statistic = name.split(".")
    for pattern, which in ((name, "any level"), (".".join((group, "{level}", *statistic)), "{level}")):
        asked = f"asks for {which} in the window of the system"
        METRICS.define(pattern, unit, direction, definition.replace("{asks}", asked), stated=stated)(compute)


_OPEN = (
    " Asks that ended by relapse or death, or were still open at the end of the run, count in the denominator; missing "
    "without an ask."
)
_OFFER = (
    "the time from asking, or from the call where steps come before the list, to the offer of a place "
    "(Kaplan-Meier over {asks}, followed to the end of the run; an offer "
    "that was not taken up counts, and those who gave up, relapsed, died or still waited at the end are censored; "
    "missing without an ask)"
)

_NEEDED: dict[int, Needed] = {CHECKUP: "checkups", EMERGENCY: "emergencies"}
"""Routes by which people come only where a scenario has this."""

_define("asks", "asks", "neutral", "Number of {asks}, counting each time anyone asks.", _asks)
for _code, _route in enumerate(ASKING):
    METRICS.define(
        f"asks.{_route}.per_month",
        "asks per month",
        "neutral",
        f"Asks for any level, a month (of {DAYS_PER_MONTH:.2f} days), of people {ROUTE[_route].people}: mean over the "
        "window of the system.",
        needs=_NEEDED.get(_code, ""),
    )(partial(_asks_a_month, routes=[_code]))

METRICS.define(
    "asks.all.per_month",
    "asks per month",
    "neutral",
    f"Asks for any level, a month (of {DAYS_PER_MONTH:.2f} days), by any of these routes: mean over the window of the "
    "system.",
)(partial(_asks_a_month, routes=BY_ANY_ROUTE))


@METRICS.define("asks.all.drift", "asks per month", "neutral")
def asks_drift(observed: Observed) -> float:
    """Asks a month for any level from the end of the window of the system to the end of the run, minus those in the
    window: how much demand still moves, returning patients included. Missing for a closed cohort.
    """
    if not observed.is_followed_by_more:
        return math.nan
    later = np.count_nonzero(are_among(observed.records.waits["route"][later_asks(observed)], BY_ANY_ROUTE))
    return ratio(later * DAYS_PER_MONTH, observed.follow_up) - _asks_a_month(observed, BY_ANY_ROUTE)


for _code, (_name, _outcome) in enumerate(OUTCOME.items()):
    if _outcome.where:
        _define(
            *(_name, "share", _outcome.direction, f"Share of {{asks}} {_outcome.where}.{_OPEN}", _share(_code)),
            _STATED.get(_name, _everywhere),
        )

_define(
    "wait.mean",
    "days",
    "lower",
    f"Mean of {_OFFER}: the area under the curve up to the longest wait observed; missing if nobody was "
    "offered a place.",
    _of_curve(lambda curve: curve.mean()),
)
_define(
    "wait.median",
    "days",
    "lower",
    f"Median of {_OFFER}; missing if fewer than half would be offered one within the longest wait observed.",
    _of_curve(lambda curve: curve.quantile(0.5)),
)
_define(
    "wait.p90",
    "days",
    "lower",
    f"90th percentile of {_OFFER}; missing if fewer than 90 % would be offered one within the longest wait observed.",
    _of_curve(lambda curve: curve.quantile(0.9)),
)
_define(
    "wait.within_14_days",
    "share",
    "higher",
    f"Share offered a place within 14 days, read from the curve of {_OFFER}.",
    _of_curve(lambda curve: 1 - curve.at(SHORT_WAIT_DAYS)),
)


@METRICS.define("wait.{level}.drift", "days", "neutral")
def wait_drift(observed: Observed, level: int) -> float:
    """Mean days to the offer of a place in {level} of those who ask from the end of the window of the system to the end
    of the run, minus that of those who ask in the window: how much waits still grow. Both Kaplan-Meier, restricted to
    the shorter of the longest waits observed; missing for a closed cohort, and if nobody was offered a place in one of
    the two.
    """
    if not observed.is_followed_by_more:
        return math.nan
    within, later = offered_waits(observed)[level], later_offered_waits(observed)[level]
    horizon = min(within.last, later.last)
    return later.mean(horizon) - within.mean(horizon)


@shared
def waiting_days(observed: Observed) -> Column:
    """Days waited for each level within the window."""
    waits = observed.records.waits
    return observed.per_level(waits["level"], observed.days_in_window(waits["asked"], waits["ended"]))


@METRICS.define("queue.{level}.mean", "people", "lower")
def mean_queue(observed: Observed, level: int) -> float:
    """Mean number of people waiting for {level} over the window of the system: days waited within the window divided by
    its length. People who wait in another level's place count, and those in steps before the list.
    """
    return ratio(waiting_days(observed)[level], observed.window_days)


@METRICS.define("queue.{level}.drift", "people", "neutral")
def queue_drift(observed: Observed, level: int) -> float:
    """Mean number of people waiting for {level} from the end of the window of the system to the end of the run, minus
    that in the window: how much the waiting list still grows. Missing for a closed cohort.
    """
    return float(queue_drifts(observed)[level])


@shared
def queue_drifts(observed: Observed) -> Column:
    """Drift of the waiting list of each level."""
    waits = observed.records.waits
    return observed.drift(waits["level"], waits["asked"], waits["ended"])
