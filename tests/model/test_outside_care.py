"""Life outside care: relapse at home, coming back, remission, setbacks, and death, which ends everything."""

from typing import Any

import numpy as np
import pytest
from model.histories import FOREVER, assert_mean, assert_share, first, rows, run, where
from support import cohort, exponential, fixed, scenario

from sim.model import Records
from sim.scenario import Scenario

PEOPLE = 2_000

USES_ON = {"length_of_stay": fixed(5), "days_to_remission": fixed(FOREVER)}
"""A stay of 5 days that nobody leaves well."""


def system(people: int, days: float, ward: dict[str, Any], places: Any = None, **parts: Any) -> Scenario:
    return scenario({"ward": ward}, places, **{**parts, **cohort(people, days)})


def back(probability: float, delay: dict[str, Any]) -> dict[str, Any]:
    return {"return_to_care": {"probability": probability, "delay_days": delay}}


def admissions(records: Records) -> list[tuple[Any, ...]]:
    return rows(records.stays, "route", "asked", "admitted", "discharged")


# --- return to care ---


def test_someone_unwell_comes_back_after_the_delay_again_and_again() -> None:
    records = run(system(1, 25, USES_ON, **back(1.0, fixed(6))))
    assert admissions(records) == [("entry", 0, 0, 5), ("return", 11, 11, 16), ("return", 22, 22, 25)]


def test_the_delay_begins_at_the_relapse_of_someone_at_home() -> None:
    relapse = {"relapse": {"median_days": 20.0, "shape": 50.0}}
    records = run(system(1, 60, {"length_of_stay": fixed(5)}, **relapse, **back(1.0, fixed(6))))
    day = round(float(first(records.spells, "started", 1, _relapsed(records))[0]), 6)
    assert 16 < day < 25
    assert admissions(records)[1][:2] == ("return", day + 6)


def test_someone_who_reneges_comes_back_too() -> None:
    ward = {"length_of_stay": fixed(5), "places": ["beds"], "patience": fixed(2)}
    records = run(system(1, 20, ward, {"beds": 0}, **back(1.0, fixed(6))))
    assert rows(records.waits, "route", "asked", "ended", "outcome") == [
        ("entry", 0, 2, "reneged"),
        ("return", 8, 10, "reneged"),
        ("return", 16, 18, "reneged"),
    ]


def test_who_is_well_does_not_come_back() -> None:
    records = run(system(20, 300, {"length_of_stay": fixed(5)}, **back(1.0, fixed(6))))
    assert len(records.stays) == 20


def test_return_has_its_probability_in_each_spell() -> None:
    """0.3 come back after the first spell of use at home, and 0.3 of these after the second, once in each."""
    records = run(system(4 * PEOPLE, 200, USES_ON, **back(0.3, fixed(6))))
    stays = np.bincount(records.stays["patient"], minlength=4 * PEOPLE)
    assert_share(stays >= 2, 0.3)
    assert_share(stays[stays >= 2] >= 3, 0.3)
    assert set(records.stays["admitted"]) <= {11.0 * i for i in range(20)}


def test_return_with_probability_0_never_happens() -> None:
    assert len(run(system(50, 200, USES_ON, **back(0.0, fixed(6)))).stays) == 50


def test_who_comes_back_is_placed_patient_and_punctual_anew() -> None:
    """Each time someone asks is a new draw of the level, of patience and of showing up, not that of the time before."""
    levels = {
        name: {**USES_ON, "places": [name], "patience": exponential(5), "no_show": 0.4} for name in ("one", "two")
    }
    entry = [{"to": {"one": 0.5, "two": 0.5}}]
    for beds in (0, 2 * PEOPLE):
        places = {"one": beds, "two": beds}
        described = scenario(levels, places, entry=entry, **back(1.0, fixed(1)), **cohort(2 * PEOPLE, 50))
        waits = run(described).waits
        second = np.flatnonzero(np.r_[False, waits["patient"][1:] == waits["patient"][:-1]])
        second = second[np.r_[True, np.diff(waits["patient"][second]) > 0]]
        first_time = second - 1
        for level in (0, 1):
            assert_share(waits["level"][second][waits["level"][first_time] == level] == 0, 0.5)
        if beds == 0:
            patient = (waits["ended"] - waits["asked"]) > 5 * np.log(2)
            assert_share(patient[second][patient[first_time]], 0.5)
        else:
            stayed_away = where(waits, outcome="no_show")
            assert_share(stayed_away[second][stayed_away[first_time]], 0.4)


