"""Gridlock in words: places were held in a circle, so that nobody was admitted any more."""

from sim.experiment.result import Result
from sim.report.words import listed
from sim.scenario.ways import places_held_in_circles


def gridlocks(result: Result) -> list[str]:
    """A sentence for each kind of place that came to gridlock in any replication."""
    sentences, scenario = [], result.as_run
    for name in places_held_in_circles(scenario):
        days = result.metrics.loc[result.metrics["metric"] == f"gridlock.{name}", "value"]
        stuck = scenario.time.horizon - days[days > 0]
        if len(stuck):
            users = {key: level for key, level in scenario.levels.items() if name in level.all_places}
            nothing = (
                f"nobody was given one of {name} for {listed(list(users))}"
                if any(name in level.any_place_of for level in users.values())
                else f"nobody was admitted to {listed(list(users))}"
            )
            since = f"{stuck.min():.0f}" + (f" to {stuck.max():.0f}" if round(stuck.max()) > round(stuck.min()) else "")
            sentences.append(
                f"gridlock: from day {since} to the end {nothing} in {len(stuck)} of {len(days)} "
                f"replications, because all {name} were held by people who waited for one; see stepdown validate"
            )
    return sentences
