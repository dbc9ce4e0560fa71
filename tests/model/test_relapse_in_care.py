"""Relapse in care: discharge, go on, or step up; days to remission; what protects and for how long."""

from typing import Any

import numpy as np
import pytest
from model.histories import assert_share, first, rows, run, where
from support import cohort, exponential, fixed, scenario

from sim.model import Records
from sim.scenario import Scenario

DAY_20 = {"relapse": {"median_days": 20.0, "shape": 50.0}}
"""Relapse after 16 to 25 exposed days."""

PEOPLE = 2_000


def iop(people: int, days: float = 100.0, levels: dict[str, Any] | None = None, **level: Any) -> Scenario:
    """A programme of 50 days in which people relapse around day 20."""
    places = level.pop("room", {})
    return scenario(
        {"iop": {"length_of_stay": fixed(50), **level}, **(levels or {})}, places, **{**DAY_20, **cohort(people, days)}
    )


def relapses(records: Records) -> np.ndarray:
    """Start of use, of everyone who starts after day 0, in the order of patients and time."""
    return records.spells["started"][where(records.spells, state="unwell") & (records.spells["started"] > 0)]


def test_discharge_ends_the_stay_at_the_relapse() -> None:
    records = run(iop(50, on_relapse={"discharge": 1.0}))
    assert where(records.stays, reason="relapsed").all()
    assert (records.stays["discharged"] == relapses(records)).all()
    assert records.stays["discharged"].min() > 15
    assert np.isnan(records.stays["ready"]).all()


def test_discharge_frees_the_place_at_that_instant() -> None:
    records = run(iop(2, on_relapse={"discharge": 1.0}, places=["seats"], room={"seats": 1}))
    assert records.stays["admitted"][1] == records.stays["discharged"][0] == relapses(records)[0]


def test_continue_treats_in_place_and_the_stay_goes_on_to_its_plan() -> None:
    records = run(iop(50, on_relapse={"continue": 1.0}))
    assert rows(records.stays, "admitted", "discharged", "reason") == [(0, 50, "completed")] * 50
    in_care = records.spells["started"] < 50
    assert (where(records.spells, state="unwell") & in_care).sum() >= 3 * 50
    # Well again at once: spells of use in care have no length.
    unwell = where(records.spells, state="unwell") & in_care
    assert (records.spells["ended"][unwell] == records.spells["started"][unwell]).all()


