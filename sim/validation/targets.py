"""Targets: published results that the shipped parameters should predict, as data.

A target that helped to set a parameter shows at best that the fit holds: verification. One whose study set a parameter
by another of its numbers is not independent either: same study. Only the others are validation. `used` and `related`
say which is which, after the evidence cards of the shipped base scenario.
"""

import math
from dataclasses import dataclass
from typing import Literal

from sim.validation.daywait import ALL, BANDS
from sim.validation.measurements import MONTHS, USED_BY, log_logistic
from sim.validation.medication import WEEKS

Unit = Literal["share", "per 1,000 person-years", "ratio", "months", "1", "USD"]

Role = Literal["validation", "same study", "verification", "comparison"]


@dataclass(frozen=True)
class Target:
    """One published number.

    value: in `unit`; with `upto` the lower end of a published range. error: standard error of the published value, on
    the log scale for a ratio; None where it is not known. arm, measurement: where its prediction comes from. used: what
    the number helped to set; empty if nothing. related: what other numbers of its study helped to set. unlike: how the
    source's definition differs from the model's, where it does so much that a verdict says little; empty if not.
    """

    name: str
    value: float
    arm: str
    measurement: str
    source: str
    unit: Unit = "share"
    error: float | None = None
    upto: float | None = None
    used: str = ""
    related: str = ""
    unlike: str = ""

    @property
    def role(self) -> Role:
        """validation; same study as a number that was used; verification of one; comparison of what is not alike."""
        if self.unlike:
            return "comparison"
        return "verification" if self.used else "same study" if self.related else "validation"


def binomial(share: float, people: float) -> float:
    """Standard error of a share of so many people."""
    return math.sqrt(share * (1 - share) / people)


def poisson(rate: float, events: int) -> float:
    """Standard error of a rate from so many events."""
    return rate / math.sqrt(events)


def of_ratio(low: float, high: float) -> float:
    """Standard error of a log ratio from its 95 % interval."""
    return math.log(high / low) / (2 * 1.96)


TEDS_A = {
    2017: (852_846, 221_306, 54_344, 40_805, 26_274),
    2023: (548_590, 127_505, 31_891, 25_702, 19_422),
}
"""Admissions to public programmes in the United States, by days waited: 0, 1 to 7, 8 to 14, 15 to 30, 31 and more."""
WAITED = {
    "detoxification": ("detox", 59, 82, (84.1, 8.4, 5.2, 2.3)),
    "short residential care": ("residential", 38, 59, (67.2, 14.1, 11.2, 7.5)),
    "long residential care": ("residential", 30, 41, (58.1, 17.1, 15.1, 9.7)),
    "intensive outpatient care": ("iop", 47, 60, (62.7, 16.4, 12.0, 8.9)),
    "outpatient care": ("outpatient", 117, 182, (55.4, 17.7, 14.7, 12.2)),
}
"""By level of the model: how many waited 0 days, of how many in a sample of TEDS-D; of those who waited longer, percent
by band (TEDS-A 2023; 21,000 to 97,000 people each, so that only the sample has an error that counts)."""
WEIGHTED = "the weights of the three programmes, and the places and appointments of two, were fitted to it"
DAYWAIT = "TEDS-A 2023, days waiting where known (46 % of admissions)"


def in_band(band: int, at_once: int, people: int, later: tuple[float, ...]) -> tuple[float, float]:
    """The share that waited so long, and its error, from a sample of who was admitted on the day and of the others."""
    zero = at_once / people
    error = binomial(zero, people)
    return (zero, error) if band == 0 else ((1 - zero) * later[band - 1] / 100, error * later[band - 1] / 100)


FESTINGER = "Festinger et al. 2002, n = 116 randomised to four delays, so about 29 each"
LOVELAND = "Loveland and Driscoll 2014, n = 1,822"
ACQUAVITA = "Acquavita et al. 2013"
SMYTH = "Smyth et al. 2010, n = 109; in treatment for up to six weeks"
GOSSOP = "Gossop et al. 1989, n = 80"
BRECHT = "Brecht and Herbeck 2014, n = 350: 61 % within a year and 14 % in years 2 to 5"
DENNIS = "Dennis, Foss and Scott 2007, n = 1,162; the shares are quoted from memory"
BLODGETT = "Blodgett et al. 2014, 19 controlled trials"
TEXAS = "Maughan and Becker 2019, 254,814 episodes"
SCOTT = "Scott, Dennis and Foss 2005, n = 448, half of them with quarterly checkups"
ADSS = "ADSS cost study (SAMHSA 2003)"
ADSS_TO_2025 = 2.48

