"""The value of an input at which the decision flips, and for two inputs the line on which it does."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.intervals import mean_intervals
from sim.analysis.uncertainty.crossings import Crossing, crossings, wanted_points
from sim.experiment.replications import keeping_workers
from sim.experiment.sensitivity.criterion import Criterion
from sim.experiment.sensitivity.evaluation import Evaluation, How, InputSettings, Varied, arms_of_study, evaluation_of
from sim.experiment.sensitivity.inputs import OneWay, one_way
from sim.files.nearest import name_hint
from sim.files.paths import join_path, split_path
from sim.scenario import Scenario
from sim.scenario.fields import numbers
from sim.scenario.input_draws import draw_inputs
from sim.vocabulary import Column

GRID = 9
"""Values, evenly from one end to the other, at which it is looked for changes of the sign."""
FINE = 400
"""An end is known to within this part of the range."""
ROUNDS = 8
"""Of closing in, after which it is left as it is: a curve may jump."""
STEPS = 9
"""Values of each of two inputs."""

Range = tuple[float | None, float | None]
"""From where to where; None: as the evidence card of the input says."""


@dataclass(frozen=True)
class ThresholdCurve(Varied):
    """Where the difference changes its sign as one input goes from `low` to `high`.

    within: the labels of the scenarios in which it does (`threshold`). stated: its value in the last of them. whole: it
    counts things, and goes from one whole number to the next. curve: value, difference, ci_low, ci_high (95 %, of the
    simulation's chance), in order. crossings: where it changes its sign. open_at: where there is none, but chance
    leaves one open.
    """

    input: str
    within: tuple[str, ...]
    low: float
    high: float
    stated: float
    whole: bool
    curve: pd.DataFrame
    crossings: tuple[Crossing, ...]
    open_at: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ThresholdMap(Varied):
    """The difference at every pair of values of two inputs.

    within, stated: by input, as of `ThresholdCurve`. grid: the two inputs, difference, ci_low, ci_high (NaN where what
    is judged has no value); the second input changes fastest.
    """

    inputs: tuple[str, str]
    within: tuple[tuple[str, ...], tuple[str, ...]]
    stated: tuple[float, float]
    grid: pd.DataFrame


def threshold(
    scenarios: Mapping[str, Scenario],
    input: str,  # noqa: A002 - what it is
    between: Range = (None, None),
    criterion: Criterion | None = None,
    replications: int = 20,
    how: How = How(),  # noqa: B008 - frozen
) -> ThresholdCurve:
    """The values of an input at which the difference of two scenarios changes its sign, each with an interval.

    The same futures are simulated at every value: at some that are spread evenly, and then closer and closer to where
    the mean, and either end of its interval, cross 0 (`analysis.uncertainty.crossings`). Scenarios that state
    the same value share it; where the two state different ones, it is varied in the alternative alone. between: from
    where to where; default: the ends of the evidence card. criterion, replications, how: as of `tornado`.

    Raises ValueError where it is no number of a scenario, without a range or a card, for ends at which a scenario
    breaks a rule, and as `compare`.

    >>> pair = {"ward": ward, "dear": ward.with_overrides({"levels.ward.cost_per_day": 100.0})}
    >>> sim.threshold(pair, "places.beds.capacity", (5, 15), sim.criterion_of(pair, "cost.total"), 2).crossings
    ()
    """
    arms = arms_of_study(scenarios, criterion, replications, how)
    (name,), (ends,), (stated,), (whole,) = _ranges(scenarios, [input], [between])
    within = _within(scenarios, name)
    evaluation = evaluation_of(arms, how, 3 * GRID * len(scenarios) * replications)

    def settings(value: float) -> InputSettings:
        return {label: {name: int(value) if whole else float(value)} for label in within}

    _check(evaluation, [settings(end) for end in ends], f"{name} at its ends")
    points = np.unique(_rounded(np.linspace(*ends, GRID), whole))
    width = 1.0 if whole else (ends[1] - ends[0]) / FINE
    with keeping_workers():
        values = _evaluated(evaluation, [settings(value) for value in points], replications)
        _check_told(name, points, values)
        for _ in range(ROUNDS):
            more = np.setdiff1d(_rounded(np.array(wanted_points(points, values, width)), whole), points)
            if not len(more):
                break
            values = np.vstack([values, _evaluated(evaluation, [settings(value) for value in more], replications)])
            order = np.argsort(points := np.concatenate([points, more]))
            points, values = points[order], values[order]
            _check_told(name, points, values)
    mean, low, high, _ = mean_intervals(values.T)
    curve = pd.DataFrame({"value": points, "difference": mean, "ci_low": low, "ci_high": high})
    places = crossings(points, values)
    about = (scenarios, arms.criterion, replications, how.seed, evaluation.engine)
    return ThresholdCurve(*about, name, within, *ends, stated, whole, curve, places.crossed, places.open_at)


def threshold_map(
    scenarios: Mapping[str, Scenario],
    inputs: tuple[str, str],
    between: tuple[Range, Range] = ((None, None), (None, None)),
    criterion: Criterion | None = None,
    steps: int = STEPS,
    replications: int = 20,
    how: How = How(),  # noqa: B008 - frozen
) -> ThresholdMap:
    """The difference of two scenarios at so many by so many values of two inputs, the same futures at each.

    Arguments and errors as of `threshold`.

    >>> pair = {"ward": ward, "dear": ward.with_overrides({"levels.ward.cost_per_day": 100.0})}
    >>> both = ("levels.ward.length_of_stay.value", "places.beds.capacity")
    >>> sim.threshold_map(pair, both, ((5, 30), (5, 15)), sim.criterion_of(pair, "cost.total"), 3, 2).grid.shape
    (9, 5)
    """
    if not isinstance(steps, int) or not 3 <= steps <= 100:
        raise ValueError(f"steps must be a whole number from 3 to 100, not {steps!r}")
    arms = arms_of_study(scenarios, criterion, replications, how)
    names, ends, stated, whole = _ranges(scenarios, inputs, between)
    if names[0] == names[1]:
        raise ValueError(f"a map is of two inputs, not twice of {names[0]}")
    values = [np.unique(_rounded(np.linspace(*each, steps), of)) for each, of in zip(ends, whole, strict=True)]
    pairs = [(float(one), float(other)) for one in values[0] for other in values[1]]
    within = _within(scenarios, names[0]), _within(scenarios, names[1])
    points = [_settings(names, within, pair, whole) for pair in pairs]
    evaluation = evaluation_of(arms, how, len(points) * len(scenarios) * replications)
    _check(evaluation, points, " and ".join(names))
    values_of_pairs = _evaluated(evaluation, points, replications)
    if np.isnan(values_of_pairs).all():
        raise ValueError("what the decision is judged by has no value in any future at any pair: state other values")
    mean, low, high, _ = mean_intervals(values_of_pairs.T)
    grid = pd.DataFrame(pairs, columns=names).assign(difference=mean, ci_low=low, ci_high=high)
    about = (scenarios, arms.criterion, replications, how.seed, evaluation.engine)
    return ThresholdMap(*about, (names[0], names[1]), within, (stated[0], stated[1]), grid)


def _ranges(
    scenarios: Mapping[str, Scenario], inputs: Sequence[str], between: Sequence[Range]
) -> tuple[list[str], list[tuple[float, float]], list[float], list[bool]]:
    """Names, ends, stated values, and whether only whole numbers fit; every problem at once."""
    stated = [numbers(scenario) for scenario in scenarios.values()]
    names, ends, values, whole, problems = [], [], [], [], []
    for asked, (low, high) in zip(inputs, between, strict=True):
        try:
            name = join_path(split_path(asked))
        except ValueError as reason:
            problems.append(f"{asked!r:.80} {reason}")
            continue
        having = [of[name] for of in stated if name in of]
        if not having:
            known = list(dict.fromkeys(path for of in stated for path in of))
            problems.append(f"there is no number {name} in any scenario. {name_hint(name, known)}".rstrip())
            continue
        try:
            if low is None or high is None:
                card = _card(scenarios, name)
                low, high = card.low if low is None else low, card.high if high is None else high
        except ValueError as reason:
            problems.append(f"{reason}: state from where to where it may go (--from, --to)")
            continue
        counts = isinstance(having[0], int)
        first, last = _inner(low, high, counts)
        if not first < last:
            kind = "whole number" if counts else "number"
            problems.append(f"{name} must go from a {kind} to a higher one, not from {low} to {high}")
            continue
        names.append(name)
        ends.append((first, last))
        values.append(float(having[-1]))
        whole.append(counts)
    if problems:
        raise ValueError("\n".join(problems))
    return names, ends, values, whole


def _card(scenarios: Mapping[str, Scenario], name: str) -> OneWay:
    """The ends of an input where it is varied. ValueError where no card tells them."""
    within = _within(scenarios, name)
    varied = {label: scenarios[label] for label in within}
    where = "" if len(within) == len(scenarios) else f" in {within[0]}, in which alone it is varied"
    drawn, unfit = draw_inputs(varied, 1)
    if whys := [why for _, path, why in unfit if path == name]:
        raise ValueError(f"the evidence card of {name} cannot be drawn from{where} ({whys[0]})")
    if name not in drawn.shares.columns:
        raise ValueError(f"{name} has no evidence card with a range{where}")
    if not (ends := one_way(varied, [name])):
        raise ValueError(f"{name} is the same in every draw of its evidence card{where}")
    return ends[0]


def _inner(low: float | None, high: float | None, counts: bool) -> tuple[float, float]:
    """The ends, of what counts things the whole numbers between them; NaN where one is none."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return math.nan, math.nan
    return (float(math.ceil(low)), float(math.floor(high))) if counts else (float(low), float(high))


def _rounded(values: Column, whole: bool) -> Column:
    return np.rint(values) if whole else values


def _within(scenarios: Mapping[str, Scenario], name: str) -> tuple[str, ...]:
    """In which scenarios an input is varied: all that have it, or the last alone where they state different values."""
    stated = {label: of[name] for label, scenario in scenarios.items() if name in (of := numbers(scenario))}
    return tuple(stated) if len(set(stated.values())) == 1 else tuple(stated)[-1:]


def _settings(
    names: Sequence[str], within: Sequence[Sequence[str]], pair: Sequence[float], whole: Sequence[bool]
) -> InputSettings:
    values: dict[str, dict[str, Any]] = {}
    for name, labels, value, of in zip(names, within, pair, whole, strict=True):
        for label in labels:
            values.setdefault(label, {})[name] = int(value) if of else float(value)
    return values


def _check(evaluation: Evaluation, points: Sequence[InputSettings], what: str) -> None:
    problems = dict.fromkeys(filter(None, map(evaluation.arms.why_not, points)))
    if problems:
        raise ValueError("\n".join(f"{what}: {why}" for why in list(problems)[:5]))


def _check_told(name: str, points: Column, values: Column) -> None:
    """ValueError where the outcome has no value in any future, as a mean of nobody has none."""
    if len(missing := points[np.isnan(values).all(axis=1)]):
        texts = ", ".join(f"{value:g}" for value in missing[:5])
        raise ValueError(
            f"what the decision is judged by has no value in any future with {name} at {texts}: let it go from and to "
            "values where it has (--from, --to)"
        )


def _evaluated(evaluation: Evaluation, points: Sequence[InputSettings], replications: int) -> Column:
    return evaluation.differences(points, [range(replications)] * len(points))
