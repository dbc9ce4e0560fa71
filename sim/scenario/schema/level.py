"""A level of care."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from sim.files.problems import Problem, error, warning
from sim.scenario.distributions import Days, Distribution, Scale, Share, StayClock
from sim.scenario.frozen import WHOLE, Frozen, FrozenTable
from sim.scenario.laws import SLOWEST_CLOCK
from sim.scenario.schema.course import Response
from sim.scenario.schema.payment import Extension, PayerRate
from sim.scenario.schema.time import WeeklyHours
from sim.scenario.schema.units import (
    Conditions,
    Hours,
    LevelName,
    Mark,
    Money,
    MoneyPerDay,
    Name,
    NamedShares,
    People,
    PlaceName,
    PlacesEach,
    Rank,
    Ratio,
    Text,
    number,
)
from sim.vocabulary import CAUSES_OF_LEAVING, DAYS_PER_WEEK, REASONS, AskingRoute, Onward


class Group(Frozen):
    """The level's peer groups; drop-out is multiplied by `dropout_ratio_when_full` ** (how full they are)."""

    size: Annotated[int, number("people", ge=1, le=1_000), WHOLE]
    groups: Annotated[int, number("groups", ge=1, le=1_000), WHOLE]
    sessions_per_week: Annotated[float, number("per week", ge=0, le=100)]
    hours_per_session: Hours
    dropout_ratio_when_full: Ratio = 1.0


class PriorityRule(Frozen):
    """A class on the waiting list, 0 served first; the first rule that fits decides, and nobody's rule means 9.

    Within a rank, `head_start_days` lets a class stand where it would if it had asked so many days earlier.
    """

    when: Conditions = Field({})
    coming_from: tuple[AskingRoute, ...] = ()
    rank: Rank = 9
    head_start_days: Days = Field(0.0, description="so much earlier they are taken to have asked")


class Intake(WeeklyHours):
    """When a level admits: on these days and hours, and no more people a day than that."""

    most_per_day: Annotated[int, number("people", ge=1, le=100_000), WHOLE] | None = Field(
        None, description="offers of a place that are made in one day; absent: as many as there are places"
    )


class AccessStep(WeeklyHours):
    """A step before the list, as a call, an assessment: it takes its time, and some are lost in it."""

    name: Name
    delay_days: Distribution | None = Field(None, description="before anything can happen; absent: no time")
    slots_per_day: Annotated[int, number("slots", ge=1, le=100_000), WHOLE] | None = Field(
        None, description="appointments on each of its days, evenly over its hours; absent: no appointment is needed"
    )
    lost_at_once: Share = Field(0.0, description="share of those who come to the step and never do anything about it")
    patience: Distribution | None = Field(None, description="how long one stays in the step; absent: for ever")

    def own_problems(self) -> Iterator[Problem]:
        """Hours that are none, or of nothing."""
        yield from super().own_problems()
        if self.slots_per_day is None and (len(self.days), self.from_hour, self.to_hour) != (DAYS_PER_WEEK, 0, 24):
            yield warning("slots_per_day", "is missing: days and hours of a step are those of its appointments")
        if self.delay_days is None and self.slots_per_day is None:
            if self.patience is not None:
                yield warning("patience", "has no effect: a step without delay_days and slots_per_day takes no time")
            elif not self.lost_at_once:
                yield warning("name", "is all there is: the step takes no time, and nobody is lost in it", self.name)


class EarlyStepDown(Frozen):
    """At each review from `from_day` on, a patient whose plan is not finished moves on with this probability."""

    from_day: Days
    probability: Share


class LastingBenefit(Frozen):
    """Days in this level lower the hazard of setbacks until a relapse: `hazard_ratio` ** (min(days, max_days) /
    at_days)."""

    hazard_ratio: Ratio
    at_days: Scale
    max_days: Days