METHAMPHETAMINE = (0.36, 0.50, 0.61, 0.75)
"""Any use within 1, 6, 12 and 60 months."""
SHAPE, MEDIAN = log_logistic(MONTHS, METHAMPHETAMINE)

UIS = "UIS, computed from its public file: 575 people, randomised to shorter or longer plans"
USE = "the clock of use, its share of relapses, and the risk on the day of leaving were fitted to it"

ANY_USE = "published: no use at all; predicted: no regular use"
FITTED_PATIENCE = "patience and no-shows were fitted between this and Loveland and Driscoll"
WINDOWS = "the windows and death rates were scaled to it"
LINKAGE = "links, lag and no-shows"
DEATH = "death rates, windows, and effects of opioids and employment"
CURVE = "the shape of the relapse curve, in part"
TRIAL = "CTN-0051, computed from its public file: 287 people randomised to buprenorphine in residential detoxification"
BRITISH_COLUMBIA = "routine care in British Columbia, new courses of buprenorphine (inputs of a published model)"
SANTO = "Santo et al. 2021, 36 cohorts, 749,634 people"
SORDO = "Sordo et al. 2017, buprenorphine"
COUSINS = "Cousins et al. 2015, n = 6,983, methadone"
TIME_ON = "the law of time on it was fitted to it"
ON_IT = "its hazard ratio of use"
AT_THE_DOOR = "its effect on the risk of leaving was set by it"

FUH = "HEDIS FUH, NCQA, measurement year 2022"
FUH_SET = "links, lag and no-shows after the ward"
JNMD = "an acute programme in one hospital of the United States, JNMD 2020"
CHUNG = "Chung et al. 2019, 34 papers, publication bias towards high"
SUICIDE_SET = "the rates by state and the windows"
CDS = "CDS, 380 recovered (Mueller et al. 1999, Solomon et al. 2000)"
KANAI = "Kanai et al. 2003, n = 95, milder"
RECURRENCE_SET = "the clock of symptoms was set between CDS and Kanai"

