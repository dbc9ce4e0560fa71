"""Stays and places: how full, how long, and how stays end."""

import math

import numpy as np

from sim.outcomes.metric import Compute, Metric, MetricList
from sim.outcomes.observed import Observed, moments_of_stays, ratio, shared
from sim.outcomes.occupancy import holdings, number_under_way
from sim.outcomes.survival import StepFunction, step_function
from sim.scenario.schema import Scenario
from sim.vocabulary import NO_ANSWER, REASON, REASONS, TURNOVER, Column

METRICS = MetricList("system")


@shared
def censuses(observed: Observed) -> list[StepFunction]:
    """How many patients were in each level over the window."""
    return [number_under_way(observed, *each) for each in moments_of_stays(observed)]


@METRICS.define("census.{level}.mean", "people", "neutral")
def mean_census(observed: Observed, level: int) -> float:
    """Mean number of patients in {level} over the window of the system, those who are blocked included."""
    return ratio(observed.stay_days[level], observed.window_days)


@METRICS.define("census.{level}.p95", "people", "neutral")
def high_census(observed: Observed, level: int) -> float:
    """The number of patients in {level} that is not exceeded during 95 % of the window of the system."""
    return censuses(observed)[level].quantile(0.95)


@METRICS.define("census.{level}.drift", "people", "neutral")
def census_drift(observed: Observed, level: int) -> float:
    """Mean number of patients in {level} from the end of the window of the system to the end of the run, minus that in
    the window: how much the system still moves. Missing for a closed cohort.
    """
    return float(census_drifts(observed)[level])


@shared
def census_drifts(observed: Observed) -> Column:
    """Drift of the census of each level."""
    stays = observed.records.stays
    return observed.drift(stays["level"], stays["admitted"], stays["discharged"])


@METRICS.define("occupancy.{place}", "share", "neutral")
def occupancy(observed: Observed, place: int) -> float:
    """Days that {place} were in use divided by the days that they were open, over the window of the system; capacity
    that changes over the calendar counts as it was. Above 1 while a cut drains; missing if none was ever open.
    """
    return ratio(observed.place_days[place], observed.open_place_days[place])


@METRICS.define("full.{place}", "share", "lower")
def full(observed: Observed, place: int) -> float:
    """Share of the window of the system during which none of the {place} was free: in use, or out of use for a while,
    at or above capacity, also a capacity of zero.
    """
    kind, outages = observed.places[place], observed.outages(place)
    taken_up, given_up = map(np.concatenate, zip(holdings(observed)[place], outages, strict=True))
    admitted, discharged = (np.sort(moments, kind="stable") for moments in (taken_up, given_up))
    opened, capacity = zip(*kind.steps(observed.scenario.time), strict=True)
    taken, given_back = np.full(len(admitted), -1, dtype=np.int64), np.ones(len(discharged), dtype=np.int64)
    free = step_function(
        np.concatenate(([-math.inf], opened[1:], admitted, discharged)),
        np.concatenate((np.diff(capacity, prepend=0), taken, given_back)),
        observed.start,
        observed.end,
    )
    return ratio(np.sum(free.durations[free.values <= 0]), observed.window_days)


def lost_days(observed: Observed, place: int) -> float:
    """Total days within the window of the system that {place} stood idle because whoever was called had left the list
    without a word. They are open days, and in nobody's use.
    """
    return observed.days_out_of_use(place, NO_ANSWER)


def _learning(scenario: Scenario) -> set[str]:
    """Places of levels that find out too late who has left."""
    return {place for level in scenario.levels.values() if level.silent_share for place in level.all_places}


def turnover_days(observed: Observed, place: int) -> float:
    """Total days within the window of the system that {place} were made ready after a stay. They are open days, and in
    nobody's use.
    """
    return observed.days_out_of_use(place, TURNOVER)


def _made_ready(scenario: Scenario) -> set[str]:
    """Places that take some time."""
    return {name for name, place in scenario.places.items() if place.turnover_days}


for _days, _placed in ((lost_days, _learning), (turnover_days, _made_ready)):
    METRICS.append(
        Metric(
            *(f"{_days.__name__}.{{place}}", "days", "lower", " ".join((_days.__doc__ or "").split()), _days),
            "system",
            placed=_placed,
        )
    )


@METRICS.define("blocked_days.{level}", "days", "lower")
def blocked_days(observed: Observed, level: int) -> float:
    """Total days within the window of the system that patients who were ready to leave {level} kept their place while
    waiting for the next level, those still blocked at the end of the run included.
    """
    return float(blocked(observed)[level])


