"""What may stand at a place of a scenario file, with its unit, bounds or mark."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.distributions import Share
from sim.scenario.frozen import WHOLE, FrozenTable


@dataclass(frozen=True)
class Mark:
    """What pydantic does not check of a place, and the scenario's rules do.

    refers: what the name here must be one of; a value is one of the attribute that stands above it. rising:
    by which key the entries of this array are in order. sums_to_one: so do the shares in this table.
    """

    refers: Literal["level", "place", "attribute", "value"] | None = None
    rising: str | None = None
    sums_to_one: bool = False


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
LevelName = Annotated[Name, Mark(refers="level")]
PlaceName = Annotated[Name, Mark(refers="place")]
AttributeName = Annotated[Name, Mark(refers="attribute")]
ValueName = Annotated[Name, Mark(refers="value")]
Text = Annotated[str, Field(max_length=2_000)]


def number(unit: str, **bounds: Any) -> Any:
    """A number that is never converted from text, with its unit."""
    return Field(strict=True, json_schema_extra={"unit": unit}, **bounds)


Ratio = Annotated[float, number("ratio", ge=0.001, le=1_000)]
Relative = Annotated[float, number("relative", ge=0, le=1e9)]
Factor = Annotated[float, number("factor", ge=0, le=1_000)]
PerDay = Annotated[float, number("per day", ge=0, le=10_000)]
Money = Annotated[float, number("currency", ge=0, le=1e9)]
MoneyPerDay = Annotated[float, number("currency per day", ge=0, le=1e9)]
Places = Annotated[int, number("places", ge=0, le=100_000), WHOLE]
PlacesEach = Annotated[int, number("places", ge=1, le=1_000), WHOLE]
People = Annotated[int, number("people", ge=0, le=100_000), WHOLE]
PeriodDays = Annotated[float, number("days", ge=0, le=36_525)]
Day = Annotated[float, number("days", ge=0, le=1_000_000)]  # of the calendar, since day 0
Hours = Annotated[float, number("hours", ge=0, le=168)]
Hour = Annotated[float, number("hours", ge=0, le=24)]  # of the day
Utility = Annotated[float, number("utility", ge=-1, le=1)]
Rate = Annotated[float, number("per year", ge=0, le=1)]
Hazard = Annotated[float, number("per year", ge=0, le=100)]
Years = Annotated[float, number("years", ge=0, le=110)]
DeathRate = Annotated[float, number("per 1,000 person-years", ge=0, le=100_000)]
BackgroundRate = Annotated[float, number("per 1,000 person-years", ge=0.001, le=100_000)]
Correlation = Annotated[float, Field(strict=True, gt=-1, lt=1)]
Rank = Annotated[int, number("rank", ge=0, le=9), WHOLE]

Conditions = FrozenTable[AttributeName, ValueName]
"""Attribute -> value that a patient must have; all of them, and an empty table fits everyone."""

LevelShares = Annotated[FrozenTable[LevelName, Share], Mark(sums_to_one=True)]
NamedShares = Annotated[FrozenTable[Name, Share], Mark(sums_to_one=True)]
