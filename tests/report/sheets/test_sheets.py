"""The tables of a report hold the numbers of the study, in their columns, with their signs."""

import re

import pytest
from experiment.systems import small
from report.pictures.figures import study
from support import exponential, scenario

from sim.experiment.result import Study
from sim.experiment.run import compare
from sim.outcomes import PERSPECTIVES
from sim.report.answers import groups_answer, rows_about
from sim.report.pictures.places import occupancies, occupancies_figure
from sim.report.pictures.whereabouts import places
from sim.report.sheets.evidence import (
    bare_lines,
    change_sheet,
    evidence_sheets,
    grade_sheet,
    grades,
    homes,
    widest_sheet,
)
from sim.report.sheets.groups import gap_sheet, group_differences, group_sheets
from sim.report.sheets.money import margin_sheet, payer_sheet, perspective_sheets, rates_sheet
from sim.report.sheets.outcomes import measured, outcome_sheets
from sim.report.sheets.people import census_sheet, occupancy_sheet, whereabouts_sheet
from sim.report.sheets.sheet import Amount, Sheet
from sim.report.wording import measures
from sim.scenario import load_scenario
from sim.scenario.fields import stated_numbers

METRICS = ("retention.30_days", "days_well", "wait.ward.mean", "cost.total", "cost.per_patient.society")


@pytest.fixture(scope="module")
def of() -> Study:
    return study(3)


def first_number(text: str) -> float:
    return float(re.findall(r"[-+]?[\d,]*\.?\d+", text)[0].replace(",", ""))


def column(sheet: Sheet, head: str) -> list[str]:
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
    return [row[list(sheet.heads).index(head)] for row in sheet.texts]


def values(sheet: Sheet, head: str) -> list[float]:
    cells = [row[list(sheet.heads).index(head)] for row in sheet.rows]
    return [cell.value for cell in cells if isinstance(cell, Amount)]


def test_outcomes_hold_the_numbers_of_the_study(of: Study) -> None:
    known = measured(of, METRICS)
    (sheet,) = outcome_sheets(of, known)
    summary = of.summary().set_index(["scenario", "metric"])["mean"]
    rows = rows_about(of.differences(), known)
    assert values(sheet, "system 0") == [summary["system 0", metric] * known[metric].factor for metric in known]
    for label in ("system 1", "system 2"):
        one = rows[rows["scenario"] == label]
        wanted = [
            value * known[str(metric)].factor for metric, value in zip(one["metric"], one["difference"], strict=True)
        ]
        assert values(sheet, label) == wanted
        notes = [row[list(sheet.heads).index(label)].note for row in sheet.rows]  # type: ignore[union-attr]
        assert notes == list(one["finding"])


def test_groups_have_their_own_difference_and_verdict(of: Study) -> None:
    known = measured(of, ("retention.30_days", "days_well"))
    rows = group_differences(of, known)
    sheets = list(group_sheets(of, known, rows))
    assert len(sheets) == 2
    for sheet, metric in zip(sheets, known, strict=True):
        one = rows[(rows["scenario"] == "system 1") & (rows["metric"] == metric)]
        assert column(sheet, "group") == list(one["called"])
        assert values(sheet, "system 1") == [value * known[metric].factor for value in one["difference"]]
        assert all(
            cell.split(") ")[-1].startswith(str(finding)) or str(finding) in cell
            for cell, finding in zip(column(sheet, "system 1"), one["finding"], strict=True)
        )


def test_gaps_that_change_are_told_and_that_none_does(of: Study) -> None:
    gaps = gap_sheet(of, measured(of))
    if isinstance(gaps, str):
        assert "gap" in gaps
    else:
        assert all(
            any(word in " ".join(row) for word in ("narrower", "wider", "reversed", "opened")) for row in gaps.texts
        )
    alike = compare({"a": small(), "b": small()}, 3)
    assert "does not show that none does" in str(gap_sheet(alike, measured(alike)))


def test_who_pays(of: Study) -> None:
    table = of.budget_impact("year", by=("payer",))
    sheet = payer_sheet(of)
    assert len(sheet.rows) == len(table[table["scenario"] == of.baseline])
    assert values(sheet, "system 0") == list(table.loc[table["scenario"] == "system 0", "amount"])
    assert values(sheet, "system 1") == list(table.loc[table["scenario"] == "system 1", "difference"])


