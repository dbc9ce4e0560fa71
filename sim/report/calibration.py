"""What a calibration found, as tables with a line on what did not come out."""

from collections.abc import Iterator

import pandas as pd
from rich.markup import escape
from rich.table import Table

from sim.experiment.calibration import Calibration
from sim.report.tables import number, plain_table, records_of
from sim.report.targets import stated, verdict


def calibration_tables(calibration: Calibration) -> Iterator[Table]:
    """Each target, aimed at and reached; and each input, with the error that chance in the simulation leaves it."""
    of_targets = ("target", "unit", "aimed at", "reached", "standard error", "")
    reached = plain_table(*of_targets, title=f"Targets, reached in {calibration.replications} replications")
    for row in records_of(calibration.targets):
        model = (number(row["mean"]), _error(row["standard_error"]))
        reached.add_row(*map(escape, (row["target"], row["unit"], stated(row), *model, verdict(row))))
    yield reached
    of_inputs = ("input", "sought from", "to", "was", "found", "standard error", "")
    best = plain_table(*of_inputs, title=f"Inputs, the best of {len(calibration.trace)} combinations")
    for row in records_of(calibration.inputs):
        values = [number(row[key]) for key in ("low", "high", "start", "value")]
        bound = f"at its {row['at_bound']} end" if row["at_bound"] else ""
        best.add_row(*map(escape, (row["input"], *values, _error(row["standard_error"]), bound)))
    yield best


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
