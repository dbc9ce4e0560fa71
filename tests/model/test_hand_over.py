"""From one level to the next: links, the lag, and who keeps which place meanwhile."""

from typing import Any

import numpy as np
import pytest
from model.histories import FOREVER, assert_share, rows, run, where
from support import cohort, fixed, scenario

from sim.model import Records
from sim.scenario import Scenario

STAYS = ("patient", "level", "route", "asked", "admitted", "ready", "discharged", "reason", "next_level")
WAITS = ("patient", "level", "asked", "ended", "outcome", "held_level")


def programme(people: int, residential: dict[str, Any], iop: dict[str, Any], **parts: Any) -> Scenario:
    """One bed for 10 days, then one seat for 30; an interim service of no exposure, for as long as it takes."""
    levels = {
        "residential": {
            "places": ["bed"],
            "length_of_stay": fixed(10),
            "relapse_exposure": 0.0,
            "next": [{"to": "iop", "probability": 1.0, **residential.pop("link", {})}],
            **({"bridge": "interim"} if residential.get("hand_over") == "bridge" else {}),
            **residential,
        },
        "iop": {"places": ["seat"], "length_of_stay": fixed(30), "relapse_exposure": 0.0, **iop},
        "interim": {"length_of_stay": fixed(FOREVER), "relapse_exposure": 0.0, **parts.pop("interim", {})},
    }
    places = parts.pop("places", {"bed": 1, "seat": 1})
    return scenario(levels, places, **{**cohort(people, 200), **parts})


def stays(records: Records, *columns: str) -> list[tuple[Any, ...]]:
    return rows(records.stays, *(columns or STAYS))


def waits_for(level: str, records: Records) -> list[tuple[Any, ...]]:
    return [row for row in rows(records.waits, *WAITS) if row[1] == level]


def test_hold_blocks_the_bed_until_the_next_place_is_free() -> None:
    """Patient 1 is ready on day 20, keeps the bed until the seat is free on day 40, and patient 2 waits for it."""
    records = run(programme(3, {"hand_over": "hold"}, {}))
    assert stays(records) == [
        (0, "residential", "entry", 0, 0, 10, 10, "completed", "iop"),
        (0, "iop", "step_down", 10, 10, 40, 40, "completed", None),
        (1, "residential", "entry", 0, 10, 20, 40, "completed", "iop"),
        (1, "iop", "step_down", 20, 40, 70, 70, "completed", None),
        (2, "residential", "entry", 0, 40, 50, 70, "completed", "iop"),
        (2, "iop", "step_down", 50, 70, 100, 100, "completed", None),
    ]
    assert waits_for("iop", records) == [
        (0, "iop", 10, 10, "admitted", "residential"),
        (1, "iop", 20, 40, "admitted", "residential"),
        (2, "iop", 50, 70, "admitted", "residential"),
    ]


def test_release_frees_the_bed_at_once_and_the_patient_waits_at_home() -> None:
    records = run(programme(3, {"hand_over": "release"}, {}))
    assert stays(records) == [
        (0, "residential", "entry", 0, 0, 10, 10, "completed", "iop"),
        (0, "iop", "step_down", 10, 10, 40, 40, "completed", None),
        (1, "residential", "entry", 0, 10, 20, 20, "completed", "iop"),
        (1, "iop", "step_down", 20, 40, 70, 70, "completed", None),
        (2, "residential", "entry", 0, 20, 30, 30, "completed", "iop"),
        (2, "iop", "step_down", 30, 70, 100, 100, "completed", None),
    ]
    assert waits_for("iop", records) == [
        (0, "iop", 10, 10, "admitted", None),
        (1, "iop", 20, 40, "admitted", None),
        (2, "iop", 30, 70, "admitted", None),
    ]


def test_bridge_frees_the_bed_at_once_and_the_patient_waits_in_the_interim_service() -> None:
    records = run(programme(2, {"hand_over": "bridge"}, {}))
    assert stays(records) == [
        (0, "residential", "entry", 0, 0, 10, 10, "completed", "iop"),
        (0, "interim", "step_down", 10, 10, None, 10, "transferred", None),
        (0, "iop", "step_down", 10, 10, 40, 40, "completed", None),
        (1, "residential", "entry", 0, 10, 20, 20, "completed", "iop"),
        (1, "interim", "step_down", 20, 20, None, 40, "transferred", None),
        (1, "iop", "step_down", 20, 40, 70, 70, "completed", None),
    ]
    assert waits_for("iop", records)[1] == (1, "iop", 20, 40, "admitted", None)
    assert not waits_for("interim", records)


