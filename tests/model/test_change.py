"""A change that begins on a day: the baseline until then, the arm from then on, everybody as they were."""

from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model.histories import rows
from random_scenarios import build, descriptions
from support import briefly, cohort, fixed, scenario

import sim
from sim.model import Records, replicate
from sim.outcomes import metrics
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, check_changes


def frames(records: Records) -> dict[str, pd.DataFrame]:
    """The records in words."""
    tables = ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")
    return {table: getattr(records, table).frame().astype(object) for table in tables}


def until(day: float, records: Records) -> dict[str, pd.DataFrame]:
    """What was known just before a day: what had begun, and what of it had ended."""
    found = frames(records)
    patients = found["patients"][found["patients"]["arrived"] < day].copy()
    for left in ("moved_away", "recovered"):
        patients.loc[~(patients[left].astype(float) < day), left] = None
    known = {"patients": patients}
    for table, began, ended, later in (
        ("stays", "admitted", "discharged", ["discharged", "reason", "next_level", "interim", "authorised_until"]),
        ("waits", "asked", "ended", ["ended", "outcome"]),
        ("spells", "started", "ended", ["ended"]),
    ):
        frame = found[table][found[table][began] < day].copy()
        frame.loc[frame[ended] >= day, later] = None
        if table == "stays":
            frame.loc[~(frame["ready"].astype(float) < day), "ready"] = None
        known[table] = frame.reset_index(drop=True)
    return known


def assert_same(first: dict[str, pd.DataFrame], second: dict[str, pd.DataFrame]) -> None:
    for table, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[table], check_exact=True, obj=table)


def assert_same_records(first: Records, second: Records) -> None:
    assert_same(frames(first), frames(second))


@pytest.mark.parametrize(
    ("first", "second", "day"),
    [("base", "residential_only", 365.25), ("iop_direct", "iop_with_housing", 1000.0)],
)
def test_until_the_day_it_is_the_baseline_to_the_bit(first: str, second: str, day: float) -> None:
    baseline, arm = (briefly(name, 366, 365, 365) for name in (first, second))
    alone, changed = replicate(baseline, 3, 0), replicate(DatedChange(baseline, arm, day), 3, 0)
    assert_same(until(day, alone), until(day, changed))
    assert len(alone.stays) != len(changed.stays)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(descriptions(), st.floats(0.5, 200.0), st.integers(0, 5))
def test_one_who_becomes_what_they_are_is_who_they_were(description: dict[str, Any], day: float, seed: int) -> None:
    same = build(description)
    if day < same.time.horizon:
        changed = DatedChange(same, same.model_copy(update={"name": "another"}), day)
        assert changed.after.model_copy(update={"name": same.name}) == same
        assert_same_records(replicate(same, seed, 0), replicate(changed, seed, 0))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(descriptions(), descriptions(), st.floats(0.5, 200.0), st.integers(0, 5))
def test_any_system_may_take_over_from_any_other(
    first: dict[str, Any], second: dict[str, Any], day: float, seed: int
) -> None:
    """With the same people and lives of their own: whatever levels, places, clocks and prices it has."""
    baseline, other = build(first), build(second)
    own = ("population", "age", "exits", "frailty", "time", "currency", "price_year", "reimbursement")
    alike = {part: getattr(baseline, part) for part in own}
    if baseline.arrivals.closed_cohort is not None or other.arrivals.closed_cohort is not None:
        alike["arrivals"] = baseline.arrivals
    assert baseline.death is not None
    assert other.death is not None
    alike["death"] = other.death.model_copy(update={"background": baseline.death.background})
    arm = other.model_copy(update=alike)
    if day >= baseline.time.horizon:
        return
    alone, changed = replicate(baseline, seed, 0), replicate(DatedChange(baseline, arm, day), seed, 0)
    assert_same(until(day, alone), until(day, changed))
    after = frames(changed)
    vanished = [name for name in baseline.levels if name not in arm.levels]
    assert not (after["stays"]["level"].isin(vanished) & (after["stays"]["admitted"] >= day)).any()
    late = after["waits"][after["waits"]["level"].isin(vanished)]
    assert (late["asked"] < day).all()
    # Who is in a step before the list hears of it when that is over.
    assert ((late["ended"] <= day) | late["step"].notna()).all()
    for _, spells in after["spells"].groupby("patient"):
        assert all(ended == started for ended, started in pairwise_of(spells))


