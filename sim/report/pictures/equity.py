"""Gaps between groups of patients: dumbbells, a row a scenario, with what became of the gaps of the baseline."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.experiment.psa import PsaResult
from sim.experiment.psa.groups import group_levels
from sim.experiment.result import Study
from sim.outcomes import metric_table
from sim.report.pictures.findings import tuples
from sim.report.pictures.style import (
    INK,
    LEGEND,
    PALE,
    SMALLEST,
    beside,
    both_intervals,
    dress,
    interval_entries,
    literal,
    mark,
    panels,
    rows_of,
)
from sim.report.sheets.groups import CHANGED, ENDS_OF_CHANCE, LEAST_SHARE, changed_gaps
from sim.report.wording import PEOPLE, group_words, metric_words, scale
from sim.report.words import listed, short_names, stacked

NOT_CLAIMED = f"in under {100 * LEAST_SHARE:.0f} % of draws"
"""Of a change to a side on which too few draws are."""


def gaps(study: Study, metric: str, psa: PsaResult | None = None) -> pd.DataFrame:
    """An outcome by group of patients, which is called in words as well.

    scenario, by, group, called, metric, words, unit, mean, ci_low, ci_high, verdict, told (the verdict in words).

    From `Study.equity`; verdict from `Study.gap_changes`: whether the group's gap to the first group of its attribute
    is "narrower", "wider" ... than at the baseline; "" for first groups and for the baseline. psa: with groups, under
    the labels of the study; then all of it is of its draws, without groups that they lack, with inputs_low and
    inputs_high, and a change to a side on which too few draws are is NOT_CLAIMED. Raises ValueError when the study has
    no such outcome.
    """
    levels = study.equity() if psa is None else group_levels(psa).rename(columns=ENDS_OF_CHANCE)
    frame, changes = (table[table["metric"] == metric] for table in (levels, changed_gaps(study, psa)))
    if frame.empty:
        raise ValueError(f"this study has no outcome {metric!r} by group of patients")
    changes = changes.assign(
        verdict=changes["verdict"].mask(~changes["claimed"] & changes["verdict"].isin(CHANGED), NOT_CLAIMED)
    )
    keys = ["scenario", "by", "group"]
    columns = {
        name: changes.set_index(keys)[of].to_dict() for name, of in (("verdict", "verdict"), ("told", "in_words"))
    }
    scenario = study.results[study.baseline].scenario
    units = metric_table(scenario).set_index("metric")["unit"]
    frame = frame.assign(words=metric_words(metric, scenario), unit=units.get(metric, ""))
    of_each = list(zip(*(frame[key] for key in keys), strict=True))
    frame = frame.assign(**{name: [of.get(key, "") for key in of_each] for name, of in columns.items()})
    named = zip(frame["by"], frame["group"], strict=True)
    frame = frame.assign(called=[group_words(study.scenarios.values(), *each) for each in named])
    shown = ["scenario", "by", "group", "called", "metric", "words", "unit", "mean", "ci_low", "ci_high"]
    return frame[[*shown, *(["inputs_low", "inputs_high"] if psa is not None else []), "verdict", "told"]]


@literal
def gaps_figure(frame: pd.DataFrame) -> Figure:
    """The figure of `gaps`: a panel an attribute."""
    scenarios, attributes = list(frame["scenario"].unique()), list(frame["by"].unique())
    figure, chosen = panels(len(attributes), 1.0 + 0.34 * len(scenarios), 2, sharex=True, sharey=True)
    metric = frame["words"].iloc[0]
    unit, _, factor = scale(frame["metric"].iloc[0], frame["unit"].iloc[0])
    for axes, by in zip(chosen, attributes, strict=True):
        _panel(axes, frame[frame["by"] == by], scenarios, factor)
    for axes in chosen:
        axes.set_xlabel(f"{metric}, {unit}", fontsize=SMALLEST, color=INK)
    drawn = "inputs_low" in frame
    note = "Mean of each group with its 95 % interval over replications."
    allowed = "with all gaps of the main outcomes allowed for (Holm)"
    if drawn:
        note = "Mean of each group over draws, with both 95 % intervals."
        allowed = f"in {100 * LEAST_SHARE:.0f} % of draws or more"
    note += f" Right: gaps that change against {scenarios[0]}, {allowed}." if len(scenarios) > 1 else ""
    return dress(figure, _equity_title(frame, scenarios, metric), note, interval_entries() if drawn else ())


def _panel(axes: Axes, rows: pd.DataFrame, scenarios: list[str], factor: float) -> None:
    groups = list(rows["group"].unique())
    of_people = rows["called"].str.startswith(PEOPLE).all()
    head = PEOPLE.strip() if of_people else str(rows["by"].iloc[0])
    rows = rows.assign(called=rows["called"].str.removeprefix(PEOPLE if of_people else f"{head}: "))
    labels = list(rows["called"].unique())
    axes.grid(axis="x", color="#EEEEEE", linewidth=0.6)
    rows_of(axes, scenarios)
    offset = np.linspace(-0.18, 0.18, len(groups)) if len(groups) > 1 else [0.0]
    for scenario, each in rows.groupby("scenario", sort=False):
        y = scenarios.index(str(scenario))
        axes.plot([factor * each["mean"].min(), factor * each["mean"].max()], [y, y], color="#CCCCCC", lw=3, zorder=1)
        for row in tuples(each):
            i = groups.index(row.group)
            at = y + offset[i]
            both_intervals(axes, at, row, factor, alone=1.4, color=mark(i)["color"])
            axes.plot(factor * row.mean, at, linestyle="", markersize=6, zorder=3, **mark(i))
        _verdict(axes, y, each)
    entries = [Line2D([], [], linestyle="", markersize=6, label=label, **mark(i)) for i, label in enumerate(labels)]
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.0}
    columns = min(len(groups), 3 if max(map(len, labels)) < 15 else 2)
    place |= {"ncols": columns, "handletextpad": 0.1, "columnspacing": 1.0, "alignment": "left"}
    place |= {"title": head, "title_fontsize": 9, "fontsize": SMALLEST}
    axes.legend(handles=entries, **LEGEND, **place).get_title().set_color(INK)


def _verdict(axes: Axes, y: int, rows: pd.DataFrame) -> None:
    """What changed, group by group; else that nothing did."""
    changed = rows[rows["verdict"].isin(CHANGED)]
    shares = changed["told"].str.removesuffix(" of draws")
    verdicts = [
        f"{row.called}: {word}" if len(rows) > 2 else word for row, word in zip(tuples(changed), shares, strict=True)
    ]
    if verdicts:
        beside(axes, y, stacked("; ".join(verdicts), 24, 2))
    elif (rows["verdict"] != "").any():
        beside(axes, y, sorted(set(rows["verdict"]) - {""})[0], color=PALE)


def _equity_title(frame: pd.DataFrame, scenarios: list[str], metric: str) -> str:
    judged_rows = frame[frame["verdict"] != ""]
    changed = judged_rows[judged_rows["verdict"].isin(CHANGED)]
    if len(scenarios) == 1:
        return f"How {metric} differs between groups of patients"
    if judged_rows["verdict"].eq("too few replications").all():
        return f"Too few replications to tell whether gaps in {metric} change"
    names = short_names(scenarios)
    against = names[scenarios[0]]
    if changed.empty:
        return f"No gap in {metric} was found to change against {against}"
    if len(changed) > 3:
        key = "scenario" if len(scenarios) > 2 else "by"
        parts = []
        for word, rows in changed.groupby("verdict", sort=False):
            which = [names.get(str(each), str(each)) for each in rows[key].unique()]
            parts.append(f"{word} {'in' if key == 'scenario' else 'by'} {listed(which)}")
        return f"Gaps in {metric} against {against}: {'; '.join(parts)}"
    changes = [f"{row.called} ({row.verdict} in {names[row.scenario]})" for row in tuples(changed)]
    return f"Gaps in {metric} that change against {against}: {', '.join(changes)}"
