"""In words, what of a result its horizon decides: systems that are not at rest, gridlock, people known already."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.intervals import mean_interval
from sim.analysis.targets import OUTSIDE, verdict_on
from sim.experiment.result import Result
from sim.report.sheets.numbers import number, records_of, with_limits
from sim.report.sheets.warm_up import moving
from sim.report.wording import input_words
from sim.report.words import listed
from sim.scenario.load import load_warnings
from sim.scenario.ways import holding_warnings, places_held_in_circles, unreached_levels
from sim.vocabulary import DAYS_PER_YEAR, Column

UNITS = {"wait": "days", "queue": "people", "census": "people", "asks": "requests for care a month"}
"""Of the series of a system, those first that are told first."""

NEAR = 0.02
"""How far the share of calls from people known may be from the one that is stated, and nothing is said: the rate of
moving away is solved for with room for everyone, and with an error of its own."""


def unrest(result: Result) -> list[str]:
    """A sentence for each sign that what was measured depends on how long was measured."""
    stated = result.scenario.arrivals.known_share
    # What a change that begins on a day is to change is not what was stated of the system before it.
    known = known_share(result.by_metric, stated) if stated is not None and not result.change else ()
    return [*known, *_not_at_rest(result), *gridlocks(result)]


def foreseen(result: Result) -> list[str]:
    """A sentence for what could be known before: more demand than places, levels that can block one another."""
    scenario = result.scenario
    warnings = (*load_warnings(scenario), *unreached_levels(scenario), *holding_warnings(scenario))
    # Of a level or place as such, its name is the whole path.
    words = (input_words(each.path, scenario) if each.path.count(".") > 1 else each.path for each in warnings)
    return [f"{called}: {each.message}" for called, each in zip(words, warnings, strict=True)]


def known_share(metrics: Mapping[str, Column], stated: float) -> Iterator[str]:
    """Where `arrivals.known_share` is not what comes out: exits, or the people known on day 0, are of another system.

    metrics: `Result.by_metric`. Said where the 95 % interval of the share lies wholly outside what is near.
    """
    # Who steps down or up is in care: nobody of them calls.
    absent = np.zeros(len(next(iter(metrics.values()))))  # Of check-ups and emergencies, where there are none.
    first, *known = (
        metrics.get(f"asks.{route}.per_month", absent) for route in ("entry", "return", "checkup", "emergency")
    )
    again = np.sum(known, axis=0)
    shares = np.divide(again, again + first, out=np.full(len(again), np.nan), where=again + first > 0)
    mean, _, low, high = mean_interval(shares)
    if verdict_on(low, high, stated - NEAR, stated + NEAR) == OUTSIDE:
        yield (
            f"you say that {stated:.1%} of calls are of people known already (arrivals.known_share), the model says "
            f"{mean:.1%} ({low:.1%} to {high:.1%}): what brings it to rest is stepdown rest FILE"
        )


def _not_at_rest(result: Result) -> list[str]:
    """How fast a system moves that was found to move, and what that comes to over the window."""
    series = result.warm_up()
    rows = records_of(moving(series))
    if not rows:
        return []
    if not any(_kind(row) == "wait" for row in rows):
        # What people look for first is told also where it was not found to move.
        waits = [row for row in records_of(series) if _kind(row) == "wait" and row["per_year"]]
        rows += sorted(waits, key=lambda row: -abs(row["per_year"]))[:1]
    in_order = sorted(rows, key=lambda row: list(UNITS).index(_kind(row)))
    window = result.scenario.time.recruitment_days
    trends = "; ".join([*(_trend(row, window) for row in in_order), *_endless(series)])
    what = f"not at rest after a warm-up of {result.scenario.time.warm_up_days:g} days"
    if result.change:
        what = f"the change of day {result.change.day:g} is still under way after what is measured"
    depends = "what is measured, waits above all, depends on the horizon"
    return [f"{what}: {depends}. A year changes {trends} (see stepdown warmup)"]


def _endless(series: pd.DataFrame) -> Iterator[str]:
    """Levels of whose wait nothing can be told, although people wait for them: nobody is offered a place any more."""
    known = set(series["metric"])
    for row in records_of(moving(series)):
        level = row["metric"].partition(".")[2]
        if _kind(row) == "queue" and f"wait.{level}" not in known:
            yield f"the wait for {level} without end: nobody who asks later is offered a place in time"


def _trend(row: dict[str, Any], window: float) -> str:
    change, limits = with_limits(row["per_year"], row["per_year_low"], row["per_year_high"], sign=True)
    share = window / DAYS_PER_YEAR
    over = f", {number(row['per_year'] * share, sign=True, figures=2)} over the window of {window:g} days"
    return f"{row['metric']} by {change} {UNITS[_kind(row)]} ({limits}){'' if abs(share - 1) < 0.01 else over}"


def _kind(row: dict[str, Any]) -> str:
    return str(row["metric"]).split(".")[0]


def gridlocks(result: Result) -> list[str]:
    """A sentence for each kind of place that came to gridlock in any replication."""
    sentences, scenario = [], result.as_run
    for name in places_held_in_circles(scenario):
        days = result.by_metric.get(f"gridlock.{name}", np.zeros(0))
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
