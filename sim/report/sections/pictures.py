"""The pictures, each with what can be seen on it, with the same in numbers."""

from collections.abc import Sequence

from sim.report.page_parts import Account, Part
from sim.report.pictures import page_pictures

PLACE, KEY, HEADING, OPENED = 40, "pictures", "The pictures", False
TITLES = "The title of each picture says what can be seen on it, by the same findings as the table."
FEWER = "Panels in which nothing was found to differ are left out (stepdown report --all draws them)."


def parts(of: Account) -> Sequence[Part]:
    """What was not drawn is told with its reason."""
    drawn, sheets, left_out = page_pictures.pictures(of.study, of.every_panel, of.psa)
    lines = [TITLES, *([] if of.every_panel or of.single else [FEWER]), *left_out]
    return [Part("", lines, pictures=drawn), Part("The same in numbers", sheets=sheets)]
