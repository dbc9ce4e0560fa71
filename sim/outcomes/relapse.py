"""Setbacks and relapses: how soon and how often, and the days well. A relapse lasts; a setback ends by itself."""

import numpy as np

from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, incidences_by, ratios, shared
from sim.outcomes.partition import first_rows
from sim.outcomes.survival import TimesToEvent, competing
from sim.outcomes.trajectory import segment_at, trajectory
from sim.vocabulary import DAYS_PER_YEAR, DEAD, DIED, END, RESPONSE, SETBACK, UNWELL, WELL, Column

METRICS = MetricList("patients")

RELAPSE_DAYS = (30, 90, 180, 365, 1_825)
ANY_SETBACK_DAYS = (7, 30, 90, 180, 365)


@shared
def first_relapse(observed: Observed) -> TimesToEvent:
    """From the start of the first time well (`since`, a row of spells) to the first relapse, with death competing."""
    return _since_first_well(observed, observed.relapses)


@shared
def first_setback(observed: Observed) -> TimesToEvent:
    """From the start of the first time well to the first setback of any kind, which may begin a relapse."""
    return _since_first_well(observed, observed.relapses | (observed.spell_state == SETBACK))


def _since_first_well(observed: Observed, event: Column) -> TimesToEvent:
    spells, well = observed.followed_spells, observed.spell_state == WELL
    first = np.flatnonzero(well)[first_rows(observed.spell_patient[well])]
    who, since, origin = observed.spell_patient[first], spells.rows[first], spells.began[first]
    happened = observed.first(event)
    return TimesToEvent(
        who, since, *competing(happened[who] - origin, observed.died_at[who] - origin, observed.follow_up - origin)
    )


@shared
def setback_after_24_hour_care(observed: Observed) -> TimesToEvent:
    """From the first discharge from 24-hour care for home (`since`, a row of stays) to any setback, with death
    competing.

    Somebody who is unwell when they leave counts at once.
    """
    followed, stays, spells = observed.followed_stays, observed.records.stays, observed.followed_spells
    patient, level, reason = (stays[name][followed.rows] for name in ("patient", "level", "reason"))
    staffed = np.array([each.round_the_clock for each in observed.levels])
    moves_on = np.zeros(len(patient), dtype=bool)
    moves_on[:-1] = (patient[1:] == patient[:-1]) & (followed.began[1:] <= followed.ended[:-1])
    home = staffed[level] & ~moves_on & (reason != DIED) & (reason != END) & (followed.ended < observed.follow_up)
    since = np.flatnonzero(home)[first_rows(patient[home])]
    who = patient[since]
    left = np.full(len(observed.cohort), np.inf)
    left[who] = followed.ended[since]

    unwell = (observed.spell_state != WELL) & (observed.spell_state != DEAD)
    who_was, began = observed.spell_patient[unwell], spells.began[unwell]
    set_back = np.full(len(observed.cohort), np.inf)
    late = (spells.ended[unwell] > left[who_was]) | (began >= left[who_was])
    np.minimum.at(set_back, who_was[late], np.maximum(began - left[who_was], 0.0)[late])
    died, end = observed.died_at[who] - left[who], observed.follow_up - left[who]
    return TimesToEvent(who, followed.rows[since], *competing(set_back[who], died, end))


@METRICS.define("relapse.{days}_days", "share", "lower", days=RELAPSE_DAYS)
def relapse(observed: Observed, days: int) -> Column:
    """Probability of a first relapse within {days} days of the first day {well} after asking for care (Aalen-Johansen
    over the members of the cohort who were ever {well}, death competing, censored at the end of follow-up). A relapse
    counts from the day on which people are {unwell} again, not from that of the {setback} which it began with; a
    {setback} by itself is no relapse. Beyond the longest time observed the estimate is carried forward. Missing if
    nobody recovered.
    """
    return incidences_by(observed, first_relapse, RELAPSE_DAYS)[days]


@METRICS.define("any_setback.{days}_days", "share", "lower", days=ANY_SETBACK_DAYS)
def any_setback(observed: Observed, days: int) -> Column:
    """Probability of {any_setback}, a {setback} or a relapse, within {days} days of the first day {well} after asking
    for care (Aalen-Johansen over the members of the cohort who were ever {well}, death competing, censored at the end
    of follow-up). Beyond the longest time observed the estimate is carried forward. Missing if nobody recovered.
    """
    return incidences_by(observed, first_setback, ANY_SETBACK_DAYS)[days]


