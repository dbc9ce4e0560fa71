"""Visits to an emergency department against closed forms, and a timeline worked out by hand."""

import math
from typing import Any

import numpy as np
import pytest
from support import cohort, exponential, fixed, scenario

from sim.model import Records, replicate
from sim.model.draws import NEWCOMERS, Decision
from sim.outcomes import Observed, metrics
from sim.outcomes.emergencies import followed_visits
from sim.scenario import Scenario
from sim.scenario.change import DatedChange
from sim.scenario.load.offered import offered_loads
from sim.vocabulary import CHECKUP, DAYS_PER_YEAR, EMERGENCY, NONE, OUTCOMES, REASONS, RETURN, STEP_UP, Column

PEOPLE = 5_000
BY_CHANCE = 4.0
"""Standard errors."""
WARD: dict[str, Any] = {
    "ward": {"length_of_stay": fixed(1), "round_the_clock": True, "days_to_remission": fixed(10_000)}
}
"""24-hour care, left on day 1 by everybody, who goes on unwell."""
A_DAY = 1 / DAYS_PER_YEAR


def unwell_at_home(emergency: dict[str, Any], days: float = 100, people: int = PEOPLE, **parts: Any) -> Scenario:
    return scenario(WARD, **{**cohort(people, days), "emergencies": {"crisis": emergency}, **parts})


def near(found: float, expected: float, sd: float, count: int) -> None:
    assert abs(found - expected) < BY_CHANCE * sd / math.sqrt(count), (found, expected)


def near_share(happened: Column, expected: float) -> None:
    near(float(np.mean(happened)), expected, math.sqrt(expected * (1 - expected)), len(happened))


def visits_of_each(records: Records) -> Column:
    return np.bincount(records.emergencies["patient"], minlength=len(records.patients))


# --- closed forms ---


def test_visits_are_a_poisson_process_raised_in_windows() -> None:
    """Five times the rate for ten days, twice until day 30, and then the rate: the counts of disjoint times are Poisson
    with these means, and independent. None on the day in 24-hour care."""
    windows = [{"until_day": 10, "ratio": 5.0}, {"until_day": 30, "ratio": 2.0}]
    records = replicate(unwell_at_home({"unwell": 6.0, "well": 50.0, "in_care": 50.0, "windows": windows}), 1, 0)
    table = records.emergencies
    assert table["happened"].min() > 1
    assert (table["level"] == NONE).all()
    counts = []
    for start, end, ratio in ((1, 11, 5.0), (11, 31, 2.0), (31, 100, 1.0)):
        expected = 6 * A_DAY * ratio * (end - start)
        then = (table["happened"] >= start) & (table["happened"] < end)
        counts.append(np.bincount(table["patient"][then], minlength=PEOPLE))
        near(counts[-1].mean(), expected, math.sqrt(expected), PEOPLE)
        # The variance of a Poisson sample variance is (m + 2 m^2) / n.
        near(counts[-1].var(), expected, math.sqrt(expected + 2 * expected**2), PEOPLE)
    correlations = np.corrcoef(counts)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < BY_CHANCE / math.sqrt(PEOPLE)


def test_the_rate_is_that_of_the_state() -> None:
    """Well from the first day on until an exponential relapse, and unwell after it: expected visits by day 100."""
    well_ward = {"ward": {"length_of_stay": fixed(1)}}
    described = scenario(
        well_ward,
        **cohort(PEOPLE, 101),
        relapse={"median_days": 40.0, "shape": 1.0},
        emergencies={"crisis": {"well": 2.0, "unwell": 9.0}},
    )
    records = replicate(described, 1, 0)
    spells = records.spells
    days = [
        (spells["ended"] - spells["started"])[spells["state"] == code].sum() - (PEOPLE if code == 0 else 0)
        for code in (0, 2)
    ]
    # The day in care aside: well for 40 ln(1 + 100 / 40) days of the hundred, by H(x) = ln(1 + x / 40).
    assert days[0] / PEOPLE == pytest.approx(40 * math.log(3.5), rel=0.02)
    expected = (2 * days[0] + 9 * days[1]) * A_DAY
    assert abs(len(records.emergencies) - expected) < BY_CHANCE * math.sqrt(expected)


