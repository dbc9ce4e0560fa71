"""Check-ups of former patients at home against closed forms, by hand, and against where the model has people."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_scenarios import build, descriptions
from support import cohort, exponential, fixed, scenario

from sim.model import Records, replicate
from sim.model.engine import Replication, plan_of
from sim.model.formulas import spread
from sim.model.pathway import Journey
from sim.outcomes import Observed, metrics
from sim.outcomes.checkups import at_home, made
from sim.scenario import Scenario
from sim.scenario.change import DatedChange
from sim.scenario.load.offered import offered_loads
from sim.scenario.load.stays import days_to_linkage
from sim.vocabulary import CHECKUP

PEOPLE = 5_000
WARD = {"ward": {"length_of_stay": fixed(1), "days_to_remission": fixed(1_000)}}
"""Left on day 1, by everybody, who goes on unwell."""
RULE = {"every_days": 30.0, "found_share": 0.8, "linked_share": 0.5}


def unwell_at_home(people: int = PEOPLE, days: float = 500, **parts: Any) -> Scenario:
    return scenario(WARD, **{**cohort(people, days), "checkups": RULE, **parts})


def first_asks(records: Records) -> tuple[np.ndarray, np.ndarray]:
    """Of everybody who asks again: the day of the first such ask, and its route."""
    waits = records.waits
    again = np.flatnonzero(waits["asked"] > 0)
    _, first = np.unique(waits["patient"][again], return_index=True)
    return waits["asked"][again[first]], waits["route"][again[first]]


def near(found: float, expected: float, sd: float, count: int) -> None:
    assert abs(found - expected) < 4 * sd / math.sqrt(count), (found, expected)


def test_linkage_is_geometric_on_the_schedule() -> None:
    """Each check-up links with chance p = 0.8 x 0.5; days 31, 61, ..., since everybody was discharged on day 1."""
    asked, route = first_asks(replicate(unwell_at_home(), 3, 0))
    assert (route == CHECKUP).all()
    number = (asked - 1) / 30
    assert np.allclose(number, np.round(number))
    for k in range(1, 8):
        share = 0.6 ** (k - 1) * 0.4
        near(float(np.mean(np.round(number) == k)), share, math.sqrt(share * (1 - share)), PEOPLE)


def test_whichever_comes_first_of_check_up_and_return() -> None:
    """Return at a rate r competes: a check-up comes first with p q / (1 - (1 - p) q), q = exp(-30 r)."""
    back = {"probability": 1.0, "delay_days": exponential(60)}
    asked, route = first_asks(replicate(unwell_at_home(return_to_care=back), 3, 0))
    q = math.exp(-30 / 60)
    share = 0.4 * q / (1 - 0.6 * q)
    near(float(np.mean(route == CHECKUP)), share, math.sqrt(share * (1 - share)), PEOPLE)
    # The least of both: a step function of survivors times an exponential one.
    for day in (20.0, 45.0, 100.0):
        left = 0.6 ** math.floor(day / 30) * math.exp(-day / 60)
        near(float(np.mean(asked - 1 > day)), left, math.sqrt(left * (1 - left)), PEOPLE)


def test_check_ups_end_and_who_moves_away_is_lost_to_them() -> None:
    """Three check-ups, on days 30, 60 and 90 since discharge, of who has not moved away by then."""
    rule = {**RULE, "for_days": 100.0}
    moving = {"moving_away_per_year": 2.0}
    records = replicate(unwell_at_home(checkups=rule, exits=moving), 3, 0)
    stay = math.exp(-2 * 30 / 365.25)
    expected = sum(0.6 ** (k - 1) * 0.4 * stay**k for k in (1, 2, 3))
    asked, _ = first_asks(records)
    near(len(asked) / PEOPLE, expected, math.sqrt(expected * (1 - expected)), PEOPLE)
    assert asked.max() < 92


def test_every_day_with_certainty() -> None:
    """One day in care, and found on the next day at home: a rhythm of two days."""
    rule = {"every_days": 1.0, "found_share": 1.0, "linked_share": 1.0}
    records = replicate(unwell_at_home(3, 9.5, checkups=rule), 1, 0)
    for patient in range(3):
        mine = records.stays["patient"] == patient
        assert records.stays["admitted"][mine].tolist() == [0, 2, 4, 6, 8]
        assert records.stays["route"][mine].tolist() == [0, *[CHECKUP] * 4]
    found = metrics(records, unwell_at_home(3, 9.5, checkups=rule))
    assert found["checkups.made.per_month"] == found["asks.checkup.per_month"]
    assert found["asks.checkup.per_month"] == pytest.approx(12 / 9.5 * 30.4375)


def test_nobody_is_looked_up_who_is_well_or_was_never_in_care() -> None:
    """Of those who are well there are check-ups and no asks; who gives up waiting has no discharge to count from."""
    rule = {**RULE, "found_share": 1.0, "linked_share": 1.0}
    well = scenario({"ward": {"length_of_stay": fixed(1)}}, **cohort(5, 100), checkups=rule)
    records = replicate(well, 1, 0)
    assert (records.waits["asked"] == 0).all()
    assert np.sort(made(Observed(records, well)).day).tolist() == [31.0] * 5 + [61.0] * 5 + [91.0] * 5
    full = {"ward": {"places": ["beds"], "length_of_stay": fixed(500), "patience": fixed(2)}}
    crowded = scenario(full, {"beds": 2}, **cohort(5, 100), checkups=rule)
    records = replicate(crowded, 1, 0)
    assert (records.waits["asked"] == 0).all()
    assert len(made(Observed(records, crowded)).day) == 0


def test_people_known_from_before_are_spread_evenly_over_the_schedule() -> None:
    rule = {**RULE, "found_share": 1.0, "linked_share": 1.0}
    parts = {"known": {"unwell": {"people": 300}}, "arrivals": {"per_day": 0.0}, "checkups": rule}
    known = scenario(WARD, time={"recruitment_days": 100, "follow_up_days": 100}, **parts)
    waits = replicate(known, 1, 0).waits
    _, first = np.unique(waits["patient"], return_index=True)
    asked = waits["asked"][first]
    assert asked == pytest.approx([30 * (1 - spread(number)) for number in range(300)])
    assert np.histogram(asked, 10, (0, 30))[0] == pytest.approx(30, abs=2)


def test_check_ups_that_link_nobody_move_nothing() -> None:
    back = {"return_to_care": {"probability": 0.6, "delay_days": exponential(60)}}
    without, in_vain = (
        replicate(unwell_at_home(500, 500, checkups=rule, **back), 1, 0)
        for rule in (None, {**RULE, "linked_share": 0.0})
    )
    for table in ("patients", "stays", "waits", "spells"):
        for name, values in getattr(without, table).columns.items():
            assert np.array_equal(values, getattr(in_vain, table)[name], equal_nan=True), name


def test_the_likelier_a_linkage_the_earlier_the_first_ask() -> None:
    """With the same luck, of everybody."""
    back = {"return_to_care": {"probability": 0.6, "delay_days": exponential(60)}}
    before = np.full(2_000, math.inf)
    for linked in (0.0, 0.1, 0.5, 1.0):
        records = replicate(unwell_at_home(2_000, 700, checkups={**RULE, "linked_share": linked}, **back), 1, 0)
        asked, first = records.waits["asked"], np.full(2_000, math.inf)
        np.minimum.at(first, records.waits["patient"][asked > 0], asked[asked > 0])
        assert (first <= before).all()
        before = first


def test_they_begin_on_a_day_and_with_those_who_use_by_then() -> None:
    """From day 100 on; discharged on day 1, the schedule has days 121, 151, ..., and by then nobody was looked up."""
    without, with_them = (unwell_at_home(2_000, 400, checkups=rule) for rule in (None, {**RULE, "linked_share": 1.0}))
    change = DatedChange(without, with_them, 100.0)
    asked, _ = first_asks(replicate(change, 1, 0))
    assert asked.min() == pytest.approx(121)
    near(float(np.mean(np.isclose(asked, 121))), 0.8, 0.4, 2_000)
    ended = DatedChange(with_them, without, 100.0)
    later, _ = first_asks(replicate(ended, 1, 0))
    assert later.max() == pytest.approx(91)
    assert len(later) == pytest.approx(2_000 * (1 - 0.2**3), abs=4 * math.sqrt(2_000 * 0.008))
    observed = Observed(replicate(change, 1, 0), change)
    assert made(observed).day.min() > 100


def test_changing_the_rhythm_spends_what_is_left_of_the_luck() -> None:
    """Until day 100 three check-ups of chance 0.2, from then on of 0.4: the shares of a change are those of both."""
    slow, sure = (
        unwell_at_home(PEOPLE, 300, checkups={**RULE, "found_share": found, "linked_share": 1.0})
        for found in (0.2, 0.4)
    )
    asked, _ = first_asks(replicate(DatedChange(slow, sure, 100.0), 1, 0))
    for day, share in ((31, 0.2), (91, 0.8**2 * 0.2), (121, 0.8**3 * 0.4), (151, 0.8**3 * 0.6 * 0.4)):
        near(np.count_nonzero(np.isclose(asked, day)) / PEOPLE, share, math.sqrt(share * (1 - share)), PEOPLE)


@pytest.fixture
def life_at_home(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[list[float]]]:
    """By patient, from when until when the model had them at home."""
    found: dict[int, list[list[float]]] = {}
    original = Journey._at_home

    def logged(self: Journey) -> Any:
        found.setdefault(self.patient, []).append([self.now, math.inf])
        yield from original(self)
        found[self.patient][-1][1] = self.now

    monkeypatch.setattr(Journey, "_at_home", logged)
    return found


def test_at_home_is_where_the_model_has_people(life_at_home: dict[int, list[list[float]]]) -> None:
    """Waits, lags between levels, and all else that keeps somebody away, told from records alone."""

    @settings(max_examples=25, derandomize=True, deadline=None)
    @given(descriptions(), st.integers(0, 5))
    def check(description: dict[str, Any], seed: int) -> None:
        life_at_home.clear()
        drawn = build({**description, "checkups": {**RULE, "every_days": 3.0}})
        records = Replication(plan_of(drawn), seed, 0).run()
        found = at_home(Observed(records, drawn))
        days = np.bincount(found.patient, found.ended - found.began, minlength=len(records.patients))
        gone = np.fmin(np.fmin(records.patients["moved_away"], records.patients["recovered"]), drawn.time.horizon)
        for patient, end in enumerate(gone.tolist()):
            mine = life_at_home.get(patient, [])
            assert days[patient] == pytest.approx(sum(max(min(b, end) - a, 0.0) for a, b in mine), abs=1e-6)

    check()


def test_the_load_that_is_offered_knows_of_them() -> None:
    """The mean time to linkage is 30 (1 / p - 1 / 2) days for somebody who begins to use at any time."""
    drawn = unwell_at_home()
    assert drawn.checkups is not None
    assert days_to_linkage(drawn.checkups).mean() == pytest.approx(30 * (1 / 0.4 - 1 / 2), rel=0.01)
    parts: dict[str, Any] = {
        "time": {"warm_up_days": 600, "recruitment_days": 300, "follow_up_days": 10},
        "arrivals": {"per_day": 8.0},
        "relapse": {"median_days": 60.0, "shape": 1.0},
        "exits": {"moving_away_per_year": 1.0},
        "return_to_care": {"probability": 0.3, "delay_days": exponential(50)},
    }
    ward = {"ward": {"places": ["beds"], "length_of_stay": fixed(20)}}
    without, looked_up = (scenario(ward, {"beds": 20_000}, checkups=rule, **parts) for rule in (None, RULE))
    offered = [offered_loads(each)["beds"] for each in (without, looked_up)]
    simulated = [metrics(replicate(each, 1, 0), each)["census.ward.mean"] for each in (without, looked_up)]
    assert offered[1] > 1.2 * offered[0]
    # Use begins sooner rather than later between two check-ups, which the estimate does not know.
    assert simulated == pytest.approx(offered, rel=0.07)
