"""How much each of three programmes counts, fitted to the days waited by level (TEDS-A).

`python -m sim.validation.fits.daywait` prints the weights, which sum to 1 and are not negative, by least squares over
all bands of all levels, and how far the weighted sum is from each. With three weights for some twenty free numbers it
is a fit all the same: the weights are known of no country, and places and appointments of two programmes were chosen so
that there is one. The bands over all levels are not fitted.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

import numpy as np
import typer

from sim.experiment.replications import each
from sim.model import replicate
from sim.outcomes import Observed
from sim.scenario import Scenario, load_scenario
from sim.validation.arms import waits
from sim.validation.daywait import BANDS, PROGRAMMES, WEIGHTS, bands_of
from sim.validation.targets import WAITED, in_band
from sim.vocabulary import Column

SEED, REPLICATIONS = 1, 32
SUM_TO_ONE = 1e4
"""How much heavier than a band the sum of the weights counts."""


class _Year(NamedTuple):
    scenario: Scenario
    seed: int
    replication: int


def _read(year: _Year) -> dict[str, Column]:
    return bands_of(Observed(replicate(*year), year.scenario))


def shares(scenarios: Sequence[Scenario], seed: int, replications: int, workers: int) -> list[dict[str, Column]]:
    """Of each programme, the shares by band and level, as means over replications."""
    years = [_Year(scenario, seed, number) for scenario in scenarios for number in range(replications)]
    runs = list(each(_read, years, workers))
    by_programme = [runs[start : start + replications] for start in range(0, len(runs), replications)]
    return [{level: np.nanmean([run[level] for run in own], axis=0) for level in own[0]} for own in by_programme]


def published() -> dict[str, Column]:
    """The shares by band of each kind of care."""
    return {
        kind: np.array([in_band(band, at_once, people, later)[0] for band in range(len(BANDS))])
        for kind, (_, at_once, people, later) in WAITED.items()
    }


def fitted(programmes: Sequence[dict[str, Column]], wanted: dict[str, Column]) -> Column:
    """The weights of the programmes, by least squares over all bands of all kinds of care."""
    from scipy.optimize import nnls

    columns = [np.concatenate([own[level] for level, *_ in WAITED.values()]) for own in programmes]
    design = np.vstack([np.array(columns).T, np.full(len(columns), SUM_TO_ONE)])
    weights, _ = nnls(design, np.append(np.concatenate([wanted[kind] for kind in WAITED]), SUM_TO_ONE))
    return np.asarray(weights)


def lines(seed: int, workers: int) -> Iterator[str]:
    """The weights, and all bands of the programmes and of their weighted sum, in percent, beside what is published."""
    programmes = shares(waits(load_scenario("base")), seed, REPLICATIONS, workers)
    weights = fitted(programmes, published())
    yield "weights: " + ", ".join(
        f"{name} {weight:.3f} (stored: {stored:g})"
        for name, weight, stored in zip(PROGRAMMES, weights, WEIGHTS, strict=True)
    )
    yield f"{'percent':<28}" + "".join(f"{band:>14}" for band in BANDS) + f"{'farthest off':>14}"
    for kind, wanted in published().items():
        own = [programme[WAITED[kind][0]] for programme in programmes]
        weighted = weights @ np.array(own)
        yield _row(kind, wanted)
        for name, row in zip(PROGRAMMES, own, strict=True):
            yield _row(f"  {name}", row)
        yield _row("  weighted", weighted) + f"{100 * np.abs(weighted - wanted).max():>14.1f}"


def _row(name: str, row: Column) -> str:
    return f"{name:<28}" + "".join(f"{100 * share:>14.1f}" for share in row)


command = typer.Typer(add_completion=False)


@command.command()
def main(
    seed: Annotated[int, typer.Option(min=0, help="Of all luck.")] = SEED,
    workers: Annotated[int, typer.Option(min=0, help="0: one for each core.")] = 1,
) -> None:
    """Fit the weights of three programmes to the days that people wait, by level."""
    for line in lines(seed, workers):
        typer.echo(line)


if __name__ == "__main__":
    command()
