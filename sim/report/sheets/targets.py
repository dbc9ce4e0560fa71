"""Tables of targets: what a scenario says beside what the model says; and what a calibration to them found."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sim.analysis.targets import CANNOT_TELL, OUTSIDE
from sim.experiment.calibration import Calibration
from sim.experiment.result import Result
from sim.report.sheets.numbers import number, range_text, records_of
from sim.report.sheets.sheet import Amount, Sheet, figures, words

TITLE = "You say / the model says"
NOTE = (
    "What the programme is known to show, as the scenario states it, and what the model does: within where the whole "
    "95 % interval lies in the range with its tolerance, outside where none of it does. The interval is of simulation "
    "error."
)


def targets_sheet(targets: pd.DataFrame, label: str) -> Sheet:
    """A `Result.targets`. label: of the scenario, if there are several."""
    rows = [
        (
            *(row["target"], row["unit"], stated(row)),
            Amount.of(row, "mean"),
            *(verdict(row), row["source"]),
        )
        for row in records_of(targets)
    ]
    columns = [*words("target", "unit"), *figures("you say", "the model says"), *words("", "source")]
    return Sheet(f"{TITLE}{f': {label}' if label else ''}", columns, rows, NOTE)


def targets_sheets(results: Mapping[str, Result]) -> Iterator[Sheet]:
    """Of each scenario that states targets; under its name, if there are several scenarios."""
    for name, result in results.items():
        if result.scenario.targets:
            yield targets_sheet(result.targets(), name if len(results) > 1 else "")


def stated(row: Mapping[str, Any]) -> str:
    """What a target states: a value or a range, with its tolerance."""
    text = number(row["low"]) if row["low"] == row["high"] else range_text(row["low"], row["high"])
    return f"{text} ± {number(row['tolerance'])}" if row["tolerance"] else text


def verdict(row: Mapping[str, Any]) -> str:
    """The verdict in words: what is outside, by how much."""
    if row["verdict"] == OUTSIDE:
        side = "high" if row["outside_by"] > 0 else "low"
        return f"outside, too {side} by {number(abs(row['outside_by']), figures=2)}"
    if row["verdict"] == CANNOT_TELL:
        return f"{CANNOT_TELL}: {'undefined' if math.isnan(row['mean']) else 'more replications would'}"
    return str(row["verdict"])


def calibration_sheets(calibration: Calibration) -> Iterator[Sheet]:
    """Each target, aimed at and reached; and each input, with the error that chance in the simulation leaves it."""
    columns = [*words("target", "unit"), *figures("aimed at", "reached", "standard error"), *words("")]
    rows = [
        (row["target"], row["unit"], stated(row), number(row["mean"]), _error(row["standard_error"]), verdict(row))
        for row in records_of(calibration.targets)
    ]
    yield Sheet(f"Targets, reached in {calibration.replications} replications", columns, rows)
    columns = [*words("input"), *figures("sought from", "to", "was", "found", "standard error"), *words("")]
    best = []
    for row in records_of(calibration.inputs):
        bound = f"at its {row['at_bound']} end" if row["at_bound"] else ""
        values = [number(row[key]) for key in ("low", "high", "start", "value")]
        best.append((row["input"], *values, _error(row["standard_error"]), bound))
    yield Sheet(f"Inputs, the best of {len(calibration.trace)} combinations", columns, best)


def calibration_lines(calibration: Calibration) -> Iterator[str]:
    """What is to be known before the values are used."""
    if calibration.stopped:
        yield "stopped: these are the best of the combinations that were tried, and no errors were reckoned"
    elif not calibration.settled:
        yield "the search ended before it settled: start it again from the values found, or with narrower ranges"
    for name in calibration.not_reached:
        yield f"target {name} is not reached: no combination that was tried shows it with the others"
    for row in records_of(calibration.inputs):
        if row["at_bound"]:
            yield f"{row['input']} lies at the {row['at_bound']} end of its range: a wider one may fit better"
        elif not calibration.stopped and calibration.replications > 1 and pd.isna(row["standard_error"]):
            yield f"{row['input']} has no error: the targets do not tell the inputs apart"


def _error(value: float) -> str:
    return "" if pd.isna(value) else number(value, figures=2)
