"""The tables of a report hold the numbers of the study, in their columns, with their signs."""

import re

import pandas as pd
import pytest
from experiment.systems import small
from report.figures import study
from support import exponential, scenario

from sim.experiment.result import Study
from sim.experiment.run import compare
from sim.outcomes import PERSPECTIVES
from sim.report.answers import groups_answer, rows_about
from sim.report.economics import margin_table
from sim.report.page_evidence import (
    bare_lines,
    change_sheet,
    evidence_sheets,
    grade_sheet,
    grades,
    homes,
    widest_sheet,
)
from sim.report.page_parts import Sheet
from sim.report.page_tables import (
    budget_sheet,
    census_sheet,
    cost_effectiveness_sheet,
    difference_sheet,
    group_differences,
    group_sheet,
    lone_sheet,
    margin_sheets,
    net_benefit_sheet,
    occupancy_sheet,
    perspective_sheets,
    places_sheet,
    summary_sheet,
)
from sim.report.plot_places import occupancies, occupancies_figure
from sim.report.plot_whereabouts import places
from sim.report.tables import lone_table
from sim.report.wording import measures
from sim.scenario import load_scenario
from sim.scenario.fields import stated_numbers

METRICS = ("retention.30_days", "days_well", "wait.ward.mean", "cost.total", "cost.per_patient.society")


@pytest.fixture(scope="module")
def of() -> Study:
    return study(3)


def first_number(text: str) -> float:
    return float(re.findall(r"[-+]?[\d,]*\.?\d+", text)[0].replace(",", ""))


def close(text: str, value: float) -> bool:
    """Whether a text begins with this number, as far as it is rounded."""
    number = re.findall(r"[-+]?[\d,]*\.?\d+", text)[0]
    decimals = len(number.partition(".")[2])
    zeros = len(number) - len(number.rstrip("0")) if "." not in number else 0
    return abs(first_number(text) - value) <= 0.5 * 10.0 ** (zeros - decimals) + 1e-9


def column(sheet: Sheet, head: str) -> list[str]:
    assert all(len(row) == len(sheet.heads) for row in sheet.rows)
    return [row[list(sheet.heads).index(head)] for row in sheet.rows]


def test_differences(of: Study) -> None:
    known = measures([result.scenario for result in of.results.values()], METRICS)
    rows = rows_about(of.differences(), known)
    one = rows[rows["scenario"] == "system 1"]
    sheet = difference_sheet(one, known)
    factors = [known[metric].factor for metric in one["metric"]]
    for head, name in (("system 0", "baseline"), ("system 1", "mean"), ("difference", "difference")):
        wanted = [value * factor for value, factor in zip(one[name], factors, strict=True)]
        assert all(map(close, column(sheet, head), wanted)), head
    ends = [text.split(" to ") for text in column(sheet, "95 % interval")]
    for (low, high), row, factor in zip(ends, one.itertuples(), factors, strict=True):
        assert close(low, row.ci_low * factor)  # type: ignore[operator]
        assert close(high, row.ci_high * factor)  # type: ignore[operator]
    assert column(sheet, "finding") == list(one["verdict"])


def test_one_scenario(of: Study) -> None:
    known = measures([of.results["system 0"].scenario], METRICS)
    summary = of.results["system 0"].summary().set_index("metric")
    sheet = summary_sheet(summary.reset_index(), known, 4)
    wanted = [summary["mean"][metric] * known[metric].factor for metric in summary.index if metric in known]
    assert all(map(close, column(sheet, "mean"), wanted))


def test_a_mean_of_some_futures_alone_says_of_how_many(of: Study) -> None:
    known = measures([result.scenario for result in of.results.values()], ["days_well", "wait.ward.mean"])
    words = known["wait.ward.mean"].head
    summary = of.results["system 0"].summary()
    summary.loc[summary["metric"] == "wait.ward.mean", "replications"] = 2
    assert column(summary_sheet(summary, known, 4), "outcome") == [
        f"{words} (in 2 of 4 futures)",
        known["days_well"].head,
    ]
    rows = rows_about(of.differences(), known)
    rows.loc[rows["metric"] == "wait.ward.mean", "replications"] = 1
    one = difference_sheet(rows[rows["scenario"] == "system 1"], known)
    assert column(one, "outcome") == [known["days_well"].head, f"{words} (in 1 of 4 futures)"]


def test_groups_have_their_own_difference_and_verdict(of: Study) -> None:
    known = measures([result.scenario for result in of.results.values()], ("retention.30_days", "days_well"))
    rows = group_differences(of, known)
    one = rows[rows["scenario"] == "system 1"].reset_index(drop=True)
    words = ["better", "worse", "no difference found"]
    one = one.assign(finding=[words[i % 3] for i in range(len(one))])
    sheet = group_sheet(one, known)
    for row in one.itertuples():
        line = next(line for line in sheet.rows if line[0] == row.called)
        cell = line[list(sheet.heads).index(known[str(row.metric)].words)]
        assert cell.endswith(str(row.finding))
        assert close(cell, row.difference * known[str(row.metric)].factor)  # type: ignore[operator]


