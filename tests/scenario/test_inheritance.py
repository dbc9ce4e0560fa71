"""What a file keeps of the one that it extends, and from where it says that it comes."""

import pytest

from sim.scenario import load_scenario, scenario_warnings
from sim.scenario.cards import card_for, numbers_without_card
from sim.scenario.inheritance import inherited, kept_cards
from sim.scenario.merge import merged, removed

CARD = {"source": "a study", "grade": "choice"}


def cards_of(parent, child):
    return inherited(parent, merged(parent, child), child)["evidence"]


def test_a_card_stays_as_long_as_its_value():
    dropout = {"distribution": "weibull", "shape": 0.7, "scale": 9}
    link = {"to": "iop", "probability": 0.5}
    detox = {"dropout": dropout, "next": [link, {**link, "to": "outpatient"}, link], "cost_per_day": 3, "no_show": 0.1}
    parent = {
        "levels": {"detox": detox},
        "evidence": {
            "levels.detox.dropout.shape": CARD,
            "levels.detox.next.0.probability": CARD,
            "levels.detox.next.1.probability": CARD,
            "levels.detox.next.2.probability": CARD,
            "levels.detox.cost_per_day": CARD,
            "levels.detox.no_show": CARD,
        },
    }
    changes = {
        "dropout": {"distribution": "loglogistic", "shape": 0.7, "median": 9},
        "next": [link, {**link, "to": "housing"}, {**link, "probability": 0.6}],
        "cost_per_day": 4,
        "no_show": 0.1,
        "title": "Detoxification",
    }
    child = {"levels": {"detox": changes}}
    assert list(cards_of(parent, child)) == ["levels.detox.next.0.probability", "levels.detox.no_show"]
    own = {**child, "evidence": {"levels.detox.dropout.shape": {**CARD, "source": "ours"}}}
    assert cards_of(parent, own)["levels.detox.dropout.shape"]["source"] == "ours"


def test_the_cards_of_a_clock_go_when_it_becomes_one_of_the_plan():
    """The same numbers mean something else."""
    clock = {"distribution": "weibull", "shape": 0.7, "scale": 9}
    cards = {"levels.iop.dropout.shape": CARD, "levels.iop.dropout.scale": CARD}
    parent = {"levels": {"iop": {"dropout": clock}}, "evidence": cards}
    assert cards_of(parent, {"levels": {"iop": {"dropout": {**clock, "of": "plan"}}}}) == {}
    assert list(cards_of(parent, {"levels": {"iop": {"dropout": {**clock, "of": "days"}}}})) == list(cards)


def test_other_values_of_an_attribute_drop_its_cards():
    parent = {"population": {"age": {"young": 0.4, "old": 0.6}}, "evidence": {"population.age.old": CARD}}
    assert cards_of(parent, {"population": {"age": {"old": 0.6, "very_old": 0.4}}}) == {}
    assert cards_of(parent, {"population": {"age": {"old": 0.6, "young": 0.4}}}) == {}
    assert list(cards_of(parent, {"population": {"age": {"young": 0.4, "old": 0.6}}})) == ["population.age.old"]


def test_removal_takes_the_evidence_along(data):
    data["evidence"]["levels.residential"] = CARD
    rest, _ = removed(data, ["levels.residential", "effects.severity"])
    assert set(inherited(data, rest, {})["evidence"]) == {"places"}


def test_a_card_of_a_table_goes_on_to_speak_of_what_has_not_changed():
    parent = {
        "time": {"warm_up_days": 90, "follow_up_days": 365},
        "population": {"age": {"young": 0.4, "old": 0.6}, "sex": {"f": 0.5, "m": 0.5}},
        "places": {"beds": {"title": "Beds", "capacity": 30, "fixed_cost_per_day": 9.0}},
        "entry": [{"to": {"iop": 1.0}}],
        "evidence": {"time": CARD, "population": CARD, "places": CARD, "entry": CARD},
    }
    child = {
        "time": {"follow_up_days": 180},
        "population": {"age": {"young": 0.5, "old": 0.5}},
        "places": {"beds": {"capacity": 28}, "seats": {"capacity": 10}},
        "entry": [{"to": {"iop": 0.5, "detox": 0.5}}],
    }
    assert set(cards_of(parent, child)) == {
        "time.warm_up_days",
        "population.sex",
        "places.beds.fixed_cost_per_day",
    }


