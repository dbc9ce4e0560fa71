"""Small studies to plot, every plot of them, and what every figure must keep to."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from experiment.systems import small
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from support import exponential

import sim
from sim.experiment.result import Study
from sim.report.pictures.budget import budget_figure, budgets
from sim.report.pictures.census import census, census_figure, waiting
from sim.report.pictures.curves import curves, curves_figure
from sim.report.pictures.differences import differences, differences_figure
from sim.report.pictures.equity import gaps, gaps_figure
from sim.report.pictures.flow import flow_figure, flows
from sim.report.pictures.places import occupancies, occupancies_figure
from sim.report.pictures.plane import plane, plane_figure
from sim.report.pictures.waits import waits, waits_figure
from sim.report.pictures.whereabouts import places, places_figure

CHANGES: list[dict[str, Any]] = [
    {},
    {"levels.ward.capacity": 8},
    {"levels.ward.length_of_stay": exponential(4)},
    {"levels.iop.length_of_stay": exponential(30)},
    {"levels.ward.next.0.probability": 0.9},
    {"levels.ward.cost_per_day": 50.0},
    {"levels.ward.capacity": 2},
    {"arrivals.per_day": 2.0},
]
LONG = "a system that its planners gave a very long name, since they wanted to say all that is in it: number"
METRICS = ("retention.30_days", "relapse.30_days", "days_well", "wait.ward.mean", "cost.per_patient.society")


@cache
def study(count: int, replications: int = 4, long_names: bool = False) -> Study:
    """So many variants of a small system; the first is the baseline."""
    attributes = {"severity": {"mild": 0.4, "severe": 0.6}, "housing": {"stable": 0.5, "shelter": 0.2, "street": 0.3}}
    base = small(population=attributes)
    scenarios = {
        f"{LONG} {i}" if long_names else f"system {i}": base.with_overrides(changes) if changes else base
        for i, changes in enumerate(CHANGES[:count])
    }
    return sim.compare(scenarios, replications, seed=1, keep_records=True)


def _plane(of: Study) -> Figure:
    return plane_figure(plane(of), of.cost_effectiveness(), currency="USD")


def _flow(of: Study) -> Figure:
    return flow_figure({name: flows(result) for name, result in of.results.items()})


PLOTS: dict[str, Callable[[Study], Figure]] = {
    "census": lambda of: census_figure(census(of), waiting(of)),
    "curves": lambda of: curves_figure(curves(of)),
    "places": lambda of: places_figure(places(of)),
    "flow": _flow,
    "occupancies": lambda of: occupancies_figure(occupancies(of)),
    "waits": lambda of: waits_figure(waits(of)),
    "plane": _plane,
    "budget": lambda of: budget_figure(budgets(of), "USD"),
    "equity": lambda of: gaps_figure(gaps(of, "retention.30_days")),
    "differences": lambda of: differences_figure(differences(of, METRICS)),
}


@cache
def drawn(plot: str, count: int, replications: int = 4, long_names: bool = False) -> Figure:
    """The plot of a study of so many scenarios, for all who only look at it."""
    return PLOTS[plot](study(count, replications, long_names))


OF_ONE = [name for name in PLOTS if "differences" not in name]


def texts(figure: Figure) -> list[tuple[str, Any]]:
    """All texts that are drawn, with their boxes in pixels; labels of ticks only within the limits of their axis."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    axes_of_ticks = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    of_ticks = {
        label for axis in axes_of_ticks for tick in axis.get_major_ticks() for label in (tick.label1, tick.label2)
    }
    seen = [text for text in figure.findobj(Text) if text not in of_ticks]
    for axis in axes_of_ticks:
        low, high = sorted(axis.get_view_interval())
        room = 1e-6 * (high - low)
        ticks = [tick for tick in axis.get_major_ticks() if low - room <= tick.get_loc() <= high + room]
        seen += [tick.label1 for tick in ticks if axis.axes.axison and tick.label1.get_visible()]
    drawn = [text for text in seen if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in drawn]


def overlapping(found: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes meet."""
    low, high = np.hsplit(np.array([box.extents for _, box in found]), 2)
    meet = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=2)
    return [(found[one][0], found[other][0]) for one, other in np.argwhere(np.triu(meet, 1))]


def check(figure: Figure) -> None:
    """No text overlaps another or leaves the figure."""
    found = texts(figure)
    assert len(found) > 5
    assert overlapping(found) == []
    for words, box in found:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, words
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, words


def title(figure: Figure) -> str:
    """The title on one line."""
    return " ".join(figure.texts[0].get_text().split())
