"""Medication against closed forms, and a timeline worked out by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support import cohort, exponential, fixed, scenario

from sim.model import Records, replicate
from sim.model.draws import Decision
from sim.outcomes import Observed, metrics
from sim.outcomes.budget import COLUMNS, budget
from sim.outcomes.ledger import cohort_ledger, window_ledger
from sim.outcomes.mortality import expected_deaths
from sim.scenario import Scenario
from sim.scenario.change import DatedChange
from sim.vocabulary import COURSE_ENDS, DAYS_PER_YEAR, REASONS, STATES, Column

PEOPLE = 20_000
BY_CHANCE = 4.0
"""Standard errors."""
DEAD, DROPPED_OUT = STATES.index("dead"), REASONS.index("dropped_out")
NEVER_IN_CARE = {"relapse_exposure": 0.0, "length_of_stay": fixed(10)}


def ward(
    medication: dict[str, Any],
    level: dict[str, Any] | None = None,
    days: float = 200,
    levels: dict[str, Any] | None = None,
    places: dict[str, int] | None = None,
    **parts: Any,
) -> Scenario:
    """People who are offered a medication on admission to a ward, for ten days unless it is said otherwise.

    levels: others beside it.
    """
    return scenario(
        {"ward": {**NEVER_IN_CARE, **(level or {})}, **(levels or {})},
        places,
        medications={"pills": {"levels": ["ward"], "probability": 1.0, **medication}},
        **{**cohort(PEOPLE, days), **parts},
    )


def assert_share(happened: Column, expected: float) -> None:
    error = math.sqrt(expected * (1 - expected) / len(happened))
    assert abs(happened.mean() - expected) < BY_CHANCE * error, (happened.mean(), expected)


def courses(records: Records) -> dict[str, Column]:
    return records.medications.columns


def relapsed_at(records: Records) -> Column:
    """By patient, the day of the first use after the ward; infinite without one."""
    first, spells = np.full(len(records.patients), math.inf), records.spells
    unwell = (spells["state"] == STATES.index("unwell")) & (spells["started"] > 0)
    np.minimum.at(first, spells["patient"][unwell], spells["started"][unwell])
    return first


# --- closed forms ---


def test_time_on_it_is_by_the_law_of_the_place() -> None:
    """Ten days at the hazard of care, then at that of home at the time on it so far: exp(-(A(10) + B(t) - B(10)))."""
    care, home = {"distribution": "weibull", "shape": 0.5, "scale": 90.0}, {"median": 40.0, "shape": 1.4}
    described = ward({"days_in_care": care, "days_at_home": {"distribution": "loglogistic", **home}})
    table = courses(replicate(described, 1, 0))
    assert (table["started"] == 0).all()
    days = table["ended"]
    for t in (2.0, 9.0):
        assert_share(days > t, math.exp(-((t / 90) ** 0.5)))

    def of_home(t: float) -> float:
        return math.log1p((t / 40) ** 1.4)

    for t in (15.0, 60.0, 150.0):
        assert_share(days > t, math.exp(-((10 / 90) ** 0.5) - of_home(t) + of_home(10)))


def test_who_leaves_before_it_begins_does_not_start() -> None:
    """Of a half who take it, those start whose delay (mean 5) is over before a stay of mean 10: two thirds."""
    described = ward(
        {"probability": 0.5, "delay_days": exponential(5), "goes_on": 0.6}, {"length_of_stay": exponential(10)}
    )
    records = replicate(described, 2, 0)
    table = courses(records)
    ends = table["end"]
    assert_share(ends == COURSE_ENDS.index("declined"), 0.5)
    taken = ends != COURSE_ENDS.index("declined")
    assert_share(~np.isnan(table["started"][taken]), 2 / 3)
    begun = ~np.isnan(table["started"])
    # Whoever was still in the ward when the run ends is not asked; with a mean of 10 in 200 days that is nobody.
    assert_share(ends[begun] == COURSE_ENDS.index("not_continued"), 0.4)
    numbers = metrics(records, described)
    assert numbers["medication.pills.offered"] == 1
    assert numbers["medication.pills.started"] == begun.mean()


@pytest.mark.parametrize("clock", [1.0, 0.3])
def test_use_is_by_a_hazard_that_it_multiplies(clock: float) -> None:
    """On it from day 4 to day 34, in the ward and at home; the hazard of setbacks is a quarter meanwhile."""
    described = ward(
        {"delay_days": fixed(4), "days_in_care": fixed(30), "days_at_home": fixed(30), "effects": {"relapse": 0.25}},
        {"relapse_exposure": clock, "on_relapse": {"continue": 1.0}},
        relapse={"median_days": 30.0, "shape": 0.8},
    )
    first = relapsed_at(replicate(described, 3, 0))

    def hazard(day: float) -> float:
        exposed = clock * min(day, 10) + max(day - 10, 0)
        return math.log1p((exposed / 30) ** 0.8)

    def reached(day: float) -> float:
        on = hazard(min(day, 34)) - hazard(min(day, 4))
        return hazard(day) - 0.75 * on

    for day in (3.0, 8.0, 20.0, 34.0, 45.0, 150.0):
        assert_share(first > day, math.exp(-reached(day)))


@pytest.mark.parametrize("of", ["days", "plan"])
def test_dropping_out_is_by_a_hazard_that_it_multiplies(of: str) -> None:
    """On it from day 3 to day 11 of the stay, which halves the hazard; of a plan of 50 days, of shares of it."""
    unit = 50.0 if of == "plan" else 1.0
    dropout = {"distribution": "weibull", "shape": 1.5, "scale": 12.0 / unit, "of": of}
    described = ward(
        {"delay_days": fixed(3), "days_in_care": fixed(8), "effects": {"dropout": 0.5}},
        {"length_of_stay": fixed(50), "dropout": dropout},
    )
    stays = replicate(described, 4, 0).stays
    assert (stays["reason"] == DROPPED_OUT).mean() > 0.9

    def reached(day: float) -> float:
        on = (min(day, 11) / 12) ** 1.5 - (min(day, 3) / 12) ** 1.5
        return (day / 12) ** 1.5 - 0.5 * on

    for day in (2.0, 7.0, 11.0, 20.0):
        assert_share(stays["discharged"] > day, math.exp(-reached(day)))


def test_who_gives_up_the_next_level_drops_out_by_what_they_were_on_since_admission() -> None:
    """On it for 50 days of a stay of 60, which leaves a tenth of the hazard; they ask for a level without places on day
    40, and give it up on day 45: nobody has dropped out with exp(-(50 / 10 + 10) / 60)."""
    described = ward(
        {"days_in_care": fixed(50), "effects": {"dropout": 0.1}},
        {
            "length_of_stay": fixed(60),
            "dropout": exponential(60),
            "transfer": fixed(40),
            "hand_over": "hold",
            "on_giving_up": "stay",
            "next": [{"after": ["transferred"], "to": "iop", "probability": 1.0}],
        },
        levels={"iop": {"places": ["seats"], "length_of_stay": fixed(10), "patience": fixed(5)}},
        places={"seats": 0},
    )
    stays = replicate(described, 4, 0).stays
    assert_share(stays["reason"] == REASONS.index("completed"), math.exp(-15 / 60))
    # Who would have dropped out while they waited leaves when they give up; nobody leaves between.
    assert not ((stays["discharged"] > 40) & (stays["discharged"] < 45)).any()


def deadly(**medication: Any) -> Scenario:
    """The ward's windows: tenfold for 20 days. Everybody is well; in care nobody dies."""
    return ward(
        {"days_in_care": fixed(30), "days_at_home": fixed(30), **medication},
        {"round_the_clock": True},
        death={"well": 1_000.0, "windows": [{"until_day": 20, "ratio": 10.0}]},
        days=100,
    )


