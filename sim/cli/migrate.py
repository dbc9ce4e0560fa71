"""The command that rewrites files of earlier versions for this one."""

from pathlib import Path

import typer

from sim.cli.speaking import say, tell

CHECK_FAILED = 1


def migrate(
    files: list[Path],
    check: bool = False,
    dry_run: bool = False,
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
