"""What each member of the cohort contributes to a metric, where, and on what way they came there.

The contributions of a metric add up to it, so that two scenarios' difference can be split into parts that add up to the
whole (`sim.analysis.decomposition`).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from sim.files.formats import metric_hint, metric_of_today
from sim.files.nearest import did_you_mean, nearest
from sim.outcomes.cost import counted, counted_shares
from sim.outcomes.discount import Rates, discounted_days
from sim.outcomes.emergencies import followed_visits, qalys_lost
from sim.outcomes.health import in_full_health
from sim.outcomes.ledger import cohort_ledger, medication_prices, state_prices
from sim.outcomes.metric import AT_HORIZON, DAYS_OF_A_YEAR, Metric
from sim.outcomes.mortality import hazards
from sim.outcomes.observed import Observed
from sim.outcomes.payers import Perspective
from sim.outcomes.registry import REGISTRY, metric_names
from sim.outcomes.relapse import first_relapse
from sim.outcomes.retention import readmissions
from sim.outcomes.trajectory import (
    REASON_LABELS,
    level_words,
    locate,
    reason_words,
    segment_at,
    trajectory,
)
from sim.scenario.schema import Scenario
from sim.vocabulary import (
    CATEGORIES,
    DAYS_PER_YEAR,
    DEAD,
    GAP_BETWEEN_EPISODES,
    IN_CARE,
    NONE,
    RESPONSE,
    SETBACK,
    UNWELL,
    WELL,
    Column,
    CostCategory,
)

COLUMNS = ["patient", "level", "reason", "value"]

Contribute = Callable[..., pd.DataFrame]
"""From the observed facts and the metric's arguments (a number of days, or the code of a level) to rows of COLUMNS in
any number and order, whose values add up to the metric. Members who contribute nothing need no row."""

CONTRIBUTIONS: dict[str, Contribute] = {}
"""By name pattern of the registry."""


def decomposable(scenario: Scenario) -> list[str]:
    """Names of this scenario's metrics that contributions add up to."""
    return [
        member.name for metric in REGISTRY if _pattern(metric) in CONTRIBUTIONS for member in metric.members(scenario)
    ]


def _pattern(metric: Metric) -> str:
    """The pattern of a metric, or of that which it is at several horizons."""
    return metric.name.removesuffix(AT_HORIZON)


def contributions(observed: Observed, metric: str) -> pd.DataFrame:
    """What the metric consists of: patient, level, reason, value; the values' sum is the metric.

    level: a level's name, or "outside care". reason: "in care"; outside care, how the last stay ended, or "not yet in
    care". One row a member and place at most, and one with value 0
    for a member who contributes nothing, so that every member is there. A metric that is undefined in this replication
    has NaN everywhere; without a cohort there is no row. Raises ValueError for a metric that is no sum over the cohort.
    """
    seen, frame = _located(observed, metric)
    return _complete(seen, frame)


def by_level(observed: Observed, metric: str) -> dict[str, float]:
    """What of the metric arises in each level, and outside care; these add up to it, and are NaN where it is undefined.
    ValueError as of `contributions`.
    """
    _, frame = _located(observed, metric)
    levels = frame["level"].cat
    sums = np.bincount(levels.codes, frame["value"], len(levels.categories))
    return dict(zip(levels.categories, sums.tolist(), strict=True))


def _located(observed: Observed, metric: str) -> tuple[Observed, pd.DataFrame]:
    """The contributions as they come, and of what is observed they are."""
    for family in REGISTRY:
        # To list the members of all of them takes ten times as long as what follows.
        if _pattern(family) not in CONTRIBUTIONS or family.match(metric) is None:
            continue
        for member in family.members(observed.scenario):
            if member.name == metric:
                arguments: list[Any] = [*member.arguments]
                if family.name.endswith(AT_HORIZON):
                    *arguments, years = arguments
                    observed = observed.followed_for(years * DAYS_OF_A_YEAR)
                return observed, CONTRIBUTIONS[_pattern(family)](observed, *arguments)
    raise ValueError(_refusal(metric, observed.scenario))


