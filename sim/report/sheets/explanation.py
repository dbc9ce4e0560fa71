"""Why a metric differs, as tables."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

import pandas as pd

from sim.experiment.explanation import Explanation
from sim.outcomes import metric_table
from sim.report.sheets.numbers import interval, number, records_of
from sim.report.sheets.sheet import Sheet, figures, words
from sim.report.wording import measures, titles_of
from sim.report.words import short_names, shortened
from sim.scenario import Scenario
from sim.scenario.policy import without_brackets

LONGEST_HEAD, LONGEST_PART, LONGEST_WAYS = 20, 36, (34, 24, 24)
"""Characters of a name at the head of a column, of a part and of ways, so that a table is no wider than 120."""


def explanation_sheets(
    explanation: Explanation, *scenarios: Scenario, most: int = 12, whole_paths: bool = False
) -> Iterator[Sheet]:
    """The difference by level, reason and each attribute, and the changes of path: each adds up to the whole."""
    unit = str(metric_table(scenarios[0]).set_index("metric")["unit"][explanation.metric])
    titles = titles_of(scenarios, "levels")
    subject = f"{measures(scenarios, [explanation.metric])[explanation.metric].words} ({unit})"
    first, second = (short_names(explanation.labels, LONGEST_HEAD)[label] for label in explanation.labels)
    explanation = replace(explanation, labels=(first, second))
    for what in ("level", "reason", *explanation.attributes):
        yield _parts(explanation, what, subject, titles if what == "level" else scenarios[0].called.get(what, {}))
    longest = (10_000,) * 3 if whole_paths else LONGEST_WAYS
    yield _paths(explanation.changed_paths(most, whole_paths), unit, without_brackets(titles), longest)


def _parts(explanation: Explanation, what: str, subject: str, called: Mapping[str, str]) -> Sheet:
    first, second = explanation.labels
    # Numbers are not rounded by their intervals: the parts must be seen to add up.
    rows = [
        (
            shortened(called.get(row["part"], _in_words(row["part"])), LONGEST_PART),
            *(number(row[name]) for name in ("baseline", "alternative")),
            number(row["difference"], sign=True),
            interval(row["ci_low"], row["ci_high"], sign=True),
            _percent(row["share_of_difference"]),
        )
        for row in records_of(explanation.by(what))
    ]
    title = f"{subject} by {_in_words(what)}: {second} minus {first}"
    columns = [*words(_in_words(what)), *figures(first, second, "difference", "95 % interval", "share")]
    spare = [column._replace(spare=column.name in ("share", first)) for column in columns]
    return Sheet(title, spare, rows)


def _paths(changes: pd.DataFrame, unit: str, called: Mapping[str, str], longest: tuple[int, int, int]) -> Sheet:
    rows = [
        (
            *map(shortened, _parting(row["from"], row["to"], called), longest),
            f"{row['patients']:.1f}",
            *(number(row[name], sign=True) for name in ("mean_change", "contribution")),
        )
        for row in records_of(changes)
    ]
    columns = [*words("after", "from", "to"), *figures("patients", f"{unit} each", "adds")]
    return Sheet("Who took another path (mean over replications), and what that adds to the difference", columns, rows)


def _in_words(key: str) -> str:
    """A key of the model as it is said."""
    return key.replace("_", " ")


def _parting(first: str, second: str, called: Mapping[str, str]) -> tuple[str, str, str]:
    """Two paths, "residential (dropped_out) > iop", in titles: what they share, and how each goes on from there."""
    if not second:  # Of all other people together.
        return first, "", ""
    ways = [[step.partition(" (") for step in path.split(" > ")] for path in (first, second)]
    texts = [[called.get(name, name) + _in_words(bracket + reason) for name, bracket, reason in way] for way in ways]
    shared = sum(1 for _ in takewhile(lambda steps: steps[0] == steps[1], zip(*texts, strict=False)))
    return " > ".join(texts[0][:shared]), " > ".join(texts[0][shared:]), " > ".join(texts[1][shared:])


def _percent(share: float) -> str:
    return "" if pd.isna(share) else f"{100 * share:.1f} %"
