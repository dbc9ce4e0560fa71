"""The cost-effectiveness plane of uncertain inputs: every draw against the baseline."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis.uncertainty import noise_covariance
from sim.analysis.uncertainty.simulation_noise import without_noise
from sim.experiment.psa import PsaResult
from sim.outcomes import EFFECTS
from sim.report.pictures.style import INK, PALE, SMALLEST, SOFT, bare_axes, dress, literal, mark, panels, signed
from sim.report.sheets.numbers import number
from sim.report.sheets.uncertainty import PERSON, Worth, share_text
from sim.report.wording import whose
from sim.vocabulary import Column


@literal
def draws_plane_figure(result: PsaResult, worth: Worth) -> Figure:
    """More effect and more cost than the baseline, a point a draw, with the line of what a unit is worth."""
    effect, cost = more_effect_and_cost(result, worth)
    baseline = result.scenario(result.scenarios[0])
    gained, currency = EFFECTS[worth.effect].of(baseline.condition), baseline.currency
    figure, (axes,) = panels(1, 4.8, 1)
    bare_axes(axes, "both")
    axes.axhline(0, color=SOFT, linewidth=0.8, zorder=1)
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=1)
    for j in range(effect.shape[1]):
        look = mark(j + 1)
        axes.scatter(effect[:, j], cost[:, j], s=18, color=look["color"], marker=look["marker"], alpha=0.4, lw=0)
        axes.plot(effect[:, j].mean(), cost[:, j].mean(), markersize=10, linestyle="", zorder=5, **look)
    axes.margins(0.08)
    # The line of what a unit is worth may lie far outside.
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    axes.axline((0, 0), slope=worth.threshold, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=2)
    of_whom = PERSON[result.view(worth.effect)]
    axes.set_xlabel(f"more {gained.units} {of_whom} than {result.scenarios[0]}", fontsize=9, color=INK)
    axes.set_ylabel(f"more cost {whose(worth.perspective)} {of_whom}, {currency}", fontsize=9, color=INK)
    axes.xaxis.set_major_formatter(lambda value, _: signed(value))
    axes.yaxis.set_major_formatter(lambda value, _: signed(value))
    backing = {"boxstyle": "square,pad=0.2", "facecolor": "#FFFFFF", "linewidth": 0}
    corner: dict[str, Any] = {"bbox": backing, "transform": axes.transAxes, "fontsize": SMALLEST, "color": PALE}
    axes.text(0.99, 0.01, "cheaper and better", ha="right", va="bottom", **corner)
    axes.text(0.01, 0.99, "dearer and worse", ha="left", va="top", **corner)
    entries = [
        Line2D([], [], linestyle="", markersize=7, label=f"{label}: a draw; large: the mean", **mark(j + 1))
        for j, label in enumerate(result.scenarios[1:])
    ]
    price = f"{number(worth.threshold, figures=6)} {currency} per {gained.unit}"
    entries.append(
        Line2D([], [], color=INK, linewidth=1.0, linestyle=(0, (4, 2)), label=f"{price}; below it: worth it")
    )
    note = f"{len(result.draws)} draws of the inputs, the same for all scenarios where they share them, freed of the "
    note += "simulation's chance."
    dress(figure, _title(result, worth, effect, cost, gained.units, price), note, entries)
    return figure


def more_effect_and_cost(result: PsaResult, worth: Worth) -> tuple[Column, Column]:
    """(draws, other scenarios) each: more effect and more cost than the baseline, freed of the simulation's chance."""
    cost, effect = result.cost_and_effect(worth.effect, worth.perspective)
    apart = np.concatenate([each[:, :, 1:] - each[:, :, :1] for each in (effect, cost)], axis=2)
    parts = without_noise(apart.mean(axis=1), noise_covariance(apart))
    freed = parts.mean + parts.signal
    others = freed.shape[1] // 2
    return freed[:, :others], freed[:, others:]


def _title(result: PsaResult, worth: Worth, effect: Column, cost: Column, units: str, price: str) -> str:
    """Of one scenario, or of the one that is worth it in most draws."""
    worth_it = (worth.threshold * effect - cost > 0).mean(axis=0)
    j = int(worth_it.argmax())
    more, dearer = (effect[:, j] > 0).mean(), (cost[:, j] > 0).mean()
    name = result.scenarios[j + 1]
    gains = f"{name} gains {units} in {share_text(more)} of draws, costs more in {share_text(dearer)}"
    return f"{gains}, and is worth it at {price} in {share_text(worth_it[j])}"