@pytest.mark.parametrize("by", ["", "spent on", "payer"])
def test_budget(of: Study, by: str) -> None:
    table = of.spending() if by == "spent on" else of.budget_impact("year", by=(by,) if by else ())
    sheet = budget_sheet(table, by, "Budget", of)
    assert len(sheet.rows) == len(table)
    assert all(map(close, column(sheet, "budget, USD"), table["amount"]))
    for said, value in zip(column(sheet, "difference"), table["difference"], strict=True):
        assert said == "" if pd.isna(value) else close(said, value)
    assert column(sheet, "scenario") == list(table["scenario"])


def test_perspectives(of: Study) -> None:
    summary = of.summary().set_index(["scenario", "metric"])["mean"]
    of_cohort, of_system = perspective_sheets(of.summary(), of)
    for label in of.results:
        wanted = [summary[label, f"cost.per_patient.{perspective}"] for perspective in PERSPECTIVES]
        assert all(map(close, column(of_cohort, label), wanted))
        wanted = [summary[label, f"cost.system.{perspective}"] for perspective in PERSPECTIVES]
        assert all(map(close, column(of_system, label), [*wanted, summary[label, "cost.idle"]]))


def test_margins(of: Study) -> None:
    assert margin_sheets(of.summary(), of) == []
    rates = {
        "reimbursement": {"attribute": "severity", "residual_payer": "county"},
        "levels.ward.rates": {"mild": {"per_day": 90.0}},
    }
    here = small().with_overrides(rates)
    paid = compare({"now": here, "then": here.with_overrides({"levels.ward.cost_per_day": 50.0})}, 3)
    summary = paid.summary().set_index(["scenario", "metric"])["mean"]
    (sheet,) = margin_sheets(paid.summary(), paid)
    lines = {row[0]: row[1:] for row in sheet.rows}
    said = {
        "revenue": "revenue.total",
        "margin of level ward": "margin.ward.total",
        "margin of place beds": "margin.place.beds.total",
        "margin of patients of mild, without idle places": "margin.payer.mild.total",
        "uncompensated care, at cost": "uncompensated.total",
        "borne by county, who pays what is left": "cost.payer.county.total",
    }
    for words, metric in said.items():
        for cell, label in zip(lines[words], paid.results, strict=True):
            assert close(cell, summary[label, metric]), words
    by_year = budget_sheet(paid.margins("year"), "measure", "Margin", paid)
    assert column(by_year, "measure") == [each for each in ("revenue", "budget", "margin") for _ in range(2)]
    shown = margin_table(pd.concat([paid.margins("year", ("level",)), paid.margins()]), "USD")
    assert shown.row_count == len(paid.margins("year", ("level",))) + 6
    of_system = perspective_sheets(paid.summary(), paid)[1]
    assert any(
        row[0].startswith("provider: margin") and close(row[1], summary["now", "margin.total"])
        for row in of_system.rows
    )


def test_cost_effectiveness(of: Study) -> None:
    table = of.cost_effectiveness()
    sheet = cost_effectiveness_sheet(table, "qaly", "society", "USD")
    assert column(sheet, "scenario") == list(table["strategy"])
    for head, name in (
        ("cost, USD", "cost"),
        ("QALYs", "effect"),
        ("more cost", "incremental_cost"),
        ("more effect", "incremental_effect"),
    ):
        for said, value in zip(column(sheet, head), table[name], strict=True):
            assert said == "" if pd.isna(value) else close(said, value), head
    assert [word.startswith("on the frontier") for word in column(sheet, "standing, on the means")] == list(
        table["status"] == "ND"
    )


def test_net_benefit(of: Study) -> None:
    table = of.net_benefit()
    sheet = net_benefit_sheet(table, of.baseline, "USD", "society")
    rows = table[table["strategy"] != of.baseline].sort_values("threshold", kind="stable")
    assert all(map(close, column(sheet, "more net benefit"), rows["difference"]))


def test_people_in_care_and_waiting(of: Study) -> None:
    summary = of.summary().set_index(["scenario", "metric"])["mean"]
    sheet = census_sheet(of)
    assert [row[0] for row in sheet.rows] == ["in ward", "waiting for ward", "in iop", "waiting for iop"] or len(
        sheet.rows
    ) == 4
    for label in of.results:
        wanted = [summary[label, f"{kind}.{level}.mean"] for level in ("ward", "iop") for kind in ("census", "queue")]
        assert all(map(close, column(sheet, label), wanted))


