"""The registry: every metric there is, by name; records in, numbers out."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from sim.files.formats import metric_hint
from sim.files.problems import Problem
from sim.model.records import Records
from sim.outcomes import (
    access,
    checkups,
    cost,
    emergencies,
    flow,
    gridlock,
    health,
    medication,
    relapse,
    retention,
    revenue,
    staffing,
    stays,
    system,
    targets,
)
from sim.outcomes.headline import AT_HORIZONS, fitting
from sim.outcomes.metric import DAYS_OF_A_YEAR, HORIZONS, About, Member, Metric
from sim.outcomes.observed import Observed, shared_by_replications
from sim.scenario.change import DatedChange
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

_WHOLE: tuple[Metric, ...] = (
    *flow.METRICS,
    *access.METRICS,
    *checkups.METRICS,
    *gridlock.METRICS,
    *stays.METRICS,
    *retention.METRICS,
    *relapse.METRICS,
    *health.METRICS,
    *medication.METRICS,
    *emergencies.METRICS,
    *system.METRICS,
    *cost.METRICS,
    *revenue.METRICS,
    *staffing.METRICS,
)
OF_ANY_SCENARIO: tuple[Metric, ...] = (*_WHOLE, *(metric.at_horizons() for metric in _WHOLE if metric.by_horizon))
OF_TARGETS = targets.of_targets(OF_ANY_SCENARIO)
REGISTRY: tuple[Metric, ...] = (*OF_ANY_SCENARIO, OF_TARGETS)


def metrics(records: Records, system: Scenario | DatedChange) -> dict[str, float]:
    """Every metric of one replication, in the order of `metric_names`; NaN where one is undefined.

    The records must be of this scenario, or of this change from one to another; prices, utilities and discount rates
    may differ from those it ran with.
    """
    return metrics_of(Observed(records, system))


def metrics_of(observed: Observed, about: About | None = None) -> dict[str, float]:
    """Every metric of what is observed, or only those about patients or about the system."""
    return {
        member.name: metric.values(observed, member)[0]
        for metric, member in _members_of(observed)
        if about in (None, metric.about)
    }


def metrics_of_groups(observed: Observed, names: Collection[str] | None = None) -> dict[str, list[float]]:
    """Every metric about patients, or those of these names, of each of the groups that are looked at."""
    return {
        member.name: metric.values(observed, member)
        for metric, member in _members_of(observed)
        if metric.about == "patients" and (names is None or member.name in names)
    }


def metrics_named(observed: Observed, names: Collection[str]) -> dict[str, float]:
    """Only the metrics of these names, of those that the scenario has."""
    return {
        member.name: metric.values(observed, member)[0]
        for metric, member in _members_of(observed)
        if member.name in names
    }


@lru_cache(maxsize=16)
def _members(scenario: Scenario) -> tuple[tuple[Metric, Member], ...]:
    """All metrics that a scenario has, each with its family, named once in each process."""
    return tuple((metric, member) for metric in REGISTRY for member in metric.members(scenario))


@shared_by_replications
def _members_of(observed: Observed) -> tuple[tuple[Metric, Member], ...]:
    return _members(observed.scenario)


def in_their_order(observed: Observed, values: Mapping[str, float]) -> dict[str, float]:
    """These values of all metrics, in the order of `metric_names`."""
    return {member.name: values[member.name] for _, member in _members_of(observed)}


def metric_names(scenario: Scenario) -> list[str]:
    """The names of all metrics that a scenario has."""
    return [member.name for _, member in _members(scenario)]


def target_problems(scenario: Scenario) -> list[Problem]:
    """Everything wrong with a scenario's `targets`; metrics are known here, and not where scenarios are read."""
    return targets.target_problems(scenario, OF_ANY_SCENARIO)


def main_outcomes(scenarios: Sequence[Scenario]) -> list[str]:
    """Names of what a planner looks at first: `HEADLINE`, and some again at each horizon before follow-up ends."""
    names = list(dict.fromkeys(name for scenario in scenarios for name in metric_names(scenario)))
    whole = max(scenario.time.follow_up_days for scenario in scenarios)
    sooner = [years for years in HORIZONS if years * DAYS_OF_A_YEAR < whole]
    chosen = {
        *fitting(names),
        *(name for name in fitting(names, AT_HORIZONS) if int(name.rpartition("_")[2]) in sooner),
    }
    return [name for name in names if name in chosen]


def shown_targets(observed: Observed) -> dict[str, float]:
    """What one replication gives for each target, by its name, without any other metric."""
    members = OF_TARGETS.members(observed.scenario)
    return {str(member.arguments[0]): OF_TARGETS.values(observed, member)[0] for member in members}


def metric_table(scenario: Scenario) -> "pd.DataFrame":
    """One row a metric of this scenario: metric, unit, direction (which is better), definition.

    >>> sim.metric_table(ward).set_index("metric").loc["wait.ward.mean", "unit"]
    'days'
    """
    import pandas as pd

    rows = [(metric.name, metric.unit, metric.direction, metric.definition) for metric in _described(scenario)]
    return pd.DataFrame(rows, columns=["metric", "unit", "direction", "definition"])


@lru_cache(maxsize=16)
def _described(scenario: Scenario) -> tuple[Metric, ...]:
    """All metrics that a scenario has, in its words, once in each process."""
    currency, condition = scenario.currency, scenario.condition
    return tuple(
        metric.described(member.words, member.name, currency, condition) for metric, member in _members(scenario)
    )


@lru_cache(maxsize=4096)
def describe(name: str) -> Metric:
    """What a metric is, by its name in a scenario ("wait.iop.mean") or its pattern ("wait.{level}.mean").

    Raises ValueError for a name that no scenario could have; the message offers the nearest.
    """
    for metric in REGISTRY:
        if metric.name == name:
            return metric
        words = metric.match(name)
        if words is not None:
            return metric.described(words, name, "currency")
    raise ValueError(f"there is no metric '{name}'. {metric_hint(name, (metric.name for metric in REGISTRY))}")
