"""Places and waiting lists: who gets in, when, and who does not."""

from typing import Any

import numpy as np
import pytest
from model.histories import FOREVER, assert_share, rows, run, where
from support import cohort, fixed, scenario

from sim.model import Records
from sim.scenario import Scenario

KIND = {"plain": 0.5, "urgent": 0.5}


def beds(capacity: int, *changes: tuple[float, int]) -> dict[str, Any]:
    """A kind of place whose capacity changes."""
    return {"beds": {"capacity": capacity, "changes": [{"from_day": day, "capacity": n} for day, n in changes]}}


def ward(people: int, place: dict[str, Any], **level: Any) -> Scenario:
    import sim

    return sim.load_scenario(
        {
            "name": "test",
            "population": {"kind": KIND},
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {"ward": {"places": ["beds"], "length_of_stay": fixed(10), **level}},
            "places": place,
            **cohort(people, FOREVER),
        }
    )


def admitted(records: Records) -> list[float]:
    return sorted(records.stays["admitted"].tolist())


def test_the_list_is_served_in_order_of_asking() -> None:
    records = run(ward(7, beds(3)))
    assert records.stays["admitted"].tolist() == [0, 0, 0, 10, 10, 10, 20]
    assert rows(records.waits, "asked", "ended", "outcome") == [(0, t, "admitted") for t in (0, 0, 0, 10, 10, 10, 20)]


def test_an_opening_admits_at_that_very_instant() -> None:
    assert admitted(run(ward(4, beds(0, (7.5, 2))))) == [7.5, 7.5, 17.5, 17.5]


def test_a_change_on_day_0_is_there_for_the_first_patient() -> None:
    assert admitted(run(ward(3, beds(0, (0.0, 2))))) == [0, 0, 10]
    assert admitted(run(ward(3, beds(3, (0.0, 1))))) == [0, 10, 20]


def test_a_cut_evicts_nobody_and_drains() -> None:
    """Four beds become one on day 5: the four stay to the end of their plan, and then one at a time."""
    records = run(ward(7, beds(4, (5.0, 1))))
    assert admitted(records) == [0, 0, 0, 0, 10, 20, 30]
    assert (records.stays["discharged"] - records.stays["admitted"] == 10).all()


def test_a_cut_drains_one_by_one_until_it_is_met() -> None:
    """Stays of 10 and 15 days in two beds that become one on day 1: the bed left on day 10 is gone, not passed on."""
    lengths = {"distribution": "discrete", "values": [10.0, 15.0], "shares": [0.5, 0.5]}
    for seed in range(8):
        stays = run(ward(4, beds(2, (1.0, 1)), length_of_stay=lengths), seed).stays
        ends = stays["discharged"].tolist()
        assert stays["admitted"].tolist() == [0, 0, max(ends[:2]), ends[2]]


def test_a_closure_and_a_reopening() -> None:
    assert admitted(run(ward(6, beds(2, (5.0, 0), (30.0, 3))))) == [0, 0, 30, 30, 30, 40]


def test_a_change_that_leaves_too_few_places_for_those_inside_admits_nobody() -> None:
    assert admitted(run(ward(5, beds(4, (2.0, 1), (4.0, 3))))) == [0, 0, 0, 0, 10]


def test_a_level_gets_all_its_kinds_of_place_or_none() -> None:
    """Two beds, one nurse. Who needs both waits for the nurse and keeps no bed from those who need only a bed."""
    levels = {
        "both": {"places": ["beds", "nurse"], "length_of_stay": fixed(10)},
        "bed_only": {"places": ["beds"], "length_of_stay": fixed(10)},
    }
    system = scenario(
        levels,
        {"beds": 2, "nurse": 1},
        population={"kind": KIND},
        entry=[{"when": {"kind": "urgent"}, "to": {"both": 1.0}}, {"to": {"bed_only": 1.0}}],
        **cohort(12, FOREVER),
    )
    records = run(system)
    both = where(records.stays, level="both")
    assert 3 <= both.sum() <= 9
    # The longer queue takes over the second bed when the other is empty, unless it lacks the nurse.
    assert records.stays["admitted"][both].tolist() == [10.0 * i for i in range(both.sum())]
    alone = records.stays["admitted"][~both]
    assert (alone[: both.sum()] == 10.0 * np.arange(min(both.sum(), len(alone)))).all()
    held = {row[1] for row in rows(records.stays, "level", "places") if row[0] == "both"}
    assert held == {"beds+nurse"}


