"""Which input decides, as people read it: one at a time, where the decision flips, shares of variance."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import pandas as pd

from sim.analysis.uncertainty.crossings import Crossing
from sim.analysis.uncertainty.simulation_noise import NORMAL
from sim.experiment.sensitivity import Sobol, ThresholdCurve, ThresholdMap, Tornado
from sim.experiment.sensitivity.evaluation import Varied
from sim.files.paths import split_path
from sim.outcomes import EFFECTS
from sim.report.sheets.numbers import interval, number, records_of
from sim.report.sheets.sheet import Amount, Sheet, TableCell, figures, words
from sim.report.sheets.uncertainty import PATH, PERSON
from sim.report.wording import Measure, inputs_words, measures, names_of, whose
from sim.report.words import listed, sentence
from sim.scenario.shape import shape_at

BARE = ("1", "ratio", "share", "utility", "relative", "factor")
"""Units that a number does without."""
ROUGH = 0.4
"""Of the widest interval of a share that says which inputs matter."""
ONLY_CHANCE = "Intervals are 95 %, of the simulation's chance alone"

NAME = 48
"""Characters of a scenario's name in a sentence."""

AnyVaried = TypeVar("AnyVaried", bound=Varied)


def measure_of(varied: Varied) -> Measure:
    """What systems are judged by, as it is read out."""
    criterion, first = varied.criterion, next(iter(varied.scenarios.values()))
    if criterion.outcome:
        return measures(list(varied.scenarios.values()), [criterion.outcome])[criterion.outcome]
    unit = f"{first.currency} {PERSON[criterion.view]}"
    return Measure("net_benefit", "net benefit", unit, unit, 1.0, "higher")


def judged(varied: Varied) -> str:
    """By what the decision is made, behind a number: at 100,000 USD per QALY, costs to society; "" of an outcome."""
    criterion, first = varied.criterion, next(iter(varied.scenarios.values()))
    if criterion.outcome:
        return ""
    unit = EFFECTS[criterion.effect].of(first.condition).unit
    worth = f"{number(criterion.threshold, figures=6)} {first.currency} per {unit}"
    return f" at {worth}, costs {whose(criterion.perspective)}"


def with_names_of(varied: AnyVaried) -> AnyVaried:
    """The same with its scenarios under their names (`names_of`)."""
    names = names_of(varied.scenarios, NAME)
    changes: dict[str, Any] = {"scenarios": {names[label]: each for label, each in varied.scenarios.items()}}
    if isinstance(varied, ThresholdCurve):
        changes["within"] = tuple(names[label] for label in varied.within)
    if isinstance(varied, ThresholdMap):
        changes["within"] = tuple(tuple(names[label] for label in of) for of in varied.within)
    return replace(varied, **changes)


def inputs_called(varied: Varied, paths: Iterable[str]) -> dict[str, str]:
    """How people say inputs of it, by path; groups of inputs by their names."""
    return inputs_words(paths, list(varied.scenarios.values()))


def input_called(varied: Varied, path: str) -> str:
    """How people say one."""
    return inputs_called(varied, [path])[path]


def subject(varied: Varied) -> str:
    """What is told of: a scenario's net benefit, or how much more of it the alternative has."""
    first, *others = varied.scenarios
    what = measure_of(varied).words
    return f"{what} of {others[0]} less that of {first}" if others else f"{what} of {first}"


def value_with_unit(varied: Varied, path: str, value: Any) -> str:
    """A value of an input with its unit; the name of an alternative as it is."""
    if isinstance(value, str):
        return value
    shape = shape_at(split_path(path))
    unit = (shape.unit or "") if shape is not None else ""
    unit = unit.replace("currency", next(iter(varied.scenarios.values())).currency)
    return f"{number(float(value))} {unit}".rstrip() if unit not in BARE else number(float(value))