def test_prices_in_another_currency_or_of_another_year_have_no_source():
    """240 dollars are not 240 euros, and 300 euros of a file that says so are nobody's fault."""
    for change in ({"currency": "EUR"}, {"price_year": 2020}):
        scenario = load_scenario({"extends": "base", **change})
        assert not [path for path in scenario.evidence if "cost" in path or path.startswith("costs.pro")]
        assert "levels.residential.length_of_stay.mean" in scenario.evidence


def test_many_spellings_of_one_path_are_one_card():
    parent = {"places": {f"p{i}": {"capacity": i} for i in range(300)}}
    parent["evidence"] = {f"places{' ' * i}": CARD for i in range(300)}
    child = {"places": {"p0": {"capacity": 5}}}
    assert len(kept_cards(parent, merged(parent, child), {})) == 299


@pytest.mark.parametrize("way", ["a file", "overrides"])
def test_a_changed_number_has_no_source_whichever_way_it_is_changed(way):
    """20 beds are not the size of the illustrative programme, and 300 a day are no error for leaving its range."""
    base = load_scenario("base")
    if way == "a file":
        changes = {"places": {"residential_beds": {"capacity": 20}}, "levels": {"residential": {"cost_per_day": 300.0}}}
        ours = load_scenario({"extends": "base", **changes})
    else:
        ours = base.with_overrides({"levels.residential.capacity": 20, "levels.residential.cost_per_day": 300.0})
    assert numbers_without_card(ours) == ["levels.residential.cost_per_day", "places.residential_beds.capacity"]
    assert card_for(ours, "places.residential_beds.capacity") is None
    assert len(ours.evidence) == len(base.evidence) - 2
    load = scenario_warnings(ours)
    assert [warning.path for warning in load] == ["places.residential_beds.capacity"]
    (left,) = [warning for warning in scenario_warnings(ours, since=base) if warning not in load]
    card = base.evidence["levels.residential.cost_per_day"]
    assert (left.path, left.value, left.severity) == ("levels.residential.cost_per_day", 300.0, "warning")
    assert f"{card.low:g} to {card.high:g}" in left.message


def test_the_same_number_keeps_its_card():
    base = load_scenario("base")
    assert base.with_overrides({"places.residential_beds.capacity": 40}).evidence == base.evidence
    ours = load_scenario({"extends": "base", "places": {"residential_beds": {"capacity": 40}}})
    assert ours.evidence["places.residential_beds.capacity"].inherited_from == "base"


def test_a_card_says_whose_it_is(tmp_path):
    (tmp_path / "county.toml").write_text(
        'extends = "base"\nname = "County"\nplaces.residential_beds.capacity = 28\n'
        '[evidence."places.residential_beds.capacity"]\ngrade = "choice"\nsource = "the licence"\n'
    )
    (tmp_path / "ours.toml").write_text('extends = "county.toml"\nname = "Ours"\nplaces.detox_beds.capacity = 4\n')
    county, ours = (load_scenario(tmp_path / f"{name}.toml") for name in ("county", "ours"))
    bed, seat = "places.residential_beds.capacity", "places.iop_seats.capacity"
    assert (county.evidence[bed].inherited_from, county.evidence[seat].inherited_from) == ("", "base")
    assert (ours.evidence[bed].inherited_from, ours.evidence[seat].inherited_from) == ("county", "base")
    assert load_scenario(ours.model_dump(by_alias=True)) == ours


def test_a_card_changed_in_part_is_nobody_elses():
    hybrid = load_scenario("hybrid")
    path = "levels.residential.cost_per_day"
    changed = hybrid.with_overrides({f'evidence."{path}".high': 900.0, path: 800.0})
    assert (changed.evidence[path].high, changed.evidence[path].inherited_from) == (900.0, "")
    assert hybrid.evidence[path].inherited_from == "base"
    assert scenario_warnings(changed, since=hybrid) == []


