"""The census over the run: people in care and waiting, a row of panels a level, a line a scenario."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.analysis.intervals import CONFIDENCE, t_quantile
from sim.experiment.result import Result, Study
from sim.report.pictures.bands import NothingToDraw, labelled, level_titles, of_metrics
from sim.report.pictures.findings import compared_most
from sim.report.pictures.style import GRID, INK, SOFT, draw_band, dress, headed, line_entry, literal, panels, stroke
from sim.report.wording import Measure
from sim.vocabulary import Column

WINDOW = 15
"""Days to either side that the moving average covers (Welch)."""

LEAST_TOP = 0.1
"""People: below that a panel would only magnify a list on which next to nobody ever waits."""

COLUMNS = ["scenario", "level", "kind", "day", "phase", "mean", "ci_low", "ci_high"]


def census(of: Result | Study) -> pd.DataFrame:
    """COLUMNS: how many people are in each level (kind "in care") or on its list ("waiting") on each day of the run.

    level: its title. mean: over replications, as a moving average of 31 days. ci_low, ci_high: 95 % interval, of each
    day and averaged likewise; NaN with one replication. phase: "warm-up", "window" (what is measured) or "after".
    Raises NothingToDraw for a run of less than a day.
    """
    if all(result.daily.empty for result in labelled(of).values()):
        raise NothingToDraw("the run is shorter than a day")
    frames = []
    titles = level_titles(of)
    for label, result in labelled(of).items():
        start, end = result.scenario.window
        reach = t_quantile(CONFIDENCE, result.replications - 1) / np.sqrt(result.replications)
        for metric, series in result.daily.groupby("metric", sort=False):
            kind, level = str(metric).split(".", 1)
            if kind not in ("census", "queue"):
                continue
            mean, half = moving(series["mean"].to_numpy()), reach * moving(series["sd"].to_numpy())
            day = series["day"].to_numpy()
            phase = np.select([day < start, day < end], ["warm-up", "window"], "after")
            words = "in care" if kind == "census" else "waiting"
            columns = (label, titles[level], words, day, phase, mean, mean - half, mean + half)
            frames.append(pd.DataFrame(dict(zip(COLUMNS, columns, strict=True))))
    return pd.concat(frames, ignore_index=True)


def waiting(of: Result | Study) -> pd.DataFrame:
    """scenario, level, metric, and `bands.BAND_COLUMNS`: how many wait for each level in the window, on average."""
    levels = level_titles(of)
    keys = {f"queue.{name}.mean": title for name, title in levels.items()}
    frame = of_metrics(of, list(keys))
    frame.insert(1, "level", frame["metric"].map(keys))
    return frame


def capacities(of: Result | Study) -> pd.DataFrame:
    """scenario, level, day, capacity: from which day on a level has so many places, where they are its alone."""
    rows = []
    titles = level_titles(of)
    for label, result in labelled(of).items():
        scenario = result.as_run
        for name, level in scenario.levels.items():
            kinds = list(level.all_places)
            shared = [each for each, other in scenario.levels.items() if set(kinds) & set(other.all_places)]
            if len(kinds) == 1 and shared == [name] and level.places_each.get(kinds[0], 1) == 1:
                steps = scenario.places[kinds[0]].dated_steps()
                rows += [(label, titles[name], float(day), float(capacity)) for day, capacity in steps]
    return pd.DataFrame(rows, columns=["scenario", "level", "day", "capacity"])


@literal
def census_figure(
    frame: pd.DataFrame, lists: pd.DataFrame, findings: pd.DataFrame | None = None, room: pd.DataFrame | None = None
) -> Figure:
    """The figure of a `census`. lists: of `waiting`, for the title; findings: of `Study.differences`, likewise.

    room: of `capacities`, whose lines are drawn where people are in care.
    """
    levels, scenarios = list(frame["level"].unique()), list(frame["scenario"].unique())
    figure, chosen = panels(2 * len(levels), 1.55, 2, sharex=True)
    for i, level in enumerate(levels):
        for axes, kind in zip(chosen[2 * i : 2 * i + 2], ("in care", "waiting"), strict=True):
            _panel(axes, frame[(frame["level"] == level) & (frame["kind"] == kind)], scenarios)
            if room is not None and kind == "in care":
                _capacity(axes, room[room["level"] == level], scenarios, float(frame["day"].max()) + 1)
            headed(axes, f"{'in' if kind == 'in care' else 'waiting for'} {level}")
            axes.set_ylabel("people", fontsize=8, color=INK)
    for axes in chosen[-2:]:
        axes.set_xlabel("days since the start of the run", fontsize=8, color=INK)
    entries = [line_entry(scenario, i) for i, scenario in enumerate(scenarios)]
    band = "" if frame["ci_low"].isna().all() else " Band: 95 % interval."
    note = f"Line: mean over replications, moving average of 31 days.{band} Grey: not measured (warm-up before, "
    note += "follow-up after the window)."
    if room is not None and room["level"].isin(levels).any():
        entries.append(Line2D([], [], color=SOFT, linewidth=1.0, linestyle=":", label="places there are"))
    return dress(figure, _waiting_title(lists, findings), note, [*entries, Patch(facecolor=GRID, label="not measured")])


def _panel(axes: Axes, frame: pd.DataFrame, scenarios: list[str]) -> None:
    for scenario, rows in frame.groupby("scenario", sort=False):
        draw_band(axes, rows, scenarios.index(str(scenario)), len(scenarios))
    first = frame[frame["scenario"] == frame["scenario"].iloc[0]]
    for phase in ("warm-up", "after"):
        days = first.loc[first["phase"] == phase, "day"]
        if len(days):
            paleness = 1.0 if phase == "warm-up" else 0.5
            axes.axvspan(days.min(), days.max() + 1, color=GRID, alpha=paleness, zorder=0, lw=0)
    axes.set_ylim(bottom=0, top=max(axes.get_ylim()[1], LEAST_TOP))
    axes.set_xlim(0, frame["day"].max() + 1)


def _capacity(axes: Axes, room: pd.DataFrame, scenarios: list[str], end: float) -> None:
    """A dotted line at how many places there are, in the colour of the scenario; one for all where they are alike."""
    steps = {
        str(name): list(zip(rows["day"], rows["capacity"], strict=True)) for name, rows in room.groupby("scenario")
    }
    alike = len(steps) > 1 and all(each == next(iter(steps.values())) for each in steps.values())
    for name, each in list(steps.items())[: 1 if alike else None]:
        days, counts = zip(*each, (end, each[-1][1]), strict=True)
        colour = SOFT if alike else stroke(scenarios.index(name))["color"]
        axes.step(days, counts, where="post", color=colour, linewidth=1.0, linestyle=":")
        # A level that is nearly empty is not pressed to the ground for it.
        axes.set_ylim(top=max([axes.get_ylim()[1], *(1.05 * n for n in counts if n < 2.5 * axes.get_ylim()[1])]))


def _waiting_title(lists: pd.DataFrame, findings: pd.DataFrame | None) -> str:
    """The waiting list that differs most from the baseline's; where none is found to, the longest."""
    if not lists["mean"].max() >= 1:
        return "On average, fewer than one person is waiting for any level"
    waiting = Measure("", "people waiting for {}", "", "", 1.0, "lower")
    return f"{compared_most(lists.rename(columns={'level': 'title'}), waiting, findings)}, on average"


def moving(values: Column) -> Column:
    """Centred moving average of 31 days; near both ends over as many days as there are to either side."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    index = np.arange(len(values))
    reach = np.minimum(np.minimum(index, len(values) - 1 - index), WINDOW)
    return np.asarray((total[index + reach + 1] - total[index - reach]) / (2 * reach + 1))
