"""Running means of a probabilistic sensitivity analysis: whether more draws would still move an answer."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis.uncertainty.simulation_noise import NORMAL
from sim.experiment.psa import PsaResult
from sim.report.pictures.style import SOFT, bare_axes, dress, headed, line_entry, literal, panels, signed, stroke
from sim.report.sheets.uncertainty import Worth, running_differences, stability_line

FEWEST = 5
"""Draws before which a band is wider than any axis should be."""
MOST = 9
"""Panels that a page has room for."""


@literal
def convergence_figure(result: PsaResult, worth: Worth | None) -> Figure:
    """A panel for net benefit and each main outcome: the mean difference of the first draws, with its band."""
    running = list(running_differences(result, worth))
    heads = list(dict.fromkeys(measure.metric for measure, *_ in running))[:MOST]
    figure, panes = panels(len(heads), 2.3, 3)
    panel_of = dict(zip(heads, panes, strict=True))
    for measure, label, rows in running:
        if measure.metric not in panel_of:
            continue
        axes, index = panel_of[measure.metric], result.scenarios.index(label)
        bare_axes(axes, "y")
        draws = np.arange(FEWEST, len(rows) + 1)
        later = (rows[name].to_numpy()[FEWEST - 1 :] for name in ("difference", "standard_error"))
        mean, error = (measure.factor * each for each in later)
        ends = mean - NORMAL * error, mean + NORMAL * error
        axes.fill_between(draws, *ends, color=stroke(index)["color"], alpha=0.2, linewidth=0)
        axes.plot(draws, mean, linewidth=1.5, **stroke(index))
        axes.axhline(0, color=SOFT, linewidth=0.8, zorder=1)
        axes.yaxis.set_major_formatter(lambda value, _: signed(round(value, 9)))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        same = measure.unit == measure.of_change
        headed(axes, measure.head if same else f"{measure.words}, {measure.of_change}")
    for axes in panes[-min(3, len(panes)) :]:
        axes.set_xlabel("draws of the inputs", fontsize=8)
    entries = [line_entry(label, i) for i, label in enumerate(result.scenarios) if i]
    note = f"Mean difference from {result.scenarios[0]} over the first draws; band: 95 % of that mean, from inputs and "
    note += "simulation together."
    line = (
        stability_line(result, worth) if worth is not None else f"How differences settle over {len(result.draws)} draws"
    )
    return dress(figure, line.removesuffix("."), note, entries)
