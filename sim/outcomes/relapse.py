"""Use and relapse: how soon and how often, and the days of abstinence. A relapse is regular use; a lapse is none."""

import numpy as np

from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, ratio, shared
from sim.outcomes.survival import TimesToEvent, competing, cumulative_incidence
from sim.vocabulary import ABSTINENT, DAYS_PER_YEAR, DIED, END, LAPSE, USING, Column

METRICS = MetricList("patients")

ANY_USE_DAYS = (7, 30, 90, 180, 365)


@shared
def first_relapse(observed: Observed) -> TimesToEvent:
    """From the start of the first abstinence (`since`, a row of spells) to the first relapse, with death competing."""
    return _since_abstinence(observed, observed.relapses)


@shared
def first_use(observed: Observed) -> TimesToEvent:
    """From the start of the first abstinence to the first use of any kind, which may be a lapse."""
    return _since_abstinence(observed, observed.relapses | (observed.spell_state == LAPSE))


def _since_abstinence(observed: Observed, event: Column) -> TimesToEvent:
    spells, abstinent = observed.followed_spells, observed.spell_state == ABSTINENT
    who, first = np.unique(observed.records.spells["patient"][spells.rows[abstinent]], return_index=True)
    since, origin = spells.rows[abstinent][first], spells.began[abstinent][first]
    happened = observed.first(event)
    return TimesToEvent(
        who, since, *competing(happened[who] - origin, observed.died_at[who] - origin, observed.follow_up - origin)
    )


@shared
def use_after_24_hour_care(observed: Observed) -> TimesToEvent:
    """From the first discharge from 24-hour care for home (`since`, a row of stays) to use, with death competing.

    Somebody who uses when they leave has used at once.
    """
    followed, stays, spells = observed.followed_stays, observed.records.stays, observed.followed_spells
    patient, level, reason = (stays[name][followed.rows] for name in ("patient", "level", "reason"))
    staffed = np.array([each.round_the_clock for each in observed.levels])
    moves_on = np.zeros(len(patient), dtype=bool)
    moves_on[:-1] = (patient[1:] == patient[:-1]) & (followed.began[1:] <= followed.ended[:-1])
    home = staffed[level] & ~moves_on & (reason != DIED) & (reason != END) & (followed.ended < observed.follow_up)
    who, first = np.unique(patient[home], return_index=True)
    since = np.flatnonzero(home)[first]
    left = np.full(len(observed.cohort), np.inf)
    left[who] = followed.ended[since]

    using = (observed.spell_state == USING) | (observed.spell_state == LAPSE)
    users, began = observed.records.spells["patient"][spells.rows[using]], spells.began[using]
    used = np.full(len(observed.cohort), np.inf)
    late = (spells.ended[using] > left[users]) | (began >= left[users])
    np.minimum.at(used, users[late], np.maximum(began - left[users], 0.0)[late])
    died, end = observed.died_at[who] - left[who], observed.follow_up - left[who]
    return TimesToEvent(who, followed.rows[since], *competing(used[who], died, end))


@METRICS.define("relapse.{days}_days", "share", "lower", days=(30, 90, 180, 365, 1_825))
def relapse(observed: Observed, days: int) -> float:
    """Probability of a first relapse within {days} days of becoming abstinent for the first time after asking for care
    (Aalen-Johansen over the members of the cohort who became abstinent, death competing, censored at the end of
    follow-up). A relapse is a return to regular use, and counts from the day on which use is regular, not from that of
    the lapse which it began with; a lapse is no relapse. Beyond the longest time observed the estimate is carried
    forward. Missing if nobody became abstinent.
    """
    followed = first_relapse(observed)
    return cumulative_incidence(followed.time, followed.cause).at(days)


@METRICS.define("any_use.{days}_days", "share", "lower", days=ANY_USE_DAYS)
def any_use(observed: Observed, days: int) -> float:
    """Probability of any use, a lapse or a relapse, within {days} days of becoming abstinent for the first time after
    asking for care (Aalen-Johansen over the members of the cohort who became abstinent, death competing, censored at
    the end of follow-up). Beyond the longest time observed the estimate is carried forward. Missing if nobody became
    abstinent.
    """
    followed = first_use(observed)
    return cumulative_incidence(followed.time, followed.cause).at(days)


@METRICS.define(
    *("any_use_after_24_hour_care.{days}_days", "share", "lower"),
    days=ANY_USE_DAYS,
    stated=lambda level: level.round_the_clock,
)
def any_use_after_24_hour_care(observed: Observed, days: int) -> float:
    """Probability of any use, a lapse or a relapse, within {days} days of the first discharge from 24-hour care that
    led home, or home first (Aalen-Johansen over the members of the cohort who left in such a way, death competing,
    censored at the end of follow-up). Those who use when they leave have used at once. Beyond the longest time observed
    the estimate is carried forward. Missing if nobody left 24-hour care for home.
    """
    followed = use_after_24_hour_care(observed)
    return cumulative_incidence(followed.time, followed.cause).at(days)


@METRICS.define("relapse_free.share", "share", "higher", by_horizon=True)
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


@METRICS.define("days_abstinent", "days", "higher", by_horizon=True)
def abstinent_days(observed: Observed) -> float:
    """Mean days of abstinence per member of the cohort within follow-up, lapses not counted; days after death count as
    not abstinent.
    """
    return ratio(observed.state_days[ABSTINENT], observed.cohort_size)


@METRICS.define("days_abstinent_discounted", "days", "higher", by_horizon=True)
def discounted_abstinent_days(observed: Observed) -> float:
    """Mean days of abstinence per member of the cohort within follow-up, lapses not counted, discounted continuously
    from first asking at the scenario's effective annual rate for effects.
    """
    days = observed.discounted_spell_days[observed.spell_state == ABSTINENT]
    return ratio(np.sum(days), observed.cohort_size)


@METRICS.define("days_using", "days", "lower", by_horizon=True)
def using_days(observed: Observed) -> float:
    """Mean days of use per member of the cohort within follow-up, those in a lapse not counted; days after death count
    as none, so that less use may come of more deaths.
    """
    return ratio(observed.state_days[USING], observed.cohort_size)


@METRICS.define("lapses", "lapses", "neutral")
def lapses(observed: Observed) -> float:
    """Mean number of lapses that began within follow-up, those with which a relapse begins included, per member of the
    cohort. Neither more nor less is better: fewer lapse also where fewer ever become abstinent.
    """
    return ratio(int(np.count_nonzero(observed.spell_state == LAPSE)), observed.cohort_size)