def _refusal(metric: str, scenario: Scenario) -> str:
    known = decomposable(scenario)
    near = "".join(f" {did_you_mean([name])}" for name in nearest(metric, known))
    if all(kind.match(metric) is None for kind in REGISTRY):
        if metric_of_today(metric) != metric:
            near = f" {metric_hint(metric, ())}"
        return f"there is no metric '{metric}'." + (near or f" Those that can be split: {', '.join(known)}")
    if metric not in metric_names(scenario):
        return f"'{metric}' is no metric of {scenario.name}, so there is nothing to set another against.{near}"
    return (
        f"'{metric}' cannot be split into what each patient contributes: in this scenario it is no sum over the "
        f"cohort.{near} Those that can be: {', '.join(known)}"
    )


def _complete(observed: Observed, rows: pd.DataFrame) -> pd.DataFrame:
    """One row a member and place, no zeros but where a member would be missing."""
    rows = rows[rows["value"] != 0]
    places = rows.groupby(["patient", "level", "reason"], observed=True, sort=False)
    frame = places["value"].sum(min_count=1).reset_index()
    missing = np.setdiff1d(np.flatnonzero(observed.cohort), frame["patient"].to_numpy())
    nowhere = np.full(len(missing), NONE)
    nothing = _frame(missing, level_words(observed, nowhere), reason_words(nowhere), np.zeros(len(missing)))
    whole = pd.concat([each for each in (frame, nothing) if len(each)] or [nothing], ignore_index=True)
    whole = whole.astype({"level": object, "reason": object, "value": float})
    return whole.sort_values("patient", kind="stable", ignore_index=True)[COLUMNS]


def _frame(patient: Column, level: Any, reason: Any, value: Column) -> pd.DataFrame:
    return pd.DataFrame({"patient": patient, "level": level, "reason": reason, "value": value})


def _contributes(pattern: str) -> Callable[[Contribute], Contribute]:
    def add(contribute: Contribute) -> Contribute:
        CONTRIBUTIONS[pattern] = contribute
        return contribute

    return add


# --- days ---


def _of_segments(observed: Observed, value: Column) -> pd.DataFrame:
    """A value for each segment of the trajectory, shared by the cohort."""
    level, reason = locate(observed, np.arange(len(value)))
    return _frame(trajectory(observed)["patient"], level, reason, value / max(observed.cohort_size, 1))


def _days(observed: Observed) -> Column:
    segments = trajectory(observed)
    return segments["ended"] - segments["began"]


@_contributes("days_in_care")
def _days_in_care(observed: Observed) -> pd.DataFrame:
    return _of_segments(observed, _days(observed) * (trajectory(observed)["level"] != NONE))


@_contributes("days_well")
def _days_well(observed: Observed) -> pd.DataFrame:
    return _of_segments(observed, _days(observed) * (trajectory(observed)["state"] == WELL))


@_contributes("days_unwell")
def _days_unwell(observed: Observed) -> pd.DataFrame:
    return _of_segments(observed, _days(observed) * (trajectory(observed)["state"] == UNWELL))


@_contributes("days_response")
def _days_response(observed: Observed) -> pd.DataFrame:
    return _of_segments(observed, _days(observed) * (trajectory(observed)["state"] == RESPONSE))


@_contributes("life_days")
def _life_days(observed: Observed) -> pd.DataFrame:
    return _of_segments(observed, _days(observed) * (trajectory(observed)["state"] != DEAD))


@_contributes("qalys.per_patient")
def _qalys(observed: Observed) -> pd.DataFrame:
    return _quality_adjusted(observed, 0.0)


@_contributes("qalys.per_patient_discounted")
def _discounted_qalys(observed: Observed) -> pd.DataFrame:
    return _quality_adjusted(observed, observed.scenario.discounting.rates("effects"))


def _quality_adjusted(observed: Observed, rates: Rates) -> pd.DataFrame:
    segments = trajectory(observed)
    days = discounted_days(segments["began"], segments["ended"], rates)
    of_whom = segments["patient"], segments["state"], segments["began"], segments["ended"]
    lived = _of_segments(observed, in_full_health(observed, *of_whom, days, rates) / DAYS_PER_YEAR)
    rows, day = followed_visits(observed)
    if not len(rows):
        return lived
    lost = -qalys_lost(observed, rows, day, rates) * _share(observed)
    return pd.concat(
        [lived, _of_moments(observed, observed.records.emergencies["patient"][rows], day, lost)], ignore_index=True
    )


