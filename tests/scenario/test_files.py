import json
import os
from pathlib import Path

import pytest

from sim.scenario import Scenario, ScenarioError, load_scenario, scenario_warnings, shipped
from sim.scenario.files import scenario_by_layer, scenario_of_text

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


def test_a_fault_is_that_of_the_file_that_brought_it_about(write):
    """The parent is sound: what its child takes away or changes is the child's, and a grandchild's what it adds."""
    write("base.toml", BASE)
    write("fewer.toml", 'extends = "base.toml"\nremove = ["places.beds"]')
    top = write("top.toml", 'extends = "fewer.toml"\nname = "Top"\nremove = ["time.follow_up_days"]')
    assert {(problem.source, problem.path) for problem in problems_of(top)} == {
        ("fewer.toml", "levels.residential.places.0"),
        ("top.toml", "time.follow_up_days"),
    }
    other = write("other.toml", 'extends = "base.toml"\nplaces.beds.capacity = 30\ninitial.residential.in_care = 31')
    crowded = write("crowded.toml", f'extends = "{other.name}"\nplaces.beds.capacity = 29')
    assert [problem.source for problem in problems_of(other)] == ["other.toml"]
    assert [problem.source for problem in problems_of(crowded)] == ["crowded.toml"]


def test_a_rule_across_fields_that_a_removal_breaks_is_the_removers(write):
    write("base.toml", BASE + '[return_to_care]\nprobability = 0.4\ndelay_days = { distribution = "fixed", value = 9 }')
    problem = the_problem(write("child.toml", 'extends = "base.toml"\nremove = ["return_to_care.delay_days"]'))
    assert (problem.source, problem.path) == ("child.toml", "return_to_care.delay_days")


def test_what_only_parts_of_scenarios_state_is_theirs(write):
    """A file that is meant to be extended need be no scenario."""
    write("prices.toml", "levels.residential.cost_per_dya = 3\npayers = { state = 0.9 }")
    found = problems_of(write("child.toml", 'extends = "prices.toml"\n' + BASE))
    assert {(problem.source, problem.path) for problem in found} == {
        ("prices.toml", "levels.residential.cost_per_dya"),
        ("prices.toml", "payers"),
    }


def test_problems_name_the_file_that_states_the_value(write):
    write("base.toml", BASE.replace("capacity = 40", "capacity = -1"))
    child = write("child.toml", 'extends = "base.toml"\nlevels.residential.cost_per_dya = 3\ntime.warm_up_days = "x"')
    assert {(problem.source, problem.path) for problem in problems_of(child)} == {
        ("base.toml", "places.beds.capacity"),
        ("child.toml", "levels.residential.cost_per_dya"),
        ("child.toml", "time.warm_up_days"),
    }


def test_a_number_of_ones_own_is_never_refused_because_of_another_file(write):
    """Outside the parent's card it has no card; outside its own it is taken, with a warning that says what to do."""
    write("base.toml", BASE)
    cost = "levels.residential.cost_per_day"
    child = load_scenario(write("child.toml", f'extends = "base.toml"\n{cost} = 500'))
    assert (child.levels["residential"].cost_per_day, child.evidence) == (500, {})
    assert [warning.path for warning in scenario_warnings(child)] == ["costs"]
    card = f'[evidence."{cost}"]\nlow = 300\nhigh = 400\nunit = "USD per day"\nsource = "ours"\ngrade = "estimated"'
    own = load_scenario(write("own.toml", f'extends = "base.toml"\n{cost} = 500\n{card}'))
    (warning,) = (warning for warning in scenario_warnings(own) if warning.path != "costs")
    assert (warning.path, warning.value) == (cost, 500)
    assert str(warning).endswith("Correct the card's low and high, or the value, or remove the card")


def test_a_circle_is_named(write):
    write("a.toml", 'extends = "b.toml"')
    write("b.toml", 'extends = "./a.toml"')
    problem = the_problem("a.toml")
    assert problem.source == "b.toml"
    assert problem.message == "goes in a circle: a.toml extends b.toml extends a.toml"


