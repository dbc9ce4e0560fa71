"""Who comes into the system."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sim.files.problems import Problem, error, warning
from sim.scenario.distributions import Distribution, Share
from sim.scenario.frozen import Frozen, FrozenTable
from sim.scenario.schema.units import (
    AttributeName,
    Conditions,
    Day,
    Factor,
    LevelName,
    LevelShares,
    Mark,
    People,
    PerDay,
    Ratio,
    Relative,
    ValueName,
    Years,
    number,
)
from sim.vocabulary import DAYS_PER_MONTH

SMALLEST_SUM = 1e-6
"""Relative rates that sum to less have no mean to be relative to."""


class RateChange(Frozen):
    """From this day on demand is `factor` times what is stated, until the next change."""

    from_day: Day
    factor: Factor


class Arrivals(Frozen):
    """Who asks for care for the first time: a Poisson stream, or a closed cohort on day 0.

    A stream may be stated by what a programme counts: calls in all, and the share of them that is from people known.
    """

    per_day: PerDay | None = None
    calls_per_month: Annotated[float | None, number("people per month", ge=0, le=300_000)] = None
    known_share: Annotated[Share | None, Field(description="of calls_per_month, from people known already")] = None
    closed_cohort: People | None = None
    weekday: tuple[Relative, ...] = Field((), description="seven relative rates, Monday first")
    month: tuple[Relative, ...] = Field((), description="twelve relative rates, January first")
    changes: Annotated[tuple[RateChange, ...], Mark(rising="from_day")] = ()

    def own_problems(self) -> Iterator[Problem]:
        """A stream or a cohort, with whole patterns."""
        ways = ("per_day", "calls_per_month", "closed_cohort")
        given = [key for key in ways if getattr(self, key) is not None]
        if len(given) != 1:
            instead = " and ".join(given) or "none of them"
            yield error("", f"must state exactly one of per_day, calls_per_month and closed_cohort, not {instead}")
        if (self.known_share is None) != (self.calls_per_month is None):
            key, other = ("known_share", "calls_per_month")[:: 1 if self.known_share is None else -1]
            yield error(key, f"is missing: it is stated together with {other}")
        for key, rates, length in (("weekday", self.weekday, 7), ("month", self.month, 12)):
            if len(rates) not in (0, length):
                yield error(key, f"must have {length} entries, or none, not {len(rates)}", rates)
            elif rates and sum(rates) < SMALLEST_SUM:
                yield error(key, "must not be all zero, or nearly", rates)
        if self.closed_cohort is not None:
            for key in ("weekday", "month", "changes"):
                if getattr(self, key):
                    yield warning(key, "has no effect on a closed cohort")

    @property
    def first_per_day(self) -> float | None:
        """First asks a day of a stream, however it is stated; None for a closed cohort."""
        if self.calls_per_month is None:
            return self.per_day
        return self.calls_per_month * (1 - (self.known_share or 0.0)) / DAYS_PER_MONTH

    def steps(self) -> tuple[tuple[float, float], ...]:
        """Demand as a step function: from which day on it is `first_per_day` times which factor."""
        return (0.0, 1.0), *((change.from_day, change.factor) for change in self.changes)


class Initial(Frozen):
    """People in a level, and on its waiting list, on day 0."""

    in_care: People = 0
    waiting: People = 0


class FormerPatients(Frozen):
    """People at home on day 0 whom the programme has treated before, all in one clinical state."""

    people: People = 0
    days: Distribution | None = Field(None, description="how long they have been in this state; absent: since day 0")
    population: FrozenTable[AttributeName, Annotated[FrozenTable[ValueName, Share], Mark(sums_to_one=True)]] = Field(
        {}, description="shares of values among them, of attributes of which these are not those of newcomers"
    )
    frailty: Annotated[float, number("mean of Z", ge=-3, le=3)] = 0.0

    def own_problems(self) -> Iterator[Problem]:
        """What is said of nobody."""
        if self.people == 0 and (self.days is not None or self.population or self.frailty != 0):
            yield warning("people", "is 0: what else is said of them has no effect", self.people)


class Known(Frozen):
    """Former patients of the time before day 0, by clinical state. They belong to no cohort."""

    well: FormerPatients = FormerPatients()
    unwell: FormerPatients = FormerPatients()


class AgeBand(Frozen):
    """Ages of those who have one value of the attribute `age`, when they first ask: any of them alike."""

    youngest: Years
    oldest: Years

    def own_problems(self) -> Iterator[Problem]:
        """A band that runs backwards."""
        if self.oldest < self.youngest:
            yield error("oldest", f"must not be below youngest, {self.youngest:g}", self.oldest)


class EntryRule(Frozen):
    """Where a person who asks for care is placed: the first rule that fits decides, by its shares."""

    when: Conditions = Field({})
    returning: bool | None = Field(
        None, strict=True, description="only people who come back (true), only new ones (false), or both"
    )
    to: LevelShares


class LevelEffects(Frozen):
    """Ratios of one attribute value for one level; 1 changes nothing. Hazard ratios unless said otherwise."""

    dropout: Ratio = 1.0
    burnout: Ratio = 1.0
    termination: Ratio = 1.0
    transfer: Ratio = 1.0
    relapse: Annotated[Ratio, Field(description="from admission until the next admission")] = 1.0
    risk_at_discharge: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    renege: Ratio = 1.0
    no_show: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    linkage: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    length_of_stay: Annotated[Ratio, Field(description="ratio of durations")] = 1.0


class Effects(LevelEffects):
    """Ratios of one attribute value for all levels, for life outside care, and for single levels."""

    remission: Ratio = 1.0
    death: Ratio = 1.0
    return_to_care: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    levels: FrozenTable[LevelName, LevelEffects] = Field({}, description="further ratios, multiplied on, in one level")


class Frailty(Frozen):
    """A hidden patient effect Z ~ N(0, 1) shared by drop-out, relapse and return: ratio exp(sd x loading x Z).

    `recovery_sd` is that of a second one: of how fast somebody who is unwell stops by themselves, or asks for care
    again.
    """

    sd: Annotated[float, number("log sd", ge=0, le=3)] = 0.0
    dropout: Annotated[float, number("loading", ge=-3, le=3)] = 1.0
    relapse: Annotated[float, number("loading", ge=-3, le=3)] = 1.0
    return_to_care: Annotated[float, number("loading", ge=-3, le=3)] = 1.0
    recovery_sd: Annotated[
        float,
        number("log sd", ge=0, le=3, description="of a second one, of the hazards of remission and of return to care"),
    ] = 0.0
