import pytest

from sim.scenario import load_scenario, scenario_warnings

SEVERE = {"severity": "severe"}
TO_IOP = {"iop": 1.0}


def link(to, probability, **others):
    return {"to": to, "probability": probability, **others}


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        ([{"when": SEVERE, "to": TO_IOP}], "entry", "with severity = mild"),
        ([{"returning": False, "to": TO_IOP}], "entry", "people who come back"),
        ([{"returning": True, "to": TO_IOP}], "entry", "new people"),
        ([{"to": TO_IOP}, {"when": SEVERE, "to": TO_IOP}], "entry.1", "never decides"),
        (
            [{"returning": True, "to": TO_IOP}, {"returning": False, "to": TO_IOP}, {"to": TO_IOP}],
            "entry.2",
            "never decides",
        ),
    ],
)
def test_every_patient_has_exactly_one_way_in(problems, entry, path, words):
    found = problems({"entry": entry})
    assert path in found
    assert words in found[path].message


@pytest.mark.parametrize(
    "entry",
    [
        [{"when": SEVERE, "to": TO_IOP}, {"when": {"severity": "mild"}, "to": TO_IOP}],
        [{"returning": True, "to": TO_IOP}, {"when": SEVERE, "to": TO_IOP}, {"to": TO_IOP}],
    ],
)
def test_rules_may_cover_everyone_between_them(problems, entry):
    assert problems({"entry": entry}) == {}


def test_with_too_many_combinations_the_last_rule_must_fit_everyone(problems):
    attributes = {f"population.a{i}": {"x": 0.5, "y": 0.5} for i in range(15)}
    rules = [{"when": {f"a{i}": "x"}, "to": TO_IOP} for i in range(15)]
    assert list(problems({**attributes, "entry": rules})) == ["entry.14"]
    assert problems({**attributes, "entry": [*rules, {"to": TO_IOP}]}) == {}


def test_links_for_the_same_patient_promise_at_most_one(problems):
    path = "levels.residential.next"
    both = [link("iop", 0.7), link("iop", 0.4, when=SEVERE)]
    assert problems({path: both})[path].message.endswith("must sum to at most 1, not 1.1 for severity = severe")
    either = [link("iop", 0.7, when={"severity": "mild"}), link("iop", 0.7, when=SEVERE)]
    assert problems({path: either}) == {}
    other_reason = [link("iop", 0.7), link("iop", 0.7, after=["transferred"])]
    assert problems({path: other_reason}) == {}
    too_many = [*other_reason, link("iop", 0.4, after=["transferred"])]
    assert "after transferred" in problems({path: too_many})[path].message


def test_a_circle_without_a_way_out_is_an_error(problems):
    there = {"levels.residential.next": [link("iop", 1.0)]}
    found = problems({**there, "levels.iop.next": [link("residential", 1.0)]})
    assert list(found) == ["levels.residential.next"]
    assert "every way from residential, iop leads back" in found["levels.residential.next"].message
    assert problems({**there, "levels.iop.next": [link("residential", 0.99)]}) == {}
    split = [link("residential", 0.5), link("iop", 0.5)]
    assert "levels.residential.next" in problems({**there, "levels.iop.next": split})


def test_a_circle_may_catch_only_some_patients(problems):
    back = [link("residential", 1.0, when=SEVERE)]
    found = problems({"levels.residential.next": [link("iop", 1.0)], "levels.iop.next": back})
    assert "for severity = severe" in found["levels.residential.next"].message


def test_a_circle_after_a_reason_that_cannot_occur_is_no_trap(problems):
    circle = {
        "levels.residential.next": [link("iop", 1.0, after=["terminated"])],
        "levels.iop.next": [link("residential", 1.0, after=["terminated"])],
    }
    assert problems(circle) == {}
    assert problems({**circle, "levels.iop.authorised_days": 30}) == {}
    ended = {"levels.iop.authorised_days": 30, "levels.residential.authorised_days": 30}
    assert "after terminated" in problems({**circle, **ended})["levels.residential.next"].message


def test_a_level_that_no_one_reaches_is_named(changed):
    alone = {"length_of_stay": {"distribution": "fixed", "value": 3}}
    settings = {"levels.housing": {**alone, "next": [link("aftercare", 1.0)]}, "levels.aftercare": alone}
    warnings = scenario_warnings(load_scenario(changed(settings)))
    assert [warning.path for warning in warnings] == ["levels.housing", "levels.aftercare"]
    for way_in in (
        {"levels.iop.next": [link("housing", 0.1)]},
        {"levels.iop.on_relapse": {"step_up": 1.0}, "levels.iop.step_up_to": "housing"},
        {"levels.iop.hand_over": "bridge", "levels.iop.bridge": "housing"},
        {"initial": {"housing": {"in_care": 1}}, "time.warm_up_days": 0},
        {"entry.0.to": {"housing": 1.0}},
    ):
        assert scenario_warnings(load_scenario(changed({**settings, **way_in}))) == []


def test_places_held_in_a_circle_are_a_warning(changed):
    settings = {"levels.iop.hand_over": "hold", "levels.iop.next": [link("residential", 0.1)]}
    (warning,) = scenario_warnings(load_scenario(changed(settings)))
    assert (warning.path, warning.severity) == ("levels.residential.hand_over", "warning")
    assert scenario_warnings(load_scenario(changed({**settings, "levels.iop.hand_over": "release"}))) == []
