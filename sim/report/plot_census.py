"""People in care and waiting over the run: a row of panels a level, a line a scenario."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.analysis.intervals import CONFIDENCE, t_quantile
from sim.experiment import Result, Study
from sim.model.records import Column
from sim.report.bands import labelled
from sim.report.findings import level_words, sentence
from sim.report.style import GRID, INK, draw_band, dress, headed, line_entry, panels, shortened
from sim.report.tables import number

WINDOW = 15
"""Days to either side that the moving average covers (Welch)."""

LEAST_TOP = 0.1
"""People: below that a panel would only magnify a list on which next to nobody ever waits."""

COLUMNS = ["scenario", "level", "kind", "day", "phase", "mean", "ci_low", "ci_high"]


def census(of: Result | Study) -> pd.DataFrame:
    """COLUMNS: how many people are in each level (kind "in care") or on its list ("waiting") on each day of the run.

    mean: over replications, as a moving average of 31 days. ci_low, ci_high: 95 % interval, of each day and averaged
    likewise; NaN with one replication. phase: "warm-up", "window" (what is measured) or "after".
    """
    frames = []
    for label, result in labelled(of).items():
        time, closed = result.scenario.time, result.scenario.arrivals.closed_cohort is not None
        start, end = (0.0, time.follow_up_days) if closed else (time.warm_up_days,) * 2
        end += 0.0 if closed else time.recruitment_days
        reach = t_quantile(CONFIDENCE, result.replications - 1) / np.sqrt(result.replications)
        for metric, series in result.daily.groupby("metric", sort=False):
            kind, level = str(metric).split(".", 1)
            mean, half = moving(series["mean"].to_numpy()), reach * moving(series["sd"].to_numpy())
            day = series["day"].to_numpy()
            phase = np.select([day < start, day < end], ["warm-up", "window"], "after")
            words = "in care" if kind == "census" else "waiting"
            columns = (label, level, words, day, phase, mean, mean - half, mean + half)
            frames.append(pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))))
    return pd.concat(frames, ignore_index=True)


def census_figure(frame: pd.DataFrame) -> Figure:
    """The figure of a `census`."""
    levels, scenarios = list(frame["level"].unique()), list(frame["scenario"].unique())
    figure, chosen = panels(2 * len(levels), 1.55, 2, sharex=True)
    for i, level in enumerate(levels):
        for axes, kind in zip(chosen[2 * i : 2 * i + 2], ("in care", "waiting"), strict=True):
            _panel(axes, frame[(frame["level"] == level) & (frame["kind"] == kind)], scenarios)
            headed(axes, f"{'in' if kind == 'in care' else 'waiting for'} {level_words(level)}")
            axes.set_ylabel("people", fontsize=8, color=INK)
    for axes in chosen[-2:]:
        axes.set_xlabel("days since the start of the run", fontsize=8, color=INK)
    entries = [line_entry(scenario, i) for i, scenario in enumerate(scenarios)]
    note = "Line: mean over replications, moving average of 31 days. Band: 95 % interval. Grey: not measured (warm-up "
    note += "before, follow-up after the window)."
    dress(figure, _title(frame), note, [*entries, Patch(facecolor=GRID, label="not measured")])
    return figure


def _panel(axes: Axes, frame: pd.DataFrame, scenarios: list[str]) -> None:
    for scenario, rows in frame.groupby("scenario", sort=False):
        draw_band(axes, rows, scenarios.index(str(scenario)), len(scenarios))
    first = frame[frame["scenario"] == frame["scenario"].iloc[0]]
    for phase in ("warm-up", "after"):
        days = first.loc[first["phase"] == phase, "day"]
        if len(days):
            axes.axvspan(
                days.min(), days.max() + 1, color=GRID, alpha=1.0 if phase == "warm-up" else 0.5, zorder=0, lw=0
            )
    axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1], LEAST_TOP))
    axes.set_xlim(0, frame["day"].max() + 1)


def _title(frame: pd.DataFrame) -> str:
    """How many wait in the window on the longest list, and where that differs.

    Of the interval of an average of days the average of the daily intervals is a bound, so that scenarios whose
    averages do not overlap certainly differ.
    """
    window = frame[(frame["phase"] == "window") & (frame["kind"] == "waiting")]
    means = window.groupby(["level", "scenario"], sort=False)[["mean", "ci_low", "ci_high"]].mean()
    if means.empty or means["mean"].max() < 1:
        return "On average, fewer than one person is waiting for any level"
    level = str(means["mean"].unstack(0).max().idxmax())
    rows = means.loc[level]
    base, others = rows.iloc[0], rows.iloc[1:]
    words = f"{number(base['mean'], figures=2)} people are waiting for {level_words(level)} on average"
    apart = others[(others["ci_low"] > base["ci_high"]) | (others["ci_high"] < base["ci_low"])]
    if others.empty:
        return sentence(words)
    if apart.empty:
        return sentence(f"{words} in {shortened(str(base.name))}; no difference was found to the other scenarios")
    most = (apart["mean"] - base["mean"]).abs().idxmax()
    there = f"{number(float(apart['mean'][most]), figures=2)} in {shortened(str(most))}"
    return sentence(f"{words} in {shortened(str(base.name))}, {there}")


def moving(values: Column) -> Column:
    """Centred moving average of 31 days; near both ends over as many days as there are to either side."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    index = np.arange(len(values))
    reach = np.minimum(np.minimum(index, len(values) - 1 - index), WINDOW)
    return np.asarray((total[index + reach + 1] - total[index - reach]) / (2 * reach + 1))
