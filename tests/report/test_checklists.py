"""Reporting checklists: every item is there by its number, and what is left to the authors is said."""

import sim
from sim.report.checklist_items import Item
from sim.report.checklists import checklist_page, checklist_parts, cheers_items, is_economic, stress_items
from sim.report.page_file import rendered
from sim.report.provenance import Provenance

PROVENANCE = Provenance("1.2.3", {"python": "3.11"})
STRESS = [
    *("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5"),
    *("3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1"),
]
"""Monks et al. 2019, table of STRESS-DES."""

LEFT_BY_NATURE = ("2", "3", "4", "21", "25", "26", "27", "28")
"""Items of CHEERS 2022 that no software can answer."""


def arms() -> dict[str, sim.Scenario]:
    return {
        name: sim.load_scenario(name).with_overrides({"time.warm_up_days": 30, "time.recruitment_days": 20})
        for name in ("residential_only", "hybrid")
    }


def flat(items: dict[str, list[Item]]) -> list[Item]:
    return [item for section in items.values() for item in section]


def test_stress_has_every_item_in_order() -> None:
    items = stress_items(arms(), PROVENANCE)
    assert list(items) == ["Objectives", "Logic", "Data", "Experimentation", "Implementation", "Code access"]
    assert [item.number for item in flat(items)] == STRESS
    assert all(item.here and item.asks and item.title for item in flat(items))


def test_cheers_has_every_item_in_order() -> None:
    study = sim.compare(arms(), replications=1)
    items = {item.number: item for item in flat(cheers_items(arms(), PROVENANCE, study))}
    assert list(items) == [str(number) for number in range(1, 29)]
    assert all(items[number].left for number in LEFT_BY_NATURE)


def test_a_scenario_is_told_apart_from_a_study() -> None:
    scenarios = {"hybrid": arms()["hybrid"]}
    told = {item.number: item for item in flat(stress_items(scenarios, PROVENANCE))}
    assert told["4.3"].here == "Not simulated yet."
    assert told["4.3"].left
    study = sim.Study({"": sim.run(scenarios["hybrid"], replications=2, seed=5)})
    told = {item.number: item for item in flat(stress_items(scenarios, PROVENANCE, study))}
    assert "2 independent replications" in told["4.3"].here
    assert "seed 5" in told["4.3"].here


def test_what_differs_between_scenarios_is_said() -> None:
    told = {item.number: item for item in flat(stress_items(arms(), PROVENANCE))}
    assert "levels.residential.next" in told["2.3"].here
    assert "No linked step-down" in told["1.3"].here


def test_only_a_priced_comparison_is_economic() -> None:
    scenarios = arms()
    assert is_economic(scenarios)
    assert not is_economic({"hybrid": scenarios["hybrid"]})
    free = sim.load_scenario(
        {
            "name": "free",
            "time": {"recruitment_days": 5, "follow_up_days": 10},
            "arrivals": {"per_day": 1.0},
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {"ward": {"length_of_stay": {"distribution": "fixed", "value": 3}}},
        }
    )
    assert not is_economic({"a": free, "b": free})
    parts = checklist_parts({"a": free}, PROVENANCE)
    assert "for economic evaluations" in parts[-1].lines[0]


def test_the_page_says_how_much_is_left() -> None:
    text = rendered(checklist_page({"hybrid": arms()["hybrid"]}, PROVENANCE), "markdown")
    assert "24 points; for " in text
    assert "only the authors of the study can write" in text
    assert all(f"| {number} " in text for number in STRESS)
    assert "still to be written" in text