def test_whichever_comes_first_of_emergency_and_return() -> None:
    """A rate of 12 a year of which a quarter leads to care competes with a return at 1 / 60 a day."""
    back = {"probability": 1.0, "delay_days": exponential(60)}
    described = unwell_at_home({"unwell": 12.0, "admitted": 0.25, "to": "ward"}, 800, return_to_care=back)
    records = replicate(described, 3, 0)
    stays = records.stays
    again = np.flatnonzero(stays["admitted"] > 0)
    _, first = np.unique(stays["patient"][again], return_index=True)
    routes, days = stays["route"][again[first]], stays["admitted"][again[first]] - 1
    assert set(routes.tolist()) == {RETURN, EMERGENCY}
    sent, asking = 12 * 0.25 * A_DAY, 1 / 60
    near_share(routes == EMERGENCY, sent / (sent + asking))
    for day in (10.0, 50.0):
        near_share(days > day, math.exp(-(sent + asking) * day))
    # Of all visits a quarter, whenever they were.
    led = records.emergencies["asked_for"] != NONE
    near_share(led, 0.25)
    found = metrics(records, described)
    assert found["emergency.crisis.sent_on"] == pytest.approx(led.mean())
    assert found["asks.emergency.per_month"] == pytest.approx(led.sum() * 30.4375 / 800)


def test_people_deteriorate_while_they_wait() -> None:
    """For a bed that never comes: at a rate of 8 a year, half of which leads to the hospital, which has room."""
    levels = {
        "clinic": {"places": ["chairs"], "length_of_stay": fixed(5), "days_to_remission": fixed(10_000)},
        "hospital": {"length_of_stay": fixed(30), "round_the_clock": True, "days_to_remission": fixed(10_000)},
    }
    crisis = {"unwell": 8.0, "admitted": 0.5, "to": "hospital"}
    described = scenario(levels, {"chairs": 0}, **cohort(PEOPLE, 60), emergencies={"crisis": crisis})
    records = replicate(described, 4, 0)
    waits, stays = records.waits, records.stays
    listed = waits["level"] == 0
    left = waits["outcome"][listed] == OUTCOMES.index("emergency")
    near_share(left, 1 - math.exp(-8 * 0.5 * A_DAY * 60))
    assert (stays["route"] == EMERGENCY).all()
    # At once, and never from the hospital, where nobody has one.
    ended = np.sort(waits["ended"][listed][left])
    assert np.array_equal(np.sort(stays["admitted"])[: np.searchsorted(ended, 30)], ended[ended < 30])
    admitted, table = np.full(PEOPLE, math.inf), records.emergencies
    np.minimum.at(admitted, stays["patient"], stays["admitted"])
    since = table["happened"] - admitted[table["patient"]]
    assert not ((since > 0) & (since < 30)).any()


def test_in_care_it_is_a_step_up_and_never_to_where_one_is() -> None:
    """At a rate of 5 a year in a day clinic of 50 days; 0.4 of visits of one kind lead to hospital, and all of another
    would lead to the clinic itself."""
    levels = {
        "clinic": {"length_of_stay": fixed(50), "days_to_remission": fixed(10_000)},
        "hospital": {"length_of_stay": fixed(10), "round_the_clock": True, "days_to_remission": fixed(10_000)},
    }
    kinds = {
        "crisis": {"in_care": 5.0, "admitted": 0.4, "to": "hospital"},
        "fall": {"in_care": 5.0, "admitted": 1.0, "to": "clinic"},
    }
    records = replicate(scenario(levels, **cohort(PEOPLE, 50.5), emergencies=kinds), 5, 0)
    stays, table = records.stays, records.emergencies
    of_clinic = stays["level"] == 0
    left = stays["reason"][of_clinic] == REASONS.index("transferred")
    near_share(left, 1 - math.exp(-5 * 0.4 * A_DAY * 50))
    assert (stays["next_level"][of_clinic][left] == 1).all()
    assert (stays["route"][~of_clinic] == STEP_UP).all()
    assert np.array_equal(np.sort(stays["admitted"][~of_clinic]), np.sort(stays["discharged"][of_clinic][left]))
    assert (table["asked_for"][table["emergency"] == 1] == NONE).all()
    assert (table["level"] == 0).all()


