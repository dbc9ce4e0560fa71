"""What a stay holds: beds, group seats, caseload slots."""

import math
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.distributions import Days
from sim.scenario.frozen import Frozen, FrozenTable
from sim.scenario.schema.time import Time, WeeklyHours
from sim.scenario.schema.units import AttributeName, Day, Mark, MoneyPerDay, Places, Text, ValueName
from sim.vocabulary import DAYS_PER_WEEK, HOURS_PER_DAY


class CapacityChange(Frozen):
    """An opening, a closure or a vacancy: from this day on there are so many places. A cut never evicts; it drains."""

    from_day: Day
    capacity: Places


class CapacityByWeek(WeeklyHours):
    """On these days of the week and hours of the day there are so many places instead."""

    capacity: Places


class Place(Frozen):
    """A kind of place: a bed, a group seat, a caseload slot."""

    title: Text = ""
    kind: Literal["treatment", "housing"] = Field(
        "treatment", description="what its fixed cost counts as: capacity for treatment, or housing"
    )
    capacity: Places
    accepts: FrozenTable[AttributeName, Annotated[tuple[ValueName, ...], Field(min_length=1)]] = Field(
        {}, description="only patients who have one of these values of each of these attributes; empty: everybody"
    )
    fixed_cost_per_day: MoneyPerDay = 0.0
    turnover_days: Days = Field(0.0, description="to make a place ready after a stay: it is not free so long")
    changes: Annotated[tuple[CapacityChange, ...], Mark(rising="from_day")] = ()

    weekly: tuple[CapacityByWeek, ...] = Field(
        (),
        description="shifts and weekends; the first entry that fits an hour decides, as long as there are any places",
    )

    def steps(self, time: Time) -> tuple[tuple[float, int], ...]:
        """Capacity as a step function over a run: from which day on there are how many places."""
        return _steps_by_week(self, time.start, time.horizon) if self.weekly else self.dated_steps()

    def dated_steps(self) -> tuple[tuple[float, int], ...]:
        """The same without what recurs every week: the capacity, and its changes on a day."""
        return (0.0, self.capacity), *((change.from_day, change.capacity) for change in self.changes)

    def takes(self, patient: Mapping[str, str]) -> bool:
        """Whether it accepts somebody with these values of attributes."""
        return all(patient.get(attribute) in values for attribute, values in self.accepts.items())

    def capacity_on(self, day: float, time: Time) -> int:
        """How many places there are on a day of a run."""
        return next((capacity for since, capacity in reversed(self.steps(time)) if since <= day), self.capacity)

    def is_ever_open(self, time: Time) -> bool:
        """Whether there is a place at any time of a run."""
        return any(capacity for _, capacity in self.steps(time))


@lru_cache(maxsize=64)
def _steps_by_week(place: Place, start: date, horizon: float) -> tuple[tuple[float, int], ...]:
    """Changes on days, and within each week; the days of the week count from the date of day 0."""
    hours = sorted(
        {0.0, *(hour / HOURS_PER_DAY for each in place.weekly for hour in (each.from_hour, each.to_hour))} - {1.0}
    )
    by_day = [each.by_day(start) for each in place.weekly]
    edges = {day + hour for day in range(math.ceil(horizon)) for hour in hours}
    edges |= {change.from_day for change in place.changes if change.from_day < horizon}
    steps: list[tuple[float, int]] = []
    changes, capacity = list(reversed(place.changes)), place.capacity
    for edge, following in pairwise([*sorted(edges), math.ceil(horizon)]):
        while changes and changes[-1].from_day <= edge:
            capacity = changes.pop().capacity
        day, share = divmod((edge + following) / 2, 1.0)
        fits = (
            each.capacity
            for each, days in zip(place.weekly, by_day, strict=True)
            if days[int(day) % DAYS_PER_WEEK] and each.from_hour <= share * HOURS_PER_DAY < each.to_hour
        )
        now = next(fits, capacity) if capacity else 0
        if not steps or now != steps[-1][1]:
            steps.append((float(edge), now))
    return tuple(steps)
