"""The file that `stepdown new` writes."""

import pytest

import sim
from sim.scenario import Scenario, ScenarioError
from sim.scenario.files import scenario_of_text
from sim.scenario.starting import Programme, starting_scenario


def warned(scenario: Scenario) -> list[str]:
    """Where it is warned of; that nothing brings about the share of people known, `stepdown rest` mends."""
    return [warning.path for warning in sim.scenario_warnings(scenario)]


def test_it_is_sound_and_says_what_was_asked() -> None:
    programme = Programme("St Mary's", "More beds?", 24.0, 0.25, beds=20, stay_days=20.0, seats=24, linked=0.6)
    scenario = scenario_of_text(starting_scenario(programme, "mary.toml"), "mary.toml")
    assert (scenario.name, scenario.question) == ("St Mary's", "More beds?")
    assert (scenario.arrivals.calls_per_month, scenario.arrivals.known_share) == (24.0, 0.25)
    assert (scenario.places["beds"].capacity, scenario.places["seats"].capacity) == (20, 24)
    stay = scenario.levels["residential"].length_of_stay.model_dump()
    assert (stay["mean"], stay["sd"], stay["max"]) == (20.0, 8.0, 80.0)
    assert scenario.levels["residential"].next[0].probability == 0.6
    assert warned(scenario) == ["arrivals.known_share"]


def test_without_seats_there_is_no_iop() -> None:
    scenario = scenario_of_text(starting_scenario(Programme(seats=0), "a.toml"))
    assert set(scenario.levels) == {"residential", "outpatient"}
    assert set(scenario.places) == {"beds"}
    assert [link.to for link in scenario.levels["residential"].next] == ["outpatient"]
    assert scenario.entry[0].to == {"residential": 0.5, "outpatient": 0.5}
    assert warned(scenario) == ["arrivals.known_share"]


@pytest.mark.parametrize("residential", [0.01, 0.123456789, 1 / 3, 0.7, 1.0])
def test_only_so_many_start_in_residential_care_as_is_said(residential: float) -> None:
    scenario = scenario_of_text(starting_scenario(Programme(residential=residential, calls_per_month=20), "a.toml"))
    assert scenario.entry[0].to["residential"] == pytest.approx(residential, abs=1e-9)
    assert ("iop" in scenario.entry[0].to) == (residential < 1)
    assert warned(scenario) == ["arrivals.known_share"]


def test_there_is_a_way_on_from_every_level_but_the_last_and_somebody_pays() -> None:
    scenario = scenario_of_text(starting_scenario(Programme(), "a.toml"))
    ways = {name: [link.to for link in level.next] for name, level in scenario.levels.items()}
    assert ways == {"residential": ["iop", "outpatient"], "iop": ["outpatient"], "outpatient": []}
    assert set(scenario.payers) == {"insurer", "state", "patient"}
    assert warned(scenario) == ["arrivals.known_share"]


def test_a_programme_as_written_can_be_lived_in() -> None:
    """Beds are used and not overrun, waits are short, people go on, some come back, and asks are more than people.

    By Little's law 1.5 x 0.5 first asks a day with stays of some 22 days hold 16 beds of 30, returns come on top.
    """
    result = sim.run(scenario_of_text(starting_scenario(Programme(), "a.toml")), replications=4, seed=3)
    mean = result.summary().set_index("metric")["mean"]
    assert 0.55 < mean["occupancy.beds"] < 0.95
    assert 0.5 < mean["occupancy.seats"] < 0.98
    assert max(mean["wait.residential.mean"], mean["wait.iop.mean"]) < 5
    assert mean["admitted"] > 0.85
    assert 0.4 < mean["linkage.residential"] < 0.85
    assert 0.3 < mean["relapse.365_days"] < 0.75
    assert mean["asks"] > 1.2 * mean["arrivals"]
    assert mean["deaths.share"] < 0.02


@pytest.mark.parametrize("calls", [1e-7, 0.123456789, 1.0, 12.0])
def test_a_number_is_written_as_it_was_stated(calls: float) -> None:
    scenario = scenario_of_text(starting_scenario(Programme(calls_per_month=calls, beds=1000), "a.toml"))
    assert scenario.arrivals.calls_per_month == calls


@pytest.mark.parametrize(
    ("wrong", "path"), [(Programme(beds=-1), "places.beds.capacity"), (Programme(linked=1.5), "levels.residential")]
)
def test_a_number_that_cannot_be_is_refused_by_its_path(wrong: Programme, path: str) -> None:
    with pytest.raises(ScenarioError, match=path):
        scenario_of_text(starting_scenario(wrong, "a.toml"))


@pytest.mark.parametrize("name", ['a "quoted" \\ name', "two\nlines", 'x"\n[evil]\ny = "1', "$beds", "é 漢 \x00"])
def test_no_name_breaks_out_of_its_string(name: str) -> None:
    scenario = scenario_of_text(starting_scenario(Programme(name, name), "a.toml"))
    assert set(scenario.levels) == {"residential", "iop", "outpatient"}
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