def pairwise_of(spells: pd.DataFrame) -> list[tuple[float, float]]:
    """The end of each spell with the beginning of the next."""
    return [(first.ended, second.started) for first, second in pairwise(spells.itertuples())]


WARD = {"places": ["beds"], "length_of_stay": fixed(10)}


def pair(baseline: dict[str, Any], arm: dict[str, Any], people: int = 3) -> tuple[Scenario, Scenario]:
    """Two systems of three levels and kinds of places, which a closed cohort goes through; parts by name."""
    return tuple(  # type: ignore[return-value]
        scenario(parts.pop("levels"), parts.pop("places"), **{**cohort(people, 100), **parts})
        for parts in (dict(baseline), dict(arm))
    )


def test_a_stay_keeps_its_length_and_its_place_and_the_next_is_of_the_day() -> None:
    """One bed for three people. Stays of ten days until day 15, of four from then on; the second began on day 10."""
    baseline, arm = pair(
        {"levels": {"ward": WARD}, "places": {"beds": 1}},
        {"levels": {"ward": {**WARD, "length_of_stay": fixed(4)}}, "places": {"beds": 1}},
    )
    records = replicate(DatedChange(baseline, arm, 15.0), 1, 0)
    assert rows(records.stays, "patient", "admitted", "discharged", "reason") == [
        (0, 0.0, 10.0, "completed"),
        (1, 10.0, 20.0, "completed"),
        (2, 20.0, 24.0, "completed"),
    ]


def test_places_open_on_the_day_and_those_that_vanish_drain() -> None:
    """A clinic takes the ward's place on day 5: two are in the ward's two beds, the third waits for it."""
    clinic = {"places": ["seats"], "length_of_stay": fixed(3)}
    baseline, arm = pair(
        {"levels": {"ward": WARD}, "places": {"beds": 2}}, {"levels": {"clinic": clinic}, "places": {"seats": 1}}
    )
    change = DatedChange(baseline, arm, 5.0)
    records = replicate(change, 1, 0)
    assert rows(records.stays, "patient", "level", "admitted", "discharged", "reason", "places") == [
        (0, "ward", 0.0, 10.0, "completed", "beds"),
        (1, "ward", 0.0, 10.0, "completed", "beds"),
        (2, "clinic", 5.0, 8.0, "completed", "seats"),
    ]
    assert rows(records.waits, "patient", "level", "asked", "ended", "outcome")[2:] == [
        (2, "ward", 0.0, 5.0, "redirected"),
        (2, "clinic", 5.0, 5.0, "admitted"),
    ]
    assert change.after.places["beds"].steps(change.after.time) == ((0.0, 2), (5.0, 0))
    assert change.after.places["seats"].steps(change.after.time) == ((0.0, 0), (5.0, 1))


def onward(**parts: Any) -> dict[str, Any]:
    """A ward of two days that leads to a clinic with one seat, where one stays ten days."""
    ward = {"places": ["beds"], "length_of_stay": fixed(2), "next": [{"to": "clinic", "probability": 1.0}]}
    clinic = {"places": ["seats"], "length_of_stay": fixed(10)}
    levels = {"ward": {**ward, **parts}, "clinic": clinic}
    return {"levels": levels, "places": {"beds": 3, "seats": 1}}


@pytest.mark.parametrize(("hand_over", "kept"), [("hold", 5.0), ("release", 2.0)])
def test_who_is_on_the_way_to_what_vanishes_leaves_from_where_they_were(hand_over: str, kept: float) -> None:
    """The clinic closes on day 5. One is in it and stays; two wait for it, in their beds or at home, and go home."""
    baseline, arm = pair(
        onward(hand_over=hand_over),
        {"levels": {"ward": {"places": ["beds"], "length_of_stay": fixed(2)}}, "places": {"beds": 3}},
    )
    records = replicate(DatedChange(baseline, arm, 5.0), 1, 0)
    assert rows(records.stays, "patient", "level", "discharged", "reason") == [
        (0, "ward", 2.0, "completed"),
        (0, "clinic", 12.0, "completed"),
        (1, "ward", kept, "completed"),
        (2, "ward", kept, "completed"),
    ]
    assert [row for row in rows(records.waits, "patient", "ended", "outcome") if row[2] == "redirected"] == [
        (1, 5.0, "redirected"),
        (2, 5.0, "redirected"),
    ]


