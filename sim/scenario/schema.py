"""The scenario: every input of one simulated system, as a frozen, validated value.

Units are stated once, beside each field (`json_schema_extra`), and serve the editor schema, the evidence cards and the
documentation. Rules that span several fields live in `checks.py`.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.distributions import Days, Distribution, Scale, Shape, Share
from sim.scenario.frozen import WHOLE, Frozen, Inheritable, Table
from sim.vocabulary import AskingRoute, CostCategory, Onward

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, Field(max_length=2_000)]


def _number(unit: str, **bounds: Any) -> Any:
    return Field(strict=True, json_schema_extra={"unit": unit}, **bounds)


Ratio = Annotated[float, _number("ratio", ge=0.001, le=1_000)]
Relative = Annotated[float, _number("relative", ge=0, le=1e9)]
Factor = Annotated[float, _number("factor", ge=0, le=1_000)]
PerDay = Annotated[float, _number("per day", ge=0, le=10_000)]
Money = Annotated[float, _number("currency", ge=0, le=1e9)]
MoneyPerDay = Annotated[float, _number("currency per day", ge=0, le=1e9)]
Places = Annotated[int, _number("places", ge=0, le=100_000), WHOLE]
People = Annotated[int, _number("people", ge=0, le=100_000), WHOLE]
Period = Annotated[float, _number("days", ge=0, le=36_525)]
Day = Annotated[float, _number("days", ge=0, le=1_000_000)]  # of the calendar, since day 0
Hours = Annotated[float, _number("hours", ge=0, le=168)]
Utility = Annotated[float, _number("utility", ge=-1, le=1)]
Rate = Annotated[float, _number("per year", ge=0, le=1)]
DeathRate = Annotated[float, _number("per 1,000 person-years", ge=0, le=100_000)]
Rank = Annotated[int, _number("rank", ge=0, le=9), WHOLE]

Conditions = Table[Name, Name]
"""Attribute -> value that a patient must have; all of them, and an empty table fits everyone."""


class Time(Frozen):
    """The window of measurement: the system fills, the cohort asks for care, and each member is followed."""

    start: date = Field(date(2025, 1, 6), description="calendar date of day 0")
    warm_up_days: Period = 0
    recruitment_days: Period = 0
    follow_up_days: Annotated[float, _number("days", ge=1e-3, le=36_525)]


class RateChange(Frozen):
    """From this day on demand is `factor` times `per_day`, until the next change."""

    from_day: Day
    factor: Factor


class Arrivals(Frozen):
    """Who asks for care for the first time: a Poisson stream, or a closed cohort on day 0."""

    per_day: PerDay | None = None
    closed_cohort: People | None = None
    weekday: tuple[Relative, ...] = Field((), description="seven relative rates, Monday first")
    month: tuple[Relative, ...] = Field((), description="twelve relative rates, January first")
    changes: tuple[RateChange, ...] = ()


class Initial(Frozen):
    """People in a level, and on its waiting list, on day 0."""

    in_care: People = 0
    waiting: People = 0


class LevelEffects(Frozen):
    """Ratios of one attribute value for one level; 1 changes nothing. Hazard ratios unless said otherwise."""

    dropout: Ratio = 1.0
    burnout: Ratio = 1.0
    termination: Ratio = 1.0
    transfer: Ratio = 1.0
    relapse: Annotated[Ratio, Field(description="from admission until the next admission")] = 1.0
    renege: Ratio = 1.0
    no_show: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    linkage: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    length_of_stay: Annotated[Ratio, Field(description="ratio of durations")] = 1.0


class Effects(LevelEffects):
    """Ratios of one attribute value for all levels, for life outside care, and for single levels."""

    lapse: Ratio = 1.0
    remission: Ratio = 1.0
    death: Ratio = 1.0
    return_to_care: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    levels: Table[Name, LevelEffects] = Field({}, description="further ratios, multiplied on, in one level")


class Frailty(Frozen):
    """A hidden patient effect Z ~ N(0, 1) shared by drop-out, relapse and return: ratio exp(sd x loading x Z)."""

    sd: Annotated[float, _number("log sd", ge=0, le=3)] = 0.0
    dropout: Annotated[float, _number("loading", ge=-3, le=3)] = 1.0
    relapse: Annotated[float, _number("loading", ge=-3, le=3)] = 1.0
    return_to_care: Annotated[float, _number("loading", ge=-3, le=3)] = 1.0


class EntryRule(Frozen):
    """Where a person who asks for care is placed: the first rule that fits decides, by its shares."""

    when: Conditions = Field({})
    returning: bool | None = Field(
        None, strict=True, description="only people who come back (true), only new ones (false), or both"
    )
    to: Table[Name, Share]


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
    changes: tuple[CapacityChange, ...] = ()


class Group(Frozen):
    """The level's peer groups; drop-out is multiplied by `dropout_ratio_when_full` ** (how full they are)."""

    size: Annotated[int, _number("people", ge=1, le=1_000), WHOLE]
    groups: Annotated[int, _number("groups", ge=1, le=1_000), WHOLE]
    sessions_per_week: Annotated[float, _number("per week", ge=0, le=100)]
    hours_per_session: Hours
    dropout_ratio_when_full: Ratio = 1.0


