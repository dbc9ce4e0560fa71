"""Arms: small scenarios with the inputs of a published study, made from a shipped scenario by overrides.

Only what the study fixed is put in (who entered where, by which delay, how many were linked); everything else stays as
shipped, since it is what is tested. Places are unlimited unless waiting is the question, so that no capacity of the
illustrative programme enters. What is read off an arm stands in `measurements`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.scenario import Scenario, load_scenario
from sim.scenario.schema import Death
from sim.validation import daywait, depression, measurements, medication
from sim.vocabulary import DAYS_PER_YEAR

ROOM = 100_000
"""Places enough for everyone."""

TEN_TIMES = 10
"""Deaths are rare: they are simulated at ten times their rates, and the rates read are divided by ten again."""


@dataclass(frozen=True)
class Arm:
    """A published study, as far as its inputs go.

    build: from the shipped scenario, of the name `shipped`, to the arm's; several where the study compares. read: from
    what is observed of one replication of each to named numbers. inputs: what is put in, in words. read_as: how the
    prediction is computed.
    """

    title: str
    build: Callable[[Scenario], tuple[Scenario, ...]]
    read: Callable[..., measurements.Measurements]
    replications: int
    inputs: str
    read_as: str
    shipped: str = "base"


def cohort(
    base: Scenario, level: str | Mapping[str, float] | None, people: int, days: float, **changes: Any
) -> Scenario:
    """So many people who ask for care on day 0, with room for all; nobody else is there, and nobody is lost sight of.

    level: where they enter, or shares of levels; None: by the entry rules of the shipped scenario.
    days: follow-up. changes: further overrides, dots written as two underscores.
    """
    settings: dict[str, Any] = {
        "arrivals": {"closed_cohort": people},
        "known": {},
        "exits.moving_away_per_year": 0.0,
        "time": {"follow_up_days": float(days)},
        **{f"places.{place}.capacity": ROOM for place in base.places},
    }
    if level is not None:
        settings["entry"] = [{"to": {level: 1.0} if isinstance(level, str) else dict(level)}]
    return base.with_overrides(settings | {path.replace("__", "."): value for path, value in changes.items()})


def all_of(base: Scenario, attribute: str, value: str) -> dict[str, float]:
    """Shares of an attribute by which everyone has one value."""
    return {name: float(name == value) for name in base.population[attribute]}


# --- access ---


def attendance(level: str, days: float) -> Callable[[Scenario], tuple[Scenario, ...]]:
    """Everyone waits for `days` until there is a place: the shipped patience and no-shows decide who comes.

    Nobody asks a second time, when places are there: the studies follow one call.
    """

    def build(base: Scenario) -> tuple[Scenario, ...]:
        changes: dict[str, Any] = {"return_to_care.probability": 0.0}
        for place in base.levels[level].places:
            changes[f"places.{place}.capacity"] = 0
            changes[f"places.{place}.changes"] = [{"from_day": float(days), "capacity": ROOM}]
        return (cohort(base, level, 2_000, 2 * days, **changes),)

    return build


def linked_admission(contacted: float, lag: float) -> Callable[[Scenario], tuple[Scenario, ...]]:
    """Residential stays, after which so many are linked, split over the shipped links, with this mean lag in days."""

    def build(base: Scenario) -> tuple[Scenario, ...]:
        links = base.levels["residential"].next
        total = sum(link.probability for link in links)
        changes: dict[str, Any] = {}
        for number, link in enumerate(links):
            path = f"levels.residential.next.{number}"
            changes[f"{path}.probability"] = contacted * link.probability / total
            changes[f"{path}.delay_days"] = {"distribution": "exponential", "mean": lag}
        return (cohort(base, "residential", 2_000, 200, **changes),)

    return build


# --- the course of the illness ---


def opioid_detox(base: Scenario) -> tuple[Scenario, ...]:
    """People with opioid use are detoxified and go home."""
    substance = all_of(base, "substance", "opioids")
    return (cohort(base, "detox", 2_000, 120, population__substance=substance, levels__detox__next=[]),)


def opioid_residential(base: Scenario) -> tuple[Scenario, ...]:
    """People with opioid use in residential care, then as shipped."""
    substance = all_of(base, "substance", "opioids")
    return (cohort(base, "residential", 2_000, 300, population__substance=substance),)


LEAVES_AFTER = 164.0
"""Mean days until somebody leaves a long residential programme, a flat hazard: fitted to UIS (575 people)."""

PLANS = ((90.0, 180.0), (180.0, 360.0))
"""Planned days of the two groups of each site of UIS: 3 v 6 months, and 6 v 12."""

SITE_SIZES = (1_400, 400)
"""People of each group, in the proportion of the two sites (444 and 131 of the 575)."""


def longer_plans(base: Scenario) -> tuple[Scenario, ...]:
    """People with opioid or stimulant use in residential care: shorter and longer plan at one site, then another."""

    def build(days: float, people: int) -> Scenario:
        level = "levels.residential"
        settings: dict[str, Any] = {
            "population.substance": {
                name: 0.5 * float(name in ("opioids", "stimulants")) for name in base.population["substance"]
            },
            f"{level}.length_of_stay": {"distribution": "fixed", "value": days},
            f"{level}.dropout": {"distribution": "exponential", "mean": LEAVES_AFTER},
            **{f"{level}.{cause}": None for cause in ("burnout", "termination", "transfer", "review_every_days")},
            f"{level}.next": [],
            "effects.co_occurring.yes.dropout": 1.0,
            "return_to_care.probability": 0.0,
            "remission": None,
        }
        return cohort(base, "residential", people, 900).with_overrides(settings)

    return tuple(build(days, people) for plans, people in zip(PLANS, SITE_SIZES, strict=True) for days in plans)


def stimulants(base: Scenario) -> tuple[Scenario, ...]:
    """People with stimulant use, half in residential and half in outpatient care, followed for six years."""
    mix = {"residential": 0.5, "outpatient": 0.5}
    substance = all_of(base, "substance", "stimulants")
    # Some recover by the end of the year, which is looked at; who is back in care is published beside it.
    settings = {"population__substance": substance, "return_to_care__probability": 0.0}
    return (cohort(base, mix, 1_500, 2_200, **settings),)


def eight_years(base: Scenario) -> tuple[Scenario, ...]:
    """People who enter by the shipped rules, with room for all, followed for eight years."""
    return (cohort(base, None, 1_000, 8 * DAYS_PER_YEAR),)


def continuing_care(base: Scenario) -> tuple[Scenario, ...]:
    """The same people in residential care: afterwards none is linked, or all are, to IOP at once, and all come."""
    none = cohort(base, "residential", 1_500, 300, levels__residential__next=[])
    link = {"after": ["completed", "transferred"], "to": "iop", "probability": 1.0}
    return none, none.with_overrides({"levels.residential.next": [link], "levels.iop.no_show": 0.0})


def deaths(base: Scenario) -> tuple[Scenario, ...]:
    """Residential care, detoxification, outpatient care: where people enter; drug deaths alone, ten times as often."""
    shipped = base.death or Death()
    rates: dict[str, Any] = {
        f"death.{state}": TEN_TIMES * getattr(shipped, state) for state in ("in_care", "well", "unwell")
    }
    rates["death.background"] = None
    return tuple(cohort(base, level, 5_000, 500, **rates) for level in ("residential", "detox", "outpatient"))


def programme(base: Scenario) -> tuple[Scenario, ...]:
    """The shipped programme as it is, its cohort followed for two years after admission."""
    return (base.with_overrides({"time.follow_up_days": 800.0}),)


# --- waits, in three programmes ---

APPOINTMENT = {"distribution": "lognormal", "mean": 7.5, "sd": 9.0}
"""Days from the call to the assessment: 7.5 on average in one agency (Loveland and Driscoll 2014)."""

OFFICE_HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from_hour": 9, "to_hour": 17}

SMALL = 0.25
"""The demand of the programme with lists, as a share of the shipped one's."""