def test_only_a_stay_that_bridges_the_way_is_interim() -> None:
    """Half enter the interim level straight away: theirs is a stay of its own."""
    entry = [{"to": {"residential": 0.5, "interim": 0.5}}]
    records = run(programme(40, {"hand_over": "bridge"}, {}, places={"bed": 40, "seat": 1}, entry=entry))
    for level, route, interim in rows(records.stays, "level", "route", "interim"):
        assert interim == (level == "interim" and route == "step_down")
    assert {row for row in rows(records.stays, "route", "interim") if row[1]} == {("step_down", True)}
    assert ("interim", "entry") in rows(records.stays, "level", "route")


@pytest.mark.parametrize(
    ("hand_over", "discharged", "held", "interim"),
    [
        ("hold", 13, "residential", []),
        ("release", 10, None, []),
        ("bridge", 10, None, [("interim", 10, 13, "transferred")]),
    ],
)
def test_the_lag_comes_before_asking(hand_over: str, discharged: float, held: str, interim: list[Any]) -> None:
    """Three days from being ready to asking: in the bed, at home, or in the interim service."""
    records = run(programme(1, {"hand_over": hand_over, "link": {"delay_days": fixed(3)}}, {}))
    assert stays(records, "level", "admitted", "discharged", "reason") == [
        ("residential", 0, discharged, "completed"),
        *interim,
        ("iop", 13, 43, "completed"),
    ]
    assert rows(records.stays, "ready")[0] == (10,)
    assert waits_for("iop", records) == [(0, "iop", 13, 13, "admitted", held)]


@pytest.mark.parametrize(
    ("hand_over", "discharged", "held", "interim"),
    [
        ("hold", 25, "residential", []),
        ("release", 20, None, []),
        ("bridge", 20, None, [("interim", 20, 25, "dropped_out")]),
    ],
)
def test_giving_up_the_wait(hand_over: str, discharged: float, held: str, interim: list[Any]) -> None:
    """Patient 1 is ready on day 20 and gives up 5 days later. The residential stay was completed all the same."""
    records = run(programme(2, {"hand_over": hand_over}, {"patience": fixed(5)}))
    mine = [row[1:] for row in stays(records, "patient", "level", "admitted", "discharged", "reason") if row[0] == 1]
    assert mine == [("residential", 10, discharged, "completed"), *interim]
    assert waits_for("iop", records)[1] == (1, "iop", 20, 25, "reneged", held)


def test_the_bed_of_one_who_gave_up_goes_to_the_next_at_that_instant() -> None:
    records = run(programme(3, {"hand_over": "hold"}, {"patience": fixed(5)}))
    assert next(row for row in stays(records, "patient", "level", "admitted") if row[0] == 2) == (2, "residential", 25)


@pytest.mark.parametrize(("hand_over", "held"), [("hold", "residential"), ("release", None), ("bridge", None)])
def test_not_showing_up_for_the_next_level(hand_over: str, held: str | None) -> None:
    records = run(programme(1, {"hand_over": hand_over}, {"no_show": 1.0}))
    assert waits_for("iop", records) == [(0, "iop", 10, 10, "no_show", held)]
    assert stays(records, "level", "discharged", "reason")[0] == ("residential", 10, "completed")
    assert not where(records.stays, level="iop").any()


def test_one_kind_of_place_too_few_keeps_the_bed_blocked() -> None:
    """There is a seat, but not the nurse whom the next level needs as well."""
    system = programme(
        1, {"hand_over": "hold"}, {"places": ["seat", "nurse"]}, places={"bed": 1, "seat": 1, "nurse": 0}
    )
    records = run(system)
    assert stays(records, "level", "ready", "discharged", "reason") == [("residential", 10, 200, "end_of_follow_up")]
    assert waits_for("iop", records) == [(0, "iop", 10, 200, "end_of_follow_up", "residential")]


SOON = {"relapse": {"median_days": 5.0, "shape": 50.0}}
"""Relapse after 4 to 6.5 exposed days."""


def relapse_day(records: Records) -> float:
    """When patient 0 relapsed."""
    relapses = where(records.spells, state="unwell") & (records.spells["started"] > 0)
    return round(float(records.spells["started"][relapses][0]), 6)


