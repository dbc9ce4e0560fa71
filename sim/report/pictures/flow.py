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
from sim.report.pictures.bands import NOBODY, NothingToDraw, cohort_size, each_replication
from sim.report.pictures.findings import per_cent, tuples
from sim.report.pictures.style import INK, PALE, SMALLEST, SOFT, dress, fill, headed, literal, panels, spread
from sim.report.sheets.numbers import number
from sim.report.wording import titles_of
from sim.report.words import listed, short_names, stacked
from sim.vocabulary import NEVER_ADMITTED, REASON

HEADS = ("asking", "first level", "second level", "third level", "fourth level")

OTHER = "others"
RIGHT = 0.92
"""Columns to the right of the last bars, for the longest of the ends and its number."""

LEAST = 0.015
"""Share of the cohort below which a level or an end goes under `OTHER`; the frame keeps it."""

BAR = 0.08
"""Width of a bar, in columns."""

GAP = 0.025
"""Between two bars of a column, as a share of the cohort."""

ENDED: dict[str, Any] = {"facecolor": "#D9D9D9", "alpha": 0.5}
"""Of ribbons to where care ends."""


def flows(result: Result) -> pd.DataFrame:
    """step, source, target, people (mean a replication): `sim.outcomes.curves.transitions`, of levels by their titles.

    Raises RecordsNotKept without records, NothingToDraw without a cohort.
    """
    if not cohort_size(result):
        raise NothingToDraw(NOBODY)
    by_replication = each_replication(result, transitions)
    links = pd.concat(by_replication, ignore_index=True).groupby(["step", "source", "target"], as_index=False)
    frame = links[["people"]].sum()
    ranks = {name: rank for rank, name in enumerate([ASKED, *result.as_run.levels, *ENDS])}
    order = ["step", "source", "target"]
    frame = frame.sort_values(order, key=lambda ends: ends.map(ranks) if ends.name in order[1:] else ends)
    titles = titles_of([result.as_run], "levels")
    return (
        frame.assign(people=frame["people"] / len(by_replication))
        .replace({"source": titles, "target": titles})
        .reset_index(drop=True)
    )


@dataclass
class Bar:
    """Those who are in one place in one column: how many, where the bar begins, and what ribbons have used of it."""

    people: float
    top: float = 0.0
    entered: float = 0.0
    left: float = 0.0


@literal
def flow_figure(frames: Mapping[str, pd.DataFrame]) -> Figure:
    """The figure of `flows` of scenarios, by name, side by side."""
    figure, chosen = panels(len(frames), 5.0 if len(frames) == 1 else 3.6, 2)
    levels: list[str] = []
    for frame in frames.values():
        seen = dict.fromkeys([*frame["target"], *frame["source"]])
        levels += [place for place in seen if _is_level(place) and place not in levels]
    drawn = [_panel(axes, frame, levels) for axes, frame in zip(chosen, frames.values(), strict=True)]
    for axes, name in zip(chosen, frames, strict=True):
        if name and len(frames) > 1:
            headed(axes, name)
    note = "Mean number of people a replication; widths in proportion. The first way through care of everyone who "
    note += "asks, within follow-up: grey bars are where it ends. Who comes back later is not counted again."
    dress(figure, _flows_title(frames), note)
    for axes, bars in zip(chosen, drawn, strict=True):
        for column in range(max(column for column, _ in bars) + 1):
            of_column = {place: bar for (at, place), bar in bars.items() if at == column}
            _label(axes, column, of_column, SMALLEST - 1.5 if len(frames) > 1 else SMALLEST)
    return figure


def _panel(axes: Axes, frame: pd.DataFrame, levels: list[str]) -> dict[tuple[int, str], Bar]:
    """Ribbons and bars of one scenario; returns the bars, which are labelled once the figure is laid out."""
    cohort = float(frame.loc[frame["source"] == ASKED, "people"].sum())
    links = _links(frame, cohort)
    bars = _bars(links, cohort)
    last = max(column for column, _ in bars)
    axes.set_axis_off()
    deepest = max(bar.top + bar.people for bar in bars.values())
    axes.set_xlim(-0.05, last + RIGHT)
    axes.set_ylim(deepest * 1.01, -0.07 * deepest)
    for (column, source, target), people in links.items():
        look = {"facecolor": fill(levels.index(target))["facecolor"], "alpha": 0.5} if _is_level(target) else ENDED
        _ribbon(axes, column, bars[column, source], bars[column + 1, target], people, look)
    for (column, place), bar in bars.items():
        look = fill(levels.index(place)) if _is_level(place) else {"facecolor": SOFT, "linewidth": 0.0}
        axes.add_patch(Rectangle((column, bar.top), BAR, bar.people, zorder=3, **look))
    for column in range(last + 1):
        anyone_in = any(_is_level(place) for at, place in bars if at == column)
        head = HEADS[column] if column < len(HEADS) and (anyone_in or not column) else "end of care"
        axes.text(column, -0.025 * deepest, head, fontsize=SMALLEST, color=SOFT, va="bottom")
    return bars


