"""Why a metric differs, as tables."""

from collections.abc import Iterator

import pandas as pd

from sim.experiment.explanation import Explanation
from sim.outcomes import metric_table
from sim.report.sheets.numbers import interval, number, records_of
from sim.report.sheets.sheet import Sheet, figures, words
from sim.scenario import Scenario


def explanation_sheets(
    explanation: Explanation, scenario: Scenario, most: int = 12, whole_paths: bool = False
) -> Iterator[Sheet]:
    """The difference by level, reason and each attribute, and the changes of path: each adds up to the whole."""
    unit = str(metric_table(scenario).set_index("metric")["unit"][explanation.metric])
    for what in ("level", "reason", *explanation.attributes):
        yield _parts(explanation, what, unit)
    whole = explanation.by("level").iloc[-1]
    yield _paths(explanation.changed_paths(most, whole_paths), unit, known=not pd.isna(whole["share_of_difference"]))


def _parts(explanation: Explanation, what: str, unit: str) -> Sheet:
    # Numbers are not rounded by their intervals: the parts must be seen to add up.
    rows = [
        (
            str(row["part"]),
            *(number(row[name]) for name in ("baseline", "alternative")),
            number(row["difference"], sign=True),
            interval(row["ci_low"], row["ci_high"], sign=True),
            _percent(row["share_of_difference"]),
        )
        for row in records_of(explanation.by(what))
    ]
    title = f"{explanation.metric} ({unit}) by {what}: {explanation.labels[1]} minus {explanation.labels[0]}"
    columns = [*words(what), *figures(*explanation.labels, "difference", "95 % interval", "share")]
    spare = [column._replace(spare=column.name in ("share", explanation.labels[0])) for column in columns]
    return Sheet(title, spare, rows)


def _paths(changes: pd.DataFrame, unit: str, known: bool) -> Sheet:
    rows = [
        (
            *(row["from"], row["to"], f"{row['patients']:.1f}", f"{100 * row['share']:.1f}"),
            *(number(row[name], sign=True) for name in ("mean_change", "contribution")),
            _percent(row["share_of_difference"]) if known else "",
        )
        for row in records_of(changes)
    ]
    columns = [
        *words("from", "to"),
        *figures("patients", "% of cohort", f"change each, {unit}", f"adds, {unit}", "share"),
    ]
    spare = [column._replace(spare=column.name in ("share", "% of cohort")) for column in columns]
    return Sheet("Who took another path (mean over replications), and what that adds to the difference", spare, rows)


def _percent(share: float) -> str:
    return "" if pd.isna(share) else f"{100 * share:.1f} %"
