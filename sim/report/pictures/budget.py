"""The programme's budget by calendar month, stacked by level, the fixed cost of places hatched."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.experiment.result import Study
from sim.report.pictures.bands import of_metrics
from sim.report.pictures.findings import compared, judged
from sim.report.pictures.style import COLOURS, INK, SMALLEST, dress, headed, literal, panels
from sim.report.sheets.numbers import number, records_of
from sim.report.wording import Measure, titles_of
from sim.report.words import sentence
from sim.vocabulary import CATEGORY

TOTAL, WINDOW = "total", "window"
COLUMNS = [
    *("scenario", "month", "days", "part", "fixed", "amount", "ci_low", "ci_high"),
    *("difference", "difference_low", "difference_high", "p_value"),
]
FIXED = ("////", "....", "xxxx", "\\\\\\\\", "++++", "----", "oooo")
"""Hatches of the fixed part, so that levels are told apart in grey print too."""


def budgets(study: Study) -> pd.DataFrame:
    """COLUMNS: amounts by month ("2026-01") and part: a level, of what is spent on its patients, and a kind of place,
    of its fixed cost.

    From `Study.spending`, undiscounted, with 95 % intervals and differences from the baseline. Rows of part "total" are
    of all parts together; among them one a scenario with month "window", which is of all months together and alone has
    a p value.
    """
    parts = study.spending("month")
    of_place = parts["place"] != ""
    scenarios = [result.as_run for result in study.results.values()]
    fixed = {name: f"{title}: fixed" for name, title in titles_of(scenarios, "places").items()}
    of_level = parts["level"].replace(titles_of(scenarios, "levels") | {"": CATEGORY["checkups"].phrase})
    parts = parts.assign(fixed=of_place, part=parts["place"].replace(fixed).where(of_place, of_level))
    totals = study.budget_impact("month", by=()).assign(part=TOTAL, fixed=False)
    whole = of_metrics(study, ["cost.total"]).rename(columns={"mean": "amount"})
    days = totals.groupby("scenario")["days"].sum()
    whole = whole.assign(month=WINDOW, part=TOTAL, fixed=False, days=whole["scenario"].map(days))
    frames = (frame.reindex(columns=COLUMNS) for frame in (parts, totals, whole))
    return pd.DataFrame([row for frame in frames for row in records_of(frame)], columns=COLUMNS)


@literal
def budget_figure(frame: pd.DataFrame, currency: str = "", findings: pd.DataFrame | None = None) -> Figure:
    """The figure of `budgets`: a panel a scenario. findings: of `Study.differences`, for the title."""
    scenarios = list(frame["scenario"].unique())
    monthly = frame[frame["month"] != WINDOW]
    names = [part for part in monthly["part"].unique() if part != TOTAL]
    fixed = {name: bool(monthly.loc[monthly["part"] == name, "fixed"].any()) for name in names}
    # Levels and places count apart: hatches tell them apart where they have the same colour.
    numbers = {name: [other for other in names if fixed[other] == fixed[name]].index(name) for name in names}
    columns = 2 if len(scenarios) in (2, 4) else 3
    figure, chosen = panels(len(scenarios), 3.6 if len(scenarios) < 3 else 2.4, columns, sharex=True, sharey=True)
    for axes, (scenario, rows) in zip(chosen, monthly.groupby("scenario", sort=False), strict=True):
        _bars(axes, rows, numbers)
        headed(axes, str(scenario))
    for axes in chosen[::columns]:
        axes.set_ylabel(f"thousand {currency} a month", fontsize=8, color=INK)
    entries = [Patch(label=name, linewidth=0.4, **_look(i, fixed[name])) for name, i in numbers.items()]
    note = (
        "Stacked from below in the order of the legend. Hatched: fixed cost of places; plain: other cost. Mean over "
        "replications, undiscounted; black: 95 % interval of the total. The first and the last month may be measured "
        "in part only."
    )
    return dress(figure, _budget_title(frame, currency, findings), note, entries)


def _bars(axes: Axes, rows: pd.DataFrame, numbers: Mapping[str, int]) -> None:
    months = sorted(rows["month"].unique())
    bottom = np.zeros(len(months))
    for name, i in numbers.items():
        for fixed in (True, False):
            chosen = rows[(rows["part"] == name) & (rows["fixed"] == fixed)].set_index("month")["amount"]
            amount = chosen.reindex(months).fillna(0.0).to_numpy() / 1000
            axes.bar(range(len(months)), amount, bottom=bottom, width=0.84, linewidth=0.3, **_look(i, fixed))
            bottom += amount
    total = rows[rows["part"] == TOTAL].set_index("month").reindex(months)
    axes.vlines(range(len(months)), total["ci_low"] / 1000, total["ci_high"] / 1000, color="#000000", linewidth=1.8)
    step = -(-len(months) // 5)
    axes.set_xticks(range(0, len(months), step), months[::step])
    axes.tick_params(axis="x", labelsize=SMALLEST - 1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _look(index: int, fixed: bool) -> dict[str, Any]:
    hatch = FIXED[index % len(FIXED)] if fixed else ""
    return {"facecolor": COLOURS[index % len(COLOURS)], "edgecolor": INK, "hatch": hatch}


def _budget_title(frame: pd.DataFrame, currency: str, findings: pd.DataFrame | None) -> str:
    rows = frame[frame["month"] == WINDOW].rename(columns={"amount": "mean"})
    days = number(float(rows["days"].iloc[0]), figures=3)
    unit = f"million {currency}".strip()
    words = f"budget of the programme (provider's view, undiscounted) over {days} days"
    measure = Measure("cost.total", words, unit, unit, 1e-6, "lower")
    return sentence(compared(measure, judged(rows, measure, findings)))
