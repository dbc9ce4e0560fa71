"""The command that brings a scenario file to rest."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.inputs import Seed, Which, Workers, engine_named
from sim.cli.speaking import progress_bar, say, say_on_terminal, tell


def rest(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="A scenario file of your own.")],
    replications: Annotated[int, typer.Option(help="Long runs that are averaged over.")] = 2,
    seed: Seed = 1,
    workers: Workers = 1,
    engine: Which = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be stated.")] = False,
) -> None:
    """Write into a file the former patients that a long run comes to, and how many must move away for that."""
    from sim.experiment.migration import check_rewritable
    from sim.experiment.rest import rest as at_rest
    from sim.experiment.rest import write_rest
    from sim.report.rest import rest_lines
    from sim.scenario import load_scenario

    which, scenario = engine_named(engine), load_scenario(file)
    if not dry_run:
        check_rewritable(file)
    with progress_bar() as progress:
        settled = at_rest(scenario, replications, seed, workers, progress, which, say_on_terminal)
    for line in rest_lines(settled):
        tell(line)
    if not dry_run:
        write_rest(file, settled)
        say(f"wrote {file}")
