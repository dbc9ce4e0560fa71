"""What a stay holds: beds, group seats, caseload slots."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.frozen import Frozen
from sim.scenario.schema.units import Day, Mark, MoneyPerDay, Places, Text


class CapacityChange(Frozen):
    """An opening, a closure or a vacancy: from this day on there are so many places. A cut never evicts; it drains."""

    from_day: Day
    capacity: Places


class Place(Frozen):
    """A kind of place: a bed, a group seat, a caseload slot."""

    title: Text = ""
    kind: Literal["treatment", "housing"] = Field(
        "treatment", description="what its fixed cost counts as: capacity for treatment, or housing"
    )
    capacity: Places
    fixed_cost_per_day: MoneyPerDay = 0.0
    changes: Annotated[tuple[CapacityChange, ...], Mark(rising="from_day")] = ()

    def steps(self) -> tuple[tuple[float, int], ...]:
        """Capacity as a step function: from which day on there are how many places."""
        return (0.0, self.capacity), *((change.from_day, change.capacity) for change in self.changes)

    def capacity_on(self, day: float) -> int:
        """How many places there are on a day."""
        return next((capacity for since, capacity in reversed(self.steps()) if since <= day), self.capacity)

    @property
    def is_ever_open(self) -> bool:
        """Whether there is a place at any time."""
        return any(capacity for _, capacity in self.steps())