def test_perspectives(of: Study) -> None:
    summary = of.summary().set_index(["scenario", "metric"])["mean"]
    of_cohort, of_system = perspective_sheets(of)
    for label in of.results:
        wanted = [summary[label, f"cost.per_patient.{perspective}"] for perspective in PERSPECTIVES]
        assert values(of_cohort, label) == wanted
        wanted = [summary[label, f"cost.system.{perspective}"] for perspective in PERSPECTIVES]
        assert values(of_system, label) == [*wanted, summary[label, "cost.idle"]]


def test_margins(of: Study) -> None:
    assert rates_sheet(of) is None
    rates = {
        "reimbursement": {"attribute": "severity", "residual_payer": "county"},
        "levels.ward.rates": {"mild": {"per_day": 90.0}},
    }
    here = small().with_overrides(rates)
    paid = compare({"now": here, "then": here.with_overrides({"levels.ward.cost_per_day": 50.0})}, 3)
    summary = paid.summary().set_index(["scenario", "metric"])["mean"]
    sheet = rates_sheet(paid)
    assert sheet is not None
    lines = {str(row[0]): row[1:] for row in sheet.rows}
    metrics = {
        "revenue": "revenue.total",
        "margin of level ward": "margin.ward.total",
        "margin of place beds": "margin.place.beds.total",
        "margin of patients of mild, without idle places": "margin.payer.mild.total",
        "uncompensated care, at cost": "uncompensated.total",
        "borne by county, who pays what is left": "cost.payer.county.total",
    }
    for words, metric in metrics.items():
        assert [cell.value for cell in lines[words]] == [summary[label, metric] for label in paid.results], words  # type: ignore[union-attr]
    by_year = margin_sheet(paid)
    whole = [row for row in by_year.rows if str(row[1]).startswith("the whole programme: ")]
    table = paid.margins("year")
    assert [row[2].value for row in whole] == list(table.loc[table["scenario"] == "now", "amount"])  # type: ignore[union-attr]
    of_system = perspective_sheets(paid)[1]
    margin = next(row for row in of_system.rows if str(row[0]).startswith("provider: margin"))
    assert margin[1].value == summary["now", "margin.total"]  # type: ignore[union-attr]


def test_people_in_care_and_waiting(of: Study) -> None:
    summary = of.summary().set_index(["scenario", "metric"])["mean"]
    sheet = census_sheet(of)
    assert len(sheet.rows) == 4
    for label in of.results:
        wanted = [summary[label, f"{kind}.{level}.mean"] for level in ("ward", "iop") for kind in ("census", "queue")]
        assert values(sheet, label) == wanted


def test_a_new_kind_of_place_is_in_the_tables_and_the_picture() -> None:
    """Two beds that open on day 50 of the 100 that are measured are one on average; the baseline has none."""
    ward = {"length_of_stay": exponential(8), "places": ["beds"]}
    base = scenario({"ward": ward}, {"beds": 4})
    both = {"ward": ward, "home": {"length_of_stay": exponential(8), "places": ["homes"]}}
    other = scenario(both, {"beds": 4, "homes": 0}, entry=[{"to": {"ward": 0.5, "home": 0.5}}])
    other = other.with_overrides({"places.homes.changes": [{"from_day": 50, "capacity": 2}]})
    study = compare({"base": base, "homes": other}, replications=3)
    frame = occupancies(study)
    rows = {row[0]: row[1:] for row in occupancy_sheet(frame).texts}
    assert rows["homes"][0] == "none"
    assert rows["homes"][1].startswith("1; ")
    assert rows["beds"][0].startswith("4; ")
    drawn = {axes.get_title(loc="left"): axes for axes in occupancies_figure(frame).axes}
    assert "none" in [text.get_text() for text in drawn["homes"].texts]


def test_a_system_without_places_has_none_to_fill() -> None:
    ward = scenario({"ward": {"length_of_stay": exponential(8)}})
    assert occupancies(compare({"a": ward, "b": ward}, replications=2)).empty


def test_where_people_are(of: Study) -> None:
    frame = places(of)
    sheet = whereabouts_sheet(frame)
    for label in of.results:
        known = frame[(frame["day"] == 30) & (frame["scenario"] == label)]
        on_day = [row for row in sheet.rows if row[0] == "30"]
        at = list(sheet.heads).index(label)
        assert [row[at].value for row in on_day] == list(100 * known["mean"])  # type: ignore[union-attr]


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
    rows = {row[0]: row for sheet in evidence_sheets(arms) for row in sheet.texts}
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
