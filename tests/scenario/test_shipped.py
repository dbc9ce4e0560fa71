"""The scenarios that come with the package: that each is sound, sourced, and asks something."""

import tomllib
from pathlib import Path

import pytest
from support import briefly

import sim
from sim.model import replicate
from sim.outcomes import read_problems
from sim.scenario.cards import numbers_without_card
from sim.scenario.differences import differences
from sim.scenario.input_draws import draw_inputs
from sim.scenario.plain import plain_data
from sim.scenario.shipped import shipped_folder

EXPECTED = {
    "base",
    "county",
    "county_convert",
    "depression",
    "depression_linked",
    "depression_usual",
    "early_step_down",
    "evening_track",
    "hybrid",
    "iop_direct",
    "iop_with_housing",
    "medication",
    "medication_first",
    "more_beds",
    "residential_only",
    "waiting_list",
    "warm_handoff",
}
ALL = sorted(EXPECTED)
BASES = ("base", "depression")
VARIANTS = sorted(EXPECTED.difference(BASES))
PROGRAMMES = {*BASES, "county"}
"""Programmes of their own, of which each says how it runs."""
LONGEST_FILE = 500
LOADED = {
    "warm_handoff": {"places.iop_seats.capacity", "places.outpatient_slots.capacity"},
    "iop_direct": {"places.outpatient_slots.capacity"},
    **{name: {"places.residential_beds.capacity"} for name in ("waiting_list", "county", "county_convert")},
}


def file_of(name: str) -> Path:
    folder = shipped_folder()
    assert folder is not None
    return folder / f"{name}.toml"


def test_these_scenarios_are_shipped_and_nothing_else_lies_beside_them() -> None:
    assert set(sim.shipped_names()) == EXPECTED
    assert {path.suffix for path in file_of("base").parent.iterdir()} == {".toml"}


@pytest.mark.parametrize("name", ALL)
def test_loads_from_its_file_and_by_its_name(name: str) -> None:
    assert sim.load_scenario(file_of(name)) == sim.load_scenario(name)


@pytest.mark.parametrize("name", ALL)
def test_every_stated_number_has_an_evidence_card(name: str) -> None:
    assert numbers_without_card(sim.load_scenario(name)) == []


@pytest.mark.parametrize("name", ALL)
def test_asks_a_question_and_expects_an_answer_of_some_size(name: str) -> None:
    scenario = sim.load_scenario(name)
    assert scenario.question.endswith("?")
    assert any(character.isdigit() for character in scenario.hypothesis)


@pytest.mark.parametrize("name", sorted(EXPECTED - PROGRAMMES))
def test_is_compared_with_another_shipped_scenario(name: str) -> None:
    assert sim.load_scenario(name).compared_with in EXPECTED - {name}


@pytest.mark.parametrize("name", sorted(EXPECTED - PROGRAMMES))
def test_its_inputs_can_be_drawn_with_those_of_what_it_is_compared_with(name: str) -> None:
    """Sixteen draws break no rule, or one of them does; `stepdown psa` looks at 64."""
    pair = {each: sim.load_scenario(each) for each in (sim.load_scenario(name).compared_with, name)}
    draws, unfit = draw_inputs(pair, 64)
    assert unfit == []
    assert draws.broken(name, 16)[0] <= 1 / 16


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_a_programme_is_compared_with_nothing(name: str) -> None:
    assert sim.load_scenario(name).compared_with == ""


@pytest.mark.parametrize("name", VARIANTS)
def test_states_only_what_differs(name: str) -> None:
    stated = tomllib.loads(file_of(name).read_text(encoding="utf-8"))
    parent = plain_data(sim.load_scenario(stated.pop("extends").removesuffix(".toml")))
    anew = ("remove", "targets", "known")  # Targets are of these very inputs; who is known, a command writes.
    assert [path for path in leaves(stated) if path[0] not in anew and same(stated, parent, path)] == []


def leaves(table: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Paths of what a file states; a distribution, an array and an evidence card are one thing."""
    if not isinstance(table, dict) or "distribution" in table or (path[:1] == ("evidence",) and len(path) == 2):
        return [path]
    return [leaf for key, value in table.items() for leaf in leaves(value, (*path, key))]


def same(stated: object, parent: object, path: tuple[str, ...]) -> bool:
    """Whether the parent already says so."""
    for key in path:
        assert isinstance(stated, dict)
        stated = stated[key]
        if not isinstance(parent, dict) or key not in parent:
            return False
        parent = parent[key]
    return stated == parent


@pytest.mark.parametrize("name", ALL)
def test_file_is_short_enough_to_read(name: str) -> None:
    assert len(file_of(name).read_text(encoding="utf-8").splitlines()) < LONGEST_FILE


@pytest.mark.parametrize("name", ALL)
def test_warns_only_of_load_that_is_part_of_the_question(name: str) -> None:
    """Two policies send more people to IOP and outpatient care, three have too few beds: lists are what they show."""
    found = {problem.path for problem in sim.scenario_warnings(sim.load_scenario(name))}
    assert found <= LOADED.get(name, set())


@pytest.mark.parametrize("name", ALL)
def test_runs_and_fills_every_level(name: str) -> None:
    """A shorter run of the real thing."""
    short = briefly(name, follow_up=90)
    assert set(replicate(short, 1, 0).stays.frame()["level"].unique()) == set(short.levels)


@pytest.mark.parametrize(
    ("name", "level"),
    [("evening_track", "iop_evening"), ("iop_with_housing", "iop_housing"), ("county_convert", "iop_housing")],
)
def test_a_level_that_is_like_iop_stays_like_iop(name: str, level: str) -> None:
    """What the policy does not change is stated again in the file, and must follow IOP when that is refitted."""
    levels = sim.load_scenario(name).levels
    clinical = ("length_of_stay", "dropout", "burnout", "termination", "transfer", "patience", "no_show")
    clinical += ("lasting_benefit", "days_to_remission", "on_relapse", "step_up_to", "next", "caseload")
    prices = ("cost_per_session", "patient_time_per_session")
    for key in (*clinical, *prices):
        assert getattr(levels[level], key) == getattr(levels["iop"], key), key


@pytest.mark.parametrize("name", ALL)
def test_what_a_hypothesis_is_about_is_read(name: str) -> None:
    scenario = sim.load_scenario(name)
    assert scenario.reads
    assert read_problems(scenario) == []


@pytest.mark.parametrize("name", ALL)
def test_every_price_is_in_dollars_of_the_price_year(name: str) -> None:
    scenario = sim.load_scenario(name)
    assert scenario.price_year == 2025
    assert not [path for path, card in scenario.evidence.items() if "not inflated" in card.note]


def test_patients_time_is_inflated_from_its_source() -> None:
    """235 an inpatient day and 38 a visit, in dollars of about 2007; consumer prices rose by 55 % to 2025."""
    levels = sim.load_scenario("base").levels
    assert levels["residential"].patient_time_per_day == levels["detox"].patient_time_per_day == round(235 * 1.55)
    assert levels["iop"].patient_time_per_session == levels["outpatient"].patient_time_per_session == round(38 * 1.55)


def test_what_residential_only_lacks_is_the_links_and_nothing_else() -> None:
    """As its question says: the same places are funded, and other ways into IOP and outpatient care stay open."""
    without, hybrid = sim.load_scenario("residential_only"), sim.load_scenario("hybrid")
    found = {path.partition(".next")[0] for path, *_ in differences(without, hybrid)}
    assert found == {"levels.residential", "levels.iop"}
    assert "same places funded" in without.question
    assert "same places funded" in hybrid.question
