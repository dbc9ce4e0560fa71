"""The command that brings a scenario file to rest."""

from pathlib import Path

from sim.cli.inputs import engine_named
from sim.cli.speaking import progress_bar, say, say_on_terminal, tell


def rest(
    file: Path,
    replications: int = 2,
    seed: int = 1,
    workers: int = 1,
    engine: str = "auto",
    dry_run: bool = False,
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
