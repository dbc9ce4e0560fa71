"""Relapse: how soon and how often, and the days of abstinence. A lapse is not a relapse."""

import math

import numpy as np

from sim.outcomes.discount import DAYS_PER_YEAR
from sim.outcomes.metric import Table
from sim.outcomes.observed import ABSTINENT, LAPSE, Observed, ratio, shared
from sim.outcomes.retention import competing
from sim.outcomes.survival import IncidenceCurve

METRICS = Table()


@shared
def first_relapse(observed: Observed) -> IncidenceCurve:
    """First relapse from the start of the first abstinence, with death competing."""
    abstinent = observed.first(observed.spell_state == ABSTINENT)
    relapsed = observed.first(observed.relapses)
    who = np.flatnonzero(abstinent < math.inf)
    origin = abstinent[who]
    return competing(relapsed[who] - origin, observed.died_at[who] - origin, observed.follow_up - origin)


@METRICS.define("relapse.{days}_days", "share", "lower", days=(30, 90, 180, 365))
def relapse(observed: Observed, days: int) -> float:
    """Probability of a first relapse within {days} days of becoming abstinent for the first time after asking for care
    (Aalen-Johansen over the members of the cohort who became abstinent, death competing, censored at the end of
    follow-up). A lapse is not a relapse. Beyond the longest time observed the estimate is carried forward.
    """
    return first_relapse(observed).at(days)


@METRICS.define("relapses.per_abstinent_year", "per person-year", "lower")
def relapse_rate(observed: Observed) -> float:
    """Relapses of the cohort within follow-up, first and later ones, per person-year of abstinence (365.25 days, lapses
    included). Missing if nobody was abstinent.
    """
    days = observed.state_days[ABSTINENT] + observed.state_days[LAPSE]
    return ratio(int(np.count_nonzero(observed.relapses)), days / DAYS_PER_YEAR)


@METRICS.define("days_abstinent", "days", "higher")
def abstinent_days(observed: Observed) -> float:
    """Mean days of abstinence per member of the cohort within follow-up, lapses not counted; days after death count as
    not abstinent.
    """
    return ratio(observed.state_days[ABSTINENT], observed.cohort_size)


@METRICS.define("lapses", "lapses", "lower")
def lapses(observed: Observed) -> float:
    """Mean number of lapses that began within follow-up, per member of the cohort."""
    return ratio(int(np.count_nonzero(observed.spell_state == LAPSE)), observed.cohort_size)
