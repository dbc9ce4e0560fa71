"""Health: deaths, life-days and quality-adjusted life years of the cohort."""

import math

import numpy as np

from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, by_state, ratio
from sim.scenario.schema import Scenario
from sim.vocabulary import DAYS_PER_YEAR, Column

METRICS = MetricList("patients")


@METRICS.define("deaths.share", "share", "lower", needs="death")
def deaths(observed: Observed) -> float:
    """Share of the cohort who died within follow-up of first asking for care; everyone is followed to its end."""
    return ratio(_deaths(observed), observed.cohort_size)


@METRICS.define("deaths.per_1000_person_years", "per 1,000 person-years", "lower", needs="death")
def death_rate(observed: Observed) -> float:
    """Deaths of the cohort within follow-up per 1,000 person-years lived (365.25 days each)."""
    return ratio(1000 * _deaths(observed), observed.life_days / DAYS_PER_YEAR)


@METRICS.define("life_days", "days", "higher", needs="death")
def life_days(observed: Observed) -> float:
    """Mean days lived within follow-up per member of the cohort."""
    return ratio(observed.life_days, observed.cohort_size)


@METRICS.define("qalys.per_patient", "QALY", "higher", needs="utilities")
def qalys(observed: Observed) -> float:
    """Quality-adjusted life years per member of the cohort within follow-up, not discounted: years in each state times
    its utility, 0 after death.
    """
    return _qalys(observed, observed.followed_spells.days)


@METRICS.define("qalys.per_patient_discounted", "QALY", "higher", needs="utilities")
def discounted_qalys(observed: Observed) -> float:
    """Quality-adjusted life years per member of the cohort within follow-up, discounted continuously from first asking
    at the scenario's effective annual rate for effects; 0 after death.
    """
    return _qalys(observed, observed.discounted_spell_days)


def _qalys(observed: Observed, days: Column) -> float:
    adjusted = utility_of_state(observed.scenario)[observed.spell_state] * days
    return ratio(np.sum(adjusted) / DAYS_PER_YEAR, observed.cohort_size)


def utility_of_state(scenario: Scenario) -> Column:
    """The utility of each clinical state, in the order of their codes. The scenario must state utilities."""
    assert scenario.utilities is not None
    return by_state(scenario.utilities)


def _deaths(observed: Observed) -> int:
    return int(np.count_nonzero(observed.died_at < math.inf))