@METRICS.define(
    *("any_setback_after_24_hour_care.{days}_days", "share", "lower"),
    days=ANY_SETBACK_DAYS,
    stated=lambda level: level.round_the_clock,
)
def any_setback_after_24_hour_care(observed: Observed, days: int) -> Column:
    """Probability of {any_setback}, a {setback} or a relapse, within {days} days of the first discharge from 24-hour
    care that led home, or home first (Aalen-Johansen over the members of the cohort who left in such a way, death
    competing, censored at the end of follow-up). Who is {unwell} on leaving counts at once. Beyond the longest time
    observed the estimate is carried forward. Missing if nobody left 24-hour care for home.
    """
    return incidences_by(observed, setback_after_24_hour_care, ANY_SETBACK_DAYS)[days]


@METRICS.define("relapse_free.share", "share", "higher", by_horizon=True)
def relapse_free(observed: Observed) -> Column:
    """Share of the cohort who were ever {well} within follow-up and neither relapsed nor died until its end. Who was
    never {well} counts as not relapse-free, so that keeping people out of care averts no relapse.
    """
    followed = first_relapse(observed)
    return ratios(observed.groups.rows(followed.who[followed.cause == 0]), observed.sizes)


@METRICS.define("relapses.per_well_year", "per person-year", "lower")
def relapse_rate(observed: Observed) -> Column:
    """Relapses of the cohort within follow-up, first and later ones, per person-year {well} (365.25 days,
    {setbacks} included). Missing if nobody recovered.
    """
    days = observed.state_days[WELL] + observed.state_days[SETBACK]
    return ratios(observed.groups.rows(observed.spell_patient[observed.relapses]), days / DAYS_PER_YEAR)


@METRICS.define("days_well", "days", "higher", by_horizon=True)
def well_days(observed: Observed) -> Column:
    """Mean days {well} per member of the cohort within follow-up, {setbacks} not counted; days after death count as
    not {well}.
    """
    return ratios(observed.state_days[WELL], observed.sizes)


@METRICS.define("days_well_discounted", "days", "higher", by_horizon=True)
def discounted_well_days(observed: Observed) -> Column:
    """Mean days {well} per member of the cohort within follow-up, {setbacks} not counted, discounted continuously
    from first asking at the scenario's effective annual rate for effects.
    """
    well = observed.spell_state == WELL
    days = observed.groups.in_order(observed.spell_patient[well], observed.discounted_spell_days[well])
    return ratios(days, observed.sizes)


@METRICS.define("days_unwell", "days", "lower", by_horizon=True)
def unwell_days(observed: Observed) -> Column:
    """Mean {days_unwell} per member of the cohort within follow-up, those {in_setback} not counted; days after death
    count as none, so that fewer {days_unwell} may come of more deaths.
    """
    return ratios(observed.state_days[UNWELL], observed.sizes)


@METRICS.define("days_response", "days", "neutral", needs="responses", by_horizon=True)
def response_days(observed: Observed) -> Column:
    """Mean days {in_response} per member of the cohort within follow-up, which are neither days {well} nor
    {days_unwell}. Neither more nor less is better: there are fewer also where more people are {well}.
    """
    return ratios(observed.state_days[RESPONSE], observed.sizes)


@METRICS.define("state_on_leaving.{level}.well", "share", "higher", needs="responses")
def left_well(observed: Observed, level: int) -> Column:
    """Share of the cohort's stays in {level} that ended within follow-up, but not with a death, after which people
    were {well}, or {in_setback}. Missing if none ended.
    """
    return _share_leaving(observed, level, (WELL, SETBACK))


@METRICS.define("state_on_leaving.{level}.response", "share", "neutral", needs="responses")
def left_with_response(observed: Observed, level: int) -> Column:
    """Share of the cohort's stays in {level} that ended within follow-up, but not with a death, after which people
    were {in_response}. Neither more nor less is better: there are fewer also where more people are {well}. Missing if
    none ended.
    """
    return _share_leaving(observed, level, (RESPONSE,))


def _share_leaving(observed: Observed, level: int, states: tuple[int, ...]) -> Column:
    """Share of the stays in a level that ended, but not with a death, in one of these states."""
    followed, stays = observed.followed_stays, observed.records.stays
    reason = stays["reason"][followed.rows]
    over = (stays["level"][followed.rows] == level) & (reason != DIED) & (reason != END)
    over &= followed.ended < observed.follow_up
    patient, ended = stays["patient"][followed.rows[over]], followed.ended[over]
    there = trajectory(observed)["state"][segment_at(observed, patient, ended)]
    groups = observed.groups
    return ratios(groups.rows(patient[np.isin(there, states)]), groups.rows(patient))


@METRICS.define("setbacks", "{setbacks}", "neutral")
def setbacks(observed: Observed) -> Column:
    """Mean number of {setbacks} that began within follow-up, those with which a relapse begins included, per member
    of the cohort. Neither more nor less is better: there are fewer also where fewer people ever {get_well}.
    """
    return ratios(observed.groups.rows(observed.spell_patient[observed.spell_state == SETBACK]), observed.sizes)