ON, OFF = [{"until_day": 15, "ratio": 4.0}], [{"until_day": 8, "ratio": 6.0}, {"until_day": 16, "ratio": 3.0}]


@pytest.mark.parametrize(
    ("medication", "ratio_days"),
    [
        # Nothing is said of deaths: the ward's window lasts to day 30.
        ({}, lambda day: 10 * min(day - 10, 20) + max(day - 30, 0)),
        # As long as they are on it, to day 30, half of it.
        ({"effects": {"death": 0.5}}, lambda day: 5 * min(day - 10, 20) + max(day - 30, 0)),
        # On it only its own windows count: 5 days of home at 0.5 x 4, then at 0.5; off it 6 and 3, and then 1.
        (
            {"effects": {"death": 0.5}, "death_after_start": ON, "death_after_stop": OFF},
            lambda day: (
                0.5 * (4 * (min(day, 15) - 10) + max(min(day, 30) - 15, 0))
                + 6 * min(max(day - 30, 0), 8)
                + 3 * min(max(day - 38, 0), 8)
                + max(day - 46, 0)
            ),
        ),
        # Who does not go on with it: stopping comes with leaving, and its windows are those that count.
        (
            {"goes_on": 0.0, "death_after_stop": OFF},
            lambda day: 6 * min(day - 10, 8) + 3 * min(max(day - 18, 0), 8) + max(day - 26, 0),
        ),
        # Without windows of its own, stopping leaves those of the ward as they are.
        ({"goes_on": 0.0}, lambda day: 10 * min(day - 10, 20) + max(day - 30, 0)),
    ],
)
def test_deaths_are_by_the_windows_of_what_came_last(medication: dict[str, Any], ratio_days: Any) -> None:
    described = deadly(**medication)
    records = replicate(described, 5, 0)
    died = np.full(PEOPLE, math.inf)
    dead = records.spells["state"] == DEAD
    died[records.spells["patient"][dead]] = records.spells["started"][dead]
    rate = 1_000 / 1_000 / DAYS_PER_YEAR
    for day in (14.0, 28.0, 33.0, 45.0, 99.0):
        assert_share(died > day, math.exp(-rate * ratio_days(day)))
    observed = Observed(records, described)
    count = np.count_nonzero(died < 100)
    assert abs(expected_deaths(observed).item() - count) < BY_CHANCE * math.sqrt(count)
    numbers = metrics(records, described)
    on, off = numbers["medication.pills.deaths_on_expected"], numbers["medication.pills.deaths_off_expected"]
    for expected, found, days in ((on, "deaths_on", 20 * PEOPLE), (off, "deaths_off", 70 * PEOPLE)):
        if not math.isnan(expected):
            happened = numbers[f"medication.pills.{found}"]
            error = math.sqrt(expected * 1000 / (days / DAYS_PER_YEAR)) + 1e-9
            assert abs(happened - expected) < 2 * BY_CHANCE * error


