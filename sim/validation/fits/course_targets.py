"""What the clinical course is fitted to: published numbers, how near is near, and what a scenario gives.

Numbers and arms are those of the page (`sim.validation.targets`), on closed cohorts in which nobody dies. What the page
reads off the whole programme, the movement between states and relapse within a year, is read here off people who enter
by the shipped rules and find room.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from sim.model.plan import plan_for
from sim.outcomes import Observed
from sim.outcomes.relapse import relapse
from sim.scenario import Scenario
from sim.validation.arms import ARMS
from sim.validation.estimates import Measurement, estimated
from sim.validation.fits.changes import with_numbers
from sim.validation.fits.cohorts import simulated
from sim.validation.fits.luck import luck_of
from sim.validation.measurements import LONG_AFTER, Measurements, changes_of_state, sustained_abstinence
from sim.validation.targets import TARGETS, UIS, USE, Target, binomial
from sim.vocabulary import Column

NEAR = 2
"""Within so many tolerances it is a hit."""

NOWHERE_NEAR = 25.0
"""Tolerances of what could not be measured at all."""

PEOPLE = 2
"""How many times as many people as the arm of the page has."""


@dataclass(frozen=True)
class Wanted:
    """A target of the fit.

    tolerance: what counts as one off, in the target's unit: about the published standard error, more where the
    definitions differ. low, high: a band in which nothing is off; absent: the published value, or range.
    """

    target: Target
    tolerance: float
    band: tuple[float, float] | None = None

    @cached_property
    def low(self) -> float:
        """From here on nothing is off."""
        return self.target.value if self.band is None else self.band[0]

    @cached_property
    def high(self) -> float:
        """Up to here nothing is off."""
        return (self.target.upto or self.target.value) if self.band is None else self.band[1]

    def miss(self, value: float) -> float:
        """How far off, in tolerances; below 0 if too low."""
        if math.isnan(value):
            return NOWHERE_NEAR
        return (value - min(max(value, self.low), self.high)) / self.tolerance


def published(arm: str, measurement: str) -> Target:
    """The target of the page."""
    return next(target for target in TARGETS if (target.arm, target.measurement) == (arm, measurement))


def of_cohort(measurement: str) -> Target:
    """A target that the page reads off the whole programme, as it is read here."""
    return replace(published("programme", measurement), arm="eight years")


def long_after(group: str, people: int, shares: Sequence[float]) -> tuple[Target, ...]:
    """The return to use in the long run, which is not on the page. group: of `measurements.return_to_use`."""
    return tuple(
        Target(
            f"any use within {days} days of leaving, {group}",
            share,
            "longer plans",
            f"{group} {days}",
            UIS,
            error=binomial(share, people),
            used=USE,
        )
        for days, share in zip(LONG_AFTER, shares, strict=True)
    )


WANTED: tuple[Wanted, ...] = (
    # Sampling errors of 222 and 353 people are about 0.03.
    *(
        Wanted(target, 0.03)
        for group in ("stayed", "left")
        for target in TARGETS
        if target.arm == "longer plans" and target.measurement.startswith(group)
    ),
    *(Wanted(target, 0.03) for target in long_after("stayed", 222, (0.58, 0.71))),
    *(Wanted(target, 0.03) for target in long_after("left", 353, (0.77, 0.84))),
    # Within two tolerances of these bands: the published intervals.
    Wanted(published("longer plans", "ratio from admission"), 0.02, (0.70, 0.91)),
    Wanted(published("longer plans", "ratio from exit"), 0.02, (0.78, 1.03)),
    Wanted(of_cohort("changed in a quarter"), 0.0075, (0.295, 0.335)),
    Wanted(of_cohort("changed at all"), 0.01, (0.82, 0.88)),
    # Quoted from memory: within 7 points.
    *(Wanted(published("eight years", each), 0.035) for each in ("under a year", "1 to 3 years", "3 years and over")),
    Wanted(of_cohort("relapse 365"), 0.02, (0.44, 0.56)),
    # 80 and 109 people.
    Wanted(published("opioid residential", "any 42"), 0.05),
    Wanted(published("opioid residential", "abstinent 182"), 0.05),
    Wanted(published("opioid detox", "any 7"), 0.08),
    Wanted(published("opioid detox", "any 30"), 0.08),
    Wanted(published("opioid detox", "regular 30"), 0.15),
    # The kinds of care of the sample are not known, and weekly use over a year is not regular use at its end.
    Wanted(published("stimulants", "any 12"), 0.10),
    Wanted(published("stimulants", "any 60"), 0.15),
    Wanted(published("stimulants", "using 12"), 0.04),
    # At its end between 1.3 and 1.7, at follow-up 1.2 at least.
    Wanted(published("continuing care", "odds ratio 90"), 0.05, (1.4, 1.6)),
    Wanted(published("continuing care", "odds ratio 180"), 0.05, (1.3, math.inf)),
)
"""Every target of the fit."""


def movement(observed: Observed) -> Measurements:
    """How long abstinence lasts, how often people change state, and relapse within a year."""
    return {
        **sustained_abstinence(observed),
        **changes_of_state(observed),
        "relapse 365": float(relapse(observed, 365)[0]),
    }


READ: dict[str, Callable[..., Measurements]] = {
    arm: movement if arm == "eight years" else ARMS[arm].read for arm in dict.fromkeys(w.target.arm for w in WANTED)
}
"""By arm, how it is measured."""


def measured(base: Scenario, settings: Mapping[str, float], seed: int, replication: int) -> list[Measurement]:
    """What the scenario with these numbers gives for each of `WANTED`, with the luck of one replication."""
    by_arm = {
        arm: read(*(_observed(with_numbers(cohort, settings), seed, replication) for cohort in _cohorts(arm, base)))
        for arm, read in READ.items()
    }
    return [by_arm[wanted.target.arm][wanted.target.measurement] for wanted in WANTED]


@lru_cache(maxsize=2 * len(READ))
def _cohorts(arm: str, base: Scenario) -> tuple[Scenario, ...]:
    """The scenarios of an arm, without death: what it puts in is none of what is fitted, so they are built once."""
    return ARMS[arm].build(base.with_overrides({"death": {}}))


def _observed(scenario: Scenario, seed: int, replication: int) -> Observed:
    """One cohort, of more people."""
    plan = plan_for(scenario)
    people = PEOPLE * plan.newcomers
    plan = replace(plan, newcomers=people)
    return Observed(simulated(plan, luck_of(seed, replication, people)), scenario)


def misses(base: Scenario, settings: Mapping[str, float], seed: int) -> Column:
    """How far the scenario with these numbers is from each of `WANTED`, in tolerances."""
    values = measured(base, settings, seed, replication=0)
    return np.array([wanted.miss(estimated([value]).mean) for wanted, value in zip(WANTED, values, strict=True)])
