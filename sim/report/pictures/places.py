"""How full each kind of place is: a panel a kind, a mark a scenario, with how many places there are."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiment.psa import PsaResult
from sim.experiment.result import Result, Study
from sim.outcomes.observed import place_days
from sim.report.pictures.bands import labelled, of_metrics
from sim.report.pictures.findings import compared_most, tuples
from sim.report.pictures.style import (
    PALE,
    SMALLEST,
    bare_axes,
    beside,
    both_intervals,
    dress,
    headed,
    interval_entries,
    literal,
    mark,
    panels,
    rows_of,
)
from sim.report.sheets.numbers import number
from sim.report.wording import Measure, first_title


def occupancies(of: Result | Study, psa: PsaResult | None = None) -> pd.DataFrame:
    """scenario, place, title, capacity (mean over the window; NaN where a scenario has no such place), and
    `bands.BAND_COLUMNS` of the share of the places' days that were in use. psa: as of `bands.of_metrics`.
    """
    scenarios = {label: result.as_run for label, result in labelled(of).items()}
    order = dict.fromkeys(name for scenario in scenarios.values() for name in scenario.places)
    titles = {name: first_title(scenarios.values(), "places", name) for name in order}
    frame = of_metrics(of, [f"occupancy.{name}" for name in order], psa)
    frame.insert(1, "place", frame.pop("metric").astype(str).str.removeprefix("occupancy."))

    def capacity(label: str, name: str) -> float:
        start, end = scenarios[label].window
        kind = scenarios[label].places.get(name)
        return float("nan") if kind is None else place_days(kind, scenarios[label].time, start, end) / (end - start)

    frame.insert(2, "title", frame["place"].map(titles))
    frame.insert(3, "capacity", [capacity(*key) for key in zip(frame["scenario"], frame["place"], strict=True)])
    return frame


@literal
def occupancies_figure(frame: pd.DataFrame, findings: pd.DataFrame | None = None) -> Figure:
    """The figure of `occupancies`. findings: of `Study.differences`, for the title."""
    scenarios, kinds = list(frame["scenario"].unique()), list(frame["place"].unique())
    figure, chosen = panels(len(kinds), 0.75 + 0.24 * len(scenarios), 2, sharex=True, sharey=True)
    for axes, kind in zip(chosen, kinds, strict=True):
        rows = frame[frame["place"] == kind]
        bare_axes(axes, "x")
        rows_of(axes, scenarios)
        for i, row in enumerate(tuples(rows)):
            _mark(axes, i, row)
        headed(axes, str(rows["title"].iloc[0]))
        axes.set_xlim(0, 102)
        axes.set_xlabel("% in use", fontsize=SMALLEST)
    varied = "inputs_low" in frame
    of = "on average over draws, with both 95 % intervals" if varied else "with its 95 % interval"
    note = (
        f"Share of the days of all places that were in use in the window, {of}. Right: how many places there are, on "
    )
    note += "average over the window."
    return dress(figure, _places_title(frame, findings), note, interval_entries() if varied else ())


def _mark(axes: Axes, y: int, row: Any) -> None:
    if pd.isna(row.capacity):
        beside(axes, y, "none", color=PALE)
        return
    beside(axes, y, number(row.capacity))
    both_intervals(axes, y, row, 100.0, (0.0, np.inf), alone=2.4, color=mark(y)["color"])
    # More than all while a cut drains.
    axes.plot(min(100 * row.mean, 102.0), y, zorder=4, clip_on=False, linestyle="", markersize=6, **mark(y))


def _places_title(frame: pd.DataFrame, findings: pd.DataFrame | None) -> str:
    """The kind of place whose use differs most from the baseline's; where none is found to, the fullest."""
    baseline = frame[frame["scenario"] == frame["scenario"].iloc[0]]
    known = baseline.loc[baseline["mean"].notna(), "place"]
    rows = frame[frame["place"].isin(known)]
    if rows.empty:
        return "How full the places are"
    in_use = Measure("", "share of {} in use", "%", "points", 100.0)
    return compared_most(rows.assign(metric="occupancy." + rows["place"]), in_use, findings)
