import json
import os
from pathlib import Path

import pytest

from sim.scenario import Scenario, ScenarioError, load_scenario, shipped
from sim.scenario.files import scenario_of_text

BASE = """
name = "Base"
arrivals.per_day = 0.5
[time]
recruitment_days = 365
follow_up_days = 365
[[entry]]
to = { residential = 1.0 }
[places.beds]
capacity = 40
[levels.residential]
places = ["beds"]
length_of_stay = { distribution = "lognormal", mean = 30, sd = 18 }
cost_per_day = 240.0
[evidence."levels.residential.cost_per_day"]
low = 190.0
high = 310.0
unit = "USD per day"
source = "a costing study"
grade = "published"
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file into the folder of the test, where the shipped scenarios are those of `shipped/`."""
    (tmp_path / "shipped").mkdir()
    monkeypatch.setattr(shipped, "shipped_folder", lambda: tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def problems_of(source):
    with pytest.raises(ScenarioError) as found:
        load_scenario(source)
    return found.value.problems


def the_problem(source):
    (problem,) = problems_of(source)
    return problem


def test_a_file_is_found_by_path_object_text_and_shipped_name(write):
    path = write("shipped/base.toml", BASE)
    scenario = load_scenario(path)
    assert isinstance(scenario, Scenario)
    assert load_scenario(str(path)) == load_scenario("base") == scenario
    assert load_scenario(os.path.join("shipped", "base.toml")) == scenario
    assert load_scenario(scenario.model_dump(by_alias=True)) == scenario
    assert load_scenario(json.loads(scenario.model_dump_json(by_alias=True))) == scenario


def test_a_local_file_does_not_shadow_a_shipped_name(write):
    write("shipped/base.toml", BASE)
    write("base", "not toml")
    write("base.toml", BASE.replace('"Base"', '"Mine"'))
    assert load_scenario("base").name == "Base"
    assert load_scenario("base.toml").name == "Mine"


def test_windows_files_are_read(write):
    assert load_scenario(write("a.toml", b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())).name == "Base"


def test_a_chain_is_relative_to_each_file_and_may_end_in_a_shipped_one(write):
    write("shipped/base.toml", BASE)
    write("deep/middle.toml", 'extends = "base"\nname = "Middle"\nplaces.beds.capacity = 50')
    top = write("top.toml", 'extends = "deep/middle.toml"\nname = "Top"\nquestion = "?"')
    scenario = load_scenario(top)
    assert (scenario.name, scenario.places["beds"].capacity) == ("Top", 50)
    assert scenario.levels["residential"].cost_per_day == 240


def test_a_dict_may_extend_and_remove(write):
    write("base.toml", BASE)
    scenario = load_scenario(
        {"extends": "base.toml", "remove": ["levels.residential.cost_per_day"], "time": {"follow_up_days": 10}}
    )
    assert scenario.levels["residential"].cost_per_day == 0
    assert scenario.time.follow_up_days == 10
    assert not scenario.evidence


def test_what_is_removed_can_be_stated_anew(write):
    write("base.toml", BASE)
    child = write(
        "child.toml",
        'extends = "base.toml"\nremove = ["levels.residential"]\n'
        '[levels.residential]\nlength_of_stay = { distribution = "fixed", value = 3 }',
    )
    level = load_scenario(child).levels["residential"]
    assert (level.places, level.cost_per_day) == ((), 0)


def test_dangling_references_of_a_removal_are_found(write):
    write("base.toml", BASE)
    problem = the_problem(write("child.toml", 'extends = "base.toml"\nremove = ["places.beds"]'))
    assert (problem.source, problem.path) == ("base.toml", "levels.residential.places.0")


def test_problems_name_the_file_that_states_the_value(write):
    write("base.toml", BASE.replace("capacity = 40", "capacity = -1"))
    child = write("child.toml", 'extends = "base.toml"\nlevels.residential.cost_per_dya = 3\ntime.warm_up_days = "x"')
    assert {(problem.source, problem.path) for problem in problems_of(child)} == {
        ("base.toml", "places.beds.capacity"),
        ("child.toml", "levels.residential.cost_per_dya"),
        ("child.toml", "time.warm_up_days"),
    }


def test_a_value_outside_an_inherited_card_is_an_error_in_a_file(write):
    write("base.toml", BASE)
    problem = the_problem(write("child.toml", 'extends = "base.toml"\nlevels.residential.cost_per_day = 500'))
    assert (problem.source, problem.path) == ("child.toml", "levels.residential.cost_per_day")
    assert problem.severity == "error"
    assert load_scenario({"extends": "base.toml", "levels": {"residential": {"cost_per_day": 500}}})


def test_a_circle_is_named(write):
    write("a.toml", 'extends = "b.toml"')
    write("b.toml", 'extends = "./a.toml"')
    problem = the_problem("a.toml")
    assert problem.source == "b.toml"
    assert problem.message == "goes in a circle: a.toml extends b.toml extends a.toml"


def test_a_chain_that_is_too_long_is_refused(write):
    write("f0.toml", BASE)
    for index in range(1, 21):
        write(f"f{index}.toml", f'extends = "f{index - 1}.toml"')
    assert load_scenario("f19.toml").name == "Base"
    assert "more than 20 files" in the_problem("f20.toml").message


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("bese.toml", 'Did you mean "base.toml"?'),
        ("hybird", 'Did you mean "hybrid", the shipped scenario?'),
        ("hybrid.toml", 'Did you mean "hybrid", the shipped scenario?'),
        ("nothing_like_it", "Shipped scenarios: hybrid"),
        ("nowhere/base.toml", "Shipped scenarios: hybrid"),
    ],
)
def test_a_missing_file_gets_the_nearest_names(write, source, hint):
    write("base.toml", BASE)
    write("shipped/hybrid.toml", BASE)
    assert the_problem(source).hint == hint
    parent = the_problem({"extends": source})
    assert (parent.source, parent.path, parent.value, parent.hint) == ("dict", "extends", source, hint)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/hostname",
        "../secret.txt",
        "shipped/",
        "link.toml",
        "loop.toml",
        "a\0.toml",
        "a" * 5_000 + ".toml",
        "~nobody/secret.txt",
        "\ud800.toml",
    ],
)
def test_nothing_but_toml_files_is_opened(write, tmp_path, name):
    write("secret.txt", "password")
    (tmp_path / "link.toml").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    for source in (name, {"extends": name}):
        text = str(problems_of(source)[0])
        assert "must end in .toml" in text or "cannot be the name of a file" in text or "leads to no file" in text
        assert "password" not in text


