"""The figure of a warm-up: a panel a series, nothing overlaps, and a dashed line only where it can tell."""

from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from experiment.systems import small
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from report.pictures.figures import overlapping
from support import exponential, scenario

import sim
from sim.experiment.result import Result
from sim.report.pictures.warm_up_figure import LEAST_TOP, SERIES, SETTLED, warm_up_figure
from sim.report.sheets.warm_up import warm_up_verdict


def levels(count: int, mean: float = 8.0) -> Any:
    """A chain of levels with long names, each of which leads to the next, from an empty start."""
    names = [f"intensive_outpatient_programme_{i}" for i in range(count)]
    described = {
        name: {
            "length_of_stay": exponential(mean),
            "next": [{"to": after, "probability": 1.0}] if after else [],
        }
        for name, after in zip(names, [*names[1:], None], strict=True)
    }
    time = {"warm_up_days": 30, "recruitment_days": 60, "follow_up_days": 120}
    return scenario(described, time=time)


@cache
def ran(count: int, mean: float = 8.0, replications: int = 3) -> Result:
    return sim.run(levels(count, mean), replications, by=())


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that overlap, and texts that leave the figure."""
    drawn: dict[int, Text] = {}
    draw = Text.draw

    def watched(text: Text, *rest: Any) -> None:
        # Labels of ticks beyond the end of an axis exist and are visible, but never drawn.
        drawn[id(text)] = text
        draw(text, *rest)

    with patch.object(Text, "draw", watched):
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
    texts = [text for text in drawn.values() if text.get_visible() and text.get_text().strip()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    assert len(boxes) > 5
    whole = figure.bbox
    return overlapping(boxes) + [
        (name, "the edge")
        for name, box in boxes
        if not (whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1)
    ]


def dashed(axes: Any) -> list[float]:
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_linestyle() == "--"]


@pytest.mark.parametrize("count", [1, 2, 8])
def test_every_series_has_a_panel_and_nothing_overlaps(count: int) -> None:
    result = ran(count)
    figure = warm_up_figure(result)
    assert overlaps(figure) == []
    titles = [" ".join(axes.get_title(loc="left").split()) for axes in figure.axes]
    assert titles == [
        "asks for care, of any level, a month",
        *(f"{words} intensive outpatient programme {i}" for i in range(count) for words in SERIES.values()),
    ]
    assert figure.get_suptitle() == warm_up_verdict(result.warm_up())


def test_a_long_verdict_is_seen_whole() -> None:
    """Slow levels with long names that still move are all named in the title, which then has two lines or more."""
    result = ran(8, mean=60.0, replications=6)
    assert len(warm_up_verdict(result.warm_up())) > 150
    figure = warm_up_figure(result)
    assert overlaps(figure) == []


def test_a_verdict_that_names_every_series_is_seen_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ", ".join(f"{what}.intensive_outpatient_programme_{i}" for i in range(8) for what in ("census", "queue"))
    said = f"A warm-up of 30 days is too short: {names} still moved by more than 10 %. Raise time.warm_up_days."
    monkeypatch.setattr("sim.report.pictures.warm_up_figure.warm_up_verdict", lambda _: said)
    for count in (1, 8):
        assert overlaps(warm_up_figure(ran(count))) == []


def test_the_dashed_line_is_where_the_series_settles_if_that_can_be_told() -> None:
    result = ran(3, mean=60.0, replications=4)
    table = result.warm_up().set_index("metric")
    assert table["conclusive"].nunique() == 2
    figure = warm_up_figure(result)
    shown = ["asks.all", *(f"{kind}.{level}" for level in result.scenario.levels for kind in SERIES)]
    assert sorted(shown) == sorted(table.index)
    for axes, metric in zip(figure.axes, shown, strict=True):
        row = table.loc[metric]
        assert dashed(axes) == ([row["truncation_days"]] if row["conclusive"] else []), metric
    settled = next(axes for axes in figure.axes if dashed(axes))
    assert {line.get_color() for line in settled.lines if line.get_linestyle() == "--"} == {SETTLED}


def test_a_run_too_short_to_tell_has_no_dashed_line() -> None:
    short = small(time={"warm_up_days": 5, "recruitment_days": 20, "follow_up_days": 10})
    figure = warm_up_figure(sim.run(short, replications=3, by=()))
    assert not any(dashed(axes) for axes in figure.axes)
    assert overlaps(figure) == []


def test_lines_bands_and_warm_up_are_those_of_the_result() -> None:
    system = small(time={"warm_up_days": 20, "recruitment_days": 60, "follow_up_days": 40})
    result = sim.run(system, replications=4, by=())
    asks, ward, queue, waits, *_ = warm_up_figure(result).axes
    series = result.daily[result.daily["metric"] == "census.ward"]
    mean, sd = series["mean"].to_numpy(), series["sd"].to_numpy()
    (line,) = [each for each in ward.lines if each.get_linestyle() == "-"]
    day = np.arange(len(mean))
    assert line.get_xdata().tolist() == day.tolist()
    # A moving average of 31 days in the middle, and of what there is to either side near the ends.
    assert line.get_ydata()[60] == pytest.approx(mean[45:76].mean())
    assert line.get_ydata()[2] == pytest.approx(mean[:5].mean())
    assert line.get_ydata()[0] == mean[0]
    assert line.get_ydata()[-1] == pytest.approx(mean[-1])
    # t quantile with three degrees of freedom: 3.18245.
    (band,) = ward.collections
    heights = band.get_paths()[0].vertices
    at_60 = heights[heights[:, 0] == 60][:, 1]
    half = 3.182446305284263 * sd[45:76].mean() / 2
    assert (at_60.min(), at_60.max()) == pytest.approx((mean[45:76].mean() - half, mean[45:76].mean() + half))
    (grey,) = [patch for patch in ward.patches if patch.get_width() == 20]
    assert grey.get_x() == 0
    assert ward.get_xlim() == (0, len(mean))
    asked = result.daily[result.daily["metric"] == "asks.all"]["mean"].to_numpy()
    (line,) = [each for each in asks.lines if each.get_linestyle() == "-"]
    assert line.get_ydata()[60] == pytest.approx(asked[45:76].mean() * 365.25 / 12)
    # The wait of those who still wait at the end is not known: the line ends before.
    waited = result.daily[result.daily["metric"] == "wait.ward"]["mean"].dropna()
    (line,) = [each for each in waits.lines if each.get_linestyle() == "-"]
    assert 80 < len(line.get_xdata()) == len(waited) <= len(mean)
    for axes in (asks, ward, queue, waits):
        assert axes.get_ylim()[0] == 0


def test_one_replication_has_a_line_and_no_band() -> None:
    figure = warm_up_figure(sim.run(small(), replications=1, by=()))
    assert all(len(axes.collections) == 0 for axes in figure.axes)
    assert all(axes.lines for axes in figure.axes)
    assert overlaps(figure) == []


def test_a_list_on_which_nobody_waits_is_not_magnified() -> None:
    roomy = small().with_overrides({"places.beds.capacity": 500})
    queue = warm_up_figure(sim.run(roomy, replications=2, by=())).axes[2]
    assert queue.get_ylim() == (0, LEAST_TOP)
    assert not queue.lines[0].get_ydata().any()


def test_a_closed_cohort_has_a_figure_that_says_there_is_nothing_to_judge() -> None:
    closed = scenario(
        {"ward": {"length_of_stay": exponential(8)}}, arrivals={"closed_cohort": 20}, time={"follow_up_days": 60}
    )
    figure = warm_up_figure(sim.run(closed, replications=2, by=()))
    assert figure.get_suptitle().startswith("There is no warm-up to judge")
    assert not any(dashed(axes) for axes in figure.axes)
    assert overlaps(figure) == []