def test_a_place_of_one_kind_lets_the_next_list_through_when_the_first_lacks_the_other() -> None:
    """The first on the lists needs a nurse, and there is none: the bed goes to the one behind."""
    levels = {
        "both": {"places": ["beds", "nurse"], "length_of_stay": fixed(10), "priority": [{"rank": 0}]},
        "bed_only": {"places": ["beds"], "length_of_stay": fixed(10), "priority": [{"rank": 5}]},
    }
    system = scenario(levels, {"beds": 1, "nurse": 0}, entry=[{"to": {"both": 0.5, "bed_only": 0.5}}], **cohort(20, 35))
    records = run(system)
    assert set(records.stays["level"]) == {1}
    assert records.stays["admitted"].tolist() == [0, 10, 20, 30]


def test_priority_by_attribute() -> None:
    """One bed, all ask at one instant: every urgent patient comes before every other, in the order of asking."""
    records = run(ward(30, beds(1), priority=[{"when": {"kind": "urgent"}, "rank": 0}]))
    urgent = where(records.patients, kind="urgent")
    expected = [*np.flatnonzero(urgent), *np.flatnonzero(~urgent)]
    assert 5 < urgent.sum() < 25
    admissions = np.lexsort((records.stays["patient"], records.stays["admitted"]))
    assert records.stays["patient"][admissions].tolist() == expected
    assert records.stays["admitted"][admissions].tolist() == [10.0 * i for i in range(30)]


@pytest.mark.parametrize(("rank", "first"), [(8, "plain"), (9, "both")])
def test_who_fits_no_rule_is_served_last(rank: int, first: str) -> None:
    """Nobody's rule means 9, so 8 comes before it and 9 stands beside it."""
    records = run(ward(30, beds(1), priority=[{"when": {"kind": "plain"}, "rank": rank}]))
    plain = where(records.patients, kind="plain")
    people = records.stays["patient"][np.argsort(records.stays["admitted"], kind="stable")]
    expected = [*np.flatnonzero(plain), *np.flatnonzero(~plain)] if first == "plain" else list(range(30))
    assert people.tolist() == expected


def test_the_first_priority_rule_that_fits_decides() -> None:
    rules = [{"when": {"kind": "urgent"}, "rank": 5}, {"when": {"kind": "urgent"}, "rank": 0}, {"rank": 4}]
    records = run(ward(30, beds(1), priority=rules))
    people = records.stays["patient"][np.argsort(records.stays["admitted"], kind="stable")]
    plain = where(records.patients, kind="plain")
    assert people.tolist() == [*np.flatnonzero(plain), *np.flatnonzero(~plain)]


def one_seat(priority: list[dict[str, Any]]) -> Scenario:
    """A seat for ten days each; twelve people ask on day 0, the urgent by way of five days of detoxification."""
    levels = {
        "iop": {"places": ["seats"], "length_of_stay": fixed(10), "priority": priority},
        "detox": {"length_of_stay": fixed(5), "next": [{"to": "iop", "probability": 1.0}]},
    }
    return scenario(
        levels,
        {"seats": 1},
        population={"kind": KIND},
        entry=[{"when": {"kind": "urgent"}, "to": {"detox": 1.0}}, {"to": {"iop": 1.0}}],
        **cohort(12, FOREVER),
    )


@pytest.mark.parametrize(("head_start", "first"), [(4.9, "entry"), (5.0, "by number"), (5.1, "step_down")])
def test_a_head_start_moves_people_so_many_days_up_the_list(head_start: float, first: str) -> None:
    """One seat, free on days 0, 10, 20 ...; step-downs ask on day 5, behind those who entered on day 0 but for the head
    start: with 5 days they stand level with them, and the lowest number is first."""
    records = run(one_seat([{"coming_from": ["step_down"], "head_start_days": head_start}]))
    urgent = where(records.patients, kind="urgent").tolist()
    iop = where(records.stays, level="iop")
    sequence = records.stays["patient"][iop][np.argsort(records.stays["admitted"][iop])].tolist()
    has_the_seat = urgent.index(False)
    behind = [number for number in range(12) if number != has_the_seat]
    keys = {"entry": 1, "by number": 0, "step_down": -1}
    behind.sort(key=lambda number: (keys[first] * urgent[number], number))
    assert sequence == [has_the_seat, *behind]
    assert records.stays["admitted"][iop].max() == 110


