"""Visits to an emergency department that nobody dies of: self-harm, an overdose, a crisis; and where they lead."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sim.files.problems import Problem, error, warning
from sim.scenario.distributions import Share
from sim.scenario.frozen import Frozen
from sim.scenario.schema.course import Window
from sim.scenario.schema.units import Conditions, Hazard, LevelName, Mark, Money, Text, number


class Emergency(Frozen):
    """Visits of one kind, by a hazard that depends on the clinical state, and is raised in windows after 24-hour care.

    Nobody has one in 24-hour care, or once they have recovered for good. A visit that leads to a level ends a wait, a
    lag, a stay in another level, or life at home; any other changes nothing.
    """

    title: Text = ""
    when: Conditions = Field({}, description="who may have one")
    in_care: Hazard = Field(0.0, description="visits a year while in care that is not round the clock")
    well: Hazard = Field(0.0, description="visits a year outside care")
    unwell: Hazard = Field(0.0, description="visits a year outside care")
    windows: Annotated[tuple[Window, ...], Mark(rising="until_day")] = Field(
        (), description="after leaving 24-hour care, in care by then or not"
    )
    admitted: Share = Field(0.0, description="of visits, how many lead to the level `to`, past the steps before lists")
    to: LevelName | None = None
    cost_per_visit: Money = 0.0
    qaly_loss: Annotated[float, number("QALY", ge=0, le=1)] = Field(0.0, description="what a visit takes of health")

    def own_problems(self) -> Iterator[Problem]:
        """Visits that nobody has, and a way without an end."""
        if not self.rates:
            yield warning("", "nobody has one: in_care, well and unwell are 0")
        if self.admitted > 0 and self.to is None:
            yield error("to", "is missing: admitted is above 0")
        elif self.admitted == 0 and self.to is not None:
            yield warning("to", "has no effect: admitted is 0", self.to)

    @property
    def rates(self) -> float:
        """Above 0 where anybody may have one."""
        return max(self.in_care, self.well, self.unwell)
