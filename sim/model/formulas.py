"""The clinical rules as formulas: plain numbers in, plain numbers out, each said once.

Scalars, tuples of numbers and `math` only, no objects and no closures: any engine can follow them to the last bit.
What a law of duration is, and the inverse of its cumulative hazard, `laws` says.
"""

import math
import sys
from bisect import bisect_right
from collections.abc import Sequence

from sim.scenario.laws import LARGEST_EXPONENT, power, ratio_of
from sim.vocabulary import DAYS_PER_YEAR

LARGEST_FLOAT = sys.float_info.max

GOLDEN_RATIO = (math.sqrt(5) - 1) / 2

SAME_DAY = 1e-9
"""Of the time between two check-ups: so near to one is on its day, whatever rounding made of it."""

JUST_ABOVE = 1 + 1e-9
"""Covers the rounding of a hazard, many times over."""

DISCHARGE, CONTINUE, STEP_UP_NOW = range(3)
"""Answers to a relapse in care."""

NO_SETBACK, SETBACK_THEN, RELAPSE_THEN = range(3)
"""What may follow on the day of leaving 24-hour care."""

# --- shares and odds ---


def chosen(uptos: Sequence[float], drawn: float) -> int:
    """Which of several, by where the running shares of all but the last end; the last takes what is left."""
    return bisect_right(uptos, drawn)


def odds(share: float) -> float:
    """The odds of a share; infinite for a certainty."""
    return share / (1 - share) if share < 1 else math.inf


def probability(odds: float) -> float:
    """The probability with these odds."""
    return odds / (1 + odds) if odds < math.inf else 1.0


def frailty_ratio(log_sd: float, frailty: float) -> float:
    """The ratio of somebody with this frailty Z: exp(sd x loading x Z). log_sd: sd x loading."""
    return math.exp(log_sd * frailty)


# --- days of the week ---


def opening(now: float, days: Sequence[bool], opens: float, closes: float) -> float:
    """When the hours began that are not over by now, or when the next begin.

    days: by day since day 0, modulo 7, whether there are hours. opens, closes: as shares of a day; at `closes` they are
    over.
    """
    day = math.floor(now)
    if not days[day % 7] or now >= day + closes:
        day += 1
        while not days[day % 7]:
            day += 1
    return day + opens


def next_slot(now: float, booked: float, days: Sequence[bool], opens: float, closes: float, per_day: int) -> float:
    """The time of the first slot that is not over by now and lies behind the last that is booked, at `booked`.

    Slots lie evenly in the hours of each day that has some, the first as they open. days, opens, closes: as of
    `opening`. At `booked` there need be no slot: it may have been one of other hours, before a change.
    """
    every = (closes - opens) / per_day
    after = max(now, booked)
    day = math.floor(after)
    place = max(math.floor((after - day - opens) / every), 0)
    when = day + opens + place * every
    while place < per_day and (when < now or when <= booked):
        place += 1
        when = day + opens + place * every
    if place >= per_day:
        day, place = day + 1, 0
    while not days[day % 7]:
        day, place = day + 1, 0
    return day + opens + place * every


# --- how long a stay lasts ---


def next_review(planned: float, every: float) -> float:
    """A plan that is finished after `planned` days is seen at the next review, and never before the first."""
    return max(math.ceil(planned / every), 1) * every


def early_step_down(hazard: float, log_stay: float, from_day: float, every: float) -> float:
    """The review at which somebody steps down early. log_stay: log of the share who do not, at each review.

    The number of reviews that are passed before one says "step down" is geometric.
    """
    passed = hazard // -log_stay
    return (max(math.ceil(from_day / every), 1) + passed) * every


