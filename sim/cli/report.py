"""Commands that write a study up: as a report for planners, and as filled-in reporting checklists."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.inputs import Against, StoredPsa, WhoseCosts, load
from sim.cli.speaking import tell_whole, writing

if TYPE_CHECKING:
    from sim.experiment.psa import PsaResult
    from sim.outcomes import Perspective
    from sim.report.page_parts import Page

SUFFIXES = {"html": ".html", "markdown": ".md"}


def report(
    folder: Annotated[Path, typer.Argument(metavar="OUT_DIR", help="The folder of a run or comparison.")],
    out: Annotated[Path | None, typer.Option(help="File to write. [default: OUT_DIR_report.html or .md, here]")] = None,
    kind: Annotated[
        Literal["html", "markdown"], typer.Option("--format", help="One HTML file with everything in it, or Markdown.")
    ] = "html",
    perspective: WhoseCosts = "society",
    effect: Against = "qaly",
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write every picture as a file of its own there as well.")
    ] = None,
    tables: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write every table as a CSV file there as well.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Pictures with every panel, also where nothing differs.")
    ] = False,
    figure_kind: Annotated[
        Literal["svg", "png", "pdf"], typer.Option("--figure-format", help="What --figures writes.")
    ] = "svg",
    psa: StoredPsa = None,
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

    page = report_page(load_study(folder), provenance_of(folder), effect, perspective, every_panel, psa)
    with writing(path):
        write_page(page, path, kind)
    return page


def stress(
    source: Annotated[
        str, typer.Argument(metavar="SCENARIO|OUT_DIR", help="A scenario, or the folder of a run or comparison.")
    ],
    out: Annotated[Path | None, typer.Option(help="File to write. [default: standard output]")] = None,
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
