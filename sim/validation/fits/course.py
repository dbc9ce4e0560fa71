"""The fit of the clinical course: what the shipped values give for every target, and, given time, a new fit from them.

`python -m sim.validation.fits.course` says how near the base scenario is to each target, with the error of the
simulation and the published one; with `--seconds` it fits anew first. What is found is to be confirmed by the model,
on the page of `stepdown validation`.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from sim.scenario import Scenario, load_scenario
from sim.scenario.fields import numbers
from sim.validation.estimates import Estimate, estimated
from sim.validation.fits.calibrator import Calibrator
from sim.validation.fits.course_parameters import PARAMETERS
from sim.validation.fits.course_targets import NEAR, WANTED, Wanted, measured, misses

REPLICATIONS = 4
"""By which the error of the simulation is told: others than the one that is fitted."""


def standing(base: Scenario, settings: Mapping[str, float], seed: int) -> list[tuple[Wanted, Estimate]]:
    """What a scenario with these numbers gives for every target, over several replications."""
    runs = [measured(base, settings, seed, replication) for replication in range(1, REPLICATIONS + 1)]
    return [(wanted, estimated(values)) for wanted, values in zip(WANTED, zip(*runs, strict=True), strict=True)]


def table(standing: list[tuple[Wanted, Estimate]]) -> Iterator[str]:
    """A line for each target, and how many are hit."""
    yield f"{'target':<72}{'wanted':>12}{'± published':>13}{'found':>8}{'± simulated':>13}{'off by':>8}"
    hits = 0
    for wanted, estimate in standing:
        target, miss = wanted.target, wanted.miss(estimate.mean)
        hit = abs(miss) <= NEAR
        hits += hit
        band = f"{wanted.low:.3f}" if wanted.low == wanted.high else f"{wanted.low:.3g} to {wanted.high:.3g}"
        # Of a ratio the published error is one of its logarithm.
        error = (target.error or 0.0) * (target.value if target.unit == "ratio" else 1.0)
        yield (
            f"{target.name[:70]:<72}{band:>12}{f'{error:.3f}' if error else 'unknown':>13}{estimate.mean:>8.3f}"
            f"{estimate.error:>13.3f}{miss:>8.1f}  {'hit' if hit else 'MISS'}"
        )
    yield f"{hits} of {len(standing)} within {NEAR} tolerances; off by: in tolerances, from the nearer end of a band"


def changed(base: Scenario, settings: Mapping[str, float]) -> Iterator[str]:
    """A line for each fitted value: where it stands, what is shipped, what was found."""
    shipped = numbers(base)
    for path, value in settings.items():
        yield f"{path:<60}{shipped[path]:>10.4g}{value:>10.4g}"


command = typer.Typer(add_completion=False)


@command.command()
def main(
    seconds: Annotated[float, typer.Option(min=0, help="Fit anew for so long; 0: only say how near it is.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Of all luck.")] = 1,
    scenario: Annotated[str, typer.Option(help="A shipped name or a file, whose values the fit starts from.")] = "base",
) -> None:
    """Fit the clinical course to published numbers, or say how near to them it is."""
    base = load_scenario(scenario)
    settings: dict[str, float] = {}
    if seconds:
        settings = Calibrator(PARAMETERS, base, lambda at: misses(base, at, seed), typer.echo).fit(seconds)
        for line in changed(base, settings):
            typer.echo(line)
    for line in table(standing(base, settings, seed)):
        typer.echo(line)


if __name__ == "__main__":
    command()