def test_the_odds_of_return_rise_with_frailty_by_its_loading() -> None:
    """Odds 0.4 / 0.6 times exp(sd x loading x Z): the share expected of these very people, and more of the frail."""
    for loading in (1.5, 0.0, -1.5):
        records = run(
            system(
                4 * PEOPLE,
                12,
                USES_ON,
                **back(0.4, fixed(6)),
                frailty={"sd": 0.8, "return_to_care": loading, "dropout": 0.0, "relapse": 0.0},
            )
        )
        came = np.isin(np.arange(4 * PEOPLE), records.stays["patient"][where(records.stays, route="return")])
        odds = 0.4 / 0.6 * np.exp(0.8 * loading * records.patients["frailty"])
        expected = odds / (1 + odds)
        error = np.sqrt((expected * (1 - expected)).sum())
        assert abs(came.sum() - expected.sum()) < 4 * error
        centred = records.patients["frailty"] * (came - expected)
        assert abs(centred.sum()) < 4 * np.sqrt((records.patients["frailty"] ** 2 * expected * (1 - expected)).sum())


def test_the_delay_has_the_stated_distribution() -> None:
    delay = {"distribution": "weibull", "shape": 0.8, "scale": 50.0}
    records = run(system(PEOPLE, 160, USES_ON, **back(1.0, delay)))
    again = where(records.waits, route="return")
    days = first(records.waits, "asked", PEOPLE, again) - 5
    for day in (5.0, 50.0, 150.0):
        assert_share(days > day, float(np.exp(-((day / 50) ** 0.8))))


def _relapsed(records: Records) -> np.ndarray:
    return where(records.spells, state="unwell") & (records.spells["started"] > 0)


# --- remission ---


def test_remission_comes_at_home_and_not_in_care() -> None:
    """Using in care until day 5, then 9 days at home."""
    records = run(system(1, 100, USES_ON, remission=fixed(9)))
    assert rows(records.spells, "state", "started", "ended") == [("unwell", 0, 14), ("well", 14, 100)]


def test_whichever_comes_first_of_return_and_remission() -> None:
    both = {"remission": fixed(9), **back(1.0, fixed(10))}
    assert len(run(system(1, 100, USES_ON, **both)).stays) == 1
    both = {"remission": fixed(9), **back(1.0, fixed(8))}
    records = run(system(1, 30, USES_ON, **both))
    assert [row[1] for row in admissions(records)] == [0, 13, 26]
    assert rows(records.spells, "state", "started", "ended") == [("unwell", 0, 30)]


def test_remission_has_the_stated_distribution_and_ends_in_relapse_again() -> None:
    relapse = {"relapse": {"median_days": 20.0, "shape": 50.0}}
    records = run(system(PEOPLE, 300, USES_ON, remission=exponential(10.0), **relapse))
    starts = first(records.spells, "started", PEOPLE, where(records.spells, state="well"))
    assert_mean(starts - 5, 10, 10)
    ends = first(records.spells, "ended", PEOPLE, where(records.spells, state="well"))
    whole = ends < 300
    assert whole.mean() > 0.99
    assert (ends - starts)[whole].min() > 13
    assert (ends - starts)[whole].max() < 30
    assert len(records.stays) == PEOPLE


# --- setbacks ---