def ends_text(varied: Varied, row: Mapping[str, Any]) -> str:
    """From where to where an input is varied: 80 to 125 USD per day."""
    low, high = (value_with_unit(varied, row["input"], row[f"{end}_value"]) for end in ("low", "high"))
    first, _, unit = low.partition(" ")
    return f"{first} to {high}" if unit and high.endswith(f" {unit}") else f"{low} to {high}"


def amount_text(varied: Varied, value: float, low: float = math.nan, high: float = math.nan) -> str:
    """A difference between two scenarios, or the value of one, with its interval and unit."""
    measure = measure_of(varied)
    return (measure.change_text if len(varied.scenarios) > 1 else measure.level_text)(value, low, high)


def better(varied: Varied, difference: float) -> str:
    """Which of two scenarios a difference speaks for, in a sentence."""
    first, other = varied.scenarios
    direction = measure_of(varied).direction
    if direction == "neutral":
        return f"{other} has {'more' if difference > 0 else 'less'}"
    return f"{other if (difference > 0) == (direction == 'higher') else first} is better"


def as_stated(varied: Varied, difference: float, low: float, high: float) -> str:
    """What is found with everything as stated."""
    text = amount_text(varied, difference, low, high)
    start = f"As stated, {subject(varied)} is {text}{judged(varied)}"
    if len(varied.scenarios) == 1:
        return f"{start}."
    if not difference and low == high:
        return f"{start}: they do not differ."
    beyond = low > 0 or high < 0
    return f"{start}{f': {better(varied, difference)}' if beyond else '; chance alone leaves open which is better'}."


# --- one at a time ---


def tornado_finding(result: Tornado) -> str:
    """The answer in a sentence."""
    if result.bars.empty:
        return "No input moves the answer"
    top = records_of(result.bars)[0]
    sure = top["swing_ci_low"] > 0 or top["swing_ci_high"] < 0
    if not sure:
        return "Which input moves the answer most: none was found to move it beyond chance"
    called = inputs_called(result, result.bars["input"])[top["input"]]
    return f"Which input moves the answer most: {called}, from {ends_text(result, top)}"


def can_flip(result: Tornado) -> pd.DataFrame:
    """The bars that cross 0, and are not said to by chance alone: an interval of an end lies beyond it."""
    bars, base = result.bars, result.difference[0]
    if len(result.scenarios) == 1 or not base:
        return bars.iloc[:0]
    beyond = [bars["low_ci_high"] < 0, bars["high_ci_high"] < 0]
    if base < 0:
        beyond = [bars["low_ci_low"] > 0, bars["high_ci_low"] > 0]
    return bars[beyond[0] | beyond[1]]


def tornado_parts(result: Tornado, top: int) -> Iterator[Sheet | str]:
    """What a terminal shows."""
    yield f"{tornado_finding(result)}."
    yield as_stated(result, *result.difference)
    moved = ((result.bars["swing_ci_low"] > 0) | (result.bars["swing_ci_high"] < 0)).sum()
    tail = f"{moved} of {len(result.bars)} inputs were found to move it beyond chance"
    if len(result.scenarios) == 2:
        called = inputs_called(result, result.bars["input"])
        flips = [called[name] for name in can_flip(result)["input"]]
        alone = (
            f"by itself {listed(flips)} can turn it round" if 0 < len(flips) <= 4 else f"{len(flips)} can turn it round"
        )
        tail += f"; {alone if flips else 'none of them was found to turn it round by itself'}"
    yield f"{tail}."
    yield tornado_sheet(result, top)
    called = inputs_called(result, result.left_out)
    for name, why in result.left_out.items():
        yield f"Left out: {called[name]}, {why}"


