"""One patient's two journeys as a figure: a lane for each system, time from left to right.

Levels of care are coloured bars with their names, told apart in grey print by hatching; waits are hatched outlines; the
band below says the clinical state in shades of grey, and crosses under it are visits to an emergency department.
"""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text

from sim.report.journey import History, StayTold
from sim.report.pictures.style import COLOURS, HATCHES, INK, WIDTH, literal
from sim.report.story import Story, finding
from sim.report.words import shortened, stacked
from sim.vocabulary import STATES

BACK = ("return", "checkup", "emergency")
"""Routes of those who come back from outside care."""
SHADES = dict(zip(STATES, ("#E8E8E8", "#9A9A9A", "#4D4D4D", "#C4C4C4", "#000000"), strict=True))
MARK = "#D55E00"
VISIT: dict[str, Any] = {"marker": "P", "color": INK, "markersize": 6.5}

HEIGHT = 4.6
CARE, BAND = (0.0, 0.38), (-0.2, -0.08)
"""Bottom and top of the bars and of the band, about the middle of a lane."""
BELOW = -0.24
"""Where visits to an emergency department are marked, under the band."""

LANES = (1.0, 0.0)
ROW = 0.135
"""Height of a row of labels above the bars."""

ROWS = 3
FONT = 9.0
"""Size of the names of levels."""

MOST_IN_A_ROW = 6
"""Entries of the legend that stand beside one another; more stand in two rows."""

GAP = 4.0
"""Pixels around a label at least."""

MOST_BEFORE = 0.05
"""Share of the time that is shown of a stay that began before the patient was first seen."""

MOST_TRIALS = 5_000
"""Arrangements of the labels above a lane that are tried at most; after that some stay without a name."""


