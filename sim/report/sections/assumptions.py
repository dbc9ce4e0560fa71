"""The assumptions: the ways through care, what differs between scenarios, and what is known of each input."""

from collections.abc import Sequence

from sim.report.page_parts import Account, Part
from sim.report.pictures import page_pictures
from sim.report.sheets.evidence import bare_lines, change_sheet, evidence_sheets

PLACE, KEY, HEADING, OPENED = 80, "assumptions", "The assumptions and where they come from", False
NO_CARDS = "No input has an evidence card: nothing is known about where the numbers come from."


def parts(of: Account) -> Sequence[Part]:
    """By grade, from the least to the best known, those of the planner before those that were inherited."""
    baseline, *others = of.scenarios
    written = [Part("The ways through care", pictures=page_pictures.pathway_pictures(of.study))]
    changes = [sheet for name in others if (sheet := change_sheet(baseline, name, of.scenarios)) is not None]
    if changes:
        written.append(Part("What differs between the scenarios", sheets=changes))
    if sheets := evidence_sheets(of.scenarios):
        return [*written, Part("What is known about the inputs", bullets=bare_lines(of.scenarios), sheets=sheets)]
    return [*written, Part("", [NO_CARDS])]