def setbacks_of(share: float, median: float = 10.0, days: float = 2.0, **setback: Any) -> dict[str, Any]:
    """Of all setbacks this share are relapses; the others are setbacks of some days."""
    relapse = {"median_days": median, "shape": 1.0, "share_of_setbacks": share}
    return {"relapse": relapse, "setback": {"duration_days": fixed(days), **setback}}


def test_a_setback_ends_no_stay_and_is_cut_out_of_the_spell() -> None:
    records = run(system(PEOPLE, 20, {"length_of_stay": fixed(20)}, **setbacks_of(1e-9)))
    assert (records.stays["discharged"] == 20).all()
    setbacks = where(records.spells, state="setback")
    assert setbacks.sum() > PEOPLE / 2
    length = (records.spells["ended"] - records.spells["started"])[setbacks]
    last = records.spells["ended"][setbacks] == 20
    assert length[~last] == pytest.approx(2.0)
    assert (length[last] <= 2.0 + 1e-9).all()
    assert set(records.spells.frame()["state"].unique()) == {"unwell", "well", "setback"}


def test_no_setbacks_where_every_setback_is_a_relapse() -> None:
    records = run(system(50, 100, {"length_of_stay": fixed(5)}, **setbacks_of(1.0)))
    assert _relapsed(records).sum() > 25
    assert not where(records.spells, state="setback").any()


def test_setbacks_of_a_later_spell_of_being_well_are_new_draws() -> None:
    """Nobody's second spell is safe because the first was, and relapse and setbacks are independent of each other.

    Half of all setbacks are relapses: of those whose second spell lasts 5 days at least, whatever the first was like,
    1 - (1 + 5 / 10) ** -0.5 have a setback in these days.
    """
    people = 4 * PEOPLE
    ward = {"length_of_stay": fixed(60), "on_relapse": {"continue": 1.0}, "days_to_remission": fixed(0.5)}
    records = run(system(people, 60, ward, **setbacks_of(0.5, days=0.001)))
    relapsed = _relapsed(records)
    second = first(records.spells, "started", people, relapsed) + 0.5
    third = relapsed & (records.spells["started"] > second[records.spells["patient"]])
    lasts = np.minimum(first(records.spells, "started", people, third), 60) - second >= 5
    setbacks = where(records.spells, state="setback")
    who, when = records.spells["patient"][setbacks], records.spells["started"][setbacks]
    early, later = np.zeros(people, dtype=bool), np.zeros(people, dtype=bool)
    early[who[when < second[who]]] = True
    later[who[(when >= second[who]) & (when < second[who] + 5)]] = True
    for before in (early, ~early):
        assert (before & lasts).sum() > 1_000
        assert_share(later[before & lasts], 1 - 1.5**-0.5)


# --- the setback with which a relapse begins ---


def test_a_relapse_begins_with_a_setback_of_its_own_length_and_is_one_when_that_is_over() -> None:
    """Out on day 5; use from around day 20 on, regular three days later, and six days after that back in care."""
    parts = {"relapse": {"median_days": 20.0, "shape": 50.0}, "setback": {"into_relapse_days": fixed(3)}}
    records = run(system(1, 60, {"length_of_stay": fixed(5)}, **parts, **back(1.0, fixed(6))))
    spells = rows(records.spells, "state", "started", "ended")
    assert [state for state, *_ in spells[:5]] == ["unwell", "well", "setback", "unwell", "well"]
    day = spells[2][1]
    assert 16 < day < 25
    assert [row[1] for row in spells[2:5]] == pytest.approx([day, day + 3, day + 9])
    assert admissions(records)[1][:2] == ("return", pytest.approx(day + 9))


