"""Cost, from the ledger: what one patient's care and course cost, by whose costs count; what the system spends on
everybody; and the programme's budget."""

import math
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

import numpy as np

from sim.outcomes.ledger import (
    CODE,
    Ledger,
    cohort_ledger,
    idle_places,
    merged,
    of_payers,
    open_places,
    parts_of_window,
    used_places,
    window_ledger,
)
from sim.outcomes.metric import MetricList
from sim.outcomes.observed import (
    Observed,
    are_among,
    by_group,
    ratio,
    ratios,
    shared,
    shared_by_groups,
    shared_by_replications,
)
from sim.outcomes.payers import PERSPECTIVES, Perspective, bearers, counted_share, payers
from sim.outcomes.sums import ALL, Rows, exact_total, sums_of_parts
from sim.scenario.schema import Scenario
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


@shared_by_replications
def counted_shares(observed: Observed) -> dict[Perspective, Column]:
    """The share of a cost that counts in each perspective: by whose prices hold (`Observed.in_force`), level (the last
    row: outside care) and category.
    """
    of_each = [_counted_by(scenario) for scenario, _, _ in observed.in_force]
    return {perspective: np.array([tables[perspective] for tables in of_each]) for perspective in PERSPECTIVES}


def _counted_by(scenario: Scenario) -> dict[Perspective, Column]:
    """The same of one scenario."""
    levels = [*range(len(scenario.levels)), NONE]
    return {
        perspective: np.array(
            [[counted_share(scenario, level, category, perspective) for category in CATEGORIES] for level in levels]
        )
        for perspective in PERSPECTIVES
    }


def counted(ledger: Ledger, shares: Column) -> Column:
    """The share of each entry that counts, by shares as of `counted_shares`."""
    return np.asarray(shares[ledger.prices, ledger.level, ledger.category])


def _kind_of_entry(observed: Observed, ledger: Ledger) -> Column:
    """One number for prices, level and category of each entry: where its share is in a row of shares."""
    outside = len(observed.levels)
    level = np.where(ledger.level == NONE, outside, ledger.level)
    return np.asarray((ledger.prices.astype(np.int64) * (outside + 1) + level) * len(CATEGORIES) + ledger.category)


def _with_and_without(discounting: Column, others: Column) -> Column:
    """Weights of amounts and then of discounted ones, by kind of entry: the first for both, others without."""
    nothing = np.zeros((2 * len(discounting) + len(others), 2 * discounting.shape[1]))
    kinds, entries = discounting.shape
    nothing[:kinds, :entries] = nothing[kinds : 2 * kinds, entries:] = discounting
    nothing[2 * kinds :, :entries] = others
    return nothing


class Spent(NamedTuple):
    """What counts of all amounts, by perspective, as it is and discounted, and some other sums; each by group."""

    whole: dict[Perspective, Column]
    discounted: dict[Perspective, Column]
    others: Column


def _spent(shares: Mapping[Perspective, Column], sums: Column) -> Spent:
    count = len(shares)
    whole, discounted = (dict(zip(shares, each, strict=True)) for each in (sums[:count], sums[count : 2 * count]))
    return Spent(whole, discounted, sums[2 * count :])


