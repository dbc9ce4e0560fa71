import numpy as np
import pytest

from sim.scenario import ScenarioError, load_scenario, parse_setting, scenario_warnings, with_overrides
from sim.scenario.distributions import Exponential
from sim.scenario.frozen import FrozenDict


@pytest.fixture
def scenario(data):
    return load_scenario(data)


def problems_of(scenario, settings):
    with pytest.raises(ScenarioError) as found:
        with_overrides(scenario, settings)
    return {problem.path: problem for problem in found.value.problems}


def test_the_original_is_unchanged_and_several_values_change_at_once(scenario):
    before = scenario.digest()
    changed = scenario.with_overrides(
        {
            "levels.residential.next.0.probability": 0.25,
            "places.beds.capacity": np.int64(30),
            "levels.residential.authorised_days": 28,
            "levels.residential.group.size": 10,
            "levels.residential.group.groups": 3,
            "levels.residential.group.sessions_per_week": 5,
            "levels.residential.group.hours_per_session": 1.5,
            "levels.residential.on_relapse": {"discharge": 1.0},
            "effects.housing.none.relapse": 1.4,
        }
    )
    level = changed.levels["residential"]
    assert level.next[0].probability == 0.25
    assert changed.places["beds"].capacity == 30
    assert level.authorised_days == 28
    assert level.group.size == 10
    assert level.on_relapse.continue_ == 0
    assert changed.effects["housing"]["none"].relapse == 1.4
    assert scenario.digest() == before
    assert scenario.levels["residential"].authorised_days is None


def test_no_change_is_no_change(scenario):
    assert with_overrides(scenario, {}) == scenario
    assert with_overrides(scenario, {"places.beds.capacity": 40}).digest() == scenario.digest()


def test_a_table_is_replaced_whole_and_its_cards_go(scenario):
    first = scenario.with_overrides(
        {
            'evidence."levels.residential.dropout.shape"': {"source": "guess", "grade": "choice"},
            "levels.residential.length_of_stay": Exponential(distribution="exponential", mean=20),
        }
    )
    assert "levels.residential.dropout.shape" in first.evidence
    assert first.levels["residential"].length_of_stay.mean == 20
    second = first.with_overrides({"levels.residential.dropout": {"distribution": "exponential", "mean": 90}})
    assert "levels.residential.dropout.shape" not in second.evidence


def test_none_clears_an_optional_value(scenario):
    assert scenario.with_overrides({"levels.residential.dropout": None}).levels["residential"].dropout is None


def test_a_level_and_its_way_in_can_be_added(scenario):
    changed = scenario.with_overrides(
        {
            "levels.detox": {"length_of_stay": {"distribution": "fixed", "value": 5}},
            "entry.0.to.residential": 0.5,
            "entry.0.to.detox": 0.5,
        }
    )
    assert changed.entry[0].to == {"residential": 0.5, "detox": 0.5}


def test_capacity_of_a_level_is_that_of_its_only_place(scenario):
    assert scenario.with_overrides({"levels.iop.capacity": 7}).places["iop_seats"].capacity == 7
    two = scenario.with_overrides({"levels.iop.places": ["iop_seats", "beds"]})
    assert problems_of(two, {"levels.iop.capacity": 7})["levels.iop.capacity"].hint == (
        "Set places.iop_seats.capacity or places.beds.capacity"
    )
    none = scenario.with_overrides({"levels.iop.places": []})
    assert "no places" in problems_of(none, {"levels.iop.capacity": 7})["levels.iop.capacity"].message
    assert problems_of(scenario, {"levels.ipo.capacity": 7})["levels.ipo.capacity"].hint == "Did you mean iop?"
    assert "levels.iop.capacity" not in problems_of(scenario, {"levels.iop.capacity": -7})


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        ("levels.iop.capcity", 3, "Did you mean places.iop_seats.capacity?"),
        ("levels.iopp.cost_per_day", 3, "Did you mean levels.iop.cost_per_day?"),
        ("population.severity.sever", 0.1, "Did you mean population.severity.severe?"),
        ("levels.residential.lenth_of_stay.mean", 3, "Did you mean levels.residential.length_of_stay.mean?"),
        ("levels.residential.next.1.probability", 0.1, "Allowed here: 0"),
        ("name.first", "x", ""),
        ("a..b", 1, ""),
        ("", 1, ""),
    ],
)
def test_a_misspelt_path_gets_a_hint_at_the_path_given(scenario, path, value, hint):
    found = problems_of(scenario, {path: value, "levels.iop.cost_per_day": 3})
    assert list(found) == [path]
    assert (found[path].source, found[path].value, found[path].hint) == ("override", value, hint)