TEXTS = {"question": "Why?", "hypothesis": "About 3.", "compared_with": "base", "reads": [{"metric": "days_well"}]}


@pytest.mark.parametrize(
    ("child", "kept"),
    [
        ({}, True),
        ({"name": "Another name"}, True),
        ({"places": {"beds": {"title": "Our beds"}}, "levels": {"iop": {"title": "Ours"}}}, True),
        ({"evidence": {"places.beds.capacity": CARD}}, True),
        ({"places": {"beds": {"capacity": 40.0}}}, True),
        ({"places": {"beds": {"capacity": 41}}}, False),
        ({"time": {"warm_up_days": 1}}, False),
        ({"currency": "EUR"}, False),
        ({"remove": ["levels.residential.dropout"]}, False),
        ({"remove": ["hypothesis"], "hypothesis": "About 4."}, True),
    ],
)
def test_what_is_asked_and_expected_is_of_these_inputs_only(data, tmp_path, monkeypatch, child, kept):
    from sim.scenario.toml_text import toml_text

    (tmp_path / "parent.toml").write_text(toml_text({**data, **TEXTS}))
    monkeypatch.chdir(tmp_path)
    ours = load_scenario({"extends": "parent.toml", **child})
    assert bool(ours.question) == bool(ours.compared_with) == bool(ours.reads) == kept
    assert bool(ours.hypothesis) == kept


def test_a_question_of_ones_own_stays(tmp_path):
    (tmp_path / "ours.toml").write_text('extends = "hybrid"\nquestion = "And ours?"\nplaces.iop_seats.capacity = 24\n')
    ours = load_scenario(tmp_path / "ours.toml")
    assert (ours.question, ours.hypothesis, ours.compared_with, ours.reads) == ("And ours?", "", "", ())


@pytest.mark.parametrize(
    ("child", "kept"),
    [
        ({"levels": {"residential": {"relapse_ratio": 1.0, "bridge": None}}}, True),
        ({"currency": "USD", "price_year": 2025}, True),
        ({"levels": {"residential": {"relapse_ratio": 1.1}}}, False),
    ],
)
def test_what_is_the_schemas_own_may_be_stated_and_changes_nothing(child, kept):
    more = load_scenario("more_beds")
    assert more.hypothesis
    assert bool(load_scenario({"extends": "more_beds", **child}).hypothesis) == kept


COST, STAY, BEDS = (
    *("levels.residential.cost_per_day", "levels.residential.length_of_stay.mean"),
    "places.residential_beds.capacity",
)


def stated(source, value):
    """A card around a number, which says from where it is."""
    return {"low": 0.5 * value, "high": 2.0 * value, "unit": "USD per day", "source": source, "grade": "estimated"}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file into a folder of the test's own, as the dict that it holds."""
    from sim.scenario.toml_text import toml_text

    monkeypatch.chdir(tmp_path)
    return lambda name, **data: (tmp_path / f"{name}.toml").write_text(toml_text(data))


def sources(scenario, *paths):
    cards = scenario.evidence
    return [(cards[path].source, cards[path].inherited_from) if path in cards else None for path in paths]


def test_every_value_of_several_files_has_the_card_of_the_file_whose_it_is(write):
    base = load_scenario("base")
    cost, stay = base.levels["residential"].cost_per_day, base.evidence[STAY].source
    levels = {"residential": {"cost_per_day": 300.0}}
    write("ours", extends="base", levels=levels, evidence={COST: stated("our accounts", 300.0)})
    # It has a card of a number that it leaves as base has it, and changes another.
    write(
        "policy",
        extends="base",
        places={"residential_beds": {"capacity": 28}},
        evidence={COST: stated("a better study", cost), BEDS: {"source": "the licence", "grade": "choice"}},
    )
    both = load_scenario({"extends": ["ours.toml", "policy.toml"]})
    assert (both.levels["residential"].cost_per_day, both.places["residential_beds"].capacity) == (300.0, 28)
    assert sources(both, COST, BEDS, STAY) == [("our accounts", "ours"), ("the licence", "policy"), (stay, "base")]
    turned = load_scenario({"extends": ["policy.toml", "ours.toml"]})
    assert sources(turned, COST, BEDS, STAY) == sources(both, COST, BEDS, STAY)
    assert not [each for each in scenario_warnings(both) if "evidence" in each.path or "card" in each.message]


