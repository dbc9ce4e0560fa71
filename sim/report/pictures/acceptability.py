"""Curves by what a unit of effect is worth: how probably each scenario is best, and what choosing it is to forgo."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.experiment.psa import PsaResult
from sim.outcomes import EFFECTS
from sim.report.pictures.style import INK, PALE, dress, line_entry, literal, panels, stroke
from sim.report.sheets.numbers import number
from sim.report.sheets.sheet import Amount
from sim.report.sheets.uncertainty import PERSON, Worth, chance_text, draws_words
from sim.report.wording import whose
from sim.report.words import listed

STEPS = 60
"""Thresholds along the axis, from nothing to twice the one that is decided at."""
BANDS = "Bands: 95 %, as far as so many draws tell. Dotted: where it is decided."


@literal
def acceptability_figure(result: PsaResult, worth: Worth) -> Figure:
    """CEAC of every scenario, and the CEAF: the curve of whichever is best on average."""
    figure, axes, table, entries = _curves(result, worth, "probability_best", 100.0, "frontier: the best on average")
    axes.set_ylim(-2, 102)
    axes.set_ylabel("chance of being the best, %", fontsize=9, color=INK)
    note = f"Share of {draws_words(result)} in which net benefit is the largest, freed of the "
    note += f"simulation's chance; costs {whose(worth.perspective)}. {BANDS}"
    return dress(figure, _title(table, worth, _unit(result, worth)), note, entries)


@literal
def loss_figure(result: PsaResult, worth: Worth) -> Figure:
    """Expected loss of every scenario; the lowest is of the best on average, and the EVPI."""
    figure, axes, table, entries = _curves(result, worth, "expected_loss", 1.0, "the best on average: the EVPI")
    whom = f"{result.scenario(result.scenarios[0]).currency} {PERSON[result.view(worth.effect)]}"
    axes.set_ylabel(f"expected loss, {whom}", fontsize=9, color=INK)
    axes.yaxis.set_major_formatter(lambda value, _: number(value, figures=6))
    note = f"What each choice forgoes against the best of each of {draws_words(result)}, on average, "
    note += f"freed of the simulation's chance; costs {whose(worth.perspective)}. {BANDS}"
    chosen = _decisive(table, worth)
    at = f"at {number(worth.threshold, figures=6)} {_unit(result, worth)}"
    value, low, high = map(float, chosen[["expected_loss", "loss_low", "loss_high"]])
    loss, _ = Amount(value, low, high).parts
    title = f"Choosing {chosen['strategy']}, the best on average {at}, is expected to forgo {loss} {whom}"
    return dress(figure, title, note, entries)


def _unit(result: PsaResult, worth: Worth) -> str:
    baseline = result.scenario(result.scenarios[0])
    return f"{baseline.currency} per {EFFECTS[worth.effect].of(baseline.condition).unit}"


def _bands(table: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    """What holds 95 % for such a curve, as far as so many draws can tell."""
    if column == "probability_best":
        return table["probability_low"], table["probability_high"]
    return table["loss_low"], table["loss_high"]


def _curves(
    result: PsaResult, worth: Worth, column: str, factor: float, frontier: str
) -> tuple[Figure, Axes, pd.DataFrame, list[Line2D]]:
    """A curve for each scenario by what a unit of effect is worth, and behind it that of the best on average."""
    most = 2 * worth.threshold or 1.0
    thresholds = np.linspace(0.0, most, STEPS + 1)
    table = result.acceptability(list(thresholds), worth.effect, worth.perspective)
    figure, (axes,) = panels(1, 4.2, 1)
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.6)
    chosen = _chosen(table)
    for _, piece in chosen.groupby((chosen["strategy"] != chosen["strategy"].shift()).cumsum()):
        axes.plot(piece["threshold"], factor * piece[column], color=PALE, alpha=0.35, linewidth=7, zorder=1)
    for i, label in enumerate(result.scenarios):
        rows = table[table["strategy"] == label]
        axes.plot(rows["threshold"], factor * rows[column], linewidth=1.8, zorder=3, **stroke(i))
        low, high = (factor * end for end in _bands(rows, column))
        axes.fill_between(rows["threshold"], low, high, color=stroke(i)["color"], alpha=0.15, linewidth=0, zorder=2)
    axes.axvline(worth.threshold, color=INK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=2)
    axes.set_xlim(0, most)
    axes.xaxis.set_major_formatter(lambda value, _: number(value, figures=6))
    axes.set_xlabel(f"what one is worth, {_unit(result, worth)}", fontsize=9, color=INK)
    entries = [line_entry(label, i) for i, label in enumerate(result.scenarios)]
    return figure, axes, table, [*entries, Line2D([], [], color=PALE, alpha=0.35, linewidth=7, label=frontier)]


def _chosen(table: pd.DataFrame) -> pd.DataFrame:
    """The best on average, one row a threshold."""
    return table[table["on_frontier"]].drop_duplicates("threshold")


def _decisive(table: pd.DataFrame, worth: Worth) -> pd.Series:
    """The same where it is decided."""
    chosen = _chosen(table)
    return chosen.iloc[int(np.abs(chosen["threshold"].to_numpy() - worth.threshold).argmin())]


def _title(table: pd.DataFrame, worth: Worth, unit: str) -> str:
    """Which is best on average, from where on, and how surely at the threshold."""
    chosen, decisive = _chosen(table), _decisive(table, worth)
    best, surely = (
        str(decisive["strategy"]),
        chance_text(*decisive[["probability_best", "probability_low", "probability_high"]]),
    )
    decided = f"at {number(worth.threshold, figures=6)} {unit}"
    turns = [(row["strategy"], row["threshold"]) for _, row in chosen.iterrows()]
    turns = [turn for before, turn in zip([("", 0.0), *turns], turns, strict=False) if turn[0] != before[0]]
    if len(turns) == 1:
        most = number(float(table["threshold"].max()), figures=6)
        return f"{best} is best on average up to {most} {unit}; {decided} in {surely} of draws"
    others = [f"{name} from about {number(float(format(threshold, '.2g')))} on" for name, threshold in turns[1:]]
    return f"On average {turns[0][0]} is best at first, {listed(others)}; {decided} it is {best}, in {surely} of draws"