def test_a_programme_and_a_policy_are_laid_over_one_another(write):
    """A policy need be no scenario; what is stated later wins, and what the file states itself wins over all."""
    write("shipped/base.toml", BASE)
    write("programme.toml", 'extends = "base"\nname = "County"\nplaces.beds.capacity = 28\ntime.warm_up_days = 9')
    write("policy.toml", "places.beds.capacity = 22\ntime.follow_up_days = 30\narrivals.per_day = 2")
    top = write("top.toml", 'extends = ["programme.toml", "policy.toml"]\nname = "Top"\narrivals.per_day = 3')
    scenario = load_scenario(top)
    assert (scenario.name, scenario.places["beds"].capacity, scenario.arrivals.per_day) == ("Top", 22, 3)
    assert (scenario.time.warm_up_days, scenario.time.follow_up_days) == (9, 30)
    chain = write("chain.toml", 'extends = "programme.toml"\n' + (top.parent / "policy.toml").read_text())
    assert load_scenario({"extends": ["programme.toml", "policy.toml"]}) == load_scenario(chain)
    turned = load_scenario({"extends": ["policy.toml", "programme.toml"]})
    assert (turned.places["beds"].capacity, turned.arrivals.per_day, turned.time.follow_up_days) == (28, 0.5, 365)
    assert load_scenario({"extends": ["programme.toml"]}) == load_scenario("programme.toml")


def test_what_several_files_extend_is_there_once(write):
    """The second does not bring back what the first changed of the file that both extend, or takes away again."""
    write("shipped/base.toml", BASE)
    write(
        "a.toml",
        'extends = "base"\nname = "A"\nplaces.beds.capacity = 28\nremove = ["levels.residential.cost_per_day"]',
    )
    write(
        "b.toml", 'extends = "base"\nname = "B"\ntime.follow_up_days = 30\nremove = ["levels.residential.cost_per_day"]'
    )
    both = load_scenario({"extends": ["a.toml", "b.toml"]})
    assert (both.name, both.places["beds"].capacity, both.time.follow_up_days) == ("B", 28, 30)
    assert both.levels["residential"].cost_per_day == 0
    assert load_scenario({"extends": ["a.toml", "b.toml", "base"]}) == both
    assert load_scenario({"extends": ["base", "a.toml", "b.toml"]}) == both
    # What a file rests on lies below it, in whichever order the two are named.
    write("more.toml", 'extends = "a.toml"\nname = "More"\nplaces.beds.capacity = 29')
    for order in (["a.toml", "more.toml"], ["more.toml", "a.toml"]):
        assert load_scenario({"extends": order}) == load_scenario("more.toml")


def test_faults_of_several_files_are_those_of_the_first_that_brings_them_about(write):
    write("shipped/base.toml", BASE)
    write("a.toml", 'extends = "base"\nname = "A"\nremove = ["arrivals.per_day"]')
    write("b.toml", 'extends = "base"\nremove = ["places.bed", "places.beds"]\ntime.follow_up_days = -1')
    found = problems_of({"extends": ["b.toml", "a.toml"], "name": 3})
    assert [(problem.source, problem.path) for problem in found] == [("b.toml", "remove.0")]
    write("b.toml", 'extends = "base"\nremove = ["places.beds"]\ntime.follow_up_days = -1')
    expected = {
        ("b.toml", "levels.residential.places.0"),
        ("b.toml", "time.follow_up_days"),
        ("a.toml", "arrivals"),
    }
    for order in (["a.toml", "b.toml"], ["b.toml", "a.toml"]):
        found = problems_of({"extends": order, "name": 3})
        assert {(problem.source, problem.path) for problem in found} == {*expected, ("dict", "name")}


def test_only_what_was_there_can_be_removed(write):
    write("shipped/base.toml", BASE)
    write("policy.toml", 'remove = ["levels.iop"]')
    problem = the_problem({"extends": ["base", "policy.toml"]})
    assert (problem.source, problem.path, problem.message) == (
        "policy.toml",
        "remove.0",
        "nothing of this path is inherited",
    )