@pytest.mark.parametrize("at_home", [False, True])
def test_it_may_end_use_when_it_begins(at_home: bool) -> None:
    """Of people who would use for long, in the ward or at home after it, 70 % are well from its start on."""
    offered = {"levels": [], "at_home": True} if at_home else {}
    described = ward({"delay_days": fixed(4), "ends_relapse": 0.7, **offered}, {"days_to_remission": fixed(500)})
    spells = replicate(described, 8, 0).spells
    well = spells["state"] == STATES.index("well")
    assert (spells["started"][well] == (14 if at_home else 4)).all()
    assert_share(np.isin(np.arange(PEOPLE), spells["patient"][well]), 0.7)


def test_days_unwell_before_day_0_are_none_of_a_spell_after_it() -> None:
    """Unwell for 100 days on day 0, well at once on what they are offered at home, unwell again soon: a half of them
    come back, as of everybody, and not the few who would after 100 days in which they have not."""
    described = ward(
        {"levels": [], "at_home": True, "ends_relapse": 1.0},
        {"length_of_stay": fixed(2_000)},
        known={"unwell": {"people": PEOPLE, "days": fixed(100)}},
        relapse={"median_days": 0.1, "shape": 3.0},
        return_to_care={"probability": 0.5, "delay_days": exponential(50)},
        **cohort(0, 2_000),
    )
    records = replicate(described, 10, 0)
    assert np.isfinite(relapsed_at(records)).all()
    assert_share(np.isin(np.arange(PEOPLE), records.stays["patient"]), 0.5)


