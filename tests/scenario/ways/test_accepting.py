"""Whom places accept, and whom nothing would take."""

from typing import Any

import pytest
from support import exponential, scenario

import sim
from sim.files.problems import ScenarioError
from sim.scenario import Scenario, load_scenario
from sim.scenario.ways import classes_accepted

STAY = {"length_of_stay": exponential(9)}
PAYERS = {"public": 0.5, "private": 0.3, "none": 0.2}


def system(places: dict[str, Any], **parts: Any) -> Scenario:
    described = {
        "levels": {"ward": {**STAY, "any_place_of": list(places)}},
        "population": {"sex": {"woman": 0.5, "man": 0.5}, "payer": PAYERS},
        "arrivals": {"per_day": 1.0},
        "entry": [{"to": {"ward": 1.0}}],
        **parts,
    }
    return load_scenario(
        {"name": "test", "places": places, "time": {"recruitment_days": 50, "follow_up_days": 5}, **described}
    )


def problems(places: dict[str, Any], **parts: Any) -> list[tuple[str, str]]:
    with pytest.raises(ScenarioError) as failed:
        system(places, **parts)
    return [(each.path, each.message) for each in failed.value.problems]


WOMEN = {"capacity": 3, "accepts": {"sex": ["woman"]}}
INSURED = {"capacity": 3, "accepts": {"payer": ["public", "private"]}}


def test_each_class_has_what_it_may_have_in_the_stated_order() -> None:
    """Women with insurance have a choice of three, men without one alone."""
    places = {"insured": INSURED, "any": {"capacity": 1}, "women": WOMEN}
    both = system(places)
    assert classes_accepted(both, both.levels["ward"]) == [(0, 1), (0, 1, 2), (1,), (1, 2)]


def test_kinds_of_patients_whom_nothing_accepts_are_a_problem() -> None:
    assert problems({"women": WOMEN, "insured": INSURED}) == [
        (
            "levels.ward.any_place_of",
            "none of them accepts patients with sex = man, payer = none, who would ask for this level",
        )
    ]
    assert problems({"women": WOMEN}, levels={"ward": {**STAY, "places": ["women"]}}) == [
        ("levels.ward.places", "women does not accept patients with sex = man, who would ask for this level")
    ]


def test_who_never_comes_there_needs_no_place() -> None:
    elsewhere = [{"when": {"sex": "man"}, "to": {"clinic": 1.0}}, {"to": {"ward": 1.0}}]
    levels = {"ward": {**STAY, "places": ["women"]}, "clinic": STAY}
    assert system({"women": WOMEN}, levels=levels, entry=elsewhere)
    after = {"next": [{"to": "ward", "probability": 0.2}]}
    ((path, _),) = problems({"women": WOMEN}, levels={**levels, "clinic": {**STAY, **after}}, entry=elsewhere)
    assert path == "levels.ward.places"
    only = {"next": [{"to": "ward", "probability": 0.2, "when": {"sex": "woman"}}]}
    assert system({"women": WOMEN}, levels={**levels, "clinic": {**STAY, **only}}, entry=elsewhere)
    assert system({"women": WOMEN}, population={"sex": {"woman": 1.0, "man": 0.0}, "payer": PAYERS})


def test_whom_an_emergency_leads_there_needs_a_place() -> None:
    """Men enter the clinic alone, and have visits that lead to the ward of the women."""
    levels = {"ward": {**STAY, "places": ["women"]}, "clinic": STAY}
    parts: dict[str, Any] = {"levels": levels, "entry": [{"to": {"clinic": 1.0}}]}
    sent_on = {"well": 1.0, "admitted": 0.5, "to": "ward"}
    assert problems({"women": WOMEN}, emergencies={"crisis": sent_on}, **parts) == [
        ("levels.ward.places", "women does not accept patients with sex = man, who would ask for this level")
    ]
    for harmless in ({**sent_on, "when": {"sex": "woman"}}, {**sent_on, "admitted": 0.0}, {**sent_on, "well": 0.0}):
        assert system({"women": WOMEN}, emergencies={"crisis": harmless}, **parts)


@pytest.mark.parametrize(
    ("level", "path"),
    [
        ({"places": ["a"], "any_place_of": ["a", "b"]}, "levels.ward.any_place_of.0"),
        ({"places": ["a"], "places_each": {"b": 2}}, "levels.ward.places_each.b"),
        ({"any_place_of": ["a", "c"]}, "levels.ward.any_place_of.1"),
        ({"places": ["a"], "places_each": {"a": 0}}, "levels.ward.places_each.a"),
    ],
)
def test_what_a_level_cannot_state(level: dict[str, Any], path: str) -> None:
    kinds = {"a": {"capacity": 1}, "b": {"capacity": 1}}
    assert path in [each for each, _ in problems(kinds, levels={"ward": {**STAY, **level}})]