def test_an_interim_service_ends_with_what_it_leads_to() -> None:
    through = onward(hand_over="bridge", bridge="phone")
    through["levels"]["phone"] = {"length_of_stay": fixed(50)}
    alone = {"ward": {"places": ["beds"], "length_of_stay": fixed(2)}}
    records = replicate(DatedChange(*pair(through, {"levels": alone, "places": {"beds": 3}}), 5.0), 1, 0)
    stays = rows(records.stays, "patient", "discharged", "level", "reason")
    assert [stay for stay in stays if stay[0] > 0 and stay[2] == "phone"] == [
        (1, 5.0, "phone", "terminated"),
        (2, 5.0, "phone", "terminated"),
    ]


def test_nobody_enters_an_interim_service_that_vanished_during_their_stay() -> None:
    """All leave the ward on day 2 for a clinic of one seat; the interim service on the way to it closes on day 1."""
    through = onward(hand_over="bridge", bridge="phone")
    through["levels"]["phone"] = {"length_of_stay": fixed(50)}
    records = replicate(DatedChange(*pair(through, onward(hand_over="release")), 1.0), 1, 0)
    assert rows(records.stays, "patient", "level", "admitted", "discharged") == [
        *((0, "ward", 0.0, 2.0), (0, "clinic", 2.0, 12.0)),
        *((1, "ward", 0.0, 2.0), (1, "clinic", 12.0, 22.0)),
        *((2, "ward", 0.0, 2.0), (2, "clinic", 22.0, 32.0)),
    ]


def test_an_interim_service_for_which_people_wait_by_then_is_none() -> None:
    """All are in a ward that closes on day 1, and leave it on day 2 over an interim service that has beds of women only
    from day 1 on: whom these do not accept would hold one. They go home until the clinic takes them."""
    population = {"sex": {"women": 0.0, "men": 1.0}}
    through = onward(hand_over="bridge", bridge="phone")
    through["levels"]["phone"] = {"length_of_stay": fixed(50)}
    phone = {"length_of_stay": fixed(50), "places": ["women"]}
    after = {
        "levels": {"clinic": through["levels"]["clinic"], "phone": phone},
        "places": {"seats": 1, "women": {"capacity": 3, "accepts": {"sex": ["women"]}}},
    }
    baseline, arm = (
        sim.load_scenario(
            {
                "name": "test",
                **cohort(3, 50),
                "population": population,
                "entry": [{"to": {next(iter(each["levels"])): 1.0}}],
                "levels": each["levels"],
                "places": {
                    name: {"capacity": place} if isinstance(place, int) else place
                    for name, place in each["places"].items()
                },
            }
        )
        for each in (through, after)
    )
    records = replicate(DatedChange(baseline, arm, 1.0), 1, 0)
    assert rows(records.stays, "patient", "level", "admitted", "discharged") == [
        *((0, "ward", 0.0, 2.0), (0, "clinic", 2.0, 12.0)),
        *((1, "ward", 0.0, 2.0), (1, "clinic", 12.0, 22.0)),
        *((2, "ward", 0.0, 2.0), (2, "clinic", 22.0, 32.0)),
    ]


def test_a_stay_leads_where_the_plan_of_the_day_leads() -> None:
    """Everybody leaves the ward on day 10; the way to the clinic is there from day 5 on, or until then."""
    levels = {"ward": {**WARD, "next": [{"to": "clinic", "probability": 1.0}]}, "clinic": {"length_of_stay": fixed(1)}}
    linked = {"levels": levels, "places": {"beds": 3}}
    alone = {"levels": {"ward": WARD}, "places": {"beds": 3}}
    for first, second, reached in ((linked, alone, False), (alone, linked, True)):
        stays = rows(replicate(DatedChange(*pair(first, second), 5.0), 1, 0).stays, "level", "admitted")
        assert (("clinic", 10.0) in stays) == reached