def test_who_is_on_the_way_into_a_relapse_neither_recovers_nor_asks_for_care() -> None:
    parts = {"relapse": {"median_days": 20.0, "shape": 50.0}, "setback": {"into_relapse_days": fixed(300)}}
    records = run(system(50, 100, {"length_of_stay": fixed(5)}, remission=fixed(1), **parts, **back(1.0, fixed(1))))
    assert len(records.stays) == 50
    assert (records.spells["ended"][where(records.spells, state="setback")] == 100).all()


def test_the_setback_into_a_relapse_has_the_stated_distribution_anew_each_time() -> None:
    """And other luck than the setbacks that end by themselves: those who had none of these are no different."""
    ward = {"length_of_stay": fixed(400), "on_relapse": {"continue": 1.0}}
    records = run(system(PEOPLE, 400, ward, **setbacks_of(1.0, into_relapse_days=exponential(7))))
    spells = records.spells
    opening = where(spells, state="setback") & (spells["ended"] < 400)
    days = (spells["ended"] - spells["started"])[opening]
    who = spells["patient"][opening]
    number = np.arange(len(who)) - np.searchsorted(who, who)
    for nth in (0, 1):
        early = spells["started"][opening] < 200
        assert_share(days[(number == nth) & early] > 7.0, float(np.exp(-1)))


def test_a_relapse_in_care_is_answered_when_it_has_begun() -> None:
    parts = {"relapse": {"median_days": 20.0, "shape": 50.0}, "setback": {"into_relapse_days": fixed(3)}}
    records = run(system(50, 60, {"length_of_stay": fixed(50), "on_relapse": {"discharge": 1.0}}, **parts))
    assert where(records.stays, reason="relapsed").all()
    setbacks = where(records.spells, state="setback")
    assert records.spells["ended"][setbacks] == pytest.approx(records.stays["discharged"])
    assert records.spells["started"][setbacks] == pytest.approx(records.stays["discharged"] - 3)


def test_the_last_days_of_a_plan_may_be_the_first_of_a_relapse() -> None:
    """Whoever is discharged meanwhile has completed, and relapses at home; on a list, it ends the wait."""
    parts = {"relapse": {"median_days": 20.0, "shape": 50.0}, "setback": {"into_relapse_days": fixed(30)}}
    levels = {
        "ward": {
            "length_of_stay": fixed(30),
            "hand_over": "release",
            "next": [{"to": "iop", "probability": 1.0}],
        },
        "iop": {"length_of_stay": fixed(9), "places": ["seats"]},
    }
    records = run(scenario(levels, {"seats": 0}, **parts, **cohort(50, 80)))
    assert where(records.stays, reason="completed").all()
    ended = records.waits["ended"][where(records.waits, level="iop")]
    assert where(records.waits, outcome="relapsed").sum() == 50
    assert ended == pytest.approx(records.spells["ended"][where(records.spells, state="setback")])


# --- the second frailty ---


def test_recovery_is_faster_by_the_second_frailty_and_so_is_return() -> None:
    """Each time is divided by a ratio of the patient's own, the same in both; its logarithm is normal."""

    def recovered(sd: float) -> np.ndarray:
        parts = {"remission": exponential(10), "frailty": {"recovery_sd": sd}}
        records = run(system(PEOPLE, 30_000, USES_ON, **parts))
        return first(records.spells, "started", PEOPLE, where(records.spells, state="well")) - 5

    def came_back(sd: float, probability: float = 1.0) -> np.ndarray:
        records = run(system(PEOPLE, 60, USES_ON, frailty={"recovery_sd": sd}, **back(probability, exponential(10))))
        return first(records.stays, "admitted", PEOPLE, where(records.stays, route="return")) - 5

    ratio = recovered(0.0) / recovered(0.8)
    assert abs(np.log(ratio).mean()) < 4 * 0.8 / np.sqrt(PEOPLE)
    assert abs(np.log(ratio).std() - 0.8) < 4 * 0.8 / np.sqrt(2 * PEOPLE)
    plain, frail = came_back(0.0), came_back(0.8)
    known = np.isfinite(plain) & np.isfinite(frail)
    assert known.mean() > 0.9
    assert plain[known] / frail[known] == pytest.approx(ratio[known], rel=1e-6)


