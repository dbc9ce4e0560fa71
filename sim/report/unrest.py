"""In words, what of a result its horizon decides: systems that move, places that are always full, gridlock."""

from collections.abc import Iterator

from sim.experiment import Result
from sim.report.gridlock import gridlocks
from sim.report.warm_up import moving
from sim.scenario.load import load_warnings
from sim.scenario.ways import holding_warnings, unreached_levels

ALWAYS = 0.99
"""The share of the time from which on places count as always full."""


def unrest(result: Result) -> list[str]:
    """A sentence for each sign that what was measured depends on how long was measured."""
    sentences = []
    if len(table := moving(result.warm_up())):
        names = ", ".join(f"{row.metric} ({row.drift:+.0%} afterwards)" for row in table.itertuples())
        days = result.scenario.time.warm_up_days
        sentences.append(
            f"the change of day {result.change.day:g} is still under way after what is measured: {names}; with another "
            "time.recruitment_days the answer would be another"
            if result.change
            else f"time.warm_up_days = {days:g} may be too short: {names}; see stepdown warmup"
        )
    return [*sentences, *gridlocks(result), *_always_full(result)]


def foreseen(result: Result) -> list[str]:
    """A sentence for what could be known before: more demand than places, levels that can block one another."""
    scenario = result.scenario
    warnings = (*load_warnings(scenario), *unreached_levels(scenario), *holding_warnings(scenario))
    return [f"{each.path}: {each.message}" for each in warnings]


def _always_full(result: Result) -> Iterator[str]:
    """Kinds of place of which next to none is ever free while people wait for them: what no estimate foresees."""
    mean = result.summary().set_index("metric")["mean"]
    for name, place in result.scenario.places.items():
        if not place.is_ever_open:
            continue  # It is not the number of people that fills these.
        waiting = {
            level: mean[f"queue.{level}.mean"]
            for level, item in result.scenario.levels.items()
            if name in item.places and mean[f"queue.{level}.mean"] >= 1
        }
        if waiting and mean[f"full.{name}"] >= ALWAYS:
            lists = ", ".join(f"{people:.0f} people for {level}" for level, people in waiting.items())
            yield (
                f"places.{name} are full {mean[f'full.{name}']:.1%} of the time, and people wait on average ({lists}): "
                "more ask than there are places for"
            )
