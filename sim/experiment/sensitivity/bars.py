"""Every uncertain input at the low and the high end of its card, one at a time: which moves the answer most."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.intervals import mean_interval
from sim.experiment.psa import UnfitInputs
from sim.experiment.repricing import is_price
from sim.experiment.sensitivity.criterion import Criterion
from sim.experiment.sensitivity.evaluation import How, InputSettings, Varied, VariedArms, arms_of_study, evaluation_of
from sim.experiment.sensitivity.inputs import ALL, OneWay, one_way
from sim.scenario import Scenario
from sim.vocabulary import Column

BAR_COLUMNS = [
    *("input", "base_value", "low_value", "high_value", "low", "low_ci_low", "low_ci_high"),
    *("high", "high_ci_low", "high_ci_high", "swing", "swing_ci_low", "swing_ci_high", "flips_at", "simulated"),
]
"""Columns of `Tornado.bars`."""


@dataclass(frozen=True)
class Tornado(Varied):
    """What each input does by itself.

    difference: what the alternative has more of the criterion than the baseline with everything as stated (or what the
    only scenario has), and its 95 % interval, of the simulation's chance. bars: one row an input, the largest swing
    first; low and high are the same difference at the ends of its card, swing is high - low, all in the same luck;
    flips_at is where, on straight lines through base and ends, the difference changes its sign (NaN: nowhere);
    simulated is False for prices, which are read again from the records. left_out: inputs that break a scenario's rules
    at one end, and why.
    """

    difference: tuple[float, float, float]
    bars: pd.DataFrame
    left_out: Mapping[str, str]


def tornado(
    scenarios: Mapping[str, Scenario],
    inputs: Sequence[str] = ALL,
    criterion: Criterion | None = None,
    replications: int = 10,
    how: How = How(),  # noqa: B008 - frozen
) -> Tornado:
    """Vary one input after the other from end to end of its evidence card, everything else as stated.

    scenarios: by label, a baseline and an alternative, of whose difference it tells; or one, of whose value it does.
    inputs: paths, or patterns in which * stands for anything; those without a ranged card are not guessed. criterion:
    by what they are judged (`criterion_of`); default: net benefit at 100,000 for a QALY, costs to society.
    replications: the same futures at every setting. how: seed, workers, change_on, lists, engine, progress, say, as of
    `compare`.

    Raises UnfitInputs with every card that cannot be used, and ValueError as `compare`.

    >>> card = {"low": 80.0, "high": 125.0, "unit": "USD per day", "grade": "estimated", "source": "our accounts"}
    >>> unsure = ward.with_overrides({'evidence."levels.ward.cost_per_day"': card, "levels.ward.cost_per_day": 100.0})
    >>> result = sim.tornado({"ward": unsure}, ["*"], sim.criterion_of({"ward": unsure}, "cost.total"), 2)
    >>> [float(result.bars[end][0]) / result.difference[0] for end in ("low", "high")]
    [0.8, 1.25]
    """
    arms = arms_of_study(scenarios, criterion, replications, how)
    varied, left_out = _sound(arms, one_way(scenarios, inputs))
    points: list[InputSettings] = [{}, *(settings for each in varied for settings in each.ends.values())]
    evaluation = evaluation_of(arms, how, replications * _courses(arms, points))
    values = evaluation.differences(points, [range(replications)] * len(points))
    base, at = values[0], 1
    rows = []
    for each in varied:
        rows.append(_bar(each, base, values[at : at + len(each.ends)]))
        at += len(each.ends)
    bars = pd.DataFrame(rows, columns=BAR_COLUMNS)
    bars = bars.sort_values("swing", key=np.abs, ascending=False, kind="stable", ignore_index=True)
    mean, _, low, high = mean_interval(base)
    return Tornado(
        scenarios,
        arms.criterion,
        replications,
        how.seed,
        evaluation.engine,
        (mean, float(low), float(high)),
        bars,
        left_out,
    )


def _courses(arms: VariedArms, points: Sequence[InputSettings]) -> int:
    return len({arms.course(label, settings) for settings in points for label in arms.scenarios})


def _sound(arms: VariedArms, varied: Sequence[OneWay]) -> tuple[list[OneWay], dict[str, str]]:
    """The inputs whose every end the scenarios can have; of the others, why not. UnfitInputs if none is left."""
    left_out: dict[str, str] = {}
    for each in varied:
        if not each.ends:
            left_out[each.name] = "nobody, or everybody, has it in every draw"
        for end, settings in each.ends.items():
            if why := arms.why_not(settings):
                left_out.setdefault(each.name, f"at its {end} end: {why}" if each.base is not None else f"{end}: {why}")
    sound = [each for each in varied if each.name not in left_out and len(each.ends) > 1]
    if not sound:
        whys = [f"{name} cannot be varied: {why}" for name, why in left_out.items()]
        raise UnfitInputs("\n".join(whys) or "no input can be varied: none has two ends that differ")
    return sound, left_out


def _bar(each: OneWay, base: Column, outcomes: Column) -> tuple[Any, ...]:
    """outcomes: (ends, replications); of alternatives the two that lie furthest apart count."""
    names, settings = list(each.ends), list(each.ends.values())
    low, high = (
        (0, 1)
        if each.base is not None
        else (int(np.argmin(outcomes.mean(axis=1))), int(np.argmax(outcomes.mean(axis=1))))
    )
    parts: list[float] = []
    for values in (outcomes[low], outcomes[high], outcomes[high] - outcomes[low]):
        mean, _, least, most = mean_interval(values)
        parts += [mean, least, most]
    values = (each.base, each.low, each.high) if each.base is not None else (None, names[low], names[high])
    simulated = any(not is_price(path) for ends in settings for of in ends.values() for path in of)
    flips = np.nan
    if each.base is not None:
        flips = flips_at([values[1], values[0], values[2]], [parts[0], mean_interval(base)[0], parts[3]])
    return each.name, *values, *parts, flips, simulated


def flips_at(values: Sequence[Any], differences: Sequence[float]) -> float:
    """Where lines from end to base to end cross 0, nearest to the base."""
    low, base, high = differences
    ends = ((values[0], low), (values[2], high))
    ways = [(value - values[1]) * base / (base - end) for value, end in ends if (base > 0 > end) or (base < 0 < end)]
    return float(values[1] + min(ways, key=abs)) if ways else math.nan