def test_days_to_remission_from_admission_and_after_each_relapse() -> None:
    records = run(iop(1, on_relapse={"continue": 1.0}, days_to_remission=fixed(4)))
    spells = [row for row in rows(records.spells, "state", "started", "ended") if row[2] <= 50]
    assert spells[0] == ("unwell", 0, 4)
    assert [state for state, *_ in spells] == ["unwell", "well"] * (len(spells) // 2)
    for state, started, ended in spells:
        if state == "unwell":
            assert ended - started == pytest.approx(4)
        else:
            assert 16 < ended - started < 25


def test_days_to_remission_have_the_stated_distribution() -> None:
    records = run(iop(PEOPLE, on_relapse={"continue": 1.0}, days_to_remission=exponential(5.0)))
    days = first(records.spells, "started", PEOPLE, where(records.spells, state="well"))
    for day in (1.0, 5.0, 15.0):
        assert_share(days > day, float(np.exp(-day / 5)))


def test_who_leaves_before_being_well_goes_home_unwell() -> None:
    system = iop(1, days_to_remission=fixed(60), days=80.0).with_overrides({"remission": fixed(1_000)})
    assert rows(run(system).spells, "state", "started", "ended") == [("unwell", 0, 80)]


def test_days_to_remission_begin_anew_in_the_next_level() -> None:
    """8 of 10 days in the first level do not count in the second, where it takes 5."""
    levels = {
        "detox": {
            "length_of_stay": fixed(8),
            "days_to_remission": fixed(10),
            "next": [{"to": "ward", "probability": 1.0}],
        },
        "ward": {"length_of_stay": fixed(20), "days_to_remission": fixed(5)},
    }
    assert rows(run(scenario(levels, **cohort(1, 28))).spells, "state", "started", "ended") == [
        ("unwell", 0, 13),
        ("well", 13, 28),
    ]


def test_without_days_to_remission_admission_makes_well() -> None:
    assert rows(run(iop(1, days=10.0)).spells, "state", "started", "ended") == [("unwell", 0, 0), ("well", 0, 10)]


def test_later_being_well_is_a_new_draw() -> None:
    """Somebody who had not become well when a stay ended has the stated chance in the next one, not less.

    Stays of 10 days and a mean of 10 days to remission: of those still unwell after the first stay, 1 - 1/e become
    well in the second.
    """
    system = scenario(
        {"ward": {"length_of_stay": fixed(10), "days_to_remission": exponential(10)}},
        return_to_care={"probability": 1.0, "delay_days": fixed(1)},
        **cohort(PEOPLE, 21),
    )
    spells = run(system).spells
    days = first(spells, "started", PEOPLE, where(spells, state="well"))
    still_unwell = days > 10
    assert_share(~still_unwell, 1 - np.exp(-1))
    assert_share(days[still_unwell] < 21, 1 - np.exp(-1))


def with_residential(**iop_level: Any) -> Scenario:
    """Two patients, one seat and one bed; relapse steps up to residential care."""
    residential = {"length_of_stay": fixed(10), "places": ["beds"], "relapse_exposure": 0.0}
    return iop(
        2,
        levels={"residential": residential},
        on_relapse={"step_up": 1.0},
        step_up_to="residential",
        places=["seats"],
        room={"seats": 1, "beds": 1},
        **iop_level,
    )


def test_step_up_releases_the_place_at_once_and_asks_for_the_higher_level() -> None:
    records = run(with_residential())
    day = round(float(relapses(records)[0]), 6)
    columns = ("patient", "level", "route", "asked", "admitted", "discharged", "reason", "next_level")
    assert rows(records.stays, *columns)[:2] == [
        (0, "iop", "entry", 0, 0, day, "transferred", "residential"),
        (0, "residential", "step_up", day, day, day + 10, "completed", None),
    ]
    # The seat goes to the next at that instant.
    assert rows(records.stays, "patient", "level", "admitted")[2] == (1, "iop", day)


def test_step_up_waits_at_home_whatever_the_hand_over() -> None:
    """No bed: the seat is free at once, and the patient waits, using, until patience ends."""
    system = with_residential(hand_over="hold").with_overrides(
        {"places.beds.capacity": 0, "levels.residential.patience": fixed(7)}
    )
    records = run(system)
    day = round(float(relapses(records)[0]), 6)
    wait = [row for row in rows(records.waits, "level", "route", "asked", "ended", "outcome", "held_level") if row[2]]
    assert wait[0] == ("residential", "step_up", day, day + 7, "reneged", None)
    assert rows(records.stays, "admitted")[1] == (day,)
    assert rows(records.spells, "state", "started", "ended")[-1][0] == "unwell"


def test_step_up_while_blocked_leaves_the_list_for_the_next_level() -> None:
    system = iop(
        1,
        levels={
            "residential": {"length_of_stay": fixed(10), "relapse_exposure": 0.0},
            "outpatient": {"length_of_stay": fixed(10), "places": ["slots"]},
        },
        on_relapse={"step_up": 1.0},
        step_up_to="residential",
        hand_over="hold",
        next=[{"to": "outpatient", "probability": 1.0}],
        places=["seats"],
        room={"seats": 1, "slots": 0},
    ).with_overrides({"levels.iop.length_of_stay.value": 5.0})
    records = run(system)
    day = round(float(relapses(records)[0]), 6)
    assert rows(records.waits, "level", "asked", "ended", "outcome", "held_level")[1:3] == [
        ("outpatient", 5, day, "relapsed", "iop"),
        ("residential", day, day, "admitted", None),
    ]
    assert rows(records.stays, "level", "ready", "discharged", "reason", "next_level")[:2] == [
        ("iop", 5, day, "transferred", "residential"),
        ("residential", day + 10, day + 10, "completed", None),
    ]


def test_the_three_answers_have_their_shares() -> None:
    records = run(
        iop(
            PEOPLE,
            levels={"residential": {"length_of_stay": fixed(10), "relapse_exposure": 0.0}},
            on_relapse={"discharge": 0.5, "continue": 0.3, "step_up": 0.2},
            step_up_to="residential",
        )
    )
    # Relapses are 16 days apart at least, so before day 32 everyone has met exactly one.
    early = where(records.stays, level="iop") & (records.stays["discharged"] < 32)
    assert_share(
        np.isin(np.arange(PEOPLE), records.stays["patient"][early & where(records.stays, reason="relapsed")]), 0.5
    )
    assert_share(
        np.isin(np.arange(PEOPLE), records.stays["patient"][early & where(records.stays, reason="transferred")]), 0.2
    )


def test_each_relapse_is_answered_anew() -> None:
    """With an even chance to go on, half of those who went on after one relapse go on after the next."""
    records = run(iop(PEOPLE, on_relapse={"discharge": 0.5, "continue": 0.5}))
    ended = records.stays["discharged"]
    assert_share(ended < 30, 0.5)
    assert_share(ended[ended >= 32] < 50, 0.5)


def test_without_exposure_nobody_relapses() -> None:
    records = run(iop(50, relapse_exposure=0.0, days=49.0))
    assert len(relapses(records)) == 0


@pytest.mark.parametrize("exposure", [0.5, 2.0])
def test_exposure_is_in_exposed_days_a_day(exposure: float) -> None:
    """Half exposed, the relapse of day 20 comes on day 40; doubly exposed, on day 10."""
    plain, changed = (run(iop(50, relapse_exposure=each)) for each in (1.0, exposure))
    before, after = (first(each.spells, "started", 50, _relapsed(each)) for each in (plain, changed))
    in_care = after < 50
    assert in_care.sum() > 30
    assert after[in_care] == pytest.approx(before[in_care] / exposure, rel=1e-9)


def _relapsed(records: Records) -> np.ndarray:
    return where(records.spells, state="unwell") & (records.spells["started"] > 0)


def hazards(levels: dict[str, Any], days_in_care: float) -> np.ndarray:
    """Baseline hazard (log-logistic, median 1, shape 1) from leaving care to the first relapse, patient by patient.

    NaN for the few who do not relapse within the run.
    """
    records = run(scenario(levels, relapse={"median_days": 1.0, "shape": 1.0}, **cohort(400, 30_000)))
    days = first(records.spells, "started", 400, _relapsed(records))
    assert (days > days_in_care).all()
    return np.log1p(np.where(np.isfinite(days), days, np.nan) - days_in_care)


def assert_ratio(plain: np.ndarray, changed: np.ndarray, ratio: float) -> None:
    """The same hazard ratio for everyone of whom both are known."""
    known = np.isfinite(plain) & np.isfinite(changed)
    assert known.sum() > 100
    assert plain[known] / changed[known] == pytest.approx(ratio, rel=1e-4)


def protected(days: float, **level: Any) -> dict[str, Any]:
    return {"length_of_stay": fixed(days), "relapse_exposure": 0.0, **level}


def test_relapse_ratio_of_a_level_holds_until_the_next_admission() -> None:
    plain = hazards({"ward": protected(10)}, 10)
    assert_ratio(plain, hazards({"ward": protected(10, relapse_ratio=2.5)}, 10), 2.5)
    onward = {
        "ward": protected(10, relapse_ratio=2.5, next=[{"to": "iop", "probability": 1.0}]),
        "iop": protected(10, relapse_ratio=2.0),
    }
    assert_ratio(plain, hazards(onward, 20), 2.0)


def test_lasting_benefits_of_levels_multiply_and_are_capped_each() -> None:
    """10 days at 0.25 for 20 days make 0.5; 12 of the 30 days at 0.8 for 6 days make 0.64."""
    levels = {
        "ward": protected(
            10,
            lasting_benefit={"hazard_ratio": 0.25, "at_days": 20.0, "max_days": 90.0},
            next=[{"to": "iop", "probability": 1.0}],
        ),
        "iop": protected(30, lasting_benefit={"hazard_ratio": 0.8, "at_days": 6.0, "max_days": 12.0}),
    }
    assert_ratio(hazards({"ward": protected(40)}, 40), hazards(levels, 40), 0.32)


def test_the_benefit_of_several_stays_in_one_level_is_capped_together() -> None:
    """0.5 for 15 days: 10 days make 0.5 ** (2/3), and any number of further stays of 10 days at most 0.5."""
    benefit = {"hazard_ratio": 0.5, "at_days": 15.0, "max_days": 15.0}
    levels = {
        "ward": protected(10, lasting_benefit=benefit, next=[{"to": "iop", "probability": 0.5}]),
        "iop": protected(5, next=[{"to": "ward", "probability": 1.0}]),
    }
    plain = hazards({"ward": protected(10)}, 10)
    records = run(scenario(levels, relapse={"median_days": 1.0, "shape": 1.0}, **cohort(400, 30_000)))
    visits = np.bincount(records.stays["patient"][where(records.stays, level="ward")], minlength=400)
    # A stay in the ward is followed by 5 days on the way to the next.
    days = first(records.spells, "started", 400, _relapsed(records)) - (15.0 * visits - 5.0)
    hazard = np.log1p(np.where(np.isfinite(days), days, np.nan))
    assert_ratio(plain[visits == 1], hazard[visits == 1], 0.5 ** (10 / 15))
    assert_ratio(plain[visits > 1], hazard[visits > 1], 0.5)


def spell_hazards(levels: dict[str, Any], **parts: Any) -> tuple[np.ndarray, np.ndarray]:
    """Baseline hazard (median 1, shape 1) until the end of the first two spells of being well; NaN where there is none.

    Nobody uses in care, which lasts from day 0 to day 10.
    """
    records = run(scenario(levels, relapse={"median_days": 1.0, "shape": 1.0}, **parts, **cohort(400, 400)))
    out = np.full((2, 400), np.nan)
    for patient in range(400):
        mine = records.spells["patient"] == patient
        begun = records.spells["started"][mine & _relapsed(records)][:2]
        well = records.spells["started"][mine & where(records.spells, state="well")][:2]
        out[: len(begun), patient] = np.log1p(begun - np.maximum(well, 10)[: len(begun)])
    return out[0], out[1]


BENEFIT = {"hazard_ratio": 0.5, "at_days": 10.0, "max_days": 90.0}


def test_a_relapse_ends_the_benefit_of_care() -> None:
    """10 days make 0.5 until the relapse at home; the spell that follows without care has none of it."""
    plain = spell_hazards({"ward": protected(10)}, remission=fixed(3))
    lasting = spell_hazards({"ward": protected(10, lasting_benefit=BENEFIT)}, remission=fixed(3))
    assert_ratio(plain[0], lasting[0], 0.5)
    assert_ratio(plain[1], lasting[1], 1.0)


def test_days_in_care_count_anew_after_a_relapse() -> None:
    """Each time 10 days of the ward make 0.5; were those before the relapse counted on, the second would make 0.25."""
    back = {"return_to_care": {"probability": 1.0, "delay_days": fixed(3)}}

    def second(**level: Any) -> np.ndarray:
        ward = protected(10, **level)
        records = run(scenario({"ward": ward}, relapse={"median_days": 1.0, "shape": 1.0}, **back, **cohort(400, 900)))
        days = np.full(400, np.nan)
        for patient in range(400):
            mine = records.spells["patient"] == patient
            begun = records.spells["started"][mine & _relapsed(records)]
            out = records.stays["discharged"][records.stays["patient"] == patient]
            if len(begun) > 1:
                days[patient] = begun[1] - out[1]
        return np.log1p(days)

    assert_ratio(second(), second(lasting_benefit=BENEFIT), 0.5)


def test_days_in_care_before_a_relapse_that_is_treated_in_place_do_not_count() -> None:
    """One relapse within 30 days of care: only the days since then lower the hazard at home, by 0.5 for 10 of them."""
    relapse = {"median_days": 20.0, "shape": 1.0}
    level = {"length_of_stay": fixed(30), "on_relapse": {"continue": 1.0}}

    def spells(**more: Any) -> tuple[np.ndarray, np.ndarray]:
        records = run(scenario({"ward": {**level, **more}}, relapse=relapse, **cohort(400, 30_000)))
        in_care, later = np.full(400, np.nan), np.full(400, np.nan)
        for patient in range(400):
            begun = records.spells["started"][(records.spells["patient"] == patient) & _relapsed(records)]
            if len(begun) == 2 and begun[0] < 30 <= begun[1]:
                in_care[patient], later[patient] = begun
        return in_care, later

    def at(days: np.ndarray) -> np.ndarray:
        return np.log1p(days / 20)

    (first_plain, plain), (first_lasting, lasting) = spells(), spells(lasting_benefit=BENEFIT)
    known = np.isfinite(plain) & np.isfinite(lasting)
    assert known.sum() > 50
    first, plain, lasting = first_plain[known], plain[known], lasting[known]
    assert first == pytest.approx(first_lasting[known])
    out = at(30 - first)
    ratio = (at(plain - first) - out) / (at(lasting - first) - out)
    assert ratio == pytest.approx(0.5 ** ((30 - first) / 10), rel=1e-6)


def test_a_stay_has_no_lasting_benefit_before_it_ends() -> None:
    """Exposed in care, the relapse that ends the stay comes when it would have come without the benefit."""
    benefit = {"hazard_ratio": 0.1, "at_days": 1.0, "max_days": 90.0}
    plain, lasting = run(iop(50)), run(iop(50, lasting_benefit=benefit))
    assert (
        first(plain.spells, "started", 50, _relapsed(plain)) == first(lasting.spells, "started", 50, _relapsed(lasting))
    ).all()


def test_a_stay_of_no_end_within_the_run_is_cut_off() -> None:
    records = run(iop(1, days=10.0))
    assert rows(records.stays, "ready", "discharged", "reason") == [(None, 10, "end_of_follow_up")]