class RiskAtDischarge(Frozen):
    """Whoever leaves 24-hour care for home well has a setback at once with this probability, by reason of leaving.

    It is the probability after a stay of no length, and halves with every `halved_every_days` days of the stay.
    """

    completed: Share = 0.0
    dropped_out: Share = 0.0
    burned_out: Share = 0.0
    terminated: Share = 0.0
    transferred: Share = 0.0
    halved_every_days: Scale | None = Field(None, description="absent: days in care change nothing")

    def by_reason(self) -> dict[str, float]:
        """Probability after a stay of no length, by reason."""
        return {reason: share for reason in REASONS if (share := getattr(self, reason, 0.0)) > 0}


class OnRelapse(Frozen):
    """What follows a relapse in care, as probabilities that sum to one."""

    discharge: Share = 0.0
    continue_: Share = Field(default=0.0, alias="continue")
    step_up: Share = 0.0


class NextRule(Frozen):
    """A link to another level for patients whose stay ended by one of these reasons."""

    after: tuple[Onward, ...] = Field(("completed",), min_length=1)
    when: Conditions = Field({})
    to: LevelName
    probability: Share
    delay_days: Distribution | None = Field(None, description="from being ready to asking for the next level")


class FirstDays(Frozen):
    """Until so many days after admission, and from the entry before it on, a day costs `cost_per_day`."""

    until_day: Scale
    cost_per_day: MoneyPerDay


