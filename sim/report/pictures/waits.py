"""How long people wait for each level: median and 90th percentile, and the share that is offered a place in 14 days."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.experiment.psa import PsaResult
from sim.experiment.result import Result, Study
from sim.report.pictures.bands import level_titles, of_metrics
from sim.report.pictures.findings import compared_most
from sim.report.pictures.style import (
    PALE,
    SMALLEST,
    SOFT,
    WIDTH,
    bare_axes,
    both_intervals,
    dress,
    headed,
    interval_entries,
    literal,
    mark,
    rows_of,
)
from sim.report.wording import Measure

STATISTICS = ("mean", "median", "p90", "within_14_days")
LONGEST_SHORT = 0.5
"""Days: a level for which nine of ten wait no longer, in any scenario, is not drawn but named."""


def waits(of: Result | Study, psa: PsaResult | None = None) -> pd.DataFrame:
    """scenario, level (its title), metric, statistic ("mean", "median", "p90": days; "within_14_days": share),
    and `bands.BAND_COLUMNS`.

    The numbers of `Study.summary`, and their paired differences from the first scenario. NaN where a scenario lacks the
    level, or fewer people than that would ever be offered a place. psa: as of `bands.of_metrics`.
    """
    levels = level_titles(of)
    frame = of_metrics(of, [f"wait.{name}.{statistic}" for name in levels for statistic in STATISTICS], psa)
    parts = frame["metric"].astype(str).str.split(".", expand=True)
    frame.insert(1, "level", parts[1].map(levels))
    frame.insert(2, "statistic", parts[2])
    return frame


@literal
def waits_figure(frame: pd.DataFrame, findings: pd.DataFrame | None = None) -> Figure:
    """The figure of `waits`: a row of panels a level, a row of marks a scenario.

    findings: of `Study.differences`, for the title, which is of the mean waits.
    """
    scenarios, levels = list(frame["scenario"].unique()), list(frame["level"].unique())
    longest = frame[frame["statistic"] == "p90"].groupby("level")["mean"].max()
    unknown = frame[frame["statistic"] == "p90"].groupby("level")["mean"].apply(lambda means: means.isna().all())
    drawn = [level for level in levels if longest[level] > LONGEST_SHORT or unknown[level]] or levels[:1]
    height = len(drawn) * (0.62 + 0.27 * len(scenarios))
    figure = Figure(figsize=(WIDTH, 1.3 + height), dpi=150, layout="constrained")
    grid = figure.subplots(len(drawn), 2, squeeze=False, sharey=True, width_ratios=(3, 2))
    for (left, right), level in zip(grid, drawn, strict=True):
        rows = frame[frame["level"] == level]
        for axes in (left, right):
            bare_axes(axes, "x")
            rows_of(axes, scenarios)
        _days(left, rows)
        _shares(right, rows)
        headed(left, f"wait for {level}, days")
        headed(right, "offered a place within 14 days, %")
    entries = [
        Line2D([], [], linestyle="", marker=marker, color=SOFT, markerfacecolor=face, label=label)
        for marker, face, label in (("o", SOFT, "median"), ("s", "#FFFFFF", "90th percentile"), ("D", SOFT, "share"))
    ]
    short = ", ".join(level for level in levels if level not in drawn)
    note = "Time from asking to the offer of a place. Bars: 95 % interval over replications."
    if "inputs_low" in frame:
        note = "Time from asking to the offer of a place, on average over draws, with both 95 % intervals."
        entries += interval_entries()
    note += f" Not drawn, since nine of ten wait half a day or less: {short}." if short else ""
    return dress(figure, _waits_title(frame[frame["statistic"] == "mean"], findings), note, entries)


def _days(axes: Axes, rows: pd.DataFrame) -> None:
    for i, (_, each) in enumerate(rows.groupby("scenario", sort=False)):
        median, p90 = (each[each["statistic"] == name].iloc[0] for name in ("median", "p90"))
        colour = mark(i)["color"]
        if "inputs_low" not in rows:
            axes.plot([median["mean"], p90["mean"]], [i, i], color=colour, linewidth=1.0, alpha=0.5, zorder=2)
        # Two long lines of draws must not lie on each other.
        apart = 0.12 if "inputs_low" in rows else 0.0
        _mark(axes, i + apart, p90, color=colour, marker="s", markerfacecolor="#FFFFFF", markersize=5)
        _mark(axes, i - apart, median, color=colour, marker="o", markersize=6)
        if np.isnan(p90["mean"]):
            known = not np.isnan(median["mean"])
            words = "90th percentile not reached" if known else "not reached"
            if np.isnan(each["mean"]).all():
                words = "no such level, or nobody asks for it"
            at = median["mean"] if known else 0.0, i
            look: dict[str, Any] = {"textcoords": "offset points", "fontsize": SMALLEST, "color": PALE}
            axes.annotate(words, at, (8, 0), va="center", **look)
    axes.set_xlim(left=0)


def _shares(axes: Axes, rows: pd.DataFrame) -> None:
    for i, (_, row) in enumerate(rows[rows["statistic"] == "within_14_days"].iterrows()):
        _mark(axes, i, row, 100.0, 1.0, color=mark(i)["color"], marker="D", markersize=5)
    axes.set_xlim(0, 102)


def _mark(axes: Axes, y: float, row: pd.Series, factor: float = 1.0, most: float = np.inf, **style: Any) -> None:
    """A mark with its interval, or both; nothing is below zero, or above `most`."""
    both_intervals(axes, y, row, factor, (0.0, most), alone=2.4, color=style["color"])
    axes.plot(factor * row["mean"], y, zorder=4, clip_on=False, **style)


def _waits_title(means: pd.DataFrame, findings: pd.DataFrame | None) -> str:
    """The level for which the mean wait differs most; where no difference is found, the longest."""
    if means["mean"].isna().all():
        return "Nobody asks for a level, so nobody waits"
    wait = Measure("", "mean wait for {}", "days", "days", 1.0, "lower")
    return compared_most(means.rename(columns={"level": "title"}), wait, findings)
