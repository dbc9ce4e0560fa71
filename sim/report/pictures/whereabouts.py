"""Where people are over time: the whole cohort stacked by level of care, and outside it, a panel a scenario."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.experiment.result import Result, Study
from sim.outcomes import Observed, curves
from sim.report.pictures.bands import banded, followed_days, labelled, level_titles, per_replication
from sim.report.pictures.findings import compared, judged, most_changed, per_cent, tuples
from sim.report.pictures.style import INK, dress, few_ticks, fill, headed, literal, panels
from sim.report.verdicts import TOO_FEW, UNDEFINED
from sim.report.wording import Measure
from sim.report.words import sentence
from sim.vocabulary import DEAD, OUTSIDE_CARE, STATES, Column

OUTSIDE: dict[str, dict[str, Any]] = {
    curves.WAITING: {"facecolor": "#FFFFFF", "hatch": "////", "edgecolor": "#666666"},
    curves.OUT_WELL: {"facecolor": "#DCDCDC", "hatch": "", "edgecolor": "#FFFFFF"},
    curves.OUT_RESPONSE: {"facecolor": "#AFAFAF", "hatch": "", "edgecolor": "#FFFFFF"},
    curves.OUT_UNWELL: {"facecolor": "#7A7A7A", "hatch": "..", "edgecolor": "#BBBBBB"},
    STATES[DEAD]: {"facecolor": "#000000", "hatch": "", "edgecolor": "#FFFFFF"},
}


def places(of: Result | Study) -> pd.DataFrame:
    """scenario, day (since asking), place, and `bands.BAND_COLUMNS`, of the share of the cohort that is in the place.

    place: the title of a level, or one of `sim.outcomes.curves.nowhere_words`, which are last; the means of a day
    sum to 1. Raises RecordsNotKept without records, and NothingToDraw.
    """
    days = followed_days(of)
    levels = level_titles(of)
    responses = any(result.as_run.responses for result in labelled(of).values())
    names = [*levels, *(curves.WITH_RESPONSE if responses else curves.NOWHERE)]
    called = levels | curves.nowhere_words(next(iter(labelled(of).values())).as_run)

    def read(observed: Observed) -> Column:
        shares = curves.whereabouts(observed, days)
        return np.concatenate([shares.get(name, np.zeros(len(days))) for name in names])

    words = [called.get(name, name) for name in names]
    keys = pd.DataFrame({"place": np.repeat(words, len(days)), "day": np.tile(days, len(names))})
    return banded(per_replication(of, read), keys)


@literal
def places_figure(frame: pd.DataFrame) -> Figure:
    """The figure of `places`."""
    scenarios, names = list(frame["scenario"].unique()), list(frame["place"].unique())
    columns = 2 if len(scenarios) in (2, 4) else 3
    figure, chosen = panels(len(scenarios), 4.0 if len(scenarios) < 3 else 2.5, columns, sharex=True, sharey=True)
    inside = len(names) - 1 - names[::-1].index(curves.WAITING)
    nowhere = curves.WITH_RESPONSE if len(names) - inside == len(curves.WITH_RESPONSE) else curves.NOWHERE
    outside = dict(zip(names[inside:], (OUTSIDE[place] for place in nowhere), strict=True))
    looks = {name: outside.get(name) or fill(i) for i, name in enumerate(names)}
    states = {place: names[inside + at].removeprefix(f"{OUTSIDE_CARE}, ") for at, place in enumerate(nowhere)}
    better = [states[each] for each in (curves.OUT_WELL, curves.OUT_RESPONSE) if each in states]
    for axes, (scenario, rows) in zip(chosen, frame.groupby("scenario", sort=False), strict=True):
        _stack(axes, rows, looks)
        headed(axes, str(scenario))
        axes.set(xlim=(0, rows["day"].max()), ylim=(0, 100), xticks=few_ticks(rows["day"].max()))
        axes.set_xlabel("days since asking for care", fontsize=8, color=INK)
    for axes in chosen[::columns]:
        axes.set_ylabel("% of the cohort", fontsize=8, color=INK)
    entries = [Patch(label=name, **{"linewidth": 0.4, **looks[name]}) for name in names]
    note = "Mean over replications. Waiting: outside care and on a list. "
    note += f"{sentence(states[curves.OUT_UNWELL])}: everybody else there who is not {' or '.join(better)}."
    return dress(figure, _whereabouts_title(frame), note, entries)


def _stack(axes: Axes, rows: pd.DataFrame, looks: Mapping[str, dict[str, Any]]) -> None:
    wide = 100 * rows.pivot(index="day", columns="place", values="mean")
    bottom = np.zeros(len(wide))
    for name, look in looks.items():
        top = bottom + wide[name].to_numpy()
        axes.fill_between(wide.index, bottom, top, **{**look, "linewidth": 0.0})
        axes.plot(wide.index, top, color="#FFFFFF", linewidth=0.5)
        bottom = top


def _whereabouts_title(frame: pd.DataFrame) -> str:
    """Half-way through follow-up: what differs most, or where people are."""
    day = frame["day"].max() // 2
    rows = frame[frame["day"] == day]
    when = f"After {day:.0f} days"
    if frame["scenario"].nunique() == 1:
        most = tuples(rows.nlargest(3, "mean", keep="first"))
        return f"{when}: {', '.join(f'{per_cent(row.mean)} {row.place}' for row in most)}"
    # All places are one family; none of them is a metric.
    of_all = judged(rows, Measure("", "", "%", "points", 100.0))
    by_place = {str(place): of_place for place, of_place in of_all.groupby("place", sort=False)}
    if of_all["verdict"].iloc[-1] == UNDEFINED:
        return f"{when}: nobody to compare"
    if of_all["verdict"].iloc[-1] == TOO_FEW:
        return f"{when}: too few replications to compare where people are"
    if (place := most_changed(by_place)) is None:
        return f"{when}, no difference was found in where people are"
    measure = Measure("", f"share {place} after {day:.0f} days", "%", "points", 100.0)
    return sentence(compared(measure, by_place[place]))