# --- moments: whoever it is true of counts, in the place where they are just before ---


def _of_moments(observed: Observed, patient: Column, time: Column, value: Column | float) -> pd.DataFrame:
    level, reason = locate(observed, segment_at(observed, patient, time))
    return _frame(patient, level, reason, np.broadcast_to(value, len(patient)))


def _share(observed: Observed) -> float:
    return 1 / max(observed.cohort_size, 1)


@_contributes("retention.{days}_days")
def _retained(observed: Observed, days: int) -> pd.DataFrame:
    members = np.flatnonzero(observed.cohort)
    at = segment_at(observed, members, np.full(len(members), float(days)))
    retained = members[trajectory(observed)["level"][at] != NONE]
    return _of_moments(observed, retained, np.full(len(retained), float(days)), _share(observed))


@_contributes("continuity.{days}_days")
def _continuous(observed: Observed, days: int) -> pd.DataFrame:
    stays, followed = observed.records.stays, observed.followed_stays
    counts = (stays["episode"][followed.rows] == 0) & (followed.began < days)
    counts &= followed.ended >= days - GAP_BETWEEN_EPISODES
    patient = np.unique(stays["patient"][followed.rows[counts]])
    patient = patient[observed.died_at[patient] >= days]
    return _of_moments(observed, patient, np.full(len(patient), float(days)), _share(observed))


@_contributes("deaths.share")
def _deaths(observed: Observed) -> pd.DataFrame:
    died = np.flatnonzero(observed.died_at < math.inf)
    return _of_moments(observed, died, observed.died_at[died], _share(observed))


@_contributes("deaths.expected_share")
def _expected_deaths(observed: Observed) -> pd.DataFrame:
    return _of_segments(observed, hazards(observed))


@_contributes("setbacks")
def _setbacks(observed: Observed) -> pd.DataFrame:
    spells, set_back = observed.followed_spells, observed.spell_state == SETBACK
    patient = observed.records.spells["patient"][spells.rows[set_back]]
    return _of_moments(observed, patient, spells.began[set_back], _share(observed))


@_contributes("emergency.{emergency}.visits")
def _visits(observed: Observed, emergency: int) -> pd.DataFrame:
    patient, day = _visits_of(observed, emergency)
    return _of_moments(observed, patient, day, _share(observed))


@_contributes("emergency.{emergency}.share")
def _visitors(observed: Observed, emergency: int) -> pd.DataFrame:
    """The first visit, where it happened."""
    patient, day = _visits_of(observed, emergency)
    first = np.lexsort((day, patient))
    who, at = np.unique(patient[first], return_index=True)
    return _of_moments(observed, who, day[first][at], _share(observed))


def _visits_of(observed: Observed, emergency: int) -> tuple[Column, Column]:
    """Patients and days of the followed visits of one kind."""
    (rows, day), visits = followed_visits(observed), observed.records.emergencies
    of_kind = visits["emergency"][rows] == emergency
    return visits["patient"][rows[of_kind]], day[of_kind]


# --- times that are not always seen to their end ---


def incidence_weights(time: Column, cause: Column) -> Column:
    """What each observation adds to the cumulative incidence of cause 1, from its time on; 0 for other causes.

    1 / (n G(T-)), with n observations and G the Kaplan-Meier estimate of still being followed: someone whose event was
    seen stands for those who were censored before it. The sum over times up to t is the Aalen-Johansen estimate at t,
    exactly, since S(t-) G(t-) n is the number at risk at t. At equal times events come before censorings, so that
    someone with an event is no longer among those who might be censored.
    Source: Satten and Datta, Am Stat 2001;55:207-210.
    """
    times, at = np.unique(time, return_inverse=True)
    censored = np.bincount(at, weights=cause == 0, minlength=len(times))
    events = np.bincount(at, weights=cause != 0, minlength=len(times))
    after_events = len(time) - np.cumsum(events) - np.cumsum(censored) + censored
    followed = np.cumprod(np.divide(after_events - censored, after_events, out=np.ones(len(times)), where=censored > 0))
    before = np.concatenate(([1.0], followed))[:-1]
    weights = np.zeros(len(time))
    of_interest = cause == 1
    weights[of_interest] = 1 / (len(time) * before[at[of_interest]])
    return weights


