"""The table of all main outcomes, scenarios beside one another."""

from collections.abc import Sequence

from sim.report.page_parts import Account, Part
from sim.report.sheets.outcomes import outcome_sheets

PLACE, KEY, HEADING, OPENED = 30, "table", "The table", False


def parts(of: Account) -> Sequence[Part]:
    """One table: the baseline once, and how far each other scenario is from it; of draws where there are any."""
    return [Part(sheets=list(outcome_sheets(of.study, of.measured, psa=of.psa)))]
