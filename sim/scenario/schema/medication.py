"""Medication: who is offered it, who starts and stays on it, what it changes, and what it costs."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sim.files.problems import Problem, error, warning
from sim.scenario.distributions import Distribution, Share
from sim.scenario.frozen import Frozen
from sim.scenario.schema.course import Window
from sim.scenario.schema.units import Conditions, LevelName, Mark, Money, MoneyPerDay, Ratio, Text, number
from sim.vocabulary import DAYS_PER_WEEK


class MedicationEffects(Frozen):
    """Ratios while somebody is on it, against the same person without it."""

    relapse: Ratio = Field(1.0, description="hazard ratio of any setback")
    risk_at_discharge: Ratio = Field(
        1.0, description="odds ratio of a setback on the day of leaving 24-hour care on it"
    )
    dropout: Ratio = Field(1.0, description="hazard ratio of dropping out of the level")
    death: Ratio = Field(1.0, description="hazard ratio of the rates by state; not of other causes")


class Medication(Frozen):
    """A medication that is offered on admission to a level, or when a stretch of life at home begins.

    One at a time: whoever is on one, or about to start it, is offered no other. Of several that may be offered at one
    moment, each in its order, until one is taken.
    """

    title: Text = ""
    when: Conditions = Field({}, description="who is offered it")
    levels: tuple[LevelName, ...] = Field((), description="on admission to which levels it is offered")
    at_home: bool = Field(False, strict=True, description="whether it is offered when life at home begins, or changes")
    probability: Share = Field(description="of an offer, that it is taken")
    delay_days: Distribution | None = Field(
        None, description="from the offer to the start; who leaves before that does not start. Absent: at once"
    )
    days_in_care: Distribution | None = Field(
        None, description="time on it, by the hazard of stopping while in a level; absent: nobody stops there"
    )
    days_at_home: Distribution | None = Field(
        None, description="time on it, by the hazard of stopping while at home; absent: nobody stops there"
    )
    goes_on: Share = Field(1.0, description="share who go on with it when a stay ends, wherever they go")
    ended_by_relapse: Share = Field(0.0, description="of relapses at home, how many end it")
    ends_relapse: Share = Field(0.0, description="of those who are unwell when it begins, how many get well then")
    risk_at_stop: Share = Field(0.0, description="of a setback on the day on which it stops by itself")
    effects: MedicationEffects = MedicationEffects()
    death_after_start: Annotated[tuple[Window, ...], Mark(rising="until_day")] = Field(
        (), description="windows since the start, in place of death.windows while on it; 1 is the rate on it later"
    )
    death_after_stop: Annotated[tuple[Window, ...], Mark(rising="until_day")] = Field(
        (), description="windows since stopping, in place of death.windows; 1 is the rate without it"
    )
    cost_per_start: Money = 0.0
    cost_per_day: MoneyPerDay = Field(0.0, description="of a day on it: the dose")
    cost_per_visit: Money = 0.0
    visits_per_week: Annotated[float, number("per week", ge=0, le=100)] = 0.0

    def own_problems(self) -> Iterator[Problem]:
        """What it states that takes no time, or changes nothing."""
        for key in ("days_in_care", "days_at_home"):
            law = getattr(self, key)
            if law is not None and law.takes_no_time():
                yield error(key, "must be above 0: being on a medication takes time")
        for index, level in enumerate(self.levels):
            if level in self.levels[:index]:
                yield error(f"levels.{index}", "is listed twice", level)
        if not self.levels and not self.at_home:
            yield warning("levels", "nobody is offered it: state levels, or at_home = true")
        if self.goes_on == 0 and not self.at_home:
            message = "has no effect: nobody is on it at home (goes_on is 0, and at_home is false)"
            if self.days_at_home is not None:
                yield warning("days_at_home", message)
            if self.ended_by_relapse > 0:
                yield warning("ended_by_relapse", message, self.ended_by_relapse)
        if self.cost_per_visit > 0 and self.visits_per_week == 0:
            yield warning("cost_per_visit", "has no effect: visits_per_week is 0", self.cost_per_visit)

    @property
    def cost_of_a_day(self) -> float:
        """Dose and visits, in currency a day on it."""
        return self.cost_per_day + self.cost_per_visit * self.visits_per_week / DAYS_PER_WEEK

    @property
    def changes_deaths(self) -> bool:
        """Whether it has anything to do with dying."""
        return self.effects.death != 1 or bool(self.death_after_start or self.death_after_stop)
