"""The event log: every event once, in the order in which it happened, at the right instant."""

import math
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outcomes.build import Row, at_random, clinic, course, records, stay, wait
from support import exponential, fixed, scenario

import sim
from sim.experiment.result import RecordsNotKept, Study
from sim.model.records import Records
from sim.report.exports.event_log import event_log, study_log, timestamps
from sim.scenario.schema.condition import BUILT_IN

START = date(2025, 1, 6)
ADDICTION = BUILT_IN["addiction"]
TABLES = ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")
BED = {"places": ["bed"], "length_of_stay": exponential(6), "dropout": exponential(20)}


def frames(facts: Records) -> dict[str, pd.DataFrame]:
    return {name: getattr(facts, name).frame() for name in TABLES}


def log_of(arrived: list[float], setbacks: bool = False, **rows: list[Row]) -> pd.DataFrame:
    facts = frames(records(clinic(), arrived, **rows))
    return event_log(facts, START, setbacks=setbacks, condition=ADDICTION)


def told(log: pd.DataFrame, case: str = "0/0") -> list[tuple[str, float]]:
    mine = log[log["case"] == case]
    return list(zip(mine["activity"], mine["day"], strict=True))


def held_wait(patient: int, level: str, asked: float, ended: float, held: str) -> Row:
    return wait(patient, level, asked, ended, route="step_down", held=held)


def test_a_life_in_order() -> None:
    log = log_of(
        [110.0],
        waits=[wait(0, "detox", 110, 112), wait(0, "residential", 117, 117, route="step_down")],
        stays=[
            stay(0, "detox", 112, 117, next_level="residential"),
            stay(0, "residential", 117, 130, "relapsed", route="step_down"),
        ],
        spells=[(0, "unwell", 110, 112), (0, "well", 112, 130), (0, "unwell", 130, 150), (0, "dead", 150, 300)],
    )
    assert told(log) == [
        ("ask for detox", 110),
        ("stay in detox", 112),
        ("become abstinent", 112),
        ("stay in detox", 117),
        ("ask for residential", 117),
        ("stay in residential", 117),
        ("relapse", 130),
        ("stay in residential", 130),
        ("die", 150),
    ]
    assert list(log["stay"].fillna(-1)) == [0, 0, -1, 0, 1, 1, -1, 1, -1]
    assert list(log["places"].fillna("")) == ["", "bed", "", "bed", "", "bed+meal", "", "bed+meal", ""]
    assert list(log["route"].fillna("")) == ["entry", "entry", "", "", "step_down", "step_down", "", "", ""]
    assert list(log["reason"].dropna()) == ["completed", "relapsed"]
    assert log["lifecycle"].tolist() == [["complete", "start"][each == "admit"] for each in log["kind"]]
    ended = log[log["kind"] == "discharge"]
    assert (ended["timestamp"] - ended["start_timestamp"]).dt.days.tolist() == [5, 13]
    others = log[log["kind"] != "discharge"]
    assert (others["timestamp"] == others["start_timestamp"]).all()


def test_asking_from_a_place_that_is_kept_comes_before_leaving_it() -> None:
    log = log_of(
        [110.0],
        waits=[wait(0, "detox", 110, 110), held_wait(0, "residential", 115, 115, "detox")],
        stays=[stay(0, "detox", 110, 115), stay(0, "residential", 115, 120, route="step_down")],
    )
    assert [activity for activity, _ in told(log)] == [
        *("ask for detox", "stay in detox", "ask for residential", "stay in detox"),
        *("stay in residential", "stay in residential"),
    ]


