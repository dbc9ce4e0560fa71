"""Parts of an outcome over draws: where people are when it arises."""

from collections.abc import Iterable, Mapping, Sequence

from sim.outcomes import Observed
from sim.outcomes.contributions import by_level, decomposable
from sim.scenario import Scenario
from sim.vocabulary import OUTSIDE_CARE

EXPLAINED = "days_well"
"""The outcome whose parts are kept, by level and outside of care."""


def columns_of_parts(scenarios: Iterable[Scenario]) -> dict[str, list[str]]:
    """By column, the metric and the level of which it is a part, of every level of any of the scenarios, as they run;
    none where one cannot be split."""
    of_all = list(scenarios)
    if not all(EXPLAINED in decomposable(scenario) for scenario in of_all):
        return {}
    levels = dict.fromkeys([*(level for scenario in of_all for level in scenario.levels), OUTSIDE_CARE])
    return {f"{EXPLAINED}[level: {level}]": [EXPLAINED, level] for level in levels}


def values_of_parts(observed: Observed, columns: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """By column, its value in one replication, of the levels that the scenario has."""
    parts = {metric: by_level(observed, metric) for metric in dict.fromkeys(metric for metric, _ in columns.values())}
    return {column: parts[metric][level] for column, (metric, level) in columns.items() if level in parts[metric]}