NO_NAMES = ["a" * 300, "é" * 200, "nul\0byte", "a" * 300 + ".toml", "b/" * 3_000 + "a.toml", f"{'c' * 300}/a.toml"]


@pytest.mark.parametrize("name", NO_NAMES, ids=range(len(NO_NAMES)))
def test_what_no_file_system_can_spell_is_refused_in_one_line(write, name):
    for source in (name, Path(name), {"extends": name}):
        problem = the_problem(source)
        assert problem.message in (
            "cannot be the name of a file",
            "a scenario file must end in .toml",
            "there is no shipped scenario of this name",
        )
        assert len(str(problem)) < 500
        assert str(problem).isprintable()


def test_a_link_that_leads_nowhere_is_told_from_no_file(write, tmp_path):
    (tmp_path / "away.toml").symlink_to(tmp_path / "unmounted" / "a.toml")
    (tmp_path / "one.toml").symlink_to(tmp_path / "two.toml")
    (tmp_path / "two.toml").symlink_to(tmp_path / "one.toml")
    assert the_problem("away.toml").message == "is a link that leads to no file"
    assert the_problem("one.toml").message in ("is a link that leads to no file", "cannot be the name of a file")


def test_a_folder_that_may_not_be_read_is_told(write, tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    write("base.toml", BASE)
    monkeypatch.setattr(Path, "is_file", refuse)
    assert the_problem("base.toml").message == "cannot be reached: permission denied"


def test_texts_may_extend_one_another_by_name_and_what_is_shipped(write):
    write("shipped/base.toml", BASE)
    write("secret.toml", BASE)
    ours = 'extends = "base"\nname = "Ours"\nplaces.beds.capacity = 28'
    beside = {"ours.toml": ours, "more.toml": 'extends = "./ours.toml"\nname = "More"\ntime.warm_up_days = 9'}
    scenario = scenario_of_text('extends = "more.toml"\ntime.follow_up_days = 30', "top.toml", beside)
    assert (scenario.name, scenario.places["beds"].capacity, scenario.time.warm_up_days) == ("More", 28, 9)
    with pytest.raises(ScenarioError, match=r'Did you mean "ours.toml"'):
        scenario_of_text('extends = "our.toml"', "top.toml", beside)
    with pytest.raises(ScenarioError, match=r"secret.toml as well"):
        scenario_of_text('extends = "secret.toml"', "top.toml")


def test_a_fault_in_a_text_beside_names_that_text(write):
    beside = {"ours.toml": BASE.replace("capacity = 40", "capacity = -1")}
    with pytest.raises(ScenarioError) as found:
        scenario_of_text('extends = "ours.toml"\ntime.warm_up_days = 9', "top.toml", beside)
    assert [(p.source, p.path) for p in found.value.problems] == [("ours.toml", "places.beds.capacity")]
    with pytest.raises(ScenarioError, match=r"a.toml extends b.toml extends a.toml"):
        scenario_of_text(
            'extends = "b.toml"', "a.toml", {"a.toml": 'extends = "b.toml"', "b.toml": 'extends = "a.toml"'}
        )


def test_a_folder_is_no_scenario(write, tmp_path):
    (tmp_path / "folder.toml").mkdir()
    assert the_problem("folder.toml").message == "is a folder"


@pytest.mark.parametrize("value", ["3", "[]", "true"])
def test_extends_must_be_text(write, value):
    assert the_problem(write("a.toml", f"extends = {value}")).path == "extends"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"name = 'x'\nname = 'y'\n", "line 2"),
        (b"name = 'x'\n[levels\n", "line 2"),
        (b"a = 1\nname = '\xff'", "not UTF-8 text (line 2)"),
        (b"x = " + b"[" * 100_000, "nested too deeply"),
        (b"x = " + b"{a=" * 100_000, "nested too deeply"),
        (b"a" + b".a" * 300_000 + b" = 1", "more than 50 dotted parts"),
        (b'["a"' + b' . "a"' * 100_000 + b"]", "more than 50 dotted parts"),
        (b"a" + b".a" * 40 + b" = 1", "nested more than"),
        (b"a = " + b"1" * 5_000, "too many digits"),
        (b"#" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_hostile_and_broken_files_get_one_clear_line(write, text, message):
    problem = the_problem(write("bad.toml", text))
    assert problem.source == "bad.toml"
    assert message in problem.message
    assert "\n" not in str(problem)


def test_a_large_file_full_of_nonsense_is_answered_soon(write):
    text = BASE + "".join(f"[levels.l{i}]\ncapcity{i} = nan\n" for i in range(20_000))
    assert len(problems_of(write("large.toml", text))) == 40_000