def test_use_comes_with_stopping() -> None:
    """Of 60 % who use on the day, a quarter begin a relapse; the others setback for two days, and that is all."""
    described = ward(
        {"days_in_care": fixed(30), "days_at_home": fixed(30), "risk_at_stop": 0.6, "effects": {"relapse": 0.001}},
        relapse={"median_days": 1e6, "shape": 1.0, "share_of_setbacks": 0.25},
        setback={"duration_days": fixed(2)},
    )
    spells = replicate(described, 9, 0).spells
    for state, share in (("setback", 0.6 * 0.75), ("unwell", 0.6 * 0.25)):
        on_the_day = spells["patient"][(spells["state"] == STATES.index(state)) & (spells["started"] == 30)]
        assert_share(np.isin(np.arange(PEOPLE), on_the_day), share)


# --- by hand ---


@pytest.fixture
def median_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every uniform is 0.5, and every budget log 2: durations are their medians, and chances over a half happen."""
    monkeypatch.setattr(Decision, "uniform", lambda self, patient, occurrence=0: 0.5)
    monkeypatch.setattr(Decision, "exponential", lambda self, patient, occurrence=0: math.log(2))


def clinic(**medication: Any) -> Scenario:
    """A ward for 10 days, the baseline's hazard of setbacks without care, a return after 6 days."""
    return scenario(
        {"ward": {"length_of_stay": fixed(10), "relapse_exposure": 0.0}},
        relapse={"median_days": 30.0, "shape": 1.0},
        return_to_care={"probability": 0.6, "delay_days": fixed(6)},
        medications={
            "pills": {
                "levels": ["ward"],
                "probability": 0.6,
                "delay_days": fixed(2),
                "cost_per_start": 100.0,
                "cost_per_day": 4.0,
                "cost_per_visit": 14.0,
                "visits_per_week": 3,
                **medication,
            }
        },
        **cohort(1, 120),
    )


# In the ward from day 0 to day 10, on the pills from day 2. At home from day 10 the hazard, H(x) = ln(1 + x / 30), is
# halved; they last 42 days, to day 44, when 34 days are exposed and H is ln(64 / 30), of which a half is spent. What is
# left of the budget, ln 2 - ln(64 / 30) / 2, is spent at the whole hazard: 1 + x / 30 = 2 (64 / 30)^(1/2).
RELAPSE = 10 + 30 * (2 * math.sqrt(64 / 30) - 1)


