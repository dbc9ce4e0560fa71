"""Why a metric differs, as tables."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from sim.experiment.explanation import Explanation
from sim.outcomes import metric_table
from sim.report.sheets.numbers import interval, number, records_of
from sim.report.sheets.sheet import Sheet, figures, words
from sim.report.wording import titles_of
from sim.report.words import short_names
from sim.scenario import Scenario

LONGEST_HEAD = 20
"""Characters of a name at the head of a column, so that a table is no wider than 120."""


def explanation_sheets(
    explanation: Explanation, *scenarios: Scenario, most: int = 12, whole_paths: bool = False
) -> Iterator[Sheet]:
    """The difference by level, reason and each attribute, and the changes of path: each adds up to the whole."""
    unit = str(metric_table(scenarios[0]).set_index("metric")["unit"][explanation.metric])
    titles = titles_of(scenarios, "levels")
    first, second = (short_names(explanation.labels, LONGEST_HEAD)[label] for label in explanation.labels)
    explanation = replace(explanation, labels=(first, second))
    for what in ("level", "reason", *explanation.attributes):
        yield _parts(explanation, what, unit, titles if what == "level" else {})
    yield _paths(explanation.changed_paths(most, whole_paths), unit)


def _parts(explanation: Explanation, what: str, unit: str, called: Mapping[str, str]) -> Sheet:
    first, second = explanation.labels
    # Numbers are not rounded by their intervals: the parts must be seen to add up.
    rows = [
        (
            called.get(str(row["part"]), str(row["part"])),
            *(number(row[name]) for name in ("baseline", "alternative")),
            number(row["difference"], sign=True),
            interval(row["ci_low"], row["ci_high"], sign=True),
            _percent(row["share_of_difference"]),
        )
        for row in records_of(explanation.by(what))
    ]
    title = f"{explanation.metric} ({unit}) by {what}: {second} minus {first}"
    columns = [*words(what), *figures(first, second, "difference", "95 % interval", "share")]
    spare = [column._replace(spare=column.name in ("share", first)) for column in columns]
    return Sheet(title, spare, rows)


def _paths(changes: pd.DataFrame, unit: str) -> Sheet:
    rows = [
        (
            *(row["from"], row["to"], f"{row['patients']:.1f}"),
            *(number(row[name], sign=True) for name in ("mean_change", "contribution")),
        )
        for row in records_of(changes)
    ]
    columns = [*words("from", "to"), *figures("patients", f"{unit} each", "adds")]
    return Sheet("Who took another path (mean over replications), and what that adds to the difference", columns, rows)


def _percent(share: float) -> str:
    return "" if pd.isna(share) else f"{100 * share:.1f} %"
