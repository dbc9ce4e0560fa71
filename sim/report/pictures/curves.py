"""Curves since asking: retention, time to relapse; a line a scenario, bands, and below how many people they are of."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiment.result import Result, Study
from sim.outcomes import Observed
from sim.outcomes.curves import relapse_at_risk, relapse_curve, retention_curve
from sim.report.pictures import style
from sim.report.pictures.bands import banded, followed_days, per_replication
from sim.report.pictures.findings import compared, judged
from sim.report.wording import Measure
from sim.report.words import sentence, short_names
from sim.scenario.schema import NEUTRAL, Condition
from sim.vocabulary import Column

IN_CARE, RELAPSED = "in care", "relapsed"
HEADS = {
    IN_CARE: ("In care, in any level", "days since asking for care", "people in care"),
    RELAPSED: ("First relapse, death competing", "days since first {well}", "people at risk"),
}
EARLY = 90.0
"""Day of which the title says how many are in care."""

ROW = 0.17
"""Inches of a row of numbers."""


def curves(of: Result | Study) -> pd.DataFrame:
    """scenario, curve ("in care", "relapsed"), day, number, and `bands.BAND_COLUMNS`, of shares.

    In care: share of the cohort in any level, by days since asking. Relapsed: cumulative incidence of the first relapse
    (Aalen-Johansen, death competing), by days since the first time well. number: the mean number of people who are in
    care, and who are still at risk. Raises RecordsNotKept without records, NothingToDraw without
    anybody followed for a day.
    """
    days = followed_days(of)

    def read(observed: Observed) -> Column:
        share, at_risk = retention_curve(observed, days), relapse_at_risk(observed, days)
        number = np.concatenate((np.nan_to_num(share) * observed.cohort_size, at_risk))
        return np.array([np.concatenate((share, relapse_curve(observed, days))), number])

    by_scenario = per_replication(of, read)
    keys = pd.DataFrame({"curve": np.repeat([IN_CARE, RELAPSED], len(days)), "day": np.tile(days, 2)})
    frame = banded({scenario: values[:, 0] for scenario, values in by_scenario.items()}, keys)
    frame.insert(3, "number", np.concatenate([np.mean(values[:, 1], axis=0) for values in by_scenario.values()]))
    return frame


@style.literal
def curves_figure(frame: pd.DataFrame, findings: pd.DataFrame | None = None, condition: Condition = NEUTRAL) -> Figure:
    """The figure of `curves`. findings: of `Study.differences`, for the title. condition: in whose words."""
    scenarios = list(frame["scenario"].unique())
    table = ROW * (len(scenarios) + 0.6)
    figure = Figure(figsize=(style.WIDTH, 5.1 + table), dpi=150, layout="constrained")
    grid = figure.subplots(2, 2, sharex="col", height_ratios=(3.4, table))
    for column, (curve, (head, clock, people)) in enumerate(HEADS.items()):
        axes, numbers = grid[:, column]
        # On day 0 everyone has just asked and nobody is in care yet; a line from there would only hide the axis.
        rows = frame[(frame["curve"] == curve) & (frame["day"] >= (1 if curve == IN_CARE else 0))]
        style.bare_axes(axes, "y")
        ticks = style.few_ticks(rows["day"].max())
        for i, (_, line) in enumerate(rows.groupby("scenario", sort=False)):
            style.draw_band(axes, line, i, len(scenarios), 100.0)
        style.headed(axes, head)
        axes.set(xlim=(0, rows["day"].max()), xticks=ticks)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(clock.format(**condition.words), fontsize=style.SMALLEST, color=style.INK)
        whole = "% of the cohort" if curve == IN_CARE else f"% of those ever {condition.words['well']}"
        axes.set_ylabel(whole, fontsize=8, color=style.INK)
        axes.tick_params(labelbottom=True)
        _numbers(numbers, rows, scenarios, ticks, people, named=column == 0)
    band = "" if frame["ci_low"].isna().all() else " Band: its 95 % interval, day by day."
    note = f"Line: mean over replications.{band} Below: mean number of people a replication."
    entries = [style.line_entry(scenario, i) for i, scenario in enumerate(scenarios)]
    return style.dress(figure, _curves_title(frame, findings), note, entries)


def _numbers(axes: Axes, rows: pd.DataFrame, scenarios: list[str], ticks: list[int], people: str, named: bool) -> None:
    """How many people, in rows under the ticks."""
    names = short_names(scenarios, 26)
    axes.set_ylim(len(scenarios) - 0.4, -0.6)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelbottom=False, pad=12)
    small: dict[str, Any] = {"fontsize": style.SMALLEST, "color": style.INK}
    axes.set_title(people, loc="left", **small)
    axes.set_yticks(range(len(scenarios)), [names[scenario] if named else "" for scenario in scenarios])
    for i, (scenario, label) in enumerate(zip(scenarios, axes.get_yticklabels(), strict=True)):
        number = rows[rows["scenario"] == scenario].set_index("day")["number"]
        label.set(va="center", **small)
        for tick in [tick for tick in ticks if tick in number.index]:
            axes.text(tick, i, f"{number[tick]:,.0f}", ha="center", va="center", **small)
    axes.axhline(-0.55, color=style.GRID, linewidth=0.6)


def _curves_title(frame: pd.DataFrame, findings: pd.DataFrame | None) -> str:
    last = frame["day"].max()
    early = min(EARLY, last)
    shares = {
        IN_CARE: (early, f"retention.{early:.0f}_days", f"share in care on day {early:.0f}", "higher"),
        RELAPSED: (last, f"relapse.{last:.0f}_days", f"share relapsed within {last:.0f} days", "lower"),
    }
    sentences = []
    for curve, (day, metric, words, better) in shares.items():
        measure = Measure(metric, words, "%", "points", 100.0, better)
        rows = frame[(frame["curve"] == curve) & (frame["day"] == day)]
        sentences.append(compared(measure, judged(rows, measure, findings)))
    return sentence("; ".join(sentences))
