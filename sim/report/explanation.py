"""Why a metric differs, as tables for the terminal."""

from collections.abc import Iterator

import pandas as pd
from rich.markup import escape
from rich.table import Table

from sim.analysis.decomposition import TOTAL
from sim.experiment.explanation import Explanation
from sim.outcomes import metric_table
from sim.report.tables import interval, number, plain_table
from sim.scenario import Scenario


def explanation_tables(
    explanation: Explanation, scenario: Scenario, most: int = 12, whole_paths: bool = False
) -> Iterator[Table]:
    """The difference by level, reason and each attribute, and the changes of path: each adds up to the whole."""
    unit = str(metric_table(scenario).set_index("metric")["unit"][explanation.metric])
    for what in ("level", "reason", *explanation.attributes):
        yield _parts(explanation, what, unit)
    whole = explanation.by("level").iloc[-1]
    yield _paths(explanation.changed_paths(most, whole_paths), unit, known=not pd.isna(whole["share_of_difference"]))


def _parts(explanation: Explanation, what: str, unit: str) -> Table:
    title = f"{explanation.metric} ({unit}) by {what}: {explanation.labels[1]} minus {explanation.labels[0]}"
    table = plain_table(what, *explanation.labels, "difference", "95 % interval", "share", title=title)
    for row in explanation.by(what).to_dict("records"):
        if row["part"] == TOTAL:
            table.add_section()
        table.add_row(
            escape(str(row["part"])),
            number(row["baseline"]),
            number(row["alternative"]),
            # Not rounded by its interval: the parts must be seen to add up.
            number(row["difference"], sign=True),
            interval(row["ci_low"], row["ci_high"], sign=True),
            _percent(row["share_of_difference"]),
        )
    return table


def _paths(changes: pd.DataFrame, unit: str, known: bool) -> Table:
    heads = ("from", "to", "patients", "% of cohort", f"change each, {unit}", f"adds, {unit}", "share")
    title = "Who took another path (mean over replications), and what that adds to the difference"
    table = plain_table(*heads, title=title)
    for row in changes.to_dict("records"):
        if row["from"] == TOTAL:
            table.add_section()
        table.add_row(
            escape(row["from"]),
            escape(row["to"]),
            f"{row['patients']:.1f}",
            f"{100 * row['share']:.1f}",
            number(row["mean_change"], sign=True),
            number(row["contribution"], sign=True),
            _percent(row["share_of_difference"]) if known else "",
        )
    return table


def _percent(share: float) -> str:
    return "" if pd.isna(share) else f"{100 * share:.1f} %"
