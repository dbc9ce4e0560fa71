"""The window of measurement."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from sim.files.problems import Problem, error
from sim.scenario.frozen import Frozen
from sim.scenario.schema.units import Hour, PeriodDays, number
from sim.vocabulary import DAYS_PER_WEEK, WEEKDAYS, Weekday


class WeeklyHours(Frozen):
    """Days of the week and hours of the day; of 17 o'clock as `to_hour`, 17 o'clock is no part."""

    days: tuple[Weekday, ...] = Field(WEEKDAYS, min_length=1, description="of the week")
    from_hour: Hour = 0.0
    to_hour: Hour = 24.0

    def own_problems(self) -> Iterator[Problem]:
        """Hours that are none."""
        if self.to_hour <= self.from_hour:
            hint = "Hours over midnight are two entries, or two days"
            yield error("to_hour", f"must be above from_hour, {self.from_hour:g}", self.to_hour, hint)

    def by_day(self, start: date) -> tuple[bool, ...]:
        """By day since day 0, modulo 7, whether it is one of the days. start: the date of day 0."""
        return tuple(WEEKDAYS[(start.weekday() + day) % DAYS_PER_WEEK] in self.days for day in range(DAYS_PER_WEEK))


class Time(Frozen):
    """The window of measurement: the system fills, the cohort asks for care, and each member is followed."""

    start: date = Field(date(2025, 1, 6), description="calendar date of day 0")
    warm_up_days: PeriodDays = 0
    recruitment_days: PeriodDays = 0
    follow_up_days: Annotated[float, number("days", ge=1e-3, le=36_525)]

    def own_problems(self) -> Iterator[Problem]:
        """A calendar that no calendar of dates holds."""
        if not 1900 <= self.start.year <= 2200:
            yield error("start", "must lie in the years 1900 to 2200", self.start)

    @property
    def recruitment_end(self) -> float:
        """The day from which on nobody joins the cohort."""
        return self.warm_up_days + self.recruitment_days

    @property
    def horizon(self) -> float:
        """The day on which a run ends: the last member of the cohort has been followed."""
        return self.warm_up_days + self.recruitment_days + self.follow_up_days