@literal
def story_figure(story: Story) -> Figure:
    """The figure of a story; its title says what differs. Save it with `figure_file.write_figure`."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=150)
    axes = figure.add_axes((0.165, 0.215, 0.815, 0.57))
    end = max(journey.end for journey in story.journeys)
    first = min([-0.004 * end, *(stay.admitted for journey in story.journeys for stay in journey.stays)])
    axes.set_xlim(max(first, -MOST_BEFORE * end), end * 1.004)
    axes.set_xticks([tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= end])
    axes.set_ylim(-0.28, 1.86)
    for middle, journey in zip(LANES, story.journeys, strict=True):
        _lane(axes, middle, journey, story.levels)
    axes.set_yticks([middle + 0.11 for middle in LANES], [stacked(label, 20, 4) for label in story.labels])
    axes.tick_params(axis="y", length=0, labelsize=10, labelcolor=INK)
    axes.tick_params(axis="x", labelsize=9, labelcolor=INK)
    axes.set_xlabel("days since asking for care", fontsize=9, color=INK)
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    _titles(figure, story)
    _legend(figure, story)
    return figure


def _lane(axes: Axes, middle: float, journey: History, levels: tuple[str, ...]) -> None:
    for spell in journey.spells:
        hatch = "xxx" if spell.state == "dead" else ""
        style = {"facecolor": SHADES[spell.state], "edgecolor": "#AAAAAA", "hatch": hatch, "linewidth": 0}
        _bar(axes, middle, BAND, spell.started, spell.ended, **style)
    _bar(axes, middle, BAND, 0.0, journey.end, facecolor="none", edgecolor=INK, linewidth=0.6)
    for stay in journey.stays:
        code = levels.index(stay.level)
        colour, hatch = COLOURS[code % len(COLOURS)], HATCHES[code % len(HATCHES)]
        span = (max(stay.admitted, axes.get_xlim()[0]), stay.discharged)
        _bar(axes, middle, CARE, *span, facecolor=colour, edgecolor="#FFFFFF", hatch=hatch, linewidth=0)
        _bar(axes, middle, CARE, *span, facecolor="none", edgecolor=INK, linewidth=0.8)
    for wait in journey.waits:
        span = (wait.asked, wait.ended)
        _bar(axes, middle, CARE, *span, facecolor="none", edgecolor=INK, hatch="////", linewidth=0.8, linestyle="--")
        if wait.route in BACK and not wait.goes_on:
            axes.plot(wait.asked, middle + BAND[1] / 2, marker="^", color=INK, markersize=6, clip_on=False, zorder=5)
    for spell in journey.spells:
        if spell.relapse:
            (mark,) = axes.plot(spell.started, middle + sum(BAND) / 2, marker="v", color=MARK, markersize=8, zorder=6)
            mark.set(markeredgecolor="#FFFFFF", markeredgewidth=0.7)
    for visit in journey.visits:
        axes.plot(visit.happened, middle + BELOW, markeredgewidth=0, clip_on=False, zorder=6, **VISIT)
    _label(axes, middle, journey.stays)


def _bar(axes: Axes, middle: float, height: tuple[float, float], began: float, ended: float, **style: Any) -> None:
    axes.add_patch(Rectangle((began, middle + height[0]), ended - began, height[1] - height[0], zorder=3, **style))


class PlacedName(NamedTuple):
    """A name above a bar: the pixel that it points to, its extent, its row."""

    anchor: float
    left: float
    right: float
    row: int


def _label(axes: Axes, middle: float, stays: tuple[StayTold, ...]) -> None:
    """The names of the levels: in their bars where they fit, else above, with a line to the bar."""
    above: list[tuple[str, float, float]] = []
    for stay in stays:
        words = Text(text=stay.level, fontsize=FONT)
        words.set_figure(axes.figure)
        width = words.get_window_extent().width + 2 * GAP
        first, last = (axes.transData.transform((day, 0))[0] for day in (max(stay.admitted, 0.0), stay.discharged))
        if last - first >= width + 2 * GAP:
            _write(axes, (first + last) / 2, middle + sum(CARE) / 2, words.get_text())
        else:
            above.append((words.get_text(), (first + last) / 2, width))
    placed = arrange([(anchor, width) for _, anchor, width in above], axes.bbox.x0, axes.bbox.x1)
    for (name, _, _), label in zip(above, placed, strict=True):
        if label is not None:
            bottom = middle + CARE[1] + 0.03 + label.row * ROW
            _write(axes, (label.left + label.right) / 2, bottom + ROW / 2, name)
            day = axes.transData.inverted().transform((label.anchor, 0))[0]
            axes.plot([day, day], [middle + CARE[1], bottom + 0.02], color=INK, linewidth=0.6, zorder=2)


def arrange(labels: Sequence[tuple[float, float]], low: float, high: float) -> list[PlacedName | None]:
    """Where labels (anchor, width) stand within [low, high), so that neither they nor their lines cross one another.

    The lowest rows first, and centred rather than to one side; None for one that finds no room.
    """
    trials = 0

    def ways(anchor: float, width: float) -> Iterator[PlacedName]:
        for row in range(ROWS):
            for left in (anchor - width / 2, anchor - width + 2 * GAP, anchor - 2 * GAP):
                if low - 2 * GAP <= left and left + width <= high + 2 * GAP:
                    yield PlacedName(anchor, left, left + width, row)

    def search(placed: list[PlacedName], rest: Sequence[tuple[float, float]]) -> list[PlacedName] | None:
        nonlocal trials
        if not rest:
            return placed
        for label in ways(*rest[0]):
            trials += 1
            if trials > MOST_TRIALS:
                return None
            if (
                not any(_cross(label, other) for other in placed)
                and (rest_placed := search([*placed, label], rest[1:])) is not None
            ):
                return rest_placed
        return None

    whole = search([], labels)
    if whole is not None:
        return list(whole)
    greedy: list[PlacedName | None] = []
    for anchor, width in labels:
        there = [label for label in greedy if label is not None]
        free = (label for label in ways(anchor, width) if not any(_cross(label, other) for other in there))
        greedy.append(next(free, None))
    return greedy


def _cross(one: PlacedName, other: PlacedName) -> bool:
    lower, upper = sorted((one, other), key=lambda label: label.row)
    if lower.row == upper.row:
        return one.left < other.right and other.left < one.right
    return lower.left < upper.anchor < lower.right


def _write(axes: Axes, pixel: float, y: float, name: str) -> None:
    day = axes.transData.inverted().transform((pixel, 0))[0]
    backing = {"boxstyle": "square,pad=0.1", "facecolor": "#FFFFFF", "linewidth": 0}
    axes.text(day, y, name, ha="center", va="center", fontsize=FONT, color=INK, zorder=7, bbox=backing)


def _titles(figure: Figure, story: Story) -> None:
    title = "\n".join(wrap(f"Patient {story.patient}: {finding(story)}", 78)[:2])
    figure.text(0.02, 0.965, title, fontsize=13, fontweight="bold", color=INK, va="top")
    lower = 0.965 - 0.065 * (1 + title.count("\n"))
    figure.text(0.02, lower, shortened(story.who, 125), fontsize=9, color="#555555", va="top")
    figure.text(0.02, lower - 0.045, story.chosen, fontsize=9, color="#555555", va="top")


def _legend(figure: Figure, story: Story) -> None:
    """What is not named in place: states, waits and marks, as far as they occur."""
    spells = [spell for journey in story.journeys for spell in journey.spells]
    waits = [wait for journey in story.journeys for wait in journey.waits]
    entries: list[Patch | Line2D] = [
        Patch(
            facecolor=colour,
            edgecolor="#AAAAAA",
            hatch="xxx" if state == "dead" else "",
            linewidth=0.6,
            label=story.condition.words.get("in_response" if state == "response" else state, state),
        )
        for state, colour in SHADES.items()
        if any(spell.state == state and spell.ended > spell.started for spell in spells)
    ]
    if any(wait.ended > wait.asked for wait in waits):
        entries.append(Patch(facecolor="none", edgecolor=INK, hatch="////", linestyle="--", label="waiting"))
    if any(spell.relapse for spell in spells):
        entries.append(Line2D([], [], marker="v", color=MARK, markersize=8, linestyle="", label="relapse"))
    if any(wait.route in BACK for wait in waits):
        entries.append(Line2D([], [], marker="^", color=INK, markersize=6, linestyle="", label="comes back"))
    if any(journey.visits for journey in story.journeys):
        entries.append(Line2D([], [], **VISIT, markeredgewidth=0, linestyle="", label="emergency visit"))
    style = {"frameon": False, "fontsize": 9, "labelcolor": INK, "handlelength": 1.6, "columnspacing": 1.6}
    columns = len(entries) if len(entries) <= MOST_IN_A_ROW else (len(entries) + 1) // 2
    figure.legend(handles=entries, loc="lower left", bbox_to_anchor=(0.155, 0.0), ncols=columns, **style)
