"""Why a metric differs, for the terminal: one table a split, each with its total, and nothing lost in between."""

import pandas as pd
import pytest
from experiment.systems import small
from report.sheets.test_tables import lines
from support import briefly

from sim.experiment.explanation import Explanation, explain
from sim.report.sheets.explanation import explanation_sheets
from sim.report.sheets.numbers import number


def words(line: str) -> str:
    return " ".join(line.split())


def arm(*rows: tuple[object, ...]) -> pd.DataFrame:
    """patient, level, reason, value, severity, path; in replications 0 and 1 alike."""
    columns = ["patient", "level", "reason", "value", "severity", "path"]
    return pd.concat([pd.DataFrame(rows, columns=columns).assign(replication=number) for number in (0, 1)])


def told(labels: tuple[str, str] = ("today", "linked"), metric: str = "days_well") -> Explanation:
    """Two patients. The first has ten more days well, in IOP; the second two fewer outside care."""
    never = ("outside care", "not yet in care")
    before = arm(
        (0, "ward", "in care", 10.0, "mild", "ward (completed)"),
        (1, *never, 6.0, "severe", "never admitted"),
    )
    after = arm(
        (0, "ward", "in care", 10.0, "mild", "ward (completed) > iop (completed)"),
        (0, "iop", "in care", 10.0, "mild", "ward (completed) > iop (completed)"),
        (1, *never, 4.0, "severe", "never admitted"),
    )
    people = tuple(
        each.assign(value=each["value"] * 2).groupby(["replication", "patient", "path"])["value"].sum().reset_index()
        for each in (before, after)
    )
    return Explanation(metric, labels, ("severity",), before, after, (people[0], people[1]))


def test_parts_by_hand() -> None:
    level, reason, severity, paths = (lines(table) for table in explanation_sheets(told(), small()))
    assert level[0] == "days abstinent a person within 40 days (days) by level: linked minus today"
    assert words(level[1]) == "level today linked difference 95 % interval share"
    assert [words(line) for line in level[2:] if line] == [
        "iop 0 10 +10 +10 to +10 125.0 %",
        "outside care 6 4 -2 -2 to -2 -25.0 %",
        "ward 10 10 0 0 to 0 0.0 %",
        "total 16 24 +8 +8 to +8 100.0 %",
    ]
    assert reason[0] == "days abstinent a person within 40 days (days) by reason: linked minus today"
    assert [words(line).split(" +")[0] for line in reason[2:] if line] == [
        *("in care 10 20", "not yet in care 6 4 -2 -2 to -2 -25.0 %", "total 16 24"),
    ]
    assert severity[0] == "days abstinent a person within 40 days (days) by severity: linked minus today"
    assert [words(line).split()[0] for line in severity[2:] if line] == ["mild", "severe", "total"]
    assert paths[0] == "Who took another path (mean over replications), and what that adds to the difference"
    assert words(paths[1]) == "after from to patients days each adds"
    assert [words(line) for line in paths[2:] if line] == [
        "ward (completed) no more care iop 1.0 +20 +10",
        "same path 1.0 -4 -2",
        "total 2.0 +8 +8",
    ]


def test_tables_of_shipped_scenarios_fit_120_columns_and_are_in_words() -> None:
    first, second = briefly("residential_only"), briefly("hybrid")
    found = explain(first, second, "days_well", 2, labels=(first.name, second.name))
    tables = [lines(table) for table in explanation_sheets(found, first, second)]
    assert max(len(line) for table in tables for line in table) <= 120
    assert not any("_" in line for table in tables for line in table), "a key where people read"
    assert any(words(line).startswith("Residential (completed) no more care Outpatient ") for line in tables[-1])


def test_whole_paths_and_only_some_of_them() -> None:
    *_, paths = explanation_sheets(told(), small(), whole_paths=True)
    assert any("ward (completed) iop (completed)" in words(line) for line in lines(paths))
    *_, none = explanation_sheets(told(), small(), most=0)
    assert any(line.startswith("all other changes") for line in lines(none))


def test_labels_with_brackets_are_shown_as_they_are() -> None:
    labels = ("base [v1]", "now [bold]twice[/b]")
    shown = [lines(table) for table in explanation_sheets(told(labels), small())]
    assert shown[0][0] == f"days abstinent a person within 40 days (days) by level: {labels[1]} minus {labels[0]}"
    for table in shown[:-1]:
        for label in labels:
            assert label in table[1]


def test_people_of_one_arm_only_are_named_by_its_label() -> None:
    more = small(arrivals={"per_day": 1.5})
    found = explain(small(), more, "days_well", 2, labels=("today", "with [more] demand"))
    *_, paths = explanation_sheets(found, small())
    assert any(line.startswith("asked only in with [more] demand") for line in lines(paths))


@pytest.mark.parametrize("metric", ["days_well", "cost.per_patient.society", "relapse.30_days"])
def test_of_two_scenarios(metric: str) -> None:
    found = explain(small(), small().with_overrides({"places.beds.capacity": 8}), metric, 3)
    shown = [lines(table) for table in explanation_sheets(found, small(), most=4)]
    assert len(shown) == 2 + len(found.attributes) + 1
    totals = [next(words(line) for line in table if line.startswith("total")) for table in shown]
    difference = number(found.by("level")["difference"].iloc[-1], sign=True)
    known = found.by("level")["share_of_difference"].notna().all()
    assert all(f" {difference}" in total for total in totals)
    for total in totals[:-1]:
        assert total.endswith("100.0 %") == known
    assert all("nan" not in line for table in shown for line in table)


def test_nothing_differs() -> None:
    found = explain(small(), small(), "days_well", 2)
    for table in explanation_sheets(found, small()):
        total = next(words(line) for line in lines(table) if line.startswith("total"))
        assert "%" not in total.replace("% of", "")
        assert " 0" in total


def test_nobody_asked() -> None:
    nobody = small(arrivals={"per_day": 0.0})
    found = explain(nobody, nobody, "days_well", 2)
    shown = [lines(table) for table in explanation_sheets(found, nobody)]
    assert len(shown) == 4
    assert all("nan" not in line for table in shown for line in table), shown