def tornado_sheet(result: Tornado, top: int) -> Sheet:
    """The inputs that move the answer most."""
    measure, pair = measure_of(result), len(result.scenarios) == 2
    rows: list[list[TableCell]] = []
    called = inputs_called(result, result.bars["input"])
    for row in records_of(result.bars.head(top)):
        cells: list[TableCell] = [called[row["input"]], row["input"], ends_text(result, row)]
        cells += [
            measure.amount(row, end, (f"{end}_ci_low", f"{end}_ci_high"), sign=pair or end == "swing")
            for end in ("low", "high", "swing")
        ]
        if pair:
            cells.append(number(row["flips_at"], figures=3))
        rows.append(cells)
    columns = [
        *words("input"),
        PATH,
        *words("from and to"),
        *figures("there", "and there", "swing", unit=measure.of_change),
    ]
    if pair:
        columns += figures("flips at about")
    several = f"{len(rows)} of {len(result.bars)} inputs" if len(rows) < len(result.bars) else f"{len(rows)} inputs"
    title = f"{sentence(subject(result))} at both ends of the card of each of {several}"
    note = f"{ONLY_CHANCE}, {result.replications} futures in the same luck. "
    note += "Only inputs with a ranged evidence card; each alone, all others as stated."
    if pair:
        note += " Where it flips is on straight lines; stepdown threshold finds it."
    return Sheet(title, columns, rows, note)


# --- where it flips ---


def alone(varied: Varied, within: Sequence[str]) -> str:
    """That an input is varied in one of two scenarios only."""
    return "" if len(within) == len(varied.scenarios) else f" (varied in {within[0]} alone)"


def crossing_text(result: ThresholdCurve, flip: Crossing) -> str:
    """A value and its interval, with its unit."""
    if result.whole:
        text = f"between {math.floor(flip.at):,} and {math.floor(flip.at) + 1:,}"
        ends = [number(end, figures=6) for end in (math.floor(flip.low), math.ceil(flip.high))] if _closed(flip) else []
        return text + (f" ({ends[0]} to {ends[1]})" if ends else f" ({_ends(result, flip.low, flip.high)})")
    text = value_with_unit(result, result.input, flip.at)
    if _closed(flip):
        return str(Amount(flip.at, flip.low, flip.high, unit=text.partition(" ")[2]))
    return f"{text} ({_ends(result, flip.low, flip.high)})"


def _closed(flip: Crossing) -> bool:
    return math.isfinite(flip.low) and math.isfinite(flip.high)


def _ends(result: ThresholdCurve, low: float, high: float) -> str:
    first = number(low, figures=3) if math.isfinite(low) else f"below {number(result.low)}"
    last = number(high, figures=3) if math.isfinite(high) else f"above {number(result.high)}"
    return f"{first} to {last}"


def threshold_finding(result: ThresholdCurve) -> str:
    """The answer in a sentence."""
    between = f"between {number(result.low)} and {value_with_unit(result, result.input, result.high)}"
    called = input_called(result, result.input)
    if not result.crossings:
        first = result.curve["difference"].iloc[0]
        if not result.curve["difference"].any():
            return f"The two do not differ in {measure_of(result).words} at any {called} {between}"
        if result.open_at:
            return f"No flip was found {between} of {called}, and chance leaves one open"
        return f"The decision does not flip {between} of {called}: {better(result, first)} throughout"
    texts = [crossing_text(result, each) for each in result.crossings]
    first = result.crossings[0]
    below = better(result, 1.0 if first.falling else -1.0)
    above = better(result, -1.0 if first.falling else 1.0)
    turn = f"below it {below}, above it {above}" if len(texts) == 1 else f"below the first {below}"
    return f"The decision flips where {called} is {listed(texts)}: {turn}"


def threshold_parts(result: ThresholdCurve) -> Iterator[Sheet | str]:
    """What a terminal shows."""
    yield f"{threshold_finding(result)}{judged(result)}."
    if any(each.shared for each in result.crossings):
        yield "Some of these share an interval: chance leaves open whether there are so many, or any."
    for low, high in result.open_at if result.curve["difference"].any() else ():
        yield f"Chance leaves open whether it flips from {_ends(result, low, high)}; more --replications would tell."
    value = f"{value_with_unit(result, result.input, result.stated)}{alone(result, result.within)}"
    yield f"As stated, {input_called(result, result.input)} is {value}."
    yield curve_sheet(result)


