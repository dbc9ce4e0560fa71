"""The cost-effectiveness plane of uncertain inputs: every draw against the baseline."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.analysis.uncertainty import noise_covariance
from sim.analysis.uncertainty.simulation_noise import without_noise
from sim.experiment.psa import PsaResult
from sim.outcomes import EFFECTS
from sim.report.pictures.style import INK, dress, literal, mark, panels, plane_axes
from sim.report.sheets.numbers import number
from sim.report.sheets.uncertainty import PERSON, Worth, chance_text, draws_words
from sim.report.wording import whose
from sim.vocabulary import Column

LINE: dict[str, Any] = {"color": INK, "linewidth": 1.0, "linestyle": (0, (4, 2))}
"""Of what a unit of effect is worth."""


@literal
def draws_plane_figure(result: PsaResult, worth: Worth) -> Figure:
    """More effect and more cost than the baseline, a point a draw, with the line of what a unit is worth."""
    effect, cost = more_effect_and_cost(result, worth)
    baseline = result.scenario(result.scenarios[0])
    gained, currency = EFFECTS[worth.effect].of(baseline.condition), baseline.currency
    figure, (axes,) = panels(1, 4.8, 1)
    whom, (base, *others) = PERSON[result.view(worth.effect)], result.scenarios
    plane_axes(
        axes, f"more {gained.units} {whom} than {base}", f"more cost {whose(worth.perspective)} {whom}, {currency}"
    )
    for j in range(effect.shape[1]):
        look = mark(j + 1)
        axes.scatter(effect[:, j], cost[:, j], s=18, color=look["color"], marker=look["marker"], alpha=0.4, lw=0)
        axes.plot(effect[:, j].mean(), cost[:, j].mean(), markersize=10, linestyle="", zorder=5, **look)
    # The line of what a unit is worth may lie far outside.
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    axes.axline((0, 0), slope=worth.threshold, zorder=2, **LINE)
    entries = [
        Line2D([], [], linestyle="", markersize=7, label=f"{label}: a draw; large: the mean", **mark(j + 1))
        for j, label in enumerate(others)
    ]
    price = f"{number(worth.threshold, figures=6)} {currency} per {gained.unit}"
    entries.append(Line2D([], [], label=f"{price}; below it: worth it", **LINE))
    note = f"{draws_words(result)}, the same for all scenarios where they share them, freed of the "
    note += "simulation's chance."
    return dress(figure, _title(result, worth, gained.units, price), note, entries)


def more_effect_and_cost(result: PsaResult, worth: Worth) -> tuple[Column, Column]:
    """(draws, other scenarios) each: more effect and more cost than the baseline, freed of the simulation's chance."""
    cost, effect = result.cost_and_effect(worth.effect, worth.perspective)
    apart = np.concatenate([each[:, :, 1:] - each[:, :, :1] for each in (effect, cost)], axis=2)
    parts = without_noise(apart.mean(axis=1), noise_covariance(apart))
    freed = parts.mean + parts.signal
    others = freed.shape[1] // 2
    return freed[:, :others], freed[:, others:]


def _title(result: PsaResult, worth: Worth, units: str, price: str) -> str:
    """Of one scenario, or of the one that is worth it in most draws."""
    cost, effect = result.cost_and_effect(worth.effect, worth.perspective)
    net = worth.threshold * effect - cost
    worth_it = [_above(result, net, j) for j in range(1, len(result.scenarios))]
    j = max(range(len(worth_it)), key=lambda at: worth_it[at][0]) + 1
    more, dearer = (chance_text(*_above(result, each, j)) for each in (effect, cost))
    gains = f"{result.scenarios[j]} gains {units} in {more} of draws, costs more in {dearer}"
    return f"{gains}, and is worth it at {price} in {chance_text(*worth_it[j - 1])}"


def _above(result: PsaResult, values: Column, j: int) -> tuple[float, float, float]:
    """In which share of draws a scenario has more than the baseline, with its interval."""
    apart = result.spread(values[:, :, j] - values[:, :, 0])
    return (np.nan,) * 3 if apart is None else (apart.above, apart.above_low, apart.above_high)
