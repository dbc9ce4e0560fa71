"""What is read off the replications of an arm: named numbers, by the estimators of `outcomes`."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.outcomes import Observed, metrics_of
from sim.outcomes.observed import ratio
from sim.outcomes.survival import competing, cumulative_incidence
from sim.validation.estimates import CrossRatio, Measurement
from sim.vocabulary import (
    ADMITTED,
    BURNED_OUT,
    COMPLETED,
    DAYS_PER_YEAR,
    DEAD,
    DIED,
    DROPPED_OUT,
    END,
    PASSED,
    RELAPSED,
    SETBACK,
    STEP_DOWN,
    TERMINATED,
    TRANSFERRED,
    UNWELL,
    WELL,
    Column,
)

Measurements = dict[str, Measurement]

MONTHS = (1, 6, 12, 60)
"""Months at which relapse to methamphetamine was published."""

WITHIN_DAYS = 30
"""An admission within so many days of a discharge is further care."""

LASTED = {
    "under a year": (30.0, DAYS_PER_YEAR),
    "1 to 3 years": (DAYS_PER_YEAR, 3 * DAYS_PER_YEAR),
    "3 years and over": (3 * DAYS_PER_YEAR, math.inf),
}
"""For how long someone has been abstinent at a look: days, from and below."""

ADMITTED_BY = 60
"""Changes of state are looked at in people who were admitted within so many days of asking."""

SAME_DAY = 1.0
"""24-hour care that begins within a day of 24-hour care goes on with it."""

LEFT = (DROPPED_OUT, BURNED_OUT)
LEFT_OR_REMOVED = (*LEFT, TERMINATED, RELAPSED)


def count(chosen: Column) -> int:
    """How many are true."""
    return int(np.count_nonzero(chosen))


# --- access ---


def attended(level: str) -> Callable[[Observed], Measurements]:
    """Share of asks for a level that led to admission."""

    def read(observed: Observed) -> Measurements:
        waits, code = observed.records.waits, list(observed.scenario.levels).index(level)
        outcome = waits["outcome"][(waits["level"] == code) & (waits["outcome"] != PASSED)]
        return {"attended": ratio(count(outcome == ADMITTED), len(outcome))}

    return read


def linked_admissions(observed: Observed) -> Measurements:
    """Share of planned first discharges that a step down to another level follows within 30 days."""
    left = first_discharges(observed, planned=True)
    stays, after = observed.records.stays, left.row + 1
    after = np.minimum(after, len(stays) - 1)
    linked = (stays["patient"][after] == left.who) & (after > left.row)
    linked &= stays["route"][after] == STEP_DOWN
    linked &= stays["admitted"][after] - left.day <= WITHIN_DAYS
    return {"admitted": ratio(count(linked), len(linked))}


# --- the course of the illness ---


class Discharges(NamedTuple):
    """First discharges, alive: patient numbers, rows of the stays, days since day 0."""

    who: Column
    row: Column
    day: Column


def first_discharges(observed: Observed, planned: bool = False) -> Discharges:
    """Of each cohort member the end of the first stay, unless it was death or the end of the run.

    planned: only stays that ended completed or transferred.
    """
    stays = observed.records.stays
    who, row = np.unique(stays["patient"], return_index=True)
    reason = stays["reason"][row]
    chosen = np.isin(reason, (COMPLETED, TRANSFERRED)) if planned else ~np.isin(reason, (DIED, END))
    chosen &= observed.cohort[who]
    return Discharges(who[chosen], row[chosen], stays["discharged"][row[chosen]])


def first_use(observed: Observed, left: Discharges, states: Sequence[int]) -> tuple[Column, Column]:
    """Days from discharge to the first moment in one of these states, and cause (1 that, 2 death, 0 the end)."""
    died = since(observed, left, (DEAD,))
    until = observed.records.patients["arrived"][left.who] + observed.follow_up - left.day
    return competing(since(observed, left, states), died, until)


def since(observed: Observed, left: Discharges, states: Sequence[int]) -> Column:
    """Days from discharge to the first moment in one of these states, 0 for someone who is in it; infinite without."""
    spells, patients = observed.records.spells, len(observed.cohort)
    discharged = np.full(patients, math.inf)
    discharged[left.who] = left.day
    origin = discharged[spells["patient"]]
    chosen = np.isin(spells["state"], states) & (spells["ended"] > origin)
    first = np.full(patients, math.inf)
    np.minimum.at(first, spells["patient"][chosen], np.maximum(spells["started"][chosen] - origin[chosen], 0.0))
    return first[left.who]


def use_after_discharge(regular: Sequence[float], any_use: Sequence[float]) -> Callable[[Observed], Measurements]:
    """Cumulative incidence of regular use and of any use so many days after the first discharge."""

    def read(observed: Observed) -> Measurements:
        left = first_discharges(observed)
        measured: Measurements = {}
        for name, states, days in (("regular", (UNWELL,), regular), ("any", (UNWELL, SETBACK), any_use)):
            curve = cumulative_incidence(*first_use(observed, left, states))
            measured |= {f"{name} {day:g}": curve.at(day) for day in days}
        return measured

    return read


def use_and_abstinence_after_discharge(any_use: float, well: float) -> Callable[[Observed], Measurements]:
    """Any use by one day after the first discharge; alive and abstinent on another."""

    def read(observed: Observed) -> Measurements:
        left = first_discharges(observed)
        there = state_at(observed, left, well) == WELL
        incidence = use_after_discharge((), (any_use,))(observed)
        return {f"abstinent {well:g}": ratio(count(there), len(there)), **incidence}

    return read


def state_at(observed: Observed, left: Discharges, days: float) -> Column:
    """The clinical state of each, so many days after discharge."""
    spells, at = observed.records.spells, np.full(len(observed.cohort), math.nan)
    at[left.who] = left.day + days
    moment = at[spells["patient"]]
    inside = (spells["started"] <= moment) & (moment < spells["ended"])
    state = np.full(len(observed.cohort), -1)
    state[spells["patient"][inside]] = spells["state"][inside]
    return state[left.who]


STAYED = 0.9
"""Of the plan: who stayed as long is told apart from who left earlier."""

USED_BY = (7, 14, 30, 60, 90)
"""Days after discharge at which the return to use was computed from the data of UIS."""

LONG_AFTER = (180, 365)
"""Further ones, of the long run."""

TWO_YEARS = 2 * DAYS_PER_YEAR


def return_to_use(*arms: Observed) -> Measurements:
    """Any use by days after discharge, of those who stayed and those who left; hazard ratios of the longer plan.

    arms: the shorter and the longer plan of one site after the other.
    """
    times, stayed, exits = [], [], []
    for arm in arms:
        left = first_discharges(arm)
        days, cause = first_use(arm, left, (UNWELL, SETBACK))
        in_care = left.day - arm.records.stays["admitted"][left.row]
        planned = arm.scenario.levels["residential"].length_of_stay.expected()
        times.append((days, cause))
        stayed.append(in_care >= STAYED * planned)
        exits.append(left.day)
    measured: Measurements = {}
    all_days, all_causes = (np.concatenate(each) for each in zip(*times, strict=True))
    long_enough = np.concatenate(stayed)
    for name, group in (("stayed", long_enough), ("left", ~long_enough)):
        curve = cumulative_incidence(all_days[group], all_causes[group])
        measured |= {f"{name} {day}": curve.at(day) for day in (*USED_BY, *LONG_AFTER)}
    for name, clock in (("from admission", exits), ("from exit", [np.zeros(len(day)) for day in exits])):
        sites = []
        for shorter, longer in ((0, 1), (2, 3)):
            days = np.concatenate([times[arm][0] + clock[arm] for arm in (shorter, longer)])
            used = np.concatenate([times[arm][1] == 1 for arm in (shorter, longer)])
            group = np.repeat([False, True], [len(times[shorter][0]), len(times[longer][0])])
            sites.append((days, used, group))
        measured[f"ratio {name}"] = log_rank_ratio(sites, TWO_YEARS)
    return measured


def log_rank_ratio(strata: Sequence[tuple[Column, Column, Column]], until: float) -> float:
    """Hazard ratio of one group against the other: exp((observed - expected) / variance), summed over strata.

    strata: times, whether each ended with the event, and whether each is of the group. until: later times are censored.
    Source: Peto et al., Br J Cancer 1977;35:1-39.
    """
    excess = variance = 0.0
    for times, events, group in strata:
        order = np.argsort(times, kind="stable")
        days, chosen = times[order], group[order]
        happened = events[order] & (days < until)
        share = np.cumsum(chosen[::-1])[::-1] / np.arange(len(days), 0, -1)
        excess += count(happened & chosen) - math.fsum(share[happened].tolist())
        variance += math.fsum((share * (1 - share))[happened].tolist())
    return math.exp(excess / variance)


def stimulant_curve(observed: Observed) -> Measurements:
    """Any use and regular use at the published months, and the log-logistic curve through each; use after a year."""
    days = [month * DAYS_PER_YEAR / 12 for month in MONTHS]
    left = first_discharges(observed)
    measured: Measurements = {}
    for name, states in (("regular", (UNWELL,)), ("any", (UNWELL, SETBACK))):
        curve = cumulative_incidence(*first_use(observed, left, states))
        shares = [curve.at(day) for day in days]
        measured |= {f"{name} {month}": share for month, share in zip(MONTHS, shares, strict=True)}
        measured[f"{name} shape"], measured[f"{name} median"] = log_logistic(MONTHS, shares)
    unwell = state_at(observed, left, DAYS_PER_YEAR) == UNWELL
    return measured | {"using 12": ratio(count(unwell), len(unwell))}


def log_logistic(times: Sequence[float], shares: Sequence[float]) -> tuple[float, float]:
    """Shape, and median in the unit of `times`, of the log-logistic curve through these shares.

    logit(share) = shape x (ln time - ln median), by least squares over the points.
    """
    x = np.log(np.asarray(times, dtype=float))
    y = np.array([math.log(share / (1 - share)) if 0 < share < 1 else math.nan for share in shares])
    shape = float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))
    return shape, math.exp(float(x.mean()) - float(y.mean()) / shape)


def sustained_abstinence(observed: Observed) -> Measurements:
    """Of those abstinent at a yearly look, by for how long, the share without any use until the next look."""
    spells = observed.records.spells
    sober = (spells["state"] == WELL) & observed.cohort[spells["patient"]]
    arrived = observed.records.patients["arrived"][spells["patient"]]
    began, ended = (spells["started"] - arrived)[sober], (spells["ended"] - arrived)[sober]
    looks = [year * DAYS_PER_YEAR for year in range(1, int(observed.follow_up / DAYS_PER_YEAR + 1e-9))]
    measured: Measurements = {}
    for name, (low, high) in LASTED.items():
        looked = kept = 0
        for look in looks:
            lasted = look - began
            there = (began <= look) & (look < ended) & (lasted >= low) & (lasted < high)
            looked += count(there)
            kept += count(there & (ended >= look + DAYS_PER_YEAR))
        measured[name] = ratio(kept, looked)
    return measured


def odds_of_abstinence(none: Observed, all_linked: Observed) -> Measurements:
    """Odds ratio of abstinence 90 and 180 days after a planned first discharge, all linked against none."""
    measured: Measurements = {}
    for days in (90, 180):
        odds: list[int] = []
        for arm in (all_linked, none):
            well = state_at(arm, first_discharges(arm, planned=True), days) == WELL
            odds += count(well), count(~well)
        measured[f"odds ratio {days}"] = CrossRatio(*odds)
    return measured


# --- death ---

WINDOWS = ((0, 28), (28, 90), (90, 365))
"""Days after discharge, from and to."""


def death_rates(scaled: float) -> Callable[..., Measurements]:
    """Deaths per 1,000 person-years by window after residential care, by level and for opioids in the first 28 days.

    scaled: how many times the arms' death rates are those that are wanted.
    """

    def read(residential: Observed, detox: Observed, outpatient: Observed) -> Measurements:
        measured: Measurements = {}
        for low, high in WINDOWS:
            measured[f"{low} to {high}"] = 1000 * ratio(*deaths(residential, low, high)) / scaled
        for name, arm in (("residential", residential), ("detox", detox), ("outpatient", outpatient)):
            measured[f"opioids {name}"] = 1000 * ratio(*deaths(arm, 0, 28, opioids=True)) / scaled
        for name, arm in (("residential", residential), ("detox", detox)):
            measured[f"{name} ratio"] = CrossRatio(*deaths(arm, 0, 28), *deaths(outpatient, 0, 28))
        return measured

    return read


def deaths(observed: Observed, low: float, high: float, opioids: bool = False) -> tuple[int, float]:
    """Deaths, and person-years, from day `low` to day `high` after the first discharge; of all, or of opioids."""
    left = first_discharges(observed)
    if opioids:
        patients = observed.records.patients
        code = list(observed.scenario.population["substance"]).index("opioids")
        keep = patients["substance"][left.who] == code
        left = Discharges(left.who[keep], left.row[keep], left.day[keep])
    time, cause = first_use(observed, left, ())
    days = np.clip(np.minimum(time, high) - low, 0.0, None)
    died = (cause == 2) & (time >= low) & (time < high)
    return count(died), math.fsum(days.tolist()) / DAYS_PER_YEAR


# --- the whole programme ---


def programme(observed: Observed) -> Measurements:
    """Relapse, further care, changes of state, leaving early, and cost per admission of the programme."""
    metrics = metrics_of(observed)
    stays = observed.records.stays
    admitted = observed.in_window(stays["admitted"])
    measured: Measurements = {"relapse 365": metrics["relapse.365_days"]}
    measured |= {
        "further care": further_care(observed, SAME_DAY),
        "further care by stays": further_care(observed, -1.0),
    }
    measured |= changes_of_state(observed)
    ambulatory = ("iop", "outpatient")
    codes = {name: code for code, name in enumerate(observed.scenario.levels)}
    began = np.flatnonzero(admitted & np.isin(stays["level"], [codes[name] for name in ambulatory]))
    reason, days = stays["reason"][began], (stays["discharged"] - stays["admitted"])[began]
    measured["dropped out"] = ratio(count(np.isin(reason, LEFT)), len(began))
    early = np.isin(reason, LEFT_OR_REMOVED) & (days < WITHIN_DAYS)
    measured["left by 30"] = ratio(count(early), len(began))
    for level in ("residential", "outpatient"):
        admissions = count(admitted & (stays["level"] == codes[level]))
        measured[f"cost {level}"] = ratio(metrics[f"cost.{level}.total"], admissions)
    return measured


def further_care(observed: Observed, same_episode: float) -> float:
    """Of what ended in the window in 24-hour care, the share that any admission followed within 30 days.

    same_episode: 24-hour care that follows within so many days goes on with it; -1: every stay counts by itself.
    """
    stays = observed.records.stays
    around = np.array([level.round_the_clock for level in observed.levels])[stays["level"]]
    follows = np.zeros(len(stays), dtype=bool)
    follows[:-1] = stays["patient"][1:] == stays["patient"][:-1]
    gap = np.full(len(stays), math.inf)
    gap[:-1] = stays["admitted"][1:] - stays["discharged"][:-1]
    gap[~follows] = math.inf
    goes_on = np.zeros(len(stays), dtype=bool)
    goes_on[:-1] = around[1:] & (gap[:-1] <= same_episode)
    ended = around & ~goes_on & observed.in_window(stays["discharged"])
    ended &= ~np.isin(stays["reason"], (DIED, END))
    return ratio(count(gap[ended] <= WITHIN_DAYS), count(ended))


def changes_of_state(observed: Observed) -> Mapping[str, float]:
    """Share in another state (using or not at home, in care) than a quarter before, and at least once in two years.

    Of cohort members admitted within 60 days of asking, at quarterly looks 3 to 24 months after that admission.
    """
    patient, stays = observed.records.stays["patient"][observed.followed_stays.rows], observed.followed_stays
    admitted = np.full(len(observed.cohort), math.inf)
    np.minimum.at(admitted, patient, stays.began)
    who = np.flatnonzero(admitted <= ADMITTED_BY)
    quarter = DAYS_PER_YEAR / 4
    looks = np.array([where(observed, admitted + number * quarter)[who] for number in range(1, 9)])
    looks = looks[:, looks[-1] >= 0]
    changed = looks[1:] != looks[:-1]
    return {"changed in a quarter": float(np.mean(changed)), "changed at all": float(np.mean(changed.any(axis=0)))}


def where(observed: Observed, day: Column) -> Column:
    """Of each patient, so many days after asking: 0 at home without regular use, 1 at home using, 2 in care.

    day: by patient number. -1 stands for dead, and for who is not of the cohort.
    """
    spells, stays = observed.followed_spells, observed.followed_stays
    state = np.full(len(observed.cohort), -1)
    patient = observed.records.spells["patient"][spells.rows]
    inside = (spells.began <= day[patient]) & (day[patient] < spells.ended) & (observed.spell_state != DEAD)
    state[patient[inside]] = observed.spell_state[inside] == UNWELL
    patient = observed.records.stays["patient"][stays.rows]
    state[patient[(stays.began <= day[patient]) & (day[patient] < stays.ended)]] = 2
    return state
