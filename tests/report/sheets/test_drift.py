"""What people and machines are told of a regression check."""

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pandas as pd
import pytest

from sim.analysis.drift import DRIFT_COLUMNS
from sim.experiment.regression.baselines import Check
from sim.report.render.json_answers import drift_json
from sim.report.render.junit import drift_junit
from sim.report.render.markdown import drift_markdown
from sim.report.render.terminal import sheet_lines
from sim.report.sheets.drift import drift_parts, drift_verdict
from sim.report.sheets.sheet import Sheet

NAN = math.nan
ROWS = [
    ("ward", "admitted", "exact", "mean", 100.0, 100.0, 0.0, 1e-7, 0.0, NAN, "held"),
    ("ward", "cost.total", "exact", "sd", 1234567.0, 1234567.5, 0.5, 0.00123, 405.0, NAN, "drift"),
    ("ward", "deaths", "exact", "mean", NAN, 3.0, NAN, 0.0, math.inf, NAN, "drift"),
    ("ward", "wait.p90", "exact", "mean", 3.0, NAN, NAN, NAN, NAN, NAN, "vanished"),
    ("ward", "wait.p95", "exact", "mean", NAN, 4.0, NAN, NAN, NAN, NAN, "new"),
    ("ward", "waits", "exact", "mean", 5.0, 4.0, -1.0, 2.0, 0.5, NAN, "held"),
    ("loose", "relapse", "chance", "mean", 0.5, 0.6, 0.1, 0.05, 2.0, 0.01, "drift"),
    ("loose", "lapse", "chance", "mean", 0.5, NAN, NAN, NAN, NAN, NAN, "unclear"),
]


def head(seed: int, replications: int) -> Any:
    dumped = {"seed": seed, "replications": replications}
    return SimpleNamespace(head=SimpleNamespace(**dumped, model_dump=lambda: dumped))


def check(rows: list[tuple[Any, ...]] = ROWS, note: str = "a note", suite: str = "suite.toml") -> Check:
    cases = [
        SimpleNamespace(name="ward", source="ward.toml", tier="exact"),
        SimpleNamespace(name="loose", source="base", tier="statistical"),
    ]
    return Check(
        suite=cast(Any, SimpleNamespace(path=Path(suite), cases=tuple(cases), alpha=0.01)),
        table=pd.DataFrame(rows, columns=DRIFT_COLUMNS),
        notes=(("loose", note),),
        before={"ward": head(1, 2), "loose": head(1, 20)},
        now={"ward": head(1, 2), "loose": head(3, 10)},
    )


def printed(found: Check) -> list[str]:
    parts = [[part] if isinstance(part, str) else sheet_lines(part) for part in drift_parts(found)]
    return [" ".join(line.split()) for lines in parts for line in lines]


def test_the_table_tells_what_did_not_hold_the_worst_first() -> None:
    assert printed(check()) == [
        "ward (exact tier; seed 1, 2 replications)",
        "metric of baseline now difference tolerance in tolerances verdict",
        "wait.p90 3 vanished",
        "deaths mean undefined 3 0 drift",
        "cost.total sd 1,234,567 1,234,567.5 +0.5 0.00123 405 drift".replace("1,234,567.5", "1,234,568"),
        "wait.p95 4 new",
        "loose (statistical tier; seed 3, 10 replications against seed 1, 20 replications)",
        "metric of baseline now difference tolerance in tolerances verdict",
        "relapse mean 0.5 0.6 +0.1 0.05 2 drift",
        "lapse mean 0.5 undefined unclear",
        "loose: a note",
    ]


def test_how_far_beyond_a_tolerance_is_not_told_to_the_last_digit() -> None:
    far = ("ward", "cost.total", "exact", "sd", 1.0, 2.0, 1.0, 1e-9, 1e9, NAN, "drift")
    text = "\n".join(printed(check([far])))
    assert "over 1,000 drift" in text
    assert "1e+09" not in text


def test_a_case_that_held_says_nothing() -> None:
    assert list(drift_parts(check(ROWS[:1]))) == ["loose: a note"]


