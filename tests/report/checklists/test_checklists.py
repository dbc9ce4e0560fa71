"""Reporting checklists: every item is there by its number, and what is left to the authors is said."""

import re
from pathlib import Path

import pytest
from experiment.systems import small
from support import briefly

import sim
from sim.experiment.manifest import provenance_of
from sim.files.provenance import Provenance
from sim.report.checklists.logic import components, queues
from sim.report.checklists.page import Item, checklist_page, checklist_parts, cheers_items, is_economic, stress_items
from sim.report.render.files import rendered
from sim.report.sheets.validation import TALLY

PROVENANCE = Provenance("1.2.3", {"python": "3.11"})
STRESS = [
    *("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5"),
    *("3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1"),
]
"""Monks et al. 2019, table of STRESS-DES."""

CHEERS = (
    *("Title", "Abstract", "Background and objectives", "Health economic analysis plan", "Study population"),
    *("Setting and location", "Comparators", "Perspective", "Time horizon", "Discount rate", "Selection of outcomes"),
    *("Measurement of outcomes", "Valuation of outcomes", "Measurement and valuation of resources and costs"),
    *("Currency, price date, and conversion", "Rationale and description of model", "Analytics and assumptions"),
    *("Characterizing heterogeneity", "Characterizing distributional effects", "Characterizing uncertainty"),
    "Approach to engagement with patients and others affected by the study",
    *("Study parameters", "Summary of main results", "Effect of uncertainty"),
    "Effect of engagement with patients and others affected by the study",
    "Study findings, limitations, generalizability, and current knowledge",
    *("Source of funding", "Conflicts of interest"),
)
"""Husereau et al. 2022, table 1."""

BARE = {
    "name": "Bare",
    "time": {"warm_up_days": 5, "recruitment_days": 5, "follow_up_days": 10},
    "arrivals": {"per_day": 1.0},
    "entry": [{"to": {"ward": 1.0}}],
    "places": {"beds": {"capacity": 2, "fixed_cost_per_day": 10.0}},
    "levels": {"ward": {"places": ["beds"], "length_of_stay": {"distribution": "fixed", "value": 3}}},
}
"""A programme without relapse, return, recovery, death, attributes, cards or a next level."""

LEFT_BY_NATURE = ("2", "3", "4", "21", "25", "26", "27", "28")
"""Items of CHEERS 2022 that no software can answer."""


def arms() -> dict[str, sim.Scenario]:
    return {name: briefly(name, 30, 20, 365) for name in ("residential_only", "hybrid")}


def flat(items: dict[str, list[Item]]) -> list[Item]:
    return [item for section in items.values() for item in section]


def test_stress_has_every_item_in_order() -> None:
    items = stress_items(arms(), PROVENANCE)
    assert list(items) == ["Objectives", "Logic", "Data", "Experimentation", "Implementation", "Code access"]
    assert [item.number for item in flat(items)] == STRESS
    assert all(item.known and item.asks and item.title for item in flat(items))


def test_cheers_has_every_item_in_order() -> None:
    study = sim.compare(arms(), replications=1)
    items = {item.number: item for item in flat(cheers_items(arms(), PROVENANCE, study))}
    assert list(items) == [str(number) for number in range(1, 29)]
    assert tuple(item.title for item in items.values()) == CHEERS
    assert all(items[number].left for number in LEFT_BY_NATURE)


def test_a_scenario_is_told_apart_from_a_study() -> None:
    scenarios = {"hybrid": arms()["hybrid"]}
    told = {item.number: item for item in flat(stress_items(scenarios, PROVENANCE))}
    assert told["4.3"].known == "Not simulated yet."
    assert told["4.3"].left
    study = sim.Study({"": sim.run(scenarios["hybrid"], replications=2, seed=5)})
    told = {item.number: item for item in flat(stress_items(scenarios, PROVENANCE, study))}
    assert told["4.3"].known == "2 independent replications, seed 5."
    assert not any("ommon random numbers" in item.known or "paired" in item.known for item in told.values())
    compared = sim.compare(arms(), replications=2)
    told = {item.number: item for item in flat(stress_items(arms(), PROVENANCE, compared))}
    assert "2 independent replications of each scenario, seed 1, paired by common random numbers" in told["4.3"].known


def test_what_differs_between_scenarios_is_said() -> None:
    told = {item.number: item for item in flat(stress_items(arms(), PROVENANCE))}
    assert "levels.residential.next" in told["2.3"].known
    assert "No linked step-down" in told["1.3"].known


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
    assert text.count("Reporting checklists") == 1
    assert "only the authors of the study can write" in text
    assert all(f"| {number} " in text for number in STRESS)
    assert "still to be written" in text


