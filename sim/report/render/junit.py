"""JUnit XML of a regression check: a suite for each case, a test for each metric."""

import re
from typing import Any
from xml.etree import ElementTree

from sim.analysis.drift import FAILURES
from sim.experiment.regression.baselines import Check
from sim.report.sheets.drift import drift_cells, drift_notes
from sim.report.sheets.numbers import records_of
from sim.report.words import visible


def drift_junit(check: Check) -> str:
    """Unclear ones are skipped, new ones pass and say so."""
    root = ElementTree.Element("testsuites", name=_xml(check.suite.path.name))
    for case in check.suite.cases:
        rows = records_of(check.table[check.table["case"] == case.name])
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
        if notes := drift_notes(check, case.name):
            ElementTree.SubElement(suite, "system-out").text = _xml("\n".join(notes))
        _count(suite, rows)
    _count(root, records_of(check.table))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _sentence(row: dict[str, Any]) -> str:
    _, _, baseline, now, difference, tolerance, out, verdict = drift_cells(row)
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


def _count(element: ElementTree.Element, rows: list[dict[str, Any]]) -> None:
    verdicts = [row["verdict"] for row in rows]
    element.set("tests", str(len(rows)))
    element.set("failures", str(sum(verdict in FAILURES for verdict in verdicts)))
    element.set("errors", "0")
    element.set("skipped", str(verdicts.count("unclear")))


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold, or that steer a terminal; the writer escapes the others."""
    return re.sub("[\ufffe\uffff]", "?", visible(text))
