"""Commands that write a study up: as a report for planners, and as filled-in reporting checklists."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sim.cli.inputs import load
from sim.cli.speaking import progress_bar, tell_whole, writing

if TYPE_CHECKING:
    from sim.experiment.psa import PsaResult
    from sim.outcomes import Perspective
    from sim.report.page_parts import Page

SUFFIXES = {"html": ".html", "markdown": ".md"}


def report(
    folder: Path,
    out: Path | None = None,
    kind: Literal["html", "markdown"] = "html",
    perspective: str = "society",
    effect: str = "qaly",
    figures: Path | None = None,
    tables: Path | None = None,
    whole: bool = False,
    figure_kind: Literal["svg", "png", "pdf"] = "svg",
    psa: Path | None = None,
) -> None:
    """Write a report on a stored study: two pages that decide, then tables, pictures, doubts, assumptions, methods."""
    from sim.experiment.psa import load_psa
    from sim.files.destinations import check_file, check_place
    from sim.outcomes import check_perspective

    path = out if out is not None else Path(report_name(folder, SUFFIXES[kind]))
    check_file(path)
    for option, apart in (("--figures", figures), ("--tables", tables)):
        if apart is not None and apart.exists() and not apart.is_dir():
            raise ValueError(f"{apart} is a file; {option} names a folder")
        if apart is not None:
            check_place(apart)
    varied = None if psa is None else load_psa(psa)
    page = write_report(folder, path, kind, effect, check_perspective(perspective), whole, varied)
    from sim.report.render.files import write_figures, write_tables

    if figures is not None:
        with writing(figures):
            write_figures(page, figures, figure_kind)
    if tables is not None:
        with writing(tables):
            write_tables(page, tables)


def report_name(folder: Path, suffix: str = SUFFIXES["html"]) -> str:
    """What the report on the study in a folder is called, unless something else is asked for."""
    return f"{folder.absolute().name}_report{suffix}"


def write_report(
    folder: Path,
    path: Path,
    kind: Literal["html", "markdown"],
    effect: str,
    perspective: "Perspective",
    every_panel: bool = False,
    psa: "PsaResult | None" = None,
) -> "Page":
    """Write the report on the study in a folder; returns the page. psa: one of the same scenarios."""
    from sim.experiment.manifest import provenance_of
    from sim.experiment.stored_study import load_study
    from sim.report.page import report_page
    from sim.report.render.files import write_page

    study, provenance = load_study(folder), provenance_of(folder)
    with nullcontext() if psa is None else progress_bar("inputs") as progress:
        page = report_page(study, provenance, effect, perspective, every_panel, psa, progress)
    with writing(path):
        write_page(page, path, kind)
    return page


def stress(
    source: str,
    out: Path | None = None,
) -> None:
    """Fill in the STRESS-DES checklist and, for an economic study, CHEERS 2022, and say what is left to you."""
    from sim.files.destinations import check_file

    if out is not None:
        check_file(out)
    from sim.files.provenance import Provenance
    from sim.report.checklists.page import checklist_page
    from sim.report.render.files import rendered, write_page

    if Path(source).is_dir():
        from sim.experiment.manifest import provenance_of
        from sim.experiment.stored_study import load_study

        study = load_study(source)
        page = checklist_page(study.scenarios, provenance_of(source), study)
    else:
        page = checklist_page({source: load([source], None)[0]}, Provenance.of_now())
    if out is None:
        tell_whole(rendered(page, "markdown"))
        return
    with writing(out):
        write_page(page, out, "markdown")
