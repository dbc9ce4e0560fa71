"""The scenario: every input of one simulated system, as a frozen, validated value."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from sim.scenario.distributions import Distribution
from sim.scenario.frozen import WHOLE, Frozen, FrozenTable
from sim.scenario.schema.about import EvidenceCard, Read, StatedTarget, StructuralAlternative
from sim.scenario.schema.condition import Condition, Word, condition_of
from sim.scenario.schema.course import Checkups, Death, Exits, Relapse, Response, ReturnToCare, Setback
from sim.scenario.schema.emergency import Emergency
from sim.scenario.schema.level import Level
from sim.scenario.schema.medication import Medication
from sim.scenario.schema.money import Costs, Discounting, Utilities
from sim.scenario.schema.payment import Reimbursement
from sim.scenario.schema.place import Place
from sim.scenario.schema.population import AgeBand, Arrivals, Effects, EntryRule, Frailty, Initial, Known
from sim.scenario.schema.time import Time
from sim.scenario.schema.units import AttributeName, Correlation, LevelName, Name, NamedShares, Text, ValueName


class Scenario(Frozen):
    """All inputs of one system. Two equal scenarios give equal results.

    Read one with `sim.load_scenario`, change it with `with_overrides`; both validate and report every problem at once.
    """

    name: Text = Field(min_length=1)
    question: Text = ""
    hypothesis: Text = Field("", description="the answer that the evidence leads us to expect, with its size")
    compared_with: Text = Field("", description="the scenario that the question is asked against")
    reads: tuple[Read, ...] = Field((), description="the outcomes that the hypothesis is about")
    targets: FrozenTable[Name, StatedTarget] = Field({}, description="what the model is to show of these very inputs")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    price_year: Annotated[int, Field(ge=1900, le=2200, strict=True), WHOLE] = 2025
    conditions: FrozenTable[Name, Condition] = Field(
        {}, description="what people have, one in a scenario, and the words for its course; absent: addiction"
    )
    time: Time
    arrivals: Arrivals
    initial: FrozenTable[LevelName, Initial] = Field({})
    known: Known = Field(Known(), description="who is at home on day 0 and may come back: a pool of former patients")
    population: FrozenTable[Name, NamedShares] = Field({})
    age: FrozenTable[ValueName, AgeBand] = Field(
        {}, description="how old those are who have each value of population.age; age itself goes on from there"
    )
    called: FrozenTable[Name, FrozenTable[Name, Word]] = Field(
        {},
        description='what reports call those with a value of an attribute, "people out of work"; and payers',
    )
    effects: FrozenTable[AttributeName, FrozenTable[ValueName, Effects]] = Field({})
    frailty: Frailty = Frailty()
    entry: tuple[EntryRule, ...] = Field(min_length=1)
    levels: FrozenTable[Name, Level] = Field(min_length=1)
    places: FrozenTable[Name, Place] = Field({})
    relapse: Relapse | None = Field(None, description="the clock of setbacks; absent: nobody relapses")
    setback: Setback | None = None
    medications: FrozenTable[Name, Medication] = Field({}, description="absent: nobody is on one")
    emergencies: FrozenTable[Name, Emergency] = Field(
        {}, description="visits to an emergency department, by kind; absent: there are none"
    )
    return_to_care: ReturnToCare = ReturnToCare()
    checkups: Checkups | None = Field(None, description="of former patients at home; absent: nobody is looked up")
    exits: Exits = Exits()
    remission: Distribution | None = Field(None, description="time to remission without care, in each spell")
    response: Response | None = Field(
        None, description="partial response at home; absent: who has one recovers as those who are unwell"
    )
    death: Death | None = Field(None, description="absent: nobody dies, and deaths are not reported")
    costs: Costs = Costs()
    payers: NamedShares = Field({"payer": 1.0}, description="who pays, as shares")
    reimbursement: Reimbursement | None = Field(
        None, description="each patient's own payer, and rates; absent: payers share what the programme costs"
    )
    utilities: Utilities | None = Field(None, description="absent: QALYs are not reported")
    discounting: Discounting = Discounting()
    evidence: FrozenTable[str, EvidenceCard] = Field({})
    evidence_correlation: FrozenTable[Text, FrozenTable[Text, Correlation]] = Field(
        {}, description="between two inputs with ranges, by dotted path and path: of their ranks as normal scores"
    )
    evidence_structures: FrozenTable[Name, FrozenTable[Name, StructuralAlternative]] = Field(
        {}, description="what the model itself may be like otherwise: alternatives, one of which is drawn"
    )

    @property
    def condition(self) -> Condition:
        """What people have, with every word for its course."""
        return condition_of(self.conditions)

    @property
    def responses(self) -> bool:
        """Whether anybody may come to a partial response."""
        tables = self.response, *(level.response for level in self.levels.values())
        return any(table is not None and table.days is not None for table in tables)

    @property
    def payers_of_patients(self) -> tuple[str, ...]:
        """Those whom patients have as their own payer, in the order of the attribute's codes."""
        return tuple(self.population[self.reimbursement.attribute]) if self.reimbursement else ()

    @property
    def window(self) -> tuple[float, float]:
        """First and last day of the window of the system: recruitment, or for a closed cohort its follow-up."""
        if self.arrivals.closed_cohort is not None:
            return 0.0, self.time.follow_up_days
        return self.time.warm_up_days, self.time.recruitment_end

    def digest(self) -> str:
        """SHA-256 of the scenario's canonical JSON: equal scenarios, equal digests, on every machine."""
        canonical = self.model_dump_json(
            by_alias=True, exclude={"evidence": {"__all__": {"inherited_from"}}, "called": True}
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def with_overrides(self, settings: Mapping[str, Any]) -> "Scenario":
        """A new scenario with the values at these dotted paths changed, validated; see `overrides.with_overrides`."""
        from sim.scenario.overrides import with_overrides

        return with_overrides(self, settings)

    def __repr__(self) -> str:
        return f"<Scenario {self.name!r}: {', '.join(self.levels)}; {self.digest()[:12]}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """What the scenario is about and which levels it has, for a notebook."""
        from sim.scenario.notebook import scenario_html

        return scenario_html(self)