def by_number(items: dict[str, list[Item]]) -> dict[str, Item]:
    return {item.number: item for item in flat(items)}


def test_stress_names_no_mechanism_that_the_scenario_lacks() -> None:
    bare = {"bare": sim.load_scenario(BARE)}
    told = by_number(stress_items(bare, PROVENANCE))
    assert "After discharge people stay as they left." in told["2.1"].known
    text = " ".join(item.known for number, item in told.items() if number < "3").lower()
    for word in ("relapse", "review", "step-down", "priority", "hand-over", "burn", "terminat", "frailty", "transfer"):
        assert word not in text, word
    assert not re.search(r"\bdie|death|return|come back|next level|drop-out|full-time", text)


def test_stress_names_every_mechanism_that_the_scenario_has() -> None:
    told = by_number(stress_items({"base": sim.load_scenario("base")}, PROVENANCE))
    assert "may relapse, have lapses, recover without care, come back and die" in told["2.1"].known
    assert "drop-out, burn-out (treatment fatigue), administrative discharge" in told["2.5.2"].known
    assert "hidden frailty of log sd" in told["2.5.1"].known
    assert "waiting lists, by priority" in told["2.4"].known
    assert "the lag before the next level" in told["2.5.2"].known


def test_stress_names_the_lists_of_whom_different_places_accept() -> None:
    """Women have a choice of two kinds, men the mixed one alone: two lists, and whoever can have a place is served."""
    bare = sim.load_scenario(BARE)
    assert "one waiting list a level, first come, first served in every level" in queues(bare)
    parted = {
        "population": {"sex": {"woman": 0.5, "man": 0.5}},
        "places.rooms": {"capacity": 1, "accepts": {"sex": ["woman"]}},
        "levels.ward.places": [],
        "levels.ward.any_place_of": ["rooms", "beds"],
    }
    assert (
        "one waiting list a level, in ward one for each class of patients whom the same places accept, first come, "
        "first served of those who can have a place in every level" in queues(bare.with_overrides(parted))
    )


def test_cheers_lists_what_visits_take_of_health_and_every_payer() -> None:
    two = {name: sim.load_scenario("depression") for name in "ab"}
    two = {
        name: each.with_overrides({"time.recruitment_days": 5, "time.follow_up_days": 5, "time.warm_up_days": 0})
        for name, each in two.items()
    }
    told = by_number(cheers_items(two, PROVENANCE, sim.compare(two, replications=2)))
    assert "QALYs lost by a visit to an emergency department: Self-harm 0.015" in told["13"].known
    one = {
        "population": {"payer": {"medicaid": 1.0}},
        "reimbursement": {"attribute": "payer", "residual_payer": "county"},
    }
    paid = {name: sim.load_scenario(BARE).with_overrides(one) for name in "ab"}
    told = by_number(cheers_items(paid, PROVENANCE, sim.compare(paid, replications=2)))
    assert "costs by payer" in told["19"].known


def test_what_only_some_scenarios_have_is_said_of_them() -> None:
    early = {name: sim.load_scenario(name) for name in ("hybrid", "early_step_down")}
    told = by_number(stress_items(early, PROVENANCE))
    assert "early step-down (only in early_step_down)" in told["2.4"].known
    bare = sim.load_scenario(BARE)
    told = by_number(stress_items({"a": bare, "b": bare.with_overrides({"places.beds.capacity": 7})}, PROVENANCE))
    assert "in a: 2 beds (ward); in b: 7 beds (ward)" in told["2.5.3"].known


def test_sources_are_those_of_all_scenarios_and_nothing_else() -> None:
    both = {name: sim.load_scenario(name) for name in ("base", "warm_handoff")}
    here = by_number(stress_items(both, PROVENANCE))["3.1"].known
    assert "Wittenberg et al. 2016" in here
    assert "contract and staff incentive: 84 % contacted" in here  # Only in warm_handoff.
    named = here.partition(" Without a source:")[0]
    for remark in ("no estimate found;", "size not known", "no size at hand", " more."):
        assert remark not in named
    assert "have one that names no source" in here
    here = by_number(stress_items({"": sim.load_scenario(BARE)}, PROVENANCE))["3.1"].known
    assert "No evidence card names a source." in here
    counted = re.search(r"(\d+) of (\d+) numbers have no evidence card, 0 have", here)
    assert counted is not None
    assert counted[1] == counted[2] != "0"


