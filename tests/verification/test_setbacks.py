"""The clock of setbacks against its closed forms: any setback and regular use, setbacks, settings, and setback at the
door."""

import math
from typing import Any

import numpy as np
import pytest
from support import cohort, exponential, fixed, scenario

from sim.model import Records, replicate
from sim.scenario.laws import SLOWEST_CLOCK
from sim.vocabulary import COMPLETED, DROPPED_OUT, SETBACK, UNWELL, WELL

PEOPLE = 20_000
MEDIAN, SHAPE = 60.0, 0.6


def assert_share(happened: np.ndarray, expected: float) -> None:
    """A share of independent people is within 4 standard errors of its probability."""
    assert len(happened) >= 400, "too few to be a test"
    share = float(np.mean(happened))
    assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / len(happened)), (share, expected)


def assert_count(numbers: np.ndarray, mean: float, variance: float) -> None:
    """The mean of independent counts is within 4 standard errors of what it should be."""
    assert abs(float(numbers.mean()) - mean) < 4 * math.sqrt(variance / len(numbers)), (numbers.mean(), mean)


def hazard(exposed: float, median: float = MEDIAN, shape: float = SHAPE) -> float:
    """H(x) = ln(1 + (x / m)^b)."""
    return math.log1p((exposed / median) ** shape)


def setbacks_of(share: float, setback_days: float = 0.0, into: float | None = None, **relapse: Any) -> dict[str, Any]:
    """The clock of setbacks; setbacks of no length hide no others."""
    setback: dict[str, Any] = {"duration_days": fixed(setback_days)}
    if into is not None:
        setback["into_relapse_days"] = fixed(into)
    return {
        "relapse": {"median_days": MEDIAN, "shape": SHAPE, "share_of_setbacks": share, **relapse},
        "setback": setback,
    }


def run(
    levels: dict[str, Any], days: float, people: int = PEOPLE, places: dict[str, int] | None = None, **parts: Any
) -> Records:
    return replicate(scenario(levels, places, **{**parts, **cohort(people, days)}), 3, 0)


def first(records: Records, chosen: np.ndarray) -> np.ndarray:
    """Day on which each patient's first chosen spell began; infinity without one."""
    found = np.full(len(records.patients), np.inf)
    np.minimum.at(found, records.spells["patient"][chosen], records.spells["started"][chosen])
    return found


def first_relapse(records: Records) -> np.ndarray:
    return first(records, (records.spells["state"] == UNWELL) & (records.spells["started"] > 0))


def first_brief_setback(records: Records) -> np.ndarray:
    return first(records, records.spells["state"] == SETBACK)


SAFE_DAY = {"ward": {"length_of_stay": fixed(1), "relapse_exposure": 0.0}}
"""One day in which nobody uses, and then home: exposed days are days since day 1."""

DAYS = (2, 10, 60, 200)


def test_any_setback_and_relapse_at_home() -> None:
    """1 - F_any = (1 + (x / m)^b)^-M, and 1 - F_reg = (1 - F_any)^p with a setback of a week before use is regular."""
    share, ratio = 0.6, 2.0
    effects = {"population": {"kind": {"all": 1.0}}, "effects": {"kind": {"all": {"relapse": ratio}}}}
    records = run(SAFE_DAY, 220, **setbacks_of(share, into=7.0), **effects)
    any_setback = np.minimum(first_brief_setback(records), first_relapse(records)) - 1
    regular = first_relapse(records) - 1
    for day in DAYS:
        free = (1 + (day / MEDIAN) ** SHAPE) ** -ratio
        assert_share(any_setback > day, free)
        assert_share(regular > day + 7, free**share)


def test_of_setbacks_so_many_begin_a_relapse_whenever_they_come() -> None:
    """Of those whose first use comes early, as of those whose first use comes late, a share of p relapse with it."""
    records = run(SAFE_DAY, 201, **setbacks_of(0.3))
    set_back, relapsed = first_brief_setback(records), first_relapse(records)
    first_setback = np.minimum(set_back, relapsed)
    for low, high in ((1, 5), (5, 30), (30, 200)):
        among = (first_setback > low) & (first_setback <= high)
        assert_share(relapsed[among] < set_back[among], 0.3)


def test_setbacks_are_a_process_of_their_own() -> None:
    """Of those who have not relapsed by a day, however that came, the number of setbacks until then is Poisson, of mean
    (1 - p) M H; and all have (1 - p) / p times the setbacks that they have relapses, those of the last moment included.
    """
    share = 0.4
    records = run(SAFE_DAY, 151, **setbacks_of(share))
    relapsed = first_relapse(records)
    setbacks = records.spells["state"] == SETBACK
    who, when = records.spells["patient"][setbacks], records.spells["started"][setbacks]
    for day in (10, 150):
        free = relapsed > day + 1
        numbers = np.bincount(who[when <= day + 1], minlength=PEOPLE)[free]
        mean = (1 - share) * hazard(day)
        assert_count(numbers, mean, mean)
        # The variance of a Poisson variable is its mean; that of its estimate, (m + 2 m^2) / n.
        assert abs(numbers.var() - mean) < 4 * math.sqrt((mean + 2 * mean**2) / free.sum())
    # The number of setbacks less its compensator is a martingale: its mean is 0 when relapse stops it.
    whole = np.bincount(who, minlength=PEOPLE)
    relapses = 1 - (1 + (150 / MEDIAN) ** SHAPE) ** -share
    odds = (1 - share) / share
    assert_count(whole - odds * (relapsed < np.inf), 0.0, float(odds * relapses + odds**2 * relapses))


