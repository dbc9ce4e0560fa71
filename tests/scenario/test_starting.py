"""The file that `stepdown new` writes."""

import pytest

import sim
from sim.scenario import ScenarioError
from sim.scenario.files import scenario_of_text
from sim.scenario.starting import Programme, starting_scenario


def test_it_is_sound_and_says_what_was_asked() -> None:
    programme = Programme("St Mary's", "More beds?", per_day=0.6, beds=20, stay_days=20.0, seats=24, linked=0.6)
    scenario = scenario_of_text(starting_scenario(programme, "mary.toml"), "mary.toml")
    assert (scenario.name, scenario.question) == ("St Mary's", "More beds?")
    assert scenario.arrivals.per_day == 0.6
    assert (scenario.places["beds"].capacity, scenario.places["seats"].capacity) == (20, 24)
    stay = scenario.levels["residential"].length_of_stay.model_dump()
    assert (stay["mean"], stay["sd"], stay["max"]) == (20.0, 8.0, 80.0)
    assert scenario.levels["residential"].next[0].probability == 0.6
    assert sim.scenario_warnings(scenario) == []


def test_without_seats_there_is_no_iop() -> None:
    scenario = scenario_of_text(starting_scenario(Programme(seats=0), "a.toml"))
    assert set(scenario.levels) == {"residential"}
    assert set(scenario.places) == {"beds"}
    assert scenario.levels["residential"].next == ()


@pytest.mark.parametrize("per_day", [1e-7, 0.123456789, 1.0, 12.0])
def test_a_number_is_written_as_it_was_stated(per_day: float) -> None:
    scenario = scenario_of_text(starting_scenario(Programme(per_day=per_day, beds=1000), "a.toml"))
    assert scenario.arrivals.per_day == per_day


@pytest.mark.parametrize(
    ("wrong", "path"), [(Programme(beds=-1), "places.beds.capacity"), (Programme(linked=1.5), "levels.residential")]
)
def test_a_number_that_cannot_be_is_refused_by_its_path(wrong: Programme, path: str) -> None:
    with pytest.raises(ScenarioError, match=path):
        scenario_of_text(starting_scenario(wrong, "a.toml"))


@pytest.mark.parametrize("name", ['a "quoted" \\ name', "two\nlines", 'x"\n[evil]\ny = "1', "$beds", "é 漢 \x00"])
def test_no_name_breaks_out_of_its_string(name: str) -> None:
    scenario = scenario_of_text(starting_scenario(Programme(name, name), "a.toml"))
    assert set(scenario.levels) == {"residential", "iop"}
    assert scenario.name == " ".join(name.replace("\x00", " ").split())


@pytest.mark.parametrize("extended", ["../base.toml", "/etc/passwd", "base.toml", "nope", "./hybrid"])
def test_a_text_opens_no_file(extended: str) -> None:
    with pytest.raises(ScenarioError, match="must be the name of a shipped scenario"):
        scenario_of_text(f'extends = "{extended}"\nname = "x"\n')


def test_a_text_may_extend_what_is_shipped() -> None:
    assert (
        scenario_of_text('extends = "hybrid"\nname = "x"\nplaces.iop_seats.capacity = 40\n')
        .places["iop_seats"]
        .capacity
        == 40
    )
