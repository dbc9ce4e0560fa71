"""Commands that write the part of a page anew, or check that it is up to date."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.inputs import Workers, check_page, text_of
from sim.cli.speaking import progress_bar, say, show, writing

if TYPE_CHECKING:
    from rich.table import Table

    from sim.experiment.replications import Progress

CHECK_FAILED = 1
CheckOnly = Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if the page is out of date.")]


def validation(
    out: Annotated[Path, typer.Argument(help="The page whose table is written.", metavar="PAGE")] = Path(
        "docs/validation.md"
    ),
    check: CheckOnly = False,
    workers: Workers = 1,
) -> None:
    """Predict published results by the shipped parameters: target, source, prediction, verdict."""

    def written(progress: "Progress | None") -> tuple[str, "Table"]:
        from sim.report.validation import shipped_predictions, validation_part, validation_table

        predictions = shipped_predictions(workers, progress)
        return validation_part(predictions), validation_table(predictions)

    _write("validation", out, check, written)


def doses(
    out: Annotated[Path, typer.Argument(help="The page whose table is written.", metavar="PAGE")] = Path(
        "docs/model.md"
    ),
    check: CheckOnly = False,
    workers: Workers = 1,
) -> None:
    """What longer planned residential stays do, by the shipped parameters: stay, relapse, being well, cost."""

    def written(progress: "Progress | None") -> tuple[str, "Table"]:
        from sim.report.doses import doses_part, doses_table, shipped_doses

        doses = shipped_doses(workers, progress)
        return doses_part(doses), doses_table(doses)

    _write("doses", out, check, written)


def horizons(
    out: Annotated[Path, typer.Argument(help="The page whose tables are written.", metavar="PAGE")] = Path(
        "docs/model.md"
    ),
    check: CheckOnly = False,
    replications: Annotated[
        int,
        typer.Option(min=2, help="Of each comparison; the page has 24, ten minutes of two cores.", show_default=False),
    ] = 24,
    workers: Workers = 1,
) -> None:
    """How answers of the shipped scenarios depend on the warm-up before, and on the follow-up afterwards."""

    def written(progress: "Progress | None") -> tuple[str, "Table"]:
        from sim.report.horizons import horizons_part, horizons_table, shipped_answers

        answers = shipped_answers(workers, progress, replications)
        return horizons_part(answers), horizons_table(answers)

    _write("horizons", out, check, written)


def _write(command: str, out: Path, check: bool, written: Callable[["Progress | None"], tuple[str, "Table"]]) -> None:
    """Compute the part that this command writes, show it, and write or check the page."""
    from sim.files.whole_files import whole_text
    from sim.report.written_part import marks_of, with_part

    # Before anything is simulated, which takes a minute: a page that cannot be written, or has no marks, is refused.
    check_page(out, check)
    before = text_of(out) if out.exists() else ""
    with_part(before, "", marks_of(command))
    with progress_bar() as progress:
        part, table = written(progress)
    page = with_part(before, part, marks_of(command))
    show(table)
    if not check:
        with writing(out), whole_text(out) as file:
            file.write(page)
    elif before != page:
        say(f"{out} is out of date; write it anew with: stepdown {command} {out}")
        raise typer.Exit(CHECK_FAILED)