def test_the_second_frailty_does_not_change_who_comes_back() -> None:
    parts = {"frailty": {"sd": 0.0, "recovery_sd": 1.2}, **back(0.3, exponential(0.01))}
    records = run(system(4 * PEOPLE, 12, USES_ON, **parts))
    assert_share(np.isin(np.arange(4 * PEOPLE), records.stays["patient"][where(records.stays, route="return")]), 0.3)


def test_a_spell_begun_without_care_has_a_hazard_ratio_of_its_own() -> None:
    """Everybody recovers on day 9 of use at home, and relapses at three times the hazard, exactly."""

    def hazards(after_remission: float) -> np.ndarray:
        relapse = {"median_days": 1.0, "shape": 1.0, "after_remission": after_remission}
        records = run(system(400, 400, USES_ON, remission=fixed(9), relapse=relapse))
        ends = first(records.spells, "ended", 400, where(records.spells, state="well"))
        return np.log1p(np.where(ends < 400, ends, np.nan) - 14)

    plain, raised = hazards(1.0), hazards(3.0)
    known = np.isfinite(plain)
    assert known.mean() > 0.98
    assert plain[known] / raised[known] == pytest.approx(3.0, rel=1e-6)


# --- death ---

SWIFT = 36_525.0
"""Deaths per 1,000 person-years: 0.1 a day."""


def deaths(records: Records, people: int) -> np.ndarray:
    return first(records.spells, "started", people, where(records.spells, state="dead"))


@pytest.mark.parametrize("state", ["in_care", "well", "unwell"])
def test_death_has_its_hazard_by_state(state: str) -> None:
    """In care until day 5, well at home after it (or using, of those who never become well)."""
    ward = USES_ON if state == "unwell" else {"length_of_stay": fixed(5)}
    died = deaths(run(system(PEOPLE, 400, ward, death={state: SWIFT})), PEOPLE)
    if state == "in_care":
        assert_share(died < 5, 1 - np.exp(-0.5))
        assert np.isinf(died[died >= 5]).all()
    else:
        assert died.min() > 5
        assert_mean(died - 5, 10, 10)


def test_death_in_care_ends_the_stay_and_frees_the_place_at_that_instant() -> None:
    ward = {"length_of_stay": fixed(FOREVER), "places": ["beds"]}
    records = run(system(5, 900, ward, {"beds": 1}, death={"in_care": SWIFT}))
    died = deaths(records, 5)
    assert where(records.stays, reason="died").all()
    assert records.stays["admitted"].tolist() == [0.0, *died[:-1]]
    assert records.stays["discharged"].tolist() == died.tolist()
    assert np.isnan(records.stays["ready"]).all()


def test_death_while_waiting_ends_the_wait() -> None:
    records = run(
        system(200, 900, {"length_of_stay": fixed(5), "places": ["beds"]}, {"beds": 0}, death={"unwell": SWIFT})
    )
    assert where(records.waits, outcome="died").all()
    assert (records.waits["ended"] == deaths(records, 200)).all()


def test_the_dead_are_not_granted_a_place() -> None:
    """The bed opens on day 10, when most of those on the list are dead: it goes to the first who lives."""
    ward = {"length_of_stay": fixed(FOREVER), "places": ["beds"]}
    described = system(60, 12, ward, {"beds": 0}, death={"unwell": SWIFT})
    records = run(described.with_overrides({"places.beds.changes": [{"from_day": 10.0, "capacity": 1}]}))
    died = deaths(records, 60)
    assert (died < 10).sum() > 20
    assert rows(records.stays, "patient", "admitted") == [(int(np.flatnonzero(died > 10)[0]), 10)]