@pytest.mark.usefixtures("median_luck")
def test_a_timeline_and_its_costs_by_hand() -> None:
    law = {"distribution": "uniform", "low": 40.0, "high": 44.0}
    described = clinic(effects={"relapse": 0.5}, days_in_care=law, days_at_home=law)
    records = replicate(described, 1, 0)
    (first, second) = zip(*(courses(records)[name].tolist() for name in ("offered", "started", "ended")), strict=True)
    assert first == pytest.approx((0, 2, 44))
    back = RELAPSE + 6
    assert second == pytest.approx((back, back + 2, back + 2 + 42) if back + 44 < 120 else (back, back + 2, 120))
    assert relapsed_at(records) == pytest.approx([RELAPSE])
    assert records.stays["admitted"].tolist() == pytest.approx([0, back])
    of_day = 4 + 14 * 3 / 7
    on = 42 + min(42.0, 118 - back)
    observed = Observed(records, described)
    assert window_ledger(observed).of("medication").total() == pytest.approx(200 + of_day * on)
    assert cohort_ledger(observed).of("medication").total() == pytest.approx(200 + of_day * on)
    numbers = metrics(records, described)
    assert numbers["cost.category.medication"] == pytest.approx(200 + of_day * on)
    assert numbers["cost.total"] == pytest.approx(200 + of_day * on)
    frame = pd.DataFrame(budget(observed), columns=COLUMNS)
    assert frame["amount"].sum() == pytest.approx(200 + of_day * on)
    assert set(frame["category"]) == {"medication"}
    assert frame["level"].isna().all()
    assert numbers["medication.pills.days"] == pytest.approx(on)
    assert numbers["medication.pills.retention.30_days"] == 1
    assert numbers["medication.pills.retention.90_days"] == 0
    assert numbers["medication.pills.relapse_of_offered.28_days"] == 0
    assert numbers["medication.pills.relapse_of_started.84_days"] == 1


@pytest.mark.usefixtures("median_luck")
def test_one_at_a_time_in_their_order() -> None:
    """The first is declined, the second taken; with that, the third is not offered, nor any at home."""
    described = clinic().with_overrides(
        {
            "medications": {
                "first": {"levels": ["ward"], "probability": 0.4},
                "second": {"levels": ["ward"], "probability": 0.6, "ended_by_relapse": 0.6},
                "third": {"levels": ["ward"], "at_home": True, "probability": 0.6},
            }
        }
    )
    records = replicate(described, 1, 0)
    table = records.medications.frame()
    told = list(zip(table["medication"], table["level"].astype(object), table["end"], strict=True))
    assert told[:2] == [("first", "ward", "declined"), ("second", "ward", "relapsed")]
    # The relapse at home ends it, on day 40, and life at home begins anew: the third is offered and begins at once.
    assert (table["medication"][2], table["end"][2]) == ("third", "end_of_follow_up")
    assert table["started"].tolist()[1:] == pytest.approx([0, 40])
    assert table["ended"].tolist() == pytest.approx([0, 40, 120])


# --- what it does not change ---

TABLES = ("patients", "stays", "waits", "spells")


def same(first: Records, second: Records, tables: tuple[str, ...] = TABLES) -> bool:
    return all(getattr(first, table).frame().equals(getattr(second, table).frame()) for table in tables)


def full() -> Scenario:
    """People who drop out, relapse, die and come back."""
    return scenario(
        {
            "ward": {
                "length_of_stay": exponential(10),
                "dropout": exponential(20),
                "round_the_clock": True,
                "places": ["bed"],
                "relapse_exposure": 0.1,
                "next": [{"to": "clinic", "probability": 0.7, "delay_days": exponential(3)}],
            },
            "clinic": {"length_of_stay": exponential(40), "dropout": exponential(60), "relapse_exposure": 0.7},
        },
        {"bed": 20},
        relapse={"median_days": 30.0, "shape": 0.9, "share_of_setbacks": 0.5},
        setback={"duration_days": exponential(2)},
        return_to_care={"probability": 0.7, "delay_days": exponential(30)},
        death={"in_care": 20.0, "well": 100.0, "unwell": 300.0, "windows": [{"until_day": 28, "ratio": 3.0}]},
    )


def test_offers_that_nobody_takes_change_nothing() -> None:
    described = full()
    offered = described.with_overrides(
        {"medications": {"pills": {"levels": ["ward", "clinic"], "at_home": True, "probability": 0.0}}}
    )
    first, second = replicate(described, 1, 0), replicate(offered, 1, 0)
    assert same(first, second)
    assert len(first.medications) == 0
    assert len(second.medications) > 0
    without, with_it = metrics(first, described), metrics(second, offered)
    assert {name: with_it[name] for name in without if not math.isnan(without[name])} == {
        name: value for name, value in without.items() if not math.isnan(value)
    }
    assert all("medication" in name for name in with_it if name not in without)