def test_lists_carry_over_or_are_placed_anew() -> None:
    """Three wait for the one bed of a ward of ten days when, on day 5, newcomers begin to be sent to a clinic."""
    clinic = {"places": ["seats"], "length_of_stay": fixed(1)}
    both = {"levels": {"ward": WARD, "clinic": clinic}, "places": {"beds": 1, "seats": 1}}
    baseline, arm = pair(both, {**both, "entry": [{"to": {"clinic": 1.0}}]})
    stays = {
        lists: rows(replicate(DatedChange(baseline, arm, 5.0, lists), 1, 0).stays, "patient", "level", "admitted")
        for lists in ("carry_over", "entry_rules")
    }
    assert stays["carry_over"] == [(0, "ward", 0.0), (1, "ward", 10.0), (2, "ward", 20.0)]
    assert stays["entry_rules"] == [(0, "ward", 0.0), (1, "clinic", 5.0), (2, "clinic", 6.0)]


def test_who_holds_a_place_gives_back_just_that_one() -> None:
    """From day 5 on the ward needs a nurse, not a bed: whoever is in a bed until day 10 does not free a nurse."""
    baseline, arm = pair(
        {"levels": {"ward": WARD}, "places": {"beds": 1}},
        {"levels": {"ward": {**WARD, "places": ["nurses"]}}, "places": {"nurses": 1}},
    )
    change = DatedChange(baseline, arm, 5.0)
    records = replicate(change, 1, 0)
    assert rows(records.stays, "patient", "admitted", "discharged", "places") == [
        (0, 0.0, 10.0, "beds"),
        (1, 5.0, 15.0, "nurses"),
        (2, 15.0, 25.0, "nurses"),
    ]
    numbers = metrics(records, change.after)
    assert numbers["occupancy.beds"] == pytest.approx(10 / 5)
    assert numbers["occupancy.nurses"] == pytest.approx(20 / 95)


def test_demand_changes_on_the_day_and_the_nth_person_is_still_the_nth() -> None:
    ward, sexes = {"ward": {"length_of_stay": fixed(1)}}, {"sex": {"f": 0.5, "m": 0.5}}
    baseline, arm = (scenario(ward, arrivals={"per_day": rate}, population=sexes) for rate in (5.0, 20.0))
    slow, fast, changed = (
        replicate(each, 1, 0).patients.frame() for each in (baseline, arm, DatedChange(baseline, arm, 80.5))
    )
    before = (changed["arrived"] < 80.5).sum()
    assert changed["arrived"][:before].tolist() == slow["arrived"][:before].tolist()
    assert changed["sex"].tolist() == fast["sex"][: len(changed)].tolist()
    gaps = changed["arrived"][before + 1 :].diff().dropna()
    assert abs(gaps.mean() - 1 / 20) < 4 / 20 / len(gaps) ** 0.5
    slower = slow["arrived"].diff()[before + 2 :]
    assert gaps[: len(slower)].to_numpy() == pytest.approx(slower.to_numpy() / 4)


def test_a_relapse_curve_begins_where_the_spell_is() -> None:
    """Well in the ward, at no risk, until day 10; then at home, where the curve of the day they leave holds."""
    ward = {"ward": {"length_of_stay": fixed(10), "relapse_exposure": 0.0, "relapse_ratio": 2.0}}
    slow, quick = (
        scenario(ward, **cohort(400, 2_000), relapse={"median_days": median, "shape": 1.0}) for median in (200.0, 50.0)
    )
    # The ratio of the ward is the same on leaving, so the spell keeps the curve that it began on.
    assert_same_records(replicate(slow, 1, 0), replicate(DatedChange(slow, quick, 5.0), 1, 0))
    again = {"ward": {**ward["ward"], "lasting_benefit": {"hazard_ratio": 0.5, "at_days": 10.0, "max_days": 10.0}}}
    slow, quick = (
        scenario(again, **cohort(400, 2_000), relapse={"median_days": median, "shape": 1.0}) for median in (200.0, 50.0)
    )
    assert_same_records(replicate(DatedChange(slow, quick, 5.0), 1, 0), replicate(quick, 1, 0))


def test_a_spell_that_begins_after_the_day_is_the_arms_alone() -> None:
    """Nobody is well before day 12. The change is on day 5, and so nothing tells that it was not always so."""
    ward = {"ward": {"length_of_stay": fixed(2), "days_to_remission": fixed(100)}}
    baseline, arm = (
        scenario(
            ward,
            **cohort(40, 300),
            relapse={"median_days": 20.0, "shape": 1.0, "share_of_setbacks": share},
            setback={"duration_days": fixed(1)},
            remission=fixed(10),
        )
        for share in (1.0, 0.3)
    )
    assert_same_records(replicate(DatedChange(baseline, arm, 5.0), 1, 0), replicate(arm, 1, 0))


