import pickle

from sim.files.problems import ABSENT, Problem, ScenarioError


def test_an_error_lists_every_problem_on_its_own_line():
    hint = "Did you mean places.iop_seats.capacity?"
    first = Problem("a.toml", "levels.iop.capcity", 30, "there is no such key", hint)
    second = Problem("b.toml", "name", ABSENT, "is missing")
    assert str(ScenarioError([first, second])).split("\n") == [
        "a.toml: levels.iop.capcity = 30: there is no such key. Did you mean places.iop_seats.capacity?",
        "b.toml: name: is missing",
    ]


def test_a_warning_says_so():
    warning = Problem("", "places.beds", None, "no level uses it", severity="warning")
    assert str(warning) == "warning: places.beds: no level uses it"


def test_long_values_are_cut_and_control_characters_escaped():
    line = str(Problem("a.toml", "name", "\x1b[31m" + "x" * 500, "too long"))
    assert len(line) < 100
    assert "\x1b" not in line


def test_an_error_survives_the_way_back_from_a_worker():
    error = pickle.loads(pickle.dumps(ScenarioError([Problem("a.toml", "name", "x", "is wrong")])))
    assert error.problems[0].path == "name"
