"""Cost, from the ledger: what one patient's care and course cost, by whose costs count; what the system spends on
everybody; and the programme's budget."""

import math
from collections.abc import Callable

import numpy as np

from sim.outcomes.ledger import (
    CODE,
    Ledger,
    cohort_ledger,
    idle_places,
    of_payers,
    open_places,
    used_places,
    window_ledger,
)
from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, by_group, ratio, ratios, shared, shared_by_groups
from sim.outcomes.payers import PERSPECTIVES, Perspective, bearers, counted_share, payers
from sim.outcomes.sums import ALL, exact_total, exact_totals, weighted_sums
from sim.vocabulary import CATEGORIES, NONE, PAYMENTS, PROGRAMME, Column, CostCategory

PER_PATIENT = MetricList("patients")
SYSTEM = MetricList("system")
BUDGET = MetricList("system")


# --- the cohort ---


@shared
def cohort_amounts(observed: Observed) -> Column:
    """Currency of each entry of the cohort's ledger, not discounted."""
    return cohort_ledger(observed).amounts()


@shared
def discounted_cohort_amounts(observed: Observed) -> Column:
    """Currency of each entry of the cohort's ledger, discounted from each one's first asking."""
    return cohort_ledger(observed).amounts(observed.scenario.discounting.rates("costs"))


@shared_by_groups
def counted_shares(observed: Observed) -> dict[Perspective, Column]:
    """The share of a cost that counts in each perspective: by whose prices hold (`Observed.in_force`), level (the last
    row: outside care) and category.
    """
    levels = [*range(len(observed.levels)), NONE]
    return {
        perspective: np.array(
            [
                [[counted_share(scenario, level, category, perspective) for category in CATEGORIES] for level in levels]
                for scenario, _, _ in observed.in_force
            ]
        )
        for perspective in PERSPECTIVES
    }


def counted(ledger: Ledger, shares: Column) -> Column:
    """The share of each entry that counts, by shares as of `counted_shares`."""
    return np.asarray(shares[ledger.prices, ledger.level, ledger.category])


def _kind_of_entry(ledger: Ledger, shares: Column) -> Column:
    """One number for prices, level and category of each entry: where its share is in a row of shares."""
    _, levels, categories = shares.shape
    return np.asarray((ledger.prices * levels + ledger.level % levels) * categories + ledger.category)


@by_group
def _spent_on_members(observed: Observed, amounts: Callable[[Observed], Column]) -> dict[Perspective, Column]:
    """By perspective and group, what counts of all amounts of the cohort's ledger."""
    ledger, groups = cohort_ledger(observed), observed.groups
    shares = counted_shares(observed)
    key = _kind_of_entry(ledger, shares["society"])
    weights = np.array([table.reshape(-1) for table in shares.values()])
    sums = weighted_sums(amounts(observed), groups.cell[ledger.patient], groups.members, key, weights)
    return dict(zip(shares, sums, strict=True))


def _per_member(observed: Observed, amounts: Callable[[Observed], Column], perspective: Perspective) -> Column:
    return ratios(_spent_on_members(observed, amounts)[perspective], observed.sizes)


_PARTS = (
    "Of what members of the cohort cost within follow-up: days, sessions, admissions, check-ups, medication, the days "
    "that they hold places at what a day of an open place costs, their own time, relapses, visits to an emergency "
    "department, deaths, other health care, lost work, crime and justice. Idle capacity is not in it, but in "
    "cost.system"
)


@PER_PATIENT.define(
    "cost.per_patient.{perspective}",
    "{currency}",
    "lower",
    f"Cost per member of the cohort as seen by {{perspective}}, not discounted. {_PARTS}.",
    by_horizon=True,
)
def _per_patient(observed: Observed, perspective: Perspective) -> Column:
    return _per_member(observed, cohort_amounts, perspective)


