"""A regression check as its readers need it: a table for the terminal, Markdown, JUnit XML, JSON."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pandas as pd
from rich.markup import escape
from rich.table import Table

from sim.analysis.drift import FAILURES
from sim.experiment.regression.baselines import Check
from sim.report.tables import number, plain_table
from sim.report.words import visible

MOST_ROWS = 25
"""So many metrics of a case are shown, those that moved furthest; the formats for machines hold all."""

HEADS = ("metric", "of", "baseline", "now", "difference", "tolerance", "in tolerances", "verdict")


def drift_tables(check: Check) -> Iterator[Table | str]:
    """What did not hold, case by case, and what is to be known beside; nothing of a case where all held."""
    for case in check.suite.cases:
        rows = _not_held(check, case.name)
        if rows:
            table = plain_table(*HEADS, title=_case_title(check, case.name))
            for row in rows[:MOST_ROWS]:
                table.add_row(*(escape(cell) for cell in _cells(row)))
            yield table
        if len(rows) > MOST_ROWS:
            yield f"... and {len(rows) - MOST_ROWS} more (all of them: --format json)"
        for note in _notes(check, case.name):
            yield escape(f"{case.name}: {note}")


def drift_verdict(check: Check) -> str:
    """One sentence on all cases together."""
    if check.table.empty:
        return "There is nothing to compare with yet."
    counts = check.table["verdict"].value_counts()
    cases = len(check.suite.cases)
    of = f"{len(check.table):,} metrics in {cases} {'case' if cases == 1 else 'cases'}"
    others = [f"{counts[verdict]:,} {verdict}" for verdict in ("vanished", "new", "unclear") if verdict in counts]
    held, moved = counts.get("held", 0), counts.get("drift", 0)
    outcome = f"No drift: {held:,} of {of} held" if check.passed else f"Drift: {moved:,} of {of} moved"
    return ", ".join([outcome, *others]) + "."


def drift_markdown(check: Check) -> str:
    """The same for a summary of continuous integration."""
    lines = [f"**{_markdown(drift_verdict(check))}**", ""]
    for case in check.suite.cases:
        rows = _not_held(check, case.name)
        if rows:
            lines += [f"### {_markdown(_case_title(check, case.name))}", ""]
            lines += ["| " + " | ".join(HEADS) + " |", "|---|---|" + "---:|" * 5 + "---|"]
            lines += ["| " + " | ".join(_markdown(cell) for cell in _cells(row)) + " |" for row in rows[:MOST_ROWS]]
            lines.append("")
        if len(rows) > MOST_ROWS:
            lines += [f"... and {len(rows) - MOST_ROWS} more", ""]
        for note in _notes(check, case.name):
            lines += [f"{_markdown(case.name)}: {_markdown(note)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def drift_junit(check: Check) -> str:
    """JUnit XML: a suite for each case, a test for each metric; unclear ones are skipped, new ones pass and say so."""
    root = ElementTree.Element("testsuites", name=_xml(check.suite.path.name))
    for case in check.suite.cases:
        rows = _records(check.table[check.table["case"] == case.name])
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(case.name))
        for row in rows:
            test = ElementTree.SubElement(suite, "testcase", classname=_xml(case.name), name=_xml(row["metric"]))
            message = _xml(_sentence(row))
            if row["verdict"] in FAILURES:
                ElementTree.SubElement(test, "failure", type=row["verdict"], message=message).text = message
            elif row["verdict"] == "unclear":
                ElementTree.SubElement(test, "skipped", message=message)
            elif row["verdict"] == "new":
                ElementTree.SubElement(test, "system-out").text = message
        if notes := _notes(check, case.name):
            ElementTree.SubElement(suite, "system-out").text = _xml("\n".join(notes))
        _count(suite, rows)
    _count(root, _records(check.table))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def drift_json(check: Check) -> str:
    """Every metric, and what is to be known of each case. Numbers that are not finite are null."""
    cases = [
        {
            "case": case.name,
            "scenario": case.source,
            "tier": case.tier,
            "baseline": before.head.model_dump() if (before := check.before[case.name]) else None,
            "now": check.now[case.name].head.model_dump(),
            "notes": _notes(check, case.name),
        }
        for case in check.suite.cases
    ]
    rows = [{key: _finite(value) for key, value in row.items()} for row in _records(check.table)]
    document = {
        "suite": check.suite.path.name,
        "passed": check.passed,
        "alpha": check.suite.alpha,
        "cases": cases,
        "metrics": rows,
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


# --- pieces ---


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")  # type: ignore[return-value]


def _not_held(check: Check, case: str) -> list[dict[str, Any]]:
    """Rows of a case that did not hold: what vanished, then what moved, the furthest first, then new and unclear."""
    table = check.table
    rows = _records(table[(table["case"] == case) & (table["verdict"] != "held")])
    ranks = ("vanished", "drift", "unclear", "new")
    return sorted(rows, key=lambda row: (ranks.index(row["verdict"]), -_or_0(row["in_tolerances"])))


def _case_title(check: Check, name: str) -> str:
    case = next(case for case in check.suite.cases if case.name == name)
    before = check.before[name]
    # The exact tier compares like with like; in the other, the two runs may be of different size and seed.
    runs = [
        f"seed {each.head.seed}, {each.head.replications} replications" for each in (before, check.now[name]) if each
    ]
    return f"{name} ({case.tier} tier; {' against '.join(dict.fromkeys(reversed(runs)))})"


def _notes(check: Check, case: str) -> list[str]:
    return [note for name, note in check.notes if name == case]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """One row under HEADS."""
    sided = row["verdict"] in ("new", "vanished")
    return (
        row["metric"],
        "" if sided else row["of"],
        "" if row["verdict"] == "new" else _value(row["baseline"]),
        "" if row["verdict"] == "vanished" else _value(row["now"]),
        "" if math.isnan(row["difference"]) else f"{row['difference']:+.3g}",
        "" if math.isnan(row["tolerance"]) else f"{row['tolerance']:.3g}",
        _multiple(row["in_tolerances"]),
        row["verdict"],
    )


def _multiple(tolerances: float) -> str:
    # How far beyond says nothing more: a tolerance of the exact tier is a rounding error.
    if not math.isfinite(tolerances):
        return ""
    return "over 1,000" if tolerances > 1_000 else f"{tolerances:,.3g}"


def _sentence(row: dict[str, Any]) -> str:
    _, _, baseline, now, difference, tolerance, out, verdict = _cells(row)
    if verdict == "vanished":
        return f"vanished; the baseline has {baseline}"
    if verdict == "new":
        return f"new: {now}; the baseline does not have it"
    text = f"{verdict}: {row['of']} {baseline} -> {now}"
    if difference:
        text += f", difference {difference}"
    if tolerance:
        text += f", tolerance {tolerance} ({row['rule']})"
    return text + (f": {out} tolerances" if out else "")


def _value(value: float) -> str:
    return "undefined" if math.isnan(value) else number(value, figures=6)


def _count(element: ElementTree.Element, rows: list[dict[str, Any]]) -> None:
    verdicts = [row["verdict"] for row in rows]
    element.set("tests", str(len(rows)))
    element.set("failures", str(sum(verdict in FAILURES for verdict in verdicts)))
    element.set("errors", "0")
    element.set("skipped", str(verdicts.count("unclear")))


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold, or that steer a terminal; the writer escapes the others."""
    return re.sub("[\ufffe\uffff]", "?", visible(text))


def _markdown(text: str) -> str:
    """Literally, also inside a table."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!&])", r"\\\1", visible(" ".join(text.split())))


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _or_0(value: float) -> float:
    return 0.0 if math.isnan(value) else value