@_contributes("relapse.{days}_days")
def _relapses(observed: Observed, days: int) -> pd.DataFrame:
    """The first relapse, where it happened."""
    followed = first_relapse(observed)
    if len(followed.who) == 0:
        return _undefined(observed)
    counted = (followed.cause == 1) & (followed.time <= days)
    who, weights = followed.who[counted], incidence_weights(followed.time, followed.cause)[counted]
    return _of_moments(observed, who, observed.first(observed.relapses)[who], weights)


@_contributes("readmission.{days}_days")
def _readmissions(observed: Observed, days: int) -> pd.DataFrame:
    """The first return. Here level and reason are those of the stay from which the count begins: who comes back."""
    followed, stays = readmissions(observed), observed.records.stays
    if len(followed.who) == 0:
        return _undefined(observed)
    counted = (followed.cause == 1) & (followed.time <= days)
    left, weights = followed.since[counted], incidence_weights(followed.time, followed.cause)[counted]
    level, reason = level_words(observed, stays["level"][left]), reason_words(stays["reason"][left])
    return _frame(followed.who[counted], level, reason, weights)


def _undefined(observed: Observed) -> pd.DataFrame:
    members = np.flatnonzero(observed.cohort)
    nowhere = np.full(len(members), NONE)
    nothing = np.full(len(members), math.nan)
    return _frame(members, level_words(observed, nowhere), reason_words(nowhere), nothing)


# --- cost: what a member spends, where they spend it ---


@_contributes("cost.per_patient.{perspective}")
def _cost(observed: Observed, perspective: Perspective) -> pd.DataFrame:
    return _spent(observed, counted_shares(observed)[perspective], 0.0)


@_contributes("cost.per_patient_discounted.{perspective}")
def _discounted_cost(observed: Observed, perspective: Perspective) -> pd.DataFrame:
    return _spent(observed, counted_shares(observed)[perspective], observed.scenario.discounting.rates("costs"))


@_contributes("cost.category.{category}")
def _cost_of_category(observed: Observed, category: CostCategory) -> pd.DataFrame:
    shares = np.zeros((len(observed.in_force), len(observed.levels) + 1, len(CATEGORIES)))
    shares[..., CATEGORIES.index(category)] = 1.0
    return _spent(observed, shares, 0.0)


def _spent(observed: Observed, shares: Column, rates: Rates) -> pd.DataFrame:
    """Entries of the cohort's ledger, each where its patient is; shares that count, as of `counted_shares`."""
    if observed.cohort_size == 0:
        return _undefined(observed)
    ledger, share = cohort_ledger(observed), _share(observed)
    at_once = ledger.where(ledger.at_once != 0)
    paid = at_once.amounts(rates) * counted(at_once, shares) * share
    # A payment belongs to what begins with it: an admission to the stay, which `segment_at` would see just before.
    moments = _of_moments(observed, at_once.patient, at_once.began, paid)
    in_level = at_once.level != NONE
    moments.loc[in_level, "level"] = level_words(observed, at_once.level[in_level])
    moments.loc[in_level, "reason"] = IN_CARE

    in_care = ledger.where((ledger.at_once == 0) & (ledger.level != NONE))
    amounts = in_care.amounts(rates) * counted(in_care, shares) * share
    in_care_words = reason_words(np.full(len(in_care), REASON_LABELS.index(IN_CARE)))
    of_care = _frame(in_care.patient, level_words(observed, in_care.level), in_care_words, amounts)

    segments = trajectory(observed)
    asked = observed.records.patients["arrived"][segments["patient"]]
    by_state = np.zeros(len(segments))
    for number, (scenario, since, until) in enumerate(observed.in_force):
        began, ended = (np.clip(segments[end], since - asked, until - asked) for end in ("began", "ended"))
        counting = shares[number, NONE]
        per_day = state_prices(scenario, counting)[segments["state"]]
        per_day = per_day + medication_prices(scenario, counting)[segments["medication"]]
        by_state += per_day * discounted_days(began, ended, rates)
    of_state = _of_segments(observed, by_state)
    return pd.concat([moments, of_care, of_state], ignore_index=True)