def test_one_that_changes_nothing_leaves_everybody_where_they_were() -> None:
    """Phases are cut where it begins and ends; what happens comes at the same times, to rounding."""
    described = full()
    neutral = described.with_overrides(
        {
            "medications": {
                "pills": {
                    "levels": ["ward"],
                    "at_home": True,
                    "probability": 0.8,
                    "delay_days": exponential(3),
                    "days_in_care": exponential(20),
                    "days_at_home": exponential(30),
                    "goes_on": 0.5,
                }
            }
        }
    )
    first, second = replicate(described, 1, 0), replicate(neutral, 1, 0)
    for table, column in (("stays", "discharged"), ("waits", "ended"), ("spells", "started")):
        one, other = getattr(first, table)[column], getattr(second, table)[column]
        assert other == pytest.approx(one)
    assert len(second.medications) > 100


def test_what_protects_more_brings_no_first_use_and_no_dropping_out_forward() -> None:
    def cohort_of(relapse: float, dropout: float) -> Records:
        described = ward(
            {
                "delay_days": exponential(3),
                "days_in_care": exponential(40),
                "days_at_home": exponential(40),
                "effects": {"relapse": relapse, "dropout": dropout},
            },
            {"dropout": exponential(15), "length_of_stay": fixed(20)},
            relapse={"median_days": 30.0, "shape": 0.8},
            **cohort(2_000, 200),
        )
        return replicate(described, 6, 0)

    uses = [relapsed_at(cohort_of(ratio, 1.0)) for ratio in (2.0, 1.0, 0.3)]
    stays = [cohort_of(1.0, ratio).stays["discharged"] for ratio in (2.0, 1.0, 0.3)]
    for earlier, later in ((uses[0], uses[1]), (uses[1], uses[2]), (stays[0], stays[1]), (stays[1], stays[2])):
        assert (later >= earlier - 1e-9).all()
        assert (later > earlier + 1e-9).any()


# --- a change on a day ---


def test_a_change_brings_it_in_and_takes_it_away() -> None:
    """Before the day nobody is on it; one that vanishes goes on for those who are, and is offered to nobody."""
    without = full()
    medication = {"pills": {"levels": ["ward"], "probability": 1.0, "days_at_home": fixed(30.0)}}
    with_it = without.with_overrides({"medications": medication})
    begins = replicate(DatedChange(without, with_it, 50.0), 1, 0).medications
    assert begins["started"].min() >= 50
    ends = replicate(DatedChange(with_it, without, 50.0), 1, 0).medications
    assert ends["offered"].max() < 50 < ends["ended"].max()
    assert same(
        replicate(DatedChange(with_it, with_it, 50.0), 1, 0),
        replicate(with_it, 1, 0),
        (*TABLES, "medications", "outages", "emergencies"),
    )


def test_a_law_holds_from_the_day_of_the_change_on() -> None:
    """Who has been on it for long loses by the new law the days after the change, not those before it.

    Nobody stops by the baseline; by the arm half of them do within ln 2 times 50 days. A relapse ends the phase that
    the change fell into, and stops nothing by itself.
    """

    def system(**law: Any) -> Scenario:
        return scenario(
            {"ward": {"length_of_stay": fixed(1.0)}},
            arrivals={"closed_cohort": 500},
            time={"recruitment_days": 0, "follow_up_days": 600},
            relapse={"median_days": 300.0, "shape": 1.0},
            medications={"pills": {"levels": ["ward"], "probability": 1.0, **law}},
        )

    change = DatedChange(system(), system(days_at_home=exponential(50.0)), 300.0)
    records = replicate(change, 1, 0)
    courses = records.medications
    stopped = courses["ended"][courses["end"] == COURSE_ENDS.index("stopped")]
    assert len(stopped) > 50
    assert not np.isin(stopped, records.spells["started"]).any()