def test_nobody_is_sent_on_who_has_moved_away_and_nobody_who_has_recovered_has_one() -> None:
    """Moving away at m: of visits at home within T, those before it, (1 - exp(-m T)) / (m T), may lead to care."""
    move = 2.0
    crisis = {"unwell": 3.0, "admitted": 0.01, "to": "ward"}
    away = unwell_at_home(crisis, 400, 20_000, exits={"moving_away_per_year": move})
    records = replicate(away, 6, 0)
    table, moved = records.emergencies, records.patients["moved_away"][records.emergencies["patient"]]
    gone = table["happened"] > np.where(np.isnan(moved), math.inf, moved)
    assert gone.any()
    assert (table["asked_for"][gone] == NONE).all()
    near_share(table["asked_for"][~gone] != NONE, 0.01)
    for_good = scenario(
        {"ward": {"length_of_stay": fixed(1)}},
        **cohort(PEOPLE, 300),
        exits={"recovery_per_year": 3.0},
        emergencies={"crisis": {"well": 2.0}},
    )
    records = replicate(for_good, 6, 0)
    recovered = np.where(np.isnan(records.patients["recovered"]), 300.0, records.patients["recovered"])
    assert (records.emergencies["happened"] < recovered[records.emergencies["patient"]]).all()
    expected = 2.0 * A_DAY * np.maximum(recovered - 1, 0).sum()
    assert abs(len(records.emergencies) - expected) < BY_CHANCE * math.sqrt(expected)


# --- by hand ---


def test_a_life_told_by_its_luck() -> None:
    """One person, unwell for good: two days in the ward, then home, a visit, and so on. The hazard is four times r for
    five days at home and then r; what is left of a budget goes on after a visit that leads nowhere."""
    ward = {"ward": {**WARD["ward"], "length_of_stay": fixed(2)}}
    crisis = {"unwell": 40.0, "admitted": 0.5, "to": "ward", "windows": [{"until_day": 5, "ratio": 4.0}]}
    described = scenario(ward, **cohort(1, 60), emergencies={"crisis": crisis})
    records = replicate(described, 11, 0)

    r = 40 / DAYS_PER_YEAR
    comes, leads = (
        Decision(11, 0, f"{name}:crisis", ((NEWCOMERS, 1),)) for name in ("emergency", "emergency admission")
    )
    expected, left, now = [], 2.0, 2.0
    for number in range(100):
        # From `now` on, with the end of the window at left + 5.
        hazard, in_window = comes.exponential(0, number), max(left + 5 - now, 0.0)
        if hazard < 4 * r * in_window:
            now += hazard / (4 * r)
        else:
            now += in_window + (hazard - 4 * r * in_window) / r
        if now >= 60:
            break
        sent = leads.uniform(0, number) < 0.5
        expected.append((now, 0 if sent else NONE))
        if sent:
            now = left = now + 2.0
    assert len(expected) > 4
    assert {to for _, to in expected} == {0, NONE}
    assert records.emergencies["happened"] == pytest.approx([day for day, _ in expected])
    assert records.emergencies["asked_for"].tolist() == [to for _, to in expected]
    assert records.stays["admitted"] == pytest.approx([0.0, *(day for day, to in expected if to == 0)])


# --- luck ---


def test_visits_that_lead_nowhere_move_nothing_and_nobody() -> None:
    back = {"return_to_care": {"probability": 0.6, "delay_days": exponential(60)}, "death": {"unwell": 200.0}}
    without = scenario(WARD, **cohort(500, 500), **back)
    with_them = unwell_at_home({"unwell": 9.0, "in_care": 3.0}, 500, 500, **back)
    first, second = (replicate(each, 1, 0) for each in (without, with_them))
    assert len(second.emergencies) > 1_000
    for table in ("patients", "stays", "waits", "spells"):
        for name, values in getattr(first, table).columns.items():
            if values.dtype == float:
                assert getattr(second, table)[name] == pytest.approx(values, rel=1e-9, nan_ok=True), name
            else:
                assert np.array_equal(values, getattr(second, table)[name]), name


def test_more_of_them_come_no_later() -> None:
    """The first visit of everybody, at a higher rate, with the same luck."""
    before = np.full(1_000, math.inf)
    for rate in (0.5, 2.0, 8.0):
        table = replicate(unwell_at_home({"unwell": rate}, 300, 1_000), 1, 0).emergencies
        first = np.full(1_000, math.inf)
        np.minimum.at(first, table["patient"], table["happened"])
        assert (first <= before).all()
        before = first


