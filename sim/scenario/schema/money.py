"""What days, sessions, relapses ... are worth, in money or health."""

from pydantic import Field

from sim.scenario.frozen import Frozen, FrozenTable
from sim.scenario.schema.units import Money, MoneyPerDay, NamedShares, Rate, Utility
from sim.vocabulary import CostCategory


class StateCosts(Frozen):
    """What a day costs, by clinical state."""

    abstinent: MoneyPerDay = 0.0
    lapse: MoneyPerDay = 0.0
    using: MoneyPerDay = 0.0


class Costs(Frozen):
    """Costs that belong to no level, and who bears which category of cost where that differs from `payers`."""

    per_relapse: Money = 0.0
    other_health_care: StateCosts = Field(StateCosts(), description="outside the programme, unrelated to it")
    productivity: StateCosts = Field(StateCosts(), description="work that is not done")
    payers: FrozenTable[CostCategory, NamedShares] = Field({})


class Utilities(Frozen):
    """Health-related quality of life by state, 1 = full health; dead is 0."""

    abstinent: Utility
    lapse: Utility
    using: Utility


class Discounting(Frozen):
    """Effective annual discount rates of years of 365.25 days; discounting runs continuously from asking for care."""

    costs: Rate = 0.0
    effects: Rate = 0.0