def authorised_until(hazard: float, days: float, extension: float, log_extended: float, most: float) -> float:
    """The day of a stay on which authorised days end, as reviews extend them.

    log_extended: log of the share to whom the review grants further days, as the last ones are used up. The number of
    extensions before one is refused is geometric, and never above `most`.
    """
    granted = min(hazard // -log_extended, most) if log_extended < 0 else most
    return days + granted * extension


def leaves_at(time: float, plan: float, of_plan: bool) -> float:
    """The day of a stay on which a cause ends it. time: days, or the share of the plan (days) that is spent by then."""
    return time * plan if of_plan else time


def hazard_with_ratio(hazard: float, start: float, stop: float, ratio: float) -> float:
    """Where on a cumulative hazard an event is due after `hazard`, if that is multiplied between two points of it.

    hazard: of the event. start, stop: what has been reached when the ratio begins to hold, and when it ends.
    """
    if hazard <= start:
        return hazard
    within = start + (hazard - start) / ratio
    if within <= stop:
        return within
    return stop + (hazard - start) - ratio * (stop - start)


def fullness_ratio(present: int, seats: int, log_full_ratio: float) -> float:
    """The hazard ratio of drop-out in peer groups that are as full as this; beyond full changes nothing more."""
    return math.exp(log_full_ratio * min(present / seats, 1.0))


def on_relapse(drawn: float, discharge_upto: float, continue_upto: float) -> int:
    """What follows a relapse in care: DISCHARGE, CONTINUE or STEP_UP_NOW."""
    if drawn < discharge_upto:
        return DISCHARGE
    return CONTINUE if drawn < continue_upto else STEP_UP_NOW


# --- relapse ---


def relapse_hazard(exposed: float, median: float, shape: float) -> float:
    """Baseline cumulative hazard after so many exposed days: H(x) = ln(1 + (x / median)^shape)."""
    grown = power(exposed / median, shape)
    return math.log1p(grown if grown < LARGEST_FLOAT else LARGEST_FLOAT)


def exposed_days_at(hazard: float, median: float, shape: float) -> float:
    """Exposed days after which the baseline cumulative hazard of relapse has reached `hazard`."""
    return median * power(math.expm1(hazard), 1 / shape) if hazard < LARGEST_EXPONENT else math.inf


def hazard_to_relapse(hazard: float, so_far: float, ratio: float, new_ratio: float) -> float:
    """Where on the baseline's cumulative hazard relapse comes, when the hazard ratio changes.

    What is left of the spell's budget is spent at the new rate. hazard, so_far: where it came at the old ratio, and
    where the patient is.
    """
    return so_far + max(hazard - so_far, 0.0) * (ratio / new_ratio)


def relapse_ratio(own: float, log_benefit: float) -> float:
    """A hazard ratio of relapse with the lasting benefit of the days in care so far, on the log scale."""
    return own * ratio_of(log_benefit) if log_benefit else own


def lasting_benefit(before: float, after: float, per_day: float, most: float) -> float:
    """Log hazard ratio that a stay adds, from the days in the level before it to those after; `most` of them count."""
    return per_day * (min(after, most) - min(before, most))


def relapses_at(now: float, exposed: float, relapse_exposed: float, clock: float) -> float:
    """When relapse comes if the setting does not change: at so many exposed days, of `clock` a day."""
    return now + (relapse_exposed - exposed) / clock if clock > 0 else math.inf


def risk_at_discharge(odds_at_first: float, days: float, halved_every: float) -> float:
    """Probability of a setback on the day of leaving 24-hour care for home; it halves with every so many days in
    care."""
    return probability(odds_at_first) * power(0.5, days / halved_every)


def at_discharge(drawn: float, risk: float, share_of_setbacks: float) -> int:
    """What follows on the day of leaving 24-hour care: NO_SETBACK, a SETBACK_THEN or a RELAPSE_THEN."""
    if drawn >= risk:
        return NO_SETBACK
    return RELAPSE_THEN if drawn < risk * share_of_setbacks else SETBACK_THEN


def recovers_for_good_at(well_since: float, after: float, budget: float, rate: float) -> float:
    """When lasting recovery comes, if being well holds: its hazard begins after so many days of it."""
    return well_since + after + budget / rate if rate > 0 else math.inf


def recovery_budget(budget: float, recovers_at: float, now: float, rate: float) -> float:
    """What is left of the budget of lasting recovery when a spell of being well ends before it came."""
    return min(budget, rate * (recovers_at - now)) if rate > 0 else budget


# --- check-ups ---


def spread(number: int) -> float:
    """A share for each number, evenly spread over any that follow each other: multiples of the golden ratio."""
    return number * GOLDEN_RATIO % 1.0


def checkup_from(day: float, since: float, every: float) -> int:
    """The number of the first check-up on this day or later; they are counted from `since`, the first is number 1."""
    return max(math.ceil((day - since) / every - SAME_DAY), 1)


def checkup_after(now: float, since: float, every: float) -> int:
    """The number of the first check-up after now."""
    return max(math.floor((now - since) / every + SAME_DAY) + 1, 1)


def checkups_until(last: float, day: float, since: float, every: float) -> int:
    """The number of the last check-up before this day, and none after the day `last`."""
    return min(math.ceil((day - since) / every - SAME_DAY) - 1, math.floor((last - since) / every + SAME_DAY))


def linking_checkup(first: int, hazard: float, log_missed: float) -> float:
    """The number of the check-up at which somebody who is unwell is linked to care, if nothing comes before.

    The number of check-ups that come to nothing is geometric. log_missed: log of the share that do.
    """
    return first + hazard // -log_missed


# --- moving away ---


def moves_away_at(now: float, budget: float, rate: float) -> float:
    """When somebody at home moves away, if they stay at home until then."""
    return now + budget / rate if rate > 0 else math.inf


# --- death ---


def death_rate(per_1000_years: float) -> float:
    """A hazard a day, of one that is stated for 1,000 person-years."""
    return per_1000_years * (1 / (1000 * DAYS_PER_YEAR))


def rate_at(age: float, ages: Sequence[float], rates: Sequence[float]) -> float:
    """A rate at an age, by rates at some: linear on the log scale, so on behind the last, constant before the first."""
    if age <= ages[0] or len(ages) == 1:
        return rates[0]
    i = min(bisect_right(ages, age), len(ages) - 1)
    share = (age - ages[i - 1]) / (ages[i] - ages[i - 1])
    return rates[i - 1] * math.exp(min(share * math.log(rates[i] / rates[i - 1]), LARGEST_EXPONENT))


def background_hazard(born: float, until: float, by_age: Sequence[float]) -> float:
    """Cumulative hazard of other causes from birth to `until`. by_age: what it is at each birthday; constant between.

    Behind the last one it goes on as in the year before.
    """
    years = (until - born) / DAYS_PER_YEAR
    age = max(min(int(years), len(by_age) - 2), 0)
    return by_age[age] + (years - age) * (by_age[age + 1] - by_age[age])


def dies_at(
    now: float,
    budget: float,
    rate: float,
    left: float,
    days: Sequence[float],
    ratios: Sequence[float],
    born: float,
    by_age: Sequence[float],
    end: float,
) -> float:
    """When the hazard of death, or of an emergency, has used up what is left of its budget; infinite if that is not
    before `end`.

    left: when 24-hour care was left; days, ratios: windows since then, in order, in which `rate` is multiplied. by_age:
    as in `background_hazard`, whose hazard is added; empty without other causes.
    """
    window = 0
    age = max(int((now - born) / DAYS_PER_YEAR), 0) if len(by_age) else 0
    while now < end:
        hazard, until = rate, end
        while window < len(days) and left + days[window] <= now:
            window += 1
        if window < len(days):
            hazard, until = rate * ratios[window], min(left + days[window], end)
        birthday = born + (age + 1) * DAYS_PER_YEAR
        if len(by_age):
            year = min(age, len(by_age) - 2)
            hazard += (by_age[year + 1] - by_age[year]) / DAYS_PER_YEAR
            until = min(until, birthday)
        if hazard > 0:
            piece = hazard * (until - now)
            if budget <= piece:
                return now + budget / hazard
            budget -= piece
        now = max(until, now)
        if now >= birthday:
            age += 1
    return math.inf


def death_hazard(
    start: float, end: float, rate: float, left: float, days: Sequence[float], ratios: Sequence[float]
) -> float:
    """Cumulative hazard of death, or of an emergency, from `start` to `end`, with windows as in `dies_at`."""
    hazard = 0.0
    if len(days) and start - left < days[-1]:
        for i in range(len(days)):
            until = left + days[i]
            if until > start:
                until = min(until, end)
                hazard += rate * ratios[i] * (until - start)
                start = until
                if start >= end:
                    return hazard
    return hazard + rate * (end - start)


# --- setbacks ---


def setback_ratio(share_of_setbacks: float) -> float:
    """Hazard ratio of setbacks against relapse: of all setbacks, so many begin a relapse (thinning of one hazard)."""
    return (1 - share_of_setbacks) / share_of_setbacks


def setback_hazard(so_far: float, until: float, ratio: float) -> float:
    """Cumulative hazard of setbacks from one point of a spell's baseline cumulative hazard of relapse to another."""
    return ratio * (until - so_far)


def surely_no_setback(drawn: float, most: float, ratio: float) -> bool:
    """Whether a spell with so little hazard has no setback, told without a logarithm: -log(1 - u) is never below u.

    drawn: u of the first. most: the baseline's cumulative hazard is this or less, give or take its rounding.
    """
    return most * ratio * JUST_ABOVE <= drawn


def setback_begins(
    due: float, began: float, exposed: float, so_far: float, clock: float, ratio: float, median: float, shape: float
) -> float:
    """When a setback begins that is due after so much hazard of a stretch.

    began, exposed, so_far, clock, ratio: of the stretch, as it began: when, exposed days, the baseline's cumulative
    hazard by then, the exposed days that a day adds, hazard ratio.
    """
    hazard = so_far + due / ratio
    return began + max(exposed_days_at(hazard, median, shape) - exposed, 0.0) / clock