def test_an_interim_service_of_no_length_is_entered_before_asking_and_left_after_it() -> None:
    log = log_of(
        [110.0],
        waits=[wait(0, "residential", 110, 110), wait(0, "iop", 115, 115, route="step_down")],
        stays=[
            stay(0, "residential", 110, 115),
            stay(0, "outpatient", 115, 115, "transferred", route="step_down", interim=True),
            stay(0, "iop", 115, 120, route="step_down"),
        ],
    )
    assert [activity for activity, _ in told(log)][2:-1] == [
        *("stay in residential", "stay in outpatient", "ask for iop"),
        *("stay in outpatient", "stay in iop"),
    ]


def test_a_relapse_that_leads_into_another_level_at_once_comes_before_all_that_follows_from_it() -> None:
    log = log_of(
        [110.0],
        waits=[wait(0, "iop", 110, 110), wait(0, "outpatient", 115, 115, route="step_up")],
        stays=[
            stay(0, "iop", 110, 115, "transferred", ready=float("nan")),
            stay(0, "outpatient", 115, 120, route="step_up"),
        ],
        spells=[(0, "well", 110, 115), (0, "unwell", 115, 115), (0, "well", 115, 300)],
    )
    assert [activity for activity, day in told(log) if day == 115] == [
        *("relapse", "stay in iop", "ask for outpatient"),
        *("stay in outpatient", "become abstinent"),
    ]


def test_turned_away_blocked_and_cut_off() -> None:
    log = log_of(
        [110.0, 120.0],
        waits=[
            wait(0, "detox", 110, 113, "reneged"),
            wait(0, "iop", 140, 141, "no_show", "return"),
            wait(0, "iop", 150, 151, "relapsed", "step_down"),
            wait(0, "detox", 290, 300, "end_of_follow_up", "return"),
            wait(1, "detox", 120, 120),
        ],
        stays=[stay(1, "detox", 120, 300, "end_of_follow_up", ready=125)],
    )
    assert told(log) == [
        *(("ask for detox", 110), ("give up waiting for detox", 113)),
        *(("ask for iop", 140), ("miss the admission to iop", 141)),
        *(("ask for iop", 150), ("leave the list of iop", 151), ("ask for detox", 290)),
    ]
    assert told(log, "0/1") == [("ask for detox", 120), ("stay in detox", 120), ("be ready to leave detox", 125)]
    assert list(log["stay"].dropna()) == [0, 0, 0]


def test_setbacks_are_events_only_when_asked_for() -> None:
    spells = [(0, "well", 110, 120), (0, "setback", 120, 121), (0, "well", 121, 130), (0, "setback", 130, 131)]
    spells.append((0, "unwell", 131, 300))
    assert told(log_of([110.0], spells=spells)) == [("relapse", 131)]
    assert told(log_of([110.0], setbacks=True, spells=spells)) == [
        *(("lapse", 120), ("end lapse", 121), ("lapse", 130), ("relapse", 131)),
    ]


def test_days_are_instants_to_the_microsecond() -> None:
    days = np.array([0.0, 0.5, 1.25, 1 / 86_400_000_000, -1.5, 36_525 + 1e-6])
    expected = [
        datetime(2025, 1, 6),
        datetime(2025, 1, 6, 12),
        datetime(2025, 1, 7, 6),
        datetime(2025, 1, 6, 0, 0, 0, 1),
        datetime(2025, 1, 4, 12),
        datetime(2125, 1, 7, 0, 0, 0, 86_400),
    ]
    instants = timestamps(days, START)
    assert [instant.to_pydatetime() for instant in instants] == [day.replace(tzinfo=UTC) for day in expected]


def test_nobody_at_all() -> None:
    log = log_of([])
    assert len(log) == 0
    assert {"case", "activity", "timestamp", "case:arrived", "case:cohort"} <= set(log)
    assert "case:frailty" not in log


def first_word_is(log: pd.DataFrame, word: str) -> pd.Series:
    return log["activity"].str.split(" ").str[0] == word


