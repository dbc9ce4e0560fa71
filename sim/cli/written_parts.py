"""Commands that write the part of a page anew, or check that it is up to date."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.inputs import check_page, text_of
from sim.cli.outputs import save_text
from sim.cli.speaking import progress_bar, say, show

if TYPE_CHECKING:
    from sim.experiment.replications import Progress
    from sim.report.sheets.sheet import Sheet

CHECK_FAILED = 1


def validation(out: Path = Path("docs/validation.md"), check: bool = False, workers: int = 1) -> None:
    """Predict published results by the shipped parameters: target, source, prediction, verdict."""
    from sim.report.sheets.validation import shipped_predictions, validation_blocks

    _write_part("validation", out, check, lambda progress: [*validation_blocks(shipped_predictions(workers, progress))])


def doses(out: Path = Path("docs/model.md"), check: bool = False, workers: int = 1) -> None:
    """What longer planned residential stays do, by the shipped parameters: stay, relapse, being well, cost."""
    from sim.report.sheets.doses import doses_sheet, shipped_doses

    _write_part("doses", out, check, lambda progress: [doses_sheet(shipped_doses(workers, progress))])


def horizons(
    out: Path = Path("docs/model.md"),
    check: bool = False,
    replications: int = 24,
    workers: int = 1,
) -> None:
    """How answers of the shipped scenarios depend on the warm-up before, and on the follow-up afterwards."""
    from sim.report.sheets.horizons import horizons_sheets, shipped_answers

    _write_part(
        "horizons", out, check, lambda progress: horizons_sheets(shipped_answers(workers, progress, replications))
    )


def _write_part(
    command: str, out: Path, check: bool, blocks: "Callable[[Progress | None], Sequence[str | Sheet]]"
) -> None:
    """Compute the part that this command writes, show it, and write or check the page."""
    from sim.report.render.markdown import marks_of, part_of, with_part

    # Before anything is simulated, which takes a minute: a page that cannot be written, or has no marks, is refused.
    check_page(out, check)
    before = text_of(out) if out.exists() else ""
    with_part(before, "", marks_of(command))
    with progress_bar() as progress:
        parts = blocks(progress)
    page = with_part(before, part_of(command, parts), marks_of(command))
    show(*parts)
    write_or_check(command, out, page, check)


def write_or_check(command: str, out: Path, page: str, check: bool) -> None:
    """Write a page that this command writes; or say that it is not up to date."""
    if not check:
        save_text(page, out)
    elif text_of(out) != page:
        say(f"{out} is out of date; write it anew with: stepdown {command} {out}")
        raise typer.Exit(CHECK_FAILED)
