"""Every plot: nothing overlaps or is cut, with one scenario or eight with long names; the same bytes every time."""

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from report.pictures.figures import OF_ONE, PLOTS, check, drawn, study, title

from sim.report.pictures.figure_file import write_figure
from sim.report.pictures.sensitivity import LETTERS
from sim.report.pictures.style import MARKERS, STROKES, fill, mark, rows_of, spread, stroke


@pytest.mark.parametrize("plot", OF_ONE)
def test_one_scenario(plot: str) -> None:
    check(drawn(plot, 1))


@pytest.mark.parametrize("plot", PLOTS)
def test_two_scenarios(plot: str) -> None:
    check(drawn(plot, 2))


@pytest.mark.parametrize("plot", PLOTS)
def test_eight_scenarios_with_long_names(plot: str) -> None:
    figure = drawn(plot, 8, long_names=True)
    check(figure)
    assert len(title(figure)) < 250


@pytest.mark.parametrize("plot", PLOTS)
def test_one_replication_has_no_intervals_and_no_findings(plot: str) -> None:
    figure = drawn(plot, 2, replications=1)
    check(figure)
    assert " differ" not in title(figure)
    assert "no difference was found" not in title(figure).lower()
    assert "better" not in title(figure)


@pytest.mark.parametrize("plot", PLOTS)
def test_the_same_bytes_every_time(plot: str, tmp_path: Path) -> None:
    for name, figure in (("one", drawn(plot, 2)), ("other", PLOTS[plot](study(2)))):
        write_figure(figure, tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()


def test_scenarios_and_levels_are_told_apart_without_colour() -> None:
    assert len({(str(stroke(i)["linestyle"]), stroke(i)["color"]) for i in range(20)}) == 20
    assert len({str(stroke(i)["linestyle"]) for i in range(7)}) == 7
    assert len({mark(i)["marker"] for i in range(9)}) == 9 == len(MARKERS)
    assert len({fill(i)["hatch"] for i in range(7)}) == 7
    # None is so pale that white paper swallows it.
    assert all(0.2126 * r + 0.7152 * g + 0.0722 * b < 0.7 for r, g, b in map(to_rgb, STROKES))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(-50, 150), st.floats(1, 12)), min_size=1, max_size=8))
def test_labels_are_pushed_apart(labels: list[tuple[float, float]]) -> None:
    labels = sorted(labels)
    wanted, heights = [at for at, _ in labels], [height for _, height in labels]
    middles = spread(wanted, heights, 0.0, 100.0)
    for (a, one), (b, other) in pairwise(zip(middles, heights, strict=True)):
        assert b - a >= (one + other) / 2 - 1e-9
    assert middles[0] >= heights[0] / 2 - 1e-9
    assert middles[-1] <= 100 - heights[-1] / 2 + 1e-9
    if all(height / 2 <= at <= 100 - height / 2 for at, height in labels) and all(
        abs(a - b) >= (one + other) / 2 for (a, one), (b, other) in combinations(labels, 2)
    ):
        assert middles == wanted


def test_the_path_of_an_input_is_whole() -> None:
    path = "effects.housing.unstable.levels.iop_housing.dropout"
    axes = Figure().subplots()
    rows_of(axes, [path, "places.residential_beds.fixed_cost_per_day"], letters=LETTERS)
    assert "".join(axes.get_yticklabels()[0].get_text().split()) == path