def waits(base: Scenario) -> tuple[Scenario, ...]:
    """The programme as shipped, one that gives appointments, and a small one with lists; only waits are looked at."""
    shipped = base.with_overrides({"time.follow_up_days": 1.0})
    return shipped, with_appointments(shipped), with_lists(shipped)


def with_appointments(base: Scenario) -> Scenario:
    """Appointments for IOP and outpatient care, which admits in office hours alone; 44 beds."""
    step = [{"name": "assessment", "delay_days": APPOINTMENT}]
    return base.with_overrides(
        {
            "places.residential_beds.capacity": 44,
            "levels.iop.access": step,
            "levels.outpatient.access": step,
            "levels.outpatient.intake": OFFICE_HOURS,
        }
    )


def with_lists(base: Scenario) -> Scenario:
    """A quarter of the demand, few places, and people who put up with a list, as in the shipped scenario of one."""
    listed = load_scenario("waiting_list").levels["residential"].model_dump(by_alias=True, exclude_none=True)
    settings: dict[str, Any] = {
        f"levels.residential.{key}": listed[key] for key in ("patience", "silent_share", "days_to_learn", "intake")
    }
    settings |= {f"levels.{level}.patience": listed["patience"] for level in ("detox", "iop", "outpatient")}
    places = {"detox_beds": 2, "residential_beds": 8, "iop_seats": 5, "outpatient_slots": 16}
    settings |= {f"places.{place}.capacity": capacity for place, capacity in places.items()}
    for state in ("well", "unwell"):
        settings[f"known.{state}.people"] = round(SMALL * getattr(base.known, state).people)
    for key in ("per_day", "calls_per_month"):
        if (stated := getattr(base.arrivals, key)) is not None:
            settings[f"arrivals.{key}"] = SMALL * stated
    return base.with_overrides(settings)


