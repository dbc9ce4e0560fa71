"""A report on a study: the modules of `sections`, in the order of their places, in which a planner asks."""

import pkgutil
from importlib import import_module
from typing import Any

from sim.experiment.psa import PsaResult
from sim.experiment.psa.matching import matched
from sim.experiment.replications import Progress
from sim.experiment.result import Study
from sim.files.provenance import Provenance
from sim.outcomes import Perspective, check_perspective
from sim.report import sections
from sim.report.brief.gathering import brief_of
from sim.report.page_parts import Account, Page, Section
from sim.report.wording import with_names


def report_page(
    study: Study,
    provenance: Provenance,
    effect: str = "qaly",
    perspective: Perspective = "society",
    every_panel: bool = False,
    psa: PsaResult | None = None,
    progress: Progress | None = None,
) -> Page:
    """The report on a comparison, or on a single run (a study of one scenario).

    effect, perspective: of the cost-effectiveness table; without the utilities that it needs, the page says so instead.
    every_panel: pictures have panels in which nothing differs, too. psa: of the same scenarios. progress: as of
    `brief_of`. Raises ValueError for an unknown effect or perspective, for an effect that a scenario's follow-up is too
    short for, and for a psa of other scenarios.
    """
    named, seen_by = with_names(study), check_perspective(perspective)
    varied = None if psa is None else matched(psa, named.scenarios, named.change)
    of = Account(named, provenance, effect, seen_by, list(study.results), every_panel, varied)
    _ = of.not_told
    written = [Section(each.KEY, each.HEADING, each.parts(of), each.OPENED) for each in section_modules()]
    brief = brief_of(study, of.perspective, psa, progress)
    return Page(brief.title, brief.subtitle, [section for section in written if section.parts], brief)


def section_modules() -> list[Any]:
    """Every module of `sections`, by its PLACE; each has KEY, HEADING, OPENED, and `parts` of an `Account`."""
    modules = [import_module(f"{sections.__name__}.{each.name}") for each in pkgutil.iter_modules(sections.__path__)]
    return sorted(modules, key=lambda module: int(module.PLACE))