def test_a_long_table_is_cut_and_says_so() -> None:
    rows = [(*ROWS[1][:1], f"m{i:02}", *ROWS[1][2:8], float(i + 2), *ROWS[1][9:]) for i in range(40)]
    table, more, _ = drift_parts(check(rows))
    assert isinstance(table, Sheet)
    assert len(table.rows) == 25
    assert table.rows[0][0] == "m39"
    assert more == "... and 15 more (all of them: --format json)"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (ROWS, "Drift: 3 of 8 metrics in 2 cases moved, 1 vanished, 1 new, 1 unclear."),
        (ROWS[:1], "No drift: 1 of 1 metrics in 2 cases held."),
        ([ROWS[0], ROWS[4], ROWS[7]], "No drift: 1 of 3 metrics in 2 cases held, 1 new, 1 unclear."),
        ([ROWS[3]], "Drift: 0 of 1 metrics in 2 cases moved, 1 vanished."),
        ([], "There is nothing to compare with yet."),
    ],
)
def test_the_verdict(rows: list[tuple[Any, ...]], sentence: str) -> None:
    assert drift_verdict(check(rows)) == sentence
    assert check(rows).passed == (not sentence.startswith("Drift"))


def test_markdown_has_the_same_table_and_no_markup_of_others() -> None:
    text = drift_markdown(check(note="<b>|\n# no heading"))
    lines = text.splitlines()
    assert lines[0] == "**Drift: 3 of 8 metrics in 2 cases moved, 1 vanished, 1 new, 1 unclear.**"
    assert "| relapse | mean | 0.5 | 0.6 | +0.1 | 0.05 | 2 | drift |" in lines
    assert r"loose: \<b\>\| \# no heading" in lines
    tables = [line for line in lines if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in tables} == {9}


def test_junit_counts_and_explains() -> None:
    root = ElementTree.fromstring(drift_junit(check()))
    assert root.tag == "testsuites"
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "4",
        "errors": "0",
        "skipped": "1",
    }
    ward, loose = root.findall("testsuite")
    assert (ward.get("name"), ward.get("tests"), ward.get("failures")) == ("ward", "6", "3")
    assert (loose.get("name"), loose.get("tests"), loose.get("skipped")) == ("loose", "2", "1")
    tests = {test.get("name"): test for test in root.iter("testcase")}
    assert len(tests["admitted"]) == 0
    failures = {name: failure.text for name, test in tests.items() if (failure := test.find("failure")) is not None}
    assert failures == {
        "cost.total": "drift: sd 1,234,567 -> 1,234,568, difference +0.5, tolerance 0.00123 (exact): 405 tolerances",
        "deaths": "drift: mean undefined -> 3, tolerance 0 (exact)",
        "wait.p90": "vanished; the baseline has 3",
        "relapse": "drift: mean 0.5 -> 0.6, difference +0.1, tolerance 0.05 (chance): 2 tolerances",
    }
    assert tests["wait.p95"].findtext("system-out") == "new: 4; the baseline does not have it"
    assert tests["lapse"].find("skipped") is not None
    assert loose.findtext("system-out") == "a note"


def test_junit_has_the_attributes_that_its_readers_need() -> None:
    """What the common schema of JUnit XML (Jenkins, xUnit plugin) wants of each element."""
    root = ElementTree.fromstring(drift_junit(check()))
    for suite in root.findall("testsuite"):
        assert {"name", "tests", "failures", "errors", "skipped"} <= set(suite.attrib)
        kinds = [child.tag for child in suite]
        assert kinds == sorted(kinds, reverse=True), "testcases first, then system-out"
        for test in suite.findall("testcase"):
            assert set(test.attrib) == {"name", "classname"}
            assert {child.tag for child in test} <= {"failure", "skipped", "system-out"}
            assert len(test) <= 1


def test_junit_holds_any_text() -> None:
    nasty = 'a <b> & "c" ]]> \x00\x1b[31m \ud800 é'
    text = drift_junit(check(note=nasty, suite="<&\x01>.toml"))
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert root.get("name") == "<&\\x01>.toml"
    assert root.findall("testsuite")[1].findtext("system-out") == 'a <b> & "c" ]]> \\x00\\x1b[31m \\ud800 é'


def test_json_holds_everything_and_no_nan() -> None:
    found = json.loads(drift_json(check()), parse_constant=pytest.fail)
    assert (found["suite"], found["passed"], found["alpha"]) == ("suite.toml", False, 0.01)
    assert [case["notes"] for case in found["cases"]] == [[], ["a note"]]
    assert found["cases"][1]["baseline"] == {"seed": 1, "replications": 20}
    assert [row["metric"] for row in found["metrics"]] == [row[1] for row in ROWS]
    assert found["metrics"][2]["in_tolerances"] is None
    assert list(found["metrics"][0]) == DRIFT_COLUMNS