def test_circles_among_several_files_are_named(write):
    write("shipped/base.toml", BASE)
    write("a.toml", 'extends = ["base", "b.toml"]')
    write("b.toml", 'extends = ["c.toml", "base"]')
    write("c.toml", 'extends = ["base", "./a.toml"]')
    problem = the_problem("a.toml")
    assert (problem.source, problem.path, problem.value) == ("c.toml", "extends.1", "./a.toml")
    assert problem.message == "goes in a circle: a.toml extends b.toml extends c.toml extends a.toml"
    assert "a.toml extends a.toml" in the_problem(write("a.toml", 'extends = ["base", "a.toml"]')).message


def test_near_names_of_several_files_are_offered(write):
    write("shipped/base.toml", BASE)
    write("policy.toml", "arrivals.per_day = 2")
    problem = the_problem({"extends": ["base", "polcy.toml"]})
    assert (problem.source, problem.path, problem.value) == ("dict", "extends.1", "polcy.toml")
    assert problem.hint == 'Did you mean "policy.toml"?'
    beside = {"policy.toml": "arrivals.per_day = 2"}
    assert scenario_of_text('extends = ["base", "policy.toml"]', "top.toml", beside).arrivals.per_day == 2
    with pytest.raises(ScenarioError, match=r'extends.1 = "polcy.toml": .*Did you mean "policy.toml"'):
        scenario_of_text('extends = ["base", "polcy.toml"]', "top.toml", beside)


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ("[3]", "extends", "several of these"),
        ('["base", ["base"]]', "extends", "several of these"),
        ("{ a = 1 }", "extends", "several of these"),
        ('["base", "base"]', "extends.1", "named twice"),
        ('["base"' + ', "base"' * 20 + "]", "extends", "names more than 20 files"),
        ('["base", ""]', "extends.1", "is a folder"),
    ],
)
def test_what_cannot_be_extended_is_refused(write, value, path, words):
    write("shipped/base.toml", BASE)
    problem = the_problem(write("a.toml", f"extends = {value}"))
    assert (problem.source, problem.path) == ("a.toml", path)
    assert words in problem.message


def test_files_that_extend_one_another_in_every_way_are_read_once(write, monkeypatch):
    """Nineteen files, of which each extends all before it, have a quarter of a million ways from top to bottom."""
    from sim.scenario import files

    read = []
    monkeypatch.setattr(files, "read_toml", lambda path, real=files.read_toml: read.append(path.name) or real(path))
    write("f0.toml", BASE)
    write("g0.toml", "arrivals.per_day = 1")
    for index in range(1, 10):
        names = [f'"{kind}{other}.toml"' for other in reversed(range(index)) for kind in "gf"]
        write(f"f{index}.toml", f"extends = [{', '.join(names)}]\nplaces.beds.capacity = {index}")
        write(f"g{index}.toml", f"arrivals.per_day = {index}")
    scenario = load_scenario("f9.toml")
    assert (scenario.places["beds"].capacity, scenario.arrivals.per_day) == (9, 0.5)
    assert len(read) == len(set(read)) == 19


def test_what_each_file_makes_of_those_below_it(write):
    write("shipped/base.toml", BASE)
    write("a.toml", 'extends = "base"\nname = "A"\nplaces.beds.capacity = 28')
    write("b.toml", "places.beds.capacity = 22")
    top = write("top.toml", 'extends = ["a.toml", "b.toml"]\nname = "Top"')
    layers = scenario_by_layer(top)
    assert [name for name, _ in layers] == ["base.toml", "a.toml", "b.toml", "top.toml"]
    assert [scenario.places["beds"].capacity for _, scenario in layers] == [40, 28, 22, 22]
    assert layers[-1][1] == load_scenario(top)
    turned = scenario_by_layer({"extends": ["b.toml", "base"]})
    assert [name for name, _ in turned] == ["b.toml and base.toml", "dict"]


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
    text = BASE + "".join(f"[levels.l{i}]\ncapcity{i} = nan\n" for i in range(5_000))
    assert len(problems_of(write("large.toml", text))) == 10_000