def test_relapse_while_waiting_at_home_loses_the_link() -> None:
    """Ready on day 10; exposed at home without a seat; around day 15 the patient relapses and leaves the list."""
    records = run(programme(1, {"hand_over": "release"}, {}, places={"bed": 1, "seat": 0}, **SOON))
    day = relapse_day(records)
    assert 14 < day < 16.5
    assert waits_for("iop", records) == [(0, "iop", 10, day, "relapsed", None)]
    assert stays(records, "level", "discharged", "next_level") == [("residential", 10, "iop")]


def test_relapse_during_the_lag_at_home_loses_the_link() -> None:
    records = run(programme(1, {"hand_over": "release", "link": {"delay_days": fixed(20)}}, {}, **SOON))
    assert 14 < relapse_day(records) < 16.5
    assert not waits_for("iop", records)
    assert stays(records, "level", "next_level") == [("residential", "iop")]


@pytest.mark.parametrize("hand_over", ["hold", "bridge"])
def test_protected_while_waiting_nobody_relapses(hand_over: str) -> None:
    records = run(programme(1, {"hand_over": hand_over}, {}, places={"bed": 1, "seat": 0}, **SOON))
    assert waits_for("iop", records)[0][3:5] == (200, "end_of_follow_up")


def test_relapse_while_blocked_ends_stay_and_wait() -> None:
    """The bed exposes here, and nobody has relapsed by the end of the plan of 3 days."""
    ward = {"hand_over": "hold", "relapse_exposure": 1.0, "length_of_stay": fixed(3)}
    records = run(programme(2, ward, {}, places={"bed": 1, "seat": 0}, **SOON))
    day = relapse_day(records)
    assert 4 < day < 6.5
    assert waits_for("iop", records)[0] == (0, "iop", 3, day, "relapsed", "residential")
    assert stays(records, "patient", "ready", "discharged", "reason")[0] == (0, 3, day, "relapsed")
    # The bed is free for the next at that instant.
    assert rows(records.stays, "admitted")[1] == (day,)


def test_relapse_while_blocked_may_be_treated_in_place() -> None:
    """The patient goes on waiting in the bed, on the same list, from the same asking."""
    ward = {"hand_over": "hold", "relapse_exposure": 1.0, "length_of_stay": fixed(3), "on_relapse": {"continue": 1.0}}
    system = programme(1, ward, {}, places={"bed": 1, "seat": 0}, **SOON)
    records = run(system.with_overrides({"places.seat.changes": [{"from_day": 50.0, "capacity": 1}]}))
    assert where(records.spells, state="unwell").sum() > 5
    assert waits_for("iop", records) == [(0, "iop", 3, 50, "admitted", "residential")]
    assert stays(records, "level", "ready", "discharged", "reason") == [
        ("residential", 3, 50, "completed"),
        ("iop", 80, 80, "completed"),
    ]


def test_patience_goes_on_through_a_relapse_treated_in_place() -> None:
    ward = {"hand_over": "hold", "relapse_exposure": 1.0, "length_of_stay": fixed(3), "on_relapse": {"continue": 1.0}}
    records = run(programme(1, ward, {"patience": fixed(30)}, places={"bed": 1, "seat": 0}, **SOON))
    assert waits_for("iop", records) == [(0, "iop", 3, 33, "reneged", "residential")]
    assert stays(records, "discharged", "reason") == [(33, "completed")]


def test_relapse_in_the_interim_service_follows_its_own_rules() -> None:
    interim = {"relapse_exposure": 1.0, "on_relapse": {"discharge": 1.0}}
    records = run(programme(1, {"hand_over": "bridge"}, {}, places={"bed": 1, "seat": 0}, interim=interim, **SOON))
    day = relapse_day(records)
    assert 14 < day < 16.5
    assert stays(records, "level", "discharged", "reason") == [
        ("residential", 10, "completed"),
        ("interim", day, "relapsed"),
    ]
    assert waits_for("iop", records) == [(0, "iop", 10, day, "relapsed", None)]


@pytest.mark.parametrize("hand_over", ["hold", "release", "bridge"])
def test_linkage_has_its_probability_under_each_policy(hand_over: str) -> None:
    people = 2_000
    places = {"bed": people, "seat": people}
    residential = {"hand_over": hand_over, "link": {"probability": 0.35, "delay_days": fixed(2)}}
    records = run(programme(people, residential, {}, places=places))
    residential_stays = where(records.stays, level="residential")
    linked = records.stays["next_level"][residential_stays] == 1
    assert_share(linked, 0.35)
    assert where(records.stays, level="iop").sum() == linked.sum()
    assert where(records.stays, level="interim").sum() == (linked.sum() if hand_over == "bridge" else 0)
    # Nobody without a link is blocked.
    assert (records.stays["discharged"][residential_stays][~linked] == 10).all()