def test_death_while_blocked_ends_stay_and_wait() -> None:
    levels = {
        "ward": {"length_of_stay": fixed(1), "hand_over": "hold", "next": [{"to": "iop", "probability": 1.0}]},
        "iop": {"length_of_stay": fixed(5), "places": ["seats"]},
    }
    records = run(scenario(levels, {"seats": 0}, death={"in_care": SWIFT}, **cohort(200, 900)))
    died = deaths(records, 200)
    blocked = ~np.isnan(records.stays["ready"])
    assert blocked.sum() > 100
    assert where(records.stays, reason="died").all()
    assert (records.stays["discharged"] == died).all()
    iop = where(records.waits, level="iop")
    assert (records.waits["ended"][iop] == died[blocked]).all()
    assert where(records.waits, outcome="died")[iop].all()


def test_nothing_happens_after_death() -> None:
    everything = {
        "relapse": {"median_days": 10.0, "shape": 0.7, "share_of_setbacks": 0.5},
        "setback": {"duration_days": fixed(1), "into_relapse_days": exponential(3)},
        "remission": exponential(20),
        "death": {"in_care": 3_000.0, "well": 6_000.0, "unwell": 9_000.0},
        **back(0.8, exponential(5)),
    }
    ward = {"length_of_stay": exponential(10), "places": ["beds"], "patience": exponential(20)}
    records = run(system(500, 300, ward, {"beds": 100}, **everything))
    died = deaths(records, 500)
    assert 100 < np.isfinite(died).sum() < 500
    for facts, last in ((records.stays, "discharged"), (records.waits, "ended")):
        assert (facts[last] <= died[facts["patient"]]).all()
    alive = ~where(records.spells, state="dead")
    assert (records.spells["ended"][alive] <= np.minimum(died, 300)[records.spells["patient"][alive]]).all()
    dead = ~alive
    assert dead.sum() == np.isfinite(died).sum()
    assert (records.spells["ended"][dead] == 300).all()


def test_windows_begin_anew_with_each_discharge_from_24_hour_care_only() -> None:
    """Ratio 10 for 5 days after the ward, which is 24-hour care; the step-down that follows it is not."""
    levels = {
        "ward": {"length_of_stay": fixed(5), "round_the_clock": True, "next": [{"to": "iop", "probability": 1.0}]},
        "iop": {"length_of_stay": fixed(3)},
    }
    windows = [{"until_day": 5, "ratio": 10.0}]
    death = {"in_care": 3_652.5, "well": 3_652.5, "windows": windows}
    died = deaths(run(scenario(levels, death=death, **cohort(4 * PEOPLE, 200))), 4 * PEOPLE)
    for day, hazard in ((5, 0.05), (8, 0.05 + 0.3), (10, 0.05 + 0.5), (30, 0.05 + 0.5 + 0.2)):
        assert_share(died > day, float(np.exp(-hazard)))


def test_windows_are_closed_by_24_hour_care_and_begin_anew_when_it_is_left() -> None:
    """Out on day 5, in again from day 8 to 13: the window of the first ward goes on neither there nor afterwards."""
    levels = {
        "ward": {
            "length_of_stay": fixed(5),
            "round_the_clock": True,
            "next": [{"to": "second", "probability": 1.0, "delay_days": fixed(3)}],
        },
        "second": {"length_of_stay": fixed(5), "round_the_clock": True},
    }
    windows = [{"until_day": 30, "ratio": 10.0}]
    death = {"in_care": 3_652.5, "well": 3_652.5, "windows": windows}
    died = deaths(run(scenario(levels, death=death, **cohort(4 * PEOPLE, 200))), 4 * PEOPLE)
    # 0.01 a day, tenfold for the three days between, not in the second ward, tenfold again for 30 days after it.
    for day, hazard in ((5, 0.05), (8, 0.05 + 0.3), (13, 0.35 + 0.05), (43, 0.4 + 3.0)):
        assert_share(died > day, float(np.exp(-hazard)))
