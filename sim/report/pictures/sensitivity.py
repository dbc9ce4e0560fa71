"""Which input decides, drawn: bars, the curve on which a decision flips, the map of two inputs, shares of variance."""

import re
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.experiment.sensitivity import Sobol, ThresholdCurve, ThresholdMap, Tornado
from sim.experiment.sensitivity.evaluation import Varied
from sim.report.pictures import style
from sim.report.sheets import sensitivity as sheets
from sim.report.sheets.numbers import number, records_of
from sim.report.words import sentence
from sim.vocabulary import Column

LOW, HIGH = style.COLOURS[0], style.COLOURS[1]
"""Of the low and the high end of a card."""
LETTERS = 36
"""In a line of an input in words, of which two hold the longest that is usual."""
BRACKETS = re.compile(r" \([^()]*\)")
FLIP: dict[str, Any] = {"color": style.STROKES[1], "linewidth": 1.2, "linestyle": (0, (4, 2))}
FLIPS = "here the decision flips"
FINE = 240
"""Points to either side of a map, of what is worked out between values."""


@style.literal
def tornado_figure(result: Tornado, top: int) -> Figure:
    """A bar an input, the longest above, from where its low end leads to where its high end does."""
    measure, bars = sheets.measure_of(result), result.bars.head(top)
    figure, (axes,) = style.panels(1, 0.7 + 0.3 * len(bars), 1)
    style.bare_axes(axes, "x")
    base = measure.factor * result.difference[0]
    for row, each in enumerate(records_of(bars)):
        for end, colour, shift in (("low", LOW, -0.14), ("high", HIGH, 0.14)):
            value, low, high = (measure.factor * each[f"{end}{part}"] for part in ("", "_ci_low", "_ci_high"))
            axes.barh(row + shift, value - base, 0.28, left=base, color=colour, zorder=2)
            axes.plot([low, high], [row + shift] * 2, color=style.INK, linewidth=0.9, zorder=3)
        style.beside(axes, row, sheets.ends_text(result, each))
    called = sheets.inputs_called(result, result.bars["input"])
    style.rows_of(axes, _briefly([called[each["input"]] for each in records_of(bars)]), letters=LETTERS)
    axes.axvline(base, color=style.INK, linewidth=2.0, zorder=4)
    pair = len(result.scenarios) == 2
    if pair:
        axes.axvline(0, zorder=4, **FLIP)
        axes.xaxis.set_major_formatter(lambda value, _: style.signed(value))
    axes.set_xlabel(_axis(result), fontsize=9, color=style.INK)
    entries: list[Artist] = [Patch(color=LOW, label="at the low end"), Patch(color=HIGH, label="at the high end")]
    stated = dict(zip(("mean", "ci_low", "ci_high"), result.difference, strict=True))
    text = measure.amount(stated, unit=measure.of_change if pair else measure.unit, sign=pair, bare=True)
    entries.append(Line2D([], [], color=style.INK, linewidth=2.0, label=f"as stated: {text}"))
    entries.append(Line2D([], [], color=style.INK, linewidth=0.9, label="95 % of the simulation's chance"))
    if pair:
        entries.append(Line2D([], [], label=FLIPS, **FLIP))
    note = f"{_of_what(result)} {result.replications} futures in the same luck; one input at a "
    note += "time, from end to end of its evidence card, all others as stated."
    return style.dress(figure, sheets.tornado_finding(result), note, entries)


def _briefly(names: list[str]) -> list[str]:
    """Names without what stands in brackets within them, where that leaves no two alike."""
    short = [BRACKETS.sub("", name) for name in names]
    return short if len(set(short)) == len(set(names)) else names


def _of_what(varied: Varied) -> str:
    return f"{sentence(sheets.subject(varied))}{sheets.judged(varied)}."


def _axis(varied: Varied) -> str:
    measure = sheets.measure_of(varied)
    what = f"difference in {measure.words}" if len(varied.scenarios) == 2 else sheets.subject(varied)
    return f"{what}, {measure.of_change}".rstrip(", ")