def test_links_share_their_targets() -> None:
    """0.3 to one, 0.2 to another, 0.1 of that also to the first, and the rest home; each link has its own lag."""
    links = [
        {"to": "iop", "probability": 0.3, "delay_days": fixed(1)},
        {"to": "interim", "probability": 0.2, "delay_days": fixed(2)},
        {"to": "iop", "probability": 0.1, "delay_days": fixed(3)},
    ]
    people = 4_000
    records = run(programme(people, {"next": links}, {}, places={"bed": people, "seat": people}))
    target = records.stays["next_level"][where(records.stays, level="residential")]
    assert_share(target == 1, 0.4)
    assert_share(target == 2, 0.2)
    assert_share(target == -1, 0.4)
    for level, asked, share in (("iop", 11, 0.3), ("interim", 12, 0.2), ("iop", 13, 0.1)):
        came = where(records.waits, level=level) & (records.waits["asked"] == asked)
        assert came.sum() == pytest.approx(share * people, abs=4 * (share * (1 - share) * people) ** 0.5)


@pytest.mark.parametrize(
    ("reason", "ward"),
    [
        ("completed", {}),
        ("transferred", {"transfer": fixed(5)}),
        ("terminated", {"termination": fixed(5)}),
        ("terminated", {"authorised_days": 5.0}),
        ("transferred", {"review_every_days": 5.0, "early_step_down": {"from_day": 0.0, "probability": 1.0}}),
    ],
)
def test_links_hold_for_the_reasons_they_name(reason: str, ward: dict[str, Any]) -> None:
    for after in ("completed", "transferred", "terminated"):
        records = run(programme(1, {**ward, "link": {"after": [after]}}, {}))
        went_on = where(records.stays, level="iop").any()
        assert rows(records.stays, "level", "reason")[0] == ("residential", reason)
        assert went_on == (after == reason)
    records = run(programme(1, {**ward, "link": {"after": ["completed", "transferred", "terminated"]}}, {}))
    assert where(records.stays, level="iop").any()


def test_links_hold_for_whom_they_name() -> None:
    links = [
        {"to": "iop", "probability": 1.0, "when": {"kind": "urgent"}},
        {"to": "interim", "probability": 1.0, "when": {"kind": "plain"}},
    ]
    places = {"bed": 100, "seat": 100}
    population = {"kind": {"plain": 0.5, "urgent": 0.5}}
    records = run(programme(100, {"next": links}, {}, places=places, population=population))
    urgent = where(records.patients, kind="urgent")
    first = where(records.stays, level="residential")
    assert (records.stays["next_level"][first] == [1 if each else 2 for each in urgent]).all()


def test_a_certain_link_is_never_missed_and_one_of_probability_0_never_made() -> None:
    for probability, expected in ((1.0, 500), (0.0, 0)):
        residential = {"link": {"probability": probability}}
        records = run(programme(500, residential, {}, places={"bed": 500, "seat": 500}))
        assert where(records.stays, level="iop").sum() == expected


def test_each_visit_has_a_lag_of_its_own() -> None:
    """The lag of someone who comes through the same link a second time says nothing about the first."""
    residential = {
        "length_of_stay": fixed(2),
        "relapse_exposure": 0.0,
        "next": [{"to": "iop", "probability": 1.0, "delay_days": {"distribution": "exponential", "mean": 3.0}}],
    }
    iop = {"length_of_stay": fixed(1), "relapse_exposure": 1.0}
    described = scenario(
        {"residential": residential, "iop": iop},
        relapse={"median_days": 5.0, "shape": 3.0},
        return_to_care={"probability": 1.0, "delay_days": fixed(1)},
        **cohort(600, 200),
    )
    stays = run(described).stays
    lag = stays["admitted"][1:] - stays["discharged"][:-1]
    onward = (stays["route"][1:] == stays.categories["route"].index("step_down")) & (
        stays["patient"][1:] == stays["patient"][:-1]
    )
    patient, lag = stays["patient"][1:][onward], lag[onward]
    second = np.flatnonzero(np.r_[False, patient[1:] == patient[:-1]])
    first, again = lag[second - 1], lag[second]
    assert len(again) > 600
    assert not (first == again).any()
    # Two exponentials of one mean: each is the longer one as often as the other.
    assert abs((again > first).mean() - 0.5) < 4 * 0.5 / np.sqrt(len(again))
