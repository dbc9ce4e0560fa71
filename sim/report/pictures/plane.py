"""The cost-effectiveness plane: every replication, the means, the frontier, and what more effect costs."""

from itertools import pairwise
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis import holm, mean_interval, mean_intervals
from sim.experiment.result import Study
from sim.outcomes import EFFECTS, Perspective, View
from sim.report.pictures.findings import tuples
from sim.report.pictures.style import GRID, INK, PALE, SMALLEST, SOFT, WIDTH, dress, literal, mark, plane_axes
from sim.report.sheets.sheet import Amount
from sim.report.verdicts import LEVEL
from sim.report.wording import whose
from sim.report.words import short_names, stacked
from sim.scenario.schema import NEUTRAL, Condition

LINE = 0.165
"""Inches of a line of the list."""

LEAST_LINES, AROUND = 23, 1.6
"""Lines for which there is always room, and inches of a figure above and below them."""


def plane(study: Study, effect: str = "qaly", perspective: Perspective = "society") -> pd.DataFrame:
    """strategy, replication, more_cost, more_effect, against the baseline of the same replication: of a patient, or of
    the system, as `Study.view` says.

    From `Study.costs_and_effects`; where less of the effect's metric is better, more_effect is what is averted. Raises
    ValueError as that does.
    """
    frame, direction = study.costs_and_effects(effect, perspective)
    base = frame[frame["strategy"] == study.baseline].set_index("replication")
    at_base = base.reindex(frame["replication"])
    sign = -1.0 if direction == "lower" else 1.0
    return pd.DataFrame(
        {
            "strategy": frame["strategy"],
            "replication": frame["replication"],
            "more_cost": frame["cost"] - at_base["cost"].to_numpy(),
            # 0 for the baseline, and never -0.
            "more_effect": sign * (frame["effect"] - at_base["effect"].to_numpy()) + 0.0,
        }
    )


@literal
def plane_figure(
    points: pd.DataFrame,
    table: pd.DataFrame,
    effect: str = "qaly",
    currency: str = "",
    perspective: Perspective = "society",
    view: View = "cohort",
    condition: Condition = NEUTRAL,
) -> Figure:
    """The figure of a `plane`.

    table: `Study.cost_effectiveness` of the same effect (of `sim.outcomes.EFFECTS`), perspective and view. condition:
    in whose words the effect is told.
    """
    of_whom = "a patient" if view == "cohort" else "in the whole system"
    gained = EFFECTS[effect].of(condition)
    unit, units = gained.unit, gained.units
    strategies = list(points["strategy"].unique())
    to_whom = whose(perspective)
    blocks = [
        (strategies.index(row.strategy), *_name_and_remark(row, unit, currency, to_whom)) for row in tuples(table)
    ]
    lines = max(LEAST_LINES, sum(name.count("\n") + remark.count("\n") + 2.7 for _, name, remark in blocks))
    figure = Figure(figsize=(WIDTH, AROUND + LINE * lines), dpi=150, layout="constrained")
    axes, text = figure.subplots(1, 2, width_ratios=(1.45, 1))
    base = short_names(strategies, 30)[strategies[0]]
    plane_axes(axes, f"more {units} {of_whom} than {base}", f"more cost {to_whom} {of_whom}, {currency}")
    _plane(axes, points, table)
    text.set_axis_off()
    text.set(xlim=(0, 1), ylim=(lines, 0))
    line = 0.0
    for i, name, remark in blocks:
        text.plot(0.02, line + 0.5, markersize=7, linestyle="", **mark(i))
        text.text(0.07, line, name, va="top", fontsize=9, fontweight="bold", color=INK)
        line += name.count("\n") + 1.1
        text.text(0.07, line, remark, va="top", fontsize=SMALLEST, color=SOFT)
        line += remark.count("\n") + 1.6
    entries = [
        Line2D([], [], linestyle="", marker="o", color=PALE, alpha=0.5, markersize=4, label="a replication"),
        Line2D([], [], linestyle="", marker="o", color=INK, markersize=7, label="mean, with 95 % intervals"),
        Line2D([], [], color=INK, linewidth=1.4, label="efficient frontier (of the means)"),
    ]
    note = "Differences paired by replication. Intervals show the error of the simulation, not that of the inputs, and "
    note += "are not adjusted for their number."
    return dress(figure, _plane_title(points, table, unit, units, currency, to_whom), note, entries)


