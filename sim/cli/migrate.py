"""The command that rewrites files of earlier versions for this one."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.speaking import say, tell

CHECK_FAILED = 1


def migrate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scenario files, suites, baselines.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file is not of today.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
) -> None:
    """Rewrite files of earlier versions in the format of today, with their comments: all of them, or none."""
    from sim.experiment.migration import migrate as rewrite

    rewritten = rewrite(files, write=not (check or dry_run))
    for each in rewritten:
        for change in each.changes or ("nothing to change",):
            tell(f"{each.path}: {change}")
    changed = [each.path for each in rewritten if each.changes]
    if changed and not (check or dry_run):
        say(f"wrote {', '.join(map(str, changed))}")
    if check and changed:
        say("to rewrite: the same command without --check")
        raise typer.Exit(CHECK_FAILED)
