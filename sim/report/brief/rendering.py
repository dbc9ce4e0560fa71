"""A brief as HTML."""

from sim.experiment.psa import PsaResult
from sim.experiment.result import Study
from sim.outcomes import Perspective
from sim.report.brief.gathering import brief_of
from sim.report.render.files import rendered_piece


def brief_html(study: Study, perspective: Perspective = "society", psa: PsaResult | None = None) -> str:
    """The two pages of a study by themselves: a piece of HTML with its style, such as for a notebook."""
    return rendered_piece(brief=brief_of(study, perspective, psa))
