"""The command that sets the shipped parameters against published results."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.inputs import Workers, check_page, text_of
from sim.cli.speaking import progress_bar, say, show, writing

CHECK_FAILED = 1


def validation(
    out: Annotated[Path, typer.Argument(help="The page whose table is written.", metavar="PAGE")] = Path(
        "docs/validation.md"
    ),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if the page is out of date.")] = False,
    workers: Workers = 1,
) -> None:
    """Predict published results by the shipped parameters: target, source, prediction, verdict."""
    from sim.files.whole_files import whole_text
    from sim.report.validation import shipped_predictions, validation_part, validation_table, with_part

    # Before anything is simulated, which takes a minute: a page that cannot be written, or has no marks, is refused.
    check_page(out, check)
    before = text_of(out) if out.exists() else ""
    with_part(before, "")
    with progress_bar() as progress:
        predictions = shipped_predictions(workers, progress)
    page = with_part(before, validation_part(predictions))
    show(validation_table(predictions))
    if not check:
        with writing(out), whole_text(out) as file:
            file.write(page)
    elif before != page:
        say(f"{out} is out of date; write it anew with: stepdown validation {out}")
        raise typer.Exit(CHECK_FAILED)
