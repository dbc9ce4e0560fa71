"""What all figures share: colours, hatches, markers, ink, and where title, note and legend stand."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import ceil
from textwrap import wrap
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Text

from sim.report.words import short_names, stacked

COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")
"""Okabe and Ito's palette, safe for the colour-blind; the light ones first, for areas."""

HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "ooo")

STROKES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C8C")
"""The same palette for lines and markers: the dark ones first, and without yellow, which white paper swallows."""

DASHES: tuple[Any, ...] = (
    *("solid", (0, (5, 1.5)), (0, (1, 1)), (0, (7, 1.5, 1, 1.5)), (0, (3, 1)), (0, (9, 2))),
    (0, (4, 1, 1, 1, 1, 1)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
"""Seven dashes, eight colours and nine markers: whatever repeats one of them differs in the two others."""

INK, SOFT, PALE, GRID = "#222222", "#555555", "#6E6E6E", "#DDDDDD"
"""Of text; of notes; of what is beside the point (still 5:1 on white); of grids and of the warm-up."""


@contextmanager
def drawing() -> Iterator[None]:
    """Around whatever draws a figure: a name with dollar signs is a name, not a formula, and one with signs that the
    font lacks is drawn with boxes in their place, even where warnings are made errors."""
    with rc_context({"svg.hashsalt": "stepdown", "text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


literal = drawing()
"""The same as a decorator."""

LEGEND: dict[str, Any] = {"frameon": False, "labelcolor": INK}

WIDTH = 10.0
"""Inches, of every figure."""

MARGIN = 0.08
"""Inches around title, note and legend."""

THIN, THICK = 1.0, 3.4
"""Of the lines of two intervals on each other: of inputs, of chance."""

LARGEST, SMALL, SMALLEST = 12.0, 8.5, 8.0
"""Sizes of the title, of labels, and of numbers and notes, in points."""


def panels(count: int, height: float, columns: int, **options: Any) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels of this height (inches) in rows of at most `columns`, in reading order."""
    columns = min(columns, count)
    rows = ceil(count / columns)
    figure = Figure(figsize=(WIDTH, 1.3 + rows * height), dpi=150, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **options)
    for axes in grid.flat[count:]:
        axes.remove()
    chosen = list(grid.flat[:count])
    for axes in chosen:
        bare_axes(axes)
        axes.tick_params(labelbottom=True)
    return figure, chosen


def bare_axes(axes: Axes, grid: Literal["x", "y", "both", ""] = "") -> None:
    """No frame, small ticks, and perhaps a pale grid behind everything."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=SMALLEST, labelcolor=INK, color=SOFT)
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def plane_axes(axes: Axes, more: str, dearer: str) -> None:
    """Of more effect across and more cost up: lines at 0, signed ticks, and what two of the corners mean."""
    bare_axes(axes, "both")
    axes.axhline(0, color=SOFT, linewidth=0.8, zorder=1)
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=1)
    axes.margins(0.08)
    axes.set_xlabel(more, fontsize=9, color=INK)
    axes.set_ylabel(dearer, fontsize=9, color=INK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: signed(value))
    backing = {"boxstyle": "square,pad=0.2", "facecolor": "#FFFFFF", "linewidth": 0}
    corner: dict[str, Any] = {"bbox": backing, "transform": axes.transAxes, "fontsize": SMALLEST, "color": PALE}
    corner["zorder"] = 3.5  # Above lines, below means.
    axes.text(0.99, 0.01, "cheaper and better", ha="right", va="bottom", **corner)
    axes.text(0.01, 0.99, "dearer and worse", ha="left", va="top", **corner)


def headed(axes: Axes, text: str) -> None:
    """The title of a panel, on as few lines as it takes up to three, no wider than the panel."""
    place = axes.get_subplotspec()
    columns = place.get_gridspec().ncols if place is not None else 1
    axes.set_title(stacked(text, 92 // columns - 2), fontsize=9, color=INK, loc="left")


def dress(figure: Figure, title: str, note: str = "", legend: Sequence[Artist] = ()) -> Figure:
    """The figure with title and note above, legend below, wrapped to the width; what is drawn takes the room between.

    legend: artists with labels. The figure must have a constrained layout, which is settled here:
    what is drawn later finds its room as it is.
    """
    width, height = figure.bbox.size
    margin = MARGIN * figure.dpi
    top = height - margin
    for text, size, weight, colour in ((title, LARGEST, "bold", INK), (note, SMALLEST, "normal", SOFT)):
        if text:
            style: dict[str, Any] = {"fontsize": size, "fontweight": weight, "color": colour, "va": "top"}
            written = figure.text(margin / width, top / height, text, linespacing=1.25, **style)
            written.set_text(_fitted(written, width - 2 * margin))
            top = written.get_window_extent().y0 - margin
    bottom = _legend(figure, legend, width - 2 * margin, margin) if legend else 0.0
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0.0, bottom / height, 1.0, (top - bottom) / height), h_pad=0.06, w_pad=0.06)
    return settle(figure)


def settle(figure: Figure) -> Figure:
    """The figure, laid out once and for all.

    The solver of the constrained layout goes through its variables in the order of their addresses, so that its last
    bits, and with them pixels, would differ from one time to the next.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    # None at all, rather than one that does nothing: for that, every saving would draw the figure twice.
    with rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)
    for axes in figure.axes:
        left, bottom, width, height = (round(float(each), 4) for each in axes.get_position().bounds)
        axes.set_position((left, bottom, width, height))
    return figure


def _legend(figure: Figure, entries: Sequence[Artist], width: float, margin: float) -> float:
    """A legend in as many columns as fit; returns the pixel at which it ends above."""
    labels = [stacked(str(entry.get_label()), 60, 2) for entry in entries]
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (margin / figure.bbox.width, 0.0)}
    place |= {"borderaxespad": 0.3, "borderpad": 0.0, "handlelength": 2.6, "columnspacing": 1.6}
    for columns in range(len(entries), 0, -1):
        # As many columns as these rows need: otherwise the last column would hold a single entry.
        columns = ceil(len(entries) / ceil(len(entries) / columns))
        legend = figure.legend(list(entries), labels, ncols=columns, fontsize=SMALL, **LEGEND, **place)
        if columns == 1 or legend.get_window_extent().width <= width:
            break
        legend.remove()
    return float(legend.get_window_extent().y1 + margin / 2)


def _fitted(written: Text, width: float) -> str:
    """Its text on as few lines as are no wider than so many pixels, and these about equally long."""
    text = written.get_text()
    for columns in range(200, 20, -4):
        lines = wrap(text, columns, break_on_hyphens=False)
        written.set_text("\n".join(lines))
        if written.get_window_extent().width <= width:
            break
    for narrower in range(columns // 2, columns):
        balanced = wrap(text, narrower, break_on_hyphens=False)
        written.set_text("\n".join(balanced))
        if len(balanced) <= len(lines) and written.get_window_extent().width <= width:
            return written.get_text()
    return "\n".join(lines)


def stroke(index: int) -> dict[str, Any]:
    """Colour and dashes of the line of the scenario with this number."""
    return {"color": STROKES[index % len(STROKES)], "linestyle": DASHES[index % len(DASHES)]}


def mark(index: int) -> dict[str, Any]:
    """Colour and marker of the scenario or group with this number."""
    colour = STROKES[index % len(STROKES)]
    return {"color": colour, "marker": MARKERS[index % len(MARKERS)], "markeredgecolor": "#FFFFFF"}


def fill(index: int) -> dict[str, Any]:
    """Face and hatch of the area of the level with this number; hatches are white lines."""
    face = COLOURS[index % len(COLOURS)]
    return {"facecolor": face, "hatch": HATCHES[index % len(HATCHES)], "edgecolor": "#FFFFFF", "linewidth": 0.0}


def draw_band(axes: Axes, rows: pd.DataFrame, index: int, count: int, factor: float = 1.0) -> None:
    """The line of scenario `index` of `count` and the band of its interval, which may be missing (NaN).

    rows: day, mean, ci_low, ci_high. Bands are the paler the more of them there are; none goes below 0.
    """
    day, mean, low, high = (rows[name].to_numpy(dtype=float) for name in ("day", "mean", "ci_low", "ci_high"))
    if not np.all(np.isnan(low)):
        ends = factor * np.maximum(low, 0.0), factor * high
        axes.fill_between(day, *ends, color=stroke(index)["color"], alpha=0.06 + 0.3 / count, linewidth=0)
    axes.plot(day, factor * mean, linewidth=1.5, **stroke(index))


def line_entry(label: str, index: int) -> Line2D:
    """Its entry in a legend."""
    return Line2D([], [], linewidth=1.8, label=label, **stroke(index))


def rows_of(axes: Axes, labels: Sequence[str], letters: int = 28) -> None:
    """One row for each label, the first on top. letters: in each of two lines of a label."""
    names = short_names(labels, max(50, 2 * letters - 6))
    axes.set_yticks(range(len(labels)), [stacked(names[label], letters, 2) for label in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, pad=8)
    axes.spines["left"].set_visible(False)


def beside(axes: Axes, row: float, text: str, **style: Any) -> None:
    """A text to the right of a panel, at the height of a row."""
    where = axes.get_yaxis_transform()
    axes.text(1.02, row, text, transform=where, va="center", fontsize=SMALLEST, **{"color": INK, **style})


def both_intervals(
    axes: Axes,
    y: float,
    row: Any,
    factor: float = 1.0,
    within: tuple[float, float] = (-np.inf, np.inf),
    alone: float = 1.6,
    **style: Any,
) -> None:
    """At a height, the interval of chance, thick; of draws thin behind it that of inputs.

    row: with ci_low, ci_high and, of draws, inputs_low, inputs_high as its attributes. within: no end is beyond these.
    alone: how wide the line is of the interval of chance where there is no other.
    """
    inputs = getattr(row, "inputs_low", np.nan), getattr(row, "inputs_high", np.nan)
    varied = not np.isnan(inputs[0])
    drawn = [(inputs, THIN)] if varied else []
    for ends, width in [*drawn, ((row.ci_low, row.ci_high), THICK if varied else alone)]:
        x = factor * np.clip(np.array(ends, dtype=float), *within)
        axes.plot(x, [y, y], linewidth=width, solid_capstyle="butt", **{"zorder": 2, **style})


def interval_entries() -> list[Line2D]:
    """Their entries in a legend."""
    looks = (
        (THIN, "95 % of draws: what uncertain inputs leave open"),
        (THICK, "what chance leaves open of their mean"),
    )
    return [Line2D([], [], color=SOFT, linewidth=width, label=label) for width, label in looks]


def signed(value: float) -> str:
    """A tick label of a difference: thousands apart, with a sign unless it is zero."""
    text = f"{value:+,.10g}".replace("-", "\u2212")
    return "0" if value == 0 else text


def few_ticks(end: float) -> list[int]:
    """Days for an axis from 0 to `end`: at most seven, at steps that people count in."""
    steps = (1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365, 730)
    step = next((step for step in steps if end / step <= 6), ceil(end / 6))
    return list(range(0, int(end) + 1, step))


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of boxes that do not overlap, each as near to where it is wanted as pushing allows.

    wanted: rising. heights: of the boxes. All in one unit; where the room from low to high is too small they overlap.
    """
    middles = list(wanted)
    for i, (middle, height) in enumerate(zip(wanted, heights, strict=True)):
        floor = low if i == 0 else middles[i - 1] + heights[i - 1] / 2
        middles[i] = max(middle, floor + height / 2)
    ceiling = high
    for i in range(len(middles) - 1, -1, -1):
        middles[i] = min(middles[i], ceiling - heights[i] / 2)
        ceiling = middles[i] - heights[i] / 2
    assert all(a <= b for a, b in pairwise(middles))
    return middles
