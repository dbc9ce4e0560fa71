"""Reporting checklists: STRESS-DES for every study, CHEERS 2022 for economic ones, with what is left to be written."""

from collections.abc import Mapping

from sim.experiment.result import Study
from sim.files.provenance import Provenance
from sim.report.checklists.cheers import CITATION as CHEERS
from sim.report.checklists.cheers import cheers_items, is_economic
from sim.report.checklists.items import Item
from sim.report.checklists.stress import CITATION as STRESS
from sim.report.checklists.stress import stress_items
from sim.report.page_parts import Page, Part, Section
from sim.report.sheets.sheet import Sheet, words
from sim.scenario import Scenario

__all__ = ["Item", "checklist_page", "checklist_parts", "cheers_items", "is_economic", "stress_items"]

HEADS = ("item", "here", "still to be written")
NOTHING_LEFT = "nothing, unless your study differs"


def checklist_parts(
    scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study | None = None
) -> list[Part]:
    """The checklists that apply, each with a table a section.

    A scenario that is not yet simulated (`study` None) has no CHEERS, and neither has a study without comparison or
    without prices; a sentence says so.
    """
    stress = stress_items(scenarios, provenance, study)
    parts = [Part(STRESS, [_left(stress)], sheets=_sheets("STRESS-DES", stress))]
    if study is None or not is_economic(scenarios):
        why = "CHEERS 2022 is for economic evaluations: it is filled in for a comparison of scenarios with prices."
        return [*parts, Part("CHEERS 2022", [why])]
    cheers = cheers_items(scenarios, provenance, study)
    return [*parts, Part(CHEERS, [_left(cheers)], sheets=_sheets("CHEERS 2022", cheers))]


def checklist_page(scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study | None = None) -> Page:
    """The checklists as a page of their own."""
    parts = checklist_parts(scenarios, provenance, study)
    section = Section("checklists", "What is known, and what is left to write", parts)
    return Page("Reporting checklists", "; ".join(scenario.name for scenario in scenarios.values()), [section])


def _left(items: Mapping[str, list[Item]]) -> str:
    every = [item for section in items.values() for item in section]
    left = sum(bool(item.left) for item in every)
    return f"{len(every)} points; for {left} of them something is left that only the authors of the study can write."


def _sheets(name: str, items: Mapping[str, list[Item]]) -> list[Sheet]:
    return [
        Sheet(
            f"{name}: {section}",
            words(*HEADS),
            [(f"{i.number} {i.title}. {i.asks}", i.known, i.left or NOTHING_LEFT) for i in of_section],
        )
        for section, of_section in items.items()
    ]