def _is_level(place: str) -> bool:
    return place not in (ASKED, OTHER, *ENDS)


def _links(frame: pd.DataFrame, cohort: float) -> dict[tuple[int, str, str], float]:
    """(column, source, target) -> people; levels and ends that few people reach at a step are folded."""
    reached = frame.groupby(["step", "target"])["people"].sum()
    few: set[Any] = {key for key, people in reached.items() if people < LEAST * cohort}
    # A single end keeps its name; who goes on to a level that is folded ends there.
    alone = {key for key in few if not _is_level(key[1]) and sum(other[0] == key[0] for other in few) == 1}
    links: dict[tuple[int, str, str], float] = defaultdict(float)
    for step, source, target, people in tuples(frame):
        if (step - 1, source) not in few:
            links[step, source, OTHER if (step, target) in few - alone else target] += people
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


def _label(axes: Axes, column: int, bars: Mapping[str, Bar], size: float) -> None:
    """Names and numbers to the right of the bars of a column, moved apart where bars are thin."""
    texts = []
    for place, bar in bars.items():
        # What stands behind in brackets, such as a class of care, has no room unless it tells levels apart.
        brief = place.partition(" (")[0]
        alone = sum(other.partition(" (")[0] == brief for other in bars) == 1
        words = REASON[place].ending if place in REASON else brief if alone else place
        words = stacked(f"{words} {number(bar.people, figures=2)}", 16, 3)
        text = axes.text(column + BAR + 0.03, 0.0, words, va="center")
        backing = {"boxstyle": "square,pad=0.15", "facecolor": "#FFFFFF", "alpha": 0.75, "linewidth": 0}
        text.set(fontsize=size, color=INK, zorder=5, bbox=backing)
        texts.append(text)
    pixel = abs(axes.transData.inverted().transform((0, 1))[1] - axes.transData.inverted().transform((0, 0))[1])
    heights = [(text.get_window_extent().height + 5) * pixel for text in texts]
    bottom, _ = axes.get_ylim()
    wanted = [bar.top + bar.people / 2 for bar in bars.values()]
    for text, bar, y in zip(texts, bars.values(), spread(wanted, heights, 0.0, bottom), strict=True):
        text.set_y(y)
        if not bar.top <= y <= bar.top + bar.people:
            line = ([column + BAR, column + BAR + 0.03], [bar.top + bar.people / 2, y])
            axes.plot(*line, color=PALE, linewidth=0.6, zorder=4)


def _flows_title(frames: Mapping[str, pd.DataFrame]) -> str:
    """Who gets in, and who goes on to a second level, of everybody who asks: in the first, and where fewest and most
    go on of many others."""
    names, whole = short_names(list(frames)), ""
    go_on: dict[str, float] = {}
    for name, frame in frames.items():
        cohort = float(frame.loc[frame["source"] == ASKED, "people"].sum())
        admitted = frame[(frame["step"] == 0) & (frame["target"] != NEVER_ADMITTED)]["people"].sum()
        go_on[name] = frame[(frame["step"] == 1) & frame["target"].map(_is_level)]["people"].sum() / cohort
        whole = whole or f"{per_cent(admitted / cohort)} get in, and {per_cent(go_on[name])} go on to a second level"
        if len(frames) == 1:
            return f"Of {number(cohort, figures=3)} people who ask for the first time, {whole}"
    first, *others = frames
    ordered = sorted(others, key=lambda name: go_on[name])
    shown = others if len(others) <= 3 else [ordered[0], ordered[-1]]
    phrases = [f"{whole} in {names[first]}", *(f"{per_cent(go_on[name])} in {names[name]}" for name in shown)]
    return f"Of those who ask for the first time {listed(phrases)}"
