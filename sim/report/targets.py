"""What a scenario's targets say beside what the model says, as a table."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from sim.analysis.targets import CANNOT_TELL, OUTSIDE
from sim.report.page_parts import Sheet
from sim.report.tables import number, plain_table, records_of, with_limits
from sim.report.words import shortened

TITLE = "You say / the model says"
HEADS = ("target", "unit", "you say", "the model says", "95 % interval", "", "source")


def targets_table(targets: pd.DataFrame, label: str = "") -> Table:
    """A `Result.targets` for the terminal. label: of the scenario, if there are several."""
    table = plain_table(*HEADS, title=f"{TITLE}{f': {label}' if label else ''}")
    for row in records_of(targets):
        table.add_row(*map(escape, _cells(row)))
    return table


def targets_sheet(targets: pd.DataFrame, label: str = "") -> Sheet:
    """The same for the report."""
    caption = f"{TITLE}{f': {shortened(label)}' if label else ''}"
    note = (
        "What the programme is known to show, as the scenario states it, and what the model does: within where the "
        "whole 95 % interval lies in the range with its tolerance, outside where none of it does. The interval is of "
        "simulation error."
    )
    return Sheet(caption, HEADS, [_cells(row) for row in records_of(targets)], frozenset({0, 1, 5, 6}), note)


def stated(row: Mapping[str, Any]) -> str:
    """What a target states: a value or a range, with its tolerance."""
    low, high = row["low"], row["high"]
    if low == high:
        text = number(low)
    elif math.isinf(low) or math.isinf(high):
        text = f"at most {number(high)}" if math.isinf(low) else f"at least {number(low)}"
    else:
        text = f"{number(low)} to {number(high)}"
    return f"{text} ± {number(row['tolerance'])}" if row["tolerance"] else text


def verdict(row: Mapping[str, Any]) -> str:
    """The verdict in words: what is outside, by how much."""
    if row["verdict"] == OUTSIDE:
        return (
            f"outside, too {'high' if row['outside_by'] > 0 else 'low'} by {number(abs(row['outside_by']), figures=2)}"
        )
    if row["verdict"] == CANNOT_TELL:
        return f"{CANNOT_TELL}: {'undefined' if math.isnan(row['mean']) else 'more replications would'}"
    return str(row["verdict"])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    value, limits = with_limits(row["mean"], row["ci_low"], row["ci_high"])
    return row["target"], row["unit"], stated(row), value, limits, verdict(row), row["source"]
