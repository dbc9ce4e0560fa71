"""The clinical course: setbacks and relapse, return to care, death."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from sim.files.problems import Problem, error, warning
from sim.scenario.distributions import Distribution, Scale, ShapeParameter, Share
from sim.scenario.frozen import Frozen, FrozenTable
from sim.scenario.schema.units import (
    AttributeName,
    BackgroundRate,
    DeathRate,
    Hazard,
    Mark,
    Money,
    PeriodDays,
    Ratio,
    ValueName,
    Years,
    number,
)

ShareOfSetbacks = Annotated[float, number("share", gt=0, le=1)]


class RelapseCurve(Frozen):
    """What differs for people of one attribute value; what is absent is as for everybody."""

    median_days: Scale | None = None
    shape: ShapeParameter | None = None
    share_of_setbacks: ShareOfSetbacks | None = None


class Relapse(Frozen):
    """The clock of setbacks: baseline cumulative hazard ln(1 + (x/median)^shape) in exposed days x of being well.

    Each setback begins a relapse with probability `share_of_setbacks`; the others end by themselves.
    """

    median_days: Scale
    shape: ShapeParameter
    share_of_setbacks: ShareOfSetbacks = Field(
        1.0, description="of setbacks, how many begin a relapse; the others end by themselves"
    )
    after_remission: Ratio = Field(1.0, description="hazard ratio of setbacks where a spell began without care")
    by: FrozenTable[AttributeName, FrozenTable[ValueName, RelapseCurve]] = Field(
        {}, description="another curve by the values of one attribute"
    )

    def own_problems(self) -> Iterator[Problem]:
        """Whose curve it is must not be in doubt."""
        if len(self.by) > 1:
            yield error("by", f"must name one attribute, not {len(self.by)}: nobody has two curves", tuple(self.by))

    def curve_of(self, values: Mapping[str, str]) -> "Relapse":
        """The clock of setbacks of people with these attribute values."""
        for attribute, curves in self.by.items():
            if curve := curves.get(values.get(attribute, "")):
                return self.model_copy(update=curve.model_dump(exclude_none=True))
        return self

    def curves(self) -> Iterator["Relapse"]:
        """The clock of setbacks that there are: of people without a curve of their own, and of those of each value."""
        yield self
        for attribute, curves in self.by.items():
            for value in curves:
                yield self.curve_of({attribute: value})

    def setbacks(self) -> bool:
        """Whether some setbacks begin no relapse."""
        return any(curve.share_of_setbacks < 1 for curve in self.curves())


class Setback(Frozen):
    """A setback: on its own, or as the first days of a relapse."""

    duration_days: Distribution | None = Field(None, description="of a setback that ends by itself")
    into_relapse_days: Distribution | None = Field(
        None, description="of the setback with which a relapse begins; absent: it begins at once"
    )

    def own_problems(self) -> Iterator[Problem]:
        """The way into a relapse takes time."""
        if self.into_relapse_days is not None and self.into_relapse_days.takes_no_time():
            yield error("into_relapse_days", "must be above 0; without it a relapse begins at once")


class Response(Frozen):
    """A partial response of somebody unwell: the way there, from there to being well, and back."""

    days: Distribution | None = Field(
        None, description="of someone who is unwell, to a partial response; absent: nobody comes to one here"
    )
    days_to_remission: Distribution | None = Field(
        None, description="from a partial response to being well; absent: nobody gets well from one here"
    )
    days_to_return: Distribution | None = Field(
        None, description="from a partial response to being unwell again; absent: none is lost here"
    )

    def own_problems(self) -> Iterator[Problem]:
        """A response that is over before it has begun, or a table of nothing."""
        if self.days_to_return is not None and self.days_to_return.takes_no_time():
            yield error("days_to_return", "must be above 0: what is lost at once is no response")
        if self.days is None and self.days_to_remission is None and self.days_to_return is None:
            yield warning("", "says nothing: it needs days, days_to_remission or days_to_return")


class ReturnToCare(Frozen):
    """Whether and when someone who is unwell outside care asks again, once in each such spell."""

    probability: Share = 0.0
    delay_days: Distribution | None = None

    def own_problems(self) -> Iterator[Problem]:
        """Whoever comes back does so some day."""
        if self.probability > 0 and self.delay_days is None:
            yield error("delay_days", "is missing: return_to_care.probability is above 0")


class Checkups(Frozen):
    """Former patients at home are looked up on a schedule, well or not; who is unwell is asked back to care.

    The schedule is counted from the last discharge; of people known from before day 0 it is spread evenly over them.
    """

    every_days: Annotated[float, number("days", ge=1, le=36_525)]
    for_days: Annotated[
        float | None, number("days", ge=1, le=36_525, description="since the last discharge; absent: for good")
    ] = None
    found_share: Annotated[Share, Field(description="of people who are looked up, each time, how many are found")]
    linked_share: Annotated[Share, Field(description="of those who are found unwell, how many ask for care")]
    cost_per_checkup: Annotated[Money, Field(description="whether or not they are found")] = 0.0
    cost_per_linkage: Annotated[Money, Field(description="on top, of each who asks for care")] = 0.0

    def own_problems(self) -> Iterator[Problem]:
        """Check-ups without a result."""
        if self.for_days is not None and self.for_days < self.every_days:
            yield warning("for_days", f"ends before the first check-up, on day {self.every_days:g}", self.for_days)
        for key in ("found_share", "linked_share"):
            if getattr(self, key) == 0:
                yield warning(key, "is 0: check-ups cost what they cost, and link nobody to care")


class Exits(Frozen):
    """How people leave the pool of former patients alive: who does it never asks for care here again."""

    moving_away_per_year: Hazard | None = Field(
        None, description="of former patients at home; their course goes on, and is followed. Absent: nobody does"
    )
    recovery_per_year: Annotated[Hazard, Field(description="lasting recovery, of those who are well so long")] = 0.0
    recovery_after_days: Annotated[PeriodDays, Field(description="well, without a break")] = 0.0

    def own_problems(self) -> Iterator[Problem]:
        """A delay of nothing."""
        if self.recovery_after_days > 0 and self.recovery_per_year == 0:
            yield warning("recovery_after_days", "has no effect: recovery_per_year is 0", self.recovery_after_days)


class Window(Frozen):
    """Until so many days after a moment, as leaving 24-hour care, a hazard is multiplied by `ratio`."""

    until_day: Scale
    ratio: Ratio


class AgeRate(Frozen):
    """Deaths a year among 1,000 people of an age."""

    age: Years
    men: BackgroundRate
    women: BackgroundRate


UNITED_STATES = tuple(
    AgeRate(age=age, men=men, women=women)
    for age, men, women in (
        *((20, 1.3, 0.5), (30, 2.2, 1.0), (40, 3.1, 1.7), (50, 5.8, 3.5)),
        *((60, 12.8, 7.8), (70, 26, 17), (80, 64, 47), (90, 179, 141)),
    )
)
"""All causes, United States, period tables of about 2019 to 2021; quoted from memory, to be trusted within 20 %."""


class Background(Frozen):
    """Mortality of the general population by age, to which the rates by state are the excess.

    A woman and a man are who has the value `women` or `men` of the attribute `sex`; anybody else has the mean of both.
    """

    ratio: Annotated[Ratio, Field(description="every rate is multiplied by it")] = 1.0
    rates: Annotated[tuple[AgeRate, ...], Field(min_length=1), Mark(rising="age")] = UNITED_STATES


class Death(Frozen):
    """Hazards of death: by state, raised in windows after leaving 24-hour care, and of the general population by age.

    They add up: with `background` the rates by state are excess, without it they are all that there is.
    """

    in_care: DeathRate = 0.0
    well: DeathRate = 0.0
    unwell: DeathRate = 0.0
    windows: Annotated[tuple[Window, ...], Mark(rising="until_day")] = ()
    background: Background | None = Field(None, description="absent: nobody ages, and nobody dies of other causes")
