"""The file that `stepdown new` writes."""

import pytest

import sim
from sim.scenario import ScenarioError
from sim.scenario.files import scenario_of_text
from sim.scenario.starting import starting_scenario


def test_it_is_sound_and_says_what_was_asked() -> None:
    text = starting_scenario("St Mary's", "More beds?", "mary.toml", per_day=0.6, beds=20, seats=18)
    scenario = scenario_of_text(text, "mary.toml")
    assert (scenario.name, scenario.question) == ("St Mary's", "More beds?")
    assert scenario.arrivals.per_day == 0.6
    assert (scenario.places["beds"].capacity, scenario.places["seats"].capacity) == (20, 18)
    assert sim.scenario_warnings(scenario) == []


@pytest.mark.parametrize("title", ['a "quoted" \\ name', "two\nlines", 'x"\n[evil]\ny = "1', "$beds", "é 漢 \x00"])
def test_no_title_breaks_out_of_its_string(title: str) -> None:
    scenario = scenario_of_text(starting_scenario(title, title, "a.toml", 1.0, 30, 24))
    assert set(scenario.levels) == {"residential", "iop"}
    assert scenario.name == " ".join(title.replace("\x00", " ").split())


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
