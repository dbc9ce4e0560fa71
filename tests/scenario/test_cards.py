import pytest

from sim.scenario import load_scenario
from sim.scenario.cards import card_for, numbers_without_card

COST = "levels.residential.cost_per_day"
GOOD = {"low": 190.0, "high": 310.0, "unit": "USD per day", "source": "a study", "grade": "published"}
SHARE = {"low": 0.2, "high": 0.6, "unit": "share"}
CHOICE = {"source": "the plan", "grade": "choice"}


@pytest.mark.parametrize(
    ("path", "card", "where", "words"),
    [
        ("levels.residential.cost_per_dya", GOOD, "", "does not exist"),
        ("levels.residential..cost", GOOD, "", "not a dotted path"),
        ("levels.residential.authorised_days", GOOD, "", "does not set"),
        ("levels.residential", GOOD, ".grade", 'must be "choice"'),
        ("levels.residential.hand_over", {**CHOICE, "low": 1.0}, ".low", "no meaning"),
        ("arrivals", {**CHOICE, "unit": "per day"}, ".unit", "no meaning"),
        (COST, {**GOOD, "unit": "days"}, ".unit", 'must be "USD per day"'),
        (COST, {**GOOD, "unit": "EUR per day"}, ".unit", 'must be "USD per day"'),
        (COST, {k: v for k, v in GOOD.items() if k != "low"}, ".low", "is missing"),
        (COST, {k: v for k, v in GOOD.items() if k != "high"}, ".high", "is missing"),
        (COST, {k: v for k, v in GOOD.items() if k != "unit"}, ".unit", "is missing"),
        (COST, {**GOOD, "low": 400.0}, ".low", "above high"),
        (COST, {**GOOD, "low": -5.0}, ".low", "no value that the field allows"),
        (COST, {**GOOD, "low": 0.0, "distribution": "gamma"}, ".low", "above 0 for the gamma"),
        (COST, {**GOOD, "distribution": "beta"}, ".distribution", "from 0 to 1"),
        (COST, {**CHOICE, "distribution": "normal"}, ".distribution", "needs low and high"),
        (COST, {**GOOD, "grade": "guess"}, ".grade", "must be one of"),
    ],
)
def test_a_faulty_card_is_told(problems, path, card, where, words):
    place = f'evidence."{path}"' if "." in path else f"evidence.{path}"
    found = problems({"evidence": {path: card}})
    assert list(found) == [place + where]
    assert words in found[place + where].message


def test_a_misspelt_path_gets_the_nearest(problems):
    found = problems({"evidence": {"levels.iop.capacity": CHOICE}})
    assert found['evidence."levels.iop.capacity"'].hint == "Did you mean places.iop_seats.capacity?"


@pytest.mark.parametrize(
    ("path", "card"),
    [
        (COST, GOOD),
        (COST, {**GOOD, "unit": "currency per day"}),
        (COST, CHOICE),
        ("levels.residential", CHOICE),
        ("levels.residential.hand_over", CHOICE),
        ("levels.residential.next.0.probability", {**GOOD, **SHARE, "distribution": "beta"}),
        ("levels.residential.on_relapse.continue", {**GOOD, **SHARE}),
    ],
)
def test_sound_cards_pass(problems, path, card):
    assert problems({"evidence": {path: card}}) == {}


def test_the_nearest_card_speaks_for_a_number(data):
    scenario = load_scenario(data)
    assert card_for(scenario, COST).grade == "published"
    assert card_for(scenario, "places.beds.capacity").grade == "choice"
    assert card_for(scenario, "levels.iop.cost_per_day") is None


def test_numbers_without_a_card_are_listed(data):
    missing = numbers_without_card(load_scenario(data))
    assert COST not in missing
    assert "places.beds.capacity" not in missing
    assert "levels.residential.length_of_stay.mean" in missing
    assert "levels.iop.no_show" not in missing