@style.literal
def threshold_figure(result: ThresholdCurve) -> Figure:
    """The difference by the input, with the band of chance, and where it crosses 0."""
    measure, curve = sheets.measure_of(result), result.curve
    figure, (axes,) = style.panels(1, 4.2, 1)
    style.bare_axes(axes, "y")
    low, mean, high = (measure.factor * curve[name] for name in ("ci_low", "difference", "ci_high"))
    axes.fill_between(curve["value"], low, high, color=style.STROKES[0], alpha=0.18, linewidth=0, zorder=1)
    axes.plot(curve["value"], mean, color=style.STROKES[0], linewidth=1.8, marker="o", markersize=3, zorder=3)
    axes.axhline(0, zorder=2, **FLIP)
    entries = [
        Line2D([], [], color=style.STROKES[0], linewidth=1.8, marker="o", markersize=3, label="difference"),
        Patch(color=style.STROKES[0], alpha=0.18, label="95 % of the simulation's chance"),
        Line2D([], [], label=FLIPS, **FLIP),
    ]
    for each in result.crossings:
        ends = max(each.low, result.low), min(each.high, result.high)
        axes.plot(ends, (0, 0), color=style.STROKES[1], linewidth=5, alpha=0.5, solid_capstyle="butt", zorder=4)
        axes.plot(each.at, 0, color=style.STROKES[1], marker="D", markersize=6, markeredgecolor="#FFFFFF", zorder=5)
    if result.crossings:
        look: dict[str, Any] = {"color": style.STROKES[1], "linewidth": 5, "alpha": 0.5, "marker": "D", "markersize": 6}
        entries.append(Line2D([], [], markeredgecolor="#FFFFFF", label="a flip, with its interval", **look))
    if result.low <= result.stated <= result.high:
        axes.axvline(result.stated, color=style.PALE, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1)
        label = f"as stated: {sheets.value_with_unit(result, result.input, result.stated)}"
        entries.append(Line2D([], [], color=style.PALE, linewidth=1.0, linestyle=(0, (1, 2)), label=label))
    axes.set_xlim(result.low, result.high)
    axes.set_xlabel(_of_input(result, result.input), fontsize=9, color=style.INK)
    axes.set_ylabel(_axis(result), fontsize=9, color=style.INK)
    axes.yaxis.set_major_formatter(lambda value, _: style.signed(value))
    axes.xaxis.set_major_formatter(lambda value, _: number(value, figures=6))
    note = f"{_of_what(result)} {result.replications} futures, in the same luck at every value."
    return style.dress(figure, sheets.threshold_finding(result), note, entries)


def _of_input(varied: Varied, path: str) -> str:
    """The name of an input and its unit."""
    unit = sheets.value_with_unit(varied, path, 1.0).partition(" ")[2]
    called = sheets.input_called(varied, path)
    return f"{called}, {unit}" if unit else called


