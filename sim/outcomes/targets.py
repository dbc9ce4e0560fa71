"""What targets are of, in each replication: a metric, a share of the cohort on a day, a month of a series."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from sim.files.formats import metric_hint
from sim.files.nearest import name_hint
from sim.files.problems import Problem, error, hinted
from sim.outcomes.budget import budget, months
from sim.outcomes.curves import nowhere, relapse_curve, retention_curve, whereabouts
from sim.outcomes.daily import daily, daily_names
from sim.outcomes.metric import Member, Metric
from sim.outcomes.observed import Observed, shared
from sim.scenario.schema import Scenario, StatedTarget
from sim.vocabulary import Column

BUDGET = "budget"
"""What the programme spends in a month, among the series."""

SERIES_UNITS = {"asks": "asks", "census": "people", "queue": "people", "wait": "days", BUDGET: "{currency}"}
CURVES = {"retention": retention_curve, "relapse": relapse_curve}


def of_targets(metrics: Sequence[Metric]) -> Metric:
    """The family of what targets are of, over these metrics; a scenario has those of its targets that are sound."""

    def compute(observed: Observed, name: str) -> float:
        return _value(observed, observed.scenario.targets[name], metrics)

    return Metric(
        "target.{target}",
        "{unit}",
        "neutral",
        "What the scenario's target {target} is of (`targets.{target}`), to be held against it.",
        compute,
        "system",
        aimed=partial(_members, metrics),
    )


def target_problems(scenario: Scenario, metrics: Iterable[Metric]) -> list[Problem]:
    """Everything wrong with `targets`: unknown metrics, curves, series, days, months and groups."""
    known = _known(scenario, metrics) if scenario.targets else {}
    problems = (
        problem
        for name, target in scenario.targets.items()
        for problem in _problems(f"targets.{name}", target, scenario, known)
    )
    return hinted(problems)


def _members(metrics: Sequence[Metric], scenario: Scenario) -> Iterator[Member]:
    known = _known(scenario, metrics) if scenario.targets else {}
    for name, target in scenario.targets.items():
        if not any(True for _ in _problems("", target, scenario, known)):
            yield Member(f"target.{name}", {"target": name, "unit": _unit(target, scenario, known)}, (name,))


def _known(scenario: Scenario, metrics: Iterable[Metric]) -> Mapping[str, Metric]:
    return {member.name: metric for metric in metrics for member in metric.members(scenario)}


def _unit(target: StatedTarget, scenario: Scenario, known: Mapping[str, Metric]) -> str:
    if target.day is not None:
        return "share"
    unit = known[target.metric].unit if target.month is None else SERIES_UNITS[target.metric.split(".")[0]]
    return unit.format(currency=scenario.currency, **scenario.condition.words)


def _problems(path: str, target: StatedTarget, scenario: Scenario, known: Mapping[str, Metric]) -> Iterator[Problem]:
    metric = target.metric
    if target.day is not None:
        curves = [*CURVES, *scenario.levels, *nowhere(scenario)]
        if metric not in curves:
            what = 'there is no such curve: with `day`, "retention", "relapse", or where people are'
            yield error(f"{path}.metric", what, metric, partial(metric_hint, metric, curves))
        if target.day > scenario.time.follow_up_days:
            yield error(f"{path}.day", f"is after follow-up, {scenario.time.follow_up_days:g} days", target.day)
    elif target.month is not None:
        series = [*daily_names(scenario), BUDGET]
        if metric not in series:
            hint = partial(name_hint, metric, series)
            yield error(f"{path}.metric", "there is no such series: with `month`, of the programme", metric, hint)
        spans = _spans(scenario, metric)
        if target.month not in spans:
            there_are = f"there is no such month: they are from {min(spans)} to {max(spans)}"
            yield error(f"{path}.month", there_are if spans else "there is no whole day", target.month)
    elif metric not in known:
        hint = partial(metric_hint, metric, known)
        yield error(f"{path}.metric", "there is no such metric of this scenario", metric, hint)
    of_system = target.month is not None or (metric in known and known[metric].about == "system")
    if target.group and target.day is None and of_system:
        yield error(f"{path}.group", f"{metric} is about the programme, and has no groups of patients")
    for attribute, value in target.group.items():
        if value not in scenario.population.get(attribute, {}):
            yield error(f"{path}.group.{attribute}", "there is no such attribute with this value", value)


def _spans(scenario: Scenario, series: str) -> dict[str, tuple[float, float]]:
    """The months of a series, each with the part of it that is simulated: of the window if it is money, else all."""
    start, end = scenario.window if series == BUDGET else (0.0, math.floor(scenario.time.horizon))
    return {month: (first, last) for month, first, last in months(scenario.time, start, end) if last > first}


def _value(observed: Observed, target: StatedTarget, metrics: Sequence[Metric]) -> float:
    scenario = observed.scenario
    if target.month is not None:
        return _in_month(observed, target.metric, target.month)
    for attribute, value in target.group.items():
        observed = observed.narrowed(observed.having(attribute, value))
    if target.day is not None:
        return float(_curve(observed, target.metric)(np.array([target.day]))[0])
    for metric in metrics:
        if metric.match(target.metric) is not None:
            for member in metric.members(scenario):
                if member.name == target.metric:
                    return metric.values(observed, member)[0]
    raise KeyError(target.metric)


def _curve(observed: Observed, name: str) -> Callable[[Column], Column]:
    curve = CURVES.get(name)
    if curve is not None and name not in observed.scenario.levels:
        return partial(curve, observed)
    return lambda days: whereabouts(observed, days)[name]


@shared
def _daily(observed: Observed) -> dict[str, Column]:
    return daily(observed)


def _in_month(observed: Observed, series: str, month: str) -> float:
    """Asks of a month, or spending; of anything else its mean over the days of the month that are simulated."""
    if series == BUDGET:
        return float(np.sum([amount for of, *_, amount in budget(observed) if of == month]))
    first, last = _spans(observed.scenario, series)[month]
    days = _daily(observed)[series][int(first) : int(last)]
    return float(days.sum() if series.startswith("asks.") else days.mean())
