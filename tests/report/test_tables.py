"""Tables for the terminal: what a number, an interval and a verdict look like, and which metrics are shown."""

import math
from io import StringIO

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from support import exponential, scenario

import sim
from sim.outcomes import HEADLINE
from sim.report.tables import (
    choose_metrics,
    difference_tables,
    interval,
    number,
    p_text,
    summary_table,
    with_limits,
)
from sim.report.wording import measures
from sim.scenario import Scenario

NAN = math.nan


def ward(**places: int) -> Scenario:
    return scenario(
        {"ward": {"places": ["beds"], "length_of_stay": exponential(8), "patience": exponential(5)}},
        places or {"beds": 4},
    )


def lines(table: Table) -> list[str]:
    page = StringIO()
    Console(width=200, file=page, highlight=False).print(table)
    return [line.rstrip() for line in page.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.5, "0.5"),
        (12.3456, "12.35"),
        (0.123456, "0.1235"),
        (0.00123456, "0.001235"),
        (1234.5, "1,234"),
        (1234567.8, "1,234,568"),
        (99.999, "100"),
        (-3.14159, "-3.142"),
        (1e-9, "0"),
        (-1e-9, "0"),
        (NAN, ""),
        (math.inf, "infinite"),
        (-math.inf, "-infinite"),
    ],
)
def test_a_number_has_four_figures_and_no_idle_zeros(value: float, text: str) -> None:
    assert number(value) == text


def test_a_signed_number_shows_plus() -> None:
    assert number(12.3456, sign=True) == "+12.35"
    assert number(-12.3456, sign=True) == "-12.35"
    assert number(0.0, sign=True) == "0"
    assert number(1e-9, sign=True) == "0"


def test_a_whole_number_keeps_its_zeros() -> None:
    assert number(100.0) == "100"
    assert number(1_200_000.0) == "1,200,000"


def test_an_interval_has_two_ends_or_nothing() -> None:
    assert interval(1.0, 2.5) == "1.0 to 2.5"
    assert interval(-1.0, 2.5, sign=True) == "-1.0 to +2.5"
    assert interval(NAN, NAN) == ""
    assert interval(70.0, 70.0, sign=True) == "+70 to +70"
    assert interval(-math.inf, 3.0) == "-infinite to 3"


@pytest.mark.parametrize(
    ("value", "half", "texts"),
    [
        (100.0, 0.5, ("+100.0", "+99.5 to +100.5")),
        (6.4812, 0.9, ("+6.5", "+5.6 to +7.4")),
        (0.00345, 0.00045, ("+0.00345", "+0.00300 to +0.00390")),
        (422.4, 34.2, ("+422", "+388 to +457")),
        (5_611_073.0, 22_863.0, ("+5,611,000", "+5,588,000 to +5,634,000")),
        (-0.04, 0.9, ("0.0", "-0.9 to +0.9")),
        (-72_000.0, 3e-11, ("-72,000", "-72,000 to -72,000")),
        # A wait of a tenth of a millisecond is none.
        (1.4e-9, 3e-9, ("0", "0 to 0")),
        (12.3456, NAN, ("+12.35", "")),
    ],
)
def test_a_value_and_its_interval_have_the_decimals_that_the_interval_bears(
    value: float, half: float, texts: tuple[str, str]
) -> None:
    assert with_limits(value, value - half, value + half, sign=True) == texts


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.floats(-1e4, 1e4), st.floats(1e-4, 1e6))
def test_no_end_is_rounded_by_more_than_a_tenth_of_the_half_width(value: float, half: float) -> None:
    _, text = with_limits(value, value - half, value + half)
    low, high = (float(end.replace(",", "")) for end in text.split(" to "))
    assert abs(low - (value - half)) <= 0.1 * half + 1e-9
    assert abs(high - (value + half)) <= 0.1 * half + 1e-9


@pytest.mark.parametrize(
    ("p", "text"), [(NAN, ""), (0.0, "<0.001"), (0.000999, "<0.001"), (0.001, "0.001"), (1, "1.000")]
)
def test_a_p_value_is_never_shown_as_zero(p: float, text: str) -> None:
    assert p_text(p) == text


def test_the_main_metrics_are_shown_unless_others_are_asked_for() -> None:
    system = ward()
    chosen = choose_metrics(None, [system])
    assert {"arrivals", "admitted", "wait.ward.mean", "occupancy.beds", "cost.total"} <= set(chosen)
    assert len(chosen) < len(sim.metric_table(system))
    assert choose_metrics([], [system]) == chosen
    assert HEADLINE


def test_emergency_visits_are_among_what_is_shown_after_a_year_as_well() -> None:
    time = {"recruitment_days": 100, "follow_up_days": 730}
    level = {"length_of_stay": exponential(8)}
    system = scenario({"ward": level}, time=time, emergencies={"crisis": {"unwell": 1.0}})
    shown = ["emergency.crisis.visits", "emergency.crisis.share"]
    chosen = [name for name in choose_metrics(None, [system]) if name.startswith("emergency.")]
    assert chosen == [*shown, *(f"{name}.year_1" for name in shown)]
    words = [measure.head for measure in measures([system], chosen).values()]
    assert words[0] == "visits to an emergency department a person, crisis"
    assert words[3] == "share who visit an emergency department, crisis within 1 year, %"


