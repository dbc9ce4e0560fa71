"""The demand of the shipped programme, set so that its beds are as full as beds are; and the beds of its waiting list.

`python -m sim.validation.fits.demand` prints how full every kind of place is by calls a month, the number of calls that
comes nearest to what is wanted, and, at the demand that is shipped, the beds at which the waiting list is as long as
its scenario's target says. The order is: state the calls that it names, `stepdown rest scenarios/base.toml`, and run it
again: it then finds what is shipped, and the list's beds. Nothing is written.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Annotated, NamedTuple

import typer

from sim.experiment.replications import each
from sim.model import replicate
from sim.outcomes import Observed
from sim.outcomes.registry import metrics_of
from sim.scenario import Scenario, load_scenario
from sim.validation.estimates import Estimate, estimated
from sim.validation.fits.changes import with_numbers

OCCUPANCY = 0.91
"""Of residential beds: 89 % of all in the United States are in use on a day (N-SSATS 2009; tribal providers 82, federal
ones 96), somewhat more in a programme of public money that has a list."""
FULL = "occupancy.residential_beds"
CALLS = "arrivals.calls_per_month"
BEDS = "places.residential_beds.capacity"
LIST = "wait"
"""The target of the waiting list that says how long it is."""
FOLLOWED = 90.0
"""Days: by then hardly anybody who asked in the window waits."""
FEW = 4
"""Beds, more or less than the list of today has, among which the right number is looked for."""
SEED, REPLICATIONS = 1, 40


def with_calls(base: Scenario, calls: float) -> Scenario:
    """So many calls a month; the people known go with them, as their number at rest does."""
    ratio = calls / (base.arrivals.calls_per_month or calls)
    people = {f"known.{state}.people": round(getattr(base.known, state).people * ratio) for state in ("well", "unwell")}
    return with_numbers(base, {CALLS: calls, **people})


class _Run(NamedTuple):
    scenario: Scenario
    metrics: Sequence[str]
    seed: int
    replication: int


def _read(run: _Run) -> list[float]:
    metrics = metrics_of(Observed(replicate(run.scenario, run.seed, run.replication), run.scenario))
    return [metrics[name] for name in run.metrics]


def measured(scenario: Scenario, metrics: Sequence[str], seed: int, workers: int) -> list[Estimate]:
    """These metrics of the window, each with its error. Nobody is followed for longer than until they are admitted."""
    short = with_numbers(scenario, {"time.follow_up_days": FOLLOWED})
    runs = [_Run(short, metrics, seed, number) for number in range(REPLICATIONS)]
    return [estimated(values) for values in zip(*each(_read, runs, workers), strict=True)]


def nearest(low: int, high: int, wanted: float, at: Callable[[int], float]) -> int:
    """The whole number of these at which a function is nearest to what is wanted; it rises, or falls, all the way."""
    rising = at(low) < at(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (at(middle) < wanted) == rising else (low, middle)
    return min((low, high), key=lambda number: abs(at(number) - wanted))


def demand(base: Scenario, seed: int, workers: int) -> Iterator[str]:
    """How full places are by calls a month, and the calls at which beds are as full as is wanted."""
    places = [f"occupancy.{place}" for place in base.places]
    by_calls: dict[int, list[Estimate]] = {}

    def full(calls: int) -> float:
        if calls not in by_calls:
            by_calls[calls] = measured(with_calls(base, calls), places, seed, workers)
        return by_calls[calls][places.index(FULL)].mean

    calls = nearest(80, 130, OCCUPANCY, full)
    yield f"{'calls a month':>14}" + "".join(f"{place:>20}" for place in base.places)
    for tried, estimates in sorted(by_calls.items()):
        shares = "".join(f"{f'{each.mean:.3f} ± {each.error:.3f}':>20}" for each in estimates)
        yield f"{tried:>14}{shares}{'  <- nearest' if tried == calls else ''}"
    yield f"wanted: beds {OCCUPANCY:.0%} full; {CALLS} = {calls:.1f}"


def beds_of_list(scenario: Scenario, seed: int, workers: int) -> Iterator[str]:
    """The beds at which a list is as long as its target says."""
    target, shipped = scenario.targets[LIST], scenario.places["residential_beds"].capacity
    metrics = (target.metric, "admitted.residential", FULL)

    @cache
    def at(beds: int) -> list[Estimate]:
        return measured(with_numbers(scenario, {BEDS: beds}), metrics, seed, workers)

    assert target.value is not None
    beds = nearest(shipped - FEW, shipped + FEW, target.value, lambda beds: at(beds)[0].mean)
    for number in sorted({beds - 1, beds, beds + 1}):
        shown = ", ".join(
            f"{name} {each.mean:.3g} ± {each.error:.2g}" for name, each in zip(metrics, at(number), strict=True)
        )
        yield f"{number} beds: {shown}{'  <- nearest' if number == beds else ''}"
    yield f"wanted: {target.metric} {target.value:g}; {BEDS} = {beds}"


command = typer.Typer(add_completion=False)


@command.command()
def main(
    seed: Annotated[int, typer.Option(min=0, help="Of all luck.")] = SEED,
    workers: Annotated[int, typer.Option(min=0, help="0: one for each core.")] = 1,
) -> None:
    """Find the calls at which the shipped beds are as full as is wanted, and the beds of the waiting list."""
    for line in demand(load_scenario("base"), seed, workers):
        typer.echo(line)
    for line in beds_of_list(load_scenario("waiting_list"), seed, workers):
        typer.echo(line)


if __name__ == "__main__":
    command()
