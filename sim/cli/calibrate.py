"""The command that finds inputs with which a scenario shows its targets."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.inputs import answers, engine_named, load
from sim.cli.outputs import save_text
from sim.cli.speaking import progress_bar, say, say_json, say_on_terminal, show
from sim.cli.starting import check_new

if TYPE_CHECKING:
    from sim.experiment.calibration import Calibration
    from sim.scenario import Scenario

INTERRUPTED = 130


def calibrate(
    scenario: str,
    inputs: list[str],
    replications: int = 40,
    seed: int = 1,
    workers: int = 1,
    engine: str = "auto",
    out: Path | None = None,
    as_json: bool = False,
) -> None:
    """Find the values of some inputs with which a scenario shows its targets, on the same luck throughout.

    For a closed cohort, or a scenario that is quick: some fifty times the replications are simulated. Ctrl-C ends the
    search with the best so far.
    """
    from sim.experiment.calibration import calibrate as find
    from sim.report.render.json_answers import rows_of
    from sim.report.sheets.targets import calibration_lines, calibration_sheets

    (described,) = load([scenario], None)
    new_file = partial(check_new, out) if out is not None else str
    bounds, which, _ = answers(lambda: dict(map(_bounds, inputs)), lambda: engine_named(engine), new_file)
    with progress_bar() as progress:
        calibration = find(described, bounds, replications, seed, workers, progress, which, say_on_terminal)
    if as_json:
        parts = {name: rows_of(getattr(calibration, name)) for name in ("targets", "inputs", "trace")}
        about = ("replications", "seed", "engine", "stopped", "settled", "not_reached")
        known = {key: getattr(calibration, key) for key in about}
        say_json({"scenario": described.name, **known, **parts})
    else:
        show(*calibration_sheets(calibration))
    for line in calibration_lines(calibration):
        say(line)
    if out is not None:
        _write(out, calibration, scenario, described)
    if calibration.stopped:
        raise typer.Exit(INTERRUPTED)


def _bounds(text: str) -> tuple[str, tuple[float, float]]:
    """The path and the bounds of PATH=LOW..HIGH. Raises ValueError."""
    path, _, ends = text.partition("=")
    low, dots, high = ends.partition("..")
    try:
        if dots and path.strip():
            return path.strip(), (float(low), float(high))
    except ValueError:
        pass
    raise ValueError(f"--input {text} is not of the form PATH=LOW..HIGH; write relapse.median_days=20..200")


def _write(out: Path, calibration: "Calibration", name: str, described: "Scenario") -> None:
    """A file that extends the scenario, with the values found, their cards and the targets; whole or not at all."""
    from sim.files.toml import parse_toml
    from sim.scenario import load_scenario
    from sim.scenario.toml_text import scenario_text

    is_file = Path(name).is_file()
    base = os.path.relpath(name, out.parent).replace(os.sep, "/") if is_file else name

    def read(text: str) -> "Scenario":
        data = parse_toml(text, out.name)
        return load_scenario({**data, "extends": name} if data.get("extends") == base else data)

    save_text(scenario_text(calibration.scenario, base, described, read), out)