def test_metrics_are_chosen_by_pattern_in_the_order_of_the_registry() -> None:
    system = ward()
    known = sim.metric_table(system)["metric"].tolist()
    assert choose_metrics(["cost.total", "arrivals"], [system]) == ["arrivals", "cost.total"]
    assert choose_metrics(["cost.*"], [system]) == [name for name in known if name.startswith("cost.")]
    assert choose_metrics(["*"], [system]) == known


def test_a_metric_of_any_of_the_scenarios_may_be_chosen() -> None:
    other = scenario({"clinic": {"length_of_stay": exponential(8)}})
    assert choose_metrics(["wait.clinic.mean", "wait.ward.mean"], [ward(), other]) == [
        "wait.ward.mean",
        "wait.clinic.mean",
    ]


def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        ValueError, match=r"no metric 'cost.totl'; did you mean cost.total.*\(all of them: stepdown metrics"
    ):
        choose_metrics(["arrivals", "cost.totl"], [ward()])
    with pytest.raises(ValueError, match="no metric 'zzzz' "):
        choose_metrics(["zzzz"], [ward()])


def test_a_summary_is_one_line_a_metric() -> None:
    summary = pd.DataFrame(
        {
            "metric": ["arrivals", "hidden", "cost.total"],
            "unit": ["people", "share", "USD"],
            "mean": [102.25, 1.0, 1234567.8],
            "ci_low": [99.5, 1.0, NAN],
            "ci_high": [105.0, 1.0, NAN],
            "replications": [9, 9, 9],
        }
    )
    shown = lines(summary_table(summary, ["arrivals", "cost.total"]))
    assert [line.split() for line in shown if line] == [
        ["metric", "unit", "mean", "95", "%", "interval"],
        ["arrivals", "people", "102.2", "99.5", "to", "105.0"],
        ["cost.total", "USD", "1,234,568"],
    ]


def test_a_mean_of_some_futures_alone_says_of_how_many() -> None:
    """Break-even occupancy is of futures in which there is one; what is in all of them, or in none, needs no word."""
    metrics = ["arrivals", "break_even.beds.occupancy", "margin.share"]
    summary = pd.DataFrame({"metric": metrics, "unit": "share", "mean": [9.0, 0.88, NAN], "ci_low": 0.1})
    summary = summary.assign(ci_high=1.6, replications=[12, 10, 0])
    shown = {line.split()[0]: line for line in lines(summary_table(summary, metrics)) if line}
    assert shown["break_even.beds.occupancy"].endswith("in 10 of 12 futures")
    assert "futures" not in shown["arrivals"] + shown["margin.share"]
    # Of differences, it is in so many pairs.
    frame = differences(base=4, more=10)
    frame.loc[frame["metric"] == "occupancy.beds", "replications"] = 5
    (table,) = difference_tables(frame, ward(), ["admitted", "occupancy.beds"])
    assert lines(table)[-1].endswith(", in 5 of 8 futures")
    assert "futures" not in lines(table)[-2]


def differences(**arms: int) -> pd.DataFrame:
    scenarios = {label: ward(beds=beds) for label, beds in arms.items()}
    return sim.compare(scenarios, replications=8).differences()


def test_differences_have_a_table_for_each_scenario() -> None:
    tables = list(difference_tables(differences(base=4, more=10, fewer=1), ward(), ["admitted", "occupancy.beds"]))
    assert len(tables) == 2
    for table, label in zip(tables, ("more", "fewer"), strict=True):
        shown = lines(table)
        assert shown[0] == f"{label} against base, paired by replication"
        assert [line.split()[0] for line in shown[2:]] == ["admitted", "occupancy.beds"]
    words = [line for table in tables for line in lines(table)]
    assert any(line.endswith("better") for line in words if line.startswith("admitted"))
    assert any(line.endswith("worse") for line in words if line.startswith("admitted"))


def test_what_is_said_does_not_depend_on_what_is_shown() -> None:
    frame = differences(base=4, more=10)
    (some,) = difference_tables(frame, ward(), ["admitted"])
    (more,) = difference_tables(frame, ward(), ["admitted", "occupancy.beds", "reneged"])
    assert lines(some)[-1].split() in [line.split() for line in lines(more)]


def test_one_replication_is_too_few_for_a_verdict() -> None:
    scenarios = {"base": ward(beds=4), "more": ward(beds=8)}
    table = sim.compare(scenarios, replications=1).differences()
    (shown,) = difference_tables(table, ward(), ["admitted"])
    assert lines(shown)[-1].endswith("too few replications")


def test_labels_with_brackets_are_shown_as_they_are() -> None:
    (table,) = difference_tables(differences(**{"base": 4, "more [bold]beds[/bold]": 8}), ward(), ["admitted"])
    assert lines(table)[0].startswith("more [bold]beds[/bold] against")
