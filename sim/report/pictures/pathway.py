"""A scenario as a picture: its levels as steps down, the ways between them, and home at the foot of the stairs.

On a staircase every way has free room: down to the right of the upper step, up to the left of the lower one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch

from sim.report.pictures.findings import per_cent, tuples
from sim.report.pictures.style import INK, PALE, SMALL, SMALLEST, SOFT, STROKES, WIDTH, dress, fill, literal
from sim.report.sheets.numbers import number
from sim.report.words import shortened, stacked
from sim.scenario import Scenario
from sim.scenario.ways import PatientKind, fits, kinds_of_patients

ASKING, HOME, NAN = "asking", "home", float("nan")

LINES: dict[str, dict[str, Any]] = {
    "entry": {"color": INK, "linestyle": "solid", "label": "placed here, of newcomers"},
    "completed": {"color": STROKES[0], "linestyle": "solid", "label": "linked, of those who complete"},
    "other": {"color": STROKES[0], "linestyle": (0, (5, 1.5)), "label": "linked, after a transfer or termination only"},
    "step_up": {"color": STROKES[1], "linestyle": (0, (7, 1.5, 1, 1.5)), "label": "stepped up, of relapses in care"},
    "bridge": {"color": STROKES[2], "linestyle": (0, (1, 1)), "label": "waits for the next level there"},
    "emergency": {"color": STROKES[3], "linestyle": (0, (9, 2)), "label": "sent on by an emergency department"},
    "home": {"color": PALE, "linestyle": "solid", "label": "goes home: everyone else, however the stay ends"},
    "return": {"color": SOFT, "linestyle": (0, (3, 1)), "label": "asks again, of those who relapsed at home"},
}
"""Kinds of ways, in the order of the legend."""

HALF_WIDTH, HALF_HEIGHT = 0.34, 0.31
"""Of a step, in columns and rows."""

ROUND = "round,pad=0,rounding_size=0.05"
"""Corners of a step."""

HEAD: dict[str, Any] = {"arrowstyle": "-|>", "linewidth": 0, "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
"""Of an arrow, without its line."""

MOST_WIDE = 5
"""With more levels than this the steps are narrow, and what stands on them is smaller."""


def ways(scenario: Scenario) -> pd.DataFrame:
    """kind, source, target, low, high: every way of a scenario, with the probability of taking it.

    kind: a key of `LINES`. low, high: they differ where it depends on who the patient is; missing where no probability
    is stated. Of entry: the mean over the population's shares. These are inputs: who waits in vain, leaves early or
    dies takes no way further.
    """
    rows = [*_entries(scenario), *_links(scenario)]
    for name, level in scenario.levels.items():
        share = level.on_relapse.step_up
        if share > 0 and level.step_up_to is not None:
            rows.append(("step_up", name, level.step_up_to, share, share))
        if level.bridge is not None:
            rows.append(("bridge", name, level.bridge, NAN, NAN))
        rows.append(("home", name, HOME, NAN, NAN))
    rows += [("emergency", source, to, NAN, NAN) for source, to in _sent_on(scenario)]
    again = scenario.return_to_care.probability
    if (again > 0 or scenario.checkups is not None) and scenario.relapse is not None:
        # Of those whom check-ups alone bring back no probability is stated.
        rows.append(("return", HOME, ASKING, again or NAN, again or NAN))
    return pd.DataFrame(rows, columns=["kind", "source", "target", "low", "high"])


def _entries(scenario: Scenario) -> Iterator[tuple[str, str, str, float, float]]:
    """Where newcomers are placed: the first rule that fits decides."""
    rules = [rule for rule in scenario.entry if rule.returning is not True]
    kinds = kinds_of_patients(scenario, [rule.when for rule in rules])
    shares = dict.fromkeys(scenario.levels, 0.0)
    for kind, share in kinds or ():
        rule = next(rule for rule in rules if fits(rule.when, kind))
        for level, probability in rule.to.items():
            shares[level] += share * probability
    for level, share in shares.items():
        if any(rule.to.get(level, 0.0) > 0 for rule in rules):
            share = share if kinds is not None else NAN
            yield "entry", ASKING, level, share, share


def _links(scenario: Scenario) -> Iterator[tuple[str, str, str, float, float]]:
    """From level to level, by whether completing care leads there as well."""
    for name, level in scenario.levels.items():
        for kind, reasons in (("completed", {"completed"}), ("other", {"transferred", "terminated"})):
            rules = [rule for rule in level.next if reasons & set(rule.after)]
            rules = [rule for rule in rules if kind == "completed" or "completed" not in rule.after]
            patients = kinds_of_patients(scenario, [rule.when for rule in rules])
            for target in dict.fromkeys(rule.to for rule in rules if rule.probability > 0):
                these = [rule for rule in rules if rule.to == target]
                shares = [_share(these, patient) for patient, _ in patients or ()] or [NAN]
                yield kind, name, target, min(shares), max(shares)


def _sent_on(scenario: Scenario) -> list[tuple[str, str]]:
    """From where to where emergencies may lead: from home, those who wait among them, and from what is not 24-hour
    care."""
    leading = [each for each in scenario.emergencies.values() if each.to is not None and each.admitted > 0]
    ways = [(HOME, each.to) for each in leading if max(each.well, each.unwell) > 0]
    levels = [name for name, level in scenario.levels.items() if not level.round_the_clock]
    ways += [(name, each.to) for each in leading if each.in_care > 0 for name in levels if name != each.to]
    return [(source, to) for source, to in dict.fromkeys(ways) if to is not None]


def _share(rules: Sequence[Any], patient: PatientKind) -> float:
    return sum((float(rule.probability) for rule in rules if fits(rule.when, patient)), 0.0)


@literal
def pathway_figure(scenario: Scenario) -> Figure:
    """The figure of `ways`: one step a level, each below those that lead on to it."""
    frame = ways(scenario)
    steps = [*_steps(scenario, frame), HOME]
    figure = Figure(figsize=(WIDTH, 1.6 + _row_height(frame, len(steps)) * len(steps)), dpi=150, layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(-1.25, len(steps) - 1 + HALF_WIDTH + 0.08)
    axes.set_ylim(len(steps) - 1 + 0.5, -0.5)
    kinds = [kind for kind in LINES if (frame["kind"] == kind).any()]
    legend = [Line2D([], [], linewidth=1.6, **LINES[kind]) for kind in kinds]
    note = "Steps: places and mean planned stay. Shares are inputs of the scenario, not results: who is still waiting, "
    note += "does not come or dies goes no further. A range depends on who the patient is."
    if aims := dict.fromkeys(str(each.to) for each in scenario.emergencies.values() if each.admitted):
        note += f" Not drawn: emergencies, which may lead from anywhere to {' and '.join(aims)}."
    dress(figure, _pathway_title(scenario, frame), note, legend)
    _asking(axes, scenario, len(steps))
    for row, name in enumerate(steps):
        _step(axes, row, name, scenario)
    _draw_ways(axes, frame, steps)
    return figure


def _row_height(frame: pd.DataFrame, steps: int) -> float:
    """Inches: room for long names on narrow steps, and for what each way that leaves a step says."""
    labelled = frame[frame["kind"].isin(["completed", "other"])]
    leaving = int(labelled.groupby("source").size().max()) if len(labelled) else 0
    return max(0.82 if steps <= MOST_WIDE + 1 else 1.0, 0.42 * (leaving - 1))


def _steps(scenario: Scenario, frame: pd.DataFrame) -> list[str]:
    """The levels, each below those that link to it; otherwise, and in circles, in the order of the scenario file."""
    links = [(row.source, row.target) for row in tuples(frame[frame["kind"].isin(["completed", "other"])])]
    left, steps = list(scenario.levels), []
    while left:
        free = (name for name in left if not any(to == name and at in left and at != name for at, to in links))
        steps.append(next(free, left[0]))
        left.remove(steps[-1])
    return steps


def _pathway_title(scenario: Scenario, frame: pd.DataFrame) -> str:
    count = len(scenario.levels)
    words = f"{shortened(scenario.name, 70)}: {count} level{'s' if count > 1 else ''} of care"
    entries = frame[(frame["kind"] == "entry") & (frame["high"] > 0)]
    if entries.empty:
        return words
    most = max(tuples(entries), key=lambda row: row.high)
    return f"{words}; {per_cent(most.high)} of newcomers enter at {most.target}"


def _asking(axes: Axes, scenario: Scenario, count: int) -> None:
    """The bar on the left where everyone asks for care."""
    arrivals = scenario.arrivals
    often = f"{arrivals.closed_cohort} people" if (rate := arrivals.first_per_day) is None else f"{number(rate)} a day"
    bar = FancyBboxPatch((-1.2, -0.35), 0.34, count - 1 + 0.7, ROUND, facecolor="#EEEEEE", edgecolor=SOFT)
    axes.add_patch(bar)
    text = f"asks for care:{' ' if count > 3 else chr(10)}{often} for the first time"
    axes.text(-1.03, (count - 1) / 2, text, rotation=90, ha="center", va="center", fontsize=SMALL, color=INK)


def _step(axes: Axes, row: int, name: str, scenario: Scenario) -> None:
    corner = (row - HALF_WIDTH, row - HALF_HEIGHT)
    face = "#EEEEEE" if name == HOME else fill(row)["facecolor"]
    box = FancyBboxPatch(corner, 2 * HALF_WIDTH, 2 * HALF_HEIGHT, ROUND, facecolor=face, edgecolor=INK)
    box.set(alpha=0.35, zorder=3)
    axes.add_patch(box)
    wide = len(scenario.levels) <= MOST_WIDE
    if name == HOME:
        words = scenario.condition.words
        lines = ["at home", words["well"], f"or {words['unwell']}"] if scenario.relapse else ["at home"]
    else:
        level = scenario.levels[name]
        capacity = {place: str(scenario.places[place].capacity) for place in level.all_places}
        any_of = " or ".join(capacity[place] for place in level.any_place_of)
        held = " + ".join(filter(None, [*(capacity[place] for place in level.places), any_of]))
        lines = [stacked(name, *((17, 2) if wide else (13, 3))), f"{held} places" if held else "room for all"]
        lines.append(f"{number(level.length_of_stay.expected(), figures=2)} days")
    style: dict[str, Any] = {"fontsize": SMALL if wide else SMALLEST - 1.5, "color": INK, "linespacing": 1.15}
    axes.text(row, row, "\n".join(lines), ha="center", va="center", zorder=6, **style)


def _draw_ways(axes: Axes, frame: pd.DataFrame, steps: Sequence[str]) -> None:
    """Every way between two steps turns once, at a right angle; ways that share a side of a step stand apart."""
    row_of = {name: row for row, name in enumerate(steps)}
    between = [row for row in tuples(frame) if row.kind not in ("entry", "return", "home")]
    ends = [(row, row_of[row.source], row_of[row.target]) for row in between]
    down, up = [each for each in ends if each[1] < each[2]], [each for each in ends if each[1] > each[2]]
    foot = len(steps) - 1
    for source in range(foot):
        # To the foot of the stairs by one common way.
        y = source - 0.72 * HALF_HEIGHT
        _way(axes, "home", (source + HALF_WIDTH, y), (foot + 0.5 * HALF_WIDTH, foot - HALF_HEIGHT))
    for run, sign, (first, last), side in ((down, 1, (-0.4, 0.8), "left"), (up, -1, (0.8, 0.3), "right")):
        for row, source, target in run:
            # The farther the target the higher the way leaves; the farther the source the more to the right it arrives.
            leaving = sorted(((to, way.kind) for way, at, to in run if at == source), reverse=True)
            arriving = sorted(((at, way.kind) for way, at, to in run if to == target), reverse=True)
            port = _port(leaving.index((target, row.kind)), len(leaving), first, last)
            y = source + sign * HALF_HEIGHT * port
            x = target + HALF_WIDTH * _port(arriving.index((source, row.kind)), len(arriving), -0.75, 0.75)
            _way(axes, row.kind, (source + sign * HALF_WIDTH, y), (x, target - sign * HALF_HEIGHT), _says(row), side)
    for row in tuples(frame):
        if row.kind == "entry":
            y = row_of[row.target] + 0.45 * HALF_HEIGHT
            _way(axes, "entry", (-0.86, y), (row_of[row.target] - HALF_WIDTH, y), _says(row), "left")
        elif row.kind == "return":
            _way(axes, "return", (foot - HALF_WIDTH, foot), (-0.86, foot), _says(row), "right")


def _port(index: int, count: int, first: float, last: float) -> float:
    """Where on a side of a step, from -1 to 1, the way with this index of `count` stands."""
    return (first + last) / 2 if count == 1 else first + (last - first) * index / (count - 1)


def _says(row: Any) -> str:
    if pd.isna(row.high):
        return ""
    return per_cent(row.high) if row.low == row.high else f"{per_cent(row.low)[:-2]} to {per_cent(row.high)}"


def _way(
    axes: Axes, kind: str, start: tuple[float, float], end: tuple[float, float], says: str = "", side: str = "left"
) -> None:
    """A line along the row and then along the column, with a head; what it says stands at its start."""
    look = {key: value for key, value in LINES[kind].items() if key != "label"}
    corner = (end[0], start[1])
    axes.plot([start[0], corner[0], end[0]], [start[1], corner[1], end[1]], linewidth=1.3, zorder=2, **look)
    before = start if start[1] == end[1] else corner
    axes.annotate("", end, before, arrowprops={**HEAD, "color": look["color"]}, zorder=4)
    if says:
        away = 0.04 if side == "left" else -0.04
        backing = {"boxstyle": "square,pad=0.1", "facecolor": "#FFFFFF", "linewidth": 0}
        where: dict[str, Any] = {"ha": side, "va": "center", "bbox": backing, "zorder": 5}
        axes.text(start[0] + away, start[1], says, fontsize=SMALLEST, color=look["color"], **where)
