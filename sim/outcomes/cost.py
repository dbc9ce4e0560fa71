"""Cost: what one patient's care and course cost, and what the programme costs by level, kind of place and payer."""

import math
from typing import NamedTuple

import numpy as np

from sim.model.records import Column
from sim.outcomes.discount import discount_factors, discounted_days
from sim.outcomes.metric import Table, payers
from sim.outcomes.observed import Observed, ratio, shared

METRICS = Table()


class Budget(NamedTuple):
    """What the programme cost over the window: by kind of place, by level, and for places that no level uses."""

    places: list[float]
    levels: list[float]
    unused: float

    @property
    def total(self) -> float:
        """All of it."""
        return math.fsum((*self.levels, self.unused))


@shared
def budget(observed: Observed) -> Budget:
    """The programme's budget over the window of the system."""
    places = [
        kind.fixed_cost_per_day * days for kind, days in zip(observed.places, observed.open_place_days, strict=True)
    ]
    parts = _variable(observed)
    unused = []
    for place, fixed in enumerate(places):
        users = observed.levels_using(place)
        if not users:
            unused.append(fixed)
        held = observed.place_days[place]
        for level in users:
            parts[level].append(fixed * (observed.stay_days[level] / held if held else 1 / len(users)))
    return Budget(places, [math.fsum(part) for part in parts], math.fsum(unused))


def _variable(observed: Observed) -> list[list[float]]:
    """What patient-days and admissions of each level cost in the window."""
    stays = observed.records.stays
    admitted = stays["level"][observed.in_window(stays["admitted"])]
    admissions = np.bincount(admitted, minlength=len(observed.levels))
    return [
        [float(level.cost_per_day * days), float(level.cost_per_admission * count)]
        for level, days, count in zip(observed.levels, observed.stay_days, admissions, strict=True)
    ]


def _care(observed: Observed, rate: float) -> float:
    """Patient-days and admissions of the cohort within follow-up."""
    followed = observed.followed_stays
    level = observed.records.stays["level"][followed.rows]
    per_day = np.array([level.cost_per_day for level in observed.levels])[level]
    per_admission = np.array([level.cost_per_admission for level in observed.levels])[level]
    days = discounted_days(followed.began, followed.ended, rate)
    return _sum(per_day * days) + _sum(per_admission * discount_factors(followed.began, rate))


def _relapses(observed: Observed, rate: float) -> float:
    """Relapses of the cohort within follow-up."""
    began = observed.followed_spells.began[observed.relapses]
    return observed.scenario.costs.per_relapse * _sum(discount_factors(began, rate))


def _other_health_care(observed: Observed, rate: float) -> float:
    """Health care outside the programme of the cohort within follow-up."""
    costs, spells = observed.scenario.costs.other_health_care, observed.followed_spells
    per_day = np.array([costs.abstinent, costs.lapse, costs.using, 0.0])[observed.spell_state]
    return _sum(per_day * discounted_days(spells.began, spells.ended, rate))


def _sum(values: Column) -> float:
    return float(np.sum(values))


def _per_member(observed: Observed, rate: float) -> float:
    fixed = math.fsum(budget(observed).places)
    variable = _care(observed, rate) + _relapses(observed, rate) + _other_health_care(observed, rate)
    return ratio(variable + fixed, observed.cohort_size)


_PARTS = (
    "the cohort's patient-days and admissions in all levels, relapses, and health care outside the programme, all "
    "within follow-up, and the fixed cost of all places open during the window of the system (one window's capacity is "
    "shared by those who asked in it)"
)


@METRICS.define(
    "cost.per_patient",
    "{currency}",
    "lower",
    f"Cost per member of the cohort, not discounted: {_PARTS}.",
)
def _per_patient(observed: Observed) -> float:
    return _per_member(observed, 0.0)


@METRICS.define(
    "cost.per_patient_discounted",
    "{currency}",
    "lower",
    f"Cost per member of the cohort: {_PARTS}. Discounted continuously from each one's first asking at the scenario's "
    "effective annual rate for costs; the fixed cost counts as paid at that moment, so it is not discounted.",
)
def _per_patient_discounted(observed: Observed) -> float:
    return _per_member(observed, observed.scenario.discounting.costs)


@METRICS.define("cost.other_health_care", "{currency}", "lower")
def other_health_care(observed: Observed) -> float:
    """Health care outside the programme per member of the cohort within follow-up, by clinical state, not discounted;
    part of the cost per patient.
    """
    return ratio(_other_health_care(observed, 0.0), observed.cohort_size)


@METRICS.define("cost.total", "{currency}", "lower")
def total(observed: Observed) -> float:
    """Budget of the programme over the window of the system, all patients: patient-days and admissions of every level,
    and the fixed cost of all places. Relapses and health care outside the programme are not in it.
    """
    return budget(observed).total


@METRICS.define("cost.{level}.total", "{currency}", "lower")
def level_total(observed: Observed, level: int) -> float:
    """Budget of {level} over the window of the system, all patients: patient-days, admissions, and its share of the
    fixed cost of the places it uses, by days held (equal shares of places that nobody held).
    """
    return budget(observed).levels[level]


@METRICS.define("cost.place.{place}.fixed", "{currency}", "lower")
def place_fixed(observed: Observed, place: int) -> float:
    """Fixed cost of {place} over the window of the system, occupied or not."""
    return budget(observed).places[place]


@METRICS.define("cost.payer.{payer}.total", "{currency}", "lower")
def payer_total(observed: Observed, payer: int) -> float:
    """What {payer} pays of the programme's budget over the window of the system: its share of each level's, and of the
    fixed cost of places that no level uses.
    """
    scenario, spent = observed.scenario, budget(observed)
    name = payers(scenario)[payer]
    of_levels = (
        (level.payers or scenario.payers).get(name, 0.0) * cost
        for level, cost in zip(observed.levels, spent.levels, strict=True)
    )
    return math.fsum((*of_levels, scenario.payers.get(name, 0.0) * spent.unused))