def test_a_new_kind_of_place_is_in_the_tables_and_the_picture() -> None:
    """Two beds that open on day 50 of the 100 that are measured are one on average; the baseline has none."""
    ward = {"length_of_stay": exponential(8), "places": ["beds"]}
    base = scenario({"ward": ward}, {"beds": 4})
    both = {"ward": ward, "home": {"length_of_stay": exponential(8), "places": ["homes"]}}
    other = scenario(both, {"beds": 4, "homes": 0}, entry=[{"to": {"ward": 0.5, "home": 0.5}}])
    other = other.with_overrides({"places.homes.changes": [{"from_day": 50, "capacity": 2}]})
    study = compare({"base": base, "homes": other}, replications=3)
    summary = study.summary().set_index(["scenario", "metric"])["mean"]
    frame = occupancies(study)
    sheet = occupancy_sheet(frame)
    rows = {row[0]: row[1:] for row in sheet.rows}
    assert rows["homes"][0] == "none"
    assert rows["homes"][1].startswith("1; ")
    assert close(rows["homes"][1].split("; ")[1], 100 * summary["homes", "occupancy.homes"])
    assert close(rows["beds"][0].split("; ")[1], 100 * summary["base", "occupancy.beds"])
    drawn = {axes.get_title(loc="left"): axes for axes in occupancies_figure(frame).axes}
    assert "none" in [text.get_text() for text in drawn["homes"].texts]
    known = measures([base, other], ["occupancy.beds", "occupancy.homes", "days_well"])
    lone = lone_sheet(study.summary(), known, list(study.results))
    assert lone is not None
    assert [row[0] for row in lone.rows] == ["share of homes in use, %"]
    assert lone.rows[0][1] == ""
    assert lone_sheet(study.summary(), {"days_well": known["days_well"]}, list(study.results)) is None
    table = lone_table(study.summary(), list(known))
    assert table is not None
    assert list(table.columns[0].cells) == ["occupancy.homes"]


def test_a_system_without_places_has_none_to_fill() -> None:
    ward = scenario({"ward": {"length_of_stay": exponential(8)}})
    assert occupancies(compare({"a": ward, "b": ward}, replications=2)).empty


def test_where_people_are(of: Study) -> None:
    frame = places(of)
    sheet = places_sheet(frame)
    (day,) = [head for head in sheet.heads if head == "day 30"]
    known = frame[frame["day"] == 30]
    assert all(map(close, column(sheet, day), 100 * known["mean"]))
    assert column(sheet, "scenario") == list(known["scenario"])


def test_changes_have_what_was_before_first() -> None:
    base = load_scenario("hybrid")
    changed = base.with_overrides({"places.iop_seats.capacity": 41})
    sheet = change_sheet("now", "then", {"now": base, "then": changed})
    assert sheet is not None
    assert sheet.heads == ("input", "now", "then")
    assert sheet.rows == [("places.iop_seats.capacity", str(base.places["iop_seats"].capacity), "41")]
    assert sheet.note == "Seats in intensive outpatient groups 36 -> 41."
    assert change_sheet("now", "then", {"now": base, "then": base}) is None


def test_what_is_inherited_says_from_where_and_what_is_changed_has_no_source() -> None:
    """Their 28 beds are not the size of our illustrative programme."""
    changes = {"places": {"residential_beds": {"capacity": 28}}, "levels": {"residential": {"cost_per_day": 300.0}}}
    arms = {"today": load_scenario("base"), "ours": load_scenario({"extends": "base", **changes})}
    rows = {row[0]: row for sheet in evidence_sheets(arms) for row in sheet.rows}
    beds, seats = rows["places.residential_beds.capacity"], rows["places.iop_seats.capacity"]
    assert (beds[1], beds[2]) == ("40", "today")
    assert (seats[2], seats[3]) == ("all", "base: size of this illustrative programme")
    assert bare_lines(arms) == [
        "In ours 2 numbers have no evidence card: levels.residential.cost_per_day and places.residential_beds.capacity."
    ]
    count = len(stated_numbers(arms["today"]))
    assert homes(arms["today"]) == f"{count} have an evidence card"
    assert homes(arms["ours"]).startswith(f"{count - 2} have the evidence card of base and 2 have none: levels.resid")


def test_grades_are_counted_and_the_widest_come_first() -> None:
    base = load_scenario("hybrid")
    counts = grades(base)
    assert min(counts[grade] for grade in ("published", "estimated", "assumption", "choice")) > 5
    assert counts["published"] < sum(counts.values()) / 2
    sheet = grade_sheet({"now": base})
    *known, total, inherited = sheet.rows
    assert sorted(int(row[1]) for row in known) == sorted(counts.values())
    assert int(total[1]) == sum(counts.values())
    assert inherited == ("Of these with the evidence card of base", str(sum(counts.values())))
    widest = widest_sheet({"now": base})
    assert widest is not None
    widths = [first_number(text) for text in column(widest, "width beside the value")]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 100


def test_what_a_changed_input_defines_is_neither_better_nor_worse_for_any_group() -> None:
    """Longer plans are more days in care: of everybody, and of each group."""
    longer = {"levels.ward.length_of_stay": {"distribution": "fixed", "value": 60.0}}
    today = small().with_overrides({"places.beds.capacity": 60})
    arms = {"today": today, "longer": today.with_overrides(longer)}
    compared = compare(arms, replications=6, seed=2)
    rows = group_differences(compared, measures(list(arms.values()), ["retention.30_days"]))
    assert set(rows["defined_by"]) == {"length_of_stay"}
    assert "higher" in set(rows["verdict"])
    assert not {"better", "worse"} & set(rows["verdict"])
    sentences = groups_answer(rows.assign(group=rows["called"]), measures(list(arms.values()), ["retention.30_days"]))
    assert "by definition of length_of_stay" in " ".join(sentences)
