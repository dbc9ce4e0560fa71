"""How the system fills: people in care and waiting, day by day, with the warm-up and where each series settles."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.intervals import CONFIDENCE, t_quantile
from sim.experiment import Result
from sim.report.plot_census import LEAST_TOP, moving
from sim.report.style import GRID, INK, literal, plain, settle
from sim.report.warm_up import warm_up_verdict

LINE, BAND, SETTLED = "#0072B2", "#56B4E9", "#D55E00"


@literal
def warm_up_figure(result: Result) -> Figure:
    """One panel a level and waiting list; the title says whether the warm-up is long enough.

    Line: mean over replications, as a moving average of 31 days; band: its 95 % interval, day by day. Grey: warm-up.
    Dashed: where MSER-5 finds that the series has settled; absent where it cannot tell.
    """
    found = result.warm_up()
    settled = dict(zip(found["metric"], found["truncation_days"].where(found["conclusive"]), strict=True))
    levels = list(result.scenario.levels)
    figure = Figure(figsize=(10, 1.2 + 1.9 * len(levels)), dpi=150, layout="constrained")
    panels = figure.subplots(len(levels), 2, sharex=True, squeeze=False)
    for row, level in zip(panels, levels, strict=True):
        for axes, (kind, words) in zip(row, (("census", "in"), ("queue", "waiting for")), strict=True):
            metric = f"{kind}.{level}"
            _panel(axes, result, metric)
            axes.set_title(f"people {words} {level.replace('_', ' ')}", fontsize=9, color=INK, loc="left")
            if settled.get(metric, np.nan) >= 0:
                axes.axvline(settled[metric], color=SETTLED, linestyle="--", linewidth=1.3)
    for axes in panels[-1]:
        axes.set_xlabel("days since the start of the run", fontsize=9, color=INK)
    figure.suptitle(warm_up_verdict(found), fontsize=11, color=INK, x=0.01, ha="left", wrap=True)
    figure.supxlabel(
        "grey: warm-up    line: mean over replications, over 31 days    band: 95 % interval of a day, smoothed    "
        "dashed: settled (MSER-5)",
        fontsize=8,
        color=INK,
    )
    settle(figure)
    return figure


def _panel(axes: Axes, result: Result, metric: str) -> None:
    series = result.daily[result.daily["metric"] == metric]
    day, mean = series["day"].to_numpy(), series["mean"].to_numpy()
    axes.axvspan(0, result.scenario.time.warm_up_days, color=GRID, zorder=0, linewidth=0)
    if result.replications > 1:
        reach = t_quantile(CONFIDENCE, result.replications - 1) / np.sqrt(result.replications)
        half = reach * moving(series["sd"].to_numpy())
        axes.fill_between(day, moving(mean) - half, moving(mean) + half, color=BAND, alpha=0.4, linewidth=0)
    axes.plot(day, moving(mean), color=LINE, linewidth=1.4)
    axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1], LEAST_TOP))
    axes.set_xlim(0, len(day))
    plain(axes)