def _plane(axes: Axes, points: pd.DataFrame, table: pd.DataFrame) -> None:
    means = {}
    for i, (strategy, rows) in enumerate(points.groupby("strategy", sort=False)):
        look = mark(i)
        effect, _, *effect_ends = mean_interval(rows["more_effect"].to_numpy())
        cost, _, *cost_ends = mean_interval(rows["more_cost"].to_numpy())
        means[strategy] = (effect, cost)
        axes.scatter(
            rows["more_effect"], rows["more_cost"], s=16, color=look["color"], marker=look["marker"], alpha=0.3, lw=0
        )
        if i:
            axes.plot(effect_ends, [cost, cost], color=look["color"], linewidth=1.2, zorder=4)
            axes.plot([effect, effect], cost_ends, color=look["color"], linewidth=1.2, zorder=4)
        axes.plot(effect, cost, markersize=9, linestyle="", zorder=5, **look)
    frontier = [means[strategy] for strategy in table.loc[table["status"] == "ND", "strategy"]]
    axes.plot(*zip(*frontier, strict=True), color=INK, linewidth=1.4, zorder=3)
    axes.set_facecolor("#FFFFFF")
    axes.spines[["left", "bottom"]].set_color(GRID)


def _name_and_remark(row: Any, unit: str, currency: str, to_whom: str) -> tuple[str, str]:
    """Name of a strategy, and what is to be said of it, on several lines."""
    if row.status != "ND":
        remark = row.note
    elif not np.isnan(row.icer):
        remark = f"ICER {_price(row, unit, currency)}"
    elif row.note:
        remark = f"on the frontier; no ICER: {row.note}"
    else:
        remark = f"on the frontier, with the least cost {to_whom}"
    return stacked(row.strategy, 34, 3), "\n".join(wrap(remark, 48))


def _price(row: Any, unit: str, currency: str) -> str:
    return str(Amount(row.icer, row.icer_low, row.icer_high, f"{currency} per {unit}"))


def _plane_title(points: pd.DataFrame, table: pd.DataFrame, unit: str, units: str, currency: str, to_whom: str) -> str:
    names = short_names(list(table["strategy"]))
    frontier = tuples(table[table["status"] == "ND"])
    steps = [(before, step) for before, step in pairwise(frontier) if not np.isnan(step.icer)]
    if len(steps) > 2:
        (_, first), *_, (_, last) = steps
        ends = f"{names[first.strategy]} at {_price(first, unit, currency)} to {names[last.strategy]}"
        return f"Along the frontier, from {ends} at {_price(last, unit, currency)}, costs {to_whom}"
    if steps:
        prices = [f"{names[step.strategy]} at {_price(step, unit, currency)}" for _, step in steps]
        return f"More {units} than {names[steps[0][0].strategy]}: {', then '.join(prices)}, costs {to_whom}"
    if not points["more_effect"].any() and len(table) > 1:
        return f"No scenario gains {units} over another"
    if len(frontier) > 1:
        return f"No cost {to_whom} per {unit} can be stated: along the frontier the sign of the gain may be chance"
    best = frontier[0].strategy
    if len(table) == 1:
        return f"Nothing to compare {names[best]} with"
    wide = points.pivot(index="replication", columns="strategy", values=["more_cost", "more_effect"])
    others = [strategy for strategy in table["strategy"] if strategy != best]
    gains = ("more_cost", "more_effect")
    more_cost, more_effect = (wide[what].sub(wide[what, best], axis=0)[others].to_numpy() for what in gains)
    p = holm(np.concatenate([mean_intervals(each)[3] for each in (more_cost, more_effect)]))
    if np.all(p < LEVEL):
        return f"{names[best]} costs least {to_whom} and gains most {units}"
    return f"On the means alone {names[best]} costs least {to_whom} and gains most {units}; some of it may be chance"