@pytest.mark.parametrize("seed", range(5))
def test_every_record_has_its_events_whatever_happened(seed: int) -> None:
    facts = frames(at_random(clinic(), 60, seed))
    log = event_log(facts, START, setbacks=True, condition=ADDICTION)
    stays, waits, spells = (facts[name] for name in TABLES[1:4])
    first_word = log["activity"].str.split(" ").str[0].value_counts()
    assert first_word["ask"] == len(waits)
    lifecycle = log.loc[first_word_is(log, "stay"), "lifecycle"].value_counts()
    assert lifecycle["start"] == len(stays)
    assert lifecycle.get("complete", 0) == (stays["reason"] != "end_of_follow_up").sum()
    assert first_word.get("be", 0) == (stays["ready"] < stays["discharged"]).sum()
    away = ("give", "miss", "leave")
    assert (
        sum(first_word.get(word, 0) for word in away) == waits["outcome"].isin(["reneged", "no_show", "relapsed"]).sum()
    )
    called = {
        "ask": "ask",
        "be": "ready",
        **dict.fromkeys(away, "leave_list"),
    }
    kinds = log["activity"].str.split(" ").str[0].map(called).fillna("state")
    stay_kinds = log["lifecycle"].map({"start": "admit", "complete": "discharge"})
    kinds = kinds.where(~first_word_is(log, "stay"), stay_kinds)
    assert log["kind"].tolist() == kinds.tolist()
    assert first_word.get("die", 0) == (spells["state"] == "dead").sum()
    assert (log.groupby("case", sort=False)["timestamp"].diff().dropna() >= pd.Timedelta(0)).all()


HAND_OVERS = {"hold": {"hand_over": "hold"}, "release": {}, "bridge": {"hand_over": "bridge", "bridge": "drop_in"}}


@pytest.mark.parametrize("hand_over", HAND_OVERS)
@pytest.mark.parametrize("seats", [1, 50])
def test_a_simulated_log_can_be_followed(hand_over: str, seats: int) -> None:
    ward = {**BED, **HAND_OVERS[hand_over], "patience": exponential(9), "no_show": 0.1}
    ward["next"] = [{"to": "group", "probability": 0.8, "after": ["completed", "transferred"]}]
    ward["on_relapse"] = {"discharge": 0.3, "continue": 0.4, "step_up": 0.3}
    levels: dict[str, Any] = {
        "ward": {**ward, "step_up_to": "detox", "transfer": exponential(30)},
        "group": {"places": ["seat"], "length_of_stay": exponential(10), "patience": exponential(5)},
        "detox": {"length_of_stay": fixed(3)},
        "drop_in": {"length_of_stay": fixed(300)},
    }
    described = scenario(
        levels,
        {"bed": 5, "seat": seats},
        relapse={"median_days": 15.0, "shape": 1.0},
        return_to_care={"probability": 0.5, "delay_days": exponential(10)},
        death={"in_care": 200.0, "well": 200.0, "unwell": 400.0},
        initial={"ward": {"in_care": 3, "waiting": 4}},
    )
    result = sim.run(described, 2, seed=4, keep_records=True)
    log = study_log(Study({"": result}))
    assert log["case"].nunique() == len(result.patients)
    for _, events in log.groupby("case", sort=False):
        follow(events)


def follow(events: pd.DataFrame) -> None:
    """Nobody is in two levels, leaves where they are not, is admitted without having asked, or does anything dead."""
    here, asked, alive = None, None, True
    for event in events.itertuples():
        word = event.kind if event.kind in ("admit", "discharge") else event.activity.split(" ")[0]
        assert alive, events.to_string()
        if word == "ask":
            assert asked is None, events.to_string()
            asked = event.level
        elif word == "admit":
            assert here is None, events.to_string()
            assert asked == event.level or event.level == "drop_in" or event.route == "initial", events.to_string()
            here, asked = event.level, None if asked == event.level else asked
        elif word in ("discharge", "be"):
            assert here == event.level, events.to_string()
            here = None if word == "discharge" else here
        elif word in ("give", "miss", "leave"):
            assert asked == event.level, events.to_string()
            asked = None
        elif word == "die":
            assert here is None
            alive = False


