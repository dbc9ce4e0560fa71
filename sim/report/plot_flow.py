"""The cohort's first way through care: ribbons from asking, over one level after another, to how care ends."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from sim.experiment.result import Result
from sim.outcomes.curves import ASKED, ENDS, transitions
from sim.report.bands import NOBODY, NothingToDraw, cohort_size, each_replication
from sim.report.findings import per_cent, tuples
from sim.report.style import INK, PALE, SMALL, SOFT, WIDTH, dress, fill, literal, spread
from sim.report.tables import number
from sim.report.words import stacked
from sim.vocabulary import NEVER_ADMITTED, REASON

HEADS = ("asking", "first level", "second level", "third level", "fourth level")

OTHER = "other ends"
RIGHT = 0.92
"""Columns to the right of the last bars, for the longest of the ends and its number."""

LEAST = 0.015
"""Share of the cohort below which an end goes under `OTHER`; the frame keeps it."""

BAR = 0.08
"""Width of a bar, in columns."""

GAP = 0.025
"""Between two bars of a column, as a share of the cohort."""

THROUGH = "#D9D9D9"
"""Of those whose care has ended, on their way to the last column."""


def flows(result: Result, levels: int = 3) -> pd.DataFrame:
    """step, source, target, people (mean a replication): `sim.outcomes.curves.transitions`.

    levels: how many levels of a way are told apart. Raises RecordsNotKept without records, NothingToDraw without a
    cohort.
    """
    if not cohort_size(result):
        raise NothingToDraw(NOBODY)
    by_replication = each_replication(result, lambda observed: transitions(observed, levels))
    places = pd.concat(by_replication, ignore_index=True).groupby(["step", "source", "target"], as_index=False)
    frame = places["people"].sum()
    rank = {name: i for i, name in enumerate([ASKED, *result.as_run.levels, *ENDS])}
    frame = frame.assign(people=frame["people"] / len(by_replication), source_rank=frame["source"].map(rank))
    frame = frame.assign(target_rank=frame["target"].map(rank))
    order = frame.sort_values(["step", "source_rank", "target_rank"], ignore_index=True)
    return pd.DataFrame(order, columns=["step", "source", "target", "people"])


@dataclass
class Bar:
    """Those who are in one place in one column: how many, where the bar begins, and what ribbons have used of it."""

    people: float
    top: float = 0.0
    entered: float = 0.0
    left: float = 0.0


@literal
def flow_figure(frame: pd.DataFrame, name: str = "") -> Figure:
    """The figure of `flows`; name: of the scenario, for the note."""
    cohort = float(frame.loc[frame["source"] == ASKED, "people"].sum())
    links = _links(frame, cohort)
    bars = _bars(links, cohort)
    last = max(column for column, _ in bars)
    levels = [place for place in dict.fromkeys([*frame["target"], *frame["source"]]) if _is_level(place)]
    figure = Figure(figsize=(WIDTH, 5.6), dpi=150, layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    deepest = max(bar.top + bar.people for bar in bars.values())
    axes.set_xlim(-0.05, last + RIGHT)
    axes.set_ylim(deepest * 1.01, -0.07 * deepest)
    for (column, source, target), people in links.items():
        _ribbon(axes, column, bars[column, source], bars[column + 1, target], people, _look(source, target, levels))
    for (column, place), bar in bars.items():
        if column == last or _is_level(place) or place == ASKED:
            look = fill(levels.index(place)) if _is_level(place) else {"facecolor": SOFT, "linewidth": 0.0}
        else:
            look = {"facecolor": THROUGH, "alpha": 0.5, "linewidth": 0.0}
        axes.add_patch(Rectangle((column, bar.top), BAR, bar.people, zorder=3, **look))
    for column in range(last + 1):
        head = (
            HEADS[column] if column < min(last, len(HEADS)) else "how it ends" if column == last else f"level {column}"
        )
        axes.text(column, -0.025 * deepest, head, fontsize=9, color=SOFT, va="bottom")
    note = f"{name}: mean" if name else "Mean"
    note += " number of people a replication; widths in proportion. The first way through care of everyone who asks, "
    note += "within follow-up; who comes back later is not counted again, so that shares are of people, not of asks."
    dress(figure, _flows_title(frame, cohort), note)
    for column in range(last + 1):
        _label(axes, column, {place: bar for (at, place), bar in bars.items() if at == column}, last)
    return figure


def _is_level(place: str) -> bool:
    return place not in (ASKED, OTHER, *ENDS)


def _links(frame: pd.DataFrame, cohort: float) -> dict[tuple[int, str, str], float]:
    """(column, source, target) -> people, with those whose care has ended led on to the last column."""
    ends = frame[~frame["target"].map(_is_level)].groupby("target")["people"].sum()
    few = set(ends.index[ends < LEAST * cohort])
    named = {end: OTHER if end in few and len(few) > 1 else end for end in ends.index}
    last = int(frame["step"].max()) + 1
    links: dict[tuple[int, str, str], float] = defaultdict(float)
    for step, source, target, people in tuples(frame):
        place = named.get(target, target)
        links[step, source, place] += people
        if place != target or not _is_level(place):
            for column in range(step + 1, last):
                links[column, place, place] += people
    return links


def _bars(links: Mapping[tuple[int, str, str], float], cohort: float) -> dict[tuple[int, str], Bar]:
    """All bars, each column from the top: levels in the order in which they come, then the ends."""
    people: dict[tuple[int, str], float] = defaultdict(float)
    people[0, ASKED] = cohort
    for (column, _, target), number_of in links.items():
        people[column + 1, target] += number_of
    first_seen = list(dict.fromkeys(place for _, place in people))
    rank = [ASKED, *(place for place in first_seen if _is_level(place)), *ENDS[:-1], OTHER, NEVER_ADMITTED]
    bars: dict[tuple[int, str], Bar] = {}
    tops: dict[int, float] = defaultdict(float)
    for column, place in sorted(people, key=lambda key: (key[0], rank.index(key[1]))):
        bars[column, place] = Bar(people[column, place], tops[column])
        tops[column] += people[column, place] + GAP * cohort
    return bars


def _look(source: str, target: str, levels: list[str]) -> dict[str, Any]:
    if not _is_level(source) and not _is_level(target):
        return {"facecolor": THROUGH, "alpha": 0.5}
    level = source if _is_level(source) else target
    return {"facecolor": fill(levels.index(level))["facecolor"], "alpha": 0.5}


def _ribbon(axes: Axes, column: int, source: Bar, target: Bar, people: float, look: Mapping[str, Any]) -> None:
    """A band of constant height from the right of one bar to the left of another, below those drawn before."""
    left, right = column + BAR, column + 1.0
    middle = (left + right) / 2
    from_height, to_height = source.top + source.left, target.top + target.entered
    source.left += people
    target.entered += people
    corners = [(left, from_height), (middle, from_height), (middle, to_height), (right, to_height)]
    back = [(x, y + people) for x, y in reversed(corners)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path([*corners, *back, corners[0]], codes), linewidth=0.0, zorder=2, **look))


def _label(axes: Axes, column: int, bars: Mapping[str, Bar], last: int) -> None:
    """Names and numbers to the right of the bars of a column, moved apart where bars are thin."""
    shown = {place: bar for place, bar in bars.items() if column == last or _is_level(place) or place == ASKED}
    texts = []
    for place, bar in shown.items():
        words = stacked(place, 18, 2) if _is_level(place) else REASON[place].ending if place in REASON else place
        text = axes.text(column + BAR + 0.03, 0.0, f"{words} {number(bar.people, figures=2)}", va="center")
        backing = {"boxstyle": "square,pad=0.15", "facecolor": "#FFFFFF", "alpha": 0.75, "linewidth": 0}
        text.set(fontsize=SMALL, color=INK, zorder=5, bbox=backing if column < last else None)
        texts.append(text)
    pixel = abs(axes.transData.inverted().transform((0, 1))[1] - axes.transData.inverted().transform((0, 0))[1])
    heights = [(text.get_window_extent().height + 5) * pixel for text in texts]
    bottom, _ = axes.get_ylim()
    wanted = [bar.top + bar.people / 2 for bar in shown.values()]
    for text, bar, y in zip(texts, shown.values(), spread(wanted, heights, 0.0, bottom), strict=True):
        text.set_y(y)
        if not bar.top <= y <= bar.top + bar.people:
            line = ([column + BAR, column + BAR + 0.03], [bar.top + bar.people / 2, y])
            axes.plot(*line, color=PALE, linewidth=0.6, zorder=4)


def _flows_title(frame: pd.DataFrame, cohort: float) -> str:
    admitted = frame[(frame["step"] == 0) & (frame["target"] != NEVER_ADMITTED)]["people"].sum()
    second = frame[(frame["step"] == 1) & frame["target"].map(_is_level)]["people"].sum()
    first = f"Of {number(cohort, figures=3)} people who ask for the first time, {per_cent(admitted / cohort)} get in"
    return f"{first}, and {per_cent(second / cohort)} go on to a second level"
