"""What is drawn is what the frames hold: lines, bands, bars, marks and arrows, read back from the figures."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection, LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from report.pictures.figures import METRICS, study

from sim.outcomes.effects import EFFECTS, Effect
from sim.report.pictures.budget import TOTAL, WINDOW, budget_figure, budgets
from sim.report.pictures.census import census, census_figure, waiting
from sim.report.pictures.curves import HEADS, curves, curves_figure
from sim.report.pictures.differences import LOOKS, differences, differences_figure
from sim.report.pictures.equity import gaps, gaps_figure
from sim.report.pictures.flow import flow_figure, flows
from sim.report.pictures.plane import plane, plane_figure
from sim.report.pictures.waits import waits, waits_figure
from sim.report.pictures.whereabouts import places, places_figure


def lines(axes: Axes) -> list[tuple[np.ndarray, np.ndarray]]:
    """x and y of every line of an axes that has data."""
    found = [(np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)) for line in axes.get_lines()]
    return [(x, y) for x, y in found if len(x)]


def bands(axes: Axes) -> list[np.ndarray]:
    """The corners of every band."""
    return [
        np.asarray(each.get_paths()[0].vertices)
        for each in axes.collections
        if isinstance(each, FillBetweenPolyCollection)
    ]


def has_line(axes: Axes, x: object, y: object) -> bool:
    """Whether some line goes through just these points."""
    wanted = np.asarray(x, float), np.asarray(y, float)
    return any(
        len(a) == len(wanted[0])
        and np.allclose(a, wanted[0], atol=1e-9, equal_nan=True)
        and np.allclose(b, wanted[1], atol=1e-9, equal_nan=True)
        for a, b in lines(axes)
    )


def has_band(axes: Axes, rows: pd.DataFrame, factor: float = 1.0) -> bool:
    """Whether some band has these ends on these days; what is below 0 is cut."""
    low = np.maximum(rows["ci_low"].to_numpy(float), 0.0) * factor
    high = rows["ci_high"].to_numpy(float) * factor
    day = rows["day"].to_numpy(float)
    wanted = {(round(a, 6), round(b, 6)) for a, b in [*zip(day, low, strict=True), *zip(day, high, strict=True)]}
    return any(wanted <= {(round(x, 6), round(y, 6)) for x, y in band} for band in bands(axes))


def panels(figure: Figure) -> Iterator[tuple[str, Axes]]:
    """The title of every panel, on one line, and the panel."""
    for axes in figure.axes:
        yield " ".join(axes.get_title(loc="left").split()), axes


def test_curves_and_their_bands_and_numbers() -> None:
    frame = curves(study(3))
    figure = curves_figure(frame)
    top, below = figure.axes[:2], figure.axes[2:]
    for axes, numbers, curve in zip(top, below, HEADS, strict=True):
        for i, (scenario, rows) in enumerate(frame[frame["curve"] == curve].groupby("scenario", sort=False)):
            drawn = rows[rows["day"] >= (1 if curve == "in care" else 0)]
            assert has_line(axes, drawn["day"], 100 * drawn["mean"]), (curve, scenario)
            assert has_band(axes, drawn, 100.0), (curve, scenario)
            written = {
                float(text.get_position()[0]): text.get_text() for text in numbers.texts if text.get_position()[1] == i
            }
            known = rows.set_index("day")["number"]
            assert len(written) >= 3
            assert written == {day: f"{known[day]:,.0f}" for day in written}


def test_census_with_its_band_and_what_is_not_measured() -> None:
    of = study(2)
    frame = census(of)
    time = of.results[of.baseline].scenario.time
    window = frame.loc[frame["phase"] == "window", "day"]
    assert (window.min(), window.max()) == (time.warm_up_days, time.warm_up_days + time.recruitment_days - 1)
    for head, axes in panels(census_figure(frame, waiting(of))):
        kind, level = ("in care", head.removeprefix("in ")) if head.startswith("in ") else ("waiting", head[12:])
        of_panel = frame[(frame["kind"] == kind) & (frame["level"] == level.lower())]
        for _, rows in of_panel.groupby("scenario"):
            assert has_line(axes, rows["day"], rows["mean"])
            assert has_band(axes, rows)
        shaded = [
            (each.get_x(), each.get_x() + each.get_width()) for each in axes.patches if isinstance(each, Rectangle)
        ]
        end = time.warm_up_days + time.recruitment_days
        assert shaded == [(0, time.warm_up_days), (end, frame["day"].max() + 1)][-len(shaded) :]
        assert len(shaded) == (2 if time.warm_up_days else 1)


def test_the_band_of_a_census_is_its_interval() -> None:
    """On a day far from both ends, by hand from the daily means and deviations."""
    from scipy.stats import t

    from sim.report.pictures.census import moving

    of = study(2)
    frame = census(of).query("level == 'ward' and kind == 'in care'")
    daily = of.results["system 0"].daily.query("metric == 'census.ward'")
    rows = frame[frame["scenario"] == "system 0"]
    half = t.ppf(0.975, of.replications - 1) / np.sqrt(of.replications) * moving(daily["sd"].to_numpy())
    np.testing.assert_allclose(rows["ci_high"] - rows["mean"], half, atol=1e-9)
    np.testing.assert_allclose(rows["mean"] - rows["ci_low"], half, atol=1e-9)


def test_waits_have_the_median_at_the_circle_and_the_90th_percentile_at_the_square() -> None:
    frame = waits(study(3)).set_index(["scenario", "level", "statistic"])
    scenarios = list(study(3).results)
    for head, axes in panels(waits_figure(waits(study(3)))):
        if not head.startswith("wait for "):
            continue
        level = head.removeprefix("wait for ").removesuffix(", days").lower()
        marks = {
            (line.get_marker(), float(y[0])): float(x[0])
            for line in axes.get_lines()
            for x, y in [data(line)]
            if len(x) == 1
        }
        for i, scenario in enumerate(scenarios):
            assert marks["o", i] == pytest.approx(frame.loc[(scenario, level, "median"), "mean"])
            assert marks["s", i] == pytest.approx(frame.loc[(scenario, level, "p90"), "mean"])


def data(line: Line2D) -> tuple[np.ndarray, np.ndarray]:
    return np.atleast_1d(np.asarray(line.get_xdata(), float)), np.atleast_1d(np.asarray(line.get_ydata(), float))


def test_places_are_stacked_to_the_whole_cohort() -> None:
    frame = places(study(2))
    for (_, rows), (_, axes) in zip(frame.groupby("scenario", sort=False), panels(places_figure(frame)), strict=True):
        wide = 100 * rows.pivot(index="day", columns="place", values="mean")
        tops = wide[list(rows["place"].unique())].cumsum(axis=1)
        for place in tops:
            assert has_line(axes, tops.index, tops[place]), place
        np.testing.assert_allclose(tops.iloc[:, -1], 100.0)


def test_budget_bars_stand_on_each_other_and_add_up() -> None:
    frame = budgets(study(2))
    monthly = frame[(frame["month"] != WINDOW) & (frame["part"] == TOTAL)]
    for (_, rows), (_, axes) in zip(
        monthly.groupby("scenario", sort=False), panels(budget_figure(frame, "USD")), strict=True
    ):
        bars = [bar for bar in axes.patches if isinstance(bar, Rectangle) and bar.get_height() > 0]
        for i, (amount, low, high) in enumerate(zip(rows["amount"], rows["ci_low"], rows["ci_high"], strict=True)):
            here = sorted(
                (bar for bar in bars if abs(bar.get_x() + bar.get_width() / 2 - i) < 0.1), key=lambda b: b.get_y()
            )
            assert sum(bar.get_height() for bar in here) == pytest.approx(amount / 1000)
            ends = np.cumsum([0.0, *(bar.get_height() for bar in here)])
            np.testing.assert_allclose([bar.get_y() for bar in here], ends[:-1], atol=1e-9)
            (errors,) = [each for each in axes.collections if isinstance(each, LineCollection)]
            np.testing.assert_allclose(errors.get_segments()[i][:, 1], [low / 1000, high / 1000])


def test_a_forest_has_every_difference_with_its_interval_and_the_better_side() -> None:
    frame = differences(study(3), METRICS)
    scenarios = list(frame["scenario"].unique())
    drawn = list(panels(differences_figure(frame)))
    assert len(drawn) == len(METRICS)
    for (_, axes), (_, rows) in zip(drawn, frame.groupby("metric", sort=False), strict=True):
        factor = 100.0 if rows["unit"].iloc[0] == "share" else 1.0
        for row in rows.itertuples():
            y = scenarios.index(str(row.scenario))
            assert has_line(axes, [factor * row.ci_low, factor * row.ci_high], [y, y])  # type: ignore[operator]
            assert has_line(axes, [factor * row.difference], [y])  # type: ignore[operator]
        low, high = axes.get_xlim()
        assert low == -high
        label = axes.get_xlabel()
        better = rows["direction"].iloc[0]
        assert label.endswith("better →") is (better == "higher")
        assert label.startswith("← better") is (better == "lower")


def test_what_is_better_is_blue_and_round() -> None:
    frame = differences(study(2), METRICS)
    first = frame["metric"] == frame["metric"].iloc[0]
    for word, (colour, marker) in LOOKS.items():
        axes = differences_figure(frame[first].assign(verdict=word)).axes[0]
        (mark,) = [line for line in axes.get_lines() if len(data(line)[0]) == 1]
        assert (mark.get_color(), mark.get_marker()) == (colour, marker)
    assert LOOKS["better"] == ("#0072B2", "o")
    assert LOOKS["worse"] == ("#D55E00", "s")


def test_a_plane_has_effect_to_the_right_and_cost_above() -> None:
    of = study(3)
    points, table = plane(of), of.cost_effectiveness()
    axes = plane_figure(points, table, currency="USD").axes[0]
    for _, rows in points.groupby("strategy"):
        mean = [rows["more_effect"].mean()], [rows["more_cost"].mean()]
        assert has_line(axes, *mean)
    frontier = (
        points.groupby("strategy")[["more_effect", "more_cost"]]
        .mean()
        .loc[table.loc[table["status"] == "ND", "strategy"]]
    )
    assert has_line(axes, frontier["more_effect"], frontier["more_cost"])


def test_of_what_is_averted_less_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EFFECTS, "relapse", Effect("relapse.30_days", "relapse averted", "relapses averted"))
    of = study(2)
    raw, direction = of.costs_and_effects("relapse")
    assert direction == "lower"
    wide = raw.pivot(index="replication", columns="strategy", values="effect")
    more = plane(of, "relapse").pivot(index="replication", columns="strategy", values="more_effect")
    averted = wide["system 0"] - wide["system 1"]
    assert averted.any()
    np.testing.assert_allclose(more["system 1"], averted, atol=1e-12)


def test_gaps_have_a_mark_for_each_group_in_each_scenario() -> None:
    frame = gaps(study(3), "retention.30_days")
    for (_, rows), (_, axes) in zip(frame.groupby("by", sort=False), panels(gaps_figure(frame)), strict=True):
        marks = {round(float(data(line)[0][0]), 6) for line in axes.get_lines() if len(data(line)[0]) == 1}
        assert {round(100 * mean, 6) for mean in rows["mean"]} <= marks
        for row in rows.itertuples():
            ends = [100 * row.ci_low, 100 * row.ci_high]  # type: ignore[operator]
            assert any(len(x) == 2 and np.allclose(x, ends) for x, _ in lines(axes))


def test_a_flow_says_how_many_go_on() -> None:
    frame = flows(study(1).results["system 0"])
    ways = frame[(frame["step"] == 1) & frame["target"].isin(["ward", "iop"])]["people"].sum()
    share = 100 * ways / frame.loc[frame["step"] == 0, "people"].sum()
    title = " ".join(flow_figure({"": frame}).texts[0].get_text().split())
    said = float(title.split(", and ")[1].split(" %")[0])
    assert said == pytest.approx(share, rel=0.05)