@pytest.mark.parametrize(
    ("accepts", "path"),
    [
        ({"sex": ["boy"]}, "sex.0"),
        ({"age": ["old"]}, "age"),
        ({"sex": []}, "sex"),
    ],
)
def test_what_a_place_cannot_accept(accepts: dict[str, Any], path: str) -> None:
    places = {"w": {"capacity": 1, "accepts": accepts}, "x": {"capacity": 1}}
    assert f"places.w.accepts.{path}" in [each for each, _ in problems(places)]


def test_people_on_day_0_have_room_in_what_they_may_have() -> None:
    there = {"initial": {"ward": {"in_care": 5}}, "arrivals": {"per_day": 1.0}}
    assert problems({"a": {"capacity": 1}, "b": {"capacity": 3}}, **there) == [
        ("initial.ward.in_care", "5 people in care need one of a, b, with room for 4 on day 0")
    ]
    each = {"ward": {**STAY, "places": ["a"], "places_each": {"a": 2}}}
    assert problems({"a": {"capacity": 8}}, levels=each, **there) == [
        ("initial.ward.in_care", "people in care need 10 a, which has 8 on day 0")
    ]


@pytest.mark.parametrize(
    ("second", "y", "refused"),
    [
        ({"any_place_of": ["x", "y"]}, 2, "b"),
        ({"places": ["x"]}, 1, "a"),
        # The second level has x, and the first makes way for it.
        ({"places": ["x"]}, 2, None),
    ],
)
def test_levels_that_share_kinds_have_room_together_on_day_0(second: dict[str, Any], y: int, refused: str) -> None:
    there = {"initial": {"a": {"in_care": 3 if refused == "b" else 2}, "b": {"in_care": 2}}}
    places = {"x": {"capacity": 2}, "y": {"capacity": y}}
    levels = {"a": {**STAY, "any_place_of": ["x", "y"]}, "b": {**STAY, **second}}
    parts: dict[str, Any] = {"levels": levels, "entry": [{"to": {"a": 1.0}}], **there}
    if refused is None:
        assert system(places, **parts)
        return
    ((path, message),) = problems(places, **parts)
    assert path == f"initial.{refused}.in_care"
    assert message == "no room on day 0 for 1 of 2 people in care (x, y) beside those of other levels"


def test_a_stay_that_needs_more_than_there_ever_are_is_told() -> None:
    level = {**STAY, "places": ["a"], "places_each": {"a": 3}}
    few = scenario({"ward": level}, {"a": 2})
    assert "levels.ward.places_each.a" in [each.path for each in sim.scenario_warnings(few)]


def test_a_file_states_all_of_it(tmp_path: Any) -> None:
    text = """
    name = "pools"
    time = { recruitment_days = 20, follow_up_days = 20 }
    arrivals.per_day = 1.0
    population.sex = { woman = 0.5, man = 0.5 }
    entry = [{ to = { ward = 1.0 } }]
    places.women = { capacity = 4, accepts = { sex = ["woman"] } }
    places.mixed.capacity = 8
    places.staff.capacity = 9
    [levels.ward]
    any_place_of = ["women", "mixed"]
    places = ["staff"]
    places_each = { staff = 2 }
    length_of_stay = { distribution = "exponential", mean = 3 }
    """
    path = tmp_path / "pools.toml"
    path.write_text(text, encoding="utf-8")
    loaded = load_scenario(path)
    assert loaded.levels["ward"].holdings() == ({"staff": 2, "women": 1}, {"staff": 2, "mixed": 1})
    assert loaded.levels["ward"].room({"women": 4, "mixed": 8, "staff": 9}) == 4
    changed = loaded.with_overrides({"levels.ward.places_each.staff": 1, "places.mixed.accepts": {"sex": ["man"]}})
    assert changed.levels["ward"].room({"women": 4, "mixed": 8, "staff": 9}) == 9
    assert load_scenario(changed.model_dump(by_alias=True)) == changed


def test_of_what_a_stay_needs_beside_a_choice_the_kind_that_refuses_is_named() -> None:
    """Any of two beds would do for a man; the seat that he needs as well is for women."""
    ward = {**STAY, "places": ["women"], "any_place_of": ["insured", "any"]}
    places = {"women": WOMEN, "insured": INSURED, "any": {"capacity": 1}}
    assert problems(places, levels={"ward": ward}) == [
        ("levels.ward.places", "women does not accept patients with sex = man, who would ask for this level")
    ]
    # A choice of beds that would take him, and none of them an uninsured one, is named as what it is.
    ward = {**STAY, "places": ["any"], "any_place_of": ["women", "insured"]}
    assert problems(places, levels={"ward": ward}) == [
        (
            "levels.ward.any_place_of",
            "none of them accepts patients with sex = man, payer = none, who would ask for this level",
        )
    ]