def test_they_begin_or_end_on_a_day() -> None:
    """A stretch of life goes on with the hazard with which it began; where a visit leads is of its own day."""
    back = {"return_to_care": {"probability": 1.0, "delay_days": exponential(10)}}
    without = scenario(WARD, **cohort(500, 200), **back)
    with_them = unwell_at_home({"unwell": 9.0, "admitted": 0.5, "to": "ward"}, 200, 500, **back)
    begun = replicate(DatedChange(without, with_them, 50.0), 1, 0).emergencies
    ended = replicate(DatedChange(with_them, without, 50.0), 1, 0).emergencies
    assert 50 < begun["happened"].min() < 60
    assert len(begun) > 1_000
    after = ended["happened"] > 50
    assert 0 < np.count_nonzero(after) < np.count_nonzero(~after)
    assert (ended["asked_for"][after] == NONE).all()
    assert (ended["asked_for"][~after] != NONE).any()
    assert begun.categories["emergency"] == ended.categories["emergency"] == ("crisis",)


def test_check_ups_and_emergencies_compete() -> None:
    """A check-up every 30 days that finds everyone, and visits that all lead to care: by day 30, or else at it."""
    looked_up = {"every_days": 30.0, "found_share": 1.0, "linked_share": 1.0}
    records = replicate(unwell_at_home({"unwell": 6.0, "admitted": 1.0, "to": "ward"}, 31.5, checkups=looked_up), 1, 0)
    stays = records.stays
    again = np.flatnonzero(stays["admitted"] > 0)
    _, first = np.unique(stays["patient"][again], return_index=True)
    routes = stays["route"][again[first]]
    assert len(routes) == PEOPLE
    near_share(routes == CHECKUP, math.exp(-6 * A_DAY * 30))


def test_nobody_leaves_for_a_place_that_accepts_them_no_more() -> None:
    """From day 60 on the crisis beds, and the visits that lead there, are of women; men have those that were coming."""
    crisis = {"in_care": 6.0, "admitted": 1.0, "to": "crisis"}
    before = scenario(
        {"clinic": {"length_of_stay": fixed(200)}, "crisis": {"places": ["beds"], "length_of_stay": fixed(5)}},
        {"beds": 500},
        **cohort(500, 200),
        population={"sex": {"woman": 0.5, "man": 0.5}},
        emergencies={"crisis": crisis},
    )
    for_women = {"sex": ["woman"]}
    after = before.with_overrides(
        {"places.beds.accepts": for_women, "emergencies.crisis": {**crisis, "when": {"sex": "woman"}}}
    )
    records = replicate(DatedChange(before, after, 60.0), 1, 0)
    visits, stays = records.emergencies, records.stays
    men = records.patients["sex"] == records.patients.categories["sex"].index("man")
    later = visits["happened"] > 60
    of_men = men[visits["patient"]]
    assert np.count_nonzero(later & of_men) > 10
    assert (visits["asked_for"][later & of_men] == NONE).all()
    assert (visits["asked_for"][later & ~of_men] != NONE).any()
    left = (stays["reason"] == REASONS.index("transferred")) & (stays["discharged"] > 60)
    assert not men[stays["patient"][left]].any()


# --- the estimate of load ---


def test_the_load_that_is_offered_knows_of_them() -> None:
    parts: dict[str, Any] = {
        "time": {"warm_up_days": 600, "recruitment_days": 300, "follow_up_days": 10},
        "arrivals": {"per_day": 6.0},
        "exits": {"moving_away_per_year": 1.0},
        "return_to_care": {"probability": 0.3, "delay_days": exponential(50)},
    }
    ward = {"ward": {"places": ["beds"], "length_of_stay": fixed(20), "days_to_remission": fixed(10_000)}}
    crisis = {"unwell": 4.0, "admitted": 0.5, "to": "ward"}
    without, sent_on = (
        scenario(ward, {"beds": 20_000}, emergencies=kinds, **parts) for kinds in ({}, {"crisis": crisis})
    )
    offered = [offered_loads(each)["beds"] for each in (without, sent_on)]
    simulated = [metrics(replicate(each, 1, 0), each)["census.ward.mean"] for each in (without, sent_on)]
    assert offered[1] > 1.5 * offered[0]
    assert simulated == pytest.approx(offered, rel=0.07)