@shared
def blocked(observed: Observed) -> Column:
    """Blocked days in each level within the window."""
    stays = observed.records.stays
    rows = np.flatnonzero(~np.isnan(stays["ready"]))
    days = observed.days_in_window(stays["ready"][rows], stays["discharged"][rows])
    return observed.per_level(stays["level"][rows], days)


@shared
def discharges(observed: Observed) -> Column:
    """Row numbers of the stays that ended within the window; it is over before the run cuts any stay off."""
    return np.flatnonzero(observed.in_window(observed.records.stays["discharged"]))


@shared
def reason_counts(observed: Observed) -> Column:
    """How many stays ended within the window, by level and reason; shape (levels, reasons)."""
    stays, rows = observed.records.stays, discharges(observed)
    cell = stays["level"][rows].astype(np.int64) * len(REASONS) + stays["reason"][rows]
    counts = np.bincount(cell, minlength=len(observed.levels) * len(REASONS))
    return counts.reshape(len(observed.levels), len(REASONS))


@shared
def lengths_of_stay(observed: Observed) -> list[Column]:
    """Days from admission to discharge of the stays that ended within the window, by level."""
    stays, rows = observed.records.stays, discharges(observed)
    level, days = stays["level"][rows], stays["discharged"][rows] - stays["admitted"][rows]
    return [days[level == code] for code in range(len(observed.levels))]


_DISCHARGED = (
    "discharges from {level} in the window of the system (stays that end later or with the run are not among them)"
)


@METRICS.define(
    "length_of_stay.{level}.mean",
    "days",
    "neutral",
    f"Mean days from admission to discharge, blocked days included, over {_DISCHARGED}; missing without a discharge.",
)
def _mean_length_of_stay(observed: Observed, level: int) -> float:
    days = lengths_of_stay(observed)[level]
    return ratio(np.sum(days), len(days))


@METRICS.define(
    "length_of_stay.{level}.median",
    "days",
    "neutral",
    f"Median days from admission to discharge, blocked days included, over {_DISCHARGED}; missing without a discharge.",
)
def _median_length_of_stay(observed: Observed, level: int) -> float:
    days = lengths_of_stay(observed)[level]
    return float(np.median(days)) if len(days) else math.nan


@shared
def times_in_system(observed: Observed) -> Column:
    """Days from the first ask to the last discharge of the episodes of care that ended within the window."""
    stays = observed.records.stays
    first = np.ones(len(stays), dtype=bool)
    first[1:] = (np.diff(stays["patient"]) != 0) | (np.diff(stays["episode"]) != 0)
    asked, ended = stays["asked"][first], stays["discharged"][np.roll(first, -1)]
    return np.asarray((ended - asked)[observed.in_window(ended)])


_IN_SYSTEM = (
    "days from the ask that led to the first admission of an episode of care to its last discharge, further waits and "
    "gaps of up to 30 days without care included, over the episodes whose last discharge lies in the window of the "
    "system (those that end later, or with a stay that the end of the run cuts off, are not among them); missing "
    "without one. Neither more nor less is better: care may last longer because more complete it, or because they wait "
    "longer for it."
)


@METRICS.define("time_in_system.mean", "days", "neutral", f"Mean {_IN_SYSTEM}")
def _mean_time_in_system(observed: Observed) -> float:
    days = times_in_system(observed)
    return ratio(np.sum(days), len(days))


@METRICS.define("time_in_system.median", "days", "neutral", f"Median {_IN_SYSTEM}")
def _median_time_in_system(observed: Observed) -> float:
    days = times_in_system(observed)
    return float(np.median(days)) if len(days) else math.nan


@METRICS.define("discharges.{level}", "discharges", "neutral", f"Number of {_DISCHARGED}.")
def _number_of_discharges(observed: Observed, level: int) -> float:
    return float(reason_counts(observed)[level].sum())


def _share(reason: int) -> Compute:
    def share(observed: Observed, level: int) -> float:
        counts = reason_counts(observed)[level]
        return ratio(counts[reason], counts.sum())

    return share


for _code, (_name, _reason) in enumerate(REASON.items()):
    if _reason.because:
        METRICS.define(
            f"discharges.{{level}}.{_name}",
            "share",
            _reason.direction,
            f"Share of {_DISCHARGED} where the stay ended because {_reason.because}; missing without a discharge.",
        )(_share(_code))
