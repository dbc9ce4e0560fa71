"""Relapse: how soon and how often, and the days of abstinence. A lapse is not a relapse."""

import numpy as np

from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, ratio, shared
from sim.outcomes.survival import TimesToEvent, competing, cumulative_incidence
from sim.vocabulary import ABSTINENT, DAYS_PER_YEAR, LAPSE

METRICS = MetricList("patients")


@shared
def first_relapse(observed: Observed) -> TimesToEvent:
    """From the start of the first abstinence (`since`, a row of spells) to the first relapse, with death competing."""
    spells, abstinent = observed.followed_spells, observed.spell_state == ABSTINENT
    who, first = np.unique(observed.records.spells["patient"][spells.rows[abstinent]], return_index=True)
    since, origin = spells.rows[abstinent][first], spells.began[abstinent][first]
    relapsed = observed.first(observed.relapses)
    return TimesToEvent(
        who, since, *competing(relapsed[who] - origin, observed.died_at[who] - origin, observed.follow_up - origin)
    )


@METRICS.define("relapse.{days}_days", "share", "lower", days=(30, 90, 180, 365))
def relapse(observed: Observed, days: int) -> float:
    """Probability of a first relapse within {days} days of becoming abstinent for the first time after asking for care
    (Aalen-Johansen over the members of the cohort who became abstinent, death competing, censored at the end of
    follow-up). A lapse is not a relapse. Beyond the longest time observed the estimate is carried forward. Missing if
    nobody became abstinent.
    """
    followed = first_relapse(observed)
    return cumulative_incidence(followed.time, followed.cause).at(days)


@METRICS.define("relapse_free.share", "share", "higher")
def relapse_free(observed: Observed) -> float:
    """Share of the cohort who became abstinent within follow-up and neither relapsed nor died until its end. Who was
    never abstinent counts as not relapse-free, so that keeping people out of care averts no relapse.
    """
    followed = first_relapse(observed)
    return ratio(int(np.count_nonzero(followed.cause == 0)), observed.cohort_size)


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


@METRICS.define("days_abstinent_discounted", "days", "higher")
def discounted_abstinent_days(observed: Observed) -> float:
    """Mean days of abstinence per member of the cohort within follow-up, lapses not counted, discounted continuously
    from first asking at the scenario's effective annual rate for effects.
    """
    days = observed.discounted_spell_days[observed.spell_state == ABSTINENT]
    return ratio(np.sum(days), observed.cohort_size)


@METRICS.define("lapses", "lapses", "neutral")
def lapses(observed: Observed) -> float:
    """Mean number of lapses that began within follow-up, per member of the cohort. Neither more nor less is better:
    fewer lapse also where fewer ever become abstinent.
    """
    return ratio(int(np.count_nonzero(observed.spell_state == LAPSE)), observed.cohort_size)
