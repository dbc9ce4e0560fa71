"""Worth of a study by its size: before it is paid, and after."""

import pandas as pd
from matplotlib.figure import Figure

from sim.analysis.uncertainty.simulation_noise import NORMAL
from sim.experiment.psa import PsaResult
from sim.report.pictures.style import INK, SOFT, dress, line_entry, literal, panels, stroke
from sim.report.sheets.numbers import number
from sim.report.sheets.study_value import Trial, study_sheet
from sim.report.sheets.uncertainty import PERSON, Population, Worth


@literal
def study_figure(
    result: PsaResult, worth: Worth, trial: Trial, table: pd.DataFrame, population: Population | None
) -> Figure:
    """Curves over sizes, of `sheets.study_value.study_table`: worth with its band, and net of what the study costs."""
    scale = population.of(1.0) if population is not None else 1.0
    currency = result.scenario(result.scenarios[0]).currency
    whom = PERSON[result.view(worth.effect)] if population is None else "for everybody whom it concerns"
    figure, (axes,) = panels(1, 3.8, 1)
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.6)
    sizes, half = table["size"], NORMAL * scale * table["standard_error"]
    axes.fill_between(sizes, table["worth"] - half, table["worth"] + half, color=stroke(0)["color"], alpha=0.2, lw=0)
    axes.plot(sizes, table["worth"], marker="o", markersize=3, linewidth=1.8, **stroke(0))
    entries = [line_entry("what the study is worth", 0)]
    sheet = study_sheet(result, worth, trial, table, population)
    if "net" in sheet.heads:
        axes.plot(sizes, table["net"], marker="s", markersize=3, linewidth=1.8, **stroke(1))
        entries.append(line_entry("net of what it costs", 1))
    axes.axhline(0, color=SOFT, linewidth=0.8, zorder=1)
    if len(sizes) > 2 and sizes.max() > 20 * sizes.min():
        axes.set_xscale("log")
        axes.set_xticks(list(sizes), [number(size) for size in sizes], minor=False)
        axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: number(value, figures=6))
    axes.set_xlabel("observations", fontsize=9, color=INK)
    axes.set_ylabel(f"{currency} {whom}", fontsize=9, color=INK)
    return dress(
        figure, sheet.title, "Band: 95 %. A normal approximation of what a study of this size would find.", entries
    )
