"""What days, sessions, relapses ... are worth, in money or health."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.files.problems import Problem, error
from sim.scenario.frozen import Frozen, FrozenTable
from sim.scenario.schema.units import (
    AttributeName,
    Mark,
    Money,
    MoneyPerDay,
    NamedShares,
    Rate,
    Relative,
    Utility,
    ValueName,
    Years,
    number,
)
from sim.vocabulary import CostCategory


class StateCosts(Frozen):
    """What a day costs, by clinical state."""

    well: MoneyPerDay = 0.0
    setback: MoneyPerDay = 0.0
    unwell: MoneyPerDay = 0.0
    response: MoneyPerDay | None = Field(None, description="in a partial response; absent: as unwell")


class Costs(Frozen):
    """Costs that belong to no level, and who bears which category of cost where that differs from `payers`."""

    per_relapse: Money = 0.0
    per_death: Money = Field(
        0.0, description="what a death uses up: rescue, hospital, coroner, burial; not the life lost"
    )
    other_health_care: StateCosts = Field(StateCosts(), description="outside the programme, unrelated to it")
    productivity: StateCosts = Field(StateCosts(), description="work that is not done")
    crime_and_justice: StateCosts = Field(StateCosts(), description="police, courts, prison and harm to victims")
    transfer_payments: StateCosts = Field(
        StateCosts(), description="benefits that the state pays to patients: shown, and no cost to society"
    )
    patient_time: FrozenTable[AttributeName, FrozenTable[ValueName, Relative]] = Field(
        {}, description="worth of a patient's time, by attribute value, relative to what levels state; 1 of others"
    )
    payers: FrozenTable[CostCategory, NamedShares] = Field({})


class AgeNorm(Frozen):
    """Mean utility of the general population from an age on, until the next."""

    from_age: Years
    utility: Annotated[float, number("utility", gt=0, le=1)]


UNITED_STATES_NORMS = tuple(
    AgeNorm(from_age=age, utility=utility)
    for age, utility in ((18, 0.92), (30, 0.90), (40, 0.87), (50, 0.84), (60, 0.82), (70, 0.79), (80, 0.74))
)
"""EQ-5D, Sullivan and Ghushchyan 2006; quoted from memory, to be trusted within 20 %."""


class AgeNorms(Frozen):
    """What utilities are worth at other ages than those of the people whom they were measured in."""

    reference_age: Annotated[Years, Field(description="at which the utilities by state are what they are")] = 40.0
    norms: Annotated[tuple[AgeNorm, ...], Field(min_length=1), Mark(rising="from_age")] = UNITED_STATES_NORMS

    def factors(self) -> tuple[tuple[float, float], ...]:
        """From which age on, in years, utilities are multiplied by what; the first also before its age."""
        of_reference = [norm for norm in self.norms if norm.from_age <= self.reference_age][-1:] or self.norms[:1]
        ages = [0.0, *(norm.from_age for norm in self.norms[1:])]
        return tuple((age, norm.utility / of_reference[0].utility) for age, norm in zip(ages, self.norms, strict=True))


class Utilities(Frozen):
    """Health-related quality of life by state, 1 = full health; dead is 0."""

    well: Utility
    setback: Utility
    unwell: Utility
    response: Utility | None = Field(None, description="in a partial response; absent: as unwell")
    age: AgeNorms | None = Field(None, description="absent: the same at every age")


class DiscountChange(Frozen):
    """Other discount rates from so many years after asking on."""

    from_year: Annotated[float, number("years", gt=0, le=1_000)]
    costs: Rate | None = Field(None, description="absent: as before")
    effects: Rate | None = Field(None, description="absent: as before")

    def own_problems(self) -> Iterator[Problem]:
        """A change of nothing."""
        if self.costs is None and self.effects is None:
            yield error("", "changes nothing: it needs costs, effects or both")


class Discounting(Frozen):
    """Effective annual discount rates of years of 365.25 days; discounting runs continuously from asking for care."""

    costs: Rate = 0.0
    effects: Rate = 0.0
    later: Annotated[tuple[DiscountChange, ...], Mark(rising="from_year")] = Field(
        (), description="other rates from later years on; what lies before them is discounted as it was"
    )

    def rates(self, of: Literal["costs", "effects"]) -> tuple[tuple[float, float], ...]:
        """From which year after asking on costs or effects are discounted at which annual rate."""
        steps = [(0.0, float(getattr(self, of)))]
        steps += [(change.from_year, rate) for change in self.later if (rate := getattr(change, of)) is not None]
        return tuple(steps)