@PER_PATIENT.define(
    "cost.per_patient_discounted.{perspective}",
    "{currency}",
    "lower",
    f"Cost per member of the cohort as seen by {{perspective}}. {_PARTS}. Discounted continuously from each one's "
    "first asking at the scenario's effective annual rate for costs.",
    by_horizon=True,
)
def _per_patient_discounted(observed: Observed, perspective: Perspective) -> Column:
    return _per_member(observed, discounted_cohort_amounts, perspective)


@PER_PATIENT.define("cost.category.{category}", "{currency}", "lower")
def category_per_patient(observed: Observed, category: CostCategory) -> Column:
    """Cost per member of the cohort within follow-up of {category}, whoever bears it, not discounted. Of the fixed cost
    of places (fixed capacity, housing) it has the place-days that they used.
    """
    return ratios(_by_category(observed)[CODE[category]], observed.sizes)


@by_group
def _by_category(observed: Observed) -> Column:
    """What was spent on members of the cohort, by category and group."""
    ledger, groups = cohort_ledger(observed), observed.groups
    one_each = np.eye(len(CATEGORIES))
    cell = groups.cell[ledger.patient]
    return weighted_sums(cohort_amounts(observed), cell, groups.members, ledger.category, one_each)


# --- the system ---


@shared_by_groups
def system_amounts(observed: Observed) -> Column:
    """Currency of each entry of the window's ledger, not discounted."""
    return window_ledger(observed).amounts()


@shared_by_groups
def discounted_system_amounts(observed: Observed) -> Column:
    """Currency of each entry of the window's ledger, discounted from the first day of the window."""
    return window_ledger(observed).since(observed.start).amounts(observed.scenario.discounting.rates("costs"))


@by_group
def _of_system(observed: Observed, amounts: Callable[[Observed], Column]) -> dict[Perspective, float]:
    """By perspective, what counts of all amounts of the window's ledger."""
    ledger, shares = window_ledger(observed), counted_shares(observed)
    weights = np.array([table.reshape(-1) for table in shares.values()])
    nobody = np.zeros(len(ledger), dtype=np.int64)
    sums = weighted_sums(amounts(observed), nobody, ALL, _kind_of_entry(ledger, shares["society"]), weights)
    return dict(zip(shares, sums[:, 0].tolist(), strict=True))


_OF_ALL = (
    "Everything that was spent in the window of the system as seen by {perspective}: on everybody who had asked for "
    "care by then, in care or not, until they move away, and on all open places, used or idle"
)


@SYSTEM.define("cost.system.{perspective}", "{currency}", "lower", f"{_OF_ALL}. Not discounted.")
def _system(observed: Observed, perspective: Perspective) -> float:
    return _of_system(observed, system_amounts)[perspective]


@SYSTEM.define(
    "cost.system_discounted.{perspective}",
    "{currency}",
    "lower",
    f"{_OF_ALL}. Discounted continuously from the first day of the window at the scenario's effective annual rate for "
    "costs.",
)
def _system_discounted(observed: Observed, perspective: Perspective) -> float:
    return _of_system(observed, discounted_system_amounts)[perspective]


@SYSTEM.define("cost.idle", "{currency}", "neutral")
def idle(observed: Observed) -> float:
    """Fixed cost of places over the window of the system while nobody held them: of open place-days less those that
    were used. It is part of the budget and of the system's cost, and no patient's. Neither more nor less is better:
    idle places are what lets people in without a wait.
    """
    return math.fsum(idle_places(observed))


@SYSTEM.define("cost.place.{place}.used", "{currency}", "neutral")
def place_used(observed: Observed, place: int) -> float:
    """Fixed cost of the days within the window of the system that patients held {place}, at what a day of an open one
    costs.
    """
    return used_places(observed)[place].clipped(observed.start, observed.end).total()


@SYSTEM.define("cost.place.{place}.idle", "{currency}", "neutral")
def place_idle(observed: Observed, place: int) -> float:
    """Fixed cost of {place} over the window of the system while nobody held it: cost.place.{place}.fixed less
    cost.place.{place}.used. Below 0 where closed places were still held.
    """
    return idle_places(observed)[place]