class PriorityRule(Frozen):
    """A class on the waiting list, 0 served first; the first rule that fits decides, and nobody's rule means 9."""

    when: Conditions = Field({})
    coming_from: tuple[AskingRoute, ...] = ()
    rank: Rank


class EarlyStepDown(Frozen):
    """At each review from `from_day` on, a patient whose plan is not finished moves on with this probability."""

    from_day: Days
    probability: Share


class LastingBenefit(Frozen):
    """Days in this level lower the relapse hazard for good: ratio `hazard_ratio` ** (min(days, max_days) / at_days)."""

    hazard_ratio: Ratio
    at_days: Scale
    max_days: Days


class OnRelapse(Frozen):
    """What follows a relapse in care, as probabilities that sum to one."""

    discharge: Share = 0.0
    continue_: Share = Field(default=0.0, alias="continue")
    step_up: Share = 0.0


class NextRule(Frozen):
    """A link to another level for patients whose stay ended by one of these reasons."""

    after: tuple[Onward, ...] = Field(("completed",), min_length=1)
    when: Conditions = Field({})
    to: Name
    probability: Share
    delay_days: Distribution | None = Field(None, description="from being ready to asking for the next level")


class Level(Frozen):
    """A kind of treatment: how long it lasts, how it can end, what it protects from, what comes next, what it costs."""

    title: Text = ""
    places: tuple[Name, ...] = Field((), description="kinds of place that a stay holds, all or none; empty: unlimited")
    round_the_clock: bool = Field(
        False, strict=True, description="24-hour care: leaving it starts the windows of raised mortality"
    )

    length_of_stay: Distribution = Field(description="time to finish the plan of care")
    review_every_days: Scale | None = Field(None, description="a finished plan is seen only at the next review")
    early_step_down: EarlyStepDown | None = None
    authorised_days: Scale | None = Field(None, description="the stay is terminated when these are used up")
    dropout: Distribution | None = None
    burnout: Distribution | None = None
    termination: Distribution | None = None
    transfer: Distribution | None = Field(None, description="to another programme before the plan is finished")
    group: Group | None = None

    patience: Distribution | None = Field(None, description="how long one waits for this level; absent: for ever")
    no_show: Share = Field(0.0, description="share who do not come when their place is granted")
    priority: tuple[PriorityRule, ...] = ()

    relapse_exposure: Annotated[float, _number("exposed days per day", ge=0, le=10)] = 1.0
    relapse_ratio: Ratio = Field(1.0, description="hazard ratio of relapse from admission until the next admission")
    lasting_benefit: LastingBenefit | None = None
    days_to_abstinence: Distribution | None = Field(None, description="of someone who is using; absent: at once")
    on_relapse: OnRelapse = OnRelapse(discharge=1.0)
    step_up_to: Name | None = None

    hand_over: Literal["hold", "release", "bridge"] = "release"
    bridge: Name | None = Field(None, description="the interim level, without places, of hand_over = 'bridge'")
    next: tuple[NextRule, ...] = ()

    cost_per_day: MoneyPerDay = Field(0.0, description="of one more patient, beside the fixed cost of places")
    cost_per_session: Money = 0.0
    sessions_per_week: Annotated[float, _number("per week", ge=0, le=100)] = Field(
        0.0, description="individual sessions of each patient, beside those of the level's groups"
    )
    cost_per_admission: Money = 0.0
    patient_time_per_day: MoneyPerDay = Field(0.0, description="worth of the time that a day here takes a patient")
    patient_time_per_session: Money = Field(
        0.0, description="worth of the time that a session takes a patient, and travel"
    )
    payers: Table[Name, Share] = Field({}, description="who pays for this level; empty: as the scenario's payers")
    clinical_hours_per_week: Hours = Field(0.0, description="per patient")
    caseload: Annotated[float, _number("patients per full-time clinician", ge=1e-3, le=10_000)] | None = None