def curve_sheet(result: ThresholdCurve) -> Sheet:
    """The difference at some of the values looked at: both ends, and evenly between them."""
    measure = measure_of(result)
    wanted = pd.Series([result.low + i * (result.high - result.low) / 8 for i in range(9)])
    near = {int((result.curve["value"] - each).abs().to_numpy().argmin()) for each in wanted}
    rows: list[list[TableCell]] = []
    for row in records_of(result.curve.loc[sorted(near)]):
        says = better(result, row["difference"]) if beyond_chance(row) else "chance leaves it open"
        if row["difference"] == row["ci_low"] == row["ci_high"] == 0:
            says = "no difference"
        cell = measure.amount(row, "difference", sign=True)
        rows.append([value_with_unit(result, result.input, row["value"]), cell, says])
    columns = [
        *words(input_called(result, result.input)),
        *figures("difference", unit=measure.of_change),
        *words("which"),
    ]
    title = f"{sentence(subject(result))}, by {input_called(result, result.input)}"
    note = f"{ONLY_CHANCE}, {result.replications} futures in the same luck at each of {len(result.curve)} values. "
    note += "The interval of a flip: all values at which the interval of the difference holds 0."
    return Sheet(title, columns, rows, note)


def map_finding(result: ThresholdMap) -> str:
    """The answer in a sentence."""
    grid, both = result.grid, listed([*inputs_called(result, result.inputs).values()])
    above, below = int((grid["ci_low"] > 0).sum()), int((grid["ci_high"] < 0).sum())
    if not below or not above:
        side = above or below
        share = f"in {side} of {len(grid)} pairs" if side < len(grid) else "in all pairs"
        if not side:
            return f"At no pair of {both} does either win beyond chance"
        return f"{better(result, 1.0 if above else -1.0)} {share} of {both}, nowhere the other"
    open_yet = int(grid["difference"].notna().sum()) - above - below
    wins = f"{better(result, 1.0)} in {above} of {len(grid)} pairs of {both}, {better(result, -1.0)}"
    return f"{wins} in {below}, and chance leaves {open_yet} open"


def map_parts(result: ThresholdMap) -> Iterator[Sheet | str]:
    """What a terminal shows."""
    yield f"{map_finding(result)}{judged(result)}."
    stated = zip(result.inputs, result.stated, result.within, strict=True)
    called = inputs_called(result, result.inputs)
    texts = [f"{called[name]} {value_with_unit(result, name, value)}{alone(result, of)}" for name, value, of in stated]
    yield f"As stated: {listed(texts)}."
    yield map_sheet(result)


def beyond_chance(row: Mapping[str, Any]) -> bool:
    """Whether the interval of a row lies to one side of 0; a single future has none."""
    return bool(row["ci_low"] > 0 or row["ci_high"] < 0)


def map_sheet(result: ThresholdMap) -> Sheet:
    """The difference by the first input (rows) and the second."""
    measure, (one, other) = measure_of(result), result.inputs
    called = inputs_called(result, result.inputs)
    columns = [*words(f"{called[one]}, by {called[other]}")]
    columns += figures(*(number(float(value)) for value in result.grid[other].unique()))
    rows: list[list[TableCell]] = []
    for value, of_row in result.grid.groupby(one, sort=False):
        cells = [
            f"{measure.change(row['difference'], row['ci_low'], row['ci_high'])[0]}{'' if beyond_chance(row) else '?'}"
            if math.isfinite(row["difference"])
            else ""
            for row in records_of(of_row)
        ]
        rows.append([value_with_unit(result, one, value), *cells])
    title = f"{sentence(subject(result))}, {measure.of_change}"
    return Sheet(title, columns, rows, f"?: its 95 % interval, of {result.replications} futures, holds 0.")


# --- shares of variance ---


def decided(result: Sobol) -> bool:
    """Whether the inputs were found to move the answer beyond chance."""
    return result.indices.variance > 2 * result.indices.variance_error