def test_the_warm_up_of_each_scenario_is_judged_by_name() -> None:
    study = sim.compare(arms(), replications=2)
    item = by_number(stress_items(arms(), PROVENANCE, study))["4.1"]
    assert "residential_only: " in item.known
    assert "hybrid: " in item.known
    assert item.left.startswith("How the length of the warm-up was chosen.")
    assert "residential_only and hybrid" in item.left


def test_the_machine_comes_from_the_manifest(tmp_path: Path) -> None:
    bare = sim.load_scenario(BARE)
    sim.run(bare, replications=1).save(tmp_path / "out")
    told = by_number(stress_items({"a": bare}, provenance_of(tmp_path / "out")))
    assert f"; {Provenance.of_now().system}." in told["5.1"].known
    assert told["5.1"].left == ""
    assert re.match(r".+, \d+ cores?\. ", told["5.4"].known)
    assert told["5.4"].left == "Run time and memory."
    unknown = by_number(stress_items({"a": bare}, PROVENANCE))
    assert unknown["5.1"].left == "The operating system."
    assert unknown["5.4"].left == "Processor, run time and memory."


def test_cheers_claims_nothing_that_the_study_lacks() -> None:
    bare = {"a": sim.load_scenario(BARE), "b": sim.load_scenario(BARE)}
    told = by_number(cheers_items(bare, PROVENANCE, sim.compare(bare, replications=2)))
    assert told["4"].known == "Not known to the software."
    assert "not stated, so there are no QALYs" in told["13"].known
    assert told["14"].known.endswith("in one ledger: places.")
    assert told["18"].known == "No results for subgroups were computed."
    assert told["19"].known == "Nothing was computed. No equity weights."
    assert "card" not in told["20"].known
    assert "lists those" not in told["22"].known
    assert "retained at 90 days" not in told["11"].known
    full = arms()
    told = by_number(cheers_items(full, PROVENANCE, sim.compare(full, replications=2)))
    by_age = "by age, as stated at 40 years"
    assert f"using 0.574, dead 0; {by_age}; 3 of the three with an evidence card" in told["13"].known
    assert "patients' time" in told["14"].known
    assert "gaps between groups of patients" in told["19"].known
    assert "costs by payer" in told["19"].known
    assert "retained at 90 days" in told["11"].known


@pytest.mark.parametrize("role", TALLY)
def test_the_tally_of_validation_is_that_of_its_page(role: str) -> None:
    page = (Path(__file__).parents[3] / "docs/validation.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {role}: .*?\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, flags=re.MULTILINE)
    assert (sum(TALLY[role]), *TALLY[role]) == tuple(map(int, row))


def test_what_cost_to_society_is_made_of_is_named_and_so_is_what_is_not() -> None:
    costs = {"per_relapse": 500.0, "other_health_care": {"unwell": 3.0}, "crime_and_justice": {"unwell": 30.0}}
    here = small().with_overrides({"costs": costs})
    assert components(here) == (
        "Cost to society is made of days in levels, relapses, other health care and crime and justice. Not stated, and "
        "so not in it: lost work."
    )
    paid = here.with_overrides({"costs.transfer_payments.unwell": 20.0, "costs.productivity.unwell": 8.0})
    assert components(paid) == (
        "Cost to society is made of days in levels, relapses, other health care, lost work and crime and justice. Kept "
        "out of it, being no cost but money that changes hands: transfer payments."
    )
    rates = {"reimbursement": {"attribute": "severity", "residual_payer": "county"}}
    assert components(here.with_overrides(rates)).endswith("money that changes hands: what payers pay by their rates.")


def test_rates_that_change_with_the_years_are_all_named() -> None:
    later = [{"from_year": 30, "costs": 0.03}, {"from_year": 75, "costs": 0.025}]
    study = {"a": small(), "b": small().with_overrides({"levels.ward.cost_per_day": 9.0})}
    falling = {
        label: scenario.with_overrides({"discounting": {"costs": 0.035, "effects": 0.015, "later": later}})
        for label, scenario in study.items()
    }
    told = by_number(cheers_items(falling, PROVENANCE, sim.compare(falling, replications=2)))
    assert told["10"].known == (
        "3.5 % a year (3 % from year 30 on and 2.5 % from year 75 on) for costs and 1.5 % a year for effects, "
        "continuously from first asking."
    )
