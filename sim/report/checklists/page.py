"""Reporting checklists: STRESS-DES for every study, CHEERS 2022 for economic ones, with what is left to be written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template

from sim.experiment.result import Study
from sim.files.provenance import Provenance
from sim.files.toml import read_toml
from sim.report.checklists.facts import economic_facts, facts_of
from sim.report.checklists.logic import mechanisms
from sim.report.page_parts import Page, Part, Section
from sim.report.sheets.sheet import Sheet, words
from sim.scenario import Scenario

NOTHING_LEFT = "nothing, unless your study differs"
NOT_ECONOMIC = "CHEERS 2022 is for economic evaluations: it is filled in for a comparison of scenarios with prices."
LEFT = "{count} points; for {left} of them something is left that only the authors of the study can write."


@dataclass(frozen=True)
class Item:
    """One item. number: as the checklist has it. asks: what is to be reported. known: what is known of it.

    left: what whoever writes the study still has to say; empty where nothing is left.
    """

    number: str
    title: str
    asks: str
    known: str
    left: str = ""


def is_economic(scenarios: Mapping[str, Scenario]) -> bool:
    """Whether scenarios are compared and any of them has a price, so that CHEERS applies."""
    return len(scenarios) > 1 and any(mechanisms("prices", scenario) for scenario in scenarios.values())


def stress_items(
    scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study | None = None
) -> dict[str, list[Item]]:
    """The 20 items of STRESS-DES by section, one of them in five parts. study: what was simulated, if it was."""
    return _filled(_checklist("stress_des"), facts_of(scenarios, provenance, study))


def cheers_items(scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study) -> dict[str, list[Item]]:
    """The 28 items of CHEERS 2022 by section."""
    facts = {**facts_of(scenarios, provenance, study), **economic_facts(scenarios, study)}
    return _filled(_checklist("cheers_2022"), facts)


def checklist_parts(
    scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study | None = None
) -> list[Part]:
    """The checklists that apply, each with a table a section.

    A scenario that is not yet simulated (`study` None) has no CHEERS, and neither has a study without comparison or
    without prices; a sentence says so.
    """
    parts = [_part("stress_des", "STRESS-DES", stress_items(scenarios, provenance, study))]
    if study is None or not is_economic(scenarios):
        return [*parts, Part("CHEERS 2022", [NOT_ECONOMIC])]
    return [*parts, _part("cheers_2022", "CHEERS 2022", cheers_items(scenarios, provenance, study))]


def checklist_page(scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study | None = None) -> Page:
    """The checklists as a page of their own."""
    parts = checklist_parts(scenarios, provenance, study)
    section = Section("checklists", "What is known, and what is left to write", parts, opened=True)
    return Page("Reporting checklists", "; ".join(scenario.name for scenario in scenarios.values()), [section])


def _checklist(name: str) -> dict[str, Any]:
    return read_toml(Path(__file__).with_name(f"{name}.toml"))


def _filled(checklist: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, list[Item]]:
    def filled(text: str) -> str:
        return str(Template(text, undefined=StrictUndefined).render(facts)).strip()

    return {
        section: [Item(number, title, asks, filled(known), filled(left)) for number, title, asks, known, left in items]
        for section, items in checklist["sections"].items()
    }


def _part(name: str, called: str, items: Mapping[str, list[Item]]) -> Part:
    every = [item for section in items.values() for item in section]
    left = LEFT.format(count=len(every), left=sum(bool(item.left) for item in every))
    columns = words("item", "here", "still to be written")
    sheets = [
        Sheet(
            f"{called}: {section}",
            columns,
            [(f"{i.number} {i.title}. {i.asks}", i.known, i.left or NOTHING_LEFT) for i in of_section],
        )
        for section, of_section in items.items()
    ]
    return Part(_checklist(name)["citation"], [left], sheets=sheets)