class Relapse(Frozen):
    """Baseline cumulative hazard ln(1 + (x/median)^shape) in exposed days x of a spell of abstinence."""

    median_days: Scale
    shape: Shape


class Lapse(Frozen):
    """Short use that ends no stay and is no relapse: a constant hazard in exposed days of abstinence."""

    per_day: Annotated[float, _number("per day", ge=0, le=10)]
    duration_days: Distribution


class ReturnToCare(Frozen):
    """Whether and when someone who is using outside care asks again, once in each such spell."""

    probability: Share = 0.0
    delay_days: Distribution | None = None


class DeathWindow(Frozen):
    """Until so many days after leaving 24-hour care the hazard of death is multiplied by `ratio`."""

    until_day: Scale
    ratio: Ratio


class Death(Frozen):
    """Constant hazards of death by state, raised in windows after leaving 24-hour care."""

    in_care: DeathRate = 0.0
    abstinent: DeathRate = 0.0
    using: DeathRate = 0.0
    windows: tuple[DeathWindow, ...] = ()


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
    payers: Table[CostCategory, Table[Name, Share]] = Field({})


class Utilities(Frozen):
    """Health-related quality of life by state, 1 = full health; dead is 0."""

    abstinent: Utility
    lapse: Utility
    using: Utility


class Discounting(Frozen):
    """Effective annual discount rates of years of 365.25 days; discounting runs continuously from asking for care."""

    costs: Rate = 0.0
    effects: Rate = 0.0


class EvidenceCard(Inheritable):
    """Where a number comes from, how sure it is, and how it may vary."""

    low: float | None = Field(None, strict=True)
    high: float | None = Field(None, strict=True)
    distribution: Literal["normal", "lognormal", "beta", "gamma", "uniform", "triangular"] | None = None
    unit: Text | None = None
    source: Text = Field(min_length=3)
    grade: Literal["published", "estimated", "assumption", "choice"]
    note: Text = ""


class Read(Frozen):
    """An outcome that the hypothesis is about, and where it expects it: between low and high, as far as they are given.

    of: "change" from `compared_with` in the metric's unit (0.03: 3 points of a share), "relative" change (0.1: a tenth
    more), or "level" of the metric here. group: an attribute and its value, of whose patients it is.
    """

    metric: Text
    of: Literal["change", "relative", "level"] = "change"
    low: float | None = Field(None, strict=True)
    high: float | None = Field(None, strict=True)
    group: Conditions = Field({})


class Scenario(Frozen):
    """All inputs of one system. Two equal scenarios give equal results.

    Read one with `sim.load_scenario`, change it with `with_overrides`; both validate and report every problem at once.
    """

    name: Text = Field(min_length=1)
    question: Text = ""
    hypothesis: Text = Field("", description="the answer that the evidence leads us to expect, with its size")
    compared_with: Text = Field("", description="the scenario that the question is asked against")
    reads: tuple[Read, ...] = Field((), description="the outcomes that the hypothesis is about")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    price_year: Annotated[int, Field(ge=1900, le=2200, strict=True), WHOLE] = 2025
    time: Time
    arrivals: Arrivals
    initial: Table[Name, Initial] = Field({})
    population: Table[Name, Table[Name, Share]] = Field({})
    effects: Table[Name, Table[Name, Effects]] = Field({})
    frailty: Frailty = Frailty()
    entry: tuple[EntryRule, ...] = Field(min_length=1)
    levels: Table[Name, Level] = Field(min_length=1)
    places: Table[Name, Place] = Field({})
    relapse: Relapse | None = Field(None, description="absent: nobody relapses")
    lapse: Lapse | None = None
    return_to_care: ReturnToCare = ReturnToCare()
    remission: Distribution | None = Field(None, description="time to remission without care, in each spell of use")
    death: Death | None = Field(None, description="absent: nobody dies, and deaths are not reported")
    costs: Costs = Costs()
    payers: Table[Name, Share] = Field({"payer": 1.0}, description="who pays, as shares")
    utilities: Utilities | None = Field(None, description="absent: QALYs are not reported")
    discounting: Discounting = Discounting()
    evidence: Table[str, EvidenceCard] = Field({})

    def digest(self) -> str:
        """SHA-256 of the scenario's canonical JSON: equal scenarios, equal digests, on every machine."""
        said = self.model_dump_json(by_alias=True, exclude={"evidence": {"__all__": {"inherited_from"}}})
        return hashlib.sha256(said.encode()).hexdigest()

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
