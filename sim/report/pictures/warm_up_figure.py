"""How the system fills: asks, people in care and waiting, and waits, with the warm-up and where each settles."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.intervals import CONFIDENCE, t_quantile
from sim.experiment.result import Result
from sim.report.pictures.census import LEAST_TOP, moving
from sim.report.pictures.style import GRID, INK, bare_axes, literal, settle
from sim.report.sheets.warm_up import warm_up_verdict
from sim.report.words import stacked
from sim.vocabulary import DAYS_PER_MONTH

LINE, BAND, SETTLED = "#0072B2", "#56B4E9", "#D55E00"


SERIES = {"census": "people in", "queue": "people waiting for", "wait": "days that those who ask wait for"}
"""What there is of each level, in words; a column each."""


@literal
def warm_up_figure(result: Result) -> Figure:
    """Asks a month on top, and below them three panels a level; the title says whether the warm-up is long enough.

    Line: mean over replications, as a moving average of 31 days; band: its 95 % interval, day by day. Grey: warm-up.
    Dashed: where MSER-5 finds that the series has settled; absent where it cannot tell.
    """
    series = result.warm_up()
    settled = dict(zip(series["metric"], series["truncation_days"].where(series["conclusive"]), strict=True))
    levels = list(result.scenario.levels)
    figure = Figure(figsize=(12, 2.9 + 1.9 * len(levels)), dpi=150, layout="constrained")
    grid = figure.add_gridspec(1 + len(levels), len(SERIES))
    panels = [(figure.add_subplot(grid[0, :]), "asks.all", "asks for care, of any level, a month", DAYS_PER_MONTH)]
    for row, level in enumerate(levels, start=1):
        for column, (kind, words) in enumerate(SERIES.items()):
            title = f"{words} {level.replace('_', ' ')}"
            panels.append((figure.add_subplot(grid[row, column], sharex=panels[0][0]), f"{kind}.{level}", title, 1.0))
    for axes, metric, title, factor in panels:
        _panel(axes, result, metric, factor)
        axes.set_title(stacked(title, 44, 3), fontsize=9, color=INK, loc="left")
        if settled.get(metric, np.nan) >= 0:
            axes.axvline(settled[metric], color=SETTLED, linestyle="--", linewidth=1.3)
    for axes, *_ in (panels[0], *panels[-len(SERIES) :]):
        axes.set_xlabel("days since the start of the run", fontsize=9, color=INK)
    figure.suptitle(warm_up_verdict(series), fontsize=11, color=INK, x=0.01, ha="left", wrap=True)
    figure.supxlabel(
        "grey: warm-up    line: mean over replications, over 31 days    band: 95 % interval of a day, smoothed    "
        "dashed: settled (MSER-5)\nwaits are those of people who ask on a day, as far as all are over by the end",
        fontsize=8,
        color=INK,
    )
    return settle(figure)


def _panel(axes: Axes, result: Result, metric: str, factor: float) -> None:
    series = result.daily[result.daily["metric"] == metric]
    days, known = len(series), series.dropna(subset="mean")
    day, mean = known["day"].to_numpy(), factor * moving(known["mean"].to_numpy())
    axes.axvspan(0, result.scenario.time.warm_up_days, color=GRID, zorder=0, linewidth=0)
    if result.replications > 1:
        reach = t_quantile(CONFIDENCE, result.replications - 1) / np.sqrt(result.replications)
        half = factor * reach * moving(known["sd"].to_numpy())
        axes.fill_between(day, mean - half, mean + half, color=BAND, alpha=0.4, linewidth=0)
    axes.plot(day, mean, color=LINE, linewidth=1.4)
    axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1], LEAST_TOP))
    axes.set_xlim(0, max(days, 1))
    bare_axes(axes)