def test_every_case_begins_on_the_day_that_it_arrived_and_nobody_is_left_out() -> None:
    """Those in care or waiting on day 0, those at home then, and newcomers: their first event is where they arrived."""
    days = exponential(100)
    described = scenario(
        {"ward": {**BED, "next": [{"to": "group", "probability": 0.5}]}, "group": {"length_of_stay": exponential(9)}},
        {"bed": 6},
        relapse={"median_days": 90.0, "shape": 1.0},
        return_to_care={"probability": 0.5, "delay_days": exponential(10)},
        initial={"ward": {"in_care": 6, "waiting": 3}, "group": {"in_care": 5, "waiting": 0}},
        known={"well": {"people": 20, "days": days}, "unwell": {"people": 20, "days": days}},
    )
    result = sim.run(described, 2, seed=1, keep_records=True)
    log = study_log(Study({"": result}))
    assert log["case"].nunique() == len(result.patients)
    first = log.groupby("case", sort=False).first()
    assert (first["day"] == first["case:arrived"]).all()
    before = log[log["day"] < 0]
    assert before["kind"].value_counts().to_dict() == {"admit": 22, "known": 80}
    assert set(before.loc[before["kind"] == "admit", "route"]) == {"initial"}
    assert log["kind"].eq("known").sum() == 80


def test_scenarios_and_replications_are_chosen_by_name() -> None:
    described = scenario({"ward": BED}, {"bed": 30})
    study = sim.compare({"a": described, "b/0": described}, 2, seed=1, keep_records=True)
    log = study_log(study)
    assert log["case"].nunique() == len(study.results["a"].patients) * 2
    only = study_log(study, "b/0", 1)
    assert set(only["scenario"]) == {"b/0"}
    assert set(only["replication"]) == {1}
    pd.testing.assert_frame_equal(
        only.reset_index(drop=True),
        log[(log["scenario"] == "b/0") & (log["replication"] == 1)].reset_index(drop=True),
    )
    with pytest.raises(ValueError, match=r"no scenario 'c'; choose from 'a', 'b/0'"):
        study_log(study, "c")
    with pytest.raises(ValueError, match="no replication 2; choose from 0 to 1"):
        study_log(study, replication=2)


def test_records_must_have_been_kept() -> None:
    study = sim.compare({"a": scenario({"ward": BED}, {"bed": 30})}, 1, seed=1)
    with pytest.raises(RecordsNotKept, match="--keep-records"):
        study_log(study)


def test_medication_begins_within_the_stay_and_ends_before_it_or_at_home() -> None:
    described = clinic(medications={"pills": {"levels": ["detox"], "probability": 1.0}})
    facts = records(
        described,
        [110.0, 120.0],
        stays=[stay(0, "detox", 110, 117), stay(0, "iop", 117, 130, route="step_down"), stay(1, "detox", 120, 125)],
        medications=[
            course(0, "pills", 110, 110, 117, "not_continued", "detox"),
            course(0, "pills", 117, 118, 140, "stopped", "iop"),
            course(1, "pills", 120, math.nan, 120, "declined", "detox"),
            course(1, "pills", 125, 126, 300, "end_of_follow_up"),
        ],
    )
    log = event_log(frames(facts), START)
    assert told(log) == [
        ("stay in detox", 110),
        ("start pills", 110),
        ("stop pills", 117),
        ("stay in detox", 117),
        ("stay in iop", 117),
        ("start pills", 118),
        ("stay in iop", 130),
        ("stop pills", 140),
    ]
    assert told(log, "0/1") == [
        ("stay in detox", 120),
        ("stay in detox", 125),
        ("start pills", 126),
    ]
    medication = log[log["kind"] == "medication"]
    assert medication["reason"].dropna().tolist() == ["not_continued", "stopped"]