# --- medication: that of the shipped scenario of this name, laid over the base that is tested ---

MEDICATION = "buprenorphine"
STARTED_IN_TRIAL = 0.94
"""Of those to whom it was offered at random in residential detoxification (CTN-0051)."""


def medicated(base: Scenario, **changes: Any) -> dict[str, Any]:
    """Settings by which the shipped medication is laid over a scenario. changes: of the medication."""
    shipped = load_scenario("medication").medications[MEDICATION].model_dump(by_alias=True, exclude_none=True)
    substance = all_of(base, "substance", "opioids")
    return {"medications": {MEDICATION: {**shipped, **changes}}, "population.substance": substance}


def begun_in_detox(base: Scenario) -> tuple[Scenario, ...]:
    """People with opioid use are offered it on day 0 of detoxification, and go home; nobody comes back."""
    of_trial = load_scenario("medication").medications[MEDICATION].days_in_care
    assert of_trial is not None
    offer = {"levels": ["detox"], "probability": STARTED_IN_TRIAL, "delay_days": None, "goes_on": 1.0}
    settings = medicated(base, **offer, days_at_home=of_trial.model_dump(exclude_none=True))
    settings |= {"levels.detox.next": [], "return_to_care.probability": 0.0}
    return (cohort(base, "detox", 2_000, 400).with_overrides(settings),)


def medication_as_shipped(base: Scenario) -> tuple[Scenario, ...]:
    """People with opioid use enter by the shipped rules, with room for all, and are offered it where it is shipped."""
    return (cohort(base, None, 2_000, 800).with_overrides(medicated(base)),)


def medication_deaths(base: Scenario) -> tuple[Scenario, ...]:
    """The same, with deaths of drugs and of other causes ten times as often."""
    shipped = base.death
    assert shipped is not None
    rates: dict[str, Any] = {
        f"death.{state}": TEN_TIMES * getattr(shipped, state) for state in ("in_care", "well", "unwell")
    }
    if shipped.background is not None:
        rates["death.background.ratio"] = TEN_TIMES * shipped.background.ratio
    return tuple(each.with_overrides(rates) for each in medication_as_shipped(base))


# --- depression: of the shipped scenario of this name ---


def after_ward(shipped: Scenario) -> tuple[Scenario, ...]:
    """People leave the ward, with room for all, and are followed for four months."""
    return (cohort(shipped, "inpatient", 3_000, 120),)


def suicides(shipped: Scenario) -> tuple[Scenario, ...]:
    """The same for more than a year, with deaths of suicide alone, ten times as often."""
    assert shipped.death is not None
    rates: dict[str, Any] = {
        f"death.{state}": TEN_TIMES * getattr(shipped.death, state) for state in ("in_care", "well", "unwell")
    }
    rates["death.background"] = None
    return (cohort(shipped, "inpatient", 4_000, 500, **rates),)


def recurrence(shipped: Scenario) -> tuple[Scenario, ...]:
    """People leave the ward and are followed for eighteen years, of whom nobody dies."""
    return (cohort(shipped, "inpatient", 500, 18 * DAYS_PER_YEAR, death=None),)