def sobol_finding(result: Sobol) -> str:
    """The answer in a sentence."""
    if not decided(result):
        return "The inputs were not found to move the answer beyond the simulation's chance: no shares can be told"
    top = records_of(result.indices.table)[0]
    share, ends = 100 * top["total"], interval(100 * top["total_low"], 100 * top["total_high"])
    called = groups_called(result)[top["input"]]
    return sentence(f"{called} has a part in {number(share, figures=2)} % ({ends}) of the variance that inputs cause")


def sobol_parts(result: Sobol, top: int) -> Iterator[Sheet | str]:
    """What a terminal shows."""
    indices = result.indices
    yield f"{sobol_finding(result)}{judged(result)}."
    mean = amount_text(result, result.mean)
    left = number(measure_of(result).factor * math.sqrt(indices.noise), figures=3)
    yield (
        f"{sentence(subject(result))}: mean {mean}, standard deviation of inputs {_deviation(result)}, of "
        f"chance left in each setting {left}."
    )
    if decided(result) and indices.table["total_high"][0] - indices.table["total_low"][0] > ROUGH:
        yield f"TOO FEW DRAWS: with {indices.draws} of them these shares are rough, as their intervals tell."
    called = groups_called(result)
    for name in result.joined:
        count = len(result.groups[name])
        yield f"{called[name]}: {count} inputs that depend on each other; only together have they an index."
    if decided(result):
        yield sobol_sheet(result, top)
    if result.left_out:
        yield f"{result.left_out} draws were left out, as a setting of theirs broke a rule."


def _deviation(result: Sobol) -> str:
    """The standard deviation that inputs cause, with its interval; where that begins at 0, the most that it may be."""
    indices, factor, unit = result.indices, measure_of(result).factor, measure_of(result).of_change
    half = NORMAL * indices.variance_error
    low, spread, high = (factor * math.sqrt(max(indices.variance + each, 0.0)) for each in (-half, 0.0, half))
    if not decided(result) or not low:
        return f"not told apart from 0, at most {number(high, figures=2)} {unit}" if high else f"0 {unit}"
    return str(Amount(spread, low, high, unit=unit, figures=3))


def sobol_sheet(result: Sobol, top: int) -> Sheet:
    """First-order and total indices, the largest totals first."""
    rows: list[list[TableCell]] = []
    called = groups_called(result)
    for row in records_of(result.indices.table.head(top)):
        cells: list[TableCell] = [_counted(result, called, row["input"]), row["input"]]
        both = ("first", "total")
        cells += [Amount(row[name], row[f"{name}_low"], row[f"{name}_high"], figures=2) for name in both]
        rows.append([*cells, *(number(row[f"{name}_raw"], figures=2) for name in both)])
    columns = [*words("input"), PATH, *figures("alone (first)", "in all (total)")]
    columns += [column._replace(spare=True) for column in figures("first, raw", "total, raw")]
    title = f"Shares of the variance of {subject(result)} that inputs cause"
    note = (
        f"{result.indices.draws} draws, {result.replications} futures of each setting; corrected: without chance, 95 % "
    )
    note += "of bootstrap samples; raw: with it. A difference of total and first is in what it does with others."
    return Sheet(title, columns, rows, note)


def groups_called(result: Sobol) -> dict[str, str]:
    """How people say what has an index, by its name: inputs and what is joined of them in words, groups as named."""
    called = inputs_called(
        result, {path for of in result.groups.values() for path in of} | {*result.indices.table["input"]}
    )
    return {
        name: " with ".join(called[path] for path in of) if fnmatchcase(name, "* with *") else called[name]
        for name in result.indices.table["input"]
        for of in [result.groups.get(name, ())]
    }


def _counted(result: Sobol, called: Mapping[str, str], name: str) -> str:
    """The same with how many inputs a group has."""
    of = result.groups.get(name, ())
    return f"{called[name]} ({len(of)} inputs)" if len(of) > 1 and not fnmatchcase(name, "* with *") else called[name]