# --- the programme's budget ---


@shared_by_groups
def spent_in_window(observed: Observed) -> Column:
    """Currency of each entry of the window's ledger; 0 for what is not part of the programme's budget."""
    ledger = window_ledger(observed)
    of_programme = np.isin(ledger.category, [CODE[category] for category in PROGRAMME])
    return np.where(of_programme, system_amounts(observed), 0.0)


@shared_by_groups
def _of_levels(observed: Observed) -> tuple[Column, Column]:
    """By level, and outside of any, its part of the budget, and what of that is of no patient."""
    ledger, spent = window_ledger(observed), spent_in_window(observed)
    levels = len(observed.levels) + 1
    of_places = (ledger.patient == NONE).astype(np.int64)
    parts = exact_totals(spent, of_places * levels + ledger.level % levels, 2 * levels)
    both = exact_totals(spent, ledger.level % levels, levels)
    return both, parts[levels:]


@BUDGET.define("cost.total", "{currency}", "lower")
def total(observed: Observed) -> float:
    """Budget of the programme over the window of the system, all patients: days, sessions and admissions of every
    level, check-ups at home, medication, and the fixed cost of all places. Relapses, health care outside the programme,
    patients' time and lost production are not in it.
    """
    return exact_total(spent_in_window(observed))


@BUDGET.define("cost.{level}.total", "{currency}", "neutral")
def level_total(observed: Observed, level: int) -> float:
    """Budget of {level} over the window of the system, all patients: days, sessions, admissions, and its share of the
    fixed cost of the places it uses, by days held (equal shares of places that nobody held). Neither more nor less is
    better: a level's share also falls where another takes up more of the same places.
    """
    return float(_of_levels(observed)[0][level])


@BUDGET.define("cost.{level}.fixed", "{currency}", "neutral")
def level_fixed(observed: Observed, level: int) -> float:
    """The part of the budget of {level} that does not change with the number of patients: its share of the fixed cost
    of the places it uses.
    """
    return float(_of_levels(observed)[1][level])


@BUDGET.define("cost.{level}.per_day", "{currency} per day", "lower")
def level_per_day(observed: Observed, level: int) -> float:
    """What a patient-day in {level} costs at the occupancy that was reached: its budget over the window of the system
    divided by its patient-days. Missing without a patient-day.
    """
    return ratio(level_total(observed, level), observed.stay_days[level])


@BUDGET.define("cost.place.{place}.fixed", "{currency}", "lower")
def place_fixed(observed: Observed, place: int) -> float:
    """Fixed cost of {place} over the window of the system, occupied or not."""
    return math.fsum(part.total() for part in open_places(observed)[place])


@BUDGET.define("cost.payer.{payer}.total", "{currency}", "lower")
def payer_total(observed: Observed, payer: int) -> float:
    """What {payer} pays of the programme's budget over the window of the system: its share of the cost; or, where each
    patient has a payer, what it pays for its patients, and of the residual payer all that nobody else pays.
    """
    name, levels = payers(observed.scenario)[payer], [*range(len(observed.levels)), NONE]
    shares = np.array(
        [
            [
                [
                    0.0 if category == "payments" else bearers(scenario, level, category).get(name, 0.0)
                    for category in CATEGORIES
                ]
                for level in levels
            ]
            for scenario, _, _ in observed.in_force
        ]
    )
    ledger = window_ledger(observed)
    borne = spent_in_window(observed) * counted(ledger, shares)
    moved = np.isin(ledger.category, [CODE[category] for category in PAYMENTS])
    if moved.any():
        theirs = (ledger.category == CODE["payments"]) & (of_payers(observed, ledger) == payer)
        share = np.where(theirs, 1.0, counted(ledger, shares))
        borne = np.where(moved, system_amounts(observed) * share, borne)
    return exact_total(borne)


METRICS = [*PER_PATIENT, *SYSTEM, *BUDGET]
