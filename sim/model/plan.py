"""The plan: a scenario lowered once to codes and numbers, the same for all its replications.

Names are left only where somebody reads them: a level, a place, a law, a clock or a link is its number, and rows
of one kind lie one after the other in a tuple, so that whoever follows the plan only looks things up. A row holds
numbers and nothing else. NONE stands for what is absent. Rows of which single numbers are read are classes with slots,
which takes a tenth of the time that it would with named tuples; those are for rows that are taken apart.

Everything that depends on the kind of patient is worked out once per *profile* (a combination of attribute values),
when the first patient of that kind is met: there may be more combinations than patients.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache, partial
from itertools import accumulate, count
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from sim.model.arrivals import cumulative_rate
from sim.model.formulas import death_rate, odds, probability, rate_at, setback_ratio
from sim.model.records import TABLES, categories, places_held
from sim.scenario.change import DatedChange
from sim.scenario.distributions import Distribution
from sim.scenario.laws import EXPONENTIAL, Law, hazard_by, ratio_of, time_of
from sim.scenario.schema import (
    AccessStep,
    Background,
    Death,
    Emergency,
    FormerPatients,
    Intake,
    Level,
    LevelEffects,
    Medication,
    NextRule,
    Response,
    RiskAtDischarge,
    Scenario,
)
from sim.scenario.ways import accepted, classes_accepted
from sim.vocabulary import (
    CAUSES_OF_LEAVING,
    DAYS_PER_YEAR,
    HOURS_PER_DAY,
    NONE,
    NOT_WELL,
    REASONS,
    ROUTES,
    UNWELL,
    WELL,
    Column,
)

T = TypeVar("T")

HOLD, RELEASE, BRIDGE = range(3)
"""What becomes of a place while somebody with a link is on the way to the next level."""

HAND_OVERS = ("hold", "release", "bridge")

CAUSES = tuple(CAUSES_OF_LEAVING)
"""Of leaving before the plan of care is finished, in the order of their codes."""

DROPOUT = CAUSES.index("dropout")

OLDEST = 120
"""Years: behind this birthday nobody's risk rises further."""

HIGHEST_RATE = 100_000.0
"""Deaths a year among 1,000 people, however steeply rates rise: nobody outlives it."""

LAST_RANK = 9
"""On a waiting list, of those whom no rule names."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A cause that may end a stay: its code, the reason that it gives, its law, and whether that is of the plan."""

    cause: int
    reason: int
    law: int
    of_plan: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A way to the next level: where to, where its running share of all who are linked ends, and the law of its lag."""

    to: int
    upto: float
    lag: int


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A step before a list: its code, its laws, the share who are lost at once; and of its slots how many there are a
    day (0: none are needed), and days and hours as of intake."""

    code: int
    delay: int
    patience: int
    lost_at_once: float
    per_day: int
    days: tuple[bool, ...]
    opens: float
    closes: float


class IntakePlan(NamedTuple):
    """When a level admits: by day since day 0, modulo 7; from when to when, as shares of a day; how many a day. Of a
    level that admits at any time there are no days."""

    days: tuple[bool, ...]
    opens: float
    closes: float
    most: float


AT_ANY_TIME = IntakePlan((), 0.0, 1.0, math.inf)


@dataclass(frozen=True, slots=True)
class Holding:
    """What one stay holds: kinds of place with how many of each, and the word for all of it in the records."""

    needs: tuple[tuple[int, int], ...]
    word: int


class ListPlan(NamedTuple):
    """A waiting list: of a level, for those who may have the same of what its stays hold, in the order of trying.

    places: every kind that any of these needs.
    """

    level: int
    holdings: tuple[Holding, ...]
    places: tuple[int, ...]


class ResponsePlan(NamedTuple):
    """A partial response in a level, or at home: whether anything is stated of one there, and its laws."""

    stated: bool
    days: int
    to_remission: int
    to_return: int


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """One level, the same for every patient; laws by their numbers."""

    code: int
    has_list: bool
    round_the_clock: bool
    plan_of_care: int
    review_every: float
    early_from: float
    early_log_stay: float
    clocks: tuple[Clock, ...]
    seats: int
    log_full_ratio: float
    patience: int
    silent_share: float
    days_to_learn: int
    list_cap: int
    access: tuple[StepPlan, ...]
    intake: IntakePlan
    clock: float
    hazard_ratio: float
    risk_halved_every: float
    benefit_per_day: float
    benefit_most: float
    to_remission: int
    response: "ResponsePlan"
    discharge_upto: float
    continue_upto: float
    step_up_to: int
    hand_over: int
    bridge: int
    stays_on: bool


