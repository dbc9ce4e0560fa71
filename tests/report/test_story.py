"""Two journeys of one patient, told from records made by hand and from simulated ones."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from outcomes.build import clinic, course, records, stay, wait
from random_scenarios import build, descriptions
from support import briefly, cohort, fixed, scenario

import sim
from sim.model import Records, replicate
from sim.outcomes import metrics
from sim.outcomes.observed import Observed
from sim.report import story as stories
from sim.report.journey import read_journey
from sim.report.story import closing, finding, most_changed, story_lines
from sim.scenario import Scenario
from sim.scenario.schema.condition import BUILT_IN

Tables = dict[str, pd.DataFrame]

story = partial(stories.story, condition=BUILT_IN["addiction"])


def tables(facts: Records) -> Tables:
    return {
        name: getattr(facts, name).frame()
        for name in ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")
    }


def told(spells: Iterable[Any], stays: Iterable[Any] = (), waits: Iterable[Any] = ()) -> Tables:
    """One patient, who asks on day 100 and is followed to day 200."""
    facts = tables(records(clinic(), [100.0], stays=stays, waits=waits, spells=spells))
    facts["patients"] = facts["patients"].assign(severity="severe", co_occurring="no")
    return facts


SHORT = told(
    spells=[(0, "unwell", 100, 103), (0, "well", 103, 150), (0, "unwell", 150, 300)],
    stays=[stay(0, "residential", 103, 130)],
    waits=[wait(0, "residential", 100, 103)],
)
LINKED = told(
    spells=[
        *((0, "unwell", 100, 103), (0, "well", 103, 160), (0, "setback", 160, 162), (0, "well", 162, 170)),
        *((0, "setback", 170, 170.5), (0, "well", 170.5, 300)),
    ],
    stays=[
        stay(0, "residential", 103, 132, ready=130, next_level="iop"),
        stay(0, "iop", 132, 300, "end_of_follow_up", route="step_down"),
    ],
    waits=[wait(0, "residential", 100, 103), wait(0, "iop", 130, 132, route="step_down")],
)
LABELS = ("today", "hand-over")


def rows(base: Tables, alternative: Tables) -> list[tuple[float, str, str]]:
    return list(story(base, alternative, 0, LABELS, 100.0).rows.itertuples(index=False, name=None))


def test_two_journeys_side_by_side() -> None:
    assert rows(SHORT, LINKED) == [
        (0.0, "asks for residential", "asks for residential"),
        (3.0, *["is admitted to residential, after 3.0 days; becomes abstinent"] * 2),
        (
            30.0,
            "completes residential",
            "is ready to leave residential, linked to iop, and keeps the place; asks for iop",
        ),
        (32.0, "", "completes residential; is admitted to iop, after 2.0 days"),
        (50.0, "relapses", ""),
        (60.0, "", "2 lapses, days 60 to 70, 2.5 days in all"),
        (100.0, "end of follow-up: using, at home", "end of follow-up: abstinent, in iop"),
    ]


def test_as_text() -> None:
    one = story(SHORT, LINKED, 0, LABELS, 100.0)
    lines = story_lines(one, width=90)
    assert lines[0] == "Patient 0: severity severe, co_occurring no"
    assert lines[2].split() == ["day", "today", "hand-over"]
    assert lines[4].split() == ["0.0", "asks", "for", "residential", '"']
    assert max(map(len, lines)) <= 90
    assert " ".join(lines[-2:]) == closing(one)
    assert closing(one) == (
        "With hand-over: linked to iop, 48 more days abstinent. In 100 days: 97 days in care instead of 27; "
        "94 days abstinent instead of 47; 0 relapses instead of 1."
    )
    assert finding(one) == "linked to iop, 48 more days abstinent"
    assert finding(story(LINKED, SHORT, 0, LABELS, 100.0)) == "does not reach iop, 48 fewer days abstinent"


def test_the_same_journey() -> None:
    one = story(SHORT, SHORT, 0, LABELS, 100.0)
    assert finding(one) == "the same journey"
    assert closing(one) == (
        "The same journey. In 100 days: 27 days in care, as before; 47 days abstinent, as before; 1 relapse, as before."
    )
    assert sum('"' in line for line in story_lines(one)) == len(one.rows)


def test_visits_alone_tell_two_journeys_apart() -> None:
    described = clinic(emergencies={"crisis": {"unwell": 1.0}, "fall": {"unwell": 1.0}})
    visits = [(0, "crisis", None, 140.0, None), (0, "crisis", None, 150.0, None), (0, "fall", None, 160.0, None)]
    none, one, all_three = (tables(records(described, [100.0], emergencies=visits[:n])) for n in (0, 1, 3))
    assert finding(story(none, one, 0, LABELS, 100.0)) == "1 more emergency visit (crisis)"
    assert closing(story(one, none, 0, LABELS, 100.0)).startswith("With hand-over: 1 fewer emergency visit (crisis). ")
    both = story(none, all_three, 0, LABELS, 100.0)
    assert finding(both) == "2 more emergency visits (crisis), 1 more emergency visit (fall)"
    assert closing(both).endswith("; 3 emergency visits instead of 0.")
    assert "emergency" not in closing(story(none, none, 0, LABELS, 100.0))


def words(spells: Iterable[Any], **facts: Any) -> list[str]:
    one = told(spells, **facts)
    return [text for _, text, _ in rows(one, one)]


UNWELL = [(0, "unwell", 100, 300)]


def test_waits_that_come_to_nothing() -> None:
    assert words(UNWELL, waits=[wait(0, "iop", 100, 100.02, "reneged")])[1] == (
        "gives up waiting for iop, after less than an hour"
    )
    assert words(UNWELL, waits=[wait(0, "iop", 100, 112, "no_show")])[1] == (
        "is offered a place in iop after 12 days and does not come"
    )
    assert words(UNWELL, waits=[wait(0, "iop", 100, 100, "no_show")])[0] == (
        "asks for iop; is offered a place in iop at once and does not come"
    )
    assert words(UNWELL, waits=[wait(0, "iop", 150, 250, "reneged", "return")]) == [
        "comes back and asks for iop",
        "end of follow-up: using, at home, waiting for iop",
    ]


def test_relapses() -> None:
    spells = [(0, "well", 100, 120), (0, "unwell", 120, 120), (0, "well", 120, 140), (0, "unwell", 140, 300)]
    assert words(
        spells,
        stays=[stay(0, "iop", 100, 140, "relapsed")],
        waits=[wait(0, "iop", 100, 100), wait(0, "outpatient", 130, 140, "relapsed", "step_down")],
    ) == [
        "asks for iop and is admitted at once; becomes abstinent",
        "relapses; becomes abstinent again at once",
        "asks for outpatient",
        "relapses; is discharged from iop because of it; leaves the list of outpatient",
        "end of follow-up: using, at home",
    ]


def test_an_interim_service_and_a_death() -> None:
    spells = [(0, "well", 100, 150), (0, "dead", 150, 300)]
    stays = [
        stay(0, "residential", 100, 120, next_level="iop"),
        stay(0, "outpatient", 120, 130, "transferred", route="step_down", interim=True),
        stay(0, "iop", 130, 150, "died", route="step_down"),
    ]
    waits = [wait(0, "residential", 100, 100), wait(0, "iop", 120, 130, route="step_down")]
    assert words(spells, stays=stays, waits=waits) == [
        "asks for residential and is admitted at once; becomes abstinent",
        "completes residential, linked to iop; asks for iop; goes to outpatient meanwhile",
        "is transferred from outpatient; is admitted to iop, after 10 days",
        "dies in iop",
    ]
    died = told(spells, stays=stays, waits=waits)
    lived = told([(0, "well", 100, 300)], stays=stays[:1], waits=waits[:1])
    one = story(lived, died, 0, LABELS, 100.0)
    assert finding(one) == "dies on day 50, 50 fewer days abstinent"
    assert closing(one).endswith("dead on day 50 instead of alive at the end.")
    assert finding(story(died, told([(0, "well", 100, 300)], stays=stays[:2]), 0, LABELS, 100.0)) == (
        "survives, 50 more days abstinent"
    )


def test_a_death_after_follow_up_is_not_told() -> None:
    spells = [(0, "unwell", 100, 250), (0, "dead", 250, 300)]
    assert words(spells, stays=[stay(0, "iop", 150, 250, "died")])[-1] == "end of follow-up: using, in iop"


def test_a_patient_who_did_not_ask_is_named() -> None:
    with pytest.raises(ValueError, match="patient 7 did not ask for care in today"):
        story(SHORT, LINKED, 7, LABELS, 100.0)


def test_who_is_there_on_day_0_is_followed_from_then_on() -> None:
    """One in care since day -30, and one known for longer than anybody is followed: no day before the run is told."""
    spells = [(0, "well", 0, 60), (0, "unwell", 60, 300), (1, "unwell", 0, 300)]
    facts = records(
        clinic(),
        [-30.0, -500.0],
        stays=[stay(0, "residential", -30, 20), stay(1, "iop", 40, 300, "end_of_follow_up", route="return")],
        waits=[wait(1, "iop", 40, 40, route="return")],
        spells=spells,
    )
    told = [list(story(*[tables(facts)] * 2, patient, LABELS, 100.0).rows["baseline"]) for patient in (0, 1)]
    assert told[0][-3:] == ["completes residential", "relapses", "end of follow-up: using, at home"]
    assert told[1] == ["comes back and asks for iop and is admitted at once", "end of follow-up: using, in iop"]
    journeys = [read_journey(tables(facts), patient, "today", 100.0) for patient in (0, 1)]
    assert [journey.days_in_care for journey in journeys] == [20, 60]


def test_several_replications_are_no_story() -> None:
    twice = {
        name: pd.concat([table.assign(replication=0), table.assign(replication=1)]) for name, table in SHORT.items()
    }
    with pytest.raises(ValueError, match="one replication"):
        story(twice, twice, 0, LABELS, 100.0)


def test_who_changed_most() -> None:
    base = pd.DataFrame({"patient": [3, 5, 5, 8, 9], "value": [1.0, 2.0, 2.0, 0.1 + 0.2, 50.0]})
    alternative = pd.DataFrame({"patient": [3, 5, 8, 10], "value": [2.0, 3.0, 1.3, 70.0]})
    assert most_changed(base, alternative) == 3
    assert most_changed(alternative, base) == 3
    with pytest.raises(ValueError, match="nobody"):
        most_changed(base[base["patient"] == 9], alternative)


# --- what journeys say is what metrics say ---


def check(described: Scenario, facts: Records) -> None:
    one, numbers = tables(facts), metrics(facts, described)
    members = np.flatnonzero(Observed(facts, described).cohort)
    if not len(members):
        return
    journeys = [read_journey(one, patient, "here", described.time.follow_up_days) for patient in members]
    for metric, values in {
        "days_in_care": [journey.days_in_care for journey in journeys],
        "days_well": [journey.days_well for journey in journeys],
        "deaths.share": [journey.died is not None for journey in journeys],
    }.items():
        assert np.mean(values) == pytest.approx(numbers[metric], abs=1e-9), metric
    for patient in members[:: 1 + len(members) // 10]:
        lines = story_lines(story(one, one, int(patient), LABELS, described.time.follow_up_days))
        assert lines[0].startswith(f"Patient {patient}: severity")
        assert "The same journey." in lines[-1] + lines[-2]


@settings(max_examples=15, deadline=None, derandomize=True)
@given(descriptions())
def test_of_random_scenarios(description: dict[str, Any]) -> None:
    described = build(description)
    check(described, replicate(described, 1, 0))


def test_of_a_result_with_records() -> None:
    """As a user has them: tables of a result, one replication chosen."""
    pair = [briefly(name, warm_up=0) for name in ("residential_only", "warm_handoff")]
    results = [sim.run(described, replications=2, seed=3, keep_records=True) for described in pair]
    chosen = [{name: t[t["replication"] == 1] for name, t in (each.tables or {}).items()} for each in results]
    patient = int(chosen[0]["stays"]["patient"].iloc[0])
    one = story(chosen[0], chosen[1], patient, LABELS, 180.0)
    assert one.levels == tuple(pair[0].levels)
    assert one.rows["day"].is_monotonic_increasing
    assert (one.rows.loc[0, "baseline"], one.rows.loc[0, "alternative"]) != ("", "")


def test_medication_is_told_with_the_rest() -> None:
    described = clinic(medications={"pills": {"levels": ["detox"], "probability": 1.0}})
    facts = tables(
        records(
            described,
            [100.0],
            stays=[stay(0, "detox", 100, 105)],
            medications=[
                course(0, "pills", 100, 102, 120, "stopped", "detox"),
                course(0, "pills", 130, np.nan, 130, "declined"),
                course(0, "pills", 140, 145, 300, "end_of_follow_up"),
            ],
        )
    )
    told_on = {day: words for day, words, _ in rows(facts, facts)}
    assert told_on[2] == "starts pills"
    assert told_on[20] == "stops pills"
    assert told_on[30] == "does not take pills"
    assert told_on[45] == "starts pills"
    assert told_on[100] == "end of follow-up: abstinent, at home, on pills"
    later = [course(0, "pills", 190, 205, 300, "end_of_follow_up")]
    facts = tables(records(described, [100.0], medications=later))
    assert rows(facts, facts)[-1][1] == "end of follow-up: abstinent, at home"


def test_which_place_of_a_level_they_have_is_told_where_there_are_several() -> None:
    level = {"any_place_of": ["rooms", "beds"], "length_of_stay": fixed(10)}
    system = scenario({"ward": level}, {"rooms": 1, "beds": 1}, **cohort(3, 40))
    facts = tables(replicate(system, 1, 0))
    second, third = (story(facts, facts, patient, LABELS, 40.0).rows.iloc[:, 1].tolist() for patient in (1, 2))
    assert "asks for ward and is admitted at once (beds)" in second[0]
    assert "is admitted to ward (rooms), after 10 days" in third[1]