@pytest.mark.parametrize("rules", [[], [{"coming_from": ["step_down"], "rank": 1}]])
def test_priority_by_route(rules: list[dict[str, Any]]) -> None:
    """One seat, free on days 0, 10, 20 ...; a step-down asks on day 5, behind many who entered on day 0."""
    records = run(one_seat(rules))
    iop = where(records.stays, level="iop")
    stepping_down = where(records.stays, route="step_down")[iop]
    sequence = stepping_down[np.argsort(records.stays["admitted"][iop])].tolist()
    new, down = (~stepping_down).sum(), stepping_down.sum()
    assert min(new, down) > 2
    expected = [False] + [True] * down + [False] * (new - 1) if rules else [False] * new + [True] * down
    assert sequence == expected


def test_ranks_count_across_lists_that_share_a_place() -> None:
    """Two levels, one kind of bed: the better rank goes first, though both asked on day 0."""
    levels = {
        "ward": {"places": ["beds"], "length_of_stay": fixed(10), "priority": [{"rank": 3}]},
        "urgent_ward": {"places": ["beds"], "length_of_stay": fixed(10), "priority": [{"rank": 2}]},
    }
    system = scenario(levels, {"beds": 1}, entry=[{"to": {"ward": 0.5, "urgent_ward": 0.5}}], **cohort(12, FOREVER))
    stays = run(system).stays
    sequence = stays["level"][np.argsort(stays["admitted"])].tolist()
    assert 2 < sum(sequence) < 10
    assert sequence == sorted(sequence, reverse=True)


def test_patience_ends_the_wait_and_lets_the_next_come_earlier() -> None:
    """One bed. The second in line gives up on day 4 with everyone else: only the first is ever admitted."""
    records = run(ward(3, beds(1), patience=fixed(4)))
    assert rows(records.waits, "patient", "asked", "ended", "outcome", "route", "held_level") == [
        (0, 0, 0, "admitted", "entry", None),
        (1, 0, 4, "reneged", "entry", None),
        (2, 0, 4, "reneged", "entry", None),
    ]
    assert records.stays["patient"].tolist() == [0]


def test_patience_has_the_stated_distribution() -> None:
    weibull = {"distribution": "weibull", "shape": 0.5, "scale": 20.0}
    waits = run(ward(3_000, beds(0), patience=weibull)).waits
    for day in (1.0, 5.0, 20.0, 100.0):
        assert_share(waits["ended"] > day, float(np.exp(-((day / 20) ** 0.5))))


def test_without_patience_people_wait_to_the_end() -> None:
    records = run(ward(3, beds(0)))
    assert rows(records.waits, "ended", "outcome") == [(FOREVER, "end_of_follow_up")] * 3
    assert len(records.stays) == 0


def test_who_does_not_show_up_passes_the_place_on_at_the_same_instant() -> None:
    """One bed for 10 days. Every no-show is noted when the bed is free, and the bed goes on to the next at once."""
    records = run(ward(40, beds(1), no_show=0.5))
    came = where(records.waits, outcome="admitted")
    assert 10 < came.sum() < 30
    assert (came | where(records.waits, outcome="no_show")).all()
    before = np.concatenate([[0], np.cumsum(came)[:-1]])
    assert records.waits["ended"].tolist() == (10.0 * before).tolist()
    assert records.stays["admitted"].tolist() == (10.0 * before[came]).tolist()


@pytest.mark.parametrize("unlimited", [False, True])
def test_no_shows_have_their_share(unlimited: bool) -> None:
    level = {"no_show": 0.15, **({"places": []} if unlimited else {})}
    records = run(ward(3_000, beds(3_000), **level))
    assert (records.waits["ended"] == 0).all()
    assert_share(where(records.waits, outcome="no_show"), 0.15)


@pytest.mark.parametrize("unlimited", [False, True])
def test_if_nobody_ever_shows_up_nobody_is_admitted(unlimited: bool) -> None:
    records = run(ward(20, beds(2), no_show=1.0, **({"places": []} if unlimited else {})))
    assert len(records.stays) == 0
    assert rows(records.waits, "ended", "outcome") == [(0, "no_show")] * 20


def test_a_level_without_places_makes_nobody_wait() -> None:
    records = run(ward(50, beds(0), places=[]))
    assert (records.stays["admitted"] == 0).all()
    assert rows(records.waits, "asked", "ended", "outcome") == [(0, 0, "admitted")] * 50
    assert set(records.stays.frame()["places"]) == {""}
