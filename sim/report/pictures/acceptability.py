"""Acceptability curves: how probably each scenario is best, by what a unit of effect is worth, with the frontier."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.experiment.psa import PsaResult
from sim.outcomes import EFFECTS
from sim.report.pictures.style import INK, PALE, dress, line_entry, literal, panels, stroke
from sim.report.sheets.numbers import number
from sim.report.sheets.uncertainty import Worth, share_text
from sim.report.wording import whose
from sim.report.words import listed

STEPS = 60
"""Thresholds along the axis, from nothing to twice the one that is decided at."""


@literal
def acceptability_figure(result: PsaResult, worth: Worth) -> Figure:
    """CEAC of every scenario, and the CEAF: the curve of whichever is best on average."""
    most = 2 * worth.threshold or 1.0
    thresholds = np.linspace(0.0, most, STEPS + 1)
    table = result.acceptability(list(thresholds), worth.effect, worth.perspective)
    baseline = result.scenario(result.scenarios[0])
    unit = EFFECTS[worth.effect].of(baseline.condition).unit
    figure, (axes,) = panels(1, 4.2, 1)
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.6)
    chosen = table[table["on_frontier"]].drop_duplicates("threshold")
    for _, piece in chosen.groupby((chosen["strategy"] != chosen["strategy"].shift()).cumsum()):
        axes.plot(piece["threshold"], 100 * piece["probability_best"], color=PALE, alpha=0.35, linewidth=7, zorder=1)
    for i, label in enumerate(result.scenarios):
        rows = table[table["strategy"] == label]
        axes.plot(rows["threshold"], 100 * rows["probability_best"], linewidth=1.8, zorder=3, **stroke(i))
    axes.axvline(worth.threshold, color=INK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=2)
    axes.set(xlim=(0, most), ylim=(-2, 102))
    axes.xaxis.set_major_formatter(lambda value, _: number(value, figures=6))
    axes.set_xlabel(f"what a {unit} is worth, {baseline.currency}", fontsize=9, color=INK)
    axes.set_ylabel("chance of being the best, %", fontsize=9, color=INK)
    entries = [line_entry(label, i) for i, label in enumerate(result.scenarios)]
    entries.append(Line2D([], [], color=PALE, alpha=0.35, linewidth=7, label="frontier: the best on average"))
    note = f"Share of {len(result.draws)} draws of the inputs in which net benefit is the largest, freed of the "
    note += f"simulation's chance; costs {whose(worth.perspective)}. Dotted: where it is decided."
    dress(figure, _title(table, chosen, worth, f"{baseline.currency} per {unit}"), note, entries)
    return figure


def _title(table: pd.DataFrame, chosen: pd.DataFrame, worth: Worth, unit: str) -> str:
    """Which is best on average, from where on, and how surely at the threshold."""
    decisive = chosen.iloc[int(np.abs(chosen["threshold"].to_numpy() - worth.threshold).argmin())]
    best, surely = str(decisive["strategy"]), share_text(float(decisive["probability_best"]))
    decided = f"at {number(worth.threshold, figures=6)} {unit}"
    turns = [(row["strategy"], row["threshold"]) for _, row in chosen.iterrows()]
    turns = [turn for before, turn in zip([("", 0.0), *turns], turns, strict=False) if turn[0] != before[0]]
    if len(turns) == 1:
        most = number(float(table["threshold"].max()), figures=6)
        return f"{best} is best on average up to {most} {unit}; {decided} in {surely} of draws"
    others = [f"{name} from about {number(threshold, figures=3)} on" for name, threshold in turns[1:]]
    return f"On average {turns[0][0]} is best at first, {listed(others)}; {decided} it is {best}, in {surely} of draws"