def test_hazard_and_clock_of_a_setting() -> None:
    """Hazard r, clock e: (r / e)(H(x0 + e t) - H(x0)) in care, and on from x0 + e t at home."""
    r, e = 0.5, 0.1
    levels = {
        "iop": {"length_of_stay": fixed(10), "next": [{"to": "ward", "probability": 1.0}]},
        "ward": {"length_of_stay": fixed(40), "relapse_exposure": r, "relapse_clock": e},
    }
    relapsed = first_relapse(run(levels, 200, **setbacks_of(1.0)))
    at_door = hazard(10) + r / e * (hazard(14) - hazard(10))
    for day, used in (
        (10, hazard(10)),
        (30, hazard(10) + r / e * (hazard(12) - hazard(10))),
        (50, at_door),
        (190, at_door + hazard(14 + 140) - hazard(14)),
    ):
        assert_share(relapsed > day, math.exp(-used))


def test_where_the_clock_stands_still_the_risk_waits_at_the_door() -> None:
    """The hazard of exposed day x0 for as long as they stay, r h(x0) t; and at home the curve goes on from x0."""
    r = 0.3
    levels = {
        "iop": {"length_of_stay": fixed(10), "next": [{"to": "ward", "probability": 1.0}]},
        "ward": {"length_of_stay": fixed(40), "relapse_exposure": r, "relapse_clock": 0.0},
    }
    relapsed = first_relapse(run(levels, 200, **setbacks_of(1.0)))
    # h = H': b (x / m)^b / (x (1 + (x / m)^b)).
    here = SHAPE * (10 / MEDIAN) ** SHAPE / (10 * (1 + (10 / MEDIAN) ** SHAPE))
    for day in (30, 50):
        assert_share(relapsed > day, math.exp(-(hazard(10) + r * here * (day - 10))))
    for day in (60, 190):
        assert_share(relapsed > day, math.exp(-(hazard(10) + r * here * 40 + hazard(day - 40) - hazard(10))))


def test_a_curve_that_rises_from_nothing_waits_in_care_nearly_without_a_setback() -> None:
    """With a shape above 1 the hazard of the first instant is 0; a clock that stands still is one of a millionth, so
    that a few in a thousand use in care. At home all is as on the first day.
    """
    levels = {"ward": {"length_of_stay": fixed(40), "relapse_exposure": 0.5, "relapse_clock": 0.0}}
    relapsed = first_relapse(run(levels, 150, **setbacks_of(1.0, shape=1.3)))
    in_care = 0.5 / SLOWEST_CLOCK * hazard(40 * SLOWEST_CLOCK, shape=1.3)
    assert in_care < 0.005
    for day in (40, 50, 140):
        assert_share(relapsed > day, math.exp(-in_care - hazard(day - 40, shape=1.3)))


def test_curves_by_attribute_value() -> None:
    """The median of some, the share of others, and everybody else's for those who have neither."""
    by = {"kind": {"quick": {"median_days": 6.0, "shape": 1.4}, "firm": {"share_of_setbacks": 0.2}}}
    records = run(
        SAFE_DAY, 101, **setbacks_of(0.8, by=by), population={"kind": {"quick": 0.3, "firm": 0.3, "plain": 0.4}}
    )
    relapsed, kind = first_relapse(records) - 1, records.patients["kind"]
    for code, (median, shape, share) in enumerate(((6.0, 1.4, 0.8), (MEDIAN, SHAPE, 0.2), (MEDIAN, SHAPE, 0.8))):
        for day in (10, 100):
            assert_share(relapsed[kind == code] > day, math.exp(-share * hazard(day, median, shape)))


# --- setback at the door ---


def ward(**more: Any) -> dict[str, Any]:
    """24-hour care of a planned 20 days, in which nobody uses."""
    return {
        "length_of_stay": fixed(20),
        "round_the_clock": True,
        "relapse_exposure": 0.0,
        "risk_at_discharge": {"completed": 0.6, "dropped_out": 0.8, "halved_every_days": 20.0},
        **more,
    }


def door(share: float, **more: Any) -> dict[str, Any]:
    """Hardly any setback but at the door; setbacks take 2 days, and the way into a relapse takes 5."""
    return setbacks_of(share, setback_days=2.0, into=5.0, median_days=1e9, shape=1.0) | more


def at_the_door(records: Records) -> tuple[np.ndarray, np.ndarray]:
    """Who used on the day of leaving for the first time, and who had regular use after it."""
    left = np.full(len(records.patients), np.inf)
    np.minimum.at(left, records.stays["patient"], records.stays["discharged"])
    return first_brief_setback(records) == left, first_relapse(records) == left + 5