@style.literal
def map_figure(result: ThresholdMap) -> Figure:
    """Who is better by two inputs: shaded, with the line on which it flips, and hatched where chance leaves it open."""
    measure, (across, up) = sheets.measure_of(result), result.inputs
    table = result.grid.pivot(index=up, columns=across, values=["difference", "ci_low", "ci_high"])
    mean, low, high = (measure.factor * table[name].to_numpy() for name in ("difference", "ci_low", "ci_high"))
    x, y = np.asarray(result.grid[across].unique()), np.asarray(result.grid[up].unique())
    figure, (axes,) = style.panels(1, 4.8, 1)
    style.bare_axes(axes)
    most = float(np.nanmax(np.abs(mean))) or 1.0
    shades = axes.contourf(x, y, mean, levels=np.linspace(-most, most, 15), cmap="PuOr", alpha=0.75)
    bar = figure.colorbar(shades, ax=axes, format=lambda value, _: style.signed(float(f"{value:.3g}")))
    bar.set_label(_axis(result), fontsize=style.SMALLEST, color=style.INK)
    bar.ax.tick_params(labelsize=style.SMALLEST, labelcolor=style.INK, color=style.SOFT)
    # Both ends are on planes between the values; where 0 lies between them is not.
    fine = np.linspace(x[0], x[-1], FINE), np.linspace(y[0], y[-1], FINE)
    undecided = np.maximum(*(_between(x, y, each, *fine) for each in (low, -high)))
    entries: list[Artist] = []
    if (undecided < 0).any():
        axes.contourf(*fine, undecided, levels=[-np.inf, 0], colors="none", hatches=["///"])
        entries.append(
            Patch(facecolor="#FFFFFF", edgecolor=style.SOFT, hatch="///", label="chance leaves it open (95 %)")
        )
    if np.isnan(mean).any():
        entries.append(Patch(facecolor="#FFFFFF", edgecolor=style.SOFT, label="no value to judge by"))
    if np.nanmin(mean) < 0 < np.nanmax(mean):
        axes.contour(x, y, mean, levels=[0], colors=[style.INK], linewidths=1.8)
        entries.append(Line2D([], [], color=style.INK, linewidth=1.8, label=FLIPS))
    if x[0] <= result.stated[0] <= x[-1] and y[0] <= result.stated[1] <= y[-1]:
        look: dict[str, Any] = {"marker": "X", "markersize": 9, "markeredgecolor": "#FFFFFF", "color": style.INK}
        axes.plot(*result.stated, zorder=6, clip_on=False, linestyle="", **look)
        entries.append(Line2D([], [], label="as stated", linestyle="", **look))
    axes.set_xlabel(_of_input(result, across), fontsize=9, color=style.INK)
    axes.set_ylabel(_of_input(result, up), fontsize=9, color=style.INK)
    note = f"{_of_what(result)} Orange: {sheets.better(result, -1.0)}; purple: {sheets.better(result, 1.0)}. "
    note += f"{result.replications} futures, in the same luck at each of {len(result.grid)} pairs."
    return style.dress(figure, sentence(sheets.map_finding(result)), note, entries)


def _between(x: Column, y: Column, values: Column, to_x: Column, to_y: Column) -> Column:
    """Values of a grid, (up, across), on straight lines between its points, first across and then up."""
    across = np.array([np.interp(to_x, x, row) for row in values])
    return np.array([np.interp(to_y, y, column) for column in across.T]).T


@style.literal
def sobol_figure(result: Sobol, top: int) -> Figure:
    """Total and first-order indices with their intervals, the largest total above."""
    table = result.indices.table.head(top if sheets.decided(result) else 0)
    figure, (axes,) = style.panels(1, 0.6 + 0.26 * len(table), 1)
    style.bare_axes(axes, "x")
    looks = (("total", -0.12, style.STROKES[0], "o"), ("first", 0.12, style.STROKES[1], "s"))
    for row, each in enumerate(records_of(table)):
        for name, shift, colour, marker in looks:
            ends = [100 * each[f"{name}_{end}"] for end in ("low", "high")]
            axes.plot(ends, [row + shift] * 2, color=colour, linewidth=1.6, zorder=2)
            axes.plot(100 * each[name], row + shift, color=colour, marker=marker, markersize=6, zorder=3)
    called = sheets.groups_called(result)
    style.rows_of(axes, _briefly([called[each["input"]] for each in records_of(table)]), letters=LETTERS)
    if len(table):
        axes.axvline(0, color=style.GRID, linewidth=1.2, zorder=1)
    axes.set_xlabel("share of the variance that inputs cause, %", fontsize=9, color=style.INK)
    meanings = ("in all, with others (total)", "by itself (first order)")
    entries = [
        Line2D([], [], color=colour, marker=marker, markersize=6, label=label)
        for (_, _, colour, marker), label in zip(looks, meanings, strict=True)
    ]
    lines = "lines: 95 % of bootstrap samples; " if len(table) else ""
    note = f"{_of_what(result)} {result.indices.draws} draws; {lines}the simulation's chance is taken out."
    if not sheets.decided(result):
        axes.set_axis_off()
    return style.dress(figure, sheets.sobol_finding(result), note, entries if sheets.decided(result) else ())
