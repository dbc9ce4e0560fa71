"""Cost: what one patient's care and course cost, by whose costs count, and what the programme costs. All from the
ledger."""

import math
from collections.abc import Callable

import numpy as np

from sim.outcomes.ledger import CODE, Ledger, cohort_ledger, of_those_looked_at, places_ledger, window_ledger
from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, ratio, shared, shared_by_groups
from sim.outcomes.payers import PERSPECTIVES, Perspective, bearers, counted_share, payers
from sim.vocabulary import CATEGORIES, NONE, PROGRAMME, Column, CostCategory

PER_PATIENT = MetricList("patients")
BUDGET = MetricList("system")


# --- the cohort ---


@shared
def cohort_amounts(observed: Observed) -> Column:
    """Currency of each entry of the cohort's ledger, not discounted."""
    return _amounts(observed, cohort_amounts, 0.0)


@shared
def discounted_cohort_amounts(observed: Observed) -> Column:
    """Currency of each entry of the cohort's ledger, discounted from each one's first asking."""
    return _amounts(observed, discounted_cohort_amounts, observed.scenario.discounting.costs)


def _amounts(observed: Observed, of_whole: Callable[[Observed], Column], rate: float) -> Column:
    """Amounts at this rate: of the whole cohort once, of some members those among them."""
    if observed.whole is observed:
        return cohort_ledger(observed).amounts(rate)
    return of_whole(observed.whole)[of_those_looked_at(observed)]


@shared_by_groups
def fixed(observed: Observed) -> tuple[Ledger, Column]:
    """What places cost over the window, occupied or not: the entries, and the currency of each."""
    ledger = window_ledger(observed)
    entries = ledger.where(ledger.patient == NONE)
    return entries, entries.amounts()


@shared_by_groups
def fixed_share(observed: Observed) -> dict[Perspective, float]:
    """The fixed cost of places over the window that falls on each member of the cohort, in each perspective."""
    entries, amounts = fixed(observed)
    return {
        perspective: ratio(_total(amounts * share[entries.level, entries.category]), observed.whole.cohort_size)
        for perspective, share in counted_shares(observed).items()
    }


@shared_by_groups
def counted_shares(observed: Observed) -> dict[Perspective, Column]:
    """The share of a cost that counts in each perspective, by level (the last row: outside care) and category."""
    scenario, levels = observed.scenario, [*range(len(observed.levels)), NONE]
    return {
        perspective: np.array(
            [[counted_share(scenario, level, category, perspective) for category in CATEGORIES] for level in levels]
        )
        for perspective in PERSPECTIVES
    }


def _per_member(observed: Observed, amounts: Column, perspective: Perspective) -> float:
    ledger, share = cohort_ledger(observed), counted_shares(observed)[perspective]
    spent = _total(amounts * share[ledger.level, ledger.category])
    return ratio(spent, observed.cohort_size) + fixed_share(observed)[perspective]


_PARTS = (
    "Of what members of the cohort cost within follow-up (days, sessions, admissions, their own time, relapses, other "
    "health care, lost production) and of the fixed cost of all places open during the window of the system, in equal "
    "parts (one window's capacity is shared by those who asked in it)"
)


@PER_PATIENT.define(
    "cost.per_patient.{perspective}",
    "{currency}",
    "lower",
    f"Cost per member of the cohort as seen by {{perspective}}, not discounted. {_PARTS}.",
)
def _per_patient(observed: Observed, perspective: Perspective) -> float:
    return _per_member(observed, cohort_amounts(observed), perspective)


@PER_PATIENT.define(
    "cost.per_patient_discounted.{perspective}",
    "{currency}",
    "lower",
    f"Cost per member of the cohort as seen by {{perspective}}. {_PARTS}. Discounted continuously from each one's "
    "first asking at the scenario's effective annual rate for costs; the fixed cost counts as paid at that moment, so "
    "it is not discounted.",
)
def _per_patient_discounted(observed: Observed, perspective: Perspective) -> float:
    return _per_member(observed, discounted_cohort_amounts(observed), perspective)


@PER_PATIENT.define("cost.category.{category}", "{currency}", "lower")
def category_per_patient(observed: Observed, category: CostCategory) -> float:
    """Cost per member of the cohort of {category}, whoever bears it, not discounted: of the cohort within follow-up, or
    for the fixed cost of places (fixed capacity, housing) of the window of the system, in equal parts.
    """
    entries, amounts = fixed(observed)
    spent = _total(cohort_amounts(observed)[cohort_ledger(observed).category == CODE[category]])
    for_all = _total(amounts[entries.category == CODE[category]])
    return ratio(spent, observed.cohort_size) + ratio(for_all, observed.whole.cohort_size)


# --- the programme's budget ---


@shared
def spent_in_window(observed: Observed) -> Column:
    """Currency of each entry of the window's ledger; 0 for what is not part of the programme's budget."""
    ledger = window_ledger(observed)
    of_programme = np.isin(ledger.category, [CODE[category] for category in PROGRAMME])
    return np.where(of_programme, ledger.amounts(), 0.0)


def _of_level(observed: Observed, level: int) -> Column:
    return np.asarray(spent_in_window(observed)[window_ledger(observed).level == level])


@BUDGET.define("cost.total", "{currency}", "lower")
def total(observed: Observed) -> float:
    """Budget of the programme over the window of the system, all patients: days, sessions and admissions of every
    level, and the fixed cost of all places. Relapses, health care outside the programme, patients' time and lost
    production are not in it.
    """
    return _total(spent_in_window(observed))


@BUDGET.define("cost.{level}.total", "{currency}", "neutral")
def level_total(observed: Observed, level: int) -> float:
    """Budget of {level} over the window of the system, all patients: days, sessions, admissions, and its share of the
    fixed cost of the places it uses, by days held (equal shares of places that nobody held). Neither more nor less is
    better: a level's share also falls where another takes up more of the same places.
    """
    return _total(_of_level(observed, level))


@BUDGET.define("cost.{level}.fixed", "{currency}", "neutral")
def level_fixed(observed: Observed, level: int) -> float:
    """The part of the budget of {level} that does not change with the number of patients: its share of the fixed cost
    of the places it uses.
    """
    of_places = window_ledger(observed).patient == NONE
    return _total(spent_in_window(observed)[of_places & (window_ledger(observed).level == level)])


@BUDGET.define("cost.{level}.per_day", "{currency} per day", "lower")
def level_per_day(observed: Observed, level: int) -> float:
    """What a patient-day in {level} costs at the occupancy that was reached: its budget over the window of the system
    divided by its patient-days. Missing without a patient-day.
    """
    return ratio(level_total(observed, level), observed.stay_days[level])


@BUDGET.define("cost.place.{place}.fixed", "{currency}", "lower")
def place_fixed(observed: Observed, place: int) -> float:
    """Fixed cost of {place} over the window of the system, occupied or not."""
    return math.fsum(part.total() for part in places_ledger(observed)[place])


@BUDGET.define("cost.payer.{payer}.total", "{currency}", "lower")
def payer_total(observed: Observed, payer: int) -> float:
    """What {payer} pays of the programme's budget over the window of the system."""
    ledger, scenario = window_ledger(observed), observed.scenario
    name = payers(scenario)[payer]
    share = np.array(
        [
            [bearers(scenario, level, category).get(name, 0.0) for category in CATEGORIES]
            for level in [*range(len(observed.levels)), NONE]
        ]
    )
    return _total(spent_in_window(observed) * share[ledger.level, ledger.category])


def _total(amounts: Column) -> float:
    return math.fsum(amounts.tolist())


METRICS = [*PER_PATIENT, *BUDGET]