def test_setback_at_the_door_by_reason_and_days() -> None:
    """0.6 of those who complete, halved once in 20 days; 0.8 x 2^(-d / 20) of those who drop out on day d."""
    records = run({"ward": ward(dropout=exponential(30))}, 100, **door(0.7))
    used, relapsed = at_the_door(records)
    stayed, reason = records.stays["discharged"], records.stays["reason"]
    risk = np.where(reason == COMPLETED, 0.6, 0.8) * 0.5 ** (stayed / 20)
    for ended in (COMPLETED, DROPPED_OUT):
        for among in (stayed < 7, stayed >= 7):
            chosen = (reason == ended) & among
            if chosen.any():
                error = math.sqrt(float((risk * (1 - risk))[chosen].sum()))
                assert abs(used[chosen].sum() - risk[chosen].sum()) < 4 * error
    assert_share(used[reason == COMPLETED], 0.3)
    assert_share(relapsed[used], 0.7)
    assert not relapsed[~used].any()


def test_a_setback_at_the_door_ends_by_itself_and_a_relapse_does_not() -> None:
    records = run({"ward": ward()}, 100, people=2_000, **door(0.5))
    spells = records.spells
    used, relapsed = at_the_door(records)
    lengths = (spells["ended"] - spells["started"])[spells["state"] == SETBACK]
    who = spells["patient"][spells["state"] == SETBACK]
    assert (np.bincount(who, minlength=2_000) == used).all()
    assert lengths == pytest.approx(np.where(relapsed[who], 5.0, 2.0))
    last = np.flatnonzero(np.r_[spells["patient"][1:] != spells["patient"][:-1], True])
    assert (spells["state"][last] == np.where(relapsed, UNWELL, WELL)).all()


@pytest.mark.parametrize("hand_over", ["hold", "bridge", "release"])
def test_nobody_setbacks_at_the_door_who_does_not_go_home(hand_over: str) -> None:
    """Held in the bed or in the interim service until they ask for IOP, three days on; released, they are at home."""
    levels = {
        "ward": ward(
            hand_over=hand_over,
            next=[{"to": "iop", "probability": 1.0, "delay_days": fixed(3)}],
            **({"bridge": "interim"} if hand_over == "bridge" else {}),
        ),
        "iop": {"length_of_stay": fixed(30), "relapse_exposure": 0.0},
        "interim": {"length_of_stay": fixed(900), "relapse_exposure": 0.0},
    }
    records = run(levels, 50, people=4_000, **door(0.5))
    used, _ = at_the_door(records)
    if hand_over == "release":
        assert_share(used, 0.3)
    else:
        assert not (records.spells["state"] == SETBACK).any()


def test_who_gives_up_in_a_held_bed_goes_home_with_the_risk_of_the_whole_stay() -> None:
    """No seat, and patience of 20 days: out on day 40, after two halvings."""
    levels = {
        "ward": ward(hand_over="hold", next=[{"to": "iop", "probability": 1.0}]),
        "iop": {"length_of_stay": fixed(30), "places": ["seats"], "patience": fixed(20)},
    }
    used, _ = at_the_door(run(levels, 50, people=4_000, places={"seats": 0}, **door(0.5)))
    assert_share(used, 0.15)


def test_a_second_stay_is_a_new_draw() -> None:
    """Nine of ten are back four days later, out again on day 44: whoever used on day 20 does so as often as others."""
    again = {"next": [{"to": "ward", "probability": 0.9, "delay_days": fixed(4)}], "hand_over": "release"}
    records = run({"ward": ward(**again)}, 45, **door(1e-9))
    setbacks = records.spells["state"] == SETBACK
    who, when = records.spells["patient"][setbacks], records.spells["started"][setbacks]
    once, twice = np.zeros(PEOPLE, dtype=bool), np.zeros(PEOPLE, dtype=bool)
    once[who[when == 20]] = True
    twice[who[when == 44]] = True
    came = np.bincount(records.stays["patient"], minlength=PEOPLE) == 2
    for before in (once, ~once):
        assert_share(twice[before & came], 0.3)


def test_one_uniform_a_stay_says_who_is_set_back_at_any_risk() -> None:
    """At a lower risk, or after more days, those who are unwell are among those who did; and so are those who
    relapse."""
    used, relapsed = at_the_door(run({"ward": ward()}, 45, people=4_000, **door(0.5)))
    lower = {"completed": 0.4, "halved_every_days": 20.0}
    for safer, share in ((ward(risk_at_discharge=lower), 0.5), (ward(length_of_stay=fixed(27)), 0.5), (ward(), 0.3)):
        fewer, begun = at_the_door(run({"ward": safer}, 45, people=4_000, **door(share)))
        assert used[fewer].all()
        assert relapsed[begun].all()
        assert begun.sum() < relapsed.sum()


def test_who_uses_anyway_does_not_setback_at_the_door() -> None:
    """Nobody is well by the end of the stay: all go on unwell, without a setback."""
    records = run({"ward": ward(days_to_remission=fixed(300))}, 50, people=500, **door(0.5))
    assert (records.spells["state"] == UNWELL).all()