@dataclass(frozen=True, slots=True)
class MedicationPlan:
    """One medication, the same for everybody who is offered it; laws by their numbers, windows since start and stop."""

    code: int
    probability: float
    delay: int
    in_care: int
    at_home: int
    goes_on: float
    ended_by_relapse: float
    ends_relapse: float
    risk_at_stop: float
    relapse: float
    risk_at_discharge: float
    dropout: float
    death: float
    start_days: tuple[float, ...]
    start_ratios: tuple[float, ...]
    stop_days: tuple[float, ...]
    stop_ratios: tuple[float, ...]


class Authorised(NamedTuple):
    """Days of a stay that are authorised; and of a review as these are used up, the days that it adds, the log of the
    share to whom it adds them, and how often it does at the most (0: never)."""

    days: float
    extension: float
    log_extended: float
    most: float


WITHOUT_LIMIT = Authorised(math.inf, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class EmergencyPlan:
    """Visits of one kind to an emergency department: hazards a day, windows after 24-hour care, and of how many visits
    outside it a level comes, and which."""

    in_care: float
    well: float
    unwell: float
    days: tuple[float, ...]
    ratios: tuple[float, ...]
    admitted: float
    to: int


class Ways(NamedTuple):
    """Where a stay that ends by one reason leads: the chance of any link, and the links by their shares of it."""

    chance: float
    links: tuple[Link, ...]


NOWHERE = Ways(0.0, ())


@dataclass(frozen=True, slots=True)
class LevelProfile:
    """One level as one kind of patient meets it: ratios by clock, shares, rank and head start by route, and by
    reason the odds of a setback on the day of leaving for home, and ways on."""

    ratios: tuple[float, ...]
    relapse: float
    risk_odds: tuple[float, ...]
    renege: float
    no_show: float
    length_of_stay: float
    authorised: Authorised
    rank: tuple[int, ...]
    head_start: tuple[float, ...]
    ways: tuple[Ways, ...]
    medications: tuple[int, ...]
    """Those that they are offered on admission, in order."""
    list_number: int
    """On which waiting list they are; NONE where no place accepts them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """First levels: where the running share of all but the last ends, and the levels. The last takes what is left."""

    uptos: tuple[float, ...]
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that depends on a combination of attribute values. entry: of newcomers, and of those who come back.

    background: cumulative hazard of death of other causes by birthday, from birth; empty without.
    """

    levels: tuple[LevelProfile, ...]
    relapse: float
    curve: tuple[float, float]
    """Median (exposed days; 0 where nobody relapses) and shape of the cumulative hazard of setbacks."""
    share_of_setbacks: float
    setbacks: float
    """Hazard ratio of setbacks against relapse."""
    remission: float
    death: float
    background: tuple[float, ...]
    return_odds: float
    entry: tuple[Entry, Entry]
    medications: tuple[int, ...]
    """Those that they are offered at home, in order."""
    emergencies: tuple[int, ...]
    """The kinds that they may have."""


@dataclass(frozen=True, slots=True)
class Mortality:
    """Hazards of death a day, and the windows in which they are raised after 24-hour care."""

    in_care: float
    well: float
    unwell: float
    days: tuple[float, ...]
    ratios: tuple[float, ...]
    of_medication: tuple[float, ...]
    """Every ratio that any medication may bring, on it or after it."""

    def rate(self, state: int, in_care: bool) -> float:
        """The hazard a day of the living, by clinical state and whether they are in care; who has a setback counts as
        well."""
        if in_care:
            return self.in_care
        return self.unwell if state in NOT_WELL else self.well

    @property
    def highest(self) -> float:
        """A day, whatever happens."""
        return max(self.in_care, self.well, self.unwell) * max([1.0, *self.ratios, *self.of_medication])


class CheckupPlan(NamedTuple):
    """Check-ups at home: every so many days, for so many, and the log of the share that do not link a user to care."""

    every: float
    days: float
    log_missed: float


class Former(NamedTuple):
    """Former patients at home on day 0: their state, how many, the law of their days in it so far, their mean frailty.

    uptos: by attribute, where the running share of each of its values ends.
    """

    state: int
    people: int
    days: int
    uptos: tuple[tuple[float, ...], ...]
    frailty: float


class Names(NamedTuple):
    """What decisions, errors and columns are named after."""

    scenario: str
    levels: tuple[str, ...]
    medications: tuple[str, ...]
    emergencies: tuple[str, ...]
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A scenario, ready to run."""

    names: Names
    categories: dict[str, dict[str, tuple[str, ...]]]
    """By table of the records, the words of each coded column."""
    levels: tuple[LevelPlan, ...]
    lists: tuple[ListPlan, ...]
    """Of every level one or more, level by level."""
    medications: tuple[MedicationPlan, ...]
    emergencies: tuple[EmergencyPlan, ...]
    laws: tuple[Law, ...]
    values: tuple[float, ...]
    shares: tuple[float, ...]
    """Of all discrete laws, one after the other."""
    capacity: tuple[int, ...]
    turnover: tuple[float, ...]
    """By place, days until it is ready after a stay."""
    changes: tuple[tuple[float, int, int], ...]
    """Changes of capacity: day, place and new capacity, in the order in which they come."""
    initial: tuple[tuple[int, int, int], ...]
    """Who is there on day 0: level, people in care, people waiting."""
    known: tuple[Former, ...]
    newcomers: int
    """Those of a closed cohort, on day 0; NONE for a stream."""
    arrivals: tuple[Column, Column]
    """Of a stream: points (days, people who have asked) of its expected course."""
    recruited: tuple[float, float]
    """From when to when those who ask are the cohort."""
    horizon: float
    uptos: tuple[tuple[float, ...], ...]
    """By attribute, where the running share of each of its values ends."""
    ages: tuple[tuple[float, float], ...]
    """By value of the attribute `age`, the youngest and the oldest; empty where people have no ages."""
    frailty: tuple[float, float, float, float]
    """Standard deviation, and its product with the loadings of drop-out, relapse and return."""
    recovery_sd: float
    """Standard deviation of the second frailty, of remission and return."""
    after_remission: float
    mortality: Mortality
    setback_duration: int
    into_relapse: int
    return_delay: int
    remission: int
    response: ResponsePlan
    """Partial response at home."""
    checkups: CheckupPlan | None
    moving_away: float
    """Hazard a day, at home."""
    recovery: tuple[float, float]
    """Lasting recovery: hazard a day, and the days well before it begins."""
    since: float
    """From which day on it is in force."""
    closed: tuple[int, ...]
    """Levels to which nobody is admitted any more."""
    places_anew: bool
    """Whether those who wait outside care when it comes into force are placed anew by its entry rules."""
    _profile_of: Callable[[tuple[int, ...]], Profile] = field(repr=False, compare=False)

    @cached_property
    def times(self) -> tuple[Callable[[float], float], ...]:
        """By law: the days at which its cumulative hazard reaches a number."""
        return tuple(map(self._times_of, self.laws))

    def _times_of(self, law: Law) -> Callable[[float], float]:
        if law.kind == EXPONENTIAL and law.most == math.inf:
            return float(law.a).__mul__  # What `time_of` comes to, of most times and without a call of Python.
        return partial(time_of, law, self.values, self.shares)

    def hazard_by(self, law: int, days: float) -> float:
        """The cumulative hazard that a law has reached after so many days."""
        return hazard_by(self.laws[law], self.values, self.shares, days) if days > 0 else 0.0

    def time_left(self, law: int, hazard: float, days: float) -> float:
        """Days until the cumulative hazard of a law has grown by `hazard`, after so many days of it."""
        if days == 0:
            return self.times[law](hazard)
        return max(self.times[law](self.hazard_by(law, days) + hazard) - days, 0.0)

    def profile(self, values: tuple[int, ...]) -> Profile:
        """The profile of these attribute values (codes, in the scenario's order of attributes)."""
        return self._profile_of(values)


def plan_for(scenario: Scenario) -> Plan:
    """Lower a scenario; it is sound, so nothing here can fail."""
    return _Lowering(scenario, (scenario,)).plan()


def plans_for(change: DatedChange) -> tuple[Plan, Plan]:
    """Lower a change: what is in force until its day, and from then on, with the same codes."""
    before, after = (_Lowering(scenario, change.systems).plan() for scenario in change.systems)
    closed = tuple(before.names.levels.index(name) for name in change.vanishing)
    return before, replace(after, since=change.day, closed=closed, places_anew=change.lists == "entry_rules")


class _Lowering:
    """A scenario on its way to numbers: what has been numbered so far."""

    def __init__(self, scenario: Scenario, systems: Sequence[Scenario]) -> None:
        self.scenario = scenario
        self.categories = {table: categories(table, *systems) for table in TABLES}
        self.kinds = kinds_of(scenario)
        self.levels = self.kinds.codes
        self.places = {name: code for code, name in enumerate(scenario.places)}
        self.words = self.categories["stays"]["places"]
        self.lists: dict[tuple[str, tuple[int, ...]], ListPlan] = {
            (name, kept): self.waiting_list(
                self.levels[name], [scenario.levels[name].holdings()[number] for number in kept]
            )
            for name, kept in self.kinds.lists
        }
        self.laws: list[Law] = []
        self.values: list[float] = []
        self.shares: list[float] = []

    def plan(self) -> Plan:
        scenario, time, frailty = self.scenario, self.scenario.time, self.scenario.frailty
        for delay in self.kinds.delays:
            self.law(delay)
        return Plan(
            names=Names(
                scenario.name,
                *map(tuple, (scenario.levels, scenario.medications, scenario.emergencies, scenario.population)),
            ),
            categories=self.categories,
            levels=tuple(self.level(level, code) for code, level in enumerate(scenario.levels.values())),
            lists=tuple(self.lists.values()),
            medications=tuple(self.medication(each, code) for code, each in enumerate(scenario.medications.values())),
            emergencies=tuple(map(self.emergency, scenario.emergencies.values())),
            return_delay=self.law(scenario.return_to_care.delay_days),
            remission=self.law(scenario.remission),
            response=self.response(scenario.response),
            setback_duration=self.law(scenario.setback.duration_days if scenario.setback else None),
            into_relapse=self.law(scenario.setback.into_relapse_days if scenario.setback else None),
            known=(self.former(scenario.known.well, WELL), self.former(scenario.known.unwell, UNWELL)),
            laws=tuple(self.laws),
            values=tuple(self.values),
            shares=tuple(self.shares),
            capacity=tuple(place.steps(time)[0][1] for place in scenario.places.values()),
            turnover=tuple(place.turnover_days for place in scenario.places.values()),
            changes=self.changes(),
            initial=tuple(
                (self.levels[name], there.in_care, there.waiting) for name, there in scenario.initial.items()
            ),
            newcomers=NONE if scenario.arrivals.closed_cohort is None else scenario.arrivals.closed_cohort,
            arrivals=cumulative_rate(scenario.arrivals, time, time.horizon),
            recruited=(time.warm_up_days, time.recruitment_end),
            horizon=time.horizon,
            uptos=tuple(tuple(accumulate(shares.values())) for shares in scenario.population.values()),
            ages=tuple(
                (scenario.age[value].youngest, scenario.age[value].oldest)
                for value in scenario.population.get("age", {})
                if scenario.age
            ),
            frailty=(
                *(frailty.sd, frailty.sd * frailty.dropout, frailty.sd * frailty.relapse),
                frailty.sd * frailty.return_to_care,
            ),
            recovery_sd=frailty.recovery_sd,
            after_remission=scenario.relapse.after_remission if scenario.relapse else 1.0,
            mortality=self.mortality(),
            checkups=self.checkups(),
            moving_away=(scenario.exits.moving_away_per_year or 0.0) / DAYS_PER_YEAR,
            recovery=(scenario.exits.recovery_per_year / DAYS_PER_YEAR, scenario.exits.recovery_after_days),
            since=0.0,
            closed=(),
            places_anew=False,
            _profile_of=self.kinds.profile,
        )

    def former(self, there: FormerPatients, state: int) -> Former:
        """Those of one state; of attributes of which nothing is said they are as newcomers."""
        everyone = self.scenario.population
        mixes = {name: there.population.get(name, shares) for name, shares in everyone.items()}
        uptos = tuple(tuple(accumulate(mixes[name].get(value, 0.0) for value in everyone[name])) for name in everyone)
        return Former(state, there.people, self.law(there.days), uptos, there.frailty)

    def law(self, distribution: Distribution | None) -> int:
        """The number of a law; NONE for no law."""
        if distribution is None:
            return NONE
        law, (values, shares) = distribution.law(), distribution.steps()
        if values:
            law = law._replace(a=law.a + len(self.values), b=law.b + len(self.values))
            self.values += values
            self.shares += shares
        self.laws.append(law)
        return len(self.laws) - 1

    def level(self, level: Level, code: int) -> LevelPlan:
        """One level."""
        clocks = [
            Clock(CAUSES.index(cause), REASONS.index(CAUSES_OF_LEAVING[cause]), self.law(clock), clock.of == "plan")
            for cause, clock in level.clocks().items()
        ]
        early, benefit, group = level.early_step_down, level.lasting_benefit, level.group
        exposure = level.relapse_exposure
        clock = level.exposed_days_a_day()
        risk = level.risk_at_discharge
        return LevelPlan(
            code=code,
            has_list=level.has_list,
            round_the_clock=level.round_the_clock,
            plan_of_care=self.law(level.length_of_stay),
            review_every=level.review_every_days or 0.0,
            early_from=early.from_day if early else 0.0,
            early_log_stay=_log_stay(early.probability) if early else 0.0,
            clocks=tuple(clocks),
            seats=group.size * group.groups if group else 0,
            log_full_ratio=math.log(group.dropout_ratio_when_full) if group else 0.0,
            patience=self.law(level.patience),
            silent_share=level.silent_share,
            days_to_learn=self.law(level.days_to_learn),
            list_cap=NONE if level.list_cap is None else level.list_cap,
            access=tuple(self.step(step) for step in level.access),
            intake=self.intake(level.intake),
            clock=clock,
            hazard_ratio=exposure / clock if clock else 1.0,
            risk_halved_every=(risk.halved_every_days if risk else None) or math.inf,
            benefit_per_day=math.log(benefit.hazard_ratio) / benefit.at_days if benefit else 0.0,
            benefit_most=benefit.max_days if benefit else 0.0,
            to_remission=self.law(level.days_to_remission),
            response=self.response(level.response),
            discharge_upto=level.on_relapse.discharge,
            continue_upto=level.on_relapse.discharge + level.on_relapse.continue_,
            step_up_to=NONE if level.step_up_to is None else self.levels[level.step_up_to],
            hand_over=HAND_OVERS.index(level.hand_over),
            bridge=NONE if level.bridge is None else self.levels[level.bridge],
            stays_on=level.on_giving_up == "stay",
        )

    def response(self, response: Response | None) -> ResponsePlan:
        """Partial response in a level, or at home."""
        if response is None:
            return ResponsePlan(False, NONE, NONE, NONE)
        laws = response.days, response.days_to_remission, response.days_to_return
        return ResponsePlan(True, *map(self.law, laws))

    def waiting_list(self, level: int, holdings: Sequence[Mapping[str, int]]) -> ListPlan:
        """A waiting list of a level."""
        rows = tuple(
            Holding(
                tuple((self.places[place], number) for place, number in each.items()),
                self.words.index(places_held(each)),
            )
            for each in holdings
        )
        return ListPlan(level, rows, tuple(dict.fromkeys(place for row in rows for place, _ in row.needs)))

    def checkups(self) -> CheckupPlan | None:
        """Those that link anybody to care."""
        checkups = self.scenario.checkups
        if checkups is None or checkups.found_share * checkups.linked_share == 0:
            return None
        days = checkups.for_days or self.scenario.time.horizon
        return CheckupPlan(checkups.every_days, days, _log_stay(checkups.found_share * checkups.linked_share))

    def medication(self, medication: Medication, code: int) -> MedicationPlan:
        """One medication."""
        effects = medication.effects
        started, stopped = medication.death_after_start, medication.death_after_stop
        return MedicationPlan(
            code=code,
            probability=medication.probability,
            delay=self.law(medication.delay_days),
            in_care=self.law(medication.days_in_care),
            at_home=self.law(medication.days_at_home),
            goes_on=medication.goes_on,
            ended_by_relapse=medication.ended_by_relapse,
            ends_relapse=medication.ends_relapse,
            risk_at_stop=medication.risk_at_stop,
            relapse=effects.relapse,
            risk_at_discharge=effects.risk_at_discharge,
            dropout=effects.dropout,
            death=effects.death,
            start_days=tuple(window.until_day for window in started),
            start_ratios=tuple(window.ratio for window in started),
            stop_days=tuple(window.until_day for window in stopped),
            stop_ratios=tuple(window.ratio for window in stopped),
        )

    def emergency(self, emergency: Emergency) -> EmergencyPlan:
        """Visits of one kind."""
        return EmergencyPlan(
            in_care=emergency.in_care / DAYS_PER_YEAR,
            well=emergency.well / DAYS_PER_YEAR,
            unwell=emergency.unwell / DAYS_PER_YEAR,
            days=tuple(window.until_day for window in emergency.windows),
            ratios=tuple(window.ratio for window in emergency.windows),
            admitted=emergency.admitted,
            to=NONE if emergency.to is None else self.levels[emergency.to],
        )

    def step(self, step: AccessStep) -> StepPlan:
        """A step before the list."""
        return StepPlan(
            code=self.categories["waits"]["step"].index(step.name),
            delay=self.law(step.delay_days),
            patience=self.law(step.patience),
            lost_at_once=step.lost_at_once,
            per_day=step.slots_per_day or 0,
            days=step.by_day(self.scenario.time.start),
            opens=step.from_hour / HOURS_PER_DAY,
            closes=step.to_hour / HOURS_PER_DAY,
        )

    def intake(self, intake: Intake | None) -> IntakePlan:
        """Days and hours of admission."""
        if intake is None:
            return AT_ANY_TIME
        opens, closes = intake.from_hour / HOURS_PER_DAY, intake.to_hour / HOURS_PER_DAY
        return IntakePlan(intake.by_day(self.scenario.time.start), opens, closes, intake.most_per_day or math.inf)

    def changes(self) -> tuple[tuple[float, int, int], ...]:
        """Of capacity, by day and then by place."""
        places, time = enumerate(self.scenario.places.values()), self.scenario.time
        changes = [(day, code, capacity) for code, place in places for day, capacity in place.steps(time)[1:]]
        return tuple(sorted(changes, key=lambda change: change[:2]))

    def mortality(self) -> Mortality:
        """Hazards a day."""
        death = self.scenario.death or Death()
        return Mortality(
            *(death_rate(death.in_care), death_rate(death.well), death_rate(death.unwell)),
            days=tuple(window.until_day for window in death.windows),
            ratios=tuple(window.ratio for window in death.windows),
            of_medication=tuple(
                ratio
                for each in self.scenario.medications.values()
                for ratio in (
                    *(each.effects.death * window.ratio for window in (*death.windows, *each.death_after_start)),
                    each.effects.death,
                    *(window.ratio for window in each.death_after_stop),
                )
            ),
        )


LEAST_RATIO, LARGEST_RATIO = ratio_of(-math.inf), ratio_of(math.inf)
NO_RISK = RiskAtDischarge()


@cache
def by_age(background: Background, sex: str) -> tuple[float, ...]:
    """Cumulative hazard of death at each birthday, by the rate in the middle of each year. sex: a value of it."""
    ages = [each.age for each in background.rates]
    shares = {"men": 1.0, "women": 0.0}.get(sex, 0.5)
    rates = [shares * each.men + (1 - shares) * each.women for each in background.rates]
    yearly = [background.ratio * min(rate_at(age + 0.5, ages, rates), HIGHEST_RATE) / 1000 for age in range(OLDEST)]
    return tuple(accumulate(yearly, initial=0.0))


def _log_stay(probability: float) -> float:
    """Log of the share whom a review does not step down, or a check-up link; minus infinity if it does everybody."""
    return math.log1p(-probability) if probability < 1 else -math.inf


RATIOS = tuple(LevelEffects.model_fields)
"""Of one attribute value, in all levels or in one of them."""
OVERALL = ("relapse", "remission", "death", "return_to_care")
"""Ratios for life at home."""


class KindsOfPatients:
    """What each combination of attribute values makes of a scenario, worked out when somebody is of that kind.

    What only some attributes decide is worked out once for all kinds that agree in them, since an analysis of
    uncertainty has a new scenario in every draw: by what rules ask for, by that and whatever brings ratios, by curves.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.codes = {name: code for code, name in enumerate(scenario.levels)}
        self.lists = [
            (name, kept) for name, each in scenario.levels.items() for kept in classes_accepted(scenario, each)
        ]
        links = {
            (name, number): link.delay_days
            for name, level in scenario.levels.items()
            for number, link in enumerate(level.next)
        }
        self.delays = [delay for delay in links.values() if delay is not None]
        """The first laws of the plan, in this order."""
        numbers = count()
        self.lags = {link: NONE if delay is None else next(numbers) for link, delay in links.items()}
        self.ratios = {
            attribute: {
                value: (
                    attrgetter(*RATIOS)(effects),
                    {name: attrgetter(*RATIOS)(each) for name, each in effects.levels.items()},
                    attrgetter(*OVERALL)(effects),
                )
                for value, effects in values.items()
            }
            for attribute, values in scenario.effects.items()
        }
        reimbursement = scenario.reimbursement
        rules = [*(link.when for level in scenario.levels.values() for link in level.next)]
        rules += [rule.when for level in scenario.levels.values() for rule in level.priority]
        rules += [rule.when for rule in scenario.entry]
        rules += [each.when for each in scenario.medications.values()]
        rules += [each.when for each in scenario.emergencies.values()]
        asked = {attribute for when in rules for attribute in when} | {reimbursement.attribute if reimbursement else ""}
        asked |= {attribute for place in scenario.places.values() for attribute in place.accepts}
        self.of_rules = tuple(name for name in scenario.population if name in asked)
        self.of_curves = tuple(scenario.relapse.by) if scenario.relapse else ()
        self.of_ratios = (*self.of_rules, *self.of_curves, *self.ratios)
        risks = {name: level.risk_at_discharge or NO_RISK for name, level in scenario.levels.items()}
        self.odds_of_risk = {
            name: tuple(odds(getattr(risk, reason, 0.0)) for reason in REASONS) for name, risk in risks.items()
        }
        self.odds_of_no_show = {name: odds(level.no_show) for name, level in scenario.levels.items()}
        self.causes = {
            name: tuple(RATIOS.index(cause) for cause in level.clocks()) for name, level in scenario.levels.items()
        }
        """By level, where the ratios of its clocks stand in RATIOS."""
        self.known: dict[tuple[Any, ...], Any] = {}
        self.alike: dict[Any, Any] = {}
        self._profiles: dict[tuple[int, ...], Profile] = {}

    def same(self, part: T) -> T:
        """The first of all that are equal, so that parts of profiles may be told apart by identity."""
        first: T = self.alike.setdefault(part, part)
        return first

    def profile(self, values: tuple[int, ...]) -> Profile:
        """The profile of these attribute values (codes, in the scenario's order of attributes)."""
        if values not in self._profiles:
            self._profiles[values] = _KindOfPatient(self, values).profile()
        return self._profiles[values]


@lru_cache(maxsize=16)
def kinds_of(scenario: Scenario) -> KindsOfPatients:
    """The kinds of patients of a scenario, which may be in several plans: alone, and before or after a change."""
    return KindsOfPatients(scenario)


class _Rules(NamedTuple):
    """What the rules of a level say of a kind of patient; ways: by reason, the odds of any link, and the links."""

    authorised: Authorised
    rank: tuple[int, ...]
    head_start: tuple[float, ...]
    medications: tuple[int, ...]
    list_number: int
    ways: tuple[tuple[float, tuple[Link, ...]], ...]


class _KindOfPatient:
    """What a combination of attribute values makes of a scenario."""

    def __init__(self, kinds: KindsOfPatients, values: tuple[int, ...]) -> None:
        self.kinds, self.scenario = kinds, kinds.scenario
        self.values = {
            attribute: tuple(shares)[code]
            for (attribute, shares), code in zip(self.scenario.population.items(), values, strict=True)
        }
        self.effects = [
            kinds.ratios[attribute][value]
            for attribute, value in self.values.items()
            if attribute in kinds.ratios and value in kinds.ratios[attribute]
        ]

    def once(self, what: str, attributes: Sequence[str], work: Callable[[], T]) -> T:
        """What only these attributes decide, for all kinds that agree in them."""
        key = what, *[self.values.get(attribute, "") for attribute in attributes]
        known = self.kinds.known
        if key not in known:
            known[key] = self.kinds.same(work())
        shared: T = known[key]
        return shared

    def profile(self) -> Profile:
        """All of it."""
        kinds, scenario = self.kinds, self.scenario
        median, shape, share = self.once("curve", kinds.of_curves, self.curve)
        relapse, remission, death, return_to_care = self.once("overall", kinds.of_ratios, self.overall)
        entry, medications, emergencies = self.once("at home", kinds.of_rules, self.rules_at_home)
        return Profile(
            levels=self.once("levels", kinds.of_ratios, lambda: self.levels(share)),
            relapse=relapse * share,
            curve=(median, shape),
            share_of_setbacks=share,
            setbacks=setback_ratio(share),
            remission=remission,
            death=death,
            background=self.once("background", ("sex",), self.background),
            return_odds=odds(scenario.return_to_care.probability) * return_to_care,
            entry=entry,
            medications=medications,
            emergencies=emergencies,
        )

    def overall(self) -> tuple[float, ...]:
        """Ratios for life at home."""
        return _within(_products([row for _, _, row in self.effects], OVERALL))

    def levels(self, share_of_setbacks: float) -> tuple[LevelProfile, ...]:
        """All levels as they meet them."""
        everywhere = _products([row for row, *_ in self.effects], RATIOS)
        return tuple(
            self.level(name, level, everywhere, share_of_setbacks) for name, level in self.scenario.levels.items()
        )

    def rules_at_home(self) -> tuple[tuple[Entry, Entry], tuple[int, ...], tuple[int, ...]]:
        """First levels of newcomers and of those who come back, medications, and kinds of emergencies."""
        emergencies = enumerate(self.scenario.emergencies.values())
        return (
            (self.entry(returning=False), self.entry(returning=True)),
            self.medications(lambda medication: medication.at_home),
            tuple(code for code, each in emergencies if self.fits(each.when) and each.rates),
        )

    def curve(self) -> tuple[float, float, float]:
        """Median and shape of the hazard of setbacks, and the share of setbacks that begin a relapse."""
        if self.scenario.relapse is None:
            return 0.0, 1.0, 1.0
        own = self.scenario.relapse.curve_of(self.values)
        return own.median_days, own.shape, own.share_of_setbacks

    def background(self) -> tuple[float, ...]:
        """Their mortality of other causes."""
        death = self.scenario.death
        if death is None or death.background is None:
            return ()
        return by_age(death.background, self.values.get("sex", ""))

    def fits(self, when: Mapping[str, str]) -> bool:
        """Whether a condition holds of these patients."""
        return all(self.values[attribute] == value for attribute, value in when.items())

    def entry(self, returning: bool) -> Entry:
        """The first rule that fits."""
        rule = next(r for r in self.scenario.entry if r.returning in (None, returning) and self.fits(r.when))
        return Entry(tuple(accumulate(rule.to.values()))[:-1], tuple(self.kinds.codes[level] for level in rule.to))

    def level(self, name: str, level: Level, everywhere: tuple[float, ...], share_of_setbacks: float) -> LevelProfile:
        """One level as they meet it. everywhere: products of their ratios in all levels."""
        kinds, rows = self.kinds, [of[name] for _, of, _ in self.effects if name in of]
        ratios = _within(_products([everywhere, *rows], RATIOS) if rows else everywhere)
        ratio = dict(zip(RATIOS, ratios, strict=True))
        at_discharge, linkage = ratio["risk_at_discharge"], ratio["linkage"]
        rules = self.once(f"level {name}", kinds.of_rules, lambda: self.rules(name, level))
        return LevelProfile(
            ratios=tuple([ratios[cause] for cause in kinds.causes[name]]),
            relapse=ratio["relapse"] * level.relapse_ratio * share_of_setbacks,
            risk_odds=tuple([risk * at_discharge for risk in kinds.odds_of_risk[name]]),
            renege=ratio["renege"],
            no_show=probability(kinds.odds_of_no_show[name] * ratio["no_show"]),
            length_of_stay=ratio["length_of_stay"],
            authorised=rules.authorised,
            rank=rules.rank,
            head_start=rules.head_start,
            # The odds of any link are multiplied.
            ways=tuple(
                [
                    Ways(probability(any_of_them * linkage), links) if links else NOWHERE
                    for any_of_them, links in rules.ways
                ]
            ),
            medications=rules.medications,
            list_number=rules.list_number,
        )

    def rules(self, name: str, level: Level) -> _Rules:
        """What the rules of a level say of them."""
        turns = [self.turn(level, route) for route in ROUTES]
        return _Rules(
            authorised=self.authorised(level),
            rank=tuple(rank for rank, _ in turns),
            head_start=tuple(days for _, days in turns),
            medications=self.medications(lambda medication: name in medication.levels),
            list_number=self.list_number(name, level),
            ways=tuple(self.ways(name, level, reason) for reason in REASONS),
        )

    def list_number(self, name: str, level: Level) -> int:
        """On which waiting list of a level they are."""
        mine = name, accepted(self.scenario, level, self.values)
        return self.kinds.lists.index(mine) if mine in self.kinds.lists else NONE

    def authorised(self, level: Level) -> Authorised:
        """Days that their payer authorises in a level, or the level itself."""
        reimbursement = self.scenario.reimbursement
        if reimbursement is not None:
            level = level.as_authorised_by(self.values[reimbursement.attribute])
        if level.authorised_days is None:
            return WITHOUT_LIMIT
        extension = level.extension
        if extension is None or extension.probability == 0:
            return Authorised(level.authorised_days, 0.0, 0.0, 0.0)
        log_extended = math.log(extension.probability)
        return Authorised(level.authorised_days, extension.days, log_extended, extension.at_most or math.inf)

    def medications(self, offered: Callable[[Medication], bool]) -> tuple[int, ...]:
        """Those that they are offered where this holds of them, in order."""
        all_of_them = enumerate(self.scenario.medications.values())
        return tuple(code for code, each in all_of_them if offered(each) and self.fits(each.when))

    def ways(self, name: str, level: Level, reason: str) -> tuple[float, tuple[Link, ...]]:
        """The odds of any of all links after this reason, and these."""
        rules: list[tuple[int, NextRule]] = [
            (number, rule) for number, rule in enumerate(level.next) if reason in rule.after and self.fits(rule.when)
        ]
        total = math.fsum(rule.probability for _, rule in rules)
        if total == 0:
            return 0.0, ()
        uptos = accumulate(rule.probability / total for _, rule in rules)
        return odds(min(total, 1.0)), tuple(
            Link(self.kinds.codes[rule.to], upto, self.kinds.lags[name, number])
            for (number, rule), upto in zip(rules, uptos, strict=True)
        )

    def turn(self, level: Level, route: str) -> tuple[int, float]:
        """Rank and head start on the level's waiting list, of those who come by this route."""
        for rule in level.priority:
            if (not rule.coming_from or route in rule.coming_from) and self.fits(rule.when):
                return rule.rank, rule.head_start_days
        return LAST_RANK, 0.0


def _products(rows: Sequence[Sequence[float]], names: Sequence[str]) -> tuple[float, ...]:
    """Ratios multiplied, column by column, from the first row to the last."""
    if len(rows) == 1:
        return tuple(rows[0])
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return tuple([math.prod(column, start=1.0) for column in columns])


def _within(products: Sequence[float]) -> tuple[float, ...]:
    """Products of many extreme ratios, so that they may be multiplied further."""
    return tuple([min(max(product, LEAST_RATIO), LARGEST_RATIO) for product in products])
