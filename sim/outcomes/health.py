"""Health: deaths, life-days and quality-adjusted life years of the cohort."""

import math
from typing import NamedTuple

import numpy as np

from sim.outcomes.compiling import compiled
from sim.outcomes.discount import Rates, discounted_days, pieces
from sim.outcomes.emergencies import lost_by_cohort
from sim.outcomes.metric import MetricList
from sim.outcomes.mortality import expected_deaths
from sim.outcomes.observed import Observed, by_state, ratios, shared
from sim.scenario.schema import Scenario, Utilities
from sim.vocabulary import DAYS_PER_YEAR, Column

METRICS = MetricList("patients")


@METRICS.define("deaths.share", "share", "lower", needs="death", by_horizon=True)
def deaths(observed: Observed) -> Column:
    """Share of the cohort who died within follow-up of first asking for care; everyone is followed to its end."""
    return ratios(_deaths(observed), observed.sizes)


@METRICS.define("deaths.per_1000_person_years", "per 1,000 person-years", "lower", needs="death")
def death_rate(observed: Observed) -> Column:
    """Deaths of the cohort within follow-up per 1,000 person-years lived (365.25 days each)."""
    return ratios(1000 * _deaths(observed), observed.life_days / DAYS_PER_YEAR)


@METRICS.define("deaths.expected_share", "share", "lower", needs="death", by_horizon=True)
def expected(observed: Observed) -> Column:
    """Share of the cohort who were to be expected to die within follow-up: the hazard of death, integrated over the
    time that each member lived there. Its mean is that of deaths.share, with less of chance in it.
    """
    return ratios(expected_deaths(observed), observed.sizes)


@METRICS.define("deaths.expected_per_1000_person_years", "per 1,000 person-years", "lower", needs="death")
def expected_rate(observed: Observed) -> Column:
    """Deaths of the cohort that were to be expected within follow-up (see deaths.expected_share) per 1,000 person-years
    lived (365.25 days each).
    """
    return ratios(1000 * expected_deaths(observed), observed.life_days / DAYS_PER_YEAR)


@METRICS.define("life_days", "days", "higher", needs="death", by_horizon=True)
def life_days(observed: Observed) -> Column:
    """Mean days lived within follow-up per member of the cohort."""
    return ratios(observed.life_days, observed.sizes)


@METRICS.define("qalys.per_patient", "QALY", "higher", needs="utilities", by_horizon=True)
def qalys(observed: Observed) -> Column:
    """Quality-adjusted life years per member of the cohort within follow-up, not discounted: years in each state times
    its utility, 0 after death; by age where the scenario states `utilities.age`; less what visits to an emergency
    department take where it states `qaly_loss`.
    """
    return _qalys(observed, _worth(observed), 0.0)


@METRICS.define("qalys.per_patient_discounted", "QALY", "higher", needs="utilities", by_horizon=True)
def discounted_qalys(observed: Observed) -> Column:
    """Quality-adjusted life years per member of the cohort within follow-up, discounted continuously from first asking
    at the scenario's effective annual rate for effects; 0 after death, by age where it states `utilities.age`, and less
    what visits to an emergency department take where it states `qaly_loss`.
    """
    return _qalys(observed, _discounted_worth(observed), observed.scenario.discounting.rates("effects"))


def _qalys(observed: Observed, worth: Column, rates: Rates) -> Column:
    """worth: by followed spell, days in full health that it is worth. rates: at which it is discounted."""
    lived = observed.groups.in_order(observed.spell_patient, worth) / DAYS_PER_YEAR
    return ratios(lived - lost_by_cohort(observed, rates), observed.sizes)


@shared
def _worth(observed: Observed) -> Column:
    return _adjusted(observed, observed.followed_spells.days, 0.0)


@shared
def _discounted_worth(observed: Observed) -> Column:
    return _adjusted(observed, observed.discounted_spell_days, observed.scenario.discounting.rates("effects"))


def _adjusted(observed: Observed, days: Column, rates: Rates) -> Column:
    spells = observed.followed_spells
    return in_full_health(
        observed, observed.spell_patient, observed.spell_state, spells.began, spells.ended, days, rates
    )


def in_full_health(
    observed: Observed,
    patient: Column,
    state: Column,
    began: Column,
    ended: Column,
    days: Column,
    rates: Rates,
    origin: float | None = None,
) -> Column:
    """The days in full health, discounted at rates, that intervals are worth: by the utilities of the day, and by age
    where these state it.

    patient, state, began, ended (days since the origin), days (discounted): of intervals. origin: a day of the run, or
    None for each one's first asking.
    """
    patients = observed.records.patients
    zero = patients["arrived"][patient] if origin is None else np.full(len(days), origin)
    born = patients["born"][patient] - zero
    worth, several = np.zeros(len(days)), len(observed.in_force) > 1
    for scenario, since, until in observed.in_force:
        if scenario.utilities is None or (several and bool(np.all(began >= until - zero))):
            continue
        lived = Lived(began, ended, days)
        if several and not (np.all(began >= since - zero) and np.all(ended <= until - zero)):
            first, last = (np.clip(end, since - zero, until - zero) for end in (began, ended))
            lived = Lived(first, last, discounted_days(first, last, rates))
        worth += utility_of_state(scenario)[state] * by_age(scenario.utilities, born, lived, rates)
    return worth


class Lived(NamedTuple):
    """Intervals: days since an origin, and the days of each, discounted."""

    began: Column
    ended: Column
    days: Column


def by_age(utilities: Utilities, born: Column, lived: Lived, rates: Rates) -> Column:
    """Days, times what utilities are worth at the age of each; the same without `utilities.age`."""
    if utilities.age is None:
        return lived.days
    years, factors = np.array(utilities.age.factors()).T
    ages = np.array([[*days, factor] for *days, factor in zip(years, (*years[1:], math.inf), factors, strict=True)])
    ages[:, :2] *= DAYS_PER_YEAR
    if kernels := compiled():
        worth = np.empty(len(born))
        kernels.days_by_age(born, *lived, ages, pieces(rates), worth)
        return worth
    group, within = np.zeros(len(born), dtype=np.int64), np.ones(len(born), dtype=bool)
    for age, *_ in ages[1:].tolist():
        day = born + age
        before = day <= lived.began
        group += before
        within &= before | (day >= lived.ended)
    weighed: Column = factors[group] * lived.days
    # Few come to another age meanwhile.
    rows = np.flatnonzero(~within)
    born, began, ended = born[rows], lived.began[rows], lived.ended[rows]
    parts = np.zeros(len(rows))
    for age, until, factor in ages.tolist():
        first, last = (np.clip(born + days, began, ended) for days in (age, until))
        some = np.flatnonzero(first != last)
        parts[some] += factor * discounted_days(first[some], last[some], rates)
    weighed[rows] = parts
    return weighed


def utility_of_state(scenario: Scenario) -> Column:
    """The utility of each clinical state, in the order of their codes. The scenario must state utilities."""
    assert scenario.utilities is not None
    return by_state(scenario.utilities)


def _deaths(observed: Observed) -> Column:
    return observed.groups.rows(np.flatnonzero(observed.died_at < math.inf))