def test_every_misspelling_is_reported_at_once(scenario):
    wrong = {"levles.iop": 1, "places.bedz.capacity": 2}
    assert set(problems_of(scenario, wrong)) == set(wrong)


def test_values_are_validated_again(scenario):
    wrong = {"places.beds.capacity": "many", "levels.residential.next.0.probability": float("nan")}
    assert set(problems_of(scenario, wrong)) == set(wrong)
    assert "population.severity" in problems_of(scenario, {"population.severity.mild": 0.9})


def test_leaving_the_range_of_a_card_is_only_a_warning(scenario):
    explored = scenario.with_overrides({"levels.residential.cost_per_day": 500})
    assert scenario_warnings(explored) == []
    (warning,) = scenario_warnings(explored, since=scenario)
    assert (warning.path, warning.value, warning.severity) == ("levels.residential.cost_per_day", 500, "warning")
    assert load_scenario(explored.model_dump(by_alias=True)) == explored
    assert scenario_warnings(scenario, since=scenario) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=3", 3),
        ("a.b = 3.5", 3.5),
        ("a.b=true", True),
        ("a.b=[1, 2]", [1, 2]),
        ('a.b={ distribution = "fixed", value = 3 }', {"distribution": "fixed", "value": 3}),
        ('a.b="x = y"', "x = y"),
        ("a.b=hold", "hold"),
        ("a.b=Two words", "Two words"),
        ("a.b=x=y", "x=y"),
        ("a.b=1\nc=2", "1\nc=2"),
    ],
)
def test_settings_are_toml_values_or_bare_words(text, value):
    assert parse_setting(text) == ("a.b", value)
    assert type(parse_setting(text)[1]) is type(value)


@pytest.mark.parametrize("text", ["a.b", "=3", "a.b=", "", "a.b=[1,", 'a.b="x', "a.b={x}"])
def test_malformed_settings_are_refused(text):
    with pytest.raises(ScenarioError, match=r"PATH=VALUE|not valid TOML"):
        parse_setting(text)


def test_wrong_values_are_told_beside_wrong_paths(scenario):
    with pytest.raises(ScenarioError) as found:
        scenario.with_overrides({"levels.iop.lenght_of_stay.mean": 40, "places.beds.capacity": -3})
    assert {problem.path for problem in found.value.problems} == {
        "levels.iop.lenght_of_stay.mean",
        "places.beds.capacity",
    }


def test_what_was_expected_of_other_inputs_goes_and_texts_alone_keep_it() -> None:
    given = load_scenario("more_beds")
    assert all((given.question, given.hypothesis, given.compared_with, given.reads))
    renamed = given.with_overrides({"name": "Ours"})
    assert (renamed.question, renamed.hypothesis, renamed.reads) == (given.question, given.hypothesis, given.reads)
    changed = given.with_overrides({"places.residential_beds.capacity": 28})
    assert (changed.question, changed.hypothesis, changed.compared_with, changed.reads) == ("", "", "", ())
    asked = given.with_overrides({"places.residential_beds.capacity": 28, "question": "Are 28 beds enough?"})
    assert (asked.question, asked.hypothesis) == ("Are 28 beds enough?", "")


def test_a_ctrl_c_while_values_are_changed_is_no_error_of_theirs(scenario, monkeypatch) -> None:
    calls, last = 0, 0

    def interrupted(self):
        nonlocal calls
        calls += 1
        if calls == last:
            raise KeyboardInterrupt
        return iter(self._items)

    def items(self):
        interrupted(self)
        return self._items.items()

    monkeypatch.setattr(FrozenDict, "__iter__", interrupted)
    monkeypatch.setattr(FrozenDict, "items", items)
    settings = {"levels.residential.cost_per_day": 200.0}
    with_overrides(scenario, settings)
    assert calls > 50
    for stopped in range(1, calls, calls // 25):
        calls, last = 0, stopped
        with pytest.raises(KeyboardInterrupt):
            with_overrides(scenario, settings)
