"""Tables for the terminal: what a number, an interval and a verdict look like, and which metrics are shown."""

import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import exponential, scenario

import sim
from sim.outcomes import HEADLINE
from sim.report.render.csv import csv_text
from sim.report.render.terminal import sheet_lines
from sim.report.sheets.numbers import interval, number, with_limits
from sim.report.sheets.outcomes import choose_metrics, headline_sheet, measured, outcome_sheets
from sim.report.sheets.sheet import Amount, Column, Sheet, figures, words
from sim.report.wording import measures
from sim.scenario import Scenario

NAN = math.nan


def ward(**places: int) -> Scenario:
    return scenario(
        {"ward": {"places": ["beds"], "length_of_stay": exponential(8), "patience": exponential(5)}},
        places or {"beds": 4},
    )


def lines(sheet: Sheet | str) -> list[str]:
    assert isinstance(sheet, Sheet)
    return list(sheet_lines(sheet))


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
    assert words[0] == "visits to an emergency department a person within 2 years, crisis"
    assert words[3] == "share who visit an emergency department within 1 year, crisis, %"


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


def compared(replications: int = 8, **arms: int) -> sim.Study:
    return sim.compare({label: ward(beds=beds) for label, beds in arms.items()}, replications=replications)


def outcomes(study: sim.Study, *metrics: str, every_pair: bool = False) -> list[Sheet]:
    return list(outcome_sheets(study, measured(study, metrics), every_pair, names=True))


def test_one_scenario_is_one_line_a_metric() -> None:
    study = sim.Study({"": sim.run(ward(), replications=3)})
    (sheet,) = outcomes(study, "arrivals", "occupancy.beds")
    assert sheet.heads == ("outcome", "metric", "mean (95 % interval)")
    assert [row[1] for row in sheet.rows] == ["arrivals", "occupancy.beds"]
    (row,) = study.summary().query("metric == 'occupancy.beds'").to_dict("records")
    cell = sheet.rows[1][2]
    assert isinstance(cell, Amount)
    assert cell[:3] == (100 * row["mean"], 100 * row["ci_low"], 100 * row["ci_high"])


def test_scenarios_stand_beside_one_another_and_the_baseline_once() -> None:
    study = compared(base=4, more=10, fewer=1)
    (sheet,) = outcomes(study, "admitted", "occupancy.beds")
    assert sheet.heads == ("outcome", "metric", "base", "more", "fewer")
    admitted = dict(zip(sheet.heads, sheet.texts[0], strict=True))
    assert re.fullmatch(r"[\d.]+", admitted["base"])
    assert re.fullmatch(r"\+[\d.]+ \(\+[\d.]+ to \+[\d.]+\) better", admitted["more"])
    assert admitted["fewer"].endswith(" worse")
    assert "allowed for (Holm)" in " ".join(sheet.note.split())


def test_every_pair_has_a_table_a_baseline() -> None:
    sheets = outcomes(compared(base=4, more=10, fewer=1), "admitted", every_pair=True)
    assert [sheet.heads[2:] for sheet in sheets] == [("base", "more", "fewer"), ("more", "fewer")]
    assert sheets[1].title == "All main outcomes against more"


def test_what_only_some_scenarios_have_is_told_without_a_sign() -> None:
    level = {"places": ["homes"], "length_of_stay": exponential(8)}
    homes = ward(beds=4, homes=3).with_overrides({"levels.home": level, "entry": [{"to": {"ward": 0.5, "home": 0.5}}]})
    (sheet,) = outcomes(sim.compare({"base": ward(), "homes": homes}, replications=3), "admitted", "occupancy.homes")
    cells = dict(zip(sheet.heads, sheet.texts[1], strict=True))
    assert cells["base"] == "none"
    assert cells["homes"][0].isdigit()


def test_what_is_said_does_not_depend_on_what_is_shown() -> None:
    study = compared(base=4, more=10)
    (some,), (more,) = outcomes(study, "admitted"), outcomes(study, "admitted", "occupancy.beds", "reneged")
    assert some.texts[0] in more.texts


def test_one_replication_is_too_few_for_a_verdict() -> None:
    (sheet,) = outcomes(compared(1, base=4, more=8), "admitted")
    assert sheet.texts[0][-1].endswith("too few replications")


def test_a_number_in_some_futures_alone_says_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    study = compared(base=4, more=10)
    frames = {name: getattr(study, name)() for name in ("summary", "differences")}
    for name, frame in frames.items():
        frame.loc[frame["metric"] == "occupancy.beds", "replications"] = 5
        monkeypatch.setattr(sim.Study, name, lambda *_, frame=frame: frame)
    (sheet,) = outcomes(study, "admitted", "occupancy.beds")
    assert sheet.texts[1][2].endswith(" (in 5 of 8 futures)")
    assert sheet.texts[1][3].endswith(" (in 5 of 8 futures)")
    assert "futures" not in " ".join(sheet.texts[0])


def test_names_with_brackets_are_shown_as_they_are() -> None:
    (sheet,) = outcomes(compared(**{"base": 4, "more [bold]beds[/bold]": 8}), "admitted")
    assert "more [bold]beds[/bold]" in lines(sheet)[1]


def test_what_a_decision_looks_at_first_is_short() -> None:
    sheet = headline_sheet(compared(base=4, more=10))
    assert 5 <= len(sheet.rows) <= 20
    assert sheet.rows[0][0].startswith("share of all requests")  # type: ignore[union-attr]


WIDE = Sheet(
    "A table",
    [*words("what it is, in many words"), Column("spare", "", "number", True), *figures("first", "second")],
    [("a row of words that may be wrapped", "1", Amount(12.0, 11.0, 13.0), Amount(447_000.0, note="better"))],
)


def test_a_table_in_a_pipe_is_whole_and_on_a_screen_fits() -> None:
    title, _, row = sheet_lines(WIDE)
    assert title == "A table"
    assert row == "a row of words that may be wrapped      1  12.0 (11.0 to 13.0)  447,000 better"
    fitted = list(sheet_lines(WIDE, 60))
    assert max(map(len, fitted)) <= 60
    assert "spare" not in " ".join(fitted)
    assert "12.0 (11.0 to 13.0)" in " ".join(fitted)
    short = list(sheet_lines(WIDE, 45, short=True))
    assert max(map(len, short)) <= 45
    assert "11.0" not in " ".join(short)
    row_by_row = list(sheet_lines(WIDE, 20))
    assert row_by_row[-1].strip().endswith("447,000 better")


def test_a_number_that_bears_little_is_told_with_few_figures() -> None:
    """Nothing is told to four decimals because it happens to be small."""
    shown: dict[Any, str] = {
        Amount(27.9980, 27.1, 28.9): "28.0 (27.1 to 28.9)",
        Amount(3.26294, 3.1, 3.4, bare=True): "3.26",
        Amount(6.48, 5.6, 7.4, "days", sign=True, note="better", more="p 0.01"): (
            "+6.5 days (+5.6 to +7.4) better (p 0.01)"
        ),
        Amount(NAN, note="undefined"): "undefined",
    }
    assert {amount: str(amount) for amount in shown} == shown


def test_a_table_as_csv_has_its_numbers_in_full() -> None:
    text = csv_text(WIDE)
    assert text.splitlines()[0] == '"what it is, in many words",spare,first,first: low,first: high,first: note,second'
    assert text.splitlines()[1] == "a row of words that may be wrapped,1,12.0,11.0,13.0,,447000.0"
    risky = Sheet("", words("a"), [("=cmd()",)])
    assert csv_text(risky) == "a\n'=cmd()\n"