class Level(Frozen):
    """A kind of treatment: how long it lasts, how it can end, what it protects from, what comes next, what it costs."""

    title: Text = ""
    places: tuple[PlaceName, ...] = Field(
        (), description="kinds of place that a stay holds, all or none; empty, with any_place_of: unlimited"
    )
    any_place_of: tuple[PlaceName, ...] = Field(
        (), description="and one of these kinds: the first of them in which there is room, for the whole stay"
    )
    places_each: FrozenTable[PlaceName, PlacesEach] = Field(
        {}, description="how many of a kind a stay holds; of those that are not named here one"
    )
    round_the_clock: bool = Field(
        False, strict=True, description="24-hour care: leaving it starts the windows of raised mortality"
    )

    length_of_stay: Distribution = Field(description="time to finish the plan of care")
    review_every_days: Scale | None = Field(None, description="a finished plan is seen only at the next review")
    early_step_down: EarlyStepDown | None = None
    authorised_days: Scale | None = Field(None, description="the stay is terminated when these are used up")
    extension: Extension | None = Field(None, description="of authorised_days; absent: there is none")
    dropout: StayClock | None = None
    burnout: StayClock | None = None
    termination: StayClock | None = None
    transfer: StayClock | None = Field(None, description="to another programme before the plan is finished")
    group: Group | None = None

    patience: Distribution | None = Field(None, description="how long one waits for this level; absent: for ever")
    access: tuple[AccessStep, ...] = Field(
        (),
        description="steps before the list, one after the other, of those who ask by themselves from outside care: not "
        "of those whom a check-up brings to the list",
    )
    intake: Intake | None = Field(None, description="when people are admitted; absent: at any time")
    silent_share: Share = Field(
        0.0, description="share of those who give up waiting without a word: found out only when they are called"
    )
    days_to_learn: Distribution | None = Field(
        None,
        description="how long the place stands idle until the programme knows that they have left; absent: no time",
    )
    list_cap: People | None = Field(
        None, description="whoever asks when so many are on the list is turned away; absent: no cap"
    )
    no_show: Share = Field(0.0, description="share who do not come when their place is granted")
    priority: tuple[PriorityRule, ...] = ()

    relapse_exposure: Annotated[
        float, number("ratio", ge=0, le=10, description="hazard ratio of setbacks while there, against a day at home")
    ] = 1.0
    relapse_clock: Annotated[float, number("exposed days per day", ge=0, le=10)] | None = Field(
        None, description="how far a day there moves the clock of setbacks; absent: as far as relapse_exposure"
    )
    relapse_ratio: Ratio = Field(1.0, description="hazard ratio of setbacks from admission until the next admission")
    risk_at_discharge: RiskAtDischarge | None = Field(None, description="of a setback on the day of leaving for home")
    lasting_benefit: LastingBenefit | None = None
    days_to_remission: Distribution | None = Field(
        None, description="of someone who is unwell; absent: at once, or with response by way of one alone"
    )
    response: Response | None = Field(
        None, description="partial response here; absent: who has one gets well as those who are unwell"
    )
    on_relapse: Annotated[OnRelapse, Mark(sums_to_one=True)] = OnRelapse(discharge=1.0)
    step_up_to: LevelName | None = None

    hand_over: Literal["hold", "release", "bridge"] = "release"
    bridge: LevelName | None = Field(None, description="the interim level, without places, of hand_over = 'bridge'")
    on_giving_up: Literal["leave", "stay"] = Field(
        "leave",
        description="of someone here who gives up waiting for the next level: at once, or to the end of the plan",
    )
    next: tuple[NextRule, ...] = ()

    cost_per_day: MoneyPerDay = Field(0.0, description="of one more patient, beside the fixed cost of places")
    first_days: Annotated[tuple[FirstDays, ...], Mark(rising="until_day")] = Field(
        (), description="what the first days of each stay cost; from then on a day costs cost_per_day"
    )
    cost_per_session: Money = 0.0
    sessions_per_week: Annotated[float, number("per week", ge=0, le=100)] = Field(
        0.0, description="individual sessions of each patient, beside those of the level's groups"
    )
    cost_per_admission: Money = 0.0
    patient_time_per_day: MoneyPerDay = Field(0.0, description="worth of the time that a day here takes a patient")
    patient_time_per_session: Money = Field(
        0.0, description="worth of the time that a session takes a patient, and travel"
    )
    payers: NamedShares = Field({}, description="who pays for this level; empty: as the scenario's payers")
    rates: FrozenTable[Name, PayerRate] = Field(
        {}, description="by payer of [reimbursement]; one without a rate pays nothing for its patients here"
    )
    clinical_hours_per_week: Hours = Field(0.0, description="per patient")
    caseload: Annotated[float, number("patients per full-time clinician", ge=1e-3, le=10_000)] | None = None

    def own_problems(self) -> Iterator[Problem]:
        """What a level states that needs, or leaves idle, something else that it states."""
        held = [(f"places.{i}", place) for i, place in enumerate(self.places)]
        held += [(f"any_place_of.{i}", place) for i, place in enumerate(self.any_place_of)]
        for index, (path, place) in enumerate(held):
            if place in [other for _, other in held[:index]]:
                message = f"is listed twice: how many of a kind a stay holds is places_each.{place}"
                yield error(path, message, place)
        for place in self.places_each:
            if place not in self.all_places:
                yield error(f"places_each.{place}", "is of a kind of place that the level does not need")
        if self.length_of_stay.takes_no_time():
            yield error("length_of_stay", "must be above 0: a stay takes time")
        if self.early_step_down is not None and self.review_every_days is None:
            yield error("early_step_down", "needs review_every_days: it happens at a review")
        if self.extension is not None and self.authorised_days is None:
            yield error("extension", "needs authorised_days, which it extends")
        if self.risk_at_discharge is not None and not self.round_the_clock:
            yield error("risk_at_discharge", "is that of 24-hour care: it needs round_the_clock = true")
        if self.step_up_to is None and self.on_relapse.step_up > 0:
            yield error("step_up_to", "is missing: on_relapse.step_up is above 0")
        elif self.step_up_to is not None and self.on_relapse.step_up == 0:
            yield warning("step_up_to", "has no effect: on_relapse.step_up is 0", self.step_up_to)
        if self.bridge is None and self.hand_over == "bridge":
            yield error("bridge", 'is missing: hand_over = "bridge" needs the interim level')
        elif self.bridge is not None and self.hand_over != "bridge":
            yield error("bridge", f'has no effect with hand_over = "{self.hand_over}"', self.bridge)
        yield from self._list_problems()
        if self.sessions_per_week == 0 and self.group is None:
            for key in ("cost_per_session", "patient_time_per_session"):
                if (price := getattr(self, key)) > 0:
                    message = "has no effect: the level has neither sessions_per_week nor a group"
                    yield warning(key, message, price)
            for payer, rate in self.rates.items():
                if rate.per_session > 0:
                    message = "has no effect: the level has neither sessions_per_week nor a group"
                    yield warning(f"rates.{payer}.per_session", message, rate.per_session)

    def daily_costs(self) -> tuple[tuple[float, float], ...]:
        """From which day of a stay on another day of it costs what."""
        starts = (0.0, *(first.until_day for first in self.first_days))
        return tuple(zip(starts, (*(first.cost_per_day for first in self.first_days), self.cost_per_day), strict=True))

    def _list_problems(self) -> Iterator[Problem]:
        """Inputs of a list that have nothing to act on, and steps before it that are one."""
        for index, step in enumerate(self.access):
            if step.name in [other.name for other in self.access[:index]]:
                yield error(f"access.{index}.name", "is that of another step: each has a name of its own", step.name)
        no_list = "has no effect: a level without places or intake has no list"
        if self.silent_share and not self.has_list:
            yield warning("silent_share", no_list, self.silent_share)
        elif self.silent_share and self.patience is None:
            yield warning("silent_share", "has no effect: without patience nobody gives up waiting", self.silent_share)
        if self.days_to_learn is not None and not self.has_list:
            yield warning("days_to_learn", no_list)
        elif self.days_to_learn is not None and not self.silent_share:
            yield warning("days_to_learn", "has no effect: silent_share is 0")
        elif self.days_to_learn is not None and not self.all_places:
            yield warning("days_to_learn", "has no effect: a level without places has none that could stand idle")
        if self.list_cap is not None and not self.has_list:
            yield warning("list_cap", no_list, self.list_cap)

    @property
    def has_list(self) -> bool:
        """Whether anybody may have to wait."""
        return bool(self.all_places) or self.intake is not None

    @property
    def all_places(self) -> tuple[str, ...]:
        """Every kind of place that a stay may hold."""
        return self.places + self.any_place_of

    def holdings(self) -> tuple[dict[str, int], ...]:
        """What a stay may hold, in the order in which it is tried: kinds of place, and how many of each."""
        choices: list[tuple[str, ...]] = [(place,) for place in self.any_place_of] or [()]
        return tuple({each: self.places_each.get(each, 1) for each in (*self.places, *choice)} for choice in choices)

    def room(self, capacity: Mapping[str, int]) -> int:
        """For how many stays there is room, by kinds of place of which there are so many for this level alone."""
        choices = [capacity[place] // self.places_each.get(place, 1) for place in self.any_place_of]
        needed = [capacity[place] // self.places_each.get(place, 1) for place in self.places]
        return min([*needed, sum(choices)] if choices else needed)

    @property
    def ends_authorised(self) -> bool:
        """Whether authorised days, of the level or of a payer, may end anybody's stay."""
        return bool(self.authorised_days) or any(rate.authorised_days for rate in self.rates.values())

    def exposed_days_a_day(self) -> float:
        """How far a day here moves the clock of setbacks; 0 where nobody can have one."""
        if self.relapse_exposure == 0:
            return 0.0
        return max(self.relapse_exposure if self.relapse_clock is None else self.relapse_clock, SLOWEST_CLOCK)

    def as_authorised_by(self, payer: str) -> "Level":
        """This level with the days that a payer authorises there, if it states any."""
        rate = self.rates.get(payer)
        if rate is None or rate.authorised_days is None:
            return self
        return self.model_copy(update={"authorised_days": rate.authorised_days, "extension": rate.extension})

    def clocks(self) -> dict[str, StayClock]:
        """By cause of leaving, the time until it ends a stay whose plan is not finished."""
        return {cause: clock for cause in CAUSES_OF_LEAVING if (clock := getattr(self, cause)) is not None}

    def reasons(self) -> set[str]:
        """The reasons, relapse and death aside, that stays can end for."""
        reasons = {"completed", *(CAUSES_OF_LEAVING[cause] for cause in self.clocks())}
        if self.early_step_down is not None:
            reasons.add("transferred")
        if self.ends_authorised:
            reasons.add("terminated")
        return reasons