def test_a_value_that_comes_back_brings_its_card(write):
    """The second file states the number of the file that both extend again, so its card holds again; else not."""
    base = load_scenario("base")
    of_base = base.evidence[COST].source
    cost = base.levels["residential"].cost_per_day
    write("dear", extends="base", levels={"residential": {"cost_per_day": 300.0}})
    write("back", extends="base", levels={"residential": {"cost_per_day": cost}})
    write("other", extends="base", levels={"residential": {"cost_per_day": 90.0}})
    assert sources(load_scenario("dear.toml"), COST) == [None]
    assert sources(load_scenario({"extends": ["dear.toml", "back.toml"]}), COST) == [(of_base, "base")]
    assert sources(load_scenario({"extends": ["back.toml", "dear.toml"]}), COST) == [None]
    assert sources(load_scenario({"extends": ["dear.toml", "other.toml"]}), COST) == [None]
    # A file that takes the card away, and leaves the number, is heard.
    write("silent", extends="base", remove=[f'evidence."{COST}"'])
    assert sources(load_scenario({"extends": ["silent.toml", "back.toml"]}), COST) == [None]
    assert sources(load_scenario({"extends": ["back.toml", "silent.toml"]}), COST) == [None]


def test_cards_of_a_file_that_extends_nothing_are_of_whatever_lies_below(write):
    write("sources", evidence={COST: stated("our accounts", 83.0)})
    ours = load_scenario({"extends": ["base", "sources.toml"]})
    assert sources(ours, COST) == [("our accounts", "sources")]


def test_questions_and_expectations_are_of_the_inputs_that_a_file_knew(write):
    write("programme", extends="base", places={"iop_seats": {"capacity": 30}}, **TEXTS)
    write(
        "policy", **{"extends": "base", **TEXTS, "question": "Fewer?", "places": {"residential_beds": {"capacity": 28}}}
    )
    write("texts", **TEXTS)

    def texts(*names, **more):
        loaded = load_scenario({"extends": list(names), **more})
        return loaded.question, loaded.hypothesis, loaded.compared_with, len(loaded.reads)

    nothing, all_of_them = ("", "", "", 0), ("Why?", "About 3.", "base", 1)
    assert texts("programme.toml") == texts("base", "programme.toml") == all_of_them
    assert texts("programme.toml", "policy.toml") == texts("policy.toml", "programme.toml") == nothing
    assert texts("programme.toml", "policy.toml", question="Both?") == ("Both?", "", "", 0)
    assert texts("programme.toml", "policy.toml", "texts.toml") == all_of_them


def test_a_correlation_goes_with_an_input_that_is_gone():
    levels = {"ward": {"cost_per_day": 3, "no_show": 0.1}, "clinic": {"cost_per_day": 2}}
    stated = {"levels.ward.cost_per_day": {"levels.ward.no_show": 0.5, "levels.clinic.cost_per_day": 0.2}}
    parent = {"levels": levels, "evidence_correlation": {**stated, "levels.clinic.cost_per_day": {"b": 0.1}}}
    rest, _ = removed(parent, ["levels.clinic"])
    kept = inherited(parent, rest, own={})["evidence_correlation"]
    assert kept == {"levels.ward.cost_per_day": {"levels.ward.no_show": 0.5}}
    # One of its own is left for a rule to refuse, and changed values are correlated as they were.
    assert inherited(parent, rest, own=parent)["evidence_correlation"] == parent["evidence_correlation"]
    dearer = {"levels": {"ward": {"cost_per_day": 4}}}
    assert inherited(parent, merged(parent, dearer), dearer)["evidence_correlation"] == parent["evidence_correlation"]