def test_what_nobody_could_become_is_refused_all_at_once() -> None:
    ward = {"ward": {"length_of_stay": fixed(1)}}
    mild, severe = (
        scenario(ward, population={"severity": {"mild": share, "severe": 1 - share}}, frailty={"sd": sd})
        for share, sd in ((0.5, 0.0), (0.2, 0.5))
    )
    all_at_once = mild.model_copy(update={"arrivals": scenario(ward, **cohort(5, 1)).arrivals})
    arms = {"mild": mild, "severe": severe, "cohort": all_at_once}
    with pytest.raises(ValueError, match="nobody becomes someone else") as refused:
        check_changes(arms, 50)
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        *["severe cannot take over from mild on day 50"] * 2,
        "cohort cannot take over from mild on day 50",
    ]
    assert "population.severity is mild 0.2, severe 0.8, not mild 0.5, severe 0.5" in lines[0]
    assert "--change-on start" in lines[-1]
    check_changes(arms, 0)
    for day in (-1.0, mild.time.horizon):
        with pytest.raises(ValueError, match="a day of the run"):
            check_changes({"mild": mild}, day)


def test_hazards_of_death_may_not_change_within_the_window() -> None:
    some, more = (
        scenario({"ward": {"length_of_stay": fixed(1)}}, time=TIME, death={"unwell": rate}) for rate in (10.0, 20.0)
    )
    check_changes({"some": some, "more": more}, 50)
    with pytest.raises(ValueError, match="within it: death; let the change"):
        check_changes({"some": some, "more": more}, 50.5)


TIME = {"warm_up_days": 50, "recruitment_days": 50, "follow_up_days": 50}


def test_steps_that_have_begun_go_on_as_they_were_told() -> None:
    """Two days for the call, three for the assessment; on day 1 the ward gets one more clock, and with it a law."""
    steps = [{"name": "call", "delay_days": fixed(2)}, {"name": "assessment", "delay_days": fixed(3)}]
    ward = {**WARD, "access": steps}
    leaving = {**ward, "dropout": {"distribution": "fixed", "value": 4.0}}
    change = pair(*({"levels": {"ward": each}, "places": {"beds": 3}} for each in (ward, leaving)))
    for arm in (change, change[::-1]):
        records = replicate(DatedChange(*arm, 1.0), 1, 0)
        assert set(rows(records.stays, "asked", "admitted")) == {(0.0, 5.0)}


@pytest.mark.parametrize(("before", "after"), [(8, 2), (2, 8)])
def test_slots_of_the_day_follow_those_that_are_booked(before: int, after: int) -> None:
    """One caller a day for two slots a day or eight, M/D/1 at half its load or less: nobody waits for a week."""
    levels = [
        {"ward": {"length_of_stay": fixed(1), "access": [{"name": "call", "slots_per_day": n}]}}
        for n in (before, after)
    ]
    change = DatedChange(*(scenario(each, name=str(number)) for number, each in enumerate(levels)), 50.0)
    waits = replicate(change, 1, 0).waits
    steps = waits["step"] == 0
    days = (waits["ended"] - waits["asked"])[steps]
    assert len(days) > 80
    assert days.max() < 7
    slots = waits["ended"][steps & (waits["called"] > 57)] * after
    assert (slots == slots.round()).all()
    assert len(set(slots.tolist())) == len(slots)


@pytest.mark.parametrize(("lists", "stay"), [("carry_over", ("ward", 0.0, 4.0)), ("entry_rules", ("clinic", 2.0, 2.0))])
def test_who_is_in_a_step_before_a_list_is_placed_anew_as_it_ends(lists: Any, stay: tuple[str, float, float]) -> None:
    """Two steps of two days each before the ward; from day 1 on newcomers are sent to the clinic."""
    steps = [{"name": name, "delay_days": fixed(2)} for name in ("call", "assessment")]
    levels = {"ward": {**WARD, "access": steps}, "clinic": {"length_of_stay": fixed(1)}}
    both = {"levels": levels, "places": {"beds": 3}}
    change = DatedChange(*pair(both, {**both, "entry": [{"to": {"clinic": 1.0}}]}), 1.0, lists)
    assert set(rows(replicate(change, 1, 0).stays, "level", "asked", "admitted")) == {stay}