TARGETS: tuple[Target, ...] = (
    *(
        Target(
            f"attend an intake {days} day{'s' if days > 1 else ''} later",
            share,
            f"outpatient after {days}",
            "attended",
            FESTINGER,
            error=binomial(share, 116 / 4),
            used=FITTED_PATIENCE,
        )
        for days, share in ((1, 0.72), (3, 0.41), (7, 0.38))
    ),
    Target(
        "still there for the assessment, 6 days after the call",
        0.55,
        "residential after 6",
        "attended",
        LOVELAND,
        error=binomial(0.55, 1_822),
        used="residential patience was fitted to it",
    ),
    Target(
        "still there for enrolment, 14 days after the call",
        0.55 * 0.68,
        "residential after 14",
        "attended",
        f"{LOVELAND}; 0.55 × 0.68",
        error=binomial(0.374, 1_822),
        used="residential patience was fitted to it",
    ),
    Target(
        "admitted, usual care",
        0.49,
        "usual care",
        "admitted",
        f"{ACQUAVITA}, n = 114",
        error=binomial(0.49, 114),
        related=LINKAGE,
    ),
    Target(
        "admitted, client incentive",
        0.60,
        "client incentive",
        "admitted",
        f"{ACQUAVITA}, n = 97",
        error=binomial(0.60, 97),
        related=LINKAGE,
    ),
    Target(
        "admitted, staff incentive",
        0.74,
        "staff incentive",
        "admitted",
        f"{ACQUAVITA}, n = 49",
        error=binomial(0.74, 49),
        used="no-shows of IOP and outpatient care",
    ),
    *(
        Target(
            f"any level, {words} days",
            min(shares),
            "waits",
            f"{ALL} {words}",
            "TEDS-A 2017 (known of 60 % of admissions) and 2023 (46 %), public programmes",
            upto=max(shares),
            related="the weights of the three programmes were fitted to the bands by level",
        )
        for band, words in enumerate(BANDS)
        for shares in [[people[band] / sum(people) for people in TEDS_A.values()]]
    ),
    *(
        Target(
            f"{name}, {words} days",
            share,
            "waits",
            f"{level} {words}",
            f"{DAYWAIT}; 0 days: {at_once} of {people} in a sample of TEDS-D",
            error=error,
            used=WEIGHTED,
        )
        for name, (level, at_once, people, later) in WAITED.items()
        for band, words in enumerate(BANDS)
        for share, error in [in_band(band, at_once, people, later)]
    ),
    Target(
        "residential beds in use, as shipped",
        0.89,
        "waits",
        "beds in use",
        "N-SSATS 2009, 110,795 beds; 82 % of tribal and 96 % of federal providers",
        used="demand was set so that it is 91 %",
    ),
    *(
        Target(
            f"{words} within {when}",
            share,
            "opioid detox",
            f"{kind} {days}",
            SMYTH,
            error=binomial(share, 109),
            used=USE,
        )
        for words, kind, when, days, share in (
            ("daily use", "regular", "a week", 7, 0.59),
            ("daily use", "regular", "a month", 30, 0.71),
            ("any use", "any", "a week", 7, 0.66),
            ("any use", "any", "a month", 30, 0.80),
        )
    ),
    Target(
        "any use within 6 weeks",
        0.71,
        "opioid residential",
        "any 42",
        GOSSOP,
        error=binomial(0.71, 80),
        used="the rate of lapses",
    ),
    Target(
        "abstinent at 6 months",
        0.45,
        "opioid residential",
        "abstinent 182",
        GOSSOP,
        error=binomial(0.45, 80),
        used="the rate of lapses",
    ),
    *(
        Target(
            f"{words} within {months} month{'s' if months > 1 else ''}",
            share,
            "stimulants",
            f"{kind} {months}",
            BRECHT,
            error=binomial(share, 350),
            used=USE if kind == "any" and months in (12, 60) else "",
            related=CURVE,
            unlike="" if kind == "any" else ANY_USE,
        )
        for kind, words in (("any", "any use"), ("regular", "regular use"))
        for months, share in zip(MONTHS, METHAMPHETAMINE, strict=True)
    ),
    Target(
        "regular use: shape of the curve",
        SHAPE,
        "stimulants",
        "regular shape",
        f"log-logistic through {BRECHT}",
        unit="1",
        used=CURVE,
        unlike=ANY_USE,
    ),
    Target(
        "regular use: median of the curve",
        MEDIAN,
        "stimulants",
        "regular median",
        f"log-logistic through {BRECHT}",
        unit="months",
        unlike=ANY_USE,
    ),
    *(
        Target(
            f"any use within {days} days of leaving, {words}",
            share,
            "longer plans",
            f"{group} {days}",
            UIS,
            error=binomial(share, people),
            used=USE,
        )
        for words, group, people, shares in (
            ("having stayed at least 90 % of the plan", "stayed", 222, (0.14, 0.18, 0.24, 0.35, 0.47)),
            ("having left earlier", "left", 353, (0.33, 0.36, 0.47, 0.54, 0.68)),
        )
        for days, share in zip(USED_BY, shares, strict=True)
    ),
    *(
        Target(
            f"return to any use, longer against shorter plan, {words}",
            value,
            "longer plans",
            f"ratio {words}",
            f"{UIS}; {value} ({low} to {high})",
            unit="ratio",
            error=of_ratio(low, high),
            used=USE,
        )
        for words, value, low, high in (("from admission", 0.79, 0.66, 0.95), ("from exit", 0.89, 0.74, 1.07))
    ),
    Target(
        "using a year after treatment for cocaine",
        0.235,
        "stimulants",
        "using 12",
        "DATOS (Simpson et al. 1999), n = 1,605: weekly use in the year after",
        error=binomial(0.235, 1_605),
        used=USE,
        unlike="published: weekly use over the year; predicted: regular use at its end",
    ),
    *(
        Target(f"another year without any use, after {words}", share, "eight years", measurement, DENNIS, used=USE)
        for words, measurement, share in (
            ("1 to 12 months", "under a year", 0.36),
            ("1 to 3 years", "1 to 3 years", 0.66),
            ("3 years and over", "3 years and over", 0.86),
        )
    ),
    Target(
        "odds ratio of abstinence at its end (read at 90 days)",
        1.40,
        "continuing care",
        "odds ratio 90",
        f"{BLODGETT}: g = 0.187",
        unit="ratio",
        used="exposure and lasting benefit of IOP and outpatient care",
    ),
    Target(
        "odds ratio of abstinence at follow-up (read at 180 days)",
        1.63,
        "continuing care",
        "odds ratio 180",
        f"{BLODGETT}: g = 0.271",
        unit="ratio",
        used="exposure and lasting benefit of IOP and outpatient care",
    ),
    *(
        Target(
            f"days {low} to {high}",
            rate,
            "deaths",
            f"{start} to {high}",
            f"{TEXAS}; {events} deaths",
            unit="per 1,000 person-years",
            error=poisson(rate, events),
            used=WINDOWS,
        )
        for low, start, high, rate, events in ((0, 0, 28, 4.1, 97), (29, 28, 90, 2.6, 115), (91, 90, 365, 1.9, 293))
    ),
    *(
        Target(
            f"days 0 to 28, {words} against outpatient care",
            value,
            "deaths",
            f"{level} ratio",
            f"{TEXAS}; {value} ({low} to {high})",
            unit="ratio",
            error=of_ratio(low, high),
            related=DEATH,
        )
        for words, level, value, low, high in (
            ("residential", "residential", 2.6, 1.6, 4.2),
            ("detoxification", "detox", 2.9, 1.7, 4.9),
        )
    ),
    *(
        Target(
            f"days 0 to 28, opioids, after {words}",
            rate,
            "deaths",
            f"opioids {level}",
            TEXAS,
            unit="per 1,000 person-years",
            related=DEATH,
        )
        for words, level, rate in (
            ("residential care", "residential", 13.6),
            ("detoxification", "detox", 8.8),
            ("outpatient care", "outpatient", 6.7),
        )
    ),
    *(
        Target(
            f"still on it after {days} days",
            share,
            "medication in a trial",
            f"retained {days}",
            f"{TRIAL}; 270 started",
            error=binomial(share, 270),
            used=TIME_ON,
        )
        for days, share in ((30, 0.83), (90, 0.54), (180, 0.44))
    ),
    *(
        Target(
            f"relapse by week {weeks}, {words}",
            share,
            "medication in a trial",
            f"relapse of {moment} {weeks}",
            TRIAL,
            error=binomial(share, people),
            used=AT_THE_DOOR if weeks == 4 else "",
            related=ON_IT,
        )
        for moment, words, people, shares in (
            ("offered", "of all offered", 287, (0.18, 0.34, 0.46, 0.58)),
            ("started", "of those who started", 270, (0.16, 0.32, 0.45, 0.57)),
        )
        for weeks, share in zip(WEEKS, shares, strict=True)
    ),
    *(
        Target(
            f"any use within {words}",
            share,
            "medication in a trial",
            measurement,
            TRIAL,
            used="its hazard ratio of use is that of the two weeks",
        )
        for measurement, words, share in (
            ("use on", "a week on it, from day 14", 0.20),
            ("use off", "the week after stopping", 0.61),
        )
    ),
    *(
        Target(
            f"still on it after {days} days, in routine care",
            share,
            "medication as shipped",
            f"retained {days}",
            BRITISH_COLUMBIA,
            used="the law of time on it at home was fitted to it",
        )
        for days, share in ((30, 0.57), (90, 0.36), (180, 0.23), (365, 0.12))
    ),
    *(
        Target(
            f"deaths of all causes, {words}",
            rate,
            "medication and deaths",
            measurement,
            SORDO,
            unit="per 1,000 person-years",
            related=DEATH,
        )
        for measurement, words, rate in (("on", "on it", 4.3), ("off", "off it", 9.5))
    ),
    *(
        Target(
            words,
            value,
            "medication and deaths",
            measurement,
            f"{source}; {value} ({low} to {high})",
            unit="ratio",
            error=of_ratio(low, high),
            used=used,
            related="" if used else "the ratio after stopping",
        )
        for words, measurement, source, value, low, high, used in (
            ("on against off it", "on against off", SANTO, 0.47, 0.42, 0.53, "its hazard ratio of death"),
            ("off against on it", "off against on", SORDO, 2.20, 1.34, 3.61, "its hazard ratio of death"),
            (
                "the first four weeks after stopping against stable on it, drug poisoning",
                "just stopped against stable on",
                "CPRD, n = 12,780",
                *(8.15, 5.45, 12.2),
                "the ratio after stopping",
            ),
        )
    ),
    Target(
        "off against on it, methadone",
        3.64,
        "medication and deaths",
        "off against on",
        COUSINS,
        unit="ratio",
        related="the ratio after stopping",
        unlike="published: methadone; predicted: buprenorphine",
    ),
    Target(
        "relapse within a year of becoming abstinent (metric `relapse.365_days`)",
        0.40,
        "programme",
        "relapse 365",
        "McLellan et al. 2000: 40 to 60 %, quoted from memory",
        upto=0.60,
        used="the median of the relapse curve",
    ),
    *(
        Target(
            f"any care within 30 days of leaving detoxification or residential care, {words}",
            0.49,
            "programme",
            measurement,
            "Stein, Kogan and Sorbero 2009, n = 5,670",
            error=binomial(0.49, 5_670),
            used="the links after detoxification",
        )
        for words, measurement in (("by stays", "further care by stays"), ("by episodes", "further care"))
    ),
    Target(
        "in another state (using, not using, in care) than a quarter before",
        1 / 3,
        "programme",
        "changed in a quarter",
        SCOTT,
        error=binomial(1 / 3, 448),
        used="return to care and remission",
    ),
    Target(
        "changed state at least once in two years of quarterly looks",
        0.82,
        "programme",
        "changed at all",
        SCOTT,
        error=binomial(0.82, 448),
        used="return to care and remission",
    ),
    Target(
        "stays in IOP or outpatient care that end in dropping out",
        0.304,
        "programme",
        "dropped out",
        "Lappan et al. 2020, 151 studies: 27.2 to 33.8 %, single studies 6 to 74 %",
        error=(0.338 - 0.272) / (2 * 1.96),
    ),
    Target(
        "stays in IOP or outpatient care left, or ended by the programme, within 30 days",
        0.37,
        "programme",
        "left by 30",
        f"{LOVELAND}, of whom some 510 enrolled; kinds of care mixed",
        error=binomial(0.37, 510),
        related="patience and no-shows",
    ),
    *(
        Target(
            f"cost per admission, {words}",
            value * ADSS_TO_2025,
            "programme",
            f"cost {level}",
            f"{ADSS}: {value:,} ± {error} in about 1997, times 2.48 (index of medical care, from memory)",
            unit="USD",
            error=error * ADSS_TO_2025,
        )
        for words, level, value, error in (
            ("residential care", "residential", 3_134, 602),
            ("outpatient care", "outpatient", 1_141, 274),
        )
    ),
    *(
        Target(
            f"any visit within {days} days, {insurance}",
            value,
            "depression, after the ward",
            f"seen {days} {insurance}",
            f"{FUH}{kinds}",
            upto=upto,
            used=FUH_SET,
        )
        for insurance, kinds, days, value, upto in (
            ("commercial", ", PPO to HMO", 7, 0.465, 0.484),
            ("commercial", ", PPO to HMO", 30, 0.688, 0.701),
            ("medicaid", "", 7, 0.366, None),
            ("medicaid", "", 30, 0.571, None),
            ("medicare", ", PPO to HMO", 7, 0.270, 0.292),
            ("medicare", ", PPO to HMO", 30, 0.484, 0.487),
        )
    ),
    Target(
        "back in the ward within 30 days",
        0.16,
        "depression, after the ward",
        "readmitted 30",
        "San Diego, n = 4,663; any psychiatric inpatients",
        error=binomial(0.16, 4_663),
        used="the rate of crises and its windows were set by it",
    ),
    Target(
        "stays in the partial hospital programme that end in dropping out",
        0.165,
        "depression, after the ward",
        "dropped out of php",
        JNMD,
        used="its hazard of dropping out",
    ),
    Target(
        "in the ward within 30 days of leaving the partial hospital programme for home",
        0.05,
        "depression, after the ward",
        "readmitted 30 from php",
        JNMD,
        related="dropping out of it",
    ),
    *(
        Target(
            f"suicides, {words}",
            value,
            "depression, suicides",
            measurement,
            source,
            unit="per 1,000 person-years",
            error=error,
            upto=upto,
            used=SUICIDE_SET,
        )
        for words, measurement, value, upto, error, source in (
            ("first week", "days 0 to 7", 29.5, None, (50.0 - 17.4) / (2 * 1.96), CHUNG),
            ("first month", "days 0 to 30", 20.6, None, (32.8 - 13.0) / (2 * 1.96), CHUNG),
            (
                "days 31 to 90",
                "days 31 to 90",
                4.0,
                11.0,
                None,
                "Chung et al. 2017, 100 studies: from 1,132 in three months, quoted from memory",
            ),
        )
    ),
    *(
        Target(
            f"{words} within {years} year{'' if years == 1 else 's'} of remission",
            value,
            "depression, recurrence",
            f"{measurement} {years}",
            source,
            error=binomial(value, people),
            used=RECURRENCE_SET,
        )
        for words, measurement, years, value, people, source in (
            ("recurrence", "episode", 5, 0.643, 380, f"{CDS}; 1 - 0.15 / 0.42"),
            ("recurrence", "episode", 15, 0.85, 380, CDS),
            ("full relapse", "episode", 1, 0.21, 95, KANAI),
            ("full relapse", "episode", 2, 0.30, 95, KANAI),
            ("full relapse", "episode", 5, 0.42, 95, KANAI),
            ("any symptoms", "any", 1, 0.43, 95, KANAI),
            ("any symptoms", "any", 2, 0.53, 95, KANAI),
            ("any symptoms", "any", 5, 0.65, 95, KANAI),
        )
    ),
)
"""Every target, in the order of the page."""