ATTENDANCE_INPUTS = "everyone waits for that delay and asks once; patience and no-shows of outpatient care as shipped"
ATTENDANCE_READ = "share of asks that led to admission (the metric `admitted.{level}`)"
LINKED_READ = (
    "share of completed or transferred residential stays that a step down to another level follows within 30 days"
)
AFTER = "from the first discharge, alive; who uses at that moment counts from day 0; Aalen-Johansen, death competing"

ARMS: dict[str, Arm] = {
    **{
        f"outpatient after {days}": Arm(
            "Attendance by delay",
            attendance("outpatient", days),
            measurements.attended("outpatient"),
            10,
            ATTENDANCE_INPUTS,
            ATTENDANCE_READ.format(level="outpatient"),
        )
        for days in (1, 3, 7)
    },
    **{
        f"residential after {days}": Arm(
            "Losses before enrolment",
            attendance("residential", days),
            measurements.attended("residential"),
            10,
            "everyone waits for that delay (the published medians) and asks once; patience and no-shows of residential "
            "care as shipped",
            ATTENDANCE_READ.format(level="residential"),
        )
        for days in (6, 14)
    },
    **{
        name: Arm(
            "Admission after linkage",
            linked_admission(contacted, lag),
            measurements.linked_admissions,
            10,
            "share contacted (64, 74, 84 %) and mean lag (3.9 days; 1.0 with staff incentives; that of the client-"
            "incentive arm is not in the abstract and taken as 3.9); split over IOP and outpatient care as shipped; "
            "no waiting",
            LINKED_READ,
        )
        for name, contacted, lag in (
            ("usual care", 0.64, 3.9),
            ("client incentive", 0.74, 3.9),
            ("staff incentive", 0.84, 1.0),
        )
    },
    "waits": Arm(
        "Days from first contact to first care",
        waits,
        daywait.read_waits,
        32,
        "three programmes: as shipped; with appointments (a step of 7.5 days on average before IOP and outpatient care,"
        " admissions to the latter in office hours, 44 beds); a quarter as large, with 2 beds of"
        " detoxification, 8 of residential care, 5 seats and 16 outpatient places, and the patience of `waiting_list`",
        "of all admitted in the year, to a level or to any: dates of admission less dates of the call, in the bands of"
        " TEDS-A; a weighted sum over the programmes, whose weights"
        f" ({', '.join(f'{weight:g}' for weight in daywait.WEIGHTS)}) are fitted to the bands by level, and known of no"
        " country",
    ),
    "opioid detox": Arm(
        "Opioids: after detoxification without medication",
        opioid_detox,
        measurements.use_after_discharge(regular=(7, 30), any_use=(7, 30)),
        10,
        "everyone uses opioids, is detoxified and is linked to nothing; relapse and lapse as shipped",
        f"first regular use and first use of any kind {AFTER}",
    ),
    "opioid residential": Arm(
        "Opioids: after inpatient care",
        opioid_residential,
        measurements.use_and_abstinence_after_discharge(any_use=42, well=182),
        10,
        "everyone uses opioids and enters residential care; links, relapse, lapse, return and remission as shipped",
        f"first use of any kind {AFTER}; share alive and abstinent (not in a lapse), at home or in care, on day 182",
    ),
    "longer plans": Arm(
        "Longer and shorter residential plans",
        longer_plans,
        measurements.return_to_use,
        6,
        "everyone uses opioids or stimulants, half and half, and enters residential care with a plan of 90 or 180 days"
        " (three quarters), or of 180 or 360 days; a flat hazard of leaving (164 days, fitted to the same people); no"
        " links, no return",
        "first use of any kind from the first discharge, by whether at least 90 % of the plan was stayed; who uses at"
        " that moment counts from day 0; hazard ratio of the longer plan: log-rank (Peto), stratified by site, over two"
        " years",
    ),
    "stimulants": Arm(
        "Methamphetamine: after treatment",
        stimulants,
        measurements.stimulant_curve,
        10,
        "everyone uses stimulants; half enter residential and half outpatient care (the strata of the sample are not"
        " in the abstract); links as shipped, no waiting",
        f"first use of any kind, and first regular use, {AFTER}; shape and median: a straight line through the logits"
        " of the shares at 1, 6, 12 and 60 months over log time, for the published and the predicted shares alike",
    ),
    "eight years": Arm(
        "How long abstinence lasts",
        eight_years,
        measurements.sustained_abstinence,
        6,
        "people enter by the shipped rules, with room for all, and are followed for eight years",
        "of those abstinent at a yearly look, by how long they have not used at all, the share without any use until"
        " the next look",
    ),
    "continuing care": Arm(
        "Continuing care against none",
        continuing_care,
        measurements.odds_of_abstinence,
        8,
        "the same people leave residential care as planned; all of them enter IOP at once, or none is linked; all "
        "else, return and outpatient care after IOP too, as shipped",
        "odds ratio of abstinence (not in a lapse) at home or in care, 90 and 180 days after discharge, from counts "
        "over all replications",
    ),
    "deaths": Arm(
        "Drug deaths after discharge",
        deaths,
        measurements.death_rates(TEN_TIMES),
        24,
        "people enter residential care, detoxification or outpatient care; links and return as shipped, no waiting; "
        "death rates ten times as high (which thins the cohort by about 2 % within the year), and none of other causes",
        "deaths over person-years from the first discharge, in care or not, divided by ten; windows by residential "
        "care; ratios of rates from deaths and person-years over all replications",
    ),
    "medication in a trial": Arm(
        "Medication: begun in detoxification, as in a trial",
        begun_in_detox,
        medication.read_trial,
        10,
        "everyone uses opioids, is detoxified, is offered buprenorphine on day 0 and goes home, linked to nothing; 94 %"
        " take it, and the law of time on it is that of the trial at home as well; nobody comes back",
        "from the first offer, or the first start: first regular use, at 21 days of whoever used then and still does,"
        " Aalen-Johansen; still on the first course, Kaplan-Meier; of those on it on day 21, and of those who stop, any"
        " use in seven days (from day 14; from stopping)",
    ),
    "medication as shipped": Arm(
        "Medication: as shipped, in routine care",
        medication_as_shipped,
        medication.read_retention,
        10,
        "everyone uses opioids and enters by the shipped rules, with room for all; buprenorphine as in `medication`",
        "still on the first course, Kaplan-Meier, from its start and without a gap",
    ),
    "medication and deaths": Arm(
        "Medication: deaths on and off it",
        medication_deaths,
        medication.read_deaths(TEN_TIMES),
        20,
        "the same people; death rates, of other causes too, ten times as high",
        "deaths over person-years on it, and off it since the first start, divided by ten; ratios from deaths and"
        " person-years over all replications",
    ),
    "programme": Arm(
        "The programme as a whole",
        programme,
        measurements.programme,
        8,
        "the shipped base scenario, its places and waiting lists included, the cohort followed for 800 days",
        "relapse: Aalen-Johansen; further care: by stays, and with 24-hour care that follows 24-hour care within a "
        "day counted as one episode; changes of state: people admitted within 60 days, at quarterly looks 3 to 24 "
        "months after admission; dropping out: dropped out and burned out, of all admitted in the window; cost: the "
        "programme's cost of the level over admissions",
    ),
    "depression, after the ward": Arm(
        "Depression: after the ward",
        after_ward,
        depression.read_after_ward,
        10,
        "everyone enters the ward; links, lags, no-shows, emergencies and return as shipped, no waiting",
        "from the first discharge from the ward, alive: readmission there; any visit, an admission to another level, "
        "of those who are neither readmitted nor die within 30 days, by insurance; of all stays in the partial "
        "hospital programme, how many end in dropping out, and are followed by the ward within 30 days",
        "depression",
    ),
    "depression, suicides": Arm(
        "Depression: suicide after the ward",
        suicides,
        depression.read_suicides(TEN_TIMES),
        10,
        "the same people; death rates ten times as high, and none of other causes",
        "deaths over person-years from the first discharge, in care or not, divided by ten",
        "depression",
    ),
    "depression, recurrence": Arm(
        "Depression: recurrence",
        recurrence,
        depression.read_recurrence,
        6,
        "everyone enters the ward, with room for all, and care as shipped for eighteen years; nobody dies",
        "from the first day in remission, in care or not, to the first episode (a relapse), and to any return of "
        "symptoms: Aalen-Johansen, censored at the end",
        "depression",
    ),
}
"""Every arm, by name. Targets of one title stand together on the page."""
