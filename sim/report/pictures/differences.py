"""A forest plot: how far scenarios are from the baseline, metric by metric, and which side is better."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.experiment.psa import PsaResult
from sim.experiment.result import Study
from sim.outcomes import metric_table
from sim.report.drawn_verdicts import AS_STATED, drawn_rows
from sim.report.pictures.findings import tuples
from sim.report.pictures.style import (
    INK,
    PALE,
    SMALLEST,
    SOFT,
    beside,
    both_intervals,
    dress,
    headed,
    interval_entries,
    literal,
    panels,
    rows_of,
    signed,
)
from sim.report.sheets.groups import LEAST_SHARE
from sim.report.sheets.sheet import SHORT_NOTES
from sim.report.verdicts import SAME, TOO_FEW, TOO_RARE, UNDEFINED, none_found, with_verdicts
from sim.report.wording import measures, metric_words, scale, short_words
from sim.report.words import listed, sentence, short_names

COLUMNS = [
    *("metric", "words", "short", "unit", "direction", "scenario", "against", "baseline", "difference"),
    *("ci_low", "ci_high", "p_adjusted", "defined_by", "verdict"),
    *("inputs_low", "inputs_high", "share", "verdict_text"),
]
LOOKS = {"better": ("#0072B2", "o"), "worse": ("#D55E00", "s"), "higher": ("#000000", "D"), "lower": ("#000000", "D")}
"""By verdict: colour and marker; what is no finding is grey and hollow."""
MANY = 3
"""Outcomes without a finding, from which on a title says how many they are."""


def differences(study: Study, metrics: Sequence[str], psa: PsaResult | None = None) -> pd.DataFrame:
    """COLUMNS: of `Study.differences`, the rows of these metrics; of a psa, of its draws where these have them
    (`drawn_verdicts.drawn_rows`), from which the last four columns are.

    direction: "higher", "lower" or "neutral": which is better; neutral for what a changed input defines. verdict:
    `sim.report.verdicts.verdict`. psa: under the labels of the study. Raises ValueError when the study has none of the
    metrics.
    """
    rows = study.differences()
    rows = rows[rows["metric"].isin(metrics)]
    if rows.empty:
        raise ValueError(f"no two scenarios of this study have any of {', '.join(metrics)}")
    rows = rows.sort_values("metric", key=lambda names: names.map(list(metrics).index), kind="stable")
    scenario = study.results[study.baseline].scenario
    kinds = metric_table(scenario).set_index("metric")
    rows = rows.assign(
        words=[metric_words(metric, scenario) for metric in rows["metric"]],
        short=[short_words(metric, scenario) for metric in rows["metric"]],
        unit=rows["metric"].map(kinds["unit"]).fillna(""),
        direction=rows["metric"].map(kinds["direction"]).fillna("neutral"),
    )
    rows = with_verdicts(rows, kinds["direction"].to_dict())
    rows = drawn_rows(rows, measures([scenario], list(metrics)), psa)
    rows = rows.assign(direction=rows["direction"].where(rows["defined_by"] == "", "neutral"))
    return rows[COLUMNS].reset_index(drop=True)


@literal
def differences_figure(frame: pd.DataFrame) -> Figure:
    """The figure of `differences`, in the unit of each metric."""
    metrics, scenarios = list(frame["metric"].unique()), list(frame["scenario"].unique())
    height = 0.85 + max(0.3 * len(scenarios), 0.5)
    figure, chosen = panels(len(metrics), height, 2, sharey=True)
    for axes, metric in zip(chosen, metrics, strict=True):
        _panel(axes, frame[frame["metric"] == metric], scenarios)
    entries = [
        Line2D([], [], linestyle="", marker=marker, color=colour, label=word, markersize=6)
        for word, (colour, marker) in LOOKS.items()
        if word in set(frame["verdict"])
    ]
    drawn, against = frame["inputs_low"].notna().any(), frame["against"].iloc[0]
    none = f"in under {100 * LEAST_SHARE:.0f} % of draws, or may be chance" if drawn else "no finding"
    entries.append(Line2D([], [], linestyle="", marker="o", color=PALE, markerfacecolor="#FFFFFF", label=none))
    if drawn:
        entries += interval_entries()
        note = f"Difference from {against} on average over draws, paired by draw and by luck. Better, worse: on which "
        note += "side most draws are, in this model."
        stated = list(frame.loc[frame["inputs_low"].isna(), "short"])
        note += f" {sentence(AS_STATED)}, with chance alone: {listed(list(dict.fromkeys(stated)))}." if stated else ""
    else:
        note = f"Difference from {against}, paired by replication, with its 95 % interval of chance. Better, worse: "
        note += "found in this model with these inputs, with all main outcomes and scenarios of the study allowed for "
        note += "(Holm)."
    return dress(figure, _differences_title(frame, len(scenarios)), note, entries)


def _panel(axes: Axes, rows: pd.DataFrame, scenarios: list[str]) -> None:
    axes.grid(axis="x", color="#EEEEEE", linewidth=0.6)
    rows_of(axes, scenarios)
    axes.axvline(0, color=SOFT, linewidth=1.0, zorder=1)
    first = rows.iloc[0]
    _, unit, by = scale(first["metric"], first["unit"])
    for row in tuples(rows):
        y = scenarios.index(row.scenario)
        claimed = _is_claimed(row.verdict, row.share)
        colour, marker = LOOKS[row.verdict] if claimed else (PALE, "o")
        both_intervals(axes, y, row, by, color=colour)
        face = colour if claimed else "#FFFFFF"
        axes.plot(by * row.difference, y, marker, color=colour, markerfacecolor=face, markersize=6, zorder=3)
        verdict = row.verdict_text.replace(" of draws", "")
        beside(axes, y, SHORT_NOTES.get(row.verdict, verdict), color=INK if claimed else PALE)
    reach = max(np.abs(axes.get_xlim()).max(), 1e-9)
    axes.set_xlim(-reach, reach)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: signed(value))
    headed(axes, first["words"])
    side = {"higher": "   better \u2192", "lower": "\u2190 better   "}.get(first["direction"], "")
    left = first["direction"] == "lower"
    axes.set_xlabel(f"{side}{unit}" if left else f"{unit}{side}", fontsize=SMALLEST, color=INK)


def _is_claimed(verdict: str, share: float) -> bool:
    """Whether a title says it: found, or so in LEAST_SHARE of draws."""
    return verdict in LOOKS and not share < LEAST_SHARE


def _few_or_count(rows: pd.DataFrame) -> str:
    """What these rows are about, by name where they are few: a title has no room for all that was not found."""
    return listed(list(rows["short"])) if len(rows) < MANY else f"{len(rows)} others"


def _differences_title(frame: pd.DataFrame, scenarios: int) -> str:
    names = short_names([str(frame["against"].iloc[0]), *frame["scenario"].unique()])
    against = names[str(frame["against"].iloc[0])]
    of_draws = frame["inputs_low"].notna()
    drawn = bool(of_draws.any())
    # What is told at the inputs as stated beside them is so in no share of draws.
    frame = frame[of_draws] if drawn else frame
    claimed = pd.Series(list(map(_is_claimed, frame["verdict"], frame["share"])), index=frame.index, dtype=bool)
    by_word = {word: list(frame.loc[(frame["verdict"] == word) & claimed, "short"]) for word in LOOKS}
    enough = f"{100 * LEAST_SHARE:.0f} % of draws"
    sure = f", in {enough} or more" if drawn else ""
    if (frame["verdict"] == TOO_FEW).all():
        return "Too few replications to compare"
    if not any(by_word.values()):
        if drawn:
            return f"No outcome differs from {against} to one side in {enough} or more"
        return sentence(none_found(frame["verdict"]).replace("difference", f"difference from {against}"))
    if scenarios == 1:
        name = names[str(frame["scenario"].iloc[0])]
        parts = [f"{word} in {listed(metrics)}" for word, metrics in by_word.items() if metrics]
        parts[-1] += sure
        rest = frame[~claimed & ~frame["verdict"].isin([SAME, TOO_RARE, UNDEFINED])]
        none = "less sure" if drawn else none_found(rest["verdict"])
        parts += [f"{none} in {_few_or_count(rest)}"] if len(rest) else []
        rare = frame[frame["verdict"] == TOO_RARE]
        parts += [f"too few events to tell in {_few_or_count(rare)}"] if len(rare) else []
        return f"{name} against {against}: {'; '.join(parts)}"
    everywhere = {word: [m for m in dict.fromkeys(of) if of.count(m) == scenarios] for word, of in by_word.items()}
    parts = [f"all are {word} in {listed(metrics)}" for word, metrics in everywhere.items() if metrics]
    somewhere = {word: [m for m in dict.fromkeys(by_word[word]) if m not in everywhere[word]] for word in by_word}
    parts += [f"some are {word} in {listed(metrics)}" for word, metrics in somewhere.items() if metrics]
    return f"Against {against} {'; '.join(parts)}{sure}"
