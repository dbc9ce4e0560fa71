import pytest
from scenario.conftest import put

from sim.files import nearest as names_module
from sim.files.nearest import MOST_NAMES
from sim.files.paths import split_path
from sim.files.problems import MOST_HINTS
from sim.scenario import ScenarioError, load_scenario
from sim.scenario import path_hints as paths_module
from sim.scenario.path_hints import MOST_PATHS, path_hint


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("levels.iop.capcity", "places.iop_seats.capacity"),
        ("levels.residential.capacity", "places.beds.capacity"),
        ("levels.iop.lenth_of_stay", "levels.iop.length_of_stay"),
        ("levels.iop.lenth_of_stay.value", "levels.iop.length_of_stay.value"),
        ("level.iop.cost_per_day", "levels.iop.cost_per_day"),
        ("levels.iopp.no_show", "levels.iop.no_show"),
        ("levels.iop.on_relapse.continu", "levels.iop.on_relapse.continue"),
        ("levels.residential.dropout.scal", "levels.residential.dropout.scale"),
        ("levels.residential.next.0.probabilty", "levels.residential.next.0.probability"),
        ("population.severity.sever", "population.severity.severe"),
        ("recruitment_days", "time.recruitment_days"),
        ("warmup_days", "time.warm_up_days"),
        ("arrivals.payers", "payers"),
        ("arrivals.currency", "currency"),
    ],
)
def test_the_hint_is_the_right_path(data, wrong, right):
    assert path_hint(split_path(wrong), data) == f"Did you mean {right}?"


@pytest.mark.parametrize(
    ("old", "instead"),
    [("lapse.per_day", "state relapse.share_of_setbacks"), ("effects.severity.severe.lapse", "one on any setback")],
)
def test_a_key_that_was_given_up_says_what_to_state_instead(data, old, instead):
    hint = path_hint(split_path(old), data)
    assert hint.startswith("It was given up. ")
    assert instead in hint


def test_wherever_a_key_that_was_given_up_is_stated(data):
    put(data, "lapse", {"per_day": 0.1, "duration_days": {"distribution": "fixed", "value": 1}})
    put(data, "effects.severity.mild", {"lapse": 2.0})
    assert set(hints_of(data)) == {"lapse", "effects.severity.mild.lapse"}
    assert hints_of(data)["lapse"].startswith("It is called setback now")
    assert hints_of(data)["effects.severity.mild.lapse"].startswith("It was given up. ")


def test_a_card_of_a_key_that_was_given_up(data):
    data["evidence"]["lapse.per_day"] = {"grade": "choice", "source": "ours"}
    (hint,) = hints_of(data).values()
    assert hint.startswith("It was given up. They come from the clock of setbacks")


def hints_of(data):
    with pytest.raises(ScenarioError) as refused:
        load_scenario(data)
    return {problem.path: problem.hint for problem in refused.value.problems}


def test_the_places_of_the_level_come_before_a_place_that_only_sounds_like_it(changed):
    data = changed({"places": {"iop": {"capacity": 1}, "room": {"capacity": 2}}, "levels.iop.places": ["room"]})
    assert path_hint(("levels", "iop", "capcity"), data) == "Did you mean places.room.capacity?"


def test_an_unlike_key_elsewhere_is_not_offered(data):
    hint = path_hint(("levels", "residential", "length_of_stay", "shape"), data)
    assert hint.startswith("Allowed here: ")
    assert "sd" in hint


MISSPELT = {
    "names": lambda names: {"entry.0.to": {f"levle_{i}": 1 / len(names) for i in names}},
    "keys": lambda names: {f"levels.residential.cost_per_dya_{i}": 1 for i in names},
    "cards": lambda names: {f"evidence.levle_{i}": {"source": "nobody", "grade": "choice"} for i in names},
    "kinds": lambda names: {f"levels.level_{i}.length_of_stay": {"distribution": "fixd", "value": 1} for i in names},
    "removals": lambda names: {"extends": "base", "remove": [f"levels.levle_{i}" for i in names]},
}


@pytest.mark.parametrize("kind", MISSPELT)
def test_hints_are_bounded_as_a_whole_and_every_problem_is_still_told(changed, monkeypatch, kind):
    """No file keeps the reader busy: what is compared does not grow with the number of misspelt names."""
    compared = []
    likeness = names_module.likeness
    for module in (names_module, paths_module):
        monkeypatch.setattr(
            module, "likeness", lambda *names, **least: compared.append(names) or likeness(*names, **least)
        )
    many = {f"levels.level_{i}": {"length_of_stay": {"distribution": "fixed", "value": 1}} for i in range(600)}
    wrong = MISSPELT[kind](range(600))
    with pytest.raises(ScenarioError) as found:
        load_scenario(wrong if kind == "removals" else changed({**many, **wrong}))
    problems = [problem for problem in found.value.problems if problem.severity == "error"]
    assert len(problems) >= 600
    # For each hint the names at the place, those anywhere, and whole paths.
    assert len(compared) <= MOST_HINTS * (2 * MOST_NAMES + MOST_PATHS + 2)
    hints = [problem.hint for problem in problems if problem.hint]
    assert len(hints) == MOST_HINTS + 1
    assert hints[-1] == f"Only the {MOST_HINTS} names before this one have hints"