def of_two_kinds(**emergencies: dict[str, Any]) -> Scenario:
    """A stream of people who relapse at home, half men and half women, and have these emergencies."""
    return scenario(
        {"out": {"length_of_stay": exponential(10)}, "ward": {"places": ["beds"], "length_of_stay": fixed(5)}},
        {"beds": 200},
        population={"sex": {"woman": 0.5, "man": 0.5}},
        time={"warm_up_days": 600, "recruitment_days": 300, "follow_up_days": 10},
        relapse={"median_days": 30, "shape": 1.0},
        emergencies=emergencies,
    )


def test_all_that_lead_to_one_level_make_its_load() -> None:
    half = {"unwell": 1.0, "admitted": 1.0, "to": "ward"}
    both = of_two_kinds(overdose=half, crisis={**half, "unwell": 2.0, "admitted": 0.5})
    one = of_two_kinds(crisis={**half, "unwell": 2.0})
    assert offered_loads(one)["beds"] > 1
    assert offered_loads(both) == pytest.approx(offered_loads(one), rel=1e-9)


def test_those_who_alone_have_them_make_the_load() -> None:
    everybody = {"unwell": 2.0, "admitted": 1.0, "to": "ward"}
    of_all = offered_loads(of_two_kinds(crisis=everybody))["beds"]
    for sex in ("woman", "man"):
        of_half = offered_loads(of_two_kinds(crisis={**everybody, "when": {"sex": sex}}))["beds"]
        assert of_half == pytest.approx(of_all / 2, rel=1e-9)


def test_the_load_of_those_who_come_from_care() -> None:
    """One a day, 200 days in the clinic: who has a visit by then is in the ward for five days, and then home."""
    load = offered_loads(
        scenario(
            {"clinic": {"length_of_stay": fixed(200)}, "ward": {"places": ["beds"], "length_of_stay": fixed(5)}},
            {"beds": 20},
            time={"warm_up_days": 600, "recruitment_days": 300, "follow_up_days": 10},
            emergencies={"crisis": {"in_care": 2.0, "admitted": 0.5, "to": "ward"}},
        )
    )
    assert load["beds"] == pytest.approx(5 * -math.expm1(-A_DAY * 200), rel=0.01)


@pytest.mark.parametrize("state", ["well", "unwell"])
def test_the_load_of_those_who_come_from_home_knows_the_windows(state: str) -> None:
    """One a day leaves the ward: four times r a day for 30 days, then r; five days in crisis care, and r again, until
    they move away."""
    r, away = 2 * A_DAY, 12 * A_DAY
    stays = {"days_to_remission": fixed(10_000)} if state == "unwell" else {}
    crisis = {state: 4.0, "admitted": 0.5, "to": "crisis", "windows": [{"until_day": 30, "ratio": 4.0}]}
    described = scenario(
        {
            "ward": {"length_of_stay": fixed(1), "round_the_clock": True, **stays},
            "crisis": {"places": ["beds"], "length_of_stay": fixed(5), **stays},
        },
        {"beds": 20},
        time={"warm_up_days": 600, "recruitment_days": 300, "follow_up_days": 10},
        exits={"moving_away_per_year": 12.0},
        emergencies={"crisis": crisis},
    )
    in_window = -math.expm1(-(4 * r + away) * 30)
    first = 4 * r / (4 * r + away) * in_window + (1 - in_window) * r / (r + away)
    expected = 5 * first * (r + away) / away
    assert offered_loads(described)["beds"] == pytest.approx(expected, rel=0.02)
    simulated = metrics(replicate(described, 1, 0), described)["census.crisis.mean"]
    assert simulated == pytest.approx(expected, rel=0.25)


def test_visits_within_follow_up_are_those_of_the_cohort() -> None:
    described = scenario(
        WARD,
        time={"warm_up_days": 100, "recruitment_days": 100, "follow_up_days": 50},
        emergencies={"crisis": {"unwell": 9.0}},
    )
    observed = Observed(replicate(described, 1, 0), described)
    rows, days = followed_visits(observed)
    table, patients = observed.records.emergencies, observed.records.patients
    assert 0 < len(rows) < len(table)
    assert patients["cohort"][table["patient"][rows]].all()
    assert days.max() < 50
    assert metrics(observed.records, described)["emergency.crisis.visits"] == pytest.approx(
        len(rows) / patients["cohort"].sum()
    )