@by_group
def _spent_on_members(observed: Observed) -> Spent:
    """Of the cohort's ledger; others: by category."""
    weights = _weights_of_members(observed)

    def rows() -> Iterator[Rows]:
        for part in observed.parts():
            ledger = cohort_ledger(part)
            cell, key = part.groups.cell[ledger.patient], _kind_of_entry(part, ledger)
            yield Rows(cohort_amounts(part), cell, key)
            yield Rows(discounted_cohort_amounts(part), cell, key + weights.shape[1] // 2)

    return _spent(counted_shares(observed), sums_of_parts(rows, observed.groups.members, weights))


@shared_by_replications
def _weights_of_members(observed: Observed) -> Column:
    """Of what counts in each perspective, without discounting and with it, and of each category."""
    tables = np.array([table.reshape(-1) for table in counted_shares(observed).values()])
    one_each = np.tile(np.eye(len(CATEGORIES)), tables.shape[1] // len(CATEGORIES))
    return _with_and_without(tables, one_each)


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
    return ratios(_spent_on_members(observed).whole[perspective], observed.sizes)


@PER_PATIENT.define(
    "cost.per_patient_discounted.{perspective}",
    "{currency}",
    "lower",
    f"Cost per member of the cohort as seen by {{perspective}}. {_PARTS}. Discounted continuously from each one's "
    "first asking at the scenario's effective annual rate for costs.",
    by_horizon=True,
)
def _per_patient_discounted(observed: Observed, perspective: Perspective) -> Column:
    return ratios(_spent_on_members(observed).discounted[perspective], observed.sizes)


@PER_PATIENT.define("cost.category.{category}", "{currency}", "lower")
def category_per_patient(observed: Observed, category: CostCategory) -> Column:
    """Cost per member of the cohort within follow-up of {category}, whoever bears it, not discounted. Of the fixed cost
    of places (fixed capacity, housing) it has the place-days that they used.
    """
    return ratios(_spent_on_members(observed).others[CODE[category]], observed.sizes)


# --- the system ---


@shared_by_groups
def system_amounts(observed: Observed) -> Column:
    """Currency of each entry of the window's ledger, not discounted."""
    return window_ledger(observed).amounts()


@shared_by_groups
def _of_system(observed: Observed) -> Spent:
    """Of the window's ledger, of one group; others: the budget by level, outside of any, and all of it, and then what
    each payer bears of it."""
    weights, rates = _weights_of_system(observed), observed.scenario.discounting.rates("costs")

    def rows() -> Iterator[Rows]:
        for _, ledger in parts_of_window(observed):
            one, key = np.zeros(len(ledger), dtype=np.int64), _kind_of_entry(observed, ledger)
            yield Rows(ledger.amounts(), one, key)
            yield Rows(ledger.since(observed.start).amounts(rates), one, key + weights.shape[1] // 2)

    return _spent(counted_shares(observed), sums_of_parts(rows, ALL, weights)[:, 0])


@shared_by_replications
def _weights_of_system(observed: Observed) -> Column:
    """Of what counts in each perspective, without discounting and with it; of the budget by level, outside of any, and
    of all of it; of what each payer bears."""
    shares = counted_shares(observed)
    tables = np.array([table.reshape(-1) for table in shares.values()])
    of_programme = np.isin(np.arange(len(CATEGORIES)), [CODE[category] for category in PROGRAMME])
    levels = np.eye(len(observed.levels) + 1)[:, None, :, None]
    by_level = np.vstack([levels, np.ones((1, 1, levels.shape[2], 1))]) * of_programme
    borne = [share * of_programme for share in _shares_borne(observed).values()]
    budget = [*np.broadcast_to(by_level, (len(by_level), *shares["society"].shape)), *borne]
    return _with_and_without(tables, np.array([table.reshape(-1) for table in budget]))


_OF_ALL = (
    "Everything that was spent in the window of the system as seen by {perspective}: on everybody who had asked for "
    "care by then, in care or not, until they move away, and on all open places, used or idle"
)


@SYSTEM.define("cost.system.{perspective}", "{currency}", "lower", f"{_OF_ALL}. Not discounted.")
def _system(observed: Observed, perspective: Perspective) -> float:
    return float(_of_system(observed).whole[perspective])


@SYSTEM.define(
    "cost.system_discounted.{perspective}",
    "{currency}",
    "lower",
    f"{_OF_ALL}. Discounted continuously from the first day of the window at the scenario's effective annual rate for "
    "costs.",
)
def _system_discounted(observed: Observed, perspective: Perspective) -> float:
    return float(_of_system(observed).discounted[perspective])


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
    return used_places(observed)[place].total()


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
    of_programme = are_among(ledger.category, [CODE[category] for category in PROGRAMME])
    return np.where(of_programme, system_amounts(observed), 0.0)


@BUDGET.define("cost.total", "{currency}", "lower")
def total(observed: Observed) -> float:
    """Budget of the programme over the window of the system, all patients: days, sessions and admissions of every
    level, check-ups at home, medication, and the fixed cost of all places. Relapses, health care outside the programme,
    patients' time and lost production are not in it.
    """
    return float(_of_system(observed).others[len(observed.levels) + 1])


@BUDGET.define("cost.{level}.total", "{currency}", "neutral")
def level_total(observed: Observed, level: int) -> float:
    """Budget of {level} over the window of the system, all patients: days, sessions, admissions, and its share of the
    fixed cost of the places it uses, by days held (equal shares of places that nobody held). Neither more nor less is
    better: a level's share also falls where another takes up more of the same places.
    """
    return float(_of_system(observed).others[level])


@BUDGET.define("cost.{level}.fixed", "{currency}", "neutral")
def level_fixed(observed: Observed, level: int) -> float:
    """The part of the budget of {level} that does not change with the number of patients: its share of the fixed cost
    of the places it uses.
    """
    places = merged([*chain(*open_places(observed))])
    return exact_total(places.amounts()[places.level == level])


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
    if not any(scenario.reimbursement for scenario, _, _ in observed.in_force):
        return float(_of_system(observed).others[len(observed.levels) + 2 + payer])
    shares = _shares_borne(observed)[payers(observed.scenario)[payer]]
    ledger = window_ledger(observed)
    borne = spent_in_window(observed) * counted(ledger, shares)
    moved = are_among(ledger.category, [CODE[category] for category in PAYMENTS])
    if moved.any():
        theirs = (ledger.category == CODE["payments"]) & (of_payers(observed, ledger) == payer)
        share = np.where(theirs, 1.0, counted(ledger, shares))
        borne = np.where(moved, system_amounts(observed) * share, borne)
    return exact_total(borne)


@shared_by_replications
def _shares_borne(observed: Observed) -> dict[str, Column]:
    """By payer, the share of what is not paid by payers that each bears; shape as of `counted_shares`."""
    return {
        name: np.array([_borne_by(scenario, name) for scenario, _, _ in observed.in_force])
        for name in payers(observed.scenario)
    }


def _borne_by(scenario: Scenario, name: str) -> Column:
    """The share that somebody bears by one scenario."""
    return np.array(
        [
            [
                0.0 if category == "payments" else bearers(scenario, level, category).get(name, 0.0)
                for category in CATEGORIES
            ]
            for level in (*range(len(scenario.levels)), NONE)
        ]
    )


METRICS = [*PER_PATIENT, *SYSTEM, *BUDGET]
